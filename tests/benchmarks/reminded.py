"""The one who delivers reminders in a process of its own, and what it measures there of itself.

    python -m tests.benchmarks.reminded serve|bursts|day ORDERS

It is the bot as `peerled run` has it, on the same kind of event loop, with all its features and with what was built at the
start out of the collector's rounds; only the gateway is missing. Discord is a loopback in another process, so that none of
its work is counted here. What was measured is the last line on stdout, as JSON.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
import gc
import itertools
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import discord
import sqlalchemy as sa

from bot.app import create_bot
from bot.cli import _fast_loop
from bot.clock import Clock, ManualClock, SystemClock
from bot.delivery import Timing
from bot.delivery.pace import Pace
from bot.domain.outbox import Plan
from bot.kit.bot import PeerBot
from bot.services import reminders as service
from bot.steps import outbox as steps
from bot.steps import reminders as planning
from bot.ticker import Ticker
from data.db import Database
from data.schema import outbox, programmes, reminders
from data.store import reminders as store
from tests.faults.orders import Orders

CHUNK = 200
STEP = 0.002
"""Seconds between two looks at how late the event loop is."""
BURST, PAIRS, QUIET = 500, 6, 2.0
GONE = "test.gone"
UNHURRIED = 500.0
"""Calls a second where a day is to pass in half a minute."""
STRIDE, WARM_UP, DAY = dt.timedelta(minutes=15), dt.timedelta(hours=6), dt.timedelta(hours=24)
HOUR, WEEK = dt.timedelta(hours=1), dt.timedelta(days=7)
LATEST = 1_400
"""Minutes of a day, before the last in which a stride could pass a reminder by: it lasts to midnight at most."""


# -- what is planned ----------------------------------------------------------------------------------------------------


async def let_be_reminded(db: Database, orders: Orders, now: dt.datetime) -> list[store.Row]:
    """Let every member have a reminder, at any minute of the day, and the next of each be planned; return them."""
    everybody = [(guild_id, ref) for guild_id, refs in zip(orders.guilds, orders.members, strict=True) for ref in refs]

    def put(tx: sa.Connection, first: int) -> list[store.Row]:
        found = {row.guild_id: row.id for row in tx.execute(sa.select(programmes.c.guild_id, programmes.c.id))}
        rows = []
        for number, (guild_id, ref) in enumerate(everybody[first : first + CHUNK], first):
            minute = number * 7919 % LATEST
            store.ensure(tx, f"{number:032x}", guild_id, found[guild_id], ref, minute=minute, days="every")
            row = store.fetch(tx, guild_id, f"{number:032x}")
            assert row is not None
            planning.plan_next(tx, row, now=now)
            rows.append(row)
        return rows

    made = [await db.write(functools.partial(put, first=first)) for first in range(0, len(everybody), CHUNK)]
    return [row for rows in made for row in rows]


def reminder(row: store.Row, number: int, due_at: dt.datetime, kind: str = service.KIND) -> Plan:
    """Return one more reminder than a member's next."""
    return Plan(
        id=f"{number:032x}",
        guild_id=row.guild_id,
        kind=kind,
        subject=row.id,
        offset=str(number),
        programme_id=row.programme_id,
        member_ref=row.member_ref,
        payload={"day": due_at.date().isoformat()},
        due_at=due_at,
        expires_at=due_at + HOUR,
    )


async def plan(db: Database, plans: list[Plan]) -> None:
    """Plan them."""
    for first in range(0, len(plans), CHUNK):
        await db.write(functools.partial(_plan, plans=plans[first : first + CHUNK]))


def _plan(tx: sa.Connection, plans: list[Plan]) -> None:
    assert steps.plan(tx, *plans) == len(plans)


async def answer(db: Database, now: dt.datetime) -> None:
    """Let everybody answer the last one, so that nobody is left in peace from the fourth on."""
    await db.write(lambda tx: tx.execute(sa.update(reminders).values(unanswered=0, answered_at=now)).rowcount)


# -- the bot ------------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def working(orders: Orders, clock: Clock) -> AsyncIterator[PeerBot]:
    """Log the bot in."""
    discord.http.Route.BASE = orders.api_base
    db = await Database.open(orders.url)
    bot = create_bot(bytes.fromhex(orders.key), db, clock, timing=Timing(), shard_count=1)
    try:
        await bot.login(orders.token)
        gc.collect()
        gc.freeze()
        yield bot
    finally:
        await bot.close()
        await db.close()


async def serve(orders: Orders) -> dict[str, Any]:
    """Deliver what is due by the alarm clock until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    clock = SystemClock()
    async with working(orders, clock) as bot:
        bell = Ticker(bot.delivery, clock)
        bell.start()
        say("serving")
        await stop.wait()
        await bot.delivery.stop()
        await bell.close()
        return {"sent": bot.delivery.sent}


# -- how late the event loop is -----------------------------------------------------------------------------------------


class Probe:
    """Looks every `STEP` seconds how late the event loop is for whoever came at that moment.

    Where it was held up over several such moments, each of them counts: somebody could have come at any.
    """

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.own: list[float] = []
        """Of each no more than this process worked in that time, in all its threads: the rest was the machine's."""
        self._next = self._worked = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._next, self._worked = time.perf_counter() + STEP, time.process_time()
        self._ring()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._timer is not None
        self._timer.cancel()

    def _ring(self) -> None:
        now, worked = time.perf_counter(), time.process_time()
        while self._next <= now:
            self.waits.append((now - self._next) * 1000)
            self.own.append(min(now - self._next, worked - self._worked) * 1000)
            self._next += STEP
        self._worked = worked
        self._timer = asyncio.get_running_loop().call_later(self._next - now, self._ring)


@dataclasses.dataclass
class Lag:
    """How many milliseconds late the loop was, without and with a burst, in turn."""

    quiet: list[list[float]] = dataclasses.field(default_factory=list)
    burst: list[list[float]] = dataclasses.field(default_factory=list)
    own: list[float] = dataclasses.field(default_factory=list)
    """Of the bursts, what was this process's own work."""
    seconds: list[float] = dataclasses.field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return what is known now."""
        added = sorted(p99(one) - p99(other) for one, other in zip(self.burst, self.quiet, strict=True))
        quiet, burst = list(itertools.chain(*self.quiet)), list(itertools.chain(*self.burst))
        return {
            "added": statistics.median(added),
            "least": added[0],
            "most": added[-1],
            "quiet": [statistics.median(quiet), p99(quiet), max(quiet)],
            "burst": [statistics.median(burst), p99(burst), max(burst)],
            "own": [statistics.median(self.own), p99(self.own), max(self.own)],
            "pairs": len(added),
            "seconds": statistics.median(self.seconds),
        }


def p99(waits: list[float]) -> float:
    """Return what all but one in a hundred stay below."""
    return statistics.quantiles(waits, n=100)[98]


async def bursts(orders: Orders) -> dict[str, Any]:
    """Let 500 be due at once, again and again, with quiet in between: said at the pace, or not wanted any more."""
    keep_others_out()
    clock = SystemClock()
    async with working(orders, clock) as bot:
        db, post = bot.tools.db, bot.delivery

        async def unwanted(db: Database, clock: Clock, row: Any) -> None:
            return None

        post.kind(GONE, wanted=unwanted, render=_unused)
        rows = await let_be_reminded(db, orders, clock.now() + HOUR)  # none of them comes while this lasts
        number = 1 << 64
        kinds = {"said": service.KIND, "not wanted any more": GONE}
        lags = {name: Lag() for name in kinds}
        for turn in range(PAIRS + 1):
            for name, lag in lags.items():
                await answer(db, clock.now())
                now = clock.now()
                await plan(
                    db, [reminder(row, number + place, now, kinds[name]) for place, row in enumerate(rows[:BURST])]
                )
                number += BURST
                await asyncio.sleep(0.5)
                with Probe() as quiet:
                    await asyncio.sleep(QUIET)
                began = time.perf_counter()
                with Probe() as probe:
                    taken = await post.run_due()
                assert taken == BURST
                if turn:  # the first of each is for the caches
                    lag.quiet.append(quiet.waits)
                    lag.burst.append(probe.waits)
                    lag.own += probe.own
                    lag.seconds.append(time.perf_counter() - began)
        return {name: lag.told() for name, lag in lags.items()} | {"sent": post.sent}


def keep_others_out() -> None:
    """Go before whatever else this machine does, where that is allowed: it is not to be taken for work of ours."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -20)


def _unused(*_: Any) -> Any:
    raise AssertionError("nobody wants it")


# -- a day --------------------------------------------------------------------------------------------------------------


def resident() -> float:
    """Return how many megabytes of this process are in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


async def day(orders: Orders) -> dict[str, Any]:
    """Let a day pass in strides after some hours to warm up: reminders come, plan the next ones, and are tidied away."""
    clock = ManualClock(SystemClock().now())
    async with working(orders, clock) as bot:
        db, post = bot.tools.db, bot.delivery
        post.pace = Pace(per_second=UNHURRIED)
        begins, ends = clock.now() + WARM_UP, clock.now() + WARM_UP + DAY
        await let_be_reminded(db, orders, clock.now())
        await db.write(functools.partial(_let_be_past, orders=orders, until=ends - WEEK, since=clock.now() - WEEK))
        past = await db.read(_count)
        sizes: list[float] = []
        sent, blocks = 0, 0
        while clock.now() < ends:
            clock.advance(STRIDE)
            await post.run_due()
            if (clock.now() - begins) % HOUR == dt.timedelta(0):
                await post.tidy()
                await answer(db, clock.now())
                if clock.now() == begins:
                    sent, blocks = post.sent, sys.getallocatedblocks()
                if clock.now() >= begins:
                    sizes.append(resident())
        left = await db.read(_count)
        return {
            "sizes": sizes,
            "blocks": sys.getallocatedblocks() - blocks,
            "sent": post.sent - sent,
            "pending": left.get("pending", 0),
            "others": {state: number for state, number in left.items() if state not in ("pending", "sent")},
            "tidied": past["sent"] + post.sent - left["sent"],
        }


def _let_be_past(tx: sa.Connection, orders: Orders, since: dt.datetime, until: dt.datetime) -> None:
    """Put in what was sent a week ago, as much as comes in a day."""
    count = sum(map(len, orders.members))
    for number in range(count):
        at = since + (until - since) * number / count
        values = {"id": f"{(1 << 64) + number:032x}", "guild_id": orders.guilds[0], "kind": GONE, "subject": "1"}
        values |= {"dedupe_key": f"past {number}", "revision": 1, "op": "post", "payload": {}, "state": "sent"}
        values |= {"due_at": at, "ready_at": at, "expires_at": at + HOUR, "done_at": at, "fence": 1, "attempts": 0}
        tx.execute(sa.insert(outbox).values(values))


def _count(tx: sa.Connection) -> dict[str, int]:
    counted = tx.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state))
    return {row[0]: row[1] for row in counted}


def say(line: str) -> None:
    """Tell whoever started this process."""
    print(line, flush=True)  # noqa: T201  (this is how it is told)


if __name__ == "__main__":
    work = {"serve": serve, "bursts": bursts, "day": day}[sys.argv[1]]
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        say(json.dumps(runner.run(work(Orders.read(Path(sys.argv[2]))))))
