"""One running process: opens what the bot needs, starts it, and closes everything in order at SIGTERM."""

import asyncio
import gc
import logging
import math
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import yarl

from bot import keys
from bot.app import create_bot
from bot.clock import Clock, OffsetClock, SystemClock
from bot.delivery import Timing
from bot.errors import OperatorError
from bot.kit.bot import PeerBot
from bot.services import guilds
from bot.settings import Settings
from bot.ticker import Ticker
from data import migrate
from data.db import Database

if TYPE_CHECKING:
    from bot.web import Server

log = logging.getLogger(__name__)


STOP_WITHIN = 10.0
"""Seconds that answers and deliveries under way are given at an orderly stop; all of it ends within 20, also where the
database does not answer."""
DRAIN_SECONDS = 1.5
"""Seconds that what still waits for the database is given after that."""
AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that it does not accept."""


async def run(settings: Settings, say: Callable[[str], None]) -> int:
    """Run the bot until it is told to stop; return the exit code. `say` gets the one line that tells it is ready."""
    db = await Database.open(settings.storage.url, drain_seconds=DRAIN_SECONDS)
    try:
        is_new = await migrate.current(db) is None
        master_key = keys.load_or_create(settings, database_is_new=is_new)
        await migrate.ensure_current(db)
        await _same_key(db, master_key, settings)
        delivery = settings.delivery
        bot = create_bot(
            master_key.raw,
            db,
            _clock(settings),
            timing=Timing.of(
                lease=delivery.lease_seconds, timeout=delivery.timeout_seconds, nonce=delivery.nonce_seconds
            ),
            processes=_processes(settings),
            public_url=settings.web.public_url if settings.web.enabled else None,
            **_options(settings),
        )
        return await _serve(bot, settings, say)
    finally:
        await db.close()


async def _same_key(db: Database, key: keys.MasterKey, settings: Settings) -> None:
    """Refuse another master key than the one this database was begun with."""
    known = await guilds.fact(db, keys.CHECK_NAME)
    if known is None:
        await guilds.remember_fact(db, keys.CHECK_NAME, key.check_value())
    elif not key.fits(known):
        raise keys.wrong_key(settings)


def _clock(settings: Settings) -> Clock:
    return OffsetClock(settings.clock.offset_file) if settings.clock.offset_file else SystemClock()


def _options(settings: Settings) -> dict[str, Any]:
    discord_ = settings.discord
    if discord_.api_base:
        discord.http.Route.BASE = discord_.api_base
    if discord_.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(discord_.gateway_url)
    return {"shard_ids": discord_.shard_ids, "shard_count": discord_.shard_count}


def _processes(settings: Settings) -> int:
    """Return how many processes share the token, as far as the shards tell."""
    shards, of_all = settings.discord.shard_ids, settings.discord.shard_count
    return math.ceil(of_all / len(shards)) if shards and of_all else 1


async def _listen(bot: PeerBot, settings: Settings) -> "Server | None":
    """Serve health and links where that is switched on; raises OperatorError where it is not possible."""
    if not settings.web.enabled:
        return None
    # What makes calendar files is loaded only where they are served.
    from bot.web import Parts, Server

    def is_ready() -> bool:
        return bot.settled.is_set() and not (bot.stopping or bot.token_refused.is_set() or bot.is_closed())

    tools = bot.tools
    parts = Parts(db=tools.db, clock=tools.clock, texts=tools.texts, is_ready=is_ready, sent=lambda: bot.delivery.sent)
    server = Server(parts, host=settings.web.host, port=settings.web.port)
    await server.start()
    return server


async def _serve(bot: PeerBot, settings: Settings, say: Callable[[str], None]) -> int:
    server = await _listen(bot, settings)
    stop = asyncio.Event()
    _at_signal(stop.set)
    assert settings.discord.token is not None
    running = asyncio.create_task(bot.start(settings.discord.token.get_secret_value()))
    told, refused = asyncio.create_task(stop.wait()), asyncio.create_task(bot.token_refused.wait())
    ticker = Ticker(bot.delivery, bot.tools.clock)
    waiting = [told, refused, asyncio.create_task(_announce(bot, say)), asyncio.create_task(_tick(bot, ticker))]
    try:
        await asyncio.wait([running, told, refused], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        if refused.done():
            raise _refused_token()
        bot.stop_admitting()
        await asyncio.gather(bot.finish_answers(STOP_WITHIN), bot.delivery.stop(STOP_WITHIN))
    except discord.LoginFailure:
        raise _refused_token() from None
    except discord.ConnectionClosed as error:
        if error.code != AUTHENTICATION_FAILED:
            raise
        raise _refused_token() from None
    except discord.RateLimited as error:
        raise OperatorError(
            f"[discord] token: Discord wants to be left alone for {math.ceil(error.retry_after)} seconds, as happens after "
            "many starts; start again after that"
        ) from None
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        raise OperatorError(
            f"[discord] api_base: Discord cannot be reached at {discord.http.Route.BASE} ({type(error).__name__}); "
            "look at this machine's network, then start again"
        ) from None
    finally:
        for task in waiting:
            task.cancel()
        # Where the bot has ended by itself, what is still under way is broken off and given back.
        await bot.delivery.stop(0)
        await ticker.close()
        if server is not None:
            await server.stop()
        await bot.close()
        # What ended it was raised above; here it only has to have ended.
        await asyncio.gather(running, return_exceptions=True)
    return 0


def _at_signal(stop: Callable[[], None]) -> None:
    """Call `stop` on the loop when the process is asked to end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:
            # Windows' loop takes no handlers.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _refused_token() -> OperatorError:
    return OperatorError(
        "[discord] token: Discord does not accept it; copy it afresh from the developer portal, page Bot"
    )


async def _announce(bot: PeerBot, say: Callable[[str], None]) -> None:
    await bot.settled.wait()
    # What was built at the start stays for good. Left out of the collector's rounds, it costs no answer any time: on the
    # benchmark of saving a mood that is a sixth of the throughput.
    gc.collect()
    gc.freeze()
    say(f"ready: {len(bot.guilds)} guilds, {len(bot.tree.get_commands())} commands")


async def _tick(bot: PeerBot, ticker: Ticker) -> None:
    """Begin to deliver as soon as the bot is logged in and knows its kinds; the gateway is not needed for it."""
    await bot.loaded.wait()
    ticker.start()
