"""Two processes on one PostgreSQL do the same about meetings at the same moment: it is done once, and nobody sees an error."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.errors import PeerError
from bot.services import hostings, meetings, rotations, runs
from data.db import Database
from data.schema import hostings as turns
from data.schema import rsvps as answers
from data.schema import runs as run_rows
from tests.services import meeting as words
from tests.services import running
from tests.services.conftest import Town, settle
from tests.services.meeting import LEADER, begin, say
from tests.services.rotating import EVENING, FIRST, actor_of, live, meets, pool_of, who
from tests.services.running import MINUTE, leading, press
from tests.store.rows import HERE

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
async def two(db_url: str) -> AsyncIterator[tuple[Town, Town]]:
    """The same town as two processes see it."""
    first, second = await Database.open(db_url), await Database.open(db_url)
    try:
        town = await settle(first)
        yield town, replace(town, db=second)
    finally:
        await first.close()
        await second.close()


async def at_once(*works: Callable[[], Awaitable[Any]]) -> tuple[list[Any], list[str]]:
    """Do all at once; return what was answered, and the keys of refusals. Anything else is raised."""
    found = await asyncio.gather(*map(_patiently, works))
    refused = [one.key for one in found if isinstance(one, PeerError)]
    return [one for one in found if not isinstance(one, PeerError)], refused


async def _patiently(work: Callable[[], Awaitable[Any]]) -> Any:
    """Do something as people do: whoever is told that much is going on just now tries again."""
    while True:
        try:
            return await work()
        except PeerError as error:
            if error.key != "error.busy":
                return error


async def test_the_last_place_goes_to_one(two: tuple[Town, Town]) -> None:
    one = (await begin(two[0], capacity=2)).next.meeting.id
    said, refused = await at_once(*(partial(say, two[n % 2], one, "yes", n) for n in range(8)))
    assert refused == []
    assert sorted(each.answer for each in said) == ["waiting"] * 6 + ["yes"] * 2
    assert len(await two[0].rows(answers)) == 8


async def test_of_two_leaders_who_move_a_meeting_one_is_told_that_it_was_changed(two: tuple[Town, Town]) -> None:
    found = (await begin(two[0])).next.meeting
    moves = (
        partial(
            meetings.move,
            town.db,
            town.clock,
            LEADER,
            town.programme,
            found.id,
            day=found.day,
            minute=minute,
            revision=0,
        )
        for town, minute in zip(two, (20 * 60, 21 * 60), strict=True)
    )
    done, refused = await at_once(*moves)
    assert (len(done), refused) == (1, ["meetings.changed"])


async def test_occurrences_hosts_and_what_is_said_of_them_are_made_once(two: tuple[Town, Town]) -> None:
    pool_id, _ = await pool_of(two[0], 3)
    await meets(two[0], pool_id, EVENING)
    await begin(two[0], rule=words.DAILY)
    two[0].clock.set(EVENING + 90 * MINUTE)
    for work in (meetings.extend, rotations.plan_ahead):
        assert (await at_once(*(partial(work, town.db, town.clock) for town in (*two, *two))))[1] == []
    rows = await two[0].rows(turns)
    assert [row["state"] for row in rows].count("hosted") == 2
    assert len({(row["meeting_id"], row["place"]) for row in rows}) == len(rows)


async def test_a_turn_that_is_confirmed_and_given_up_at_once_is_one_of_both(two: tuple[Town, Town]) -> None:
    town = two[0]
    pool_id, _ = await pool_of(town, 3, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    one = await live(town, meeting)
    host = await actor_of(town, one.member_ref)
    _, refused = await at_once(
        *(
            partial(what, at.db, at.clock, host, at.programme, one.id)
            for at in two
            for what in (hostings.confirm, hostings.give_up)
        )
    )
    assert set(refused) == {"rotations.not_yours"}
    assert (await live(town, meeting)).state == "open"
    opened = await live(town, meeting)
    others = [who(n) for n in range(3) if FIRST + n != host.user_id]
    taken, refused = await at_once(
        *(
            partial(hostings.take, at.db, at.clock, other, at.programme, opened.id)
            for at, other in zip(two, others, strict=True)
        )
    )
    assert (len(taken), refused) == (1, ["rotations.take.taken"])


async def test_a_meeting_is_started_once_and_its_phase_goes_on_once(two: tuple[Town, Town]) -> None:
    town = two[0]
    await running.prepare(town)
    begun, _ = await at_once(*(partial(running.begin, at) for at in (*two, *two)))
    assert len({run.id for run in begun}) == 1
    assert len(await town.rows(run_rows)) == 1
    host = leading(town.anna)
    nexts = (partial(press, at, runs.next_phase, host, begun[0], seen=0) for at in (*two, *two))
    done, refused = await at_once(*nexts)
    assert (len(done), set(refused)) == (1, {"runs.meanwhile"})
    people = [Actor(FIRST + number, HERE) for number in range(8)]
    hands = (partial(press, two[n % 2], runs.raise_hand, one, begun[0], agreed=True) for n, one in enumerate(people))
    assert (await at_once(*hands))[1] == []
    assert [one.place for one in (await running.now(town, begun[0])).queue] == list(range(1, 9))
