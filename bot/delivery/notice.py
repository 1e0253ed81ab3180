"""The one kind that the postman has of its own: telling moderators that something promised could not be delivered.

It names neither what nor whom, only what stood in the way, and goes where not everybody reads. Who manages the server sees
the rest in `/admin health`.
"""

import functools
from typing import TYPE_CHECKING

import discord

from bot.clock import Clock
from bot.delivery.kinds import Say
from bot.delivery.places import A_MOMENT, ELSEWHERE, Later
from bot.domain import troubles
from bot.domain.guilds import Guild
from bot.domain.outbox import Claimed
from bot.kit import rooms
from bot.services import notices
from bot.services.notices import AUDIENCE, KIND
from data.db import Database

if TYPE_CHECKING:
    from bot.delivery.postman import Delivery
    from bot.kit.bot import PeerBot


def register(post: "Delivery") -> None:
    """Register the kind."""
    bot = post.bot
    post.kind(KIND, wanted=functools.partial(_wanted, bot), render=functools.partial(_render, bot))


def channel(bot: "PeerBot", guild: Guild, programme_id: str | None = None) -> int | None:
    """Return the moderators' channel of a programme, else of one that has one; None: everybody reads it, or there is none."""
    own = guild.programme(programme_id) if programme_id else None
    found = [one.channels.get(AUDIENCE) for one in (own, *guild.live) if one is not None]
    return next((one for one in found if one is not None and _is_closed(bot, one)), None)


def _is_closed(bot: "PeerBot", channel_id: int) -> bool:
    known = bot.get_channel(channel_id)
    return isinstance(known, discord.abc.GuildChannel) and not rooms.is_open(known)


async def _wanted(bot: "PeerBot", db: Database, clock: Clock, row: Claimed) -> int | None:
    """Return the channel for it; None where there is none, or where it is said already."""
    here = bot.get_guild(row.guild_id)
    if here is None or here.unavailable:
        # Who reads a channel is known to the process that serves the guild, and to that one once Discord has told it.
        raise Later(clock.now() + (ELSEWHERE if bot.settled.is_set() else A_MOMENT))
    guild = await bot.tools.guilds.get(row.guild_id)
    found = channel(bot, guild, row.programme_id) if guild is not None else None
    # A server's notices go one after another, in the one process that serves it: none of them is just being said.
    return found if found is not None and not await notices.is_said(db, row, found) else None


def _render(bot: "PeerBot", row: Claimed, channel_id: int, locale: str) -> Say:
    t = bot.tools.texts.t
    cause = t(locale, f"delivery.cause.{troubles.known(row.payload.get('cause'))}")
    health = bot.command_sets.mention("admin health", None)
    return Say(t(locale, "delivery.undelivered", cause=cause, health=health), channel_id=channel_id)
