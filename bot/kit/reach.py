"""Reaching people: each chooses a way once in every guild, it is opened at that moment, and what is said goes by it.

A message begins with a line that may stand on a lock screen; what follows it must be fit to be glanced at as well, for
some phones show more than one line. Where young people may be, there are no direct messages, and the named adult is in
every private thread before anybody else is. Nothing here keeps for later: what must arrive is planned by whoever says it.
"""

import asyncio
import contextlib
import functools
import logging
import weakref
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord

from bot.domain import ages
from bot.domain.guilds import Guild, Programme
from bot.domain.reaching import WAYS, Reach, Sending, Way, is_paused, may_send, offered
from bot.errors import PeerError
from bot.kit import threads, views
from bot.kit.call import CONTENT_LIMIT, NO_ANSWER, Call, Reply
from bot.kit.views import Style
from bot.services import reaching
from bot.steps.members import NeedsConsent

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

GONE = (discord.Forbidden, discord.NotFound)
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

    Raises PeerError where it cannot be opened (their way stays as it was), and `NeedsConsent` before the first yes.
    """
    bot, user_id, locale = call.interaction.client, call.actor.user_id, call.actor.locale
    async with _lock(guild.guild_id, user_id):
        guild = await _as_it_is_now(bot, guild)
        if way not in offered(ages.rules(guild.ages)):
            raise PeerError("reach.no_dm")
        before = await reaching.standing(bot.tools.db, guild.guild_id, user_id)
        if not (agreed or before.agreed):
            raise NeedsConsent
        old = before.reach
        write = functools.partial(
            reaching.choose, bot.tools.db, bot.tools.clock, guild.guild_id, user_id, way, agreed=agreed
        )
        channel_id: int | None
        if way == "thread":
            channel_id = await _into_thread(bot, guild, programme, user_id, locale, old, write)
        else:
            channel_id = await _open_dm(bot, guild, user_id, locale, old) if way == "dm" else None
            await write(channel_id=channel_id)
        if old is not None and old.way == "thread" and old.channel_id not in (None, channel_id):
            await threads.put_away(bot, old.channel_id)
    return call.t(f"reach.chosen.{way}", thread=f"<#{channel_id}>")


async def _as_it_is_now(bot: "PeerBot", guild: Guild) -> Guild:
    """Return the guild read again: whoever waited for their turn may hold what it said of its ages before."""
    return await bot.tools.guilds.get(guild.guild_id) or guild


async def _into_thread(
    bot: "PeerBot",
    guild: Guild,
    programme: Programme,
    user_id: int,
    locale: str,
    old: Reach | None,
    write: Callable[..., Awaitable[None]],
) -> int:
    """Let the person into the thread they had, or into a new one; it is written down before anybody is in it."""
    if old is not None and old.way == "thread" and old.channel_id is not None:
        thread = await threads.find(bot, old.channel_id)
        if thread is not None:
            await threads.furnish(bot, guild, thread, user_id, locale)
            await write(channel_id=thread.id)
            return thread.id
    thread = await threads.create(bot, guild, programme, locale)
    new = Reach("thread", thread.id)
    try:
        await write(channel_id=thread.id)
    except Exception:
        await threads.put_away(bot, thread.id)
        raise
    try:
        await threads.furnish(bot, guild, thread, user_id, locale)
    except Exception:
        await threads.put_away(bot, thread.id)
        await reaching.put_back(bot.tools.db, guild.guild_id, user_id, was=new, now=old)
        raise
    return thread.id


async def _open_dm(bot: "PeerBot", guild: Guild, user_id: int, locale: str, old: Reach | None) -> int:
    """Open a direct message by sending the first one, which proves that it works; one that is open is left as it is."""
    if old is not None and old.way == "dm" and old.channel_id is not None and old.closed_at is None:
        return old.channel_id
    t = bot.tools.texts.t
    settings = bot.command_sets.mention("settings", guild)
    said = [t(locale, "reach.dm.first"), "", t(locale, "reach.dm.rest", settings=settings)]
    try:
        async with asyncio.timeout(threads.CALL_SECONDS):
            channel = await bot.create_dm(discord.Object(user_id))
            await channel.send("\n".join(said))
    except GONE:
        raise PeerError("reach.dm_closed") from None
    except (discord.HTTPException, *NO_ANSWER) as error:
        log.warning("a direct message could not be opened: %s", type(error).__name__)
        raise PeerError("reach.not_opened") from None
    return channel.id


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
    their settings); "unchosen" (ask them first); "failed" (as far as is known nothing was sent, and it may be tried again).
    In quiet hours it is sent without a sound. Where direct messages have been closed, a private thread is opened instead.
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
        self._guild = await _as_it_is_now(bot, self._guild)
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
                return await self._told_directly(reach)
        if reach.way == "thread":
            found = await self._in_thread(reach.channel_id)
            if found is not None:
                return await self._closed(reach) if found == CLOSED else found
        return await self._in_new_thread(reach)

    async def _in_thread(self, channel_id: int) -> str | None:
        """Send it to the thread; return None where that is gone and another may be opened."""
        try:
            if not await threads.has_its_adult(self._bot, self._guild, channel_id, self._locale):
                return CLOSED
            await self._send_to_thread(channel_id)
        except discord.NotFound:
            return None
        except discord.HTTPException as error:
            # What people locked, or shut the bot out of, is left as they want it.
            if not isinstance(error, discord.Forbidden) and error.code != threads.ARCHIVED:
                raise
            return CLOSED
        return TOLD

    async def _send_to_thread(self, channel_id: int) -> None:
        """Send it to the thread, brought back where it was put away for being quiet."""
        try:
            await self._send(channel_id, mention=True)
        except discord.HTTPException as error:
            if error.code != threads.ARCHIVED or not await threads.bring_back(self._bot, channel_id):
                raise
            await self._send(channel_id, mention=True)

    async def _told_directly(self, reach: Reach) -> str:
        if reach.closed_at is not None:
            now = Reach(reach.way, reach.channel_id)
            # It has been said, whether or not that it got through can be written down.
            with contextlib.suppress(PeerError):
                await reaching.moved(self._bot.tools.db, self._guild.guild_id, self._user_id, was=reach, now=now)
        return TOLD

    async def _in_new_thread(self, old: Reach) -> str:
        """Open a private thread in place of what is closed and send it there."""
        bot, db, guild_id = self._bot, self._bot.tools.db, self._guild.guild_id
        try:
            thread = await threads.create(bot, self._guild, self._programme, self._locale)
        except PeerError:
            return await self._closed(old)
        new = Reach("thread", thread.id, closed_at=bot.tools.clock.now())
        try:
            moved = await reaching.moved(db, guild_id, self._user_id, was=old, now=new)
        except Exception:
            await threads.put_away(bot, thread.id)
            raise
        if not moved:
            # They were erased in this very moment.
            await threads.put_away(bot, thread.id)
            return UNCHOSEN
        try:
            await threads.furnish(bot, self._guild, thread, self._user_id, self._locale, silent=self._silent)
        except PeerError:
            await threads.put_away(bot, thread.id)
            await reaching.put_back(db, guild_id, self._user_id, was=new, now=old)
            return await self._closed(old)
        await self._send(thread.id, mention=True)
        return TOLD

    async def _closed(self, old: Reach) -> str:
        now = Reach(old.way, old.channel_id, closed_at=old.closed_at or self._bot.tools.clock.now())
        await reaching.moved(self._bot.tools.db, self._guild.guild_id, self._user_id, was=old, now=now)
        return CLOSED

    async def _send(self, channel_id: int, *, mention: bool = False) -> None:
        channel = self._bot.get_partial_messageable(channel_id)
        body = f"<@{self._user_id}> {self._body}" if mention else self._body
        async with asyncio.timeout(threads.CALL_SECONDS):
            await channel.send(
                body[:CONTENT_LIMIT],
                view=self._view or discord.utils.MISSING,
                silent=self._silent,
                allowed_mentions=threads.only(self._user_id),
            )


def _lock(guild_id: int, user_id: int) -> asyncio.Lock:
    return _one_at_a_time.setdefault((guild_id, user_id), asyncio.Lock())
