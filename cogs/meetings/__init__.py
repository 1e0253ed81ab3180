"""Meetings as everybody sees them: a card for each series, `/meetings`, saying whether one comes, and what one is told."""

from bot.kit.bot import PeerBot
from cogs.meetings._card import Cards
from cogs.meetings._cog import Meetings
from cogs.meetings._events import Events
from cogs.meetings._list import Lists
from cogs.meetings._rsvp import Answers
from cogs.meetings._said import Telling


async def setup(bot: PeerBot) -> None:
    """Add the cogs."""
    for cog in (Meetings(), Cards(bot), Events(bot), Lists(bot), Answers(bot), Telling(bot)):
        await bot.add_cog(cog)
