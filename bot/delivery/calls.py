"""One call of Discord, bounded in time, and what it means when it fails. Knows neither rows nor kinds."""

import asyncio
import contextvars
import datetime as dt
import time
from collections.abc import Coroutine
from typing import Any, NamedTuple, TypeVar

import aiohttp
import discord

from bot.domain.outbox import Outcome, error_text, meaning

T = TypeVar("T")

GRACE = 0.5
"""Seconds that a cancelled call is given to end; discord.py may wait long for a limit after its call has ended."""
FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError)
"""What is raised when a call failed; TimeoutError is an OSError."""


_ends: contextvars.ContextVar[float | None] = contextvars.ContextVar("ends", default=None)
"""When the call under way is given up, in running seconds."""


class Failure(NamedTuple):
    """What a failed call means for the message."""

    outcome: Outcome
    text: str
    at_least: dt.timedelta = dt.timedelta(0)
    """How long Discord asked to wait."""


async def bounded(call: Coroutine[Any, Any, T], seconds: float) -> T:
    """Return what the call returns; raises TimeoutError after `seconds`, and then nothing of it goes out any more."""

    async def inside() -> T:
        _ends.set(time.monotonic() + seconds)
        async with asyncio.timeout(seconds):
            return await call

    task = asyncio.ensure_future(inside())
    try:
        done, _ = await asyncio.wait([task], timeout=seconds + GRACE)
    except asyncio.CancelledError:
        _let_go(task)
        raise
    if not done:
        _let_go(task)
        raise TimeoutError
    return task.result()


def is_too_long(wait: float) -> bool:
    """Tell whether the call under way would be given up before it has waited so many seconds."""
    ends = _ends.get()
    return ends is not None and time.monotonic() + wait > ends


def read_failure(error: BaseException) -> Failure:
    """Return what an exception of a call means."""
    if isinstance(error, discord.RateLimited):
        return Failure(Outcome.AGAIN, error_text(429), dt.timedelta(seconds=error.retry_after))
    if isinstance(error, discord.HTTPException):
        text = error_text(error.status, error.code)
        return Failure(meaning(error.status, error.code), text, _asked_to_wait(error))
    return Failure(meaning(None), error_text(None, name=type(error).__name__))


def _asked_to_wait(error: discord.HTTPException) -> dt.timedelta:
    headers = getattr(error.response, "headers", None) or {}
    try:
        return dt.timedelta(seconds=min(3_600.0, max(0.0, float(headers.get("Retry-After", 0)))))
    except ValueError:
        return dt.timedelta(0)


def _let_go(task: "asyncio.Future[Any]") -> None:
    """Cancel without waiting; what it still raises is of no use to anybody."""
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    task.cancel()
