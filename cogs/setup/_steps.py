"""The screens of the set-up: what each step asks and how the plan reads. They decide nothing."""

from typing import Any

import discord

from bot.domain.programmes import Item, rights_needed
from bot.domain.rights import invite_url, with_set_up
from bot.kit import help_card, views
from bot.kit.call import Call, Reply
from bot.kit.views import Style
from bot.services.setup import Underway

STEPS = ("people", "channels", "roles", "plan")
COUNTRIES_AT_ONCE = 5


def people(call: Call, now: Underway) -> Reply:
    """Ask who the members are and which countries' help numbers to show."""
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
    said = call.t("setup.people", programme=name)
    return Reply(said, views.rows([ages], [countries], [zone, onward]))


def channels(call: Call, now: Underway) -> Reply:
    """Ask for channels that exist already; the others will be made."""
    token = now.programme.id
    selects = [
        [
            discord.ui.ChannelSelect[Any](
                custom_id=f"setup:channel:{token}.{spec.purpose}",
                placeholder=call.t(f"setup.channel.{spec.purpose}.ask"),
                channel_types=[discord.ChannelType.text],
                min_values=0,
                default_values=[discord.Object(c) for c in [now.draft.channels.get(spec.purpose)] if c],
            )
        ]
        for spec in now.preset.channels
    ]
    return Reply(call.t("setup.channels"), views.rows(*selects, _back_and_next(call, token, "people", "roles")))


def roles(call: Call, now: Underway) -> Reply:
    """Ask for roles that exist already; the others will be made."""
    token = now.programme.id
    selects = [
        [
            discord.ui.RoleSelect[Any](
                custom_id=f"setup:role:{token}.{purpose}",
                placeholder=call.t(f"setup.role.{purpose}.ask"),
                min_values=0,
                default_values=[discord.Object(r) for r in [now.draft.roles.get(purpose)] if r],
            )
        ]
        for purpose in now.preset.roles
    ]
    key = "setup.button.mine_off" if now.draft.mine else "setup.button.mine_on"
    mine = views.button(call.t(key), f"setup:mine:{token}")
    return Reply(call.t("setup.roles"), views.rows(*selects, [mine], _back_and_next(call, token, "channels", "plan")))


def plan(call: Call, now: Underway) -> Reply:
    """Show exactly what will happen, and what is missing for it."""
    token = now.programme.id
    missing = missing_rights(call, now)
    lines = [call.t("setup.plan"), *(f"- {describe(call, now, item)}" for item in now.items)]
    if missing:
        words = ", ".join(call.t(f"right.{right}") for right in missing)
        lines += ["", call.t("setup.plan.missing", rights=words)]
    buttons: list[discord.ui.Item[Any]] = [
        views.button(call.t("setup.button.apply"), f"setup:apply:{token}", Style.success, disabled=bool(missing)),
        views.button(call.t("setup.button.back"), f"setup:step:{token}.roles"),
        views.button(call.t("setup.button.cancel"), "setup:cancel:"),
    ]
    if missing:
        buttons.append(views.link(call.t("setup.button.invite"), _setup_invite(call)))
        buttons.append(views.button(call.t("setup.button.again"), f"setup:step:{token}.plan"))
    return Reply("\n".join(lines), views.rows(buttons))


def describe(call: Call, now: Underway, item: Item) -> str:
    """Say one item of the plan in words."""
    if item.kind == "make_role":
        return call.t("setup.item.make_role", name=role_name(call, item.purpose))
    if item.kind == "use_role":
        role = call.t(f"setup.role.{item.purpose}")
        return call.t("setup.item.use_role", id=item.discord_id, name=role)
    if item.kind == "make_channel":
        spec = now.preset.channel(item.purpose)
        assert spec is not None
        access = call.t(f"setup.access.{spec.access}")
        return call.t("setup.item.make_channel", name=channel_name(call, item.purpose), access=access)
    if item.kind == "use_channel":
        return call.t("setup.item.use_channel", id=item.discord_id, use=call.t(f"setup.use.{item.purpose}"))
    if item.kind == "panel":
        return call.t(f"setup.item.panel.{item.panel}", name=_where(call, now, item.purpose))
    return call.t(f"setup.item.{item.kind}")


def role_name(call: Call, purpose: str) -> str:
    """Return what a role of ours is called."""
    return call.t(f"setup.role.{purpose}")


def channel_name(call: Call, purpose: str) -> str:
    """Return what a channel of ours is called."""
    return call.t(f"setup.channel.{purpose}")


def missing_rights(call: Call, now: Underway) -> list[str]:
    """Return the rights that the plan needs and the bot has not got."""
    guild = call.interaction.guild
    has = guild.me.guild_permissions if guild else discord.Permissions.none()
    return [right for right in sorted(rights_needed(now.items)) if not getattr(has, right)]


def _where(call: Call, now: Underway, purpose: str) -> str:
    found = now.programme.channels.get(purpose) or now.draft.channels.get(purpose)
    return f"<#{found}>" if found else f"#{channel_name(call, purpose)}"


def _back_and_next(call: Call, token: str, back: str, onward: str) -> list[discord.ui.Item[Any]]:
    return [
        views.button(call.t("setup.button.back"), f"setup:step:{token}.{back}"),
        views.button(call.t("setup.button.next"), f"setup:step:{token}.{onward}", Style.primary),
    ]


def _setup_invite(call: Call) -> str:
    return f"{invite_url(call.interaction.application_id, with_set_up())}&guild_id={call.guild_id}"
