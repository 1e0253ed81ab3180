"""Which programme a command means, where a server runs several: the channel says it, or the person is asked."""

from bot.domain.guilds import Guild, Programme
from bot.kit import views
from bot.kit.call import Call, Reply
from bot.services.guilds import WhichProgramme, programme_here


async def programme(call: Call, then: str) -> tuple[Guild, Programme] | Reply:
    """Return the programme that is meant, or the question which one; its buttons go to the route `then`, with the id."""
    try:
        return await programme_here(call.tools.guilds, call.guild_id, call.interaction.channel_id)
    except WhichProgramme as question:
        buttons = [
            views.button(call.t(f"programme.{one.preset}.name"), f"{then}:{one.id}") for one in question.programmes
        ]
        return Reply(call.t("which.ask"), views.rows(buttons))
