"""The fifth version: panels stay as they are, and a programme may have several of a kind; the new tables take meetings."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from tests.data.migrations import m0001_first_tables, m0003_outbox, m0004_reminders
from tests.data.migrations.m0001_first_tables import GUILD, MEMBER, NOON, OF_PROGRAMME
from tests.data.migrations.m0002_people_and_words import _same, _table

# As they could be before: a panel that stands, one of another kind that never did.
SHOWN: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "d5" * 16,
    "kind": "help",
    "channel_id": GUILD + 5,
    "message_id": GUILD + 6,
    "shown_rev": "r" * 64,
}
SERIES: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "a5" * 16,
    "title": "Tuesday evening — “all welcome” ❤",
    "zone": "Europe/Berlin",
    "starts_on": NOON.date(),
    "minute": 1_439,
    "minutes": 90,
    "rule": {"every": "week", "days": [1, 3]},
    "capacity": 16,
    "format": "discussion",
    "channel_id": GUILD + 8,
    "pool_id": "9" * 32,
    "listed": True,
    "revision": 3,
    "told_rev": 2,
    "planned_until": NOON.date() + dt.timedelta(days=60),
    "created_at": NOON,
    "ended_at": NOON + dt.timedelta(days=90),
}
MEETING: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "b5" * 16,
    "series_id": SERIES["id"],
    "day": NOON.date(),
    "starts_at": NOON,
    "ends_at": NOON + dt.timedelta(minutes=90),
    "moved": True,
    "moved_day": NOON.date() + dt.timedelta(days=1),
    "moved_minute": 0,
    "revision": 2,
    "told_rev": 1,
    "was_at": NOON - dt.timedelta(days=1),
    "state": "planned",
    "event_id": GUILD + 9,
    "event_rev": "e" * 64,
    "changed_at": NOON,
}
RSVP: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "c5" * 16,
    "meeting_id": MEETING["id"],
    "member_ref": MEMBER,
    "answer": "waiting",
    "asked_at": NOON,
    "offered_until": NOON + dt.timedelta(hours=12),
}
LEAD: dict[str, Any] = {**OF_PROGRAMME, "id": "e5" * 16, "member_ref": MEMBER, "minutes": 1_440}
CARDS: list[dict[str, Any]] = [
    {**OF_PROGRAMME, "id": f"{number}5" * 16, "kind": "meeting", "subject": subject, "channel_id": GUILD + 5}
    for number, subject in enumerate((SERIES["id"], "9" * 32), start=6)
]


def load_data(tx: sa.Connection) -> None:
    """Beside the rows of the versions before, a panel that stands."""
    tx.execute(_table(tx, "panels").insert(), SHOWN)


def check_upgrade(tx: sa.Connection) -> None:
    """No row of before is changed; panels that were there are about nothing in particular; each new table takes a row."""
    for name, row in m0001_first_tables.ROWS.items():
        if name not in ("people", "guilds"):  # these were changed on the way, which an earlier partner looked after
            assert _same(tx, name, row), name
    for name, row in (("outbox", m0003_outbox.REMINDER), ("reminders", m0004_reminders.REMINDERS[0])):
        assert _same(tx, name, row), name
    for row in (m0001_first_tables.ROWS["panels"], SHOWN):
        assert _same(tx, "panels", {**row, "subject": ""})
    for name, row in (("series", SERIES), ("meetings", MEETING), ("rsvps", RSVP), ("meeting_leads", LEAD)):
        tx.execute(_table(tx, name).insert(), row)
        assert _same(tx, name, row), name
    for row in CARDS:
        tx.execute(_table(tx, "panels").insert(), row)
        assert _same(tx, "panels", row)
