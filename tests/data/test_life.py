"""Erasing leaves nothing of a person and takes nothing of anybody else; a copy holds all that is theirs, and only that."""

import functools
import json

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.services import privacy
from data import life
from data.db import Database
from data.schema import members, metadata, people
from data.vault import Vault
from tests.data import filling
from tests.data.filling import Filled, fill, snapshot

# Discord's ids are this long; both are odd in every byte, so that nothing else in a file looks like them.
ANNA, BEN = 1_234_567_890_123_456_789, 987_654_321_098_765_431
HERE, THERE = 1_111_222_233_334_444_555, 1_111_222_233_334_444_777
VAULT = Vault(bytes(range(32)))


@pytest.fixture(autouse=True)
def _one_row_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "CHUNK", 1)


async def filled(db: Database) -> Filled:
    return await db.write(lambda tx: fill(tx, VAULT, user_ids=[ANNA, BEN], guild_ids=[HERE, THERE]))


def erase(tx: sa.Connection, user_id: int, **where: int) -> list[int]:
    """Erase to the end; return how many rows each step took."""
    steps = []
    while took := life.erase_step(tx, user_id, **where):
        steps.append(took)
    return steps


def traces(rows: Filled, user_id: int) -> set[object]:
    """Return what would betray the person, should it be found in the database: ids, words, sealed bytes."""
    person = rows.of("people", user_id)[0]
    found = {user_id, person["id"]}
    for table in life.tables_of_members():
        for row in rows.of(table.name, user_id):
            for column in table.columns:
                meaning = life.life(column)
                if meaning.erase != "stays" and (column.name == "id" or isinstance(row[column.name], bytes)):
                    found.add(row[column.name])
    return found


def values(tx: sa.Connection) -> set[object]:
    return {value for rows in snapshot(tx).values() for row in rows for value in row if not isinstance(value, dict)}


async def test_every_table_is_filled_for_both_people_in_both_guilds(db: Database):
    rows = await filled(db)
    assert set(rows.rows) == set(metadata.tables)
    for table in life.tables_of_members():
        assert {row["guild_id"] for row in rows.of(table.name, ANNA)} == {HERE, THERE}
    assert rows.opened


async def test_erasing_leaves_no_trace_of_the_person_in_any_table(db: Database):
    rows = await filled(db)
    assert traces(rows, ANNA) <= await db.read(values)
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA))
    left = await db.read(values)
    assert not traces(rows, ANNA) & left
    assert traces(rows, BEN) <= left


async def test_a_former_member_stays_a_member_tied_to_nobody(db: Database):
    rows = await filled(db)
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA))
    left = await db.read(lambda tx: {row.ref: row for row in tx.execute(sa.select(members))})
    for row in rows.of("members", ANNA):
        assert (left[row["ref"]].guild_id, left[row["ref"]].person_id) == (row["guild_id"], None)
    for row in rows.of("members", BEN):
        assert left[row["ref"]].person_id == row["person_id"]


async def test_what_nobody_owns_and_what_others_own_stays_as_it_was(db: Database):
    await filled(db)
    before = await db.read(snapshot)
    copy = json.dumps(await db.read(lambda tx: life.export(tx, BEN, vault=VAULT)))
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA))
    after = await db.read(snapshot)
    assert json.dumps(await db.read(lambda tx: life.export(tx, BEN, vault=VAULT))) == copy
    owned = {"people", "members", *(table.name for table in life.tables_of_members())}
    for name, were in before.items():
        if name not in owned:
            assert after[name] == were


async def test_erasing_twice_or_somebody_unknown_changes_nothing(db: Database):
    await filled(db)
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA))
    once = await db.read(snapshot)
    assert await db.write_chunks(lambda tx: life.erase_step(tx, ANNA)) == 0
    assert await db.write_chunks(lambda tx: life.erase_step(tx, 42)) == 0
    assert await db.read(snapshot) == once


async def test_an_erasure_broken_off_after_any_step_is_taken_up_to_the_same_end(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    # What is tried grows with the square of the rows, and with the cube of the tables.
    monkeypatch.setattr(filling, "PRESETS_PER_GUILD", 1)
    await filled(db)

    def undone(work):
        def run(tx: sa.Connection):
            with tx.begin_nested() as nested:
                found = work(tx)
                nested.rollback()
            return found

        return run

    whole = await db.write(undone(lambda tx: erase(tx, ANNA)))
    assert len(whole) > len(life.tables_of_members())

    def after(tx: sa.Connection, steps: int) -> dict[str, list[tuple]]:
        for _ in range(steps):
            assert life.erase_step(tx, ANNA)
        if steps < len(whole):
            assert tx.execute(sa.select(people).where(people.c.user_id == ANNA)).first()
        erase(tx, ANNA)
        return snapshot(tx)

    # Each in a write of its own: all of them together outlast what a write may take.
    ends = [await db.write(undone(functools.partial(after, steps=steps))) for steps in range(len(whole) + 1)]
    assert all(end == ends[0] for end in ends)


async def test_no_step_takes_more_rows_than_others_can_wait_for(db: Database, monkeypatch: pytest.MonkeyPatch):
    await filled(db)
    monkeypatch.setattr(life, "CHUNK", 3)
    steps = await db.write(lambda tx: erase(tx, ANNA))
    # The last step unties the memberships and takes the person, one row for each guild and one more.
    assert all(took <= 3 for took in steps[:-1])
    assert steps[-1] == 3


async def test_leaving_one_guild_keeps_the_other(db: Database):
    rows = await filled(db)
    before = await db.read(lambda tx: life.export(tx, ANNA, vault=VAULT))
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA, guild_id=HERE))
    after = await db.read(lambda tx: life.export(tx, ANNA, vault=VAULT))
    assert after == {name: [row for row in kept if row.get("guild_id") != HERE] for name, kept in before.items()}
    assert after["people"] == before["people"]
    left = await db.read(values)
    whole = [table for table in life.tables_of_members() if life.life(table.c.id).erase == "row"]
    gone = [row["id"] for table in whole for row in rows.of(table.name, ANNA)]
    assert sum(one in left for one in gone) == len(gone) / 2


async def test_leaving_the_last_guild_takes_the_person_too(db: Database):
    await filled(db)
    for guild_id in (HERE, THERE):
        await db.write_chunks(lambda tx, guild_id=guild_id: life.erase_step(tx, ANNA, guild_id=guild_id))
    by_guild = await db.read(snapshot)
    assert ANNA not in await db.read(values)
    assert await db.write_chunks(lambda tx: life.erase_step(tx, ANNA)) == 0
    assert await db.read(snapshot) == by_guild


async def test_leaving_a_guild_one_was_never_in_changes_nothing(db: Database):
    await filled(db)
    before = await db.read(snapshot)
    assert await db.write_chunks(lambda tx: life.erase_step(tx, ANNA, guild_id=42)) == 0
    assert await db.read(snapshot) == before


async def test_removing_a_guild_leaves_none_of_its_rows_and_all_of_the_others(db: Database):
    rows = await filled(db)
    only_here = 55

    def join_here(tx: sa.Connection) -> None:
        tx.execute(people.insert().values(id="e" * 32, user_id=only_here))
        tx.execute(members.insert().values(ref="d" * 32, guild_id=HERE, person_id="e" * 32))

    await db.write(join_here)
    before = await db.read(snapshot)
    await db.write_chunks(lambda tx: life.remove_guild_step(tx, HERE))
    after = await db.read(snapshot)
    for table in metadata.sorted_tables:
        place = list(table.c.keys()).index("guild_id") if "guild_id" in table.c else None
        kept = before[table.name] if place is None else [r for r in before[table.name] if r[place] != HERE]
        assert after[table.name] == [row for row in kept if only_here not in row], table.name
    assert traces(rows, ANNA) & await db.read(values)
    assert await db.write_chunks(lambda tx: life.remove_guild_step(tx, HERE)) == 0


async def test_a_copy_holds_every_exported_value_and_the_words_opened(db: Database):
    rows = await filled(db)
    copy = await db.read(lambda tx: life.export(tx, ANNA, vault=VAULT))
    for table in (people, members, *life.tables_of_members()):
        shown = {column.name for column in table.columns if life.life(column).export}
        if not shown:
            continue
        assert [set(row) for row in copy[table.name]] == [shown] * len(rows.of(table.name, ANNA))
    words = {text for (_, _, row_id), text in rows.opened.items() if row_id in traces(rows, ANNA)}
    assert words
    assert all(text in json.dumps(copy) for text in words)
    assert copy["people"][0]["user_id"] == ANNA


async def test_a_copy_tells_nothing_of_others_and_no_inner_id(db: Database):
    rows = await filled(db)
    copy = json.dumps(await db.read(lambda tx: life.export(tx, ANNA, vault=VAULT)))
    refs = [row["ref"] for user_id in (ANNA, BEN) for row in rows.of("members", user_id)]
    # The words of the filling name the row they are from; they are the person's own.
    for text in rows.opened.values():
        copy = copy.replace(text, "")
    hidden = {*traces(rows, BEN), *traces(rows, ANNA), *refs} - {ANNA}
    assert not [one for one in hidden if str(one) in copy]
    assert not [text for text in rows.opened.values() if text in copy]


async def test_there_is_no_copy_of_somebody_unknown_or_erased(db: Database):
    await filled(db)
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA))
    for user_id in (ANNA, 42):
        assert await db.read(lambda tx, user_id=user_id: life.export(tx, user_id, vault=VAULT)) == {}


def forms(trace: object) -> list[bytes]:
    """Return the ways in which a value may lie in a file."""
    if isinstance(trace, bytes):
        return [trace]
    if isinstance(trace, str):
        return [trace.encode(), *([bytes.fromhex(trace)] if len(trace) == 32 else [])]
    assert isinstance(trace, int)
    return [
        str(trace).encode(),
        f"{trace:x}".encode(),
        f"{trace:X}".encode(),
        trace.to_bytes(8, "big"),
        trace.to_bytes(8, "little"),
    ]


def found_in_files(db: Database, wanted: set[object]) -> set[object]:
    """Return what lies in the database's file, its log or anything else beside it."""
    assert db.path is not None
    raw = b"".join(path.read_bytes() for path in db.path.parent.glob(f"{db.path.name}*"))
    return {trace for trace in wanted if any(form in raw for form in forms(trace))}


async def test_after_erasing_no_byte_of_the_person_is_left_in_the_file_or_its_log(sqlite_db: Database):
    rows = await filled(sqlite_db)
    words = set(rows.opened.values())
    # The search sees what is there to be seen, and sealed words never are.
    assert found_in_files(sqlite_db, traces(rows, ANNA)) == traces(rows, ANNA)
    assert not found_in_files(sqlite_db, words)
    await sqlite_db.checkpoint()
    assert found_in_files(sqlite_db, traces(rows, ANNA)) == traces(rows, ANNA)
    await privacy.erase(sqlite_db, Actor(ANNA, HERE))
    assert found_in_files(sqlite_db, traces(rows, ANNA)) == set()
    assert found_in_files(sqlite_db, traces(rows, BEN)) == traces(rows, BEN)
