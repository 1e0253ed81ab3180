"""Read phrase templates and look phrases up by their letters, without ever writing all of them out.

A few hundred templates stand for tens of thousands of phrases. The index therefore keeps a template as a sequence of choices
and works out where a letter leads only when a text first gets there. What it holds is letters of the templates and nothing
of a text; that a place was worked out tells at most that some text, of anybody, began like one of the phrases. It decides
nothing about what a phrase means. One index may be read from several threads.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from types import MappingProxyType

from bot.domain.folding import letters_of

NO_SETS: Mapping[str, Sequence[str]] = MappingProxyType({})

# A template that stands for more phrases than this is a slip of the pen.
_MOST_PHRASES = 2500

# With so many places worked out the index starts anew, so that it cannot take more than some 20 megabytes. English and Spanish
# have 19,000 in all.
MOST_PLACES = 30_000


def expand(template: str, sets: Mapping[str, Sequence[str]] = NO_SETS) -> tuple[str, ...]:
    """Write out a phrase template: `{a|b|}` stands for a, b or nothing, `{name}` for the words of a set.

    Raises ValueError with the reason in words that follow the template's text.
    """
    written = (" ".join(" ".join(choice).split()) for choice in product(*pieces_of(template, sets)))
    return tuple(dict.fromkeys(written))


def pieces_of(template: str, sets: Mapping[str, Sequence[str]] = NO_SETS) -> list[Sequence[str]]:
    """Return what may stand at each place of a template. Raises ValueError as `expand` does, at a fraction of its cost."""
    pieces = list(_pieces(template, sets))
    if all(any(not letters_of(choice) for choice in piece) for piece in pieces):
        raise ValueError("can be empty")
    if prod(len(piece) for piece in pieces) > _MOST_PHRASES:
        raise ValueError(f"stands for more than {_MOST_PHRASES} phrases")
    return pieces


def _pieces(template: str, sets: Mapping[str, Sequence[str]]) -> Iterator[Sequence[str]]:
    rest = template
    while rest:
        plain, brace, rest = rest.partition("{")
        if "}" in plain or "|" in plain:
            raise ValueError("has a | or } outside braces")
        if plain.strip():
            yield (plain,)
        if brace:
            inside, closing, rest = rest.partition("}")
            if not closing or "{" in inside:
                raise ValueError("has a { that is not closed, or braces inside braces")
            yield _choices(inside, sets)


def _choices(inside: str, sets: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if "|" in inside:
        return inside.split("|")
    if inside not in sets:
        raise ValueError(f"names the set {inside!r}, which is not there")
    return sets[inside]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a matched phrase means: its role, its language and, for a phrase of danger, its class."""

    role: str
    language: str
    kind: str = ""


class _Part:
    """One place of a template: the letters of each choice, and what follows; or, with a mark, a template's end."""

    __slots__ = ("after", "choices", "mark")

    def __init__(self, choices: tuple[str, ...], after: "_Part | None", mark: Mark | None) -> None:
        self.choices = choices
        self.after = after
        self.mark = mark


# One way in which a phrase may go on: the letters that are left of a choice, and what follows them.
_Way = tuple[str, _Part]


class Index:
    """The phrases of many templates, to be read letter by letter from `root`.

    Takes each template with the sets that it may name and with its meaning. Raises ValueError as `expand` does.
    """

    __slots__ = ("_beginnings", "places", "root")

    def __init__(self, templates: Iterable[tuple[str, Mapping[str, Sequence[str]], Mark]]) -> None:
        ends: dict[Mark, _Part] = {}
        beginnings: list[_Way] = []
        for template, sets, mark in templates:
            part = ends.setdefault(mark, _Part((), None, mark))
            for piece in reversed(pieces_of(template, sets)):
                part = _Part(tuple(letters_of(choice) for choice in piece), part, None)
            beginnings.append(("", part))
        self._beginnings = tuple(beginnings)
        self.start_anew()

    def start_anew(self) -> None:
        """Drop what was worked out. Whoever is reading may go on with the places that they hold."""
        self.places: dict[tuple[str, tuple[_Way, ...]], Place] = {}
        self.root = Place(self, "", self._beginnings)

    def place(self, letter: str, ways: tuple[_Way, ...]) -> "Place":
        """Return the place behind a letter from which phrases may go on in these ways, the same one for the same ways."""
        key = (letter, ways)
        return self.places.get(key) or self.places.setdefault(key, Place(self, letter, ways))


class Place:
    """A place in the index: where each next letter leads, and what ends here. Nothing is known of it until `grow` was called."""

    __slots__ = ("_index", "_letter", "_ways", "marks", "next")

    def __init__(self, index: Index, letter: str, ways: tuple[_Way, ...]) -> None:
        self._index = index
        self._letter = letter
        self._ways = ways
        self.next: dict[str, Place] | None = None
        self.marks: tuple[Mark, ...] = ()

    def grow(self) -> "dict[str, Place]":
        """Work out what ends here and where each next letter leads; return the latter."""
        marks: dict[Mark, None] = {}
        leads: dict[str, dict[_Way, None]] = {}
        pending = list(reversed(self._ways))
        while pending:
            left, part = pending.pop()
            if left:
                leads.setdefault(left[0], {})[left[1:], part] = None
            elif part.after is not None:
                pending.extend((choice, part.after) for choice in self._laid(part.choices))
            elif part.mark is not None:
                marks[part.mark] = None
        if len(self._index.places) > MOST_PLACES:
            self._index.start_anew()
        # Last comes what readers ask for first, so that none of them sees half of it.
        self.marks = tuple(marks)
        self.next = grown = {letter: self._index.place(letter, tuple(ways)) for letter, ways in leads.items()}
        return grown

    def _laid(self, choices: tuple[str, ...]) -> Iterable[str]:
        """Return choices as they are laid down here, last first: a letter that only repeats the one before is shared with it."""
        last = self._letter
        if not last.isalpha():
            return reversed(choices)
        return [choice[1:] if choice.startswith(last) else choice for choice in reversed(choices)]
