"""Processes to be killed: a nursery that has imported everything forks one child after another, each for one life.

    python -m tests.faults.worker postman|planner ORDERS SEED

A child opens its own database connection, logs in without a gateway and works until it is killed: at a named crash point
(`PEERLED_CRASH_POINT`), or at random by the nursery. A planner acknowledges each message once its commit is through. The
nursery says on stdout what becomes of each life; it has no thread and no event loop, so that forking is safe.
"""

import asyncio
import contextlib
import datetime as dt
import functools
import gc
import logging
import os
import random
import select
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NoReturn

import aiosqlite  # noqa: F401  (so that no life has to import it)
import asyncpg  # noqa: F401  (the same)
import discord

from bot import app, ticker
from bot.app import create_bot
from bot.clock import OffsetClock
from bot.delivery import Say, Timing, errand, postman
from bot.domain.outbox import Claimed, backoff
from bot.kit import views
from bot.kit.bot import PeerBot
from bot.steps import outbox as steps
from bot.texts import Texts
from bot.ticker import Ticker
from data.db import Database
from tests.faults.designs import DESIGNS
from tests.faults.orders import KIND, Orders
from tests.faults.unhurried import Unhurried

ORDERLY = 0.05
"""The share of lives that are asked to stop instead of being killed."""
UNKILLED = 0.4
"""The share of lives that nobody kills at random: they end at a crash point, or after this many longest lives."""
LONG = 3


def say(line: str) -> None:
    """Tell the harness."""
    os.write(1, f"{line}\n".encode())


# -- a life -----------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _living(orders: Orders, texts: Texts) -> AsyncIterator[PeerBot]:
    db = await Database.open(orders.url)
    timing = Timing.of(lease=orders.lease, timeout=orders.call, nonce=orders.nonce)
    clock = OffsetClock(Path(orders.offset))
    bot = create_bot(bytes.fromhex(orders.key), db, clock, texts=texts, timing=timing, shard_count=1)
    # The features have no part in this, and would cost each of thousands of lives its time.
    bot.cog_names = ()
    bot.delivery.pace = Unhurried()  # type: ignore[assignment]  # has all of a pace that is used
    try:
        yield bot
    finally:
        await bot.close()
        await db.close()


async def _wanted(db: Database, clock: Any, row: Claimed) -> bool:
    return True


def _render(row: Claimed, facts: Any, locale: str) -> Say:
    # Those with a button carry their mark in it, the others in the ids of their parts.
    view = views.rows([views.button("Go", "test:go:1")]) if int(row.subject) % 2 else None
    return Say(f"note {row.subject}", view, int(str(row.payload["channel"])))


async def deliver(orders: Orders, texts: Texts) -> None:
    """Deliver until SIGTERM, or until the nursery is gone."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    nursery = os.getppid()
    async with _living(orders, texts) as bot:
        bot.delivery.kind(KIND, wanted=_wanted, render=_render)
        await bot.login(orders.token)
        if orders.design != "outbox":
            while not stop.is_set() and os.getppid() == nursery:
                await DESIGNS[orders.design](bot, orders)
                await asyncio.sleep(0.02)
            return
        bell = Ticker(bot.delivery, bot.tools.clock)
        bell.start()
        while not stop.is_set() and os.getppid() == nursery:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1)
        await bot.delivery.stop(2)
        await bell.close()


def _allowed(orders: Orders) -> int:
    return int(Path(orders.allowance).read_text(encoding="utf-8"))


async def plan(orders: Orders, texts: Texts, acknowledged: int, pipe: int) -> None:
    """Plan as many messages as are allowed, from the first that was not acknowledged on, and acknowledge each."""
    nursery = os.getppid()
    async with _living(orders, texts) as bot:
        while os.getppid() == nursery:
            if acknowledged >= _allowed(orders):
                await asyncio.sleep(0.02)
                continue
            wanted = orders.plan(acknowledged, bot.tools.clock.now())
            await bot.tools.db.write(lambda tx, wanted=wanted: steps.plan(tx, wanted))
            bot.delivery.wake()
            acknowledged += 1
            os.write(pipe, b"%d\n" % acknowledged)


def _soon(
    most: dt.timedelta, failures: int, jitter: float, *, at_least: dt.timedelta = dt.timedelta(0)
) -> dt.timedelta:
    """Return how long a message that failed waits: as in life, but not for long."""
    return min(backoff(failures, jitter, at_least=at_least), max(most, at_least))


# -- the nursery ------------------------------------------------------------------------------------------------------


class Nursery:
    """Forks one life after another."""

    def __init__(self, role: str, orders: Orders, seed: str) -> None:
        self._role, self._orders = role, orders
        self._chance = random.Random(seed)
        self._texts = Texts.load()
        self._acknowledged = 0
        self._asked, self._told = os.pipe()
        os.set_blocking(self._told, False)
        self._stopping = False
        app._scanner()
        discord.http.Route.BASE = orders.api_base
        postman.BATCH, ticker.BEAT = orders.batch, orders.beat
        errand.backoff = functools.partial(_soon, dt.timedelta(seconds=orders.pause))
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)

    def run(self) -> None:
        """Keep one child alive after another until SIGTERM."""
        signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: None)
        gc.collect()
        gc.freeze()
        say("ready")
        while not self._stopping:
            reader, writer = os.pipe()
            # Until a child has its own way of ending, nobody may end it by the nursery's.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            child = os.fork()
            if child == 0:
                os.close(reader)
                self._live(writer)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            os.close(writer)
            say(f"born {child}")
            how = self._watch(child, reader)
            os.close(reader)
            _, status = os.waitpid(child, 0)
            say(f"over {how or _cause(status)}")

    def _live(self, pipe: int) -> NoReturn:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        try:
            if self._role == "planner":
                asyncio.run(plan(self._orders, self._texts, self._acknowledged, pipe))
            else:
                asyncio.run(deliver(self._orders, self._texts))
        except BaseException:  # whatever it is, the harness is to read it
            logging.exception("a life ended badly")
            os._exit(1)
        os._exit(0)

    def _watch(self, child: int, reader: int) -> str | None:
        """Hand on what the child acknowledges until it ends, or until its time has come; tell who ended it."""
        how, ends = self._fate()
        asked = False
        rest = b""
        while True:
            left = None if ends is None else max(0.0, ends - time.monotonic())
            ready = select.select([reader, *([] if self._stopping else [self._asked])], [], [], left)[0]
            if self._asked in ready:
                self._stopping = asked = True
                how, ends = "stopped", None
                os.kill(child, signal.SIGKILL if self._orders.life else signal.SIGTERM)
                os.kill(child, signal.SIGCONT)
            elif ready:
                if not (read := os.read(reader, 65536)):
                    return how if asked else None
                *lines, rest = (rest + read).split(b"\n")
                for line in lines:
                    self._acknowledged = int(line)
                    say(f"ack {self._acknowledged - 1}")
            else:
                os.kill(child, signal.SIGTERM if how == "orderly" else signal.SIGKILL)
                asked, ends = True, None

    def _fate(self) -> tuple[str, float | None]:
        """Draw how and when a life ends if nothing else ends it."""
        life, drawn = self._orders.life, self._chance.random()
        if not life:
            return "", None
        if drawn < UNKILLED:
            return "random", time.monotonic() + LONG * life
        orderly = drawn < UNKILLED + ORDERLY and self._role == "postman"
        return "orderly" if orderly else "random", time.monotonic() + self._chance.random() * life


def _cause(status: int) -> str:
    return "point" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else f"badly {status}"


if __name__ == "__main__":
    Nursery(sys.argv[1], Orders.read(Path(sys.argv[2])), sys.argv[3]).run()
