"""Which events a series should have, read from its rows: on both databases, at any time, from several processes."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from bot.domain.events import GONE, MAKING
from bot.domain.outbox import Claimed
from bot.domain.series import Meeting
from bot.services import events, meetings, outbox
from data.schema import meetings as table
from data.schema import outbox as ledger
from data.store import guilds
from data.store import meetings as store
from tests.services.conftest import Town
from tests.services.meeting import LEADER, begin
from tests.store.planned import LEASE
from tests.store.rows import HERE, OURS

WEEK = dt.timedelta(weeks=1)


async def claimed(town: Town) -> Claimed:
    """Take the message that says to look at a series."""
    rows = await outbox.claim(town.db, town.clock, worker="w1", limit=50, lease=LEASE)
    (row,) = (one for one in rows if one.kind == events.KIND)
    return row


async def rows(town: Town) -> list[Meeting]:
    """Return the occurrences, in order."""
    (series,) = await meetings.series_of(town.db, town.programme)
    return await town.db.read(lambda tx: store.fetch_of_series(tx, HERE, series.id))


async def seen(town: Town, row: Claimed) -> tuple[list[Meeting], list[Meeting]]:
    """Return what has or gets an event, and what loses it."""
    found = await events.wanted(town.db, town.clock, row)
    assert found is not None
    return list(found.shown), list(found.over)


async def put(town: Town, one: Meeting, **values: Any) -> None:
    await town.db.write(lambda tx: store.update(tx, HERE, one.id, **values))


async def done(town: Town) -> None:
    """Let everything that was planned about events be done."""
    over = sa.update(ledger).where(ledger.c.kind == events.KIND).values(state="sent", done_at=town.clock.now())
    await town.db.write(lambda tx: tx.execute(over) and None)


async def test_only_the_next_one_gets_an_event(each_town: Town):
    await begin(each_town)
    first, *_ = await rows(each_town)
    assert await seen(each_town, await claimed(each_town)) == ([first], [])


async def test_one_that_has_begun_keeps_its_event_and_gets_none_late(each_town: Town):
    town = each_town
    await begin(town)
    row, (first, second, *_) = await claimed(town), await rows(town)
    town.clock.set(first.starts_at)
    assert await seen(town, row) == ([], [])
    await events.shown(town.db, first, event_id=7, rev="r")
    (kept,), over = await seen(town, row)
    assert (kept.id, over) == (first.id, [])
    town.clock.set(first.ends_at)
    (following,), (gone,) = await seen(town, row)
    assert (following.id, gone.id) == (second.id, first.id)


async def test_only_one_of_several_messages_makes_an_event(each_town: Town):
    town = each_town
    await begin(town)
    row, (first, *_) = await claimed(town), await rows(town)
    other = Claimed(**{name: getattr(row, name) for name in Claimed.__slots__} | {"id": "e" * 32})
    assert await events.begin(town.db, row, first) == "begun"
    assert await events.begin(town.db, other, first) == "not now"
    assert await events.begin(town.db, row, first) == "begun"
    await done(town)
    # Whoever was about to is over, and did not write down that it got there.
    assert await events.begin(town.db, other, first) == "begun"
    await events.shown(town.db, first, event_id=7, rev="r")
    assert await events.begin(town.db, row, first) == "not any more"
    await events.gone(town.db, first)
    assert await events.begin(town.db, row, first) == "not any more"


async def test_nothing_is_shown_of_a_programme_or_series_that_is_not_there(each_town: Town):
    town = each_town
    await begin(town)
    row, (first, *_) = await claimed(town), await rows(town)
    await events.shown(town.db, first, event_id=7, rev="r")
    await town.db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state="draft"))
    shown, over = await seen(town, row)
    assert (shown, [one.id for one in over]) == ([], [first.id])
    await town.db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state="live"))
    await meetings.cancel_series(town.db, town.clock, LEADER, town.programme, first.series_id)
    shown, over = await seen(town, row)
    assert (shown, [one.id for one in over]) == ([], [first.id])


async def test_what_was_missed_is_planned_once_and_what_is_well_is_left(each_town: Town):
    town = each_town
    await begin(town)
    first, second, *_ = await rows(town)
    assert await events.plan_ahead(town.db, town.clock) == 0
    await done(town)
    town.clock.advance(events.LOOKED_AT + dt.timedelta(minutes=1))
    town.clock.set(min(town.clock.now(), first.starts_at - dt.timedelta(minutes=1)))
    await town.db.write(lambda tx: tx.execute(sa.delete(ledger)) and None)
    assert await events.plan_ahead(town.db, town.clock) == 1
    assert await events.plan_ahead(town.db, town.clock) == 0
    for values in ({"event_id": 7, "event_rev": "r"}, {"event_id": None, "event_rev": GONE}):
        await town.db.write(lambda tx: tx.execute(sa.delete(ledger)) and None)
        await put(town, first, **values)
        assert await events.plan_ahead(town.db, town.clock) == 0
    await put(town, first, event_id=None, event_rev=f"{MAKING}{'e' * 32}")
    assert await events.plan_ahead(town.db, town.clock) == 1
    await town.db.write(lambda tx: tx.execute(sa.delete(ledger)) and None)
    await put(town, first, event_id=7, event_rev="r", state="cancelled")
    await put(town, second, event_id=8, event_rev="r")
    assert await events.plan_ahead(town.db, town.clock) == 1


async def test_nothing_is_planned_for_a_guild_that_the_bot_was_taken_out_of(each_town: Town):
    town = each_town
    await begin(town)
    await town.db.write(lambda tx: tx.execute(sa.delete(ledger)) and None)
    await town.db.write(lambda tx: guilds.update(tx, HERE, removed_at=town.clock.now()))
    assert await events.plan_ahead(town.db, town.clock) == 0


async def test_planned_twice_at_one_moment_it_waits_once_and_after_it_was_done_again(each_town: Town):
    town = each_town
    await begin(town)
    (series,) = await meetings.series_of(town.db, town.programme)

    async def count(state: str) -> int:
        mine = (ledger.c.kind == events.KIND, ledger.c.state == state)
        query = sa.select(sa.func.count()).select_from(ledger).where(*mine)
        return int(await town.db.read(lambda tx: tx.execute(query).scalar_one()))

    await town.db.write(lambda tx: events.steps.plan(tx, HERE, series.id, now=town.clock.now()))
    assert await count("pending") == 1
    await done(town)
    await town.db.write(lambda tx: events.steps.plan(tx, HERE, series.id, now=town.clock.now()))
    assert (await count("pending"), await count("sent")) == (1, 1)


async def test_the_mirror_leaves_no_trace_in_what_a_calendar_is_told(each_town: Town):
    town = each_town
    await begin(town)
    first, *_ = await rows(town)
    await events.shown(town.db, first, event_id=7, rev="r")
    changed = await town.db.read(lambda tx: tx.execute(sa.select(table.c.changed_at, table.c.revision)).first())
    assert tuple(changed or ()) == (first.changed_at, first.revision)
