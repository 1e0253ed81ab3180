"""A very small bot and a start of the town around it, for tests of the demo's own machinery."""

import datetime as dt
from typing import Any

import discord
from discord import app_commands

from bot.demo import town
from bot.demo.clock import DemoClock

START = dt.datetime(2026, 3, 2, 10, 30, tzinfo=dt.UTC)


class TinyBot(discord.Client):
    """Answers privately, posts, opens threads, writes direct messages and fails, on command."""

    def __init__(self, clock: DemoClock | None = None) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True))
        self.tree = app_commands.CommandTree(self)
        self.clock = clock
        self.heard: list[tuple[str, str]] = []
        self.pressed: list[int] = []
        for name, work in self._commands().items():
            self.tree.command(name=name, description=name)(work)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.heard.append((str(interaction.locale), str(interaction.guild_locale)))
        if interaction.type is discord.InteractionType.component:
            self.pressed.append(interaction.user.id)
            await interaction.response.send_message("Heard.", ephemeral=True)

    def _commands(self) -> dict[str, Any]:
        async def panel(interaction: discord.Interaction) -> None:
            assert isinstance(interaction.channel, discord.TextChannel)
            view = discord.ui.View(timeout=None)
            view.add_item(discord.ui.Button(label="Press", custom_id="tiny:press:1"))
            view.stop()
            await interaction.response.send_message("Done.", ephemeral=True)
            await interaction.channel.send("Here", view=view)

        async def thread(interaction: discord.Interaction) -> None:
            assert isinstance(interaction.channel, discord.TextChannel)
            made = await interaction.channel.create_thread(
                name="just us", type=discord.ChannelType.private_thread, invitable=False
            )
            await made.add_user(interaction.user)
            await made.send("Hello")
            await interaction.response.send_message("Opened.", ephemeral=True)

        async def write(interaction: discord.Interaction) -> None:
            await interaction.user.send("You have a reminder")
            await interaction.response.send_message("Sent.", ephemeral=True)

        async def fail(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("Sorry.", ephemeral=True)
            raise ValueError("words that somebody wrote")

        return {"panel": panel, "thread": thread, "write": write, "fail": fail}


async def start_here(built: town.Town) -> None:
    """Open the channel "start-here" and let Ada post the panel there."""
    channel = built.guild.create_text_channel("start-here")
    await built.people["ada"].actor.slash(channel, "panel")
