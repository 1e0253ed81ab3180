"""What a running meeting says, each of it once: a phase begins or was meant to end, somebody's turn, who hosts, the end.

Whose turn it is and who hosts is a message of its own that calls that person and nobody else. Whether something is still true
when it is said, the services ask; nothing is decided here.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from bot.clock import Clock
from bot.delivery import Say
from bot.domain.guilds import Guild, Programme
from bot.domain.outbox import Claimed
from bot.kit import times, views
from bot.kit.bot import PeerBot
from bot.kit.panels import Shown
from bot.kit.views import Style
from bot.services import runs
from bot.services.runs import Saying, View
from cogs.runs import _panel, _words
from cogs.runs._room import RunRooms
from data.db import Database


class Runs(commands.Cog):
    """The panel, and all that is said."""

    def __init__(self, bot: PeerBot, rooms: RunRooms) -> None:
        self.bot = bot
        self._rooms = rooms
        bot.panels.kind(runs.PANEL, self._draw, runs.panel)
        kind = bot.delivery.kind
        kind(runs.BEGAN, wanted=runs.began_wanted, render=self._began)
        kind(runs.OVERTIME, wanted=runs.overtime_wanted, render=self._overtime)
        kind(runs.TURN, wanted=runs.turn_wanted, render=self._turn)
        kind(runs.HOST, wanted=runs.host_wanted, render=self._host)
        kind(runs.ENDED, wanted=runs.ended_wanted, render=self._ended)
        for name, see_to in ((runs.CHECK, runs.look_after), (runs.CLOSE, runs.close_in_time)):
            kind(name, wanted=self._seeing_to(see_to), render=self._nothing)
        bot.delivery.sweep(self._tidy)

    def _draw(self, guild: Guild, programme: Programme, view: View) -> Shown:
        return _panel.draw(self.bot.tools.texts, guild, programme, view)

    # -- what is said -----------------------------------------------------------------------------------------------

    def _began(self, row: Claimed, facts: Saying, locale: str) -> Say:
        run, texts = facts.run, self.bot.tools.texts
        name = _words.phase(texts, locale, run.phase)
        began = "runs.began.first" if run.step == 0 else "runs.began"
        said = [texts.t(locale, began, phase=name, ends=times.at(run.phase_ends_at, "R"))]
        said.append(_words.cross_talk(texts, locale, run.phase))
        return self._say(facts, locale, said, ("raise", "pass", "listen"))

    def _overtime(self, row: Claimed, facts: Saying, locale: str) -> Say:
        run, texts = facts.run, self.bot.tools.texts
        name = _words.phase(texts, locale, run.phase)
        if run.is_last:
            said = [texts.t(locale, "runs.overtime.last", phase=name)]
            return self._say(facts, locale, said, ("end",))
        after = _words.phase(texts, locale, run.phases[run.step + 1])
        said = [texts.t(locale, "runs.overtime", phase=name, next=after)]
        return self._say(facts, locale, said, ("next",))

    def _turn(self, row: Claimed, facts: Saying, locale: str) -> Say:
        ends, texts = facts.run.turn_ends_at, self.bot.tools.texts
        person = f"<@{facts.user_id}>"
        said = [texts.t(locale, "runs.turn", person=person)]
        if ends is not None:
            said.append(texts.t(locale, "runs.turn.until", ends=times.at(ends, "R")))
        return self._say(facts, locale, said, ("done", "pass"), call=True)

    def _host(self, row: Claimed, facts: Saying, locale: str) -> Say:
        texts = self.bot.tools.texts
        if facts.user_id is not None:
            said = [texts.t(locale, "runs.host", person=f"<@{facts.user_id}>")]
            return self._say(facts, locale, said, ("leave",), call=True)
        return self._say(facts, locale, [texts.t(locale, "runs.host.nobody")], ("take", "self"))

    def _ended(self, row: Claimed, facts: Saying, locale: str) -> Say:
        texts = self.bot.tools.texts
        said = [texts.t(locale, "runs.ended", title=times.plain(facts.title)), ""]
        said.append(_words.own_words(texts, locale, facts.preset, facts.texts, "closing"))
        return self._say(facts, locale, said, ("missed",))

    def _say(self, facts: Saying, locale: str, said: list[str], verbs: tuple[str, ...], *, call: bool = False) -> Say:
        run, texts = facts.run, self.bot.tools.texts
        seen = {"next": f".{run.step}", "done": f".{run.turn}"}
        labels = {"missed": "catch_up"}
        buttons: list[discord.ui.Item[Any]] = [
            views.button(
                texts.t(locale, f"runs.button.{labels.get(verb, verb)}"),
                f"runs:{verb}:{_words.token(run)}{seen.get(verb, '')}",
                Style.primary if number == 0 else Style.secondary,
            )
            for number, verb in enumerate(verbs)
        ]
        people = (facts.user_id,) if call and facts.user_id is not None else ()
        return Say("\n".join(said), views.rows(buttons), run.channel_id, people=people)

    # -- what is looked after ----------------------------------------------------------------------------------------

    def _seeing_to(
        self, see_to: Callable[[Database, Clock, Claimed], Awaitable[bool]]
    ) -> Callable[[Database, Clock, Claimed], Awaitable[None]]:
        async def wanted(db: Database, clock: Clock, row: Claimed) -> None:
            if await see_to(db, clock, row):
                await self._changed(row.guild_id, row.subject)

        return wanted

    def _nothing(self, row: Claimed, facts: Any, locale: str) -> Say:
        """Say nothing: what is only looked after is never wanted."""
        return Say("")

    async def _tidy(self, db: Database, clock: Clock) -> None:
        for guild_id, run_id in await runs.tidy(db, clock):
            await self._changed(guild_id, run_id)

    async def _changed(self, guild_id: int, run_id: str) -> None:
        await _words.began_or_ended(self.bot, guild_id, run_id)
        await self._rooms.mend(guild_id)
