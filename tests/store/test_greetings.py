"""A member has one wish to be greeted in a programme, and it is found only in its own guild and programme."""

import datetime as dt

import pytest
import sqlalchemy as sa

from data.db import Database
from data.store import greetings
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, REFUSED, THEIRS, put_member, put_two_guilds

FIRST, SECOND = "1" * 32, "2" * 32


async def test_asked_twice_there_is_one_wish(db: Database) -> None:
    def work(tx: sa.Connection) -> None:
        put_two_guilds(tx)
        ref = put_member(tx, HERE, ANNA).ref
        made = greetings.ensure(tx, FIRST, HERE, OURS, ref, now=NOON)
        assert made == (FIRST, ref, None, None, None)
        greetings.update(tx, HERE, OURS, FIRST, channel_id=5, message_id=6)
        again = greetings.ensure(tx, SECOND, HERE, OURS, ref, now=NOON + dt.timedelta(days=1))
        assert (again.id, again.channel_id, again.message_id) == (FIRST, 5, 6)

    await db.write(work)


async def test_each_member_has_a_wish_of_their_own_and_deleting_takes_one(db: Database) -> None:
    def work(tx: sa.Connection) -> None:
        put_two_guilds(tx)
        annas, bens = put_member(tx, HERE, ANNA).ref, put_member(tx, HERE, BEN).ref
        greetings.ensure(tx, FIRST, HERE, OURS, annas, now=NOON)
        greetings.ensure(tx, SECOND, HERE, OURS, bens, now=NOON)
        greetings.delete(tx, HERE, OURS, FIRST)
        assert greetings.fetch(tx, HERE, OURS, FIRST) is None
        assert greetings.fetch_of(tx, HERE, OURS, annas) is None
        left = greetings.fetch_of(tx, HERE, OURS, bens)
        assert left is not None
        assert left.id == SECOND
        assert not greetings.update(tx, HERE, OURS, FIRST, message_id=6)

    await db.write(work)


async def test_a_wish_cannot_belong_to_another_guilds_programme(db: Database) -> None:
    def work(tx: sa.Connection) -> None:
        put_two_guilds(tx)
        greetings.ensure(tx, FIRST, HERE, THEIRS, put_member(tx, HERE, ANNA).ref, now=NOON)

    with pytest.raises(REFUSED):
        await db.write(work)
