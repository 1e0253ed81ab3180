"""A zone as a calendar file describes it: every change of its clock in a span of time, as the zone's own rules have it.

Made here and not by the library, whose description of a leap of the clock begins an hour late by Coordinated Universal Time.
"""

import datetime as dt
import functools
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

import icalendar

HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)
STEP = 12 * HOUR
"""No zone changes its clock and back within half a day."""


class _Clock(NamedTuple):
    offset: dt.timedelta
    name: str
    is_summer: bool


@functools.lru_cache(maxsize=64)
def described(zone: str, first: dt.date, end: dt.date) -> bytes:
    """Return a zone from the beginning of `first` to that of `end`, as a VTIMEZONE."""
    there = ZoneInfo(zone)
    begins, ends = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (first, end))
    made = icalendar.Timezone()
    made.add("tzid", zone)
    before = _at(there, begins)
    made.add_component(_observance(before, before, begins))
    for moment in _changes(there, begins, ends):
        after = _at(there, moment)
        made.add_component(_observance(before, after, moment))
        before = after
    return bytes(made.to_ical())


def _observance(before: _Clock, after: _Clock, moment: dt.datetime) -> icalendar.Component:
    made: icalendar.Component = icalendar.TimezoneDaylight() if after.is_summer else icalendar.TimezoneStandard()
    # On the clock that is left behind.
    made.add("dtstart", (moment + before.offset).replace(tzinfo=None))
    made.add("tzoffsetfrom", before.offset)
    made.add("tzoffsetto", after.offset)
    made.add("tzname", after.name)
    return made


def _changes(there: ZoneInfo, begins: dt.datetime, ends: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the moments at which a clock there begins to show something else."""
    low = begins
    while low < ends:
        high = min(low + STEP, ends)
        if _at(there, low) != _at(there, high):
            yield _change(there, low, high)
        low = high


def _change(there: ZoneInfo, low: dt.datetime, high: dt.datetime) -> dt.datetime:
    """Return the one change after `low` and up to `high`, to the second."""
    before = _at(there, low)
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        if _at(there, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _at(there: ZoneInfo, moment: dt.datetime) -> _Clock:
    local = moment.astimezone(there)
    offset = local.utcoffset() or dt.timedelta(0)
    return _Clock(offset, local.tzname() or "", bool(local.dst()))
