"""Answers to direct messages and to messages that mention the bot: that it is a program, and where people are.

Once an hour for each person, and every time for what may speak of danger: a direct message with help, one in a server with
the same words as ever, which name nobody. Nothing of any message is kept or logged.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Coroutine
from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Guild
from bot.errors import PeerError
from bot.kit import guards, help_card, views
from bot.kit.bot import PeerBot
from bot.kit.call import CONTENT_LIMIT, NO_ANSWER, Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import settings

log = logging.getLogger(__name__)

AGAIN_AFTER = 3_600.0
"""Seconds until the same person is answered once more."""
REMEMBERED = 10_000
REMEMBERED_IN_CHANNELS = 1_000
MOST_IN_A_CHANNEL = 5
CHANNEL_SECONDS = 60.0
"""In this time no channel gets more answers than that: whoever looks there finds the last one, however many write."""
MOST_SERVERS = 10
MOST_BUTTONS = 5
WRITTEN_BY_PEOPLE = (discord.MessageType.default, discord.MessageType.reply)


class Mentions(commands.Cog):
    """Says that nobody reads here, and where to turn instead."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        self._answered: OrderedDict[int, float] = OrderedDict()
        self._in_channels: deque[tuple[float, int]] = deque(maxlen=REMEMBERED_IN_CHANNELS)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer what is meant for the bot; everything else is left at once."""
        if not _is_from_a_person(message):
            return
        if message.guild is None:
            await self._quietly(self._answer_directly(message))
        elif any(user == self.bot.user for user in message.mentions):
            await self._quietly(self._answer_in_public(message))

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer words of danger that somebody puts into a direct message afterwards."""
        message = payload.message
        if payload.guild_id is None and message.edited_at is not None and _is_from_a_person(message):
            await self._quietly(self._answer_directly(message, only_danger=True))

    async def _quietly(self, answering: Coroutine[Any, Any, None]) -> None:
        try:
            await answering
        except (discord.HTTPException, *NO_ANSWER) as error:
            log.warning("a message could not be answered: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a traceback could hold what somebody wrote
            log.error("a message could not be answered: %s", type(error).__name__)

    def _may_be_danger(self, message: discord.Message) -> bool:
        """Tell whether somebody's own or forwarded words may speak of danger."""
        written = [message.content, *(forwarded.content for forwarded in message.message_snapshots)]
        return any(self.bot.tools.scanner.scan(one) for one in written)

    async def _answer_directly(self, message: discord.Message, *, only_danger: bool = False) -> None:
        tools, author = self.bot.tools, message.author.id
        locale = tools.languages.locale(author, "")
        danger = self._may_be_danger(message)
        if not danger and (only_danger or not self._is_due(author)):
            return
        self._take_note(author)
        said = tools.texts.t(locale, "mentions.answer")
        if danger:
            said = "\n".join([tools.texts.t(locale, "help.card"), self._numbers(author, locale), "", said])
        await message.channel.send(said, view=self._buttons(locale))

    def _numbers(self, user_id: int, locale: str) -> str:
        """Return help lines of the person's country, as far as it is known, for any age."""
        tools = self.bot.tools
        country = tools.languages.country(user_id)
        found = [tools.contacts.for_country(country, locale, minors=True)]

        def say(key: str, **args: Any) -> str:
            return tools.texts.t(locale, key, **args)

        def days(days: frozenset[int]) -> str:
            return tools.texts.days(locale, days)

        return help_card.block(
            say, days, found, tools.contacts, help_card.FOR_ALL_AGES, most=help_card.CARD_LINES, now=tools.clock.now()
        )

    async def _answer_in_public(self, message: discord.Message) -> None:
        assert message.guild is not None
        rights = message.channel.permissions_for(message.guild.me)
        in_thread = isinstance(message.channel, discord.Thread)
        may_write = rights.send_messages_in_threads if in_thread else rights.send_messages
        if not (rights.view_channel and may_write) or not self._has_room(message.channel.id):
            return
        if not (self._is_due(message.author.id) or self._may_be_danger(message)):
            return
        self._take_note(message.author.id)
        self._in_channels.append((asyncio.get_running_loop().time(), message.channel.id))
        guild = self.bot.tools.guilds.peek(message.guild.id)
        locale = guild.locale if guild is not None else str(message.guild.preferred_locale)
        said, buttons = self.bot.tools.texts.t(locale, "mentions.answer"), self._buttons(locale)
        if rights.read_message_history:
            to = message.to_reference(fail_if_not_exists=False)
            await message.channel.send(said, view=buttons, reference=to, mention_author=False)
        else:
            await message.channel.send(said, view=buttons)

    def _buttons(self, locale: str) -> discord.ui.View:
        t = self.bot.tools.texts.t
        return views.rows(
            [
                views.button(t(locale, "help.button.help_now"), "help:now:mention", Style.danger),
                views.button(t(locale, "mentions.button.moderators"), "mentions:moderators:"),
            ]
        )

    def _is_due(self, user_id: int) -> bool:
        """Tell whether the person was not answered within the hour."""
        last = self._answered.get(user_id)
        return last is None or asyncio.get_running_loop().time() - last >= AGAIN_AFTER

    def _take_note(self, user_id: int) -> None:
        self._answered[user_id] = asyncio.get_running_loop().time()
        self._answered.move_to_end(user_id)
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)

    def _has_room(self, channel_id: int) -> bool:
        """Tell whether few enough answers have gone to a channel just now."""
        since = asyncio.get_running_loop().time() - CHANNEL_SECONDS
        while self._in_channels and self._in_channels[0][0] <= since:
            self._in_channels.popleft()
        return sum(one == channel_id for _, one in self._in_channels) < MOST_IN_A_CHANNEL

    # -- who the people are -----------------------------------------------------------------------------------------

    @route("mentions:moderators", guard=guards.anyone)
    async def moderators(self, call: Call) -> Reply:
        """Say how to reach the moderators: here, or in the servers in which the person has used peerled."""
        if call.actor.guild_id is None:
            return await self._elsewhere(call)
        guild = await self._at_hand(call, call.actor.guild_id)
        if guild is None or not guild.live:
            return Reply(call.t("mentions.moderators.unknown"))
        roles = {role for programme in guild.live if (role := programme.roles.get("moderator")) is not None}
        said = [call.t("mentions.moderators.here", channels=_starts(guild))]
        if roles:
            said.append(call.t("mentions.moderators.roles", roles=", ".join(f"<@&{role}>" for role in sorted(roles))))
        several = len(guild.live) > 1
        buttons = [
            views.button(
                call.t(f"programme.{one.preset}.name") if several else call.t("help.button.reach_out"),
                f"help:reach:{one.id}",
            )
            for one in guild.live[:MOST_BUTTONS]
        ]
        said.append(call.t("mentions.moderators.which" if several else "mentions.moderators.button"))
        return Reply("\n".join(said), views.rows(buttons))

    async def _elsewhere(self, call: Call) -> Reply:
        """List the servers that the person has used peerled in; where that cannot be read, say what holds anywhere."""
        lines = [call.t("mentions.moderators.elsewhere")]
        try:
            for guild_id in await settings.servers_of(call.tools.db, call.actor.user_id, MOST_SERVERS):
                guild = await call.tools.guilds.get(guild_id)
                if guild is not None and _starts(guild):
                    lines.append(f"- {_starts(guild)}")
        except PeerError:
            return Reply(call.t("mentions.moderators.unknown"))
        if len(lines) == 1:
            return Reply(call.t("mentions.moderators.unknown"))
        first, *more = views.pages(lines, CONTENT_LIMIT)
        return Reply(first, more=[Reply(page) for page in more])

    async def _at_hand(self, call: Call, guild_id: int) -> Guild | None:
        try:
            return await call.tools.guilds.get(guild_id)
        except PeerError:
            return call.tools.guilds.peek(guild_id)


def _is_from_a_person(message: discord.Message) -> bool:
    return not message.author.bot and message.webhook_id is None and message.type in WRITTEN_BY_PEOPLE


def _starts(guild: Guild) -> str:
    """Return the guild's Start here channels as links, each once."""
    starts = dict.fromkeys(programme.channels.get("start") for programme in guild.live)
    return ", ".join(f"<https://discord.com/channels/{guild.guild_id}/{one}>" for one in starts if one is not None)


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Mentions(bot))
