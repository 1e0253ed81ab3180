"""The smallest honest discord.py bot: it proves the loopback Discord, and is the yardstick of the benchmark.

Run as a script. Settings come from the environment: DISCORD_TOKEN, PEERLED_DISCORD__API_BASE and
PEERLED_DISCORD__GATEWAY_URL as for the real bot; TINY_SHARDS, a count; TINY_PAUSE, seconds between identifies instead
of 5; TINY_MEMBERS, any text, asks for the members intent; TINY_ANSWER, a JSON file with content and components, makes
it answer every press with just that. It imports nothing of the project.
"""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import discord
import uvloop
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket


def say(line: str) -> None:
    """Tell the test something; a pipe is block-buffered, so push it out."""
    print(line, flush=True)  # noqa: T201  (a script that speaks on stdout)


class Form(discord.ui.Modal, title="A form"):
    """One field; stopped before it is sent, so that the submit comes to `on_interaction` even after a restart."""

    def __init__(self) -> None:
        super().__init__(custom_id="tiny:form", timeout=None)
        note = discord.ui.TextInput[Any](custom_id="note", required=True, max_length=100)
        self.add_item(discord.ui.Label(text="Note", component=note))
        self.stop()


def prepared_answer(file: str | None) -> tuple[str, discord.ui.View] | None:
    """Read the answer of the yardstick: a text and rows of buttons, made once."""
    if file is None:
        return None
    wanted = json.loads(Path(file).read_text(encoding="utf-8"))
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(wanted["components"]):
        for one in row["components"]:
            style = discord.ButtonStyle(one["style"])
            button = discord.ui.Button[Any](label=one["label"], style=style, custom_id=one["custom_id"], row=number)
            view.add_item(button)
    view.stop()  # discord.py is not to keep it: presses are answered by `on_interaction`
    return wanted["content"], view


class TinyBot(commands.AutoShardedBot):
    """Answers presses from memory."""

    def __init__(self, shard_count: int) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, members="TINY_MEMBERS" in os.environ)
        super().__init__(
            "!",
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=shard_count,
            guild_ready_timeout=0.1,
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=30,
        )
        self.presses = 0
        self.prepared = prepared_answer(os.environ.get("TINY_ANSWER"))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep Discord's pace of identifies, or the one a test has agreed with the server."""
        del shard_id
        if not initial:
            await asyncio.sleep(float(os.environ.get("TINY_PAUSE", "5")))

    async def setup_hook(self) -> None:
        """Register the commands."""
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Say the line that a process is waited for by."""
        say(f"ready: {len(self.guilds)} guilds, {len(self.tree.get_commands())} commands")
        for guild in self.guilds:
            say(f"guild {guild.name} on shard {guild.shard_id}")

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Say that a connection went on where it had stopped."""
        say(f"resumed {shard_id}")

    async def on_message(self, message: discord.Message, /) -> None:
        """Say that a message arrived, never what is in it."""
        say(f"message nonce={message.nonce}")

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Answer presses and submits, whenever the message was made."""
        data: Any = interaction.data
        if interaction.type is discord.InteractionType.component:
            if self.prepared is not None:
                content, view = self.prepared
                await interaction.response.send_message(content, view=view, files=[], ephemeral=True)
            elif data["custom_id"] == "tiny:open":
                await interaction.response.send_modal(Form())
            elif data["custom_id"] == "tiny:edit":
                await interaction.response.edit_message(content=f"edited by {interaction.user.name}")
            else:
                self.presses += 1
                chosen = data.get("values") or data["custom_id"]
                await interaction.response.send_message(f"press {self.presses}: {chosen}", ephemeral=True)
        elif interaction.type is discord.InteractionType.modal_submit:
            note = data["components"][0]["component"]["value"]
            await interaction.response.send_message(f"noted: {note}", ephemeral=True)


def add_commands(bot: TinyBot) -> None:
    """Add the commands that the loopback's tests use."""

    @bot.tree.command(description="Answer")
    async def ping(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("pong", ephemeral=True)

    @bot.tree.command(description="Answer later")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content="thought about it")
        await interaction.followup.send("and one thing more", ephemeral=True)

    @bot.tree.command(description="Send with a nonce; the tries are told in the answer")
    async def send(interaction: discord.Interaction, nonce: str, text: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        assert isinstance(interaction.channel, discord.TextChannel)
        try:
            sent = await interaction.channel.send(text, nonce=nonce)
            outcome = f"sent {sent.id}"
        except (discord.HTTPException, OSError) as error:
            outcome = type(error).__name__
        await interaction.edit_original_response(content=outcome)

    @bot.tree.command(description="Count the members")
    async def members(interaction: discord.Interaction) -> None:
        assert interaction.guild is not None
        await interaction.guild.chunk()
        await interaction.response.send_message(f"{len(interaction.guild.members)} members", ephemeral=True)

    @bot.tree.command(description="Pick somebody")
    async def pick(interaction: discord.Interaction, who: discord.Member, word: str = "-") -> None:
        await interaction.response.send_message(f"{who.display_name} {word}", ephemeral=True)

    @pick.autocomplete("word")
    async def words(interaction: discord.Interaction, current: str) -> list[discord.app_commands.Choice[str]]:
        return [discord.app_commands.Choice(name=current * 2, value=current * 2)]

    @bot.tree.context_menu(name="Read")
    async def read(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"it says {message.content}", ephemeral=True)


async def main() -> None:
    """Run until SIGTERM."""
    discord.http.Route.BASE = os.environ["PEERLED_DISCORD__API_BASE"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["PEERLED_DISCORD__GATEWAY_URL"])
    bot = TinyBot(int(os.environ.get("TINY_SHARDS", "1")))
    add_commands(bot)
    running = asyncio.create_task(bot.start(os.environ["DISCORD_TOKEN"]))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        await bot.close()


if __name__ == "__main__":
    # The same event loop as the real bot takes, so that the yardstick is no slower than it has to be.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(main())
