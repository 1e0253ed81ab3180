"""What `/setup check` finds: each thing that is missing or not as it should be, with the next step."""

from collections.abc import Mapping

import discord

from bot.domain import ages, rights
from bot.domain.guilds import Guild, Programme
from bot.domain.programmes import waits
from bot.domain.undoing import stands
from bot.kit.call import Call, Reply
from bot.services import panels
from cogs.setup import _made, _outlook
from cogs.setup._place import Place, whole, words
from data.programmes import presets

Failed = list[tuple[str, int]]
"""What a refresh could not bring up to date: ("commands", 0) or ("panel", the id of its channel)."""


def screen(call: Call, lines: list[str], notes: list[str]) -> Reply:
    """Say what was found."""
    said = [call.t("setup.check.title"), *(f"- {line}" for line in lines)] if lines else [call.t("setup.check.well")]
    return whole([*said, *notes])


async def findings(call: Call, guild: Guild, place: Place, failed: Failed, *, of: Programme | None = None) -> list[str]:
    """Return one line per finding, about everything or (`of`) only what concerns one programme; empty: all is well."""
    lines = _rights(call, place)
    for programme in guild.programmes if of is None else [of]:
        if programme.state == "live":
            lines += _bindings(call, place, guild, programme)
        elif waits(programme):
            name = call.t(f"programme.{programme.preset}.name")
            lines.append(call.t("setup.check.unfinished", name=name, **words(call)))
        elif stands(programme):
            name = call.t(f"programme.{programme.preset}.name")
            lines.append(call.t("setup.check.half_undone", name=name, **words(call)))
    lines += refreshing(call, place, [*failed, *await _silent(call, guild)])
    if guild.adult_id is None and ages.rules(guild.ages).adult_in_threads:
        lines.append(call.t("setup.check.adult", **words(call)))
    if not guild.countries:
        lines.append(call.t("setup.check.no_country", **words(call)))
    return lines


async def _silent(call: Call, guild: Guild) -> Failed:
    """Return the channels in which a panel belongs and none was posted."""
    bot = call.interaction.client
    placed = {panel.id: panel for panel in await panels.all_of(call.tools.db, guild.guild_id)}
    return [
        ("panel", panel.channel_id)
        for panel in placed.values()
        if panel.message_id is None and guild.programme(panel.programme_id) is not None and bot.panels.knows(panel.kind)
    ]


def refreshing(call: Call, place: Place, failed: Failed) -> list[str]:
    """Return what could not be brought up to date; a panel whose channel is gone is found with the channel."""
    lines = []
    if "commands" in {what for what, _ in failed}:
        lines.append(call.t("setup.check.commands", **words(call)))
    channels = {channel_id for what, channel_id in failed if what == "panel"}
    for channel_id in sorted(channels & place.channels.keys()):
        lines.append(call.t("setup.check.panel_missing", id=channel_id, **words(call)))
    return lines


def surplus(call: Call, guild: Guild, place: Place) -> list[str]:
    """Return which rights may be taken away again now that nothing is being set up: good to know, and no fault."""
    if any(waits(programme) for programme in guild.programmes) or place.guild.me.guild_permissions.administrator:
        return []
    names = [name for name, wanted in discord.Permissions(sum(rights.FOR_SET_UP.values())) if wanted]
    has = [name for name in names if getattr(place.guild.me.guild_permissions, name)]
    return [call.t("setup.check.surplus", rights=", ".join(call.t(f"right.{name}") for name in has))] if has else []


def spares(call: Call, unknown: Mapping[tuple[str, str], list[int]]) -> list[str]:
    """Return what Discord may have made twice, as it was asked twice: unused, and free to be deleted."""
    return [
        call.t("setup.spare", thing=f"<@&{one}>" if what == "role" else f"<#{one}>")
        for (what, _), ids in unknown.items()
        for one in ids
    ]


def _rights(call: Call, place: Place) -> list[str]:
    has, wanted = place.guild.me.guild_permissions, discord.Permissions(rights.everyday())
    missing = [name for name, needed in wanted if needed and not getattr(has, name)]
    lines = []
    if missing:
        lines.append(call.t("setup.check.rights", rights=", ".join(call.t(f"right.{name}") for name in missing)))
    if has.administrator:
        lines.append(call.t("setup.check.administrator"))
    return lines


def _bindings(call: Call, place: Place, guild: Guild, programme: Programme) -> list[str]:
    preset = presets().get(programme.preset)
    if preset is None:
        return []
    lines, name = [], call.t(f"programme.{programme.preset}.name")
    for purpose, channel_id in programme.channels.items():
        channel = place.channels.get(channel_id)
        if channel is None:
            use = call.t(f"setup.use.{purpose}", programme=name)
            lines.append(call.t("setup.check.channel_gone", use=use, **words(call)))
        elif not channel.permissions_for(place.guild.me).send_messages:
            lines.append(call.t("setup.check.channel_closed", id=channel_id))
    for purpose, role_id in programme.roles.items():
        if role_id not in place.roles:
            role = call.t(_made.role_key(preset, purpose))
            lines.append(call.t("setup.check.role_gone", name=role, **words(call)))
    found = _outlook.flaws(place, guild, programme, programme.channels, programme.roles)
    lines += [call.t(flaw.key, **flaw.args_for_text) for flaw in found]
    return lines + _blind(call, place, programme)


def _blind(call: Call, place: Place, programme: Programme) -> list[str]:
    """Say it where a channel is for one role and that role cannot see it."""
    lines = []
    for spec in presets()[programme.preset].channels:
        role = _made.looking_in(place, spec, programme.roles)
        channel = place.channels.get(programme.channels.get(spec.purpose, 0))
        if role is not None and channel is not None and not place.seen_by(channel, role):
            lines.append(call.t("setup.check.blind", role=role.mention, channel=channel.mention))
    return lines
