"""Much at once: it is taken in small lots, at one pace, keeps nothing else waiting, and leaves nothing behind."""

import asyncio
import datetime as dt
import gc
import itertools
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.clock import Clock, ManualClock, SystemClock
from bot.delivery import Timing
from bot.delivery import pace as pace_module
from bot.delivery.errand import Errand
from bot.delivery.pace import Pace
from bot.domain.outbox import Claimed
from bot.kit.bot import PeerBot
from data.db import Database
from data.schema import outbox
from data.store import reaching
from tests.loopback import Fault, Loopback
from tests.process.harbour import Harbour, let_agree
from tests.process.office import plan, row_of, worker

GONE = "test.gone"
PATIENT = Timing.of(lease=90.0, timeout=30.0, nonce=60.0)
LOT = 50
"""So much at most is taken at a time: more would hold up the event loop, and be kept from other processes."""


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
    async with worker(harbour, db, clock, timing=PATIENT) as logged_in:
        yield logged_in


def claimed(tx: sa.Connection) -> int:
    counted = sa.select(sa.func.count()).where(outbox.c.state == "claimed")
    return tx.execute(counted).scalar_one()


async def test_a_burst_is_taken_in_lots_between_which_the_loop_serves_others(
    harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot
) -> None:
    turn, asked_in, taken = 0, Counter[int](), []

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async def unwanted(db: Database, clock: Clock, row: Claimed) -> None:
        asked_in[turn] += 1
        taken.append(await db.read(claimed))

    bot.delivery.kind(GONE, wanted=unwanted, render=lambda *_: pytest.fail("nobody wants it"))
    for _ in range(3 * LOT):
        await plan(harbour, db, clock.now(), kind=GONE)
    counting = asyncio.create_task(count_turns())
    try:
        assert await bot.delivery.run_due() == 3 * LOT
    finally:
        counting.cancel()
    assert asked_in.total() == 3 * LOT
    assert max(asked_in.values()) <= LOT
    # The rest is left to other processes.
    assert max(taken) <= LOT


async def test_one_who_becomes_due_does_not_wait_for_the_answer_to_another(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot
) -> None:
    group, mia = harbour.channels["group"], discord.person("Mia", harbour.guild)
    box = discord.dm(mia)
    (ref,) = await let_agree(harbour, [mia])
    await db.write(lambda tx: reaching.put(tx, "a" * 32, harbour.guild.id, ref, way="dm", channel_id=box.id))
    slow = await plan(harbour, db, clock.now())
    hanging = discord.fault(f"POST /channels/{group.id}/messages", Fault.HANG_BEFORE)
    round_ = asyncio.create_task(bot.delivery.run_due())
    await discord.until(lambda: hanging.hits, what="the first call")
    await plan(harbour, db, clock.now(), member_ref=ref)
    await discord.until(lambda: box.messages, within=25.0, what="the second message")
    assert (await row_of(db, slow)).state == "claimed"
    assert group.messages == []
    discord.rest.release()
    assert await round_ == 2


async def test_thousands_that_wait_for_their_time_do_not_hold_up_what_is_due(
    harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot
) -> None:
    await plan(harbour, db, clock.now(), due_at=clock.now() + dt.timedelta(days=1))
    await db.write(let_thousands_wait)
    due = await plan(harbour, db, clock.now())
    assert await bot.delivery.run_due() == 1
    assert (await row_of(db, due)).state == "sent"


def let_thousands_wait(tx: sa.Connection) -> None:
    row = dict(tx.execute(sa.select(outbox)).mappings().one())
    copies = [{**row, "id": f"{(1 << 64) + n:032x}", "dedupe_key": f"copy {n}"} for n in range(5_000)]
    tx.execute(sa.insert(outbox), copies)


async def test_nothing_is_kept_of_what_is_over(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot
) -> None:
    async def unwanted(db: Database, clock: Clock, row: Claimed) -> bool:
        return False

    bot.delivery.kind(GONE, wanted=unwanted, render=lambda *_: pytest.fail("nobody wants it"))
    for _ in range(3):
        await plan(harbour, db, clock.now())
        await plan(harbour, db, clock.now(), kind=GONE)
        await plan(harbour, db, clock.now(), kind="test.unknown")
        await plan(harbour, db, clock.now(), due_at=clock.now() - dt.timedelta(days=2), expires_at=clock.now())
    discord.fault("POST /channels/*/messages", Fault.RESET_BEFORE)
    assert await bot.delivery.run_due() == 12
    gc.collect()
    assert [one for one in gc.get_objects() if type(one) in (Errand, Claimed)] == []
    assert [task for task in asyncio.all_tasks() if task.get_name() == "delivery"] == []


@pytest.mark.parametrize("processes", [1, 4])
async def test_hundreds_at_once_go_at_less_than_forty_calls_a_second_and_rest_is_no_credit(
    monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    now, went = 1_000.0, list[float]()

    async def sleep(seconds: float) -> None:
        went.append(now + seconds)

    monkeypatch.setattr(pace_module.time, "monotonic", lambda: now)
    monkeypatch.setattr(pace_module.asyncio, "sleep", sleep)
    pace = Pace(processes)
    for _ in range(2):
        for _ in range(300):
            await pace.call()
        now = max(went) + 3_600
    assert min(later - first for first, later in itertools.pairwise(went)) * 40 > processes
