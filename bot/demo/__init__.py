"""`peerled demo`: the real bot in a simulated Discord in the browser, without token and without network.

Everything it keeps lies in a folder that is removed at the end. Only the command line imports this package, and nothing
else outside the tests imports simcord.
"""

import asyncio
import contextlib
import logging
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator


async def serve(port: int = 8765, open_browser: bool = True, host: str = "127.0.0.1") -> None:
    """Run the demo until it is stopped (Ctrl-C or SIGTERM), then return; a taken port is replaced by a free one."""
    # What discord.py warns of (no voice, the simulator's own probes) would only puzzle a visitor.
    logging.getLogger("discord").setLevel(logging.ERROR)
    from bot.demo import real, stage
    from bot.demo.opening import Opening

    async def live() -> None:
        async with real.demo(tell=opening.tell) as world:
            opening.world = world
            try:
                await asyncio.Event().wait()
            finally:
                opening.world = None

    opening = Opening()
    async with _stop_asked() as stopped, stage.served(opening, host, port) as url:
        town = asyncio.create_task(live(), name="demo-town")
        _say(f"The demo is open at {url}\nStop it with Ctrl-C; nothing is kept.")
        if open_browser:
            await asyncio.to_thread(webbrowser.open, url)
        await _until(stopped, town)
    _say("The demo has ended.")


async def _until(stopped: asyncio.Event, town: asyncio.Task[None]) -> None:
    """Wait for the end and take the town down; a town that could not be set up ends the demo with its error."""
    asked = asyncio.create_task(stopped.wait())
    await asyncio.wait({asked, town}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    town.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await town


@contextlib.asynccontextmanager
async def _stop_asked() -> AsyncIterator[asyncio.Event]:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    caught = []
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows loops take no handlers; there Ctrl-C cancels the task, which the command line ends quietly.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
            caught.append(number)
    try:
        yield stopped
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
