"""What we make in a server: how it is called, who may do what in it, and how to know it again.

An attempt can end between Discord's answer and our note of it. Before something is made, it is therefore looked for: a
role of that name without any rights, or a channel with that topic and those rights, younger than the first attempt and
bound to nothing. What cannot be known again (renamed meanwhile, or Discord answered only after we had looked) is made
twice; the spare one has no power and no members, and can be deleted.
"""

from collections.abc import Mapping

import discord

from bot.domain.presets import CATEGORY, ChannelSpec, Preset
from bot.domain.programmes import LOOKS_IN
from bot.kit.call import Call
from bot.services.setup import Underway
from cogs.setup._place import Place

Overwrites = dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite]
FOR_ONE_ROLE = {"view_channel": True, "send_messages": True, "read_message_history": True}
_TOLD_BY = discord.Permissions(view_channel=True, send_messages=True).value
"""The rights by which a channel of ours is known; the others depend on what the bot was given."""


def role_key(preset: Preset, purpose: str) -> str:
    """Return the text that names a role: one of its own for each programme, or the same for all that share it."""
    role = preset.role(purpose)
    return f"setup.role.{purpose}" if role is not None and role.shared else f"programme.{preset.name}.{purpose}"


def channel_key(preset: Preset, purpose: str) -> str:
    """Return the text that names a channel, or the heading above the channels."""
    if purpose == CATEGORY:
        return f"programme.{preset.name}.name"
    spec = preset.channel(purpose)
    return (
        f"setup.channel.{purpose}" if spec is not None and spec.shared else f"programme.{preset.name}.channel.{purpose}"
    )


def role_name(call: Call, now: Underway, purpose: str) -> str:
    """Return what a role of ours is called: in the server's language, as everybody reads it."""
    return _public(call, now, role_key(now.preset, purpose))


def channel_name(call: Call, now: Underway, purpose: str) -> str:
    """Return what a channel of ours, or the heading above them, is called in the server's language."""
    return _public(call, now, channel_key(now.preset, purpose))


def topic(call: Call, now: Underway, purpose: str) -> str:
    """Return the topic of a channel of ours, in the server's language."""
    own = purpose == "group"
    return _public(call, now, f"programme.{now.preset.name}.topic.group" if own else f"setup.topic.{purpose}")


def reason(call: Call, now: Underway) -> str:
    """Return what stands in the server's audit log beside what we do."""
    return _public(call, now, "setup.reason")


def _public(call: Call, now: Underway, key: str) -> str:
    return call.tools.texts.t(now.guild.locale, key)


def looking_in(place: Place, spec: ChannelSpec, roles: Mapping[str, int]) -> discord.Role | None:
    """Return the role that alone looks into a channel; None: it is for everybody, or that role is not there."""
    return place.roles.get(roles.get(LOOKS_IN.get(spec.access, ""), 0))


def overwrites(place: Place, spec: ChannelSpec, seen_by: discord.Role | None) -> Overwrites:
    """Return who may do what in a channel of ours; the bot itself may always post there.

    Discord lets nobody set a right that they have not got themselves, so such rights are left out.
    """
    everyone, mine = discord.PermissionOverwrite(), discord.PermissionOverwrite()
    _set(place, mine, view_channel=True, send_messages=True, embed_links=True, attach_files=True)
    _set(place, mine, read_message_history=True)
    # Where everybody may not, the bot still opens private threads for those who chose to be reached by one.
    _set(place, mine, create_private_threads=True, send_messages_in_threads=True)
    out: Overwrites = {place.everyone: everyone, place.guild.me: mine}
    # Those of others nobody sees but who is in them: not the moderators, and not whoever takes the programme back.
    _set(place, everyone, create_private_threads=False)
    if spec.access == "read":
        _set(place, everyone, view_channel=True, send_messages=False, add_reactions=False)
        _set(place, everyone, create_public_threads=False)
    elif spec.access in LOOKS_IN:
        assert seen_by is not None
        _set(place, everyone, view_channel=False)
        out[seen_by] = discord.PermissionOverwrite()
        _set(place, out[seen_by], **FOR_ONE_ROLE)
    return out


def _set(place: Place, overwrite: discord.PermissionOverwrite, **rights: bool) -> None:
    own = place.own_rights
    overwrite.update(**{name: value for name, value in rights.items() if getattr(own, name)})


def found(call: Call, now: Underway, place: Place) -> dict[tuple[str, str], int]:
    """Return what an earlier attempt made and could not write down any more: (what it is, purpose) → id."""
    return {what: min(ids) for what, ids in unknown(call, now, place).items()}


def unknown(call: Call, now: Underway, place: Place) -> dict[tuple[str, str], list[int]]:
    """Return what looks as if attempts at this set-up had made it, and is bound to nothing."""
    since = now.draft.since
    if since is None:
        return {}
    known = {*now.draft.channels.values(), *now.draft.roles.values()}
    for one in now.guild.programmes:
        known |= {*one.channels.values(), *one.roles.values(), one.category_id or 0}
    alike = {("role", role.purpose): _roles_alike(call, now, place, role.purpose) for role in now.preset.roles}
    alike[CATEGORY, CATEGORY] = _headings_alike(call, now, place)
    for spec in now.preset.channels:
        alike["channel", spec.purpose] = _channels_alike(call, now, place, spec)
    return {
        what: mine for what, ids in alike.items() if (mine := [one for one in ids if one > since and one not in known])
    }


def _roles_alike(call: Call, now: Underway, place: Place, purpose: str) -> list[int]:
    name = role_name(call, now, purpose)
    return [r.id for r in place.roles.values() if r.name == name and not r.managed and not r.permissions.value]


def _headings_alike(call: Call, now: Underway, place: Place) -> list[int]:
    name = channel_name(call, now, CATEGORY)
    return [
        c.id
        for c in place.channels.values()
        if isinstance(c, discord.CategoryChannel) and c.name == name and not c.overwrites
    ]


def _channels_alike(call: Call, now: Underway, place: Place, spec: ChannelSpec) -> list[int]:
    seen_by = looking_in(place, spec, now.programme.roles)
    if spec.access in LOOKS_IN and seen_by is None:
        return []
    rights, said = _told_by(overwrites(place, spec, seen_by)), topic(call, now, spec.purpose)
    above = now.programme.category_id if now.programme.category_id in place.channels else None
    return [
        channel.id
        for channel in place.channels.values()
        if isinstance(channel, discord.TextChannel)
        and channel.topic == said
        and channel.category_id == above
        and _told_by(channel.overwrites) == rights
    ]


def _told_by(
    rights: Mapping[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite],
) -> dict[int, tuple[int, int]]:
    told = {}
    for target, overwrite in rights.items():
        allow, deny = overwrite.pair()
        if (allow.value | deny.value) & _TOLD_BY:
            told[target.id] = (allow.value & _TOLD_BY, deny.value & _TOLD_BY)
    return told
