"""Newcomers: "I'm new here" on the Start panel, and a hello from a peer leader for whoever would like one.

At most three private screens; nothing is shown publicly. A wish is stored first, then posted to the leaders under a nonce of
its own, then written down as posted; a further press posts it where that broke off. Once there is an outbox, it takes the
posting over. Nothing here decides who leads or how people are reached.
"""

import asyncio
import functools
import hashlib
import logging
from collections import defaultdict
from typing import Any

import discord
from discord.ext import commands

from bot.domain import ages
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, reach, rooms, views
from bot.kit.bot import PeerBot
from bot.kit.call import CONTENT_LIMIT, NO_ANSWER, Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import newcomers, reaching
from bot.services.guilds import programme_of
from bot.services.newcomers import Wish
from data.programmes import presets

log = logging.getLogger(__name__)

REFUSED = (discord.HTTPException, *NO_ANSWER)
"""What is raised where Discord refuses or does not answer."""
CALLED_AGAIN_AFTER = 3_600.0
"""Seconds in which a further wish of the same person is posted without calling the leaders."""


class Newcomers(commands.Cog):
    """The buttons of "I'm new here" and of the leaders who greet."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        self._asking: dict[tuple[str, int], asyncio.Future[Wish | None]] = {}
        self._called: set[tuple[str, int]] = set()
        self._changing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        bot.panels.add("start", 10, "newcomers", self._on_start_panel)

    def _on_start_panel(self, guild: Guild, programme: Programme) -> "discord.ui.Button[Any]":
        said = self.bot.tools.texts.t(guild.locale, "newcomers.button.start")
        return views.button(said, f"newcomers:start:{programme.id}", Style.success)

    # -- first screen: what this is, and the one yes ----------------------------------------------------------------

    @route("newcomers:start", guard=guards.member)
    async def start(self, call: Call) -> Reply:
        """Welcome somebody: what this is, what holds here, who leads; and ask for the one yes, or go on from it."""
        guild, programme = await _programme(call)
        arrival = await newcomers.arrive(call.tools.db, call.actor, programme)
        if arrival.wish is not None and arrival.wish.is_posted:
            return _standing(call, programme, arrival.wish)
        consent = "" if arrival.agreed else call.t("consent.ask", privacy=self._mention("privacy", guild))
        go_on = "next" if arrival.agreed else "agree"
        buttons = [
            views.button(call.t(f"newcomers.button.{go_on}"), f"newcomers:{go_on}:{programme.id}", Style.success),
            views.button(call.t("newcomers.button.look"), f"newcomers:look:{programme.id}"),
        ]
        return Reply(_welcome(call, programme, self._leaders(guild, programme), consent), views.rows(buttons))

    @route("newcomers:look", guard=guards.member, in_place=True)
    async def look(self, call: Call) -> Reply:
        """Let somebody look around; nothing is kept of them."""
        guild, programme = await _programme(call)
        said = call.t("newcomers.look", **_channels(call, programme))
        return Reply(f"{said}\n{call.t('newcomers.help', command=self._mention('help', guild))}")

    # -- second screen: a hello, by choice --------------------------------------------------------------------------

    @route("newcomers:agree", guard=guards.member, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the one yes for the whole bot, and ask whether a hello would be welcome."""
        guild, programme = await _programme(call)
        await newcomers.agree(call.tools.db, call.tools.clock, call.actor, programme)
        return self._would_you_like(call, guild, programme)

    @route("newcomers:next", guard=guards.member, in_place=True)
    async def next(self, call: Call) -> Reply:
        """Ask whether a hello would be welcome."""
        guild, programme = await _programme(call)
        return self._would_you_like(call, guild, programme)

    def _would_you_like(self, call: Call, guild: Guild, programme: Programme) -> Reply:
        if self._leaders(guild, programme) is None:
            return Reply(call.t("newcomers.no_leaders", **_channels(call, programme)))
        where = "newcomers.hello.group" if ages.rules(guild.ages).minors else "newcomers.hello.message"
        said = [
            call.t("newcomers.hello", programme=_name(call, programme)),
            call.t(where, **_channels(call, programme)),
            call.t("newcomers.hello.when"),
        ]
        yes = views.button(call.t("newcomers.button.yes"), f"newcomers:yes:{programme.id}", Style.primary)
        no = views.button(call.t("newcomers.button.no"), f"newcomers:no:{programme.id}", Style.primary)
        return Reply("\n".join(said), views.rows([yes, no]))

    @route("newcomers:no", guard=guards.member, in_place=True)
    async def no(self, call: Call) -> Reply:
        """Leave it; nobody is told."""
        _, programme = await _programme(call)
        return Reply(call.t("newcomers.no", **_channels(call, programme)))

    # -- third screen: how to be reached, and done ------------------------------------------------------------------

    @route("newcomers:yes", guard=guards.member, in_place=True)
    async def yes(self, call: Call) -> Reply:
        """Ask how the person can be reached, unless they have said it before; then tell the leaders."""
        guild, programme = await _programme(call)
        if self._leaders(guild, programme) is None:
            return Reply(call.t("newcomers.no_leaders", **_channels(call, programme)))
        way = await reaching.way_of(call.tools.db, guild.guild_id, call.actor.user_id)
        if way is None:
            return await reach.ask(call, guild, programme, then="newcomers:greet")
        return await self._greet(call, guild, programme)

    @route("newcomers:greet", guard=guards.member, in_place=True)
    async def greet(self, call: Call) -> Reply:
        """Tell the leaders that somebody would like a hello, and say honestly what will come of it."""
        guild, programme = await _programme(call)
        return await self._greet(call, guild, programme)

    async def _greet(self, call: Call, guild: Guild, programme: Programme) -> Reply:
        role_id = self._leaders(guild, programme)
        if role_id is None:
            return Reply(call.t("newcomers.no_leaders", **_channels(call, programme)))
        who = (programme.id, call.actor.user_id)
        if who not in self._asking:
            self._asking[who] = asyncio.ensure_future(self._ask(call, guild, programme, role_id))
            self._asking[who].add_done_callback(lambda _: self._asking.pop(who, None))
        # Whoever pressed several times in one moment waits for the one posting.
        wish = await self._asking[who]
        if wish is None:
            again = views.button(call.t("newcomers.button.again"), f"newcomers:greet:{programme.id}", Style.primary)
            said = call.t("newcomers.not_told", **_channels(call, programme))
            return Reply(said, views.rows([again, _not_any_more(call, programme)]))
        return _standing(call, programme, wish)

    async def _ask(self, call: Call, guild: Guild, programme: Programme, role_id: int) -> Wish | None:
        """Store the wish and see that leaders are told of it; None where they could not be."""
        wish = await newcomers.ask(call.tools.db, call.tools.clock, call.actor, programme)
        if wish.is_posted or await self._tell_leaders(call, guild, programme, wish, role_id):
            return wish
        return None

    def _leaders(self, guild: Guild, programme: Programme) -> int | None:
        """Return the role of the programme's leaders; None where it, or a channel of theirs, is not there.

        A role that everybody wears is none. Moderators are not asked instead: nobody was told that they would read it.
        """
        role_id, place = programme.roles.get("leader"), self.bot.get_guild(guild.guild_id)
        if role_id is None or role_id == guild.guild_id or place is None or "leaders" not in programme.channels:
            return None
        return role_id if place.get_role(role_id) is not None else None

    async def _tell_leaders(self, call: Call, guild: Guild, programme: Programme, wish: Wish, role_id: int) -> bool:
        channel_id, who = programme.channels["leaders"], (programme.id, call.actor.user_id)
        if not rooms.may_name(self.bot, channel_id):
            return False
        say = functools.partial(call.tools.texts.t, guild.locale)
        said = say(
            "newcomers.post",
            role=f"<@&{role_id}>",
            person=f"<@{call.actor.user_id}>",
            programme=say(f"programme.{programme.preset}.name"),
        )
        button = views.button(say("newcomers.button.take"), f"newcomers:take:{programme.id}.{wish.id}", Style.success)
        channel = self.bot.get_partial_messageable(channel_id, guild_id=guild.guild_id)
        try:
            message = await channel.send(
                said,
                view=views.rows([button]),
                nonce=hashlib.sha256(wish.id.encode()).hexdigest()[:24],
                allowed_mentions=discord.AllowedMentions(roles=[discord.Object(role_id)] * (who not in self._called)),
            )
        except REFUSED as error:
            log.warning("leaders could not be told of a newcomer: %s", type(error).__name__)
            return False
        self._called.add(who)
        asyncio.get_running_loop().call_later(CALLED_AGAIN_AFTER, self._called.discard, who)
        try:
            stands = await newcomers.remember_told(
                call.tools.db, programme, wish, channel_id=channel_id, message_id=message.id
            )
        except PeerError as error:
            # The leaders read it all the same, and that is what the person is told.
            log.warning("where leaders were told of a newcomer could not be written down: %s", error.key)
            return True
        if not stands:
            # Taken back or erased while it was being posted: it must not stand there.
            await _edit(message, say("newcomers.post.gone"))
            raise PeerError("newcomers.cancelled", **_channels(call, programme))
        return True

    @route("newcomers:cancel", guard=guards.member, in_place=True)
    async def cancel(self, call: Call) -> Reply:
        """Take the wish back; the name goes from the leaders' channel."""
        guild, programme = await _programme(call)
        said = "newcomers.cancelled"
        async with self._changing[programme.id]:
            wish = await newcomers.take_back(call.tools.db, call.actor, programme)
            if wish is not None and wish.channel_id is not None and wish.message_id is not None:
                channel = self.bot.get_partial_messageable(wish.channel_id, guild_id=guild.guild_id)
                gone = call.tools.texts.t(guild.locale, "newcomers.post.gone")
                if not await _edit(channel.get_partial_message(wish.message_id), gone):
                    said = "newcomers.cancelled.left"
        return Reply(call.t(said, **_channels(call, programme)))

    # -- the leaders' side ------------------------------------------------------------------------------------------

    @route("newcomers:take", guard=guards.member)
    async def take(self, call: Call) -> Reply:
        """Let the first leader who presses greet, tell the newcomer whose hello to expect, and the leader what helps."""
        programme_id, _, greeting_id = call.token.partition(".")
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
        if not guards.leads(call.actor, programme):
            raise PeerError("newcomers.only_leaders")
        # Taking on and taking back change the message in the order in which they were done.
        async with self._changing[programme.id]:
            wish, is_new = await self._take(call, guild, programme, greeting_id)
        greeter, person = f"<@{wish.greeter_id}>", f"<@{wish.newcomer_id}>"
        if wish.greeter_id != call.actor.user_id:
            return Reply(call.t("newcomers.somebody_else", greeter=greeter))
        told = ""
        if is_new:
            told = await reach.tell(self.bot, guild, programme, wish.newcomer_id, "newcomers.expect", greeter=greeter)
        return Reply("\n".join(_hint(call, guild, programme, person, told)))

    async def _take(self, call: Call, guild: Guild, programme: Programme, greeting_id: str) -> tuple[Wish, bool]:
        """Take the greeting on, and let the message that was pressed say how it stands."""
        say = functools.partial(call.tools.texts.t, guild.locale)
        message = call.interaction.message
        try:
            wish, is_new = await newcomers.take(call.tools.db, call.tools.clock, call.actor, programme, greeting_id)
        except PeerError as error:
            if error.key == "newcomers.taken_back" and message is not None:
                await _edit(message, say("newcomers.post.gone"))
            raise
        if message is not None:
            greeter, person = f"<@{wish.greeter_id}>", f"<@{wish.newcomer_id}>"
            await _edit(message, say("newcomers.post.taken", greeter=greeter, person=person))
        return wish, is_new

    def _mention(self, name: str, guild: Guild) -> str:
        return self.bot.command_sets.mention(name, guild)


async def _programme(call: Call) -> tuple[Guild, Programme]:
    return await programme_of(call.tools.guilds, call.guild_id, call.token, call.actor)


def _welcome(call: Call, programme: Programme, role_id: int | None, consent: str) -> str:
    """Say what this programme is, what holds, who leads and what comes next; rules give way where there is no room."""
    name = _name(call, programme)
    head = [
        call.t("newcomers.welcome", programme=name, about=call.t(f"programme.{programme.preset}.about")),
        call.t("newcomers.rules"),
    ]
    # An empty line ends the list of rules: what follows is none.
    tail = ["", *([call.t("newcomers.leaders", role=f"<@&{role_id}>")] if role_id else [])]
    if programme.starting_up:
        tail.append(call.t("newcomers.starting_up"))
    tail.append(call.t("newcomers.meetings"))
    tail += ["", consent] if consent else []
    room = CONTENT_LIMIT - sum(len(line) + 1 for line in [*head, *tail])
    return "\n".join([*head, _rules(call, programme, room), *tail])


def _rules(call: Call, programme: Programme, room: int) -> str:
    """Return the ground rules: the leaders' own words where there are some, else those that come with the preset."""
    preset = presets().get(programme.preset)
    own = programme.texts.get("rules")
    said = own or "\n".join(f"- {call.t(f'rule.{rule}')}" for rule in (preset.rules if preset else ()))
    return said if len(said) <= room else f"{said[: room - 2].rstrip()}…"


def _standing(call: Call, programme: Programme, wish: Wish) -> Reply:
    """Say how the wish for a hello stands."""
    if wish.greeter_id is not None:
        said = call.t("newcomers.greeted", greeter=f"<@{wish.greeter_id}>", **_channels(call, programme))
    else:
        said = call.t("newcomers.asked", programme=_name(call, programme), **_channels(call, programme))
    return Reply(said, views.rows([_not_any_more(call, programme)]))


def _not_any_more(call: Call, programme: Programme) -> "discord.ui.Button[Any]":
    return views.button(call.t("newcomers.button.cancel"), f"newcomers:cancel:{programme.id}")


def _hint(call: Call, guild: Guild, programme: Programme, person: str, told: str) -> list[str]:
    """Say privately to who greets where to do it, what helps, and whether the newcomer knows of it."""
    where = "newcomers.hint.group" if ages.rules(guild.ages).minors else "newcomers.hint.message"
    said = [call.t(where, person=person, **_channels(call, programme)), call.t("newcomers.hint")]
    if told:
        said.append(call.t("newcomers.hint.told" if told == "told" else "newcomers.hint.not_told"))
    return said


def _name(call: Call, programme: Programme) -> str:
    return call.t(f"programme.{programme.preset}.name")


def _channels(call: Call, programme: Programme) -> dict[str, str]:
    """Return the channels that sentences name: as mentions, or in words where a programme is only tried out."""
    return {purpose: _channel(call, programme, purpose) for purpose in ("start", "group")}


def _channel(call: Call, programme: Programme, purpose: str) -> str:
    channel_id = programme.channels.get(purpose)
    return f"<#{channel_id}>" if channel_id else f"**#{call.t(f'programme.{programme.preset}.channel.{purpose}')}**"


async def _edit(message: "discord.Message | discord.PartialMessage", said: str) -> bool:
    """Let a message to the leaders say how it stands now, without its button; tell whether nothing older stands there."""
    try:
        await message.edit(content=said, view=None, allowed_mentions=discord.AllowedMentions.none())
    except discord.NotFound:
        return True
    except REFUSED as error:
        log.warning("a message to the leaders could not be changed: %s", type(error).__name__)
        return False
    return True


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Newcomers(bot))
