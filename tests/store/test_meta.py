"""Small facts are kept as they were said, on both databases."""

import pytest

from data.db import Database
from data.store import meta
from tests.store.rows import HOSTILE


async def test_a_fact_that_was_never_written_is_none(db: Database):
    assert await db.read(lambda tx: meta.fetch(tx, "key")) is None


async def test_a_later_fact_takes_the_place_of_the_earlier_and_leaves_others(db: Database):
    await db.write(lambda tx: meta.put(tx, "key", "old"))
    await db.write(lambda tx: meta.put(tx, "other", "stays"))
    await db.write(lambda tx: meta.put(tx, "key", "new"))
    assert await db.read(lambda tx: (meta.fetch(tx, "key"), meta.fetch(tx, "other"))) == ("new", "stays")


async def test_no_text_changes_or_breaks_anything_by_being_stored(db: Database):
    assert len(set(HOSTILE)) >= 50

    def put(tx):
        for number, text in enumerate(HOSTILE):
            meta.put(tx, f"key {number}", text)

    await db.write(put)
    stored = await db.read(lambda tx: [meta.fetch(tx, f"key {number}") for number in range(len(HOSTILE))])
    assert stored == HOSTILE


@pytest.mark.parametrize("key", [text for text in HOSTILE if len(text) <= 40])
async def test_a_hostile_key_finds_only_its_own_fact(sqlite_db: Database, key: str):
    await sqlite_db.write(lambda tx: meta.put(tx, "plain", "untouched"))
    assert await sqlite_db.read(lambda tx: meta.fetch(tx, key)) is None
    await sqlite_db.write(lambda tx: meta.put(tx, key, "mine"))
    assert await sqlite_db.read(lambda tx: (meta.fetch(tx, key), meta.fetch(tx, "plain"))) == ("mine", "untouched")
