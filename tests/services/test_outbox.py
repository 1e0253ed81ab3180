"""What is planned is handed out to one at a time, marked by whoever has it, and gone with the person it is for."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.domain.outbox import Claimed, Plan
from bot.errors import PeerError
from bot.services import outbox, privacy
from bot.steps import outbox as steps
from data.db import Database
from data.schema import outbox as table
from data.schema import programme_texts
from data.store import programme_texts as texts
from tests.services.conftest import Town
from tests.store.planned import KIND, LEASE, MINUTE, NO_LEASE, SUBJECT, planned
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, THERE, put_member


async def plan(town: Town, *plans: Plan) -> int:
    return await town.db.write(lambda tx: steps.plan(tx, *plans))


async def claim(town: Town, worker: str = "w1", *, limit: int = 50, lease: dt.timedelta = LEASE) -> list[Claimed]:
    return await outbox.claim(town.db, town.clock, worker=worker, limit=limit, lease=lease)


async def cancel(town: Town, **only) -> int:
    now = town.clock.now()
    return await town.db.write(lambda tx: steps.cancel(tx, HERE, KIND, SUBJECT, now=now, **only))


async def states(town: Town) -> dict[str, str]:
    return {row["id"]: row["state"] for row in await town.rows(table)}


@pytest.fixture
async def second(each_town: Town, db_url: str) -> AsyncIterator[Town]:
    """The same town as another process has it."""
    db = await Database.open(db_url)
    yield dataclasses.replace(each_town, db=db)
    await db.close()


async def test_what_is_planned_with_its_cause_stands_or_falls_with_it(each_town: Town):
    def work(tx: sa.Connection) -> None:
        steps.plan(tx, planned())
        raise PeerError("error.programme_gone")

    with pytest.raises(PeerError):
        await each_town.db.write(work)
    assert await each_town.rows(table) == []


async def test_planning_tells_how_many_are_new(each_town: Town):
    assert await plan(each_town, planned(1), planned(2)) == 2
    assert await plan(each_town, planned(2), planned(3)) == 1
    assert await plan(each_town) == 0


async def test_two_who_plan_the_same_at_once_plan_it_once(each_town: Town, second: Town):
    plans = [planned(1, id=f"{number:032x}") for number in range(12)]
    new = await asyncio.gather(*(plan(town, one) for one, town in zip(plans, [each_town, second] * 6, strict=True)))
    assert sum(new) == 1
    assert len(await each_town.rows(table)) == 1


async def test_what_a_move_plans_anew_replaces_what_was_planned(each_town: Town):
    await plan(each_town, planned(1, offset="-1h"), planned(2, offset="-1d"))

    def move(tx: sa.Connection) -> tuple[int, int]:
        gone = steps.cancel(tx, HERE, KIND, SUBJECT, now=NOON, before_revision=1)
        return gone, steps.plan(tx, planned(3, offset="-1h", revision=1), planned(4, offset="-1d", revision=1))

    assert await each_town.db.write(move) == (2, 2)
    # Pressed twice, it changes nothing more.
    assert await each_town.db.write(move) == (0, 0)
    assert [row.id for row in await claim(each_town)] == [planned(3).id, planned(4).id]


async def test_a_message_is_sent_once_from_plan_to_mark(each_town: Town):
    await plan(each_town, planned())
    (row,) = await claim(each_town)
    assert await outbox.first_try(each_town.db, row, at=NOON, channel_id=7)
    assert await outbox.sent(each_town.db, each_town.clock, row, message_id=70)
    each_town.later(days=1)
    assert await claim(each_town) == []
    (left,) = await each_town.rows(table)
    assert (left["state"], left["channel_id"], left["message_id"], left["worker"]) == ("sent", 7, 70, None)


async def test_two_workers_at_once_share_out_what_is_due(each_town: Town, second: Town):
    await plan(each_town, *(planned(number) for number in range(60)))
    taken = await asyncio.gather(*(claim(town, f"w{n}", limit=7) for n in range(6) for town in (each_town, second)))
    ids = [row.id for rows in taken for row in rows]
    assert sorted(ids) == [planned(number).id for number in range(60)]
    by_worker = {row["id"]: row["worker"] for row in await each_town.rows(table)}
    assert all(by_worker[row.id] == f"w{n // 2}" for n, rows in enumerate(taken) for row in rows)


async def test_many_marks_at_once_all_count(each_town: Town, second: Town):
    await plan(each_town, *(planned(number) for number in range(60)))
    rows = await claim(each_town, limit=60)
    towns = [each_town, second] * 30
    tries = zip(rows, towns, strict=True)
    assert all(await asyncio.gather(*(outbox.first_try(town.db, row, at=NOON, channel_id=7) for row, town in tries)))
    tries = zip(rows, towns, strict=True)
    marks = await asyncio.gather(*(outbox.sent(town.db, town.clock, row, message_id=7) for row, town in tries))
    assert marks == [True] * 60
    assert set((await states(each_town)).values()) == {"sent"}


async def test_whoever_lost_the_lease_is_told_so_by_every_mark(each_town: Town, second: Town):
    await plan(each_town, planned())
    (first,) = await claim(each_town, lease=NO_LEASE)
    (taken_over,) = await claim(second, "w2")
    db, clock, told = each_town.db, each_town.clock, []
    assert not await outbox.first_try(db, first, at=NOON, channel_id=7)
    assert not await outbox.sent(db, clock, first, message_id=5, after=lambda *_: told.append(1))
    assert not await outbox.again(db, first, ready_at=NOON, error="503")
    assert not await outbox.over(db, clock, first, "dead", error="404")
    assert not await outbox.hold(db, clock, first, error="unknown kind")
    assert await outbox.give_back(db, clock, [first]) == 0
    assert not told
    assert await outbox.sent(second.db, clock, taken_over, message_id=6)
    assert [(row["state"], row["message_id"]) for row in await each_town.rows(table)] == [("sent", 6)]


def put_text(tx: sa.Connection, row: Claimed, message_id: int | None) -> None:
    texts.put(tx, "8" * 32, row.guild_id, OURS, "rules", body=f"said in {message_id}", now=NOON)


async def test_what_follows_from_sending_is_written_with_the_mark(each_town: Town):
    await plan(each_town, planned())
    (row,) = await claim(each_town)
    assert await outbox.sent(each_town.db, each_town.clock, row, message_id=70, after=put_text)
    assert not await outbox.sent(each_town.db, each_town.clock, row, message_id=71, after=put_text)
    assert [text["body"] for text in await each_town.rows(programme_texts)] == ["said in 70"]


async def test_where_what_follows_fails_the_message_is_not_marked_either(each_town: Town):
    def fails(*_: object) -> None:
        raise PeerError("error.programme_gone")

    await plan(each_town, planned())
    (row,) = await claim(each_town)
    with pytest.raises(PeerError):
        await outbox.sent(each_town.db, each_town.clock, row, message_id=70, after=fails)
    assert set((await states(each_town)).values()) == {"claimed"}


async def test_taken_back_while_being_sent_it_is_left_to_whoever_sends_it(each_town: Town):
    await plan(each_town, planned(1), planned(2, due_at=NOON + MINUTE))
    (row,) = await claim(each_town)
    assert await cancel(each_town) == 1
    assert await states(each_town) == {planned(1).id: "claimed", planned(2).id: "cancelled"}
    assert await outbox.over(each_town.db, each_town.clock, row, "cancelled")
    assert set((await states(each_town)).values()) == {"cancelled"}


async def test_taken_back_while_waiting_for_another_try_it_is_not_tried_again(each_town: Town):
    await plan(each_town, planned())
    (row,) = await claim(each_town)
    assert await outbox.again(each_town.db, row, ready_at=NOON + MINUTE, error="503")
    assert await cancel(each_town) == 1
    each_town.later(minutes=2)
    assert await claim(each_town) == []


async def test_at_an_orderly_stop_others_need_not_wait_for_the_lease(each_town: Town, second: Town):
    await plan(each_town, planned(1), planned(2))
    rows = await claim(each_town)
    assert await claim(second, "w2") == []
    assert await outbox.give_back(each_town.db, each_town.clock, rows) == 2
    again = await claim(second, "w2")
    assert [(row.id, row.attempts, row.fence) for row in again] == [(row.id, 0, 2) for row in rows]


async def test_what_waited_too_long_is_recorded_and_never_sent(each_town: Town):
    await plan(each_town, *(planned(number) for number in range(3)))
    each_town.later(hours=1)
    assert await outbox.expire(each_town.db, each_town.clock) == 3
    assert await outbox.expire(each_town.db, each_town.clock) == 0
    assert await claim(each_town) == []
    assert (await outbox.health(each_town.db, each_town.clock, HERE)).expired == 3


async def test_a_kind_that_comes_back_finds_what_was_put_aside_for_it(each_town: Town):
    await plan(each_town, planned())
    (row,) = await claim(each_town)
    assert await outbox.hold(each_town.db, each_town.clock, row, error="unknown kind")
    assert await outbox.next_due(each_town.db) is None
    assert await outbox.release(each_town.db, each_town.clock, ["story.post"]) == 0
    assert await outbox.release(each_town.db, each_town.clock, {KIND}) == 1
    assert await outbox.next_due(each_town.db) == NOON
    assert len(await claim(each_town)) == 1


async def test_health_is_the_guilds_own(each_town: Town):
    await plan(each_town, planned(1), planned(2, guild_id=THERE))
    (row,) = [row for row in await claim(each_town) if row.guild_id == HERE]
    await outbox.over(each_town.db, each_town.clock, row, "dead", error="404/10003")
    here, there = [await outbox.health(each_town.db, each_town.clock, guild_id) for guild_id in (HERE, THERE)]
    assert (here.dead, here.claimed, here.last_error) == (1, 0, "404/10003")
    assert (there.dead, there.claimed, there.last_error) == (0, 1, None)


async def test_after_a_week_nothing_is_left_of_what_was_said(each_town: Town):
    await plan(each_town, *(planned(number) for number in range(3)))
    for row in await claim(each_town, limit=2):
        await outbox.sent(each_town.db, each_town.clock, row, message_id=5)
    each_town.later(days=7)
    assert await outbox.tidy(each_town.db, each_town.clock) == 0
    each_town.later(seconds=1)
    assert await outbox.tidy(each_town.db, each_town.clock) == 2
    assert list((await states(each_town)).values()) == ["pending"]


async def test_after_a_restore_all_that_was_due_is_looked_for_and_what_comes_later_is_not(each_town: Town):
    await plan(each_town, planned(1), planned(2, due_at=NOON + MINUTE))
    await outbox.restored(each_town.db, each_town.clock)
    each_town.later(minutes=1)
    await plan(each_town, planned(3, due_at=NOON - MINUTE))
    rows = await claim(each_town)
    assert {row.id: row.look_from for row in rows} == {
        planned(1).id: NOON,
        planned(2).id: None,
        planned(3).id: NOON - MINUTE,
    }


async def people(town: Town) -> tuple[str, str]:
    return await town.db.write(lambda tx: (put_member(tx, HERE, ANNA).ref, put_member(tx, HERE, BEN).ref))


async def test_erasing_oneself_takes_back_all_that_would_be_sent(each_town: Town):
    annas, bens = await people(each_town)
    await plan(each_town, planned(1, member_ref=annas), planned(2, member_ref=bens), planned(3))
    await privacy.erase(each_town.db, each_town.anna)
    assert list(await states(each_town)) == [planned(2).id, planned(3).id]
    assert annas not in str(await each_town.rows(table))


async def test_erased_while_a_message_is_on_its_way_nothing_is_sent_or_written_any_more(each_town: Town):
    annas, _ = await people(each_town)
    await plan(each_town, planned(member_ref=annas))
    (row,) = await claim(each_town)
    await privacy.erase(each_town.db, each_town.anna)
    db, clock = each_town.db, each_town.clock
    assert not await outbox.first_try(db, row, at=NOON, channel_id=7)
    assert not await outbox.sent(db, clock, row, message_id=5, after=put_text)
    assert not await outbox.again(db, row, ready_at=NOON, error="503")
    assert not await outbox.over(db, clock, row, "dead", error="404")
    assert await outbox.give_back(db, clock, [row]) == 0
    assert await each_town.rows(table) == []
    assert await each_town.rows(programme_texts) == []


async def test_whoever_takes_a_copy_sees_what_is_planned_and_no_inner_id(each_town: Town):
    annas, _ = await people(each_town)
    await plan(each_town, planned(member_ref=annas, payload={"id": "secret"}))
    copy = await privacy.export(each_town.db, each_town.anna, each_town.vault)
    assert copy["outbox"] == [
        {"guild_id": HERE, "kind": KIND, "due_at": NOON.isoformat(), "state": "pending"},
    ]
