"""Moving, skipping and cancelling what is planned: each is shown with how many people will be told, and confirmed."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord.ext import commands

from bot.domain import meetings as time
from bot.domain.guilds import Guild, Programme
from bot.domain.ids import is_id
from bot.domain.meetings import ONCE
from bot.domain.meetings import when as words
from bot.errors import PeerError
from bot.kit import guards, times, views, which
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import meetings
from bot.services.meetings import Listed
from bot.texts import Texts
from cogs.lead import _meeting_screens as screens
from cogs.lead._meeting_entered import LONGEST, quoted
from cogs.lead._words import parts

MOST = 25
OFF = ("skipped", "cancelled")
DAY = "%Y%m%d"

Change = Callable[..., Awaitable[Listed]]


# -- from commands ----------------------------------------------------------------------------------------------------------


async def move(call: Call, programme: Programme, meeting_id: str, when: str) -> Reply:
    """Show to when a meeting would be moved; without words let it be picked from lists."""
    found = await _found(call, programme, meeting_id)
    if not when.strip():
        return _pick(call, programme, found, *_shown(found))
    if len(when) > LONGEST:
        raise PeerError("meetings.lead.too_long", most=LONGEST)
    language, zone = call.tools.texts.language(call.actor.locale), found.series.zone
    try:
        to = words.read_once(when, language, call.tools.clock.now(), zone)
    except PeerError as error:
        again = views.button(call.t("meetings.lead.button.lists"), f"lead:move:{_token(programme, found)}")
        said = [_line(found), quoted(when), "", call.t(error.key, **error.args_for_text)]
        return Reply("\n".join(said), views.rows([again]))
    if to.zone == zone:
        return _move(call, programme, found, to.starts_on, to.minute)
    return _move(call, programme, found, *_on_clock(to.starts_at, zone))


async def skip(call: Call, programme: Programme, meeting_id: str) -> Reply:
    """Ask whether a meeting is to be left out."""
    return _ask(call, programme, await _found(call, programme, meeting_id), "skip")


async def cancel(call: Call, programme: Programme, meeting_id: str) -> Reply:
    """Ask whether a meeting, or its whole series, is to be called off."""
    return _ask(call, programme, await _found(call, programme, meeting_id), "cancel")


async def here(call: Call) -> Reply:
    """Show what is planned in the programme that the channel means, or ask which one."""
    found = await which.programme(call, "lead:meetings")
    if isinstance(found, Reply):
        return found
    guards.must_lead(call.actor, found[1])
    return await _all(call, found[1])


# -- screens ----------------------------------------------------------------------------------------------------------------


class Changing(commands.Cog):
    """The list of what is planned, and the buttons of one meeting."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.add("leaders", 11, "meetings", self._on_leaders_panel)

    def _on_leaders_panel(self, guild: Guild, programme: Programme) -> "discord.ui.Button[Any]":
        said = self.bot.tools.texts.t(guild.locale, "meetings.lead.button.all")
        return views.button(said, f"lead:meetings:{programme.id}")

    @route("lead:meetings", guard=guards.leader, in_place=True)
    async def all(self, call: Call) -> Reply:
        """Show what is planned, to choose one of it."""
        _, programme, _, _ = await parts(call)
        return await _all(call, programme)

    @route("lead:meeting", guard=guards.leader, in_place=True)
    async def one(self, call: Call) -> Reply:
        """Show the chosen meeting, with all that can be done about it."""
        _, programme, meeting_id, _ = await parts(call)
        values = call.fields.get("values")
        if isinstance(values, list) and len(values) == 1:
            meeting_id = str(values[0])
        return _one(call, programme, await _found(call, programme, meeting_id))

    @route("lead:move", guard=guards.leader, in_place=True)
    async def move(self, call: Call) -> Reply:
        """Let another time be picked from lists."""
        _, programme, found, day, minute = await _read(call)
        return _pick(call, programme, found, day, minute)

    @route("lead:move-day", guard=guards.leader, in_place=True)
    async def move_day(self, call: Call) -> Reply:
        """Take another day."""
        _, programme, found, _, minute = await _read(call)
        return _pick(call, programme, found, screens.read_day(_value(call)), minute)

    @route("lead:move-hour", guard=guards.leader, in_place=True)
    async def move_hour(self, call: Call) -> Reply:
        """Take another hour."""
        _, programme, found, day, minute = await _read(call)
        return _pick(call, programme, found, day, screens.read_number(_value(call), 24) * 60 + minute % 60)

    @route("lead:move-minute", guard=guards.leader, in_place=True)
    async def move_minute(self, call: Call) -> Reply:
        """Take another minute of the hour."""
        _, programme, found, day, minute = await _read(call)
        return _pick(call, programme, found, day, minute // 60 * 60 + screens.read_number(_value(call), 60))

    @route("lead:move-look", guard=guards.leader, in_place=True)
    async def move_look(self, call: Call) -> Reply:
        """Show the move as it would be done."""
        _, programme, found, day, minute = await _read(call)
        return _move(call, programme, found, day, minute)

    @route("lead:move-yes", guard=guards.leader, in_place=True)
    async def move_yes(self, call: Call) -> Reply:
        """Move it."""
        guild, programme, found, day, minute = await _read(call)
        tools, revision = call.tools, call.token.rpartition(".")[2]
        if not revision.isdecimal():
            raise PeerError("error.button_gone")
        moved = await meetings.move(
            tools.db,
            tools.clock,
            call.actor,
            programme,
            found.meeting.id,
            day=day,
            minute=minute,
            revision=int(revision),
        )
        return self._done(call, guild, programme, moved, "move")

    @route("lead:skip", guard=guards.leader, in_place=True)
    async def skip(self, call: Call) -> Reply:
        """Ask whether it is to be left out."""
        _, programme, meeting_id, _ = await parts(call)
        return await skip(call, programme, meeting_id)

    @route("lead:skip-yes", guard=guards.leader, in_place=True)
    async def skip_yes(self, call: Call) -> Reply:
        """Leave it out."""
        return await self._do(call, meetings.skip, "skip")

    @route("lead:cancel", guard=guards.leader, in_place=True)
    async def cancel(self, call: Call) -> Reply:
        """Ask whether it is to be called off."""
        _, programme, meeting_id, _ = await parts(call)
        return await cancel(call, programme, meeting_id)

    @route("lead:cancel-yes", guard=guards.leader, in_place=True)
    async def cancel_yes(self, call: Call) -> Reply:
        """Call it off."""
        return await self._do(call, meetings.cancel, "cancel")

    @route("lead:back-yes", guard=guards.leader, in_place=True)
    async def back_yes(self, call: Call) -> Reply:
        """Let it take place after all."""
        return await self._do(call, meetings.bring_back, "back")

    @route("lead:end-yes", guard=guards.leader, in_place=True)
    async def end_yes(self, call: Call) -> Reply:
        """End the whole series."""
        guild, programme, series_id, _ = await parts(call)
        tools = call.tools
        ended = await meetings.cancel_series(tools.db, tools.clock, call.actor, programme, _known(series_id))
        self._tell(guild, ended.id)
        said = call.t("meetings.lead.done.end", title=f"**{times.plain(ended.title)}**")
        return Reply(said, views.rows([_to_all(call, programme)]))

    async def _do(self, call: Call, change: Change, verb: str) -> Reply:
        guild, programme, meeting_id, _ = await parts(call)
        changed = await change(call.tools.db, call.tools.clock, call.actor, programme, meeting_id)
        return self._done(call, guild, programme, changed, verb)

    def _done(self, call: Call, guild: Guild, programme: Programme, changed: Listed, verb: str) -> Reply:
        self._tell(guild, changed.series.id)
        title, at = f"**{times.plain(changed.series.title)}**", times.at(changed.meeting.starts_at)
        said = [call.t(f"meetings.lead.done.{verb}", title=title, at=at)]
        said.append(call.t("meetings.lead.being_told", n=changed.coming))
        return Reply("\n".join(said), views.rows([_to_all(call, programme)]))

    def _tell(self, guild: Guild, series_id: str) -> None:
        self.bot.delivery.wake()
        self.bot.panels.touch(guild.guild_id, meetings.PANEL, series_id)


async def _found(call: Call, programme: Programme, meeting_id: str) -> Listed:
    return await meetings.look(call.tools.db, call.tools.clock, call.actor, programme, _known(meeting_id))


def _known(text: str) -> str:
    """Return an id that could be one of ours; raises PeerError for anything else that was sent."""
    if not is_id(text):
        raise PeerError("meetings.gone")
    return text


async def _read(call: Call) -> tuple[Guild, Programme, Listed, dt.date, int]:
    """Read a token: programme, meeting, and to which day and minute it would be moved; by itself where that is missing."""
    guild, programme, meeting_id, rest = await parts(call)
    found = await _found(call, programme, meeting_id)
    if not rest:
        return guild, programme, found, *_shown(found)
    day, _, minute = rest.partition(".")
    minute = minute.partition(".")[0]
    try:
        return guild, programme, found, dt.date.fromisoformat(day), _minute(minute)
    except ValueError:
        raise PeerError("error.button_gone") from None


def _minute(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) < 24 * 60):
        raise ValueError("no minute of the day")
    return int(text)


def _shown(found: Listed) -> tuple[dt.date, int]:
    """Return day and minute that the clock of the series shows when it begins."""
    return _on_clock(found.meeting.starts_at, found.series.zone)


def _on_clock(moment: dt.datetime, zone: str) -> tuple[dt.date, int]:
    there = moment.astimezone(ZoneInfo(zone))
    return there.date(), there.hour * 60 + there.minute


def _token(programme: Programme, found: Listed, day: dt.date | None = None, minute: int = 0) -> str:
    token = f"{programme.id}.{found.meeting.id}"
    return token if day is None else f"{token}.{day:{DAY}}.{minute}"


def _line(found: Listed) -> str:
    return f"**{times.plain(found.series.title)}** {times.at(found.meeting.starts_at)}"


async def _all(call: Call, programme: Programme) -> Reply:
    tools = call.tools
    found = await meetings.upcoming(tools.db, tools.clock, call.actor, programme, also_off=True, limit=MOST)
    new = views.button(call.t("meetings.lead.button.new"), f"lead:meeting-new:{programme.id}", Style.success)
    if not found:
        return Reply(call.t("meetings.lead.all.none"), views.rows([new]))
    options = [
        discord.SelectOption(label=label(call.tools.texts, call.actor.locale, one), value=one.meeting.id)
        for one in found
    ]
    select = discord.ui.Select[Any](
        custom_id=f"lead:meeting:{programme.id}", placeholder=call.t("meetings.lead.all.ask"), options=options
    )
    name = call.t(f"programme.{programme.preset}.name")
    return Reply(call.t("meetings.lead.all", programme=name), views.rows([select], [new]))


def label(texts: Texts, locale: str, one: Listed) -> str:
    """Return a meeting in one line, as a choice: when it is on its own clock, and what it is called."""
    moment = one.meeting.starts_at.astimezone(ZoneInfo(one.series.zone))
    key = "meetings.lead.choice.off" if one.meeting.state in OFF else "meetings.lead.choice"
    day = texts.date(locale, moment.date())
    return texts.t(locale, key, day=day, time=f"{moment:%H:%M}", title=one.series.title)[:100]


def _one(call: Call, programme: Programme, found: Listed) -> Reply:
    token, texts, locale = _token(programme, found), call.tools.texts, call.actor.locale
    clock = times.clock(texts, locale, found.series.zone, found.meeting.starts_at)
    said = [_line(found), clock, times.repeats(texts, locale, found.series.rule)]
    buttons: list[discord.ui.Item[Any]] = []
    if found.meeting.state in OFF:
        said.append(call.t("meetings.lead.is_off"))
        buttons.append(views.button(call.t("meetings.lead.button.back"), f"lead:back-yes:{token}", Style.success))
    else:
        said.append(call.t("meetings.card.coming", n=found.coming))
        buttons += [
            views.button(call.t("meetings.lead.button.move"), f"lead:move:{token}", Style.primary),
            views.button(call.t("meetings.lead.button.skip"), f"lead:skip:{token}"),
        ]
    buttons.append(views.button(call.t("meetings.lead.button.cancel"), f"lead:cancel:{token}", Style.danger))
    return Reply("\n".join(one for one in said if one), views.rows(buttons, [_to_all(call, programme)]))


def _to_all(call: Call, programme: Programme) -> discord.ui.Button[Any]:
    return views.button(call.t("meetings.lead.button.all"), f"lead:meetings:{programme.id}")


def _ask(call: Call, programme: Programme, found: Listed, verb: str) -> Reply:
    """Ask before something is left out or called off, and say how many will be told."""
    token = _token(programme, found)
    said = [_line(found), call.t(f"meetings.lead.ask.{verb}"), call.t("meetings.lead.will_be_told", n=found.coming)]
    buttons: list[discord.ui.Item[Any]] = []
    if found.meeting.state not in OFF:
        yes = call.t(f"meetings.lead.button.{verb}_yes")
        buttons.append(views.button(yes, f"lead:{verb}-yes:{token}", Style.danger))
    if verb == "cancel" and found.series.rule != ONCE:
        end = f"lead:end-yes:{programme.id}.{found.series.id}"
        said.append(call.t("meetings.lead.ask.end"))
        buttons.append(views.button(call.t("meetings.lead.button.end_yes"), end, Style.danger))
    leave = views.button(call.t("meetings.lead.button.leave_it"), f"lead:meeting:{token}")
    return Reply("\n".join(said), views.rows([*buttons, leave]))


def _pick(call: Call, programme: Programme, found: Listed, day: dt.date, minute: int) -> Reply:
    """Let another time of a meeting be picked from lists."""
    zone, token = found.series.zone, _token(programme, found, day, minute)
    city = call.tools.texts.city(call.actor.locale, zone)
    said = [_line(found), call.t("meetings.lead.pick", city=city), *_becomes(call, found, day, minute)]
    look = views.button(call.t("meetings.lead.button.look"), f"lead:move-look:{token}", Style.primary)
    leave = views.button(call.t("meetings.lead.button.leave_it"), f"lead:meeting:{_token(programme, found)}")
    rows = (
        [screens.days(call, f"lead:move-day:{token}", zone, day)],
        [screens.hours(call, f"lead:move-hour:{token}", minute // 60)],
        [screens.minutes(call, f"lead:move-minute:{token}", minute % 60)],
        [look, leave],
    )
    return Reply("\n".join(said), views.rows(*rows))


def _becomes(call: Call, found: Listed, day: dt.date, minute: int) -> list[str]:
    """Say when it would begin, and what becomes of a time that the clock leaves out."""
    moment = time.at(_once(found, day, minute), day)
    if moment is None:
        return [call.t("meetings.no_such_day")]
    texts, locale = call.tools.texts, call.actor.locale
    clock = times.clock(texts, locale, found.series.zone, moment)
    said = [call.t("meetings.lead.first", at=times.at(moment), clock=clock)]
    return said + screens.gap(call, _once(found, day, minute), day)


def _once(found: Listed, day: dt.date, minute: int) -> time.Series:
    series = found.series
    try:
        return time.Series(rule=ONCE, zone=series.zone, starts_on=day, minute=minute, minutes=series.minutes)
    except ValueError:
        raise PeerError("meetings.no_such_day") from None


def _move(call: Call, programme: Programme, found: Listed, day: dt.date, minute: int) -> Reply:
    """Ask before it is moved, with both times and how many will be told."""
    token = _token(programme, found, day, minute)
    said = [call.t("meetings.lead.ask.move", meeting=_line(found)), *_becomes(call, found, day, minute)]
    said.append(call.t("meetings.lead.will_be_told", n=found.coming))
    yes = f"lead:move-yes:{token}.{found.meeting.revision}"
    buttons = [
        views.button(call.t("meetings.lead.button.move_yes"), yes, Style.success),
        views.button(call.t("meetings.lead.button.time"), f"lead:move:{token}"),
        views.button(call.t("meetings.lead.button.leave_it"), f"lead:meeting:{_token(programme, found)}"),
    ]
    return Reply("\n".join(said), views.rows(buttons))


def _value(call: Call) -> str:
    values = call.fields.get("values")
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise PeerError("error.button_gone")
    return values[0]
