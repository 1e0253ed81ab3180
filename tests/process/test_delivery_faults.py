"""The fault harness in its short form, and single accidents: whatever happens, each message stands there once.

docs/delivery.md tells what is measured. The long form is `python -m tests.faults`.
"""

import asyncio
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.clock import ManualClock, SystemClock
from bot.delivery import Say, Timing, errand
from bot.domain.outbox import Claimed
from bot.errors import Busy, Unsure
from bot.kit.bot import PeerBot
from bot.services import outbox
from data.db import Database, sqlite_file
from data.store import meta
from tests.databases import postgres_database
from tests.faults.harness import Nursery, calm, delivered, nurseries, run
from tests.faults.report import Report, count
from tests.faults.town import LONGER, Town, found_town
from tests.faults.unhurried import Unhurried
from tests.loopback import FOREVER, Fault, Loopback
from tests.process.harbour import Harbour
from tests.process.office import QUICK, plan, row_of, worker

pytestmark = pytest.mark.timeout(300)

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
POSTS = "POST /channels/*/messages"
WITHIN = 40.0
"""Seconds of killing at most: a slow machine kills less, and what was acknowledged counts all the same."""


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with found_town(tmp_path, remembers=LONGER) as made:
        yield made


async def all_once(town: Town, numbers: set[int]) -> None:
    report = await count(town, Report("scenario"), numbers)
    assert report.clean, report


# -- killed at any moment ---------------------------------------------------------------------------------------------


async def test_two_processes_that_are_killed_all_the_time_lose_and_double_nothing(tmp_path: Path) -> None:
    async with found_town(tmp_path, batch=4, remembers=LONGER) as town:
        report = await run(town, "sqlite", rows=40, kills=16, postmen=2, seed="ci", within=WITHIN)
    assert report.clean, report
    assert report.kills


async def test_nor_do_three_on_postgresql_where_discord_fails_now_and_then(tmp_path: Path, postgres_url: str) -> None:
    async with (
        postgres_database(postgres_url) as url,
        found_town(tmp_path, url, share=0.15, batch=4, remembers=LONGER) as town,
    ):
        report = await run(town, "postgresql", rows=30, kills=12, postmen=3, seed="ci", within=WITHIN)
    assert report.clean, report
    assert report.kills
    assert report.faults


async def test_the_harness_sees_who_sends_before_marking_say_things_twice(tmp_path: Path) -> None:
    async with found_town(tmp_path, design="send-then-mark", batch=2, lease=0.5) as town:
        report = await run(
            town, "send-then-mark", rows=30, kills=0, postmen=2, seed="ci", within=WITHIN, chances="after_answer:0.3"
        )
    assert report.doubled, report


async def test_the_harness_sees_who_deletes_before_sending_lose_things(tmp_path: Path) -> None:
    async with found_town(tmp_path, design="delete-then-send", batch=1) as town:
        report = await run(
            town, "delete-then-send", rows=30, kills=0, postmen=2, seed="ci", within=WITHIN, chances="after_claim:0.5"
        )
    assert report.lost, report


# -- frozen, set wrong, down, restored --------------------------------------------------------------------------------


async def freeze(town: Town, worker: Nursery) -> None:
    """Stop a worker where it holds no lock: within a transaction it would hold up all others on SQLite."""
    while True:
        worker.look()
        os.kill(worker.child, signal.SIGSTOP)
        try:
            await town.db.write(lambda tx: None, deadline=0.5)
            return
        except Busy:
            os.kill(worker.child, signal.SIGCONT)


async def test_a_worker_frozen_past_its_lease_and_the_time_of_nonces_says_nothing_twice(town: Town) -> None:
    numbers = await town.plan(0, 60)
    town.discord.fault(POSTS, Fault.HANG_AFTER, times=4)
    async with nurseries(town, ["postman"]) as (frozen,):
        await town.discord.until(lambda: len(town.discord.called(POSTS)) >= 8, within=60)
        await freeze(town, frozen)
        # The other's start takes longer than the lease.
        async with nurseries(town, ["postman"]) as others:
            await delivered(town, others, within=60)
            town.forget_nonces()
            os.kill(frozen.child, signal.SIGCONT)
            numbers |= await town.plan(60, 80)
            await delivered(town, [frozen, *others], within=60)
    await all_once(town, numbers)


async def test_a_clock_that_jumps_while_they_work_shifts_and_skips_nothing(town: Town) -> None:
    numbers = await town.plan(0, 10, due_in=HOUR / 2)
    async with nurseries(town, ["postman"] * 2) as workers:
        for jump, first in ((-HOUR, 10), (HOUR, 40), (DAY, 70)):
            posted = len(town.discord.called(POSTS))
            numbers |= await town.plan(first, first + 30)
            # Some are on their way now.
            await town.discord.until(lambda posted=posted: len(town.discord.called(POSTS)) > posted, within=60)
            town.set_clock(jump)
        await delivered(town, workers, within=60)
    await all_once(town, numbers)


async def test_after_an_hour_of_downtime_five_hundred_are_said_once_also_those_half_done(town: Town) -> None:
    numbers = await town.plan(0, 500)
    # What has arrived, nobody has heard of.
    broken = town.discord.fault(POSTS, Fault.HANG_AFTER, times=FOREVER)
    async with nurseries(town, ["postman"]) as (last,):
        await town.discord.until(lambda: len(town.discord.called(POSTS)) >= 30, within=60)
        last.look()
        os.kill(last.child, signal.SIGKILL)
    broken.cancel()
    town.pass_time(HOUR)
    await calm(town)
    await all_once(town, numbers)


async def test_a_copy_put_back_says_again_nothing_that_was_said_since_it_was_made(town: Town, tmp_path: Path) -> None:
    await town.plan(0, 20)
    assert town.db.path is not None
    copy = tmp_path / "copy.db"
    # As an operator's tool would: a file that is open here must not be read past SQLite, which ends its locks.
    await asyncio.to_thread(sqlite_file.copy, town.db.path, copy)
    await town.plan(20, 40)
    await calm(town)
    town.forget_nonces()
    restored = await Database.open(f"sqlite:///{copy}")
    try:
        orders = replace(town.orders, url=f"sqlite:///{copy}")
        later = Town(town.discord, restored, orders, tmp_path, town.weather)
        # What was planned since is planned anew, as whoever asked for it would do.
        await later.plan(20, 40, due_in=-dt.timedelta(seconds=30))
        await outbox.restored(restored, later.clock)
        await later.plan(40, 50)
        await calm(later)
        await all_once(later, set(range(50)))
    finally:
        await restored.close()


# -- one call after another fails -------------------------------------------------------------------------------------

LATER = dt.timedelta(minutes=10)
KIND = "test.read"


@pytest.fixture
async def db(harbour: Harbour) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite:///{harbour.database}")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


class Failing:
    """Lets the n-th call fail, before or after its work."""

    def __init__(self, real: Callable[..., Any], n: int, error: BaseException, *, after: bool) -> None:
        self._real, self._left, self._error, self._after = real, n, error, after
        self.hit = False

    async def __call__(self, *args: Any, **options: Any) -> Any:
        self._left -= 1
        if self._left:
            return await self._real(*args, **options)
        self.hit = True
        if self._after:
            await self._real(*args, **options)
        raise self._error


def register(bot: PeerBot, harbour: Harbour, **options: Any) -> None:
    bot.delivery.pace = Unhurried()

    async def wanted(db: Database, clock: Any, row: Claimed) -> bool:
        return await db.read(lambda tx: bool(tx.execute(sa.select(1)).scalar_one()))

    def render(row: Claimed, facts: Any, locale: str) -> Say:
        return Say(f"note {row.subject}", None, harbour.channels["group"].id)

    bot.delivery.kind(KIND, wanted=wanted, render=render, **options)


async def deliver(bot: PeerBot, db: Database, clock: ManualClock, rows: list[str]) -> None:
    for _ in range(12):
        await bot.delivery.run_due()
        if {(await row_of(db, row_id)).state for row_id in rows} == {"sent"}:
            return
        clock.advance(LATER)
    raise AssertionError([tuple(await row_of(db, row_id)) for row_id in rows])


@pytest.mark.parametrize("nonce", [60.0, 0.0], ids=["recognised", "forgotten"])
@pytest.mark.parametrize(
    ("what", "after"), [("write", False), ("write", True), ("read", False), ("request", False), ("request", True)]
)
async def test_whichever_call_of_a_delivery_fails_the_message_stands_there_once(
    discord: Loopback,
    harbour: Harbour,
    db: Database,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    after: bool,
    nonce: float,
) -> None:
    """The first call fails, then the second, … until a delivery is through before the call that would have failed."""
    monkeypatch.setattr(errand, "MARK_AGAIN", (0.0,))
    discord.rest.nonce_seconds = nonce
    database_error, call_error = (Unsure(), Busy())[not after], aiohttp.ServerDisconnectedError()
    rows: list[str] = []
    async with worker(harbour, db, clock, timing=Timing.of(lease=6.0, timeout=1.5, nonce=nonce)) as bot:
        register(bot, harbour)
        hit = True
        while hit:
            rows.append(await plan(harbour, db, clock.now(), kind=KIND))
            # Each delivery has a try that arrives unheard, and one more.
            discord.fault(POSTS, Fault.RESET_AFTER)
            home, error = (bot.http, call_error) if what == "request" else (db, database_error)
            with monkeypatch.context() as patched:
                failing = Failing(getattr(home, what), len(rows), error, after=after)
                patched.setattr(home, what, failing)
                await bot.delivery.run_due()
                clock.advance(LATER)
                await bot.delivery.run_due()
            await deliver(bot, db, clock, rows)
            hit = failing.hit
            discord.rest.troubles.faults.clear()
    assert len(rows) > (3 if what == "write" else 1)
    standing = [message.text for message in harbour.channels["group"].messages]
    assert len(standing) == len(set(standing)) == len(rows)


async def test_a_full_disk_delays_marks_and_doubles_nothing(
    harbour: Harbour, db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand, "MARK_AGAIN", (0.0,))

    def grow(tx: sa.Connection, row: Claimed, message_id: int | None) -> None:
        meta.put(tx, f"grown {row.id}", "x" * 20_000)

    def room(tx: sa.Connection, pages: int | None) -> None:
        used = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={2**30 if pages is None else used + pages}")

    group = harbour.channels["group"]
    async with worker(harbour, db, clock, timing=QUICK) as bot:
        register(bot, harbour, after_sent=grow)
        rows = [await plan(harbour, db, clock.now(), kind=KIND) for _ in range(8)]
        await db.write(lambda tx: room(tx, 15))
        await bot.delivery.run_due()
        sent = [(await row_of(db, row_id)).state for row_id in rows].count("sent")
        assert 0 < sent < len(group.messages)
        await db.write(lambda tx: room(tx, None))
        clock.advance(LATER)
        await deliver(bot, db, clock, rows)
    standing = [message.text for message in group.messages]
    assert len(standing) == len(set(standing)) == len(rows)
