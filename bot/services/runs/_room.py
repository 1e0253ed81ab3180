"""The channel that a meeting is held in: who of its hosts is seen there, and what has to be put back that a lock changed."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import runs as rules
from bot.domain.ids import new_id
from bot.domain.runs import Run
from bot.services.runs import _follow
from data.db import Database
from data.store import people
from data.store import runs as store
from data.store.runs import Room


async def saw(
    db: Database, clock: Clock, guild_id: int, user_id: int, *, left: int | None, joined: int | None
) -> list[str]:
    """Take note that somebody left one channel, joined another, or both; return the ids of the runs that changed by it."""
    channel_ids = [one for one in (left, joined) if one is not None]
    if not await db.read(lambda tx: bool(store.fetch_open_in(tx, guild_id, channel_ids))):
        return []

    def change(tx: sa.Connection, run: Run, now: dt.datetime) -> Run:
        member = people.fetch_member(tx, guild_id, user_id)
        if member is None:
            return run
        return rules.seen_in_room(run, member.ref, now, is_there=run.channel_id == joined)

    return await _change(db, clock, guild_id, channel_ids, change)


async def saw_all(db: Database, clock: Clock, guild_id: int, there: Mapping[int, Collection[int]]) -> list[str]:
    """Take note of who is in which voice or stage channel, after nobody has listened for a while; as `saw`."""

    def change(tx: sa.Connection, run: Run, now: dt.datetime) -> Run:
        hosts = [one.ref for one in run.people if one.part is not None]
        for ref, user_id in people.fetch_user_ids(tx, guild_id, hosts).items():
            run = rules.seen_in_room(run, ref, now, is_there=user_id in there[run.channel_id])
        return run

    return await _change(db, clock, guild_id, list(there), change)


async def _change(
    db: Database,
    clock: Clock,
    guild_id: int,
    channel_ids: Collection[int],
    change: Callable[[sa.Connection, Run, dt.datetime], Run],
) -> list[str]:
    now, row_id = clock.now(), new_id()

    def work(tx: sa.Connection) -> list[str]:
        changed = []
        for run in store.fetch_open_in(tx, guild_id, channel_ids):
            after = change(tx, run, now)
            if after != run:
                _follow.write(tx, run, after, now, row_id)
                changed.append(run.id)
        return changed

    return await db.write(work)


async def locks(db: Database, guild_id: int, run_id: str, was: str, *, own: bool) -> Room | None:
    """Write down, before a channel is locked, what it says of everybody, and whether the bot is let in by name for that.

    Returns what is to be put back one day; None: the meeting is not locked any more.
    """

    def work(tx: sa.Connection) -> Room | None:
        run = store.fetch(tx, guild_id, run_id)
        if run is None or not run.is_locked:
            return None
        if store.fetch_room(tx, guild_id, run_id) is None:
            store.set_room(tx, guild_id, run_id, was, own=own)
        return store.fetch_room(tx, guild_id, run_id)

    return await db.write(work)


async def room(db: Database, guild_id: int, run_id: str) -> Room | None:
    """Return a run's channel where it is locked, or still to be opened again."""
    return await db.read(lambda tx: store.fetch_room(tx, guild_id, run_id))


async def rooms(db: Database, guild_id: int) -> list[Room]:
    """Return all such channels of a guild."""
    return await db.read(lambda tx: store.fetch_rooms(tx, guild_id))


async def opened(db: Database, guild_id: int, run_id: str) -> None:
    """Write down that a channel says again what it said before it was locked."""

    def work(tx: sa.Connection) -> None:
        run = store.fetch(tx, guild_id, run_id)
        # Locked again meanwhile, there is something to put back again.
        if run is not None and not run.is_locked:
            store.set_room(tx, guild_id, run_id, None)

    await db.write(work)
