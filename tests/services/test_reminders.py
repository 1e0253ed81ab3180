"""Being asked once a day: at the time one chose, once a date, as long as one wants, and never after a word of no."""

import asyncio
import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.quiet import Quiet
from bot.domain.reaching import Reach
from bot.errors import PeerError
from bot.services import checkins, outbox, privacy, reaching, reminders, settings
from bot.services.reminders import Standing
from bot.steps.members import NeedsConsent
from data.schema import outbox as table
from data.schema import reminders as rows_of_reminders
from data.store import guilds
from tests.services.conftest import Town
from tests.services.reminding import BERLIN, NINE, choose, days, on, round_of, stand, travel, until, waiting
from tests.store.planned import NO_LEASE
from tests.store.rows import HERE, NOON, OURS

EVENING = 20 * 60
GONE = r"checkins\.remind\.gone"


# -- choosing ---------------------------------------------------------------------------------------------------------


async def test_a_chosen_time_is_planned_once_for_the_next_date_that_has_it(each_town: Town) -> None:
    now = await choose(each_town)
    (row,) = await each_town.rows(table)
    assert (row["kind"], row["guild_id"], row["programme_id"]) == ("checkins.remind", HERE, OURS)
    assert (row["payload"], row["due_at"]) == ({"day": "2026-03-11"}, on(11, 9))
    assert row["expires_at"] == on(11, 12)
    (kept,) = await each_town.rows(rows_of_reminders)
    assert row["subject"] == kept["id"]
    assert row["dedupe_key"] == f"checkins.remind:{kept['id']}:1:2026-03-11:{row['member_ref']}"
    assert now.planned is not None
    assert (now.planned.minute, now.planned.days, now.planned.upcoming.due_at) == (NINE, "every", on(11, 9))


async def test_before_the_first_yes_nothing_is_stored(each_town: Town) -> None:
    with pytest.raises(NeedsConsent):
        await reminders.choose(each_town.db, each_town.clock, each_town.anna, each_town.programme, NINE)
    assert await each_town.rows(rows_of_reminders) == await each_town.rows(table) == []


async def test_another_time_takes_the_place_of_the_first(each_town: Town) -> None:
    await choose(each_town)
    await choose(each_town, EVENING)
    assert await stand(each_town) == [("2026-03-10", "pending"), ("2026-03-11", "cancelled")]
    assert len(await each_town.rows(rows_of_reminders)) == 1
    assert await until(each_town, on(12)) == days(10, 11)


async def test_whoever_presses_twice_at_once_has_one_reminder_and_one_that_waits(each_town: Town) -> None:
    await asyncio.gather(*(choose(each_town, minute) for minute in (NINE, NINE, EVENING)))
    assert len(await each_town.rows(rows_of_reminders)) == 1
    assert len(await waiting(each_town)) == 1


async def test_two_programmes_and_two_people_have_each_their_own(each_town: Town) -> None:
    await choose(each_town)
    await choose(each_town, EVENING, programme=each_town.second)
    await choose(each_town, EVENING, each_town.ben)
    await reminders.stop(each_town.db, each_town.clock, each_town.ben, each_town.programme)
    assert await waiting(each_town) == [on(10, 20), on(11, 9)]
    await each_town.tap(3)
    assert await until(each_town, on(11, 21)) == [*days(10), *days(11), *days(11)]


async def test_on_weekdays_the_weekend_is_left_alone(each_town: Town) -> None:
    await choose(each_town)
    now = await reminders.set_days(each_town.db, each_town.clock, each_town.anna, each_town.programme, "weekdays")
    assert now.planned is not None
    assert now.planned.days == "weekdays"
    assert await until(each_town, on(18)) == [
        *days(11, 12, 13),
        ("2026-03-16", "note"),
    ]


async def test_how_things_stand_says_all_that_keeps_it_from_coming(each_town: Town) -> None:
    db, clock, anna, programme = each_town.db, each_town.clock, each_town.anna, each_town.programme
    assert await reminders.look(db, clock, anna, programme) == Standing()
    await travel(each_town, BERLIN)
    await choose(each_town)
    await reaching.choose(db, clock, HERE, anna.user_id, "nowhere")
    await settings.set_quiet(db, clock, anna, Quiet(8 * 60, 10 * 60))
    await settings.pause(db, clock, anna, "day")
    now = await reminders.look(db, clock, anna, programme)
    assert (now.zone, now.reach, now.everything_paused) == (BERLIN, Reach("nowhere"), True)
    assert now.planned is not None
    assert (now.planned.upcoming.due_at, now.planned.heard_at) == (on(11, 9), on(11, 10))
    await settings.set_quiet(db, clock, anna, Quiet(8 * 60, 13 * 60))
    now = await reminders.look(db, clock, anna, programme)
    assert now.planned is not None
    assert now.planned.heard_at is None


# -- once a date ------------------------------------------------------------------------------------------------------


async def test_each_date_has_exactly_one_for_as_long_as_they_are_answered(each_town: Town) -> None:
    await choose(each_town)
    said = []
    for day in range(11, 32):
        said += await until(each_town, on(day, 9, 30))
        await each_town.tap(3)
    assert said == days(*range(11, 32))
    assert len(await waiting(each_town)) == 1


async def test_the_day_that_has_had_one_has_no_second_at_another_time(each_town: Town) -> None:
    await choose(each_town)
    assert await until(each_town, on(11, 10)) == days(11)
    now = await choose(each_town, EVENING)
    assert now.planned is not None
    assert now.planned.upcoming.due_at == on(12, 20)
    assert await until(each_town, on(13)) == days(12)


@pytest.mark.parametrize("wait", [False, True], ids=["goes on", "lease runs out"])
async def test_a_time_changed_while_one_is_on_its_way_leaves_one_on_that_date(each_town: Town, wait: bool) -> None:
    await choose(each_town)
    each_town.clock.set(on(11, 9))
    (row,) = await outbox.claim(each_town.db, each_town.clock, worker="w1", limit=50, lease=NO_LEASE)
    if not wait:
        assert await reminders.wanted(each_town.db, each_town.clock, row) is not None
    await choose(each_town, EVENING)
    if wait:
        each_town.later(seconds=90)
        assert await round_of(each_town) == days(11)
    else:
        assert await outbox.sent(each_town.db, each_town.clock, row, message_id=1, after=reminders.after_sent)
    assert await until(each_town, on(13)) == days(12)


async def test_one_that_may_have_arrived_has_its_day_also_when_the_time_is_changed(each_town: Town) -> None:
    await choose(each_town)
    each_town.clock.set(on(11, 9))
    (row,) = await outbox.claim(each_town.db, each_town.clock, worker="w1", limit=50, lease=NO_LEASE)
    await outbox.first_try(each_town.db, row, at=on(11, 9), channel_id=5)
    await outbox.again(each_town.db, row, ready_at=on(11, 9, 1), error="500")
    await choose(each_town, EVENING)
    assert await until(each_town, on(13)) == days(12)


async def test_whoever_stops_while_one_is_on_its_way_is_sent_nothing(each_town: Town) -> None:
    await choose(each_town)
    each_town.clock.set(on(11, 9))
    (row,) = await outbox.claim(each_town.db, each_town.clock, worker="w1", limit=50, lease=NO_LEASE)
    await reminders.stop(each_town.db, each_town.clock, each_town.anna, each_town.programme)
    assert await reminders.wanted(each_town.db, each_town.clock, row) is None
    await outbox.over(each_town.db, each_town.clock, row, "cancelled")
    assert await until(each_town, on(20)) == []
    assert await reminders.plan_ahead(each_town.db, each_town.clock) == 0


async def test_whoever_is_erased_while_one_is_on_its_way_is_sent_nothing_and_nothing_is_left(each_town: Town) -> None:
    await choose(each_town)
    copy = await privacy.export(each_town.db, each_town.anna, each_town.vault)
    assert copy["reminders"] == [{"guild_id": HERE, "minute": NINE, "days": "every", **ANSWERED}]
    each_town.clock.set(on(11, 9))
    (row,) = await outbox.claim(each_town.db, each_town.clock, worker="w1", limit=50, lease=NO_LEASE)
    await privacy.erase(each_town.db, each_town.anna)
    assert await reminders.wanted(each_town.db, each_town.clock, row) is None
    assert not await outbox.sent(each_town.db, each_town.clock, row, message_id=1, after=reminders.after_sent)
    assert await each_town.rows(rows_of_reminders) == await each_town.rows(table) == []


ANSWERED = {"answered_at": NOON.isoformat(), "unanswered": 0}


async def test_many_that_come_due_at_once_are_each_planned_on(each_town: Town) -> None:
    crowd = [type(each_town.anna)(1_000 + number, HERE) for number in range(30)]
    for actor in crowd:
        await choose(each_town, actor=actor)
    each_town.clock.set(on(11, 9))
    rows = await outbox.claim(each_town.db, each_town.clock, worker="w1", limit=50, lease=NO_LEASE)
    found = await asyncio.gather(*(reminders.wanted(each_town.db, each_town.clock, row) for row in rows))
    assert len([due for due in found if due is not None]) == 30
    assert await waiting(each_town) == [on(12, 9)] * 30


# -- a word of no -----------------------------------------------------------------------------------------------------


async def test_who_checked_in_already_is_not_asked_that_day(each_town: Town) -> None:
    await choose(each_town)
    await until(each_town, on(11, 8))
    await each_town.tap(3)
    assert await until(each_town, on(12, 8)) == []
    assert await until(each_town, on(12, 10)) == days(12)
    assert [state for _, state in await stand(each_town)] == ["cancelled", "sent", "pending"]


async def test_not_today_holds_for_that_day_whatever_time_is_chosen_then(each_town: Town) -> None:
    await choose(each_town)
    await until(each_town, on(11, 8))
    now = await reminders.pass_today(each_town.db, each_town.clock, each_town.anna, each_town.programme)
    assert now.planned is not None
    assert now.planned.upcoming.due_at == on(12, 9)
    await choose(each_town, EVENING)
    assert await until(each_town, on(13)) == days(12)


async def test_not_today_said_before_it_comes_keeps_it_from_coming(each_town: Town) -> None:
    await choose(each_town)
    await until(each_town, on(11, 8))
    await reminders.pass_today(each_town.db, each_town.clock, each_town.anna, each_town.programme)
    assert await until(each_town, on(13)) == days(12, 13)


async def test_who_checked_in_and_then_chooses_a_time_is_told_of_the_day_after(each_town: Town) -> None:
    await each_town.tap(3)
    now = await choose(each_town, EVENING)
    assert now.planned is not None
    assert now.planned.upcoming.due_at == on(11, 20)
    assert await waiting(each_town) == [on(11, 20)]


async def test_a_pause_of_a_week_ends_by_itself(each_town: Town) -> None:
    await choose(each_town)
    now = await reminders.pause(each_town.db, each_town.clock, each_town.anna, each_town.programme, "week")
    assert now.planned is not None
    assert (now.planned.is_paused, now.planned.paused_until) == (True, NOON + dt.timedelta(days=7))
    assert await until(each_town, on(19)) == days(18, 19)


async def test_a_pause_without_an_end_lasts_until_they_say_so(each_town: Town) -> None:
    db, clock, anna, programme = each_town.db, each_town.clock, each_town.anna, each_town.programme
    await choose(each_town)
    await reminders.pause(db, clock, anna, programme, "open")
    assert await until(each_town, on(19)) == []
    now = await reminders.go_on(db, clock, anna, programme)
    assert now.planned is not None
    assert now.planned.is_paused is False
    assert await until(each_town, on(21)) == days(20, 21)


async def test_choosing_a_time_ends_a_pause(each_town: Town) -> None:
    await choose(each_town)
    await reminders.pause(each_town.db, each_town.clock, each_town.anna, each_town.programme, "open")
    await choose(each_town)
    assert await until(each_town, on(11)) == days(11)


async def test_a_pause_of_an_unknown_length_is_refused(each_town: Town) -> None:
    await choose(each_town)
    with pytest.raises(PeerError, match=r"error\.button_gone"):
        await reminders.pause(each_town.db, each_town.clock, each_town.anna, each_town.programme, "year")


async def test_after_a_stop_there_is_nothing_to_change_until_they_go_on_or_choose_anew(each_town: Town) -> None:
    db, clock, anna, programme = each_town.db, each_town.clock, each_town.anna, each_town.programme
    await choose(each_town)
    assert (await reminders.stop(db, clock, anna, programme)).planned is None
    assert (await reminders.stop(db, clock, anna, programme)).planned is None
    for change in (
        reminders.pass_today(db, clock, anna, programme),
        reminders.pause(db, clock, anna, programme, "week"),
        reminders.set_days(db, clock, anna, programme, "weekdays"),
    ):
        with pytest.raises(PeerError, match=GONE):
            await change
    assert await until(each_town, on(12)) == []
    await reminders.go_on(db, clock, anna, programme)
    assert await until(each_town, on(13)) == days(13)


async def test_who_never_had_a_reminder_has_none_to_change(each_town: Town) -> None:
    db, clock, ben, programme = each_town.db, each_town.clock, each_town.ben, each_town.programme
    with pytest.raises(PeerError, match=GONE):
        await reminders.go_on(db, clock, ben, programme)
    assert await reminders.stop(db, clock, ben, programme) == Standing()
    await each_town.tap(3, ben)
    with pytest.raises(PeerError, match=GONE):
        await reminders.pass_today(db, clock, ben, programme)


async def test_who_stopped_checking_in_is_not_asked_until_they_check_in_again(each_town: Town) -> None:
    await choose(each_town)
    await checkins.stop(each_town.db, each_town.clock, each_town.anna, each_town.programme)
    assert await until(each_town, on(13)) == []
    await each_town.tap(3)
    assert await until(each_town, on(14)) == days(14)


async def test_who_stopped_checking_in_and_then_chose_a_time_is_asked(each_town: Town) -> None:
    await each_town.tap(3)
    await checkins.stop(each_town.db, each_town.clock, each_town.anna, each_town.programme)
    await choose(each_town)
    assert await until(each_town, on(11)) == days(11)


async def test_nobody_is_asked_for_a_programme_that_is_not_there_and_again_once_it_is(each_town: Town) -> None:
    def turn(state: str):
        return each_town.db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state=state) and None)

    await choose(each_town)
    await turn("draft")
    assert await until(each_town, on(13)) == []
    await turn("live")
    assert await until(each_town, on(14)) == days(14)


# -- without an answer ------------------------------------------------------------------------------------------------

THREE_AND_A_NOTE = [*days(11, 12, 13), *days(14, asking="note")]


async def test_after_three_without_an_answer_one_note_and_then_silence(each_town: Town) -> None:
    await choose(each_town)
    assert await until(each_town, on(30)) == THREE_AND_A_NOTE


@pytest.mark.parametrize("answer", ["check-in", "go on", "not today", "another time"])
async def test_any_answer_ends_the_silence(each_town: Town, answer: str) -> None:
    db, clock, anna, programme = each_town.db, each_town.clock, each_town.anna, each_town.programme
    await choose(each_town)
    await until(each_town, on(20))
    if answer == "check-in":
        await each_town.tap(3)
    elif answer == "another time":
        await choose(each_town, NINE + 15)
    else:
        await (reminders.go_on if answer == "go on" else reminders.pass_today)(db, clock, anna, programme)
    assert await until(each_town, on(25)) == [*days(21, 22, 23), *days(24, asking="note")]


@pytest.mark.parametrize("answer", ["check-in", "not today", "pause"])
async def test_an_answer_begins_the_count_anew(each_town: Town, answer: str) -> None:
    db, clock, anna, programme = each_town.db, each_town.clock, each_town.anna, each_town.programme
    await choose(each_town)
    assert await until(each_town, on(12, 10)) == days(11, 12)
    if answer == "check-in":
        await each_town.tap(3)
    elif answer == "not today":
        await reminders.pass_today(db, clock, anna, programme)
    else:
        await reminders.pause(db, clock, anna, programme, "open")
        await reminders.go_on(db, clock, anna, programme)
    assert await until(each_town, on(20)) == [*days(13, 14, 15), *days(16, asking="note")]


async def test_an_answer_that_comes_while_the_message_is_still_being_marked_counts(each_town: Town) -> None:
    await choose(each_town)
    await until(each_town, on(14, 8))
    each_town.clock.set(on(14, 9))
    (row,) = await outbox.claim(each_town.db, each_town.clock, worker="w1", limit=50, lease=NO_LEASE)
    due = await reminders.wanted(each_town.db, each_town.clock, row)
    assert due is not None
    assert due.asking == "note"
    each_town.later(seconds=2)
    await each_town.tap(3)
    assert await outbox.sent(each_town.db, each_town.clock, row, message_id=1, after=reminders.after_sent)
    assert await until(each_town, on(15)) == days(15)


async def test_a_check_in_of_before_the_reminder_is_no_answer_to_it(each_town: Town) -> None:
    await each_town.tap(3)
    await choose(each_town)
    assert await until(each_town, on(20)) == THREE_AND_A_NOTE


# -- clocks -----------------------------------------------------------------------------------------------------------


async def test_a_new_time_zone_moves_what_is_planned_to_the_same_time_there(each_town: Town) -> None:
    await choose(each_town)
    await choose(each_town, programme=each_town.second)
    await reminders.stop(each_town.db, each_town.clock, each_town.anna, each_town.second)
    await travel(each_town, "America/New_York")
    # Where it is eight in the morning still.
    assert await waiting(each_town) == [on(10, 9, zone="America/New_York")]


async def test_whoever_travels_is_asked_once_for_each_date_at_most(each_town: Town) -> None:
    await choose(each_town)
    said = []
    for number, zone in enumerate(["Pacific/Kiritimati", "Pacific/Honolulu", "Asia/Tokyo", "America/Santiago"] * 4):
        await travel(each_town, zone)
        said += await until(each_town, on(10) + number * dt.timedelta(hours=17))
        await each_town.tap(3)
    assert len(said) == len(set(said))
    assert len(said) >= 5


TURNS = {
    "Europe/Berlin": [(2026, 3, 29), (2026, 10, 25), (2027, 3, 28), (2027, 10, 31)],
    "America/New_York": [(2026, 3, 8), (2026, 11, 1), (2027, 3, 14), (2027, 11, 7)],
    "Australia/Lord_Howe": [(2026, 4, 5), (2026, 10, 4), (2027, 4, 4), (2027, 10, 3)],
    "America/Santiago": [(2026, 4, 4), (2026, 9, 6), (2027, 4, 3), (2027, 9, 5)],
    "Africa/Cairo": [(2026, 4, 24), (2026, 10, 29), (2027, 4, 30), (2027, 10, 28)],
    "Asia/Kolkata": [(2026, 3, 29), (2026, 10, 25)],
}
EARLY = {"Europe/Berlin": 150, "America/New_York": 150, "Australia/Lord_Howe": 135, "America/Santiago": 30}
"""A minute of the day that a change of the clock leaves out or shows twice; in Cairo it is the first one."""


@pytest.mark.parametrize("zone", TURNS)
async def test_through_every_change_of_the_clock_each_date_has_exactly_one(town: Town, zone: str) -> None:
    actors = {1_000: EARLY.get(zone, 0), 1_001: 23 * 60 + 30, 1_002: NINE}
    crowd = {minute: type(town.anna)(user_id, HERE) for user_id, minute in actors.items()}
    begins = dt.date(*TURNS[zone][0]) - dt.timedelta(days=3)
    town.clock.set(on(begins.day, 0, month=begins.month, zone=zone) - dt.timedelta(hours=1))
    for minute, actor in crowd.items():
        await travel(town, zone, actor)
        await choose(town, minute, actor)
    wanted, said = [], []
    for year, month, day in TURNS[zone]:
        dates = [dt.date(year, month, day) + dt.timedelta(days=by) for by in range(-2, 3)]
        start = dt.datetime.combine(dates[0], dt.time(), tzinfo=on(1, zone=zone).tzinfo) - dt.timedelta(hours=1)
        # Nothing ran since the last change of the clock.
        town.clock.set(max(start, town.clock.now()))
        await outbox.expire(town.db, town.clock)
        await reminders.plan_ahead(town.db, town.clock)
        for number in range(5 * 24 + 2):
            said += await until(town, start + number * dt.timedelta(hours=1))
            if number % 24 == 12:
                for actor in crowd.values():
                    await reminders.go_on(town.db, town.clock, actor, town.programme)
        wanted += [date.isoformat() for date in dates for _ in crowd]
    found = sorted(day for day, asking in said if asking == "question")
    assert [day for day in found if day in set(wanted)] == sorted(wanted)


# -- what was never looked at -----------------------------------------------------------------------------------------


async def test_after_two_days_of_standing_still_only_the_newest_is_said(each_town: Town) -> None:
    await choose(each_town)
    each_town.clock.set(on(13, 10))
    assert await outbox.expire(each_town.db, each_town.clock) == 1
    assert await reminders.plan_ahead(each_town.db, each_town.clock) == 1
    assert await round_of(each_town) == days(13)
    assert await stand(each_town) == [("2026-03-11", "expired"), ("2026-03-13", "sent"), ("2026-03-14", "pending")]


async def test_what_a_process_had_in_hand_when_it_died_keeps_nothing_back(each_town: Town) -> None:
    await choose(each_town)
    each_town.clock.set(on(11, 9))
    await outbox.claim(each_town.db, each_town.clock, worker="died since", limit=50, lease=NO_LEASE)
    each_town.clock.set(on(13, 10))
    await outbox.expire(each_town.db, each_town.clock)
    await reminders.plan_ahead(each_town.db, each_town.clock)
    assert await round_of(each_town) == days(13)
    assert await stand(each_town) == [("2026-03-11", "expired"), ("2026-03-13", "sent"), ("2026-03-14", "pending")]


async def test_after_standing_still_for_too_long_today_it_is_tomorrow(each_town: Town) -> None:
    await choose(each_town)
    each_town.clock.set(on(13, 12))
    await outbox.expire(each_town.db, each_town.clock)
    await reminders.plan_ahead(each_town.db, each_town.clock)
    assert await round_of(each_town) == []
    assert await waiting(each_town) == [on(14, 9)]


async def test_looking_ahead_twice_or_in_two_processes_plans_nothing_twice(each_town: Town) -> None:
    for number in range(60):
        await choose(each_town, actor=type(each_town.anna)(1_000 + number, HERE))
    assert await reminders.plan_ahead(each_town.db, each_town.clock) == 0
    each_town.clock.set(on(13, 10))
    await outbox.expire(each_town.db, each_town.clock)
    await asyncio.gather(*(reminders.plan_ahead(each_town.db, each_town.clock) for _ in range(2)))
    assert await waiting(each_town) == [on(13, 9)] * 60
    assert await reminders.plan_ahead(each_town.db, each_town.clock) == 0


async def test_many_more_than_one_step_takes_are_all_looked_at(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "LOOK_AT", 7)
    monkeypatch.setattr(reminders, "CHUNK", 3)
    for number in range(20):
        await choose(town, actor=type(town.anna)(1_000 + number, HERE))
    town.clock.set(on(12, 10))
    await outbox.expire(town.db, town.clock)
    assert await reminders.plan_ahead(town.db, town.clock) == 20
    assert len(await waiting(town)) == 20


async def test_what_became_dead_or_was_taken_back_by_a_pause_of_everything_is_followed_by_the_next(
    each_town: Town,
) -> None:
    await choose(each_town)
    each_town.clock.set(on(11, 9))
    (row,) = await outbox.claim(each_town.db, each_town.clock, worker="w1", limit=50, lease=NO_LEASE)
    assert await reminders.wanted(each_town.db, each_town.clock, row) is not None
    await outbox.over(each_town.db, each_town.clock, row, "dead", error="no way is open")
    assert await until(each_town, on(12)) == days(12)


async def test_a_reminder_says_nothing_of_anybody_where_it_is_printed_or_kept_for_the_postman(each_town: Town) -> None:
    now = await choose(each_town)
    (row,) = await each_town.rows(table)
    assert str(each_town.anna.user_id) not in repr(row) + repr(now)
    assert await each_town.db.read(lambda tx: tx.execute(sa.select(table.c.payload)).scalar_one()) == {
        "day": "2026-03-11"
    }
