"""A turn is confirmed, given up without a reason, taken by one, swapped by agreement; nobody who was not there is named."""

import asyncio
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.errors import PeerError
from bot.services import hostings, outbox, rotations
from data.schema import checkins, meetings, series, swaps
from data.schema import hostings as table
from tests.services.conftest import Town
from tests.services.rotating import EVENING, actor_of, change, come, hosts, live, meets, pool_of, until, who
from tests.store.planned import LEASE
from tests.store.rows import THERE

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


async def refused(work: Any) -> str:
    with pytest.raises(PeerError) as found:
        await work
    return found.value.key


async def do(town: Town, what: Any, actor: Actor, hosting_id: str, **more: Any) -> Any:
    return await what(town.db, town.clock, actor, town.programme, hosting_id, **more)


async def one_turn(town: Town, certified: int = 3, learning: int = 0, **rules: Any) -> tuple[str, Any, Actor]:
    """Let one meeting come; return its id, who leads it and their turn."""
    pool_id, _ = await pool_of(town, certified, learning, **rules)
    (meeting,) = await meets(town, pool_id, EVENING)
    one = await live(town, meeting)
    return meeting, one, await actor_of(town, one.member_ref)


async def another(town: Town, one: Any) -> Actor:
    host = await actor_of(town, one.member_ref)
    return next(who(n) for n in range(3) if who(n) != host)


# -- ahead of time ----------------------------------------------------------------------------------------------------------


async def test_who_hosts_is_asked_three_days_and_one_day_before_and_confirms(each_town: Town) -> None:
    town = each_town
    meeting, one, host = await one_turn(town, seats=1)
    assert await until(town, EVENING - 72 * HOUR) == [("confirm", "confirm-72h", one.member_ref)]
    assert (await do(town, hostings.confirm, host, one.id)).is_confirmed
    assert (await do(town, hostings.confirm, host, one.id)).is_confirmed
    assert await until(town, EVENING - 10 * HOUR) == [("confirm", "confirm-24h", one.member_ref)]
    assert (await live(town, meeting)).state == "confirmed"


async def test_who_cant_is_asked_for_no_reason_and_the_pool_hears_of_it_at_72_24_and_6_hours(each_town: Town) -> None:
    town = each_town
    meeting, one, host = await one_turn(town, seats=1)
    seen = await do(town, hostings.give_up, host, one.id)
    assert seen.opened_id == (await live(town, meeting)).id
    said = await until(town, EVENING - HOUR)
    assert [step for _, step, _ in said] == ["ask-1"] * 2 + ["ask-2"] * 2 + ["ask-3"] * 2
    assert one.member_ref not in {to for _, _, to in said}


async def test_within_six_hours_the_pool_is_asked_at_once_after_half_an_hour_and_after_an_hour(town: Town) -> None:
    _, one, host = await one_turn(town, seats=1)
    await until(town, EVENING - 5 * HOUR)
    await do(town, hostings.give_up, host, one.id)
    assert [step for _, step, _ in await until(town, EVENING - 5 * HOUR)] == ["ask-1"] * 2
    assert await until(town, EVENING - 5 * HOUR + 29 * MINUTE) == []
    assert [step for _, step, _ in await until(town, EVENING - 4 * HOUR)] == ["ask-2"] * 2 + ["ask-3"] * 2


async def test_the_other_host_hears_at_once_that_they_lead(town: Town) -> None:
    meeting, one, host = await one_turn(town, 1, 1)
    beside = await live(town, meeting, 1)
    await until(town, EVENING - 5 * HOUR)
    await do(town, hostings.give_up, host, one.id)
    assert await until(town, EVENING - 5 * HOUR) == [("co_host", "co-host", beside.member_ref)]


async def test_of_two_who_take_a_turn_at_once_one_gets_it_and_nobody_is_asked_any_more(each_town: Town) -> None:
    town = each_town
    meeting, one, host = await one_turn(town, 4, seats=1)
    await do(town, hostings.give_up, host, one.id)
    opened = await live(town, meeting)
    others = [who(n) for n in range(4) if who(n) != host][:2]
    both = await asyncio.gather(
        *(do(town, hostings.take, other, opened.id) for other in others), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["PeerError", "Seen"]
    assert {key.key for key in both if isinstance(key, PeerError)} == {"rotations.take.taken"}
    assert (await live(town, meeting)).state == "confirmed"
    assert {kind for kind, _, _ in await until(town, EVENING - HOUR)} == {"confirm"}


async def test_credit_goes_to_who_took_it_and_who_gave_it_up_is_neither_ahead_nor_behind(each_town: Town) -> None:
    town = each_town
    meeting, one, host = await one_turn(town, seats=1)
    await do(town, hostings.give_up, host, one.id)
    other = await another(town, one)
    await do(town, hostings.take, other, (await live(town, meeting)).id)
    town.clock.set(EVENING + 2 * HOUR)
    await rotations.plan_ahead(town.db, town.clock)
    pool = one.pool_id
    shown = await rotations.show(
        town.db, town.clock, Actor(1, who(0).guild_id, manages_guild=True), town.programme, pool
    )
    stand = {one.user_id: (one.hosted, one.owed * 2) for one in shown.people}
    third = next(n.user_id for n in map(who, range(3)) if n not in (host, other))
    assert stand == {host.user_id: (0, 0), other.user_id: (1, -1), third: (0, 1)}


async def test_a_turn_is_not_for_strangers_other_guilds_or_whoever_it_does_not_belong_to(town: Town) -> None:
    _, one, host = await one_turn(town, seats=1)
    other = await another(town, one)
    await town.tap(3)
    assert await refused(do(town, hostings.give_up, other, one.id)) == "rotations.not_yours"
    assert await refused(do(town, hostings.confirm, town.anna, one.id)) == "rotations.not_in_pool"
    assert await refused(do(town, hostings.take, town.ben, one.id)) == "rotations.turn_gone"
    assert await refused(do(town, hostings.take, other, one.id)) == "rotations.take.taken"
    assert await refused(do(town, hostings.confirm, Actor(host.user_id, THERE), one.id)) == "rotations.turn_gone"
    assert await refused(do(town, hostings.confirm, host, "f" * 32)) == "rotations.turn_gone"
    assert await refused(do(town, hostings.here, host, one.id)) == "rotations.here.early"
    town.clock.set(EVENING + 2 * HOUR)
    assert await refused(do(town, hostings.give_up, host, one.id)) == "rotations.too_late"


# -- swaps ------------------------------------------------------------------------------------------------------------------


async def test_a_turn_stays_one_s_own_until_somebody_takes_it(each_town: Town) -> None:
    town = each_town
    meeting, one, host = await one_turn(town, seats=1)
    await do(town, hostings.call_swap, host, one.id)
    await do(town, hostings.call_swap, host, one.id)
    said = await until(town, town.clock.now())
    assert [kind for kind, _, _ in said] == ["swap", "swap"]
    other = await another(town, one)
    assert await do(town, hostings.answer_swap, other, one.id, takes=False) is None
    assert (await live(town, meeting)).member_ref == one.member_ref
    assert await refused(do(town, hostings.answer_swap, host, one.id, takes=True)) == "rotations.swap.own"
    await do(town, hostings.answer_swap, other, one.id, takes=True)
    assert (await live(town, meeting)).member_ref != one.member_ref
    third = next(n for n in map(who, range(3)) if n not in (host, other))
    assert await refused(do(town, hostings.answer_swap, third, one.id, takes=True)) == "rotations.swap.answered"
    stored = await town.db.read(lambda tx: tx.execute(sa.select(swaps.c.state)).scalars().all())
    assert stored == ["taken"]


# -- on the day -------------------------------------------------------------------------------------------------------------


async def test_half_an_hour_before_those_who_come_are_asked_and_one_of_them_saves_the_meeting(town: Town) -> None:
    meeting, one, host = await one_turn(town, 2, seats=1)
    await town.tap(3)
    anna = (await town.rows(checkins))[0]["member_ref"]
    await come(town, meeting, anna)
    await until(town, EVENING - HOUR)
    await do(town, hostings.give_up, host, one.id)
    said = await until(town, EVENING - 30 * MINUTE)
    assert ("self_run", "self-run", anna) in said
    await do(town, hostings.run_ourselves, town.anna, (await live(town, meeting)).id)
    assert await until(town, EVENING + HOUR) == []
    assert (await live(town, meeting)).state == "self_run"


async def test_where_nobody_comes_to_host_it_is_called_off_after_a_quarter_of_an_hour_with_notice(
    each_town: Town,
) -> None:
    town = each_town
    meeting, one, _ = await one_turn(town, 2, seats=1)
    await town.tap(3)
    anna = (await town.rows(checkins))[0]["member_ref"]
    await come(town, meeting, anna)
    await until(town, EVENING)
    said = await until(town, EVENING + 14 * MINUTE)
    assert said == [("late", "late-present", None), ("late", "late-script", None)]
    assert await until(town, EVENING + 15 * MINUTE) == [("late", "cancel", None), ("meetings.cancelled", "", anna)]
    (row,) = await town.rows(meetings)
    assert (row["state"], row["revision"]) == ("cancelled", 1)
    # Nothing that stays says who was not there.
    assert await hosts(town, meeting) == [(0, "void", one.member_ref)]
    assert await until(town, EVENING + 3 * HOUR) == []


async def test_nothing_is_called_off_where_the_host_says_that_they_are_here_or_it_has_begun(town: Town) -> None:
    _, one, host = await one_turn(town, seats=1)
    await until(town, EVENING - 5 * MINUTE)
    await do(town, hostings.here, host, one.id)
    assert await until(town, EVENING + HOUR) == []


async def test_a_meeting_that_runs_is_not_called_off(town: Town) -> None:
    meeting, _, _ = await one_turn(town, seats=1)
    await until(town, EVENING)
    await town.db.write(lambda tx: tx.execute(sa.update(meetings).values(state="running")) and None)
    assert await until(town, EVENING + 30 * MINUTE) == []
    assert (await live(town, meeting)).state == "asked"


async def test_whoever_is_there_takes_an_empty_chair_and_the_row_says_no_more_than_a_no_would(town: Town) -> None:
    meeting, one, _ = await one_turn(town, seats=1)
    other = await another(town, one)
    await until(town, EVENING + 4 * MINUTE)
    assert await refused(do(town, hostings.take, other, one.id)) == "rotations.take.taken"
    await until(town, EVENING + 6 * MINUTE)
    await do(town, hostings.take, other, one.id)
    assert await until(town, EVENING + HOUR) == []
    rows = await town.db.read(lambda tx: tx.execute(sa.select(table).where(table.c.id == one.id)).one())
    assert (rows.state, rows.here_at) == ("released", None)
    town.clock.set(EVENING + 2 * HOUR)
    await rotations.plan_ahead(town.db, town.clock)
    assert ("hosted", one.member_ref) not in {(state, ref) for _, state, ref in await hosts(town, meeting)}


async def test_taking_a_turn_twice_is_taking_it_once(each_town: Town) -> None:
    town = each_town
    meeting, one, _ = await one_turn(town, seats=1)
    other = await another(town, one)
    await until(town, EVENING + 6 * MINUTE)
    taken = await do(town, hostings.take, other, one.id)
    stands = await live(town, meeting)
    again = await do(town, hostings.take, other, one.id)
    assert (again.id, again.leads, again.is_own) == (taken.id, True, True)
    assert await live(town, meeting) == stands


async def test_a_row_that_was_planned_for_an_earlier_time_is_not_said(town: Town) -> None:
    meeting, _, _ = await one_turn(town, seats=1)
    later = EVENING + 2 * HOUR
    await until(town, EVENING)
    await change(town, meeting, starts_at=later, ends_at=later + HOUR)
    assert [step for _, step, _ in await until(town, later + 14 * MINUTE)] == [
        "confirm-24h",
        "late-present",
        "late-script",
    ]


async def test_a_host_who_is_seen_in_the_meeting_s_channel_is_there_and_others_leave_no_trace(each_town: Town) -> None:
    town = each_town
    meeting, one, host = await one_turn(town, seats=1)
    room, other = 77, await another(town, one)
    await town.db.write(lambda tx: tx.execute(sa.update(series).values(channel_id=room)) and None)
    await until(town, EVENING - 31 * MINUTE)
    assert not await hostings.seen_in(town.db, town.clock, one.guild_id, room, host.user_id)
    await until(town, EVENING - 10 * MINUTE)
    assert not await hostings.seen_in(town.db, town.clock, one.guild_id, room + 1, host.user_id)
    assert not await hostings.seen_in(town.db, town.clock, THERE, room, host.user_id)
    assert not await hostings.seen_in(town.db, town.clock, one.guild_id, room, other.user_id)
    assert await hostings.seen_in(town.db, town.clock, one.guild_id, room, host.user_id)
    assert (await live(town, meeting)).here_at == town.clock.now()
    assert await until(town, EVENING + HOUR) == []


async def test_a_meeting_that_was_called_off_as_its_worker_died_is_still_said_to_be_off(each_town: Town) -> None:
    town = each_town
    meeting, _, _ = await one_turn(town, seats=1)
    await until(town, EVENING + 14 * MINUTE)
    town.clock.set(EVENING + 15 * MINUTE)
    (row,) = [
        row
        for row in await outbox.claim(town.db, town.clock, worker="w1", limit=50, lease=LEASE)
        if row.kind == "rotations.late"
    ]
    assert await hostings.wanted(town.db, town.clock, row) is not None
    # Another worker takes it up after the first one died between this and sending it.
    assert await hostings.wanted(town.db, town.clock, row) is not None
    (stored,) = await town.rows(meetings)
    assert (stored["id"], stored["revision"]) == (meeting, 1)
