"""How fast messages are taken and marked: where a million wait, and beside an alarm clock that stores its jobs.

Run by name: `pytest -n 0 -m benchmark -s tests/benchmarks/test_outbox_speed.py`. A SQLite file with 100 guilds, 10,000
members and 1,000,000 messages for them in an order that has nothing to do with when they are due, all of them due, so
that the rows of a claim lie far apart. Then 10,000 due at once, beside as many jobs in APScheduler's SQL job store in the
same run. Every claim and every mark goes the whole way through the service and is durable.
"""

import asyncio
import datetime as dt
import functools
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import ManualClock
from bot.domain.outbox import Claimed, Plan
from bot.services import outbox
from bot.steps import outbox as steps
from data.db import Database
from data.store import meta
from tests.store.planned import LEASE, planned
from tests.store.rows import NOON, put_two_guilds

PENDING, GUILDS, MEMBERS = 1_000_000, 100, 10_000
CLAIMS, BATCH = 1_000, 50
DUE, ROUNDS = 10_000, 3
BAR_MS, TIMES = 10.0, 15

# What the dialect would store, made by SQLite itself: a million rows in seconds.
WORLD = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO {into} SELECT {values} FROM n
"""
GUILD = "1000000000000000000 + (i % 100)"
MEMBER = "printf('%032x', i % 10000)"
MOMENT = "strftime('%Y-%m-%d %H:%M:%S', 1772000000 + {}, 'unixepoch') || '.000000'"
TABLES = {
    "guilds (guild_id, key_salt, locale, zone, countries, command_ids, added_at)": (
        GUILDS,
        f"{GUILD}, randomblob(16), 'en', 'UTC', '[]', '{{}}', {MOMENT.format(0)}",
    ),
    "programmes (id, guild_id, preset, state, draft, created_at)": (
        GUILDS,
        f"printf('%032x', i % 100), {GUILD}, 'recovery', 'live', '{{}}', {MOMENT.format(0)}",
    ),
    "members (ref, guild_id)": (MEMBERS, f"{MEMBER}, {GUILD}"),
    "outbox (id, guild_id, programme_id, member_ref, kind, subject, revision, dedupe_key, op, payload, due_at, "
    "expires_at, ready_at, state, fence, attempts)": (
        PENDING,
        f"lower(hex(randomblob(16))), {GUILD}, printf('%032x', i % 100), {MEMBER}, 'checkin.reminder', "
        f"printf('%032x', i / 30), 1, 'checkin.reminder:' || printf('%032x', i / 30) || ':1:' || i || ':' || {MEMBER}, "
        "'post', '{\"day\": \"2026-03-10\"}', due, "
        f"{MOMENT.format(9_000_000)}, due, 'pending', 0, 0",
    ),
}


async def let_a_million_wait(db: Database) -> None:
    def work(conn: sa.Connection) -> None:
        for into, (count, values) in TABLES.items():
            # One moment for both columns, anywhere in the ten days before.
            moment = MOMENT.format("(i * 7919 % 864000)")
            conn.execute(sa.text(WORLD.format(into=into, values=values.replace("due", moment))), {"last": count - 1})
        conn.commit()

    await db.exclusively(work)
    await db.checkpoint()


async def mark(db: Database, clock: ManualClock, row: Claimed) -> None:
    """Mark it as sent."""
    assert await outbox.sent(db, clock, row, message_id=8)


async def deliver(db: Database, clock: ManualClock, row: Claimed) -> None:
    """Write down the first try, then the mark, as around a call to Discord."""
    assert await outbox.first_try(db, row, at=NOON, channel_id=7)
    await mark(db, clock, row)


async def rate(db: Database, clock: ManualClock, marks: Callable[[Database, ManualClock, Claimed], Any]) -> float:
    """Take and mark `DUE` messages in batches, two workers at once; give how many a second."""

    async def work(worker: str) -> None:
        for _ in range(DUE // BATCH // 2):
            rows = await outbox.claim(db, clock, worker=worker, limit=BATCH, lease=LEASE)
            assert len(rows) == BATCH
            await asyncio.gather(*(marks(db, clock, row) for row in rows))

    began = time.perf_counter()
    await asyncio.gather(work("w1"), work("w2"))
    return DUE / (time.perf_counter() - began)


@pytest.mark.benchmark
@pytest.mark.timeout(300)
async def test_taking_what_is_due_is_quick_where_a_million_wait(
    sqlite_db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(NOON)
    await let_a_million_wait(sqlite_db)
    waits, yardstick = [], []
    for _ in range(CLAIMS):
        began = time.perf_counter()
        rows = await outbox.claim(sqlite_db, clock, worker="w1", limit=BATCH, lease=LEASE)
        waits.append((time.perf_counter() - began) * 1000)
        assert len(rows) == BATCH
        # What the machine takes at this moment for the least that can be written: busy disks are seen here.
        began = time.perf_counter()
        await sqlite_db.write(lambda tx: meta.put(tx, "yardstick", "1"))
        yardstick.append((time.perf_counter() - began) * 1000)
    cuts, least = statistics.quantiles(waits, n=100), statistics.quantiles(yardstick, n=100)
    marked, delivered = await rate(sqlite_db, clock, mark), await rate(sqlite_db, clock, deliver)
    with capsys.disabled():
        print(  # noqa: T201  (the figures are what this is for)
            f"\na claim of {BATCH} where {PENDING:,} wait: median {cuts[49]:.1f} ms, p90 {cuts[89]:.1f}, "
            f"p99 {cuts[98]:.1f}, longest {max(waits):.1f} ({CLAIMS:,} claims)\n"
            f"between them a write of one row: median {least[49]:.1f} ms, p99 {least[98]:.1f}\n"
            f"{DUE:,} of them claimed and marked: {marked:,.0f} a second, with their first try {delivered:,.0f}"
        )
    assert cuts[98] <= BAR_MS


async def alarm_clock(folder: Path) -> float:
    """Let a job store of APScheduler run `DUE` jobs that are all due and do nothing; give how many a second."""
    left, done = DUE, asyncio.Event()
    scheduler = AsyncIOScheduler(
        jobstores={"default": SQLAlchemyJobStore(f"sqlite:///{folder / 'jobs.db'}")}, timezone=dt.UTC
    )
    RUNNING[scheduler_id := str(folder)] = lambda: None
    try:
        scheduler.start(paused=True)
        due = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        for number in range(DUE):
            scheduler.add_job(ring, "date", run_date=due, args=[scheduler_id, number], misfire_grace_time=None)

        def count() -> None:
            nonlocal left
            left -= 1
            if not left:
                done.set()

        RUNNING[scheduler_id] = count
        began = time.perf_counter()
        scheduler.resume()
        async with asyncio.timeout(200):
            await done.wait()
        return DUE / (time.perf_counter() - began)
    finally:
        del RUNNING[scheduler_id]
        scheduler.shutdown(wait=False)


RUNNING: dict[str, Callable[[], None]] = {}


async def ring(scheduler_id: str, _number: int) -> None:
    """Be a job, which a job store finds by its name."""
    RUNNING[scheduler_id]()


@pytest.mark.benchmark
@pytest.mark.timeout(300)
async def test_ten_thousand_due_at_once_go_many_times_as_fast_as_through_a_stored_alarm_clock(
    sqlite_db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(NOON)
    await sqlite_db.write(put_two_guilds)
    for first in range(0, 2 * ROUNDS * DUE, 200):
        plans = [planned(number) for number in range(first, first + 200)]
        await sqlite_db.write(functools.partial(put, plans=plans))
    before = [await rate(sqlite_db, clock, mark) for _ in range(ROUNDS)]
    theirs = await alarm_clock(tmp_path)
    ours = sorted([*before, *[await rate(sqlite_db, clock, mark) for _ in range(ROUNDS)]])
    ratio = statistics.median(ours) / theirs
    with capsys.disabled():
        print(  # noqa: T201  (the figures are what this is for)
            f"\n{DUE:,} due at once: {statistics.median(ours):,.0f} a second ({ours[0]:,.0f} to {ours[-1]:,.0f}) "
            f"against {theirs:,.0f} jobs; ratio {ratio:.1f}"
        )
    assert ratio >= TIMES


def put(tx: sa.Connection, plans: list[Plan]) -> None:
    steps.plan(tx, *plans)
