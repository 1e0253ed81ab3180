"""What somebody wrote about when, cut into words, numbers and signs, each with its meaning. Pure; it understands nothing."""

import functools
import re
import unicodedata
import zoneinfo
from collections.abc import Iterator
from typing import NamedTuple

from bot.domain.meetings.words import Is, Words

MOST = 200
"""Characters; whoever says when needs fewer."""
HOURS, MINUTES = 24, 60
NO_TIME = -1
TOO_MUCH = 10**6
_FORM = re.compile(
    r"""
    (?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?![0-9-])(?:t(?=[0-9]))?
    |(?P<clock>[0-9]{1,2}:[0-9]{2}|[0-9]{1,2}\.[0-9]{2}(?=\ ?[ap]\.?m\b))(?![0-9:.]*[0-9])
    |(?P<numeric>[0-9]+(?:[./:-][0-9]+)+)
    |(?P<number>[0-9]+)
    |(?P<zone>[a-z][a-z_]*(?:/[a-z0-9_+-]+)+)
    |(?P<word>[^\W\d_]+(?:['.-][^\W\d_]+)*)\.?
    |(?P<sign>[,;@&+-])
    |(?P<other>\S)
    """,
    re.VERBOSE,
)
_SIGNS = {",": Is.FILLER, ";": Is.FILLER, "@": Is.FILLER, "&": Is.AND, "+": Is.AND, "-": Is.TO}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("’‘ʼ`´", "'"))
# One abbreviation stands for several zones, or for half of a year.
_LETTERS = re.compile(
    "gmt|bst|ist|wes?t|ces?t|mesz?|mez|eas?t|ees?t|msk|e[sd]?t|c[sd]?t|m[sd]?t|p[sd]?t|ak[sd]t|h[sd]t|a[sd]t|n[sd]t|jst|kst|"
    "sgt|hkt|pht|wib|ae[sd]t|ac[sd]t|awst|nz[sd]t|sast|[cw]at|z"
)


class Token(NamedTuple):
    """A piece of the folded text from `start` to before `end`: what it is, its value, and what was written."""

    kind: Is
    value: int
    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return a text with one spelling for what looks alike: full width, capitals, invisible signs, spaces, dashes."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    # Casefolding may leave a dot above an i behind; NFKC brings together what belongs together.
    seen = "".join(_visible(character) for character in unicodedata.normalize("NFKC", plain))
    return " ".join(seen.split())


def tokens(folded: str, words: Words) -> list[Token]:
    """Return the pieces of a folded text; of phrases the longest is taken."""
    found = list(_pieces(folded, words))
    joined: list[Token] = []
    while found:
        longest = next(size for size in range(min(words.longest, len(found)), 0, -1) if _is_phrase(found[:size], words))
        joined.append(_as_one(found[:longest], words))
        del found[:longest]
    return joined


@functools.cache
def zones() -> dict[str, str]:
    """Return the names of the IANA zones by their folded names, without those whose sign is not what people take it for."""
    known = (name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return {name.casefold(): name for name in (*known, "UTC")}


def is_zone_letters(word: str) -> bool:
    """Tell whether a folded word is an abbreviation such as CET, which stands for more than one zone."""
    return _LETTERS.fullmatch(word) is not None


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cf":
        return ""
    return " " if kind in ("Cc", "Zs", "Zl", "Zp") else character


def _pieces(folded: str, words: Words) -> Iterator[Token]:
    for found in _FORM.finditer(folded):
        name, written, place = found.lastgroup or "", found.group(found.lastgroup or 0), found.span()
        if name == "date":
            yield Token(Is.DATE, 0, written, *place)
        elif name == "clock":
            yield Token(Is.CLOCK, _minute(written), written, *place)
        elif name == "numeric":
            yield Token(Is.NUMERIC_DATE, 0, written, *place)
        elif name == "number":
            yield Token(Is.NUMBER, int(written) if len(written) <= 6 else TOO_MUCH, written, *place)
        elif name == "zone":
            yield from _zone_or_words(written, place, words)
        elif name == "word":
            yield from _words(written, place[0], words)
        else:
            yield Token(_SIGNS.get(written, Is.UNKNOWN), 0, written, *place)


def _words(written: str, start: int, words: Words) -> Iterator[Token]:
    """Yield a word; or those on both sides of a hyphen, where together they are none."""
    known = written in words.by_word or written in zones()
    for piece in [written] if known else re.split("(-)", written):
        kind, value = words.by_word.get(piece, (Is.UNKNOWN, 0))
        if piece == "-" or piece in zones():
            kind = Is.TO if piece == "-" else Is.ZONE
        yield Token(kind, value, piece, start, start + len(piece))
        start += len(piece)


def _zone_or_words(written: str, place: tuple[int, int], words: Words) -> Iterator[Token]:
    """Yield a zone, or days with a stroke between them."""
    parts = written.split("/")
    if written in zones() or not all(words.by_word.get(part, (None,))[0] is Is.WEEKDAY for part in parts):
        yield Token(Is.ZONE, 0, written, *place)
        return
    start = place[0]
    for part in parts:
        yield Token(*words.by_word[part], part, start, start + len(part))
        start += len(part) + 1


def _minute(written: str) -> int:
    hour, minute = (int(part) for part in re.split("[:.]", written))
    return hour * MINUTES + minute if hour < HOURS and minute < MINUTES else NO_TIME


def _is_phrase(pieces: list[Token], words: Words) -> bool:
    return len(pieces) == 1 or " ".join(piece.text for piece in pieces) in words.by_word or _is_ordinal(pieces)


def _is_ordinal(pieces: list[Token]) -> bool:
    number, ending = pieces[0], pieces[-1]
    kinds = [piece.kind for piece in pieces]
    return kinds == [Is.NUMBER, Is.ORDINAL_ENDING] and number.end == ending.start and number.text.isdigit()


def _as_one(pieces: list[Token], words: Words) -> Token:
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return first
    if _is_ordinal(pieces):
        return Token(Is.ORDINAL, first.value, first.text + last.text, first.start, last.end)
    written = " ".join(piece.text for piece in pieces)
    return Token(*words.by_word[written], written, first.start, last.end)
