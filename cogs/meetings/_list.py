"""`/meetings`: what comes next, with one's own answers, and when one is reminded. Private."""

from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, times, views, which
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import meetings, reaching, rsvps
from bot.services.meetings import Listed
from bot.steps.members import NeedsConsent
from cogs.meetings import _card, _words

THEN = "meetings:list"
PAGE = 3
"""Meetings on a page: a row of buttons each."""
CALENDAR = "feeds:calendar"
"""The route of the calendar's address, where there is one."""


async def here(call: Call) -> Reply:
    """Show the meetings of the programme that the channel means, or ask which one."""
    found = await which.programme(call, THEN)
    return found if isinstance(found, Reply) else await show(call, *found)


async def show(call: Call, guild: Guild, programme: Programme, page: int = 0, note: str = "") -> Reply:
    """Show a page of what comes next, below `note`."""
    tools = call.tools
    found = await meetings.upcoming(tools.db, tools.clock, call.actor, programme, also_off=True)
    lead = await rsvps.lead(tools.db, call.actor, programme)
    pages = max(1, -(-len(found) // PAGE))
    page = min(page, pages - 1)
    first = page * PAGE
    shown = list(enumerate(found[first : first + PAGE], first + 1))
    said = [note, ""] if note else []
    said.append(call.t("meetings.list", programme=call.t(f"programme.{programme.preset}.name")))
    for number, one in shown:
        said += ["", *_lines(call, number, one)]
    if not shown:
        said.append(call.t("meetings.list.none"))
    rows = [_answers(call, programme, number, one, page) for number, one in shown]
    rows = [row for row in rows if row]
    select = _lead_select(call, programme, lead)
    return Reply("\n".join(said), views.rows(*rows, [select], _turning(call, programme, page, pages)))


class Lists(commands.Cog):
    """The list, one meeting by itself, and the reminder."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.add("start", 20, "meetings", self._on_start_panel)

    def _on_start_panel(self, guild: Guild, programme: Programme) -> "discord.ui.Button[Any]":
        said = self.bot.tools.texts.t(guild.locale, "meetings.button.next")
        return views.button(said, f"meetings:list:{programme.id}")

    @route("meetings:list", guard=guards.reached, in_place=True)
    async def list(self, call: Call) -> Reply:
        """Show what comes next."""
        guild, programme, page, _ = await _words.parts(call)
        return await show(call, guild, programme, _words.page_of(page))

    @route("meetings:one", guard=guards.reached, in_place=True)
    async def one(self, call: Call) -> Reply:
        """Show one meeting: which it is, where it is, and the person's own answer."""
        _, programme, meeting_id, _ = await _words.parts(call)
        meeting_id = _words.known(meeting_id)
        found = await meetings.look(call.tools.db, call.tools.clock, call.actor, programme, meeting_id)
        said = [f"{_words.title(found.series)}", *_card.facts(call.tools.texts, call.actor.locale, found)]
        said += _own(call, found)
        more = [views.button(call.t("meetings.button.list"), f"meetings:list:{programme.id}")]
        if not found.meeting.comes(call.tools.clock.now()):
            return Reply("\n".join(said), views.rows(more))
        buttons = _card.buttons(call.tools.texts, call.actor.locale, programme, found)
        return Reply("\n".join(said), views.rows(buttons, more))

    @route("meetings:remind", guard=guards.reached, in_place=True)
    async def remind(self, call: Call) -> Reply:
        """Ask how long before a meeting the person wants to be reminded."""
        _, programme, _, _ = await _words.parts(call)
        lead = await rsvps.lead(call.tools.db, call.actor, programme)
        more = views.button(call.t("meetings.button.list"), f"meetings:list:{programme.id}")
        return Reply(_reminded(call, lead), views.rows([_lead_select(call, programme, lead)], [more]))

    @route("meetings:lead", guard=guards.reached, in_place=True)
    async def lead(self, call: Call) -> Reply:
        """Remind the person so long before, in this programme."""
        values = call.fields.get("values")
        if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
            raise PeerError("error.button_gone")
        return await self._set_lead(call, values[0])

    @route("meetings:lead-yes", guard=guards.reached, in_place=True)
    async def lead_yes(self, call: Call) -> Reply:
        """Take the one consent, and what was chosen before."""
        _, _, chosen, _ = await _words.parts(call)
        return await self._set_lead(call, chosen, agreed=True)

    async def _set_lead(self, call: Call, chosen: str, *, agreed: bool = False) -> Reply:
        guild, programme, _, _ = await _words.parts(call)
        tools, minutes = call.tools, _words.number(chosen)
        if minutes not in rsvps.LEADS:
            raise PeerError("error.button_gone")
        try:
            lead = await rsvps.set_lead(tools.db, tools.clock, call.actor, programme, minutes, agreed=agreed)
        except NeedsConsent:
            agree = f"meetings:lead-yes:{programme.id}.{minutes}"
            yes = views.button(call.t("consent.button.agree"), agree, Style.success)
            asked = call.t("consent.ask", privacy=self.bot.command_sets.mention("privacy", guild))
            return Reply(asked, views.rows([yes]))
        self.bot.delivery.wake()
        said = [_reminded(call, lead)]
        way = await reaching.way_of(tools.db, guild.guild_id, call.actor.user_id)
        if lead and (way is None or way.way == "nowhere"):
            settings = self.bot.command_sets.mention("settings", guild)
            said.append(call.t("meetings.remind.unreached", settings=settings))
        return await show(call, guild, programme, note="\n".join(said))


def _lines(call: Call, number: int, one: Listed) -> list[str]:
    """Say in two lines which meeting it is and when, how many come, and what the person said."""
    texts, locale, meeting = call.tools.texts, call.actor.locale, one.meeting
    head = {"number": number, "title": _words.title(one.series), "at": times.at(meeting.starts_at)}
    if meeting.state in ("skipped", "cancelled"):
        return [call.t("meetings.list.off", **head)]
    said = [call.t("meetings.list.line", **head)]
    if meeting.moved and meeting.was_at is not None:
        said.append(call.t("meetings.card.instead", at=times.at(meeting.was_at)))
    said.append(" ".join([_card.coming(texts, locale, one), *_own(call, one)]))
    return said


def _own(call: Call, one: Listed) -> list[str]:
    """Say what the person said themself, if anything."""
    own = one.own
    if own is None:
        return []
    if own.offered_until is not None:
        return [call.t("meetings.own.offered", until=times.at(own.offered_until))]
    if own.answer == "waiting":
        return [call.t("meetings.own.waiting", place=own.place)]
    return [call.t(f"meetings.own.{own.answer}")]


def _answers(call: Call, programme: Programme, number: int, one: Listed, page: int) -> list[discord.ui.Item[Any]]:
    """Return the buttons of a numbered meeting; the answer shows this page again."""
    if not one.meeting.comes(call.tools.clock.now()):
        return []
    token, own = f"{programme.id}.{one.meeting.id}.{page}", one.own
    if own is not None and own.offered_until is not None:
        kinds = [("take", "take", Style.success), ("pass", "pass", Style.secondary)]
    elif own is not None and own.answer == "waiting":
        kinds = [("leave_list", "cannot", Style.secondary)]
    elif own is not None and own.answer == "yes":
        kinds = [("cannot", "cannot", Style.secondary)]
    else:
        kinds = [("wait" if _card.is_full(one) else "come", "come", Style.success)]
        kinds += [] if own is not None else [("cannot", "cannot", Style.secondary)]
    return [
        views.button(
            call.t("meetings.button.numbered", number=number, what=call.t(f"meetings.button.{word}")),
            f"meetings:{verb}:{token}",
            style,
        )
        for word, verb, style in kinds
    ]


def _lead_select(call: Call, programme: Programme, lead: int) -> discord.ui.Select[Any]:
    options = [
        discord.SelectOption(label=call.t(f"meetings.before.{minutes}"), value=str(minutes), default=minutes == lead)
        for minutes in rsvps.LEADS
    ]
    return discord.ui.Select[Any](
        custom_id=f"meetings:lead:{programme.id}", placeholder=call.t("meetings.before.ask"), options=options
    )


def _reminded(call: Call, lead: int) -> str:
    return call.t(f"meetings.remind.{lead}")


def _turning(call: Call, programme: Programme, page: int, pages: int) -> list[discord.ui.Item[Any]]:
    buttons: list[discord.ui.Item[Any]] = []
    if page > 0:
        buttons.append(views.button(call.t("meetings.button.earlier"), f"meetings:list:{programme.id}.{page - 1}"))
    if page + 1 < pages:
        buttons.append(views.button(call.t("meetings.button.later"), f"meetings:list:{programme.id}.{page + 1}"))
    if CALENDAR in call.interaction.client.router.routes:
        buttons.append(views.button(call.t("meetings.button.calendar"), f"{CALENDAR}:{programme.id}"))
    return buttons
