"""What `Database` promises whoever stores and fetches, on SQLite and on PostgreSQL alike."""

import asyncio
import datetime as dt
import traceback

import pytest
import sqlalchemy as sa

from bot.errors import Busy, OperatorError, PeerError
from data.db import Database
from data.types import UtcDateTime

metadata = sa.MetaData()
words = sa.Table(
    "words",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("word", sa.String(100), nullable=False, unique=True),
    sa.Column("size", sa.Integer, sa.CheckConstraint("size >= 0", name="size")),
    sa.Column("said_at", UtcDateTime),
)
replies = sa.Table(
    "replies",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("word_id", sa.ForeignKey("words.id", deferrable=True, initially="DEFERRED"), nullable=False),
)


@pytest.fixture
def tables_for_test():
    return metadata


def insert(number: int, word: str | None = None):
    """Return a function that stores one row and gives its number back."""

    def work(tx: sa.Connection) -> int:
        tx.execute(words.insert().values(id=number, word=word or f"word {number}"))
        return number

    return work


def reply_to_nothing(tx: sa.Connection) -> None:
    """Store what COMMIT will refuse."""
    tx.execute(replies.insert().values(id=1, word_id=999))


async def stored(db: Database) -> list[int]:
    return await db.read(lambda tx: list(tx.scalars(sa.select(words.c.id).order_by(words.c.id))))


async def test_what_was_acknowledged_is_read_back_at_once(db: Database):
    assert await db.write(insert(1)) == 1
    assert await stored(db) == [1]


async def test_fifty_people_writing_at_once_are_all_stored(db: Database):
    def count_and_insert(number: int):
        def work(tx: sa.Connection) -> int:
            tx.execute(sa.select(sa.func.count()).select_from(words).where(words.c.id == number)).scalar_one()
            return insert(number)(tx)

        return work

    results = await asyncio.gather(*(db.write(count_and_insert(number)) for number in range(50)))
    assert sorted(results) == list(range(50))
    assert await stored(db) == list(range(50))


async def test_people_changing_the_same_row_lose_no_change(db: Database):
    await db.write(lambda tx: tx.execute(words.insert().values(id=1, word="tally", size=0)) and None)

    def one_more(tx: sa.Connection) -> None:
        size = tx.execute(sa.select(words.c.size).where(words.c.id == 1)).scalar_one()
        tx.execute(words.update().where(words.c.id == 1).values(size=size + 1))

    outcomes = await asyncio.gather(*(db.write(one_more) for _ in range(20)), return_exceptions=True)
    told_stored = sum(outcome is None for outcome in outcomes)
    assert {type(outcome) for outcome in outcomes} <= {type(None), Busy}
    size = await db.read(lambda tx: tx.execute(sa.select(words.c.size)).scalar_one())
    assert size == told_stored > 0


async def test_a_write_that_fails_takes_nobody_with_it(db: Database):
    def fails(tx: sa.Connection) -> None:
        insert(100)(tx)
        raise PeerError("story.gone")

    works = [insert(number) for number in range(10)]
    outcomes = await asyncio.gather(
        *(db.write(work) for work in [*works[:5], fails, *works[5:]]), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(PeerError) == 1
    assert isinstance(outcomes[5], PeerError)
    assert await stored(db) == list(range(10))


async def test_a_row_that_is_there_already_fails_only_for_the_second(db: Database):
    outcomes = await asyncio.gather(
        db.write(insert(1, "same")), db.write(insert(2, "same")), db.write(insert(3)), return_exceptions=True
    )
    assert sum(isinstance(outcome, sa.exc.IntegrityError) for outcome in outcomes) == 1
    assert len(await stored(db)) == 2


async def test_a_nested_step_can_be_undone_by_itself(db: Database):
    def work(tx: sa.Connection) -> None:
        insert(1)(tx)
        nested = tx.begin_nested()
        insert(2)(tx)
        nested.rollback()
        with tx.begin_nested():
            insert(3)(tx)

    await asyncio.gather(db.write(work), db.write(insert(10)), db.write(insert(11)))
    assert await stored(db) == [1, 3, 10, 11]


async def test_what_commit_refuses_fails_alone_and_the_rest_is_stored(db: Database):
    outcomes = await asyncio.gather(
        db.write(insert(1)), db.write(reply_to_nothing), db.write(insert(2)), return_exceptions=True
    )
    assert isinstance(outcomes[1], sa.exc.IntegrityError)
    assert [outcomes[0], outcomes[2]] == [1, 2]
    assert await stored(db) == [1, 2]
    assert await db.write(insert(3)) == 3


async def test_a_function_that_stops_an_iteration_leaves_nobody_waiting(db: Database):
    def stops(tx: sa.Connection) -> None:
        next(iter(()))

    outcomes = await asyncio.wait_for(
        asyncio.gather(db.write(insert(1)), db.write(stops), db.write(insert(2)), return_exceptions=True), 10
    )
    assert [type(outcome) for outcome in outcomes] == [int, RuntimeError, int]


async def test_too_many_waiting_are_told_at_once_and_not_stored(db_url: str):
    db = await Database.open(db_url, max_waiting=20)
    try:
        outcomes = await asyncio.gather(*(db.write(insert(number)) for number in range(60)), return_exceptions=True)
        told_stored = [outcome for outcome in outcomes if isinstance(outcome, int)]
        assert len(told_stored) >= 20
        assert {type(outcome) for outcome in outcomes} == {int, Busy}
        assert await stored(db) == sorted(told_stored)
    finally:
        await db.close()


async def test_closing_stores_what_was_handed_in_and_refuses_what_comes_later(db_url: str):
    db = await Database.open(db_url)
    writes = [asyncio.create_task(db.write(insert(number))) for number in range(100)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(db.close())
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await db.write(insert(1000))
    with pytest.raises(Busy):
        await db.read(lambda tx: None)
    assert await asyncio.gather(*writes) == list(range(100))
    await closing
    await db.close()
    again = await Database.open(db_url)
    assert await stored(again) == list(range(100))
    await again.close()


async def test_a_reading_cannot_write(db: Database):
    with pytest.raises(sa.exc.DBAPIError):
        await db.read(insert(1))
    assert await stored(db) == []


async def test_a_reading_sees_one_moment(db: Database):
    await db.write(insert(1))
    loop = asyncio.get_running_loop()
    written: list[asyncio.Task[int]] = []

    def read_twice(tx: sa.Connection) -> tuple[int, int]:
        count = sa.select(sa.func.count()).select_from(words)
        first = tx.execute(count).scalar_one()
        written.append(loop.create_task(db.write(insert(2))))
        second = first
        while not written[0].done():
            second = tx.execute(count).scalar_one()
        return first, second

    assert await db.read(read_twice) == (1, 1)
    assert await stored(db) == [1, 2]


SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


async def test_a_reading_that_lasts_too_long_is_ended_and_holds_nobody_up(db: Database):
    slow = sa.text(SLOW[db.dialect])
    outcomes = await asyncio.gather(
        *(db.read(lambda tx: tx.execute(slow).scalar_one(), limit=0.2) for _ in range(12)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {Busy}
    assert await stored(db) == []


async def test_a_reading_of_many_short_statements_is_ended_too(db: Database):
    def chatty(tx: sa.Connection) -> None:
        while True:
            tx.execute(sa.select(1))

    for _ in range(6):
        with pytest.raises(Busy):
            await db.read(chatty, limit=0.1)
    assert await stored(db) == []


async def test_a_reader_who_goes_away_leaves_the_connections_usable(db: Database):
    slow = sa.text(SLOW[db.dialect])
    readers = [asyncio.create_task(db.read(lambda tx: tx.execute(slow).scalar_one(), limit=0.5)) for _ in range(6)]
    await asyncio.sleep(0.1)
    for reader in readers:
        reader.cancel()
    assert {type(outcome) for outcome in await asyncio.gather(*readers, return_exceptions=True)} == {
        asyncio.CancelledError
    }
    assert await stored(db) == []


async def test_bulk_work_goes_in_steps_and_is_counted(db: Database):
    for number in range(10):
        await db.write(insert(number))

    def remove_two(tx: sa.Connection) -> int:
        chosen = tx.scalars(sa.select(words.c.id).order_by(words.c.id).limit(2)).all()
        tx.execute(words.delete().where(words.c.id.in_(chosen)))
        return len(chosen)

    assert await db.write_chunks(remove_two) == 10
    assert await stored(db) == []


async def test_bulk_work_lets_others_in_between(db: Database):
    def until_somebody_came(tx: sa.Connection) -> bool:
        return tx.execute(sa.select(words.c.id).where(words.c.id == 50)).first() is None

    # Bulk work that kept the database to itself would never see the other's row.
    async with asyncio.timeout(30):
        await asyncio.gather(db.write_chunks(until_somebody_came), db.write(insert(50)))
    assert await stored(db) == [50]


async def test_a_moment_comes_back_as_the_same_moment_in_utc(db: Database):
    berlin = dt.timezone(dt.timedelta(hours=2))
    said = dt.datetime(2026, 7, 1, 1, 30, 0, 123456, tzinfo=berlin)
    await db.write(lambda tx: tx.execute(words.insert().values(id=1, word="a", said_at=said)) and None)
    found = await db.read(lambda tx: tx.execute(sa.select(words.c.said_at)).scalar_one())
    assert found == said
    assert found.tzinfo is dt.UTC
    later = said + dt.timedelta(microseconds=1)
    assert await db.read(lambda tx: tx.scalars(sa.select(words.c.id).where(words.c.said_at < later)).all()) == [1]
    assert await db.read(lambda tx: tx.scalars(sa.select(words.c.id).where(words.c.said_at < said)).all()) == []


async def test_a_moment_without_a_zone_is_refused(db: Database):
    naive = dt.datetime(2026, 7, 1, 1, 30)
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        await db.write(lambda tx: tx.execute(words.insert().values(id=1, word="a", said_at=naive)))
    assert await stored(db) == []


SECRET = "xyzzy-4711"
SECRET_NUMBER = 471147


def twice(tx: sa.Connection) -> None:
    insert(1, SECRET)(tx)
    insert(2, SECRET)(tx)


def against_a_check(tx: sa.Connection) -> None:
    tx.execute(words.insert().values(id=1, word=SECRET, size=-1))


def without_a_word(tx: sa.Connection) -> None:
    tx.execute(
        sa.text("INSERT INTO words (id, word, size) VALUES (:id, NULL, :size)"), {"id": 1, "size": SECRET_NUMBER}
    )


def into_a_missing_table(tx: sa.Connection) -> None:
    tx.execute(sa.text("INSERT INTO nowhere VALUES (:word)"), {"word": SECRET})


def of_a_wrong_kind(tx: sa.Connection) -> None:
    tx.execute(words.insert().values(id=1, word={"said": SECRET}))


@pytest.mark.parametrize("work", [twice, against_a_check, without_a_word, into_a_missing_table, of_a_wrong_kind])
async def test_no_error_repeats_what_a_person_wrote(db: Database, work):
    with pytest.raises(sa.exc.StatementError) as caught:
        await db.write(work)
    printed = "".join(traceback.format_exception(caught.value))
    assert "4711" not in printed


async def test_no_error_of_a_commit_repeats_a_value(db: Database):
    def refers_to_nothing(tx: sa.Connection) -> None:
        tx.execute(replies.insert().values(id=1, word_id=SECRET_NUMBER))

    with pytest.raises(sa.exc.IntegrityError) as caught:
        await db.write(refers_to_nothing)
    assert str(SECRET_NUMBER) not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://a:hunter2@b/c", "sqlite://", "sqlite:///:memory:", "sqlite:///a.db?mode=ro"]
)
async def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str):
    with pytest.raises(OperatorError) as refused:
        await Database.open(url)
    assert "storage.url" in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_the_address_shown_has_no_password(db: Database):
    assert db.url.startswith(db.dialect)
    assert await db.checkpoint() is False
    assert await db.scrub(1) is True
