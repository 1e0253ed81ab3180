"""The time of meetings: what a rule is, what a series comes to, and how people say when. Pure."""

from bot.domain.meetings.occurrences import (
    Occurrence,
    Series,
    at,
    becomes,
    days,
    first_date,
    is_zone,
    left_out,
    next_one,
    occurrence,
    occurrences,
    rrule_text,
)
from bot.domain.meetings.rule import LAST, LAST_DAY, ONCE, Break, Rule

__all__ = [
    "LAST",
    "LAST_DAY",
    "ONCE",
    "Break",
    "Occurrence",
    "Rule",
    "Series",
    "at",
    "becomes",
    "days",
    "first_date",
    "is_zone",
    "left_out",
    "next_one",
    "occurrence",
    "occurrences",
    "rrule_text",
]
