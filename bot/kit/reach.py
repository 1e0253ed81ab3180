"""Reaching people: each chooses a way once in every guild, it is opened at that moment, and what is said goes by it.

A message begins with a line that may stand on a lock screen; what follows it must be fit to be glanced at as well, for
some phones show more than one line. Where young people may be, there are no direct messages, and the named adult is in
every private thread before anybody else is. Nothing here keeps for later: what must arrive is planned by whoever says it.
"""

import asyncio
import contextlib
import logging
import weakref
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.domain import ages
from bot.domain.guilds import Guild, Programme
from bot.domain.reaching import WAYS, Reach, Sending, Way, is_paused, may_send, offered
from bot.errors import PeerError
from bot.kit import threads, views
from bot.kit.call import CONTENT_LIMIT, Call, Reply
from bot.kit.views import Style
from bot.services import reaching
from bot.steps.members import NeedsConsent

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

NO_ANSWER = (aiohttp.ClientError, OSError)
GONE = (discord.Forbidden, discord.NotFound)
THREAD_ARCHIVED = 50083
TOLD, NOWHERE, CLOSED, UNCHOSEN, FAILED = "told", "nowhere", "closed", "unchosen", "failed"

_one_at_a_time: "weakref.WeakValueDictionary[tuple[int, int], asyncio.Lock]" = weakref.WeakValueDictionary()
"""One lock for each person in each guild while somebody needs it: two presses at once open one thread. A guild is always
served by one process."""


# -- choosing ---------------------------------------------------------------------------------------------------------------


async def ask(call: Call, guild: Guild, programme: Programme, *, then: str) -> Reply:
    """Ask the person how they want to be reached here.

    After the choice, the thread or direct message having been opened, the route `then` ("newcomers:greet") is answered with
    the programme's id as its token. It must not open a form.
    """
    token = f"{programme.id}.{then.replace(':', '/')}"
    rules = ages.rules(guild.ages)
    lacks_adult = rules.adult_in_threads and guild.adult_id is None
    said = [call.t("reach.ask"), f"- {call.t('reach.ask.thread')}"]
    if rules.adult_in_threads:
        adult = "reach.ask.no_adult" if lacks_adult else "reach.ask.adult"
        said[-1] += " " + call.t(adult, adult=f"<@{guild.adult_id}>")
    said += [f"- {call.t(f'reach.ask.{way}')}" for way in offered(rules) if way != "thread"]
    said.append(call.t("reach.ask.later", settings=call.interaction.client.command_sets.mention("settings", guild)))
    buttons = [
        views.button(
            call.t(f"reach.button.{way}"),
            f"settings:way:{way}.{token}",
            Style.primary if way == "thread" else Style.secondary,
            disabled=way == "thread" and lacks_adult,
        )
        for way in offered(rules)
    ]
    return Reply("\n".join(said), views.rows(buttons))


def read_way(text: str) -> Way:
    """Return the way of that name; raises PeerError for what no screen of ours offers."""
    for way in WAYS:
        if way == text:
            return way
    raise PeerError("error.button_gone")


async def choose(call: Call, guild: Guild, programme: Programme, way: Way, *, agreed: bool = False) -> str:
    """Open the way the person chose, remember it, and return what to tell them.

    Raises PeerError where it cannot be opened (nothing is changed then), and `NeedsConsent` before the first yes.
    """
    rules = ages.rules(guild.ages)
    if way not in offered(rules):
        raise PeerError("reach.no_dm")
    bot, user_id = call.interaction.client, call.actor.user_id
    db, clock = bot.tools.db, bot.tools.clock
    async with _lock(guild.guild_id, user_id):
        before = await reaching.standing(db, guild.guild_id, user_id)
        if not (agreed or before.agreed):
            raise NeedsConsent
        old = before.reach
        stays = old is not None and old.way == way and await _still_open(bot, guild, old)
        if old is not None and stays:
            channel_id = old.channel_id
        else:
            channel_id = await _open(bot, guild, programme, user_id, way, call.actor.locale)
        await reaching.choose(db, clock, guild.guild_id, user_id, way, channel_id=channel_id, agreed=agreed)
        if old is not None and old.way == "thread" and not stays:
            await _leave(bot, guild, old)
    return call.t(f"reach.chosen.{way}", thread=f"<#{channel_id}>")


async def _open(bot: "PeerBot", guild: Guild, programme: Programme, user_id: int, way: Way, locale: str) -> int | None:
    if way == "thread":
        return await threads.open_for(bot, guild, programme, user_id, locale)
    if way == "dm":
        return await _open_dm(bot, guild, user_id, locale)
    return None


async def _open_dm(bot: "PeerBot", guild: Guild, user_id: int, locale: str) -> int:
    """Open a direct message by sending the first one, which proves that it works."""
    t = bot.tools.texts.t
    settings = bot.command_sets.mention("settings", guild)
    said = [t(locale, "reach.dm.first"), "", t(locale, "reach.dm.rest", settings=settings)]
    try:
        channel = await bot.create_dm(discord.Object(user_id))
        await channel.send("\n".join(said))
    except GONE:
        raise PeerError("reach.dm_closed") from None
    except (discord.HTTPException, *NO_ANSWER) as error:
        log.warning("a direct message could not be opened: %s", type(error).__name__)
        raise PeerError("reach.not_opened") from None
    return channel.id


async def _still_open(bot: "PeerBot", guild: Guild, reach: Reach) -> bool:
    """Tell whether what was opened for a way is there and in order, so that nothing has to be opened anew."""
    if reach.way != "thread":
        return reach.closed_at is None
    if reach.closed_at is not None or reach.channel_id is None:
        return False
    return await threads.stands(bot, guild, reach.channel_id)


async def _leave(bot: "PeerBot", guild: Guild, old: Reach) -> None:
    """Put away the thread that the person uses no more; nothing in it is deleted."""
    if old.channel_id is not None:
        await threads.put_away(bot, guild.guild_id, old.channel_id)


# -- telling ----------------------------------------------------------------------------------------------------------------


async def tell(
    bot: "PeerBot",
    guild: Guild,
    programme: Programme,
    user_id: int,
    key: str,
    *,
    view: discord.ui.View | None = None,
    **args: Any,
) -> str:
    """Say a sentence to a person in their language by the way they chose, and return what became of it.

    "told"; "nowhere" (they want nothing to be sent, or pause); "closed" (no way is open: they hear of it at the next use of
    their settings); "unchosen" (ask them first); "failed" (nothing was sent, and it may be tried again). In quiet hours it is
    sent without a sound. Where direct messages have been closed, a private thread here is opened instead.
    """
    locale = bot.tools.languages.locale(user_id, guild.locale)
    body = "\n".join([bot.tools.texts.t(locale, "reach.neutral"), "", bot.tools.texts.t(locale, key, **args)])
    said = _Said(bot, guild, programme, user_id, locale, body, view)
    try:
        async with _lock(guild.guild_id, user_id):
            return await said.by_the_way_chosen()
    except PeerError as error:
        log.warning("somebody could not be told something: %s", error.key)
    except (discord.HTTPException, *NO_ANSWER) as error:
        log.warning("somebody could not be told something: %s", type(error).__name__)
    return FAILED


class _Said:
    """One message on its way to a person; used while their lock is held."""

    def __init__(
        self,
        bot: "PeerBot",
        guild: Guild,
        programme: Programme,
        user_id: int,
        locale: str,
        body: str,
        view: discord.ui.View | None,
    ) -> None:
        self._bot = bot
        self._guild = guild
        self._programme = programme
        self._user_id = user_id
        self._locale = locale
        self._body = body
        self._view = view
        self._silent = False

    async def by_the_way_chosen(self) -> str:
        """Send it by the way the person chose, or by what there is instead."""
        bot, now = self._bot, self._bot.tools.clock.now()
        standing = await reaching.standing(bot.tools.db, self._guild.guild_id, self._user_id)
        reach, sending = standing.reach, standing.sending or Sending(self._guild.zone)
        if reach is None:
            return UNCHOSEN
        if reach.way == "nowhere" or reach.channel_id is None or is_paused(now, sending):
            return NOWHERE
        self._silent = not may_send(now, sending)
        if reach.way == "dm" and ages.rules(self._guild.ages).direct_messages:
            with contextlib.suppress(*GONE):
                await self._send(reach.channel_id)
                return TOLD
        if reach.way == "thread":
            found = await self._in_thread(reach.channel_id)
            if found is not None:
                return await self._closed(reach) if found == CLOSED else found
        return await self._in_new_thread(reach)

    async def _in_thread(self, channel_id: int) -> str | None:
        """Send it to the thread; return None where that is gone and another may be opened."""
        try:
            if not await threads.has_its_adult(self._bot, self._guild, channel_id):
                return CLOSED
            await self._send_to_thread(channel_id)
        except discord.NotFound:
            return None
        except discord.HTTPException as error:
            # What people locked, or shut the bot out of, is left as they want it.
            if not isinstance(error, discord.Forbidden) and error.code != THREAD_ARCHIVED:
                raise
            return CLOSED
        return TOLD

    async def _send_to_thread(self, channel_id: int) -> None:
        """Send it to the thread, brought back where it was put away for being quiet."""
        try:
            await self._send(channel_id, mention=True)
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED or not await threads.bring_back(self._bot, channel_id):
                raise
            await self._send(channel_id, mention=True)

    async def _in_new_thread(self, old: Reach) -> str:
        """Open a private thread in place of what is closed and send it there."""
        try:
            channel_id = await threads.open_for(
                self._bot, self._guild, self._programme, self._user_id, self._locale, silent=self._silent
            )
        except PeerError:
            return await self._closed(old)
        now = Reach("thread", channel_id, closed_at=self._bot.tools.clock.now())
        db, guild_id = self._bot.tools.db, self._guild.guild_id
        if not await reaching.moved(db, guild_id, self._user_id, was=old, now=now):
            # They were erased, or chose anew elsewhere, in this very moment.
            await threads.put_away(self._bot, guild_id, channel_id)
            return UNCHOSEN
        await self._send(channel_id, mention=True)
        return TOLD

    async def _closed(self, old: Reach) -> str:
        now = Reach(old.way, old.channel_id, closed_at=self._bot.tools.clock.now())
        await reaching.moved(self._bot.tools.db, self._guild.guild_id, self._user_id, was=old, now=now)
        return CLOSED

    async def _send(self, channel_id: int, *, mention: bool = False) -> None:
        channel = self._bot.get_partial_messageable(channel_id)
        body = f"<@{self._user_id}> {self._body}" if mention else self._body
        await channel.send(
            body[:CONTENT_LIMIT],
            view=self._view or discord.utils.MISSING,
            silent=self._silent,
            allowed_mentions=threads.only(self._user_id),
        )


def _lock(guild_id: int, user_id: int) -> asyncio.Lock:
    return _one_at_a_time.setdefault((guild_id, user_id), asyncio.Lock())
