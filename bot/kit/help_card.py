"""Help lines in words and buttons, for every place that shows them. Needs no database and decides nothing about danger."""

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from typing import Any

import discord

from bot.domain import ages
from bot.domain.contacts import CHILDREN, GENERAL, OVERDOSE, SUBSTANCES, Contact, Contacts, Country, Help
from bot.domain.guilds import Guild
from bot.kit import views
from bot.kit.call import Call
from bot.kit.views import Style

Say = Callable[..., str]
FOR_ADULTS = (GENERAL, OVERDOSE, SUBSTANCES)
FOR_ALL_AGES = (CHILDREN, *FOR_ADULTS)
CARD_LINES = 3
PANEL_LINES = 4
ALL_LINES = 6
AT_LEAST = 2
"""Lines of each country however many countries there are: for adults and for young people, or two to choose from."""
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
    """Return the countries to show numbers for: the person's own, then the guild's or else what the client's language says."""
    own = call.tools.languages.country(call.actor.user_id)
    if guild is not None and guild.countries:
        return (own, *(code for code in guild.countries if code != own)) if own else guild.countries
    return (own,) if own else country_of_locale(call.tools.contacts, str(call.interaction.locale))


def country_of_locale(contacts: Contacts, locale: str) -> tuple[str, ...]:
    """Return the country that a Discord locale speaks of, if it speaks of one whose numbers are known."""
    region = locale.partition("-")[2] or locale
    known = {country.code for country in contacts.countries}
    return (region.upper(),) if locale != UNCLEAR_LOCALE and region.upper() in known else ()


def lines(
    call: Call, codes: Sequence[str], guild: Guild | None, *, most: int, kinds: Sequence[str] = FOR_ALL_AGES
) -> str:
    """Return emergency numbers and about `most` help lines, those of the person's need first, and where to find others."""
    tools, minors = call.tools, has_minors(guild)
    found = [tools.contacts.for_country(code, call.actor.locale, minors=minors) for code in codes]
    wanted = tuple(kind for kind in kinds if minors or kind != CHILDREN)
    days = functools.partial(tools.texts.days, call.actor.locale)
    numbers = block(call.t, days, found, tools.contacts, wanted, most=most, now=tools.clock.now())
    return "\n".join([numbers, *adult(call.t, guild)])


def has_minors(guild: Guild | None) -> bool:
    """Tell whether young people may be there: also where no guild is known, as in a direct message."""
    return ages.rules(guild.ages if guild is not None else None).child_lines


def adult(say: Say, guild: Guild | None) -> list[str]:
    """Return the line that names the adult whom young people can turn to; nothing where none is named."""
    if guild is None or guild.adult_id is None or not has_minors(guild):
        return []
    return [say("help.adult", id=guild.adult_id)]


def block(
    say: Say,
    days: Callable[[frozenset[int]], str],
    found: Sequence[Help],
    contacts: Contacts,
    kinds: Sequence[str],
    *,
    most: int,
    now: dt.datetime | None,
) -> str:
    """Say help lines of several countries; without `now`, for a text that stands, with their hours instead of "open now"."""
    known = [help_ for help_ in found if help_.country is not None]
    out: list[str] = []
    for help_ in known:
        assert help_.country is not None
        assert help_.emergency is not None
        key = "help.emergency.also" if help_.emergency.also else "help.emergency"
        also = ", ".join(help_.emergency.also)
        out.append(say(key, number=help_.emergency.call, also=also, country=help_.country.name))
        chosen = help_.pick(kinds, most=max(AT_LEAST, most // len(known)), at=now)
        out += [_contact(say, days, contact, now) for contact in chosen]
    if not known:
        out.append(say("help.emergency.unknown"))
    directory = contacts.directories[0]
    out.append(say("help.international", name=directory.name, url=directory.url))
    return "\n".join(out)


def _contact(say: Say, days: Callable[[frozenset[int]], str], contact: Contact, now: dt.datetime | None) -> str:
    ways = []
    if contact.call:
        ways.append(say("help.way.call", number=contact.call))
    if contact.text:
        key = "help.way.text_word" if contact.text_word else "help.way.text"
        ways.append(say(key, number=contact.text, word=contact.text_word))
    if contact.chat:
        ways.append(say("help.way.chat", url=contact.chat))
    hours = _hours(say, days, contact, now)
    key = "help.contact" if hours else "help.contact.hours_unknown"
    return say(key, name=contact.name, ways=", ".join(ways), hours=hours)


def _hours(say: Say, days: Callable[[frozenset[int]], str], contact: Contact, now: dt.datetime | None) -> str:
    """Say when a line is open; empty where nobody has compared its hours."""
    if contact.always_open:
        return say("help.hours.always")
    if now is not None and contact.is_open(now) is not None:
        return say("help.hours.open" if contact.is_open(now) else "help.hours.closed")
    return "; ".join(
        say("help.hours.window", days=days(w.days), begins=f"{w.begins:%H:%M}", until=f"{w.until:%H:%M}")
        for w in contact.windows
    )


def options(contacts: Contacts, chosen: Sequence[str]) -> list[discord.SelectOption]:
    """Return countries to choose from, at most as many as Discord shows."""
    named: tuple[Country, ...] = contacts.countries[:25]
    return [discord.SelectOption(label=c.name, value=c.code, default=c.code in chosen) for c in named]
