"""PostgreSQL behind `Database`: serialisable writes with retries, read-only reads, errors that repeat no value.

Nobody is told "failed" and then finds it stored: what was lost before COMMIT is repeated or refused, what was lost
during COMMIT is `Unsure`. No table is known here.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import Busy, OperatorError, PeerError, Unsure

T = TypeVar("T")

WRITERS = 8
READERS = 4
RETRIES = 3
# A server that has gone silent is given this long beyond the deadline, then the connection is dropped.
SILENCE_SECONDS = 2.0
CONNECT_SECONDS = 10.0

COLLIDED = frozenset({"40001", "40P01"})
TOO_SLOW = frozenset({"55P03", "57014"})
NO_ROOM = frozenset({"53100"})
# States in which COMMIT has certainly stored nothing.
REFUSED_AT_COMMIT = ("23", "40")
# Classes of errors whose first line names objects only; all others may repeat what a person wrote.
NAMES_ONLY = ("08", "23", "25", "40", "42", "53", "55", "57")

LIMITS = sa.text("SELECT set_config('lock_timeout', :ms, true), set_config('statement_timeout', :ms, true)")


class _Again(Exception):
    """Nothing was stored; the same function may run once more."""


def sqlstate(error: BaseException) -> str:
    """Return PostgreSQL's five-character state of an error, empty when it has none."""
    origin = getattr(error, "orig", None) or error
    return getattr(origin, "sqlstate", None) or ""


def _without_values(context: ExceptionContext) -> None:
    """Take the values of rows and parameters out of an error before anybody can print it."""
    error: BaseException | None = context.original_exception
    state = sqlstate(error) if error is not None else ""
    keep = state.startswith(NAMES_ONLY)
    while error is not None:
        if type(error).__module__.startswith(("asyncpg", "sqlalchemy.dialects.postgresql")):
            message = str(error.args[0]).partition("\n")[0] if keep and error.args else "message withheld"
            error.args = (message, *error.args[1:])
            for name in ("detail", "hint", "context", "query", "internal_query"):
                if getattr(error, name, None) is not None:
                    setattr(error, name, None)
        error = error.__cause__ or error.__context__
    shown = context.sqlalchemy_exception
    if shown is not None:
        shown.args = (f"{type(context.original_exception).__name__} {state}: {context.original_exception.args[0]}",)


def _engine(url: sa.URL, size: int, isolation: str, settings: dict[str, str]) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60.0,  # the deadline of the caller ends the waiting, not this
        hide_parameters=True,
        isolation_level=isolation,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": {"application_name": "peerled", "timezone": "UTC", "jit": "off", **settings},
        },
    )
    event.listen(engine.sync_engine, "handle_error", _without_values)
    return engine


class PostgresStore:
    """One PostgreSQL database, open."""

    def __init__(self, url: sa.URL, shown: str, *, max_waiting: int, read_limit: float) -> None:
        self._shown = shown
        self._max_waiting = max_waiting
        self._waiting = 0
        self._colliding = asyncio.Lock()
        self._write_engine = _engine(url, WRITERS, "SERIALIZABLE", {})
        limited = {"statement_timeout": str(int(read_limit * 1000)), "default_transaction_read_only": "on"}
        self._read_engine = _engine(url, READERS, "REPEATABLE READ", limited)

    @classmethod
    async def open(cls, url: sa.URL, shown: str, *, max_waiting: int, read_limit: float) -> "PostgresStore":
        """Connect once; raise `OperatorError` when the server cannot be reached or does not let us in."""
        try:
            store = cls(url, shown, max_waiting=max_waiting, read_limit=read_limit)
        except ModuleNotFoundError:
            raise OperatorError("storage.url: PostgreSQL needs its driver: pip install 'peerled[postgres]'") from None
        try:
            async with store._read_engine.connect() as conn:
                await conn.execute(sa.text("SELECT 1"))
        except (OSError, TypeError, ValueError, sa.exc.SQLAlchemyError) as error:
            await store.close()
            origin = getattr(error, "orig", None) or error
            raise OperatorError(
                f"storage.url: cannot connect to {shown} ({origin}): check the address and that the server runs"
            ) from None
        except BaseException:
            await store.close()
            raise
        return store

    async def write(self, work: Callable[[sa.Connection], T], deadline: float, isolation: str) -> T:
        """Run `work` in a transaction that begins within `deadline` seconds, again when it collides with another."""
        if self._waiting >= self._max_waiting:
            raise Busy
        expires = asyncio.get_running_loop().time() + deadline
        self._waiting += 1
        try:
            return await self._with_retries(work, expires, isolation)
        finally:
            self._waiting -= 1

    async def _with_retries(self, work: Callable[[sa.Connection], T], expires: float, isolation: str) -> T:
        try:
            return await self._attempt(work, expires, isolation)
        except _Again:
            pass
        # Those of this process that collided go one after another, or they would collide with each other again.
        try:
            async with asyncio.timeout_at(expires):
                await self._colliding.acquire()
        except TimeoutError:
            raise Busy from None
        try:
            for attempt in range(RETRIES):
                await asyncio.sleep(secrets.randbelow(10 << attempt) / 1000)
                try:
                    return await self._attempt(work, expires, isolation)
                except _Again:
                    continue
        finally:
            self._colliding.release()
        raise Busy

    async def _attempt(self, work: Callable[[sa.Connection], T], expires: float, isolation: str) -> T:
        conn = await self._acquire(expires)
        try:
            result = await self._run(conn, work, expires, isolation)
            await self._commit(conn, expires)
            return result
        finally:
            # Shielded, so that a caller who is cancelled here leaves no connection behind.
            await asyncio.shield(conn.close())

    async def _acquire(self, expires: float) -> AsyncConnection:
        try:
            async with asyncio.timeout_at(expires):
                return await self._write_engine.connect()
        except (OSError, sa.exc.DBAPIError, sa.exc.TimeoutError):
            raise Busy from None

    async def _run(
        self, conn: AsyncConnection, work: Callable[[sa.Connection], T], expires: float, isolation: str
    ) -> T:
        remaining = expires - asyncio.get_running_loop().time()
        if remaining <= 0:
            raise Busy
        try:
            async with asyncio.timeout_at(expires + SILENCE_SECONDS):
                if isolation != "SERIALIZABLE":
                    await conn.execution_options(isolation_level=isolation)
                await conn.execute(LIMITS, {"ms": str(max(1, int(remaining * 1000)))})
                return await conn.run_sync(work)
        except sa.exc.DBAPIError as error:
            raise _before_commit(error) from error
        except OSError:
            # The connection went before COMMIT was sent, or the server was silent: the server undoes what it had.
            raise Busy from None

    async def _commit(self, conn: AsyncConnection, expires: float) -> None:
        try:
            async with asyncio.timeout_at(expires + 2 * SILENCE_SECONDS):
                await conn.commit()
        except sa.exc.DBAPIError as error:
            state = sqlstate(error)
            if state in COLLIDED:
                raise _Again from None
            if state.startswith(REFUSED_AT_COMMIT):
                raise
            raise Unsure from error
        except OSError:
            raise Unsure from None

    async def read(self, work: Callable[[sa.Connection], T], limit: float) -> T:
        """Run `work` in a read-only transaction for at most `limit` seconds."""
        try:
            async with asyncio.timeout(limit), self._read_engine.connect() as conn:
                return await conn.run_sync(work)
        except (OSError, sa.exc.TimeoutError):
            raise Busy from None
        except sa.exc.DBAPIError as error:
            if error.connection_invalidated or sqlstate(error) in TOO_SLOW | COLLIDED:
                raise Busy from None
            raise

    async def checkpoint(self) -> bool:
        """Return False: PostgreSQL looks after its own log, and nobody is ever in the way."""
        return False

    async def exclusively(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work`, which begins and commits by itself, seeing what others committed before each statement."""
        async with self._write_engine.connect() as conn:
            await conn.execution_options(isolation_level="READ COMMITTED")
            return await conn.run_sync(work)

    async def close(self) -> None:
        """Close every connection, without waiting long for a server that no longer answers."""
        for engine in (self._write_engine, self._read_engine):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SILENCE_SECONDS):
                    await engine.dispose()


def _before_commit(error: sa.exc.DBAPIError) -> Exception:
    """Say what an error means that came before COMMIT was sent, so that certainly nothing is stored."""
    state = sqlstate(error)
    if error.connection_invalidated or state in COLLIDED:
        return _Again()
    if state in TOO_SLOW:
        return Busy()
    if state in NO_ROOM:
        return PeerError("error.store_full")
    return error
