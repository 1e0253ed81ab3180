"""What people write about when is read as they mean it or not at all, and what we write about it is read as the same."""

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.meetings import LAST, Rule, when
from bot.domain.meetings.reading import words_of
from bot.domain.meetings.when import NotUnderstood, Understood
from bot.errors import PeerError
from bot.texts import FOLDER, Texts

BERLIN = "Europe/Berlin"
NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
"""A Wednesday; in Berlin it is 13:00."""
TODAY, DAY = dt.date(2026, 11, 25), dt.timedelta(days=1)
TEXTS = Texts.load()
unhurried = settings(deadline=None)


def read(text: str, *, now: dt.datetime = NOW, zone: str = BERLIN) -> Understood:
    return when.read(text, "en", now, zone)


def attempt(text: str, now: dt.datetime) -> tuple[Understood | None, NotUnderstood | None]:
    try:
        return read(text, now=now), None
    except NotUnderstood as refused:
        return None, refused


def weekly(*days: int, **parts: object) -> Rule:
    return Rule(kind="weekly", weekdays=days, **parts)


def monthly(nth: int, day: int, **parts: object) -> Rule:
    return Rule(kind="monthly", weekdays=(day,), nth=nth, **parts)


# -- what is understood -----------------------------------------------------------------------------------------------

ONE_MOMENT = {
    "tomorrow 19:00": "11-26 19:00",
    "today 7pm": "11-25 19:00",
    "tonight 8pm": "11-25 20:00",
    "8 pm tonight": "11-25 20:00",
    "the day after tomorrow at 8:30 a.m.": "11-27 08:30",
    "Tue 19:00": "12-01 19:00",
    "tuesday, 7 P.M.": "12-01 19:00",
    "7.30pm on Tues.": "12-01 19:30",
    "Wed 14:00": "11-25 14:00",
    "Wed 13:00": "12-02 13:00",
    "this Thu 19:00": "11-26 19:00",
    "next Tuesday at 7 pm": "12-01 19:00",
    "next wed 19:00": "12-02 19:00",
    "2026-12-01 19:00": "12-01 19:00",
    "2026-12-1T19:00": "12-01 19:00",
    "19:00 2026-12-01": "12-01 19:00",
    "1 Dec 19:00": "12-01 19:00",
    "Dec 1st at noon": "12-01 12:00",
    "the 1st of December 19:00": "12-01 19:00",
    "Tue, 1 Dec 2026, 19:00": "12-01 19:00",
    "Tue, Dec 1, 2026, 7:00 PM": "12-01 19:00",
    "tomorrow at one pm": "11-26 13:00",
    "once on 1 dec 0:00": "12-01 00:00",
}


@pytest.mark.parametrize(("text", "wanted"), ONE_MOMENT.items(), ids=ONE_MOMENT)
def test_one_moment_is_understood(text: str, wanted: str) -> None:
    found = read(text)
    assert f"{found.starts_on:%m-%d} {found.minute // 60:02}:{found.minute % 60:02}" == wanted
    assert (found.starts_on.year, found.rule, found.zone, found.names_zone) == (2026, None, BERLIN, False)


SERIES = {
    "every Tue 19:00": ("12-01", weekly(1)),
    "Tuesdays at 7pm": ("12-01", weekly(1)),
    "weekly on Tue 19:00": ("12-01", weekly(1)),
    "each Wed 13:00": ("12-02", weekly(2)),
    "every Mon, Wed and Fri 18:30": ("11-25", weekly(0, 2, 4)),
    "every Mon/Wed 18:30": ("11-25", weekly(0, 2)),
    "Mondays & Thursdays 18:30": ("11-26", weekly(0, 3)),
    "every weekday 9:00": ("11-26", weekly(0, 1, 2, 3, 4)),
    "every Mon-Wed 9:00": ("11-30", weekly(0, 1, 2)),
    "every Fri to Sun 9:00": ("11-27", weekly(4, 5, 6)),
    "every day 8am": ("11-26", Rule(kind="daily")),
    "every 3 days 19:00": ("11-25", Rule(kind="daily", every=3)),
    "every second day 19:00": ("11-25", Rule(kind="daily", every=2)),
    "every 2 weeks on Thu 20:00": ("11-26", weekly(3, every=2)),
    "every other Thursday 20:00": ("11-26", weekly(3, every=2)),
    "fortnightly on Thu 20:00": ("11-26", weekly(3, every=2)),
    "every 3rd week on Thu 20:00": ("11-26", weekly(3, every=3)),
    "first Monday 19:00": ("12-07", monthly(1, 0)),
    "every first Monday 19:00": ("12-07", monthly(1, 0)),
    "second Tue of every month 19:00": ("12-08", monthly(2, 1)),
    "every 2nd Tue of the month 19:00": ("12-08", monthly(2, 1)),
    "every month on the 3rd Tue 19:00": ("12-15", monthly(3, 1)),
    "last Fri of the month 18:00": ("11-27", monthly(LAST, 4)),
    "every last Fri 18:00": ("11-27", monthly(LAST, 4)),
    "first Mon every 3 months 19:00": ("12-07", monthly(1, 0, every=3)),
    "every Tue 19:00 until 2027-03-01": ("12-01", weekly(1, until=dt.date(2027, 3, 1))),
    "every Tue 19:00 until 1 March": ("12-01", weekly(1, until=dt.date(2027, 3, 1))),
    "every Tue 19:00 until Mon, 1 Mar 2027": ("12-01", weekly(1, until=dt.date(2027, 3, 1))),
    "every Tue 19:00 10 times": ("12-01", weekly(1, times=10)),
    "every Tue 19:00 for ten sessions": ("12-01", weekly(1, times=10)),
    "every Tue 19:00, 6x": ("12-01", weekly(1, times=6)),
    "every Tue 19:00 from 3 Jan": ("01-05", weekly(1)),
    "every Tue 19:00 starting tomorrow": ("12-01", weekly(1)),
    "weekly 19:00 from 1 Dec": ("12-01", weekly(1)),
    "1 Dec 19:00 weekly": ("12-01", weekly(1)),
    "Tue 1 Dec 19:00 every 2 weeks": ("12-01", weekly(1, every=2)),
    "tomorrow 19:00 daily": ("11-26", Rule(kind="daily")),
    "next Tue 19:00 weekly": ("12-01", weekly(1)),
}


@pytest.mark.parametrize(("text", "wanted"), SERIES.items(), ids=SERIES)
def test_a_series_is_understood_with_its_first_date(text: str, wanted: tuple[str, Rule]) -> None:
    found = read(text)
    assert (f"{found.starts_on:%m-%d}", found.rule) == wanted
    assert found.starts_at > NOW
    assert found.series(60).starts_on == found.starts_on


def test_a_zone_in_the_text_holds_for_its_day_as_well() -> None:
    late = dt.datetime(2026, 11, 25, 20, 0, tzinfo=dt.UTC)
    found = read("tomorrow 19:00 asia/tokyo", now=late)
    assert (found.zone, found.names_zone, found.starts_on) == ("Asia/Tokyo", True, dt.date(2026, 11, 27))
    assert found.starts_at == dt.datetime(2026, 11, 27, 10, tzinfo=dt.UTC)
    assert read("tomorrow 19:00 UTC").zone == "UTC"


def test_the_zone_that_was_chosen_may_be_named_and_no_other() -> None:
    assert when.read(f"tomorrow 19:00 {BERLIN}", "en", NOW, BERLIN, zone_is_chosen=True).zone == BERLIN
    with pytest.raises(PeerError) as refused:
        when.read("tomorrow 19:00 Asia/Tokyo", "en", NOW, BERLIN, zone_is_chosen=True)
    assert refused.value.key == "meetings.when.zone_twice"


def test_a_time_that_the_clock_leaves_out_is_shown_as_what_it_becomes() -> None:
    found = read("2027-03-28 2:30")
    assert (found.minute, found.becomes) == (150, dt.datetime(2027, 3, 28, 3, 0))
    assert found.starts_at == dt.datetime(2027, 3, 28, 1, tzinfo=dt.UTC)
    assert "leave out 02:30 on that day, so it begins at 03:00" in TEXTS.say("en", when.said(found))
    assert read("2027-03-29 2:30").becomes is None


def test_another_language_without_words_yet_is_read_as_english() -> None:
    assert when.read("tomorrow 19:00", "sv-SE", NOW, BERLIN) == read("tomorrow 19:00")
    assert words_of("en-GB") is words_of("xx")


def test_a_single_moment_is_asked_for_where_something_moves() -> None:
    assert when.read_once("Tue 19:00", "en", NOW, BERLIN) == read("Tue 19:00")
    with pytest.raises(PeerError) as refused:
        when.read_once("every Tue 19:00", "en", NOW, BERLIN)
    assert refused.value.key == "meetings.when.only_once"


# -- how it repeats, as an option of its own --------------------------------------------------------------------------

REPEATS = {
    "": None,
    "never": None,
    "No.": None,
    "once": None,
    "weekly": weekly(1),
    "every week": weekly(1),
    "every 2 weeks": weekly(1, every=2),
    "fortnightly": weekly(1, every=2),
    "Mon Tue": weekly(0, 1),
    "Tue, Thu": weekly(1, 3),
    "weekdays": weekly(0, 1, 2, 3, 4),
    "Mon-Fri": weekly(0, 1, 2, 3, 4),
    "daily": Rule(kind="daily"),
    "every 10 days": Rule(kind="daily", every=10),
    "monthly": monthly(1, 1),
    "every 2 months": monthly(1, 1, every=2),
    "first Tue": monthly(1, 1),
    "weekly 10 times": weekly(1, times=10),
    "10 times weekly": weekly(1, times=10),
    "weekly until 1 Mar": weekly(1, until=dt.date(2027, 3, 1)),
    "Tuesdays until 2027-03-01": weekly(1, until=dt.date(2027, 3, 1)),
}


@pytest.mark.parametrize(("text", "wanted"), REPEATS.items(), ids=REPEATS)
def test_what_repeats_is_understood_beside_a_moment(text: str, wanted: Rule | None) -> None:
    tuesday = read("Tue 19:00")
    assert when.with_repeat(tuesday, text, "en").rule == wanted
    assert when.read_repeat(text, "en", tuesday.starts_on) == wanted


@pytest.mark.parametrize(("day", "nth"), [(7, 1), (8, 2), (21, 3), (22, 4), (24, 4), (29, LAST), (31, LAST)])
def test_monthly_is_the_same_one_of_its_month(day: int, nth: int) -> None:
    starts_on = dt.date(2026, 12, day)
    assert when.read_repeat("monthly", "en", starts_on) == monthly(nth, starts_on.weekday())


REFUSED_REPEATS = {
    "gibberish": "repeat",
    "weekly 19:00": "repeat",
    "2026-12-01": "repeat",
    "tomorrow": "repeat",
    "weekly from 1 Jan": "repeat",
    "weekly Europe/Berlin": "repeat",
    "next Tue": "repeat",
    "not weekly": "repeat",
    "weekly or daily": "repeat",
    "10 times": "how_often",
    "until 2027-03-01": "how_often",
    "Mon Wed": "other_day",
    "last Tue": "other_day",
    "first Mon": "other_day",
    "hourly": "too_often",
    "every minute": "too_often",
    "yearly": "too_seldom",
    "biweekly": "biweekly",
    "every second Tue": "which_nth",
    "every 53 weeks": "interval",
    "every 0 days": "interval",
    "weekly 0 times": "times",
    "weekly 1001 times": "times",
    "weekly 99999999999999999999 times": "times",
    "weekly 3 times until 2027-03-01": "ends_twice",
    "weekly until 2026-11-30": "ends_first",
    "weekly until 2027-02-30": "no_such_date",
    "weekly until 03/04": "numeric_date",
    "weekly until Tue, 1 Mar 2027": "other_weekday",
    "weekly until spring": "until",
    "weekly until 2101-01-01": "too_far",
    "x" * 10_000: "long",
}


@pytest.mark.parametrize(("text", "key"), REFUSED_REPEATS.items(), ids=lambda text: text[:30])
def test_a_repetition_that_does_not_fit_is_refused(text: str, key: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        when.with_repeat(read("Tue 19:00"), text, "en")
    assert refused.value.key == f"meetings.when.{key}"


def test_the_fourth_that_is_also_the_last_is_asked_about() -> None:
    fourth_and_last = dt.date(2027, 2, 23)
    with pytest.raises(NotUnderstood) as refused:
        when.read_repeat("monthly", "en", fourth_and_last)
    assert refused.value.key == "meetings.when.fourth_or_last"
    meant = [when.read_repeat(text, "en", fourth_and_last) for text in refused.value.meant]
    assert meant == [monthly(4, 1), monthly(LAST, 1)]


def test_how_it_repeats_is_said_in_one_place() -> None:
    with pytest.raises(NotUnderstood) as refused:
        when.with_repeat(read("every Tue 19:00"), "daily", "en")
    assert refused.value.key == "meetings.when.repeats_twice"
    assert when.with_repeat(read("every Tue 19:00"), " \u200b", "en") == read("every Tue 19:00")


# -- what is refused --------------------------------------------------------------------------------------------------

REFUSED = {
    "": "unclear",
    " \u200f\u2066 ": "unclear",
    "?": "unclear",
    "🕖 tomorrow": "unclear",
    "whenever": "word",
    "tomorrow 19:00 maybe": "word",
    "in 2 hours": "word",
    "before Tue 19:00": "word",
    "demain 19:00": "word",
    "<@1234> tomorrow 19:00": "unclear",
    "not tomorrow 19:00": "unclear",
    "2 weeks 19:00": "unclear",
    "next week 19:00": "unclear",
    "x" * 201: "long",
    "tomorrow": "no_time",
    "Tue": "no_time",
    "tomorrow evening": "no_time",
    "tonight 9am": "no_time",
    "now": "no_time",
    "every day": "no_time",
    "19:00": "no_day",
    "7 pm": "no_day",
    "weekly 19:00": "no_day",
    "Dec 19:00": "no_day",
    "tomorrow 7": "bare_hour",
    "Tue at seven": "bare_hour",
    "7 o'clock Tue": "bare_hour",
    "Tue 19": "bad_time",
    "Tue 1900": "bad_time",
    "Tue 24:00": "bad_time",
    "Tue 19:60": "bad_time",
    "Tue 19:00:30": "bad_time",
    "Tue 13 pm": "bad_time",
    "Tue 19:00 pm": "bad_time",
    "Tue 0 am": "bad_time",
    "pm Tue": "bad_time",
    "Tue 12pm": "twelve",
    "Tue 12:30 am": "twelve",
    "Tue midnight": "twelve",
    "Tue 19:00-20:00": "range",
    "Tue 19:00 to 20:00": "range",
    "Tue 7-8pm": "range",
    "03/04 19:00": "numeric_date",
    "3.4. 19:00": "numeric_date",
    "03-04-2027 19:00": "numeric_date",
    "13/12/2026 19:00": "numeric_date",
    "2026-02-30 19:00": "no_such_date",
    "2027-02-29 19:00": "no_such_date",
    "30 Feb 19:00": "no_such_date",
    "29 Feb 19:00": "no_such_date",
    "2026-13-01 19:00": "no_such_date",
    "0000-01-01 19:00": "no_such_date",
    "1 Dec 0000 19:00": "no_such_date",
    "today 12:59": "past",
    "today 13:00": "past",
    "2026-11-24 19:00": "past",
    "24 Nov 19:00": "past",
    "2020-01-01 19:00": "past",
    "every Tue 19:00 from 2026-11-24": "past",
    "9999-12-31 19:00": "too_far",
    "31 Dec 9999 19:00": "too_far",
    "2033-01-01 19:00": "too_far",
    "every Tue 19:00 from 2040-01-01": "too_far",
    "every Tue 19:00 until 9999-12-31": "too_far",
    "Mon 1 Dec 19:00": "other_weekday",
    "Mon tomorrow 19:00": "other_weekday",
    "1 Dec 19:00 Mon": "other_weekday",
    "next Thu 19:00": "which_next",
    "next Sun 19:00": "which_next",
    "last Fri 18:00": "which_last",
    "every second Thu 19:00": "which_nth",
    "every 3rd Thu 19:00": "which_nth",
    "Tue 19:00 monthly": "which_week",
    "1 Dec 19:00 monthly": "which_week",
    "biweekly Tue 19:00": "biweekly",
    "Tue 19:00 or 20:00": "twice",
    "Tue 19:00 and Thu 20:00": "twice",
    "Tue 19:00 20:00": "twice",
    "tomorrow 1 Dec 19:00": "twice",
    "every Tue and 1 Dec 19:00": "twice",
    "Tue Tue 19:00": "twice",
    "first and third Mon 19:00": "twice",
    "daily Tue 19:00": "twice",
    "once every Tue 19:00": "twice",
    "weekly monthly 19:00": "twice",
    "Tue and Thu 19:00": "each_week",
    "Mon-Fri 9:00": "each_week",
    "Tue, Thursdays 19:00": "each_week",
    "tomorrow 19:00 10 times": "how_often",
    "Tue 19:00 until 2027-03-01": "how_often",
    "Tue 19:00 from 1 Dec": "how_often",
    "every 19:00": "how_often",
    "every minute": "too_often",
    "every 5 minutes from 1 Dec": "too_often",
    "hourly": "too_often",
    "every hour 19:00": "too_often",
    "every year 19:00": "too_seldom",
    "annually 1 Dec 19:00": "too_seldom",
    "every 53 weeks on Tue 19:00": "interval",
    "every 0 days 19:00": "interval",
    "every 13 months on the first Mon 19:00": "interval",
    "every Tue 19:00 0 times": "times",
    "every Tue 19:00 1001 times": "times",
    "every Tue 19:00 for 10 weeks": "until",
    "every Tue 19:00 until further notice": "until",
    "every Tue 19:00 from spring": "from",
    "every Tue 19:00 until 30 Nov 2026": "ends_first",
    "every Tue 19:00 10 times until 2027-03-01": "ends_twice",
    "1 Dec 19:00 every Mon": "other_day",
    "Tue 19:00 Mars/Olympus": "zone",
    "Tue 19:00 CET": "zone",
    "Tue 19:00 est": "zone",
    "2026-12-01T19:00Z": "zone",
    "Tue 19:00 UTC+2": "zone",
    "Tue 19:00 Etc/GMT+5": "zone",
    "Tue 19:00 Asia/Tokyo Europe/Berlin": "twice",
}


@pytest.mark.parametrize(("text", "key"), REFUSED.items(), ids=lambda text: text[:30])
def test_what_is_unclear_wrong_or_past_is_refused_and_never_guessed(text: str, key: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read(text)
    assert refused.value.key == f"meetings.when.{key}"


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NotUnderstood) as refused:
        read("tomorrow 19:00", zone="Mars/Olympus")
    assert refused.value.key == "meetings.when.zone"


def test_a_date_that_the_zone_leaves_out_is_refused() -> None:
    before = dt.datetime(2011, 12, 28, tzinfo=dt.UTC)
    for text in ("2011-12-30 19:00", "30 Dec 19:00 weekly"):
        with pytest.raises(NotUnderstood) as refused:
            read(text, now=before, zone="Pacific/Apia")
        assert refused.value.key == "meetings.when.zone_skips"
    assert read("every Fri 19:00", now=before, zone="Pacific/Apia").starts_on == dt.date(2012, 1, 6)


@pytest.mark.parametrize("ahead", range(7))
@pytest.mark.parametrize("weekday", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
def test_next_is_taken_only_where_all_mean_the_same_date(ahead: int, weekday: str) -> None:
    now = NOW + ahead * DAY
    today = now.date()
    found, refused = attempt(f"next {weekday} 19:00", now)
    if refused is None:
        assert found is not None
        # It is in another week than today, whether weeks begin on Monday or on Sunday, and at most a week ahead.
        assert 0 < (found.starts_on - today).days <= 7
        assert found.starts_on.isocalendar().week != today.isocalendar().week
        assert (found.starts_on + DAY).isocalendar().week != (today + DAY).isocalendar().week
        return
    first, second = (dt.date.fromisoformat(refused.args_for_text[name]) for name in ("first", "second"))
    assert second - first == 7 * DAY
    assert first.weekday() == words_of("en").by_word[weekday][1]
    assert [read(text, now=now).starts_on for text in refused.meant] == [first, second]


# -- hostile ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\u200ftomorrow\u200e 19:00",
        "\u202etomorrow 19:00\u202c",
        "\u2066tom\u200borrow\u2069\u00a0\u202f19:00",
        "\ufefftomorrow\t19:00\n",
        "ｔｏｍｏｒｒｏｗ １９：００",
        "𝐭𝐨𝐦𝐨𝐫𝐫𝐨𝐰 𝟏𝟗:𝟎𝟎",
        "TOMORROW ⓐⓣ 19:00",
        "tomorrow,,, 19:00",
        "2026–11–26 19:00",
    ],
    ids=ascii,
)
def test_what_only_looks_different_is_read_as_what_it_is(text: str) -> None:
    assert read(text) == read("tomorrow 19:00")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "tomorrow 19:00" + " " * 10_000,
        "\u200f" * 10_000 + "x",
        "1." * 5_000,
        "a-" * 99,
        "a/" * 99,
        "1:" * 99,
        "ﷺ" * 200,
        "tomorrow \u0661\u0669:\u0660\u0660",
        "tomorrow ১৯:০০",
        "tomorrow 19:00\x00\ud800",
        "to\u0301morrow 19:00",
        "tomorrow²19:00",
        "every " * 30,
        "'; DROP TABLE series; --",
        "{0.__class__} {danger}",
        "@everyone 19:00",
        "[tomorrow](http://x) 19:00",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_what_is_hostile_is_refused_in_words_of_ours(text: str) -> None:
    for refuse in (read, lambda text: when.read_repeat(text, "en", TODAY)):
        with pytest.raises(NotUnderstood) as refused:
            refuse(text)
        # Nothing but plain letters of a short word is ever repeated.
        assert all(re.fullmatch(r"[a-z0-9:-]{1,20}", str(value)) for value in refused.value.args_for_text.values())
    assert when.complete(text, "en", NOW, BERLIN) == []


pieces = st.sampled_from(
    [*words_of("en").by_word, "19:00", "7pm", "1", "2", "10", "2027", "2026-12-01", "-", ",", "/", BERLIN]
)


@given(st.one_of(st.text(max_size=60), st.lists(pieces, max_size=7).map(" ".join)))
@unhurried
def test_any_text_is_understood_as_something_ahead_or_refused(text: str) -> None:
    found, refused = attempt(text, NOW)
    if found is None:
        assert refused is not None
        assert TEXTS.has(refused.key)
        return
    assert found.starts_at > NOW
    assert found.rule is None or found.rule.suits(found.starts_on)
    assert read(when.canonical(found, "en")) == found


# -- what we write is read as the same --------------------------------------------------------------------------------


@st.composite
def understood(draw: st.DrawFn) -> Understood:
    starts_on = TODAY + draw(st.integers(1, 1500)) * DAY
    kind = draw(st.sampled_from(["once", "daily", "weekly", "monthly"]))
    rule = None
    if kind != "once":
        end = draw(
            st.one_of(
                st.just({}),
                st.builds(lambda times: {"times": times}, st.integers(1, 1000)),
                st.builds(lambda days: {"until": starts_on + days * DAY}, st.integers(0, 5000)),
            )
        )
        every = draw(st.integers(1, {"daily": 366, "weekly": 52, "monthly": 12}[kind]))
        weekdays: tuple[int, ...] = ()
        nth = None
        if kind == "weekly":
            weekdays = tuple(sorted({starts_on.weekday()} | draw(st.sets(st.integers(0, 6)))))
        if kind == "monthly":
            weekdays = (starts_on.weekday(),)
            nths = {(starts_on.day + 6) // 7, LAST if (starts_on + 7 * DAY).month != starts_on.month else 0} - {0, 5}
            nth = draw(st.sampled_from(sorted(nths)))
        rule = Rule(kind=kind, every=every, weekdays=weekdays, nth=nth, **end)
    return Understood(
        zone=draw(st.sampled_from([BERLIN, "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "UTC"])),
        names_zone=draw(st.booleans()),
        starts_on=starts_on,
        minute=draw(st.integers(0, 1439)),
        rule=rule,
    )


@given(understood())
@unhurried
def test_the_text_that_stands_for_a_moment_is_read_as_that_moment(one: Understood) -> None:
    zone = "Australia/Lord_Howe" if one.names_zone else one.zone
    assert read(when.canonical(one, "en"), zone=zone) == one
    if one.rule is not None:
        assert when.read_repeat(when.canonical_repeat(one.rule, "en"), "en", one.starts_on) == one.rule


@given(
    understood(), st.sampled_from(["en-GB", "en-US", "en-AU", "en-CA", "en-IN", "en-NZ", "en-IE", "en-ZA", "de", None])
)
@unhurried
def test_the_sentence_that_people_see_may_be_typed_again(one: Understood, locale: str | None) -> None:
    said = when.said(one)
    shown = TEXTS.say(locale, said.args["when"] if one.becomes else said)
    again = read(shown, zone=one.zone)
    assert (again.starts_on, again.minute, again.rule) == (one.starts_on, one.minute, one.rule)
    if one.rule is not None:
        repeated = TEXTS.say(locale, when.said_rule(one.rule))
        assert when.read_repeat(repeated, "en", one.starts_on) == one.rule


SAID = {
    "every Tue 19:00": "every Tuesday, 19:00, from Tue, 1 Dec 2026",
    "every Mon, Wed and Fri 18:30": "every Mon, Wed, Fri, 18:30, from Wed, 25 Nov 2026",
    "every 2 weeks on Thu 20:00 10 times": "every 2 weeks on Thursday, 20:00, from Thu, 26 Nov 2026, 10 times",
    "every day 8am": "every day, 08:00, from Thu, 26 Nov 2026",
    "every 3 days 8am": "every 3 days, 08:00, from Thu, 26 Nov 2026",
    "last Fri of the month 18:00": "last Friday of the month, 18:00, from Fri, 27 Nov 2026",
    "first Mon every 3 months 18:00": "every 3 months on the first Monday, 18:00, from Mon, 7 Dec 2026",
    "every Tue 19:00 until 1 Mar": "every Tuesday, 19:00, from Tue, 1 Dec 2026, until Mon, 1 Mar 2027",
    "tomorrow 19:00": "Thu, 26 Nov 2026, 19:00",
}


@pytest.mark.parametrize(("text", "shown"), SAID.items(), ids=SAID)
def test_what_was_understood_is_said_in_plain_words(text: str, shown: str) -> None:
    assert TEXTS.say("en-GB", when.said(read(text))) == shown


def test_a_break_is_said_with_both_of_its_dates() -> None:
    pause = weekly(1).with_break(dt.date(2026, 12, 20), dt.date(2027, 1, 3)).breaks[0]
    shown = "No meetings from Sun, 20 Dec 2026 to Sun, 3 Jan 2027"
    assert TEXTS.say("en-GB", when.said_break(pause)) == shown


# -- while it is typed ------------------------------------------------------------------------------------------------

OFFERED = {
    "tomorrow 19:00": ["2026-11-26 19:00"],
    "tomorrow 7": ["2026-11-26 19:00", "2026-11-26 07:00"],
    "tomorrow 19": ["2026-11-26 19:00"],
    "next sun 19:00": ["2026-11-29 19:00", "2026-12-06 19:00"],
    "03/04 19:00": ["2027-04-03 19:00", "2027-03-04 19:00"],
    "last fri 18:00": ["last friday of the month 18:00 from 2026-11-27"],
    "every second tue 19:00": [
        "every 2 weeks on tuesday 19:00 from 2026-12-01",
        "second tuesday of the month 19:00 from 2026-12-08",
    ],
    "tue and thu 19:00": ["every tuesday, thursday 19:00 from 2026-11-26"],
    "Tue 12pm": ["2026-12-01 12:00", "2026-12-01 00:00"],
    "19:00": ["2026-11-25 19:00", "2026-11-26 19:00"],
    "2026-02-30 19:00": [],
    "today 9:00": [],
    "whenever": [],
}


@pytest.mark.parametrize(("text", "values"), OFFERED.items(), ids=OFFERED)
def test_what_may_be_meant_is_offered_and_nothing_else(text: str, values: list[str]) -> None:
    assert [one.value for one in when.complete(text, "en", NOW, BERLIN)] == values


def test_the_beginning_of_a_word_is_enough_for_an_offer() -> None:
    offered = [one.understood for one in when.complete("every tu", "en", NOW, BERLIN)]
    assert offered
    assert {one.rule for one in offered} == {weekly(1)}
    assert when.complete("tom", "en", NOW, BERLIN)[0].understood == read("tomorrow 19:00")


def test_before_anything_is_typed_every_kind_is_offered() -> None:
    rules = [one.understood.rule for one in when.complete("", "en", NOW, BERLIN)]
    assert {rule.kind if rule else "once" for rule in rules} == {"once", "daily", "weekly", "monthly"}


@given(st.one_of(st.text(max_size=30), st.lists(pieces, max_size=4).map(" ".join)))
@unhurried
def test_every_offer_is_read_as_what_it_shows(text: str) -> None:
    offered = when.complete(text, "en", NOW, BERLIN)
    assert len(offered) <= 25
    for one in offered:
        assert len(one.value) <= 100
        assert read(one.value) == one.understood
        assert one.said == when.said(one.understood)
    tuesday = read("Tue 19:00")
    for repeat in when.complete_repeat(text, "en", tuesday):
        assert len(repeat.value) <= 100
        assert when.with_repeat(tuesday, repeat.value, "en").rule == repeat.rule
        assert repeat.said == when.said_rule(repeat.rule)


def test_how_it_may_repeat_is_offered_once_the_first_date_is_known() -> None:
    tuesday = read("Tue 19:00")
    found = [one.value for one in when.complete_repeat("", "en", tuesday)]
    assert found[:3] == ["every tuesday", "every 2 weeks on tuesday", "first tuesday of the month"]
    assert [one.value for one in when.complete_repeat("10 times", "en", tuesday)] == ["every tuesday 10 times"]
    assert when.complete_repeat("", "en", None) == []
    assert when.complete_repeat("", "en", read("every Tue 19:00")) == []


# -- words ------------------------------------------------------------------------------------------------------------


def sentences() -> dict[str, str]:
    """Return what is said to somebody who was not understood, by its key."""
    written = (FOLDER / "en" / "peerled.po").read_text(encoding="utf-8")
    found = dict(re.findall(r'^msgid "(meetings\.when\.\w+)"\nmsgstr "(.+)"$', written, re.MULTILINE))
    return {key: said for key, said in found.items() if key.rpartition(".")[2] not in ("moment", "series", "becomes")}


def test_every_refusal_is_met_by_a_test_here() -> None:
    met = {f"meetings.when.{key}" for key in (*REFUSED.values(), *REFUSED_REPEATS.values())}
    elsewhere = {
        f"meetings.when.{key}" for key in ("zone_twice", "only_once", "repeats_twice", "fourth_or_last", "zone_skips")
    }
    assert met | elsewhere == set(sentences())


def is_read(example: str) -> bool:
    days = [TODAY + number * DAY for number in range(70)]
    for attempt in (read, *(lambda text, day=day: when.read_repeat(text, "en", day) for day in days)):
        for text in (example, f"weekly {example}"):
            try:
                attempt(text)
            except NotUnderstood:
                continue
            return True
    return False


@pytest.mark.parametrize("key", sorted(sentences()))
def test_every_refusal_shows_an_example_that_is_understood(key: str) -> None:
    told = {"early": "7:00", "late": "19:00", "first": "2026-11-29", "second": "2026-12-06"}
    shown = re.findall(r"`([^`]+)`", sentences()[key].format(**told, word="x", most=5, day="2026-12-01"))
    examples = [one for one in shown if one not in ("minutes", "zone", "repeat")]
    assert examples
    assert [one for one in examples if not is_read(one)] == []
