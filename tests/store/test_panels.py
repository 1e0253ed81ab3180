"""A panel is known by what it is for: where it stands and what it last showed."""

from data.db import Database
from data.store import panels
from tests.store.rows import HERE, OURS, THERE, put_guild, put_two_guilds


def place(panel_id: str, kind: str, channel_id: int):
    return lambda tx: panels.place(tx, panel_id, HERE, OURS, kind=kind, channel_id=channel_id)


async def test_a_panel_is_placed_and_not_yet_shown(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    assert await db.write(place("1" * 32, "start", 10)) == "1" * 32
    panel = await db.read(lambda tx: panels.fetch_one(tx, HERE, OURS, "start"))
    assert (panel.id, panel.guild_id, panel.programme_id, panel.kind) == ("1" * 32, HERE, OURS, "start")
    assert (panel.channel_id, panel.message_id, panel.shown_rev) == (10, None, None)


async def test_placing_it_where_it_stands_keeps_the_message(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    await db.write(place("1" * 32, "start", 10))
    await db.write(lambda tx: panels.shown(tx, HERE, "1" * 32, message_id=77, rev="abc"))
    assert await db.write(place("2" * 32, "start", 10)) == "1" * 32
    panel = await db.read(lambda tx: panels.fetch_one(tx, HERE, OURS, "start"))
    assert (panel.message_id, panel.shown_rev) == (77, "abc")


async def test_placing_it_elsewhere_asks_for_a_new_message(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    await db.write(place("1" * 32, "start", 10))
    await db.write(lambda tx: panels.shown(tx, HERE, "1" * 32, message_id=77, rev="abc"))
    assert await db.write(place("2" * 32, "start", 11)) == "1" * 32
    panel = await db.read(lambda tx: panels.fetch_one(tx, HERE, OURS, "start"))
    assert (panel.channel_id, panel.message_id, panel.shown_rev) == (11, None, None)


async def test_a_panel_is_found_by_its_message_until_that_is_gone(db: Database):
    await db.write(put_two_guilds)
    await db.write(place("1" * 32, "start", 10))
    await db.write(place("2" * 32, "help", 20))
    await db.write(lambda tx: panels.shown(tx, HERE, "1" * 32, message_id=2**62, rev="r" * 64))
    (found,) = await db.read(lambda tx: panels.fetch_by_messages(tx, HERE, [5, 2**62]))
    assert (found.kind, found.shown_rev) == ("start", "r" * 64)
    assert await db.read(lambda tx: panels.fetch_by_messages(tx, HERE, [5])) == []
    left = await db.write(lambda tx: panels.gone(tx, HERE, "1" * 32, message_id=2**62))
    assert (left.message_id, left.shown_rev) == (None, f"gone:{2**62}")
    assert await db.read(lambda tx: panels.fetch_by_messages(tx, HERE, [2**62])) == []


async def test_a_panel_that_was_posted_anew_meanwhile_is_not_taken_for_gone(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    await db.write(place("1" * 32, "start", 10))
    await db.write(lambda tx: panels.shown(tx, HERE, "1" * 32, message_id=78, rev="abc"))
    left = await db.write(lambda tx: panels.gone(tx, HERE, "1" * 32, message_id=77))
    assert (left.message_id, left.shown_rev) == (78, "abc")
    assert await db.write(lambda tx: panels.gone(tx, HERE, "9" * 32, message_id=77)) is None


async def test_with_a_channel_its_panels_are_gone_and_no_others(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    for panel_id, kind, channel_id in (("1" * 32, "start", 10), ("2" * 32, "help", 20)):
        await db.write(place(panel_id, kind, channel_id))
        await db.write(lambda tx, panel_id=panel_id: panels.shown(tx, HERE, panel_id, message_id=77, rev="abc"))
    await db.write(lambda tx: panels.gone_with_channel(tx, HERE, 10))
    found = {panel.kind: panel.message_id for panel in await db.read(lambda tx: panels.fetch_all(tx, HERE))}
    assert found == {"start": None, "help": 77}


async def test_all_panels_of_a_guild_are_listed_and_no_others(db: Database):
    await db.write(put_two_guilds)
    await db.write(place("1" * 32, "start", 10))
    await db.write(place("2" * 32, "help", 20))
    assert {panel.kind for panel in await db.read(lambda tx: panels.fetch_all(tx, HERE))} == {"start", "help"}
    assert await db.read(lambda tx: panels.fetch_all(tx, THERE)) == []
    assert await db.read(lambda tx: panels.fetch_one(tx, HERE, OURS, "leaders")) is None
