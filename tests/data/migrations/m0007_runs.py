"""The seventh version: what was there stays as it is; the new tables take a meeting that runs and who is on its list."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from tests.data.migrations import m0005_meetings
from tests.data.migrations.m0001_first_tables import GUILD, MEMBER, NOON, OF_PROGRAMME
from tests.data.migrations.m0002_people_and_words import _same, _table

# As it could be before: an occurrence that is over.
OVER: dict[str, Any] = {
    **m0005_meetings.MEETING,
    "id": "a7" * 16,
    "day": NOON.date() - dt.timedelta(days=7),
    "starts_at": NOON - dt.timedelta(days=7),
    "ends_at": NOON - dt.timedelta(days=7) + dt.timedelta(minutes=90),
    "state": "ended",
    "event_id": None,
    "event_rev": None,
}
RUN: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "b7" * 16,
    "meeting_id": m0005_meetings.MEETING["id"],
    "channel_id": GUILD + 8,
    "format": "discussion",
    "phases": [["opening", 5, False], ["discussion", 40, True]],
    "started_at": NOON,
    "meant_until": NOON + dt.timedelta(minutes=90),
    "entry_until": NOON + dt.timedelta(minutes=15),
    "at_least": 3,
    "turn_minutes": 5,
    "step": 1,
    "step_at": NOON + dt.timedelta(minutes=6),
    "turn": 4,
    "turn_at": NOON + dt.timedelta(minutes=7),
    "places": 6,
    "hosting": 1,
    "locked": True,
    "self_run": False,
    "room_was": "allow",
    "room_own": True,
}
ENDED: dict[str, Any] = {
    **RUN,
    "id": "c7" * 16,
    "meeting_id": OVER["id"],
    "turn_minutes": None,
    "turn_at": None,
    "locked": False,
    "self_run": True,
    "room_was": None,
    "room_own": False,
    "ended_at": NOON + dt.timedelta(hours=2),
    "heads": 12,
}
TURN: dict[str, Any] = {
    **OF_PROGRAMME,
    "id": "d7" * 16,
    "run_id": RUN["id"],
    "member_ref": MEMBER,
    "standing": "waiting",
    "part": "cohost",
    "place": 6,
    "heard_at": NOON,
    "in_room": False,
    "left_at": NOON + dt.timedelta(minutes=1),
}


def load_data(tx: sa.Connection) -> None:
    """Beside the rows of the versions before, a meeting that is over."""
    tx.execute(_table(tx, "meetings").insert(), OVER)


def check_upgrade(tx: sa.Connection) -> None:
    """No row of before is changed; the new tables take a run that goes on, one that is over, and somebody on a list."""
    for name, row in (("meetings", m0005_meetings.MEETING), ("meetings", OVER), ("rsvps", m0005_meetings.RSVP)):
        assert _same(tx, name, row), name
    for name, row in (("runs", RUN), ("runs", ENDED), ("turns", TURN)):
        tx.execute(_table(tx, name).insert(), row)
        assert _same(tx, name, row), name
