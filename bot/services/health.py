"""How this whole bot stands, for whoever runs it: figures of all guilds together, about nobody."""

import datetime as dt
import functools
from dataclasses import dataclass

from bot.clock import Clock
from data.db import Database
from data.store import health


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database tells."""

    guilds: int
    """How many guilds have a programme that is set up."""
    waiting: int
    held: int
    late_by: dt.timedelta
    """How long ago the oldest message was due that should have been said; zero: none is late."""


async def look(db: Database, clock: Clock) -> Standing:
    """Return how things stand; raises PeerError where the database does not answer."""
    now = clock.now()
    guilds, waiting, held, oldest = await db.read(functools.partial(health.fetch, now=now))
    return Standing(guilds, waiting, held, now - oldest if oldest is not None else dt.timedelta(0))


async def answers(db: Database) -> None:
    """Return once the database has answered; raises PeerError where it does not."""
    await db.read(health.ping)
