"""Puts the demo together and takes it down again: world, pages and sockets, around whatever bot it is given.

It chooses the address and keeps the order of opening and closing; it shows nothing and decides nothing.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import discord
from aiohttp import web
from simcord.env import Env

from bot.demo import simcord_touches, town
from bot.demo.clock import DemoClock
from bot.demo.opening import Opening
from bot.demo.shell import PAGES, Shell
from bot.demo.world import World

BOT_NAME = "peerled"

Prepare = Callable[[town.Town], Awaitable[None]]
"""What the town's people do before the visitor comes: the set-up, through the bot's own buttons."""


async def rest() -> None:
    """Do nothing after time has passed: for a bot that has nothing to do by the clock."""


@contextlib.asynccontextmanager
async def staged(
    bot: discord.Client, clock: DemoClock, prepare: Prepare, after_time: Callable[[], Awaitable[object]] = rest
) -> AsyncIterator[World]:
    """Run `bot` in the simulated town, prepared, with time passing, for the length of the block."""
    with simcord_touches.touched(
        simcord_touches.quick_settling,
        simcord_touches.own_language,
        simcord_touches.deeds_remembered,
        simcord_touches.private_threads_unannounced,
        simcord_touches.wearers_counted,
        simcord_touches.lasting_pages,
        simcord_touches.presses_wait_their_turn,
        simcord_touches.dressed_with(style=PAGES / "channel.css", script=PAGES / "channel.js"),
    ):
        env = Env(bot, check_errors=False)
        clock.follow(env)
        simcord_touches.name_bot(env, BOT_NAME)
        await env.start()
        try:
            built = town.build(env)
            await prepare(built)
            world = World(built, simcord_touches.PreviewHub(env), after_time)
            beat = asyncio.create_task(world.beat(), name="demo-beat")
            try:
                yield world
            finally:
                beat.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await beat
        finally:
            await env.shutdown()


@contextlib.asynccontextmanager
async def served(opening: Opening, host: str, port: int) -> AsyncIterator[str]:
    """Serve the pages for the length of the block and give their address; a taken port is replaced by a free one.

    They show how far `opening` is, and the town as soon as it holds one.
    """
    listener = _listener(host, port)
    bound = listener.getsockname()[1]
    names = {f"{name}:{bound}" for name in (host, "127.0.0.1", "localhost")}
    runner = web.AppRunner(Shell(opening).application(frozenset(names)), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        with simcord_touches.touched(simcord_touches.framed_by(*(f"http://{name}" for name in sorted(names)))):
            yield f"http://{host}:{bound}/"
    finally:
        await runner.cleanup()


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError:
        return socket.create_server((host, 0))
