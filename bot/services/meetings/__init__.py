"""Meetings: what leaders do with series and their occurrences, what everybody sees, and who is told of a change.

Nothing here sends anything. After a change the caller wakes the postman (`bot.delivery.wake()`) and brings the series' card
to the latest state (`bot.panels.touch(guild_id, PANEL, series_id)`). Answers, places and reminders: `bot.services.rsvps`.
"""

from bot.services.meetings._due import extend, notice_wanted, turned
from bot.services.meetings._leading import bring_back, cancel, cancel_series, create, move, skip
from bot.services.meetings._looking import card, look, one_series, series_of, upcoming
from bot.services.meetings._views import BACK, CANCELLED, MOVED, PANEL, SKIPPED, TURN, Card, Listed, Notice, Own, Wish

__all__ = [
    "BACK",
    "CANCELLED",
    "MOVED",
    "PANEL",
    "SKIPPED",
    "TURN",
    "Card",
    "Listed",
    "Notice",
    "Own",
    "Wish",
    "bring_back",
    "cancel",
    "cancel_series",
    "card",
    "create",
    "extend",
    "look",
    "move",
    "notice_wanted",
    "one_series",
    "series_of",
    "skip",
    "turned",
    "upcoming",
]
