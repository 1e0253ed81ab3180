"""Stopping: one tap, and then the choice of what becomes of the history."""

from discord.ext import commands

from bot.domain.guilds import Programme
from bot.kit import guards, views, which
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import checkins
from bot.services.guilds import programme_of


async def here(call: Call) -> Reply:
    """Ask about stopping in the programme that the channel means, or ask which one."""
    found = await which.programme(call, "checkins:ask-stop")
    return found if isinstance(found, Reply) else _ask(call, found[1])


class Stopping(commands.Cog):
    """The buttons for stopping."""

    @route("checkins:ask-stop", guard=guards.member, in_place=True)
    async def ask(self, call: Call) -> Reply:
        """Ask what becomes of the history."""
        _, programme = await programme_of(call.tools.guilds, call.guild_id, call.token, call.actor)
        return _ask(call, programme)

    @route("checkins:stop", guard=guards.member, in_place=True)
    async def stop_keep(self, call: Call) -> Reply:
        """Stop, and keep the history."""
        _, programme = await programme_of(call.tools.guilds, call.guild_id, call.token, call.actor)
        await checkins.stop(call.tools.db, call.tools.clock, call.actor, programme)
        return Reply(call.t("checkins.stop.kept"))

    @route("checkins:confirm", guard=guards.member, in_place=True)
    async def confirm_delete(self, call: Call) -> Reply:
        """Ask once more before the history is deleted."""
        _, programme = await programme_of(call.tools.guilds, call.guild_id, call.token, call.actor)
        yes = views.button(call.t("checkins.button.delete_yes"), f"checkins:delete:{programme.id}", Style.danger)
        no = views.button(call.t("checkins.button.stop_keep"), f"checkins:stop:{programme.id}")
        return Reply(call.t("checkins.stop.confirm"), views.rows([yes, no]))

    @route("checkins:delete", guard=guards.member, in_place=True)
    async def stop_delete(self, call: Call) -> Reply:
        """Stop, and delete the history."""
        _, programme = await programme_of(call.tools.guilds, call.guild_id, call.token, call.actor)
        await checkins.stop(call.tools.db, call.tools.clock, call.actor, programme)
        await checkins.delete_history(call.tools.db, call.actor, programme)
        return Reply(call.t("checkins.stop.deleted"))


def _ask(call: Call, programme: Programme) -> Reply:
    keep = views.button(call.t("checkins.button.stop_keep"), f"checkins:stop:{programme.id}", Style.primary)
    delete = views.button(call.t("checkins.button.stop_delete"), f"checkins:confirm:{programme.id}", Style.danger)
    return Reply(call.t("checkins.stop.ask"), views.rows([keep, delete]))
