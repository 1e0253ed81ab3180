"""The dry run in words: everything that pressing the green button will do, item by item, and what leads elsewhere from it."""

from typing import Any

import discord

from bot.domain.presets import CATEGORY
from bot.domain.programmes import LOOKS_IN, Item
from bot.domain.rights import invite_url, with_set_up
from bot.kit import views
from bot.kit.call import CONTENT_LIMIT, Call, Reply
from bot.kit.views import Style
from bot.services.setup import Underway
from cogs.setup import _made, _steps
from cogs.setup._outlook import Outlook
from data.programmes import presets


def screen(call: Call, outlook: Outlook, *, changed: bool = False, page: int = 0) -> Reply:
    """Show exactly what will happen, and what is missing for it; `changed`: it is not what was shown before.

    What does not fit into one message is on further pages, and the green button on the last.
    """
    pages = views.pages(_lines(call, outlook, changed=changed), CONTENT_LIMIT)
    page = min(page, len(pages) - 1)
    token = outlook.now.programme.id
    if page + 1 < len(pages):
        onward = call.t("setup.button.read_on", number=page + 2, total=len(pages))
        first = [
            views.button(onward, f"setup:step:{token}.plan.{page + 1}", Style.primary),
            views.button(call.t("setup.button.cancel"), f"setup:cancel:{token}"),
        ]
        return Reply(pages[page], views.rows(first))
    return Reply(pages[page], views.rows(*_buttons(call, outlook)))


def _lines(call: Call, outlook: Outlook, *, changed: bool) -> list[str]:
    missing = outlook.missing_rights
    # What stands in the way comes first.
    ahead = [call.t("setup.plan.changed")] if changed else []
    ahead += [call.t(flaw.key, **flaw.args_for_text) for flaw in outlook.flaws]
    if missing:
        ahead.append(call.t("setup.plan.missing", rights=", ".join(call.t(f"right.{right}") for right in missing)))
    key = "setup.plan" if outlook.items else "setup.plan.nothing"
    lines = [*ahead, *([""] if ahead else []), call.t(key, programme=_steps.name(call, outlook.now))]
    lines += [f"- {describe(call, outlook, item)}" for item in outlook.items]
    return [*lines, "", *(f"- {note}" for note in _notes(call, outlook))]


def _notes(call: Call, outlook: Outlook) -> list[str]:
    """Return what an admin should know beside what will be done."""
    guild = outlook.now.guild
    known = {country.code: country.name for country in call.tools.contacts.countries}
    countries = ", ".join(known[code] for code in guild.countries if code in known)
    notes = [
        call.t(
            "setup.plan.for",
            ages=call.t(f"setup.members.{guild.ages}"),
            countries=countries or call.t("setup.plan.for.none"),
            zone=guild.zone,
        ),
        *_steps.adult(call, guild),
    ]
    if outlook.gives:
        notes.append(call.t("setup.plan.mine"))
    elif any(item.kind == "make_role" for item in outlook.items):
        notes.append(call.t("setup.plan.mine_off"))
    notes += [call.t(f"setup.kept.{why}", role=f"<@&{role_id}>") for role_id, why in outlook.kept_back.items()]
    notes += [call.t("setup.check.channel_closed", id=channel_id) for channel_id in outlook.closed]
    if not countries:
        notes.append(call.t("setup.plan.no_country"))
    return notes


def _buttons(call: Call, outlook: Outlook) -> list[list[discord.ui.Item[Any]]]:
    now, token = outlook.now, outlook.now.programme.id

    def to(key: str, step: str) -> discord.ui.Item[Any]:
        return views.button(call.t(key), f"setup:step:{token}.{step}")

    blocked = not outlook.ready
    first: list[discord.ui.Item[Any]] = [
        views.button(
            call.t("setup.button.apply"), f"setup:apply:{token}.{outlook.rev}", Style.success, disabled=blocked
        )
    ]
    if not now.live:
        first.append(views.button(call.t("setup.button.on_trial"), f"setup:trial:{token}", Style.primary))
    first.append(views.button(call.t("setup.button.cancel"), f"setup:cancel:{token}"))
    state = _mine(outlook)
    mine = views.button(call.t(f"setup.button.mine.{state}"), f"setup:mine:{token}.{'off' if state == 'on' else 'on'}")
    second = [
        to("setup.button.channels", "channels"),
        to("setup.button.roles", "roles"),
        mine,
        to("setup.button.people", "people"),
        to("setup.button.about", "about"),
    ]
    third = _steps.adult_buttons(call, now, "plan") if now.guild.adult_id is None else []
    if outlook.missing_rights:
        third.append(views.link(call.t("setup.button.invite"), _setup_invite(call)))
    if outlook.missing_rights or outlook.flaws:
        third.append(to("setup.button.again", "plan"))
    return [first, second, third]


def _mine(outlook: Outlook) -> str:
    """Return whether "me for now" is "on", "off", or on for the "new" roles alone."""
    if outlook.now.draft.mine is None and outlook.gives:
        return "new" if outlook.left_out else "on"
    return "on" if outlook.now.draft.mine else "off"


def describe(call: Call, outlook: Outlook, item: Item) -> str:
    """Say one item of the plan in words."""
    now, purpose, found = outlook.now, item.purpose, item.discord_id
    match item.kind:
        case "make_role":
            return call.t("setup.item.make_role", name=_made.role_name(call, now, purpose))
        case "use_role" | "take_role":
            return _used(call, outlook, item, "role", {"name": role_word(call, outlook, purpose)})
        case "give_role":
            return call.t("setup.item.give_role", name=role_word(call, outlook, purpose))
        case "make_category" | "take_category":
            return call.t(f"setup.item.{item.kind}", name=_made.channel_name(call, now, CATEGORY))
        case "make_channel":
            return _new_channel(call, outlook, purpose)
        case "use_channel" | "take_channel":
            use = call.t(f"setup.use.{purpose}", programme=_steps.name(call, now))
            return _used(call, outlook, item, "channel", {"use": use})
        case "let_in":
            spec = now.preset.channel(purpose)
            role = role_word(call, outlook, LOOKS_IN[spec.access]) if spec else ""
            return call.t("setup.item.let_in", name=role, channel=_where(call, outlook, purpose))
        case "panel":
            return call.t(f"setup.item.panel.{item.panel}", name=_where(call, outlook, purpose))
        case "take_down":
            return call.t("setup.item.take_down", id=found)
        case "pass_role":
            owner = _owner(call, now, "role", item)
            return call.t("setup.item.pass_role", name=role_word(call, outlook, purpose), programme=owner)
        case "pass_channel":
            owner = _owner(call, now, "channel", item)
            return call.t("setup.item.pass_channel", channel=_where(call, outlook, purpose), programme=owner)
        case "commands":
            return call.t("setup.item.commands", commands=", ".join(f"`/{name}`" for name in outlook.commands))


def _used(call: Call, outlook: Outlook, item: Item, what: str, said: dict[str, str]) -> str:
    """Say that a channel or role that is there will be used, and with which other programme together."""
    if item.kind.startswith("use_") and outlook.together.get((what, item.purpose)) == item.discord_id:
        owner = _owner(call, outlook.now, what, item)
        return call.t(f"setup.item.share.{what}", id=item.discord_id, programme=owner, **said)
    return call.t(f"setup.item.{item.kind}", id=item.discord_id, **said)


def _owner(call: Call, now: Underway, what: str, item: Item) -> str:
    """Return the names of the other programmes that have a channel or role."""
    names = [
        call.t(f"programme.{one.preset}.name")
        for one in now.guild.programmes
        if one.preset in presets()
        and one.id != now.programme.id
        and (one.channels if what == "channel" else one.roles).get(item.purpose) == item.discord_id
    ]
    return ", ".join(names)


def _new_channel(call: Call, outlook: Outlook, purpose: str) -> str:
    spec = outlook.now.preset.channel(purpose)
    assert spec is not None
    role = role_word(call, outlook, LOOKS_IN[spec.access]) if spec.access in LOOKS_IN else ""
    access = call.t(f"setup.access.{spec.access}", role=role)
    return call.t("setup.item.make_channel", name=_made.channel_name(call, outlook.now, purpose), access=access)


def role_word(call: Call, outlook: Outlook, purpose: str) -> str:
    """Return what a role is called in the person's own language."""
    return call.t(_made.role_key(outlook.now.preset, purpose))


def _where(call: Call, outlook: Outlook, purpose: str) -> str:
    """Return the channel in which something will be, as a mention or, where it is still to be made, by its name."""
    for item in outlook.items:
        if item.purpose == purpose and item.kind in ("use_channel", "take_channel"):
            return f"<#{item.discord_id}>"
        if item.purpose == purpose and item.kind == "make_channel":
            return f"#{_made.channel_name(call, outlook.now, purpose)}"
    return f"<#{outlook.now.programme.channels[purpose]}>"


def trial(call: Call, now: Underway) -> Reply:
    """Show each panel of a programme to the admin alone, exactly as it would be posted."""
    bot = call.interaction.client
    shown = [bot.panels.render(spec.panel, now.guild, now.programme) for spec in now.preset.channels if spec.panel]
    said = call.t("setup.trial", programme=_steps.name(call, now), privacy=bot.command_sets.mention("privacy", None))
    return Reply(
        said,
        views.rows([_steps.to_plan(call, now.programme.id)]),
        more=[Reply(one.content, one.view) for one in shown if one is not None],
    )


def _setup_invite(call: Call) -> str:
    return f"{invite_url(call.interaction.application_id, with_set_up())}&guild_id={call.guild_id}"
