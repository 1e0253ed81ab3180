"""A bot as an operating system process: start, wait until it is ready, stop it politely or not at all politely.

Nothing here knows what the bot does. Its environment is built from nothing, so that the machine's own settings and
credentials never reach it.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.loopback.signals import Signal

ROOT = Path(__file__).resolve().parents[2]
_READY = re.compile(r"^ready: (\d+) guilds?, (\d+) commands?$")
_KEPT = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT")


class Process:
    """One run, or several after another, of one command line."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        self._arguments = list(arguments)
        self._environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | environment
        self._changed = Signal()
        self._process: asyncio.subprocess.Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self.out: list[str] = []
        self.err: list[str] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.running:
            await self.kill()
        if error is not None and self.said:
            error.add_note(f"the process said:\n{self.said}")

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def said(self) -> str:
        """Give the last lines of both streams."""
        return "\n".join([*self.out[-40:], *self.err[-80:]])

    async def start(self) -> None:
        """Start a fresh run; what an earlier one said is forgotten."""
        self.out, self.err = [], []
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._arguments,
            cwd=ROOT,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            asyncio.create_task(self._read(self._process.stdout, self.out)),
            asyncio.create_task(self._read(self._process.stderr, self.err)),
        ]

    async def _read(self, stream: asyncio.StreamReader, lines: list[str]) -> None:
        while line := await stream.readline():
            lines.append(line.decode(errors="replace").rstrip("\n"))
            self._changed.notify()
        self._changed.notify()

    def _ready_line(self) -> re.Match[str] | None:
        return next((match for line in self.out if (match := _READY.match(line))), None)

    async def ready(self, within: float = 40.0) -> tuple[int, int]:
        """Wait for `ready: N guilds, M commands`; AssertionError if the process ends instead."""
        over = lambda: self._readers[0].done()  # noqa: E731  (two words of a condition, not a function)
        await self._changed.until(
            lambda: self._ready_line() or over(), within=within, what=f"ready; it said:\n{self.said}"
        )
        match = self._ready_line()
        if match is None:
            code = await self.ended()
            raise AssertionError(f"ended with {code} before it was ready:\n{self.said}")
        return int(match[1]), int(match[2])

    async def until_said(self, line: str, within: float = 15.0) -> None:
        """Wait for a whole line on stdout."""
        await self._changed.until(lambda: line in self.out, within=within, what=f"{line!r} on stdout")

    async def ended(self, within: float = 20.0) -> int:
        """Wait for the end and give the exit code; TimeoutError after `within` seconds."""
        assert self._process is not None
        async with asyncio.timeout(within):
            code = await self._process.wait()
            await asyncio.gather(*self._readers)
        return code

    def signal(self, number: int) -> None:
        """Send a signal and return at once."""
        assert self._process is not None
        self._process.send_signal(number)

    async def terminate(self, *, within: float = 20.0) -> int:
        """Ask it to stop (SIGTERM) and give the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended(within)

    async def kill(self) -> None:
        """Take it away (SIGKILL)."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def restart(self) -> tuple[int, int]:
        """Start it again after its end and wait until it is ready."""
        assert not self.running
        await self.start()
        return await self.ready()
