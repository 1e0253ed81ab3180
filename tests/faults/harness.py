"""A run: nurseries beside a loopback Discord, kills until there were enough, then calm, then the count.

Messages are planned in step with the kills, so that these spread over all of them. What was acknowledged must stand there
once when calm workers have found nothing more to do.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from bot import crash
from tests.faults.report import Report, count
from tests.faults.town import Town
from tests.loopback import Process

LEAD = 300
"""So many messages may wait to be delivered: what dead workers have claimed must not hold up those that live."""
LOOK = 0.05
CHANCES = (
    "before_plan:0.08,after_plan:0.08,in_claim:0.05,after_claim:0.06,after_first_try:0.07,in_call:0.12,after_answer:0.12,"
    "in_mark:0.12,after_mark:0.1,after_look:0.08"
)
"""Of ending at each point; more where a message passes less often."""


class Nursery:
    """One nursery, watched."""

    def __init__(self, role: str, orders: Path, seed: str, chances: str) -> None:
        environment = {"PEERLED_CRASH_POINT": chances, "PEERLED_ALLOW_TEST_CLOCK": "1"} if chances else {}
        self.process = Process(["-m", "tests.faults.worker", role, str(orders), seed], environment)
        self.ends: Counter[str] = Counter()
        self.points: Counter[str] = Counter()
        self.acknowledged: set[int] = set()
        self.child = 0
        self.errors: list[str] = []
        self._read_out = self._read_err = 0

    async def start(self) -> None:
        """Start it, and wait until it has imported everything."""
        await self.process.start()
        await self.process.until_said("ready", within=60)

    async def stop(self) -> None:
        """Let its child end with it."""
        if self.process.running:
            await self.process.terminate(within=30)
        self.look()

    def look(self) -> None:
        """Read what it said since the last look."""
        out, err = self.process.out, self.process.err
        for line in out[self._read_out :]:
            word, _, rest = line.partition(" ")
            if word == "ack":
                self.acknowledged.add(int(rest))
            elif word == "born":
                self.child = int(rest)
            elif word == "over":
                self.ends[rest.partition(" ")[0]] += 1
        for line in err[self._read_err :]:
            if line.startswith("crash point "):
                self.points[line.removeprefix("crash point ")] += 1
            elif line.startswith("ERROR") or "Error" in line:
                self.errors.append(line)
        self._read_out, self._read_err = len(out), len(err)
        assert self.process.running or self.process._process.returncode == 0, self.process.said  # type: ignore[union-attr]


@contextlib.asynccontextmanager
async def nurseries(
    town: Town, roles: list[str], *, seed: str = "calm", chances: str | None = None
) -> AsyncIterator[list[Nursery]]:
    """Run one nursery for each role; without `chances` nobody is killed."""
    orders = town.orders if chances is not None else replace(town.orders, life=0.0)
    path = orders.write(town.folder / f"orders-{time.monotonic_ns()}.json")
    made = [Nursery(role, path, f"{seed} {number}", chances or "") for number, role in enumerate(roles)]
    try:
        await asyncio.gather(*(one.start() for one in made))
        yield made
    finally:
        await asyncio.gather(*(one.stop() for one in made), return_exceptions=True)
        for one in made:
            if one.process.running:
                await one.process.kill()


async def run(
    town: Town, name: str, *, rows: int, kills: int, postmen: int, seed: str, within: float, chances: str = CHANCES
) -> Report:
    """Plan and deliver `rows` messages over at least `kills` kills; no more than `within` seconds of killing."""
    report = Report(name)
    began = time.monotonic()
    roles = ["planner", *["postman"] * postmen]
    async with nurseries(town, roles, seed=seed, chances=chances) as killed:
        await _kill(town, killed, rows, kills, within)
    acknowledged = set().union(*(one.acknowledged for one in killed))
    if await town.under_way():
        await calm(town, postmen, seed=seed)
    for one in killed:
        report.points += one.points
        report.random += one.ends["random"]
        report.orderly += one.ends["orderly"]
        report.bad_ends += [f"over badly x {one.ends['badly']}"] * bool(one.ends["badly"]) + one.errors
    unknown = set(report.points) - set(crash.POINTS)
    assert not unknown, unknown
    report.kills = report.random + sum(report.points.values())
    report.seconds = time.monotonic() - began
    return await count(town, report, acknowledged)


async def calm(town: Town, postmen: int = 1, *, seed: str = "calm", within: float = 90.0) -> None:
    """Let workers that nobody kills deliver all that is left."""
    async with nurseries(town, ["postman"] * postmen, seed=seed) as workers:
        await delivered(town, workers, within=within)


async def delivered(town: Town, workers: list[Nursery], *, within: float) -> None:
    """Wait until nothing is under way any more."""
    ends = time.monotonic() + within
    while await town.under_way():
        for one in workers:
            one.look()
        if time.monotonic() > ends:
            raise TimeoutError(f"not delivered in {within:g} s: {await town.states()}\n{workers[0].process.said}")
        await asyncio.sleep(LOOK * 4)


async def _kill(town: Town, killed: list[Nursery], rows: int, kills: int, within: float) -> None:
    ends = time.monotonic() + within
    lead = min(LEAD, max(100, rows // 4))
    while time.monotonic() < ends:
        for one in killed:
            one.look()
        so_far = sum(one.ends["random"] + sum(one.points.values()) for one in killed)
        acknowledged = sum(len(one.acknowledged) for one in killed)
        done = acknowledged - await town.under_way()
        town.allow(min(rows, lead + rows * so_far // max(1, kills), lead + done))
        # What is left then, calm workers deliver; without a number of kills there is none to stop at.
        if acknowledged >= rows and so_far >= kills and (kills or done >= rows):
            return
        await asyncio.sleep(LOOK)
