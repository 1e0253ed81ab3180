"""Private threads of one person and the bot: opening one, saying who can read it, putting it away.

The name and the first line tell nothing about whom it is for or what about. Where young people may be, the named adult is in
it before the person is, or it is not opened. Nothing here remembers which thread is whose.
"""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Literal

import discord

from bot.domain import ages
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit.call import NO_ANSWER

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

KEPT_MINUTES: Literal[10080] = 10080
"""How long a thread without a word stays in the list; a new message brings it back."""
CALL_SECONDS = 15.0
"""How long Discord may take for one call: somebody is waiting for the answer."""
UNKNOWN_CHANNEL, ARCHIVED, TOO_MANY_THREADS = 10003, 50083, 160006
FIRST_MESSAGES = 5
"""Among how many messages at a thread's beginning the bot's first one is looked for; Discord says who was added there, too."""
MOST_NAMED = 15
"""How many roles are named as readers; those beyond are counted."""
NEEDED = ("view_channel", "create_private_threads", "send_messages_in_threads")


def only(user_id: int) -> discord.AllowedMentions:
    """Let a message call this person and nobody else."""
    return discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)], replied_user=False)


async def create(bot: "PeerBot", guild: Guild, programme: Programme, locale: str) -> discord.Thread:
    """Open a thread under the programme's Start here channel, with nobody in it yet but the bot; raises PeerError."""
    _adult(guild)
    channel = _room(bot, guild, programme, locale)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await channel.create_thread(
                name=bot.tools.texts.t(locale, "reach.thread.name"),
                type=discord.ChannelType.private_thread,
                invitable=False,
                auto_archive_duration=KEPT_MINUTES,
            )
    except (discord.HTTPException, *NO_ANSWER) as error:
        raise _not_opened(error) from None


async def furnish(
    bot: "PeerBot", guild: Guild, thread: discord.Thread, user_id: int, locale: str, *, silent: bool = False
) -> None:
    """Let in whoever must be there, the person last, and say who can read it.

    Raises PeerError where that is not possible. A thread that was furnished before, wholly or in part, gets what it lacks.
    """
    try:
        async with asyncio.timeout(2 * CALL_SECONDS):
            if thread.archived:
                thread = await thread.edit(archived=False)
            if await _says_who_reads(bot, thread):
                if not await has_its_adult(bot, guild, thread.id, locale):
                    raise PeerError("reach.adult_not_here")
                await thread.add_user(discord.Object(user_id))
            else:
                await _furnish_first(bot, guild, thread, user_id, locale, silent)
    except (discord.HTTPException, *NO_ANSWER) as error:
        raise _not_opened(error) from None


async def _furnish_first(
    bot: "PeerBot", guild: Guild, thread: discord.Thread, user_id: int, locale: str, silent: bool
) -> None:
    adult_id = _adult(guild)
    await _let_in(thread, adult_id, user_id)
    t = bot.tools.texts.t
    said = [
        f"<@{user_id}> {t(locale, 'reach.thread.first')}",
        "",
        t(locale, "reach.thread.rest", settings=bot.command_sets.mention("settings", guild)),
    ]
    if isinstance(thread.parent, discord.TextChannel):
        said.append(readers(bot, thread.parent, user_id, adult_id, locale))
    await thread.send("\n".join(said), allowed_mentions=only(user_id), silent=silent)


async def _says_who_reads(bot: "PeerBot", thread: discord.Thread) -> bool:
    """Tell whether the bot's first message stands in a thread: the process may have ended before it was sent."""
    if thread.last_message_id is None:
        return False
    with contextlib.suppress(discord.Forbidden):
        async for message in thread.history(limit=FIRST_MESSAGES, oldest_first=True):
            if message.author == bot.user and not message.is_system():
                return True
    return False


def _not_opened(error: Exception) -> PeerError:
    log.warning("a private thread could not be opened or made ready: %s", type(error).__name__)
    if isinstance(error, discord.HTTPException) and error.code == TOO_MANY_THREADS:
        return PeerError("reach.too_many")
    return PeerError("reach.not_opened")


def readers(bot: "PeerBot", channel: discord.TextChannel, user_id: int, adult_id: int | None, locale: str) -> str:
    """Say who can read a private thread under this channel, as far as Discord tells us."""
    t = bot.tools.texts.t
    named = [f"<@{user_id}>", f"<@{channel.guild.me.id}>"]
    if adult_id is not None and adult_id != user_id:
        named.append(t(locale, "reach.readers.adult", adult=f"<@{adult_id}>"))
    roles, people = managing(channel)
    named += [f"<@{one}>" for one in people if one not in (user_id, adult_id)]
    named += [role.mention for role in roles[:MOST_NAMED]]
    if len(roles) > MOST_NAMED:
        named.append(t(locale, "reach.readers.more", n=len(roles) - MOST_NAMED))
    return t(locale, "reach.readers", people=", ".join(named))


def managing(channel: discord.TextChannel) -> tuple[list[discord.Role], list[int]]:
    """Return the roles, and the ids of single people, that may manage threads here, which lets them read private ones.

    A right that one role gives and another role's overwrite takes away counts as given: better one reader too many named
    than one too few. Administrators, who read everything, and the bot's own role are not listed.
    """
    everyone = channel.guild.default_role
    base = _may(everyone.permissions.manage_threads, channel.overwrites_for(everyone).manage_threads)
    roles = []
    for role in channel.guild.roles:
        if role.permissions.administrator or (role.managed and role in channel.guild.me.roles):
            continue
        may = base if role == everyone else _may(role.permissions.manage_threads or base, _overwritten(channel, role))
        if may and (role == everyone or not base):
            roles.append(role)
    people = [
        target.id
        for target, overwrite in channel.overwrites.items()
        if overwrite.manage_threads and not _is_role(target)
    ]
    return sorted(roles, reverse=True), [one for one in people if one != channel.guild.me.id]


def _overwritten(channel: discord.TextChannel, role: discord.Role) -> bool | None:
    return channel.overwrites_for(role).manage_threads


def _is_role(target: Any) -> bool:
    """Tell a role from a person; either may be known by its id alone."""
    return isinstance(target, discord.Role) or getattr(target, "type", None) is discord.Role


def _may(given: bool, overwritten: bool | None) -> bool:
    return given if overwritten is None else overwritten


async def has_its_adult(bot: "PeerBot", guild: Guild, thread_id: int, locale: str) -> bool:
    """See to it that the named adult is in the thread where young people may be; False where that is not possible.

    An adult who comes in later is named in the thread before anything else is said there. Raises what Discord answers, such
    as NotFound where the thread itself is gone.
    """
    if not ages.rules(guild.ages).adult_in_threads:
        return True
    if guild.adult_id is None:
        return False
    try:
        if await _is_in(bot, thread_id, guild.adult_id):
            return True
        await _let_in_later(bot, thread_id, guild.adult_id)
    except discord.NotFound as error:
        if error.code == UNKNOWN_CHANNEL:
            raise
        return False
    except discord.Forbidden:
        return False
    said = bot.tools.texts.t(locale, "reach.readers.adult_now", adult=f"<@{guild.adult_id}>")
    await bot.get_partial_messageable(thread_id).send(said, silent=True)
    return True


async def _is_in(bot: "PeerBot", thread_id: int, user_id: int) -> bool:
    try:
        await bot.http.get_thread_member(thread_id, user_id)
    except discord.NotFound as error:
        if error.code == UNKNOWN_CHANNEL:
            raise
        return False
    return True


async def _let_in_later(bot: "PeerBot", thread_id: int, user_id: int) -> None:
    """Let somebody into a thread, brought back where it was put away for being quiet."""
    try:
        await bot.http.add_user_to_thread(thread_id, user_id)
    except discord.HTTPException as error:
        if error.code != ARCHIVED or not await bring_back(bot, thread_id):
            raise
        await bot.http.add_user_to_thread(thread_id, user_id)


async def find(bot: "PeerBot", thread_id: int) -> discord.Thread | None:
    """Return a thread in which the bot may write; None where it is gone, closed to the bot or locked. Raises PeerError."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            thread = await bot.fetch_channel(thread_id)
    except (discord.NotFound, discord.Forbidden):
        return None
    except (discord.HTTPException, *NO_ANSWER) as error:
        raise _not_opened(error) from None
    if not isinstance(thread, discord.Thread) or thread.locked or thread.parent is None:
        return None
    return thread if thread.permissions_for(thread.guild.me).send_messages_in_threads else None


async def bring_back(bot: "PeerBot", thread_id: int) -> bool:
    """Take a thread out of the archive, and tell whether that was done; one that people locked is left there."""
    thread = await bot.fetch_channel(thread_id)
    if not isinstance(thread, discord.Thread) or thread.locked:
        return False
    await thread.edit(archived=False)
    return True


async def put_away(bot: "PeerBot", thread_id: int) -> None:
    """Archive a thread that nobody needs any more, as far as Discord lets us; what stands in it stays."""
    with contextlib.suppress(discord.HTTPException, *NO_ANSWER):
        async with asyncio.timeout(CALL_SECONDS):
            await bot.http.edit_channel(thread_id, archived=True)


async def _let_in(thread: discord.Thread, adult_id: int | None, user_id: int) -> None:
    """Add the adult, and only then the person."""
    if adult_id is not None and adult_id != user_id:
        try:
            await thread.add_user(discord.Object(adult_id))
        except (discord.Forbidden, discord.NotFound):
            raise PeerError("reach.adult_not_here") from None
    await thread.add_user(discord.Object(user_id))


def _room(bot: "PeerBot", guild: Guild, programme: Programme, locale: str) -> discord.TextChannel:
    """Return the channel in which threads are opened; raises PeerError where there is none or a right is missing."""
    channel = bot.get_channel(programme.channels.get("start", 0))
    if not isinstance(channel, discord.TextChannel) or channel.guild.id != guild.guild_id:
        raise PeerError("reach.no_channel")
    rights = channel.permissions_for(channel.guild.me)
    for right in NEEDED:
        if not getattr(rights, right):
            said = bot.tools.texts.t(locale, f"right.{right}")
            raise PeerError("reach.no_right", right=said, channel=channel.mention)
    return channel


def _adult(guild: Guild) -> int | None:
    """Return who has to be in the thread; raises PeerError where somebody has to be and nobody is named."""
    if not ages.rules(guild.ages).adult_in_threads:
        return None
    if guild.adult_id is None:
        raise PeerError("reach.no_adult")
    return guild.adult_id
