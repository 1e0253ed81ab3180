"""Meetings while they run: starting one, its public panel, what is said of it, its room. Each part has a file of its own."""

from bot.kit.bot import PeerBot
from cogs.runs._cog import Runs
from cogs.runs._hosting import RunHosts
from cogs.runs._members import RunMembers
from cogs.runs._room import RunRooms
from cogs.runs._start import RunStart


async def setup(bot: PeerBot) -> None:
    """Add the cogs."""
    rooms = RunRooms(bot)
    for cog in (Runs(bot, rooms), RunStart(bot, rooms), RunMembers(bot), RunHosts(bot, rooms), rooms):
        await bot.add_cog(cog)
