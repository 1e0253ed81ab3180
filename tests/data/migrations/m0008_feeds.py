"""The eighth version: what was there stays as it is; the new tables take a person's link and a programme's."""

from typing import Any

import sqlalchemy as sa

from tests.data.migrations import m0007_runs
from tests.data.migrations.m0001_first_tables import MEMBER, NOON, OF_PROGRAMME
from tests.data.migrations.m0002_people_and_words import _same, _table

FEED: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "a8" * 16,
    "member_ref": MEMBER,
    "token_hash": "b8" * 32,
    "titled": True,
    "made_at": NOON,
    "seen_at": NOON,
}
DIRECTORY: dict[str, Any] = {**OF_PROGRAMME, "id": "c8" * 16, "token_hash": "d8" * 32, "made_at": NOON}


def load_data(tx: sa.Connection) -> None:
    """What the versions before put in is enough."""


def check_upgrade(tx: sa.Connection) -> None:
    """What was there is unchanged, and there is room for what is new."""
    for name, row in (("runs", m0007_runs.RUN), ("runs", m0007_runs.ENDED), ("turns", m0007_runs.TURN)):
        assert _same(tx, name, row)
    for name, row in (("feeds", FEED), ("directories", DIRECTORY)):
        tx.execute(_table(tx, name).insert(), row)
        assert _same(tx, name, row)
