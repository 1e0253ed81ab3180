"""Set-up: an admin's way from an empty guild to a programme that stands."""

from bot.kit.bot import PeerBot
from cogs.setup._cog import Setup


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Setup(bot))
