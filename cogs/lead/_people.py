"""The list of those who lead a programme or learn to, and putting somebody on it."""

from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, views, which
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import leaders
from bot.services.leaders import Listed, Seen
from cogs.lead import _person
from cogs.lead._words import parts, state

PAGE = 10
"""People on a page: two rows of numbered buttons."""
ROW = 5


async def here(call: Call) -> Reply:
    """Show the list of the programme that the channel means, or ask which one."""
    found = await which.programme(call, "lead:people")
    return found if isinstance(found, Reply) else await _show(call, *found)


class People(commands.Cog):
    """The list and its buttons."""

    @route("lead:people", guard=guards.member, in_place=True)
    async def people(self, call: Call) -> Reply:
        """Show who leads or learns to: to leaders everybody, to others who stand there themselves only that."""
        guild, programme, page, _ = await parts(call)
        return await _show(call, guild, programme, int(page) if page.isdecimal() and len(page) < 5 else 0)

    @route("lead:add", guard=guards.leader, in_place=True)
    async def add(self, call: Call) -> Reply:
        """Put the chosen person on the list, and show their record."""
        guild, programme, _, _ = await parts(call)
        user_id = _chosen(call)
        seen, new = await leaders.add(call.tools.db, call.tools.clock, call.actor, guild, programme, user_id)
        said = call.t("leaders.add.done" if new else "leaders.add.already", person=f"<@{user_id}>")
        return _person.screen(call, guild, programme, seen, said)


async def _show(call: Call, guild: Guild, programme: Programme, page: int = 0) -> Reply:
    found = await leaders.listed(call.tools.db, call.actor, programme)
    if not (guards.leads(call.actor, programme) or call.actor.manages_guild):
        if found.own is None:
            raise PeerError("error.only_leaders")
        return _person.screen(call, guild, programme, found.own)
    pages = max(1, -(-len(found.everybody) // PAGE))
    return _page(call, guild, programme, found, min(page, pages - 1), pages)


def _page(call: Call, guild: Guild, programme: Programme, found: Listed, page: int, pages: int) -> Reply:
    first = page * PAGE
    shown = list(enumerate(found.everybody[first : first + PAGE], first + 1))
    said = []
    if found.own is not None:
        said += [call.t("leaders.people.own", state=state(call, guild, programme, found.own.leader)), ""]
    said.append(call.t("leaders.people.title", programme=call.t(f"programme.{programme.preset}.name")))
    said += [_line(call, guild, programme, number, one) for number, one in shown]
    said.append(call.t("leaders.people.open" if shown else "leaders.people.nobody"))
    numbers = [views.button(str(n), f"lead:person:{programme.id}.{one.leader.id}") for n, one in shown]
    somebody = discord.ui.UserSelect[Any](
        custom_id=f"lead:add:{programme.id}", placeholder=call.t("leaders.people.add"), min_values=1, max_values=1
    )
    return Reply(
        "\n".join(said),
        views.rows(numbers[:ROW], numbers[ROW:], [somebody], _turning(call, programme, found, page, pages)),
    )


def _turning(call: Call, programme: Programme, found: Listed, page: int, pages: int) -> list[discord.ui.Item[Any]]:
    buttons: list[discord.ui.Item[Any]] = []
    if found.own is not None:
        # Told apart from the numbered button of the same record: an id stands once on a screen.
        own = f"lead:person:{programme.id}.{found.own.leader.id}.own"
        buttons.append(views.button(call.t("leaders.button.own"), own, Style.primary))
    if page > 0:
        buttons.append(views.button(call.t("leaders.button.earlier"), f"lead:people:{programme.id}.{page - 1}"))
    if page + 1 < pages:
        buttons.append(views.button(call.t("leaders.button.later"), f"lead:people:{programme.id}.{page + 1}"))
    return buttons


def _line(call: Call, guild: Guild, programme: Programme, number: int, one: Seen) -> str:
    where = state(call, guild, programme, one.leader)
    return call.t("leaders.people.line", number=number, person=f"<@{one.user_id}>", state=where)


def _chosen(call: Call) -> int:
    """Return who was chosen; raises PeerError for what is no person of this server, as Discord itself says."""
    values = call.fields.get("values")
    data: Any = call.interaction.data or {}
    resolved = data.get("resolved") or {}
    if not isinstance(values, list) or len(values) != 1:
        raise PeerError("error.button_gone")
    (chosen,) = values
    if chosen not in (resolved.get("members") or {}):
        raise PeerError("leaders.add.not_here")
    if (resolved.get("users") or {}).get(chosen, {}).get("bot"):
        raise PeerError("leaders.add.bot")
    return int(chosen)
