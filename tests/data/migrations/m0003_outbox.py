"""The third version: what was there stays as it is; the outbox takes what is to be said, once for each key."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from tests.data.migrations import m0001_first_tables, m0002_people_and_words
from tests.data.migrations.m0001_first_tables import GUILD, MEMBER, NOON, OF_PROGRAMME
from tests.data.migrations.m0002_people_and_words import _same, _table

FORMER_MEMBER, FORMER_LEADER = "9" * 32, "a1" * 16
# As they could be before: a member who was erased and what is known of nobody any more.
BEFORE: dict[str, dict[str, Any]] = {
    "members": {"ref": FORMER_MEMBER, "guild_id": GUILD, "person_id": None},
    "leaders": {
        **OF_PROGRAMME,
        "id": FORMER_LEADER,
        "member_ref": FORMER_MEMBER,
        "added_on": NOON.date(),
        "learned": [],
        "trained_elsewhere": False,
    },
}
REMINDER: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "b1" * 16,
    "member_ref": MEMBER,
    "kind": "checkin.reminder",
    "subject": "c1" * 16,
    "revision": 3,
    "dedupe_key": f"checkin.reminder:{'c1' * 16}:3:2026-01-02:{MEMBER}",
    "op": "post",
    "channel_id": GUILD + 5,
    "payload": {"day": "2026-01-02", "times": 3},
    "due_at": NOON,
    "expires_at": NOON + dt.timedelta(hours=2),
    "ready_at": NOON + dt.timedelta(seconds=90),
    "state": "claimed",
    "worker": "d1" * 16,
    "fence": 2,
    "attempts": 1,
    "first_try_at": NOON + dt.timedelta(seconds=1),
    "message_id": GUILD + 6,
    "last_error": "503",
    "done_at": NOON + dt.timedelta(seconds=2),
}
NOTICE = {
    "id": "e1" * 16,
    "guild_id": GUILD,
    "kind": "admin.notice",
    "subject": "f1" * 16,
    "revision": 0,
    "dedupe_key": f"admin.notice:{'f1' * 16}:0::{GUILD}.moderators",
    "op": "post",
    "payload": {},
    "due_at": NOON,
    "expires_at": NOON + dt.timedelta(days=7),
    "ready_at": NOON,
    "state": "pending",
    "fence": 0,
    "attempts": 0,
}


def load_data(tx: sa.Connection) -> None:
    """Beside the rows of the versions before, somebody who was erased."""
    for name, row in BEFORE.items():
        tx.execute(_table(tx, name).insert(), row)


def check_upgrade(tx: sa.Connection) -> None:
    """No row of before is changed; the outbox takes what goes to a member and what goes to nobody in person."""
    for rows in (m0001_first_tables.ROWS, m0002_people_and_words.BEFORE, m0002_people_and_words.ROWS, BEFORE):
        for name, row in rows.items():
            if name not in ("guilds", "people"):  # those the check of the second version itself has changed
                assert _same(tx, name, row), name
    for row in (REMINDER, NOTICE):
        tx.execute(_table(tx, "outbox").insert(), row)
        assert _same(tx, "outbox", row)
