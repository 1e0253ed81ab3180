"""The calendar link: what a calendar program shows is what we mean, to the second, and says no more than the person wants."""

import datetime as dt
import os
import random

import icalendar
import pytest

from bot.domain.feeds import Timetable
from bot.domain.meetings import Rule
from bot.texts import Texts
from bot.web import calendar as made
from tests.web import calendars
from tests.web.calendars import MADE, NOW, TWO_YEARS, Reader, Span, by_icalendar, drawn, meeting, ours, series

TEXTS = Texts.load()
DAY = dt.timedelta(days=1)
BEGINS, ENDS = NOW - 30 * DAY, NOW + TWO_YEARS
DRAWN, AT_ONCE = 300, 50


@pytest.fixture(scope="session")
def reader() -> Reader:
    try:
        return Reader(calendars.installed())
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"ical.js: {error}")


def written(*timetables: Timetable, titled: bool = False, now: dt.datetime = NOW) -> bytes:
    return made.file(calendars.calendar(*timetables, titled=titled), TEXTS, now)


def read_by_both(reader: Reader, one: Timetable) -> list[Span]:
    """Return the meetings that both readers find in the file of a series, and that are ours."""
    text = written(one)
    (by_js,) = reader.read([text], BEGINS, ENDS)
    assert by_icalendar(text, BEGINS, ENDS) == by_js == ours(one, BEGINS, ENDS)
    return by_js


@pytest.mark.parametrize("first", range(0, DRAWN, AT_ONCE))
def test_two_calendar_programs_show_each_meeting_of_two_years_at_our_moment(reader: Reader, first: int) -> None:
    found = [drawn(random.Random(number), number + 1) for number in range(first, first + AT_ONCE)]
    texts = [written(one) for one in found]
    wanted = [ours(one, BEGINS, ENDS) for one in found]
    for number, (one, text, expected) in enumerate(zip(found, texts, wanted, strict=True)):
        assert by_icalendar(text, BEGINS, ENDS) == expected, (first + number, one.series, text.decode())
    for number, (read, expected) in enumerate(zip(reader.read(texts, BEGINS, ENDS), wanted, strict=True)):
        assert read == expected, (first + number, found[number].series, texts[number].decode())
    assert sum(len(one) for one in wanted) > 1_000


def test_all_series_of_a_programme_stand_in_one_file(reader: Reader) -> None:
    several = [drawn(random.Random(number), number + 1) for number in range(12)]
    text = written(*several)
    expected = sorted(span for one in several for span in ours(one, BEGINS, ENDS))
    assert by_icalendar(text, BEGINS, ENDS) == expected
    assert reader.read([text], BEGINS, ENDS) == [expected]


@pytest.mark.parametrize(
    ("zone", "minute", "day", "shown"),
    [
        ("Europe/Berlin", 150, "2027-03-28", "2027-03-28T01:00"),  # left out: the first minute after the gap
        ("America/New_York", 150, "2027-03-14", "2027-03-14T07:00"),
        ("Europe/Berlin", 150, "2027-10-31", "2027-10-31T00:30"),  # twice: the first
        ("Australia/Lord_Howe", 135, "2027-10-03", "2027-10-02T15:30"),
    ],
)
def test_where_the_clock_leaps_the_file_says_the_moment_itself(
    reader: Reader, zone: str, minute: int, day: str, shown: str
) -> None:
    one = Timetable(series(zone=zone, minute=minute, rule=Rule(kind="daily")), ())
    moments = {begins for begins, _ in read_by_both(reader, one)}
    assert int(dt.datetime.fromisoformat(f"{shown}+00:00").timestamp()) in moments
    # And on the days beside it the clock on the wall is what it always is.
    assert len(moments) == len(ours(one, BEGINS, ENDS))
    (override,) = [
        event
        for event in icalendar.Calendar.from_ical(written(one)).walk("VEVENT")
        if "RECURRENCE-ID" in event and event["RECURRENCE-ID"].dt.date().isoformat() == day
    ]
    assert override["DTSTART"].to_ical().endswith(b"Z")


def test_a_meeting_skipped_moved_or_called_off_is_so_in_the_calendar(reader: Reader) -> None:
    one = series()
    days = [dt.date(2026, 12, number) for number in (1, 8, 15)]
    later = meeting(one, days[1])
    rows = (
        meeting(one, days[0], state="skipped", revision=1),
        meeting(one, days[1], moved=True, starts_at=later.starts_at + DAY, ends_at=later.ends_at + DAY, revision=1),
        meeting(one, days[2], state="cancelled", revision=1),
    )
    found = {
        dt.datetime.fromtimestamp(begins, dt.UTC).date() for begins, _ in read_by_both(reader, Timetable(one, rows))
    }
    assert dt.date(2026, 12, 9) in found
    assert not found & set(days)
    text = written(Timetable(one, rows)).decode()
    assert "EXDATE;TZID=Europe/Berlin:20261201T190000" in text
    assert text.count("RECURRENCE-ID") == 2
    assert text.count("STATUS:CANCELLED") == 1


def test_a_break_and_an_end_of_the_rule_hold(reader: Reader) -> None:
    rule = Rule(kind="weekly", weekdays=(1,), times=20).with_break(dt.date(2026, 12, 20), dt.date(2027, 1, 3))
    found = read_by_both(reader, Timetable(series(rule=rule, starts_on=dt.date(2026, 11, 24)), ()))
    assert len(found) == 20


def test_a_series_that_began_long_ago_ends_with_its_number_of_meetings(reader: Reader) -> None:
    rule = Rule(kind="weekly", weekdays=(1,), times=60)
    one = Timetable(series(rule=rule, starts_on=dt.date(2026, 1, 6)), ())
    assert dt.datetime.fromtimestamp(read_by_both(reader, one)[-1][0], dt.UTC).date() == dt.date(2027, 2, 23)


def test_nothing_of_a_cancelled_series_comes_any_more(reader: Reader) -> None:
    one = Timetable(series(ended_at=NOW), ())
    assert all(begins < NOW.timestamp() for begins, _ in read_by_both(reader, one))
    assert b"VEVENT" not in written(Timetable(series(ended_at=NOW - 200 * DAY), ()))


def test_an_empty_calendar_is_a_calendar(reader: Reader) -> None:
    assert reader.read([written()], BEGINS, ENDS) == [[]]


def test_it_shows_neither_titles_nor_places_unless_the_person_wants_them() -> None:
    one = Timetable(series(channel_id=1_222_333_444_555_666_777), ())
    plain, titled = written(one).decode(), written(one, titled=True).decode()
    assert "SUMMARY:Meeting\r\n" in plain
    for word in ("Tuesday circle", "ecovery", "discord", str(calendars.GUILD)):
        assert word not in plain
    assert "SUMMARY:Tuesday circle\r\n" in titled
    assert f"https://discord.com/channels/{calendars.GUILD}/1222333444555666777" in titled.replace("\r\n ", "")


@pytest.mark.parametrize(
    "title", ["a\r\nATTENDEE:mailto:x@example.org", "a;b,c\\d", "BEGIN:VEVENT", "é" * 100, "\u2028x"]
)
def test_a_title_is_text_and_nothing_else(title: str) -> None:
    text = written(Timetable(series(title=title), ()), titled=True)
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert "ATTENDEE" not in event
    assert str(event["SUMMARY"]).replace("\r\n", "\n") == title.replace("\r\n", "\n")
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))


def test_the_same_meetings_are_the_same_bytes_for_the_rest_of_the_month() -> None:
    one = Timetable(series(), (meeting(series(), dt.date(2026, 12, 1), state="skipped"),))
    assert written(one) == written(one, now=NOW + 6 * DAY)
    assert written(one) != written(Timetable(one.series, ()))


def test_every_change_raises_the_sequence_and_keeps_the_name() -> None:
    one = series()
    before = Timetable(one, ())
    after = Timetable(one, (meeting(one, dt.date(2026, 12, 1), state="skipped", changed_at=MADE + DAY),))
    forgotten = Timetable(one, (meeting(one, dt.date(2026, 12, 8), state="skipped", changed_at=MADE + 2 * DAY),))
    told = [icalendar.Calendar.from_ical(written(which)).walk("VEVENT")[0] for which in (before, after, forgotten)]
    assert len({str(event["UID"]) for event in told}) == 1
    assert str(told[0]["UID"]) == f"{one.id}@peerled"
    sequences = [int(event["SEQUENCE"]) for event in told]
    assert sequences == sorted(set(sequences))
    assert [event["DTSTAMP"].dt for event in told] == [MADE, MADE + DAY, MADE + 2 * DAY]


def test_a_zone_is_described_for_longer_than_meetings_are_told_of() -> None:
    (zone,) = icalendar.Calendar.from_ical(written(Timetable(series(), ()))).walk("VTIMEZONE")
    starts = sorted(part["DTSTART"].dt for part in zone.subcomponents)
    assert starts[0].date() <= dt.date(2026, 9, 1)
    assert starts[-1] > (ENDS + 4 * 365 * DAY).replace(tzinfo=None)
    assert dt.datetime(2027, 3, 28, 2) in starts
