"""Waiting for something to become true, without sleeping.

Whoever changes the state calls `notify`; whoever waits is woken and looks again. It must never poll the clock.
"""

import asyncio
from collections.abc import Callable


class Signal:
    """Wakes everybody who waits for a condition, each time something may have changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Say that something may have changed."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, holds: Callable[[], object], *, within: float = 10.0, what: str = "") -> None:
        """Return as soon as `holds()` is true; TimeoutError with `what` after `within` seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while not holds():
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.add(future)
            timer = loop.call_at(end, lambda future=future: future.done() or future.set_result(None))
            try:
                await future
            finally:
                timer.cancel()
                self._waiting.discard(future)
            if loop.time() >= end and not holds():
                raise TimeoutError(f"still not so after {within:g} s: {what or holds}")
