"""What lies ahead of a set-up: the plan as it would be done now, and what stands in its way.

The dry run shows it and the doing looks at it afresh, so that nothing is done that was not shown.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import discord

from bot.domain.programmes import ChannelSpec, Item, Preset, Standing, may_give, meant, rights_needed
from bot.errors import PeerError
from bot.kit.call import Call
from bot.services.setup import Underway
from cogs.setup import _made
from cogs.setup._place import Place, ask

POWER, ORDER, WORN = "power", "order", "worn"
"""Why a role is not given: the person could not give it themselves; it stands above the bot; they wear it already."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A set-up, the server as it is, and what will be done."""

    now: Underway
    place: Place
    items: tuple[Item, ...]
    flaws: tuple[PeerError, ...]
    """What must be mended before anything is done."""
    kept_back: Mapping[int, str]
    """Roles that "me for now" would give, and why they are not given."""
    closed: tuple[int, ...]
    """Channels in which the bot could not post."""

    @property
    def rev(self) -> str:
        """A fingerprint of the plan: what was shown is what is done, or it is shown anew."""
        return hashlib.sha256(repr(self.items).encode()).hexdigest()[:12]

    @property
    def missing_rights(self) -> list[str]:
        """The rights that the plan needs and the bot has not got, by Discord's names."""
        own = self.place.own_rights
        return [right for right in sorted(rights_needed(self.items)) if not getattr(own, right)]

    @property
    def ready(self) -> bool:
        """Whether there is something to do and nothing in its way."""
        return bool(self.items) and not self.flaws and not self.missing_rights


async def look(call: Call, now: Underway) -> Outlook:
    """Ask Discord how things stand and return what would be done now."""
    place = await ask(call)
    gone = frozenset(
        {*now.draft.channels.values(), *now.programme.channels.values()} - place.channels.keys()
        | {*now.draft.roles.values(), *now.programme.roles.values()} - place.roles.keys()
    )
    found = _made.found(call, now, place)
    channels = {s.purpose: meant_channel(now, s.purpose, gone) for s in now.preset.channels}
    roles = {p: meant(now.draft.roles.get(p), now.programme.roles.get(p), gone) for p in now.preset.roles}
    givable = {p: roles[p] or found.get(("role", p)) for p in now.preset.roles}
    made = now.made | set(found.values())
    verdicts = {p: refused(now, place, place.roles[one], made=one in made) for p, one in givable.items() if one}
    standing = Standing(
        gone=gone,
        found=found,
        may_give=frozenset(p for p, why in verdicts.items() if why is None),
        shut_out=frozenset(_shut_out(now, place, channels, givable)),
    )
    kept_back = {givable[p] or 0: why for p, why in verdicts.items() if why in (POWER, ORDER)}
    there = [place.channels[one] for one in channels.values() if one is not None]
    return Outlook(
        now=now,
        place=place,
        items=now.plan(standing),
        flaws=tuple(flaws(place, now.preset, channels, roles)),
        kept_back=kept_back if now.draft.mine else {},
        closed=tuple(c.id for c in there if not c.permissions_for(place.guild.me).send_messages),
    )


def meant_channel(now: Underway, purpose: str, gone: frozenset[int]) -> int | None:
    """Return which channel will serve a purpose, as far as it is there."""
    return meant(now.draft.channels.get(purpose), now.programme.channels.get(purpose), gone)


def refused(now: Underway, place: Place, role: discord.Role, *, made: bool) -> str | None:
    """Return why set-up does not give this role to whoever presses; None: it may. `made`: by us."""
    if role.id in place.actor.role_ids:
        return WORN
    allowed = may_give(
        powerless=made and _powerless(now, place, role),
        manages_roles=place.manages_roles,
        below_own_top=place.below_person(role),
    )
    if role.managed or role.is_default() or not allowed:
        return POWER
    return None if place.below_bot(role) else ORDER


def _powerless(now: Underway, place: Place, role: discord.Role) -> bool:
    """Tell whether a role lets its wearers do and see no more than everybody, our own channels aside."""
    if role.permissions.value & ~place.everyone.permissions.value:
        return False
    others = (channel for channel in place.channels.values() if channel.id not in now.made)
    return not any(channel.overwrites_for(role).pair()[0].value for channel in others)


def flaws(
    place: Place, preset: Preset, channels: Mapping[str, int | None], roles: Mapping[str, int | None]
) -> list[PeerError]:
    """Return what is wrong with the channels and roles that serve, or will serve, a programme."""
    out: list[PeerError] = []
    seen: set[int] = set()
    for purpose, channel_id in channels.items():
        spec, channel = preset.channel(purpose), place.channels.get(channel_id or 0)
        if spec is None or channel is None:
            continue
        if channel.id in seen:
            out.append(PeerError("setup.channel.twice", channel=channel.mention))
        seen.add(channel.id)
        flaw = channel_flaw(place, spec, channel)
        if flaw is not None:
            out.append(flaw)
    chosen = [place.roles[role_id] for role_id in dict.fromkeys(roles.values()) if role_id in place.roles]
    return out + [flaw for role in chosen if (flaw := role_flaw(role)) is not None]


def channel_flaw(place: Place, spec: ChannelSpec, channel: discord.abc.GuildChannel) -> PeerError | None:
    """Return why a channel cannot serve a purpose; None: it can."""
    if channel.type is not discord.ChannelType.text:
        return PeerError("setup.channel.unfit", channel=channel.mention)
    if spec.access == "moderators" and place.seen_by(channel, place.everyone):
        return PeerError("setup.channel.open", channel=channel.mention)
    return None


def role_flaw(role: discord.Role) -> PeerError | None:
    """Return why a role cannot serve any purpose; None: it can."""
    if role.is_default() or role.managed:
        return PeerError("setup.role.unfit", role=role.mention)
    return None


def _shut_out(
    now: Underway, place: Place, channels: Mapping[str, int | None], roles: Mapping[str, int | None]
) -> list[str]:
    """Return the moderators' channels of ours that stay, and into which the moderators' role cannot look."""
    moderators = place.roles.get(roles.get("moderator") or 0)
    out = []
    for spec in now.preset.channels:
        channel = place.channels.get(channels[spec.purpose] or 0)
        if spec.access != "moderators" or channel is None or channel.id not in now.made:
            continue
        if moderators is None or not place.seen_by(channel, moderators):
            out.append(spec.purpose)
    return out
