"""`/checkin remind`: being asked once a day how one is, at a time of one's own; and what the reminder itself says.

It shows and asks. When something is said, and whether at all, is decided in services and domain.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from bot.delivery import Say
from bot.domain import quiet
from bot.domain.checkins import Mood
from bot.domain.guilds import Guild, Programme
from bot.domain.outbox import Claimed
from bot.domain.reminders import DAYS
from bot.errors import PeerError
from bot.kit import guards, reach, views, which, zones
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import reminders
from bot.services.guilds import programme_of
from bot.services.reminders import PAUSES, Due, Planned, Standing
from bot.steps.members import NeedsConsent
from cogs.checkins._words import parts

HOURS = range(6, 23)
"""The full hours that are offered; any other time can be entered."""
OTHER = "other"
THEN = "checkins:remind"
"""Where those go on who were asked something else first."""

Change = Callable[..., Awaitable[Standing]]


async def here(call: Call) -> Reply:
    """Show the reminder of the programme that the channel means, or ask which one."""
    found = await which.programme(call, THEN)
    return found if isinstance(found, Reply) else await _show(call, *found)


class Reminding(commands.Cog):
    """The buttons of the reminder's screen, and those of the reminder itself."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.delivery.kind(reminders.KIND, wanted=reminders.wanted, render=self._render, after_sent=reminders.after_sent)
        bot.delivery.sweep(reminders.plan_ahead)

    # -- what is said -----------------------------------------------------------------------------------------------

    def _render(self, row: Claimed, due: Due, locale: str) -> Say:
        """Say the reminder, or the note after several without an answer. Its words may stand on a lock screen.

        That is why the question is ours and not the leaders' own.
        """

        def t(key: str, **args: Any) -> str:
            return self.bot.tools.texts.t(locale, key, **args)

        pid = due.programme_id
        stop = views.button(t("checkins.remind.button.stop"), f"checkins:remind-stop:{pid}")
        if due.asking == "note":
            go_on = views.button(t("checkins.remind.button.go_on"), f"checkins:remind-on:{pid}", Style.primary)
            return Say(t("checkins.remind.note"), views.rows([go_on, stop]))
        moods = [views.button(t(mood.key), f"checkins:mood:{pid}.{mood.value}", Style.primary) for mood in Mood]
        others = [
            views.button(t("checkins.remind.button.pass"), f"checkins:remind-pass:{pid}"),
            views.button(t("checkins.remind.button.pause"), f"checkins:remind-pause:{pid}"),
            stop,
        ]
        said = t("checkins.remind.question", question=t(f"programme.{due.preset}.question"))
        return Say(said, views.rows(moods, others))

    @route("checkins:remind-pass", guard=guards.reached, in_place=True)
    async def pass_today(self, call: Call) -> Reply:
        """Leave today out."""
        await self._do(call, reminders.pass_today)
        return Reply(call.t("checkins.remind.passed"))

    @route("checkins:remind-pause", guard=guards.reached, in_place=True)
    async def pause(self, call: Call) -> Reply:
        """Pause reminders for a length, or ask for how long."""
        programme_id, length, _ = parts(call.token)
        if not length:
            _, programme = await _programme(call, programme_id)
            return Reply(call.t("checkins.remind.pause.ask"), views.rows(_pauses(call, programme)))
        return await self._changed(call, reminders.pause, length)

    @route("checkins:remind-on", guard=guards.reached, in_place=True)
    async def go_on(self, call: Call) -> Reply:
        """Go on after a pause, a stop or the note."""
        return await self._changed(call, reminders.go_on)

    @route("checkins:remind-stop", guard=guards.reached, in_place=True)
    async def stop(self, call: Call) -> Reply:
        """Stop; nobody is asked for a reason."""
        guild, _, _ = await self._do(call, reminders.stop)
        return Reply(call.t("checkins.remind.stopped", remind=self._mention("checkin remind", guild)))

    # -- the screen -------------------------------------------------------------------------------------------------

    @route("checkins:remind", guard=guards.reached, in_place=True)
    async def remind(self, call: Call) -> Reply:
        """Show when the reminder comes, with all that changes it."""
        return await _show(call, *await _programme(call, call.token))

    @route("checkins:remind-at", guard=guards.reached, in_place=True)
    async def choose(self, call: Call) -> Reply:
        """Take the time that was chosen, or lead to the form for another one."""
        guild, programme = await _programme(call, call.token)
        (value, *more) = call.fields.get("values") or [""]
        if value == OTHER:
            form = views.button(
                call.t("checkins.remind.button.time"), f"checkins:remind-form:{programme.id}", Style.primary
            )
            return Reply(call.t("checkins.remind.ask_own"), views.rows([form, _back(call, programme)]))
        if more:
            raise PeerError("error.button_gone")
        return await self._choose(call, guild, programme, _read_minute(value))

    @route("checkins:remind-yes", guard=guards.reached, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the one consent and the time that was chosen before."""
        programme_id, value, _ = parts(call.token)
        guild, programme = await _programme(call, programme_id)
        return await self._choose(call, guild, programme, _read_minute(value), agreed=True)

    @route("checkins:remind-form", guard=guards.reached, opens_form=True)
    async def form(self, call: Call) -> None:
        """Open the form for a time of one's own."""
        _, programme = await _programme(call, call.token)
        field = discord.ui.TextInput[Any](custom_id="time", min_length=4, max_length=5, placeholder="21:30")
        label = discord.ui.Label[Any](text=call.t("checkins.remind.form.time"), component=field)
        form_id = f"checkins:remind-time:{programme.id}"
        await call.open_form(views.form(call.t("checkins.remind.form.title"), form_id, label))

    @route("checkins:remind-time", guard=guards.reached, in_place=True)
    async def time(self, call: Call) -> Reply:
        """Take the time that was entered."""
        guild, programme = await _programme(call, call.token)
        minute = quiet.minute_of(str(call.fields.get("time") or ""))
        if minute is None:
            raise PeerError("checkins.remind.unknown")
        return await self._choose(call, guild, programme, minute)

    @route("checkins:remind-days", guard=guards.reached, in_place=True)
    async def days(self, call: Call) -> Reply:
        """Change the days."""
        days = next((days for days in DAYS if days == parts(call.token)[1]), None)
        if days is None:
            raise PeerError("error.button_gone")
        return await self._changed(call, reminders.set_days, days)

    @route("checkins:remind-way", guard=guards.reached, in_place=True)
    async def way(self, call: Call) -> Reply:
        """Ask how the person wants to be reached."""
        guild, programme = await _programme(call, call.token)
        return await reach.ask(call, guild, programme, then=THEN)

    async def _choose(
        self, call: Call, guild: Guild, programme: Programme, minute: int, *, agreed: bool = False
    ) -> Reply:
        tools = call.tools
        try:
            now = await reminders.choose(tools.db, tools.clock, call.actor, programme, minute, agreed=agreed)
        except NeedsConsent:
            agree = f"checkins:remind-yes:{programme.id}.{minute}"
            yes = views.button(call.t("consent.button.agree"), agree, Style.success)
            return Reply(call.t("consent.ask", privacy=self._mention("privacy", guild)), views.rows([yes]))
        self.bot.delivery.wake()
        if now.zone is not None and now.reach is None:
            # The first thing that would be sent to them.
            asked = await reach.ask(call, guild, programme, then=THEN)
            return replace(asked, content=f"{call.t('checkins.remind.saved')}\n\n{asked.content}")
        return _draw(call, guild, programme, now, call.t("checkins.remind.saved"))

    async def _changed(self, call: Call, change: Change, *values: Any) -> Reply:
        guild, programme, now = await self._do(call, change, *values)
        return _draw(call, guild, programme, now, call.t("checkins.remind.saved"))

    async def _do(self, call: Call, change: Change, *values: Any) -> tuple[Guild, Programme, Standing]:
        guild, programme = await _programme(call, parts(call.token)[0])
        now = await change(call.tools.db, call.tools.clock, call.actor, programme, *values)
        self.bot.delivery.wake()
        return guild, programme, now

    def _mention(self, name: str, guild: Guild) -> str:
        return self.bot.command_sets.mention(name, guild)


async def _programme(call: Call, programme_id: str) -> tuple[Guild, Programme]:
    """Return the guild and its programme: not one that is only on trial, which reaches nobody."""
    return await programme_of(call.tools.guilds, call.guild_id, programme_id)


async def _show(call: Call, guild: Guild, programme: Programme) -> Reply:
    now = await reminders.look(call.tools.db, call.tools.clock, call.actor, programme)
    return _draw(call, guild, programme, now)


def _draw(call: Call, guild: Guild, programme: Programme, now: Standing, note: str = "") -> Reply:
    """Say how things stand, below `note`, with all that changes it; or ask first what the person's clock shows."""
    if now.zone is None:
        asked = zones.ask(call, guild, programme, then=THEN)
        return replace(asked, content=f"{note}\n\n{asked.content}") if note else asked
    said = [*([note, ""] if note else []), call.t("checkins.remind"), *_said(call, guild, now)]
    rows: list[list[discord.ui.Item[Any]]] = [[_times(call, programme, now.planned)]]
    if now.planned is not None:
        rows += [_day_buttons(call, programme, now.planned), _ends(call, programme, now.planned)]
        if now.reach is None or now.reach.way == "nowhere":
            rows.append([views.button(call.t("checkins.remind.button.way"), f"checkins:remind-way:{programme.id}")])
    return Reply("\n".join(said), views.rows(*rows))


def _said(call: Call, guild: Guild, now: Standing) -> list[str]:
    planned, zone = now.planned, now.zone
    if planned is None or zone is None:
        return [call.t("checkins.remind.none")]
    city = call.tools.texts.city(call.actor.locale, zone)
    said = [call.t(f"checkins.remind.{planned.days}", time=quiet.shown(planned.minute), city=city)]
    if planned.is_paused:
        until = planned.paused_until
        said.append(
            call.t("checkins.remind.paused") if until is None else call.t("checkins.remind.paused.until", at=_at(until))
        )
    settings = call.interaction.client.command_sets.mention("settings", guild)
    if now.everything_paused:
        said.append(call.t("checkins.remind.all_paused", settings=settings))
    if now.reach is None:
        said.append(call.t("checkins.remind.unreached"))
    elif now.reach.way == "nowhere":
        said.append(call.t("checkins.remind.nowhere"))
    comes = now.reach is not None and now.reach.way != "nowhere"
    if comes and not planned.is_paused and not now.everything_paused:
        said.append(_next(call, now, planned, settings))
    return said


def _next(call: Call, now: Standing, planned: Planned, settings: str) -> str:
    """Say when the next one comes, and what the person's own quiet hours make of it."""
    due_at, heard_at = planned.upcoming.due_at, planned.heard_at
    if now.quiet is None or heard_at == due_at:
        return call.t("checkins.remind.next", at=_at(due_at))
    span = {"begins": quiet.shown(now.quiet.begins), "ends": quiet.shown(now.quiet.ends)}
    if heard_at is None:
        return call.t("checkins.remind.quiet.never", settings=settings, **span)
    return call.t("checkins.remind.quiet.waits", at=_at(heard_at), **span)


def _at(moment: Any) -> str:
    return f"<t:{int(moment.timestamp())}:F>"


def _times(call: Call, programme: Programme, planned: Planned | None) -> discord.ui.Select[Any]:
    chosen = planned.minute if planned is not None else None
    offered = sorted({hour * 60 for hour in HOURS} | ({chosen} if chosen is not None else set()))
    options = [
        discord.SelectOption(label=quiet.shown(minute), value=str(minute), default=minute == chosen)
        for minute in offered
    ]
    options.append(discord.SelectOption(label=call.t("checkins.remind.option.other"), value=OTHER))
    return discord.ui.Select[Any](
        custom_id=f"checkins:remind-at:{programme.id}", placeholder=call.t("checkins.remind.choose"), options=options
    )


def _day_buttons(call: Call, programme: Programme, planned: Planned) -> list[discord.ui.Item[Any]]:
    return [
        views.button(
            call.t(f"checkins.remind.button.{days}"),
            f"checkins:remind-days:{programme.id}.{days}",
            Style.primary if days == planned.days else Style.secondary,
            disabled=days == planned.days,
        )
        for days in DAYS
    ]


def _ends(call: Call, programme: Programme, planned: Planned) -> list[discord.ui.Item[Any]]:
    stop = views.button(call.t("checkins.remind.button.stop"), f"checkins:remind-stop:{programme.id}")
    if planned.is_paused:
        go_on = views.button(
            call.t("checkins.remind.button.go_on"), f"checkins:remind-on:{programme.id}", Style.primary
        )
        return [go_on, stop]
    return [*_pauses(call, programme), stop]


def _pauses(call: Call, programme: Programme) -> list[discord.ui.Item[Any]]:
    return [
        views.button(call.t(f"checkins.remind.button.pause.{length}"), f"checkins:remind-pause:{programme.id}.{length}")
        for length in PAUSES
    ]


def _back(call: Call, programme: Programme) -> discord.ui.Button[Any]:
    return views.button(call.t("checkins.remind.button.back"), f"checkins:remind:{programme.id}")


def _read_minute(value: Any) -> int:
    """Read a minute of the day that a screen of ours offers; raises PeerError for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 4:
        minute = int(value)
        if minute < quiet.MINUTES_OF_DAY:
            return minute
    raise PeerError("error.button_gone")
