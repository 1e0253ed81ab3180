"""What leaders do with series and their occurrences; each may be pressed twice, and what stands already stays so.

Who may is looked at here once more, with the roles that came with the press. Those who said yes are told of every change:
the first in the transaction that makes it, the rest in further ones.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import leaders
from bot.domain import series as rules
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.meetings import Occurrence
from bot.domain.series import COMES, Meeting, Series
from bot.errors import PeerError
from bot.services.meetings._looking import find, find_series, shown, view
from bot.services.meetings._telling import go_on_telling
from bot.services.meetings._views import Card, Listed, Wish
from bot.steps import meetings as steps
from data.db import Database
from data.programmes import presets
from data.store import meetings, rotations

Change = Callable[[sa.Connection, Series, Meeting, dt.datetime], Meeting]


async def create(db: Database, clock: Clock, actor: Actor, programme: Programme, wish: Wish) -> Card:
    """Begin a series with its occurrences of the next 60 days, at least the next one, and its card.

    Raises PeerError, with nothing stored, for what cannot be: a title, zone, length, capacity or rule that is none, what is
    past, more than 50 series.
    """
    must_lead(actor, programme)
    now = clock.now()
    series, found, until = _begin(wish, programme, now)

    def work(tx: sa.Connection) -> Card | None:
        if not meetings.insert_series(tx, series):
            return shown(tx, find_series(tx, programme, wish.id), now=now)
        if meetings.count_series(tx, programme.guild_id, programme.id) > rules.MOST_SERIES:
            raise PeerError("meetings.too_many", most=rules.MOST_SERIES)
        if wish.pool_id is not None:
            pool = rotations.fetch_pool(tx, programme.guild_id, wish.pool_id)
            if pool is None or pool.programme_id != programme.id:
                raise PeerError("meetings.no_pool")
        steps.make(tx, series, found, until=until, now=now)
        steps.ensure_card(tx, programme, series, now=now)
        return shown(tx, find_series(tx, programme, wish.id), now=now)

    made = await db.write(work)
    if made is None:
        raise PeerError("meetings.gone")
    return made


async def move(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    meeting_id: str,
    *,
    day: dt.date,
    minute: int,
    minutes: int | None = None,
    revision: int | None = None,
) -> Listed:
    """Move one occurrence to a date and minute on its series' clock, or change its length (`minutes`).

    A minute that the clock leaves out becomes the first one after it. `revision`: what the person saw; raises
    PeerError("meetings.changed") where it was changed since, and for a time that cannot be.
    """
    if minutes is not None:
        rules.check_length(minutes)

    def change(tx: sa.Connection, series: Series, meeting: Meeting, now: dt.datetime) -> Meeting:
        starts_at = rules.moved_to(series, day=day, minute=minute, now=now)
        length = meeting.ends_at - meeting.starts_at if minutes is None else dt.timedelta(minutes=minutes)
        if (starts_at, starts_at + length) == (meeting.starts_at, meeting.ends_at):
            return meeting
        if revision is not None and revision != meeting.revision:
            raise PeerError("meetings.changed")
        _must_be_ahead(meeting, now)
        other = meetings.fetch_at(tx, series.guild_id, series.id, starts_at)
        if other is not None and other.id != meeting.id:
            raise PeerError("meetings.move.taken")
        return steps.change(
            tx,
            series,
            meeting,
            now=now,
            starts_at=starts_at,
            ends_at=starts_at + length,
            was_at=meeting.starts_at,
            moved=True,
            moved_day=day,
            moved_minute=minute,
        )

    return await _change(db, clock, actor, programme, meeting_id, change)


async def skip(db: Database, clock: Clock, actor: Actor, programme: Programme, meeting_id: str) -> Listed:
    """Leave one occurrence out."""

    def change(tx: sa.Connection, series: Series, meeting: Meeting, now: dt.datetime) -> Meeting:
        if meeting.state == "skipped":
            return meeting
        _must_be_ahead(meeting, now)
        return steps.change(tx, series, meeting, now=now, state="skipped")

    return await _change(db, clock, actor, programme, meeting_id, change)


async def cancel(db: Database, clock: Clock, actor: Actor, programme: Programme, meeting_id: str) -> Listed:
    """Call one occurrence off; one that is under way is ended where it runs."""

    def change(tx: sa.Connection, series: Series, meeting: Meeting, now: dt.datetime) -> Meeting:
        if meeting.state == "cancelled":
            return meeting
        _must_not_be_over(meeting, now)
        if meeting.state == "running":
            raise PeerError("meetings.cancel.running")
        return steps.call_off(tx, series, meeting, now=now)

    return await _change(db, clock, actor, programme, meeting_id, change)


async def bring_back(db: Database, clock: Clock, actor: Actor, programme: Programme, meeting_id: str) -> Listed:
    """Let one that was skipped or cancelled take place after all."""

    def change(tx: sa.Connection, series: Series, meeting: Meeting, now: dt.datetime) -> Meeting:
        if meeting.state in COMES:
            return meeting
        _must_not_be_over(meeting, now)
        changed = steps.change(tx, series, meeting, now=now, state="planned", was_at=None)
        steps.ensure_card(tx, programme, series, now=now)
        return changed

    return await _change(db, clock, actor, programme, meeting_id, change)


async def cancel_series(db: Database, clock: Clock, actor: Actor, programme: Programme, series_id: str) -> Series:
    """End a series: what is still to come is cancelled, its card goes, those who said yes to any of it are told once.

    A meeting that is under way goes on.
    """
    must_lead(actor, programme)
    now = clock.now()

    def work(tx: sa.Connection) -> Series:
        series = find_series(tx, programme, series_id)
        return series if series.ended_at is not None else steps.end_series(tx, series, now=now)

    ended = await db.write(work)
    await go_on_telling(db, clock, series=[ended])
    return ended


def must_lead(actor: Actor, programme: Programme) -> None:
    """Raise PeerError unless the person leads the programme or manages the server."""
    if not leaders.rights(actor, programme, None).teach:
        raise PeerError("error.only_leaders")


async def _change(
    db: Database, clock: Clock, actor: Actor, programme: Programme, meeting_id: str, change: Change
) -> Listed:
    must_lead(actor, programme)
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[Listed, Meeting]:
        series, meeting = find(tx, programme, meeting_id)
        if series.ended_at is not None:
            raise PeerError("meetings.gone")
        changed = change(tx, series, meeting, now)
        return view(tx, actor, programme, series, changed, now=now), changed

    seen, changed = await db.write(work)
    await go_on_telling(db, clock, meetings=[changed])
    return replace(seen, meeting=changed)


def _begin(wish: Wish, programme: Programme, now: dt.datetime) -> tuple[Series, list[Occurrence], dt.date]:
    """Settle what is wished and reckon its occurrences: before a transaction begins, as it may take a moment."""
    title = rules.settle_title(wish.title)
    rules.check_capacity(wish.capacity)
    if wish.format is not None and wish.format not in {one.name for one in presets()[programme.preset].formats}:
        raise PeerError("meetings.no_format")
    when = rules.settle_when(
        rule=wish.rule, zone=wish.zone, starts_on=wish.starts_on, minute=wish.minute, minutes=wish.minutes, now=now
    )
    series = Series(
        id=wish.id,
        guild_id=programme.guild_id,
        programme_id=programme.id,
        title=title,
        zone=wish.zone,
        starts_on=wish.starts_on,
        minute=wish.minute,
        minutes=wish.minutes,
        rule=wish.rule,
        capacity=wish.capacity,
        format=wish.format,
        channel_id=wish.channel_id,
        pool_id=wish.pool_id,
        listed=wish.listed,
        revision=0,
        planned_until=None,
        created_at=now,
        ended_at=None,
    )
    return series, rules.to_make(when, now, None), rules.made_until(when, now)


def _must_not_be_over(meeting: Meeting, now: dt.datetime) -> None:
    if meeting.ends_at <= now or meeting.state == "ended":
        raise PeerError("meetings.over")


def _must_be_ahead(meeting: Meeting, now: dt.datetime) -> None:
    """Raise PeerError unless it takes place and has not begun."""
    _must_not_be_over(meeting, now)
    if meeting.state not in COMES:
        raise PeerError("meetings.off")
    if meeting.state == "running" or meeting.starts_at <= now:
        raise PeerError("meetings.running")
