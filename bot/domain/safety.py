"""Notice words of danger in what a person gives to the bot, so that help can be shown to that person at once.

A finding says only which kinds of danger the words may speak of. It is a reason to be kind, never a score, a diagnosis or a
verdict, and it will miss people. The words that matched are neither returned nor kept, nothing here logs, and what to do
with a finding is decided elsewhere. Pure: text in, finding out, in time linear in the length of the text.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.folding import READINGS, SKIPPED, WILDCARD, Spelling, spell
from bot.domain.phrases import NO_SETS, Index, Mark, Place, expand

__all__ = ["CLASSES", "Finding", "Lexicon", "Scanner", "expand"]

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

_SEVERAL = frozenset(READINGS) | {WILDCARD}


@dataclass(frozen=True, slots=True)
class Finding:
    """What kinds of danger a text may speak of; true when the help card is due."""

    classes: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.classes)


NOTHING = Finding(frozenset())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of one language: templates as `expand` reads them, with the `sets` that they name.

    `phrases` maps each class to its phrases. `not_when` are longer phrases inside which a phrase means something else
    ("kill myself laughing"). `before` and `after` soften a phrase that stands close by in the same clause ("used to", "years
    ago"). `negations` ("not") soften like `before`, but never what is explicit: a kind card too many is cheap, silence is not.
    """

    language: str
    phrases: Mapping[str, tuple[str, ...]]
    not_when: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    sets: Mapping[str, Sequence[str]] = field(default_factory=lambda: NO_SETS)


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    mark: Mark


class Scanner:
    """Scans texts for the phrases of several languages at once; made once for many texts."""

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        known = tuple(lexicons)
        self.languages = frozenset(lexicon.language for lexicon in known)
        self._index = Index(entry for lexicon in known for entry in _templates(lexicon))

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
            for end, marks in _walk(self._index.root, spelling.letters, start, spelling.ends):
                for mark in marks:
                    yield _Hit(start, end, mark)


def _templates(lexicon: Lexicon) -> Iterator[tuple[str, Mapping[str, Sequence[str]], Mark]]:
    unknown = set(lexicon.phrases) - CLASSES
    if unknown:
        raise ValueError(f"unknown classes: {', '.join(sorted(unknown))}")
    for mark, templates in _marked(lexicon):
        for template in templates:
            yield template, lexicon.sets, mark


def _marked(lexicon: Lexicon) -> Iterator[tuple[Mark, tuple[str, ...]]]:
    for kind, templates in lexicon.phrases.items():
        yield Mark("phrase", lexicon.language, kind), templates
    yield Mark("not_when", lexicon.language), lexicon.not_when
    yield Mark("before", lexicon.language), lexicon.before
    yield Mark("after", lexicon.language), lexicon.after
    yield Mark("negation", lexicon.language), lexicon.negations


def _walk(root: Place, letters: str, start: int, ends: Mapping[int, int]) -> Iterator[tuple[int, tuple[Mark, ...]]]:
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
            leads = node.next
            if leads is None:
                leads = node.grow()
            if node.marks and position in ends:
                yield position, node.marks
            if position == length:
                break
            character = letters[position]
            position += 1
            if character in _SEVERAL:
                paths.extend(_branches(node, leads, position, last, character))
                break
            following = leads.get(character)
            if following is None:
                if character != last:
                    break
            else:
                node, last = following, character


def _branches(
    node: Place, leads: Mapping[str, Place], position: int, last: str, character: str
) -> Iterator[tuple[Place, int, str]]:
    readings = leads.keys() if character == WILDCARD else READINGS[character]
    if character in SKIPPED or last in readings:
        yield node, position, last
    for reading in readings:
        following = leads.get(reading)
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
            spelling.begins[hit.start] if hit.mark.role == "after" else spelling.ends[hit.end],
        )
        for hit in hits
        if hit.mark.role in ("before", "negation", "after")
    )


def _softened(group: list[_Hit], cues: frozenset[tuple[str, str, int]], spelling: Spelling) -> bool:
    """Tell whether a softening word stands close before or after what was said, in the same clause."""
    language = group[0].mark.language
    first = spelling.begins[group[0].start]
    last = spelling.ends[max(hit.end for hit in group)]
    explicit = any(hit.mark.kind == EXPLICIT for hit in group)
    clauses = spelling.clauses
    earlier = [word for word in range(max(0, first - 1 - _GAP_BEFORE), first) if clauses[word] == clauses[first]]
    later = [
        word for word in range(last + 1, min(last + 2 + _GAP_AFTER, len(clauses))) if clauses[word] == clauses[last]
    ]
    return (
        any(("before", language, word) in cues for word in earlier)
        or any(("after", language, word) in cues for word in later)
        or (not explicit and any(("negation", language, word) in cues for word in earlier))
    )
