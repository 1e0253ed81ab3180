"""Saying whether one comes: on a card, in the list, in a reminder. One step, private, and only the number of people is shown.

It shows and asks. Who has a place and who waits is decided in services and domain.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Literal

import discord
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, reach, times, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import meetings, reaching, rsvps
from bot.services.rsvps import Answered
from bot.steps.members import NeedsConsent
from cogs.meetings import _list, _words

WISHES: dict[str, Literal["yes", "no"]] = {"yes": "yes", "no": "no"}
LIST = "meetings:list"
"""Where those go on who were asked how to be reached."""

Step = Callable[..., Awaitable[Answered]]


class Answers(commands.Cog):
    """The buttons by which somebody says whether they come, and those of an offered place."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @route("meetings:come", guard=guards.reached, in_place=True)
    async def come(self, call: Call) -> Reply:
        """Write down that somebody comes, or that they wait for a place."""
        return await self._answer(call, "yes")

    @route("meetings:cannot", guard=guards.reached, in_place=True)
    async def cannot(self, call: Call) -> Reply:
        """Write down that somebody can't; nobody asks why."""
        return await self._answer(call, "no")

    @route("meetings:agree", guard=guards.reached, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the one consent, and the answer that was given before."""
        _, _, _, rest = await _words.parts(call)
        wish = WISHES.get(rest.partition(".")[0])
        if wish is None:
            raise PeerError("error.button_gone")
        return await self._answer(call, wish, agreed=True)

    @route("meetings:take", guard=guards.reached, in_place=True)
    async def take(self, call: Call) -> Reply:
        """Take the place that was offered."""
        return await self._step(call, rsvps.accept)

    @route("meetings:pass", guard=guards.reached, in_place=True)
    async def pass_on(self, call: Call) -> Reply:
        """Let the place that was offered go to whoever waits next."""
        return await self._step(call, rsvps.decline)

    async def _answer(self, call: Call, wish: Literal["yes", "no"], *, agreed: bool = False) -> Reply:
        guild, programme, meeting_id, page = await _words.parts(call)
        try:
            return await self._step(call, rsvps.answer, wish, agreed=agreed)
        except NeedsConsent:
            on = page.rpartition(".")[2]
            agree = f"meetings:agree:{programme.id}.{meeting_id}.{wish}.{on}"
            yes = views.button(call.t("consent.button.agree"), agree, Style.success)
            asked = call.t("consent.ask", privacy=self.bot.command_sets.mention("privacy", guild))
            return Reply(asked, views.rows([yes]))

    async def _step(self, call: Call, step: Step, *values: Any, **named: Any) -> Reply:
        guild, programme, meeting_id, rest = await _words.parts(call)
        tools = call.tools
        now = await step(tools.db, tools.clock, call.actor, programme, _words.known(meeting_id), *values, **named)
        self.bot.delivery.wake()
        self.bot.panels.touch(guild.guild_id, meetings.PANEL, now.series.id)
        said = "\n".join(_standing(call, now))
        if _is_reached(now) and await reaching.way_of(tools.db, guild.guild_id, call.actor.user_id) is None:
            # The first thing that would be sent to them.
            asked = await reach.ask(call, guild, programme, then=LIST)
            return replace(asked, content=f"{said}\n\n{asked.content}")
        page = rest.rpartition(".")[2]
        if page:
            return await _list.show(call, guild, programme, _words.page_of(page), said)
        return Reply(said, views.rows(_more(call, guild, programme, now)))


def _is_reached(now: Answered) -> bool:
    """Tell whether something would be sent to somebody who answered so."""
    return now.remind_at is not None or now.answer == "waiting"


def _standing(call: Call, now: Answered) -> list[str]:
    """Say how things stand for somebody after what they did."""
    what = {"title": _words.title(now.series), "at": times.at(now.meeting.starts_at)}
    if now.answer is None:
        return [call.t("meetings.answer.none", **what)]
    if now.answer == "no":
        return [call.t("meetings.answer.no", **what), call.t("meetings.answer.private")]
    if now.answer == "waiting":
        said = [call.t("meetings.answer.waiting", place=now.place, **what)]
        if now.offered_until is not None:
            said = [call.t("meetings.answer.offered", until=times.at(now.offered_until), **what)]
        return said
    said = [call.t("meetings.answer.yes", **what)]
    if now.remind_at is not None:
        said.append(call.t("meetings.answer.remind", at=times.at(now.remind_at)))
    return said


def _more(call: Call, guild: Guild, programme: Programme, now: Answered) -> list[discord.ui.Item[Any]]:
    """Return what somebody may want next: to say otherwise, or to see what else there is."""
    token = f"{programme.id}.{now.meeting.id}"
    other: list[discord.ui.Item[Any]] = []
    if now.answer == "waiting" and now.offered_until is not None:
        other.append(views.button(call.t("meetings.button.take"), f"meetings:take:{token}", Style.success))
        other.append(views.button(call.t("meetings.button.pass"), f"meetings:pass:{token}"))
    elif now.answer in ("yes", "waiting"):
        leave = "meetings.button.cannot" if now.answer == "yes" else "meetings.button.leave_list"
        other.append(views.button(call.t(leave), f"meetings:cannot:{token}"))
    else:
        other.append(views.button(call.t("meetings.button.come"), f"meetings:come:{token}", Style.success))
    remind = views.button(call.t("meetings.button.remind"), f"meetings:remind:{programme.id}")
    everything = views.button(call.t("meetings.button.list"), f"meetings:list:{programme.id}")
    return [*other, remind, everything]
