"""The SQLite file itself: made private, checked before use, copied whole.

A file that is damaged, not ours to write or not a database is refused with one sentence for the operator; an empty
database is never made where an older one may only be missing a part. No table is known here.
"""

import contextlib
import os
import sqlite3
from pathlib import Path

from bot.errors import OperatorError

HEADER = b"SQLite format 3\x00"
# Up to this size every page is looked at when opening; above it only the header, the size and the schema.
CHECKED_WHOLE = 16 * 1024 * 1024
RESTORE = (
    "stop peerled, move this file and the -wal and -shm files beside it away, and put a copy made earlier in its place "
    "under the same name (peerled leaves one named *.before-*.db when it migrates)"
)


def prepare(path: Path) -> None:
    """Make sure that `path` is a database that can be read and written, making a new private one where none is."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _claim(path)
        _check_header(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OperatorError(
            f"{path}: {reason}: storage.url must name a file that the user running peerled can read and write"
        ) from None
    _check_opens(path)


def uri(path: Path) -> str:
    """Return the SQLite URI of a file, without options."""
    return path.as_uri()


def copy(source: Path, target: Path) -> None:
    """Write a whole, compact, private copy of a database in use to `target`, replacing it only when it is complete."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    _create(part)
    try:
        with contextlib.closing(sqlite3.connect(f"{uri(source)}?mode=rw", uri=True, isolation_level=None)) as conn:
            conn.execute("PRAGMA busy_timeout=5000")
            conn.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
        _sync_folder(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    # Only where a folder can be opened like a file does its entry need this.
    if hasattr(os, "O_DIRECTORY"):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _create(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _claim(path: Path) -> None:
    if path.is_dir():
        raise OperatorError(f"{path}: is a folder: storage.url must name a file")
    if path.exists() and path.stat().st_size > 0:
        return
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > 0:
        raise OperatorError(
            f"{path}: is missing or empty, but {log.name} beside it holds data: put the file back, or {RESTORE}"
        )
    if not path.exists():
        _create(path)


def _check_header(path: Path) -> None:
    with path.open("r+b") as file:
        start = file.read(len(HEADER))
    if start and start != HEADER:
        raise OperatorError(f"{path}: is not a SQLite database, or its beginning is damaged: {RESTORE}")


def _check_opens(path: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"{uri(path)}?mode=rw", uri=True, isolation_level=None)) as conn:
            conn.execute("PRAGMA busy_timeout=2000")
            conn.execute("PRAGMA trusted_schema=OFF")
            findings = _findings(conn, whole=path.stat().st_size <= CHECKED_WHOLE)
            if findings != "ok":
                raise OperatorError(f"{path}: is damaged: {RESTORE}")
            mode = conn.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                raise OperatorError(f"{path}: this disk cannot keep a write-ahead log: use a local disk, not a share")
            _check_writes(conn)
    except sqlite3.Error as error:
        raise OperatorError(f"{path}: {_remedy(error)}") from None


def _findings(conn: sqlite3.Connection, *, whole: bool) -> str:
    conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return str(conn.execute("PRAGMA quick_check(1)").fetchone()[0]) if whole else "ok"


def _check_writes(conn: sqlite3.Connection) -> None:
    conn.execute("PRAGMA busy_timeout=0")
    try:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        # Somebody else writing at this moment is no fault of the file.
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise


def _remedy(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"is damaged: {RESTORE}"
    if code == sqlite3.SQLITE_BUSY:
        return "another program holds it: stop that program, then start peerled again"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return "cannot be written: let the user running peerled write the file and its folder"
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full: make room, then start peerled again"
    return f"cannot be used ({error}): check the disk, or {RESTORE}"
