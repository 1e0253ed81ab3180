"""What the delivery costs whoever presses a button meanwhile, how late messages come, and what a day of it leaves behind.

Run by name: `pytest -n 0 -m benchmark -s tests/benchmarks/test_delivery_speed.py`. The postman is the whole bot in a
process of its own (`tests.benchmarks.reminded`); what is due are reminders to check in, in direct messages, so that each
costs what it costs in life: three durable writes, a read and a call of Discord.
"""

import asyncio
import datetime as dt
import json
import statistics
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.clock import SystemClock
from data.schema import reaches
from tests.benchmarks.reminded import BURST, let_be_reminded, plan, reminder
from tests.faults.town import Town, found_town
from tests.loopback import Call, Process

ADDED_MS, LATE_SECONDS, GROWN_MB = 10.0, 15.0, 20.0
CALLS_A_SECOND, DISCORD_TAKES = 40, 50
PENDING, AT_ONCE, ROUNDS = 5_000, 50, 8
AHEAD, APART = dt.timedelta(seconds=20), dt.timedelta(seconds=6)
MEMORY = Path("/proc/self/status")


def process(town: Town, work: str) -> Process:
    """Prepare the one who delivers."""
    path = town.orders.write(town.folder / "orders.json")
    return Process(["-m", "tests.benchmarks.reminded", work, str(path)], {})


async def figures(town: Town, work: str, within: float) -> dict[str, Any]:
    """Let it work to its end and give what it measured."""
    async with process(town, work) as postman:
        assert await postman.ended(within) == 0
        found: dict[str, Any] = json.loads(postman.out[-1])
        return found


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A hundred guilds with fifty people each."""
    async with found_town(tmp_path, guild_count=100, crowd=PENDING // 100) as found:
        found.discord.rest.nonce_seconds = 300.0
        yield found


@pytest.mark.benchmark
@pytest.mark.timeout(600)
async def test_a_burst_of_deliveries_holds_up_no_press(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    found = await figures(town, "bursts", 500)
    del found["sent"]
    with capsys.disabled():
        print(f"\nhow late the event loop is while {BURST} are due at once, in ms (median, p99, longest):")  # noqa: T201
        for name, lag in found.items():
            quiet, burst, own = (", ".join(f"{n:.1f}" for n in lag[which]) for which in ("quiet", "burst", "own"))
            print(  # noqa: T201  (the figures are what this is for)
                f"  {name}: {burst} in {lag['seconds']:.1f} s, against {quiet} in quiet; "
                f"added p99 {lag['added']:.1f} ({lag['least']:.1f} to {lag['most']:.1f}, {lag['pairs']} pairs); "
                f"of the burst's the process's own work {own}"
            )
    assert max(lag["added"] for lag in found.values()) <= ADDED_MS


@pytest.mark.benchmark
@pytest.mark.timeout(300)
async def test_what_is_due_comes_in_time_where_thousands_wait(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    clock, loop = SystemClock(), asyncio.get_running_loop()
    rows = await let_be_reminded(town.db, town.orders, clock.now() + dt.timedelta(hours=1))
    began = clock.now() + AHEAD
    ahead_of_loop = clock.now().timestamp() - loop.time()
    second = dt.timedelta(seconds=1)
    due = [
        began + number // AT_ONCE * APART + number % AT_ONCE * second / AT_ONCE for number in range(ROUNDS * AT_ONCE)
    ]
    # Each goes to somebody else, all over the guilds.
    chosen = rows[:: len(rows) // len(due)][: len(due)]
    boxes = await boxes_of(town)
    due_of = {row.member_ref: at for row, at in zip(chosen, due, strict=True)}
    await plan(town.db, [reminder(row, (1 << 64) + n, at) for n, (row, at) in enumerate(zip(chosen, due, strict=True))])
    async with process(town, "serve") as postman:
        await postman.until_said("serving", within=40)
        assert clock.now() < began
        await town.discord.until(lambda: len(posts(town)) >= len(due), within=120, what="all messages")
        assert await postman.terminate() == 0
    late = []
    for call in posts(town):
        member_ref = boxes[int(call.path.split("/")[2])]
        late.append(call.at + ahead_of_loop - due_of[member_ref].timestamp())
    cuts = statistics.quantiles(late, n=100)
    times = sorted(call.at for call in posts(town))
    rounds = [times[first : first + AT_ONCE] for first in range(0, len(times), AT_ONCE)]
    rate = max((AT_ONCE - 1) / (one[-1] - one[0]) for one in rounds)
    with capsys.disabled():
        print(  # noqa: T201  (the figures are what this is for)
            f"\n{AT_ONCE} due within a second, {ROUNDS} times, where {PENDING:,} wait: late by {cuts[49]:.2f} s in the "
            f"median, p99 {cuts[98]:.2f}, longest {max(late):.2f}; {rate:.1f} calls a second in the fastest round, "
            f"at most {most_in_a_second(times)} in any second"
        )
    assert len(late) == len(set(due)) == len(due)
    assert min(late) >= 0
    assert cuts[98] <= LATE_SECONDS
    assert rate < CALLS_A_SECOND
    # Each call goes in its own time after it was let go, so that some come closer together.
    assert most_in_a_second(times) < DISCORD_TAKES


async def boxes_of(town: Town) -> dict[int, str]:
    """Return whose direct messages are in which channel."""
    query = sa.select(reaches.c.channel_id, reaches.c.member_ref)
    return await town.db.read(lambda tx: {row.channel_id: row.member_ref for row in tx.execute(query)})


def posts(town: Town) -> list[Call]:
    return town.discord.called("POST /channels/*/messages")


def most_in_a_second(times: list[float]) -> int:
    """Return how many there were at most in any second."""
    times = sorted(times)
    first, most = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.benchmark
@pytest.mark.timeout(600)
@pytest.mark.skipif(not MEMORY.exists(), reason="the system does not tell how much memory a process has")
async def test_a_day_of_deliveries_leaves_no_memory_behind(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    found = await figures(town, "day", 550)
    sizes = found["sizes"]
    with capsys.disabled():
        print(  # noqa: T201  (the figures are what this is for)
            f"\n24 hours in strides of 15 minutes, {found['sent']:,} sent, {found['tidied']:,} tidied away, "
            f"{found['pending']:,} pending: {sizes[0]:.1f} MB after six hours to warm up, then every six hours "
            f"{', '.join(f'{size:.1f}' for size in sizes[6::6])}; grown by {sizes[-1] - sizes[0]:.1f} MB "
            f"({max(sizes) - sizes[0]:.1f} at most) and {found['blocks']:,} blocks of Python's"
        )
    assert found["others"] == {}
    assert found["sent"] >= 0.95 * PENDING
    assert found["tidied"] >= 0.9 * PENDING
    assert sizes[-1] - sizes[0] < GROWN_MB
