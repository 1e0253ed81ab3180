"""Meetings outside of Discord: a person's own link for their calendar program, and a public one for directories.

Who has a link is told nothing but times, unless they want more; see `bot.web` for what is served under it.
"""

from bot.kit.bot import PeerBot
from cogs.feeds._calendar import Calendars
from cogs.feeds._directory import Directories


async def setup(bot: PeerBot) -> None:
    """Add the cogs."""
    for cog in (Calendars(bot), Directories(bot)):
        await bot.add_cog(cog)
