"""A case for every store function of running meetings that is told a guild, for tests/store/test_two_guilds.py."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from bot.domain.presets import Phase
from bot.domain.runs import Run, Someone
from data.schema import hostings, meetings, pool_members, pools, rsvps, series
from data.store import runs
from tests.store.rows import ANNA, HERE, NOON, OURS

Call = Callable[[sa.Connection, int], Any]

REF = f"{HERE ^ ANNA:032x}"
RUN, MEETING, SERIES, POOL, TURN, ROOM = "a7" * 16, "b7" * 16, "c7" * 16, "d7" * 16, "e7" * 16, 770
HOUR = dt.timedelta(hours=1)
SPAN = {"starts_before": NOON + HOUR, "ends_after": NOON}


def a_run() -> Run:
    """Return a meeting that runs, with somebody who hosts it."""
    return Run(
        id=RUN,
        guild_id=HERE,
        programme_id=OURS,
        meeting_id=MEETING,
        channel_id=ROOM,
        format="discussion",
        phases=(Phase("welcome", 5, False),),
        started_at=NOON,
        meant_until=NOON + HOUR,
        entry_until=NOON + HOUR,
        at_least=2,
        step_at=NOON,
        people=(Someone(ref=REF, standing="here", heard_at=NOON, part="host"),),
    )


def put(tx: sa.Connection) -> None:
    """Let a meeting run that a member hosts and said yes to, in a channel that was locked."""
    of = {"guild_id": HERE, "programme_id": OURS}
    rules = {"name": "Of runs", "seats": 1, "rest": 0, "min_days": 0, "only_trained": True, "created_at": NOON}
    tx.execute(sa.insert(pools).values(**of, id=POOL, **rules))
    inside = {"seat": "experienced", "joined_at": NOON, "owed": 0, "hosted": 0, "last_at": NOON, "away": []}
    tx.execute(sa.insert(pool_members).values(**of, id="f7" * 16, pool_id=POOL, member_ref=REF, **inside))
    one: dict[str, Any] = {"title": "Ours", "zone": "UTC", "starts_on": NOON.date(), "minute": 720, "minutes": 60}
    one |= {"rule": {"kind": "once"}, "listed": False, "revision": 0, "told_rev": 0, "created_at": NOON}
    # Ended, so that it is no case of the meetings' own.
    one |= {"channel_id": ROOM, "pool_id": POOL, "ended_at": NOON}
    tx.execute(sa.insert(series).values(**of, id=SERIES, **one))
    row = {"day": NOON.date(), "starts_at": NOON, "ends_at": NOON + HOUR, "moved": False, "series_id": SERIES}
    row |= {"revision": 0, "told_rev": 0, "state": "running", "changed_at": NOON}
    tx.execute(sa.insert(meetings).values(**of, id=MEETING, **row))
    turn = {"pool_id": POOL, "meeting_id": MEETING, "member_ref": REF, "place": 0, "state": "asked"}
    tx.execute(sa.insert(hostings).values(**of, id=TURN, **turn, asked_at=NOON))
    said = {"meeting_id": MEETING, "member_ref": REF, "answer": "yes", "asked_at": NOON}
    tx.execute(sa.insert(rsvps).values(**of, id="97" * 16, **said))
    runs.insert(tx, a_run(), ["87" * 16])
    runs.set_room(tx, HERE, RUN, "none")


ASKING: dict[str, Call] = {
    "runs.fetch": lambda tx, g: runs.fetch(tx, g, RUN),
    "runs.fetch_of_meeting": lambda tx, g: runs.fetch_of_meeting(tx, g, MEETING),
    "runs.fetch_open_in": lambda tx, g: runs.fetch_open_in(tx, g, [ROOM]),
    "runs.fetch_open_of": lambda tx, g: runs.fetch_open_of(tx, g, REF),
    "runs.fetch_room": lambda tx, g: runs.fetch_room(tx, g, RUN),
    "runs.fetch_rooms": lambda tx, g: runs.fetch_rooms(tx, g),
    "runs.fetch_about": lambda tx, g: runs.fetch_about(tx, g, MEETING),
    "runs.fetch_about_of_turn": lambda tx, g: runs.fetch_about_of_turn(tx, g, TURN),
    "runs.fetch_between": lambda tx, g: runs.fetch_between(tx, g, OURS, **SPAN),
    "runs.said_yes": lambda tx, g: runs.said_yes(tx, g, MEETING, REF),
    "runs.is_in_pool": lambda tx, g: runs.is_in_pool(tx, g, MEETING, REF),
    "runs.fetch_roster": lambda tx, g: runs.fetch_roster(tx, g, MEETING),
}
CHANGING: dict[str, Call] = {
    "runs.set_room": lambda tx, g: runs.set_room(tx, g, RUN, None),
}
