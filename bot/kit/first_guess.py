"""What a server's language lets one guess at first: where its days end and whose help numbers to show. All of it can be changed."""

import discord

from bot.domain.contacts import Contacts
from bot.kit import help_card

ZONES = {
    "de": "Europe/Berlin",
    "en-GB": "Europe/London",
    "es-ES": "Europe/Madrid",
    "fr": "Europe/Paris",
    "it": "Europe/Rome",
    "ja": "Asia/Tokyo",
    "nl": "Europe/Amsterdam",
    "pl": "Europe/Warsaw",
    "pt-BR": "America/Sao_Paulo",
    "sv-SE": "Europe/Stockholm",
}
"""UTC where a language is spoken in many zones."""


def locale(place: discord.Guild) -> str:
    """Return the server's own language."""
    return str(place.preferred_locale)


def zone(place: discord.Guild) -> str:
    """Return the time zone that the server's language speaks of."""
    return ZONES.get(locale(place), "UTC")


def countries(contacts: Contacts, place: discord.Guild) -> list[str]:
    """Return the countries that the server's language speaks of."""
    return list(help_card.country_of_locale(contacts, locale(place)))
