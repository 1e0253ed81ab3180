"""Check-ins: how one is today, in words or one tap, and looking back on it."""

from bot.kit.bot import PeerBot
from cogs.checkins._cog import Checkins
from cogs.checkins._form import Forms
from cogs.checkins._history import LookingBack
from cogs.checkins._remind import Reminding
from cogs.checkins._stop import Stopping


async def setup(bot: PeerBot) -> None:
    """Add the cogs."""
    await bot.add_cog(Checkins(bot))
    for cog in (Forms(), LookingBack(), Reminding(bot), Stopping()):
        await bot.add_cog(cog)
