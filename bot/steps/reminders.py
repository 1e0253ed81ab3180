"""Planning reminders to check in: one waits for each person and programme, in the transaction that makes it the next.

What is planned is named by what it is for (reminder, revision, local date), its id is derived from that, and so planning
twice changes nothing. Nothing here decides whether a reminder is said once its time has come.
"""

import datetime as dt
import hashlib

import sqlalchemy as sa

from bot.domain.checkins import local_day
from bot.domain.outbox import Plan
from bot.domain.reminders import Planned, Reminder, Rhythm, is_planned, last_day, next_one
from bot.steps import outbox
from data.store import checkins, reminders
from data.store.reminders import Row

KIND = "checkins.remind"
NONE_YET = -1


def plan_next(
    tx: sa.Connection, row: Row, *, now: dt.datetime, after_day: dt.date | None = None, also_late: bool = False
) -> None:
    """Plan the next one, unless one is planned, after `after_day` if that is given; `also_late`: also one that is due already."""
    planned = reminders.fetch_planned(tx, row.guild_id, KIND, row.id)
    if is_planned(planned, row.revision, now, after_day=after_day):
        return
    found = _next(tx, row, planned, now, revision=row.revision, also_late=also_late)
    key = f"{row.id}:{row.revision}:{found.day.isoformat()}"
    plan = Plan(
        id=hashlib.sha256(key.encode()).hexdigest()[:32],
        guild_id=row.guild_id,
        kind=KIND,
        subject=row.id,
        revision=row.revision,
        offset=found.day.isoformat(),
        programme_id=row.programme_id,
        member_ref=row.member_ref,
        payload={"day": found.day.isoformat()},
        due_at=found.due_at,
        expires_at=found.expires_at,
    )
    outbox.plan(tx, plan)


def plan_anew(tx: sa.Connection, row: Row, *, now: dt.datetime) -> None:
    """Take back what is planned, which no longer holds, and plan the next one."""
    changed = _raise_revision(tx, row, now)
    plan_next(tx, changed, now=now)


def take_back(tx: sa.Connection, row: Row, *, now: dt.datetime) -> None:
    """Take back what is planned."""
    _raise_revision(tx, row, now)


def zone_changed(tx: sa.Connection, person_id: str, *, now: dt.datetime) -> None:
    """Plan all of a person's reminders anew: their clock shows another time from now on."""
    for row in reminders.fetch_of_person(tx, person_id):
        if row.stopped_at is None:
            plan_anew(tx, row, now=now)


def upcoming(tx: sa.Connection, row: Row, *, now: dt.datetime) -> Reminder:
    """Return the next one that will be said, as things stand."""
    planned = reminders.fetch_planned(tx, row.guild_id, KIND, row.id)
    return _next(tx, row, planned, now, revision=NONE_YET)


def _raise_revision(tx: sa.Connection, row: Row, now: dt.datetime) -> Row:
    changed = row._replace(revision=row.revision + 1)
    reminders.update(tx, row.guild_id, row.id, revision=changed.revision)
    outbox.cancel(tx, row.guild_id, KIND, row.id, now=now, before_revision=changed.revision)
    return changed


def _next(
    tx: sa.Connection,
    row: Row,
    planned: list[Planned],
    now: dt.datetime,
    *,
    revision: int,
    also_late: bool = False,
) -> Reminder:
    today = local_day(now, row.zone)
    has_today = checkins.fetch_day(tx, row.guild_id, row.programme_id, row.member_ref, today) is not None
    done = last_day(planned, revision, row.passed_on, today if has_today else None)
    return next_one(Rhythm(row.zone, row.minute, row.days), now, after_day=done, also_late=also_late)
