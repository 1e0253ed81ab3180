"""What may be meant by a text about when while it is being typed: suggestions, never a guess that is acted on. Pure."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from bot.domain.meetings import reading, saying, tokens
from bot.domain.meetings.parts import NotUnderstood
from bot.domain.meetings.reading import Understood
from bot.domain.meetings.rule import Rule
from bot.domain.said import Said
from bot.errors import PeerError

MOST = 25
"""How many choices Discord shows."""
MOST_VALUE = 100
"""How long the value of one may be."""
MOST_TRIES = 60
_T = TypeVar("_T")


class Suggestion(NamedTuple):
    """One way to read what is being typed: what to show, and the text that `read` reads as just that."""

    value: str
    said: Said
    understood: Understood


class RepeatSuggestion(NamedTuple):
    """One way to repeat: what to show, and the text that `with_repeat` reads as just that."""

    value: str
    said: Said
    rule: Rule


def complete(text: str, language: str, now: dt.datetime, zone: str) -> list[Suggestion]:
    """Return what may be meant by a text that is being typed, the best first, at most 25; empty: nothing. Never raises."""
    found = _readings([text], lambda written: reading.read(written, language, now, zone))
    made = (Suggestion(reading.canonical(one, language), reading.said(one), one) for one in found)
    return [one for one in made if len(one.value) <= MOST_VALUE][:MOST]


def complete_repeat(text: str, language: str, understood: Understood | None) -> list[RepeatSuggestion]:
    """Return ways to repeat what was understood so far, for what is being typed in `repeat`. Never raises.

    Empty where the first date is not known yet, or where that text says itself how it repeats.
    """
    if understood is None or understood.rule is not None:
        return []
    starts_on = understood.starts_on
    texts = [text] if tokens.fold(text[: tokens.MOST]) else reading.words_of(language).repeats
    rules = (rule for rule in _readings(texts, lambda one: reading.read_repeat(one, language, starts_on)) if rule)
    made = (RepeatSuggestion(reading.canonical_repeat(rule, language), saying.said_rule(rule), rule) for rule in rules)
    return [one for one in made if len(one.value) <= MOST_VALUE][:MOST]


def _readings(texts: Iterable[str], read: Callable[[str], _T]) -> list[_T]:
    """Return what is understood of texts, or of what may be meant by them, each once."""
    waiting, seen = deque(texts), set[str]()
    found: list[_T] = []
    while waiting and len(seen) < MOST_TRIES:
        text = waiting.popleft()
        if text in seen:
            continue
        seen.add(text)
        try:
            understood = read(text)
        except NotUnderstood as error:
            waiting.extend(error.meant)
        except PeerError:
            continue
        else:
            if understood not in found:
                found.append(understood)
    return found
