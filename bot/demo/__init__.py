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

    async with _stop_asked() as stopped, real.demo() as world, stage.served(world, host, port) as url:
        _say(f"The demo is open at {url}\nStop it with Ctrl-C; nothing is kept.")
        if open_browser:
            await asyncio.to_thread(webbrowser.open, url)
        await stopped.wait()
    _say("The demo has ended.")


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
