"""Reminders to check in: when a member wants to be asked how they are, and whether that is said once its time has come.

The next one is planned as soon as one comes due, whatever becomes of that: said, passed over, dead. What was never looked
at, because nothing ran for longer than a reminder lasts, `plan_ahead` takes up. Nothing here sends anything, and checking
in knows nothing of this: whether somebody has answered is read from their check-ins.
"""

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.domain.checkins import local_day
from bot.domain.guilds import Programme
from bot.domain.outbox import Claimed
from bot.domain.quiet import Quiet
from bot.domain.reaching import Reach, Sending, is_paused
from bot.domain.reminders import Asking, Days, Reminder, asks, heard_at
from bot.errors import PeerError
from bot.steps import reminders as steps
from bot.steps.members import known_member, new_ids
from data.db import Database
from data.store import checkins, people, reaching, reminders
from data.store.reminders import Row

KIND = steps.KIND
PAUSES: dict[str, dt.timedelta | None] = {"week": dt.timedelta(days=7), "open": None}
"""For how long reminders may be paused; `open`: until the person says so."""
LOOK_AT, CHUNK = 2_000, 25


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder that comes, or would if it were not paused."""

    minute: int
    days: Days
    upcoming: Reminder
    heard_at: dt.datetime | None
    """When it is said, which in quiet hours is later; None: they end too late for it."""
    is_paused: bool
    paused_until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand with a person's reminder in a programme."""

    zone: str | None = None
    """What their clock shows; None: they have not said."""
    reach: Reach | None = field(default=None, repr=False)
    """How they are reached; None: they have not been asked."""
    quiet: Quiet | None = None
    everything_paused: bool = False
    planned: Planned | None = None
    """None: they have no reminder, or stopped it."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is said now."""

    programme_id: str
    preset: str
    asking: Asking


async def look(db: Database, clock: Clock, actor: Actor, programme: Programme) -> Standing:
    """Return how things stand."""
    now = clock.now()
    return await db.read(lambda tx: _standing(tx, actor, programme, now))


async def choose(
    db: Database, clock: Clock, actor: Actor, programme: Programme, minute: int, *, agreed: bool = False
) -> Standing:
    """Remind the person at a minute of their day from now on; raises `NeedsConsent` before the first yes."""
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> Standing:
        member = known_member(tx, programme.guild_id, actor.user_id, agreed=agreed, now=now, ids=ids)
        place = (programme.guild_id, programme.id, member.ref)
        reminders.ensure(tx, ids.row, *place, minute=minute, days="every")
        # Whoever wants to be asked has begun again.
        checkins.begin_again(tx, *place)
        _wish(tx, _of(tx, actor, programme), now, minute=minute)
        return _standing(tx, actor, programme, now)

    return await db.write(work)


async def set_days(db: Database, clock: Clock, actor: Actor, programme: Programme, days: Days) -> Standing:
    """Remind the person on these days; raises PeerError where they have no reminder."""

    def work(tx: sa.Connection, row: Row, now: dt.datetime) -> None:
        _wish(tx, row, now, days=days)

    return await _change(db, clock, actor, programme, work)


async def pause(db: Database, clock: Clock, actor: Actor, programme: Programme, length: str) -> Standing:
    """Say nothing for a length of `PAUSES`; raises PeerError where there is no such length or no reminder."""
    if length not in PAUSES:
        raise PeerError("error.button_gone")
    span = PAUSES[length]

    def work(tx: sa.Connection, row: Row, now: dt.datetime) -> None:
        until = now + span if span else None
        reminders.update(tx, row.guild_id, row.id, paused_at=now, paused_until=until, **_answered(now))

    return await _change(db, clock, actor, programme, work)


async def go_on(db: Database, clock: Clock, actor: Actor, programme: Programme) -> Standing:
    """Remind the person again after a pause, a stop or the note; raises PeerError where they never had a reminder."""
    return await _change(db, clock, actor, programme, _wish, also_stopped=True)


async def stop(db: Database, clock: Clock, actor: Actor, programme: Programme) -> Standing:
    """Remind the person no more; where they have no reminder there is nothing to stop."""

    def work(tx: sa.Connection, row: Row, now: dt.datetime) -> None:
        steps.take_back(tx, row, now=now)
        reminders.update(tx, row.guild_id, row.id, stopped_at=now, paused_at=None, paused_until=None, **_answered(now))

    try:
        return await _change(db, clock, actor, programme, work)
    except PeerError as error:
        if error.key != "checkins.remind.gone":
            raise
        return await look(db, clock, actor, programme)


async def pass_today(db: Database, clock: Clock, actor: Actor, programme: Programme) -> Standing:
    """Ask nothing more on the person's today; raises PeerError where they have no reminder."""

    def work(tx: sa.Connection, row: Row, now: dt.datetime) -> None:
        reminders.update(tx, row.guild_id, row.id, passed_on=local_day(now, row.zone), **_answered(now))

    return await _change(db, clock, actor, programme, work)


# -- when its time has come -------------------------------------------------------------------------------------------------


async def wanted(db: Database, clock: Clock, row: Claimed) -> Due | None:
    """Return what is said now, None: nothing, and nobody hears of that. Either way the next one is planned."""
    now, day = clock.now(), dt.date.fromisoformat(str(row.payload["day"]))

    def work(tx: sa.Connection) -> Due | None:
        one = reminders.fetch(tx, row.guild_id, row.subject)
        if one is None or one.stopped_at is not None:
            return None
        steps.plan_next(tx, one, now=now, after_day=day)
        asking = asks(_unanswered(tx, one))
        if asking is None or not one.is_live or one.passed_on == day or _is_paused(one, now):
            return None
        if _has_stopped(tx, one) or checkins.fetch_day(tx, *_place(one), day) is not None:
            return None
        return Due(one.programme_id, one.preset, asking)

    return await db.write(work)


def after_sent(tx: sa.Connection, row: Claimed, message_id: int | None) -> None:
    """Count one more that waits for an answer; an answer that came while it was being sent counts as one."""
    one = reminders.fetch(tx, row.guild_id, row.subject)
    if one is not None:
        reminders.update(tx, one.guild_id, one.id, unanswered=_unanswered(tx, one) + 1, said_at=row.due_at)


async def plan_ahead(db: Database, clock: Clock) -> int:
    """Plan the next reminder of everybody for whom none is planned, also one that is due already; return how many.

    For the start and for the housekeeping. It may run at any time, and in several processes at once.
    """
    now, last, count = clock.now(), "", 0
    while True:
        look_at = functools.partial(reminders.fetch_unplanned, kind=KIND, now=now, after_id=last, look_at=LOOK_AT)
        seen, unplanned = await db.read(look_at)
        for first in range(0, len(unplanned), CHUNK):
            await db.write(functools.partial(_plan_all, unplanned=unplanned[first : first + CHUNK], now=now))
        count += len(unplanned)
        if seen is None:
            return count
        last = seen


def _plan_all(tx: sa.Connection, unplanned: list[reminders.Unplanned], now: dt.datetime) -> None:
    for guild_id, reminder_id in unplanned:
        row = reminders.fetch(tx, guild_id, reminder_id)
        if row is not None and row.stopped_at is None:
            steps.plan_next(tx, row, now=now, also_late=True)


# -- parts ------------------------------------------------------------------------------------------------------------------


async def _change(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    change: Callable[[sa.Connection, Row, dt.datetime], None],
    *,
    also_stopped: bool = False,
) -> Standing:
    now = clock.now()

    def work(tx: sa.Connection) -> Standing:
        row = _of(tx, actor, programme)
        if row.stopped_at is not None and not also_stopped:
            raise PeerError("checkins.remind.gone")
        change(tx, row, now)
        return _standing(tx, actor, programme, now)

    return await db.write(work)


def _of(tx: sa.Connection, actor: Actor, programme: Programme) -> Row:
    member = people.fetch_member(tx, programme.guild_id, actor.user_id)
    row = reminders.fetch_of(tx, programme.guild_id, programme.id, member.ref) if member else None
    if row is None:
        raise PeerError("checkins.remind.gone")
    return row


def _wish(tx: sa.Connection, row: Row, now: dt.datetime, **changes: Any) -> None:
    """Let it come, and in the way that is wished now."""
    running = {"stopped_at": None, "paused_at": None, "paused_until": None}
    reminders.update(tx, row.guild_id, row.id, **changes, **running, **_answered(now))
    if changes or row.stopped_at is not None:
        steps.plan_anew(tx, row._replace(**changes), now=now)


def _answered(now: dt.datetime) -> dict[str, Any]:
    return {"answered_at": now, "unanswered": 0}


def _unanswered(tx: sa.Connection, row: Row) -> int:
    """Return how many in a row have had no answer: neither a button of theirs nor a check-in since the last one."""
    if row.said_at is None or (row.answered_at is not None and row.answered_at >= row.said_at):
        return 0
    return 0 if checkins.has_since(tx, *_place(row), row.said_at) else row.unanswered


def _has_stopped(tx: sa.Connection, row: Row) -> bool:
    """Tell whether the person stopped checking in and has not begun again."""
    stopped_at = checkins.fetch_stopped(tx, *_place(row))
    return stopped_at is not None and not checkins.has_since(tx, *_place(row), stopped_at)


def _is_paused(row: Row, now: dt.datetime) -> bool:
    return is_paused(now, Sending(row.zone, None, row.paused_at, row.paused_until))


def _place(row: Row) -> tuple[int, str, str]:
    return row.guild_id, row.programme_id, row.member_ref


def _standing(tx: sa.Connection, actor: Actor, programme: Programme, now: dt.datetime) -> Standing:
    person = people.fetch_person(tx, actor.user_id)
    ref = person.refs.get(programme.guild_id) if person else None
    if person is None or ref is None:
        return Standing(zone=person.zone if person else None)
    row = reminders.fetch_of(tx, programme.guild_id, programme.id, ref)
    return Standing(
        zone=person.zone,
        reach=reaching.fetch(tx, programme.guild_id, ref),
        quiet=person.quiet,
        everything_paused=is_paused(now, Sending("UTC", None, person.paused_at, person.paused_until)),
        planned=_planned(tx, row, person.quiet, now) if row is not None and row.stopped_at is None else None,
    )


def _planned(tx: sa.Connection, row: Row, quiet: Quiet | None, now: dt.datetime) -> Planned:
    upcoming = steps.upcoming(tx, row, now=now)
    return Planned(
        row.minute,
        row.days,
        upcoming,
        heard_at(upcoming, quiet, row.zone),
        is_paused=_is_paused(row, now),
        paused_until=row.paused_until,
    )
