"""The one source of 'now'.

Everything that needs the time is handed a `Clock`; nothing else in peerled reads the system's. Times are aware, in UTC.
"""

import datetime as dt
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)


class ManualClock:
    """A clock that stands until it is moved: for tests and for the demo's time skips."""

    def __init__(self, now: dt.datetime) -> None:
        self._now = now.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """Return the instant the clock was last set to, aware, in UTC."""
        return self._now

    def set(self, now: dt.datetime) -> None:
        """Set the clock; `now` must be aware."""
        self._now = now.astimezone(dt.UTC)

    def advance(self, by: dt.timedelta) -> None:
        """Move the clock on (or back, with a negative span)."""
        self._now += by


class OffsetClock:
    """The machine's clock plus seconds that stand in a text file: lets a test move the time of a running process.

    The file is read again at every call, so it is no clock for earnest use; missing or garbled it counts as 0.
    """

    # Further off, a date would leave what a calendar can hold.
    MOST_SECONDS = 100 * 366 * 86_400.0

    def __init__(self, offset_file: Path) -> None:
        self._file = offset_file

    def now(self) -> dt.datetime:
        """Return the machine's instant moved by the file's seconds, aware, in UTC."""
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self._seconds())

    def _seconds(self) -> float:
        try:
            seconds = float(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0.0
        return seconds if abs(seconds) <= self.MOST_SECONDS else 0.0
