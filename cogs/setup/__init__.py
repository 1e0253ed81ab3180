"""Set-up: an admin's way from an empty guild to a programme that stands."""

from bot.kit.bot import PeerBot
from cogs.setup._choices import Choices
from cogs.setup._cog import Setup
from cogs.setup._undo import Undo


async def setup(bot: PeerBot) -> None:
    """Add the cogs."""
    await bot.add_cog(Setup(bot))
    await bot.add_cog(Choices(bot))
    await bot.add_cog(Undo(bot))
