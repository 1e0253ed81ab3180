"""The demo with the real bot: an empty database in a folder of its own, and the town set up through the bot."""

import contextlib
import datetime as dt
import functools
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from bot.app import create_bot
from bot.clock import SystemClock
from bot.demo import settling_in, stage
from bot.demo.clock import DemoClock
from bot.demo.world import World
from data import migrate
from data.db import Database


@contextlib.asynccontextmanager
async def demo(
    now: dt.datetime | None = None, tell: Callable[[float, str], None] = settling_in.quietly
) -> AsyncIterator[World]:
    """Run the bot in the town for the length of the block, from `now` (aware; this machine's present when left out).

    `tell` hears how far the town is (0 to 1) and what is going on. The database and its folder are gone afterwards.
    """
    clock = DemoClock((now or SystemClock().now()) - dt.timedelta(days=settling_in.DAYS))
    with tempfile.TemporaryDirectory(prefix="peerled-demo-") as folder:
        db = await Database.open(f"sqlite:///{Path(folder).as_posix()}/demo.db")
        try:
            await migrate.upgrade(db)
            bot = create_bot(os.urandom(32), db, clock, shard_count=1)
            settle = functools.partial(settling_in.settle_in, tell=tell)

            async def after_time() -> None:
                # What a long leap went past is planned anew first, as a start after a pause does it.
                await bot.delivery.begin()
                await bot.delivery.run_due()

            async with stage.staged(bot, clock, settle, after_time) as world:
                yield world
        finally:
            await db.close()
