"""Load the content that people meet, strictly: a mistake in a content file is found at start, with file and place.

The files stand in the folder beside this module, which holds data and no code (the module wins the name because the folder
is no package). Everything is read once and kept in memory, so that help works when nothing else does. This module decides
nothing about when content is shown.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.domain.contacts import (
    ALWAYS,
    CHECKED_IN,
    FOR_WHOM,
    NOT_KNOWN,
    Contact,
    Contacts,
    Country,
    Directory,
    Emergency,
    Proof,
    Window,
)
from bot.domain.phrases import pieces_of
from bot.domain.safety import CLASSES, Lexicon
from bot.errors import OperatorError

__all__ = ["FOLDER", "Contact", "Contacts", "Country", "Directory", "Emergency", "load_contacts", "load_lexicons"]

FOLDER = Path(__file__).with_suffix("")

_CALL = re.compile(r"\+?[0-9]+([ -][0-9]+)*")
_ADDRESS = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(/\S*)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_HOURS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))? (\d\d:\d\d)-(\d\d:\d\d)")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

T = TypeVar("T")


class _Table:
    """One table of a content file: hands out values of the right type and collects what is wrong."""

    def __init__(self, values: Any, where: str, findings: list[str]) -> None:
        self.where = where
        self.findings = findings
        self._values: dict[str, Any] = values if isinstance(values, dict) else {}
        self._asked: set[str] = set()
        if not isinstance(values, dict):
            self.wrong("", "expected a table")

    def wrong(self, key: str, problem: str) -> None:
        """Note a problem with a key, or with the table itself."""
        self.findings.append(f"{self.where}{f', {key}' if key else ''}: {problem}")

    def take(self, key: str, kind: type[T], default: T, *, needed: bool = True) -> T:
        """Return a value of a type, else note what was expected and return the default."""
        self._asked.add(key)
        value = self._values.get(key)
        if isinstance(value, kind) and not isinstance(value, bool) and (not needed or value):
            return value
        if value is not None or needed:
            self.wrong(key, f"expected a {kind.__name__}{' that is not empty' if needed else ''}")
        return default

    def text(self, key: str, form: re.Pattern[str] | None = None, *, needed: bool = True) -> str:
        """Return a text that has the given form."""
        value = self.take(key, str, "", needed=needed)
        if value and (value != value.strip() or (form is not None and not form.fullmatch(value))):
            self.wrong(key, f"{value!r} does not have the form {form.pattern if form else 'without outer spaces'}")
        return value

    def texts(self, key: str, form: re.Pattern[str] | None = None, *, needed: bool = True) -> tuple[str, ...]:
        """Return a list of texts, each once and of the given form."""
        values = self.take(key, list, [], needed=needed)
        for number, value in enumerate(values, 1):
            if not isinstance(value, str) or not value.strip() or (form is not None and not form.fullmatch(value)):
                self.wrong(key, f"entry {number}, {value!r}, is not a text of the expected form")
        good = [value for value in values if isinstance(value, str)]
        for value in sorted({value for value in good if good.count(value) > 1}):
            self.wrong(key, f"{value!r} stands there more than once")
        return tuple(good)

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """Return one of a few words."""
        value = self.take(key, str, choices[0])
        if value not in choices:
            self.wrong(key, f"{value!r} is not one of {', '.join(choices)}")
            return choices[0]
        return value

    def tables(self, key: str, singular: str) -> "list[_Table]":
        """Return a list of tables, at least one."""
        values = self.take(key, list, [])
        return [_Table(value, f"{self.where}, {singular} {row}", self.findings) for row, value in enumerate(values, 1)]

    def table(self, key: str, *, needed: bool = True) -> "_Table":
        """Return the table under a key, empty where it is not needed and not there."""
        return _Table(self.take(key, dict, {}, needed=needed), f"{self.where}, {key}", self.findings)

    def names(self) -> tuple[str, ...]:
        """Return the names of the keys that stand there."""
        return tuple(self._values)

    def finish(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._values.keys() - self._asked:
            self.wrong(key, "unknown key; take it out or correct its name")


def _load(path: Path, read: Callable[[_Table], T]) -> T:
    findings: list[str] = []
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OperatorError(f"{path.name}: cannot be read: {error}; restore the file") from None
    table = _Table(values, path.name, findings)
    result = read(table)
    table.finish()
    if findings:
        raise OperatorError(*findings)
    return result


@cache
def load_contacts(path: Path = FOLDER / "contacts.toml") -> Contacts:
    """Read the help lines once. Raises OperatorError with one finding for each mistake."""
    return _load(path, _contacts)


def _contacts(table: _Table) -> Contacts:
    directories = tuple(_directory(row) for row in table.tables("directory", "directory"))
    countries = tuple(_country(row) for row in table.tables("country", "country"))
    codes = [country.code for country in countries]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        table.wrong("country", f"{code} stands there more than once")
    return Contacts(countries, directories)


def _directory(table: _Table) -> Directory:
    directory = Directory(table.text("name"), table.text("url", _ADDRESS), _proof(table))
    table.finish()
    return directory


def _country(table: _Table) -> Country:
    code = table.text("code", _COUNTRY)
    table.where = f"{table.where} ({code})"
    zone = _zone(table, table.text("zone"))
    country = Country(
        code, table.text("name"), _emergency(table.table("emergency")), _lines(table.tables("contact", "contact"), zone)
    )
    names = [contact.name for contact in country.contacts]
    reached = [(contact.call, contact.text, contact.chat) for contact in country.contacts]
    if len(set(names)) < len(names) or len(set(reached)) < len(reached):
        table.wrong("contact", "two contacts have the same name or the same ways to reach them")
    table.finish()
    return country


def _zone(table: _Table, name: str) -> str:
    try:
        ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        table.wrong("zone", f"{name!r} is not an IANA time zone")
        return "UTC"
    return name or "UTC"


def _emergency(table: _Table) -> Emergency:
    emergency = Emergency(table.text("call", _CALL), table.texts("also", needed=False), _proof(table))
    table.finish()
    return emergency


def _lines(tables: list[_Table], zone: str) -> tuple[Contact, ...]:
    return tuple(_line(table, zone) for table in tables)


def _line(table: _Table, zone: str) -> Contact:
    hours = table.text("hours")
    contact = Contact(
        name=table.text("name"),
        call=table.text("call", _CALL, needed=False),
        text=table.text("text", _CALL, needed=False),
        text_word=table.text("text_word", needed=False),
        chat=table.text("chat", _ADDRESS, needed=False),
        hours=hours,
        zone=_zone(table, table.text("zone", needed=False) or zone),
        windows=_windows(table, hours),
        languages=table.texts("languages", _LANGUAGE),
        for_whom=table.one_of("for_whom", FOR_WHOM),
        proof=_proof(table),
    )
    if not (contact.call or contact.text or contact.chat):
        table.wrong("call", "give at least one of call, text and chat")
    if contact.text_word and not contact.text:
        table.wrong("text_word", "there is no text number to send it to")
    table.finish()
    return contact


def _windows(table: _Table, hours: str) -> tuple[Window, ...]:
    if hours in (ALWAYS, NOT_KNOWN):
        return ()
    windows = []
    for part in hours.split("; "):
        match = _HOURS.fullmatch(part)
        try:
            windows.append(_window(match) if match else None)
        except ValueError:
            windows.append(None)
    if None in windows:
        table.wrong("hours", f"{hours!r}: expected 24/7, not known, or such as 'mon-fri 09:00-18:00; sat 10:00-00:00'")
    return tuple(window for window in windows if window is not None)


def _window(match: re.Match[str]) -> Window:
    first, last = _DAYS.index(match[1]), _DAYS.index(match[2] or match[1])
    begins, until = time.fromisoformat(match[3]), time.fromisoformat(match[4])
    if last < first or (until <= begins and until != time(0)):
        raise ValueError("backwards")
    return Window(frozenset(range(first, last + 1)), begins, until)


def _proof(table: _Table) -> Proof:
    return Proof(
        table.text("source", _ADDRESS),
        table.take("checked_on", date, date.min),
        table.one_of("checked_in", CHECKED_IN),
        table.text("note", needed=False),
    )


@cache
def load_lexicons(folder: Path = FOLDER / "crisis_words") -> tuple[Lexicon, ...]:
    """Read the words of danger of every language once. Raises OperatorError with file, row and reason."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise OperatorError(f"{folder.name}: no language is there; restore the folder")
    return tuple(_lexicon_from(path) for path in paths)


def _lexicon_from(path: Path) -> Lexicon:
    return _load(path, lambda table: _lexicon(table, _rows(path), path.stem))


def _rows(path: Path) -> Mapping[str, list[int]]:
    """Find the rows on which each quoted text stands, because the parsed file no longer knows them."""
    rows: dict[str, list[int]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for quoted in re.findall(r'"([^"]*)"', line):
            rows.setdefault(quoted, []).append(number)
    return rows


def _lexicon(table: _Table, rows: Mapping[str, list[int]], stem: str) -> Lexicon:
    language = table.text("language", _LANGUAGE)
    if language and language != stem:
        table.wrong("language", f"{language!r} in a file named {stem}.toml; make them agree")
    given_sets = table.table("sets", needed=False)
    sets = {name: given_sets.texts(name) for name in given_sets.names()}
    phrases, exceptions = table.table("phrases"), table.table("exceptions", needed=False)
    for kind in sorted(set(phrases.names()) - CLASSES):
        phrases.wrong(kind, f"unknown class; the classes are {', '.join(sorted(CLASSES))}")
    read = _Templates(sets, rows)
    lexicon = Lexicon(
        language,
        {kind: read.under(phrases, kind) for kind in phrases.names()},
        **{key: read.under(exceptions, key, needed=False) for key in ("not_when", "before", "after", "negations")},
        sets=sets,
    )
    for name in sorted(set(sets) - read.used):
        given_sets.wrong(name, "no phrase uses this set")
    for part in (given_sets, phrases, exceptions):
        part.finish()
    return lexicon


class _Templates:
    """Reads phrase templates with the sets of one file and says on which row something is wrong."""

    def __init__(self, sets: Mapping[str, tuple[str, ...]], rows: Mapping[str, list[int]]) -> None:
        self._sets = sets
        self._rows = rows
        self.used: set[str] = set()

    def under(self, table: _Table, key: str, *, needed: bool = True) -> tuple[str, ...]:
        """Return the templates under a key, each proved to stand for phrases."""
        good: dict[str, None] = {}
        for template in table.take(key, list, [], needed=needed):
            problem = self._problem(template, good)
            if problem:
                table.wrong(key, f"{self._row(template)}: {template!r} {problem}")
            else:
                good[template] = None
            self.used.update(re.findall(r"{(\w+)}", str(template)))
        return tuple(good)

    def _problem(self, template: Any, good: Mapping[str, None]) -> str:
        if not isinstance(template, str):
            return "is not a text"
        if template in good:
            return "stands there more than once"
        try:
            pieces_of(template, self._sets)
        except ValueError as reason:
            return str(reason)
        return ""

    def _row(self, template: Any) -> str:
        rows = self._rows.get(template) if isinstance(template, str) else None
        return f"row {rows[-1]}" if rows else "a row"
