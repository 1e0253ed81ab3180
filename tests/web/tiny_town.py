"""A very small bot and a start of the town around it, for tests of the demo's own machinery."""

import datetime as dt
from typing import Any

import discord
from discord import app_commands

from bot.demo import simcord_touches, town
from bot.demo.clock import DemoClock
from bot.domain import rights

START = dt.datetime(2026, 3, 2, 10, 30, tzinfo=dt.UTC)


class TinyBot(discord.Client):
    """Answers privately, posts, opens threads, plans events, writes direct messages and fails, on command.

    With `menus` it has commands on messages and people as well.
    """

    def __init__(self, clock: DemoClock | None = None, *, menus: bool = False) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True))
        self.tree = app_commands.CommandTree(self)
        self.clock = clock
        self.heard: list[tuple[str, str]] = []
        self.pressed: list[int] = []
        for name, work in self._commands().items():
            self.tree.command(name=name, description=name)(work)
        if menus:
            self.tree.context_menu(name="Keep a copy")(keep)
            self.tree.context_menu(name="Wave")(wave)
            admins_only = self.tree.context_menu(name="Sweep")(sweep)
            admins_only.default_permissions = discord.Permissions(manage_guild=True)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.heard.append((str(interaction.locale), str(interaction.guild_locale)))
        if interaction.type is discord.InteractionType.component:
            self.pressed.append(interaction.user.id)
            await interaction.response.send_message("Heard.", ephemeral=True)
        if interaction.type is discord.InteractionType.modal_submit:
            data: Any = interaction.data
            written = data["components"][0]["component"]["value"]
            await interaction.response.send_message(f"Kept: {written}", ephemeral=True)

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

        async def plan(interaction: discord.Interaction) -> None:
            assert interaction.guild is not None
            start = interaction.created_at + dt.timedelta(days=1)
            await interaction.guild.create_scheduled_event(
                name="Supper club",
                description="Bring a plate",
                start_time=start,
                end_time=start + dt.timedelta(hours=2),
                entity_type=discord.EntityType.external,
                privacy_level=discord.PrivacyLevel.guild_only,
                location="The pier",
            )
            await interaction.response.send_message("Planned.", ephemeral=True)

        async def fail(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("Sorry.", ephemeral=True)
            raise ValueError("words that somebody wrote")

        async def form(interaction: discord.Interaction) -> None:
            await interaction.response.send_modal(keeping())

        return {"panel": panel, "form": form, "thread": thread, "write": write, "plan": plan, "fail": fail}


async def start_here(built: town.Town) -> None:
    """Open the channel "start-here" and let the last of the town's people post the panel there."""
    # The real bot does not plan events yet; this one may.
    wanted = discord.Permissions(rights.with_set_up()) | discord.Permissions(create_events=True, manage_events=True)
    simcord_touches.grant_bot(built.env, built.guild, wanted.value)
    channel = built.guild.create_text_channel("start-here")
    last = list(built.people.values())[-1]
    await last.actor.slash(channel, "panel")


def keeping() -> discord.ui.Modal:
    """Make the form in which one says why."""
    form = discord.ui.Modal(title="Keep a copy", custom_id="tiny:keep:1", timeout=None)
    form.add_item(discord.ui.Label(text="Why", component=discord.ui.TextInput(custom_id="why")))
    form.stop()
    return form


async def keep(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_modal(keeping())


async def wave(interaction: discord.Interaction, person: discord.Member) -> None:
    await interaction.response.send_message(f"You waved at {person.display_name}.", ephemeral=True)


async def sweep(interaction: discord.Interaction, person: discord.Member) -> None:
    """Forget to answer."""
