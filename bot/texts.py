"""Every sentence peerled says, by key and language.

Sentences stand in `data/content/locales/<language>/peerled.po`, one file a language, edited with any gettext tool; a key
takes the place of the original text. Nothing else in peerled holds words for people. A missing key is an error at the first
use, not a blank. With `pseudo`, what came from here stands between ⟦ and ⟧ and what was put into it stands outside, so
that tests see every word that came from elsewhere.
"""

import datetime as dt
import gettext
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, get_day_names, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.domain.said import Said, Value

FOLDER = Path(__file__).parent.parent / "data" / "content" / "locales"
SOURCE = "en"
PSEUDO_OPEN, PSEUDO_CLOSE = "⟦", "⟧"


class Texts:
    """The sentences of all languages, loaded once."""

    def __init__(self, catalogues: Mapping[str, gettext.GNUTranslations], *, pseudo: bool = False) -> None:
        self._catalogues = catalogues
        self._pseudo = pseudo

    @classmethod
    def load(cls, folder: Path = FOLDER, *, pseudo: bool = False) -> "Texts":
        """Read every language under `folder`; with `pseudo`, our words come between ⟦ and ⟧, values outside."""
        catalogues = {path.parent.name: _compile(path) for path in sorted(folder.glob("*/peerled.po"))}
        return cls(catalogues, pseudo=pseudo)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that can be spoken, the source language first."""
        return (SOURCE, *sorted(set(self._catalogues) - {SOURCE}))

    def language(self, locale: str | None) -> str:
        """Return the language to answer a Discord locale in, such as `en` for `en-GB`."""
        for candidate in (locale or "", (locale or "").split("-")[0]):
            if candidate in self._catalogues:
                return candidate
        return SOURCE

    def has(self, key: str) -> bool:
        """Tell whether there is a sentence under `key`."""
        return self._find(SOURCE, key, None) is not None

    def t(self, locale: str | None, key: str, **args: Any) -> str:
        """Return the sentence under `key`; `n` chooses the plural form. Raises KeyError for an unknown key."""
        n = args.get("n")
        language = self.language(locale)
        found = self._find(language, key, n) or self._find(SOURCE, key, n)
        if found is None:
            raise KeyError(f"no text under the key {key!r}")
        if self._pseudo:
            return _marked(found.format_map({name: _outside(str(value)) for name, value in args.items()}))
        return found.format_map({name: str(value) for name, value in args.items()})

    def say(self, locale: str | None, said: Said) -> str:
        """Return a sentence that is held by its key, with its dates, times, days and places as the language writes them."""
        return self.t(locale, said.key, **{name: self._shown(locale, value) for name, value in said.args.items()})

    def _shown(self, locale: str | None, value: Value) -> int | str:
        match value:
            case Said():
                return self.say(locale, value)
            case dt.date():
                return self.date(locale, value)
            case dt.time():
                return f"{value:%H:%M}"
            case ZoneInfo():
                return self.city(locale, value.key)
            case frozenset():
                return self.days(locale, value, whole=len(value) == 1)
        return value

    def date(self, locale: str | None, day: dt.date) -> str:
        """Return a day with its weekday and year as the language writes it, such as "Tue, 24 Nov 2026"."""
        said: str = format_skeleton("yMMMEd", day, locale=self._written(locale))
        return _marked(said) if self._pseudo else said

    def day(self, locale: str | None, day: dt.date) -> str:
        """Return a day of this year as the language of our sentences writes it, such as "20 Nov" or "Nov 20"."""
        said: str = format_skeleton("MMMd", day, locale=self._written(locale))
        return _marked(said) if self._pseudo else said

    def days(self, locale: str | None, days: frozenset[int], *, whole: bool = False) -> str:
        """Return days of the week (Monday is 0) as the language writes them: "Mon-Fri", "Sat, Sun"; `whole`: "Monday"."""
        names = get_day_names("wide" if whole else "abbreviated", "stand-alone", self._written(locale))
        ordered = sorted(days)
        said = ", ".join(names[day] for day in ordered)
        if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
            said = f"{names[ordered[0]]}-{names[ordered[-1]]}"
        return _marked(said) if self._pseudo else said

    def city(self, locale: str | None, zone: str) -> str:
        """Return the place that stands for a time zone as the language calls it: "Vienna", "Wien"."""
        said: str = get_timezone_location(ZoneInfo(zone), locale=self._written(locale), return_city=True)
        return _marked(said) if self._pseudo else said

    def language_name(self, language: str) -> str:
        """Return what a language of ours calls itself."""
        said = Locale.parse(language.replace("-", "_")).get_display_name() or language
        return _marked(said) if self._pseudo else said

    def _written(self, locale: str | None) -> Locale:
        """Return how to write dates: as the person's region does where we speak its language, else as our sentences."""
        language = self.language(locale)
        spoken = locale is not None and locale.split("-")[0] == language.split("-")[0]
        for candidate in (locale, language) if spoken else (language,):
            try:
                return Locale.parse((candidate or SOURCE).replace("-", "_"))
            except (UnknownLocaleError, ValueError):
                continue
        return Locale.parse(SOURCE)

    def _find(self, language: str, key: str, n: Any) -> str | None:
        catalogue = self._catalogues[language]
        found = catalogue.ngettext(key, key, n) if isinstance(n, int) else catalogue.gettext(key)
        return None if found == key else found


def _compile(path: Path) -> gettext.GNUTranslations:
    with path.open("rb") as source:
        catalogue = read_po(source, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _marked(said: str) -> str:
    """Mark words as ours; where only values stand nothing is marked."""
    return f"{PSEUDO_OPEN}{said}{PSEUDO_CLOSE}".replace(f"{PSEUDO_OPEN}{PSEUDO_CLOSE}", "")


def _outside(value: str) -> str:
    """Put a value outside of the words that are ours; one without letters, such as an id, can stay where it is."""
    return f"{PSEUDO_CLOSE}{value}{PSEUDO_OPEN}" if any(letter.isalpha() for letter in value) else value
