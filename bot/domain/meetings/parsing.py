"""From a text about when to its parts: a date, a time, how often, until when. Pure; dates are not looked up here.

Every piece of the text has to mean something, nothing is left out, and no part is said twice.
"""

from typing import NoReturn

from bot.domain.meetings import tokens
from bot.domain.meetings.parts import Date, Parts, refuse
from bot.domain.meetings.tokens import Token
from bot.domain.meetings.words import MONTH, WEEK, Is, Words

NOON = 12
EVENING = 17 * 60
"""From when on a day is called tonight."""
_DAYS_OF_WEEK = (Is.WEEKDAY, Is.ON_WEEKDAYS, Is.WORKDAYS)
_NTHS = (Is.NTH, Is.ORDINAL)
_OF_ALL_DAYS = frozenset((Is.EVERY, Is.FREQUENTLY, Is.EVERY_TWO_WEEKS, Is.MONTH, Is.DATE))
"""Words that hold for all weekdays beside them, or dates, whose weekday stands beside them."""


def parse(folded: str, words: Words) -> Parts:
    """Return the parts of a folded text; raises NotUnderstood."""
    return _Parser(folded, words).parse()


class _Parser:
    """Reads the pieces from left to right."""

    def __init__(self, folded: str, words: Words) -> None:
        self.folded, self.words = folded, words
        self.tokens = tokens.tokens(folded, words)
        self.place = 0
        self.parts = Parts(folded, words)

    def parse(self) -> Parts:
        """Read all; each piece has one way to be read."""
        while self.place < len(self.tokens):
            self._part()
        kinds = {token.kind for token in self.tokens}
        if Is.WEEKDAY in kinds and kinds & {Is.ON_WEEKDAYS, Is.WORKDAYS} and not kinds & _OF_ALL_DAYS:
            # "Tuesday, Thursdays": each Tuesday, or one?
            refuse("meetings.when.each_week")
        return self.parts

    # -- looking around ---------------------------------------------------------------------------------------------------

    def _kind(self, ahead: int = 0) -> Is | None:
        place = self.place + ahead
        return self.tokens[place].kind if 0 <= place < len(self.tokens) else None

    def _next(self) -> Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def _skip_fillers(self) -> None:
        self.place += self._after_fillers(0)

    def _instead(self, first: Token, last: Token, *written: str) -> list[str]:
        """Return the text with something else in place of some pieces."""
        return [self.folded[: first.start] + other + self.folded[last.end :] for other in written]

    def _set(self, name: str, value: object) -> None:
        if getattr(self.parts, name) is not None:
            refuse("meetings.when.twice")
        setattr(self.parts, name, value)

    # -- the parts --------------------------------------------------------------------------------------------------------

    def _part(self) -> None:
        token = self.tokens[self.place]
        if self.parts.which is None and self._is_date():
            self._set_day("date", self._date())
            return
        self.place += 1
        simple = _REFUSED.get(token.kind)
        if simple is not None:
            refuse(simple)
        match token.kind:
            case Is.FILLER:
                pass
            case Is.AND:
                self._and()
            case Is.TO:
                refuse("meetings.when.range" if self.parts.minute is not None else "meetings.when.unclear")
            case Is.IN_DAYS:
                self._set_day("in_days", token.value)
            case Is.TONIGHT:
                self._tonight()
            case Is.CLOCK:
                self._clock(token)
            case Is.NOON:
                self._set("minute", NOON * 60)
            case Is.NUMBER:
                self._number(token)
            case Is.ORDINAL | Is.NTH:
                self._nth(token)
            case Is.WEEKDAY:
                self._weekday(token)
            case Is.ON_WEEKDAYS | Is.WORKDAYS:
                self.parts.repeats = True
                self._add(range(5) if token.kind is Is.WORKDAYS else [token.value])
            case Is.NEXT | Is.THIS:
                self._this_or_next(token)
            case Is.EVERY:
                self._every(token)
            case Is.FREQUENTLY:
                self._repeat(token.value, 1)
            case Is.EVERY_TWO_WEEKS:
                self._repeat(WEEK, 2)
            case Is.UNIT:
                self._of_month(token)
            case Is.FROM:
                self._set("start", self._start())
            case Is.UNTIL:
                self._set("until", self._date() if self._is_date() else refuse("meetings.when.until"))
            case Is.FOR:
                if (self._kind(), self._kind(1)) != (Is.NUMBER, Is.TIMES):
                    refuse("meetings.when.until")
            case Is.ONCE:
                self.parts.once = True
            case Is.ZONE:
                self._zone(token)
            case _:
                self._unknown(token)

    def _set_day(self, name: str, value: object) -> None:
        if self.parts.date is not None or self.parts.in_days is not None:
            refuse("meetings.when.twice")
        self._set(name, value)

    def _tonight(self) -> None:
        self._set_day("in_days", 0)
        self._skip_fillers()
        if self._kind() in (Is.CLOCK, Is.NUMBER):
            self._part()
        if self.parts.minute is None or self.parts.minute < EVENING:
            refuse("meetings.when.no_time")

    def _and(self) -> None:
        """Allow it between days of the week alone: elsewhere it joins two things, or changes a zone's time."""
        if self._kind(-2) is Is.ZONE:
            refuse("meetings.when.zone")
        before = self._kind(-2)
        self._skip_fillers()
        following = self._kind() if self._kind() is not Is.EVERY else self._kind(1)
        if before not in (*_DAYS_OF_WEEK, Is.FILLER) or following not in _DAYS_OF_WEEK:
            refuse("meetings.when.twice")

    # -- times of day -----------------------------------------------------------------------------------------------------

    def _clock(self, token: Token) -> None:
        minute = token.value
        if minute == tokens.NO_TIME:
            refuse("meetings.when.bad_time")
        if self._kind() in (Is.AM, Is.PM):
            minute = self._half_of_day(token, minute // 60) * 60 + minute % 60
        self._set("minute", minute)

    def _half_of_day(self, token: Token, hour: int) -> int:
        """Return the hour of the day; twelve is left to be written in full, as people take it both ways."""
        half = self._next()
        if hour == NOON:
            minutes = token.text[-2:] if token.kind is Is.CLOCK else "00"
            refuse("meetings.when.twelve", *self._instead(token, half, f"12:{minutes}", f"0:{minutes}"))
        if not 1 <= hour < NOON:
            refuse("meetings.when.bad_time")
        return hour + (NOON if half.kind is Is.PM else 0)

    def _number(self, token: Token) -> None:
        if self._kind() in (Is.AM, Is.PM):
            self._set("minute", self._half_of_day(token, token.value) * 60)
        elif self._kind() is Is.TIMES:
            self.place += 1
            self._set("times", token.value)
        elif self._kind() in (Is.UNIT, Is.TOO_OFTEN):
            refuse("meetings.when.unclear")
        elif len(token.text) in (3, 4) and token.text.isdigit():
            refuse("meetings.when.bad_time", *self._instead(token, token, f"{token.text[:-2]}:{token.text[-2:]}"))
        elif 1 <= token.value < NOON:
            early, late = f"{token.value}:00", f"{token.value + NOON}:00"
            refuse("meetings.when.bare_hour", *self._instead(token, token, late, early), early=early, late=late)
        else:
            refuse("meetings.when.bad_time", *self._instead(token, token, f"{token.value}:00"))

    # -- days of the week -------------------------------------------------------------------------------------------------

    def _add(self, days: range | list[int]) -> None:
        if set(days) & set(self.parts.weekdays):
            refuse("meetings.when.twice")
        self.parts.weekdays.extend(days)

    def _weekday(self, token: Token) -> None:
        if self._kind() is Is.TO and self._kind(1) is Is.WEEKDAY:
            self.place += 1
            last = self._next().value
            if last <= token.value:
                refuse("meetings.when.unclear")
            self._add(range(token.value, last + 1))
        else:
            self._add([token.value])

    def _this_or_next(self, token: Token) -> None:
        if self._kind() is not Is.WEEKDAY or self.parts.which is not None or self.parts.weekdays:
            refuse("meetings.when.unclear")
        self.parts.which = "next" if token.kind is Is.NEXT else "this"
        self.parts.span = token.start, self.tokens[self.place].end

    def _nth(self, token: Token) -> None:
        if token.kind is Is.ORDINAL and not 1 <= token.value <= 4:
            refuse("meetings.when.unclear")
        if self._kind() in (Is.AND, Is.OR, Is.FILLER):
            refuse("meetings.when.twice")
        if self._kind() is not Is.WEEKDAY:
            refuse("meetings.when.unclear")
        self._set("nth", token.value)
        self.parts.span = token.start, self.tokens[self.place].end

    # -- how often --------------------------------------------------------------------------------------------------------

    def _repeat(self, unit: int, every: int) -> None:
        self._set("unit", unit)
        self.parts.repeats, self.parts.every = True, every

    def _every(self, token: Token) -> None:
        self.parts.repeats = True
        kind, following = self._kind(), self._kind(1)
        if kind in (Is.NUMBER, *_NTHS) and following is Is.UNIT:
            number = self._next().value
            if number == -1:
                refuse("meetings.when.unclear")
            self._unit(number)
        elif kind is Is.OTHER and following is Is.UNIT:
            self.place += 1
            self._unit(2)
        elif kind is Is.OTHER and following is Is.WEEKDAY:
            self.place += 1
            self._repeat(WEEK, 2)
        elif kind is Is.UNIT:
            self._unit(1)
        elif kind in _NTHS and following is Is.WEEKDAY:
            self._every_nth(token)
        elif kind is Is.UNKNOWN:
            self._unknown(self._next())
        elif kind not in _DAYS_OF_WEEK:
            too = next((one for one in (kind, following) if one in (Is.TOO_OFTEN, Is.TOO_SELDOM)), None)
            refuse(_REFUSED[too] if too else "meetings.when.how_often")

    def _unit(self, every: int) -> None:
        unit = self._next().value
        if unit == MONTH and self.parts.nth is not None and every == 1:
            # "the first Monday of every month".
            self.parts.of_month = True
        else:
            self._repeat(unit, every)

    def _every_nth(self, every: Token) -> None:
        nth, weekday = self.tokens[self.place], self.tokens[self.place + 1]
        self._nth(self._next())
        ahead = [token.kind for token in self.tokens[self.place + 1 :]]
        of_month = Is.UNIT in ahead
        if nth.value in (2, 3, 4) and not of_month and self.parts.unit is None:
            word, weekly = self.words.word(Is.NTH, nth.value), self.words.forms["weekly"][1]
            monthly = self.words.forms["monthly"][0].format(nth=word, days=weekday.text)
            meant = self._instead(every, weekday, weekly.format(n=nth.value, days=weekday.text), monthly)
            refuse("meetings.when.which_nth", *meant)
        self.parts.every_nth = True

    def _of_month(self, token: Token) -> None:
        if token.value != MONTH or self.parts.nth is None or self.parts.of_month or self.parts.unit is not None:
            refuse("meetings.when.how_often")
        self.parts.of_month = True

    # -- dates ------------------------------------------------------------------------------------------------------------

    def _is_date(self, ahead: int = 0) -> bool:
        """Tell whether a date comes next, with or without its weekday; a number is one only beside a month."""
        kind = self._kind(ahead)
        if kind in (Is.NUMBER, Is.ORDINAL):
            return self._kind(self._after_fillers(ahead + 1) if kind is Is.ORDINAL else ahead + 1) is Is.MONTH
        if kind is Is.WEEKDAY:
            return self._is_date(self._after_fillers(ahead + 1))
        return kind in (Is.DATE, Is.NUMERIC_DATE, Is.MONTH)

    def _after_fillers(self, ahead: int) -> int:
        while self._kind(ahead) is Is.FILLER:
            ahead += 1
        return ahead

    def _date(self) -> Date:
        if self._kind() is Is.WEEKDAY:
            weekday = self._next().value
            self._skip_fillers()
            return self._date()._replace(weekday=weekday)
        token = self._next()
        if token.kind is Is.DATE:
            year, month, day = (int(part) for part in token.text.split("-"))
            return Date(year, month, day)
        if token.kind is Is.NUMERIC_DATE:
            self._numeric(token)
        if token.kind is Is.MONTH:
            if self._kind() not in (Is.NUMBER, Is.ORDINAL):
                refuse("meetings.when.no_day")
            return Date(*self._with_year(token.value, self._next().value))
        self._skip_fillers()
        return Date(*self._with_year(self._next().value, token.value))

    def _with_year(self, month: int, day: int) -> tuple[int | None, int, int]:
        """Put the year to it, which is a number of four digits right behind."""
        ahead = 1 if self._kind() is Is.FILLER and self.tokens[self.place].text == "," else 0
        if self._kind(ahead) is Is.NUMBER and len(self.tokens[self.place + ahead].text) == 4:
            after = self._kind(ahead + 1)
            if after not in (Is.TIMES, Is.AM, Is.PM) and self.tokens[self.place + ahead].text.isdigit():
                self.place += ahead
                return self._next().value, month, day
        return None, month, day

    def _start(self) -> Date | int:
        if self._kind() is Is.IN_DAYS:
            return self._next().value
        return self._date() if self._is_date() else refuse("meetings.when.from")

    def _numeric(self, token: Token) -> NoReturn:
        if ":" in token.text:
            refuse("meetings.when.bad_time")
        if self._kind() in (Is.AM, Is.PM):
            refuse("meetings.when.range")
        refuse("meetings.when.numeric_date", *self._instead(token, token, *_dates(token.text, self.words)))

    # -- the rest ---------------------------------------------------------------------------------------------------------

    def _zone(self, token: Token) -> None:
        name = tokens.zones().get(token.text)
        if name is None:
            refuse("meetings.when.zone")
        self._set("zone", name)

    def _unknown(self, token: Token) -> NoReturn:
        if tokens.is_zone_letters(token.text):
            refuse("meetings.when.zone")
        if not token.text.isascii() or not token.text.isalpha() or len(token.text) > 20:
            refuse("meetings.when.unclear")
        is_last = self.place == len(self.tokens)
        meant = self._instead(token, token, *self.words.beginning_with(token.text)) if is_last else []
        refuse("meetings.when.word", *meant, word=token.text)


_REFUSED = {
    Is.OR: "meetings.when.twice",
    Is.MIDNIGHT: "meetings.when.twelve",
    Is.VAGUE: "meetings.when.no_time",
    Is.TOO_OFTEN: "meetings.when.too_often",
    Is.TOO_SELDOM: "meetings.when.too_seldom",
    Is.TWICE_A_WEEK_OR_EVERY_TWO: "meetings.when.biweekly",
    Is.NEVER: "meetings.when.unclear",
    Is.OTHER: "meetings.when.unclear",
    Is.TIMES: "meetings.when.unclear",
    Is.AM: "meetings.when.bad_time",
    Is.PM: "meetings.when.bad_time",
    Is.ORDINAL_ENDING: "meetings.when.unclear",
}


def _dates(numeric: str, words: Words) -> list[str]:
    """Return what numbers with strokes or dots between them may mean: day first, month first, or a time."""
    numbers = [int(part) for part in numeric.replace(".", "/").replace("-", "/").split("/")[:3]]
    found = []
    if numbers[0] >= 1000 and len(numbers) == 3:
        return [f"{numbers[0]}-{numbers[1]:02}-{numbers[2]:02}"]
    year = f" {numbers[2]}" if len(numbers) == 3 and numbers[2] >= 1000 else ""
    for day, month in dict.fromkeys([(numbers[0], numbers[1]), (numbers[1], numbers[0])]):
        if 1 <= month <= 12 and 1 <= day <= 31:
            found.append(f"{day} {words.word(Is.MONTH, month)}{year}")
    return found
