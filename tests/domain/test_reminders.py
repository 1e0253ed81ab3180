"""One reminder a local date, at most and at least: on any clock, at any minute, through every change of the clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import quiet, reminders
from bot.domain.quiet import MINUTES_OF_DAY, Quiet, is_quiet
from bot.domain.reminders import (
    LASTS,
    Planned,
    Reminder,
    Rhythm,
    asks,
    end_of,
    heard_at,
    is_planned,
    last_day,
    moment_of,
    next_one,
)

BERLIN = "Europe/Berlin"
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
# Hours and half-hours, both halves of the globe, a changing midnight, a gap before midnight, dates left out, none of it.
ZONES = (
    BERLIN,
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kolkata",
    "America/Nuuk",
    "America/Asuncion",
    "America/St_Johns",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Pacific/Chatham",
    "UTC",
)
zones = st.sampled_from(ZONES)
minutes = st.integers(0, MINUTES_OF_DAY - 1)
days = st.dates(dt.date(1993, 1, 1), dt.date(2036, 12, 31))
moments = st.datetimes(dt.datetime(1993, 1, 1), dt.datetime(2036, 12, 31), timezones=st.just(dt.UTC))
rhythms = st.builds(Rhythm, zones, minutes, st.sampled_from(reminders.DAYS))
unhurried = settings(deadline=None)
LEFT_OUT = {("Pacific/Apia", dt.date(2011, 12, 30)), ("Pacific/Kwajalein", dt.date(1993, 8, 21))}


def there(moment: dt.datetime, zone: str) -> dt.datetime:
    """Return what a clock shows, without its zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def at(zone: str, *when: int, fold: int = 0) -> dt.datetime:
    """Return the moment at which a clock on the wall shows this."""
    return dt.datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).astimezone(dt.UTC)


def chain(rhythm: Rhythm, first: dt.date, last: dt.date) -> list[Reminder]:
    """Return the reminders for dates up to `last`, each asked for at the time of the one before."""
    found = [next_one(rhythm, at(rhythm.zone, first.year, first.month, first.day) - MINUTE)]
    while found[-1].day <= last:
        found.append(next_one(rhythm, found[-1].due_at))
    return found[:-1]


def changes(zone: str, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """Return on which dates the clock changed, and by how many minutes."""
    found = {}
    moment = at(zone, first.year, first.month, first.day).astimezone(ZoneInfo(zone))
    while moment.date() <= last:
        later = (moment.astimezone(dt.UTC) + 60 * MINUTE).astimezone(ZoneInfo(zone))
        if later.utcoffset() != moment.utcoffset():
            found[later.date()] = (later.utcoffset() - moment.utcoffset()) // MINUTE
        moment = later
    return found


# -- when a minute of a date is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "minute", "shown"),
    [
        (BERLIN, (2026, 7, 1), "09:00", "2026-07-01 09:00"),
        (BERLIN, (2026, 3, 29), "02:30", "2026-03-29 03:00"),
        (BERLIN, (2026, 10, 25), "02:30", "2026-10-25 02:30"),
        ("America/New_York", (2027, 3, 14), "02:00", "2027-03-14 03:00"),
        ("Australia/Lord_Howe", (2026, 10, 4), "02:15", "2026-10-04 02:30"),
        ("America/Santiago", (2026, 9, 6), "00:30", "2026-09-06 01:00"),
        ("Africa/Cairo", (2026, 4, 24), "00:00", "2026-04-24 01:00"),
        ("America/Nuuk", (2026, 3, 28), "23:30", "2026-03-28 22:59"),
    ],
    ids=["plain", "gap", "overlap", "edge", "half an hour", "midnight", "midnight itself", "gap up to midnight"],
)
def test_a_minute_that_is_left_out_becomes_the_nearest_one_of_its_own_date(
    zone: str, day: tuple[int, int, int], minute: str, shown: str
) -> None:
    moment = moment_of(zone, dt.date(*day), quiet.minute_of(minute) or 0)
    assert moment is not None
    assert f"{there(moment, zone):%Y-%m-%d %H:%M}" == shown


def test_of_an_hour_that_comes_twice_it_is_the_first() -> None:
    assert moment_of(BERLIN, dt.date(2026, 10, 25), 150) == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    assert moment_of("America/Santiago", dt.date(2026, 4, 4), 23 * 60 + 30) == at(
        "America/Santiago", 2026, 4, 4, 23, 30
    )


@pytest.mark.parametrize("minute", [0, 540, MINUTES_OF_DAY - 1])
def test_a_date_that_a_zone_leaves_out_has_none(minute: int) -> None:
    for zone, day in LEFT_OUT:
        assert moment_of(zone, day, minute) is None
        assert [one.day for one in chain(Rhythm(zone, minute, "every"), day - DAY, day + DAY)] == [day - DAY, day + DAY]


@given(zones, days, minutes)
@unhurried
def test_every_other_date_has_each_minute_once_and_on_that_very_date(zone: str, day: dt.date, minute: int) -> None:
    moment = moment_of(zone, day, minute)
    if (zone, day) in LEFT_OUT:
        assert moment is None
        return
    assert moment is not None
    shown, wanted = there(moment, zone), dt.datetime.combine(day, dt.time(minute // 60, minute % 60))
    assert shown.date() == day
    if shown != wanted:
        # The clock never shows what was wanted, and what is taken stands at the edge of the gap.
        for fold in (0, 1):
            assert there(wanted.replace(tzinfo=ZoneInfo(zone), fold=fold), zone) != wanted
        before, after = there(moment - MINUTE, zone), there(moment + MINUTE, zone)
        assert before < wanted < shown or shown < wanted < after
    else:
        assert there(moment - 2 * 60 * MINUTE, zone) != wanted


@given(zones, days)
@unhurried
def test_a_date_ends_where_the_next_one_begins(zone: str, day: dt.date) -> None:
    ends = end_of(zone, day)
    assert there(ends, zone).date() > day
    assert there(ends - MINUTE, zone).date() <= day


# -- the next one -----------------------------------------------------------------------------------------------------


@given(rhythms, moments)
@unhurried
def test_the_next_one_is_ahead_on_one_of_the_days_and_none_is_left_out_before_it(
    rhythm: Rhythm, now: dt.datetime
) -> None:
    found = next_one(rhythm, now)
    assert found.due_at > now
    assert rhythm.is_on(found.day)
    assert there(found.due_at, rhythm.zone).date() == found.day
    assert found.due_at == moment_of(rhythm.zone, found.day, rhythm.minute)
    day = there(now, rhythm.zone).date()
    while day < found.day:
        missed = moment_of(rhythm.zone, day, rhythm.minute)
        assert not rhythm.is_on(day) or missed is None or missed <= now
        day += DAY


@given(rhythms, moments)
@unhurried
def test_it_is_too_late_for_one_after_three_hours_and_never_on_another_date(rhythm: Rhythm, now: dt.datetime) -> None:
    found = next_one(rhythm, now)
    assert found.due_at < found.expires_at <= found.due_at + LASTS
    assert there(found.expires_at - dt.timedelta(seconds=1), rhythm.zone).date() == found.day
    if found.expires_at != found.due_at + LASTS:
        assert there(found.expires_at, rhythm.zone).date() > found.day


@given(rhythms, moments, st.integers(-3, 5))
@unhurried
def test_what_was_done_for_a_date_is_not_done_again(rhythm: Rhythm, now: dt.datetime, ahead: int) -> None:
    done = there(now, rhythm.zone).date() + ahead * DAY
    assert next_one(rhythm, now, after_day=done).day > done
    assert next_one(rhythm, now, after_day=done, also_late=True).day > done


@given(rhythms, moments)
@unhurried
def test_one_that_is_late_may_still_be_said_until_it_is_too_late(rhythm: Rhythm, now: dt.datetime) -> None:
    found, ahead = next_one(rhythm, now, also_late=True), next_one(rhythm, now)
    assert found.expires_at > now
    assert found == ahead or (found.due_at <= now and found.day < ahead.day)


@given(rhythms, moments, st.integers(0, 3 * 24 * 60))
@unhurried
def test_whoever_asks_for_the_next_one_at_any_time_in_between_misses_none_and_gets_none_twice(
    rhythm: Rhythm, now: dt.datetime, wait: int
) -> None:
    first = next_one(rhythm, now)
    second = next_one(rhythm, first.due_at, after_day=first.day)
    between = min(first.due_at + wait * MINUTE, second.due_at - MINUTE)
    assert next_one(rhythm, between, after_day=first.day) == second


@given(zones, zones, minutes, moments)
@unhurried
def test_whoever_travels_is_reminded_once_a_date_at_most(here: str, away: str, minute: int, now: dt.datetime) -> None:
    said = next_one(Rhythm(here, minute, "every"), now)
    after = next_one(Rhythm(away, minute, "every"), said.due_at, after_day=said.day)
    assert after.day > said.day
    assert there(after.due_at, away).date() == after.day


def test_on_weekdays_nothing_comes_at_the_weekend() -> None:
    found = chain(Rhythm(BERLIN, 540, "weekdays"), dt.date(2026, 11, 23), dt.date(2026, 12, 6))
    assert [one.day.day for one in found] == [23, 24, 25, 26, 27, 30, 1, 2, 3, 4]


# -- through both changes of the clock --------------------------------------------------------------------------------

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
HALF_HOURS = range(0, MINUTES_OF_DAY, 30)
# Per zone: how many changes of the clock in two years, by how many minutes, and at how many half-hours a reminder
# comes at another minute than was wanted, because the clock leaves that one out.
FIGURES = {
    BERLIN: (4, {60, -60}, 4),
    "America/New_York": (4, {60, -60}, 4),
    "Australia/Lord_Howe": (4, {30, -30}, 2),
    "America/Santiago": (4, {60, -60}, 4),
    "Africa/Cairo": (4, {60, -60}, 4),
    "Asia/Kolkata": (0, set(), 0),
}


@pytest.mark.parametrize("zone", FIGURES)
def test_two_years_have_one_reminder_for_every_date_at_every_half_hour(zone: str) -> None:
    turns = changes(zone, FIRST, LAST)
    dates = [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]
    assert len(dates) == 730
    moved = 0
    for minute in HALF_HOURS:
        found = chain(Rhythm(zone, minute, "every"), FIRST, LAST)
        assert [one.day for one in found] == dates
        shown = [there(one.due_at, zone) for one in found]
        assert [one.date() for one in shown] == dates
        others = [one for one in shown if one.hour * 60 + one.minute != minute]
        assert {one.date() for one in others} <= {day for day, by in turns.items() if by > 0}
        moved += len(others)
    assert (len(turns), set(turns.values()), moved) == FIGURES[zone]


# -- what was planned so far ------------------------------------------------------------------------------------------


def planned(day: int, revision: int = 2, state: str = "pending", *, was_tried: bool = False) -> Planned:
    return Planned(dt.date(2026, 11, day), revision, state, dt.datetime(2026, 11, day, 12, tzinfo=dt.UTC), was_tried)


@pytest.mark.parametrize("state", ["pending", "claimed", "sent", "expired", "dead", "held", "cancelled"])
def test_what_is_planned_for_a_date_is_never_planned_anew_whatever_became_of_it(state: str) -> None:
    assert last_day([planned(9), planned(10, state=state)], 2) == dt.date(2026, 11, 10)


@pytest.mark.parametrize(
    ("state", "was_tried", "taken"),
    [
        ("claimed", False, True),
        ("sent", True, True),
        ("cancelled", True, True),
        ("expired", True, True),
        ("cancelled", False, False),
        ("expired", False, False),
    ],
)
def test_after_a_change_a_date_is_free_only_if_nothing_can_have_been_said_on_it(
    state: str, was_tried: bool, taken: bool
) -> None:
    earlier = planned(10, revision=1, state=state, was_tried=was_tried)
    assert last_day([earlier], 2) == (dt.date(2026, 11, 10) if taken else None)


@pytest.mark.parametrize("state", ["pending", "claimed", "held"])
def test_what_waits_is_ahead_until_it_is_too_late(state: str) -> None:
    one, before = planned(10, state=state), dt.datetime(2026, 11, 10, 11, tzinfo=dt.UTC)
    assert is_planned([one], 2, before)
    assert not is_planned([one], 2, before + 60 * MINUTE)
    assert not is_planned([one], 3, before)
    assert not is_planned([one], 2, before, after_day=one.day)
    assert is_planned([planned(10, state="sent"), planned(11)], 2, before, after_day=one.day)
    assert not is_planned([planned(10, state="sent"), planned(11, state="cancelled")], 2, before)


def test_other_dates_on_which_nothing_more_is_said_count_as_well() -> None:
    assert last_day([planned(9)], 2, None, dt.date(2026, 11, 11)) == dt.date(2026, 11, 11)
    assert last_day([], 2, None, None) is None


# -- quiet hours and silence ------------------------------------------------------------------------------------------


@given(rhythms, moments, minutes, minutes)
@unhurried
def test_in_quiet_hours_it_waits_for_their_end_or_does_not_come(
    rhythm: Rhythm, now: dt.datetime, begins: int, ends: int
) -> None:
    hours = Quiet(begins, ends) if begins != ends else None
    found = next_one(rhythm, now)
    heard = heard_at(found, hours, rhythm.zone)
    if heard is not None:
        assert found.due_at <= heard < found.expires_at
        assert hours is None or not is_quiet(heard, hours, rhythm.zone)
    else:
        assert hours is not None
        assert is_quiet(found.expires_at - MINUTE, hours, rhythm.zone)


def test_three_questions_then_one_note_then_silence() -> None:
    assert [asks(number) for number in range(7)] == ["question", "question", "question", "note", None, None, None]
