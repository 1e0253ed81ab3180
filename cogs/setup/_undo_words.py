"""The screens of taking a programme back: which one, the plan as it reads, and what came of it. They decide nothing."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.guilds import Programme
from bot.domain.rights import invite_url, with_set_up
from bot.domain.undoing import Item
from bot.kit import views
from bot.kit.call import Call, Reply
from bot.kit.views import Style
from cogs.setup import _place
from cogs.setup._undo_look import Outlook


def words(call: Call) -> dict[str, str]:
    """Return the commands that these sentences speak of, as mentions."""
    return {**_place.words(call), "undo": call.interaction.client.command_sets.mention("setup undo", None)}


def which(call: Call, programmes: Sequence[Programme]) -> Reply:
    """Ask which programme."""
    buttons = [views.button(name_of(call, one), f"setup:undo-plan:{one.id}") for one in programmes]
    return Reply(call.t("setup.undo.which"), views.rows(buttons, [_leave(call)]))


def name_of(call: Call, programme: Programme) -> str:
    """Return what a programme is called."""
    return call.t(f"programme.{programme.preset}.name")


def plan(call: Call, outlook: Outlook, *, changed: bool = False) -> Reply:
    """Show exactly what will happen, and what is in its way; `changed`: it is not what was shown before."""
    programme, missing = outlook.now.programme, outlook.missing_rights
    # What stands in the way comes first: it must not be what is cut off where Discord takes no more characters.
    ahead = [call.t("setup.plan.changed")] if changed else []
    if missing:
        ahead.append(call.t("setup.undo.missing", rights=", ".join(call.t(f"right.{right}") for right in missing)))
    if outlook.here is not None:
        ahead.append(call.t("setup.undo.elsewhere", **words(call)))
    ahead.append(call.t("setup.undo.kept"))
    key = "setup.undo.plan" if outlook.items else "setup.undo.plan.nothing"
    lines = [call.t(key, programme=name_of(call, programme)), *(f"- {describe(call, item)}" for item in outlook.items)]
    do = views.button(
        call.t("setup.undo.button.do"),
        f"setup:undo-do:{programme.id}.{outlook.rev}",
        Style.danger,
        disabled=not outlook.ready,
    )
    first: list[discord.ui.Item[Any]] = [do, _leave(call)]
    second: list[discord.ui.Item[Any]] = []
    if missing:
        second.append(views.link(call.t("setup.button.invite"), _invite(call)))
        second.append(views.button(call.t("setup.button.again"), f"setup:undo-plan:{programme.id}"))
    return Reply("\n".join([*ahead, "", *lines]), views.rows(first, second))


def describe(call: Call, item: Item) -> str:
    """Say one item of the plan in words."""
    key = f"setup.undo.item.{item.kind}"
    if item.why:
        return call.t(f"{key}.{item.why}", id=item.discord_id)
    if item.kind == "delete_role" and item.worn:
        return call.t(f"{key}.worn", id=item.discord_id, n=item.worn)
    return call.t(key, id=item.discord_id, to=item.to)


def done(call: Call, programme: Programme, lines: Sequence[str]) -> Reply:
    """Say that it is taken back, and what a person should know or do beside that."""
    key = "setup.undo.done.but" if lines else "setup.undo.done"
    said = call.t(key, programme=name_of(call, programme), **words(call))
    return Reply("\n".join([said, *(f"- {line}" for line in lines)]))


def _leave(call: Call) -> discord.ui.Button[Any]:
    return views.button(call.t("setup.undo.button.leave"), "setup:undo-leave:")


def _invite(call: Call) -> str:
    return f"{invite_url(call.interaction.application_id, with_set_up())}&guild_id={call.guild_id}"
