"""Private threads of one person and the bot: opening one, saying who can read it, putting it away.

The name and the first line tell nothing about whom it is for or what about. Where young people may be, the named adult is in
it before the person is, or it is not opened. Nothing here remembers which thread is whose.
"""

import contextlib
import logging
from typing import TYPE_CHECKING, Any, Literal

import aiohttp
import discord

from bot.domain import ages
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

KEPT_MINUTES: Literal[10080] = 10080
"""How long a thread without a word stays in the list; a new message brings it back."""
NO_ANSWER = (aiohttp.ClientError, OSError)
UNKNOWN_CHANNEL = 10003
MOST_NAMED = 15
"""How many roles are named as readers; those beyond are counted."""
NEEDED = ("view_channel", "create_private_threads", "send_messages_in_threads")


def only(user_id: int) -> discord.AllowedMentions:
    """Let a message call this person and nobody else."""
    return discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)], replied_user=False)


async def open_for(
    bot: "PeerBot", guild: Guild, programme: Programme, user_id: int, locale: str, *, silent: bool = False
) -> int:
    """Open a thread for the person under the programme's Start here channel and return its id; raises PeerError."""
    channel, adult_id = _room(bot, guild, programme, locale), _adult(guild)
    t = bot.tools.texts.t
    try:
        thread = await channel.create_thread(
            name=t(locale, "reach.thread.name"),
            type=discord.ChannelType.private_thread,
            invitable=False,
            auto_archive_duration=KEPT_MINUTES,
        )
    except (discord.HTTPException, *NO_ANSWER) as error:
        log.warning("a private thread could not be opened: %s", type(error).__name__)
        raise PeerError("reach.not_opened") from None
    try:
        await _let_in(thread, adult_id, user_id)
        said = [
            f"<@{user_id}> {t(locale, 'reach.thread.first')}",
            "",
            t(locale, "reach.thread.rest", settings=bot.command_sets.mention("settings", guild)),
            readers(bot, channel, user_id, adult_id, locale),
        ]
        await thread.send("\n".join(said), allowed_mentions=only(user_id), silent=silent)
    except PeerError:
        await _end(thread)
        raise
    except (discord.HTTPException, *NO_ANSWER) as error:
        log.warning("a private thread could not be made ready: %s", type(error).__name__)
        await _end(thread)
        raise PeerError("reach.not_opened") from None
    return thread.id


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


async def has_its_adult(bot: "PeerBot", guild: Guild, thread_id: int) -> bool:
    """See to it that the named adult is in the thread where young people may be; False where that is not possible.

    Raises what Discord answers, such as NotFound where the thread itself is gone.
    """
    if not ages.rules(guild.ages).adult_in_threads:
        return True
    if guild.adult_id is None:
        return False
    try:
        await bot.http.add_user_to_thread(thread_id, guild.adult_id)
    except discord.NotFound as error:
        if error.code == UNKNOWN_CHANNEL:
            raise
        return False
    except discord.Forbidden:
        return False
    return True


async def stands(bot: "PeerBot", guild: Guild, thread_id: int) -> bool:
    """Tell whether a thread is there, open to the bot, and has the adult in it that it must have."""
    try:
        thread = await bot.fetch_channel(thread_id)
        if not isinstance(thread, discord.Thread) or thread.locked:
            return False
        return await has_its_adult(bot, guild, thread_id)
    except (discord.NotFound, discord.Forbidden):
        return False
    except (discord.HTTPException, *NO_ANSWER) as error:
        log.warning("a private thread could not be looked at: %s", type(error).__name__)
        raise PeerError("reach.not_opened") from None


async def bring_back(bot: "PeerBot", thread_id: int) -> bool:
    """Take a thread out of the archive, and tell whether that was done; one that people locked is left there."""
    thread = await bot.fetch_channel(thread_id)
    if not isinstance(thread, discord.Thread) or thread.locked:
        return False
    await thread.edit(archived=False)
    return True


async def put_away(bot: "PeerBot", guild_id: int, thread_id: int) -> None:
    """Archive a thread that nobody needs any more, as far as Discord lets us; what stands in it stays."""
    found = bot.get_guild(guild_id)
    thread = found.get_thread(thread_id) if found is not None else None
    if thread is not None:
        await _end(thread)


async def _end(thread: discord.Thread) -> None:
    with contextlib.suppress(discord.HTTPException, *NO_ANSWER):
        await thread.edit(archived=True)


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
