"""What `/setup check` finds: each thing that is missing or not as it should be, with the next step."""

import discord

from bot.domain.guilds import Guild, Programme
from bot.domain.rights import everyday
from bot.kit.call import Call
from bot.services import panels
from cogs.setup import _outlook
from cogs.setup._place import Place, ask, words
from data.programmes import presets

Failed = list[tuple[str, int]]
"""What a refresh could not bring up to date: ("commands", 0) or ("panel", the id of its channel)."""


async def findings(call: Call, guild: Guild, failed: Failed) -> list[str]:
    """Return one line per finding; empty when all is well."""
    place = await ask(call)
    lines = _rights(call, place)
    for programme in guild.programmes:
        if programme.state == "live":
            lines += _bindings(call, place, programme)
        else:
            name = call.t(f"programme.{programme.preset}.name")
            lines.append(call.t("setup.check.unfinished", name=name, **words(call)))
    placed = await panels.all_of(call.tools.db, guild.guild_id)
    silent = {panel.channel_id for panel in placed if panel.message_id is None}
    lines += refreshing(call, place, [*failed, *(("panel", channel_id) for channel_id in silent)])
    if not guild.countries:
        lines.append(call.t("setup.check.no_country", **words(call)))
    return lines


def refreshing(call: Call, place: Place, failed: Failed) -> list[str]:
    """Return what could not be brought up to date; a panel whose channel is gone is found with the channel."""
    lines = []
    if "commands" in {what for what, _ in failed}:
        lines.append(call.t("setup.check.commands", **words(call)))
    channels = {channel_id for what, channel_id in failed if what == "panel"}
    for channel_id in sorted(channels & place.channels.keys()):
        lines.append(call.t("setup.check.panel_missing", id=channel_id, **words(call)))
    return lines


def _rights(call: Call, place: Place) -> list[str]:
    has, wanted = place.guild.me.guild_permissions, discord.Permissions(everyday())
    missing = [name for name, needed in wanted if needed and not getattr(has, name)]
    lines = []
    if missing:
        lines.append(call.t("setup.check.rights", rights=", ".join(call.t(f"right.{name}") for name in missing)))
    if has.administrator:
        lines.append(call.t("setup.check.administrator"))
    return lines


def _bindings(call: Call, place: Place, programme: Programme) -> list[str]:
    lines = []
    for purpose, channel_id in programme.channels.items():
        channel = place.channels.get(channel_id)
        if channel is None:
            lines.append(call.t("setup.check.channel_gone", use=call.t(f"setup.use.{purpose}"), **words(call)))
        elif not channel.permissions_for(place.guild.me).send_messages:
            lines.append(call.t("setup.check.channel_closed", id=channel_id))
    for purpose, role_id in programme.roles.items():
        if role_id not in place.roles:
            lines.append(call.t("setup.check.role_gone", name=call.t(f"setup.role.{purpose}"), **words(call)))
    preset = presets().get(programme.preset)
    if preset is not None:
        found = _outlook.flaws(place, preset, programme.channels, programme.roles)
        lines += [call.t(flaw.key, **flaw.args_for_text) for flaw in found]
    return lines + _blind(call, place, programme)


def _blind(call: Call, place: Place, programme: Programme) -> list[str]:
    """Say it where moderators cannot see what is posted for them."""
    role = place.roles.get(programme.roles.get("moderator", 0))
    channel = place.channels.get(programme.channels.get("moderators", 0))
    if role is None or channel is None or place.seen_by(channel, role):
        return []
    return [call.t("setup.check.moderators_blind", role=role.mention, channel=channel.mention)]
