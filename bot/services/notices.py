"""Notices to those who look after a server: that something promised could not be delivered.

One for a channel, a day and what stood in the way, however much it was: the figures are for `/admin health`. Somebody whose
every way is closed is worth one until a message reaches them again or they choose anew, not one for each message.
"""

import datetime as dt

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import troubles
from bot.domain.ids import new_id
from bot.domain.outbox import Claimed, Plan
from bot.steps import outbox
from data.db import Database
from data.store import outbox as ledger
from data.store import reaching

KIND = "admin.notice"
AUDIENCE = "moderators"
DAY, LASTS = dt.timedelta(days=1), dt.timedelta(days=2)


async def plan_undelivered(db: Database, clock: Clock, row: Claimed, error: str | None) -> bool:
    """Plan the notice that this message could not be delivered; False where that is said already, or it is a notice itself."""
    if row.kind == KIND:
        return False
    now, cause = clock.now(), troubles.cause(error)
    plan = Plan(
        id=new_id(),
        guild_id=row.guild_id,
        kind=KIND,
        subject=row.programme_id or "guild",
        offset=f"{now.date().isoformat()}-{cause}",
        programme_id=row.programme_id,
        audience=AUDIENCE,
        payload={"cause": cause},
        due_at=now,
        expires_at=now + LASTS,
    )

    def work(tx: sa.Connection) -> bool:
        if cause == "no_way" and _is_known_closed(tx, row):
            return False
        return outbox.plan(tx, plan) > 0

    return await db.write(work)


async def is_said(db: Database, row: Claimed, channel_id: int) -> bool:
    """Tell whether another notice of that day says the same in this channel, which programmes may share."""
    day = row.due_at.replace(hour=0, minute=0, second=0, microsecond=0)

    def work(tx: sa.Connection) -> bool:
        said = ledger.sent_to(tx, row.guild_id, KIND, channel_id, since=day, before=day + DAY)
        return any(one.get("cause") == row.payload.get("cause") for one in said)

    return await db.read(work)


def _is_known_closed(tx: sa.Connection, row: Claimed) -> bool:
    """Tell whether the last message to this person found every way closed, too, since the way that they have was closed."""
    reach = reaching.fetch(tx, row.guild_id, row.member_ref) if row.member_ref else None
    if row.member_ref is None or reach is None or reach.closed_at is None:
        return False
    last = ledger.last_to(tx, row.guild_id, row.member_ref, reach.closed_at)
    return last is not None and last[0] == "dead" and troubles.cause(last[1]) == "no_way"
