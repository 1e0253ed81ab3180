"""The clock that a test moves from outside: follows its file while the process runs, and never fails."""

import datetime as dt
from pathlib import Path

import pytest

from bot.clock import OffsetClock

NEAR = dt.timedelta(minutes=5)


def distance(clock: OffsetClock) -> dt.timedelta:
    return clock.now() - dt.datetime.now(dt.UTC)


def test_the_file_is_read_again_at_every_call(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = OffsetClock(file)
    for seconds in (0, 86_400, -86_400, 3_600.5):
        file.write_text(f"{seconds}\n")
        assert abs(distance(clock) - dt.timedelta(seconds=seconds)) < NEAR
    file.unlink()
    assert abs(distance(clock)) < NEAR


@pytest.mark.parametrize("content", [b"", b"soon", b"nan", b"inf", b"1e300", b"\xff\xfe", b"1 2", b"9" * 5_000])
def test_a_garbled_file_counts_as_no_offset(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "offset").write_bytes(content)
    assert abs(distance(OffsetClock(tmp_path / "offset"))) < NEAR


def test_its_instants_are_aware_and_in_utc(tmp_path: Path) -> None:
    assert OffsetClock(tmp_path).now().tzinfo is dt.UTC
