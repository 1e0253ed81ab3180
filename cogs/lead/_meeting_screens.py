"""How a new meeting is shown before it is created: as a whole, as lists to pick from, as a form to write in."""

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import discord

from bot.domain import meetings as time
from bot.domain.guilds import Guild, Programme
from bot.domain.meetings import when as words
from bot.domain.series import MOST_TITLE
from bot.errors import PeerError
from bot.kit import times, views
from bot.kit.call import Call, Reply
from bot.kit.views import Style
from bot.services.meetings import Card
from cogs.lead import _meeting_draft as drafts
from cogs.lead._meeting_draft import Draft
from cogs.lead._meeting_entered import LONGEST, Entered

DATES_SHOWN = 3
DAYS_OFFERED = 24
"""One less than Discord takes: a day further away that was chosen before is added."""
EVERY_MINUTES = 5
SAME, NO_FORMAT = "same", "-"
MEETS_IN = [
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.text,
    discord.ChannelType.public_thread,
]


# -- as a whole -------------------------------------------------------------------------------------------------------------


def confirm(call: Call, programme: Programme, draft: Draft) -> Reply:
    """Show a meeting as it would be created: when, how often, the first dates, where its card stands, who is told."""
    texts, locale, now, when = call.tools.texts, call.actor.locale, call.tools.clock.now(), draft.when
    coming = first_ones(when, now)
    said = [drafts.heading(draft.title)]
    if not coming:
        said += ["", call.t("meetings.past")]
    else:
        clock = times.clock(texts, locale, when.zone, coming[0].starts_at)
        said += [call.t("meetings.lead.first", at=times.at(coming[0].starts_at), clock=clock)]
        said += _gaps(call, when, coming)
    rule = words.said_rule(when.rule)
    said.append(call.t("meetings.card.repeats", rule=texts.say(locale, rule)))
    if len(coming) > 1:
        said.append(call.t("meetings.lead.dates"))
        said += [f"- {times.at(one.starts_at)}" for one in coming]
    said += ["", *_how(call, draft), _card_stands(call, programme), call.t("meetings.lead.told")]
    names = [f"lead:meeting-{one}:{programme.id}" for one in ("where", "format", "make", "time", "write", "drop")]
    where, format_, make, other, write, drop = drafts.carry(draft, names)
    buttons: list[discord.ui.Item[Any]] = [
        views.button(call.t("meetings.lead.button.create"), make, Style.success, disabled=not coming),
        views.button(call.t("meetings.lead.button.time"), other),
        views.button(call.t("meetings.lead.button.words"), write),
        views.button(call.t("meetings.lead.button.leave"), drop),
    ]
    rows = [[_where(call, draft, where)], [_formats(call, programme, draft, format_)], buttons]
    return Reply("\n".join(said), views.rows(*rows))


def first_ones(when: time.Series, now: dt.datetime, most: int = DATES_SHOWN) -> list[time.Occurrence]:
    """Return the first meetings that are still to come."""
    found: list[time.Occurrence] = []
    while len(found) < most:
        one = time.next_one(when, found[-1].starts_at if found else now)
        if one is None:
            break
        found.append(one)
    return found


def _gaps(call: Call, when: time.Series, coming: list[time.Occurrence]) -> list[str]:
    return [line for one in coming for line in gap(call, when, one.day)]


def gap(call: Call, when: time.Series, day: dt.date) -> list[str]:
    """Say what becomes of a time that the clock leaves out on a day; nothing where it does not."""
    shown, texts, locale = time.becomes(when, day), call.tools.texts, call.actor.locale
    if shown is None:
        return []
    on = {"day": texts.date(locale, day), "city": texts.city(locale, when.zone)}
    return [call.t("meetings.lead.gap", left_out=_clock(when.minute), time=f"{shown:%H:%M}", **on)]


def _how(call: Call, draft: Draft) -> list[str]:
    said = [call.t("meetings.card.minutes", minutes=draft.when.minutes)]
    if draft.format is not None:
        said.append(call.t("meetings.card.format", format=call.t(f"format.{draft.format}")))
    if draft.capacity is not None:
        said.append(call.t("meetings.lead.capacity", n=draft.capacity))
    if draft.channel_id is not None:
        said.append(call.t("meetings.card.where", channel=f"<#{draft.channel_id}>"))
    return said


def _card_stands(call: Call, programme: Programme) -> str:
    channel_id = card_channel(programme)
    if channel_id is None:
        return call.t("meetings.lead.no_card")
    return call.t("meetings.lead.card", channel=f"<#{channel_id}>")


def card_channel(programme: Programme) -> int | None:
    """Return the channel in which a programme's cards stand."""
    return programme.channels.get("meetings") or programme.channels.get("group")


def _where(call: Call, draft: Draft, custom_id: str) -> discord.ui.Item[Any]:
    chosen = [discord.Object(draft.channel_id)] if draft.channel_id is not None else []
    return discord.ui.ChannelSelect[Any](
        custom_id=custom_id,
        placeholder=call.t("meetings.lead.where"),
        channel_types=MEETS_IN,
        min_values=0,
        max_values=1,
        default_values=chosen,
    )


def _formats(call: Call, programme: Programme, draft: Draft, custom_id: str) -> discord.ui.Item[Any]:
    options = [
        discord.SelectOption(
            label=call.t("meetings.lead.format", format=call.t(f"format.{one.name}"), minutes=one.minutes)[:100],
            value=one.name,
            default=one.name == draft.format,
        )
        for one in drafts.formats(programme.preset)
    ]
    options.append(
        discord.SelectOption(label=call.t("meetings.lead.format.none"), value=NO_FORMAT, default=draft.format is None)
    )
    return discord.ui.Select[Any](
        custom_id=custom_id, placeholder=call.t("meetings.lead.format.ask"), options=options[:25]
    )


def with_format(draft: Draft, programme: Programme, name: str) -> Draft:
    """Return the draft held in another way, and as long as that takes."""
    if name == NO_FORMAT:
        return replace(draft, format=None)
    found = drafts.format_of(programme.preset, name)
    return replace(draft.lasting(found.minutes), format=found.name) if found is not None else draft


def with_channel(call: Call, draft: Draft) -> Draft:
    """Return the draft in the chosen channel; raises PeerError for what is no channel of this server."""
    values = call.fields.get("values")
    if values == []:
        return replace(draft, channel_id=None)
    bot = call.interaction.client
    guild = bot.get_guild(call.guild_id)
    if not isinstance(values, list) or len(values) != 1 or guild is None or not str(values[0]).isdecimal():
        raise PeerError("error.button_gone")
    channel = guild.get_channel_or_thread(int(values[0]))
    if channel is None or channel.type not in MEETS_IN:
        raise PeerError("meetings.lead.no_channel")
    return replace(draft, channel_id=channel.id)


def created(call: Call, programme: Programme, card: Card) -> Reply:
    """Say that it stands, and what comes next."""
    at = times.at(card.next.meeting.starts_at)
    said = [call.t("meetings.lead.created", title=f"**{times.plain(card.series.title)}**", at=at)]
    said.append(_card_stands(call, programme))
    new = views.button(call.t("meetings.lead.button.another"), f"lead:meeting-new:{programme.id}")
    all_ = views.button(call.t("meetings.lead.button.all"), f"lead:meetings:{programme.id}")
    return Reply("\n".join(said), views.rows([new, all_]))


# -- as lists ---------------------------------------------------------------------------------------------------------------


def usual_time(call: Call, guild: Guild, entered: Entered) -> Entered:
    """Return what was entered with tomorrow evening as its time, from which the lists begin."""
    language = call.tools.texts.language(call.actor.locale)
    zone = entered.zone or guild.zone
    zone = zone if time.is_zone(zone) else guild.zone
    tomorrow = call.tools.clock.now().astimezone(ZoneInfo(zone)).date() + dt.timedelta(days=1)
    first = words.Understood(zone=zone, names_zone=True, starts_on=tomorrow, minute=drafts.USUAL_MINUTE, rule=None)
    return replace(entered, when=words.canonical(first, language), repeat="", zone="")


def pick(call: Call, programme: Programme, draft: Draft) -> Reply:
    """Let day, hour, minute and repetition be picked from lists."""
    texts, locale, when = call.tools.texts, call.actor.locale, draft.when
    coming = first_ones(when, call.tools.clock.now(), 1)
    said = [drafts.heading(draft.title), call.t("meetings.lead.pick", city=texts.city(locale, when.zone)), ""]
    if coming:
        clock = times.clock(texts, locale, when.zone, coming[0].starts_at)
        said.append(call.t("meetings.lead.first", at=times.at(coming[0].starts_at), clock=clock))
        said += _gaps(call, when, coming)
    else:
        said.append(call.t("meetings.past"))
    said.append(call.t("meetings.card.repeats", rule=texts.say(locale, words.said_rule(when.rule))))
    verbs = ("day", "hour", "minute", "repeat", "look", "write", "drop")
    day, hour, minute, repeat, look, write, drop = drafts.carry(
        draft, [f"lead:meeting-{one}:{programme.id}" for one in verbs]
    )
    buttons: list[discord.ui.Item[Any]] = [
        views.button(call.t("meetings.lead.button.look"), look, Style.primary),
        views.button(call.t("meetings.lead.button.words"), write),
        views.button(call.t("meetings.lead.button.leave"), drop),
    ]
    selects = [days(call, day, when.zone, when.starts_on), hours(call, hour, when.minute // 60)]
    selects += [minutes(call, minute, when.minute % 60), _repeats(call, repeat, when)]
    return Reply("\n".join(said), views.rows(*([one] for one in selects), buttons))


def days(call: Call, custom_id: str, zone: str, chosen: dt.date) -> discord.ui.Item[Any]:
    """Return a select of the next days in a zone, and of the one that is chosen."""
    today = call.tools.clock.now().astimezone(ZoneInfo(zone)).date()
    offered = sorted({*(today + dt.timedelta(days=n) for n in range(DAYS_OFFERED)), chosen})
    options = [
        discord.SelectOption(
            label=call.tools.texts.date(call.actor.locale, one), value=one.isoformat(), default=one == chosen
        )
        for one in offered
    ]
    return discord.ui.Select[Any](custom_id=custom_id, placeholder=call.t("meetings.lead.day"), options=options)


def hours(call: Call, custom_id: str, chosen: int) -> discord.ui.Item[Any]:
    """Return a select of the hours of the day."""
    options = [
        discord.SelectOption(
            label=call.t("meetings.lead.hour", hour=f"{hour:02}"), value=str(hour), default=hour == chosen
        )
        for hour in range(24)
    ]
    return discord.ui.Select[Any](custom_id=custom_id, placeholder=call.t("meetings.lead.hours"), options=options)


def minutes(call: Call, custom_id: str, chosen: int) -> discord.ui.Item[Any]:
    """Return a select of the minutes of an hour."""
    options = [
        discord.SelectOption(
            label=call.t("meetings.lead.minute", minute=f"{one:02}"), value=str(one), default=one == chosen
        )
        for one in sorted({*range(0, 60, EVERY_MINUTES), chosen})
    ]
    return discord.ui.Select[Any](custom_id=custom_id, placeholder=call.t("meetings.lead.minutes"), options=options)


def _repeats(call: Call, custom_id: str, when: time.Series) -> discord.ui.Item[Any]:
    offered = drafts.ways(when.starts_on)
    if when.rule not in offered.values():
        offered = {SAME: when.rule, **offered}
    texts, locale = call.tools.texts, call.actor.locale
    options = [
        discord.SelectOption(
            label=texts.say(locale, words.said_rule(rule))[:100], value=name, default=rule == when.rule
        )
        for name, rule in offered.items()
    ]
    return discord.ui.Select[Any](custom_id=custom_id, placeholder=call.t("meetings.lead.repeat"), options=options)


def read_day(value: str) -> dt.date:
    """Read a day that a screen of ours offers; raises PeerError for anything else."""
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise PeerError("error.button_gone") from None


def read_number(value: str, below: int) -> int:
    """Read a number that a screen of ours offers; raises PeerError for anything else."""
    if value.isascii() and value.isdecimal() and len(value) <= 2 and int(value) < below:
        return int(value)
    raise PeerError("error.button_gone")


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


# -- as a form --------------------------------------------------------------------------------------------------------------


def form(call: Call, programme: Programme, entered: Entered) -> discord.ui.Modal:
    """Return the form for a meeting in words, filled with what was entered before."""

    def field(name: str, value: str, *, needed: bool = False, most: int = LONGEST) -> discord.ui.Label[Any]:
        component = discord.ui.TextInput[Any](
            custom_id=name, required=needed, max_length=most, default=value[:most] or None
        )
        key = f"meetings.lead.form.{name}"
        return discord.ui.Label[Any](text=call.t(key), description=call.t(f"{key}.hint"), component=component)

    return views.form(
        call.t("meetings.lead.form"),
        f"lead:meeting-enter:{programme.id}",
        field("title", entered.title, needed=True, most=MOST_TITLE),
        field("when", entered.when),
        field("repeat", entered.repeat),
        field("minutes", entered.minutes, most=6),
        field("capacity", entered.capacity, most=6),
    )


def written(call: Call, before: Entered) -> Entered:
    """Return what stands in the form, beside what was chosen before it; raises PeerError for another form."""
    found = {name: call.fields.get(name) for name in ("title", "when", "repeat", "minutes", "capacity")}
    if not all(isinstance(one, str) for one in found.values()):
        raise PeerError("error.form_changed")
    title, when, repeat, minutes_, capacity = (str(one) for one in found.values())
    return replace(before, title=title, when=when, repeat=repeat, minutes=minutes_, capacity=capacity)


def with_when(before: Entered, when: str) -> Entered:
    """Return what was entered with another time."""
    return replace(before, when=when)
