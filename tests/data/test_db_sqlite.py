"""What holds on SQLite: the writer thread, the pragmas, the lock of another process, a full disk, the file itself."""

import asyncio
import contextlib
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import Busy, PeerError
from data.db import Database, checkpoints, sqlite
from tests.databases import create_tables

metadata = sa.MetaData()
words = sa.Table("words", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("word", sa.Text))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "peerled.db"


@pytest.fixture
async def db(path: Path) -> AsyncIterator[Database]:
    await create_tables(f"sqlite:///{path}", metadata)
    database = await Database.open(f"sqlite:///{path}")
    yield database
    await database.close()


def insert(number: int, word: str = "word"):
    def work(tx: sa.Connection) -> int:
        tx.execute(words.insert().values(id=number, word=word))
        return number

    return work


async def stored(db: Database) -> list[int]:
    return await db.read(lambda tx: list(tx.scalars(sa.select(words.c.id).order_by(words.c.id))))


@contextlib.contextmanager
def another_process(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that peerled knows nothing of."""
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        yield conn
    finally:
        conn.close()


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "trusted_schema": 0}


def pragmas(tx: sa.Connection) -> dict[str, object]:
    return {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in [*PRAGMAS, "query_only"]}


async def test_every_connection_has_the_pragmas_that_the_promises_rest_on(db: Database):
    assert await db.write(pragmas) == {**PRAGMAS, "query_only": 0}
    started = asyncio.Event()

    async def one() -> dict[str, object]:
        await started.wait()
        return await db.read(pragmas)

    readers = [asyncio.create_task(one()) for _ in range(8)]
    started.set()
    for found in await asyncio.gather(*readers):
        assert found == {**PRAGMAS, "query_only": 1}


async def test_the_file_and_its_folder_are_private_and_so_are_the_logs_beside_it(db: Database, path: Path):
    await db.write(insert(1))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {"peerled.db", "peerled.db-wal", "peerled.db-shm"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


async def test_a_lock_of_a_second_and_a_half_delays_and_loses_nothing(db: Database, path: Path):
    with another_process(path) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(1.5, lambda: other.execute("COMMIT"))
        release.start()
        outcomes = await asyncio.gather(*(db.write(insert(number)) for number in range(50)))
        release.join()
    assert outcomes == list(range(50))
    assert await stored(db) == list(range(50))


async def test_a_lock_longer_than_the_deadline_is_told_in_time_and_nothing_is_stored_later(db: Database, path: Path):
    with another_process(path) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(3.0, lambda: other.execute("COMMIT"))
        release.start()
        outcomes = await asyncio.gather(
            *(db.write(insert(number), deadline=0.5) for number in range(20)), return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {Busy}
        assert release.is_alive()  # they were told while the lock still stood
        release.join()
    assert await db.write(insert(1000)) == 1000
    assert await stored(db) == [1000]


async def test_a_deadline_is_kept_while_the_writer_is_held_up_by_somebody_else(db: Database):
    slow = asyncio.create_task(db.write(lambda tx: time.sleep(1.0)))
    await asyncio.sleep(0.1)
    with pytest.raises(Busy):
        await db.write(insert(1), deadline=0.2)
    assert not slow.done()
    await slow
    assert await stored(db) == []


async def test_a_deadline_counts_also_when_the_event_loop_itself_was_held_up(db: Database, path: Path):
    with another_process(path) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.6, lambda: other.execute("COMMIT"))
        release.start()
        write = asyncio.create_task(db.write(insert(1), deadline=0.3))
        await asyncio.sleep(0)
        time.sleep(1.0)  # noqa: ASYNC251 - the loop is to miss the deadline, and the writer to notice it
        with pytest.raises(Busy):
            await write
        release.join()
    assert await stored(db) == []


async def test_who_has_gone_away_before_the_beginning_leaves_nothing_behind(db: Database, path: Path):
    with another_process(path) as other:
        other.execute("BEGIN IMMEDIATE")
        gone = asyncio.create_task(db.write(insert(1)))
        stays = asyncio.create_task(db.write(insert(2)))
        await asyncio.sleep(0.3)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        other.execute("COMMIT")
        assert await stays == 2
    assert await stored(db) == [2]


async def test_closing_under_a_lock_that_stays_ends_and_stores_nothing(path: Path):
    await create_tables(f"sqlite:///{path}", metadata)
    db = await Database.open(f"sqlite:///{path}", drain_seconds=0.5)
    with another_process(path) as other:
        other.execute("BEGIN IMMEDIATE")
        write = asyncio.create_task(db.write(insert(1)))
        await asyncio.sleep(0)
        await db.close()
        with pytest.raises(Busy):
            await write
        other.execute("COMMIT")
        assert other.execute("SELECT count(*) FROM words").fetchone() == (0,)


async def test_many_waiting_share_few_commits(db: Database, path: Path):
    """Durability is affordable only because of this, so it is counted: each COMMIT leaves one mark in the log's frames."""
    commits: list[object] = []

    def count(tx: sa.Connection) -> None:
        tx.connection.driver_connection.set_trace_callback(
            lambda statement: commits.append(statement) if statement == "COMMIT" else None
        )

    await db.write(count)
    held = asyncio.create_task(db.write(lambda tx: time.sleep(0.2)))
    await asyncio.sleep(0.05)
    await asyncio.gather(*(db.write(insert(number)) for number in range(200)))
    await held
    assert len(commits) <= 2 + 200 // 64 + 4
    assert await stored(db) == list(range(200))


async def test_a_full_disk_refuses_what_does_not_fit_and_stores_what_does(db: Database):
    def leave_little_room(tx: sa.Connection) -> None:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")

    await db.write(leave_little_room)
    big = "x" * 1_000_000
    works = [insert(1), insert(2, big), insert(3), insert(4, big), insert(5)]
    outcomes = await asyncio.gather(*(db.write(work) for work in works), return_exceptions=True)
    assert [outcomes[0], outcomes[2], outcomes[4]] == [1, 3, 5]
    for refused in (outcomes[1], outcomes[3]):
        assert isinstance(refused, PeerError)
        assert refused.key == "error.store_full"
    assert await stored(db) == [1, 3, 5]


async def test_a_batch_that_sqlite_gives_up_is_done_again_one_by_one(db: Database):
    def gives_up(tx: sa.Connection) -> None:
        tx.exec_driver_sql("INSERT OR ROLLBACK INTO words (id) VALUES (1), (1)")

    outcomes = await asyncio.gather(
        db.write(insert(10)), db.write(insert(11)), db.write(gives_up), db.write(insert(12)), return_exceptions=True
    )
    assert [outcomes[0], outcomes[1], outcomes[3]] == [10, 11, 12]
    assert isinstance(outcomes[2], sa.exc.IntegrityError)
    assert await stored(db) == [10, 11, 12]


async def test_a_function_that_ends_its_transaction_is_told_so_and_the_next_is_served(db: Database):
    with pytest.raises(RuntimeError, match="ended the transaction"):
        await db.write(lambda tx: tx.exec_driver_sql("ROLLBACK") and None)
    assert await db.write(insert(1)) == 1


async def test_what_was_deleted_is_gone_from_the_file_and_the_log_after_scrubbing(db: Database, path: Path):
    secret = "the words of somebody who wants to be forgotten"
    await asyncio.gather(*(db.write(insert(number, secret)) for number in range(50)))
    await db.write(lambda tx: tx.execute(words.delete()) and None)
    assert await db.scrub(10) is True
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert secret.encode() not in left


async def test_scrubbing_waits_for_a_reader_and_says_when_that_took_too_long(db: Database, path: Path):
    await db.write(insert(1))
    with another_process(path) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM words").fetchall()
        await db.write(insert(2))
        assert await db.checkpoint() is True
        assert await db.scrub(0.3) is False
        scrubbing = asyncio.create_task(db.scrub(10))
        await asyncio.sleep(0.2)
        assert await db.write(insert(3)) == 3  # nobody else has to wait for the reader
        reader.execute("COMMIT")
        assert await scrubbing is True


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what another thread will bring about."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - nothing tells when a file has changed
            await asyncio.sleep(0.01)


def sizes(path: Path) -> tuple[int, int]:
    """Return how many bytes the log and the file have."""
    return Path(f"{path}-wal").stat().st_size, path.stat().st_size


async def test_what_was_written_moves_into_the_file_without_anybody_waiting_for_it(db: Database, path: Path):
    for word in ("the first words", "the last words"):
        await db.write(insert(len(word), word))
        await eventually(lambda word=word: word.encode() in path.read_bytes())


async def test_whoever_empties_the_log_never_finds_us_in_the_way(db: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checkpoints, "PAUSE_SECONDS", 0)
    for number in range(60):
        await asyncio.gather(*(db.write(insert(4 * number + one)) for one in range(4)))
        assert await db.checkpoint() is False


async def test_a_log_that_nobody_else_empties_is_emptied_by_the_writer(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "BACKSTOP_PAGES", 50)
    monkeypatch.setattr(checkpoints.Checkpoints, "wrote", lambda _: None)
    await create_tables(f"sqlite:///{path}", metadata)
    database = await Database.open(f"sqlite:///{path}")
    try:
        for number in range(200):
            await database.write(insert(number, "x" * 8000))
        log, file = sizes(path)
        assert log < 100 * 4096 < file
        assert await stored(database) == list(range(200))
    finally:
        await database.close()


async def test_every_copy_made_at_any_moment_holds_what_was_acknowledged_before(
    db: Database, path: Path, tmp_path: Path
):
    """The copy stands for the disk as a power cut leaves it: the file and its log, taken while people write."""
    acknowledged: list[int] = []
    numbers = iter(range(1_000_000))
    copying = True

    async def somebody() -> None:
        while copying:
            acknowledged.append(await db.write(insert(next(numbers))))

    def log_begun() -> bytes:
        with Path(f"{path}-wal").open("rb") as log:
            return log.read(32)

    def copy(name: str) -> Path | None:
        """Copy file and log of one moment; None when the log was begun anew between the two, which no power cut does."""
        target, begun = tmp_path / f"{name}.db", log_begun()
        shutil.copyfile(path, target)
        shutil.copyfile(f"{path}-wal", f"{target}-wal")
        return target if log_begun() == begun else None

    writers = [asyncio.create_task(somebody()) for _ in range(16)]
    for number in range(50):
        copied = None
        while copied is None:
            await asyncio.sleep(random.uniform(0.0, 0.02))
            before = set(acknowledged)
            copied = await asyncio.to_thread(copy, str(number))
        with another_process(copied) as conn:
            assert before <= {row[0] for row in conn.execute("SELECT id FROM words")}
            assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copying = False
    await asyncio.gather(*writers)
    assert len(acknowledged) > 50


PROGRAM = """
import asyncio, sys
import sqlalchemy as sa
from data.db import Database

async def main():
    db = await Database.open(sys.argv[1])
    await db.write(lambda tx: tx.exec_driver_sql("CREATE TABLE t (x)") and None)
    await asyncio.gather(*(db.read(lambda tx: tx.exec_driver_sql("SELECT * FROM t").all()) for _ in range(8)))
    if sys.argv[2] == "close":
        await db.close()
    else:
        raise SystemExit(3)

asyncio.run(main())
"""


@pytest.mark.parametrize(("how", "status"), [("close", 0), ("fail", 3)])
async def test_a_process_that_used_the_database_ends(path: Path, how: str, status: int):
    command = [sys.executable, "-W", "error", "-c", PROGRAM, f"sqlite:///{path}", how]
    done = await asyncio.to_thread(subprocess.run, command, timeout=30, capture_output=True, text=True)
    assert done.returncode == status
    if how == "close":
        assert done.stderr == ""
        assert {file.name for file in path.parent.iterdir()} == {"peerled.db"}


async def test_two_event_loops_may_write_through_one_database(db: Database):
    def elsewhere() -> list[int]:
        async def main() -> list[int]:
            return await asyncio.gather(*(db._store.write(insert(100 + number), 5.0, "") for number in range(20)))

        return asyncio.run(main())

    there = asyncio.create_task(asyncio.to_thread(elsewhere))
    here = await asyncio.gather(*(db.write(insert(number)) for number in range(20)))
    assert here == list(range(20))
    assert await there == list(range(100, 120))
