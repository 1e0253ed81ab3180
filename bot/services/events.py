"""The mirror of the next occurrences among Discord's events: what is to be seen, and what became of it.

Ours is the truth; what somebody changes in Discord by hand is not read, and what they delete is not put back. Nothing here
calls Discord.
"""

import datetime as dt
import functools
from typing import Literal

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.events import GONE, MAKING, Mirror, mirror
from bot.domain.outbox import Claimed
from bot.domain.series import Meeting
from bot.steps import events as steps
from data.db import Database
from data.store import events, meetings

KIND = steps.KIND
LOOKED_AT = dt.timedelta(hours=6)
"""After how long a series is looked at again that could not be shown, such as without the right to make events."""
AT_ONCE = 200

Begun = Literal["begun", "not now", "not any more"]


async def wanted(db: Database, clock: Clock, row: Claimed) -> Mirror | None:
    """Return what is to be seen of a series, None: there is no such series."""
    now = clock.now()

    def work(tx: sa.Connection) -> Mirror | None:
        series = meetings.fetch_series(tx, row.guild_id, row.subject)
        if series is None:
            return None
        found = events.fetch(tx, row.guild_id, series.id, now=now)
        return mirror(series, found, now, is_live=events.is_live(tx, row.guild_id, series.programme_id))

    return await db.read(work)


async def begin(db: Database, row: Claimed, meeting: Meeting) -> Begun:
    """Write down that this message is about to make an occurrence's event, so that no other does at the same time.

    "not now": another message is on its way to it. "not any more": it has one, or is to have none.
    """

    def work(tx: sa.Connection) -> Begun:
        mark = events.fetch_mark(tx, meeting.guild_id, meeting.id)
        if mark is None or mark[0] is not None or mark[1] == GONE:
            return "not any more"
        other = (mark[1] or "").removeprefix(MAKING)
        if other and other != row.id and events.is_claimed(tx, meeting.guild_id, other):
            return "not now"
        events.update(tx, meeting.guild_id, meeting.id, event_id=None, event_rev=f"{MAKING}{row.id}")
        return "begun"

    return await db.write(work)


async def shown(db: Database, meeting: Meeting, *, event_id: int, rev: str) -> None:
    """Write down which event an occurrence has, and what that shows."""
    await _set(db, meeting, event_id, rev)


async def gone(db: Database, meeting: Meeting) -> None:
    """Write down that an occurrence's event was deleted by hand."""
    await _set(db, meeting, None, GONE)


async def ended(db: Database, meeting: Meeting) -> None:
    """Write down that an occurrence has no event any more, because it should have none."""
    await _set(db, meeting, None, None)


async def plan_ahead(db: Database, clock: Clock) -> int:
    """Plan to look at every series that is not seen as it should be and was not looked at for a while; return how many.

    A sweep, for the start and the housekeeping.
    """
    now = clock.now()
    look = functools.partial(events.fetch_unseen, kind=KIND, now=now, since=now - LOOKED_AT, limit=AT_ONCE)
    found = await db.read(look)
    if found:
        await db.write(functools.partial(_plan_all, found=found, now=now))
    return len(found)


def _plan_all(tx: sa.Connection, found: list[tuple[int, str]], now: dt.datetime) -> None:
    for guild_id, series_id in found:
        steps.plan(tx, guild_id, series_id, now=now)


async def _set(db: Database, meeting: Meeting, event_id: int | None, rev: str | None) -> None:
    change = functools.partial(
        events.update, guild_id=meeting.guild_id, meeting_id=meeting.id, event_id=event_id, event_rev=rev
    )
    await db.write(change)
