"""Bringing Discord's events to what holds for a series: planned in the transaction that changes it.

What is planned says only which series to look at; what is to be seen of it is read when it is done. So planning once too often
changes nothing.
"""

import datetime as dt
import hashlib

import sqlalchemy as sa

from bot.domain.outbox import Plan
from bot.steps import outbox
from data.store import events

KIND = "events.mirror"
WITHIN = dt.timedelta(days=1)
MOST_AT_ONCE = 10


def plan(tx: sa.Connection, guild_id: int, series_id: str, *, now: dt.datetime) -> None:
    """Plan to look which events a series has and should have, unless that waits to be done already."""
    moment = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%S%f}"
    # One that was planned for the very same moment may have been done since.
    for number in range(MOST_AT_ONCE):
        one = _plan(guild_id, series_id, f"{moment}-{number}", now)
        if outbox.plan(tx, one) or events.is_pending(tx, guild_id, one.id):
            return


def _plan(guild_id: int, series_id: str, offset: str, now: dt.datetime) -> Plan:
    return Plan(
        id=hashlib.sha256(f"{KIND}:{series_id}:{offset}".encode()).hexdigest()[:32],
        guild_id=guild_id,
        kind=KIND,
        subject=series_id,
        offset=offset,
        op="event",
        due_at=now,
        expires_at=now + WITHIN,
    )
