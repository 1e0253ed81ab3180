"""A programme's own words: one of each name, the latest, and none of another guild's."""

import datetime as dt

import pytest

from data.db import Database
from data.store import programme_texts
from tests.store.rows import HERE, HOSTILE, NOON, OURS, REFUSED, THEIRS, THERE, put_two_guilds


async def put(db: Database, body: str, name: str = "rules", *, row: str = "1", programme_id: str = OURS) -> None:
    later = NOON + dt.timedelta(minutes=int(row, 16))
    await db.write(lambda tx: programme_texts.put(tx, row * 32, HERE, programme_id, name, body=body, now=later))


async def said(db: Database, name: str = "rules", guild_id: int = HERE, programme_id: str = OURS) -> str | None:
    return await db.read(lambda tx: programme_texts.fetch(tx, guild_id, programme_id, name))


async def test_nothing_is_said_before_somebody_says_it(db: Database):
    await db.write(put_two_guilds)
    assert await said(db) is None


async def test_the_latest_words_hold_for_each_name_alone(db: Database):
    await db.write(put_two_guilds)
    await put(db, "first")
    await put(db, "second", row="2")
    await put(db, "How are you?", "question", row="3")
    assert (await said(db), await said(db, "question"), await said(db, "opening")) == ("second", "How are you?", None)


async def test_words_come_back_as_they_were_written(db: Database):
    await db.write(put_two_guilds)
    for body in HOSTILE:
        await put(db, body)
        assert await said(db) == body


async def test_another_programme_or_guild_is_neither_read_nor_written(db: Database):
    await db.write(put_two_guilds)
    await put(db, "ours")
    assert await said(db, guild_id=THERE) is None
    assert await said(db, programme_id=THEIRS) is None
    with pytest.raises(REFUSED):
        await put(db, "astray", programme_id=THEIRS)


async def test_dropped_words_are_gone_and_the_others_stay(db: Database):
    await db.write(put_two_guilds)
    await put(db, "ours")
    await put(db, "question", "question", row="2")
    await db.write(lambda tx: programme_texts.delete(tx, THERE, OURS, "rules"))
    assert await said(db) == "ours"
    await db.write(lambda tx: programme_texts.delete(tx, HERE, OURS, "rules"))
    assert (await said(db), await said(db, "question")) == (None, "question")
