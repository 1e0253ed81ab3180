"""What the postman goes by: the pace, the crash points, Discord's time, and the settings that set them."""

import asyncio
import datetime as dt
import email.utils
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot import crash, runner
from bot.app import create_bot
from bot.clock import ManualClock
from bot.delivery import Timing
from bot.delivery import pace as pace_module
from bot.delivery.hearing import DiscordTime
from bot.delivery.pace import CALLS_PER_SECOND, CHANNEL_SECONDS, IN_CHANNEL, Pace
from bot.domain.outbox import Plan, marker
from bot.settings import load
from data.vault import Vault

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


# -- pace -------------------------------------------------------------------------------------------------------------


class Seconds:
    """Running seconds that only sleeping moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(module.asyncio, "sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    return Seconds(monkeypatch, pace_module)


@pytest.mark.parametrize("processes", [1, 4])
async def test_all_processes_together_stay_below_forty_calls_a_second(seconds: Seconds, processes: int) -> None:
    pace = Pace(processes)
    begun = seconds.now
    for _ in range(100):
        await pace.call()
    each = 99 / (seconds.now - begun)
    assert each * processes == pytest.approx(CALLS_PER_SECOND)
    assert CALLS_PER_SECOND < 40


async def test_a_channel_takes_five_messages_in_five_seconds_and_others_are_not_kept_waiting(seconds: Seconds) -> None:
    pace = Pace(per_second=1_000_000.0)
    began = seconds.now
    times = []
    for _ in range(2 * IN_CHANNEL):
        await pace.message(1)
        times.append(seconds.now - began)
    assert times[IN_CHANNEL - 1] < 0.1
    assert all(later - first >= CHANNEL_SECONDS for first, later in zip(times, times[IN_CHANNEL:], strict=False))
    before = seconds.now
    await pace.message(2)
    assert seconds.now - before < 0.1


async def test_channels_that_rest_are_forgotten(seconds: Seconds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "MOST_CHANNELS", 10)
    pace = Pace()
    for channel_id in range(500):
        await pace.message(channel_id)
    assert len(pace._channels) < 250


# -- crash points -----------------------------------------------------------------------------------------------------


def test_crash_points_are_heeded_only_where_tests_are_allowed() -> None:
    assert crash.read_chances({"PEERLED_CRASH_POINT": "all"}) == {}
    allowed = {"PEERLED_ALLOW_TEST_CLOCK": "1"}
    assert crash.read_chances(allowed) == {}
    assert crash.read_chances({"PEERLED_CRASH_POINT": "all:0.5", **allowed}) == dict.fromkeys(crash.POINTS, 0.5)
    assert crash.read_chances({"PEERLED_CRASH_POINT": "after_claim,in_call:0.25", **allowed}) == {
        "after_claim": 1.0,
        "in_call": 0.25,
    }
    with pytest.raises(ValueError, match="after_lunch"):
        crash.read_chances({"PEERLED_CRASH_POINT": "after_lunch", **allowed})


async def test_a_crash_point_strikes_where_it_is_named_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    struck: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: struck.append(pid))
    await crash.point("after_claim")
    assert struck == []
    monkeypatch.setattr(crash, "_chances", {"after_claim": 1.0, "in_call": 1.0, "in_mark": 0.0})
    await crash.point("after_first_try")
    assert struck == []
    await crash.point("after_claim")
    assert struck == [os.getpid()]
    with crash.during("in_call"):
        time.sleep(crash.WITHIN["in_call"] * 20)  # noqa: ASYNC251 - what is under way, for longer than it can live
    with crash.during("in_mark"):
        pass
    assert len(struck) == 2


# -- time -------------------------------------------------------------------------------------------------------------


def dated(moment: dt.datetime) -> str:
    return email.utils.format_datetime(moment, usegmt=True)


def test_before_anything_was_heard_the_clock_itself_counts() -> None:
    clock = ManualClock(NOON)
    assert DiscordTime(clock).now() == NOON
    assert not DiscordTime(clock).is_doubtful


def test_every_answer_makes_it_more_exact_and_none_sets_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    running = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: running[0])
    clock = ManualClock(NOON)
    told = DiscordTime(clock)
    truth = NOON + dt.timedelta(hours=3, seconds=0.7)
    seen = []
    for _ in range(40):
        running[0] += 0.13
        truth += dt.timedelta(seconds=0.13)
        clock.advance(dt.timedelta(seconds=0.13))
        told.heard(dated(truth.replace(microsecond=0)), told.begin())
        seen.append(told.now())
        assert dt.timedelta(0) <= truth - told.now() < dt.timedelta(seconds=1)
    assert seen == sorted(seen)
    assert truth - told.now() < dt.timedelta(seconds=0.2)


def test_an_answer_that_the_machine_slept_over_tells_nothing_and_it_is_asked_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: running[0])
    clock = ManualClock(NOON)
    told = DiscordTime(clock)
    told.heard(dated(NOON), told.begin())
    began = told.begin()
    clock.advance(dt.timedelta(hours=1))  # running seconds do not count what is slept
    assert told.is_doubtful
    told.heard(dated(NOON), began)
    assert told.is_doubtful
    told.heard(dated(clock.now()), told.begin())
    assert not told.is_doubtful
    assert abs(told.now() - clock.now()) <= dt.timedelta(seconds=1)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026 25:61:00 GMT"])
def test_an_answer_without_a_date_changes_nothing(date: str | None) -> None:
    told = DiscordTime(ManualClock(NOON))
    told.heard(date, told.begin())
    assert told.now() == NOON


# -- the marker -------------------------------------------------------------------------------------------------------


def test_messages_of_earlier_versions_are_recognised_for_ever() -> None:
    """What the marker is made of must never change: a look would miss what was sent before, and it would be said again."""
    key = Vault(bytes(range(32))).key_for("marker")
    bot = create_bot(bytes(range(32)), SimpleNamespace(), ManualClock(NOON), shard_count=1)  # type: ignore[arg-type]  # unused
    assert bot.delivery.marker_key == key
    assert key.hex() == "0abf0ed88080f83b695cabc0feb0ed90ef8cf53726e960542d2cffe29597696d"
    said = {"id": "0" * 32, "guild_id": 7, "due_at": NOON, "expires_at": NOON + dt.timedelta(hours=1)}
    plan = Plan(kind="checkins.remind", subject="12ab", revision=3, offset="2026-11-23", member_ref="f" * 32, **said)
    assert plan.dedupe_key == f"checkins.remind:12ab:3:2026-11-23:{'f' * 32}"
    assert marker(key, plan.dedupe_key) == 1648658452759599208


# -- settings ---------------------------------------------------------------------------------------------------------


def test_a_call_lasts_no_longer_than_discord_is_trusted_to_recognise_its_repetition() -> None:
    assert Timing.of(lease=90, timeout=15, nonce=60) == Timing()
    assert Timing.of(lease=90, timeout=15, nonce=3).call == 3
    assert Timing.of(lease=90, timeout=15, nonce=0).call == 1


@pytest.mark.parametrize(("lease", "timeout"), [(90, 15), (16, 15), (0.8, 0.4)])
def test_whatever_the_lease_there_is_time_for_a_call_in_it(lease: float, timeout: float) -> None:
    timing = Timing.of(lease=lease, timeout=timeout, nonce=60)
    assert timing.margin > 0
    assert timing.call + timing.margin < timing.lease


@pytest.mark.parametrize(
    ("shards", "processes"), [("", 1), ("shard_count = 4\n", 1), ("shard_ids = [0, 1]\nshard_count = 5\n", 3)]
)
def test_how_many_share_the_token_is_told_by_the_shards(tmp_path: Path, shards: str, processes: int) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[discord]\ntoken = "{"x" * 24}.{"y" * 6}.{"z" * 30}"\n{shards}', encoding="utf-8")
    assert runner._processes(load(config, {})) == processes


async def test_the_time_that_is_asked_for_is_bounded() -> None:
    from bot.delivery.calls import bounded

    with pytest.raises(TimeoutError):
        await bounded(asyncio.sleep(3_600), 0.01)
