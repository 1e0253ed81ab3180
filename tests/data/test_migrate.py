"""A database is brought up to date whole, safely and only when it is ours."""

import asyncio
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.clock import ManualClock
from bot.errors import OperatorError
from data import migrate
from data.db import Database
from data.schema import metadata

FIRST = """
revision = "0001"
down_revision = None

def upgrade():
    op.create_table("authors", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
    op.create_table(
        "books",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("author_id", sa.Integer, sa.ForeignKey("authors.id", ondelete="CASCADE"), nullable=False),
    )
"""
SECOND = """
revision = "0002"
down_revision = "0001"

def upgrade():
    with op.batch_alter_table("authors") as batch:
        batch.alter_column("name", nullable=False, existing_type=sa.Text, server_default="nobody")
"""
THIRD = """
revision = "0003"
down_revision = "0002"

def upgrade():
    op.add_column("authors", sa.Column("born", sa.Integer))
    op.execute("UPDATE authors SET born = 1900")
"""
HALFWAY = """
revision = "0003"
down_revision = "0002"

def upgrade():
    op.add_column("authors", sa.Column("born", sa.Integer))
    op.execute("INSERT INTO nowhere VALUES (1)")
"""
ORPHANS = """
revision = "0003"
down_revision = "0002"

def upgrade():
    op.execute("DELETE FROM authors")
"""


class Versions:
    """A folder of revisions that grows as peerled does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def have(self, *scripts: str) -> Path:
        for old in self.folder.glob("*.py"):
            old.unlink()
        for number, script in enumerate(scripts, 1):
            (self.folder / f"m{number}.py").write_text(f"import sqlalchemy as sa\nfrom alembic import op\n{script}")
        return self.folder


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path / "versions")


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    database = await Database.open(empty_url)
    yield database
    await database.close()


async def fill(db: Database) -> None:
    def work(tx: sa.Connection) -> None:
        tx.execute(sa.text("INSERT INTO authors (id, name) VALUES (1, 'Anna'), (2, 'Bert')"))
        tx.execute(sa.text("INSERT INTO books (id, author_id) VALUES (10, 1), (11, 2)"))

    await db.write(work)


async def rows(db: Database, sql: str) -> list[tuple[object, ...]]:
    return await db.read(lambda tx: [tuple(row) for row in tx.execute(sa.text(sql))])


def backups(db: Database) -> list[str]:
    assert db.path is not None
    return sorted(file.name for file in db.path.parent.glob("*.before-*"))


async def test_a_new_database_gets_everything_and_a_second_run_changes_nothing(empty: Database, versions: Versions):
    folder = versions.have(FIRST, SECOND, THIRD)
    assert await migrate.current(empty) is None
    assert await migrate.upgrade(empty, versions=folder) == ["0001", "0002", "0003"]
    assert await migrate.current(empty) == "0003"
    assert await migrate.upgrade(empty, versions=folder) == []
    await migrate.ensure_current(empty, versions=folder)
    if empty.dialect == "sqlite":
        assert backups(empty) == []


async def test_data_is_carried_over_and_rows_that_refer_to_a_rebuilt_table_stay(empty: Database, versions: Versions):
    await migrate.upgrade(empty, versions=versions.have(FIRST))
    await fill(empty)
    assert await migrate.upgrade(empty, versions=versions.have(FIRST, SECOND, THIRD)) == ["0002", "0003"]
    assert await rows(empty, "SELECT id, name, born FROM authors ORDER BY id") == [(1, "Anna", 1900), (2, "Bert", 1900)]
    assert await rows(empty, "SELECT id, author_id FROM books ORDER BY id") == [(10, 1), (11, 2)]


async def test_a_revision_that_fails_leaves_nothing_of_itself(empty: Database, versions: Versions):
    await migrate.upgrade(empty, versions=versions.have(FIRST))
    await fill(empty)
    with pytest.raises(OperatorError, match="undone"):
        await migrate.upgrade(empty, versions=versions.have(FIRST, SECOND, HALFWAY))
    assert await migrate.current(empty) == "0002"
    with pytest.raises(sa.exc.DBAPIError):
        await rows(empty, "SELECT born FROM authors")
    assert await migrate.upgrade(empty, versions=versions.have(FIRST, SECOND, THIRD)) == ["0003"]
    assert len(await rows(empty, "SELECT * FROM books")) == 2


async def test_a_database_of_a_newer_peerled_is_refused(empty: Database, versions: Versions):
    await migrate.upgrade(empty, versions=versions.have(FIRST, SECOND, THIRD))
    older = versions.have(FIRST, SECOND)
    for attempt in (migrate.upgrade, migrate.ensure_current):
        with pytest.raises(OperatorError, match="newer peerled"):
            await attempt(empty, versions=older)
    assert await migrate.current(empty) == "0003"


async def test_a_database_of_another_program_is_refused(empty: Database, versions: Versions):
    await empty.write(lambda tx: tx.execute(sa.text("CREATE TABLE shop (id INTEGER)")) and None)
    with pytest.raises(OperatorError, match="not peerled's"):
        await migrate.upgrade(empty, versions=versions.have(FIRST))
    assert await rows(empty, "SELECT * FROM shop") == []


async def test_two_processes_that_migrate_at_once_apply_each_revision_once(
    empty: Database, empty_url: str, versions: Versions
):
    await migrate.upgrade(empty, versions=versions.have(FIRST))
    await fill(empty)
    folder = versions.have(FIRST, SECOND, THIRD)
    other = await Database.open(empty_url)
    await asyncio.gather(migrate.current(empty), migrate.current(other))  # so that both are connected and meet
    try:
        applied = await asyncio.gather(migrate.upgrade(empty, versions=folder), migrate.upgrade(other, versions=folder))
    finally:
        await other.close()
    assert sorted(revision for each in applied for revision in each) == ["0002", "0003"]
    assert await migrate.current(empty) == "0003"
    assert len(await rows(empty, "SELECT * FROM books")) == 2


async def test_the_real_revisions_make_exactly_the_tables_of_the_schema(db: Database):
    def differences(conn: sa.Connection) -> list[object]:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    assert await db.exclusively(differences) == []


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite:///{tmp_path / 'var' / 'peerled.db'}")
    yield database
    await database.close()


async def test_sqlite_is_copied_aside_before_anything_changes(sqlite: Database, versions: Versions):
    await migrate.upgrade(sqlite, versions=versions.have(FIRST))
    await fill(sqlite)
    await migrate.ensure_current(sqlite, versions=versions.have(FIRST, SECOND, THIRD))
    assert backups(sqlite) == ["peerled.before-0002.db"]
    assert sqlite.path is not None
    backup = sqlite.path.with_name("peerled.before-0002.db")
    assert backup.stat().st_mode & 0o777 == 0o600
    restored = await Database.open(f"sqlite:///{backup}")
    try:
        assert await migrate.current(restored) == "0001"
        assert len(await rows(restored, "SELECT * FROM authors")) == 2
    finally:
        await restored.close()


async def test_a_migration_that_fails_again_and_again_keeps_one_copy(sqlite: Database, versions: Versions):
    await migrate.upgrade(sqlite, versions=versions.have(FIRST, SECOND))
    await fill(sqlite)
    for _ in range(3):
        with pytest.raises(OperatorError):
            await migrate.upgrade(sqlite, versions=versions.have(FIRST, SECOND, HALFWAY))
    assert backups(sqlite) == ["peerled.before-0003.db"]


async def test_a_copy_made_before_migrating_is_gone_at_the_first_start_after_two_weeks(
    sqlite: Database, versions: Versions, caplog: pytest.LogCaptureFixture
):
    await migrate.upgrade(sqlite, versions=versions.have(FIRST))
    await fill(sqlite)
    folder = versions.have(FIRST, SECOND)
    await migrate.ensure_current(sqlite, versions=folder)
    assert sqlite.path is not None
    beside = [sqlite.path.with_name(f"peerled.before-0002.db{ending}") for ending in ("-wal", "-shm", ".part")]
    others = [
        sqlite.path.with_name(name) for name in ("other.before-0002.db", "peerled.before-summer.zip", "peerled-copy.db")
    ]
    for file in (*beside, *others):
        file.write_bytes(b"")
    clock = ManualClock(dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=13, hours=23))
    await migrate.ensure_current(sqlite, versions=folder, clock=clock)
    assert all(file.exists() for file in beside)
    assert "peerled.before-0002.db" in backups(sqlite)
    clock.advance(dt.timedelta(hours=2))
    with caplog.at_level("INFO", logger="data.migrate"):
        await migrate.ensure_current(sqlite, versions=folder, clock=clock)
    assert backups(sqlite) == ["other.before-0002.db", "peerled.before-summer.zip"]
    assert all(file.exists() for file in others)
    assert "peerled.before-0002.db: removed" in caplog.text
    assert len(await rows(sqlite, "SELECT * FROM authors")) == 2


async def test_an_old_copy_that_cannot_be_removed_is_named_and_stops_no_start(
    sqlite: Database, versions: Versions, caplog: pytest.LogCaptureFixture
):
    await migrate.upgrade(sqlite, versions=versions.have(FIRST))
    assert sqlite.path is not None
    sqlite.path.with_name("peerled.before-0001.db").mkdir()
    clock = ManualClock(dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=15))
    await migrate.ensure_current(sqlite, versions=versions.have(FIRST), clock=clock)
    (record,) = [record for record in caplog.records if record.name == "data.migrate"]
    assert record.levelname == "WARNING"
    assert "peerled.before-0001.db: a copy more than 14 days old could not be removed" in record.getMessage()


async def test_without_a_copy_nothing_is_migrated(sqlite: Database, versions: Versions):
    await migrate.upgrade(sqlite, versions=versions.have(FIRST))
    assert sqlite.path is not None
    sqlite.path.with_name("peerled.before-0002.db").mkdir()
    with pytest.raises(OperatorError, match="nothing was changed"):
        await migrate.upgrade(sqlite, versions=versions.have(FIRST, SECOND))
    assert await migrate.current(sqlite) == "0001"
    assert [file.name for file in sqlite.path.parent.glob("*.part")] == []


async def test_a_revision_that_would_leave_rows_referring_to_nothing_is_undone(sqlite: Database, versions: Versions):
    await migrate.upgrade(sqlite, versions=versions.have(FIRST, SECOND))
    await fill(sqlite)
    with pytest.raises(OperatorError, match="refer to nothing"):
        await migrate.upgrade(sqlite, versions=versions.have(FIRST, SECOND, ORPHANS))
    assert len(await rows(sqlite, "SELECT * FROM authors")) == 2
    assert await migrate.current(sqlite) == "0002"


async def test_a_file_that_another_process_keeps_is_named(
    sqlite: Database, versions: Versions, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("data.db.sqlite.EXCLUSIVE_WAIT_MS", 200)
    assert sqlite.path is not None
    other = sqlite3.connect(sqlite.path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperatorError, match="another process holds it"):
            await migrate.upgrade(sqlite, versions=versions.have(FIRST))
        with pytest.raises(OperatorError, match="another process holds it"):
            await migrate.current(sqlite)
    finally:
        other.close()


async def test_postgresql_is_not_migrated_by_a_start_and_the_command_is_named(postgres_url: str, versions: Versions):
    from tests.databases import postgres_database

    async with postgres_database(postgres_url) as url:
        db = await Database.open(url)
        try:
            with pytest.raises(OperatorError, match="peerled migrate"):
                await migrate.ensure_current(db, versions=versions.have(FIRST))
            assert await migrate.current(db) is None
            await migrate.upgrade(db, versions=versions.have(FIRST))
            await migrate.ensure_current(db, versions=versions.have(FIRST))
        finally:
            await db.close()
