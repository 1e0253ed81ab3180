"""What the bot writes down about itself: standard logging with one handler that lets nothing personal through.

Whatever the level: no content, no ids, no tokens. Texts of exceptions that are not ours are withheld, because a library
may quote what somebody wrote; a traceback names places in the code and nothing else. `redacted` is the net below that.
This module must not be asked to log content "for once": there is no switch for it.
"""

import datetime as dt
import json
import logging
import re
import secrets
import sys
import threading
import traceback
import unicodedata
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Literal

from bot.errors import OperatorError, PeerError

Format = Literal["text", "json"]

# From which level a library may speak, whatever the settings say. Below, discord.py prints bodies and addresses with
# tokens, SQLAlchemy statements and parameters from INFO on; Alembic only has nothing to tell an operator.
QUIET_BELOW = {
    "discord": logging.INFO,
    "aiosqlite": logging.INFO,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
}

_OURS = ("bot", "cogs", "data", "peerled")

# Order matters: addresses are masked before the numbers inside them.
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(authorization\W{1,5})(?:(?:bot|bearer|basic)\s+)?[^\s'\",}\]]+"), r"\1[token]"),
    (re.compile(r"\b(Bot|Bearer)\s+[\w.~+/=-]{16,}"), r"\1 [token]"),
    (re.compile(r"(?i)((?:/|%2f)(?:interactions|webhooks)(?:/|%2f))[^/\s?#\"'<>]+/[^/\s?#\"'<>]+"), r"\1[id]/[token]"),
    (re.compile(r"/(cal|meetings)/[^/\s\"'<>]+\.(ics|json)"), r"/\1/[token].\2"),
    # Whoever has a gateway session's id and its address can resume it with the token alone.
    (re.compile(r"(?i)(session(?:[ _-]?id)?(?:\s*[:=]\s*|\s+)['\"]?)[0-9a-f]{16,}"), r"\1[session]"),
    (re.compile(r"(?i)(session[ _-]?id\W{1,3})[^\s'\",)\]}]+"), r"\1[session]"),
    (re.compile(r"(?i)\bwss?://[^\s'\"<>)]+"), "[gateway]"),
    # An interaction's token is base64 of "interaction:…".
    (re.compile(r"aW50ZXJhY3Rpb246[\w+/=-]+"), "[token]"),
    (re.compile(r"(?:mfa\.)?[\w-]{18,}\.[\w-]{5,7}\.[\w-]{25,}"), "[token]"),
    (re.compile(r"(\w://)[^\s/@\"']+@"), r"\1[login]@"),
    (re.compile(r"(?<!\d)\d{15,20}(?!\d)"), "[id]"),
)


def redacted(text: str) -> str:
    """Return `text` on one line, tokens, logins and long numbers masked, without anything that acts on a terminal."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(c) for c in text)


def _visible(char: str) -> str:
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return ascii(char)[1:-1]
    return char


def exception_text(error: BaseException) -> str:
    """Return an exception's type, with its text only when it is one of ours, and with plain numbers of a status."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, PeerError | OperatorError):
        return redacted(f"{name}: {error}")
    known = {field: getattr(error, field, None) for field in ("status", "code", "errno")}
    numbers = ", ".join(f"{field}={value}" for field, value in known.items() if type(value) is int)
    return redacted(f"{name} ({numbers})" if numbers else name)


def exception_lines(error: BaseException) -> Iterator[str]:
    """Yield an exception and what led to it, oldest first: types and places in the code, no values, no source text."""
    yield from _lines(error, set())


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen and len(seen) < 20:
        yield from _lines(before, seen)
        yield "which led to:" if error.__cause__ else "and while that was handled:"
    for frame, line in list(traceback.walk_tb(error.__traceback__))[-40:]:
        code = frame.f_code
        yield redacted(f"  {_module_path(code.co_filename)}:{line} in {code.co_name}")
    yield exception_text(error)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions[:5]:
            if id(inner) not in seen:
                yield "among them:"
                yield from _lines(inner, seen)


def _module_path(filename: str) -> str:
    """Return the last parts of a file's path: enough to find it, without the operator's folders."""
    parts = filename.replace("\\", "/").split("/")
    return "/".join(parts[-3:])


class Redacting(logging.Formatter):
    """Turns a record into one safe line of text, or of JSON, followed by its traceback without values."""

    def __init__(self, form: Format) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Return what is written for `record`; the record itself stays as it was."""
        when = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        message = redacted(_message(record))
        error = record.exc_info[1] if record.exc_info else None
        lines = list(exception_lines(error)) if error else []
        if self._form == "json":
            entry: dict[str, Any] = {"at": when, "level": record.levelname, "logger": record.name, "message": message}
            if lines:
                entry["error"] = lines
            return json.dumps(entry, ensure_ascii=False)
        head = f"{when} {record.levelname:<7} {record.name}: {message}"
        return "\n".join([head, *(f"    {line}" for line in lines)])


def _message(record: logging.LogRecord) -> str:
    ours = record.name.split(".")[0] in _OURS
    if record.name.split(".")[0] == "asyncio":
        # Below its first line asyncio prints futures, and with them what an exception said.
        text = str(record.msg).split("\n")[0]
    else:
        text = exception_text(record.msg) if isinstance(record.msg, BaseException) else str(record.msg)
    if not record.args:
        return text
    if isinstance(record.args, dict):
        return text % {key: _safe(value, ours) for key, value in record.args.items()}
    return text % tuple(_safe(value, ours) for value in record.args)


def _safe(value: Any, ours: bool) -> Any:
    """Return what may stand in a message: exceptions without their texts, from libraries no object's own description."""
    if isinstance(value, BaseException):
        return exception_text(value)
    if ours or value is None or isinstance(value, str | int | float):
        return value
    return f"<{type(value).__name__}>"


class _Handler(logging.StreamHandler[Any]):
    """Writes to whatever stderr is at that moment; a record that cannot be formatted is reported without its values."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr

    def handleError(self, record: logging.LogRecord) -> None:
        """Say that a record was lost, and from where; the default would print its arguments."""
        place = f"{_module_path(record.pathname)}:{record.lineno}"
        try:
            sys.stderr.write(f"a log record from {place} could not be written\n")
        except (OSError, ValueError):
            return


def _is_wanted(record: logging.LogRecord) -> bool:
    return record.levelno >= QUIET_BELOW.get(record.name.split(".")[0], logging.NOTSET)


def setup(level: str = "INFO", format: Format = "text") -> None:
    """Make the root logger write to stderr, redacted, from `level` up; handlers that others put there are taken away."""
    handler = _Handler()
    handler.setFormatter(Redacting(format))
    handler.addFilter(_is_wanted)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, lowest in QUIET_BELOW.items():
        # Saves building records that the filter would drop.
        logging.getLogger(name).setLevel(max(lowest, root.level))
    logging.captureWarnings(True)


def catch_strays() -> None:
    """Send what escapes from threads, finalisers and the main program to the log instead of printing a traceback."""
    stray = logging.getLogger("peerled.stray")

    def escaped(kind: type[BaseException], error: BaseException | None, place: TracebackType | None) -> None:
        if error is not None and not issubclass(kind, KeyboardInterrupt | SystemExit):
            stray.error("an exception escaped", exc_info=(kind, error, place))

    sys.excepthook = escaped
    threading.excepthook = lambda args: escaped(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: escaped(args.exc_type, args.exc_value, args.exc_traceback)


def reference() -> str:
    """Return four characters by which a person's report and a line of the log find each other."""
    return secrets.token_hex(2).upper()
