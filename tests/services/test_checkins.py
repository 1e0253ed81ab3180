"""Checking in: nothing before a yes, one answer a day, and what a person wrote is theirs alone until they say otherwise."""

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.checkins import NOTE_LIMIT, Mood, SeenBy
from bot.errors import PeerError
from bot.services import checkins
from bot.services.checkins import Recorded
from bot.steps.consent import CONSENT_VERSION
from bot.steps.members import NeedsConsent
from data.schema import checkin_plans, members, people
from data.schema import checkins as rows_of_checkins
from data.vault import CannotOpen, Place
from tests.services.conftest import Town
from tests.store.rows import ANNA, BEN, HERE, HOSTILE, THERE, everything

DAY = dt.date(2026, 3, 10)


async def note_bytes(town: Town) -> bytes | None:
    (row,) = await town.rows(rows_of_checkins)
    return row["note"]


def on_disk(town: Town) -> bytes:
    assert town.db.path is not None
    return b"".join(path.read_bytes() for path in town.db.path.parent.glob(f"{town.db.path.name}*"))


# -- consent ---------------------------------------------------------------------------------------------------------


async def test_before_the_first_yes_nothing_of_a_person_is_stored(town: Town):
    before = await town.db.read(everything)
    with pytest.raises(NeedsConsent):
        await town.tap(4, agreed=False)
    with pytest.raises(NeedsConsent):
        await town.write(1, "words", agreed=False)
    assert await town.db.read(everything) == before
    assert await town.look_back() == []


async def test_the_yes_saves_what_was_tapped_and_is_not_asked_for_again(each_town: Town):
    assert (await each_town.tap(4)).mood is Mood.GOOD
    assert (await each_town.tap(2, agreed=False)).mood is Mood.LOW
    each_town.later(days=400)
    assert (await each_town.tap(3, agreed=False)).mood is Mood.OKAY
    (person,) = await each_town.rows(people)
    assert (person["consent_version"], person["consented_on"]) == (CONSENT_VERSION, DAY)


async def test_one_yes_is_enough_for_every_guild(each_town: Town):
    await each_town.tap(4)
    there, theirs = Actor(ANNA, THERE), each_town.neighbour.programmes[0]
    tools = each_town.db, each_town.clock, each_town.vault
    assert await checkins.before_form(*tools, there, each_town.neighbour, theirs) == (True, None)
    assert (await each_town.tap(3, there, agreed=False, programme=theirs)).days_of_week == 1
    (person,) = await each_town.rows(people)
    assert (person["consent_version"], person["consented_on"]) == (CONSENT_VERSION, DAY)
    assert {row["guild_id"] for row in await each_town.rows(members)} == {HERE, THERE}
    with pytest.raises(NeedsConsent):
        await each_town.tap(3, Actor(BEN, THERE), agreed=False, programme=theirs)


async def test_new_words_of_the_consent_are_asked_for_once_more(town: Town):
    await town.tap(4)
    await town.db.write(lambda tx: tx.execute(sa.update(people).values(consent_version=CONSENT_VERSION - 1)) and None)
    with pytest.raises(NeedsConsent):
        await town.tap(2, agreed=False)
    assert [entry.mood for entry in await town.look_back()] == [Mood.GOOD]
    assert (await town.tap(2)).mood is Mood.LOW
    (person,) = await town.rows(people)
    assert person["consent_version"] == CONSENT_VERSION


async def test_the_form_knows_whether_the_yes_is_there_and_what_stands_today(town: Town):
    async def before_form():
        return await checkins.before_form(town.db, town.clock, town.vault, town.anna, town.guild, town.programme)

    assert await before_form() == (False, None)
    await town.write(2, "a hard day", "leaders")
    assert await before_form() == (True, checkins.Entry(DAY, Mood.LOW, "a hard day", SeenBy.LEADERS))
    town.later(days=1)
    assert await before_form() == (True, None)


# -- one a day -------------------------------------------------------------------------------------------------------


async def test_a_tap_is_saved_for_the_person_alone(each_town: Town):
    assert await each_town.tap(4) == Recorded(DAY, Mood.GOOD, SeenBy.ME, 1, False)
    assert await each_town.look_back() == [checkins.Entry(DAY, Mood.GOOD, None, SeenBy.ME)]


async def test_a_second_tap_on_the_same_day_edits_the_first(each_town: Town):
    await each_town.write(4, "a walk", "leaders")
    each_town.later(hours=3)
    assert await each_town.tap(2) == Recorded(DAY, Mood.LOW, SeenBy.LEADERS, 1, True)
    assert await each_town.look_back() == [checkins.Entry(DAY, Mood.LOW, "a walk", SeenBy.LEADERS)]


async def test_another_programme_is_another_check_in(town: Town):
    await town.tap(4)
    await town.tap(2, programme=town.second)
    assert [entry.mood for entry in await town.look_back()] == [Mood.GOOD]
    assert [entry.mood for entry in await town.look_back(programme=town.second)] == [Mood.LOW]


async def test_the_week_counts_one_to_seven_of_the_last_seven_days(town: Town):
    counts = []
    for _ in range(9):
        counts.append((await town.tap(3)).days_of_week)
        town.later(days=1)
    assert counts == [1, 2, 3, 4, 5, 6, 7, 7, 7]
    town.later(days=3)
    assert (await town.tap(3)).days_of_week == 4
    town.later(days=30)
    assert (await town.tap(3)).days_of_week == 1


@pytest.mark.parametrize(
    ("zone", "taps", "days"),
    [
        # The guild is in Berlin: half past midnight there is still yesterday in UTC.
        (None, ["2026-03-10T22:59+00:00", "2026-03-10T23:00+00:00"], ["2026-03-10", "2026-03-11"]),
        ("America/New_York", ["2026-03-10T23:30+00:00", "2026-03-11T03:59+00:00"], ["2026-03-10"]),
        ("America/New_York", ["2026-03-11T03:59+00:00", "2026-03-11T04:00+00:00"], ["2026-03-10", "2026-03-11"]),
        # 23 and 25 hours are one day each.
        (None, ["2026-03-28T23:00+00:00", "2026-03-29T21:59+00:00"], ["2026-03-29"]),
        (None, ["2026-03-29T21:59+00:00", "2026-03-29T22:00+00:00"], ["2026-03-29", "2026-03-30"]),
        (None, ["2026-10-24T22:00+00:00", "2026-10-25T22:59+00:00"], ["2026-10-25"]),
        # The hour that comes twice in autumn is the same day twice.
        (None, ["2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00"], ["2026-10-25"]),
        ("Pacific/Apia", ["2011-12-30T09:59+00:00", "2011-12-30T10:00+00:00"], ["2011-12-29", "2011-12-31"]),
    ],
)
async def test_a_day_ends_at_midnight_where_the_person_is(town: Town, zone: str | None, taps: list, days: list):
    await town.tap(3, programme=town.second)
    if zone is not None:
        await town.db.write(lambda tx: tx.execute(sa.update(people).values(zone=zone)) and None)
    for tap in taps:
        town.clock.set(dt.datetime.fromisoformat(tap))
        await town.tap(3)
    assert [entry.day.isoformat() for entry in await town.look_back()] == days


async def test_history_reaches_back_thirty_days(town: Town):
    await town.tap(3)
    town.later(days=29)
    await town.tap(4)
    assert [entry.day for entry in await town.look_back()] == [DAY, DAY + dt.timedelta(days=29)]
    town.later(days=1)
    assert [entry.day for entry in await town.look_back()] == [DAY + dt.timedelta(days=29)]


async def test_history_is_ones_own(town: Town):
    await town.write(1, "mine alone", "group")
    await town.tap(5, town.ben)
    assert [entry.mood for entry in await town.look_back(town.ben)] == [Mood.VERY_GOOD]
    assert await town.look_back(Actor(42, HERE)) == []


async def test_somebody_unknown_still_learns_what_day_it_is(town: Town):
    town.clock.set(dt.datetime(2026, 3, 10, 23, 30, tzinfo=dt.UTC))
    today, entries = await checkins.history(
        town.db, town.clock, town.vault, Actor(42, HERE), town.guild, town.programme
    )
    assert (today, entries) == (dt.date(2026, 3, 11), [])


# -- notes -----------------------------------------------------------------------------------------------------------


async def test_a_note_comes_back_and_lies_nowhere_in_the_open(town: Town):
    words = "rang my sponsor after the meeting"
    assert (await town.write(4, words)).has_note
    await town.db.checkpoint()
    await town.write(4, f"{words} again")
    assert [entry.note for entry in await town.look_back()] == [f"{words} again"]
    assert words.encode() not in on_disk(town)
    assert words.encode("utf-16-le") not in on_disk(town)


async def test_a_note_opens_only_in_its_own_row(town: Town):
    await town.write(4, "mine")
    sealed = await note_bytes(town)
    assert sealed is not None
    (row,) = await town.rows(rows_of_checkins)
    place = Place("checkins", "note", row["id"], HERE)
    assert town.vault.open(sealed, salt=town.guild.key_salt, place=place) == "mine"
    with pytest.raises(CannotOpen):
        town.vault.open(sealed, salt=town.guild.key_salt, place=place._replace(row_id="0" * 32))


@pytest.mark.parametrize("empty", ["", "   ", "\n\n", "\u200b", "\u202e\x00"])
async def test_an_empty_note_takes_the_earlier_one_away(town: Town, empty: str):
    await town.write(4, "not for keeping")
    assert not (await town.write(4, empty)).has_note
    assert await note_bytes(town) is None
    assert [entry.note for entry in await town.look_back()] == [None]


async def test_a_note_that_is_too_long_is_refused_and_nothing_is_stored(town: Town):
    before = await town.db.read(everything)
    with pytest.raises(PeerError) as caught:
        await town.write(1, "a" * (NOTE_LIMIT + 1))
    assert (caught.value.key, caught.value.args_for_text) == ("checkins.note.too_long", {"limit": NOTE_LIMIT})
    assert await town.db.read(everything) == before


async def test_a_note_of_exactly_the_limit_is_stored_whole(each_town: Town):
    for letter in "aé🙂":
        await each_town.write(3, f"  {letter * NOTE_LIMIT}\n\x00")
        assert [entry.note for entry in await each_town.look_back()] == [letter * NOTE_LIMIT]


async def test_controls_and_turned_writing_are_taken_out_of_a_note(town: Town):
    await town.write(3, "one\r\ntwo\x00\x1b[31m \u202eevil\u2069\x7f")
    assert [entry.note for entry in await town.look_back()] == ["one\ntwo[31m evil"]


async def test_no_note_breaks_anything_or_comes_back_changed(each_town: Town):
    for text in HOSTILE:
        await each_town.write(3, text)
        assert [entry.note for entry in await each_town.look_back()] == [text]


# -- stopping --------------------------------------------------------------------------------------------------------


async def test_stopping_keeps_the_history_and_is_written_down(each_town: Town):
    await each_town.tap(4)
    each_town.later(hours=1)
    await checkins.stop(each_town.db, each_town.clock, each_town.anna, each_town.programme)
    (plan,) = await each_town.rows(checkin_plans)
    assert plan["stopped_at"] == each_town.clock.now()
    assert len(await each_town.look_back()) == 1


async def test_after_stopping_one_may_begin_again(town: Town):
    await town.tap(4)
    await checkins.stop(town.db, town.clock, town.anna, town.programme)
    town.later(days=1)
    assert (await town.tap(2, agreed=False)).days_of_week == 2


async def test_somebody_who_never_agreed_can_stop_and_nothing_of_them_is_stored(town: Town):
    before = await town.db.read(everything)
    await checkins.stop(town.db, town.clock, town.anna, town.programme)
    assert await town.db.read(everything) == before


async def test_deleting_the_history_takes_all_of_it_and_only_ones_own(each_town: Town):
    for _ in range(3):
        await each_town.write(2, "words", "group")
        each_town.later(days=1)
    await each_town.tap(5, each_town.ben)
    await each_town.tap(1, programme=each_town.second)
    await checkins.delete_history(each_town.db, each_town.anna, each_town.programme)
    assert await each_town.look_back() == []
    assert len(await each_town.look_back(each_town.ben)) == 1
    assert len(await each_town.look_back(programme=each_town.second)) == 1
    assert [one.user_id for one in await each_town.look_around(leads=True)] == []


async def test_a_deleted_note_leaves_no_byte_in_the_file_or_its_log(town: Town):
    await town.write(2, "words")
    sealed = await note_bytes(town)
    assert sealed is not None
    assert sealed in on_disk(town)
    await checkins.delete_history(town.db, town.anna, town.programme)
    assert sealed not in on_disk(town)


async def test_deleting_when_there_is_nothing_is_harmless(town: Town):
    before = await town.db.read(everything)
    await checkins.delete_history(town.db, town.anna, town.programme)
    assert await town.db.read(everything) == before
