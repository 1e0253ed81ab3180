"""On which dates a series of meetings takes place, as a rule that is kept as JSON. Pure.

A rule knows no zone, no time of day and no first date; see `bot.domain.meetings.occurrences` for what it comes to. It must
not raise words for people: what is no rule is a ValueError, and `bot.domain.meetings.when` refuses it before.
"""

import datetime as dt
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias, cast, get_args

Kind = Literal["once", "daily", "weekly", "monthly"]
Json: TypeAlias = "str | int | list[Json] | dict[str, Json]"

FIRST_DAY = dt.date(1990, 1, 1)
LAST_DAY = dt.date(2100, 12, 31)
"""No meeting is before the one or after the other."""
MOST_EVERY: Mapping[Kind, int] = {"once": 1, "daily": 366, "weekly": 52, "monthly": 12}
"""How many days, weeks or months may lie between two meetings."""
MOST_TIMES = 1000
MOST_BREAKS = 50
LAST = -1
NTHS = (1, 2, 3, 4, LAST)
DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """Local dates from `first` to `last`, both included, on which nothing takes place."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        """Refuse what is no span of dates."""
        if not FIRST_DAY <= self.first <= self.last <= LAST_DAY:
            raise ValueError(f"no span of dates: {self.first} to {self.last}")

    def __contains__(self, day: dt.date) -> bool:
        """Tell whether a date lies in the break."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Once, every n days, every n weeks on some weekdays, or every n months on the nth or last of a weekday.

    Weeks begin on Monday (0), and n counts from the week or month of the first date. A rule ends after so many `times`, on
    the local date `until` (which is included), or never. `times` counts meetings that take place: a date in a break or one
    that the zone leaves out does not count, so that a course of six stays one of six. Whoever skips a meeting by hand does
    not make the series longer. Raises ValueError for what is no such rule.
    """

    kind: Kind
    every: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int | None = None
    times: int | None = None
    until: dt.date | None = None
    breaks: tuple[Break, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no rule, or the same rule written in another way."""
        _require(self.kind in MOST_EVERY, "unknown kind of rule")
        _require(1 <= self.every <= MOST_EVERY[self.kind], "an interval out of bounds")
        _require(list(self.weekdays) == sorted(set(self.weekdays)), "weekdays must be in order, each once")
        _require(all(0 <= day <= 6 for day in self.weekdays), "no such weekday")
        wanted = {"weekly": range(1, 8), "monthly": range(1, 2)}.get(self.kind, range(1))
        _require(len(self.weekdays) in wanted, f"{len(self.weekdays)} weekdays, {self.kind}")
        _require(self.nth in (NTHS if self.kind == "monthly" else (None,)), "no such week of the month")
        _require(self.times is None or 1 <= self.times <= MOST_TIMES, "a number of times out of bounds")
        _require(self.until is None or FIRST_DAY <= self.until <= LAST_DAY, "an end out of bounds")
        _require(self.times is None or self.until is None, "two ends")
        _require(len(self.breaks) <= MOST_BREAKS, "too many breaks")
        apart = all(one.last + DAY < other.first for one, other in itertools.pairwise(self.breaks))
        _require(apart, "breaks must be in order with a day between them")
        bare = self.times is None and self.until is None and not self.breaks
        _require(self.kind != "once" or bare, "what is once has no end and no break")

    @property
    def ends(self) -> bool:
        """Whether it ends by itself."""
        return self.kind == "once" or self.times is not None or self.until is not None

    def suits(self, day: dt.date) -> bool:
        """Tell whether a date could be the first of this rule: the weekday and the week of the month are right."""
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        if self.nth == LAST:
            return (day + WEEK).month != day.month
        return self.nth is None or self.nth == (day.day + 6) // 7

    def pauses_on(self, day: dt.date) -> bool:
        """Tell whether a date lies in a break."""
        return any(day in pause for pause in self.breaks)

    def with_break(self, first: dt.date, last: dt.date) -> "Rule":
        """Return the rule with one more break; those that touch become one. Raises ValueError where there is no room."""
        joined: list[Break] = []
        for pause in sorted([*self.breaks, Break(first, last)]):
            if joined and pause.first <= joined[-1].last + DAY:
                joined[-1] = Break(joined[-1].first, max(joined[-1].last, pause.last))
            else:
                joined.append(pause)
        return replace(self, breaks=tuple(joined))

    def to_json(self) -> dict[str, Json]:
        """Return the rule as JSON knows it, without what is as usual; `from_json` reads it."""
        plain: dict[str, Json] = {"kind": self.kind}
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if value != field.default:
                plain[field.name] = _plain(value)
        return plain

    @classmethod
    def from_json(cls, value: object) -> "Rule":
        """Return the rule that `to_json` wrote; raises ValueError for anything else."""
        if not isinstance(value, dict) or not {"kind"} <= value.keys() <= {field.name for field in fields(cls)}:
            raise ValueError("no rule: its keys are not those of a rule")
        found: dict[str, Any] = {name: _READ[name](part) for name, part in value.items()}
        rule = cls(**found)
        _require(rule.to_json() == value, "a rule is written in one way only")
        return rule


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(f"no rule: {otherwise}")


def _plain(value: object) -> Json:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Break):
        return [_plain(value.first), _plain(value.last)]
    if isinstance(value, dt.date):
        return value.isoformat()
    return cast(int, value)


def _kind(value: object) -> Kind:
    _require(isinstance(value, str) and value in get_args(Kind), "unknown kind of rule")
    return cast(Kind, value)


def _number(value: object) -> int:
    _require(type(value) is int, "not a whole number")
    return cast(int, value)


def _date(value: object) -> dt.date:
    _require(isinstance(value, str) and len(value) == 10, "not a date")
    return dt.date.fromisoformat(cast(str, value))


def _list(value: object) -> list[object]:
    _require(isinstance(value, list), "not a list")
    return cast(list[object], value)


def _break(value: object) -> Break:
    ends = [_date(one) for one in _list(value)]
    _require(len(ends) == 2, "a break has a first and a last date")
    return Break(*ends)


_READ: Mapping[str, Callable[[object], object]] = {
    "kind": _kind,
    "every": _number,
    "weekdays": lambda value: tuple(_number(one) for one in _list(value)),
    "nth": _number,
    "times": _number,
    "until": _date,
    "breaks": lambda value: tuple(_break(one) for one in _list(value)),
}
ONCE = Rule(kind="once")
