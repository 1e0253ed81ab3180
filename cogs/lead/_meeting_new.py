"""A new meeting, seen before it is created: as it was understood, with its first dates, or picked from lists.

Nothing is stored until *Create* is pressed. What was chosen so far travels in the screen (`_meeting_draft`).
"""

from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import meetings
from bot.services.meetings import Wish
from cogs.lead import _meeting_draft as drafts
from cogs.lead import _meeting_entered as entering
from cogs.lead import _meeting_screens as screens
from cogs.lead._meeting_entered import Entered
from cogs.lead._words import parts


async def propose(call: Call, guild: Guild, programme: Programme, entered: Entered) -> Reply:
    """Show how what was entered is understood, or why it is not."""
    try:
        draft = entering.understand(call, guild, programme, entered)
    except PeerError as error:
        return entering.refused(call, programme, entered, error)
    return screens.confirm(call, programme, draft)


class NewMeeting(commands.Cog):
    """The screens on which a meeting is made."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.add("leaders", 10, "meetings", self._on_leaders_panel)

    def _on_leaders_panel(self, guild: Guild, programme: Programme) -> "discord.ui.Button[Any]":
        said = self.bot.tools.texts.t(guild.locale, "meetings.lead.button.new")
        return views.button(said, f"lead:meeting-new:{programme.id}", Style.success)

    # -- in words ---------------------------------------------------------------------------------------------------

    @route("lead:meeting-new", guard=guards.leader, opens_form=True)
    async def new(self, call: Call) -> None:
        """Open the form for a new meeting."""
        _, programme, _, _ = await parts(call)
        await call.open_form(screens.form(call, programme, Entered()))

    @route("lead:meeting-write", guard=guards.leader, opens_form=True)
    async def write(self, call: Call) -> None:
        """Open the form, filled with what stands on the screen."""
        _, programme, _, _ = await parts(call)
        await call.open_form(screens.form(call, programme, entering.entered_before(call)))

    @route("lead:meeting-enter", guard=guards.leader, in_place=True)
    async def enter(self, call: Call) -> Reply:
        """Read what was written into the form; without a time, let it be picked from lists."""
        guild, programme, _, _ = await parts(call)
        entered = screens.written(call, entering.entered_before(call))
        if entered.when.strip():
            return await propose(call, guild, programme, entered)
        return _lists(call, guild, programme, entered)

    @route("lead:meeting-meant", guard=guards.leader, in_place=True)
    async def meant(self, call: Call) -> Reply:
        """Take one of the readings that were offered."""
        guild, programme, _, _ = await parts(call)
        before = entering.entered_before(call)
        return await propose(call, guild, programme, screens.with_when(before, _value(call)))

    # -- from lists -------------------------------------------------------------------------------------------------

    @route("lead:meeting-lists", guard=guards.leader, in_place=True)
    async def lists(self, call: Call) -> Reply:
        """Go on from what was not understood, with lists."""
        guild, programme, _, _ = await parts(call)
        return _lists(call, guild, programme, entering.entered_before(call))

    @route("lead:meeting-time", guard=guards.leader, in_place=True)
    async def time(self, call: Call) -> Reply:
        """Let the time of what is shown be picked from lists."""
        _, programme, _, _ = await parts(call)
        return screens.pick(call, programme, drafts.read(call))

    @route("lead:meeting-day", guard=guards.leader, in_place=True)
    async def day(self, call: Call) -> Reply:
        """Take a day."""
        _, programme, _, _ = await parts(call)
        return screens.pick(call, programme, drafts.read(call).on(screens.read_day(_value(call))))

    @route("lead:meeting-hour", guard=guards.leader, in_place=True)
    async def hour(self, call: Call) -> Reply:
        """Take an hour."""
        _, programme, _, _ = await parts(call)
        draft = drafts.read(call)
        minute = screens.read_number(_value(call), 24) * 60 + draft.when.minute % 60
        return screens.pick(call, programme, draft.at(minute))

    @route("lead:meeting-minute", guard=guards.leader, in_place=True)
    async def minute(self, call: Call) -> Reply:
        """Take a minute of the hour."""
        _, programme, _, _ = await parts(call)
        draft = drafts.read(call)
        minute = draft.when.minute // 60 * 60 + screens.read_number(_value(call), 60)
        return screens.pick(call, programme, draft.at(minute))

    @route("lead:meeting-repeat", guard=guards.leader, in_place=True)
    async def repeat(self, call: Call) -> Reply:
        """Take a way to repeat."""
        _, programme, _, _ = await parts(call)
        draft, chosen = drafts.read(call), _value(call)
        rule = {**drafts.ways(draft.when.starts_on), screens.SAME: draft.when.rule}.get(chosen)
        if rule is None:
            raise PeerError("error.button_gone")
        return screens.pick(call, programme, draft.again(rule))

    @route("lead:meeting-look", guard=guards.leader, in_place=True)
    async def look(self, call: Call) -> Reply:
        """Show what was picked as it would be created."""
        _, programme, _, _ = await parts(call)
        return screens.confirm(call, programme, drafts.read(call))

    # -- before it is created ---------------------------------------------------------------------------------------

    @route("lead:meeting-format", guard=guards.leader, in_place=True)
    async def format(self, call: Call) -> Reply:
        """Take a way to hold it, and with it how long that takes."""
        _, programme, _, _ = await parts(call)
        return screens.confirm(call, programme, screens.with_format(drafts.read(call), programme, _value(call)))

    @route("lead:meeting-where", guard=guards.leader, in_place=True)
    async def where(self, call: Call) -> Reply:
        """Take the channel in which it meets, or none."""
        _, programme, _, _ = await parts(call)
        return screens.confirm(call, programme, screens.with_channel(call, drafts.read(call)))

    @route("lead:meeting-make", guard=guards.leader, in_place=True)
    async def make(self, call: Call) -> Reply:
        """Create it: once, however often the button was pressed."""
        guild, programme, _, _ = await parts(call)
        if programme.state != "live":
            # Whoever only tries the programme out sees everything up to here.
            raise PeerError("meetings.lead.on_trial")
        tools, draft = call.tools, drafts.read(call)
        when = draft.when
        wish = Wish(
            id=draft.id,
            title=draft.title,
            zone=when.zone,
            starts_on=when.starts_on,
            minute=when.minute,
            minutes=when.minutes,
            rule=when.rule,
            capacity=draft.capacity,
            format=draft.format,
            channel_id=draft.channel_id,
        )
        card = await meetings.create(tools.db, tools.clock, call.actor, programme, wish)
        self.bot.delivery.wake()
        self.bot.panels.touch(guild.guild_id, meetings.PANEL, card.series.id)
        return screens.created(call, programme, card)

    @route("lead:meeting-drop", guard=guards.leader, in_place=True)
    async def drop(self, call: Call) -> Reply:
        """Leave it; nothing was stored."""
        return Reply(call.t("meetings.lead.dropped"))


def _lists(call: Call, guild: Guild, programme: Programme, entered: Entered) -> Reply:
    """Show the lists, with all that was entered but the time; raises PeerError for what cannot be."""
    usual = screens.usual_time(call, guild, entered)
    try:
        draft = entering.understand(call, guild, programme, usual)
    except PeerError as error:
        return entering.refused(call, programme, entered, error)
    return screens.pick(call, programme, draft)


def _value(call: Call) -> str:
    values = call.fields.get("values")
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise PeerError("error.button_gone")
    return values[0]
