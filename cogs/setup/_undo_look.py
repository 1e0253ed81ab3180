"""What lies ahead of taking a programme back: what Discord says of each channel and role, and the plan that follows.

Whether somebody wrote in a channel is asked of Discord, never remembered. Whatever cannot be looked at counts as written in.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import discord

from bot.domain import undoing as rules
from bot.domain.presets import CATEGORY
from bot.domain.undoing import Bound, Item, Standing
from bot.kit.call import Call
from bot.services import setup
from bot.services.undoing import Undoing
from cogs.setup import _made
from cogs.setup._place import NO_ANSWER, Place, ask

PEOPLE, THREADS, HIDDEN, UNKNOWN = "people", "threads", "hidden", "unknown"
"""Why a channel is archived: somebody wrote in it; opened a thread in it; may have opened a private thread that we cannot
see; or it cannot be looked at whole."""
CLOSED, COMMUNITY = "closed", "community"
POWER, ORDER = "power", "order"
"""Why a role is kept: it was given rights; it stands above our own."""
MESSAGES_AT_MOST = 1_000
"""How many messages of our own are looked through in a channel, its threads included, before it counts as unknown."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A programme that is to be taken back, the server as it is, and what will be done."""

    now: Undoing
    place: Place
    items: tuple[Item, ...]
    heading_to: str | None
    """The programme that takes over our heading."""
    here: int | None
    """The channel in which the answer would go down with it."""

    @property
    def rev(self) -> str:
        """A fingerprint of the plan: what was shown is what is done, or it is shown anew."""
        told = [(item.kind, item.purpose, item.discord_id, item.why, item.to) for item in self.items]
        return hashlib.sha256(repr((self.now.programme.state, told)).encode()).hexdigest()[:12]

    @property
    def missing_rights(self) -> list[str]:
        """The rights that the plan needs and the bot has not got, by Discord's names."""
        own = self.place.own_rights
        return [right for right in sorted(rules.rights_needed(self.items)) if not getattr(own, right)]

    @property
    def ready(self) -> bool:
        """Whether nothing is in the way."""
        return not self.missing_rights and self.here is None


async def look(call: Call, now: Undoing) -> Outlook:
    """Ask Discord how things stand and return what would be done now."""
    place = await ask(call)
    now = await _with_lost(call, now, place)
    standing = await _standing(now, place)
    # Several of a kind in one channel, such as cards of meetings, are spoken of once.
    shown = ((panel.kind, panel.channel_id) for panel in now.panels if panel.message_id is not None)
    panels = list(dict.fromkeys(shown))
    # A heading that another programme needs and takes over is not ours to take away.
    heir = rules.heading_heir(now.bound, now.stays, standing)
    bound = tuple(replace(b, heir=heir) if heir and b.purpose == CATEGORY else b for b in now.bound)
    away = frozenset(channel_id for _, channel_id in panels) - place.channels.keys()
    standing = replace(standing, gone=standing.gone | away)
    items = rules.plan(bound, now.stays, panels, standing, commands=now.ends_commands)
    going = {item.discord_id for item in items if item.kind == "delete_channel"}
    return Outlook(now, place, items, heir, next(iter(going & _around(call)), None))


async def _with_lost(call: Call, now: Undoing, place: Place) -> Undoing:
    """Add what was made in a set-up that ended before it could be written down."""
    if now.programme.draft.get("since") is None:
        return now
    underway = await setup.underway(call.tools.db, call.guild_id, now.programme.id)
    lost = [
        Bound("role" if kind == "role" else "channel", purpose, one, ours=True, noted=False)
        for (kind, purpose), ids in _made.unknown(call, underway, place).items()
        for one in ids
    ]
    return replace(now, bound=(*now.bound, *lost))


def _around(call: Call) -> set[int]:
    """Return the channel in which the person is, and the one around it where that is a thread."""
    parent = getattr(call.interaction.channel, "parent_id", None)
    return {one for one in (call.interaction.channel_id, parent) if one is not None}


async def _standing(now: Undoing, place: Place) -> Standing:
    """Return what Discord says of what is bound."""
    there = place.channels.keys() | place.roles.keys()
    gone = frozenset(b.discord_id for b in now.bound) - there
    gone |= {one.category_id for one in now.stays if one.category_id is not None} - there
    ours = [b for b in now.bound if b.ours and b.heir is None and b.discord_id in there]
    channels = [place.channels[b.discord_id] for b in ours if b.kind == "channel"]
    roles = [place.roles[b.discord_id] for b in ours if b.kind == "role"]
    held = {one.id: why for one in channels if (why := channel_held(place, one))}
    held |= {one.id: why for one in roles if (why := role_held(place, one))}
    asked = [one for one in channels if isinstance(one, discord.TextChannel) and one.id not in held]
    wrote = await asyncio.gather(*(written(place, one) for one in asked))
    return Standing(
        gone=gone,
        written={one.id: why for one, why in zip(asked, wrote, strict=True) if why},
        held=held,
        below={b.discord_id: below(place, b.discord_id) for b in now.bound if b.purpose == CATEGORY},
        opens={role.id: opened_by(place, role) for role in roles},
        worn=await _worn(place) if roles else {},
    )


def below(place: Place, category_id: int) -> frozenset[int]:
    """Return the channels that stand below a heading."""
    return frozenset(channel.id for channel in place.channels.values() if channel.category_id == category_id)


def opened_by(place: Place, role: discord.Role) -> frozenset[int]:
    """Return the channels and headings that have rules for a role."""
    return frozenset(channel.id for channel in place.channels.values() if _has_rules_for(channel, role))


def _has_rules_for(channel: discord.abc.GuildChannel, role: discord.Role) -> bool:
    return any(target.id == role.id and not rights.is_empty() for target, rights in channel.overwrites.items())


def channel_held(place: Place, channel: discord.abc.GuildChannel) -> str | None:
    """Return why a channel or heading of ours cannot or must not be taken away; None: it may."""
    guild = place.guild
    if channel in (guild.rules_channel, guild.public_updates_channel, guild.safety_alerts_channel):
        return COMMUNITY
    if not isinstance(channel, discord.TextChannel | discord.CategoryChannel):
        return CLOSED
    mine = channel.permissions_for(guild.me)
    # Where the whole server denies us this right, it is asked for; here it is about this channel alone.
    may_manage = mine.manage_channels or not place.own_rights.manage_channels
    return None if mine.view_channel and may_manage else CLOSED


def role_held(place: Place, role: discord.Role) -> str | None:
    """Return why a role of ours cannot or must not be taken away; None: it may, as far as channels have no rules for it."""
    if role.managed or role.is_default() or role.permissions.value & ~place.everyone.permissions.value:
        return POWER
    return None if place.below_bot(role) else ORDER


async def _worn(place: Place) -> dict[int, int]:
    """Return how many people wear each role; nothing where Discord does not say."""
    try:
        return {role.id: count for role, count in (await place.guild.role_member_counts()).items()}
    except NO_ANSWER:
        return {}


async def written(place: Place, channel: discord.TextChannel) -> str | None:
    """Return why a channel of ours is not deleted but archived; None: nobody but the bot ever wrote in it."""
    mine = channel.permissions_for(place.guild.me)
    if not mine.read_message_history:
        # Discord then says that there are no messages.
        return UNKNOWN
    if not mine.manage_threads and _may_hide(place, channel):
        return HIDDEN
    try:
        return await _look_through(place, channel, mine)
    except NO_ANSWER:
        return UNKNOWN


def _may_hide(place: Place, channel: discord.TextChannel) -> bool:
    """Tell whether people, administrators aside, may open private threads there, which only those in them see."""
    everyone = channel.overwrites_for(place.everyone).create_private_threads
    for target, rights in channel.overwrites.items():
        if target.id != place.guild.me.id and rights.create_private_threads:
            return True
    if everyone is False:
        return False
    own = place.guild.self_role
    return any(role.permissions.create_private_threads for role in place.roles.values() if role != own)


async def _look_through(place: Place, channel: discord.TextChannel, mine: discord.Permissions) -> str | None:
    own_id, seen = place.guild.me.id, 0
    threads = [thread async for thread in _threads(place, channel, mine)]
    if any(thread.owner_id != own_id for thread in threads):
        return THREADS
    rooms: list[discord.abc.Messageable] = [channel, *threads]
    for room in rooms:
        async for message in room.history(limit=MESSAGES_AT_MOST - seen + 1):
            seen += 1
            if message.author.id != own_id:
                return PEOPLE
            if seen > MESSAGES_AT_MOST:
                return UNKNOWN
    return None


async def _threads(
    place: Place, channel: discord.TextChannel, mine: discord.Permissions
) -> AsyncIterator[discord.Thread]:
    """Yield the threads of a channel that the bot can see, archived ones as well."""
    for thread in await place.guild.active_threads():
        if thread.parent_id == channel.id:
            yield thread
    async for thread in channel.archived_threads(limit=None):
        yield thread
    async for thread in channel.archived_threads(private=True, joined=not mine.manage_threads, limit=None):
        yield thread
