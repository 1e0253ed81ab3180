"""Telling many people of one change: in transactions of so many people each, until all are told."""

from collections.abc import Iterable

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.series import Meeting, Series
from bot.steps import meetings as steps
from data.db import Database
from data.store import meetings as store


async def go_on_telling(
    db: Database, clock: Clock, *, meetings: Iterable[Meeting] = (), series: Iterable[Series] = ()
) -> None:
    """Plan to tell whoever has not been told yet; those who were are passed over, so that it may begin anew at any time."""
    for one in meetings:
        if one.told_rev < one.revision:
            await _tell(db, clock, one)
    for ended in series:
        if ended.told_rev < ended.revision:
            await _tell_end(db, clock, ended)


async def _tell(db: Database, clock: Clock, meeting: Meeting) -> None:
    now, after = clock.now(), ""

    def work(tx: sa.Connection) -> str | None:
        stands = store.fetch(tx, meeting.guild_id, meeting.id)
        of = store.fetch_series(tx, meeting.guild_id, meeting.series_id)
        # Whoever changed it again tells of that.
        if stands is None or of is None or stands.revision != meeting.revision or stands.told_rev == stands.revision:
            return None
        return steps.tell(tx, of, stands, now=now, after_ref=after)[1]

    while (further := await db.write(work)) is not None:
        after = further


async def _tell_end(db: Database, clock: Clock, series: Series) -> None:
    now, after = clock.now(), ""

    def work(tx: sa.Connection) -> str | None:
        stands = store.fetch_series(tx, series.guild_id, series.id)
        if stands is None or stands.told_rev == stands.revision:
            return None
        return steps.tell_end(tx, stands, now=now, after_ref=after)[1]

    while (further := await db.write(work)) is not None:
        after = further
