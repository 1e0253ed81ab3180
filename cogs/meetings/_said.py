"""What people are told about meetings they said yes to: reminders, changes, and a place that has become free.

Some phones show more than one line on a lock screen, so nothing here names the meeting or what the group is about: when it is
is enough to know it by, and a button shows the rest.
"""

from typing import Any

import discord
from discord.ext import commands

from bot.clock import Clock
from bot.delivery import Say
from bot.domain.outbox import Claimed
from bot.kit import times, views
from bot.kit.bot import PeerBot
from bot.kit.views import Style
from bot.services import meetings, rsvps
from bot.services.meetings import Notice
from bot.services.rsvps import Offer, Reminder
from data.db import Database


class Telling(commands.Cog):
    """Registers what is said about meetings, and what is only due."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        kind = bot.delivery.kind
        kind(rsvps.REMINDER, wanted=rsvps.reminder_wanted, render=self._reminder, in_quiet="silent")
        kind(rsvps.OFFER, wanted=rsvps.offer_wanted, render=self._offer, in_quiet="silent")
        kind(rsvps.OFFER_OVER, wanted=self._offer_over, render=self._nothing)
        for name in (meetings.MOVED, meetings.SKIPPED, meetings.CANCELLED, meetings.BACK):
            kind(name, wanted=meetings.notice_wanted, render=self._notice, in_quiet="silent")
        kind(meetings.TURN, wanted=self._turned, render=self._nothing)
        bot.delivery.sweep(self._extend)
        bot.delivery.sweep(self._pass_on)

    # -- what is only due -------------------------------------------------------------------------------------------

    async def _extend(self, db: Database, clock: Clock) -> None:
        """Make meetings further ahead; cards that are new or changed by it follow."""
        for guild_id, series_id in await meetings.extend(db, clock):
            self.bot.panels.touch(guild_id, meetings.PANEL, series_id)

    async def _pass_on(self, db: Database, clock: Clock) -> None:
        """Pass on places that were freed by nobody's press."""
        for guild_id, series_id in await rsvps.pass_on(db, clock):
            self.bot.panels.touch(guild_id, meetings.PANEL, series_id)

    async def _turned(self, db: Database, clock: Clock, row: Claimed) -> None:
        """See to a meeting that is over, and let its card show the next one."""
        guild_id, series_id = await meetings.turned(db, clock, row)
        self.bot.panels.touch(guild_id, meetings.PANEL, series_id)

    async def _offer_over(self, db: Database, clock: Clock, row: Claimed) -> None:
        """Pass on a place that nobody took."""
        guild_id, series_id = await rsvps.offer_over(db, clock, row)
        self.bot.panels.touch(guild_id, meetings.PANEL, series_id)
        self.bot.delivery.wake()

    def _nothing(self, row: Claimed, facts: object, locale: str) -> Say:
        raise AssertionError("nothing is said of this kind")

    # -- what is said -----------------------------------------------------------------------------------------------

    def _reminder(self, row: Claimed, reminder: Reminder, locale: str) -> Say:
        at = reminder.meeting.starts_at
        said = self._t(locale, "meetings.reminder", at=times.at(at), soon=times.at(at, "R"))
        token = f"{row.programme_id}.{reminder.meeting.id}"
        remind = views.button(self._t(locale, "meetings.button.remind"), f"meetings:remind:{row.programme_id}")
        return Say(said, views.rows([self._show(locale, token), self._cannot(locale, token), remind]))

    def _notice(self, row: Claimed, notice: Notice, locale: str) -> Say:
        everything = views.button(self._t(locale, "meetings.button.list"), f"meetings:list:{row.programme_id}")
        if notice.meeting is None:
            return Say(self._t(locale, "meetings.cancelled.series"), views.rows([everything]))
        meeting, token = notice.meeting, f"{row.programme_id}.{notice.meeting.id}"
        at = times.at(meeting.starts_at)
        if row.kind in (meetings.SKIPPED, meetings.CANCELLED):
            return Say(self._t(locale, row.kind, at=at), views.rows([everything]))
        was = times.at(notice.was_at or meeting.starts_at)
        come = views.button(self._t(locale, "meetings.button.still_come"), f"meetings:come:{token}", Style.success)
        buttons = [come, self._cannot(locale, token), self._show(locale, token)]
        return Say(self._t(locale, row.kind, at=at, was=was), views.rows(buttons))

    def _offer(self, row: Claimed, offer: Offer, locale: str) -> Say:
        token = f"{row.programme_id}.{offer.meeting.id}"
        when = {"at": times.at(offer.meeting.starts_at), "until": times.at(offer.offered_until)}
        take = views.button(self._t(locale, "meetings.button.take"), f"meetings:take:{token}", Style.success)
        leave = views.button(self._t(locale, "meetings.button.pass"), f"meetings:pass:{token}")
        return Say(self._t(locale, "meetings.offer", **when), views.rows([take, leave, self._show(locale, token)]))

    def _show(self, locale: str, token: str) -> "discord.ui.Button[Any]":
        return views.button(self._t(locale, "meetings.button.show"), f"meetings:one:{token}", Style.primary)

    def _cannot(self, locale: str, token: str) -> "discord.ui.Button[Any]":
        return views.button(self._t(locale, "meetings.button.cannot"), f"meetings:cannot:{token}")

    def _t(self, locale: str, key: str, **args: Any) -> str:
        return self.bot.tools.texts.t(locale, key, **args)
