"""What we make in a server: how it is called, who may do what in it, and how to know it again.

An attempt can end between Discord's answer and our note of it. Before something is made, it is therefore looked for: a
role of that name without any rights, or a channel with that topic and those rights, younger than the first attempt and
bound to nothing. What cannot be known again (renamed meanwhile, or Discord answered only after we had looked) is made
twice; the spare one has no power and no members, and can be deleted.
"""

from collections.abc import Mapping

import discord

from bot.domain.programmes import ChannelSpec
from bot.kit.call import Call
from bot.services.setup import Underway
from cogs.setup._place import Place

Overwrites = dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite]
FOR_MODERATORS = {"view_channel": True, "send_messages": True, "read_message_history": True}
_TOLD_BY = discord.Permissions(view_channel=True, send_messages=True).value
"""The rights by which a channel of ours is known; the others depend on what the bot was given."""


def role_name(call: Call, now: Underway, purpose: str) -> str:
    """Return what a role of ours is called: in the server's language, as everybody reads it."""
    return _public(call, now, f"setup.role.{purpose}")


def channel_name(call: Call, now: Underway, purpose: str) -> str:
    """Return what a channel of ours is called, in the server's language."""
    return _public(call, now, f"setup.channel.{purpose}")


def topic(call: Call, now: Underway, purpose: str) -> str:
    """Return the topic of a channel of ours, in the server's language."""
    return _public(call, now, f"setup.topic.{purpose}")


def reason(call: Call, now: Underway) -> str:
    """Return what stands in the server's audit log beside what we do."""
    return _public(call, now, "setup.reason")


def _public(call: Call, now: Underway, key: str) -> str:
    return call.tools.texts.t(now.guild.locale, key)


def overwrites(place: Place, spec: ChannelSpec, moderators: discord.Role | None) -> Overwrites:
    """Return who may do what in a channel of ours; the bot itself may always post there.

    Discord lets nobody set a right that they have not got themselves, so such rights are left out.
    """
    everyone, mine = discord.PermissionOverwrite(), discord.PermissionOverwrite()
    _set(place, mine, view_channel=True, send_messages=True, embed_links=True, attach_files=True)
    _set(place, mine, read_message_history=True)
    out: Overwrites = {place.everyone: everyone, place.guild.me: mine}
    if spec.access == "read":
        _set(place, everyone, view_channel=True, send_messages=False, add_reactions=False)
        _set(place, everyone, create_public_threads=False, create_private_threads=False)
    elif spec.access == "moderators":
        assert moderators is not None
        _set(place, everyone, view_channel=False)
        out[moderators] = discord.PermissionOverwrite()
        _set(place, out[moderators], **FOR_MODERATORS)
    return out


def _set(place: Place, overwrite: discord.PermissionOverwrite, **rights: bool) -> None:
    own = place.own_rights
    overwrite.update(**{name: value for name, value in rights.items() if getattr(own, name)})


def found(call: Call, now: Underway, place: Place) -> dict[tuple[str, str], int]:
    """Return what an earlier attempt made and could not write down any more: ("role" or "channel", purpose) → id."""
    since = now.draft.since
    if since is None:
        return {}
    known = {one for p in now.guild.programmes for one in (*p.channels.values(), *p.roles.values())}
    chosen = {*now.draft.channels.values(), *now.draft.roles.values()}
    out: dict[tuple[str, str], int] = {}
    for purpose in now.preset.roles:
        name = role_name(call, now, purpose)
        roles = [r.id for r in place.roles.values() if r.name == name and not r.managed and not r.permissions.value]
        _note(out, ("role", purpose), roles, since, known | chosen)
    moderators = place.roles.get(now.programme.roles.get("moderator", 0))
    for spec in now.preset.channels:
        if spec.access == "moderators" and moderators is None:
            continue
        rights = _told_by(overwrites(place, spec, moderators))
        said = topic(call, now, spec.purpose)
        channels = [
            channel.id
            for channel in place.channels.values()
            if isinstance(channel, discord.TextChannel)
            and channel.topic == said
            and _told_by(channel.overwrites) == rights
        ]
        _note(out, ("channel", spec.purpose), channels, since, known | chosen)
    return out


def _note(out: dict[tuple[str, str], int], what: tuple[str, str], ids: list[int], since: int, taken: set[int]) -> None:
    free = [one for one in ids if one > since and one not in taken]
    if free:
        out[what] = min(free)


def _told_by(
    rights: Mapping[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite],
) -> dict[int, tuple[int, int]]:
    told = {}
    for target, overwrite in rights.items():
        allow, deny = overwrite.pair()
        if (allow.value | deny.value) & _TOLD_BY:
            told[target.id] = (allow.value & _TOLD_BY, deny.value & _TOLD_BY)
    return told
