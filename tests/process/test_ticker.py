"""The alarm clock rings in time, whoever sets which clock, and never twice at once."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable

import pytest

from bot import ticker as module
from bot.clock import ManualClock, SystemClock
from bot.delivery.pace import Breaker
from bot.errors import Busy
from bot.ticker import Ticker

ONCE = dt.timedelta(seconds=0.2)


class Postman:
    """Stands where the postman does: it counts its rounds and has nothing to do in them, unless a test says so."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.breaker = Breaker()
        self.is_stopping = False
        self.rounds = self.begun = self.set_back = self.tidied = 0
        self.at_once = self.most_at_once = 0
        self.due: dt.datetime | None = None
        self.work: Callable[[], object] = lambda: None
        self.changed = asyncio.Condition()
        self.woken: Callable[[], None] | None = None

    def on_wake(self, listener: Callable[[], None] | None) -> None:
        self.woken = listener

    async def begin(self) -> None:
        self.begun += 1

    async def clock_set_back(self) -> None:
        self.set_back += 1

    async def tidy(self) -> None:
        self.tidied += 1

    async def next_due(self) -> dt.datetime | None:
        return self.due

    async def run_due(self) -> int:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0.01)
            self.work()
        finally:
            self.at_once -= 1
            self.rounds += 1
            async with self.changed:
                self.changed.notify_all()
        return 0

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(holds)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
def postman(clock: ManualClock) -> Postman:
    return Postman(clock)


@pytest.fixture
async def ticker(postman: Postman, clock: ManualClock) -> AsyncIterator[Ticker]:
    made = Ticker(postman, clock)  # type: ignore[arg-type]  # all of a postman that it asks for
    made.start()
    await postman.until(lambda: postman.rounds >= 1)
    yield made
    await made.close()


async def test_it_looks_at_once_at_the_start_and_then_only_at_the_beat(postman: Postman, ticker: Ticker) -> None:
    assert (postman.begun, postman.rounds) == (1, 1)
    await asyncio.sleep(0.3)
    assert postman.rounds == 1


async def test_it_rings_when_woken_and_once_for_many_words(postman: Postman, ticker: Ticker) -> None:
    assert postman.woken is not None
    for _ in range(50):
        postman.woken()
    await postman.until(lambda: postman.rounds == 2)
    await asyncio.sleep(0.3)
    assert postman.rounds == 2


async def test_whoever_wakes_it_during_a_round_is_served_by_the_next(postman: Postman, ticker: Ticker) -> None:
    assert postman.woken is not None
    postman.work = postman.woken
    postman.woken()
    await postman.until(lambda: postman.rounds >= 4)
    postman.work = lambda: None
    assert postman.most_at_once == 1


async def test_it_rings_when_the_next_is_due(postman: Postman, clock: ManualClock, ticker: Ticker) -> None:
    assert postman.woken is not None
    postman.due = clock.now() + ONCE
    postman.woken()
    await postman.until(lambda: postman.rounds >= 3)


async def test_without_a_word_it_rings_at_the_beat_also_after_the_clock_was_set_back(
    postman: Postman, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.2)
    ticker = Ticker(postman, clock)  # type: ignore[arg-type]  # all of a postman that it asks for
    wall = ManualClock(SystemClock().now() + dt.timedelta(hours=1))
    monkeypatch.setattr(ticker, "_wall", wall)  # whatever it rings for lies an hour ahead of the machine's clock
    ticker.start()
    try:
        await asyncio.sleep(0.1)
        clock.advance(dt.timedelta(hours=-1))
        await asyncio.sleep(0.5)
        assert postman.rounds == 0
        monkeypatch.setattr(ticker, "_wall", SystemClock())
        await postman.until(lambda: postman.rounds >= 2)
        assert postman.set_back >= 1
    finally:
        await ticker.close()


@pytest.mark.parametrize("error", [Busy, RuntimeError])
async def test_a_round_that_breaks_is_not_the_last(
    postman: Postman, ticker: Ticker, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    def break_once() -> None:
        postman.work = lambda: None
        raise error

    assert postman.woken is not None
    postman.work = break_once
    postman.woken()
    await postman.until(lambda: postman.rounds == 2)
    await asyncio.sleep(0.05)
    postman.woken()
    await postman.until(lambda: postman.rounds == 3)
    assert caplog.records


async def test_after_its_end_it_wakes_nobody(postman: Postman, clock: ManualClock) -> None:
    ticker = Ticker(postman, clock)  # type: ignore[arg-type]  # all of a postman that it asks for
    ticker.start()
    await postman.until(lambda: postman.rounds >= 1)
    await ticker.close()
    assert postman.woken is None
    before = postman.rounds
    await asyncio.sleep(0.2)
    assert postman.rounds == before


@pytest.mark.parametrize("stopping", [True, False], ids=["stopping", "running"])
async def test_a_round_that_is_broken_off_by_an_orderly_stop_is_no_accident_and_any_other_is_reported(
    postman: Postman, ticker: Ticker, caplog: pytest.LogCaptureFixture, stopping: bool
) -> None:
    def break_off() -> None:
        postman.is_stopping = stopping
        raise asyncio.CancelledError

    assert postman.woken is not None
    postman.work = break_off
    postman.woken()
    await postman.until(lambda: postman.rounds == 2)
    # The scheduler hears of it in one of the loop's next turns.
    await asyncio.sleep(0.2)
    assert bool(caplog.records) != stopping
    postman.work = lambda: None
    await asyncio.sleep(0.2)
    assert postman.rounds == 2


async def test_one_that_never_started_can_be_closed(postman: Postman, clock: ManualClock) -> None:
    await Ticker(postman, clock).close()  # type: ignore[arg-type]  # all of a postman that it asks for


@pytest.mark.parametrize("error", [Busy, RuntimeError])
async def test_upkeep_that_breaks_keeps_nothing_from_being_delivered(
    postman: Postman, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    async def broken() -> None:
        raise error

    monkeypatch.setattr(module, "BEAT", 0.2)
    for step in ("begin", "clock_set_back"):
        monkeypatch.setattr(postman, step, broken)
    ticker = Ticker(postman, clock)  # type: ignore[arg-type]  # all of a postman that it asks for
    ticker.start()
    try:
        await postman.until(lambda: postman.rounds >= 1)
        clock.advance(dt.timedelta(hours=-1))
        rounds = postman.rounds
        await postman.until(lambda: postman.rounds >= rounds + 3)
    finally:
        await ticker.close()
