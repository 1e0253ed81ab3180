"""The card of a series: a panel that shows its next meeting to everybody, with the buttons by which one says who comes.

It is drawn from facts alone, without the time of day, so that it is edited only when something has changed. It names nobody.
"""

from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.domain.series import Meeting
from bot.kit import times, views
from bot.kit.bot import PeerBot
from bot.kit.panels import Shown
from bot.kit.views import Style
from bot.services import meetings
from bot.services.meetings import Card, Listed
from bot.texts import Texts

MOST_EXCEPTIONS = 5


class Cards(commands.Cog):
    """Draws the cards."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.kind(meetings.PANEL, self._draw, meetings.card)

    def _draw(self, guild: Guild, programme: Programme, card: Card) -> Shown:
        texts, locale = self.bot.tools.texts, guild.locale
        said = [f"## {times.plain(card.series.title)}", *facts(texts, locale, card.next)]
        others = [one for one in card.exceptions if one.id != card.next.meeting.id]
        said += [exception(texts, locale, one) for one in others[:MOST_EXCEPTIONS]]
        said += ["", texts.t(locale, "meetings.card.private")]
        return Shown("\n".join(said), views.rows(buttons(texts, locale, programme, card.next)))


def facts(texts: Texts, locale: str, one: Listed) -> list[str]:
    """Say when and where a meeting is, how long it takes, and how many come."""
    series, meeting = one.series, one.meeting
    when = times.at(meeting.starts_at)
    how = {"minutes": int((meeting.ends_at - meeting.starts_at).total_seconds()) // 60}
    said = [texts.t(locale, f"meetings.card.{meeting.state}", at=when, soon=times.at(meeting.starts_at, "R"))]
    if meeting.moved and meeting.was_at is not None:
        said.append(texts.t(locale, "meetings.card.instead", at=times.at(meeting.was_at)))
    said.append(
        f"{times.clock(texts, locale, series.zone, meeting.starts_at)} · {texts.t(locale, 'meetings.card.minutes', **how)}"
    )
    repeats = times.repeats(texts, locale, series.rule)
    if repeats:
        said.append(texts.t(locale, "meetings.card.repeats", rule=repeats))
    if series.format is not None and texts.has(f"format.{series.format}"):
        said.append(texts.t(locale, "meetings.card.format", format=texts.t(locale, f"format.{series.format}")))
    if series.channel_id is not None:
        said.append(texts.t(locale, "meetings.card.where", channel=f"<#{series.channel_id}>"))
    return [*said, coming(texts, locale, one)]


def coming(texts: Texts, locale: str, one: Listed) -> str:
    """Say how many come, of how many, and how many wait; never who."""
    if not one.coming and one.series.capacity is None:
        return texts.t(locale, "meetings.card.nobody")
    if one.series.capacity is None:
        return texts.t(locale, "meetings.card.coming", n=one.coming)
    said = texts.t(locale, "meetings.card.places", coming=one.coming, places=one.series.capacity)
    return f"{said} {texts.t(locale, 'meetings.card.waiting', n=one.waiting)}" if one.waiting else said


def exception(texts: Texts, locale: str, meeting: Meeting) -> str:
    """Say what of the next meetings does not go as usual."""
    if meeting.moved and meeting.was_at is not None and meeting.state == "planned":
        moved = {"was": times.at(meeting.was_at), "at": times.at(meeting.starts_at)}
        return texts.t(locale, "meetings.card.not_as_usual.moved", **moved)
    return texts.t(locale, "meetings.card.not_as_usual.off", at=times.at(meeting.starts_at))


def buttons(texts: Texts, locale: str, programme: Programme, one: Listed) -> list[discord.ui.Item[Any]]:
    """Return the buttons of a card: they name the meeting, so that one of a past meeting is known by it."""
    token = f"{programme.id}.{one.meeting.id}"
    come = "meetings.button.wait" if is_full(one) else "meetings.button.come"
    cannot_host = views.button(texts.t(locale, "rotations.button.cant"), f"lead:host-mine:{token}")
    return [
        views.button(texts.t(locale, come), f"meetings:come:{token}", Style.success),
        views.button(texts.t(locale, "meetings.button.cannot"), f"meetings:cannot:{token}"),
        views.button(texts.t(locale, "meetings.button.remind"), f"meetings:remind:{programme.id}"),
        *([cannot_host] if one.series.pool_id is not None else []),
    ]


def is_full(one: Listed) -> bool:
    """Tell whether whoever would like to come waits for a place."""
    return one.free is not None and one.free <= 0
