"""Who may: checked in every callback with the roles and rights that the interaction itself carries. They fail closed."""

from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.errors import PeerError
from bot.kit.call import Call


async def anyone(call: Call) -> None:
    """Let everybody pass, also outside of guilds: for help and one's own data."""
    return


async def member(call: Call) -> None:
    """Let people of the guild pass."""
    if call.actor.guild_id is None:
        raise PeerError("error.only_in_guild")


async def admin(call: Call) -> None:
    """Let those pass who manage the server."""
    await member(call)
    if not call.actor.manages_guild:
        raise PeerError("error.only_admins")


def leads(actor: Actor, programme: Programme) -> bool:
    """Tell whether the person is a peer leader of the programme.

    The role that everybody wears bears the guild's own id; it makes nobody a leader, whatever is bound.
    """
    role_id = programme.roles.get("leader")
    if role_id is None or role_id == programme.guild_id:
        return False
    return actor.guild_id == programme.guild_id and role_id in actor.role_ids
