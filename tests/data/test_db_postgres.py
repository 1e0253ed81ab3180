"""What holds on PostgreSQL: locks, collisions, a server that goes away in the middle."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.errors import Busy, OperatorError, Unsure
from data.db import Database
from tests.databases import create_tables, postgres_database, run_on_server

metadata = sa.MetaData()
words = sa.Table(
    "words",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.Integer, nullable=False, server_default="0"),
)


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    async with postgres_database(postgres_url) as made:
        await create_tables(made, metadata)
        yield made


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url)
    yield database
    await database.close()


def insert(number: int):
    def work(tx: sa.Connection) -> int:
        tx.execute(words.insert().values(id=number))
        return number

    return work


async def stored(db: Database) -> list[int]:
    return await db.read(lambda tx: list(tx.scalars(sa.select(words.c.id).order_by(words.c.id))))


@contextlib.asynccontextmanager
async def table_locked(url: str) -> AsyncIterator[None]:
    """Hold the whole table, as a long migration would."""
    import asyncpg

    parsed = sa.make_url(url)
    conn = await asyncpg.connect(
        user=parsed.username,
        password=parsed.password,
        database=parsed.database,
        host=parsed.query.get("host") or parsed.host,
        port=parsed.port or 5432,
    )
    try:
        async with conn.transaction():
            await conn.execute("LOCK TABLE words IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await conn.close()


async def test_a_lock_of_a_second_and_a_half_delays_and_loses_nothing(db: Database, url: str):
    async with table_locked(url):
        writes = [asyncio.create_task(db.write(insert(number))) for number in range(30)]
        await asyncio.sleep(1.5)
    assert await asyncio.gather(*writes) == list(range(30))
    assert await stored(db) == list(range(30))


async def test_a_lock_longer_than_the_deadline_is_told_in_time_and_nothing_is_stored_later(db: Database, url: str):
    async with table_locked(url):
        released = asyncio.create_task(asyncio.sleep(2.0))
        outcomes = await asyncio.gather(
            *(db.write(insert(number), deadline=0.5) for number in range(30)), return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {Busy}
        assert not released.done()  # they were told while the lock still stood
        await released
    assert await db.write(insert(1000)) == 1000
    assert await stored(db) == [1000]


async def test_who_has_gone_away_leaves_nothing_behind(db: Database, url: str):
    async with table_locked(url):
        gone = asyncio.create_task(db.write(insert(1)))
        await asyncio.sleep(0.2)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    assert await db.write(insert(2)) == 2
    assert await stored(db) == [2]


async def test_a_connection_lost_before_the_commit_is_replaced_and_nothing_is_lost(db: Database, url: str):
    await db.write(insert(0))
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    await run_on_server(url, f"{others} AND pid <> pg_backend_pid()")
    assert await db.write(insert(1)) == 1
    runs: list[int] = []

    def killed_once(tx: sa.Connection) -> int:
        runs.append(1)
        tx.execute(words.insert().values(id=2))
        if len(runs) == 1:
            tx.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return 2

    assert await db.write(killed_once) == 2
    assert len(runs) == 2
    with pytest.raises(Busy):
        await db.read(lambda tx: tx.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())")))
    assert await stored(db) == [0, 1, 2]


class Line:
    """A way to the server that can break, or go silent, in the middle."""

    def __init__(self, url: str) -> None:
        self._server_url = sa.make_url(url)
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.breaks_after: bytes | None = None
        self.silent = False

    async def open(self) -> str:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        through = self._server_url.set(host="127.0.0.1", port=port, query={"ssl": "disable"})
        return through.render_as_string(hide_password=False)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._carrying.add(asyncio.current_task())
        url = self._server_url
        if folder := url.query.get("host"):
            server_reader, server_writer = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        else:
            server_reader, server_writer = await asyncio.open_connection(url.host, url.port or 5432)
        ways = [
            asyncio.create_task(self._pump(reader, server_writer)),
            asyncio.create_task(self._pump(server_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await asyncio.sleep(0.3)  # time enough for the server to commit
        finally:
            for each in (server_writer, writer):
                each.close()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if self.silent:
                continue
            writer.write(data)
            await writer.drain()
            if self.breaks_after is not None and self.breaks_after in data:
                return


@pytest.fixture
async def line(url: str) -> AsyncIterator[Line]:
    line = Line(url)
    yield line
    await line.close()


async def test_a_line_that_breaks_during_the_commit_is_told_as_unsure(db: Database, line: Line):
    through = await Database.open(await line.open())
    line.breaks_after = b"COMMIT"
    try:
        with pytest.raises(Unsure):
            await through.write(insert(1))
    finally:
        await through.close()
    assert await stored(db) == [1]  # and therefore "failed" would have been a lie


async def test_a_server_that_goes_silent_is_not_waited_for_without_end(db: Database, line: Line):
    through = await Database.open(await line.open())
    await through.write(insert(1))
    line.silent = True
    try:
        with pytest.raises(Busy):
            await asyncio.wait_for(through.write(insert(2), deadline=0.3), 10)
        with pytest.raises(Busy):
            await asyncio.wait_for(through.read(lambda tx: tx.execute(sa.select(words)).all(), limit=0.3), 10)
    finally:
        await asyncio.wait_for(through.close(), 10)
    assert await stored(db) == [1]


async def test_a_claim_may_read_what_others_committed_meanwhile(db: Database):
    def isolation(tx: sa.Connection) -> str:
        level: str = tx.execute(sa.text("SHOW transaction_isolation")).scalar_one()
        return level

    assert await db.write(isolation) == "serializable"
    assert await db.write(isolation, isolation="READ COMMITTED") == "read committed"
    assert await db.write(isolation) == "serializable"
    assert await db.read(isolation) == "repeatable read"


async def test_two_who_check_the_same_thing_do_not_both_win(db: Database):
    """Each looks at what the other writes: only serialisable transactions notice."""

    def take_the_last_seat(number: int):
        def work(tx: sa.Connection) -> bool:
            if tx.execute(sa.select(sa.func.count()).select_from(words)).scalar_one():
                return False
            tx.execute(words.insert().values(id=number))
            return True

        return work

    outcomes = await asyncio.gather(*(db.write(take_the_last_seat(number)) for number in range(8)))
    assert sorted(outcomes) == [False] * 7 + [True]


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-host.invalid"])
async def test_a_server_that_is_not_there_is_named_without_the_password(host: str):
    with pytest.raises(OperatorError) as refused:
        await Database.open(f"postgres://somebody:hunter2@{host}/peerled")
    (finding,) = refused.value.findings
    assert host.partition(":")[0] in finding
    assert "hunter2" not in finding
    assert "\n" not in finding


async def test_an_option_that_the_driver_does_not_know_is_named(url: str):
    with pytest.raises(OperatorError, match="nonsense"):
        await Database.open(f"{url}&nonsense=1")
