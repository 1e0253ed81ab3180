"""Who can look into a channel by now: asked before somebody's name is posted there. What it finds is not remembered."""

from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot


def is_open(channel: discord.abc.GuildChannel) -> bool:
    """Tell whether everybody in the server can look into a channel."""
    return channel.permissions_for(channel.guild.default_role).view_channel


def may_name(bot: "PeerBot", channel_id: int | None) -> bool:
    """Tell whether a person's name may be posted in a channel: set-up wants it closed, and people open it later."""
    channel = bot.get_channel(channel_id) if channel_id is not None else None
    return not isinstance(channel, discord.abc.GuildChannel) or not is_open(channel)
