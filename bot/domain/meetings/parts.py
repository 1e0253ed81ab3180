"""The parts of what somebody says about when, as they were said: dates are not looked up here. Pure."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, NoReturn

from bot.domain.meetings.words import Words
from bot.errors import PeerError


class NotUnderstood(PeerError):
    """A moment that was not understood; `meant` holds texts that may have been meant, for a person to choose from."""

    meant: tuple[str, ...] = ()


class Date(NamedTuple):
    """A date as it was written, perhaps without a year; whether there is such a date is not known yet."""

    year: int | None
    month: int
    day: int
    weekday: int | None = None


@dataclass(slots=True)
class Parts:
    """What was said, and None or empty for what was not."""

    text: str
    words: Words
    date: Date | None = None
    in_days: int | None = None
    weekdays: list[int] = field(default_factory=list)
    which: Literal["this", "next"] | None = None
    """Of one weekday."""
    minute: int | None = None
    repeats: bool = False
    unit: int | None = None
    every: int = 1
    nth: int | None = None
    span: tuple[int, int] = (0, 0)
    """Where `which` or `nth` stands in the text, with its weekday."""
    every_nth: bool = False
    """Whether it says "every second Tuesday", which may be every two weeks."""
    of_month: bool = False
    start: Date | int | None = None
    """A date, or in how many days."""
    until: Date | None = None
    times: int | None = None
    once: bool = False
    zone: str | None = None

    def instead(self, *written: str) -> list[str]:
        """Return the text with something else in place of `span`."""
        begin, end = self.span
        return [self.text[:begin] + other + self.text[end:] for other in written]


def refuse(key: str, *meant: str, **args: str | int) -> NoReturn:
    """Raise what was not understood, with the texts that may have been meant."""
    error = NotUnderstood(key, **args)
    error.meant = meant
    raise error
