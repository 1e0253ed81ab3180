"""Turns when something gets in between: a move at the last minute, an erasure, hours in which nothing ran."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.services import hostings, privacy, rotations, rsvps
from bot.services.rotations import MOST_SERIES_SHOWN
from data.schema import checkins, meetings, programmes, series, swaps
from data.schema import hostings as table
from data.schema import rsvps as answers
from tests.services.conftest import Town
from tests.services.rotating import EVENING, LEAD, SERIES, actor_of, change, come, live, meets, pool_of, until, who
from tests.store.rows import HERE, NOON, OURS

HOUR, MINUTE, DAY = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(days=1)


async def do(town: Town, what: Any, actor: Actor, hosting_id: str, **more: Any) -> Any:
    return await what(town.db, town.clock, actor, town.programme, hosting_id, **more)


async def one_turn(town: Town, certified: int = 3, **rules: Any) -> tuple[str, Any, Actor]:
    """Let one meeting come; return its id, who leads it and their turn."""
    pool_id, _ = await pool_of(town, certified, seats=1, **rules)
    (meeting,) = await meets(town, pool_id, EVENING)
    one = await live(town, meeting)
    return meeting, one, await actor_of(town, one.member_ref)


async def anna_comes(town: Town, meeting: str) -> str:
    await town.tap(3)
    anna: str = (await town.rows(checkins))[0]["member_ref"]
    await come(town, meeting, anna)
    return anna


async def move(town: Town, meeting: str, at: dt.datetime) -> None:
    await change(town, meeting, starts_at=at, ends_at=at + HOUR, moved=True)


# -- moved at the last minute -----------------------------------------------------------------------------------------------


async def test_a_host_who_was_there_when_it_was_moved_is_asked_anew_and_looked_for_anew(each_town: Town) -> None:
    town = each_town
    meeting, one, host = await one_turn(town)
    await until(town, EVENING - 10 * MINUTE)
    await do(town, hostings.here, host, one.id)
    at = EVENING + 2 * DAY
    await move(town, meeting, at)
    assert (await live(town, meeting)).state == "asked"
    said = await until(town, at + 15 * MINUTE)
    assert [step for _, step, _ in said] == ["confirm-72h", "confirm-24h", "late-present", "late-script", "cancel"]


async def test_one_that_people_were_to_run_themselves_is_given_a_host_for_the_time_it_is_moved_to(town: Town) -> None:
    meeting, one, host = await one_turn(town)
    await anna_comes(town, meeting)
    await until(town, EVENING - HOUR)
    await do(town, hostings.give_up, host, one.id)
    await do(town, hostings.run_ourselves, town.anna, (await live(town, meeting)).id)
    await until(town, EVENING - HOUR)
    at = EVENING + 4 * DAY
    await move(town, meeting, at)
    assert (await live(town, meeting)).state == "open"
    assert {step for _, step, _ in await until(town, at - 71 * HOUR)} == {"ask-1"}


# -- erased -----------------------------------------------------------------------------------------------------------------


async def erase(town: Town, actor: Actor) -> None:
    left = await privacy.left_by(town.db, town.clock, actor)
    await privacy.erase(town.db, actor)
    await privacy.hand_on(town.db, town.clock, left)


async def test_a_turn_is_open_as_soon_as_whose_it_was_has_erased_themself(each_town: Town) -> None:
    town = each_town
    meeting, _, host = await one_turn(town)
    await until(town, EVENING - 5 * HOUR)
    await erase(town, host)
    assert (await live(town, meeting)).state == "open"
    assert [step for _, step, _ in await until(town, EVENING - 5 * HOUR)] == ["ask-1", "ask-1"]


async def test_where_somebody_took_a_turn_and_erased_themself_the_others_are_asked_once_more(each_town: Town) -> None:
    town = each_town
    meeting, one, host = await one_turn(town)
    await until(town, EVENING - 5 * HOUR)
    await do(town, hostings.give_up, host, one.id)
    taker, third = (who(n) for n in range(3) if who(n) != host)
    assert len(await until(town, EVENING - 5 * HOUR)) == 2
    await do(town, hostings.take, taker, (await live(town, meeting)).id)
    await until(town, EVENING - 4 * HOUR)
    await erase(town, taker)
    said = await until(town, EVENING - 4 * HOUR)
    assert [(step, (await actor_of(town, str(ref))).user_id) for _, step, ref in said] == [("ask-1", third.user_id)]


# -- nothing ran ------------------------------------------------------------------------------------------------------------


async def test_after_hours_in_which_nothing_ran_nothing_that_is_over_is_called_off(each_town: Town) -> None:
    town = each_town
    meeting, _, _ = await one_turn(town)
    await anna_comes(town, meeting)
    await until(town, EVENING - HOUR)
    town.clock.set(EVENING + 2 * HOUR)
    assert await until(town, EVENING + 5 * HOUR) == []
    assert (await town.rows(meetings))[0]["state"] == "planned"


async def test_where_nothing_ran_at_the_beginning_people_are_asked_before_it_is_called_off(each_town: Town) -> None:
    town = each_town
    await one_turn(town)
    await until(town, EVENING - HOUR)
    town.clock.set(EVENING + 30 * MINUTE)
    assert [step for _, step, _ in await until(town, EVENING + 39 * MINUTE)] == ["cancel"]
    assert (await town.rows(meetings))[0]["state"] == "planned"
    assert [step for _, step, _ in await until(town, EVENING + 40 * MINUTE)] == ["cancel-later"]
    assert (await town.rows(meetings))[0]["state"] == "cancelled"


async def test_whoever_says_after_the_beginning_that_they_cant_does_not_end_it_for_the_others(town: Town) -> None:
    meeting, one, host = await one_turn(town)
    await until(town, EVENING)
    await do(town, hostings.here, host, one.id)
    await until(town, EVENING + 16 * MINUTE)
    await do(town, hostings.give_up, host, one.id)
    await until(town, EVENING + 17 * MINUTE)
    assert (await town.rows(meetings))[0]["state"] == "planned"
    other = next(who(n) for n in range(3) if who(n) != host)
    await do(town, hostings.take, other, (await live(town, meeting)).id)
    assert await until(town, EVENING + HOUR) == []


async def test_of_a_programme_that_was_taken_back_no_host_hears_anything(each_town: Town) -> None:
    town = each_town
    await one_turn(town)
    gone = sa.update(programmes).where(programmes.c.id == OURS).values(state="draft")
    await town.db.write(lambda tx: tx.execute(gone) and None)
    assert await until(town, EVENING + 3 * HOUR) == []
    assert (await town.rows(meetings))[0]["state"] == "planned"


# -- who said yes late ------------------------------------------------------------------------------------------------------


async def test_whoever_said_yes_after_a_turn_was_given_up_is_asked_with_the_others_whether_they_run_it(
    each_town: Town,
) -> None:
    town = each_town
    meeting, one, host = await one_turn(town)
    await until(town, EVENING - 5 * HOUR)
    await do(town, hostings.give_up, host, one.id)
    await until(town, EVENING - HOUR)
    await rsvps.answer(town.db, town.clock, town.anna, town.programme, meeting, "yes", agreed=True)
    (anna,) = [row["member_ref"] for row in await town.rows(answers)]
    said = await until(town, EVENING - 30 * MINUTE)
    assert [to for _, step, to in said if step == "self-run"] == [anna]


# -- kept no longer than promised -------------------------------------------------------------------------------------------


async def test_who_hosted_and_who_wished_to_swap_is_forgotten_180_days_after_the_meeting(each_town: Town) -> None:
    town = each_town
    _, one, host = await one_turn(town)
    await do(town, hostings.call_swap, host, one.id)
    town.clock.set(EVENING + HOUR + 180 * DAY)
    await rotations.plan_ahead(town.db, town.clock)
    assert [row["state"] for row in await town.rows(table)] == ["hosted"]
    town.later(minutes=1)
    await rotations.plan_ahead(town.db, town.clock)
    assert await town.rows(table) == await town.rows(swaps) == []


# -- many series ------------------------------------------------------------------------------------------------------------


async def test_choosing_from_a_list_that_is_cut_off_takes_no_series_away_that_was_not_on_it(town: Town) -> None:
    pool_id, _ = await pool_of(town, 2, seats=1)
    await meets(town, pool_id, EVENING)
    one: dict[str, Any] = {"zone": "UTC", "starts_on": NOON.date(), "minute": 730, "minutes": 60}
    one |= {"rule": {"kind": "once"}, "listed": False, "revision": 0, "told_rev": 0, "created_at": NOON}
    one |= {"guild_id": HERE, "programme_id": OURS, "pool_id": pool_id}
    many = [{**one, "id": f"{number + 100:032x}", "title": f"A {number:02}"} for number in range(MOST_SERIES_SHOWN)]
    await town.db.write(lambda tx: tx.execute(sa.insert(series), many) and None)
    shown = await rotations.show(town.db, town.clock, LEAD, town.programme, pool_id)
    offered = [row_id for row_id, _, _ in shown.series[:MOST_SERIES_SHOWN]]
    assert SERIES not in offered
    await rotations.host_series(town.db, town.clock, LEAD, town.programme, pool_id, offered[:3])
    hosted = {row["id"] for row in await town.rows(series) if row["pool_id"] == pool_id}
    assert hosted == {*offered[:3], SERIES}
