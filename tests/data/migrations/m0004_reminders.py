"""The fourth version: what was there stays as it is; the new table takes when somebody wants to be asked."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from tests.data.migrations import m0001_first_tables, m0003_outbox
from tests.data.migrations.m0001_first_tables import MEMBER, NOON, OF_PROGRAMME
from tests.data.migrations.m0002_people_and_words import _same, _table

# As it could be before: something that is under way and something that was said.
SAID: dict[str, Any] = {
    **m0003_outbox.REMINDER,
    "id": "a2" * 16,
    "dedupe_key": m0003_outbox.REMINDER["dedupe_key"].replace("2026-01-02", "2026-01-01"),
    "state": "sent",
}
REMINDERS: list[dict[str, Any]] = [
    {
        **OF_PROGRAMME,
        "id": "b2" * 16,
        "member_ref": MEMBER,
        "minute": 1_439,
        "days": "weekdays",
        "revision": 7,
        "stopped_at": NOON,
        "paused_at": NOON,
        "paused_until": NOON + dt.timedelta(days=7),
        "passed_on": NOON.date(),
        "answered_at": NOON,
        "said_at": NOON - dt.timedelta(hours=1),
        "unanswered": 3,
    },
    {
        **OF_PROGRAMME,
        "id": "c2" * 16,
        "member_ref": m0003_outbox.FORMER_MEMBER,
        "minute": 0,
        "days": "every",
        "revision": 0,
        "unanswered": 0,
    },
]


def load_data(tx: sa.Connection) -> None:
    """Beside the rows of the versions before, a message that was said."""
    tx.execute(_table(tx, "outbox").insert(), SAID)


def check_upgrade(tx: sa.Connection) -> None:
    """No row of before is changed; the new table takes what somebody chose, whole or hardly anything of it."""
    for row in (m0003_outbox.REMINDER, m0003_outbox.NOTICE, SAID):
        assert _same(tx, "outbox", row)
    for name in ("checkins", "checkin_plans", "members", "programmes"):
        assert _same(tx, name, m0001_first_tables.ROWS[name]), name
    for row in REMINDERS:
        tx.execute(_table(tx, "reminders").insert(), row)
        assert _same(tx, "reminders", row)
