"""`/lead meeting start`: which meeting is to begin, and its beginning. Others put `runs:open` and `runs:alone` on buttons,
with a programme's id and that of a meeting or of a turn at hosting it. Its hosts may press these wherever they are reached.
"""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.domain.runs import EARLY
from bot.kit import guards, times, views, which
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply, command
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import runs
from bot.services.runs import Startable
from bot.steps.members import NeedsConsent
from cogs.runs import _room, _words
from cogs.runs._room import RunRooms

THEN = "runs:choose"
WITH_HOST, ALONE = "1", "0"


async def here(call: Call) -> Reply:
    """Show which meetings of the programme that the channel means can begin, or ask which programme."""
    found = await which.programme(call, THEN)
    return found if isinstance(found, Reply) else await _choices(call, *found)


class RunStart(commands.Cog):
    """The way from a meeting that is planned to one that runs."""

    def __init__(self, bot: PeerBot, rooms: RunRooms) -> None:
        self.bot = bot
        self._rooms = rooms

    async def cog_load(self) -> None:
        """Put `start` beside what else leaders do with meetings: cogs do not know each other."""
        lead = self.bot.tree.get_command("lead")
        group = lead.get_command("meeting") if isinstance(lead, app_commands.Group) else None
        if isinstance(group, app_commands.Group) and group.get_command("start") is None:
            group.add_command(app_commands.Command(name="start", description="runs.command.start", callback=_start))

    @route("runs:choose", guard=guards.member, in_place=True)
    async def choose(self, call: Call) -> Reply:
        """Show which meetings can begin."""
        guild, programme, _, _ = await _words.parts(call)
        return await _choices(call, guild, programme)

    @route("runs:open", guard=guards.reached, in_place=True)
    async def open(self, call: Call) -> Reply:
        """Begin a meeting that whoever presses hosts."""
        guild, programme, meeting_id, _ = await _words.parts(call)
        return await self._begin(call, guild, programme, meeting_id, WITH_HOST)

    @route("runs:alone", guard=guards.reached, in_place=True)
    async def alone(self, call: Call) -> Reply:
        """Begin a meeting that nobody hosts: those who said yes run it themselves."""
        guild, programme, meeting_id, _ = await _words.parts(call)
        return await self._begin(call, guild, programme, meeting_id, ALONE)

    @route("runs:open-yes", guard=guards.reached, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the one consent and begin."""
        guild, programme, meeting_id, how = await _words.parts(call)
        return await self._begin(call, guild, programme, meeting_id, how, agreed=True)

    async def _begin(
        self, call: Call, guild: Guild, programme: Programme, meeting_id: str, how: str, *, agreed: bool = False
    ) -> Reply:
        tools = call.tools
        there = await _room.at_meeting(self.bot, tools.db, guild, programme, meeting_id)
        try:
            run, is_new = await runs.begin(
                tools.db,
                tools.clock,
                call.actor,
                programme,
                meeting_id,
                in_room=there,
                alone=how == ALONE,
                agreed=agreed,
            )
        except NeedsConsent:
            return _words.consent(call, guild, f"runs:open-yes:{programme.id}.{meeting_id}.{how}")
        if is_new:
            await _words.began_or_ended(self.bot, guild.guild_id, run.id)
        channel = f"<#{run.channel_id}>"
        if not is_new:
            return Reply(call.t("runs.start.already", channel=channel))
        said = [call.t("runs.start.alone" if how == ALONE else "runs.start.done", channel=channel)]
        if not _room.may_post(self.bot, run.channel_id):
            said.append(call.t("runs.start.cannot_post", channel=channel))
        return Reply("\n".join(said))


async def _start(interaction: "discord.Interaction[PeerBot]") -> None:
    """Begin a meeting."""
    await command(interaction, here, guard=guards.member)


async def _choices(call: Call, guild: Guild, programme: Programme) -> Reply:
    found = await runs.startable(call.tools.db, call.tools.clock, call.actor, programme)
    if not found:
        return Reply(call.t("runs.start.none", minutes=int(EARLY.total_seconds()) // 60))
    said, buttons = [call.t("runs.start")], list[discord.ui.Item[Any]]()
    for number, one in enumerate(found[:MOST_CHOICES], start=1):
        said.append(_line(call, number, one))
        label = call.t("runs.button.open", number=number)
        buttons.append(views.button(label, f"runs:open:{programme.id}.{one.meeting_id}", Style.success))
    return Reply("\n".join(said), views.rows(buttons))


MOST_CHOICES = 5


def _line(call: Call, number: int, one: Startable) -> str:
    name, key = f"**{times.plain(one.title)}**", f"format.{one.format.name}"
    known = call.tools.texts.has(key)
    channel = f"<#{one.channel_id}>" if one.channel_id is not None else call.t("runs.start.no_channel")
    how = call.t(key) if known else call.t("runs.format.unknown")
    said = call.t("runs.start.line", title=name, at=times.at(one.starts_at, "R"), channel=channel, format=how)
    running = f" {call.t('runs.start.running')}" if one.run_id is not None else ""
    return f"{number}. {said}{running}"
