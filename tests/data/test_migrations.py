"""Each schema change we ship arrives at exactly today's schema and loses nobody's data on the way.

Every revision has a partner of the same name in `tests/data/migrations` with two functions. `load_data(tx)` puts rows
into the tables as they are before the revision, `check_upgrade(tx)` looks after it whether they say the same.
"""

import importlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from data import migrate
from data.db import Database
from data.schema import metadata
from tests.databases import create_tables

REVISIONS = sorted(path.stem for path in migrate.VERSIONS.glob("m*.py"))
PARTNERS = Path(__file__).parent / "migrations"


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    database = await Database.open(empty_url)
    yield database
    await database.close()


def partner(revision: str) -> ModuleType:
    return importlib.import_module(f"tests.data.migrations.{revision}")


def counts(conn: sa.Connection) -> dict[str, int]:
    tables = sa.inspect(conn).get_table_names()
    return {
        name: conn.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()
        for name in tables
        if name != "alembic_version"
    }


def test_every_revision_has_a_partner_that_carries_data_through_it():
    assert REVISIONS
    assert sorted(path.stem for path in PARTNERS.glob("m*.py")) == REVISIONS
    for revision in REVISIONS:
        assert callable(partner(revision).load_data)
        assert callable(partner(revision).check_upgrade)


def test_revisions_follow_one_another_in_the_order_of_their_names():
    before = None
    for name in REVISIONS:
        module = importlib.import_module(f"data.migrations.versions.{name}")
        assert (module.revision, module.down_revision) == (name[1:5], before)
        before = module.revision


async def test_rows_of_every_version_arrive_at_the_latest_whole(empty: Database, tmp_path: Path):
    versions = tmp_path / "versions"
    versions.mkdir()
    for name in REVISIONS:
        await empty.exclusively(lambda conn, name=name: _run(conn, partner(name).load_data))
        before = await empty.exclusively(counts)
        shutil.copy(migrate.VERSIONS / f"{name}.py", versions)
        assert await migrate.upgrade(empty, versions=versions) == [name[1:5]]
        after = await empty.exclusively(counts)
        assert all(after.get(table, 0) >= count for table, count in before.items())
        await empty.exclusively(lambda conn, name=name: _run(conn, partner(name).check_upgrade))
    stored = await empty.exclusively(counts)
    assert await migrate.upgrade(empty) == []
    assert await empty.exclusively(counts) == stored
    assert all(stored[name] for name in metadata.tables)


def _run(conn: sa.Connection, step) -> None:
    with conn.begin():
        step(conn)


def shape(conn: sa.Connection) -> dict[str, object]:
    """Return what the comparison of Alembic leaves out: checks, defaults, and what deleting a row does to others."""
    inspector = sa.inspect(conn)
    return {
        name: (
            sorted((found["name"], found["sqltext"]) for found in inspector.get_check_constraints(name)),
            sorted((found["name"], tuple(found["column_names"])) for found in inspector.get_unique_constraints(name)),
            sorted((found["name"], str(found["options"])) for found in inspector.get_foreign_keys(name)),
            inspector.get_pk_constraint(name),
            {found["name"]: (found["nullable"], found["default"]) for found in inspector.get_columns(name)},
        )
        for name in metadata.tables
    }


async def test_all_revisions_together_make_exactly_the_tables_of_the_schema(db: Database):
    def drift(conn: sa.Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(conn, opts=options), metadata)

    assert await db.exclusively(drift) == []


async def test_checks_and_rules_of_deletion_are_those_of_the_schema(db: Database, empty_url: str, tmp_path: Path):
    migrated = await db.exclusively(shape)
    url = empty_url if db.dialect == "postgresql" else f"sqlite:///{tmp_path / 'made.db'}"
    await create_tables(url, metadata)
    made = await Database.open(url)
    try:
        assert await made.exclusively(shape) == migrated
    finally:
        await made.close()
