"""What a series of meetings comes to: local dates, and the moment of each. Pure.

A series is a rule, a first local date, a time on the wall clock and an IANA zone. The rule is expanded on dates alone, and
the zone is put on afterwards, date by date, so that a meeting keeps its time on the wall through every change of the clock.
Skips and moves by hand are not known here: they are rows beside the series.
"""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil import rrule

from bot.domain.meetings.rule import DAY, FIRST_DAY, LAST_DAY, Rule
from bot.domain.quiet import MINUTES_OF_DAY
from bot.domain.reminders import end_of, moment_of

LEAST_MINUTES, MOST_MINUTES = 5, 12 * 60
_FREQUENCIES = {"daily": rrule.DAILY, "weekly": rrule.WEEKLY, "monthly": rrule.MONTHLY}
_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """When meetings take place: `minute` of the local day, for so many `minutes`, by a rule from `starts_on` on.

    `starts_on` need not be a date of the rule; the first of them is then a later one. Raises ValueError for a zone that does
    not exist, for what is out of bounds, and for a series without a single meeting.
    """

    rule: Rule
    zone: str
    starts_on: dt.date
    minute: int
    minutes: int

    def __post_init__(self) -> None:
        """Refuse what would never take place or could not be kept."""
        if not is_zone(self.zone):
            raise ValueError("no series: no such zone")
        if not FIRST_DAY <= self.starts_on <= LAST_DAY:
            raise ValueError("no series: it starts out of bounds")
        if not 0 <= self.minute < MINUTES_OF_DAY or not LEAST_MINUTES <= self.minutes <= MOST_MINUTES:
            raise ValueError("no series: its time or length is out of bounds")
        if next(_days(self), None) is None:
            raise ValueError("no series: it would never take place")


class Occurrence(NamedTuple):
    """One meeting: the local date that the rule gave it, which is its identity, and when it begins and ends, in UTC."""

    day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime


def is_zone(name: str) -> bool:
    """Tell whether there is an IANA zone of that name."""
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        return False
    return True


def at(series: Series, day: dt.date) -> dt.datetime | None:
    """Return when the clock shows the time of the series on a date, whether or not the rule has it; None: no such date.

    A time that the clock leaves out becomes the first minute after the gap. Where that is on the next date already, it is
    the last minute before the gap, so that each meeting is on its own date and none has two. Of two moments with the same
    time it is the first. A date that the zone leaves out has none.
    """
    return moment_of(series.zone, day, series.minute)


def becomes(series: Series, day: dt.date) -> dt.datetime | None:
    """Return what the clock on the wall shows instead, where it leaves out the time of the series on a date; else None."""
    return shown_instead(series.zone, day, series.minute)


def shown_instead(zone: str, day: dt.date, minute: int) -> dt.datetime | None:
    """Return the same for a minute of a date on any clock."""
    moment = moment_of(zone, day, minute)
    shown = moment and moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return shown if shown != dt.datetime.combine(day, clock(minute)) else None


def clock(minute: int) -> dt.time:
    """Return a minute of the day as a time on the wall clock."""
    return dt.time(minute // 60, minute % 60)


def days(series: Series, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the local dates from `first` to `last`, both included, on which a meeting takes place."""
    dates = itertools.takewhile(lambda day: day <= last, _until_over(series))
    return [day for day in dates if day >= first and _takes_place(series, day)]


def occurrences(series: Series, after: dt.datetime, before: dt.datetime) -> list[Occurrence]:
    """Return the meetings that begin from the aware moment `after` on and before `before`, in order."""
    first, last = (max(min(moment.astimezone(dt.UTC).date(), LAST_DAY), FIRST_DAY) for moment in (after, before))
    found = (occurrence(series, day) for day in days(series, first - DAY, last + DAY))
    return [one for one in found if one is not None and after <= one.starts_at < before]


def occurrence(series: Series, day: dt.date) -> Occurrence | None:
    """Return the meeting of a date, whether or not the rule has it; None: the zone leaves that date out."""
    starts_at = at(series, day)
    return None if starts_at is None else Occurrence(day, starts_at, starts_at + dt.timedelta(minutes=series.minutes))


def next_one(series: Series, after: dt.datetime) -> Occurrence | None:
    """Return the first meeting that begins after the aware moment `after`; None: the series has ended by then."""
    nearly = after.astimezone(dt.UTC).date()
    # On no clock is it more than a date earlier than in UTC.
    found = (occurrence(series, day) for day in _until_over(series) if (nearly - day) <= DAY)
    return next((one for one in found if one and one.starts_at > after and not series.rule.pauses_on(one.day)), None)


def first_date(series: Series) -> dt.date:
    """Return the first date of the rule, in a break or not: where a calendar's DTSTART stands."""
    return next(_bare(series))


def left_out(series: Series, last: dt.date) -> list[dt.date]:
    """Return the dates of the rule up to `last` on which nothing takes place: what a calendar calls EXDATE."""
    dates = itertools.takewhile(lambda day: day <= last, _until_over(series))
    return [day for day in dates if not _takes_place(series, day)]


def rrule_text(series: Series) -> str:
    """Return the rule as a calendar's RRULE (RFC 5545), to be read with `first_date` and `left_out`; empty: once.

    COUNT counts what `left_out` takes away again, as calendars do. UNTIL is the end of that local date, in UTC.
    """
    rule = series.rule
    if rule.kind == "once":
        return ""
    parts = [f"FREQ={rule.kind.upper()}", f"INTERVAL={rule.every}"]
    if rule.weekdays:
        parts.append("BYDAY=" + ",".join(f"{rule.nth or ''}{_NAMES[day]}" for day in rule.weekdays))
    if rule.kind == "weekly":
        parts.append("WKST=MO")
    if rule.times is not None:
        parts.append(f"COUNT={sum(1 for _ in _until_over(series))}")
    if rule.until is not None:
        parts.append(f"UNTIL={end_of(series.zone, rule.until) - _SECOND:%Y%m%dT%H%M%SZ}")
    return ";".join(parts)


def _days(series: Series) -> Iterator[dt.date]:
    """Yield every local date on which a meeting takes place."""
    return (day for day in _until_over(series) if _takes_place(series, day))


def _takes_place(series: Series, day: dt.date) -> bool:
    return not series.rule.pauses_on(day) and at(series, day) is not None


def _until_over(series: Series) -> Iterator[dt.date]:
    """Yield the dates of the rule up to that of its last meeting, with those that are left out."""
    times = series.rule.times
    if times is None:
        yield from _bare(series)
        return
    left = times
    for day in _bare(series):
        yield day
        left -= _takes_place(series, day)
        if left == 0:
            return


def _bare(series: Series) -> Iterator[dt.date]:
    """Yield the dates of the rule without its breaks and its number of times."""
    rule = series.rule
    if rule.kind == "once":
        yield series.starts_on
        return
    weekdays = [rrule.weekday(day, rule.nth) if rule.nth else rrule.weekday(day) for day in rule.weekdays]
    expanded = rrule.rrule(
        _FREQUENCIES[rule.kind],
        dtstart=dt.datetime.combine(series.starts_on, dt.time()),
        interval=rule.every,
        wkst=rrule.MO,
        byweekday=weekdays or None,
        until=dt.datetime.combine(rule.until or LAST_DAY, dt.time()),
    )
    yield from (moment.date() for moment in expanded)
