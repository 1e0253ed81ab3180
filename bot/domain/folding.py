"""Fold text so that one spelling stands for its many disguises.

People who are ashamed or afraid of a filter write "k1ll", "ＫＩＬＬ", "k i l l" or "кill". Folding makes these comparable with
plain phrases, in two steps: `fold` rewrites characters one by one (width, case, accents, invisible characters, look-alikes),
and `spell` lays the words end to end, remembering where words begin and end, so that spaces, dots and hyphens inside a word
stop mattering while word boundaries still do. Both sides, text and phrases, go through the same folding.

This module decides nothing about meaning and keeps nothing.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Letters that look like Latin ones but are not turned into them by Unicode normalisation, each followed by what it stands
# for. Only plain look-alikes: a letter that merely sounds alike belongs to transliteration.
_LOOKALIKE_PAIRS = (
    # Cyrillic
    "аa вb сc ԁd еe ёe ғf һh нh іi їi јj кk қk ӏl мm пn оo өo рp ԛq гr ѕs тt цu ѵv ԝw шw щw "
    "хx уy үy з3 ьb иu яr єe эe ԍg "
    # Greek
    "αa βb ϲc ςc δd εe ηn ιi κk λl μu νv οo πn ρp σo τt υu χx γy ωw θo "
    # Armenian and Cherokee letters seen in disguises
    "աw գq ոn սu օo հh ցg քp ꭰd ꭱr ꭲt ꮃw ꮪs "
    # Latin letters that only look different
    "ıi ȷj łl øo đd ðd ħh ŧt ƙk ɑa ɡg ɩi ɪi ʟl ɴn ʀr ʏy ʙb ɢg ʜh ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp "
    "ꜱs ꜰf ᴛt ᴜu ᴠv ᴡw ᴢz ꞯq ɛe əe ɨi ɫl ƶz ꝏo æae œoe þp "
    # Signs that stand in for letters or for other signs
    "¡! ǃ! ¢c €e £l ¥y ǀ| ∣| ∗* •* ●* ⁎* ＊* ×x ✱* ✶* ★* ☆* █* ■* ’' ‘' ʼ' `' ´' ＇' ′' "
)

# Characters that print as nothing although Unicode calls them letters or symbols.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800\u180e\u034f")
_DROPPED_CATEGORIES = frozenset({"Mn", "Me", "Cf"})


def _enclosed_alphabets() -> dict[str, str]:
    """Map the boxed and flag letters, which normalisation leaves alone, onto a to z."""
    starts = (0x1F150, 0x1F170, 0x1F1E6)
    return {chr(start + offset): chr(ord("a") + offset) for start in starts for offset in range(26)}


_REPLACED = {pair[0]: pair[1:] for pair in _LOOKALIKE_PAIRS.split()} | _enclosed_alphabets()
_TABLE = {ord(character): replacement for character, replacement in _REPLACED.items()}

# What a character may stand for inside a word. "!" and "|" are laid down as "1", which they look like.
READINGS: dict[str, str] = {
    "0": "0o", "1": "1il", "3": "3e", "4": "4a", "5": "5s", "6": "6g", "7": "7t", "8": "8b", "9": "9g",
    "@": "a", "$": "s", "+": "t",
}  # fmt: skip
WILDCARD = "*"
# These may also stand for nothing.
SKIPPED = "1*"

# Signs that are letters only with letters on both sides; at a word's edge they are decoration ("**kill**").
_INNER_ONLY = "+*"
_WORD_SIGNS = frozenset("@$!|+*")

_REPEATED = re.compile(r"([^\W\d_])\1+")


def fold(text: str) -> str:
    """Rewrite look-alike, wide, accented, capital and invisible characters to plain ones; folding twice changes nothing."""
    if text.isascii():
        return text.lower().replace("`", "'")
    folded = _fold_once(text)
    # Dropping a mark can bring two characters together that normalise again; three rounds settle every text seen.
    for _ in range(3):
        again = _fold_once(folded)
        if again == folded:
            break
        folded = again
    return folded


def _fold_once(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFKD", plain)
    kept = [
        character
        for character in apart
        if character not in _INVISIBLE and unicodedata.category(character) not in _DROPPED_CATEGORIES
    ]
    return "".join(kept).translate(_TABLE)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text as one run of letters, with the places where a word may begin and end.

    `begins` and `ends` map a position in `letters` to the number of the word that begins or ends there; `clauses` gives
    for each word the number of the clause that it stands in. Repeated letters are written once ("kiiill" is "kil").
    """

    letters: str
    begins: dict[int, int]
    ends: dict[int, int]
    clauses: list[int]


class _Speller:
    """Collects words into one run of letters."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.begins: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.clauses: list[int] = []
        self.clause = 0

    def add(self, word: str) -> None:
        """Append one word; a letter that only repeats the one before is shared with it."""
        number = len(self.clauses)
        self.clauses.append(self.clause)
        begun = False
        for written in word:
            character = "1" if written in "!|" else written
            if not self._repeats(character):
                self.letters.append(character)
            if not begun:
                self.begins[len(self.letters) - 1] = number
                begun = True
            if written in "!|":
                # Decoration, or a missing space: a word may end before such a sign and begin after it.
                self.ends[len(self.letters) - 1] = number
                self.begins.setdefault(len(self.letters), number)
        self.ends[len(self.letters)] = number

    def _repeats(self, character: str) -> bool:
        # A letter is written once; signs with several readings twice, because "ki11" has two different letters' worth.
        allowed = 1 if character.isalpha() else 2
        return self.letters[-allowed:] == [character] * allowed


def spell(text: str) -> Spelling:
    """Fold a text and lay its words end to end; linear in the length of the text."""
    speller = _Speller()
    word: list[str] = []
    folded = fold(text)
    for index, character in enumerate(folded):
        if character == "'":
            continue
        if character.isalnum() or character in _WORD_SIGNS:
            word.append(character)
            continue
        _close(speller, word, glued=_is_glued(folded, index - len(word), index))
        # "k.i.l.l" is one word with dots; a clause ends at a mark that is followed by space, or at a line's end.
        if character == "\n" or (character in ".,:;?…" and folded[index + 1 : index + 2].isspace()):
            speller.clause += 1
    _close(speller, word, glued=_is_glued(folded, len(folded) - len(word), len(folded)))
    return Spelling("".join(speller.letters), speller.begins, speller.ends, speller.clauses)


@lru_cache(maxsize=20_000)
def _letters_of_word(word: str) -> str:
    return spell(word).letters


def letters_of(phrase: str) -> str:
    """Return the letters of a plain phrase as `spell` lays them down; quick for many phrases that share their words."""
    laid = "".join(_letters_of_word(word) for word in phrase.split())
    return _REPEATED.sub(r"\1", laid)


def _is_glued(folded: str, start: int, end: int) -> bool:
    """Tell whether a mark, and no space, joins what stands from `start` to `end` to a neighbour ("ki.||")."""
    before, after = folded[max(0, start - 1) : start], folded[end : end + 2]
    return bool(before and not before.isspace()) or (len(after) == 2 and not any(c.isspace() for c in after))


def _close(speller: _Speller, word: list[str], *, glued: bool) -> None:
    if not word:
        return
    raw = "".join(word)
    word.clear()
    bare = raw.strip(_INNER_ONLY)
    # Several signs by themselves are decoration, unless bars among them stand for letters of a word cut by a mark.
    if len(bare) == 1 or any(character.isalnum() for character in bare) or (glued and "|" in bare):
        speller.add(bare)
    if raw.endswith("!"):
        speller.clause += 1
