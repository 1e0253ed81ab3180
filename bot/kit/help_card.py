"""Help lines in words and buttons, for every place that shows them. Needs no database and decides nothing about danger."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import discord

from bot.domain.contacts import CHILDREN, GENERAL, OVERDOSE, SUBSTANCES, Contact, Contacts, Country, Help
from bot.domain.guilds import Guild
from bot.kit import views
from bot.kit.call import Call
from bot.kit.views import Style

Say = Callable[..., str]
CARD_LINES = 3
PANEL_LINES = 4
ALL_LINES = 6
UNCLEAR_LOCALE = "en-US"
"""What very many clients send wherever their person lives: no hint of a country."""


def text(call: Call, guild: Guild | None) -> str:
    """Return the help card: that nobody need be alone with it, and whom to turn to."""
    return "\n".join([call.t("help.card"), lines(call, countries(call, guild), guild, most=CARD_LINES)])


def buttons(say: Say, programme_id: str) -> list[discord.ui.Item[Any]]:
    """Return the card's buttons: all numbers, and asking somebody to reach out."""
    return [
        views.button(say("help.button.help_now"), "help:now:card", Style.danger),
        views.button(say("help.button.reach_out"), f"help:reach:{programme_id}"),
    ]


def countries(call: Call, guild: Guild | None) -> tuple[str, ...]:
    """Return the countries to show numbers for: the guild's, else what the client's language says."""
    if guild is not None and guild.countries:
        return guild.countries
    return country_of_locale(call.tools.contacts, call.actor.locale)


def country_of_locale(contacts: Contacts, locale: str) -> tuple[str, ...]:
    """Return the country that a Discord locale speaks of, if it speaks of one whose numbers are known."""
    region = locale.partition("-")[2] or locale
    known = {country.code for country in contacts.countries}
    return (region.upper(),) if locale != UNCLEAR_LOCALE and region.upper() in known else ()


def lines(
    call: Call,
    codes: Sequence[str],
    guild: Guild | None,
    *,
    most: int,
    kinds: Iterable[str] = (CHILDREN, GENERAL, OVERDOSE, SUBSTANCES),
) -> str:
    """Return emergency numbers and up to `most` help lines a country, open ones first, and where to find others."""
    minors, now = guild is not None and guild.ages in ("minors", "both"), call.tools.clock.now()
    found = [call.tools.contacts.for_country(code, call.actor.locale, minors=minors) for code in codes]
    allowed = set(kinds) if minors else set(kinds) - {CHILDREN}
    return block(call.t, [f for f in found if f.country], call.tools.contacts, allowed, most=most, now=now)


def block(
    say: Say, found: Sequence[Help], contacts: Contacts, allowed: set[str], *, most: int, now: dt.datetime | None
) -> str:
    """Say help lines of several countries; with `now`, those that are open come first."""
    out: list[str] = []
    for help_ in found:
        assert help_.country is not None
        assert help_.emergency is not None
        out.append(say("help.emergency", number=help_.emergency.call, country=help_.country.name))
        chosen = [contact for contact in help_.contacts if contact.for_whom in allowed]
        if now is not None:
            moment = now
            chosen.sort(key=lambda contact: not contact.is_open(moment))
        out += [_contact(say, contact) for contact in chosen[: max(1, most // len(found))]]
    if not found:
        out.append(say("help.emergency.unknown"))
    directory = contacts.directories[0]
    out.append(say("help.international", name=directory.name, url=directory.url))
    return "\n".join(out)


def _contact(say: Say, contact: Contact) -> str:
    ways = []
    if contact.call:
        ways.append(say("help.way.call", number=contact.call))
    if contact.text:
        key = "help.way.text_word" if contact.text_word else "help.way.text"
        ways.append(say(key, number=contact.text, word=contact.text_word))
    if contact.chat:
        ways.append(say("help.way.chat", url=contact.chat))
    hours = say("help.hours.always") if contact.always_open else contact.hours
    return say("help.contact", name=contact.name, ways=", ".join(ways), hours=hours)


def options(contacts: Contacts, chosen: Sequence[str]) -> list[discord.SelectOption]:
    """Return countries to choose from, at most as many as Discord shows."""
    named: tuple[Country, ...] = contacts.countries[:25]
    return [discord.SelectOption(label=c.name, value=c.code, default=c.code in chosen) for c in named]
