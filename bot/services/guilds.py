"""A guild's settings, kept in the process and read afresh after a change or `KEPT_SECONDS`.

Every press needs them; a read for each would cost more than the press. Another process's change is seen within
`KEPT_SECONDS`. Holds no person's data.
"""

import asyncio
import contextlib
import datetime as dt
import functools
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

from bot.domain.actor import Actor
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from data.db import Database
from data.store import guilds, meta

KEPT_SECONDS = 10.0
LONG_AGO = float("-inf")
LOAD_LIMIT = 5.0
"""Seconds that reading all guilds at the start may take."""


class WhichProgramme(PeerError):
    """Several programmes could be meant, and nothing says which."""

    def __init__(self, programmes: tuple[Programme, ...]) -> None:
        super().__init__("error.which_programme")
        self.programmes = programmes


class Guilds:
    """The settings of the guilds this process serves."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: dict[int, tuple[float, Guild | None]] = {}
        self._changes = 0
        self.attempts: Counter[str] = Counter()
        """How often this process is setting up a programme at this moment; what died with a process is in none."""

    @property
    def doing(self) -> frozenset[str]:
        """The programmes that this process is setting up at this moment."""
        return frozenset(+self.attempts)

    def doing_beside(self, programme_id: str) -> frozenset[str]:
        """Return the same, one attempt at `programme_id` aside: the one that asks."""
        times = Counter(self.attempts)
        times[programme_id] -= 1
        return frozenset(+times)

    @contextlib.contextmanager
    def trying(self, programme_id: str) -> Iterator[None]:
        """Count an attempt from before it is written down, so that no other takes it for dead; whoever ends it counts down."""
        self.attempts[programme_id] += 1
        try:
            yield
        except BaseException:
            self.attempts[programme_id] -= 1
            raise

    async def get(self, guild_id: int) -> Guild | None:
        """Return the guild's settings, at most `KEPT_SECONDS` old; None: nothing was ever set up there."""
        kept = self._kept.get(guild_id)
        now = asyncio.get_running_loop().time()
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        changes = self._changes
        guild = await self._db.read(functools.partial(guilds.fetch, guild_id=guild_id))
        # What was read before a change that came meanwhile is old already.
        self._kept[guild_id] = (now if changes == self._changes else LONG_AGO, guild)
        return guild

    async def load_all(self) -> None:
        """Read the settings of every guild at once, so that `peek` knows them before anybody asks; raises Busy."""
        changes = self._changes
        found = await self._db.read(guilds.fetch_all, LOAD_LIMIT)
        read_at = asyncio.get_running_loop().time() if changes == self._changes else LONG_AGO
        for guild in found:
            self._kept[guild.guild_id] = (read_at, guild)

    def peek(self, guild_id: int | None) -> Guild | None:
        """Return what is at hand without touching the database, however old: for what must answer without it."""
        kept = self._kept.get(guild_id) if guild_id is not None else None
        return kept[1] if kept else None

    def forget(self, guild_id: int) -> None:
        """Read the guild afresh at the next use; called after every change of its settings."""
        self._changes += 1
        if guild_id in self._kept:
            self._kept[guild_id] = (LONG_AGO, self._kept[guild_id][1])

    def drop(self, guild_id: int) -> None:
        """Let go of what is at hand of a guild of which nothing is kept any more."""
        self._changes += 1
        self._kept.pop(guild_id, None)


async def programme_of(
    guilds_: Guilds, guild_id: int, programme_id: str, actor: Actor | None = None
) -> tuple[Guild, Programme]:
    """Return the guild and its live programme of that id; raises PeerError where this guild has none such.

    An `actor` who manages the server may also use one that is on trial.
    """
    guild = await guilds_.get(guild_id)
    programme = guild.programme(programme_id) if guild else None
    if guild is None or programme is None or not (programme.state == "live" or _may_try(actor, programme)):
        raise PeerError("error.programme_gone")
    if programme.state != "live":
        # Whoever tries it posts nowhere and reaches nobody, also where a set-up broke off half-way.
        programme = replace(programme, channels={}, roles={})
    return guild, programme


def _may_try(actor: Actor | None, programme: Programme) -> bool:
    return actor is not None and actor.manages_guild and programme.on_trial


async def programme_here(guilds_: Guilds, guild_id: int, channel_id: int | None) -> tuple[Guild, Programme]:
    """Return the programme that a command means: the channel's, else the guild's only one; raises WhichProgramme."""
    guild = await guilds_.get(guild_id)
    if guild is None or not guild.live:
        raise PeerError("error.not_set_up")
    found = [programme for programme in guild.live if channel_id in programme.channels.values()]
    if len(found) == 1:
        return guild, found[0]
    if len(guild.live) > 1:
        raise WhichProgramme(guild.live)
    return guild, guild.live[0]


async def remember_commands(
    db: Database, guilds_: Guilds, guild_id: int, *, commands_hash: str, command_ids: dict[str, int]
) -> None:
    """Write down which commands the guild was given."""
    await db.write(
        functools.partial(guilds.update, guild_id=guild_id, commands_hash=commands_hash, command_ids=command_ids)
    )
    guilds_.forget(guild_id)


async def joined(db: Database, guilds_: Guilds, guild_id: int) -> None:
    """Write down that the bot was taken into a guild: it is here again, and Discord knows none of its commands there."""
    await _came_or_went(db, guilds_, guild_id, removed_at=None)


async def left(db: Database, guilds_: Guilds, guild_id: int, now: dt.datetime) -> None:
    """Write down that the bot was taken out of a guild, and with it the commands it was given there."""
    await _came_or_went(db, guilds_, guild_id, removed_at=now)


async def look_who_is_there(
    db: Database, guilds_: Guilds, there: Collection[int], now: dt.datetime, *, ours: Callable[[int], bool]
) -> None:
    """Write down into which guilds the bot was taken, and out of which, while nobody listened.

    `there`: the guilds it is in, also those out of Discord's reach. `ours`: whether this process serves a guild.
    """
    for guild_id, removed in (await db.read(guilds.fetch_removed)).items():
        if guild_id in there and removed:
            await joined(db, guilds_, guild_id)
        elif guild_id not in there and not removed and ours(guild_id):
            await left(db, guilds_, guild_id, now)


async def _came_or_went(db: Database, guilds_: Guilds, guild_id: int, *, removed_at: dt.datetime | None) -> None:
    if await guilds_.get(guild_id) is None:
        return
    values: dict[str, Any] = {"commands_hash": None, "command_ids": {}, "removed_at": removed_at}
    if removed_at is not None:
        # Invited again, the bot says its first message again.
        values["welcomed_at"] = None
    await db.write(functools.partial(guilds.update, guild_id=guild_id, **values))
    guilds_.forget(guild_id)


async def fact(db: Database, key: str) -> str | None:
    """Return a small fact about this database."""
    return await db.read(functools.partial(meta.fetch, key=key))


async def remember_fact(db: Database, key: str, value: str) -> None:
    """Write down a small fact about this database."""
    await db.write(functools.partial(meta.put, key=key, value=value))
