"""What a single value must look like: from what an operator wrote to what the bot works with.

Each function takes the raw value and returns the checked one, or raises ValueError whose text, where there is one, is
the remedy; which key it was and what was expected is added by `bot.settings.reading`. Nothing here reads a file's
content or the environment.
"""

import base64
import binascii
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import ValidationInfo

SQLITE = ("sqlite", "sqlite+aiosqlite")
POSTGRES = ("postgresql", "postgresql+asyncpg", "postgres")

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z._-]{0,252})|[0-9A-Fa-f:.]{2,45}")


def text(value: Any) -> str:
    """Return `value` if it is text that stands on one line and is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in value):
        raise ValueError("there are invisible characters in it: type it anew instead of pasting it")
    return value


def token(value: Any) -> str:
    """Return a bot token; its shape is not judged here, only what can never be one."""
    given = text(value)
    if given.lower().startswith("bot "):
        raise ValueError('leave out the word "Bot" before it')
    if not given.isascii() or any(c.isspace() for c in given):
        raise ValueError("copy it anew from the Developer Portal, page Bot: it has no spaces and no accents")
    return given


def master_key(value: Any) -> str:
    """Return a master key as it was written, if it stands for 32 bytes."""
    given = text(value)
    key_bytes(given)
    return given


def key_bytes(given: str) -> bytes:
    """Return the 32 bytes that 64 hex digits or base64 stand for; ValueError for anything else."""
    compact = "".join(given.split())
    try:
        key = bytes.fromhex(compact) if len(compact) == 64 else _base64(compact)
    except binascii.Error as error:
        raise ValueError("make one with: openssl rand -hex 32") from error
    except ValueError as error:
        raise ValueError("make one with: openssl rand -hex 32") from error
    if len(key) != 32 or len(set(key)) < 8:
        raise ValueError("make one with: openssl rand -hex 32")
    return key


def _base64(compact: str) -> bytes:
    standard = compact.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)


def path(value: Any, info: ValidationInfo) -> Path:
    """Return an absolute path; a relative one starts at the settings file's folder."""
    if isinstance(value, Path):
        value = str(value)
    given = text(value)
    if given.startswith("~"):
        raise ValueError("write the folder in full instead of ~")
    return _folder(info) / given


def database_url(value: Any, info: ValidationInfo) -> str:
    """Return a database URL; a SQLite file in it becomes absolute, starting at the settings file's folder."""
    given = text(value)
    scheme, separator, rest = given.partition("://")
    if not separator:
        raise ValueError
    if scheme in SQLITE:
        return f"sqlite:///{_sqlite_path(rest, _folder(info))}"
    if scheme not in POSTGRES:
        raise ValueError
    parts = _split(given)
    if not parts.path.strip("/"):
        raise ValueError("name the database after the host: postgresql://USER:PASSWORD@HOST/NAME")
    return f"postgresql://{rest}"


def _sqlite_path(rest: str, folder: Path) -> Path:
    if not rest.startswith("/"):
        raise ValueError("write three slashes before a relative path, four before an absolute one")
    name = rest[1:]
    if not name or name.startswith(":memory:"):
        raise ValueError("name a file: a database in memory would forget everything at the next start")
    if "?" in name:
        raise ValueError("leave out what follows the question mark")
    if name.startswith("~"):
        raise ValueError("write the folder in full instead of ~")
    file = folder / name
    if name.endswith("/") or file.is_dir():
        raise ValueError("that is a folder: add the name of a file")
    return file


def sqlite_file(url: str) -> Path | None:
    """Return the file of a checked SQLite URL; None for another database."""
    scheme, _, rest = url.partition(":///")
    return Path(rest) if scheme in SQLITE else None


def http_url(value: Any) -> str:
    """Return an http or https address without a slash at its end."""
    return _url(value, ("https", "http"))


def websocket_url(value: Any) -> str:
    """Return a wss or ws address without a slash at its end."""
    return _url(value, ("wss", "ws"))


def _url(value: Any, schemes: tuple[str, ...]) -> str:
    given = text(value)
    parts = _split(given)
    if parts.scheme not in schemes or not parts.hostname or any(c.isspace() for c in given):
        raise ValueError
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("leave out names, passwords and what follows ? or #")
    return given.rstrip("/")


def _split(given: str) -> SplitResult:
    """Split an address; ValueError with a remedy when its port or its brackets are wrong."""
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError as error:
        raise ValueError("the port is a whole number from 0 to 65535, a v6 address stands in [brackets]") from error
    return parts


def host(value: Any) -> str:
    """Return an address or host name to listen on."""
    given = text(value)
    if not _HOST.fullmatch(given):
        raise ValueError("leave out http:// and the port: the port is a key of its own")
    return given


def time_of_day(value: Any) -> dt.time:
    """Return a wall-clock time, meant as UTC, from `HH:MM` or a TOML local time."""
    if isinstance(value, dt.time) and value.tzinfo is None:
        return value
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError
    return dt.time(int(match[1]), int(match[2]))


def listed(value: Any) -> tuple[Any, ...]:
    """Return a list's entries, which are judged one by one afterwards."""
    if not isinstance(value, list | tuple):
        raise ValueError
    return tuple(value)


def listed_apart(value: Any) -> tuple[Any, ...]:
    """Return a list's times of day; ValueError when one stands twice."""
    times = [time_of_day(entry) for entry in listed(value)]
    if len(set(times)) != len(times):
        raise ValueError("the same time stands there twice")
    return tuple(times)


def upper(value: Any) -> str:
    """Return one word in capitals."""
    return text(value).upper()


def lower(value: Any) -> str:
    """Return one word in small letters."""
    return text(value).lower()


def from_text(wanted: Iterable[type], given: str) -> Any:
    """Read an environment variable as TOML would have typed it; what cannot be read stays text and is refused later."""
    kinds = set(wanted)
    if tuple in kinds:
        number = int in kinds
        entries = [entry.strip().strip("\"'") for entry in given.strip().removeprefix("[").removesuffix("]").split(",")]
        return [int(entry) if number and entry.isdecimal() and len(entry) < 10 else entry for entry in entries if entry]
    if bool in kinds:
        return {"true": True, "1": True, "false": False, "0": False}.get(given.strip().lower(), given)
    if kinds & {int, float} and re.fullmatch(r"[+-]?[0-9]{1,15}", given.strip()):
        return int(given)
    if float in kinds and re.fullmatch(r"[+-]?[0-9]{1,15}\.[0-9]{1,15}", given.strip()):
        return float(given)
    return given


def _folder(info: ValidationInfo) -> Path:
    given = (info.context or {}).get("folder")
    return Path(given).absolute() if given is not None else Path.cwd()
