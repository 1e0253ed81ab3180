"""The rules of checking in hold for every mood, day and zone."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.checkins import Mood, SeenBy, is_held, local_day, week_of

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
]
instants = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC))


@pytest.mark.parametrize("seen_by", SeenBy)
@pytest.mark.parametrize("mood", Mood)
def test_only_a_low_mood_meant_for_the_group_waits_for_a_second_yes(mood: Mood, seen_by: SeenBy):
    expected = (mood.value, seen_by.value) in {(1, "group"), (2, "group")}
    assert is_held(mood, seen_by) is expected


def test_help_comes_with_the_two_lowest_moods_and_no_other():
    assert [mood for mood in Mood if mood.is_low] == [Mood.VERY_LOW, Mood.LOW]


def test_every_mood_has_a_word_of_its_own():
    assert len({mood.key for mood in Mood}) == 5
    assert Mood(4).key == "checkins.mood.good"


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-01-01T00:30+00:00", "America/New_York", "2025-12-31"),
        ("2026-01-01T05:00+00:00", "America/New_York", "2026-01-01"),
        ("2026-03-28T22:59:59+00:00", "Europe/Berlin", "2026-03-28"),
        ("2026-03-28T23:00+00:00", "Europe/Berlin", "2026-03-29"),
        # The day on which the clocks go forward has 23 hours, the one on which they go back 25.
        ("2026-03-29T21:59:59+00:00", "Europe/Berlin", "2026-03-29"),
        ("2026-03-29T22:00+00:00", "Europe/Berlin", "2026-03-30"),
        ("2026-10-24T22:00+00:00", "Europe/Berlin", "2026-10-25"),
        ("2026-10-25T22:59:59+00:00", "Europe/Berlin", "2026-10-25"),
        ("2026-10-25T23:00+00:00", "Europe/Berlin", "2026-10-26"),
        # Apia went from the 29th to the 31st.
        ("2011-12-30T09:59+00:00", "Pacific/Apia", "2011-12-29"),
        ("2011-12-30T10:00+00:00", "Pacific/Apia", "2011-12-31"),
        ("2026-06-01T10:00+00:00", "Pacific/Kiritimati", "2026-06-02"),
        ("2026-06-01T10:00+00:00", "Etc/GMT+12", "2026-05-31"),
    ],
)
def test_the_day_is_the_one_on_the_wall_where_the_person_is(instant: str, zone: str, day: str):
    assert local_day(dt.datetime.fromisoformat(instant), zone).isoformat() == day


@given(instants, st.sampled_from(ZONES))
def test_the_same_instant_is_the_same_day_however_it_is_written(now: dt.datetime, zone: str):
    elsewhere = now.astimezone(ZoneInfo("Asia/Tokyo"))
    assert local_day(now, zone) == local_day(elsewhere, zone)
    assert abs((local_day(now, zone) - now.date()).days) <= 1


@given(instants, st.sampled_from(ZONES), st.timedeltas(dt.timedelta(), dt.timedelta(days=3)))
def test_days_never_run_backwards(now: dt.datetime, zone: str, later: dt.timedelta):
    assert local_day(now, zone) <= local_day(now + later, zone)


@given(st.dates(dt.date(1990, 1, 1)))
def test_a_week_is_the_seven_days_that_end_today(day: dt.date):
    first, last = week_of(day)
    assert last == day
    assert (last - first).days + 1 == 7
