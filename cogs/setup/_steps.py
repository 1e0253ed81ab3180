"""The screens of the set-up: what each step asks and how the plan reads. They decide nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bot.domain.programmes import Item, meant
from bot.domain.rights import invite_url, with_set_up
from bot.kit import help_card, views
from bot.kit.call import Call, Reply
from bot.kit.views import Style
from bot.services.setup import Underway
from cogs.setup import _made
from cogs.setup._outlook import Outlook
from cogs.setup._place import at_hand, words

STEPS = ("people", "channels", "roles", "plan")
COUNTRIES_AT_ONCE = 5


def people(call: Call, now: Underway, notes: Sequence[str] = ()) -> Reply:
    """Ask who the members are and which countries' help numbers to show; `notes` stand below."""
    token = now.programme.id
    ages = discord.ui.Select[Any](
        custom_id=f"setup:ages:{token}",
        placeholder=call.t("setup.ages.ask"),
        options=[
            discord.SelectOption(label=call.t(f"setup.ages.{value}"), value=value, default=now.draft.ages == value)
            for value in ("adults", "minors", "both")
        ],
    )
    countries = discord.ui.Select[Any](
        custom_id=f"setup:countries:{token}",
        placeholder=call.t("setup.countries.ask"),
        min_values=1,
        max_values=COUNTRIES_AT_ONCE,
        options=help_card.options(call.tools.contacts, now.guild.countries),
    )
    zone = views.button(call.t("setup.button.zone", zone=now.guild.zone)[:80], f"setup:zone:{token}")
    onward = views.button(
        call.t("setup.button.next"), f"setup:step:{token}.channels", Style.primary, disabled=now.draft.ages is None
    )
    name = call.t(f"programme.{now.preset.name}.name")
    said = call.t("setup.people.live" if now.live else "setup.people", programme=name)
    return Reply("\n".join([said, *(f"- {note}" for note in notes)]), views.rows([ages], [countries], [zone, onward]))


def channels(call: Call, now: Underway) -> Reply:
    """Ask for channels that exist already; the others will be made."""
    token, there = now.programme.id, at_hand(call).channels.keys()
    selects = [
        [
            discord.ui.ChannelSelect[Any](
                custom_id=f"setup:channel:{token}.{spec.purpose}",
                placeholder=call.t(
                    f"setup.channel.{spec.purpose}.ask", name=f"#{_made.channel_name(call, now, spec.purpose)}"
                )[:150],
                channel_types=[discord.ChannelType.text],
                min_values=0,
                default_values=_shown(now.draft.channels, now.programme.channels, spec.purpose, there),
            )
        ]
        for spec in now.preset.channels
    ]
    said = call.t("setup.channels.live" if now.live else "setup.channels")
    return Reply(said, views.rows(*selects, _back_and_next(call, token, "people", "roles")))


def roles(call: Call, now: Underway) -> Reply:
    """Ask for roles that exist already; the others will be made."""
    token, there = now.programme.id, at_hand(call).roles.keys()
    selects = [
        [
            discord.ui.RoleSelect[Any](
                custom_id=f"setup:role:{token}.{purpose}",
                placeholder=call.t(f"setup.role.{purpose}.ask"),
                min_values=0,
                default_values=_shown(now.draft.roles, now.programme.roles, purpose, there),
            )
        ]
        for purpose in now.preset.roles
    ]
    key = "setup.button.mine_off" if now.draft.mine else "setup.button.mine_on"
    mine = views.button(call.t(key), f"setup:mine:{token}")
    said = call.t("setup.roles.live" if now.live else "setup.roles")
    return Reply(said, views.rows(*selects, [mine], _back_and_next(call, token, "channels", "plan")))


def _shown(chosen: Mapping[str, int], bound: Mapping[str, int], purpose: str, there: Any) -> list[discord.Object]:
    """Return what a select shows as chosen already."""
    gone = frozenset(one for one in (chosen.get(purpose), bound.get(purpose)) if one is not None and one not in there)
    found = meant(chosen.get(purpose), bound.get(purpose), gone)
    return [discord.Object(found)] if found is not None else []


def plan(call: Call, outlook: Outlook, *, changed: bool = False) -> Reply:
    """Show exactly what will happen, and what is missing for it; `changed`: it is not what was shown before."""
    token, missing = outlook.now.programme.id, outlook.missing_rights
    # What stands in the way comes first: it must not be what is cut off where Discord takes no more characters.
    ahead = [call.t("setup.plan.changed")] if changed else []
    ahead += [call.t(flaw.key, **flaw.args_for_text) for flaw in outlook.flaws]
    if missing:
        ahead.append(call.t("setup.plan.missing", rights=", ".join(call.t(f"right.{right}") for right in missing)))
    lines = [*ahead, "", call.t("setup.plan" if outlook.items else "setup.plan.nothing")]
    lines += [f"- {describe(call, outlook, item)}" for item in outlook.items]
    lines += [f"- {note}" for note in _notes(call, outlook)]
    apply = views.button(
        call.t("setup.button.apply"), f"setup:apply:{token}.{outlook.rev}", Style.success, disabled=not outlook.ready
    )
    first: list[discord.ui.Item[Any]] = [
        apply,
        views.button(call.t("setup.button.back"), f"setup:step:{token}.roles"),
        views.button(call.t("setup.button.cancel"), f"setup:cancel:{token}"),
    ]
    second: list[discord.ui.Item[Any]] = []
    if not outlook.now.guild.countries:
        second.append(views.button(call.t("setup.button.countries"), f"setup:step:{token}.people"))
    if missing:
        second.append(views.link(call.t("setup.button.invite"), _setup_invite(call)))
    if missing or outlook.flaws:
        second.append(views.button(call.t("setup.button.again"), f"setup:step:{token}.plan"))
    return Reply("\n".join(lines).strip(), views.rows(first, second))


def _notes(call: Call, outlook: Outlook) -> list[str]:
    """Return what an admin should know beside what will be done."""
    notes = [call.t(f"setup.kept.{why}", role=f"<@&{role_id}>") for role_id, why in outlook.kept_back.items()]
    notes += [call.t("setup.check.channel_closed", id=channel_id) for channel_id in outlook.closed]
    if not outlook.now.guild.countries:
        notes.append(call.t("setup.plan.no_country"))
    return notes


def describe(call: Call, outlook: Outlook, item: Item) -> str:
    """Say one item of the plan in words."""
    now, purpose, found = outlook.now, item.purpose, item.discord_id
    match item.kind:
        case "make_role":
            return call.t("setup.item.make_role", name=_made.role_name(call, now, purpose))
        case "use_role" | "take_role":
            return call.t(f"setup.item.{item.kind}", id=found, name=call.t(f"setup.role.{purpose}"))
        case "give_role":
            return call.t("setup.item.give_role", name=call.t(f"setup.role.{purpose}"))
        case "make_channel":
            spec = now.preset.channel(purpose)
            assert spec is not None
            name, access = _made.channel_name(call, now, purpose), call.t(f"setup.access.{spec.access}")
            return call.t("setup.item.make_channel", name=name, access=access)
        case "use_channel" | "take_channel":
            return call.t(f"setup.item.{item.kind}", id=found, use=call.t(f"setup.use.{purpose}"))
        case "let_in":
            role = call.t("setup.role.moderator")
            return call.t("setup.item.let_in", name=role, channel=_where(call, outlook, purpose))
        case "panel":
            return call.t(f"setup.item.panel.{item.panel}", name=_where(call, outlook, purpose))
        case "take_down":
            return call.t("setup.item.take_down", id=found)
        case "commands":
            command = call.interaction.client.command_sets.mention("checkin now", now.guild)
            return call.t("setup.item.commands", command=command)


def _where(call: Call, outlook: Outlook, purpose: str) -> str:
    """Return the channel in which something will be, as a mention or, where it is still to be made, by its name."""
    for item in outlook.items:
        if item.purpose == purpose and item.kind in ("use_channel", "take_channel"):
            return f"<#{item.discord_id}>"
        if item.purpose == purpose and item.kind == "make_channel":
            return f"#{_made.channel_name(call, outlook.now, purpose)}"
    return f"<#{outlook.now.programme.channels[purpose]}>"


def cancelled(call: Call) -> Reply:
    """Say that nothing more is done."""
    return Reply(call.t("setup.cancelled", **words(call)))


def check_button(call: Call) -> discord.ui.Button[Any]:
    """Offer to look for what is missing."""
    return views.button(call.t("setup.button.check"), "setup:check:")


def _back_and_next(call: Call, token: str, back: str, onward: str) -> list[discord.ui.Item[Any]]:
    return [
        views.button(call.t("setup.button.back"), f"setup:step:{token}.{back}"),
        views.button(call.t("setup.button.next"), f"setup:step:{token}.{onward}", Style.primary),
    ]


def _setup_invite(call: Call) -> str:
    return f"{invite_url(call.interaction.application_id, with_set_up())}&guild_id={call.guild_id}"
