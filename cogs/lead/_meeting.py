"""`/lead meeting`: from what was typed to the screen that answers. Nothing is done before it is confirmed there."""

from collections.abc import Awaitable, Callable

from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards
from bot.kit.call import Call, Handler, Reply
from bot.services.guilds import WhichProgramme, programme_here, programme_of
from cogs.lead import _meeting_change as changing
from cogs.lead._meeting_entered import Entered
from cogs.lead._meeting_new import propose

Change = Callable[[Call, Programme], Awaitable[Reply]]


def entered(
    title: str,
    when: str,
    repeat: str | None,
    zone: str | None,
    minutes: int | None,
    capacity: int | None,
    format_: str | None,
) -> Entered:
    """Return what the options of a command hold."""
    length, places = ("" if one is None else str(one) for one in (minutes, capacity))
    return Entered(title, when, repeat or "", zone or "", length, places, format_)


def create(typed: Entered, programme: str | None) -> Handler:
    """Return what shows how a new meeting is understood."""

    async def handle(call: Call) -> Reply:
        return await propose(call, *await _meant(call, programme), typed)

    return handle


def move(meeting: str, when: str) -> Handler:
    """Return what shows to when a meeting would be moved."""
    return _of(meeting, lambda call, programme: changing.move(call, programme, _id(meeting), when))


def skip(meeting: str) -> Handler:
    """Return what asks whether a meeting is to be left out."""
    return _of(meeting, lambda call, programme: changing.skip(call, programme, _id(meeting)))


def cancel(meeting: str) -> Handler:
    """Return what asks whether a meeting or its series is to be called off."""
    return _of(meeting, lambda call, programme: changing.cancel(call, programme, _id(meeting)))


def _of(meeting: str, change: Change) -> Handler:
    """Read which programme's meeting was chosen; what was typed by hand is nobody's."""

    async def handle(call: Call) -> Reply:
        if "." not in meeting:
            # Whoever may not is told that first, and not what there is.
            await _meant(call, None)
            raise PeerError("meetings.lead.choose")
        programme_id = meeting.partition(".")[0]
        try:
            _, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
        except PeerError:
            await _meant(call, None)
            raise PeerError("meetings.lead.choose") from None
        guards.must_lead(call.actor, programme)
        return await change(call, programme)

    return handle


def _id(meeting: str) -> str:
    return meeting.partition(".")[2]


async def _meant(call: Call, programme_id: str | None) -> tuple[Guild, Programme]:
    """Return the programme that was named, else the channel's, else the only one that the person leads."""
    if programme_id is not None:
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
        guards.must_lead(call.actor, programme)
        return guild, programme
    try:
        guild, programme = await programme_here(call.tools.guilds, call.guild_id, call.interaction.channel_id)
    except WhichProgramme as question:
        guild_ = await call.tools.guilds.get(call.guild_id)
        led = [one for one in question.programmes if guards.leads(call.actor, one)]
        if guild_ is not None and len(led) == 1:
            return guild_, led[0]
        if not led and not call.actor.manages_guild:
            raise PeerError("error.only_leaders") from None
        raise PeerError("meetings.lead.which") from None
    guards.must_lead(call.actor, programme)
    return guild, programme
