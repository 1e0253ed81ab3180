"""A case for every store function of pools and turns that is told a guild, for tests/store/test_two_guilds.py."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from data.schema import hostings, meetings, pool_members, pools, series, swaps
from data.store import rotations
from tests.store.rows import ANNA, HERE, NOON, OURS

Call = Callable[[sa.Connection, int], Any]

REF = f"{HERE ^ ANNA:032x}"
POOL, INSIDE, TURN, SWAP = "a6" * 16, "b6" * 16, "c6" * 16, "d6" * 16
SERIES, MEETING, NEW, ROOM = "e6" * 16, "f6" * 16, "96" * 16, 660
SOON = NOON + dt.timedelta(minutes=10)
RULES = {"name": "New", "seats": 1, "rest": 0, "min_days": 0, "only_trained": True, "created_at": NOON}
EARLY = dt.timedelta(minutes=30)

ASKING: dict[str, Call] = {
    "rotations.fetch_pools": lambda tx, g: rotations.fetch_pools(tx, g, OURS),
    "rotations.fetch_pool": lambda tx, g: rotations.fetch_pool(tx, g, POOL),
    "rotations.fetch_one_inside": lambda tx, g: rotations.fetch_one_inside(tx, g, OURS, INSIDE),
    "rotations.fetch_own": lambda tx, g: rotations.fetch_own(tx, g, OURS, REF),
    "rotations.fetch_held": lambda tx, g: rotations.fetch_held(tx, g, MEETING),
    "rotations.fetch_hostings": lambda tx, g: rotations.fetch_hostings(tx, g, [MEETING]),
    "rotations.fetch_hosting": lambda tx, g: rotations.fetch_hosting(tx, g, OURS, TURN),
    "rotations.fetch_due_in": lambda tx, g: rotations.fetch_due_in(tx, g, ROOM, REF, now=NOON, early=EARLY),
    "rotations.fetch_pools_of": lambda tx, g: rotations.fetch_pools_of(tx, g, REF),
}
CHANGING: dict[str, Call] = {
    "rotations.insert_pool": lambda tx, g: rotations.insert_pool(tx, NEW, g, OURS, **RULES),
    "rotations.update_inside": lambda tx, g: rotations.update_inside(tx, g, INSIDE, hosted=9),
    "rotations.delete_inside": lambda tx, g: rotations.delete_inside(tx, g, INSIDE),
    "rotations.update_hosting": lambda tx, g: rotations.update_hosting(tx, g, TURN, state="void"),
    "rotations.update_swap": lambda tx, g: rotations.update_swap(tx, g, SWAP, state="refused"),
}
REFUSED = {"rotations.insert_pool"}


def put(tx: sa.Connection) -> None:
    """Put a pool, somebody in it, their turn at a meeting soon, and their wish to swap."""
    of = {"guild_id": HERE, "programme_id": OURS}
    tx.execute(sa.insert(pools).values(**of, id=POOL, **{**RULES, "name": "Ours"}))
    inside = {"seat": "experienced", "joined_at": NOON, "owed": 0, "hosted": 0, "last_at": NOON, "away": []}
    tx.execute(sa.insert(pool_members).values(**of, id=INSIDE, pool_id=POOL, member_ref=REF, **inside))
    one: dict[str, Any] = {"title": "Ours", "zone": "UTC", "starts_on": NOON.date(), "minute": 730, "minutes": 60}
    one |= {"rule": {"kind": "once"}, "listed": False, "revision": 0, "told_rev": 0, "created_at": NOON}
    # Ended, so that it is no case of the meetings' own.
    one |= {"channel_id": ROOM, "pool_id": POOL, "ended_at": NOON}
    tx.execute(sa.insert(series).values(**of, id=SERIES, **one))
    row = {"day": NOON.date(), "starts_at": SOON, "ends_at": SOON + dt.timedelta(hours=1), "moved": False}
    row |= {"revision": 0, "told_rev": 0, "state": "planned", "changed_at": NOON, "series_id": SERIES}
    tx.execute(sa.insert(meetings).values(**of, id=MEETING, **row))
    turn = {"pool_id": POOL, "meeting_id": MEETING, "member_ref": REF, "place": 0, "state": "asked", "asked_at": NOON}
    tx.execute(sa.insert(hostings).values(**of, id=TURN, **turn))
    tx.execute(sa.insert(swaps).values(**of, id=SWAP, hosting_id=TURN, member_ref=REF, state="open", asked_at=NOON))
