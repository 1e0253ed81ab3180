"""A sentence that is to be said, by the key of its text and plain values: words are found above. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

Value: TypeAlias = "int | str | dt.date | dt.time | frozenset[int] | ZoneInfo | Said"
"""What a sentence may hold: a date, a time on the wall clock, days of the week (Monday is 0), a zone, another sentence.

An int or a str stands as it is. The value `n` also chooses the plural form.
"""


class Said(NamedTuple):
    """The key of a text and the values that its sentence needs."""

    key: str
    args: Mapping[str, Value]
