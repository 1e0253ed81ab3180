"""The postman over real sockets: whatever goes wrong between it and Discord, each message stands in the channel once."""

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import ManualClock, SystemClock
from bot.delivery import Timing
from bot.delivery.errand import Errand
from bot.kit.bot import PeerBot
from bot.services import outbox
from data.db import Database, sqlite_file
from tests.databases import postgres_database
from tests.loopback import FOREVER, Channel, Fault, Loopback
from tests.process.harbour import Harbour, found_harbour
from tests.process.office import QUICK, plan, row_of, worker

POSTS = "POST /channels/*/messages"
LOOKS = "GET /channels/*/messages"
LATER = dt.timedelta(minutes=10)
"""Longer than any pause after a failure; no time of Discord's, which goes on as ever."""


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


async def deliver_until_done(bot: PeerBot, db: Database, clock: ManualClock, row_id: str) -> None:
    """Let the postman go until the message is over, with pauses that take no time."""
    for _ in range(10):
        await bot.delivery.run_due()
        if (await row_of(db, row_id)).state not in ("pending", "claimed"):
            return
        clock.advance(LATER)
    raise AssertionError("it never came to an end")


# -- within the time in which Discord knows a repetition ---------------------------------------------------------------

FAULTS = [
    Fault.ERROR_BEFORE,
    Fault.ERROR_AFTER,
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.HANG_BEFORE,
    Fault.HANG_AFTER,
    Fault.HTML,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.lower())
async def test_whatever_becomes_of_the_call_the_message_stands_there_once(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot, group: Channel, fault: Fault
) -> None:
    row_id = await plan(harbour, db, clock.now())
    discord.fault(POSTS, fault, times=2)
    await deliver_until_done(bot, db, clock, row_id)
    (message,) = group.messages
    row = await row_of(db, row_id)
    assert (row.state, row.message_id) == ("sent", message.id)
    nonces = {call.json["nonce"] for call in discord.called(POSTS)}
    assert len(nonces) == 1
    assert discord.called(LOOKS) == []


@pytest.mark.parametrize("via", [True, False], ids=["of Discord", "of the edge"])
async def test_a_limit_is_kept_and_the_message_comes_after_it(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot, group: Channel, via: bool
) -> None:
    row_id = await plan(harbour, db, clock.now())
    limit = discord.limit(POSTS, 0.3, via=via)
    await bot.delivery.run_due()
    if not via:
        row = await row_of(db, row_id)
        assert (row.state, row.last_error) == ("pending", "429")
        assert row.ready_at - clock.now() >= dt.timedelta(seconds=1)  # as long as it said, in whole seconds
        await asyncio.sleep(0.4)  # this is the limit
        clock.advance(LATER)
        await bot.delivery.run_due()
    assert len(group.messages) == 1
    assert limit.impatient == 0


async def test_what_was_deleted_at_once_is_not_posted_again(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot, group: Channel
) -> None:
    row_id = await plan(harbour, db, clock.now())
    discord.fault(POSTS, Fault.RESET_AFTER)
    await bot.delivery.run_due()
    (message,) = group.messages
    discord.backend.delete_message(group.id, message.id)
    clock.advance(LATER)
    await bot.delivery.run_due()
    row = await row_of(db, row_id)
    assert (row.state, row.message_id, group.messages) == ("sent", None, [])


# -- afterwards -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("buttons", [True, False], ids=["with buttons", "words alone"])
async def test_after_a_long_downtime_what_arrived_is_found_among_hundreds(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, group: Channel, buttons: bool
) -> None:
    row_id = await plan(harbour, db, clock.now())
    discord.rest.nonce_seconds = 0.0  # Discord has forgotten
    async with worker(harbour, db, clock, buttons=buttons) as first:
        for number in range(150):
            group.post(f"before {number}", [])
        discord.fault(POSTS, Fault.RESET_AFTER)
        await first.delivery.run_due()
    for number in range(150):
        group.post(f"after {number}", [])
    clock.advance(LATER)
    timing = Timing.of(lease=6.0, timeout=1.5, nonce=0.0)
    async with worker(harbour, db, clock, buttons=buttons, timing=timing) as second:
        await second.delivery.run_due()
    row = await row_of(db, row_id)
    assert row.state == "sent"
    assert len(group.messages) == 301
    assert len(discord.called(LOOKS)) == 2
    assert len(discord.called(POSTS)) == 1


async def test_after_a_long_downtime_what_never_arrived_is_sent(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, group: Channel
) -> None:
    row_id = await plan(harbour, db, clock.now())
    timing = Timing.of(lease=6.0, timeout=1.5, nonce=0.0)
    async with worker(harbour, db, clock, timing=timing) as bot:
        discord.fault(POSTS, Fault.RESET_BEFORE)
        await bot.delivery.run_due()
        for number in range(230):
            group.post(f"after {number}", [])
        clock.advance(LATER)
        await bot.delivery.run_due()
    assert (await row_of(db, row_id)).state == "sent"
    assert len(group.messages) == 231
    assert len(discord.called(LOOKS)) == 3


async def test_after_a_restore_what_was_sent_since_the_copy_is_found_also_when_it_was_planned_anew(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, group: Channel, tmp_path: Path
) -> None:
    before = await plan(harbour, db, clock.now(), subject="before")
    copy = tmp_path / "copy.db"
    # A file that is open here must not be read past SQLite, which ends its locks.
    await asyncio.to_thread(sqlite_file.copy, harbour.database, copy)
    await plan(harbour, db, clock.now(), subject="since")
    async with worker(harbour, db, clock) as bot:
        await bot.delivery.run_due()
    assert len(group.messages) == 2
    restored = await Database.open(f"sqlite:///{copy}")
    try:
        clock.advance(dt.timedelta(hours=1))
        await outbox.restored(restored, clock)
        anew = await plan(harbour, restored, clock.now() - dt.timedelta(hours=1), subject="since")
        never = await plan(harbour, restored, clock.now() - dt.timedelta(minutes=1), subject="never")
        async with worker(harbour, restored, clock) as bot:
            await bot.delivery.run_due()
        found = [(await row_of(restored, one)).message_id for one in (before, anew, never)]
    finally:
        await restored.close()
    assert sorted(found) == sorted(message.id for message in group.messages)
    assert len(group.messages) == 3


# -- time -------------------------------------------------------------------------------------------------------------


async def test_tries_are_dated_in_discord_s_time(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock
) -> None:
    discord.rest.date_skew = dt.timedelta(hours=5)
    row_id = await plan(harbour, db, clock.now())
    async with worker(harbour, db, clock) as bot:
        await bot.delivery.run_due()
    ahead = (await row_of(db, row_id)).first_try_at - SystemClock().now()
    assert abs(ahead - dt.timedelta(hours=5)) < dt.timedelta(minutes=1)


async def test_where_the_clock_jumped_discord_is_asked_before_anything_is_dated(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot, group: Channel
) -> None:
    for jump in (dt.timedelta(hours=1), dt.timedelta(hours=-1), dt.timedelta(days=1)):
        clock.advance(jump)
        row_id = await plan(harbour, db, clock.now())
        asked = len(discord.called("GET /gateway"))
        await bot.delivery.run_due()
        row = await row_of(db, row_id)
        assert row.state == "sent"
        assert abs(row.first_try_at - SystemClock().now()) < dt.timedelta(minutes=1)
        assert len(discord.called("GET /gateway")) == asked + 1
    assert len(group.messages) == 3


async def test_many_that_find_the_clock_jumped_at_once_ask_discord_once(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot, monkeypatch
) -> None:
    for _ in range(5):
        await plan(harbour, db, clock.now())
    rows = await outbox.claim(db, clock, worker="w", limit=5, lease=dt.timedelta(minutes=1))
    errands = [Errand(bot.delivery, row, lease_ends=time.monotonic() + 60) for row in rows]
    clock.advance(dt.timedelta(hours=1))
    places, heard = itertools.count(), asyncio.Event()
    request = bot.http.request

    async def in_line() -> None:
        if next(places):
            await heard.wait()

    async def ask(route, **options):
        answer = await request(route, **options)
        heard.set()
        return answer

    monkeypatch.setattr(bot.delivery.pace, "call", in_line)
    monkeypatch.setattr(bot.http, "request", ask)
    asked = len(discord.called("GET /gateway"))
    await asyncio.gather(*(one._ask_the_time() for one in errands))
    assert len(discord.called("GET /gateway")) == asked + 1
    assert not bot.delivery.discord_time.is_doubtful


async def test_a_try_dated_ahead_by_a_wrong_clock_is_found_all_the_same(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, group: Channel
) -> None:
    row_id = await plan(harbour, db, clock.now())
    discord.rest.date_skew = dt.timedelta(hours=3)
    async with worker(harbour, db, clock) as bot:
        discord.fault(POSTS, Fault.RESET_AFTER)
        await bot.delivery.run_due()
    discord.rest.date_skew = dt.timedelta()
    discord.rest.nonce_seconds = 0.0
    clock.advance(LATER)
    async with worker(harbour, db, clock) as bot:
        await bot.delivery.run_due()
    assert (await row_of(db, row_id)).state == "sent"
    assert len(group.messages) == 1


# -- refusals ---------------------------------------------------------------------------------------------------------


async def test_a_token_that_is_not_accepted_stops_everything_after_one_call(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot
) -> None:
    rows = [await plan(harbour, db, clock.now()) for _ in range(5)]
    discord.fault("*", Fault.UNAUTHORISED, times=FOREVER)
    before = len(discord.calls)
    await bot.delivery.run_due()
    await bot.delivery.run_due()
    assert len(discord.calls) == before + 1
    assert bot.token_refused.is_set()
    assert {(await row_of(db, one)).state for one in rows} == {"pending"}


async def test_every_refusal_is_heard_also_those_that_are_no_message_s(discord: Loopback, bot: PeerBot) -> None:
    discord.limit("GET /users/@me", 0.05, times=3)
    await bot.http.request(_me())
    assert len(bot.delivery.breaker._refused) == 3


def _me():
    import discord as library

    return library.http.Route("GET", "/users/@me")


# -- two at once ------------------------------------------------------------------------------------------------------


async def share(harbour: Harbour, url: str) -> None:
    """Let two postmen with a connection each deliver the same sixty messages at once."""
    clock = ManualClock(SystemClock().now())
    first, second = await Database.open(url), await Database.open(url)
    try:
        rows = [await plan(harbour, first, clock.now()) for _ in range(60)]
        async with worker(harbour, first, clock) as one, worker(harbour, second, clock) as other:
            # The channel's own pace would make this a long test.
            one.delivery.pace = other.delivery.pace = Unhurried()
            taken = await asyncio.gather(one.delivery.run_due(), other.delivery.run_due())
        assert {(await row_of(first, row_id)).state for row_id in rows} == {"sent"}
    finally:
        await first.close()
        await second.close()
    assert sum(taken) == 60
    assert 0 not in taken


async def test_two_processes_share_the_work_and_say_nothing_twice(harbour: Harbour, group: Channel) -> None:
    await share(harbour, f"sqlite:///{harbour.database}")
    assert len({message.text for message in group.messages}) == len(group.messages) == 60


async def test_two_processes_share_the_work_on_postgresql_too(
    discord: Loopback, postgres_url: str, tmp_path: Path
) -> None:
    async with postgres_database(postgres_url) as url:
        harbour = await found_harbour(discord, tmp_path, url)
        await share(harbour, url)
        messages = harbour.channels["group"].messages
        assert len({message.text for message in messages}) == len(messages) == 60


class Unhurried:
    """A pace that lets everything go at once."""

    async def call(self) -> None:
        """Go."""

    async def message(self, channel_id: int) -> None:
        """Go."""


async def test_who_was_frozen_past_the_lease_sends_nothing_and_marks_nothing(
    discord: Loopback, harbour: Harbour, db: Database, clock: ManualClock, bot: PeerBot, monkeypatch, group: Channel
) -> None:
    """Frozen between the claim and the call, which no signal of a test could hit."""
    row_id = await plan(harbour, db, clock.now())
    running, first_try = time.monotonic, outbox.first_try

    async def freeze(*args, **options) -> bool:
        written = await first_try(*args, **options)
        monkeypatch.setattr(time, "monotonic", lambda: running() + QUICK.lease)
        return written

    monkeypatch.setattr(outbox, "first_try", freeze)
    lost: list[str] = []

    async def taken_over(*args, **options) -> bool:
        lost.append(row_id)
        monkeypatch.undo()
        return False

    monkeypatch.setattr(outbox, "again", taken_over)
    await bot.delivery.run_due()
    assert lost == [row_id]
    assert group.messages == []
    clock.advance(LATER)
    await bot.delivery.run_due()
    assert len(group.messages) == 1
