"""The list of those who lead: each stands on it once, in their own guild's programme, and comes back as they were put."""

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.leaders import Leader
from data import life
from data.db import Database
from data.store import guilds, leaders
from data.vault import Vault
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, REFUSED, THEIRS, THERE, put_member, put_two_guilds

DAY = NOON.date()
OTHER = "c" * 32


def put(tx: sa.Connection, row: str, user_id: int, programme_id: str = OURS, *, added_on: dt.date = DAY) -> str:
    ref = put_member(tx, HERE, user_id).ref
    leaders.insert(tx, row * 32, HERE, programme_id, ref, added_on=added_on)
    return ref


async def settle(db: Database) -> str:
    def work(tx: sa.Connection) -> str:
        put_two_guilds(tx)
        guilds.insert_programme(tx, OTHER, HERE, preset="health", draft={}, now=NOON)
        return put(tx, "1", ANNA)

    return await db.write(work)


async def listed(db: Database, programme_id: str = OURS) -> list[Leader]:
    return await db.read(lambda tx: leaders.fetch_all(tx, HERE, programme_id))


async def test_somebody_new_has_learned_nothing_yet(db: Database):
    ref = await settle(db)
    assert await listed(db) == [Leader(id="1" * 32, member_ref=ref, added_on=DAY)]
    assert await db.read(lambda tx: leaders.fetch_member(tx, HERE, OURS, ref)) == (await listed(db))[0]
    assert await db.read(lambda tx: leaders.fetch_one(tx, HERE, OURS, "1" * 32)) == (await listed(db))[0]
    assert await db.read(lambda tx: leaders.fetch_one(tx, HERE, OTHER, "1" * 32)) is None


async def test_every_column_comes_back_as_it_was_set(db: Database):
    ref = await settle(db)
    dates = {"observed_on": DAY, "certified_on": DAY, "resting_since": DAY + dt.timedelta(days=1)}
    values = {**dates, "trained_elsewhere": True}
    await db.write(lambda tx: leaders.update(tx, HERE, "1" * 32, learned=["danger", "é"], **values))
    expected = Leader(id="1" * 32, member_ref=ref, added_on=DAY, learned=frozenset({"danger", "é"}), **values)
    assert await listed(db) == [expected]


async def test_put_on_the_list_again_somebody_keeps_what_they_have(db: Database):
    await settle(db)
    await db.write(lambda tx: leaders.update(tx, HERE, "1" * 32, certified_on=DAY))
    await db.write(lambda tx: put(tx, "2", ANNA, added_on=DAY + dt.timedelta(days=9)) and None)
    (only,) = await listed(db)
    assert (only.id, only.added_on, only.certified_on) == ("1" * 32, DAY, DAY)


async def test_one_may_stand_on_the_lists_of_several_programmes(db: Database):
    await settle(db)
    await db.write(lambda tx: put(tx, "2", ANNA, OTHER) and None)
    assert [one.id for one in await listed(db)] == ["1" * 32]
    assert [one.id for one in await listed(db, OTHER)] == ["2" * 32]


async def test_who_has_stood_there_longest_comes_first(db: Database):
    await settle(db)

    def work(tx: sa.Connection) -> None:
        put(tx, "3", BEN, added_on=DAY - dt.timedelta(days=400))
        put(tx, "0", 42, added_on=DAY + dt.timedelta(days=1))

    await db.write(work)
    assert [one.id[0] for one in await listed(db)] == ["3", "1", "0"]


async def test_nobody_is_put_on_the_list_of_another_guild_s_programme(db: Database):
    ref = await settle(db)
    for guild_id, programme_id in ((HERE, THEIRS), (THERE, THEIRS), (THERE, OURS)):
        with pytest.raises(REFUSED):
            await db.write(lambda tx, g=guild_id, p=programme_id: leaders.insert(tx, "5" * 32, g, p, ref, added_on=DAY))


async def test_taken_off_the_list_nothing_of_the_record_is_left(db: Database):
    await settle(db)
    await db.write(lambda tx: leaders.delete(tx, THERE, "1" * 32))
    assert len(await listed(db)) == 1
    await db.write(lambda tx: leaders.delete(tx, HERE, "1" * 32))
    assert await listed(db) == []


async def test_a_copy_of_one_s_data_holds_the_record_and_erasing_takes_it_away(db: Database):
    await settle(db)
    await db.write(lambda tx: put(tx, "2", BEN) and None)
    await db.write(lambda tx: leaders.update(tx, HERE, "1" * 32, learned=["danger"], certified_on=DAY))
    vault = Vault(bytes(range(32)))
    copy = (await db.read(lambda tx: life.export(tx, ANNA, vault=vault)))["leaders"]
    expected = {"guild_id": HERE, "added_on": "2026-03-10", "learned": ["danger"], "certified_on": "2026-03-10"}
    assert copy == [{**expected, "trained_elsewhere": False}]
    while await db.write(lambda tx: life.erase_step(tx, ANNA)):
        pass
    assert [one.id for one in await listed(db)] == ["2" * 32]
