"""A postman without a gateway, in the test's own process, and messages planned past any feature.

The worker is the real bot with real HTTP to the loopback Discord; only the ticker is missing, so that a test says when it
goes. Its one kind goes to the group's channel.
"""

import contextlib
import datetime as dt
import itertools
from collections.abc import AsyncIterator
from typing import Any

import discord
import sqlalchemy as sa

from bot.app import create_bot
from bot.clock import Clock, SystemClock
from bot.delivery import Say, Timing
from bot.delivery.pace import Pace
from bot.domain.outbox import Claimed, Plan
from bot.kit import views
from bot.kit.bot import PeerBot
from bot.services.notices import KIND as NOTICE
from bot.steps import outbox as steps
from data.db import Database
from data.schema import outbox as table
from tests.process.harbour import Harbour

KIND = "test.note"
KEY = bytes(range(32))
QUICK = Timing.of(lease=6.0, timeout=1.5, nonce=60.0)
_numbers = itertools.count(1)


@contextlib.asynccontextmanager
async def worker(
    harbour: Harbour, db: Database, clock: Clock, *, timing: Timing = QUICK, buttons: bool = True, key: bytes = KEY
) -> AsyncIterator[PeerBot]:
    """Log a bot in, without a gateway, that knows the test's kind."""
    was, discord.http.Route.BASE = discord.http.Route.BASE, harbour.discord.api_base
    bot = create_bot(key, db, clock, timing=timing, shard_count=1)
    bot.delivery.pace = Pace(per_second=500.0)

    async def wanted(db: Database, clock: Clock, row: Claimed) -> bool:
        return True

    def render(row: Claimed, facts: Any, locale: str) -> Say:
        view = views.rows([views.button("Go", "test:go:1")]) if buttons else None
        return Say(f"note {row.subject}", view, harbour.channels["group"].id)

    bot.delivery.kind(KIND, wanted=wanted, render=render)
    try:
        await bot.login(harbour.discord.token)
        yield bot
    finally:
        await bot.close()
        discord.http.Route.BASE = was


async def plan(harbour: Harbour, db: Database, now: dt.datetime | None = None, **changes: Any) -> str:
    """Plan a message and return its row's id: to the group's channel, or with the bot's own kind to the moderators'."""
    number = next(_numbers)
    due = now or SystemClock().now()
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "guild_id": harbour.guild.id,
        "kind": KIND,
        "subject": str(number),
        "due_at": due,
        "expires_at": due + dt.timedelta(days=7),
    }
    wanted = Plan(**{**values, **changes})
    assert await db.write(lambda tx: steps.plan(tx, wanted)) == 1
    return wanted.id


async def plan_notice(harbour: Harbour, db: Database, **changes: Any) -> str:
    """Plan something that the bot itself knows how to say, to the moderators' channel."""
    return await plan(harbour, db, kind=NOTICE, audience="moderators", **changes)


async def row_of(db: Database, row_id: str) -> Any:
    """Return a row of the outbox."""
    return await db.read(lambda tx: tx.execute(sa.select(table).where(table.c.id == row_id)).one())
