"""What a calendar program is told of a series so that it shows each meeting at our moment, and what a directory lists. Pure.

A calendar program reads a rule with its own clock: a time that the clock leaves out as if it had not leapt yet, of two moments
with the same time mostly the first, and the end of a meeting in which the clock leaps now this way and now that. Whatever it
could read otherwise than we do is said meeting by meeting. The form in which it is said, iCalendar or JSON, is made elsewhere.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil import rrule

from bot.domain import meetings
from bot.domain.reminders import end_of
from bot.domain.series import Meeting, Series

MONTHS_BACK, MONTHS_AHEAD = 3, 25
"""What is told of: whole months, so that what is told changes with the meetings and not with every day."""
RECOVERY = "recovery"
"""The one preset whose meetings a public directory may list."""
_SECOND = dt.timedelta(seconds=1)
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class Window(NamedTuple):
    """The local dates from `first` up to, but without, `end`."""

    first: dt.date
    end: dt.date


class Single(NamedTuple):
    """A meeting that is said by itself: when it is, and whether it was called off."""

    day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Timetable:
    """A series and those of its occurrences that are kept as rows."""

    series: Series
    meetings: tuple[Meeting, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """What one person's calendar link leads to."""

    locale: str
    preset: str
    titled: bool
    """Whether the titles of the series are shown, and not just that there is a meeting."""
    timetables: tuple[Timetable, ...]


@dataclass(frozen=True, slots=True)
class Recurring:
    """A rule as a calendar program reads it, and what it would read otherwise than we do."""

    first: dt.date
    """The date on which the rule begins."""
    rule: str
    """As RFC 5545 writes it."""
    left_out: tuple[dt.date, ...]
    others: tuple[Single, ...]
    """Dates of the rule on which something else holds."""


@dataclass(frozen=True, slots=True)
class Entries:
    """All that is told of a series."""

    recurring: Recurring | None
    alone: tuple[Single, ...]
    """Meetings that no rule tells of."""
    changed_at: dt.datetime
    """When anything of this last changed."""
    sequence: int
    """Higher after every change than before it, also when old meetings are forgotten: seconds, therefore, and no count."""


def window(now: dt.datetime) -> Window:
    """Return what is told of at a moment."""
    month = now.year * 12 + now.month - 1
    return Window(_month(month - MONTHS_BACK), _month(month + MONTHS_AHEAD))


def entries(timetable: Timetable, window: Window) -> Entries | None:
    """Return what a calendar program is told, None: there is nothing to tell of."""
    series, known = timetable.series, _Known(timetable)
    rows = {row.day: row for row in timetable.meetings}
    told = _rule(known, window)
    recurring = _recurring(known, told, rows) if told is not None else None
    by_rule = set(told.dates) if told is not None else set()
    once = {series.starts_on} if known.rule.kind == "once" else set()
    singles = (_single(known, rows.get(day), day) for day in sorted((rows.keys() | once) - by_rule))
    alone = tuple(
        one
        for one in singles
        if one is not None and one.starts_at < known.ends and window.first <= one.starts_at.date() < window.end
    )
    if recurring is None and not alone:
        return None
    changes = [series.created_at, *(row.changed_at for row in rows.values())]
    changed_at = max([*changes, series.ended_at] if series.ended_at is not None else changes)
    sequence = int((changed_at - series.created_at).total_seconds()) + series.revision
    return Entries(recurring, alone, changed_at, sequence)


def is_weekly(series: Series) -> bool:
    """Tell whether a series meets every week, which is all that a directory knows, and has not ended."""
    return series.ended_at is None and series.rule.kind == "weekly" and series.rule.every == 1


def is_listed(series: Series) -> bool:
    """Tell whether a directory lists a series: those who manage the server want it, and it can be."""
    return series.listed and is_weekly(series)


def weekdays(series: Series) -> tuple[int, ...]:
    """Return the days of the week on which a weekly series meets, as directories count them: Sunday is 0."""
    return tuple(sorted((day + 1) % 7 for day in series.rule.weekdays))


class _Known:
    """A series as rows know it, and as its time is reckoned."""

    def __init__(self, timetable: Timetable) -> None:
        self.row = one = timetable.series
        self.rule = one.rule
        self.time = one.when
        self.ends = one.ended_at or _NEVER


class _Told(NamedTuple):
    text: str
    dates: list[dt.date]
    """All dates of the rule in the window, those that are left out among them."""


def _recurring(known: _Known, told: _Told, rows: Mapping[dt.date, Meeting]) -> Recurring | None:
    """Return the rule with what a calendar program would read otherwise; None: nothing of it takes place."""
    left_out, others = [], []
    for day in told.dates:
        single = _single(known, rows.get(day), day)
        if single is None or single.starts_at >= known.ends:
            left_out.append(day)
            continue
        if single.is_off or not _reads_alike(known, single):
            others.append(single)
    if len(left_out) == len(told.dates):
        return None
    return Recurring(told.dates[0], told.text, tuple(left_out), tuple(others))


def _rule(known: _Known, window: Window) -> _Told | None:
    """Return the rule from its first date in the window on; None: it has none there, or is none."""
    begins, text = meetings.first_date(known.time), meetings.rrule_text(known.time)
    if not text:
        return None
    parts = dict(part.split("=", 1) for part in text.split(";"))
    dates, last = _dates(parts, known, begins, window)
    clock = dt.time(known.row.minute // 60, known.row.minute % 60)
    dates = [day for day in dates if _readings(known.row.zone, dt.datetime.combine(day, clock))[0] < known.ends]
    if not dates:
        return None
    until = parts.pop("UNTIL", None)
    if "COUNT" in parts and (dates[0] != begins or known.ends != _NEVER):
        # Cut off at the beginning, or ended early: what is left has another number.
        del parts["COUNT"]
        until = _until(end_of(known.row.zone, last) - _SECOND) if last is not None else None
    if known.ends != _NEVER:
        until = min(until or "9", _until(known.ends - _SECOND))
    if until is not None:
        parts["UNTIL"] = until
    return _Told(";".join(f"{name}={value}" for name, value in parts.items()), dates)


def _dates(
    parts: dict[str, str], known: _Known, begins: dt.date, window: Window
) -> tuple[list[dt.date], dt.date | None]:
    """Return the rule's dates in the window, and its very last one if its number of times tells that."""
    bare = ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
    start = dt.datetime.combine(begins, dt.time())
    moments: Iterator[dt.datetime] = iter(rrule.rrulestr(f"RRULE:{bare}", dtstart=start))
    until = known.rule.until or dt.date.max
    if "COUNT" in parts:
        every = [moment.date() for moment in moments]
        return [day for day in every if window.first <= day < window.end], every[-1] if every else None
    days = (moment.date() for moment in moments)
    within = itertools.takewhile(lambda day: day < window.end and day <= until, days)
    return [day for day in within if day >= window.first], None


def _single(known: _Known, row: Meeting | None, day: dt.date) -> Single | None:
    """Return what takes place, or was called off, under a date of the rule; None: nothing does."""
    if row is not None:
        return None if row.state == "skipped" else Single(day, row.starts_at, row.ends_at, row.state == "cancelled")
    if known.rule.pauses_on(day):
        return None
    found = meetings.occurrence(known.time, day)
    return Single(*found) if found is not None else None


def _reads_alike(known: _Known, single: Single) -> bool:
    """Tell whether a calendar program that reads the rule sees this meeting, beginning and end, in just one way."""
    zone, minute = known.row.zone, known.row.minute
    begins = dt.datetime.combine(single.day, dt.time(minute // 60, minute % 60))
    walls = (begins, single.starts_at), (begins + dt.timedelta(minutes=known.row.minutes), single.ends_at)
    return all(set(_readings(zone, wall)) == {moment} for wall, moment in walls)


def _readings(zone: str, wall: dt.datetime) -> list[dt.datetime]:
    """Return how a time on the wall may be read: by the rules in force before a change of the clock, and after it."""
    return [wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(dt.UTC) for fold in (0, 1)]


def _until(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def _month(number: int) -> dt.date:
    return dt.date(number // 12, number % 12 + 1, 1)
