"""The screens of taking a programme back: which one, the plan as it reads, and what came of it. They decide nothing."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.guilds import Programme
from bot.domain.rights import invite_url, with_set_up
from bot.domain.undoing import Item
from bot.kit import views
from bot.kit.call import CONTENT_LIMIT, Call, Reply
from bot.kit.views import Style
from cogs.setup._place import whole, words
from cogs.setup._undo_look import Outlook


def which(call: Call, programmes: Sequence[Programme]) -> Reply:
    """Ask which programme."""
    buttons = [views.button(name_of(call, one), f"setup:undo-plan:{one.id}") for one in programmes]
    return Reply(call.t("setup.undo.which"), views.rows(buttons, [_leave(call)]))


def name_of(call: Call, programme: Programme) -> str:
    """Return what a programme is called."""
    return call.t(f"programme.{programme.preset}.name")


def plan(call: Call, outlook: Outlook, *, changed: bool = False, page: int = 0) -> Reply:
    """Show exactly what will happen, and what is in its way; `changed`: it is not what was shown before.

    What does not fit into one message is on further pages, and the red button on the last.
    """
    pages = views.pages(_lines(call, outlook, changed=changed), CONTENT_LIMIT)
    page = min(page, len(pages) - 1)
    if page + 1 == len(pages):
        return Reply(pages[page], _buttons(call, outlook))
    onward = call.t("setup.button.read_on", number=page + 2, total=len(pages))
    turn = views.button(onward, f"setup:undo-plan:{outlook.now.programme.id}.{page + 1}", Style.primary)
    return Reply(pages[page], views.rows([turn, _leave(call)]))


def _lines(call: Call, outlook: Outlook, *, changed: bool) -> list[str]:
    missing = outlook.missing_rights
    # What stands in the way comes first.
    ahead = [call.t("setup.plan.changed")] if changed else []
    if missing:
        ahead.append(call.t("setup.undo.missing", rights=", ".join(call.t(f"right.{right}") for right in missing)))
    if outlook.here is not None:
        ahead.append(call.t("setup.undo.elsewhere", **words(call)))
    ahead.append(call.t("setup.undo.kept"))
    key = "setup.undo.plan" if outlook.items else "setup.undo.plan.nothing"
    said = call.t(key, programme=name_of(call, outlook.now.programme))
    return [*ahead, "", said, *(f"- {describe(call, item)}" for item in outlook.items)]


def _buttons(call: Call, outlook: Outlook) -> discord.ui.View:
    programme = outlook.now.programme
    do = views.button(
        call.t("setup.undo.button.do"),
        f"setup:undo-do:{programme.id}.{outlook.rev}",
        Style.danger,
        disabled=not outlook.ready,
    )
    first: list[discord.ui.Item[Any]] = [do, _leave(call)]
    second: list[discord.ui.Item[Any]] = []
    if outlook.missing_rights:
        second.append(views.link(call.t("setup.button.invite"), _invite(call)))
        second.append(views.button(call.t("setup.button.again"), f"setup:undo-plan:{programme.id}"))
    return views.rows(first, second)


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
    return whole([said, *(f"- {line}" for line in lines)])


def _leave(call: Call) -> discord.ui.Button[Any]:
    return views.button(call.t("setup.undo.button.leave"), "setup:undo-leave:")


def _invite(call: Call) -> str:
    return f"{invite_url(call.interaction.application_id, with_set_up())}&guild_id={call.guild_id}"
