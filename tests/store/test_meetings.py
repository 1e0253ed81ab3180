"""Series and occurrences: kept as they were made, known by their date, found in their order."""

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.meetings import Break, Rule
from data.db import Database
from data.schema import guilds as guild_rows
from data.store import guilds, meetings
from tests.store.cases_meetings import HOUR, MEETING, SERIES, STARTS, WEEK, a_meeting, a_series
from tests.store.rows import HERE, HOSTILE, NOON, OURS, REFUSED, THERE, put_two_guilds


async def stored(db: Database, *, weeks: int = 0) -> None:
    def work(tx: sa.Connection) -> None:
        put_two_guilds(tx)
        meetings.insert_series(tx, a_series())
        meetings.ensure(tx, [week(number) for number in range(weeks)])

    await db.write(work)


def week(number: int, **changes: object):
    at = STARTS + number * WEEK
    day = NOON.date() + number * WEEK
    return a_meeting(**{"id": f"{number:032x}", "day": day, "starts_at": at, "ends_at": at + HOUR, **changes})


async def test_a_series_comes_back_as_it_was_put_in(db: Database):
    await db.write(put_two_guilds)
    rule = Rule(
        kind="monthly",
        every=2,
        weekdays=(4,),
        nth=-1,
        until=dt.date(2027, 1, 1),
        breaks=(Break(dt.date(2026, 7, 1), dt.date(2026, 8, 31)),),
    )
    one = a_series(rule=rule, ended_at=NOON, planned_until=NOON.date(), revision=3, told_rev=2, pool_id="9" * 32)
    assert await db.write(lambda tx: meetings.insert_series(tx, one))
    assert await db.read(lambda tx: meetings.fetch_series(tx, HERE, SERIES)) == one


async def test_a_series_put_in_twice_stays_as_it_was_first(db: Database):
    await stored(db)
    assert not await db.write(lambda tx: meetings.insert_series(tx, a_series(title="Other")))
    assert (await db.read(lambda tx: meetings.fetch_series(tx, HERE, SERIES))).title == "Tuesday evening"


async def test_a_series_of_another_guilds_programme_is_refused(db: Database):
    await db.write(put_two_guilds)
    with pytest.raises(REFUSED):
        await db.write(lambda tx: meetings.insert_series(tx, a_series(THERE)))
    await db.write(lambda tx: meetings.insert_series(tx, a_series()))
    with pytest.raises(REFUSED):
        await db.write(lambda tx: meetings.ensure(tx, [a_meeting(THERE)]))
    with pytest.raises(REFUSED):
        await db.write(lambda tx: meetings.ensure(tx, [a_meeting(series_id="f" * 32)]))


async def test_titles_of_any_kind_come_back_whole_and_in_order(db: Database):
    await db.write(put_two_guilds)
    titles = [title[:100] for title in HOSTILE if "\x00" not in title]

    def work(tx: sa.Connection) -> None:
        for number, title in enumerate(titles):
            meetings.insert_series(tx, a_series(id=f"{number:032x}", title=title))

    await db.write(work)
    found = await db.read(lambda tx: [one.title for one in meetings.fetch_all_series(tx, HERE, OURS)])
    assert sorted(found) == sorted(titles)
    assert [one.casefold() for one in found] == sorted(one.casefold() for one in titles)


async def test_an_occurrence_is_made_once_for_its_date_and_stays_as_it_is(db: Database):
    await stored(db)
    assert await db.write(lambda tx: meetings.ensure(tx, [a_meeting(), week(1)])) == [a_meeting(), week(1)]
    again = [a_meeting(starts_at=STARTS + HOUR), week(1, state="ended"), week(2)]
    assert await db.write(lambda tx: meetings.ensure(tx, again)) == [week(2)]
    assert await db.read(lambda tx: meetings.fetch(tx, HERE, MEETING)) == a_meeting()


async def test_the_next_one_is_the_first_that_takes_place_and_is_not_over(db: Database):
    await stored(db, weeks=4)
    states = [("0", "ended"), ("1", "skipped"), ("2", "cancelled")]
    for number, state in states:
        await db.write(lambda tx, n=number, s=state: meetings.update(tx, HERE, n.zfill(32), state=s))
    assert (await db.read(lambda tx: meetings.fetch_next(tx, HERE, SERIES, now=NOON))).id == f"{3:032x}"
    over = STARTS + 3 * WEEK + HOUR
    under_way = await db.read(lambda tx: meetings.fetch_next(tx, HERE, SERIES, now=over - HOUR / 60))
    assert under_way.id == f"{3:032x}"
    assert await db.read(lambda tx: meetings.fetch_next(tx, HERE, SERIES, now=over)) is None


async def test_what_comes_is_listed_by_when_it_begins_and_as_far_as_asked(db: Database):
    await stored(db, weeks=5)
    moved = {"starts_at": STARTS + 10 * WEEK, "ends_at": STARTS + 10 * WEEK + HOUR}
    await db.write(lambda tx: meetings.update(tx, HERE, f"{1:032x}", **moved))

    def numbers(**options: object):
        return db.read(lambda tx: [int(m.id, 16) for m in meetings.fetch_upcoming(tx, HERE, OURS, now=NOON, **options)])

    assert await numbers() == [0, 2, 3, 4, 1]
    assert await numbers(limit=2) == [0, 2]
    assert await numbers(until=STARTS + 3 * WEEK) == [0, 2]
    assert await numbers(states=("skipped",)) == []
    assert await numbers(series_id="f" * 32) == []


async def test_all_of_a_series_are_cancelled_at_once_and_nobody_is_left_to_be_told(db: Database):
    await stored(db, weeks=3)
    await db.write(lambda tx: meetings.cancel_all(tx, HERE, [f"{1:032x}", f"{2:032x}"], now=NOON))
    found = await db.read(lambda tx: meetings.fetch_of_series(tx, HERE, SERIES))
    assert [(one.state, one.revision, one.told_rev) for one in found] == [
        ("planned", 0, 0),
        ("cancelled", 1, 1),
        ("cancelled", 1, 1),
    ]


async def test_what_goes_on_is_found_page_by_page_and_not_where_the_bot_is_gone(db: Database):
    await stored(db)
    await db.write(lambda tx: meetings.insert_series(tx, a_series(id="0" * 32, ended_at=NOON)))
    await db.write(lambda tx: meetings.insert_series(tx, a_series(id="6" * 32)))

    def going_on(after: str = ""):
        return db.read(lambda tx: [one.id for one in meetings.fetch_going_on(tx, after_id=after, limit=1)])

    assert await going_on() == [SERIES]
    assert await going_on(SERIES) == ["6" * 32]
    assert await going_on("6" * 32) == []
    await db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state="draft"))
    assert await going_on() == []
    await db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state="live"))
    await db.write(lambda tx: tx.execute(sa.update(guild_rows).values(removed_at=NOON)))
    assert await going_on() == []


async def test_what_not_everybody_was_told_of_is_found_until_they_are(db: Database):
    await stored(db, weeks=2)
    changed = {"revision": 2, "told_rev": 1}
    await db.write(lambda tx: meetings.update(tx, HERE, f"{1:032x}", **changed))
    await db.write(lambda tx: meetings.update_series(tx, HERE, SERIES, **changed))

    def untold(now: dt.datetime = NOON):
        return db.read(lambda tx: [int(m.id, 16) for m in meetings.fetch_untold(tx, now=now, limit=9)])

    assert await untold() == [1]
    assert await untold(STARTS + 2 * WEEK) == []
    assert [one.id for one in await db.read(lambda tx: meetings.fetch_untold_series(tx, limit=9))] == [SERIES]
    for told in (meetings.update, meetings.update_series):
        await db.write(
            lambda tx, told=told: told(tx, HERE, f"{1:032x}" if told is meetings.update else SERIES, told_rev=2)
        )
    assert await untold() == []
    assert await db.read(lambda tx: meetings.fetch_untold_series(tx, limit=9)) == []


def test_no_title_stands_in_what_may_be_printed():
    assert "Tuesday" not in repr(a_series())
