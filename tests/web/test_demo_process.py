"""The demo as a program: it says where it is, and ends quietly."""

import asyncio
import re
import signal
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo import real


@asynccontextmanager
async def started() -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        "--no-browser",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, (line, await process.communicate())
    return found[0]


def names_under(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*")]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
async def test_the_demo_says_where_it_is_and_ends_quietly(stop: signal.Signals) -> None:
    async with started() as process:
        url = await address(process)
        page = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=10).read().decode())
        assert "<title>peerled demo</title>" in page
        process.send_signal(stop)
        said, complained = await process.communicate()
    assert (process.returncode, complained.decode()) == (0, "")
    assert said.decode().splitlines()[-1] == "The demo has ended."


async def test_nothing_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with real.demo() as world:
        await world.town.people["mia"].actor.slash(world.town.guild.channels["general"], "help-now")
        assert "demo.db" in names_under(tmp_path)
    assert names_under(tmp_path) == []
