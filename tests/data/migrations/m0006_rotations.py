"""The sixth version: nothing of before is changed, and the new tables take pools, turns and swaps."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from tests.data.migrations import m0005_meetings
from tests.data.migrations.m0001_first_tables import MEMBER, NOON, OF_PROGRAMME
from tests.data.migrations.m0002_people_and_words import _same, _table

POOL: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "a6" * 16,
    "name": "Evening — “hosts” ❤",
    "seats": 2,
    "rest": 1,
    "min_days": 90,
    "only_trained": True,
    "created_at": NOON,
}
IN_POOL: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "b6" * 16,
    "pool_id": POOL["id"],
    "member_ref": MEMBER,
    "seat": "experienced",
    "joined_at": NOON,
    # As exact as it is written, near the end of what a whole number can be.
    "owed": -(2**62) - 1,
    "hosted": 3,
    "last_at": NOON,
    "term_until": NOON.date(),
    "away": [["2026-03-01", "2026-03-14"]],
}
HOSTING: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "c6" * 16,
    "pool_id": POOL["id"],
    "meeting_id": m0005_meetings.MEETING["id"],
    "member_ref": MEMBER,
    "place": 1,
    "state": "self_run",
    "asked_at": NOON,
    "confirmed_at": NOON + dt.timedelta(hours=1),
    "opened_at": NOON + dt.timedelta(hours=2),
    "here_at": NOON + dt.timedelta(hours=3),
}
SWAP: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "d6" * 16,
    "hosting_id": HOSTING["id"],
    "member_ref": MEMBER,
    "to_ref": "e" * 32,
    "state": "withdrawn",
    "asked_at": NOON,
    "answered_at": NOON + dt.timedelta(minutes=5),
}


def load_data(tx: sa.Connection) -> None:
    """What the version before put in is there already."""


def check_upgrade(tx: sa.Connection) -> None:
    """No row of before is changed; each new table takes a row."""
    before = (("series", m0005_meetings.SERIES), ("meetings", m0005_meetings.MEETING), ("rsvps", m0005_meetings.RSVP))
    for name, row in before:
        assert _same(tx, name, row), name
    for name, row in (("pools", POOL), ("pool_members", IN_POOL), ("hostings", HOSTING), ("swaps", SWAP)):
        tx.execute(_table(tx, name).insert(), row)
        assert _same(tx, name, row), name
