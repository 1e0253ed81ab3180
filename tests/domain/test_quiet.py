"""Quiet hours and pauses: on the person's own clock, over midnight, and over both changes of the clock."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest

from bot.domain import quiet
from bot.domain.quiet import MINUTES_OF_DAY, Quiet, is_quiet, next_loud
from bot.domain.reaching import Sending, is_paused, may_send

MINUTE = dt.timedelta(minutes=1)
NIGHT = Quiet(22 * 60, 7 * 60)
BERLIN = "Europe/Berlin"
# Half-hour and whole-hour changes, both halves of the globe, a date left out, no changes at all, a changing midnight.
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "America/Asuncion", "UTC")
TURNS = (
    dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 8, 7, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC),
    dt.datetime(2026, 4, 4, 15, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 3, 15, 30, tzinfo=dt.UTC),
    dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC),
    dt.datetime(2024, 3, 24, 3, tzinfo=dt.UTC),
    dt.datetime(2024, 10, 6, 4, tzinfo=dt.UTC),
)


def at(zone: str, *when: int, fold: int = 0) -> dt.datetime:
    """Return the moment at which a clock on the wall shows this."""
    return dt.datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).astimezone(dt.UTC)


def spans(seed: int, count: int) -> list[tuple[dt.datetime, Quiet, str]]:
    """Return moments near changes of the clock, with quiet hours and a zone each."""
    drawn = random.Random(seed)
    out = []
    while len(out) < count:
        begins, ends = drawn.randrange(MINUTES_OF_DAY), drawn.randrange(MINUTES_OF_DAY)
        if begins != ends:
            moment = drawn.choice(TURNS) + dt.timedelta(seconds=drawn.randrange(-2 * 86_400, 2 * 86_400))
            out.append((moment, Quiet(begins, ends), drawn.choice(ZONES)))
    return out


@pytest.mark.parametrize(
    ("hour", "minute", "held"), [(21, 59, False), (22, 0, True), (0, 0, True), (6, 59, True), (7, 0, False)]
)
def test_a_night_begins_and_ends_on_the_minute_and_goes_over_midnight(hour: int, minute: int, held: bool) -> None:
    assert is_quiet(at(BERLIN, 2026, 5, 5, hour, minute), NIGHT, BERLIN) is held


def test_the_same_moment_is_night_for_one_person_and_day_for_another() -> None:
    moment = at(BERLIN, 2026, 5, 5, 23)
    assert is_quiet(moment, NIGHT, BERLIN)
    assert not is_quiet(moment, NIGHT, "America/New_York")


def test_the_night_in_which_the_clock_goes_forward_ends_at_seven_all_the_same() -> None:
    assert next_loud(at(BERLIN, 2026, 3, 28, 23), NIGHT, BERLIN) == at(BERLIN, 2026, 3, 29, 7)


def test_the_night_in_which_the_clock_goes_back_ends_at_seven_all_the_same() -> None:
    assert next_loud(at(BERLIN, 2026, 10, 24, 23), NIGHT, BERLIN) == at(BERLIN, 2026, 10, 25, 7)


def test_quiet_hours_that_would_end_in_the_hour_left_out_end_with_the_change() -> None:
    assert next_loud(at(BERLIN, 2026, 3, 29, 1), Quiet(0, 150), BERLIN) == at(BERLIN, 2026, 3, 29, 3)


def test_an_hour_that_comes_twice_is_quiet_both_times() -> None:
    span = Quiet(120, 180)
    assert is_quiet(at(BERLIN, 2026, 10, 25, 2, 30), span, BERLIN)
    assert is_quiet(at(BERLIN, 2026, 10, 25, 2, 30, fold=1), span, BERLIN)
    assert next_loud(at(BERLIN, 2026, 10, 25, 2), span, BERLIN) == at(BERLIN, 2026, 10, 25, 3)


@pytest.mark.parametrize("seed", range(8))
def test_the_next_loud_moment_is_the_first_one_wherever_the_clock_changes(seed: int) -> None:
    for moment, span, zone in spans(seed, 25):
        found = next_loud(moment, span, zone)
        assert not is_quiet(found, span, zone), (moment, span, zone)
        if found == moment:
            continue
        assert found > moment
        assert (found.second, found.microsecond) == (0, 0)
        minute = moment.replace(second=0, microsecond=0)
        while minute < found:
            assert is_quiet(max(minute, moment), span, zone), (moment, span, zone, minute)
            minute += MINUTE


@pytest.mark.parametrize("seed", range(4))
def test_within_a_day_without_a_change_exactly_the_minutes_of_the_span_are_quiet(seed: int) -> None:
    for _, span, _ in spans(seed, 5):
        day = at(BERLIN, 2026, 5, 5)
        held = sum(is_quiet(day + MINUTE * number, span, BERLIN) for number in range(MINUTES_OF_DAY))
        assert held == (span.ends - span.begins) % MINUTES_OF_DAY


@pytest.mark.parametrize("seed", range(4))
def test_quiet_hours_come_back_from_their_text_unchanged(seed: int) -> None:
    for _, span, _ in spans(seed, 50):
        assert quiet.read(span.text) == span


@pytest.mark.parametrize(
    "text",
    ["", "none", "2200", "2200-", "2200-2200", "2460-0700", "2400-0700", "-100-0700", "2200-0700x", "２２00-0700"],
)
def test_what_is_no_span_is_not_read_as_one(text: str) -> None:
    assert quiet.read(text) is None


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("22:30", 1350),
        (" 7:05 ", 425),
        ("07.05", 425),
        ("00:00", 0),
        ("24:00", None),
        ("22", None),
        ("22:60", None),
        ("10 pm", None),
        ("", None),
        ("٢٢:٣٠", None),
        ("-1:30", None),
    ],
)
def test_a_time_is_read_strictly_or_not_at_all(text: str, minute: int | None) -> None:
    assert quiet.minute_of(text) == minute


def test_a_whole_day_is_no_quiet_hours() -> None:
    with pytest.raises(ValueError, match="two different minutes"):
        Quiet(60, 60)


NOW = at(BERLIN, 2026, 5, 5, 12)


@pytest.mark.parametrize(
    ("since", "until", "held"),
    [
        (None, None, False),
        (NOW, None, True),
        (NOW, NOW + MINUTE, True),
        (NOW - MINUTE, NOW, False),
        (NOW + MINUTE, None, False),
    ],
)
def test_a_pause_holds_from_its_beginning_until_its_end_or_for_good(
    since: dt.datetime | None, until: dt.datetime | None, held: bool
) -> None:
    sending = Sending(BERLIN, None, since, until)
    assert is_paused(NOW, sending) is held
    assert may_send(NOW, sending) is not held


def test_nothing_may_be_sent_in_quiet_hours() -> None:
    assert not may_send(at(BERLIN, 2026, 5, 5, 23), Sending(BERLIN, NIGHT))
    assert may_send(at(BERLIN, 2026, 5, 5, 12), Sending(BERLIN, NIGHT))
