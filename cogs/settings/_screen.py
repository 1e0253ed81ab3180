"""The one screen of `/settings`: what holds now, in words, and a control for each thing. It decides nothing."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain import ages, quiet
from bot.domain.guilds import Guild, Programme
from bot.domain.quiet import Quiet
from bot.domain.reaching import Sending, is_paused, offered
from bot.kit import help_card, views, zones
from bot.kit.call import CONTENT_LIMIT, Call, Reply
from bot.services.settings import PAUSES, Held

NONE, OWN, CLIENT, END = "none", "own", "client", "end"
NIGHTS = (Quiet(21 * 60, 7 * 60), Quiet(22 * 60, 8 * 60), Quiet(23 * 60, 9 * 60))
"""The quiet hours that are offered."""


def draw(call: Call, guild: Guild, programme: Programme, held: Held, notes: Sequence[str] = ()) -> Reply:
    """Say what holds now, below `notes`, with the controls that change it."""
    said = [*notes, "", *_what_holds(call, guild, held)] if notes else _what_holds(call, guild, held)
    rows: list[list[discord.ui.Item[Any]]] = [
        [zones.select(call, guild, f"settings:set:{programme.id}.zone", current=held.zone)],
        [_quiet(call, programme, held)],
        [_country(call, programme, held)],
        [_way(call, guild, programme, held)],
        [*_pause(call, programme, held), *_language_button(call, programme)],
    ]
    whole = "\n".join(said)
    needed = _without_danger(call, guild, room=CONTENT_LIMIT - len(whole) - 2)
    if needed:
        whole = f"{whole}\n\n{needed}"
    return Reply(whole, views.rows(*rows))


def languages(call: Call, programme: Programme, held: Held) -> Reply:
    """Ask for the language."""
    options = [
        discord.SelectOption(label=call.t("settings.language.client"), value=CLIENT, default=held.locale is None)
    ]
    for language in spoken(call):
        name = call.tools.texts.language_name(language)
        options.append(discord.SelectOption(label=name, value=language, default=held.locale == language))
    choice = discord.ui.Select[Any](
        custom_id=f"settings:set:{programme.id}.language",
        placeholder=call.t("settings.language.choose"),
        options=options[:25],
    )
    return Reply(call.t("settings.language.ask"), views.rows([choice], [back(call, programme)]))


def own_quiet(call: Call, programme: Programme) -> Reply:
    """Offer the form for quiet hours of one's own."""
    form = views.button(
        call.t("settings.button.times"), f"settings:quiet-form:{programme.id}", discord.ButtonStyle.primary
    )
    return Reply(call.t("settings.quiet.ask_own"), views.rows([form, back(call, programme)]))


def back(call: Call, programme: Programme) -> discord.ui.Button[Any]:
    """Return the button that leads to the screen."""
    return views.button(call.t("settings.button.back"), f"settings:open:{programme.id}")


def spoken(call: Call) -> tuple[str, ...]:
    """Return the languages that are offered: those in which danger can be noticed."""
    tools = call.tools
    return tuple(language for language in tools.texts.languages if language in tools.scanner.languages)


def _what_holds(call: Call, guild: Guild, held: Held) -> list[str]:
    lines = (
        _zone_said(call, guild, held),
        _quiet_said(call, held),
        _language_said(call, held),
        _country_said(call, held),
        _way_said(call, guild, held),
        _pause_said(call, held),
    )
    return [call.t("settings.title"), *(f"- {line}" for line in lines)]


def _zone_said(call: Call, guild: Guild, held: Held) -> str:
    tools, zone = call.tools, held.zone or guild.zone
    return call.t(
        "settings.zone.own" if held.zone else "settings.zone.guild",
        city=tools.texts.city(call.actor.locale, zone),
        time=zones.clock(zone, tools.clock.now()),
    )


def _quiet_said(call: Call, held: Held) -> str:
    if held.quiet is None:
        return call.t("settings.quiet.none")
    return call.t("settings.quiet.own", begins=quiet.shown(held.quiet.begins), ends=quiet.shown(held.quiet.ends))


def _language_said(call: Call, held: Held) -> str:
    texts, languages_ = call.tools.texts, spoken(call)
    if len(languages_) < 2:
        return call.t("settings.language.only", language=texts.language_name(texts.language(call.actor.locale)))
    if held.locale is None:
        return call.t("settings.language.follows", language=texts.language_name(texts.language(call.actor.locale)))
    return call.t("settings.language.own", language=texts.language_name(texts.language(held.locale)))


def _country_said(call: Call, held: Held) -> str:
    names = {country.code: country.name for country in call.tools.contacts.countries}
    if held.country is None or held.country not in names:
        return call.t("settings.country.none")
    return call.t("settings.country.own", country=names[held.country])


def _way_said(call: Call, guild: Guild, held: Held) -> str:
    if held.reach is None:
        return call.t("settings.way.unchosen")
    if held.reach.way not in offered(ages.rules(guild.ages)):
        return call.t("settings.way.no_dm")
    return call.t(f"settings.way.{held.reach.way}", thread=f"<#{held.reach.channel_id}>")


def paused(call: Call, held: Held) -> bool:
    """Tell whether the person pauses now."""
    sending = Sending(held.zone or "UTC", paused_at=held.paused_at, paused_until=held.paused_until)
    return is_paused(call.tools.clock.now(), sending)


def _pause_said(call: Call, held: Held) -> str:
    if not paused(call, held):
        return call.t("settings.pause.none")
    if held.paused_until is None:
        return call.t("settings.pause.open")
    return call.t("settings.pause.until", until=f"<t:{int(held.paused_until.timestamp())}:f>")


def _quiet(call: Call, programme: Programme, held: Held) -> discord.ui.Select[Any]:
    offered_nights = NIGHTS if held.quiet is None or held.quiet in NIGHTS else (held.quiet, *NIGHTS)
    options = [discord.SelectOption(label=call.t("settings.quiet.option.none"), value=NONE, default=held.quiet is None)]
    for night in offered_nights:
        said = call.t("settings.quiet.option", begins=quiet.shown(night.begins), ends=quiet.shown(night.ends))
        options.append(discord.SelectOption(label=said, value=night.text, default=night == held.quiet))
    options.append(discord.SelectOption(label=call.t("settings.quiet.option.own"), value=OWN))
    return discord.ui.Select[Any](
        custom_id=f"settings:set:{programme.id}.quiet", placeholder=call.t("settings.quiet.choose"), options=options
    )


def _country(call: Call, programme: Programme, held: Held) -> discord.ui.Select[Any]:
    chosen = (held.country,) if held.country else ()
    none = discord.SelectOption(label=call.t("settings.country.option.none"), value=NONE, default=not chosen)
    return discord.ui.Select[Any](
        custom_id=f"settings:set:{programme.id}.country",
        placeholder=call.t("settings.country.choose"),
        options=[none, *help_card.options(call.tools.contacts, chosen)[:24]],
    )


def _way(call: Call, guild: Guild, programme: Programme, held: Held) -> discord.ui.Select[Any]:
    # What is shown as chosen can't be chosen once more, which somebody whose thread was closed may want to do.
    chosen = held.reach.way if held.reach and held.reach.closed_at is None else None
    return discord.ui.Select[Any](
        custom_id=f"settings:set:{programme.id}.way",
        placeholder=call.t("settings.way.choose"),
        options=[
            discord.SelectOption(label=call.t(f"reach.button.{way}"), value=way, default=way == chosen)
            for way in offered(ages.rules(guild.ages))
        ],
    )


def _pause(call: Call, programme: Programme, held: Held) -> list[discord.ui.Item[Any]]:
    lengths = (END,) if paused(call, held) else tuple(PAUSES)
    return [
        views.button(call.t(f"settings.button.pause.{length}"), f"settings:set:{programme.id}.pause.{length}")
        for length in lengths
    ]


def _language_button(call: Call, programme: Programme) -> list[discord.ui.Item[Any]]:
    if len(spoken(call)) < 2:
        return []
    return [views.button(call.t("settings.button.language"), f"settings:languages:{programme.id}")]


def _without_danger(call: Call, guild: Guild, *, room: int) -> str:
    """Say that danger can't be noticed in the language of the person's Discord, with help; empty where it can.

    Numbers of as many countries as there is room for, the person's own first; where for none, the way to all of them.
    """
    language = str(call.interaction.locale).partition("-")[0]
    if language in call.tools.scanner.languages:
        return ""
    codes = help_card.countries(call, guild)
    for known in range(max(len(codes), 1), 0, -1):
        numbers = help_card.lines(call, codes[:known], guild, most=help_card.CARD_LINES)
        said = "\n".join([call.t("settings.no_danger"), numbers])
        if len(said) <= room:
            return said
    help_now = call.interaction.client.command_sets.mention("help-now", guild)
    return "\n".join([call.t("settings.no_danger"), call.t("settings.no_danger.help", help_now=help_now)])
