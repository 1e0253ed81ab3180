"""One check-in for each member, programme and day, kept as it was said, on both databases."""

import datetime as dt

import pytest
import sqlalchemy as sa

from data.db import Database
from data.schema import checkin_plans
from data.store import checkins, guilds
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, REFUSED, put_member, put_two_guilds

DAY = dt.date(2026, 3, 10)
OTHER = "c" * 32


@pytest.fixture
async def anna(db: Database) -> str:
    """The ref of a member of a guild with two programmes."""

    def work(tx: sa.Connection) -> str:
        put_two_guilds(tx)
        guilds.insert_programme(tx, OTHER, HERE, preset="health", draft={}, now=NOON)
        put_member(tx, HERE, BEN)
        return put_member(tx, HERE, ANNA).ref

    return await db.write(work)


def mood(ref: str, value: int, *, day: dt.date = DAY, new_id: str = "1" * 32, programme: str = OURS, now=NOON):
    return lambda tx: checkins.upsert_mood(tx, new_id, HERE, programme, ref, day=day, mood=value, now=now)


def day_of(ref: str, day: dt.date = DAY, programme: str = OURS):
    return lambda tx: checkins.fetch_day(tx, HERE, programme, ref, day)


async def test_a_mood_is_kept_for_the_person_alone_until_they_say_more(db: Database, anna: str):
    assert await db.write(mood(anna, 3)) == checkins.Upserted("1" * 32, None, "me")
    assert await db.read(day_of(anna)) == checkins.Day("1" * 32, DAY, 3, None, "me", anna, NOON)


async def test_a_second_mood_of_the_day_changes_the_first_and_leaves_note_and_visibility(db: Database, anna: str):
    await db.write(mood(anna, 3))
    await db.write(lambda tx: checkins.update(tx, HERE, "1" * 32, note=b"sealed", seen_by="group"))
    assert await db.write(mood(anna, 5, new_id="2" * 32)) == checkins.Upserted("1" * 32, b"sealed", "group")
    assert await db.read(day_of(anna)) == checkins.Day("1" * 32, DAY, 5, b"sealed", "group", anna, NOON)


async def test_another_day_another_programme_and_another_person_are_other_rows(db: Database, anna: str):
    ben = (await db.write(lambda tx: put_member(tx, HERE, BEN))).ref
    await db.write(mood(anna, 1))
    await db.write(mood(anna, 2, day=DAY + dt.timedelta(days=1), new_id="2" * 32))
    await db.write(mood(anna, 3, programme=OTHER, new_id="3" * 32))
    await db.write(mood(ben, 4, new_id="4" * 32))
    days = [
        await db.read(day_of(*where))
        for where in ((anna,), (anna, DAY + dt.timedelta(days=1)), (anna, DAY, OTHER), (ben,))
    ]
    assert [(day.id, day.mood) for day in days] == [("1" * 32, 1), ("2" * 32, 2), ("3" * 32, 3), ("4" * 32, 4)]
    assert await db.read(day_of(ben, DAY, OTHER)) is None


async def test_a_mood_outside_the_five_is_refused_by_the_database(db: Database, anna: str):
    for value in (0, 6, -1):
        with pytest.raises(REFUSED):
            await db.write(mood(anna, value))
    assert await db.read(day_of(anna)) is None


async def test_the_days_of_a_week_are_counted_from_the_first_to_the_last(db: Database, anna: str):
    for number in range(10):
        await db.write(mood(anna, 3, day=DAY - dt.timedelta(days=number), new_id=f"{number:032x}"))

    def count(first: int, last: int, programme: str = OURS):
        span = {"first": DAY - dt.timedelta(days=first), "last": DAY - dt.timedelta(days=last)}
        return db.read(lambda tx: checkins.count_days(tx, HERE, programme, anna, **span))

    assert await count(6, 0) == 7
    assert await count(0, 0) == 1
    assert await count(30, 8) == 2
    assert await count(30, 20) == 0
    assert await count(6, 0, OTHER) == 0


async def test_history_runs_from_the_oldest_to_the_newest_within_its_days(db: Database, anna: str):
    for number in (4, 0, 2, 9):
        await db.write(mood(anna, 3, day=DAY - dt.timedelta(days=number), new_id=f"{number:032x}"))
    span = {"first": DAY - dt.timedelta(days=4), "last": DAY}
    found = await db.read(lambda tx: checkins.fetch_history(tx, HERE, OURS, anna, **span))
    assert [(DAY - day.day).days for day in found] == [4, 2, 0]
    assert await db.read(lambda tx: checkins.fetch_history(tx, HERE, OTHER, anna, **span)) == []


async def test_what_is_shared_is_newest_first_and_only_what_those_who_look_may_see(db: Database, anna: str):
    ben = (await db.write(lambda tx: put_member(tx, HERE, BEN))).ref
    rows = [
        (anna, 0, "group", 0),
        (ben, 0, "leaders", 5),
        (anna, 1, "group", 0),
        (ben, 1, "me", 0),
        (anna, 7, "group", 0),
    ]
    for number, (ref, ago, seen_by, minutes) in enumerate(rows):
        row_id = f"{number:032x}"
        now = NOON + dt.timedelta(minutes=minutes)
        await db.write(mood(ref, 3, day=DAY - dt.timedelta(days=ago), new_id=row_id, now=now))
        await db.write(lambda tx, i=row_id, s=seen_by: checkins.update(tx, HERE, i, seen_by=s))

    async def shared(*seen_by: str, limit: int = 25, programme: str = OURS) -> list[int]:
        span = {"first": DAY - dt.timedelta(days=6), "limit": limit}
        days = await db.read(lambda tx: checkins.fetch_shared(tx, HERE, programme, seen_by=seen_by, **span))
        return [int(day.id, 16) for day in days]

    assert await shared("group") == [0, 2]
    assert await shared("group", "leaders") == [1, 0, 2]
    assert await shared("group", "leaders", limit=2) == [1, 0]
    assert await shared("group", programme=OTHER) == []


async def test_deleting_takes_at_most_what_it_is_told_and_only_of_one_person_and_programme(db: Database, anna: str):
    ben = (await db.write(lambda tx: put_member(tx, HERE, BEN))).ref
    for number in range(5):
        await db.write(mood(anna, 3, day=DAY - dt.timedelta(days=number), new_id=f"{number:032x}"))
    await db.write(mood(anna, 3, programme=OTHER, new_id="3" * 32))
    await db.write(mood(ben, 3, new_id="4" * 32))
    took = [await db.write(lambda tx: checkins.delete_history(tx, HERE, OURS, anna, limit=2)) for _ in range(4)]
    assert took == [2, 2, 1, 0]
    assert await db.read(day_of(anna, DAY, OTHER)) is not None
    assert await db.read(day_of(ben)) is not None


async def test_stopping_again_moves_the_moment_and_leaves_one_row(db: Database, anna: str):
    for number in range(2):
        later = NOON + dt.timedelta(days=number)
        await db.write(
            lambda tx, n=number, at=later: checkins.put_stopped(tx, f"{n:032x}", HERE, OURS, anna, stopped_at=at)
        )
    rows = await db.read(lambda tx: list(tx.execute(sa.select(checkin_plans))))
    assert [(row.id, row.member_ref, row.stopped_at) for row in rows] == [("0" * 32, anna, NOON + dt.timedelta(days=1))]


async def test_an_instant_comes_back_as_the_same_instant(db: Database, anna: str):
    at = dt.datetime(2026, 3, 29, 2, 30, 0, 123_456, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=45)))
    await db.write(lambda tx: checkins.put_stopped(tx, "0" * 32, HERE, OURS, anna, stopped_at=at))
    stored = await db.read(lambda tx: tx.execute(sa.select(checkin_plans.c.stopped_at)).scalar_one())
    assert stored == at
    assert stored.tzinfo is dt.UTC


async def test_whether_somebody_checked_in_since_a_moment_is_known_also_of_an_earlier_day_changed_since(
    db: Database, anna: str
):
    def since(moment: dt.datetime, programme: str = OURS):
        return db.read(lambda tx: checkins.has_since(tx, HERE, programme, anna, moment))

    await db.write(mood(anna, 3, now=NOON))
    assert [await since(NOON - dt.timedelta(seconds=1)), await since(NOON)] == [True, False]
    assert await since(NOON - dt.timedelta(seconds=1), OTHER) is False
    later = NOON + dt.timedelta(hours=20)
    await db.write(mood(anna, 4, now=later))
    assert [await since(later - dt.timedelta(seconds=1)), await since(later)] == [True, False]


async def test_who_wants_to_be_asked_again_has_stopped_no_more(db: Database, anna: str):
    def stopped():
        return db.read(lambda tx: checkins.fetch_stopped(tx, HERE, OURS, anna))

    assert await stopped() is None
    await db.write(lambda tx: checkins.begin_again(tx, HERE, OURS, anna))
    assert await stopped() is None
    await db.write(lambda tx: checkins.put_stopped(tx, "0" * 32, HERE, OURS, anna, stopped_at=NOON))
    assert await stopped() == NOON
    await db.write(lambda tx: checkins.begin_again(tx, HERE, OURS, anna))
    assert await stopped() is None
