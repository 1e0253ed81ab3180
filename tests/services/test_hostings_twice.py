"""A write about turns or a running meeting that had to run twice leaves what one run leaves, and says the same."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.domain.rotations import Rules
from bot.services import hostings, outbox, privacy, rotations, runs
from bot.steps import rotations as steps
from tests.services import running
from tests.services.conftest import Town
from tests.services.rotating import EVENING, FIRST, LEAD, actor_of, live, meets, on_list, pool_of, until
from tests.services.running import MINUTE, leading, press
from tests.services.test_once import Twice
from tests.store.planned import LEASE

Turn = Callable[[Town, Any, str], Awaitable[Any]]
Press = Callable[[Town, Any], Awaitable[Any]]


def of(town: Town, *more: Any) -> tuple[Any, ...]:
    return town.db, town.clock, *more


async def host(town: Town, one: Any) -> tuple[Any, ...]:
    return of(town, await actor_of(town, one.member_ref), town.programme, one.id)


async def late(town: Town, one: Any, minutes: int) -> Any:
    """Let a meeting have begun without its host, and do what is due then."""
    await until(town, EVENING + 10 * MINUTE)
    town.clock.set(EVENING + minutes * MINUTE)
    claimed = await outbox.claim(town.db, town.clock, worker="w2", limit=9, lease=LEASE)
    twice: Any = Twice(town.db)
    town.db = twice
    return [await hostings.wanted(*of(town, row)) for row in claimed if row.kind == steps.LATE]


TURNS: dict[str, Turn] = {
    "confirm": lambda town, one, pool: do(town, hostings.confirm, one),
    "give_up": lambda town, one, pool: do(town, hostings.give_up, one),
    "call_swap": lambda town, one, pool: do(town, hostings.call_swap, one),
    "add": lambda town, one, pool: rotations.add(*of(town, LEAD, town.programme, pool, FIRST + 7)),
    "create": lambda town, one, pool: rotations.create(*of(town, LEAD, town.programme, "New", Rules())),
    "host_series": lambda town, one, pool: rotations.host_series(*of(town, LEAD, town.programme, pool, [])),
    "plan_ahead": lambda town, one, pool: rotations.plan_ahead(town.db, town.clock),
}


async def do(town: Town, what: Any, one: Any) -> Any:
    return await what(*await host(town, one))


@pytest.mark.parametrize("name", sorted(TURNS))
async def test_what_ran_twice_about_a_turn_stands_as_if_it_had_run_once(each_town: Town, name: str) -> None:
    town = each_town
    pool_id, _ = await pool_of(town, 3, 1)
    await on_list(town, 7)
    (meeting,) = await meets(town, pool_id, EVENING)
    one = await live(town, meeting)
    if name == "plan_ahead":
        town.clock.set(EVENING + 90 * MINUTE)
    twice: Any = Twice(town.db)
    town.db = twice
    await TURNS[name](town, one, pool_id)
    assert twice.runs


@pytest.mark.parametrize("minutes", [15, 40])
async def test_calling_off_what_nobody_hosts_ran_twice_and_stands_once(each_town: Town, minutes: int) -> None:
    town = each_town
    pool_id, _ = await pool_of(town, 2, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    assert [one for one in await late(town, await live(town, meeting), minutes) if one is not None]


async def test_handing_on_what_somebody_erased_left_ran_twice_and_stands_once(each_town: Town) -> None:
    town = each_town
    pool_id, _ = await pool_of(town, 3, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    gone = await actor_of(town, (await live(town, meeting)).member_ref)
    left = await privacy.left_by(*of(town, gone))
    await privacy.erase(town.db, gone)
    twice: Any = Twice(town.db)
    await privacy.hand_on(twice, town.clock, left)
    assert twice.runs
    assert (await live(town, meeting)).state == "open"


RUNS: dict[str, Press] = {
    "raise": lambda town, run: press(town, runs.raise_hand, town.ben, run, agreed=True),
    "leave": lambda town, run: press(town, runs.leave, leading(town.anna), run),
    "next_phase": lambda town, run: press(town, runs.next_phase, leading(town.anna), run, seen=0),
    "lock": lambda town, run: press(town, runs.lock, leading(town.anna), run, to=True),
    "end": lambda town, run: press(town, runs.end, leading(town.anna), run),
    "tidy": lambda town, run: runs.tidy(town.db, town.clock),
}


@pytest.mark.parametrize("name", ["begin", *sorted(RUNS)])
async def test_what_ran_twice_in_a_running_meeting_stands_as_if_it_had_run_once(each_town: Town, name: str) -> None:
    town = each_town
    await running.prepare(town)
    twice: Any = Twice(town.db)
    if name == "begin":
        town.db = twice
        await running.begin(town)
    else:
        run = await running.begin(town)
        town.db = twice
        town.clock.advance(3 * 60 * MINUTE if name == "tidy" else MINUTE)
        await RUNS[name](town, run)
    assert twice.runs
