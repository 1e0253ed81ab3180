"""`/meetings`. What it shows stands in `_list`."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.kit import guards
from bot.kit.bot import PeerBot
from bot.kit.call import command
from cogs.meetings import _list


class Meetings(commands.Cog):
    """`/meetings`."""

    @app_commands.command(name="meetings", description="meetings.command", extras={"feature": "meetings"})
    @app_commands.guild_only()
    async def meetings(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show what comes next."""
        await command(interaction, _list.here, guard=guards.member)
