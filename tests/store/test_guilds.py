"""A guild's settings, programmes and bindings are kept as they were given, on both databases."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.presets import CATEGORY
from data import life
from data.db import Database
from data.schema import leaders, named_adults, programme_texts
from data.store import guilds
from tests.store.rows import (
    ANNA,
    BEN,
    HERE,
    HOSTILE,
    NOON,
    OURS,
    REFUSED,
    THEIRS,
    THERE,
    put_guild,
    put_member,
    put_two_guilds,
)


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
    assert (guild.adult_id, guild.welcomed_at) == (None, None)


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


async def test_the_heading_of_a_programme_is_no_channel_of_it(db: Database):
    await db.write(put_two_guilds)
    await db.write(bind("1" * 32, "channel", CATEGORY, 2**61))
    await db.write(bind("2" * 32, "channel", "start", 10))
    ours, theirs = (await fetched(db)).programme(OURS), (await fetched(db, THERE)).programme(THEIRS)
    assert (ours.category_id, dict(ours.channels), dict(ours.roles)) == (2**61, {"start": 10}, {})
    assert theirs.category_id is None


async def test_when_a_guild_was_welcomed_is_kept_for_that_guild(db: Database):
    await db.write(put_two_guilds)
    await db.write(lambda tx: guilds.update(tx, HERE, welcomed_at=NOON))
    assert (await fetched(db)).welcomed_at == NOON
    assert (await fetched(db, THERE)).welcomed_at is None


def put_text(tx: sa.Connection, guild_id: int, programme_id: str, name: str, body: str) -> None:
    row = {"guild_id": guild_id, "programme_id": programme_id, "name": name, "body": body, "changed_at": NOON}
    tx.execute(programme_texts.insert(), {"id": f"{guild_id}{name:0>12}", **row})


async def test_own_words_of_a_programme_come_back_as_written_and_in_no_other(db: Database):
    await db.write(put_two_guilds)
    bodies = {f"text{number}": body for number, body in enumerate(HOSTILE)}

    def work(tx: sa.Connection) -> None:
        for name, body in bodies.items():
            put_text(tx, HERE, OURS, name, body)
        put_text(tx, THERE, THEIRS, "rules", "theirs")

    await db.write(work)
    assert dict((await fetched(db)).programme(OURS).texts) == bodies
    everywhere = {guild.guild_id: guild for guild in await db.read(guilds.fetch_all)}
    assert everywhere[HERE] == await fetched(db)
    assert dict(everywhere[THERE].programme(THEIRS).texts) == {"rules": "theirs"}


async def test_a_programme_has_each_of_its_texts_once_and_none_of_another_guilds_programme(db: Database):
    await db.write(put_two_guilds)
    await db.write(lambda tx: put_text(tx, HERE, OURS, "rules", "first"))
    with pytest.raises(REFUSED):
        await db.write(lambda tx: put_text(tx, HERE, OURS, "rules", "second"))
    with pytest.raises(REFUSED):
        await db.write(lambda tx: put_text(tx, HERE, THEIRS, "opening", "astray"))
    assert dict((await fetched(db)).programme(OURS).texts) == {"rules": "first"}


def put_leader(tx: sa.Connection, guild_id: int, programme_id: str, user_id: int, **dates: dt.date) -> None:
    row: dict[str, Any] = {"guild_id": guild_id, "programme_id": programme_id, "added_on": NOON.date(), "learned": []}
    ref = put_member(tx, guild_id, user_id).ref
    ids = {"id": f"{user_id ^ guild_id ^ int(programme_id, 16):032x}", "member_ref": ref, "trained_elsewhere": False}
    tx.execute(leaders.insert(), {**row, **ids, **dates})


async def test_those_certified_and_not_resting_are_counted_for_each_programme_alone(db: Database):
    await db.write(put_two_guilds)
    other, day = "c" * 32, NOON.date()

    def work(tx: sa.Connection) -> None:
        guilds.insert_programme(tx, other, HERE, preset="health", draft={}, now=NOON)
        put_leader(tx, HERE, OURS, ANNA, certified_on=day)
        put_leader(tx, HERE, OURS, BEN, certified_on=day)
        put_leader(tx, HERE, OURS, 3, certified_on=day, resting_since=day)
        put_leader(tx, HERE, OURS, 4, observed_on=day)
        put_leader(tx, HERE, other, ANNA, certified_on=day)
        put_leader(tx, THERE, THEIRS, BEN)

    await db.write(work)
    everywhere = {p.id: p for guild in await db.read(guilds.fetch_all) for p in guild.programmes}
    assert {one: p.certified for one, p in everywhere.items()} == {OURS: 2, other: 1, THEIRS: 0}
    assert {one: p.starting_up for one, p in everywhere.items()} == {OURS: False, other: True, THEIRS: True}
    assert {p.id: p.certified for p in (await fetched(db)).programmes} == {OURS: 2, other: 1}


async def test_a_leader_who_erases_themselves_is_not_counted_any_more(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS))
    for user_id in (ANNA, BEN):
        await db.write(lambda tx, u=user_id: put_leader(tx, HERE, OURS, u, certified_on=NOON.date()))
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA))
    programme = (await fetched(db)).programme(OURS)
    assert (programme.certified, programme.starting_up) == (1, True)


def put_adult(tx: sa.Connection, guild_id: int, user_id: int) -> None:
    row = {"guild_id": guild_id, "member_ref": put_member(tx, guild_id, user_id).ref, "named_at": NOON}
    tx.execute(named_adults.insert(), {"id": f"{guild_id ^ user_id:032x}", **row})


async def test_the_named_adult_is_told_to_their_own_guild_until_they_erase_themselves(db: Database):
    await db.write(put_two_guilds)
    await db.write(lambda tx: put_adult(tx, HERE, ANNA))
    await db.write(lambda tx: put_adult(tx, THERE, BEN))
    assert {guild.guild_id: guild.adult_id for guild in await db.read(guilds.fetch_all)} == {HERE: ANNA, THERE: BEN}
    assert (await fetched(db)).adult_id == ANNA
    assert str(ANNA) not in repr(await fetched(db)), "what is logged must hold nobody's id"
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA))
    assert (await fetched(db)).adult_id is None
    assert (await fetched(db, THERE)).adult_id == BEN


async def test_a_guild_names_one_adult_and_only_a_member_of_its_own(db: Database):
    await db.write(put_two_guilds)
    await db.write(lambda tx: put_adult(tx, HERE, ANNA))
    with pytest.raises(REFUSED):
        await db.write(lambda tx: put_adult(tx, HERE, BEN))
    stranger = await db.write(lambda tx: put_member(tx, HERE, BEN).ref)
    row = {"id": "9" * 32, "guild_id": THERE, "member_ref": stranger, "named_at": NOON}
    with pytest.raises(REFUSED):
        await db.write(lambda tx: tx.execute(named_adults.insert(), row))
    assert (await fetched(db)).adult_id == ANNA
    assert (await fetched(db, THERE)).adult_id is None
