"""Leading a programme: who leads, what it says, and rest. `/lead` stands in `_cog`; each part of it has a file of its own."""

from bot.kit.bot import PeerBot
from cogs.lead._cog import Lead
from cogs.lead._people import People
from cogs.lead._person import Person
from cogs.lead._texts import ProgrammeTexts


async def setup(bot: PeerBot) -> None:
    """Add the cogs."""
    for cog in (Lead(bot), People(), Person(bot), ProgrammeTexts(bot)):
        await bot.add_cog(cog)
