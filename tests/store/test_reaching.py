"""Ways of being reached in the database: one for each member of each guild."""

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.reaching import Reach
from data.db import Database
from data.store import reaching
from tests.store.rows import ANNA, HERE, NOON, REFUSED, THERE, put_member, put_two_guilds


def put(tx: sa.Connection, guild_id: int, ref: str, way: str, channel_id: int | None = None) -> None:
    reaching.put(tx, f"{guild_id:032x}", guild_id, ref, way=way, channel_id=channel_id)  # type: ignore[arg-type]  # some are wrong


async def test_a_way_is_found_again_and_a_new_one_takes_its_place(db: Database) -> None:
    def work(tx: sa.Connection) -> list[Reach | None]:
        put_two_guilds(tx)
        ref = put_member(tx, HERE, ANNA).ref
        found = [reaching.fetch(tx, HERE, ref)]
        put(tx, HERE, ref, "thread", 5)
        found.append(reaching.fetch(tx, HERE, ref))
        put(tx, HERE, ref, "nowhere")
        return [*found, reaching.fetch(tx, HERE, ref)]

    assert await db.write(work) == [None, Reach("thread", 5), Reach("nowhere")]


async def test_a_way_in_one_guild_says_nothing_about_another(db: Database) -> None:
    def work(tx: sa.Connection) -> tuple[Reach | None, Reach | None, Reach | None]:
        put_two_guilds(tx)
        here, there = put_member(tx, HERE, ANNA).ref, put_member(tx, THERE, ANNA).ref
        put(tx, HERE, here, "thread", 5)
        put(tx, THERE, there, "dm", 6)
        return reaching.fetch(tx, HERE, here), reaching.fetch(tx, THERE, there), reaching.fetch(tx, THERE, here)

    assert await db.write(work) == (Reach("thread", 5), Reach("dm", 6), None)


async def test_only_the_way_that_was_meant_is_replaced(db: Database) -> None:
    def work(tx: sa.Connection) -> list[object]:
        put_two_guilds(tx)
        ref = put_member(tx, HERE, ANNA).ref
        put(tx, HERE, ref, "dm", 5)
        moved = Reach("thread", 6, NOON)
        said: list[object] = [reaching.replace(tx, HERE, ref, was=Reach("dm", 4), now=moved)]
        said.append(reaching.replace(tx, THERE, ref, was=Reach("dm", 5), now=moved))
        said.append(reaching.replace(tx, HERE, ref, was=Reach("dm", 5), now=moved))
        said.append(reaching.fetch(tx, HERE, ref))
        reaching.open_again(tx, HERE, ref)
        return [*said, reaching.fetch(tx, HERE, ref)]

    assert await db.write(work) == [False, False, True, Reach("thread", 6, NOON), Reach("thread", 6)]


async def test_a_way_without_a_channel_can_be_replaced_as_well(db: Database) -> None:
    def work(tx: sa.Connection) -> bool:
        put_two_guilds(tx)
        ref = put_member(tx, HERE, ANNA).ref
        put(tx, HERE, ref, "nowhere")
        return reaching.replace(tx, HERE, ref, was=Reach("nowhere"), now=Reach("thread", 6))

    assert await db.write(work)


async def test_the_database_takes_no_way_that_nobody_offers_and_no_member_of_another_guild(db: Database) -> None:
    def foreign(tx: sa.Connection) -> None:
        put_two_guilds(tx)
        put(tx, THERE, put_member(tx, HERE, ANNA).ref, "dm", 5)

    def unknown(tx: sa.Connection) -> None:
        put_two_guilds(tx)
        put(tx, HERE, put_member(tx, HERE, ANNA).ref, "pigeon")

    for work in (foreign, unknown):
        with pytest.raises(REFUSED):
            await db.write(work)


async def test_when_it_was_closed_comes_back_as_the_same_moment(db: Database) -> None:
    noon = dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)

    def work(tx: sa.Connection) -> Reach | None:
        put_two_guilds(tx)
        ref = put_member(tx, HERE, ANNA).ref
        reaching.put(tx, "a" * 32, HERE, ref, way="dm", channel_id=2**62, closed_at=noon)
        return reaching.fetch(tx, HERE, ref)

    assert await db.write(work) == Reach("dm", 2**62, noon)
