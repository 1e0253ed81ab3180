"""How a rule or a moment is said: as a sentence by its key, and as text that is read as just that again. Pure."""

import datetime as dt
import itertools

from bot.domain.meetings.occurrences import clock
from bot.domain.meetings.rule import Break, Rule
from bot.domain.meetings.words import Is, Words
from bot.domain.said import Said

_NTHS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}


def said_rule(rule: Rule) -> Said:
    """Return a rule as words, without its breaks: "every Tuesday", "last Friday of the month, 10 times"."""
    return _with_end(_said_rhythm(rule), rule)


def said_break(pause: Break) -> Said:
    """Return a break as words: from when to when nothing takes place."""
    return Said("meetings.rule.break", {"first": pause.first, "last": pause.last})


def said_when(starts_on: dt.date, minute: int, rule: Rule | None, becomes: dt.datetime | None) -> Said:
    """Return a moment, or a series from its first date on, as words without the zone.

    `becomes` is what the clock shows instead, where it leaves that minute out on that date.
    """
    said = Said("meetings.when.moment", {"day": starts_on, "time": clock(minute)})
    if rule is not None:
        said = _with_end(Said("meetings.when.series", {"rule": _said_rhythm(rule), **said.args}), rule)
    if becomes is None:
        return said
    return Said("meetings.when.becomes", {"when": said, "skipped": clock(minute), "time": becomes.time()})


def written_rule(rule: Rule, words: Words) -> str:
    """Return a rule as text that is read as the same rule; its breaks have no words."""
    return " ".join([_written_rhythm(rule, words), *_written_end(rule, words)])


def written_when(starts_on: dt.date, minute: int, rule: Rule | None, zone: str | None, words: Words) -> str:
    """Return a moment or a series as text that is read as the same, whenever it is read before it is past."""
    time = f"{clock(minute):%H:%M}"
    if rule is None:
        parts = [starts_on.isoformat(), time]
    else:
        begins = words.from_day.format(day=starts_on.isoformat())
        parts = [_written_rhythm(rule, words), time, begins, *_written_end(rule, words)]
    return " ".join([*parts, *([zone] if zone else [])])


def _said_rhythm(rule: Rule) -> Said:
    days = frozenset(rule.weekdays)
    match rule.kind:
        case "once":
            return Said("meetings.rule.once", {})
        case "daily":
            return Said("meetings.rule.daily", {"n": rule.every})
        case "weekly":
            return Said("meetings.rule.weekly", {"n": rule.every, "days": days})
        case "monthly":
            return Said(f"meetings.rule.monthly.{_NTHS[rule.nth or 1]}", {"n": rule.every, "days": days})


def _with_end(said: Said, rule: Rule) -> Said:
    if rule.times is not None:
        return Said("meetings.rule.times", {"rule": said, "n": rule.times})
    if rule.until is not None:
        return Said("meetings.rule.until", {"rule": said, "day": rule.until})
    return said


def _written_rhythm(rule: Rule, words: Words) -> str:
    nth = words.word(Is.NTH, rule.nth) if rule.nth is not None else ""
    return words.forms[rule.kind][rule.every > 1].format(n=rule.every, days=_days(rule.weekdays, words), nth=nth)


def _written_end(rule: Rule, words: Words) -> list[str]:
    if rule.times is not None:
        return [words.times.format(n=rule.times)]
    return [words.until.format(day=rule.until.isoformat())] if rule.until is not None else []


def _days(days: tuple[int, ...], words: Words) -> str:
    """Return days of the week, three and more in a row as a range."""
    runs = [[day for _, day in run] for _, run in itertools.groupby(enumerate(days), lambda pair: pair[1] - pair[0])]
    parts: list[str] = []
    for run in runs:
        names = [words.word(Is.WEEKDAY, day) for day in run]
        parts += [words.range_of_days.format(first=names[0], last=names[-1])] if len(run) > 2 else names
    return ", ".join(parts)
