"""A guild's settings are at hand without a read for every press, and a change of them is seen at once."""

import asyncio
import datetime as dt
import functools

import pytest

from bot.errors import PeerError
from bot.services import guilds as services
from bot.services.guilds import KEPT_SECONDS, Guilds, programme_here, programme_of
from data.schema import guilds as rows_of_guilds
from data.store import guilds
from tests.services.conftest import SECOND, Town
from tests.store.rows import HERE, OURS, THEIRS, THERE


class Counting:
    """Our database, seen through: counts the reads and can hold one back after it has seen its rows."""

    def __init__(self, db) -> None:
        self.db = db
        self.reads = 0
        self.hold: asyncio.Event | None = None
        self.has_read = asyncio.Event()

    async def read(self, work, *limit):
        self.reads += 1
        found = await self.db.read(work, *limit)
        self.has_read.set()
        if self.hold is not None:
            await self.hold.wait()
        return found

    async def write(self, work):
        return await self.db.write(work)


async def set_zone(town: Town, zone: str, guild_id: int = HERE) -> None:
    await town.db.write(functools.partial(guilds.update, guild_id=guild_id, zone=zone))


async def test_a_second_press_reads_nothing(town: Town):
    db = Counting(town.db)
    known = Guilds(db)
    first = await known.get(HERE)
    assert first == town.guild
    assert await known.get(HERE) is first
    assert await known.get(42) is None
    assert await known.get(42) is None
    assert db.reads == 2


async def test_what_another_process_changed_is_seen_within_ten_seconds(town: Town, monkeypatch: pytest.MonkeyPatch):
    known = Guilds(town.db)
    await known.get(HERE)
    await set_zone(town, "Asia/Tokyo")
    loop = asyncio.get_running_loop()
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + KEPT_SECONDS - 1)
    assert (await known.get(HERE)).zone == "Europe/Berlin"
    monkeypatch.setattr(loop, "time", lambda: real() + KEPT_SECONDS)
    assert (await known.get(HERE)).zone == "Asia/Tokyo"


async def test_what_this_process_changed_is_seen_at_once_and_other_guilds_stay_at_hand(town: Town):
    db = Counting(town.db)
    known = Guilds(db)
    await known.get(HERE)
    await known.get(THERE)
    await set_zone(town, "Asia/Tokyo")
    known.forget(HERE)
    known.forget(42)
    assert (await known.get(HERE)).zone == "Asia/Tokyo"
    await known.get(THERE)
    assert db.reads == 3


async def test_a_change_during_a_read_is_not_covered_up_by_what_was_read_before_it(town: Town):
    db = Counting(town.db)
    known = Guilds(db)
    db.hold = asyncio.Event()
    reading = asyncio.create_task(known.get(HERE))
    await db.has_read.wait()
    await set_zone(town, "Asia/Tokyo")
    known.forget(HERE)
    db.hold.set()
    await reading
    assert (await known.get(HERE)).zone == "Asia/Tokyo"


async def test_what_must_answer_without_the_database_gets_what_is_at_hand(town: Town, monkeypatch: pytest.MonkeyPatch):
    known = Guilds(town.db)
    assert known.peek(HERE) is None
    assert known.peek(None) is None
    await known.get(HERE)
    known.forget(HERE)
    await town.db.close()
    loop = asyncio.get_running_loop()
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + 10_000)
    assert known.peek(HERE) == town.guild


async def test_all_guilds_are_at_hand_after_one_read(town: Town):
    db = Counting(town.db)
    known = Guilds(db)
    await known.load_all()
    assert (known.peek(HERE), known.peek(THERE)) == (town.guild, town.neighbour)
    assert await known.get(HERE) == town.guild
    assert db.reads == 1


async def test_a_change_while_all_guilds_are_read_is_not_covered_up(town: Town):
    db = Counting(town.db)
    known = Guilds(db)
    db.hold = asyncio.Event()
    reading = asyncio.create_task(known.load_all())
    await db.has_read.wait()
    await set_zone(town, "Asia/Tokyo")
    known.forget(HERE)
    db.hold.set()
    await reading
    assert (await known.get(HERE)).zone == "Asia/Tokyo"


async def test_a_programme_is_found_only_in_its_own_guild_and_only_when_live(town: Town):
    known = Guilds(town.db)
    assert await programme_of(known, HERE, OURS) == (town.guild, town.programme)
    await town.db.write(functools.partial(guilds.update_programme, guild_id=HERE, programme_id=SECOND, state="draft"))
    known.forget(HERE)
    for guild_id, programme_id in ((HERE, THEIRS), (THERE, OURS), (HERE, SECOND), (42, OURS), (HERE, "' OR 1=1")):
        with pytest.raises(PeerError) as caught:
            await programme_of(known, guild_id, programme_id)
        assert caught.value.key == "error.programme_gone"


async def test_a_command_means_the_channels_programme_else_the_only_one(town: Town):
    what = {"kind": "channel", "purpose": "group", "discord_id": 10, "made_by_us": True}
    await town.db.write(lambda tx: guilds.bind(tx, "1" * 32, HERE, SECOND, **what))
    known = Guilds(town.db)
    assert (await programme_here(known, HERE, 10))[1].id == SECOND
    with pytest.raises(PeerError) as caught:
        await programme_here(known, HERE, 11)
    assert caught.value.key == "error.which_programme"
    assert (await programme_here(known, THERE, None))[1].id == THEIRS
    # The neighbours' channel says nothing here.
    assert (await programme_here(known, THERE, 10))[1].id == THEIRS


async def test_a_guild_without_a_live_programme_is_told_so(town: Town):
    await town.db.write(functools.partial(guilds.update_programme, guild_id=THERE, programme_id=THEIRS, state="draft"))
    for guild_id in (THERE, 42):
        with pytest.raises(PeerError) as caught:
            await programme_here(Guilds(town.db), guild_id, None)
        assert caught.value.key == "error.not_set_up"


async def test_which_commands_a_guild_was_given_is_remembered_at_once(town: Town):
    known = Guilds(town.db)
    await known.get(HERE)
    await services.remember_commands(town.db, known, HERE, commands_hash="f" * 64, command_ids={"checkin": 2**62})
    guild = await known.get(HERE)
    assert (guild.commands_hash, dict(guild.command_ids)) == ("f" * 64, {"checkin": 2**62})


async def test_taken_out_of_a_guild_the_bot_knows_that_its_commands_are_gone(town: Town):
    known = Guilds(town.db)
    what = {"commands_hash": "f" * 64, "command_ids": {"checkin": 2**62}}
    await services.remember_commands(town.db, known, HERE, **what)
    await services.remember_commands(town.db, known, THERE, **what)
    await services.left(town.db, known, HERE, town.clock.now())
    guild = await known.get(HERE)
    assert (guild.commands_hash, dict(guild.command_ids)) == (None, {})
    assert {row["guild_id"]: row["removed_at"] for row in await town.rows(rows_of_guilds)} == {
        HERE: town.clock.now(),
        THERE: None,
    }
    assert (await known.get(THERE)).commands_hash == "f" * 64


async def test_invited_again_the_bot_knows_that_it_is_back_and_has_no_commands_there(town: Town):
    known = Guilds(town.db)
    await services.left(town.db, known, HERE, town.clock.now())
    await services.remember_commands(town.db, known, HERE, commands_hash="f" * 64, command_ids={})
    await services.joined(town.db, known, HERE)
    assert (await known.get(HERE)).commands_hash is None
    assert [row["removed_at"] for row in await town.rows(rows_of_guilds)] == [None, None]


async def test_what_happened_while_nobody_listened_is_noticed_at_the_start_but_not_for_another_processs_guilds(
    town: Town,
):
    known, now = Guilds(town.db), town.clock.now()

    async def look(there: set[int], *ours: int) -> dict[int, object]:
        await services.look_who_is_there(town.db, known, there, now, ours=lambda one: one in ours)
        return {row["guild_id"]: row["removed_at"] for row in await town.rows(rows_of_guilds)}

    assert await look({HERE}, HERE) == {HERE: None, THERE: None}
    assert await look({HERE}, HERE, THERE) == {HERE: None, THERE: now}
    town.clock.advance(dt.timedelta(hours=1))
    assert await look({HERE}, HERE, THERE) == {HERE: None, THERE: now}
    assert await look({HERE, THERE}, HERE, THERE) == {HERE: None, THERE: None}


async def test_coming_into_a_guild_that_nobody_set_up_stores_nothing(town: Town):
    known = Guilds(town.db)
    await services.joined(town.db, known, 42)
    await services.left(town.db, known, 42, town.clock.now())
    assert {row["guild_id"] for row in await town.rows(rows_of_guilds)} == {HERE, THERE}


async def test_a_fact_about_the_database_is_remembered(town: Town):
    assert await services.fact(town.db, "core_commands") is None
    await services.remember_fact(town.db, "core_commands", "hash")
    assert await services.fact(town.db, "core_commands") == "hash"


async def test_what_is_printed_of_a_guild_shows_no_salt(town: Town):
    assert repr(town.guild.key_salt) not in repr(town.guild)
