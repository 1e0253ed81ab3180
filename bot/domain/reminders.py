"""When somebody is reminded, on their own clock: once a local date at most, through every change of the clock. Pure.

It knows neither who is reminded nor of what is said; `now` is handed in.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.quiet import Quiet, next_loud

Days = Literal["every", "weekdays"]
DAYS: tuple[Days, ...] = ("every", "weekdays")
Asking = Literal["question", "note"]

LASTS = dt.timedelta(hours=3)
"""How long after its time a reminder may still be said."""
IN_A_ROW = 3
"""After so many reminders without an answer comes one gentle note, and after that nothing until the person answers."""
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
SATURDAY = 5
LOOK_AHEAD = 14
"""Days within which there is always a next one: a zone leaves out one date at a time."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """At which minute of the day, on which days, on a clock that shows which IANA zone."""

    zone: str
    minute: int
    days: Days

    def is_on(self, day: dt.date) -> bool:
        """Tell whether this is one of the days."""
        return self.days == "every" or day.weekday() < SATURDAY


class Reminder(NamedTuple):
    """One reminder: the local date that it is for, when it is due, and from when on it is too late."""

    day: dt.date
    due_at: dt.datetime
    expires_at: dt.datetime


class Planned(NamedTuple):
    """What became so far of a reminder that was planned."""

    day: dt.date
    revision: int
    state: str
    expires_at: dt.datetime
    was_tried: bool
    """Whether it may have arrived, whatever its state."""

    def is_ahead(self, now: dt.datetime) -> bool:
        """Tell whether it waits to be said, or is on its way; not where it is too late for that, as after an outage."""
        return self.state in ("pending", "claimed", "held") and self.expires_at > now

    @property
    def has_taken_its_day(self) -> bool:
        """Whether it was said, may have been, or is on its way at this moment."""
        return self.was_tried or self.state in ("claimed", "sent")


def moment_of(zone: str, day: dt.date, minute: int) -> dt.datetime | None:
    """Return when a clock first shows a minute of the day on a date; None: the zone leaves that date out.

    A minute that the clock leaves out becomes the first one after the gap, or where that is on the next date already the
    last one before it. Of two moments with the same minute it is the first.
    """
    wall = dt.datetime.combine(day, dt.time(minute // 60, minute % 60))
    there = ZoneInfo(zone)
    # By the rules in force before a change of the clock (fold 0) and after it (fold 1).
    before, after = (wall.replace(tzinfo=there, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if before.astimezone(there).replace(tzinfo=None) == wall:
        return before
    # The clock leaps between the two: the first minute that is shown by the new rules.
    low, high = after, before
    while high - low > MINUTE:
        middle = low + (high - low) // MINUTE // 2 * MINUTE
        if _offset(middle, there) == _offset(before, there):
            high = middle
        else:
            low = middle
    return next((moment for moment in (high, high - MINUTE) if moment.astimezone(there).date() == day), None)


def end_of(zone: str, day: dt.date) -> dt.datetime:
    """Return when the first date after `day` begins on a clock that shows `zone`."""
    nexts = (moment_of(zone, day + number * DAY, 0) for number in range(1, LOOK_AHEAD))
    return next(moment for moment in nexts if moment is not None)


def next_one(
    rhythm: Rhythm, now: dt.datetime, *, after_day: dt.date | None = None, also_late: bool = False
) -> Reminder:
    """Return the next reminder from the aware moment `now` on, for a date after `after_day`.

    `also_late`: it may be one whose time has passed, as long as it is not too late to say it. What is for one date is
    never said on another, so that at most one comes on each.
    """
    first = now.astimezone(ZoneInfo(rhythm.zone)).date()
    if after_day is not None:
        first = max(first, after_day + DAY)
    for day in (first + number * DAY for number in range(LOOK_AHEAD)):
        due_at = moment_of(rhythm.zone, day, rhythm.minute) if rhythm.is_on(day) else None
        if due_at is None:
            continue
        expires_at = min(due_at + LASTS, end_of(rhythm.zone, day))
        if (expires_at if also_late else due_at) > now:
            return Reminder(day, due_at, expires_at)
    raise ValueError(f"no reminder within {LOOK_AHEAD} days: {rhythm}")


def heard_at(reminder: Reminder, quiet: Quiet | None, zone: str) -> dt.datetime | None:
    """Return when a reminder is said to somebody with these quiet hours, None: they end too late for it."""
    loud = next_loud(reminder.due_at, quiet, zone) if quiet is not None else reminder.due_at
    return loud if loud < reminder.expires_at else None


def is_planned(
    planned: Iterable[Planned], revision: int, now: dt.datetime, *, after_day: dt.date | None = None
) -> bool:
    """Tell whether one of this revision is ahead, for a date after `after_day` if that is given."""
    return any(
        one.is_ahead(now) and one.revision == revision and (after_day is None or one.day > after_day) for one in planned
    )


def last_day(planned: Iterable[Planned], revision: int, *others: dt.date | None) -> dt.date | None:
    """Return the last date for which nothing more is planned, None: there is none.

    That is one which a reminder of this revision was planned for, whatever became of it, or on which an earlier one was
    said, or one of the `others`.
    """
    days = [one.day for one in planned if one.revision == revision or one.has_taken_its_day]
    return max([*days, *(day for day in others if day is not None)], default=None)


def asks(unanswered: int) -> Asking | None:
    """Return what is said after so many reminders in a row without an answer, None: nothing."""
    if unanswered < IN_A_ROW:
        return "question"
    return "note" if unanswered == IN_A_ROW else None


def _offset(moment: dt.datetime, there: ZoneInfo) -> dt.timedelta | None:
    return moment.astimezone(there).utcoffset()
