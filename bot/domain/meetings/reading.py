"""Reading what people say about when: text in, a date, a time and a rule out, or a refusal. Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn
from zoneinfo import ZoneInfo

from bot.domain.meetings import parsing, resolving, saying, tokens
from bot.domain.meetings import words as kinds
from bot.domain.meetings.occurrences import Series, is_zone, shown_instead
from bot.domain.meetings.parts import NotUnderstood, Parts, refuse
from bot.domain.meetings.rule import ONCE, WEEK, Rule
from bot.domain.meetings.when_en import ENGLISH
from bot.domain.meetings.words import Is, Words
from bot.domain.reminders import moment_of
from bot.domain.said import Said

TABLES: Mapping[str, Words] = {"en": ENGLISH}
TIMES_OFFERED = ("19:00", "18:00", "20:00", "10:00")
# What is wrong with a repetition is said with examples of repetitions.
_SAID_OF_REPEATS = re.compile(
    r"meetings\.when\.(biweekly|ends_first|ends_twice|fourth_or_last|how_often|interval|long|no_such_date|numeric_date|"
    r"other_day|other_weekday|times|too_far|too_often|too_seldom|until|which_nth|which_week)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What was understood: the first date, the minute of its day, a zone, and how it repeats."""

    zone: str
    names_zone: bool
    """Whether the words themselves name the zone."""
    starts_on: dt.date
    """The first meeting's date; with a rule it is a date of that rule."""
    minute: int
    rule: Rule | None
    """None: nothing was said about repeating it. It is never a rule for once."""

    @property
    def starts_at(self) -> dt.datetime:
        """When the first meeting begins, in UTC."""
        moment = moment_of(self.zone, self.starts_on, self.minute)
        if moment is None:
            raise ValueError("a date that its zone leaves out")
        return moment

    @property
    def becomes(self) -> dt.datetime | None:
        """What the clock on the wall shows instead (naive), where it leaves out that minute on that date; else None."""
        return shown_instead(self.zone, self.starts_on, self.minute)

    def series(self, minutes: int) -> Series:
        """Return the series with meetings of so many minutes; raises ValueError for a length that is out of bounds."""
        rule = self.rule or ONCE
        return Series(rule=rule, zone=self.zone, starts_on=self.starts_on, minute=self.minute, minutes=minutes)


def words_of(language: str) -> Words:
    """Return the table of a language, such as `en` or `en-GB`; English where there is none."""
    return TABLES.get(language) or TABLES.get(language.split("-")[0]) or ENGLISH


def read(text: str, language: str, now: dt.datetime, zone: str, *, zone_is_chosen: bool = False) -> Understood:
    """Return what was understood of a moment or a series of them; raises PeerError (NotUnderstood) for all else.

    `zone` holds where the text names none; with `zone_is_chosen` the text may not name another one.
    """
    words, folded = words_of(language), _folded(text)
    if not folded:
        refuse("meetings.when.unclear", *words.examples)
    found = parsing.parse(folded, words)
    if not is_zone(zone):
        refuse("meetings.when.zone")
    if zone_is_chosen and found.zone not in (None, zone):
        refuse("meetings.when.zone_twice")
    here = found.zone or zone
    minute = found.minute
    if minute is None:
        _refuse_without_time(folded, found)
    rule: Rule | None = None
    if resolving.repeats(found):
        starts_on, rule = _series(found, minute, here, now)
    else:
        starts_on = _single(folded, found, minute, here, now, words)
    return Understood(zone=here, names_zone=found.zone is not None, starts_on=starts_on, minute=minute, rule=rule)


def read_once(text: str, language: str, now: dt.datetime, zone: str) -> Understood:
    """Return one single moment, as for a move; raises PeerError also for what repeats."""
    understood = read(text, language, now, zone)
    if understood.rule is not None:
        refuse("meetings.when.only_once")
    return understood


def read_repeat(text: str, language: str, starts_on: dt.date) -> Rule | None:
    """Return how a meeting that is first on a date repeats, None: it does not; raises PeerError for what does not fit."""
    words, folded = words_of(language), _folded(text)
    if not folded or words.by_word.get(folded.rstrip(".")) in ((Is.ONCE, 0), (Is.NEVER, 0)):
        return None
    try:
        found = parsing.parse(folded, words)
        _refuse_more_than_a_rule(found)
        if not resolving.repeats(found) and not found.weekdays:
            refuse("meetings.when.how_often", *(f"{often} {folded}" for often in words.repeats[:1]))
        rule = resolving.rule_of(found, starts_on if not found.weekdays else None, is_repeat=True)
        if not rule.suits(starts_on):
            refuse("meetings.when.other_day", day=starts_on.isoformat())
        return resolving.ended(rule, found, starts_on)
    except NotUnderstood as error:
        if _SAID_OF_REPEATS.fullmatch(error.key):
            raise
        refuse("meetings.when.repeat", *error.meant)


def with_repeat(understood: Understood, text: str, language: str) -> Understood:
    """Return it repeated as the text of the option `repeat` says; raises PeerError where that does not fit together."""
    if not _folded(text):
        return understood
    if understood.rule is not None:
        refuse("meetings.when.repeats_twice")
    return replace(understood, rule=read_repeat(text, language, understood.starts_on))


def said(understood: Understood) -> Said:
    """Return what was understood as words, without the zone."""
    return saying.said_when(understood.starts_on, understood.minute, understood.rule, understood.becomes)


def canonical(understood: Understood, language: str) -> str:
    """Return the text that `read` reads as just this, whenever it is read before it is past."""
    zone = understood.zone if understood.names_zone else None
    words = words_of(language)
    return saying.written_when(understood.starts_on, understood.minute, understood.rule, zone, words)


def canonical_repeat(rule: Rule, language: str) -> str:
    """Return the text that `read_repeat` reads as just this rule."""
    return saying.written_rule(rule, words_of(language))


def _folded(text: str) -> str:
    if len(text) > tokens.MOST:
        refuse("meetings.when.long")
    folded = tokens.fold(text)
    if len(folded) > tokens.MOST:
        refuse("meetings.when.long")
    return folded


def _refuse_without_time(folded: str, found: Parts) -> NoReturn:
    has_day = found.in_days is not None or found.date or found.weekdays or found.unit is not None
    offered = (f"{folded} {time}" for time in TIMES_OFFERED) if has_day else ()
    refuse("meetings.when.no_time", *offered)


def _refuse_more_than_a_rule(found: Parts) -> None:
    has_moment = found.date or found.in_days is not None or found.which or found.minute is not None or found.zone
    if has_moment or found.start is not None or found.once:
        refuse("meetings.when.repeat")


def _single(folded: str, found: Parts, minute: int, zone: str, now: dt.datetime, words: Words) -> dt.date:
    """Return the date of a moment that is said once."""
    if found.times is not None or found.until is not None or found.start is not None:
        refuse("meetings.when.how_often")
    today = _today(zone, now)
    day = resolving.fixed_day(found, today)
    if day is None and len(found.weekdays) > 1:
        refuse("meetings.when.each_week", f"{words.word(Is.EVERY)} {folded}")
    if day is None and not found.weekdays:
        refuse("meetings.when.no_day", *(f"{words.word(Is.IN_DAYS, ahead)} {folded}" for ahead in (0, 1)))
    if day is None:
        day = resolving.coming(found.weekdays[0], today)
        moment = moment_of(zone, day, minute)
        if moment is None or moment <= now:
            day += WEEK
    return _ahead(resolving.near(day, today), minute, zone, now)


def _series(found: Parts, minute: int, zone: str, now: dt.datetime) -> tuple[dt.date, Rule]:
    """Return the first date and the rule of what is said to repeat."""
    today = _today(zone, now)
    if found.once:
        refuse("meetings.when.twice")
    day = resolving.fixed_day(found, today)
    if day is not None and found.start is not None:
        refuse("meetings.when.twice")
    first = resolving.first_day(found, today)
    is_as_on_start = found.start is not None and found.unit == kinds.WEEK
    rule = resolving.rule_of(found, first if is_as_on_start else day)
    if day is None:
        day = resolving.starts_on(rule, first, zone, minute, now)
    elif not rule.suits(day):
        refuse("meetings.when.other_day", day=day.isoformat())
    day = _ahead(resolving.near(day, today), minute, zone, now)
    return day, resolving.ended(rule, found, day)


def _today(zone: str, now: dt.datetime) -> dt.date:
    return now.astimezone(ZoneInfo(zone)).date()


def _ahead(day: dt.date, minute: int, zone: str, now: dt.datetime) -> dt.date:
    moment = moment_of(zone, day, minute)
    if moment is None:
        refuse("meetings.when.zone_skips", day=day.isoformat())
    if moment <= now:
        refuse("meetings.when.past")
    return day
