"""Which edition of the time zones this process reckons with."""

import importlib.metadata
import re
import zoneinfo
from pathlib import Path

_LINE = re.compile(r"# version (\d{4}[a-z])\s*")


def edition() -> str | None:
    """Return it as "2026a", which sorts as editions follow one another; None: it cannot be told.

    The system's own zones go before those of the package, as Python looks for them.
    """
    for folder in zoneinfo.TZPATH:
        if (Path(folder) / "UTC").exists():
            return _of_system(Path(folder) / "tzdata.zi")
    try:
        return _of_package(importlib.metadata.version("tzdata"))
    except importlib.metadata.PackageNotFoundError:
        return None


def _of_system(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8") as lines:
            found = _LINE.fullmatch(lines.readline())
    except (OSError, UnicodeDecodeError):
        return None
    return found[1] if found else None


def _of_package(version: str) -> str | None:
    """Read "2026.1", which is 2026a."""
    found = re.match(r"(\d{4})\.(\d{1,2})", version)
    return f"{found[1]}{chr(ord('a') + int(found[2]) - 1)}" if found and 1 <= int(found[2]) <= 26 else None
