"""Brings a database to the schema of this peerled, one revision per transaction, and refuses what it cannot know.

SQLite is copied aside before anything changes; such a copy holds what people erase later, so the first start after
`KEPT_DAYS` days removes it. Two processes that migrate at once take turns: each step reads the
revision again under the lock that the step holds. Nothing here knows a table of ours; going back is by backup.
"""

import datetime as dt
import logging
import re
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.clock import Clock, SystemClock
from bot.errors import OperatorError
from data.db import Database
from data.db.postgres import sqlstate
from data.db.sqlite_file import copy
from data.db.writer import is_locked

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "migrations"
VERSIONS = FOLDER / "versions"
# Any number of ours: PostgreSQL's advisory locks are told apart by it.
LOCK_KEY = 0x70656572
LOCK_WAIT = "10s"
LOCK_TIMED_OUT = "55P03"
KEPT_DAYS = 14
"""How long a copy made before migrating is kept: people are told that backups hold erased things no longer than that."""


async def current(db: Database) -> str | None:
    """Return the revision a database is at, None when it has none yet; raises OperatorError where it does not answer."""
    try:
        return await db.exclusively(_revision)
    except sa.exc.SQLAlchemyError as error:
        raise _refusal(db, error) from error


async def upgrade(db: Database, *, versions: Path = VERSIONS) -> list[str]:
    """Apply what is missing, oldest first, and return the revisions applied.

    Raises `OperatorError` when the database belongs to a newer peerled or to another program, or when another process
    keeps it to itself. SQLite is copied to `<name>.before-<revision>.db` first when there is anything to carry over.
    """
    applied: list[str] = []
    try:
        while revision := await db.exclusively(lambda conn: _step(db, conn, versions, first=not applied)):
            applied.append(revision)
    except sa.exc.SQLAlchemyError as error:
        raise _refusal(db, error) from error
    return applied


async def ensure_current(db: Database, *, versions: Path = VERSIONS, clock: Clock | None = None) -> None:
    """Make a start safe: migrate SQLite; refuse PostgreSQL, where other processes may run, naming the command.

    Copies that earlier migrations of SQLite left are removed once they are older than `KEPT_DAYS` days.
    """
    if db.dialect == "sqlite":
        await upgrade(db, versions=versions)
        assert db.path is not None
        remove_old_copies(db.path, now=(clock or SystemClock()).now())
        return
    if missing := await _ask_missing(db, versions):
        raise OperatorError(
            f"{db.url}: {len(missing)} schema change(s) are missing, the next is {missing[0]}: "
            "back the database up, then run `peerled migrate`"
        )


def _config(versions: Path) -> Config:
    config = Config()
    # A % in the path would be read as a reference to another option.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    return config


async def _ask_missing(db: Database, versions: Path) -> list[str]:
    scripts = ScriptDirectory.from_config(_config(versions))
    try:
        return await db.exclusively(lambda conn: _missing(db, conn, scripts))
    except sa.exc.SQLAlchemyError as error:
        raise _refusal(db, error) from error


def _revision(conn: sa.Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


def _missing(db: Database, conn: sa.Connection, scripts: ScriptDirectory) -> list[str]:
    """Return the revisions not yet applied, oldest first."""
    history = [script.revision for script in scripts.walk_revisions()][::-1]
    at = _revision(conn)
    if at is None:
        strangers = sa.inspect(conn).get_table_names()
        if strangers:
            raise OperatorError(
                f"{db.url}: holds tables that are not peerled's: point storage.url at a database of its own"
            )
        return history
    if at not in history:
        raise OperatorError(
            f"{db.url}: was made by a newer peerled (schema {at}): update peerled, or put back a copy made before"
        )
    return history[history.index(at) + 1 :]


def _step(db: Database, conn: sa.Connection, versions: Path, *, first: bool) -> str | None:
    """Apply the next missing revision in one transaction; return it, None when there is none."""
    config = _config(versions)
    with conn.begin():
        if conn.dialect.name == "postgresql":
            conn.execute(sa.text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": LOCK_WAIT})
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))
        missing = _missing(db, conn, ScriptDirectory.from_config(config))
        if not missing:
            return None
        if first and db.path is not None and _revision(conn) is not None:
            # Under the lock of this step, so that the copy is of what the step finds whoever else is migrating.
            _back_up(db.path, missing[0])
        config.attributes["connection"] = conn
        command.upgrade(config, missing[0])
        if conn.dialect.name == "sqlite" and (broken := conn.exec_driver_sql("PRAGMA foreign_key_check").fetchone()):
            raise OperatorError(
                f"{db.url}: after {missing[0]} rows of {broken[0]} would refer to nothing, so it was undone: "
                "report this; the database is as it was"
            )
    return missing[0]


def _back_up(path: Path, revision: str) -> None:
    target = path.with_name(f"{path.stem}.before-{revision}.db")
    try:
        copy(path, target)
    except (OSError, sqlite3.Error) as error:
        raise OperatorError(
            f"{target}: the copy before migrating could not be written ({error}): make room there; nothing was changed"
        ) from None


def remove_old_copies(path: Path, *, now: dt.datetime) -> None:
    """Remove what copies made before migrating are older than `KEPT_DAYS` days, with what lies beside them.

    One that cannot be removed is named in the log and does not stop a start.
    """
    ours = re.compile(re.escape(path.stem) + r"\.before-\w+\.db(\.part|-wal|-shm)?")
    for found in sorted(path.parent.iterdir()):
        if not ours.fullmatch(found.name):
            continue
        try:
            made_at = dt.datetime.fromtimestamp(found.stat().st_mtime, tz=dt.UTC)
            if now - made_at <= dt.timedelta(days=KEPT_DAYS):
                continue
            found.unlink()
        except OSError as error:
            log.warning(
                "%s: a copy more than %s days old could not be removed (%s): remove it by hand, because it "
                "may hold what people have erased since",
                found.name,
                KEPT_DAYS,
                error.strerror,
            )
        else:
            log.info("%s: removed, a copy more than %s days old", found.name, KEPT_DAYS)


def _refusal(db: Database, error: sa.exc.SQLAlchemyError) -> OperatorError:
    if is_locked(error) or sqlstate(error) == LOCK_TIMED_OUT:
        return OperatorError(f"{db.url}: another process holds it: stop that process, then try again")
    return OperatorError(
        f"{db.url}: migrating failed ({type(error).__name__}) and the failed step was undone: "
        "run the earlier peerled on it meanwhile and report this"
    )
