"""A table that a feature adds tomorrow is exported and erased without a line of code for it."""

from typing import Any

import pytest
import sqlalchemy as sa

from data import life
from data.db import Database
from data.schema import Id, about, column, metadata
from data.vault import Vault
from tests.data import filling
from tests.data.filling import fill

ANNA, BEN, GUILD = 1_234_567_890_123_456_789, 987_654_321_098_765_431, 1_111_222_233_334_444_555
VAULT = Vault(bytes(range(32)))

tomorrow = sa.MetaData()
for table in metadata.sorted_tables:
    table.to_metadata(tomorrow)


def owned(*more: Any) -> list[Any]:
    """Return the columns that every row about a member has."""
    return [
        column("id", Id, primary_key=True, life=about("a year", erase="stays", export=False)),
        column("guild_id", sa.BigInteger, sa.ForeignKey("guilds.guild_id"), life=about("a year", erase="stays")),
        column("member_ref", Id, sa.ForeignKey("members.ref"), life=about("a year", erase="stays", export=False)),
        *more,
    ]


# Its rows outlive the person, without what the person wrote.
audits = sa.Table(
    "audits",
    tomorrow,
    *owned(
        column("reason", sa.LargeBinary, life=about("30 days", erase="blank", sealed=True)),
        column("asked_for", sa.String(32), life=about("30 days", erase="blank")),
        column("details", sa.JSON, life=about("30 days", erase="blank")),
        column("outcome", sa.String(10), life=about("a year", erase="stays")),
    ),
)
# Its rows say nothing once the member is nobody.
shifts = sa.Table("shifts", tomorrow, *owned(column("hosted_on", sa.Date, life=about("a year", erase="stays"))))
# Its rows hang on other rows of the same person and must go before them.
answers = sa.Table(
    "answers",
    tomorrow,
    column("id", Id, primary_key=True, life=about("until erased", export=False)),
    column("guild_id", sa.BigInteger, sa.ForeignKey("guilds.guild_id"), life=about("until erased")),
    column("programme_id", Id, sa.ForeignKey("programmes.id"), life=about("until erased", export=False)),
    column("member_ref", Id, sa.ForeignKey("members.ref"), life=about("until erased", export=False)),
    column("checkin_id", Id, sa.ForeignKey("checkins.id"), life=about("until erased", export=False)),
    column("choice", sa.String(10), life=about("until erased")),
)


@pytest.fixture
def tables_for_test() -> sa.MetaData:
    return tomorrow


@pytest.fixture(autouse=True)
def _tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "metadata", tomorrow)
    monkeypatch.setattr(filling, "metadata", tomorrow)
    monkeypatch.setattr(life, "CHUNK", 1)


async def rows_of(db: Database, table: sa.Table, ref: str) -> list[dict[str, Any]]:
    statement = sa.select(table).where(table.c.member_ref == ref)
    return await db.read(lambda tx: [dict(row._mapping) for row in tx.execute(statement)])


async def test_a_new_table_is_erased_as_its_columns_say(db: Database):
    filled = await db.write(lambda tx: fill(tx, VAULT, user_ids=[ANNA, BEN], guild_ids=[GUILD]))
    await db.write_chunks(lambda tx: life.erase_step(tx, ANNA))
    annas, bens = (filled.of("members", user_id)[0]["ref"] for user_id in (ANNA, BEN))
    for table in (audits, shifts, answers):
        assert await rows_of(db, table, bens) == filled.of(table.name, BEN)
    was = filled.of("audits", ANNA)[0]
    assert await rows_of(db, audits, annas) == [{**was, "reason": None, "asked_for": None, "details": None}]
    is_null = sa.select(audits.c.details.is_(sa.null())).where(audits.c.member_ref == annas)
    assert await db.read(lambda tx: tx.execute(is_null).scalar_one())
    assert await rows_of(db, shifts, annas) == filled.of("shifts", ANNA)
    assert await rows_of(db, answers, annas) == []
    assert await db.read(lambda tx: life.export(tx, ANNA, vault=VAULT)) == {}


async def test_a_new_table_is_in_the_copy_as_its_columns_say(db: Database):
    filled = await db.write(lambda tx: fill(tx, VAULT, user_ids=[ANNA, BEN], guild_ids=[GUILD]))
    copy = await db.read(lambda tx: life.export(tx, ANNA, vault=VAULT))
    was = filled.of("audits", ANNA)[0]
    assert copy["audits"] == [
        {
            "guild_id": GUILD,
            "reason": filled.opened["audits", "reason", was["id"]],
            "asked_for": was["asked_for"],
            "details": was["details"],
            "outcome": was["outcome"],
        }
    ]
    assert copy["shifts"] == [{"guild_id": GUILD, "hosted_on": filled.of("shifts", ANNA)[0]["hosted_on"].isoformat()}]
    assert [set(row) for row in copy["answers"]] == [{"guild_id", "choice"}] * 2
