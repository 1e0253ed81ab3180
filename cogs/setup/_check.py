"""What `/setup check` finds: each thing that is missing or not as it should be, with the next step."""

import discord

from bot.domain.guilds import Guild, Programme
from bot.domain.rights import everyday
from bot.kit.call import Call
from bot.services import panels


async def findings(call: Call, guild: Guild) -> list[str]:
    """Return one line per finding; empty when all is well."""
    place = call.interaction.guild
    if place is None:
        return [call.t("setup.check.no_bot")]
    lines = _rights(call, place)
    for programme in guild.programmes:
        if programme.state != "live":
            lines.append(call.t("setup.check.unfinished", name=call.t(f"programme.{programme.preset}.name")))
            continue
        lines += _bindings(call, place, programme)
    lines += await _panels(call, guild)
    if not guild.countries:
        lines.append(call.t("setup.check.no_country"))
    return lines


def _rights(call: Call, place: discord.Guild) -> list[str]:
    has, wanted = place.me.guild_permissions, discord.Permissions(everyday())
    missing = [name for name, needed in wanted if needed and not getattr(has, name)]
    lines = []
    if missing:
        lines.append(call.t("setup.check.rights", rights=", ".join(call.t(f"right.{name}") for name in missing)))
    if has.administrator:
        lines.append(call.t("setup.check.administrator"))
    return lines


def _bindings(call: Call, place: discord.Guild, programme: Programme) -> list[str]:
    lines = []
    for purpose, channel_id in programme.channels.items():
        channel = place.get_channel(channel_id)
        if channel is None:
            lines.append(call.t("setup.check.channel_gone", use=call.t(f"setup.use.{purpose}")))
        elif not channel.permissions_for(place.me).send_messages:
            lines.append(call.t("setup.check.channel_closed", id=channel_id))
    for purpose, role_id in programme.roles.items():
        if place.get_role(role_id) is None:
            lines.append(call.t("setup.check.role_gone", name=call.t(f"setup.role.{purpose}")))
    return lines


async def _panels(call: Call, guild: Guild) -> list[str]:
    found = await panels.all_of(call.tools.db, guild.guild_id)
    return [call.t("setup.check.panel_missing", id=panel.channel_id) for panel in found if panel.message_id is None]
