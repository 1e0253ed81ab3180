"""Upkeep: at the start, and whenever something may have been missed, commands and panels are brought up to date.

Each step and each guild is tried by itself, so that one that fails keeps nothing else waiting. What may fail for a while
only (Discord or the database does not answer) is tried again after growing pauses; what is refused is not, it waits for
the next start, event or `/setup check`. Nothing runs here while nothing has failed. It knows no feature.
"""

import asyncio
import itertools
import logging
from collections.abc import Collection
from types import TracebackType
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot import logs
from bot.domain.guilds import Guild
from bot.errors import PeerError
from bot.services import guilds, panels
from data.programmes import presets

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

PAUSES = (10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""Seconds before each further try; the last one stays."""
UNAUTHORISED, TOO_MANY, BROKEN = 401, 429, 500
PASSING = (PeerError, discord.RateLimited, aiohttp.ClientError, OSError)
"""What is raised, beside Discord's answers, when something does not answer for a while."""

Failed = tuple[str, int]
"""What could not be brought up to date: ("commands", 0) or ("panel", the id of its channel)."""
COMMANDS: Failed = ("commands", 0)


class Upkeep:
    """Keeps commands and panels up to date, and remembers what has to be tried again."""

    def __init__(self, bot: "PeerBot") -> None:
        self._bot = bot
        self._core_again = False
        self._again: set[int] = set()
        self._trying: asyncio.Task[None] | None = None

    async def all(self) -> None:
        """Bring everything up to date, say so, and then look whether the panels are still there."""
        await self._core()
        for look in (False, True):
            for guild_id in [guild.id for guild in self._bot.guilds]:
                await self.guild(guild_id, look=look)
            self._bot.settled.set()

    async def guild(self, guild_id: int, *, look: bool = False) -> list[Failed]:
        """Give a guild the commands of its programmes and its panels the latest state; return what failed.

        `look`: ask Discord for each panel whether its message is there, one call each.
        """
        failed: list[Failed] = []
        if self._ending:
            return failed
        known = self._bot.tools.guilds.peek(guild_id)
        with self._step(guild_id) as reading:
            known = await self._bot.tools.guilds.get(guild_id)
        if known is not None:
            with self._step(guild_id) as commands:
                await self._bot.command_sets.sync_guild(known)
            failed = ([COMMANDS] if commands.failed else []) + await self._panels(known, look)
        elif reading.failed:
            failed = [COMMANDS]
        if not failed and not reading.failed:
            self._again.discard(guild_id)
        return failed

    async def _panels(self, known: Guild, look: bool) -> list[Failed]:
        with self._step(known.guild_id) as reading:
            placed = await panels.all_of(self._bot.tools.db, known.guild_id)
        if reading.failed:
            return [("panel", channel_id) for channel_id in _panel_channels(known)]
        failed: list[Failed] = []
        for panel in placed:
            with self._step(known.guild_id) as showing:
                await self._bot.panels.show(known, panel, look=look)
            if showing.failed:
                failed.append(("panel", panel.channel_id))
        return failed

    async def messages_gone(self, guild_id: int, message_ids: Collection[int]) -> None:
        """Post panels anew whose messages were deleted."""
        with self._step(guild_id):
            known = await self._bot.tools.guilds.get(guild_id)
            if known is not None and known.live and await self._bot.panels.gone(guild_id, message_ids):
                await self.guild(guild_id)

    async def touched(self, guild_id: int, kind: str, subject: str) -> None:
        """Bring the panels about a subject to their latest state."""
        with self._step(guild_id):
            known = await self._bot.tools.guilds.get(guild_id)
            if known is None or self._ending:
                return
            for panel in await panels.about(self._bot.tools.db, guild_id, kind, subject):
                await self._bot.panels.show(known, panel)

    async def channel_gone(self, guild_id: int, channel_id: int) -> None:
        """Write down that panels are gone with their channel; where they belong now, people decide."""
        with self._step(guild_id):
            await panels.remember_channel_gone(self._bot.tools.db, guild_id, channel_id)

    async def joined(self, guild_id: int) -> None:
        """Pick up a guild that was set up before."""
        with self._step(guild_id):
            await guilds.joined(self._bot.tools.db, self._bot.tools.guilds, guild_id)
        await self.guild(guild_id, look=True)

    async def left(self, guild_id: int) -> None:
        """Write down that the bot was taken out of a guild."""
        with self._step(guild_id):
            await guilds.left(self._bot.tools.db, self._bot.tools.guilds, guild_id, self._bot.tools.clock.now())
        self._again.discard(guild_id)

    def close(self) -> None:
        """Try nothing any more."""
        if self._trying is not None:
            self._trying.cancel()

    @property
    def _ending(self) -> bool:
        return self._bot.stopping or self._bot.is_closed()

    async def _core(self) -> None:
        with self._step(None):
            await self._bot.command_sets.sync_core()
        with self._step(None):
            tools, there = self._bot.tools, {guild.id for guild in self._bot.guilds}
            await guilds.look_who_is_there(tools.db, tools.guilds, there, tools.clock.now(), ours=self._ours)

    def _ours(self, guild_id: int) -> bool:
        """Tell whether a guild would be on one of this process's shards: another's are not its to write off."""
        return (guild_id >> 22) % (self._bot.shard_count or 1) in self._bot.shards

    def _step(self, guild_id: int | None) -> "_Step":
        return _Step(self, guild_id)

    def missed(self, error: Exception, guild_id: int | None) -> None:
        """Log a failed step (None: of no guild), and try it again later where that may help."""
        if self._ending:
            return
        what = "a guild" if guild_id else "what is the same in all guilds"
        if isinstance(error, discord.HTTPException):
            passing = error.status >= BROKEN or error.status == TOO_MANY
        else:
            passing = isinstance(error, PASSING)
        if passing:
            log.warning("%s could not be brought up to date and is tried again later: %s", what, error)
            self._try_later(guild_id)
        elif isinstance(error, discord.HTTPException):
            log.warning("%s could not be brought up to date, as Discord refuses: %s", what, error)
            if error.status == UNAUTHORISED:
                self._bot.token_refused.set()
        else:
            log.error("%s could not be brought up to date, reference %s", what, logs.reference(), exc_info=error)

    def _try_later(self, guild_id: int | None) -> None:
        if guild_id is None:
            self._core_again = True
        else:
            self._again.add(guild_id)
        if self._trying is None or self._trying.done():
            self._trying = asyncio.create_task(self._try_again(), name="upkeep")

    async def _try_again(self) -> None:
        for pause in itertools.chain(PAUSES, itertools.repeat(PAUSES[-1])):
            await asyncio.sleep(pause)
            core, self._core_again = self._core_again, False
            again, self._again = self._again, set()
            if core:
                await self._core()
            for guild_id in again:
                await self.guild(guild_id, look=True)
            if not self._core_again and not self._again:
                return


class _Step:
    """One step that may fail without ending what comes after it."""

    def __init__(self, upkeep: Upkeep, guild_id: int | None) -> None:
        self._upkeep = upkeep
        self._guild_id = guild_id
        self.failed = False

    def __enter__(self) -> "_Step":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.failed = True
        self._upkeep.missed(error, self._guild_id)
        return True


def _panel_channels(guild: Guild) -> list[int]:
    """Return the channels in which panels of the guild belong."""
    return [
        programme.channels[spec.purpose]
        for programme in guild.live
        for spec in presets()[programme.preset].channels
        if spec.panel and spec.purpose in programme.channels
    ]
