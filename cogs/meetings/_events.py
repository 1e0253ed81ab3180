"""The next occurrence of each series among the server's events, in Discord's own list.

It shows what holds and decides nothing. A title stands there only where everybody may read the room it is about; elsewhere
everybody in the server would read it in the list, so there it says no more than that there is a meeting.
"""

import datetime as dt
import logging

import discord
from discord.ext import commands

from bot.delivery import Board, Event, Later, events
from bot.domain.events import MOST_EVENTS, Mirror
from bot.domain.guilds import Guild
from bot.domain.outbox import Claimed
from bot.domain.series import Meeting, Series
from bot.kit import rooms
from bot.kit.bot import PeerBot
from bot.services import events as service

log = logging.getLogger(__name__)

A_MOMENT = dt.timedelta(seconds=2)
"""When it is looked again whether another process has made an event that it was about to make."""


class Events(commands.Cog):
    """Keeps Discord's events as our meetings are."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.delivery.events(service.KIND, wanted=service.wanted, show=self._show)
        bot.delivery.sweep(service.plan_ahead)

    async def _show(self, row: Claimed, mirror: Mirror, guild: Guild, board: Board) -> None:
        """Bring the events of a series to what holds now; where an earlier try got is found out first."""
        here = self.bot.get_guild(guild.guild_id)
        if here is None or here.me is None:
            return
        wanted = [(one, self._event(guild, here, mirror.series, one)) for one in mirror.shown]
        if mirror.is_settled and all(one.event_rev == event.rev for one, event in wanted):
            return
        if not _may_make_events(here):
            # `/setup check` tells of it; it is looked at again later.
            log.info("meetings are not shown among a guild's events: the right to make events is missing")
            return
        db, now = self.bot.tools.db, self.bot.tools.clock.now()
        for one in mirror.over:
            if one.event_id is not None:
                await board.end(one.event_id)
                await service.ended(db, one)
        for one, event in wanted:
            if one.event_id is None:
                await self._make(row, one, event, board)
            elif one.event_rev != event.rev and one.starts_at > now:
                await self._change(one, one.event_id, event, board)

    async def _make(self, row: Claimed, one: Meeting, event: Event, board: Board) -> None:
        db = self.bot.tools.db
        begun = await service.begin(db, row, one)
        if begun == "not now":
            raise Later(self.bot.tools.clock.now() + A_MOMENT)
        if begun == "not any more":
            return
        event_id = await board.find(one.id)
        if event_id is not None:
            await self._change(one, event_id, event, board)
            return
        if await board.count() >= MOST_EVENTS:
            log.warning("meetings are not shown among a guild's events: Discord takes no more of them there")
            return
        event_id = await board.create(one.id, event)
        await service.shown(db, one, event_id=event_id, rev=event.rev)

    async def _change(self, one: Meeting, event_id: int, event: Event, board: Board) -> None:
        """Let an event show what holds; one that somebody deleted by hand stays away."""
        db = self.bot.tools.db
        status = await board.status(event_id)
        # What has begun shows what it shows.
        if status == events.ACTIVE or (status == events.SCHEDULED and await board.edit(one.id, event_id, event)):
            await service.shown(db, one, event_id=event_id, rev=event.rev)
        else:
            await service.gone(db, one)

    def _event(self, guild: Guild, here: discord.Guild, series: Series, one: Meeting) -> Event:
        """Return how an occurrence is shown: in its voice or stage channel where we may, else as being somewhere."""
        t = self.bot.tools.texts.t
        channel = here.get_channel(_room(guild, series))
        about = t(guild.locale, "meetings.event.about")
        kind = _kind(channel)
        if kind != events.EXTERNAL and channel is not None:
            return Event(series.title, about, one.starts_at, one.ends_at, kind, channel.id)
        if channel is not None and rooms.is_open(channel):
            return Event(series.title, about, one.starts_at, one.ends_at, kind, location=f"#{channel.name}")
        name, location = t(guild.locale, "meetings.event.name"), t(guild.locale, "meetings.event.here")
        return Event(name, about, one.starts_at, one.ends_at, kind, location=location)


def _room(guild: Guild, series: Series) -> int:
    """Return the channel in which a series meets, 0: none is known."""
    programme = guild.programme(series.programme_id)
    channels = programme.channels if programme is not None else {}
    return series.channel_id or channels.get("meetings") or channels.get("group") or 0


def _kind(channel: discord.abc.GuildChannel | None) -> int:
    """Return which kind of event may be made for a channel."""
    if channel is None:
        return events.EXTERNAL
    has = channel.permissions_for(channel.guild.me)
    may = has.view_channel and has.connect and (has.create_events or has.manage_events)
    if isinstance(channel, discord.VoiceChannel) and may:
        return events.VOICE
    if isinstance(channel, discord.StageChannel) and may:
        # What Discord wants of whoever makes an event on a stage: to be able to moderate it.
        return events.STAGE if has.manage_channels and has.mute_members and has.move_members else events.EXTERNAL
    return events.EXTERNAL


def _may_make_events(here: discord.Guild) -> bool:
    """Tell whether we may make events; our own we may then change, too."""
    has = here.me.guild_permissions
    return has.create_events or has.manage_events
