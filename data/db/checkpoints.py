"""Moves SQLite's write-ahead log into the file beside the writer, so that no commit has to wait for it.

The writer would do it by itself every thousand pages, inside a COMMIT and with everybody waiting behind that. Here it is
done soon after something was written, by a thread and on a connection of its own that keep no writer and no reader out.
Nothing depends on it: where it cannot keep up, or fails, the writer does it at `BACKSTOP_PAGES`.
"""

import contextlib
import sqlite3
import threading

import sqlalchemy as sa

# Never sooner after a write, so that what is written in a burst is moved together.
PAUSE_SECONDS = 0.2
# 64 MB of log.
BACKSTOP_PAGES = 16_000
# Longer than a slow disk takes for one step; then it is left to end with the process.
JOIN_SECONDS = 2.0


class Checkpoints:
    """The thread that empties the log behind the writer."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._written = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="peerled-checkpoints", daemon=True)
        self.under_way = threading.Lock()
        """Held while it works: whoever empties the log themselves would find it in the way."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wrote(self) -> None:
        """Say that something was written."""
        if not self._written.is_set():
            self._written.set()

    def close(self) -> None:
        """End the thread; blocks until what it is doing is done."""
        self._closing.set()
        self._written.set()
        self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        while not self._closing.is_set() and self._is_wanted():
            # Whatever stands in the way stands in the writer's as well, which tells whom it concerns.
            with contextlib.suppress(sqlite3.Error, sa.exc.SQLAlchemyError), self._engine.connect() as conn:
                raw = conn.connection.driver_connection
                assert isinstance(raw, sqlite3.Connection)
                self._move(raw)
                while self._is_wanted():
                    self._move(raw)

    def _is_wanted(self) -> bool:
        """Wait until something was written and a little longer; False when it is closing."""
        self._written.wait()
        self._closing.wait(PAUSE_SECONDS)
        self._written.clear()
        return not self._closing.is_set()

    def _move(self, raw: sqlite3.Connection) -> None:
        with self.under_way:
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
