"""From a TOML file and an environment to a tree of raw values, and from what is wrong in it to lines for an operator.

A line names the file or variable, the section and key, what was expected, what was found and the remedy. A value is
shown only when it is short and not a secret. Nothing here knows what a single key means: that is `models` and `values`.
"""

import difflib
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from bot.settings import values
from bot.settings.models import SECTIONS, Section

MAX_BYTES = 65_536
MAX_LINE = 2_000
PREFIX = "PEERLED_"
ALLOW_TEST_CLOCK = "PEERLED_ALLOW_TEST_CLOCK"

_CONFIDENTIAL = {("discord", "token"), ("storage", "url"), ("storage", "epoch_url"), ("security", "master_key")}
_AT_LINE = re.compile(
    r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL
)

# What the parser says, in the words of somebody who has never read its source.
_PLAIN_WORDS = {
    "Cannot overwrite a value": "this key stands twice; keep one of them",
    "Cannot declare": "this section stands twice; put the keys of both under one heading",
    "Cannot mutate": "this list or section was already finished above; write it in one place",
    "Expected ']'": "a section's heading ends with ]; write for example [discord]",
    "Invalid value": 'expected text in plain "quotes", a number, true, false or a [list]; mend what follows the =',
    "Unclosed array": "a list was opened with [ and not closed; add ]",
    "Unclosed inline table": "a table was opened with { and not closed; add }",
    "Expected '='": "expected key = value; add the = (lines that are remarks start with #)",
    "Invalid statement": "expected key = value or a [section]; mend or remove the line",
    "Unescaped '\\'": "a \\ inside \"quotes\" must be doubled; or put the text in 'single quotes'",
    "Expected newline": 'expected the line to end after the value; one key per line, text in plain "quotes"',
    "Illegal character '\\n'": 'a text was opened with " and not closed on its line; add the closing "',
    "Illegal character": "there is a character that may not stand there; type the line anew",
    "Unterminated string": 'a text was opened with """ and not closed; add the closing quotes',
    "Expected": "this line is not complete; write key = value",
}


@dataclass
class Tree:
    """The raw values by section and key, where each came from, and what was already found wrong."""

    name: str
    raw: dict[str, dict[str, Any]] = field(default_factory=lambda: {section: {} for section in SECTIONS})
    variables: dict[tuple[str, str], str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    suspect: set[tuple[str, str]] = field(default_factory=set)

    def place(self, section: str, key: str) -> str:
        """Return how a line names this key: by variable if that decided, else by file."""
        return self.variables.get((section, key)) or f"{self.name}: [{section}] {key}"

    def say(self, section: str, key: str, finding: str) -> None:
        """Note what is wrong with a key, and that what depends on it cannot be judged."""
        self.findings.append(f"{self.place(section, key)}: {finding}")
        self.suspect.add((section, key))


def read_file(path: Path, tree: Tree) -> None:
    """Put the file's sections into the tree; every way in which a file can be unreadable becomes a finding."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        tree.findings.append(f"{tree.name}: expected a settings file, found a folder; name the file inside it")
        return
    except FileNotFoundError:
        tree.findings.append(f"{tree.name}: there is no such file; copy config.example.toml to it or name another one")
        return
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a possible file name"
        tree.findings.append(f"{tree.name}: cannot be read ({why}); let the account that runs the bot read it")
        return
    decoded = _decoded(data, tree)
    if decoded is not None:
        _take_sections(_parsed(decoded, tree), tree)


def _decoded(data: bytes, tree: Tree) -> str | None:
    """Return the file's text without a byte order mark, its line ends made plain; None when it cannot be settings."""
    if len(data) > MAX_BYTES:
        tree.findings.append(
            f"{tree.name}: larger than {MAX_BYTES // 1024} KiB; this is no settings file, name another"
        )
        return None
    try:
        decoded = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        tree.findings.append(f"{tree.name}:{line}: expected UTF-8, found bytes that are not; save the file as UTF-8")
        return None
    for number, line_text in enumerate(decoded.split("\n"), 1):
        if "\x00" in line_text:
            tree.findings.append(f"{tree.name}:{number}: found a NUL byte; save the file anew as UTF-8 text")
            return None
        # The parser needs memory that grows with the square of a dotted key's length.
        if len(line_text) > MAX_LINE:
            tree.findings.append(f"{tree.name}:{number}: a line of more than {MAX_LINE} characters; shorten it")
            return None
    return decoded


def _parsed(decoded: str, tree: Tree) -> dict[str, Any]:
    try:
        return tomllib.loads(decoded)
    except tomllib.TOMLDecodeError as error:
        tree.findings.append(_syntax_finding(str(error), decoded, tree.name))
    except RecursionError:
        tree.findings.append(f"{tree.name}: brackets are nested far too deep; no setting needs more than one list")
    except ValueError:
        tree.findings.append(f"{tree.name}: there is a number with thousands of digits; no setting needs one")
    return {}


def _syntax_finding(message: str, decoded: str, name: str) -> str:
    match = _AT_LINE.match(message)
    what = match["what"] if match else message
    last = decoded.rstrip("\n").count("\n") + 1
    line = int(match["line"]) if match and match["line"] else last
    for start, plain in _PLAIN_WORDS.items():
        if what.startswith(start):
            return f"{name}:{line}: {plain}"
    return f"{name}:{line}: not valid TOML; compare the line with config.example.toml"


def _take_sections(parsed: dict[str, Any], tree: Tree) -> None:
    for section, content in parsed.items():
        if section not in SECTIONS:
            tree.findings.append(f"{tree.name}: {_unknown_section(section, content)}")
        elif not isinstance(content, dict):
            tree.findings.append(
                f"{tree.name}: {section}: expected a section, found {shown(content)}; put [{section}] on its own line"
            )
        else:
            tree.raw[section].update(content)


def _unknown_section(name: str, content: Any) -> str:
    if not isinstance(content, dict):
        home = _home_of(name)
        remedy = f"it belongs under [{home}]" if home else _meant(name, _all_keys(), "see config.example.toml")
        return f"{_quoted(name)}: a key outside every section; {remedy}"
    known = ", ".join(f"[{section}]" for section in SECTIONS)
    return f"[{_quoted(name)}]: there is no such section; {_meant(name, SECTIONS, f'there are {known}')}"


def read_environment(env: Mapping[str, str], tree: Tree) -> None:
    """Lay `DISCORD_TOKEN` and `PEERLED_SECTION__KEY` over the file's values; an empty variable counts as unset."""
    known = {f"{PREFIX}{section}__{key}".upper(): (section, key) for section, key in _all_pairs()}
    chosen = {"DISCORD_TOKEN": ("discord", "token"), **known}
    for variable, (section, key) in chosen.items():
        given = env.get(variable, "")
        if given.strip():
            tree.raw[section][key] = values.from_text(_kinds(SECTIONS[section].model_fields[key].annotation), given)
            tree.variables[section, key] = variable
    for variable in sorted(env):
        if variable.startswith(PREFIX) and variable not in known and variable != ALLOW_TEST_CLOCK:
            close = difflib.get_close_matches(variable, known, n=1, cutoff=0.85)
            if "__" in variable or close:
                remedy = f"did you mean {close[0]}?" if close else "remove it, or see config.example.toml for the keys"
                tree.findings.append(f"{_quoted(variable)}: there is no such setting; {remedy}")


def _kinds(annotation: Any) -> Iterator[type]:
    """Yield the plain types inside an annotation, however it is wrapped."""
    if isinstance(annotation, type):
        yield annotation
    origin = typing.get_origin(annotation)
    if isinstance(origin, type):
        yield origin
    for inner in typing.get_args(annotation):
        yield from _kinds(inner)


def section_of(name: str, tree: Tree, folder: Path) -> Section:
    """Return a section's model; wrong keys become findings and count as left out, so that the rest is judged too."""
    model = SECTIONS[name]
    raw = tree.raw[name]
    try:
        return model.model_validate(raw, context={"folder": folder})
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for item in error.errors(include_url=False):
            key = str(item["loc"][0])
            cause = item.get("ctx", {}).get("error")
            wrong.setdefault(key, str(cause) if isinstance(cause, ValueError) else "")
    for key, remedy in wrong.items():
        tree.say(name, _quoted(key), _key_finding(name, key, raw.get(key), remedy, (name, key) in tree.variables))
        tree.suspect.add((name, key))
    kept = {key: value for key, value in raw.items() if key not in wrong}
    return model.model_validate(kept, context={"folder": folder})


def _key_finding(section: str, key: str, value: Any, remedy: str, from_variable: bool) -> str:
    info: FieldInfo | None = SECTIONS[section].model_fields.get(key)
    if info is None:
        return f"there is no such key; {_unknown_key(section, key)}"
    example = str((info.examples or [""])[0])
    if from_variable:
        remedy = remedy or f"write for example {PREFIX}{section.upper()}__{key.upper()}={example.strip(chr(34))}"
    remedy = remedy or f"write for example {key} = {example}"
    found = _confidential(value) if (section, key) in _CONFIDENTIAL else shown(value)
    return f"expected {info.description}, found {found}; {remedy}"


def _unknown_key(section: str, key: str) -> str:
    own = list(SECTIONS[section].model_fields)
    home = _home_of(key)
    if home:
        return f"it belongs under [{home}]"
    return _meant(key, own, f"[{section}] has {', '.join(own)}" if own else "nothing can be set there yet")


def _meant(given: str, known: Mapping[str, Any] | list[str], otherwise: str) -> str:
    close = difflib.get_close_matches(given.strip().lower().replace("-", "_"), list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else otherwise


def _all_pairs() -> Iterator[tuple[str, str]]:
    for section, model in SECTIONS.items():
        for key in model.model_fields:
            yield section, key


def _all_keys() -> list[str]:
    return [key for _, key in _all_pairs()]


def _home_of(key: str) -> str | None:
    return next((section for section, known in _all_pairs() if known == key), None)


def shown(value: Any) -> str:
    """Return a value as an operator may see it: short ones themselves, long or nested ones only by their kind."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 63:
        return "a number with far too many digits"
    if isinstance(value, list):
        return f"a list of {len(value)}" if len(value) != 1 else f"a list of one: {shown(value[0])}"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, str):
        if not value.strip():
            return "an empty text"
        # Longer texts may be a secret that was pasted into the wrong place.
        return f'"{_quoted(value)}"' if len(value) <= 24 else f"a text of {len(value)} characters"
    return str(value)


def _confidential(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        return shown(value)
    scheme, separator, _ = value.partition("://")
    if separator and len(scheme) <= 20:
        return f"{_quoted(scheme)}://…"
    return f"a text of {len(value)} characters"


def _quoted(name: str) -> str:
    """Return a name as one short line without anything that could act on a terminal."""
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return safe if len(safe) <= 40 else f"{safe[:40]}…"
