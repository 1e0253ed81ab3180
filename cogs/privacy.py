"""`/privacy`: what is kept, who sees it, and the buttons to take it along or erase it."""

import io
import json

import discord
from discord import app_commands
from discord.ext import commands

from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply, command
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import privacy


class Privacy(commands.Cog):
    """`/privacy` and its buttons."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @app_commands.command(name="privacy", description="privacy.command", extras={"everywhere": True})
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def privacy(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Say what is kept and offer the buttons."""
        await command(interaction, self._show, guard=guards.anyone)

    async def _show(self, call: Call) -> Reply:
        export = views.button(call.t("privacy.button.export"), "privacy:export:", Style.primary)
        erase = views.button(call.t("privacy.button.erase"), "privacy:ask:", Style.danger)
        return Reply(call.t("privacy.text"), views.rows([export, erase]))

    @route("privacy:export", guard=guards.anyone)
    async def export(self, call: Call) -> Reply:
        """Hand over a copy of everything that is the person's."""
        found = await privacy.export(call.tools.db, call.actor, call.tools.vault)
        if not found:
            return Reply(call.t("privacy.nothing"))
        body = json.dumps(found, ensure_ascii=False, indent=2).encode()
        return Reply(call.t("privacy.export"), files=[discord.File(io.BytesIO(body), filename="my-data.json")])

    @route("privacy:ask", guard=guards.anyone, in_place=True)
    async def ask(self, call: Call) -> Reply:
        """Ask once more before erasing."""
        yes = views.button(call.t("privacy.button.erase_yes"), "privacy:erase:", Style.danger)
        no = views.button(call.t("privacy.button.erase_no"), "privacy:keep:")
        return Reply(call.t("privacy.ask"), views.rows([yes, no]))

    @route("privacy:keep", guard=guards.anyone, in_place=True)
    async def keep(self, call: Call) -> Reply:
        """Leave everything as it is."""
        return Reply(call.t("privacy.kept"))

    @route("privacy:erase", guard=guards.anyone, in_place=True)
    async def erase(self, call: Call) -> Reply:
        """Erase everything."""
        tools = call.tools
        touched = await privacy.guilds_of(tools.db, call.actor)
        left = await privacy.left_by(tools.db, tools.clock, call.actor)
        try:
            cleared = await privacy.erase(tools.db, call.actor)
            await privacy.hand_on(tools.db, tools.clock, left)
            self.bot.delivery.wake()
        finally:
            call.tools.languages.forget(call.actor.user_id)
            for guild_id in touched:
                call.tools.guilds.forget(guild_id)
        for guild_id in touched:
            # No panel there may go on naming, or counting, who is nobody any more.
            await self.bot.upkeep.guild(guild_id)
        return Reply(call.t("privacy.erased" if cleared else "privacy.erased.log_left"))


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Privacy(bot))
