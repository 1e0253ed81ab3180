"""Meetings are when a second reckoning, which shares nothing with ours, says they are: 10,000 random series."""

import datetime as dt
import random
import zoneinfo
from collections.abc import Iterator

import pytest

from bot.domain import meetings
from bot.domain.meetings import Break, Rule, Series
from tests.domain import meetings_oracle as oracle
from tests.domain.meetings_oracle import DAY, Plan

# Hours and half-hours, both halves of the globe, a changing midnight, a gap before midnight, dates left out, Ramadan,
# negative summer time, two hours at once, rules by decree, none of it.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Pacific/Fakaofo",
    "Pacific/Kwajalein",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "America/St_Johns",
    "Asia/Gaza",
    "Asia/Beirut",
    "Asia/Tehran",
    "America/Nuuk",
    "America/Asuncion",
    "America/Caracas",
    "Pacific/Chatham",
    "Europe/Dublin",
    "Europe/Istanbul",
    "Asia/Pyongyang",
    "UTC",
)
LEFT_OUT = {
    ("Pacific/Apia", oracle.number_of(2011, 12, 30)),
    ("Pacific/Fakaofo", oracle.number_of(2011, 12, 30)),
    ("Pacific/Kwajalein", oracle.number_of(1993, 8, 21)),
    ("Pacific/Kiritimati", oracle.number_of(1994, 12, 31)),
}
EPOCH = dt.date(1970, 1, 1)
FIRST, LAST = oracle.number_of(1990, 1, 1), oracle.number_of(2098, 1, 1)
SERIES, CHUNKS = 10_000, 20
SPANS = {"once": 3, "daily": 60, "weekly": 200, "monthly": 500}


@pytest.fixture(scope="module", autouse=True)
def _one_table_of_zones() -> Iterator[None]:
    """Let both sides read the zones of the tzdata package, whatever the machine has."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


def random_plan(dice: random.Random) -> Plan:
    """Return a series, more often than not one that meets a change of the clock, at a minute near it."""
    zone = dice.choice(ZONES)
    kind = dice.choices(("once", "daily", "weekly", "monthly"), (1, 3, 4, 3))[0]
    turn, minute = random_turn(dice, zone)
    start = max(turn - dice.choice((0, 1, dice.randrange(SPANS[kind] // 2))), FIRST)
    found = {"zone": zone, "kind": kind, "start": start, "minute": minute, "minutes": dice.randrange(5, 721)}
    weekdays: set[int] = set()
    if kind == "daily":
        found["every"] = dice.choice((1, 1, 1, 2, 3, 10, 366))
    if kind == "weekly":
        found["every"] = dice.choice((1, 1, 2, 3, 52))
        weekdays = {oracle.weekday_of(turn), *dice.sample(range(7), dice.randrange(4))}
    if kind == "monthly":
        found["every"] = dice.choice((1, 1, 2, 5, 12))
        weekdays, found["nth"] = {oracle.weekday_of(turn)}, dice.choice((1, 2, 3, 4, -1))
    if kind != "once":
        found |= random_end(dice, start, SPANS[kind])
    return Plan(**found, weekdays=tuple(sorted(weekdays)))


def random_turn(dice: random.Random, zone: str) -> tuple[int, int]:
    """Return a day and a minute of it, often of a change of the clock and of what it leaves out or shows twice."""
    clock = oracle.zone(zone)
    changes = [since for since in clock.since if FIRST * DAY < since < LAST * DAY]
    if not changes or dice.random() < 0.3:
        return dice.randrange(FIRST, LAST), dice.randrange(1440)
    since = dice.choice(changes)
    day, second = divmod(since + clock.at(since - 1), DAY)
    return day, dice.choice((second // 60 + dice.randrange(-90, 91), dice.randrange(1440))) % 1440


def random_end(dice: random.Random, start: int, span: int) -> dict[str, object]:
    ends: dict[str, object] = {}
    if dice.random() < 0.3:
        ends["times"] = dice.choice((1, 2, 3, 6, 20, 60))
    elif dice.random() < 0.4:
        ends["until"] = start + dice.randrange(span)
    breaks, day = [], start - 5
    for _ in range(dice.choice((0, 0, 0, 1, 2, 3))):
        first = day + dice.randrange(2, span // 3)
        day = first + dice.choice((0, 1, 7, 16))
        if first >= FIRST:
            breaks.append((first, day))
    return ends | {"breaks": tuple(breaks)}


def date(number: int) -> dt.date:
    return EPOCH + dt.timedelta(days=number)


def ours(plan: Plan) -> Series:
    rule = Rule(
        kind=plan.kind,
        every=plan.every,
        weekdays=plan.weekdays,
        nth=plan.nth,
        times=plan.times,
        until=None if plan.until is None else date(plan.until),
        breaks=tuple(Break(date(first), date(last)) for first, last in plan.breaks),
    )
    starts_on = date(plan.start)
    return Series(rule=rule, zone=plan.zone, starts_on=starts_on, minute=plan.minute, minutes=plan.minutes)


def moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def chunk(number: int) -> Iterator[tuple[random.Random, Plan]]:
    dice = random.Random(number)
    for _ in range(SERIES // CHUNKS):
        yield dice, random_plan(dice)


def random_window(dice: random.Random, start: int, end: int) -> tuple[int, int]:
    """Return from when to when meetings are asked for: mostly all of them."""
    if dice.random() < 0.7:
        return start - 3 * DAY, max(end, start)
    after = dice.randrange(start - 3 * DAY, max(end, start))
    return after, dice.randrange(after, max(end, after) + DAY)


@pytest.mark.parametrize("number", range(CHUNKS))
def test_every_meeting_is_when_the_second_reckoning_says(number: int) -> None:
    seen = 0
    for dice, plan in chunk(number):
        last = plan.start + SPANS[plan.kind]
        wanted = list(oracle.meetings(plan, last))
        try:
            series = ours(plan)
        except ValueError:
            # Refused as one that never takes place.
            assert wanted == []
            assert plan.kind == "once" or plan.until is not None
            continue
        after, before = random_window(dice, plan.start * DAY, (last - 2) * DAY)
        found = meetings.occurrences(series, moment(after), moment(before))
        told = [((one.day - EPOCH).days, int(one.starts_at.timestamp()), int(one.ends_at.timestamp())) for one in found]
        length = plan.minutes * 60
        assert told == [(day, at, at + length) for day, at in wanted if after <= at < before], plan
        # At most one on each local date, and each on its own.
        shown = [(at + oracle.zone(plan.zone).at(at)) // DAY for _, at, _ in told]
        assert shown == [day for day, _, _ in told], plan
        assert len(set(shown)) == len(shown), plan
        assert not {(plan.zone, day) for day in shown} & LEFT_OUT, plan
        seen += len(told)
    assert seen > SERIES // CHUNKS


# -- the second reckoning itself --------------------------------------------------------------------------------------


def test_the_second_reckoning_counts_days_as_a_calendar_does() -> None:
    for number in range(FIRST, LAST + 1200, 17):
        day = date(number)
        assert oracle.date_of(number) == (day.year, day.month, day.day)
        assert oracle.number_of(day.year, day.month, day.day) == number
        assert oracle.weekday_of(number) == day.weekday()


@pytest.mark.parametrize(
    ("zone", "day", "minute", "begins"),
    [
        ("Europe/Berlin", (2026, 3, 29), 150, (2026, 3, 29, 1, 0)),
        ("Europe/Berlin", (2026, 10, 25), 150, (2026, 10, 25, 0, 30)),
        ("Europe/Berlin", (2090, 7, 1), 1140, (2090, 7, 1, 17, 0)),
        ("America/New_York", (2027, 3, 14), 150, (2027, 3, 14, 7, 0)),
        ("Australia/Lord_Howe", (2026, 10, 4), 135, (2026, 10, 3, 15, 30)),
        ("Antarctica/Troll", (2026, 3, 29), 90, (2026, 3, 29, 1, 0)),
        ("America/Nuuk", (2026, 3, 28), 1410, (2026, 3, 29, 0, 59)),
        ("Asia/Kathmandu", (2026, 6, 1), 0, (2026, 5, 31, 18, 15)),
        ("Pacific/Apia", (2011, 12, 31), 60, (2011, 12, 30, 11, 0)),
        ("Pacific/Apia", (2011, 12, 30), 60, None),
    ],
    ids=[
        "gap",
        "overlap",
        "summer",
        "New York",
        "half an hour",
        "two hours",
        "midnight",
        "45 minutes",
        "after",
        "left out",
    ],
)
def test_what_is_known_of_some_clocks_holds_in_both_reckonings(
    zone: str, day: tuple[int, int, int], minute: int, begins: tuple[int, ...] | None
) -> None:
    wanted = None if begins is None else dt.datetime(*begins, tzinfo=dt.UTC)
    plan = Plan(zone, "daily", oracle.number_of(*day), minute, 60)
    reckoned = oracle.begins(plan, plan.start)
    assert (None if reckoned is None else moment(reckoned)) == wanted
    assert meetings.at(ours(plan), date(plan.start)) == wanted


# -- as a calendar reads it -------------------------------------------------------------------------------------------


def of_calendar(series: Series, last: dt.date) -> list[int]:
    """Return the days that a calendar makes of DTSTART, RRULE and EXDATE."""
    said = dict(part.split("=") for part in meetings.rrule_text(series).split(";"))
    found = {"kind": said["FREQ"].lower(), "every": int(said["INTERVAL"])}
    days = [one for one in said.get("BYDAY", "").split(",") if one]
    found["weekdays"] = tuple(("MO", "TU", "WE", "TH", "FR", "SA", "SU").index(one[-2:]) for one in days)
    if days and days[0][:-2]:
        found["nth"] = int(days[0][:-2])
    start = (meetings.first_date(series) - EPOCH).days
    end = (last - EPOCH).days
    if "UNTIL" in said:
        ends = int(dt.datetime.strptime(said["UNTIL"], "%Y%m%dT%H%M%S%z").timestamp())
        end = min(end, (ends + oracle.zone(series.zone).at(ends)) // DAY)
    plan = Plan(zone=series.zone, start=start, minute=0, minutes=5, **found)
    dates = [day for day in range(start, end + 1) if oracle.is_ruled(plan, day)]
    gone = {(day - EPOCH).days for day in meetings.left_out(series, last)}
    assert gone <= set(dates)
    return [day for day in dates[: int(said["COUNT"]) if "COUNT" in said else None] if day not in gone]


@pytest.mark.parametrize("number", range(0, CHUNKS, 5))
def test_a_calendar_reads_the_same_dates_from_the_rule_that_it_is_given(number: int) -> None:
    for _, plan in chunk(number):
        last = plan.start + SPANS[plan.kind]
        try:
            series = ours(plan)
        except ValueError:
            continue
        wanted = [day for day, _ in oracle.meetings(plan, last)]
        assert [(day - EPOCH).days for day in meetings.days(series, series.starts_on, date(last))] == wanted
        if plan.kind == "once":
            assert meetings.rrule_text(series) == ""
        else:
            assert of_calendar(series, date(last)) == wanted, plan
