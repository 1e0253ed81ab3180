"""What lies ahead of a set-up: the plan as it would be done now, and what stands in its way.

The dry run shows it and the doing looks at it afresh, so that nothing is done that was not shown.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import discord

from bot.domain.guilds import Guild, Programme
from bot.domain.presets import ChannelSpec
from bot.domain.programmes import LOOKS_IN, Item, Standing, may_give, meant, rights_needed
from bot.errors import PeerError
from bot.kit.call import Call
from bot.services.setup import Underway
from cogs.setup import _made
from cogs.setup._place import Place, ask
from data.programmes import features_of, presets

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
    together: Mapping[tuple[str, str], int]
    """What serves because another programme of the server has it: ("role" or "channel", purpose) → id."""
    left_out: bool
    """Whether there are roles that "me for now" leaves out as long as nobody asks for them: those not made just now."""
    commands: tuple[str, ...]
    """The names of the commands that this programme adds to the server."""

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
    def gives(self) -> bool:
        """Whether somebody gets a role."""
        return any(item.kind == "give_role" for item in self.items)

    @property
    def ready(self) -> bool:
        """Whether there is something to do and nothing in its way."""
        return bool(self.items) and not self.flaws and not self.missing_rights


async def look(call: Call, now: Underway) -> Outlook:
    """Ask Discord how things stand and return what would be done now."""
    place = await ask(call)
    gone = _gone(now, place)
    found, together = _made.found(call, now, place), now.together(gone)
    channels = {s.purpose: _serving(now, "channel", s.purpose, gone, together) for s in now.preset.channels}
    roles = {r.purpose: _serving(now, "role", r.purpose, gone, together) for r in now.preset.roles}
    givable = {p: one or found.get(("role", p)) for p, one in roles.items()}
    made = new(now) | set(found.values())
    verdicts = {p: refused(now, place, place.roles[one], made=one in made) for p, one in givable.items() if one}
    ours = frozenset(p for p, one in givable.items() if one in made)
    commands = adding(call, now.guild, now.programme)
    standing = Standing(
        gone=gone,
        found=found,
        may_give=frozenset(p for p, why in verdicts.items() if why is None),
        ours=ours,
        shut_out=frozenset(_shut_out(now, place, channels, givable)),
        has_commands=not commands,
    )
    wanted = givable.keys() if now.draft.mine else ours if now.draft.mine is None else ()
    there = [place.channels[one] for one in channels.values() if one is not None]
    return Outlook(
        now=now,
        place=place,
        items=now.plan(standing),
        flaws=tuple(flaws(place, now.guild, now.programme, channels, roles)),
        kept_back={givable[p] or 0: why for p, why in verdicts.items() if why in (POWER, ORDER) and p in wanted},
        closed=tuple(c.id for c in there if not c.permissions_for(place.guild.me).send_messages),
        together=together,
        left_out=any(p not in ours and why != WORN for p, why in verdicts.items()),
        commands=commands,
    )


def new(now: Underway) -> frozenset[int]:
    """Return what was made since this very set-up, or change, was first tried.

    What stands longer may have let its wearers into what others said among themselves: whoever could not give it to
    themselves does not get it by us.
    """
    since = now.draft.since
    return frozenset(one for one in now.made if since is not None and one > since)


def _gone(now: Underway, place: Place) -> frozenset[int]:
    """Return which channels and roles that were chosen, bound or used together are not there any more."""
    offered = now.neighbours.offered
    channels = {*now.draft.channels.values(), *now.programme.channels.values(), now.programme.category_id or 0}
    roles = {*now.draft.roles.values(), *now.programme.roles.values()}
    for (what, _), ids in offered.items():
        (channels if what == "channel" else roles).update(ids)
    return frozenset(channels - place.channels.keys() | roles - place.roles.keys())


def _serving(
    now: Underway, what: str, purpose: str, gone: frozenset[int], together: Mapping[tuple[str, str], int]
) -> int | None:
    """Return which channel or role will serve a purpose, as far as it is there."""
    chosen, bound = now.draft.channels, now.programme.channels
    if what == "role":
        chosen, bound = now.draft.roles, now.programme.roles
    found = meant(chosen.get(purpose), bound.get(purpose), gone)
    return together.get((what, purpose)) if found is None else found


def adding(call: Call, guild: Guild, programme: Programme) -> tuple[str, ...]:
    """Return the names of the commands that a programme brings and none of the server's others has brought."""
    has = {feature for one in guild.live if one.id != programme.id for feature in features_of(one.preset)}
    new = set(features_of(programme.preset)) - has
    return tuple(sorted(c.name for c in call.interaction.client.tree.get_commands() if c.extras.get("feature") in new))


def refused(now: Underway, place: Place, role: discord.Role, *, made: bool) -> str | None:
    """Return why set-up does not give this role to whoever presses; None: it may. `made`: by us, and just now."""
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
    place: Place,
    guild: Guild,
    programme: Programme,
    channels: Mapping[str, int | None],
    roles: Mapping[str, int | None],
) -> list[PeerError]:
    """Return what is wrong with the channels and roles that serve, or will serve, a programme."""
    out: list[PeerError] = []
    seen: set[int] = set()
    preset = presets()[programme.preset]
    for purpose, channel_id in channels.items():
        spec, channel = preset.channel(purpose), place.channels.get(channel_id or 0)
        if spec is None or channel is None:
            continue
        if channel.id in seen:
            out.append(PeerError("setup.channel.twice", channel=channel.mention))
        seen.add(channel.id)
        flaw = channel_flaw(place, spec, channel) or taken(guild, programme, spec, channel.id)
        if flaw is not None:
            out.append(flaw)
    chosen = [place.roles[role_id] for role_id in dict.fromkeys(roles.values()) if role_id in place.roles]
    return out + [flaw for role in chosen if (flaw := role_flaw(role)) is not None]


def taken(guild: Guild, programme: Programme, spec: ChannelSpec, channel_id: int) -> PeerError | None:
    """Return why a channel that another programme has cannot serve as well; None: it can.

    Two panels would get into each other's way; only what all share stands once for all of them.
    """
    for other in guild.programmes:
        preset = presets().get(other.preset)
        if other.id == programme.id or preset is None:
            continue
        for theirs in preset.channels:
            same = spec.shared and theirs.shared and spec.purpose == theirs.purpose
            if other.channels.get(theirs.purpose) == channel_id and not same and (spec.panel or theirs.panel):
                return PeerError("setup.channel.taken", channel=f"<#{channel_id}>")
    return None


def channel_flaw(place: Place, spec: ChannelSpec, channel: discord.abc.GuildChannel) -> PeerError | None:
    """Return why a channel cannot serve a purpose; None: it can."""
    if channel.type is not discord.ChannelType.text:
        return PeerError("setup.channel.unfit", channel=channel.mention)
    if spec.access in LOOKS_IN and place.seen_by(channel, place.everyone):
        key = "setup.channel.open" if spec.access == "moderators" else "setup.channel.open_leaders"
        return PeerError(key, channel=channel.mention)
    return None


def role_flaw(role: discord.Role) -> PeerError | None:
    """Return why a role cannot serve any purpose; None: it can."""
    if role.is_default() or role.managed:
        return PeerError("setup.role.unfit", role=role.mention)
    return None


def _shut_out(
    now: Underway, place: Place, channels: Mapping[str, int | None], roles: Mapping[str, int | None]
) -> list[str]:
    """Return the channels of ours that stay, and into which the role that they are for cannot look."""
    out = []
    for spec in now.preset.channels:
        channel = place.channels.get(channels[spec.purpose] or 0)
        if spec.access not in LOOKS_IN or channel is None or channel.id not in now.made:
            continue
        role = place.roles.get(roles.get(LOOKS_IN[spec.access]) or 0)
        if role is None or not place.seen_by(channel, role):
            out.append(spec.purpose)
    return out
