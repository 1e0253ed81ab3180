"""Notice words of danger in what a person gives to the bot, so that help can be shown to that person at once.

A finding says only which kinds of danger the words may speak of. It is a reason to be kind, never a score, a diagnosis or a
verdict, and it will miss people. The words that matched are neither returned nor kept, nothing here logs, and what to do
with a finding is decided elsewhere. Pure: text in, finding out, in time linear in the length of the text.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from types import MappingProxyType

from bot.domain.folding import READINGS, SKIPPED, WILDCARD, Spelling, letters_of, spell

EXPLICIT = "explicit"
PASSIVE = "passive"
GOODBYE = "goodbye"
SELF_HARM = "self_harm"
OVERDOSE = "overdose"
HARMED_BY_OTHERS = "harmed_by_others"
THIRD_PERSON = "third_person"
CLASSES = frozenset({EXPLICIT, PASSIVE, GOODBYE, SELF_HARM, OVERDOSE, HARMED_BY_OTHERS, THIRD_PERSON})

# How many words may stand between a softening word and what it softens: "used to [really] want", "[two] years ago".
_GAP_BEFORE = 1
_GAP_AFTER = 3

# However a text is written, one starting point costs at most this many steps; that keeps scanning linear.
_STEPS_PER_START = 96

# A template that stands for more phrases than this is a slip of the pen, and slow to load.
_MOST_PHRASES = 2500


@dataclass(frozen=True, slots=True)
class Finding:
    """What kinds of danger a text may speak of; true when the help card is due."""

    classes: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.classes)


NOTHING = Finding(frozenset())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of one language, written out (templates already expanded).

    `phrases` maps each class to its phrases. `not_when` are longer phrases inside which a phrase means something else
    ("kill myself laughing"). `before` and `after` soften a phrase that stands close by in the same clause ("used to", "years ago").
    """

    language: str
    phrases: Mapping[str, tuple[str, ...]]
    not_when: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def expand(template: str, sets: Mapping[str, Sequence[str]] = MappingProxyType({})) -> tuple[str, ...]:
    """Write out a phrase template: `{a|b|}` stands for a, b or nothing, `{name}` for the words of a set.

    Raises ValueError with the reason in words that follow the template's text.
    """
    pieces = _pieces(template, sets)
    if all(any(not letters_of(choice) for choice in piece) for piece in pieces):
        raise ValueError("can be empty")
    if prod(len(piece) for piece in pieces) > _MOST_PHRASES:
        raise ValueError(f"stands for more than {_MOST_PHRASES} phrases")
    written = (" ".join(" ".join(choice).split()) for choice in product(*pieces))
    return tuple(dict.fromkeys(written))


def _pieces(template: str, sets: Mapping[str, Sequence[str]]) -> list[Sequence[str]]:
    pieces: list[Sequence[str]] = []
    rest = template
    while rest:
        plain, brace, rest = rest.partition("{")
        if "}" in plain or "|" in plain:
            raise ValueError("has a | or } outside braces")
        if plain.strip():
            pieces.append([plain])
        if brace:
            inside, closing, rest = rest.partition("}")
            if not closing or "{" in inside:
                raise ValueError("has a { that is not closed, or braces inside braces")
            pieces.append(_choices(inside, sets))
    return pieces


def _choices(inside: str, sets: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if "|" in inside:
        return inside.split("|")
    if inside not in sets:
        raise ValueError(f"names the set {inside!r}, which is not there")
    return sets[inside]


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a matched phrase means: its role, its language and, for a phrase of danger, its class."""

    role: str
    language: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    mark: _Mark


class _Node:
    """A place in the phrase index: where each next letter leads, and what ends here."""

    __slots__ = ("marks", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.marks: tuple[_Mark, ...] = ()


class Scanner:
    """Scans texts for the phrases of several languages at once; made once, then only read."""

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        known = tuple(lexicons)
        self.languages = frozenset(lexicon.language for lexicon in known)
        root = _Node()
        for lexicon in known:
            _plant(root, lexicon)
        self._root = _share_tails(root, {})

    def scan(self, text: str) -> Finding:
        """Tell what kinds of danger a text may speak of. Never raises on any text."""
        spelling = spell(text)
        hits = list(self._hits(spelling))
        danger = [hit for hit in hits if hit.mark.role == "phrase"]
        if not danger:
            return NOTHING
        covers = _Covers(hit for hit in hits if hit.mark.role == "not_when")
        meant = [hit for hit in danger if not covers.hide(hit)]
        cues = _cues(hits, spelling)
        classes: set[str] = set()
        for group in _groups(meant):
            if not _softened(group, cues, spelling):
                classes.update(hit.mark.kind for hit in group)
        return Finding(frozenset(classes)) if classes else NOTHING

    def _hits(self, spelling: Spelling) -> Iterator[_Hit]:
        for start in spelling.begins:
            for end, marks in _walk(self._root, spelling.letters, start, spelling.ends):
                for mark in marks:
                    yield _Hit(start, end, mark)


def _plant(root: _Node, lexicon: Lexicon) -> None:
    unknown = set(lexicon.phrases) - CLASSES
    if unknown:
        raise ValueError(f"unknown classes: {', '.join(sorted(unknown))}")
    for kind, phrases in lexicon.phrases.items():
        _plant_all(root, phrases, _Mark("phrase", lexicon.language, kind))
    _plant_all(root, lexicon.not_when, _Mark("not_when", lexicon.language))
    _plant_all(root, lexicon.before, _Mark("before", lexicon.language))
    _plant_all(root, lexicon.after, _Mark("after", lexicon.language))


def _plant_all(root: _Node, phrases: Iterable[str], mark: _Mark) -> None:
    for phrase in phrases:
        node = root
        for letter in letters_of(phrase):
            following = node.next.get(letter)
            if following is None:
                following = node.next[letter] = _Node()
            node = following
        if node is root:
            raise ValueError("a phrase is empty")
        if mark not in node.marks:
            node.marks = (*node.marks, mark)


def _share_tails(node: _Node, seen: dict[object, _Node]) -> _Node:
    """Let equal endings share one node: templates make many, and the index becomes a small fraction of its size."""
    following = node.next
    for letter in following:
        following[letter] = _share_tails(following[letter], seen)
    leads = [(letter, id(following[letter])) for letter in following]
    return seen.setdefault((node.marks, tuple(sorted(leads)) if len(leads) > 1 else tuple(leads)), node)


def _walk(root: _Node, letters: str, start: int, ends: Mapping[int, int]) -> Iterator[tuple[int, tuple[_Mark, ...]]]:
    """Follow the index from a word's beginning; yield where phrases end at a word's end.

    A character with several readings is followed along each; one that could repeat the letter before may also be skipped,
    because repeated letters count once on both sides.
    """
    paths = [(root, start, "")]
    steps = _STEPS_PER_START
    length = len(letters)
    while paths and steps:
        node, position, last = paths.pop()
        while steps:
            steps -= 1
            if node.marks and position in ends:
                yield position, node.marks
            if position == length:
                break
            character = letters[position]
            position += 1
            if character in READINGS or character == WILDCARD:
                paths.extend(_branches(node, position, last, character))
                break
            following = node.next.get(character)
            if following is None:
                if character != last:
                    break
            else:
                node, last = following, character


def _branches(node: _Node, position: int, last: str, character: str) -> Iterator[tuple[_Node, int, str]]:
    readings = node.next.keys() if character == WILDCARD else READINGS[character]
    if character in SKIPPED or last in readings:
        yield node, position, last
    for reading in readings:
        following = node.next.get(reading)
        if following is not None:
            yield following, position, reading


class _Covers:
    """The stretches of a text in which phrases mean something else."""

    def __init__(self, hits: Iterable[_Hit]) -> None:
        self._starts: dict[str, list[int]] = {}
        self._furthest: dict[str, list[int]] = {}
        for hit in sorted(hits, key=lambda hit: hit.start):
            furthest = self._furthest.setdefault(hit.mark.language, [0])
            furthest.append(max(furthest[-1], hit.end))
            self._starts.setdefault(hit.mark.language, []).append(hit.start)

    def hide(self, hit: _Hit) -> bool:
        """Tell whether a phrase ends inside one of the stretches of its language; it may have begun some words earlier."""
        before = bisect_left(self._starts.get(hit.mark.language, ()), hit.end)
        return before > 0 and self._furthest[hit.mark.language][before] >= hit.end


def _groups(hits: list[_Hit]) -> Iterator[list[_Hit]]:
    """Put overlapping phrases of one language together: "want to die" inside "I want to die tonight" is one thing said."""
    group: list[_Hit] = []
    end = 0
    for hit in sorted(hits, key=lambda hit: (hit.mark.language, hit.start)):
        if group and (hit.mark.language != group[0].mark.language or hit.start >= end):
            yield group
            group, end = [], 0
        group.append(hit)
        end = max(end, hit.end)
    if group:
        yield group


def _cues(hits: Iterable[_Hit], spelling: Spelling) -> frozenset[tuple[str, str, int]]:
    """Collect where softening words stand: role, language, and the number of the word that is nearest to what they soften."""
    return frozenset(
        (
            hit.mark.role,
            hit.mark.language,
            spelling.ends[hit.end] if hit.mark.role == "before" else spelling.begins[hit.start],
        )
        for hit in hits
        if hit.mark.role in ("before", "after")
    )


def _softened(group: list[_Hit], cues: frozenset[tuple[str, str, int]], spelling: Spelling) -> bool:
    """Tell whether a softening word stands close before or after what was said, in the same clause."""
    language = group[0].mark.language
    first = spelling.begins[group[0].start]
    last = spelling.ends[max(hit.end for hit in group)]
    earlier = range(max(0, first - 1 - _GAP_BEFORE), first)
    later = range(last + 1, min(last + 2 + _GAP_AFTER, len(spelling.clauses)))
    clauses = spelling.clauses
    return any(("before", language, word) in cues and clauses[word] == clauses[first] for word in earlier) or any(
        ("after", language, word) in cues and clauses[word] == clauses[last] for word in later
    )
