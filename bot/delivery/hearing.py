"""What every answer of Discord tells besides its content: what time it is there, and whether it was a refusal.

Discord's time is what ages of tries are kept in, because it is the one clock that all processes and the far side share. It
is taken from the `Date` header and carried on by this machine's running seconds, never by its wall clock, which people and
other programs set.
"""

import asyncio
import contextlib
import datetime as dt
import email.utils
import time
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import discord

from bot.clock import Clock
from bot.delivery.calls import is_too_long

DOUBTFUL = 5.0
"""Seconds by which wall clock and running seconds may differ before Discord is asked anew: a machine that slept."""
LIMITED = 429

Moment = tuple[float, float]
"""Running seconds, and how far the wall clock was ahead of them."""


class Counting(Protocol):
    """Something that is told of every answer."""

    def heard(self, status: int) -> None:
        """Take note of an answer's status."""
        ...


class DiscordTime:
    """Discord's present instant, as exactly as the answers so far allow."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead: tuple[float, float] | None = None
        """Between which bounds Discord's seconds lie ahead of the running ones."""
        self._wall_ahead = 0.0

    def now(self) -> dt.datetime:
        """Return Discord's present instant, aware, in UTC; the clock's own before anything was heard."""
        if self._ahead is None:
            return self._clock.now()
        return dt.datetime.fromtimestamp(self._ahead[0] + time.monotonic(), dt.UTC)

    @property
    def is_doubtful(self) -> bool:
        """Tell whether the machine slept, or its clock was set, since Discord was last heard."""
        return self._ahead is not None and abs(self._wall() - self._wall_ahead) > DOUBTFUL

    def begin(self) -> Moment:
        """Return what `heard` has to know of the moment in which a call began."""
        return time.monotonic(), self._wall()

    def heard(self, date: str | None, began: Moment) -> None:
        """Take note of an answer that was dated so, to a call that began then."""
        try:
            seconds = email.utils.parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return
        wall = self._wall()
        if abs(wall - began[1]) > DOUBTFUL:
            return  # The machine may have slept over this answer.
        # The header knows whole seconds, and is written at some moment of the call.
        low, high = seconds - time.monotonic(), seconds + 1 - began[0]
        if self._ahead is not None:
            narrower = max(low, self._ahead[0]), min(high, self._ahead[1])
            if narrower[0] <= narrower[1]:
                low, high = narrower
        self._ahead, self._wall_ahead = (low, high), wall

    def _wall(self) -> float:
        return self._clock.now().timestamp() - time.monotonic()


def listen(bot: discord.Client, discord_time: DiscordTime, counting: Counting) -> None:
    """Let every call of the bot's REST client tell these two of its answer; what answers an interaction goes past it.

    Where Discord asks a call of the postman to wait for longer than it lives, the call ends there, with `RateLimited`.
    """
    call = bot.http.request

    async def request(route: discord.http.Route, **options: Any) -> Any:
        limit = _Limit()

        async def note(request: aiohttp.ClientRequest, go_on: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            began = discord_time.begin()
            response = await go_on(request)
            discord_time.heard(response.headers.get("Date"), began)
            counting.heard(response.status)
            limit.heard(response)
            if limit.left is not None and is_too_long(limit.left):
                response.release()
                raise discord.RateLimited(limit.left)
            return response

        try:
            return await call(route, middlewares=(note,), **options)
        except asyncio.CancelledError:
            if limit.left is not None:
                _let_others_go_on(bot.http, limit.left)
            raise

    setattr(bot.http, "request", request)  # noqa: B010 - a method of the library is covered for this one bot


@dataclass(slots=True)
class _Limit:
    """Until when one call was asked to wait by its last answer, in running seconds."""

    until: float | None = None

    def heard(self, response: aiohttp.ClientResponse) -> None:
        """Take note of an answer."""
        self.until = None
        if response.status == LIMITED:
            with contextlib.suppress(ValueError):
                self.until = time.monotonic() + max(0.0, float(response.headers.get("Retry-After", 0)))

    @property
    def left(self) -> float | None:
        """The seconds that are left of it; None: the last answer was another one."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())


def _let_others_go_on(http: discord.http.HTTPClient, after: float) -> None:
    """Open what discord.py shuts for all calls during a limit of the whole bot.

    The call that was limited opens it when it has waited; one that is cancelled meanwhile never does.
    """
    shut = http._global_over  # the library has no other way to it
    if not shut.is_set():
        asyncio.get_running_loop().call_later(after, shut.set)
