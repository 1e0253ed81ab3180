"""What is offered while a leader types a command about meetings: how the words so far are understood, and what is planned.

Nothing can be said here and nothing may be slow: whatever happens, typing goes on. Who does not lead is offered nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from discord import Interaction
from discord.app_commands import Choice

from bot.domain.guilds import Guild, Programme
from bot.domain.meetings import when as words
from bot.errors import PeerError
from bot.kit import guards, zones
from bot.kit.call import actor_of
from bot.services import meetings
from bot.texts import Texts
from cogs.lead import _meeting_draft as drafts
from cogs.lead._meeting_change import label

log = logging.getLogger(__name__)

MOST, LONGEST = 25, 100
WITHIN = 1.2
"""Seconds for all of it; Discord waits three."""
Choices = list[Choice[str]]
At = Interaction[Any]
Offer = Callable[[At, str], Coroutine[Any, Any, Choices]]


def gently(offer: Offer) -> Offer:
    """Let an offer end in no choices where it raises or takes too long."""

    async def offered(interaction: At, current: str) -> Choices:
        try:
            async with asyncio.timeout(WITHIN):
                return await offer(interaction, current)
        except Exception as error:  # noqa: BLE001 - an error here would end in a log with the person's id
            log.warning("nothing could be offered for a command: %s", type(error).__name__)
            return []

    return offered


def led(interaction: At) -> tuple[Guild, list[Programme]]:
    """Return the guild and the programmes that somebody leads there, that of the channel first; raises PeerError."""
    actor, guild = actor_of(interaction), interaction.client.tools.guilds.peek(interaction.guild_id)
    if guild is None or actor.guild_id is None:
        raise PeerError("error.not_set_up")
    found = [one for one in guild.live if guards.leads(actor, one) or actor.manages_guild]
    found.sort(key=lambda one: interaction.channel_id not in one.channels.values())
    return guild, found


@gently
async def when(interaction: At, current: str) -> Choices:
    """Offer how the words so far can be understood."""
    guild, programmes = led(interaction)
    if not programmes:
        return []
    tools, locale = interaction.client.tools, _locale(interaction)
    zone = zones.read(tools.texts, locale, _typed(interaction, "zone")) or guild.zone
    found = words.complete(current[:LONGEST], tools.texts.language(locale), tools.clock.now(), zone)
    return [_choice(_with_place(interaction, one, zone), one.value) for one in found[:MOST]]


@gently
async def repeat(interaction: At, current: str) -> Choices:
    """Offer ways to repeat what was typed as `when`."""
    guild, programmes = led(interaction)
    if not programmes:
        return []
    tools, locale = interaction.client.tools, _locale(interaction)
    language = tools.texts.language(locale)
    try:
        first = words.read(_typed(interaction, "when"), language, tools.clock.now(), guild.zone)
    except PeerError:
        first = None
    found = words.complete_repeat(current[:LONGEST], language, first)
    return [_choice(tools.texts.say(locale, one.said), one.value) for one in found[:MOST]]


@gently
async def zone(interaction: At, current: str) -> Choices:
    """Offer zones by their city."""
    tools = interaction.client.tools
    found = zones.search(tools.texts, _locale(interaction), current, tools.clock.now())
    return [Choice(name=label, value=zone) for label, zone in found]


@gently
async def format_(interaction: At, current: str) -> Choices:
    """Offer the ways to hold a meeting that come with the programme."""
    _, programmes = led(interaction)
    named = _typed(interaction, "programme")
    programme = next((one for one in programmes if one.id == named), programmes[0])
    tools, locale = interaction.client.tools, _locale(interaction)
    said = [
        (
            tools.texts.t(
                locale, "meetings.lead.format", format=tools.texts.t(locale, f"format.{one.name}"), minutes=one.minutes
            ),
            one.name,
        )
        for one in drafts.formats(programme.preset)
    ]
    return _like(said, current)


@gently
async def programme(interaction: At, current: str) -> Choices:
    """Offer the programmes that the person leads."""
    _, programmes = led(interaction)
    tools, locale = interaction.client.tools, _locale(interaction)
    return _like([(tools.texts.t(locale, f"programme.{one.preset}.name"), one.id) for one in programmes], current)


@gently
async def meeting(interaction: At, current: str) -> Choices:
    """Offer the next meetings of the programmes that the person leads, each by its date."""
    return await _meetings(interaction, current, also_off=False)


@gently
async def meeting_or_off(interaction: At, current: str) -> Choices:
    """Offer the same with those that are skipped or cancelled, of which the series can still be ended."""
    return await _meetings(interaction, current, also_off=True)


async def _meetings(interaction: At, current: str, *, also_off: bool) -> Choices:
    _, programmes = led(interaction)
    tools, actor = interaction.client.tools, actor_of(interaction)
    said: list[tuple[str, str]] = []
    for one in programmes:
        found = await meetings.upcoming(tools.db, tools.clock, actor, one, also_off=also_off, limit=2 * MOST)
        said += [(label(tools.texts, actor.locale, each), f"{one.id}.{each.meeting.id}") for each in found]
    return _like(said, current)


def _like(said: list[tuple[str, str]], current: str) -> Choices:
    wanted = " ".join(current.split()).casefold()
    return [_choice(name, value) for name, value in said if wanted in name.casefold()][:MOST]


def _choice(name: str, value: str) -> Choice[str]:
    return Choice(name=name[:LONGEST], value=value)


def _with_place(interaction: At, one: words.Suggestion, zone: str) -> str:
    """Return what was understood, with the place where the words themselves name another one."""
    texts: Texts = interaction.client.tools.texts
    locale = _locale(interaction)
    said = texts.say(locale, one.said)
    other = one.understood.zone != zone
    return (
        texts.t(locale, "meetings.lead.there", when=said, city=texts.city(locale, one.understood.zone))
        if other
        else said
    )


def _typed(interaction: At, name: str) -> str:
    found: Any = getattr(interaction.namespace, name, None)
    return found if isinstance(found, str) else ""


def _locale(interaction: At) -> str:
    locale: str = interaction.client.tools.languages.locale(interaction.user.id, str(interaction.locale))
    return locale
