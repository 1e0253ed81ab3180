"""`/settings`: time zone, quiet hours, language, country, how the person is reached, and a pause."""

from bot.kit.bot import PeerBot
from cogs.settings._cog import Settings


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Settings(bot))
