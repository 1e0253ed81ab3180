"""A SQLite file that cannot be used is refused in one sentence, and never replaced by an empty one."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import OperatorError
from data.db import Database


def make(path: Path, rows: int = 2000) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)")
        conn.executemany("INSERT INTO words (word) VALUES (?)", [("word " * 20,) for _ in range(rows)])
    conn.close()


def overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def nonsense(path: Path) -> None:
    path.write_bytes(b"These are notes, not a database.\n" * 300)


def broken_header(path: Path) -> None:
    make(path)
    overwrite(path, 0, b"\0" * 100)


def broken_middle(path: Path) -> None:
    make(path)
    overwrite(path, 4096 * 3, b"\xff" * 4096 * 5)


def broken_schema(path: Path) -> None:
    make(path)
    overwrite(path, 100, b"\xff" * 3000)


def cut_off(path: Path) -> None:
    make(path)
    os.truncate(path, path.stat().st_size // 2)


def cut_to_a_stub(path: Path) -> None:
    make(path)
    os.truncate(path, 1000)


def only_the_log_left(path: Path) -> None:
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE words (id)")
    shutil.copyfile(f"{path}-wal", f"{path}-kept")
    writer.close()
    path.unlink()
    Path(f"{path}-kept").rename(f"{path}-wal")


def emptied_beside_its_log(path: Path) -> None:
    only_the_log_left(path)
    path.touch()


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    "damage",
    [
        nonsense,
        broken_header,
        broken_middle,
        broken_schema,
        cut_off,
        cut_to_a_stub,
        only_the_log_left,
        emptied_beside_its_log,
        a_folder,
    ],
)
async def test_a_file_that_cannot_be_used_is_named_and_left_as_it_was(tmp_path: Path, damage):
    path = tmp_path / "peerled.db"
    damage(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(OperatorError) as refused:
        await Database.open(f"sqlite:///{path}")
    (finding,) = refused.value.findings
    assert finding.startswith(f"{path}: ")
    assert "\n" not in finding
    assert (path.read_bytes() if path.is_file() else None) == before


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(OperatorError, match=r"peerled\.db"):
        await Database.open(f"sqlite:///{tmp_path / 'file' / 'peerled.db'}")


async def test_a_file_held_by_another_program_is_named(tmp_path: Path):
    path = tmp_path / "peerled.db"
    make(path)
    holder = sqlite3.connect(path, isolation_level=None)
    try:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OperatorError, match="another program holds it"):
            await Database.open(f"sqlite:///{path}")
    finally:
        holder.close()


async def test_a_file_in_use_by_another_process_opens(tmp_path: Path):
    path = tmp_path / "peerled.db"
    make(path)
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        db = await Database.open(f"sqlite:///{path}")
        assert await db.read(lambda tx: tx.exec_driver_sql("SELECT count(*) FROM words").scalar_one()) == 2000
        await db.close()
    finally:
        other.close()


async def test_a_file_taken_away_while_running_is_not_replaced_by_an_empty_one(tmp_path: Path):
    path = tmp_path / "peerled.db"
    make(path)
    db = await Database.open(f"sqlite:///{path}")
    path.rename(tmp_path / "elsewhere.db")
    with pytest.raises(Exception, match="unable to open"):
        await db.read(lambda tx: None)
    with pytest.raises(Exception, match="unable to open"):
        await db.write(lambda tx: None)
    assert not path.exists()
    await db.close()


async def test_closing_leaves_no_thread_behind_that_would_answer_a_loop_that_has_ended(tmp_path: Path):
    for number in range(60):
        path = tmp_path / f"{number}.db"
        make(path)
        before = set(threading.enumerate())
        db = await Database.open(f"sqlite:///{path}")
        path.unlink()
        with pytest.raises(Exception, match="unable to open"):
            await db.read(lambda tx: None)
        await db.close()
        left = set(threading.enumerate()) - before
        assert not [thread for thread in left if "_connection_worker_thread" in thread.name]


async def test_odd_characters_in_a_path_are_only_characters(tmp_path: Path):
    path = tmp_path / "ä b#c%41" / "peer led.db"
    url = sa.URL.create("sqlite", database=str(path)).render_as_string()
    db = await Database.open(url)
    await db.write(lambda tx: tx.exec_driver_sql("CREATE TABLE t (x)") and None)
    await db.close()
    assert path.stat().st_size > 0


@pytest.fixture
def reachable_folder() -> Iterator[Path]:
    """A folder that a user without rights can get to."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def as_somebody_without_rights() -> Iterator[None]:
    """Give up root's right to write everything for a while; whoever is not root has nothing to give up."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("part", ["file", "folder", "unreadable"])
async def test_a_file_that_may_not_be_written_is_refused(reachable_folder: Path, part: str):
    folder = reachable_folder / "var"
    folder.mkdir()
    path = folder / "peerled.db"
    make(path)
    path.chmod({"file": 0o444, "folder": 0o666, "unreadable": 0o000}[part])
    folder.chmod(0o555 if part == "folder" else 0o777)
    try:
        with as_somebody_without_rights():
            with pytest.raises(OperatorError) as refused:
                await Database.open(f"sqlite:///{path}")
    finally:
        folder.chmod(0o755)
    (finding,) = refused.value.findings
    assert finding.startswith(f"{path}: ")
    assert "write" in finding
