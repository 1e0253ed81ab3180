"""What the stores of meetings are asked and told with another guild's id; see `test_two_guilds`."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from bot.domain.meetings import Rule
from bot.domain.series import Meeting, Series
from data.store import meetings, outbox, panels, rsvps
from tests.store.planned import KIND, SUBJECT
from tests.store.rows import ANNA, HERE, NOON, OURS

REF = f"{HERE ^ ANNA:032x}"
SERIES, MEETING, SECOND, NEW, CARD = "5a" * 16, "5b" * 16, "4b" * 16, "5c" * 16, "5d" * 16
STARTS = NOON + dt.timedelta(hours=6)
HOUR, WEEK = dt.timedelta(hours=1), dt.timedelta(weeks=1)
WHERE = (OURS, MEETING, REF)

Call = Callable[[sa.Connection, int], Any]


def a_series(guild_id: int = HERE, **changes: Any) -> Series:
    """Return a series of Tuesdays."""
    values: dict[str, Any] = {
        "id": SERIES,
        "guild_id": guild_id,
        "programme_id": OURS,
        "title": "Tuesday evening",
        "zone": "Europe/Berlin",
        "starts_on": NOON.date(),
        "minute": 19 * 60,
        "minutes": 60,
        "rule": Rule(kind="weekly", weekdays=(1,)),
        "capacity": 1,
        "format": "discussion",
        "channel_id": 77,
        "pool_id": None,
        "listed": True,
        "revision": 0,
        "planned_until": None,
        "created_at": NOON,
        "ended_at": None,
    }
    return Series(**{**values, **changes})


def a_meeting(guild_id: int = HERE, **changes: Any) -> Meeting:
    """Return its occurrence of today."""
    values: dict[str, Any] = {
        "id": MEETING,
        "guild_id": guild_id,
        "programme_id": OURS,
        "series_id": SERIES,
        "day": NOON.date(),
        "starts_at": STARTS,
        "ends_at": STARTS + HOUR,
        "moved": False,
        "revision": 0,
        "state": "planned",
        "was_at": None,
        "event_id": None,
        "event_rev": None,
        "changed_at": NOON,
    }
    return Meeting(**{**values, **changes})


def put(tx: sa.Connection) -> None:
    """Store a series whose first occurrence somebody waits for and whose second they come to; the member is there already."""
    meetings.insert_series(tx, a_series())
    later = a_meeting(id=SECOND, day=NOON.date() + WEEK, starts_at=STARTS + WEEK, ends_at=STARTS + WEEK + HOUR)
    meetings.ensure(tx, [a_meeting(), later])
    rsvps.put(tx, "4e" * 16, HERE, OURS, SECOND, REF, answer="yes", asked_at=NOON)
    rsvps.put(tx, "5e" * 16, HERE, *WHERE, answer="waiting", asked_at=NOON)
    rsvps.offer(tx, HERE, MEETING, REF, until=NOON + HOUR)
    rsvps.put_lead(tx, "5f" * 16, HERE, OURS, REF, minutes=15)
    panels.place(tx, CARD, HERE, OURS, kind="meeting", channel_id=11, subject=SERIES)


ASKING: dict[str, Call] = {
    "meetings.fetch_series": lambda tx, g: meetings.fetch_series(tx, g, SERIES),
    "meetings.fetch_all_series": lambda tx, g: meetings.fetch_all_series(tx, g, OURS),
    "meetings.fetch_series_by_ids": lambda tx, g: meetings.fetch_series_by_ids(tx, g, [SERIES]),
    "meetings.count_series": lambda tx, g: meetings.count_series(tx, g, OURS),
    "meetings.fetch": lambda tx, g: meetings.fetch(tx, g, MEETING),
    "meetings.fetch_of_series": lambda tx, g: meetings.fetch_of_series(tx, g, SERIES),
    "meetings.fetch_next": lambda tx, g: meetings.fetch_next(tx, g, SERIES, now=NOON),
    "meetings.fetch_upcoming": lambda tx, g: meetings.fetch_upcoming(tx, g, OURS, now=NOON),
    "meetings.fetch_between": lambda tx, g: meetings.fetch_between(tx, g, OURS, after=NOON, before=STARTS + HOUR),
    "meetings.fetch_at": lambda tx, g: meetings.fetch_at(tx, g, SERIES, STARTS),
    "rsvps.fetch_one": lambda tx, g: rsvps.fetch_one(tx, g, MEETING, REF),
    "rsvps.fetch_own": lambda tx, g: rsvps.fetch_own(tx, g, [MEETING], REF),
    "rsvps.fetch_waiting": lambda tx, g: rsvps.fetch_waiting(tx, g, MEETING),
    "rsvps.fetch_refs": lambda tx, g: rsvps.fetch_refs(tx, g, [MEETING], also_offered=True, limit=9),
    "rsvps.fetch_last_asked": lambda tx, g: rsvps.fetch_last_asked(tx, g, MEETING),
    "rsvps.count": lambda tx, g: rsvps.count(tx, g, [MEETING], now=NOON),
    "rsvps.fetch_leads": lambda tx, g: rsvps.fetch_leads(tx, g, OURS, [REF])[REF] == 15,
    "rsvps.fetch_places": lambda tx, g: rsvps.fetch_places(tx, g, REF, now=NOON),
    "rsvps.fetch_promised": lambda tx, g: rsvps.fetch_promised(tx, g, OURS, REF, now=NOON),
    "panels.fetch_about": lambda tx, g: panels.fetch_about(tx, g, "meeting", SERIES),
}
CHANGING: dict[str, Call] = {
    "meetings.update_series": lambda tx, g: meetings.update_series(tx, g, SERIES, title="Other"),
    "meetings.update": lambda tx, g: meetings.update(tx, g, MEETING, state="ended"),
    "meetings.cancel_all": lambda tx, g: meetings.cancel_all(tx, g, [MEETING], now=NOON),
    "rsvps.put": lambda tx, g: rsvps.put(tx, NEW, g, *WHERE, answer="no", asked_at=NOON),
    "rsvps.offer": lambda tx, g: rsvps.offer(tx, g, MEETING, REF, until=STARTS),
    "rsvps.withdraw_offers": lambda tx, g: rsvps.withdraw_offers(tx, g, MEETING),
    "rsvps.remove": lambda tx, g: rsvps.remove(tx, g, MEETING, [REF]),
    "rsvps.put_lead": lambda tx, g: rsvps.put_lead(tx, NEW, g, OURS, REF, minutes=60),
    "outbox.cancel_about": lambda tx, g: outbox.cancel_about(tx, g, [KIND], [SUBJECT], now=NOON),
}
REFUSED = {"rsvps.put", "rsvps.put_lead"}
"""What the keys refuse where guild and programme or member do not belong together."""
