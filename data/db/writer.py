"""The one thread that writes to SQLite, committing in groups.

What waits in the queue when a transaction begins is stored by one COMMIT, so that a full `synchronous` costs little.
A batch in which an item fails half-way is undone and run again item by item, so that no item touches another. Whoever
handed an item in is told that it failed if and only if it was not and never will be stored. Nothing here knows a table,
and only handing in and handing back run on the event loop.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic  # bound here, because a simulated Discord puts its own in place of time.monotonic
from typing import Any

import sqlalchemy as sa

from bot.errors import Busy, PeerError, Unsure

BATCH_ITEMS = 64
# A batch takes no further items after this long, so that the first of it is answered soon.
BATCH_SECONDS = 0.05
# How long one attempt to begin waits for another process, in milliseconds: the step in which deadlines are noticed.
BEGIN_WAIT_MS = 150
# A transaction that hangs in the disk for longer is left to end with the process.
JOIN_SECONDS = 2.0

Work = Callable[[sa.Connection], Any]


class _BatchLost(Exception):
    """The batch must be undone, or SQLite has undone it by itself."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """Somebody on an event loop who waits for an answer from this thread."""

    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class _Item(_Waiting):
    work: Work
    expires: float
    begun: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class _Chore(_Waiting):
    job: Callable[[sqlite3.Connection], Any]


def sqlite_code(error: BaseException) -> int:
    """Return SQLite's primary result code of an error, 0 when it is none of SQLite's."""
    origin = getattr(error, "orig", None) or error
    return int(getattr(origin, "sqlite_errorcode", 0) or 0) & 0xFF


def is_locked(error: BaseException) -> bool:
    """Tell whether an error only says that somebody else has the database at the moment."""
    return sqlite_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def _for_caller(error: BaseException) -> BaseException:
    if sqlite_code(error) == sqlite3.SQLITE_FULL:
        full = PeerError("error.store_full")
        full.__cause__ = error
        return full
    if isinstance(error, StopIteration):
        # A future refuses to carry it, and the other callers of the batch would wait for ever.
        stopped = RuntimeError("a database function raised StopIteration")
        stopped.__cause__ = error
        return stopped
    return error


class Writer:
    """Runs functions that write, one after another, on a thread and a connection of its own."""

    def __init__(self, engine: sa.Engine, *, max_waiting: int) -> None:
        self._engine = engine
        self._max_waiting = max_waiting
        self._wake = threading.Condition(threading.Lock())
        self._queue: deque[_Item] = deque()
        self._chores: deque[_Chore] = deque()
        self._begun: list[_Item] = []
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="peerled-writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, work: Work, deadline: float) -> "asyncio.Future[Any]":
        """Queue `work`, to begin within `deadline` seconds; raise `Busy` when too many wait or it is closing."""
        loop = asyncio.get_running_loop()
        item = _Item(loop, loop.create_future(), work=work, expires=monotonic() + deadline)
        with self._wake:
            if self._closing or len(self._queue) >= self._max_waiting:
                raise Busy
            self._queue.append(item)
            self._wake.notify()
        item.timer = loop.call_later(deadline, self._expire, item)
        return item.future

    def between(self, job: Callable[[sqlite3.Connection], Any]) -> "asyncio.Future[Any]":
        """Queue `job` to run on the writer's connection between two transactions."""
        loop = asyncio.get_running_loop()
        chore = _Chore(loop, loop.create_future(), job=job)
        with self._wake:
            if self._closing:
                raise Busy
            self._chores.append(chore)
            self._wake.notify()
        return chore.future

    async def close(self) -> None:
        """Finish the transaction that has begun, drop what waits with `Busy`, end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join, JOIN_SECONDS)

    def _expire(self, item: _Item) -> None:
        with self._wake:
            if not item.begun and not item.future.done():
                item.future.set_exception(Busy())

    # From here on everything runs on the writer's thread.

    def _run(self) -> None:
        try:
            while self._wait():
                # A connection that fails in an unforeseen way is replaced; closing it undoes what it had begun.
                try:
                    with self._engine.connect() as conn:
                        self._serve(conn)
                except Exception as error:  # noqa: BLE001 - whatever it is, the callers must hear of it and the next be served
                    self._fail(error)
        finally:
            self._abandon()

    def _wait(self) -> bool:
        with self._wake:
            while not (self._queue or self._chores or self._closing):
                self._wake.wait()
            return not self._closing

    def _serve(self, conn: sa.Connection) -> None:
        raw = conn.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        while self._wait():
            while self._chores:
                self._do(self._chores.popleft(), raw)
            if self._queue:
                self._round(conn, raw)

    def _do(self, chore: _Chore, raw: sqlite3.Connection) -> None:
        try:
            chore.result = chore.job(raw)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for the chore
            chore.error = error
        self._answer([chore])

    def _round(self, conn: sa.Connection, raw: sqlite3.Connection) -> None:
        """Begin, take what waits, store it, answer; when somebody else holds the database just come back."""
        try:
            if not self._begin(raw):
                self._forget_dropped()
                return
        except sqlite3.Error as error:
            if (item := self._take()) is not None:
                item.error = _for_caller(error)
                self._answer([item])
            return
        if (first := self._take()) is None:
            raw.rollback()
            return
        if self._queue:
            self._together(conn, raw, first)
        else:
            self._alone(conn, raw, first)
        done, self._begun = self._begun, []
        self._answer(done)

    def _begin(self, raw: sqlite3.Connection) -> bool:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if is_locked(error):
                return False
            raise
        return True

    def _take(self) -> _Item | None:
        """Return the next item that still may begin; from then on only this thread answers it."""
        late: list[_Item] = []
        taken = None
        with self._wake:
            while self._queue and taken is None:
                item = self._queue.popleft()
                if item.future.done():
                    continue
                item.begun = True
                if item.expires < monotonic():
                    item.error = Busy()
                    late.append(item)
                else:
                    taken = item
        self._answer(late)
        if taken is not None:
            self._begun.append(taken)
        return taken

    def _together(self, conn: sa.Connection, raw: sqlite3.Connection, first: _Item) -> None:
        started = monotonic()
        transaction = conn.begin()
        item: _Item | None = first
        try:
            while item is not None:
                self._within(conn, raw, item)
                full = len(self._begun) >= BATCH_ITEMS or monotonic() - started > BATCH_SECONDS
                item = None if full else self._take()
            transaction.commit()
        except (_BatchLost, sa.exc.SQLAlchemyError, sqlite3.Error) as error:
            self._undo(transaction, raw)
            self._one_by_one(conn, raw, doubtful=sqlite_code(error) == sqlite3.SQLITE_IOERR)

    def _one_by_one(self, conn: sa.Connection, raw: sqlite3.Connection, *, doubtful: bool) -> None:
        """Try each item of a failed batch by itself; `doubtful`: the failed COMMIT may lie on the disk all the same."""
        while self._begun:
            item = self._begun[0]
            self._again(conn, raw, item)
            if doubtful and item.error is not None:
                item.error = Unsure()
            self._answer([self._begun.pop(0)])

    def _within(self, conn: sa.Connection, raw: sqlite3.Connection, item: _Item) -> None:
        """Run one item of a batch. One that fails after it has changed something undoes the batch, which is run again
        item by item: that is rare, and savepoints around every item would cost more than most items do."""
        before = raw.total_changes
        try:
            item.result = item.work(conn)
        except BaseException as error:  # noqa: BLE001 - it belongs to the caller whose function raised it
            if not raw.in_transaction or raw.total_changes != before:
                raise _BatchLost from None
            item.error = _for_caller(error)
        if not raw.in_transaction:
            raise _BatchLost

    def _again(self, conn: sa.Connection, raw: sqlite3.Connection, item: _Item) -> None:
        """Run one item in a transaction of its own, as long as its deadline allows."""
        item.result = item.error = None
        while monotonic() < item.expires and not self._closing and not item.future.cancelled():
            try:
                begun = self._begin(raw)
            except sqlite3.Error as error:
                item.error = _for_caller(error)
                return
            if begun:
                self._alone(conn, raw, item)
                return
        item.error = Busy()

    def _alone(self, conn: sa.Connection, raw: sqlite3.Connection, item: _Item) -> None:
        transaction = conn.begin()
        try:
            item.result = item.work(conn)
        except BaseException as error:  # noqa: BLE001 - it belongs to the caller whose function raised it
            item.error = _for_caller(error)
            self._undo(transaction, raw)
            return
        if not raw.in_transaction:
            self._undo(transaction, raw)
            item.error = RuntimeError("a database function ended the transaction it was given")
            return
        try:
            transaction.commit()
        except sa.exc.SQLAlchemyError as error:
            # Whether the last page reached the disk before an input/output error is known to nobody.
            item.error = Unsure() if sqlite_code(error) == sqlite3.SQLITE_IOERR else _for_caller(error)
            self._undo(transaction, raw)

    @staticmethod
    def _undo(transaction: sa.RootTransaction, raw: sqlite3.Connection) -> None:
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            transaction.rollback()
        # A COMMIT that was refused leaves the transaction open although SQLAlchemy has let go of it.
        if raw.in_transaction:
            raw.rollback()

    def _forget_dropped(self) -> None:
        with self._wake:
            self._queue = deque(item for item in self._queue if not item.future.done())

    def _fail(self, error: Exception) -> None:
        if not self._begun:
            self._take()
            chores = list(self._chores)
            self._chores.clear()
            for chore in chores:
                chore.error = error
            self._answer(chores)
        failed, self._begun = self._begun, []
        for item in failed:
            item.error = item.error or _for_caller(error)
        self._answer(failed)

    def _abandon(self) -> None:
        with self._wake:
            self._closing = True
            rest = [item for item in self._queue if not item.future.done()]
            chores = list(self._chores)
            for item in rest:
                item.begun = True
            self._queue.clear()
            self._chores.clear()
        waiting: list[_Waiting] = [*rest, *chores]
        for each in waiting:
            each.error = Busy()
        self._answer(waiting)

    @staticmethod
    def _answer(done: Sequence[_Waiting]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
        for each in done:
            by_loop.setdefault(each.loop, []).append(each)
        for loop, items in by_loop.items():
            # A loop that has ended took its callers with it.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, items)


def _settle(done: list[_Waiting]) -> None:
    for each in done:
        if each.timer is not None:
            each.timer.cancel()
        if each.future.done():
            continue
        if each.error is not None:
            each.future.set_exception(each.error)
        else:
            each.future.set_result(each.result)
