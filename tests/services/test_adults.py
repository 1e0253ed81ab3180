"""The adult for young people: named by themselves, one for a server, taken over openly, gone with their data."""

import asyncio

import pytest

from bot.domain.actor import Actor
from bot.services import adults, privacy
from bot.services.guilds import Guilds
from data.schema import named_adults
from tests.services.conftest import Town
from tests.store.rows import ANNA, BEN, HERE, THERE


@pytest.fixture
def known(each_town: Town) -> Guilds:
    return Guilds(each_town.db)


async def named(town: Town, known: Guilds, guild_id: int = HERE) -> int | None:
    guild = await known.get(guild_id)
    assert guild is not None
    return guild.adult_id


async def test_whoever_names_themselves_is_named_in_that_server_and_in_no_other(each_town: Town, known: Guilds):
    assert await named(each_town, known) is None
    await adults.name_me(each_town.db, each_town.clock, known, each_town.anna)
    assert await named(each_town, known) == ANNA
    assert await named(each_town, known, THERE) is None


async def test_another_adult_takes_over_and_there_is_one_at_a_time(each_town: Town, known: Guilds):
    await asyncio.gather(
        *(adults.name_me(each_town.db, each_town.clock, known, one) for one in (each_town.anna, each_town.ben))
    )
    assert len(await each_town.rows(named_adults)) == 1
    await adults.name_me(each_town.db, each_town.clock, known, each_town.ben)
    assert await named(each_town, known) == BEN


async def test_one_takes_back_ones_own_name_and_nobody_elses(each_town: Town, known: Guilds):
    await adults.name_me(each_town.db, each_town.clock, known, each_town.anna)
    assert not await adults.name_me_no_more(each_town.db, known, each_town.ben)
    assert not await adults.name_me_no_more(each_town.db, known, Actor(999, HERE))
    assert await named(each_town, known) == ANNA
    assert await adults.name_me_no_more(each_town.db, known, each_town.anna)
    assert await named(each_town, known) is None


async def test_whoever_erases_themselves_is_named_no_more(each_town: Town, known: Guilds):
    await adults.name_me(each_town.db, each_town.clock, known, each_town.anna)
    await privacy.erase(each_town.db, each_town.anna)
    known.forget(HERE)
    assert await named(each_town, known) is None
    assert await each_town.rows(named_adults) == []
