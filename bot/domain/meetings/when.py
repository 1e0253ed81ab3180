"""How people say when: a strict grammar, what was understood, and how it is said back. Pure.

Nothing is guessed. What has two readings, is past, or is no such date is refused with the text key of a sentence that holds
an example. Words stand in one table per language (`when_en.py`); the way from a text to a moment goes through `tokens`,
`parsing`, `resolving` and `reading`, the way back through `saying`. This page only holds what the floors above need.
"""

from bot.domain.meetings.completing import RepeatSuggestion, Suggestion, complete, complete_repeat
from bot.domain.meetings.parts import NotUnderstood
from bot.domain.meetings.reading import (
    Understood,
    canonical,
    canonical_repeat,
    read,
    read_once,
    read_repeat,
    said,
    with_repeat,
)
from bot.domain.meetings.saying import said_break, said_rule

__all__ = [
    "NotUnderstood",
    "RepeatSuggestion",
    "Suggestion",
    "Understood",
    "canonical",
    "canonical_repeat",
    "complete",
    "complete_repeat",
    "read",
    "read_once",
    "read_repeat",
    "said",
    "said_break",
    "said_rule",
    "with_repeat",
]
