"""A rule is kept as it was meant, and what is none is refused before it is kept."""

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import meetings
from bot.domain.meetings import LAST, LAST_DAY, ONCE, Break, Rule, Series
from bot.domain.meetings.occurrences import LEAST_MINUTES, MOST_MINUTES
from bot.domain.meetings.rule import FIRST_DAY, MOST_BREAKS, MOST_EVERY, MOST_TIMES

TUESDAYS = Rule(kind="weekly", weekdays=(1,))
TUESDAY = dt.date(2026, 12, 1)
DAY = dt.timedelta(days=1)
unhurried = settings(deadline=None)
dates = st.dates(dt.date(2026, 1, 1), dt.date(2035, 1, 1))
ends = st.one_of(st.just({}), st.builds(lambda times: {"times": times}, st.integers(1, MOST_TIMES)))
spans = st.lists(st.tuples(dates, st.integers(0, 30)), max_size=4)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    kind = draw(st.sampled_from(["daily", "weekly", "monthly"]))
    every = draw(st.integers(1, MOST_EVERY[kind]))
    weekdays: tuple[int, ...] = ()
    if kind != "daily":
        most = 7 if kind == "weekly" else 1
        weekdays = tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1, max_size=most))))
    nth = draw(st.sampled_from([1, 2, 3, 4, LAST])) if kind == "monthly" else None
    end = draw(st.one_of(ends, st.builds(lambda until: {"until": until}, dates)))
    rule = Rule(kind=kind, every=every, weekdays=weekdays, nth=nth, **end)
    for first, length in draw(spans):
        rule = rule.with_break(first, first + length * DAY)
    return rule


def series(rule: Rule = TUESDAYS, **parts: object) -> Series:
    usual = {"zone": "Europe/Berlin", "starts_on": TUESDAY, "minute": 19 * 60, "minutes": 60}
    return Series(rule=rule, **(usual | parts))


# -- as it is kept ----------------------------------------------------------------------------------------------------


@given(rules())
@unhurried
def test_a_rule_comes_back_from_json_as_it_was(rule: Rule) -> None:
    kept = json.loads(json.dumps(rule.to_json()))
    assert Rule.from_json(kept) == rule
    assert Rule.from_json(kept).to_json() == kept


def test_what_is_as_usual_is_not_written_down() -> None:
    assert TUESDAYS.to_json() == {"kind": "weekly", "weekdays": [1]}
    assert ONCE.to_json() == {"kind": "once"}


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        "weekly",
        {},
        {"weekdays": [1]},
        {"kind": "hourly"},
        {"kind": ["weekly"], "weekdays": [1]},
        {"kind": "weekly"},
        {"kind": "weekly", "weekdays": []},
        {"kind": "weekly", "weekdays": [7]},
        {"kind": "weekly", "weekdays": [-1]},
        {"kind": "weekly", "weekdays": [1, 1]},
        {"kind": "weekly", "weekdays": [2, 1]},
        {"kind": "weekly", "weekdays": ["1"]},
        {"kind": "weekly", "weekdays": [True]},
        {"kind": "weekly", "weekdays": [1.0]},
        {"kind": "weekly", "weekdays": 1},
        {"kind": "weekly", "weekdays": [1], "every": 0},
        {"kind": "weekly", "weekdays": [1], "every": 1},
        {"kind": "weekly", "weekdays": [1], "every": 53},
        {"kind": "weekly", "weekdays": [1], "every": "2"},
        {"kind": "weekly", "weekdays": [1], "every": None},
        {"kind": "weekly", "weekdays": [1], "nth": 1},
        {"kind": "weekly", "weekdays": [1], "times": 0},
        {"kind": "weekly", "weekdays": [1], "times": MOST_TIMES + 1},
        {"kind": "weekly", "weekdays": [1], "times": 10**30},
        {"kind": "weekly", "weekdays": [1], "times": 3, "until": "2027-01-01"},
        {"kind": "weekly", "weekdays": [1], "until": "2027-02-30"},
        {"kind": "weekly", "weekdays": [1], "until": "2027-W01-1"},
        {"kind": "weekly", "weekdays": [1], "until": "2101-01-01"},
        {"kind": "weekly", "weekdays": [1], "until": "1989-12-31"},
        {"kind": "weekly", "weekdays": [1], "until": 20270101},
        {"kind": "weekly", "weekdays": [1], "breaks": [["2027-01-02", "2027-01-01"]]},
        {"kind": "weekly", "weekdays": [1], "breaks": [["2027-01-01"]]},
        {"kind": "weekly", "weekdays": [1], "breaks": [["2027-01-01", "2027-01-03"], ["2027-01-04", "2027-01-05"]]},
        {"kind": "weekly", "weekdays": [1], "breaks": []},
        {"kind": "weekly", "weekdays": [1], "by": "minute"},
        {"kind": "daily", "weekdays": [1]},
        {"kind": "daily", "every": 367},
        {"kind": "monthly", "weekdays": [1]},
        {"kind": "monthly", "weekdays": [1, 2], "nth": 1},
        {"kind": "monthly", "weekdays": [1], "nth": 0},
        {"kind": "monthly", "weekdays": [1], "nth": 5},
        {"kind": "monthly", "weekdays": [1], "nth": -2},
        {"kind": "monthly", "weekdays": [1], "nth": 1, "every": 13},
        {"kind": "once", "times": 2},
        {"kind": "once", "every": 2},
        {"kind": "once", "breaks": [["2027-01-01", "2027-01-01"]]},
    ],
    ids=str,
)
def test_what_is_no_rule_or_is_written_otherwise_is_refused(kept: object) -> None:
    with pytest.raises(ValueError, match=r"no rule|no span|isoformat|day|month"):
        Rule.from_json(kept)


# -- breaks -----------------------------------------------------------------------------------------------------------


@given(rules(), dates, st.integers(0, 40))
@unhurried
def test_a_further_break_takes_out_its_own_dates_and_no_other(rule: Rule, first: dt.date, length: int) -> None:
    paused = rule.with_break(first, first + length * DAY)
    for number in range(-3, length + 4):
        day = first + number * DAY
        assert paused.pauses_on(day) == (0 <= number <= length or rule.pauses_on(day))


def test_breaks_that_touch_become_one() -> None:
    rule = TUESDAYS.with_break(dt.date(2027, 1, 5), dt.date(2027, 1, 8)).with_break(TUESDAY, dt.date(2026, 12, 3))
    assert rule.with_break(dt.date(2026, 12, 4), dt.date(2027, 1, 4)).breaks == (Break(TUESDAY, dt.date(2027, 1, 8)),)


def test_there_is_an_end_to_breaks() -> None:
    rule = TUESDAYS
    for number in range(MOST_BREAKS):
        rule = rule.with_break(TUESDAY + 3 * number * DAY, TUESDAY + 3 * number * DAY)
    with pytest.raises(ValueError, match="too many"):
        rule.with_break(dt.date(2030, 1, 1), dt.date(2030, 1, 1))


# -- a course of six --------------------------------------------------------------------------------------------------


def test_a_course_of_six_is_six_meetings_whatever_breaks_lie_between() -> None:
    christmas = dt.date(2026, 12, 20), dt.date(2027, 1, 3)
    six = series(Rule(kind="weekly", weekdays=(1,), times=6).with_break(*christmas))
    held = meetings.days(six, FIRST_DAY, LAST_DAY)
    assert [f"{day:%m-%d}" for day in held] == ["12-01", "12-08", "12-15", "01-05", "01-12", "01-19"]
    assert meetings.left_out(six, LAST_DAY) == [dt.date(2026, 12, 22), dt.date(2026, 12, 29)]
    assert "COUNT=8" in meetings.rrule_text(six)


def test_a_date_that_the_zone_leaves_out_does_not_count_either() -> None:
    three = series(Rule(kind="daily", times=3), zone="Pacific/Apia", starts_on=dt.date(2011, 12, 29))
    assert [day.day for day in meetings.days(three, FIRST_DAY, LAST_DAY)] == [29, 31, 1]
    assert meetings.left_out(three, LAST_DAY) == [dt.date(2011, 12, 30)]


def test_two_weeks_are_counted_from_the_week_of_the_first_date_and_weeks_begin_on_monday() -> None:
    found = meetings.days(series(Rule(kind="weekly", every=2, weekdays=(0, 6))), TUESDAY, dt.date(2026, 12, 31))
    assert [day.day for day in found] == [6, 14, 20, 28]


def test_it_may_start_before_its_first_meeting() -> None:
    fridays = series(Rule(kind="weekly", weekdays=(4,)))
    assert meetings.first_date(fridays) == dt.date(2026, 12, 4)
    assert meetings.days(fridays, TUESDAY, dt.date(2026, 12, 5)) == [dt.date(2026, 12, 4)]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (ONCE, ""),
        (Rule(kind="daily", every=3), "FREQ=DAILY;INTERVAL=3"),
        (TUESDAYS, "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;WKST=MO"),
        (Rule(kind="monthly", weekdays=(4,), nth=LAST), "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1FR"),
        (
            Rule(kind="weekly", weekdays=(0, 1), until=dt.date(2027, 3, 1)),
            "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU;WKST=MO;UNTIL=20270301T225959Z",
        ),
    ],
    ids=["once", "daily", "weekly", "monthly", "until"],
)
def test_calendars_are_given_the_rule_in_their_own_words(rule: Rule, text: str) -> None:
    assert meetings.rrule_text(series(rule)) == text


# -- the next one -----------------------------------------------------------------------------------------------------


def test_the_next_one_is_the_first_that_begins_later_and_none_after_the_end() -> None:
    two = series(Rule(kind="weekly", weekdays=(1,), times=2))
    first = dt.datetime(2026, 12, 1, 18, tzinfo=dt.UTC)
    wanted = [first, first + 7 * DAY]
    asked = [first - 400 * DAY, first - DAY / 86400, first, first + DAY, first + 7 * DAY]
    found = [meetings.next_one(two, moment) for moment in asked]
    assert [one and one.starts_at for one in found] == [wanted[0], wanted[0], wanted[1], wanted[1], None]


def test_a_break_is_no_next_one() -> None:
    paused = series(TUESDAYS.with_break(TUESDAY, TUESDAY + 10 * DAY))
    found = meetings.next_one(paused, dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    assert found is not None
    assert found.day == TUESDAY + 14 * DAY


def test_nothing_is_after_the_last_day_that_we_know() -> None:
    daily = series(Rule(kind="daily"), starts_on=LAST_DAY - DAY)
    assert meetings.days(daily, FIRST_DAY, dt.date.max) == [LAST_DAY - DAY, LAST_DAY]
    end = dt.datetime.max.replace(tzinfo=dt.UTC)
    assert len(meetings.occurrences(daily, dt.datetime.min.replace(tzinfo=dt.UTC), end)) == 2
    assert meetings.next_one(daily, end) is None


# -- what could not be kept -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        (TUESDAYS, {"zone": "Mars/Olympus"}),
        (TUESDAYS, {"zone": ""}),
        (TUESDAYS, {"zone": "../../etc/passwd"}),
        (TUESDAYS, {"zone": "Europe"}),
        (TUESDAYS, {"zone": "a\x00b"}),
        (TUESDAYS, {"zone": "x" * 10_000}),
        (TUESDAYS, {"starts_on": dt.date(2101, 1, 1)}),
        (TUESDAYS, {"starts_on": dt.date(9999, 12, 31)}),
        (TUESDAYS, {"starts_on": dt.date(1989, 12, 31)}),
        (TUESDAYS, {"minute": -1}),
        (TUESDAYS, {"minute": 24 * 60}),
        (TUESDAYS, {"minutes": LEAST_MINUTES - 1}),
        (TUESDAYS, {"minutes": MOST_MINUTES + 1}),
        (Rule(kind="weekly", weekdays=(1,), until=TUESDAY - DAY), {}),
        (Rule(kind="weekly", weekdays=(0,), until=TUESDAY + 5 * DAY), {}),
        (Rule(kind="weekly", weekdays=(1,), until=TUESDAY).with_break(TUESDAY, TUESDAY), {}),
        (Rule(kind="monthly", weekdays=(1,), nth=4), {"starts_on": LAST_DAY}),
        (ONCE, {"zone": "Pacific/Apia", "starts_on": dt.date(2011, 12, 30)}),
        (Rule(kind="daily", until=dt.date(2011, 12, 30)), {"zone": "Pacific/Apia", "starts_on": dt.date(2011, 12, 30)}),
    ],
    ids=[
        "no such zone",
        "no zone",
        "a path",
        "a folder",
        "not a name",
        "a long name",
        "after the last year",
        "year 9999",
        "before the first year",
        "minute -1",
        "minute 1440",
        "too short",
        "too long",
        "over before it starts",
        "no such weekday until its end",
        "all in a break",
        "no such week any more",
        "once on a date left out",
        "only on a date left out",
    ],
)
def test_a_series_that_would_never_take_place_or_has_no_clock_is_refused(rule: Rule, parts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no series"):
        series(rule, **parts)
