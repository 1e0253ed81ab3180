"""Looking into a channel for a message that an earlier try may have left there."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import discord

from bot.delivery.calls import bounded
from bot.delivery.message import carries

if TYPE_CHECKING:
    from bot.delivery.pace import Pace
    from bot.kit.bot import PeerBot

PAGE = 100
BEFORE = dt.timedelta(minutes=10)
"""How far before the try the look begins: clocks may differ, and it costs nothing."""
MOST_LOOKS = 1_000


class CannotLook(Exception):
    """The channel is there, but not ours to read."""


class Looks:
    """Up to where each look has come: one that outlasts a lease goes on there under the next."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], tuple[int, int]] = {}

    def after(self, channel_id: int, marker: int, begins: int) -> int:
        """Return after which message to go on with a look that begins there."""
        began, read = self._read.get((channel_id, marker), (begins, begins))
        return max(read, begins) if began <= begins else begins

    def note(self, channel_id: int, marker: int, begins: int, read: int) -> None:
        """Take note of what was read without finding it."""
        self._read[channel_id, marker] = begins, read
        if len(self._read) > MOST_LOOKS:
            del self._read[next(iter(self._read))]


async def find(
    bot: "PeerBot",
    pace: "Pace",
    channel_id: int,
    since: dt.datetime,
    marker: int,
    *,
    seconds: float,
    looks: Looks,
    go_on: Callable[[], None],
) -> int | None:
    """Return the id of our own message with this marker from `since` on, to the end of the channel; None: not there.

    `go_on` is asked before every call and raises where there is no time left. Raises `CannotLook`, and what a call raises,
    each of which may take `seconds`.
    """
    begins = discord.utils.time_snowflake(since - BEFORE)
    after = looks.after(channel_id, marker, begins)
    while True:
        go_on()
        await pace.call()
        try:
            page = await bounded(bot.http.logs_from(channel_id, PAGE, after=after), seconds)
        except discord.NotFound:
            return None  # With the channel went whatever stood in it.
        except discord.Forbidden:
            raise CannotLook from None
        for message in page:
            if bot.user is not None and int(message["author"]["id"]) == bot.user.id and carries(message, marker):
                return int(message["id"])
        if page:
            after = max(int(message["id"]) for message in page)
            looks.note(channel_id, marker, begins, after)
        if len(page) < PAGE:
            if after == begins:
                await _must_be_readable(bot, pace, channel_id, after, seconds)
            return None


async def _must_be_readable(bot: "PeerBot", pace: "Pace", channel_id: int, after: int, seconds: float) -> None:
    """Raise `CannotLook` unless nothing was to be seen: Discord shows an empty channel to whoever may not read it."""
    known = bot.get_channel(channel_id)
    # A thread asks its parent, which may not be known here.
    if isinstance(known, discord.abc.GuildChannel) or (isinstance(known, discord.Thread) and known.parent is not None):
        if not known.permissions_for(known.guild.me).read_message_history:
            raise CannotLook
        return
    await pace.call()
    try:
        found: Any = await bounded(bot.http.get_channel(channel_id), seconds)
    except discord.Forbidden:
        raise CannotLook from None
    if found.get("guild_id") is not None and int(found.get("last_message_id") or 0) > after:
        raise CannotLook
