"""A case for every store function of links and of Discord's events that is told a guild, for tests/store/test_two_guilds.py."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from data.store import events, feeds, guilds
from tests.store.cases_meetings import MEETING, SERIES
from tests.store.planned import planned
from tests.store.rows import ANNA, HERE, NOON, OURS

Call = Callable[[sa.Connection, int], Any]

REF = f"{HERE ^ ANNA:032x}"
FEED, DIRECTORY, NEW, OTHER = "a8" * 16, "b8" * 16, "c8" * 16, "5" * 32
"""The last is another programme of the guild, which has no links."""
MADE: dict[str, Any] = {"now": NOON}


def put(tx: sa.Connection) -> None:
    """Store a link of the member's and one of the programme's; all else is there already."""
    feeds.ensure(tx, FEED, HERE, OURS, REF, token_hash="d8" * 32, titled=False, **MADE)
    feeds.ensure_directory(tx, DIRECTORY, HERE, OURS, token_hash="e8" * 32, **MADE)
    guilds.update_programme(tx, HERE, OTHER, state="live")


ASKING: dict[str, Call] = {
    "feeds.fetch": lambda tx, g: feeds.fetch(tx, g, OURS, REF),
    "feeds.fetch_directory": lambda tx, g: feeds.fetch_directory(tx, g, OURS),
    "feeds.fetch_meetings": lambda tx, g: feeds.fetch_meetings(tx, g, OURS, since=NOON.date()),
    "events.fetch": lambda tx, g: events.fetch(tx, g, SERIES, now=NOON),
    "events.fetch_mark": lambda tx, g: events.fetch_mark(tx, g, MEETING),
    "events.is_claimed": lambda tx, g: events.is_claimed(tx, g, planned(1).id),
    "events.is_live": lambda tx, g: events.is_live(tx, g, OTHER),
    "events.is_pending": lambda tx, g: events.is_pending(tx, g, planned(2).id),
}
CHANGING: dict[str, Call] = {
    "feeds.ensure": lambda tx, g: feeds.ensure(tx, NEW, g, OTHER, REF, token_hash="f8" * 32, titled=True, **MADE),
    "feeds.update": lambda tx, g: feeds.update(tx, g, FEED, titled=True),
    "feeds.remove": lambda tx, g: feeds.remove(tx, g, OURS, REF),
    "feeds.remove_one": lambda tx, g: feeds.remove_one(tx, g, FEED),
    "feeds.ensure_directory": lambda tx, g: feeds.ensure_directory(tx, NEW, g, OTHER, token_hash="f8" * 32, **MADE),
    "feeds.remove_directory": lambda tx, g: feeds.remove_directory(tx, g, OURS),
    "feeds.list_series": lambda tx, g: feeds.list_series(tx, g, OURS, [], among=[SERIES]),
    "events.update": lambda tx, g: events.update(tx, g, MEETING, event_id=1, event_rev="x"),
}
REFUSED = {"feeds.ensure", "feeds.ensure_directory"}
"""What the keys refuse where guild and programme or member do not belong together."""
