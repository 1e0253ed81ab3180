"""SQLite behind `Database`: one writer thread, one that empties the log, reading connections, and the pragmas of all.

Reads run through the async engine in one transaction, see one moment and cannot write. No table is known here.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import Busy
from data.db import sqlite_file
from data.db.checkpoints import BACKSTOP_PAGES, Checkpoints
from data.db.writer import BEGIN_WAIT_MS, JOIN_SECONDS, Writer, is_locked, sqlite_code

T = TypeVar("T")

READERS = 4
# The interrupt ends a long statement cleanly; only a function that runs many short ones is cut off this much later.
INTERRUPT_AHEAD = 0.05
INTERRUPT_AGAIN = 0.02
# How long a migration waits at each step for another process that writes.
EXCLUSIVE_WAIT_MS = 10_000


def _pragmas(*, busy_ms: int, query_only: bool = False) -> tuple[str, ...]:
    pragmas = (
        f"busy_timeout={busy_ms}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "trusted_schema=OFF",
    )
    return (*pragmas, "query_only=ON") if query_only else pragmas


def _on_connect(engine: sa.Engine, pragmas: tuple[str, ...]) -> None:
    def apply(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", apply)


def _url(driver: str, path: Path) -> sa.URL:
    # mode=rw: a file that was taken away while running is an error, never an empty new database.
    return sa.URL.create(driver, database=sqlite_file.uri(path), query={"mode": "rw", "uri": "true"})


def _sync_engine(path: Path, *, busy_ms: int) -> sa.Engine:
    engine = sa.create_engine(
        _url("sqlite", path),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"isolation_level": None, "cached_statements": 256},
    )
    _on_connect(engine, _pragmas(busy_ms=busy_ms))
    return engine


class _Connections:
    """The reading connections that were ever begun, so that closing waits for their threads.

    A reading that is given up leaves its connection to end by itself. A thread that then answers a loop which has ended
    meanwhile dies of it, with a traceback.
    """

    def __init__(self) -> None:
        self._begun: list[aiosqlite.Connection] = []

    def begin(self, *args: Any, **options: Any) -> aiosqlite.Connection:
        """Make a connection as the engine would, and remember it while its thread lives."""
        connection = aiosqlite.connect(*args, **options)
        connection._thread.daemon = True
        self._begun = [one for one in self._begun if one._thread.is_alive()]
        self._begun.append(connection)
        return connection

    async def ended(self) -> None:
        """Wait until no thread lives any more, at most `JOIN_SECONDS` for all of them."""
        left = [one for one in self._begun if one._thread.is_alive()]
        for connection in left:
            connection.stop()
        ends = time.monotonic() + JOIN_SECONDS
        for connection in left:
            await asyncio.to_thread(connection._thread.join, max(0.0, ends - time.monotonic()))


def _read_engine(path: Path, connections: _Connections) -> AsyncEngine:
    engine = create_async_engine(
        _url("sqlite+aiosqlite", path),
        pool_size=READERS,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"isolation_level": None, "async_creator_fn": connections.begin},
    )
    _on_connect(engine.sync_engine, _pragmas(busy_ms=1000, query_only=True))

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    event.listen(engine.sync_engine, "begin", begin)
    return engine


class _Watch:
    """Interrupts what runs on a connection once its time is over, again and again until the reading has ended.

    A cancelled reading waits for the statement that still runs on the connection's thread: only this ends it.
    """

    def __init__(self, limit: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(limit, self._fire)
        self._driver: Any = None
        self._last: asyncio.Task[None] | None = None

    def over(self, conn: AsyncConnection) -> None:
        """Say which connection is meant."""
        assert conn.sync_connection is not None
        self._driver = conn.sync_connection.connection.driver_connection

    def stop(self) -> None:
        """End the watch."""
        self._timer.cancel()

    def _fire(self) -> None:
        if self._driver is not None:
            self._last = self._loop.create_task(self._interrupt())
        self._timer = self._loop.call_later(INTERRUPT_AGAIN, self._fire)

    async def _interrupt(self) -> None:
        # ValueError: the connection has been closed meanwhile, which is all that was wanted.
        with contextlib.suppress(ValueError):
            await self._driver.interrupt()


class SqliteStore:
    """One SQLite file, open."""

    def __init__(self, path: Path, *, max_waiting: int) -> None:
        self.path = path
        self._write_engine = _sync_engine(path, busy_ms=BEGIN_WAIT_MS)
        self._checkpoints = Checkpoints(_sync_engine(path, busy_ms=BEGIN_WAIT_MS))
        _on_connect(self._write_engine, (f"wal_autocheckpoint={BACKSTOP_PAGES}",))
        self._writer = Writer(self._write_engine, max_waiting=max_waiting)
        self._connections = _Connections()
        self._read_engine = _read_engine(path, self._connections)

    @classmethod
    async def open(cls, path: Path, *, max_waiting: int) -> "SqliteStore":
        """Check or make the file and start the writer; raise `OperatorError` when the file cannot be used."""
        await asyncio.to_thread(sqlite_file.prepare, path)
        store = cls(path, max_waiting=max_waiting)
        store._writer.start()
        store._checkpoints.start()
        return store

    async def write(self, work: Callable[[sa.Connection], T], deadline: float, isolation: str) -> T:
        """Run `work` on the writer; every isolation level is met, as one writes at a time."""
        result: T = await self._writer.submit(work, deadline)
        self._checkpoints.wrote()
        return result

    async def read(self, work: Callable[[sa.Connection], T], limit: float) -> T:
        """Run `work` on a reading connection for at most `limit` seconds."""
        watch = _Watch(limit)
        try:
            async with asyncio.timeout(limit + INTERRUPT_AHEAD), self._read_engine.connect() as conn:
                watch.over(conn)
                return await conn.run_sync(work)
        except (TimeoutError, sa.exc.TimeoutError):
            raise Busy from None
        except sa.exc.OperationalError as error:
            if sqlite_code(error) == sqlite3.SQLITE_INTERRUPT or is_locked(error):
                raise Busy from None
            raise
        finally:
            watch.stop()

    async def checkpoint(self) -> bool:
        """Move the write-ahead log into the file and empty it; return whether a reader was in the way."""

        def truncate(raw: sqlite3.Connection) -> bool:
            with self._checkpoints.under_way:
                return bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])

        return bool(await self._writer.between(truncate))

    async def exclusively(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work`, which begins and commits by itself, on a connection of its own whose foreign keys are off."""

        def run() -> T:
            engine = _sync_engine(self.path, busy_ms=EXCLUSIVE_WAIT_MS)
            # Rebuilding a table drops the old one: with foreign keys on, the rows that refer to it would go too.
            _on_connect(engine, ("foreign_keys=OFF",))
            event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
            try:
                with engine.connect() as conn:
                    return work(conn)
            finally:
                engine.dispose()

        return await asyncio.to_thread(run)

    async def close(self) -> None:
        """Drain the writer and close every connection."""
        await self._writer.close()
        await asyncio.to_thread(self._checkpoints.close)
        self._write_engine.dispose()
        await self._read_engine.dispose()
        await self._connections.ended()
