"""Leading a programme: who leads, what it says, rest, its meetings. `/lead` stands in `_cog`; each part has a file of its own."""

from bot.kit.bot import PeerBot
from cogs.lead._cog import Lead
from cogs.lead._hosting import Hosting
from cogs.lead._meeting_change import Changing
from cogs.lead._meeting_new import NewMeeting
from cogs.lead._people import People
from cogs.lead._person import Person
from cogs.lead._rotation import Rotation
from cogs.lead._rotation_presses import Pools
from cogs.lead._texts import ProgrammeTexts


async def setup(bot: PeerBot) -> None:
    """Add the cogs."""
    lead = Lead(bot)
    lead.lead.add_command(Rotation())
    for cog in (
        lead,
        Hosting(bot),
        Pools(bot),
        People(),
        Person(bot),
        ProgrammeTexts(bot),
        NewMeeting(bot),
        Changing(bot),
    ):
        await bot.add_cog(cog)
