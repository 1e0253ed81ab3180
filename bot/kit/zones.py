"""Time zones as people know them: by a city and the time it is there now. Finds, lists and asks; keeps nothing.

Which zone a country uses, and which of its zones most people live in, stands in the table that comes with the time zone
data. Nothing here touches the database, so that typing can be answered at once.
"""

import datetime as dt
import functools
from collections.abc import Iterable
from importlib import resources
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import discord

from bot.domain.guilds import Guild, Programme
from bot.kit import help_card, views
from bot.kit.call import Call, Reply
from bot.texts import Texts

MOST = 25
"""How many choices Discord shows."""
OTHER = "other"
HALF_A_YEAR = dt.timedelta(days=182)
FAR_AND_WIDE = (
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
)
"""Where no country is known: one zone for many people each."""


@functools.cache
def of_countries() -> dict[str, tuple[str, ...]]:
    """Return the zones of every country by its code, those of most people first."""
    found: dict[str, tuple[str, ...]] = {}
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            found[code] = (*found.get(code, ()), zone)
    return found


@functools.cache
def listed() -> tuple[str, ...]:
    """Return the zones that are offered, each by its newest name."""
    found = {zone for zones in of_countries().values() for zone in zones} & available_timezones()
    return (*sorted(found), "UTC")


@functools.cache
def _by_folded_name() -> dict[str, str]:
    # The signs of Etc/GMT+5 are the other way round than people take them.
    named = (name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return {name.casefold(): name for name in (*named, "UTC")}


class _Place(NamedTuple):
    """A zone with all that it may be called, folded."""

    zone: str
    names: frozenset[str]
    words: str


@functools.lru_cache(maxsize=64)
def _places(texts: Texts, locale: str) -> tuple[_Place, ...]:
    """Return every zone that is offered with its names in a language; made once, for finding them takes a while."""
    places = []
    for zone in listed():
        own = zone.replace("_", " ").casefold()
        city = texts.city(locale, zone).casefold()
        places.append(_Place(zone, frozenset((own.rpartition("/")[2], city)), " ".join([city, own, zone.casefold()])))
    return tuple(places)


def read(texts: Texts, locale: str, written: str) -> str | None:
    """Return the zone that a person wrote, by its name or by its city where only one is called so; None for all else."""
    wanted = " ".join(written.split()).casefold()
    exact = _by_folded_name().get(wanted.replace(" ", "_"))
    if exact is not None or not wanted:
        return exact
    called = [place.zone for place in _places(texts, locale) if wanted in place.names]
    return called[0] if len(called) == 1 else None


def search(texts: Texts, locale: str, written: str, now: dt.datetime) -> list[tuple[str, str]]:
    """Return up to `MOST` (label, zone) for what somebody is typing, those in which a word begins with it first."""
    wanted = " ".join(written.split()).casefold()
    if not wanted:
        return [(label(texts, locale, zone, now), zone) for zone in FAR_AND_WIDE]
    found = [place for place in _places(texts, locale) if wanted in place.words]
    found.sort(key=lambda place: (f" {wanted}" not in f" {place.words.replace('/', ' ')}", place.zone))
    return [(label(texts, locale, place.zone, now), place.zone) for place in found[:MOST]]


def label(texts: Texts, locale: str, zone: str, now: dt.datetime) -> str:
    """Return the time there now and the city: "14:05 Berlin"."""
    return f"{clock(zone, now)} {texts.city(locale, zone)}"[:100]


def clock(zone: str, now: dt.datetime) -> str:
    """Return what the clock shows there now."""
    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}"


def likely(countries: Iterable[str], now: dt.datetime, *, first: Iterable[str] = ()) -> list[str]:
    """Return zones to offer: `first`, then one of each kind of clock in these countries, else some from far and wide."""
    chosen = dict.fromkeys(first)
    clocks: set[Any] = set()
    known = [zone for code in countries for zone in of_countries().get(code, ())]
    # Of several zones with one clock the best known speaks for all.
    known.sort(key=lambda zone: (zone not in FAR_AND_WIDE, zone.startswith("Antarctica/")))
    for zone in known or FAR_AND_WIDE:
        shows = tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in (now, now + HALF_A_YEAR))
        if shows not in clocks:
            clocks.add(shows)
            chosen[zone] = None
    return list(chosen)[: MOST - 1]


def select(call: Call, guild: Guild, custom_id: str, *, current: str | None) -> discord.ui.Select[Any]:
    """Return a select of likely zones with the time it is there now; `OTHER` stands for all that are not shown."""
    tools, locale = call.tools, call.actor.locale
    now = tools.clock.now()
    zones = likely(help_card.countries(call, guild), now, first=[current or guild.zone])
    options = [
        discord.SelectOption(label=label(tools.texts, locale, zone, now), value=zone, default=zone == current)
        for zone in zones
    ]
    options.append(discord.SelectOption(label=call.t("settings.zone.other"), value=OTHER))
    return discord.ui.Select[Any](custom_id=custom_id, placeholder=call.t("settings.zone.ask"), options=options)


def ask(call: Call, guild: Guild, programme: Programme, *, then: str) -> Reply:
    """Ask for the person's time zone, where it is needed for the first time.

    After the choice the route `then` ("checkins:remind") is answered with the programme's id as its token. It must not open
    a form.
    """
    custom_id = f"settings:zone:{programme.id}.{then.replace(':', '/')}"
    return Reply(call.t("settings.zone.first"), views.rows([select(call, guild, custom_id, current=None)]))
