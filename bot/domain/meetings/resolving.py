"""From the parts of what somebody said to a date and a rule, seen from a date. Pure; it reads no text.

What has two readings is refused with both.
"""

import datetime as dt
from dataclasses import replace

from bot.domain.meetings.parts import Date, Parts, refuse
from bot.domain.meetings.rule import DAY, LAST, LAST_DAY, MOST_EVERY, MOST_TIMES, WEEK, Kind, Rule
from bot.domain.meetings.words import MONTH, Is, Words
from bot.domain.reminders import moment_of

KINDS: tuple[Kind, ...] = ("daily", "weekly", "monthly")
YEARS_AHEAD = 5
SOON = dt.timedelta(days=183)
"""A date without a year that has passed is next year's, if that is not longer than this from now."""
LOOK_AHEAD = 100
"""Days within which every rule has a date that no zone leaves out."""


def repeats(parts: Parts) -> bool:
    """Tell whether something is said to take place more than once."""
    return parts.repeats or parts.nth is not None


def fixed_day(parts: Parts, today: dt.date) -> dt.date | None:
    """Return the one date that is named, None: there is none; where one weekday is only part of a rule it is none."""
    if parts.in_days is not None:
        return _checked(today + parts.in_days * DAY, parts)
    if parts.date is not None:
        return _checked(dated(parts.date, today), parts)
    if parts.which is not None:
        if len(parts.weekdays) != 1:
            refuse("meetings.when.unclear")
        return _this_or_next(parts, today)
    return None


def first_day(parts: Parts, today: dt.date) -> dt.date:
    """Return from which date on a rule may begin; raises PeerError for one in the past."""
    if parts.start is None:
        return today
    start = today + parts.start * DAY if isinstance(parts.start, int) else dated(parts.start, today)
    if start < today:
        refuse("meetings.when.past")
    return near(start, today)


def dated(date: Date, today: dt.date) -> dt.date:
    """Return the date that was written; without a year it is this year's or soon next year's."""
    return _on_weekday(_nearest(date, today), date.weekday)


def _nearest(date: Date, today: dt.date) -> dt.date:
    if date.year is not None:
        return _real(date.year, date) or refuse("meetings.when.no_such_date")
    this, following = (_real(today.year + number, date) for number in (0, 1))
    if this is not None and this >= today:
        return this
    if following is not None and following - today <= SOON:
        return following
    if this is None:
        refuse("meetings.when.no_such_date")
    refuse("meetings.when.past")


def near(day: dt.date, today: dt.date) -> dt.date:
    """Return a date for a first meeting; raises PeerError for one that is too far away to be meant."""
    if day.year > min(today.year + YEARS_AHEAD, LAST_DAY.year):
        refuse("meetings.when.too_far")
    return day


def coming(weekday: int, today: dt.date) -> dt.date:
    """Return the next date of a weekday, today included."""
    return today + (weekday - today.weekday()) % 7 * DAY


def rule_of(parts: Parts, day: dt.date | None, *, is_repeat: bool = False) -> Rule:
    """Return the rule that is said, without its end; what is left open ("weekly") is as on `day`.

    `is_repeat`: it stands where only a rule can stand, so that "last Friday" is none in the past, and "monthly" is the same
    weekday of the month; beside a date it could be the same number of the day.
    """
    if parts.nth is not None:
        return _nth_rule(parts, is_repeat=is_repeat)
    unit = KINDS.index("weekly") if parts.unit is None else parts.unit
    kind = KINDS[unit]
    if not 1 <= parts.every <= MOST_EVERY[kind]:
        refuse("meetings.when.interval", most=MOST_EVERY[kind])
    weekdays = set(parts.weekdays)
    if day is not None and weekdays == {day.weekday()}:
        # "Tue 1 Dec, monthly": the weekday only says the date once more.
        weekdays = set()
    if kind == "weekly":
        found = weekdays or {day.weekday()} if day is not None else weekdays
        return Rule(kind=kind, every=parts.every, weekdays=tuple(sorted(found)) or refuse("meetings.when.no_day"))
    if weekdays:
        refuse("meetings.when.which_week" if kind == "monthly" else "meetings.when.twice")
    if kind == "daily":
        return Rule(kind=kind, every=parts.every)
    if day is None or not is_repeat:
        refuse("meetings.when.which_week")
    return Rule(kind=kind, every=parts.every, weekdays=(day.weekday(),), nth=_nth_of(day, parts.words))


def ended(rule: Rule, parts: Parts, starts_on: dt.date) -> Rule:
    """Return the rule with the end that is said."""
    if parts.times is not None and parts.until is not None:
        refuse("meetings.when.ends_twice")
    if parts.times is not None:
        if not 1 <= parts.times <= MOST_TIMES:
            refuse("meetings.when.times", most=MOST_TIMES)
        return replace(rule, times=parts.times)
    if parts.until is None:
        return rule
    until = _end(parts.until, starts_on)
    if until < starts_on:
        refuse("meetings.when.ends_first")
    if until > LAST_DAY:
        refuse("meetings.when.too_far")
    return replace(rule, until=until)


def starts_on(rule: Rule, first: dt.date, zone: str, minute: int, now: dt.datetime) -> dt.date:
    """Return the first date from `first` on that suits a rule and is still ahead."""
    for day in (first + number * DAY for number in range(LOOK_AHEAD)):
        if rule.suits(day):
            moment = moment_of(zone, day, minute)
            if moment is not None and moment > now:
                return day
    raise ValueError("a rule without a date")


def _real(year: int, date: Date) -> dt.date | None:
    try:
        return dt.date(year, date.month, date.day)
    except (ValueError, OverflowError):
        return None


def _end(date: Date, starts_on: dt.date) -> dt.date:
    """Return the date of an end; without a year it is the first one after the beginning."""
    years = (date.year,) if date.year is not None else (starts_on.year, starts_on.year + 1)
    found = [day for year in years if (day := _real(year, date)) is not None]
    if not found:
        refuse("meetings.when.no_such_date")
    return _on_weekday(next((day for day in found if day >= starts_on), found[-1]), date.weekday)


def _on_weekday(day: dt.date, weekday: int | None) -> dt.date:
    """Hold the weekday that stands beside a date against it."""
    if weekday is not None and weekday != day.weekday():
        refuse("meetings.when.other_weekday", day=day.isoformat())
    return day


def _checked(day: dt.date, parts: Parts) -> dt.date:
    """Hold a weekday that stands elsewhere against the date."""
    if not repeats(parts) and len(parts.weekdays) > 1:
        refuse("meetings.when.twice")
    if not repeats(parts) and parts.weekdays:
        _on_weekday(day, parts.weekdays[0])
    if parts.which is not None:
        refuse("meetings.when.twice")
    return day


def _this_or_next(parts: Parts, today: dt.date) -> dt.date:
    """Return the date of "this" or "next" Tuesday, where all who say so mean the same one.

    For some the next one is that which comes first, for others that of next week, and weeks begin on Monday or on Sunday.
    """
    weekday = parts.weekdays[0]
    if parts.which == "this":
        return coming(weekday, today)
    monday = today - today.weekday() * DAY
    sunday = today - (today.weekday() + 1) % 7 * DAY
    readings = {
        coming(weekday, today + DAY),
        monday + WEEK + weekday * DAY,
        sunday + WEEK + (weekday + 1) % 7 * DAY,
    }
    if len(readings) > 1:
        first, second = (day.isoformat() for day in sorted(readings)[:2])
        refuse("meetings.when.which_next", *parts.instead(first, second), first=first, second=second)
    return readings.pop()


def _nth_rule(parts: Parts, *, is_repeat: bool) -> Rule:
    of_month = parts.of_month or parts.unit == MONTH
    if parts.unit not in (None, MONTH) or len(parts.weekdays) != 1:
        refuse("meetings.when.twice")
    if parts.nth == LAST and not (of_month or parts.every_nth or is_repeat):
        refuse("meetings.when.which_last", *parts.instead(_of_month(LAST, parts.weekdays[0], parts.words)))
    if not 1 <= parts.every <= MOST_EVERY["monthly"]:
        refuse("meetings.when.interval", most=MOST_EVERY["monthly"])
    return Rule(kind="monthly", every=parts.every, weekdays=tuple(parts.weekdays), nth=parts.nth)


def _nth_of(day: dt.date, words: Words) -> int:
    """Return which one of its month a date is; the fourth may be the last as well."""
    nth = (day.day + 6) // 7
    is_last = (day + WEEK).month != day.month
    if nth == 4 and is_last:
        refuse("meetings.when.fourth_or_last", *(_of_month(one, day.weekday(), words) for one in (nth, LAST)))
    return LAST if nth > 4 else nth


def _of_month(nth: int, weekday: int, words: Words) -> str:
    return words.forms["monthly"][0].format(nth=words.word(Is.NTH, nth), days=words.word(Is.WEEKDAY, weekday))
