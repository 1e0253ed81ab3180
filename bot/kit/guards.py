"""Who may: checked in every callback with the roles and rights that the interaction itself carries. They fail closed."""

from bot.domain import leaders
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.errors import PeerError
from bot.kit import direct
from bot.kit.call import Call
from bot.services.guilds import programme_of


async def anyone(call: Call) -> None:
    """Let everybody pass, also outside of guilds: for help and one's own data."""
    return


async def member(call: Call) -> None:
    """Let people of the guild pass."""
    if call.actor.guild_id is None:
        raise PeerError("error.only_in_guild")


async def reached(call: Call) -> None:
    """Let people of the guild pass, and those who answer from a direct message that they were sent there.

    The token begins with the programme's id.
    """
    if call.actor.guild_id is None:
        await direct.come_home(call)


async def admin(call: Call) -> None:
    """Let those pass who manage the server."""
    await member(call)
    if not call.actor.manages_guild:
        raise PeerError("error.only_admins")


async def leader(call: Call) -> None:
    """Let those pass who lead the programme whose id the token begins with, and those who manage the server."""
    await member(call)
    programme_id = call.token.partition(".")[0]
    _, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
    must_lead(call.actor, programme)


def leads(actor: Actor, programme: Programme) -> bool:
    """Tell whether the person wears the role of the programme's leaders."""
    return leaders.leads(actor, programme)


def must_lead(actor: Actor, programme: Programme) -> None:
    """Raise PeerError unless the person leads the programme or manages the server: for commands, which name none."""
    if not leaders.rights(actor, programme, None).teach:
        raise PeerError("error.only_leaders")
