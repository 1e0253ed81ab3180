"""Where a message for a person goes: by the way they chose, or by what there is instead. Resolves and opens; sends nothing.

What was opened is remembered at once, so that a process that dies here finds it again. Where young people may be, nothing
goes into a thread that its named adult is not in.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import discord

from bot.delivery.calls import bounded, read_failure
from bot.domain import ages
from bot.domain.guilds import Guild, Programme
from bot.domain.outbox import Claimed, Over
from bot.domain.quiet import next_loud
from bot.domain.reaching import Reach, is_paused, may_send
from bot.errors import PeerError
from bot.kit import threads
from bot.services import reaching
from bot.services.recipients import Recipient

if TYPE_CHECKING:
    from bot.delivery.kinds import InQuiet
    from bot.delivery.pace import Pace
    from bot.kit.bot import PeerBot

T = TypeVar("T")

PASSING_KEY = "reach.not_opened"
"""What opening a thread raises where Discord did not answer or refused for a reason that it does not name."""
ELSEWHERE = dt.timedelta(seconds=15)
"""When what only the guild's own process can do is looked at again."""
A_MOMENT = dt.timedelta(seconds=1)


class Unreachable(Exception):
    """It does not go to this person: they do not want it (`cancelled`), it would be too late (`expired`), or no way is open."""

    def __init__(self, state: Over, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


class Later(Exception):
    """Not now, and nothing has failed."""

    def __init__(self, at: dt.datetime) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, thread or direct message."""

    channel_id: int
    user_id: int | None = field(default=None, repr=False)
    """The person it is for; None: whoever reads the channel."""
    way: str = "channel"
    silent: bool = False


class Ways:
    """The ways to one person, for one message."""

    def __init__(
        self, bot: "PeerBot", pace: "Pace", guild: Guild, row: Claimed, person: Recipient, *, seconds: float
    ) -> None:
        self._bot = bot
        self._pace = pace
        self._guild = guild
        self._row = row
        self._person = person
        self._seconds = seconds
        self._silent = False
        self._was_refused = False

    async def chosen(self, in_quiet: "InQuiet") -> Place:
        """Return where it goes; raises `Unreachable` and `Later`, and what a call raises."""
        now, sending = self._bot.tools.clock.now(), self._person.sending
        reach = self._person.reach
        if reach is None:
            raise Unreachable("cancelled", "never asked how")
        if reach.way == "nowhere" or reach.channel_id is None:
            raise Unreachable("cancelled", "wants nothing sent")
        if is_paused(now, sending):
            raise Unreachable("cancelled", "pause")
        if not may_send(now, sending) and sending.quiet is not None:
            self._silent = True
            if in_quiet == "wait":
                loud = next_loud(now, sending.quiet, sending.zone)
                if loud >= self._row.expires_at:
                    raise Unreachable("expired", "quiet hours")
                raise Later(loud)
        if reach.way == "dm" and ages.rules(self._guild.ages).direct_messages:
            return self._place(reach.channel_id, "dm")
        if reach.way == "dm":
            return await self._new_thread(reach)
        return await self._thread(reach)

    async def instead(self, refused: Place, error: discord.HTTPException) -> Place:
        """Return where it goes after Discord refused a place for good; raises as `chosen`, and where no way is left."""
        reach = self._person.reach
        assert reach is not None
        archived = error.code == threads.ARCHIVED
        if not archived and not isinstance(error, discord.Forbidden | discord.NotFound):
            raise Unreachable("dead", read_failure(error).text)  # It is the message that was refused, not the way.
        if self._was_refused or refused.channel_id != reach.channel_id:
            return await self._closed(reach)
        self._was_refused = True
        if refused.way == "dm":
            return await self._new_thread(reach)
        if archived:
            await self._pace.call()
            if await bounded(threads.bring_back(self._bot, refused.channel_id), self._seconds):
                return refused
        if isinstance(error, discord.NotFound):
            return await self._new_thread(reach)
        # What people locked, or shut the bot out of, is left as they want it.
        return await self._closed(reach)

    async def got_through(self) -> None:
        """Write down that direct messages, which were closed, are open again."""
        reach = self._person.reach
        if reach is not None and reach.way == "dm" and reach.closed_at is not None and not self._was_refused:
            # It has been said, whether or not that it got through can be written down.
            with contextlib.suppress(PeerError):
                await self._moved(reach, Reach(reach.way, reach.channel_id))

    async def _thread(self, reach: Reach) -> Place:
        assert reach.channel_id is not None
        if reach.closed_at is not None:
            # It was opened in place of something else, perhaps by a process that died before it let anybody in.
            thread = await self._asked(threads.find(self._bot, reach.channel_id))
            return await self._furnished(thread, reach, None) if thread is not None else await self._new_thread(reach)
        await self._pace.call()
        looking = threads.has_its_adult(self._bot, self._guild, reach.channel_id, self._locale)
        try:
            if await bounded(looking, self._seconds):
                return self._place(reach.channel_id, "thread")
        except discord.NotFound:
            return await self._new_thread(reach)
        return await self._closed(reach)

    async def _new_thread(self, old: Reach) -> Place:
        """Open a private thread in place of what is closed: written down before anybody is in it."""
        here = self._bot.get_guild(self._guild.guild_id)
        if here is None or here.unavailable:
            # Its channels and rights are known to the process that serves it.
            raise Later(self._bot.tools.clock.now() + ELSEWHERE)
        programme = self._programme()
        if programme is None:
            return await self._closed(old)
        try:
            thread = await self._asked(threads.create(self._bot, self._guild, programme, self._locale))
        except PeerError:
            return await self._closed(old)
        new = Reach("thread", thread.id, closed_at=self._bot.tools.clock.now())
        if not await self._moved(old, new):
            # They were erased, or chose anew, in this very moment.
            await threads.put_away(self._bot, thread.id)
            raise Later(self._bot.tools.clock.now() + A_MOMENT)
        return await self._furnished(thread, new, old)

    async def _furnished(self, thread: discord.Thread, now: Reach, old: Reach | None) -> Place:
        """Let in whoever must be there; where that is not possible, the way is what it was before."""
        user_id, locale = self._person.user_id, self._locale
        furnishing = threads.furnish(self._bot, self._guild, thread, user_id, locale, silent=self._silent)
        try:
            await self._asked(furnishing)
        except PeerError:
            await threads.put_away(self._bot, thread.id)
            if old is not None:
                await reaching.put_back(self._bot.tools.db, self._guild.guild_id, user_id, was=now, now=old)
            return await self._closed(old or now)
        return self._place(thread.id, "thread")

    async def _asked(self, call: Coroutine[Any, Any, T]) -> T:
        """Return what a call of the kit returns; raises TimeoutError where Discord did not answer, so that it is tried again."""
        await self._pace.call()
        try:
            return await bounded(call, self._seconds)
        except PeerError as error:
            if error.key == PASSING_KEY:
                # For how long Discord wants to be left alone is known only to the error behind the sentence.
                cause = error.__context__
                raise (cause if isinstance(cause, discord.RateLimited) else TimeoutError()) from None
            raise

    async def _closed(self, old: Reach) -> Place:
        """Write down since when no way is open, of which the person hears at the next use; raises `Unreachable`."""
        since = old.closed_at or self._bot.tools.clock.now()
        await self._moved(old, Reach(old.way, old.channel_id, closed_at=since))
        raise Unreachable("dead", "no way is open")

    async def _moved(self, was: Reach, now: Reach) -> bool:
        db, guild_id = self._bot.tools.db, self._guild.guild_id
        return await asyncio.shield(reaching.moved(db, guild_id, self._person.user_id, was=was, now=now))

    def _place(self, channel_id: int, way: str) -> Place:
        return Place(channel_id, self._person.user_id, way, self._silent)

    def _programme(self) -> Programme | None:
        """Return the programme under which a thread is opened: the message's own, else one that the guild has."""
        named = self._guild.programme(self._row.programme_id) if self._row.programme_id else None
        return named or next(iter(self._guild.live), None)

    @property
    def _locale(self) -> str:
        return self._bot.tools.languages.locale(self._person.user_id, self._guild.locale)
