"""The first message is said once in each stay, and everything of a guild can be taken away, and nothing of another."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.errors import PeerError
from bot.services import guilds as services
from bot.services import welcome
from bot.services.guilds import Guilds
from data import life
from data.schema import guilds as rows_of_guilds
from data.schema import metadata, people, programmes
from data.store import guilds
from tests.services.conftest import Town
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, THERE

NEW = 99
GUESS = {"locale": "de", "zone": "Europe/Berlin", "countries": ["DE"]}


async def say(town: Town, known: Guilds, guild_id: int = NEW, joined_at: dt.datetime = NOON) -> None:
    await welcome.remember(town.db, town.clock, known, guild_id, joined_at=joined_at, **GUESS)


async def test_it_is_due_once_in_a_stay_and_makes_the_guilds_row(each_town: Town) -> None:
    town, known = each_town, Guilds(each_town.db)
    assert welcome.is_due(await known.get(NEW), NOON)
    await say(town, known)
    guild = await known.get(NEW)
    assert guild is not None
    assert (guild.locale, guild.zone, guild.countries, guild.programmes) == ("de", "Europe/Berlin", ("DE",), ())
    assert not welcome.is_due(guild, NOON)
    assert not welcome.is_due(await Guilds(town.db).get(NEW), NOON)


async def test_it_changes_nothing_of_a_guild_that_is_known(town: Town) -> None:
    known = Guilds(town.db)
    await say(town, known, HERE)
    guild = await known.get(HERE)
    assert guild is not None
    assert guild == dataclasses.replace(town.guild, welcomed_at=guild.welcomed_at)


async def test_invited_again_it_is_due_again_even_if_nobody_saw_the_removal(town: Town) -> None:
    known = Guilds(town.db)
    await say(town, known)
    assert welcome.is_due(await known.get(NEW), NOON + dt.timedelta(days=2))
    await services.left(town.db, known, NEW, NOON)
    assert welcome.is_due(await known.get(NEW), NOON)


async def test_a_clock_that_is_behind_discords_does_not_make_it_due_again(town: Town) -> None:
    known, ahead = Guilds(town.db), NOON + dt.timedelta(minutes=3)
    await say(town, known, joined_at=ahead)
    assert not welcome.is_due(await known.get(NEW), ahead)


async def stop_standing(town: Town) -> None:
    """Leave only drafts of which nothing was made."""

    def work(tx: sa.Connection) -> None:
        for programme in guilds.fetch(tx, HERE).programmes:
            guilds.update_programme(tx, HERE, programme.id, state="draft")

    await town.db.write(work)


async def test_all_of_a_guild_goes_and_nothing_of_another(each_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town, known = each_town, Guilds(each_town.db)
    monkeypatch.setattr(life, "CHUNK", 2)
    for _ in range(3):
        await town.write(4, "here", "leaders")
        await town.tap(3, town.ben)
        town.later(days=1)
    await town.tap(2, Actor(BEN, THERE), programme=town.neighbour.programmes[0])
    theirs = {t.name: [r for r in await town.rows(t) if r.get("guild_id") == THERE] for t in metadata.sorted_tables}
    await stop_standing(town)
    await welcome.remove_everything(town.db, known, HERE)
    for table in metadata.sorted_tables:
        if "guild_id" in table.c:
            assert await town.rows(table) == theirs[table.name], table.name
    assert [row["user_id"] for row in await town.rows(people)] == [BEN]
    assert known.peek(HERE) is None
    assert await known.get(HERE) is None


async def test_it_is_refused_while_something_stands_and_nothing_is_deleted(each_town: Town) -> None:
    town = each_town
    await town.tap(4)
    before = [await town.rows(table) for table in metadata.sorted_tables]
    with pytest.raises(PeerError) as error:
        await welcome.remove_everything(town.db, Guilds(town.db), HERE)
    assert error.value.key == "welcome.remove.first"
    assert [await town.rows(table) for table in metadata.sorted_tables] == before


async def test_what_was_made_for_a_draft_stands_too(town: Town) -> None:
    await stop_standing(town)

    def bind(tx: sa.Connection) -> None:
        where = {"kind": "channel", "purpose": "start", "discord_id": 5, "made_by_us": True}
        guilds.bind(tx, "f" * 32, HERE, OURS, **where)

    await town.db.write(bind)
    assert welcome.stands(await Guilds(town.db).get(HERE))


async def test_a_set_up_that_another_admin_begins_meanwhile_is_not_pulled_away(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stop_standing(town)
    in_chunks = town.db.write_chunks

    async def after_another_began(work: Any, **options: Any) -> int:
        await town.db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state="applying") and None)
        return await in_chunks(work, **options)

    monkeypatch.setattr(town.db, "write_chunks", after_another_began)
    with pytest.raises(PeerError) as error:
        await welcome.remove_everything(town.db, Guilds(town.db), HERE)
    assert error.value.key == "welcome.remove.first"
    assert OURS in [row["id"] for row in await town.rows(programmes)]


async def test_taken_up_where_it_was_broken_off_and_harmless_twice(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.tap(4)
    await stop_standing(town)
    monkeypatch.setattr(life, "CHUNK", 1)
    for _ in range(3):
        assert await town.db.write(lambda tx: life.remove_guild_step(tx, HERE)) == 1
    known = Guilds(town.db)
    await welcome.remove_everything(town.db, known, HERE)
    await welcome.remove_everything(town.db, known, HERE)
    assert [row["guild_id"] for row in await town.rows(rows_of_guilds)] == [THERE]
    assert ANNA not in [row["user_id"] for row in await town.rows(people)]


async def test_nothing_stands_where_nothing_is_kept() -> None:
    assert not welcome.stands(None)
