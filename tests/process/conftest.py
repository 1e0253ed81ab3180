"""Fixtures of the process tests: a loopback Discord and a guild that is set up in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.loopback import Loopback, Process
from tests.process.harbour import Harbour, found_harbour


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    async with Loopback() as loopback:
        yield loopback


@pytest.fixture
async def harbour(discord: Loopback, tmp_path: Path) -> Harbour:
    return await found_harbour(discord, tmp_path)


@pytest.fixture
async def peerled(discord: Loopback, harbour: Harbour) -> AsyncIterator[Process]:
    """The real bot, running and ready."""
    discord.gateway.identify_interval = 0  # restarts of a test come quicker than those of an operator
    async with discord.process(harbour.config) as process:
        await process.ready()
        yield process
