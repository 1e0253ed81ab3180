"""A guild's settings, programmes and bindings are kept as they were given, on both databases."""

import datetime as dt

import pytest

from data.db import Database
from data.store import guilds
from tests.store.rows import HERE, HOSTILE, NOON, OURS, REFUSED, THEIRS, THERE, put_guild, put_two_guilds


async def fetched(db: Database, guild_id: int = HERE):
    return await db.read(lambda tx: guilds.fetch(tx, guild_id))


async def test_a_guild_nobody_set_up_is_none(db: Database):
    assert await fetched(db) is None


async def test_a_guild_comes_back_as_it_was_made(db: Database):
    salt = bytes(range(16))
    await db.write(
        lambda tx: guilds.ensure(
            tx, HERE, key_salt=salt, locale="pt-BR", zone="America/Sao_Paulo", countries=["BR", "PT"], now=NOON
        )
    )
    guild = await fetched(db)
    assert (guild.guild_id, guild.key_salt, guild.locale, guild.zone) == (HERE, salt, "pt-BR", "America/Sao_Paulo")
    assert (guild.countries, guild.ages, guild.commands_hash) == (("BR", "PT"), None, None)
    assert (dict(guild.command_ids), guild.programmes) == ({}, ())


async def test_making_a_guild_again_keeps_its_salt_and_settings(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    before = await fetched(db)
    again = {"key_salt": bytes(16), "locale": "fr", "zone": "UTC", "countries": []}
    await db.write(lambda tx: guilds.ensure(tx, HERE, **again, now=NOON + dt.timedelta(days=1)))
    assert await fetched(db) == before


async def test_settings_of_one_guild_change_and_no_others(db: Database):
    await db.write(put_two_guilds)
    theirs = await fetched(db, THERE)
    ids = {"checkin": 2**62, "help": 1}
    await db.write(lambda tx: guilds.update(tx, HERE, zone="Asia/Tokyo", commands_hash="0" * 64, command_ids=ids))
    guild = await fetched(db)
    assert (guild.zone, guild.commands_hash, dict(guild.command_ids)) == ("Asia/Tokyo", "0" * 64, ids)
    assert await fetched(db, THERE) == theirs


async def test_a_guild_has_each_programme_once_and_the_first_stays(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    await db.write(lambda tx: guilds.insert_programme(tx, "c" * 32, HERE, preset="recovery", draft={}, now=NOON))
    later = NOON + dt.timedelta(hours=1)
    await db.write(lambda tx: guilds.insert_programme(tx, "d" * 32, HERE, preset="health", draft={"a": 1}, now=later))
    guild = await fetched(db)
    assert [(p.id, p.preset, p.state, dict(p.draft)) for p in guild.programmes] == [
        (OURS, "recovery", "live", {"ages": "adults"}),
        ("d" * 32, "health", "draft", {"a": 1}),
    ]
    assert [p.id for p in guild.live] == [OURS]
    assert guild.programme("d" * 32) == guild.programmes[1]
    assert guild.programme(THEIRS) is None


async def test_a_programme_moves_on_only_from_the_state_it_is_in(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    moved = await db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, was=("draft",), state="applying"))
    assert moved is False
    assert (await fetched(db)).programme(OURS).state == "live"
    moved = await db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, was=("draft", "live"), state="draft"))
    assert moved is True
    assert (await fetched(db)).programme(OURS).state == "draft"


async def test_a_state_that_does_not_exist_is_refused_by_the_database(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    with pytest.raises(REFUSED):
        await db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state="open"))
    with pytest.raises(REFUSED):
        await db.write(lambda tx: guilds.update(tx, HERE, ages="any"))


async def test_only_an_attempt_begun_too_long_ago_is_taken_up_again(db: Database):
    await db.write(put_two_guilds)
    for begun, state in ((-1, "applying"), (-120, "applying"), (-121, "draft")):
        values = {"state": "applying", "applying_at": NOON + dt.timedelta(seconds=begun)}
        for guild_id, programme_id in ((HERE, OURS), (THERE, THEIRS)):
            await db.write(lambda tx, g=guild_id, p=programme_id, v=values: guilds.update_programme(tx, g, p, **v))
        await db.write(lambda tx: guilds.free_stale(tx, HERE, before=NOON - dt.timedelta(seconds=120)))
        assert (await fetched(db)).programme(OURS).state == state
        assert (await fetched(db, THERE)).programme(THEIRS).state == "applying"


async def test_a_live_programme_is_never_freed(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    await db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, applying_at=NOON - dt.timedelta(days=9)))
    await db.write(lambda tx: guilds.free_stale(tx, HERE, before=NOON))
    assert (await fetched(db)).programme(OURS).state == "live"


def bind(binding_id: str, kind: str, purpose: str, discord_id: int):
    what = {"kind": kind, "purpose": purpose, "discord_id": discord_id, "made_by_us": True}
    return lambda tx: guilds.bind(tx, binding_id, HERE, OURS, **what)


async def test_a_later_binding_takes_the_place_of_the_earlier(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    await db.write(bind("1" * 32, "channel", "start", 10))
    await db.write(bind("2" * 32, "channel", "help", 20))
    await db.write(bind("3" * 32, "role", "leader", 30))
    await db.write(bind("4" * 32, "channel", "start", 2**62))
    programme = (await fetched(db)).programme(OURS)
    assert dict(programme.channels) == {"start": 2**62, "help": 20}
    assert dict(programme.roles) == {"leader": 30}


async def test_texts_inside_a_draft_come_back_as_they_were(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    draft = {text: [text, {"nested": text}] for text in [*HOSTILE, "\x00"]}
    await db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, draft=draft))
    assert dict((await fetched(db)).programme(OURS).draft) == draft
