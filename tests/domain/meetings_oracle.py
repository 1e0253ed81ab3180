"""When meetings are, reckoned a second time: with nothing of ours, no date library and no zone library.

Days are numbers (0 is 1970-01-01), moments are seconds since then in UTC. The zones are read from the files of the tzdata
package byte by byte (RFC 9636: the 64-bit block, then the rule in the footer); rules are walked day by day.
"""

import bisect
import functools
import itertools
import re
import struct
from collections.abc import Iterator
from importlib import resources
from typing import NamedTuple

DAY = 86_400
LAST_YEAR = 2105
FAR = 36 * 3600


def number_of(year: int, month: int, day: int) -> int:
    """Return the number of a date, counting in years that begin in March."""
    year -= month <= 2
    shifted = (month + 9) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * shifted + 2) // 5 + day - 719_469


def date_of(number: int) -> tuple[int, int, int]:
    """Return year, month and day of a number."""
    number += 719_468
    era, left = divmod(number, 146_097)
    year = (left - left // 1460 + left // 36_524 - left // 146_096) // 365
    left -= 365 * year + year // 4 - year // 100
    shifted = (5 * left + 2) // 153
    month = (shifted + 2) % 12 + 1
    return 400 * era + year + (month <= 2), month, left - (153 * shifted + 2) // 5 + 1


def weekday_of(number: int) -> int:
    """Return the weekday, Monday is 0."""
    return (number + 3) % 7


def length_of(year: int, month: int) -> int:
    """Return how many days a month has."""
    return number_of(year + month // 12, month % 12 + 1, 1) - number_of(year, month, 1)


# -- zones ------------------------------------------------------------------------------------------------------------


class Zone(NamedTuple):
    """From which moment on a clock is how many seconds ahead of UTC; the first entry holds from ever."""

    since: list[int]
    ahead: list[int]

    def at(self, moment: int) -> int:
        """Return how far the clock is ahead at a moment."""
        return self.ahead[bisect.bisect_right(self.since, moment) - 1]

    def readings(self, wall: int) -> list[int]:
        """Return the moments at which the clock shows this (seconds as if it were UTC), in order."""
        low, high = (bisect.bisect_right(self.since, wall + by) for by in (-FAR, FAR))
        if low == high:
            return [wall - self.ahead[low - 1]]
        found = {wall - self.ahead[place] for place in range(low - 1, high)}
        return sorted(moment for moment in found if moment + self.at(moment) == wall)


@functools.cache
def zone(name: str) -> Zone:
    """Read a zone from its file."""
    content = (resources.files("tzdata") / "zoneinfo" / name).read_bytes()
    moments, offsets, footer = _file(content)
    since, ahead = [-(10**18)], [offsets[0]]
    for moment, offset in zip(moments, offsets[1:], strict=True):
        since.append(moment)
        ahead.append(offset)
    if "," in footer:
        for moment, offset in _years(footer):
            if moment > since[-1]:
                since.append(moment)
                ahead.append(offset)
    return Zone(since, ahead)


def _file(content: bytes) -> tuple[list[int], list[int], str]:
    """Return the transitions, the offset before the first and after each, and the footer."""
    assert content[:4] == b"TZif"
    assert content[4:5] >= b"2"
    isut, isstd, leap, times, types, chars = struct.unpack(">6l", content[20:44])
    start = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    isut, isstd, leap, times, types, chars = struct.unpack(">6l", content[start + 20 : start + 44])
    place = start + 44
    moments = list(struct.unpack(f">{times}q", content[place : place + 8 * times]))
    place += 8 * times
    kinds = content[place : place + times]
    place += times
    offsets = [struct.unpack(">l", content[place + 6 * one : place + 6 * one + 4])[0] for one in range(types)]
    place += types * 6 + chars + leap * 12 + isstd + isut
    footer = content[place:].decode().strip("\n")
    return moments, [offsets[0], *(offsets[kind] for kind in kinds)], footer


_NAME, _TIME = r"(?:<[^>]+>|[A-Za-z]+)", r"[+-]?\d+(?::\d+){0,2}"
_FOOTER = re.compile(rf"{_NAME}({_TIME}){_NAME}({_TIME})?,([^,/]+)(?:/({_TIME}))?,([^,/]+)(?:/({_TIME}))?")


def _years(footer: str) -> Iterator[tuple[int, int]]:
    """Yield every change that a footer's rule makes, and the offset after it."""
    found = _FOOTER.fullmatch(footer)
    assert found is not None, footer
    standard = -_seconds(found[1])
    summer = -_seconds(found[2]) if found[2] else standard + 3600
    changes = []
    for year in range(1970, LAST_YEAR):
        begin = _ruled(year, found[3]) * DAY + _seconds(found[4] or "2") - standard
        end = _ruled(year, found[5]) * DAY + _seconds(found[6] or "2") - summer
        changes += [(begin, summer), (end, standard)]
    yield from sorted(changes)


def _seconds(written: str) -> int:
    sign = -1 if written.startswith("-") else 1
    parts = [int(part) for part in written.lstrip("+-").split(":")] + [0, 0]
    return sign * (parts[0] * 3600 + parts[1] * 60 + parts[2])


def _ruled(year: int, rule: str) -> int:
    """Return the day of a year that a rule means: M10.5.0, J60, 59."""
    if rule.startswith("M"):
        month, week, weekday = (int(part) for part in rule[1:].split("."))
        first = number_of(year, month, 1)
        day = first + (weekday - 1 - weekday_of(first)) % 7 + 7 * (week - 1)
        return day if day < first + length_of(year, month) else day - 7
    if rule.startswith("J"):
        number = int(rule[1:])
        is_leap = length_of(year, 2) == 29
        return number_of(year, 1, 1) + number - 1 + (is_leap and number >= 60)
    return number_of(year, 1, 1) + int(rule)


# -- rules ------------------------------------------------------------------------------------------------------------


class Plan(NamedTuple):
    """A series in plain numbers: `nth` is 1 to 4, or -1 for the last, `until` and the breaks are days."""

    zone: str
    kind: str
    start: int
    minute: int
    minutes: int
    every: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int | None = None
    times: int | None = None
    until: int | None = None
    breaks: tuple[tuple[int, int], ...] = ()


def begins(plan: Plan, day: int) -> int | None:
    """Return the moment at which a meeting of a day begins."""
    clock = zone(plan.zone)
    for minute in itertools.chain(range(plan.minute, 1440), range(plan.minute - 1, -1, -1)):
        readings = clock.readings(day * DAY + minute * 60)
        if readings:
            return readings[0]
    return None


def is_ruled(plan: Plan, day: int) -> bool:
    """Tell whether a day, not before the first, is one of the rule."""
    if plan.weekdays and weekday_of(day) not in plan.weekdays:
        return False
    if plan.kind == "once":
        return day == plan.start
    if plan.kind == "daily":
        return (day - plan.start) % plan.every == 0
    if plan.kind == "weekly":
        return ((day + 3) // 7 - (plan.start + 3) // 7) % plan.every == 0
    (year, month, of_month), (first_year, first_month, _) = date_of(day), date_of(plan.start)
    if (12 * (year - first_year) + month - first_month) % plan.every:
        return False
    return of_month + 7 > length_of(year, month) if plan.nth == -1 else (of_month - 1) // 7 + 1 == plan.nth


def meetings(plan: Plan, last: int) -> Iterator[tuple[int, int]]:
    """Yield the day and the beginning of every meeting up to the day `last`."""
    left = plan.times
    for day in range(plan.start, min(last, last if plan.until is None else plan.until) + 1):
        if left == 0:
            return
        if not is_ruled(plan, day) or any(first <= day <= end for first, end in plan.breaks):
            continue
        moment = begins(plan, day)
        if moment is not None:
            left = None if left is None else left - 1
            yield day, moment
