"""Moments, clocks on a wall, repetitions and people's own words as screens and cards show them. Decides nothing, keeps nothing."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

from bot.domain.meetings import Rule
from bot.domain.meetings.when import said_rule
from bot.texts import Texts

_MARKUP = re.compile(r"([\\*_~`|>#\[\]()<@-])")
_WRITTEN = re.compile(r"\\([\\*_~`|>#\[\]()<@-])")


def at(moment: dt.datetime, style: str = "F") -> str:
    """Return a moment as each reader's Discord writes it."""
    return f"<t:{int(moment.timestamp())}:{style}>"


def clock(texts: Texts, locale: str, zone: str, moment: dt.datetime) -> str:
    """Say what the clock on the wall shows at a moment, and where it hangs."""
    time = f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
    if zone == "UTC":
        return texts.t(locale, "meetings.clock.nowhere", time=time)
    return texts.t(locale, "meetings.clock", time=time, city=texts.city(locale, zone))


def repeats(texts: Texts, locale: str, rule: Rule) -> str:
    """Say how something repeats; nothing for what is once."""
    return "" if rule.kind == "once" else texts.say(locale, said_rule(rule))


def plain(words: str) -> str:
    """Return people's words so that no part of them is taken for markup or a mention."""
    return _MARKUP.sub(r"\\\1", words)


def unplain(shown: str) -> str:
    """Return the words that `plain` made this of."""
    return _WRITTEN.sub(r"\1", shown)
