"""What `[storage] url` means: which database, where, and how to name it in a message without its password.

Nothing is opened here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from bot.errors import OperatorError

REMEDY = "set [storage] url to sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is: a file for SQLite, a URL for PostgreSQL."""

    dialect: Literal["sqlite", "postgresql"]
    shown: str
    path: Path | None = None
    url: sa.URL | None = None


def parse(url: str) -> Address:
    """Return where `url` points; raise `OperatorError` when it is not an address that peerled can use."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        # The text may hold a password, so it is not repeated.
        raise OperatorError(f"storage.url: not a database address: {REMEDY}") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend in ("postgresql", "postgres"):
        return _postgres(parsed)
    raise OperatorError(f"storage.url: {backend} is not supported: {REMEDY}")


def _sqlite(parsed: sa.URL) -> Address:
    name = parsed.database
    if not name or name == ":memory:" or name.startswith("file:") or parsed.query:
        raise OperatorError("storage.url: SQLite needs a plain file: write sqlite:///FILE, with no options after it")
    path = Path(name).absolute()
    return Address("sqlite", f"sqlite:///{path}", path=path)


def _postgres(parsed: sa.URL) -> Address:
    query = dict(parsed.query)
    if "sslmode" in query:
        # The spelling of libpq, which hosters print; the driver calls it ssl.
        query["ssl"] = query.pop("sslmode")
    cleaned = parsed.set(drivername="postgresql+asyncpg", query=query)
    shown = parsed.set(drivername="postgresql", query={}).render_as_string(hide_password=True)
    return Address("postgresql", shown, url=cleaned)
