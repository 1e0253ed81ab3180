"""The bot as cogs see it: discord.py's, with the router, the panels and the parts it was assembled from.

It keeps no member cache and no message cache and asks for no privileged intent.
"""

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from bot.errors import PeerError
from bot.kit.call import Call, accident, actor_of
from bot.kit.commands import CommandSets
from bot.kit.panels import Panels
from bot.kit.router import Router
from bot.kit.tools import Tools
from bot.kit.upkeep import Failed, Upkeep

if TYPE_CHECKING:
    from bot.delivery import Delivery

log = logging.getLogger(__name__)

REMEMBERED_INTERACTIONS = 10_000
READY_AFTER_SILENCE = 0.5
"""Seconds without a further guild after which the start goes on; one that comes later is taken up when it comes."""
LONGEST_LIMIT = 30.0
"""Seconds that a call waits for a limit of Discord's; a longer one is raised as `RateLimited`, which means later."""


def intents() -> discord.Intents:
    """Return the intents peerled needs: none of them privileged."""
    return discord.Intents(
        guilds=True, guild_scheduled_events=True, voice_states=True, guild_messages=True, dm_messages=True
    )


class PeerTree(discord.app_commands.CommandTree["PeerBot"]):
    """The command tree; an error that gets this far still ends in words."""

    async def on_error(
        self, interaction: "discord.Interaction[PeerBot]", error: discord.app_commands.AppCommandError
    ) -> None:
        """Tell the person that the command is not there (any more), or that something went wrong."""
        call = Call(interaction, actor_of(interaction))
        if isinstance(error, discord.app_commands.CommandNotFound | discord.app_commands.CommandSignatureMismatch):
            content = call.t("error.command_changed")
        else:
            content = accident(call, getattr(error, "original", error)).content
        if interaction.type is discord.InteractionType.autocomplete:
            return
        if interaction.response.is_done():
            await interaction.followup.send(content, ephemeral=True)
        else:
            await interaction.response.send_message(content, ephemeral=True)


class PeerBot(commands.AutoShardedBot):
    """One running bot."""

    delivery: "Delivery"
    """What says what was promised; `bot.app` gives it, for it stands above this floor."""

    def __init__(self, tools: Tools, cog_names: tuple[str, ...], **options: Any) -> None:
        # peerled never speaks; without this discord.py warns at every start that libraries for voice are missing.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=PeerTree,
            intents=intents(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=READY_AFTER_SILENCE,
            max_ratelimit_timeout=LONGEST_LIMIT,
            # Where only a person has added peerled, and no guild has, a command that does not ask for it is not offered.
            allowed_installs=discord.app_commands.AppInstallationType(guild=True, user=False),
            **options,
        )
        self.tools = tools
        self.router = Router()
        self.panels = Panels(self)
        self.command_sets = CommandSets(self)
        self.upkeep = Upkeep(self)
        self.cog_names = cog_names
        self.loaded = asyncio.Event()
        self.settled = asyncio.Event()
        self.token_refused = asyncio.Event()
        self.stopping = False
        self.under_way = 0
        self._seen: OrderedDict[int, None] = OrderedDict()

    async def setup_hook(self) -> None:
        """Load every cog; one that cannot load stops the start.

        Then read all guilds, and which languages people chose, so that whoever asks first is known.
        """
        for name in self.cog_names:
            await self.load_extension(f"cogs.{name}")
        try:
            await self.tools.guilds.load_all()
        except PeerError:
            log.warning("the guilds' settings could not be read at once; each is read when it is needed")
        await self.tools.languages.refresh()
        self.loaded.set()

    async def close(self) -> None:
        """End the connection and what is under way in the background."""
        self.upkeep.close()
        self.panels.close()
        await super().close()

    async def add_cog(self, cog: commands.Cog, /, **options: Any) -> None:
        """Add a cog with its routes."""
        await super().add_cog(cog, **options)
        self.router.collect(cog)

    async def on_ready(self) -> None:
        """Bring commands and panels up to date; runs again after a lost session, and then finds little to do."""
        await self.upkeep.all()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Pick up a guild that was set up before."""
        await self.upkeep.joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Write down that the bot was taken out; an outage is another event."""
        await self.upkeep.left(guild.id)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Pick up a guild that came late or was out of Discord's reach for a while."""
        if self.settled.is_set():
            await self.refresh_guild(guild.id)

    async def refresh_guild(self, guild_id: int) -> list[Failed]:
        """Give a guild the commands of its programmes and its panels the latest state, each looked for in its channel.

        Return what failed: ("commands", 0), or ("panel", the id of its channel) for each panel.
        """
        return await self.upkeep.guild(guild_id, look=True)

    async def on_interaction(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Route presses and submitted forms; commands go through the tree."""
        if interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            await self.router.dispatch(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Read no messages."""

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Post a panel anew when its message was deleted."""
        if payload.guild_id is not None:
            await self.upkeep.messages_gone(payload.guild_id, [payload.message_id])

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Post panels anew whose messages were among many that were deleted at once."""
        if payload.guild_id is not None:
            await self.upkeep.messages_gone(payload.guild_id, payload.message_ids)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Take note that a channel's panels are gone with it."""
        await self.upkeep.channel_gone(channel.guild.id, channel.id)

    def admit(self, interaction_id: int) -> bool:
        """Tell whether this interaction is seen for the first time; a resumed session may repeat one."""
        if interaction_id in self._seen:
            return False
        self._seen[interaction_id] = None
        if len(self._seen) > REMEMBERED_INTERACTIONS:
            self._seen.popitem(last=False)
        return True

    def stop_admitting(self) -> None:
        """Answer whoever presses from now on that the bot is just being restarted."""
        self.stopping = True

    async def finish_answers(self, limit: float) -> bool:
        """Wait until no answer is under way, at most `limit` seconds; tell whether that was reached."""
        end = asyncio.get_running_loop().time() + limit
        while self.under_way and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - short, once, at the stop
            await asyncio.sleep(0.05)
        return self.under_way == 0
