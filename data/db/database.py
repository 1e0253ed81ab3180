"""`Database`: what services and the few cold paths of `data` hold in their hands.

It decides which of the two databases does the work and keeps the orderly end; it knows no SQL.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import sqlalchemy as sa

from bot.errors import Busy
from data.db import address
from data.db.postgres import PostgresStore
from data.db.sqlite import SqliteStore

T = TypeVar("T")
Isolation = Literal["SERIALIZABLE", "READ COMMITTED"]

WRITE_DEADLINE = 5.0
READ_LIMIT = 2.0
MAX_WAITING = 5000
DRAIN_SECONDS = 10.0
SCRUB_SECONDS = 60.0
SCRUB_PAUSE = 0.1


class _Store(Protocol):
    async def write(self, work: Callable[[sa.Connection], T], deadline: float, isolation: str) -> T: ...
    async def read(self, work: Callable[[sa.Connection], T], limit: float) -> T: ...
    async def exclusively(self, work: Callable[[sa.Connection], T]) -> T: ...
    async def checkpoint(self) -> bool: ...
    async def close(self) -> None: ...


class Database:
    """An open database; make it with `Database.open`, end it with `close`."""

    def __init__(self, where: address.Address, store: _Store, *, drain_seconds: float) -> None:
        self.dialect: Literal["sqlite", "postgresql"] = where.dialect
        self.url = where.shown
        self.path: Path | None = where.path
        self._store = store
        self._drain_seconds = drain_seconds
        self._closing: asyncio.Task[None] | None = None
        self._running = 0
        self._idle = asyncio.Event()

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        max_waiting: int = MAX_WAITING,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> "Database":
        """Open the database at `url`; raise `OperatorError`, naming it and the remedy, when it cannot be used."""
        where = address.parse(url)
        store: _Store
        if where.path is not None:
            store = await SqliteStore.open(where.path, max_waiting=max_waiting)
        else:
            assert where.url is not None
            store = await PostgresStore.open(where.url, where.shown, max_waiting=max_waiting, read_limit=READ_LIMIT)
        return cls(where, store, drain_seconds=drain_seconds)

    async def write(
        self,
        work: Callable[[sa.Connection], T],
        deadline: float = WRITE_DEADLINE,
        *,
        isolation: Isolation = "SERIALIZABLE",
    ) -> T:
        """Run `work` in a transaction and return its value once that is durable.

        `work` may run more than once, so it makes no ids, reads no clock and has no other effect; it returns plain
        values. Not begun within `deadline` seconds, or too many waiting, or closing: `Busy`, and it never will be
        stored. No room on the disk: `PeerError("error.store_full")`. Connection lost during COMMIT: `Unsure`.
        """
        self._enter()
        try:
            return await self._store.write(work, deadline, isolation)
        finally:
            self._leave()

    async def read(self, work: Callable[[sa.Connection], T], limit: float = READ_LIMIT) -> T:
        """Run `work`, which sees one moment and cannot write, for at most `limit` seconds; longer is `Busy`."""
        self._enter()
        try:
            return await self._store.read(work, limit)
        except Busy:
            raise Busy("error.busy_reading") from None
        finally:
            self._leave()

    async def write_chunks(self, work: Callable[[sa.Connection], int], deadline: float = WRITE_DEADLINE) -> int:
        """Run `work` in one transaction after another until it returns 0 or False; return the sum.

        Each run handles at most 200 rows, so that nobody waits long behind it. What was done before an error stays.
        """
        total = 0
        while handled := await self.write(work, deadline):
            total += handled
        return total

    async def checkpoint(self) -> bool:
        """Empty the write-ahead log between two transactions; return whether a reader was in the way."""
        self._enter()
        try:
            return await self._store.checkpoint()
        finally:
            self._leave()

    async def scrub(self, limit_seconds: float = SCRUB_SECONDS) -> bool:
        """Repeat the checkpoint until nothing deleted is left in the log; return whether that came about in time."""
        ends = asyncio.get_running_loop().time() + limit_seconds
        while await self.checkpoint():
            if asyncio.get_running_loop().time() >= ends:
                return False
            await asyncio.sleep(SCRUB_PAUSE)
        return True

    async def exclusively(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` on a connection of its own that begins and commits by itself, without a limit of time.

        For migrations, not for features. On SQLite foreign keys are off there and each transaction may write from its
        beginning; on PostgreSQL each statement sees what others committed before it.
        """
        self._enter()
        try:
            return await self._store.exclusively(work)
        finally:
            self._leave()

    async def close(self) -> None:
        """Refuse new work, let what waits finish for at most the drain time, then close every connection.

        What could not begin in that time is answered with `Busy` and not stored. Closing twice is harmless.
        """
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        # A caller who is cancelled must not leave connections open behind it.
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._drain_seconds):
                while self._running:
                    self._idle.clear()
                    await self._idle.wait()
        await self._store.close()

    def _enter(self) -> None:
        if self._closing is not None:
            raise Busy
        self._running += 1

    def _leave(self) -> None:
        self._running -= 1
        if not self._running:
            self._idle.set()
