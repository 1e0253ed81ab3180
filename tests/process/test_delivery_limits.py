"""What lasts longer than a call or a lease: limits are kept, and looks come to their end."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import discord as dpy
import pytest

from bot.clock import ManualClock, SystemClock
from bot.delivery import Timing, errand, history
from bot.kit.bot import PeerBot
from data.db import Database
from tests.loopback import Channel, Fault, Loopback
from tests.process.harbour import Harbour
from tests.process.office import QUICK, plan, row_of, worker

POSTS = "POST /channels/*/messages"
LATER = dt.timedelta(minutes=10)
LONG = QUICK.call + 1.0
"""Seconds of a limit that a call does not live to see the end of."""


@pytest.fixture
async def db(harbour: Harbour) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite:///{harbour.database}")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
async def bot(harbour: Harbour, db: Database, clock: ManualClock) -> AsyncIterator[PeerBot]:
    async with worker(harbour, db, clock) as logged_in:
        yield logged_in


@pytest.fixture
def group(harbour: Harbour) -> Channel:
    return harbour.channels["group"]


@pytest.mark.parametrize("is_global", [False, True], ids=["of a channel", "of the whole bot"])
async def test_a_limit_longer_than_a_call_is_waited_for_without_asking_again_and_then_it_is_said(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot, group: Channel, is_global: bool
) -> None:
    row_id = await plan(harbour, db, clock.now())
    limit = discord.limit(POSTS, LONG, is_global=is_global)
    await bot.delivery.run_due()
    row = await row_of(db, row_id)
    assert row.state == "pending"
    assert (row.ready_at - clock.now()).total_seconds() >= LONG
    await asyncio.sleep(LONG)  # this is the limit
    clock.set(row.ready_at)
    await bot.delivery.run_due()
    assert ((await row_of(db, row_id)).state, len(group.messages), limit.impatient) == ("sent", 1, 0)


async def test_a_call_that_is_given_up_during_a_limit_of_the_whole_bot_leaves_no_other_call_waiting_for_ever(
    discord: Loopback, harbour: Harbour, bot: PeerBot, group: Channel
) -> None:
    discord.limit(POSTS, 1.0, is_global=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await bot.get_partial_messageable(group.id).send("given up")
    async with asyncio.timeout(10):
        await bot.http.request(dpy.http.Route("GET", "/gateway"))


async def test_nobody_waits_longer_than_half_a_minute_for_a_limit(
    discord: Loopback, harbour: Harbour, bot: PeerBot, group: Channel
) -> None:
    discord.limit(POSTS, 31.0)
    with pytest.raises(dpy.RateLimited) as limited:
        async with asyncio.timeout(20):
            await bot.get_partial_messageable(group.id).send("later")
    assert limited.value.retry_after > 30
    assert len(discord.called(POSTS)) == 1


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "never-arrived"])
async def test_a_look_that_takes_longer_than_a_lease_goes_on_where_it_was_and_comes_to_its_end(
    discord: Loopback,
    harbour: Harbour,
    db: Database,
    clock: ManualClock,
    group: Channel,
    monkeypatch: pytest.MonkeyPatch,
    arrived: bool,
) -> None:
    """The time is the errand's own: every page that it reads takes a third of a lease."""
    row_id = await plan(harbour, db, clock.now())
    discord.rest.nonce_seconds = 0.0  # Discord has forgotten
    monkeypatch.setattr(history, "PAGE", 5)
    passed = 0.0
    monkeypatch.setattr(errand, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed))
    async with worker(harbour, db, clock, timing=Timing.of(lease=60.0, timeout=1.5, nonce=0.0)) as bot:
        read = bot.http.logs_from

        async def slowly(*args: Any, **options: Any) -> Any:
            nonlocal passed
            passed += 20.0
            return await read(*args, **options)

        monkeypatch.setattr(bot.http, "logs_from", slowly)
        for number in range(23):
            group.post(f"before {number}", [])
        discord.fault(POSTS, Fault.RESET_AFTER if arrived else Fault.RESET_BEFORE)
        await bot.delivery.run_due()
        for number in range(23):
            group.post(f"after {number}", [])
        for _ in range(20):
            clock.advance(LATER)
            passed = 0.0
            await bot.delivery.run_due()
            assert passed <= 60.0
            if (await row_of(db, row_id)).state == "sent":
                break
    assert ((await row_of(db, row_id)).state, len(group.messages)) == ("sent", 47)
