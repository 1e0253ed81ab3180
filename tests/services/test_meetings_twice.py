"""A write about meetings that had to run twice leaves what one run leaves, and says the same."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.services import meetings, rsvps
from tests.services.conftest import Town
from tests.services.meeting import LEADER, begin, berlin, comes, person, say, wish
from tests.services.test_once import Twice

Work = Callable[[Town, str, str], Awaitable[Any]]
WORKS: dict[str, Work] = {
    "create": lambda town, one, of: meetings.create(*where(town), wish(capacity=3)),
    "move": lambda town, one, of: meetings.move(*where(town), one, day=dt.date(2026, 3, 12), minute=600),
    "skip": lambda town, one, of: meetings.skip(*where(town), one),
    "cancel": lambda town, one, of: meetings.cancel(*where(town), one),
    "cancel_series": lambda town, one, of: meetings.cancel_series(*where(town), of),
    "yes": lambda town, one, of: say(town, one, "yes", 7),
    "waits": lambda town, one, of: say(town, one, "yes", 8),
    "no": lambda town, one, of: say(town, one, "no", 0),
    "accept": lambda town, one, of: rsvps.accept(town.db, town.clock, person(2), town.programme, one),
    "decline": lambda town, one, of: rsvps.decline(town.db, town.clock, person(2), town.programme, one),
    "set_lead": lambda town, one, of: rsvps.set_lead(town.db, town.clock, person(0), town.programme, 15, agreed=True),
    "pass_on": lambda town, one, of: rsvps.pass_on(town.db, town.clock),
    "extend": lambda town, one, of: meetings.extend(town.db, town.clock),
}


def where(town: Town) -> tuple[Any, ...]:
    return town.db, town.clock, LEADER, town.programme


@pytest.mark.parametrize("name", sorted(WORKS))
async def test_what_ran_twice_stands_as_if_it_had_run_once(each_town: Town, name: str):
    town = each_town
    card = await begin(town, capacity=2)
    one = card.next.meeting.id
    for number in range(4):
        await say(town, one, "yes", number)
        town.later(seconds=1)
    if name in ("accept", "decline", "pass_on"):
        await say(town, one, "no", 0)
    if name in ("pass_on", "extend"):
        town.clock.set(berlin(10, 18))
    twice: Any = Twice(town.db)
    town.db = twice
    await WORKS[name](town, one, card.series.id)
    assert twice.runs
    assert len(await comes(town)) >= 8 or name == "cancel_series"
