"""Messages to plan, for tests of what stands on the outbox."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from bot.domain.outbox import Claimed, Plan
from data.schema import outbox as table
from data.store import outbox
from tests.store.rows import HERE, NOON

KIND, SUBJECT = "checkin.reminder", "5" * 32
MINUTE = dt.timedelta(minutes=1)
LEASE = dt.timedelta(seconds=90)
NO_LEASE = dt.timedelta(0)
"""A lease that has run out as soon as it is given, by whichever clock."""


def planned(number: int = 1, **changes: Any) -> Plan:
    """Return a message to the guild, each number another one, due at noon."""
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "guild_id": HERE,
        "kind": KIND,
        "subject": SUBJECT,
        "offset": str(number),
        "due_at": NOON,
        "expires_at": NOON + dt.timedelta(hours=1),
    }
    return Plan(**{**values, **changes})


def take(
    tx: sa.Connection,
    limit: int = 50,
    *,
    now: dt.datetime = NOON,
    lease: dt.timedelta = LEASE,
    restored_at: dt.datetime | None = None,
) -> list[Claimed]:
    """Claim as one worker."""
    return outbox.claim(tx, worker="w1", now=now, lease=lease, limit=limit, restored_at=restored_at)


def stored(tx: sa.Connection) -> list[dict[str, Any]]:
    """Return every message, in the order of their ids."""
    return [dict(row) for row in tx.execute(sa.select(table).order_by(table.c.id)).mappings()]


def states(tx: sa.Connection) -> list[str]:
    """Return the state of every message, in the order of their ids."""
    return [row["state"] for row in stored(tx)]
