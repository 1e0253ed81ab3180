"""The form of a language's words for when: what each of them means, and how a moment is written in that language.

It holds no words itself: each language is one table, such as `when_en.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from bot.domain.meetings.rule import Kind


class Is(Enum):
    """What a word, a number or a sign is; in a table each comes with a value, which is 0 where it says nothing."""

    WEEKDAY = auto()  # Monday is 0
    ON_WEEKDAYS = auto()  # "Mondays": each of them
    WORKDAYS = auto()
    MONTH = auto()  # 1 to 12
    NTH = auto()  # 1 to 4, the last is -1
    NUMBER = auto()
    ORDINAL_ENDING = auto()
    UNIT = auto()  # day 0, week 1, month 2
    FREQUENTLY = auto()  # "weekly": the same
    EVERY_TWO_WEEKS = auto()
    TWICE_A_WEEK_OR_EVERY_TWO = auto()
    IN_DAYS = auto()  # today is 0
    TONIGHT = auto()
    NEXT = auto()
    THIS = auto()
    EVERY = auto()
    OTHER = auto()
    AND = auto()
    OR = auto()
    TO = auto()
    FILLER = auto()
    FROM = auto()
    UNTIL = auto()
    FOR = auto()
    TIMES = auto()
    ONCE = auto()
    NEVER = auto()
    AM = auto()
    PM = auto()
    NOON = auto()
    MIDNIGHT = auto()
    VAGUE = auto()  # a part of the day
    TOO_OFTEN = auto()
    TOO_SELDOM = auto()
    # What no table holds.
    DATE = auto()
    CLOCK = auto()
    NUMERIC_DATE = auto()
    ORDINAL = auto()  # "1st": a number
    ZONE = auto()
    UNKNOWN = auto()


DAY, WEEK, MONTH = range(3)
_OFFERED = frozenset(
    (Is.IN_DAYS, Is.WEEKDAY, Is.ON_WEEKDAYS, Is.WORKDAYS, Is.EVERY, Is.FREQUENTLY, Is.NTH, Is.MONTH, Is.UNIT, Is.NEXT)
)
Meaning = tuple[Is, int]


@dataclass(frozen=True, kw_only=True)
class Words:
    """One language. `meanings` lists, for each meaning, its words after commas; the first is the one that is written.

    Everything is folded: small letters, no full stop at the end. The forms hold `{n}`, `{days}`, `{nth}`, `{weekday}`; what
    they make must be read as just that.
    """

    meanings: Mapping[Meaning, str]
    forms: Mapping[Kind, tuple[str, str]]
    """How a rule is written: for each day, week or month, and for every n of them."""
    from_day: str
    until: str
    times: str
    range_of_days: str
    examples: tuple[str, ...]
    """What is offered before anything is typed."""
    repeats: tuple[str, ...]
    """The same for how it repeats."""
    by_word: Mapping[str, Meaning] = field(init=False, repr=False)
    longest: int = field(init=False, repr=False)
    """Of how many words the longest phrase is."""

    def __post_init__(self) -> None:
        """Turn the table round; raises ValueError where one word means two things."""
        found: dict[str, Meaning] = {}
        for meaning, written in self.meanings.items():
            for word in written.split(","):
                if found.setdefault(word.strip(), meaning) != meaning:
                    raise ValueError(f"{word.strip()!r} means two things")
        object.__setattr__(self, "by_word", found)
        object.__setattr__(self, "longest", max(len(word.split()) for word in found))

    def word(self, kind: Is, value: int = 0) -> str:
        """Return the word that is written for a meaning."""
        return self.meanings[kind, value].split(",")[0].strip()

    def beginning_with(self, start: str) -> list[str]:
        """Return the words that are written for meanings of which some word begins so, if they are worth to be offered."""
        found = (
            self.meanings[meaning]
            for word, meaning in self.by_word.items()
            if meaning[0] in _OFFERED and word.startswith(start)
        )
        return list(dict.fromkeys(written.split(",")[0].strip() for written in found))
