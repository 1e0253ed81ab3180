"""The channel of a running meeting: who is in it, and locking it against newcomers, where the bot has the right to.

A voice or stage channel is locked by denying everybody to connect: those inside stay. A text channel by denying everybody to
write. What stood there before is written down first, so that it is put back also after a crash; a meeting never fails
because of its channel. What cannot be done is said in words.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection

import discord
from discord.ext import commands

from bot import logs
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit.bot import PeerBot
from bot.services import runs
from cogs.runs import _words
from data.db import Database

log = logging.getLogger(__name__)

Voice = discord.VoiceChannel | discord.StageChannel
SAID: dict[str, bool | None] = {"allow": True, "deny": False, "none": None}


async def there(bot: PeerBot, db: Database, guild: Guild, run_id: str) -> Collection[int]:
    """Return the user ids of those in a run's voice or stage channel; nobody's where it has none."""
    channel_id = await runs.channel_of(db, guild.guild_id, run_id)
    return _in(bot, channel_id)


async def at_meeting(
    bot: PeerBot, db: Database, guild: Guild, programme: Programme, meeting_id: str
) -> Collection[int]:
    """Return the same for a meeting that has not begun."""
    return _in(bot, await runs.channel_of_meeting(db, guild.guild_id, meeting_id) or programme.channels.get("group"))


def may_post(bot: PeerBot, channel_id: int) -> bool:
    """Tell whether the bot can show a panel in a channel, as far as is known here."""
    channel = bot.get_channel(channel_id)
    if not isinstance(channel, discord.abc.GuildChannel):
        return not isinstance(channel, discord.Thread) or not channel.locked
    may = channel.permissions_for(channel.guild.me)
    return may.view_channel and may.send_messages


def _in(bot: PeerBot, channel_id: int | None) -> Collection[int]:
    channel = bot.get_channel(channel_id) if channel_id is not None else None
    if not isinstance(channel, Voice):
        return ()
    ours = bot.user.id if bot.user is not None else 0
    return [user_id for user_id in channel.voice_states if user_id != ours]


class RunRooms(commands.Cog):
    """Locks channels and opens them again, and hears hosts come and go."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        self._changing: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def lock(self, guild: Guild, run_id: str) -> str:
        """Lock a run's channel; return the key of what became of it."""
        # Of two who lock and open at once the later one is done whole after the first.
        async with self._changing[guild.guild_id]:
            return await self._lock(guild, run_id)

    async def unlock(self, guild: Guild, run_id: str) -> str:
        """Let a run's channel say again what it said before; return the key of what became of it."""
        async with self._changing[guild.guild_id]:
            return await self._unlock(guild, run_id)

    async def _lock(self, guild: Guild, run_id: str) -> str:
        db = self.bot.tools.db
        channel = self.bot.get_channel(await runs.channel_of(db, guild.guild_id, run_id) or 0)
        if not isinstance(channel, discord.abc.GuildChannel) or not _may_lock(channel):
            return "runs.lock.only_list"
        right = _right(channel)
        said = getattr(channel.overwrites_for(channel.guild.default_role), right)
        was = next(word for word, value in SAID.items() if value is said)
        own = getattr(channel.overwrites_for(channel.guild.me), right) is not True
        room = await runs.locks(db, guild.guild_id, run_id, was, own=own)
        if room is None:
            return "runs.lock.only_list"
        try:
            await self._close(channel, own=room.own, locale=guild.locale)
        except discord.HTTPException as error:
            log.warning("a meeting's channel could not be locked: %s", error)
            return "runs.lock.only_list"
        return "runs.lock.voice" if isinstance(channel, Voice) else "runs.lock.chat"

    async def _unlock(self, guild: Guild, run_id: str) -> str:
        db = self.bot.tools.db
        room = await runs.room(db, guild.guild_id, run_id)
        if room is None or room.is_locked:
            return "runs.lock.open"
        here = self.bot.get_guild(guild.guild_id)
        if here is None or here.unavailable:
            # Its channels are known to the process that serves it, or not before Discord is back.
            return "runs.lock.stays"
        channel = here.get_channel(room.channel_id)
        if channel is not None:
            try:
                await self._open(channel, SAID[room.was], own=room.own, locale=guild.locale)
            except discord.NotFound:
                log.info("a meeting's channel was gone before it was opened again")
            except discord.HTTPException as error:
                log.warning("a meeting's channel could not be opened again: %s", error)
                return "runs.lock.stays"
        await runs.opened(db, guild.guild_id, run_id)
        return "runs.lock.open"

    async def _close(self, channel: discord.abc.GuildChannel, *, own: bool, locale: str) -> None:
        """Deny everybody, after the bot has been let in by name: it would shut itself out."""
        if own:
            await self._say(channel, channel.guild.me, True, locale)
        await self._say(channel, channel.guild.default_role, False, locale)

    async def _open(self, channel: discord.abc.GuildChannel, said: bool | None, *, own: bool, locale: str) -> None:
        await self._say(channel, channel.guild.default_role, said, locale)
        if own:
            await self._say(channel, channel.guild.me, None, locale)

    async def _say(
        self, channel: discord.abc.GuildChannel, whom: discord.Role | discord.Member, said: bool | None, locale: str
    ) -> None:
        # Said also where it seems to stand there already: what Discord has told us may be older than our last word.
        overwrite = channel.overwrites_for(whom)
        overwrite.update(**{_right(channel): said})
        reason = self.bot.tools.texts.t(locale, "runs.lock.reason")
        # One that says nothing any more is taken away.
        left = None if overwrite.is_empty() else overwrite
        await channel.set_permissions(whom, overwrite=left, reason=reason)

    # -- after a start, and while it runs -----------------------------------------------------------------------------

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Make up for what happened while nobody listened."""
        for guild in self.bot.guilds:
            await self._catch_up(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Do the same for a guild that came late."""
        if self.bot.settled.is_set():
            await self._catch_up(guild)

    async def _catch_up(self, here: discord.Guild) -> None:
        try:
            await self.mend(here.id)
            known = await self.bot.tools.guilds.get(here.id)
            if known is None or not known.live:
                return
            there = {one.id: list(one.voice_states) for one in (*here.voice_channels, *here.stage_channels)}
            tools = self.bot.tools
            for run_id in await runs.saw_all(tools.db, tools.clock, here.id, there):
                _words.changed(self.bot, here.id, run_id)
        except PeerError as error:
            log.warning("a guild's meetings could not be looked at: %s", error.key)
        except Exception as error:  # One guild that fails keeps no other waiting.
            log.error("a guild's meetings could not be looked at, reference %s", logs.reference(), exc_info=error)

    async def mend(self, guild_id: int) -> None:
        """Lock what is to be locked, and open what is to be open, where nobody has done so: a process died, a meeting ended."""
        known = await self.bot.tools.guilds.get(guild_id)
        if known is None:
            return
        for room in await runs.rooms(self.bot.tools.db, guild_id):
            await (self.lock if room.is_locked else self.unlock)(known, room.run_id)

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Take note of hosts who leave a meeting's channel, or come back; of others nothing is kept."""
        left = before.channel.id if before.channel is not None else None
        joined = after.channel.id if after.channel is not None else None
        known = self.bot.tools.guilds.peek(member.guild.id)
        if left == joined or known is None or not known.live:
            return
        tools = self.bot.tools
        try:
            for run_id in await runs.saw(tools.db, tools.clock, member.guild.id, member.id, left=left, joined=joined):
                _words.changed(self.bot, member.guild.id, run_id)
        except PeerError as error:
            log.warning("who came and went could not be written down: %s", error.key)


def _right(channel: discord.abc.GuildChannel) -> str:
    return "connect" if isinstance(channel, Voice) else "send_messages"


def _may_lock(channel: discord.abc.GuildChannel) -> bool:
    """Tell whether the bot may change what a channel says, and has itself the right that it would deny."""
    may = channel.permissions_for(channel.guild.me)
    return may.manage_roles and may.view_channel and getattr(may, _right(channel)) is True
