"""The real bot as a process while it delivers: it is killed, stopped, frozen and joined by another, and each message is said once.

What is delivered is the one kind that the bot has by itself, planned past any feature into the moderators' channel.
"""

import asyncio
import datetime as dt
import signal
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.clock import SystemClock
from bot.domain.actor import Actor
from bot.services import settings
from bot.texts import Texts
from data.db import Database
from data.schema import outbox
from tests.loopback import FOREVER, Channel, Fault, Loopback, Process
from tests.process.harbour import Harbour, let_agree
from tests.process.office import plan_notice, row_of

TEXTS = Texts.load()
WITHIN = 40.0
"""Seconds until something has surely happened, also on a slow machine and with the beat of the alarm clock."""


@pytest.fixture
async def db(harbour: Harbour) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite:///{harbour.database}")
    yield opened
    await opened.close()


@pytest.fixture
def room(harbour: Harbour) -> Channel:
    return harbour.channels["moderators"]


@pytest.fixture
def posts(room: Channel) -> str:
    return f"POST /channels/{room.id}/messages"


@pytest.fixture
def looks(room: Channel) -> str:
    return f"GET /channels/{room.id}/messages"


def start(discord: Loopback, harbour: Harbour, **environment: str) -> Process:
    """Prepare the bot with a short lease, so that what a dead one had is taken up soon."""
    discord.gateway.identify_interval = 0
    quick = {"PEERLED_DELIVERY__LEASE_SECONDS": "4", "PEERLED_DELIVERY__TIMEOUT_SECONDS": "2"}
    return discord.process(harbour.config, **quick | environment)


async def until_state(db: Database, row_id: str, state: str) -> None:
    """Wait until a message is so; the database calls nobody, so it is looked at again and again."""
    end = asyncio.get_running_loop().time() + WITHIN
    while (row := await row_of(db, row_id)).state != state:
        assert asyncio.get_running_loop().time() < end, f"it is {row.state}, {row.attempts} failed, {row.last_error}"
        await asyncio.sleep(0.05)


async def test_what_is_due_is_said_at_the_start_and_what_is_due_later_at_its_time(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel
) -> None:
    now = await plan_notice(harbour, db)
    # For another reason: what is said already that day is not said again.
    due_at = SystemClock().now() + dt.timedelta(seconds=8)
    later = await plan_notice(harbour, db, due_at=due_at, payload={"cause": "gone"})
    async with start(discord, harbour) as bot:
        await until_state(db, now, "sent")
        assert (await row_of(db, later)).state == "pending"
        await until_state(db, later, "sent")
        assert await bot.terminate() == 0
    row = await row_of(db, later)
    assert row.done_at >= row.due_at
    assert len(room.messages) == 2


async def test_killed_after_discord_did_it_the_next_one_repeats_the_nonce_and_nothing_stands_there_twice(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel, posts: str, looks: str
) -> None:
    row_id = await plan_notice(harbour, db)
    hanging = discord.fault(posts, Fault.HANG_AFTER, times=FOREVER)
    async with start(discord, harbour) as bot:
        await discord.until(lambda: hanging.hits, within=WITHIN)
        await bot.kill()
        hanging.cancel()
        await bot.start()
        await until_state(db, row_id, "sent")
    assert len(room.messages) == 1
    assert len({call.json["nonce"] for call in discord.called(posts)}) == 1
    assert discord.called(looks) == []


async def test_killed_before_discord_did_it_the_next_one_says_it(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel, posts: str
) -> None:
    row_id = await plan_notice(harbour, db)
    hanging = discord.fault(posts, Fault.HANG_BEFORE, times=FOREVER)
    async with start(discord, harbour) as bot:
        await discord.until(lambda: hanging.hits, within=WITHIN)
        await bot.kill()
        hanging.cancel()
        await bot.start()
        await until_state(db, row_id, "sent")
    assert len(room.messages) == 1


async def test_down_for_longer_than_discord_remembers_it_looks_before_it_sends(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel, posts: str, looks: str
) -> None:
    row_id = await plan_notice(harbour, db)
    discord.rest.nonce_seconds = 0.0
    hanging = discord.fault(posts, Fault.HANG_AFTER, times=FOREVER)
    async with start(discord, harbour, PEERLED_DELIVERY__NONCE_SECONDS="0") as bot:
        await discord.until(lambda: hanging.hits, within=WITHIN)
        await bot.kill()
        hanging.cancel()
        await bot.start()
        await until_state(db, row_id, "sent")
    assert len(room.messages) == len(discord.called(posts)) == 1
    assert len(discord.called(looks)) == 1


@pytest.mark.parametrize("point", ["after_claim", "after_first_try", "in_call", "after_answer", "after_mark"])
async def test_killed_at_any_named_point_it_is_said_once_by_the_next(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel, posts: str, point: str
) -> None:
    row_id = await plan_notice(harbour, db)
    hanging = discord.fault(posts, Fault.HANG_AFTER, times=FOREVER if point == "in_call" else 0)
    armed = {"PEERLED_CRASH_POINT": point, "PEERLED_ALLOW_TEST_CLOCK": "1"}
    async with start(discord, harbour, **armed) as doomed:
        assert await doomed.ended(within=WITHIN) == -signal.SIGKILL
        assert f"crash point {point}" in doomed.err
    hanging.cancel()
    async with start(discord, harbour):
        await until_state(db, row_id, "sent")
    assert len(room.messages) == 1


async def test_killed_right_after_a_look_the_next_one_looks_again_and_says_nothing_twice(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel, posts: str, looks: str
) -> None:
    row_id = await plan_notice(harbour, db)
    discord.rest.nonce_seconds = 0.0
    forgetful = {"PEERLED_DELIVERY__NONCE_SECONDS": "0", "PEERLED_ALLOW_TEST_CLOCK": "1"}
    for point, tried in (("after_answer", 1), ("after_look", 1)):
        async with start(discord, harbour, PEERLED_CRASH_POINT=point, **forgetful) as doomed:
            assert await doomed.ended(within=WITHIN) == -signal.SIGKILL
            assert f"crash point {point}" in doomed.err
        assert len(discord.called(posts)) == tried
    async with start(discord, harbour, PEERLED_DELIVERY__NONCE_SECONDS="0"):
        await until_state(db, row_id, "sent")
    assert len(room.messages) == len(discord.called(posts)) == 1
    assert len(discord.called(looks)) == 2


async def test_a_polite_stop_finishes_what_is_under_way_and_takes_on_nothing_more(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel, posts: str
) -> None:
    mia = discord.person("Mia", harbour.guild)
    rows = [await plan_notice(harbour, db) for _ in range(2)]
    hanging = discord.fault(posts, Fault.HANG_AFTER)
    patient = {"PEERLED_DELIVERY__TIMEOUT_SECONDS": "10", "PEERLED_DELIVERY__LEASE_SECONDS": "60"}
    async with start(discord, harbour, **patient) as bot:
        await bot.ready()
        await discord.until(lambda: hanging.hits, within=WITHIN)
        bot.signal(signal.SIGTERM)
        # The first who hears that it is being restarted knows that it has been told to.
        while (await mia.press(harbour.start_panel, "Good")).text != TEXTS.t("en", "error.restarting"):
            pass
        discord.rest.release()
        assert await bot.ended(20) == 0
    first, second = [await row_of(db, one) for one in rows]
    assert (first.state, second.state) == ("sent", "pending")
    assert second.ready_at <= SystemClock().now()
    assert len(room.messages) == 1


async def test_a_stop_ends_in_time_also_where_the_database_does_not_answer(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel, posts: str
) -> None:
    row_id = await plan_notice(harbour, db)
    hanging = discord.fault(posts, Fault.HANG_AFTER)
    patient = {"PEERLED_DELIVERY__TIMEOUT_SECONDS": "15", "PEERLED_DELIVERY__LEASE_SECONDS": "60"}
    async with start(discord, harbour, **patient) as bot:
        await bot.ready()
        await discord.until(lambda: hanging.hits, within=WITHIN)
        with harbour.locked():
            # It has been said, and cannot be written down.
            discord.rest.release()
            assert await bot.terminate(within=20) == 0
    assert (await row_of(db, row_id)).state == "claimed"
    assert len(room.messages) == 1


@pytest.mark.parametrize(("point", "planned"), [("before_plan", 0), ("after_plan", 1)])
async def test_killed_around_the_commit_of_a_plan_the_person_asks_once_more_and_it_stands_once(
    discord: Loopback, harbour: Harbour, db: Database, point: str, planned: int
) -> None:
    mia = discord.person("Mia", harbour.guild)
    await let_agree(harbour, [mia])
    await settings.set_zone(db, SystemClock(), Actor(mia.id, harbour.guild.id), "Europe/Berlin")
    armed = {"PEERLED_CRASH_POINT": point, "PEERLED_ALLOW_TEST_CLOCK": "1"}
    chooses = {"custom_id": f"checkins:remind-at:{harbour.programme_id}"}
    async with start(discord, harbour, **armed) as doomed:
        await doomed.ready()
        screen = await (await mia.slash(harbour.channels["group"], "checkin remind")).finished()
        mia.choosing(screen, "1200", **chooses)
        assert await doomed.ended(within=WITHIN) == -signal.SIGKILL
        assert f"crash point {point}" in doomed.err
    assert await reminders_in(db) == planned
    async with start(discord, harbour) as bot:
        await bot.ready()
        screen = await (await mia.slash(harbour.channels["group"], "checkin remind")).finished()
        await (await mia.choose(screen, "1200", **chooses)).finished()
        assert await bot.terminate() == 0
    assert await reminders_in(db) == 1


async def reminders_in(db: Database) -> int:
    """Count the reminders that wait for their time."""
    waiting = sa.select(sa.func.count()).where(outbox.c.kind == "checkins.remind", outbox.c.state == "pending")
    return await db.read(lambda tx: tx.execute(waiting).scalar_one())


async def test_frozen_past_its_lease_it_finds_that_another_has_done_its_work(
    discord: Loopback, harbour: Harbour, db: Database, room: Channel, posts: str
) -> None:
    row_id = await plan_notice(harbour, db)
    hanging = discord.fault(posts, Fault.HANG_BEFORE)
    async with start(discord, harbour) as frozen:
        await discord.until(lambda: hanging.hits, within=WITHIN)
        frozen.signal(signal.SIGSTOP)
        async with start(discord, harbour) as other:
            await until_state(db, row_id, "sent")
            row = await row_of(db, row_id)
            frozen.signal(signal.SIGCONT)
            discord.rest.release()
            assert await frozen.terminate() == 0
            assert await other.terminate() == 0
    assert await row_of(db, row_id) == row
    assert len(room.messages) == 1


async def test_a_refused_token_ends_the_process_with_a_plain_line(
    discord: Loopback, harbour: Harbour, db: Database, posts: str
) -> None:
    for _ in range(3):
        await plan_notice(harbour, db)
    discord.fault(posts, Fault.UNAUTHORISED, times=FOREVER)
    async with start(discord, harbour) as bot:
        assert await bot.ended(WITHIN) == 2
        assert "[discord] token: Discord does not accept it" in bot.said
    assert len(discord.called(posts)) == 1
