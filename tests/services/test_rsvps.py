"""Answers and places: what people press holds once, places pass on in order, and each is reminded as they wish."""

import asyncio
import contextlib
import datetime as dt
import random
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.errors import Busy, PeerError
from bot.services import meetings, outbox, privacy, rsvps
from bot.steps.members import NeedsConsent
from data import life
from data.schema import meeting_leads
from data.schema import rsvps as rows
from tests.services.conftest import Town
from tests.services.meeting import (
    DAILY,
    LEADER,
    all_rows,
    answers,
    begin,
    berlin,
    comes,
    person,
    planned,
    round_of,
    say,
    until,
)
from tests.services.test_meetings import nothing_changes
from tests.store.planned import NO_LEASE
from tests.store.rows import THERE


async def full(town: Town, capacity: int, people: int, **changes: Any) -> str:
    """Begin a series with so many places, let so many people ask for one, a second after another; return its first."""
    one = (await begin(town, capacity=capacity, **changes)).next.meeting.id
    for number in range(people):
        await say(town, one, "yes", number)
        town.later(seconds=1)
    return one


def accept(town: Town, one: str, who: int) -> Any:
    return rsvps.accept(town.db, town.clock, person(who), town.programme, one)


def decline(town: Town, one: str, who: int) -> Any:
    return rsvps.decline(town.db, town.clock, person(who), town.programme, one)


PRESSES = {"accept": accept, "decline": decline}


def set_lead(town: Town, minutes: int, who: int = 1) -> Any:
    return rsvps.set_lead(town.db, town.clock, person(who), town.programme, minutes, agreed=True)


# -- answering --------------------------------------------------------------------------------------------------------------


async def test_an_answer_holds_until_another_is_given_and_saying_it_twice_changes_nothing(each_town: Town):
    one = (await begin(each_town)).next.meeting.id
    first = await say(each_town, one, "yes")
    assert (first.answer, first.changed, first.remind_at) == ("yes", True, berlin(10, 18))
    again = await say(each_town, one, "yes")
    assert (again.answer, again.changed) == ("yes", False)
    other = await say(each_town, one, "no")
    assert (other.answer, other.changed, other.remind_at) == ("no", True, None)
    assert await answers(each_town, one) == {1: "no"}
    seen = await meetings.look(each_town.db, each_town.clock, person(1), each_town.programme, one)
    assert (seen.own.answer, seen.coming) == ("no", 0)


async def test_nothing_is_kept_before_somebody_agreed(each_town: Town):
    one = (await begin(each_town)).next.meeting.id
    before = await each_town.rows(rows)
    for wish in ("yes", "no"):
        with pytest.raises(NeedsConsent):
            await rsvps.answer(each_town.db, each_town.clock, person(1), each_town.programme, one, wish)
    with pytest.raises(NeedsConsent):
        await accept(each_town, one, 1)
    with pytest.raises(NeedsConsent):
        await rsvps.set_lead(each_town.db, each_town.clock, person(1), each_town.programme, 15)
    assert await each_town.rows(rows) == before == []


async def test_what_is_gone_off_or_over_cannot_be_answered(town: Town):
    first, second = [one.meeting.id for one in (await begin(town), *(await comes(town))[:2])[1:]]
    await say(town, first, "no", 1)
    where = (town.db, town.clock, LEADER, town.programme)
    assert await nothing_changes(town, say(town, "f" * 32, "yes")) == "meetings.gone"
    theirs = town.neighbour.programmes[0]
    elsewhere = rsvps.answer(town.db, town.clock, Actor(person(1).user_id, THERE), theirs, first, "yes", agreed=True)
    assert await nothing_changes(town, elsewhere) == "meetings.gone"
    beside = rsvps.answer(town.db, town.clock, person(1), town.second, first, "yes", agreed=True)
    assert await nothing_changes(town, beside) == "meetings.gone"
    for off in (meetings.skip, meetings.cancel):
        await off(*where, second)
        assert await nothing_changes(town, say(town, second, "yes")) == "meetings.off"
        await meetings.bring_back(*where, second)
    town.clock.set(berlin(10, 23))
    for work in (say(town, first, "yes"), accept(town, first, 1), decline(town, first, 1)):
        assert await nothing_changes(town, work) == "meetings.over"


async def test_who_erased_themself_is_on_no_list_and_asked_anew(each_town: Town):
    one = await full(each_town, 1, 2)
    await set_lead(each_town, 15, 0)
    await privacy.erase(each_town.db, person(0))
    assert await answers(each_town, one) == {1: "waiting"}
    assert await each_town.rows(meeting_leads) == []
    with pytest.raises(NeedsConsent):
        await rsvps.answer(each_town.db, each_town.clock, person(0), each_town.programme, one, "yes")
    # Nobody pressed anything: the housekeeping passes their place on.
    await rsvps.pass_on(each_town.db, each_town.clock)
    assert [(kind, who) for kind, who, _ in await round_of(each_town)] == [("meetings.offer", 1)]


async def test_a_copy_holds_what_somebody_said_and_nothing_of_others(each_town: Town):
    await full(each_town, 1, 2)
    await set_lead(each_town, 15, 0)
    copy = await each_town.db.read(lambda tx: life.export(tx, person(0).user_id, vault=each_town.vault))
    assert [row["answer"] for row in copy["rsvps"]] == ["yes"]
    assert [row["minutes"] for row in copy["meeting_leads"]] == [15]


async def test_answers_of_long_ago_are_forgotten(each_town: Town):
    one = (await begin(each_town)).next.meeting.id
    await say(each_town, one, "yes")
    each_town.clock.set(berlin(10, 21) + dt.timedelta(days=179))
    await rsvps.pass_on(each_town.db, each_town.clock)
    assert len(await each_town.rows(rows)) == 1
    each_town.later(days=1, hours=1)
    await rsvps.pass_on(each_town.db, each_town.clock)
    assert await each_town.rows(rows) == []


# -- places -----------------------------------------------------------------------------------------------------------------


async def test_of_two_who_want_the_last_place_at_the_same_moment_one_has_it_and_one_waits(each_town: Town):
    town = each_town
    one = await full(town, 2, 1)
    for number in (5, 6):
        await say(town, (await comes(town))[1].meeting.id, "no", number)
    both = await asyncio.gather(say(town, one, "yes", 5), say(town, one, "yes", 6))
    assert sorted(str(answer.answer) for answer in both) == ["waiting", "yes"]
    assert [answer.place for answer in both if answer.answer == "waiting"] == [1]
    assert list((await answers(town, one)).values()).count("yes") == 2


async def test_many_who_press_at_once_never_take_more_places_than_there_are(each_town: Town):
    town, one = each_town, (await begin(each_town, capacity=3)).next.meeting.id

    async def press(number: int) -> None:
        while True:
            try:
                await say(town, one, "yes", number)
            except Busy:
                continue
            return

    await asyncio.gather(*(press(number) for number in range(12)))
    said = list((await answers(town, one)).values())
    assert (said.count("yes"), said.count("waiting")) == (3, 9)


async def test_a_place_that_frees_is_offered_to_who_waits_longest_and_kept_for_them(each_town: Town):
    town, one = each_town, await full(each_town, 2, 4)
    assert (await comes(town))[0].waiting == 2
    await say(town, one, "no", 0)
    ((kind, who, facts),) = await round_of(town)
    assert (kind, who) == ("meetings.offer", 2)
    assert facts.offered_until == town.clock.now() + (berlin(10, 19) - town.clock.now()) / 2
    # It is kept: neither somebody new nor the next in line can have it.
    assert (await say(town, one, "yes", 9)).answer == "waiting"
    assert await nothing_changes(town, accept(town, one, 3)) == "meetings.offer.over"
    assert (await comes(town))[0].free == 0
    taken = await accept(town, one, 2)
    assert (taken.answer, taken.remind_at) == ("yes", berlin(10, 18))
    assert (await accept(town, one, 2)).changed is False
    assert await answers(town, one) == {0: "no", 1: "yes", 2: "yes", 3: "waiting", 9: "waiting"}
    assert await until(town, berlin(10, 19)) == [("meetings.reminder", 1), ("meetings.reminder", 2)]


async def test_saying_yes_takes_the_place_that_was_offered_too(town: Town):
    one = await full(town, 1, 2)
    await say(town, one, "no", 0)
    assert (await say(town, one, "yes", 1)).answer == "yes"


async def test_who_declines_waits_no_more_and_the_place_passes_on_at_once(each_town: Town):
    town, one = each_town, await full(each_town, 1, 3)
    await say(town, one, "no", 0)
    declined = await decline(town, one, 1)
    assert (declined.answer, declined.changed) == ("no", True)
    assert [(kind, who) for kind, who, _ in await round_of(town)] == [("meetings.offer", 2)]
    # An old offer is no way out of a place.
    await accept(town, one, 2)
    assert (await decline(town, one, 2)).answer == "yes"


async def test_an_offer_that_nobody_takes_passes_on_in_its_time_and_ends(each_town: Town):
    town, one = each_town, await full(each_town, 1, 4)
    await say(town, one, "no", 0)
    said = await until(town, berlin(10, 18, 59))
    assert said == [("meetings.offer", 1), ("meetings.offer", 2), ("meetings.offer", 3)]
    assert await answers(town, one) == {0: "no"}
    # The place is there for whoever comes, late ones too.
    assert (await accept(town, one, 1)).answer == "yes"
    assert await nothing_changes(town, accept(town, one, 2)) == "meetings.offer.over"


async def test_an_offer_survives_a_death_in_the_middle_of_its_delivery(town: Town):
    one = await full(town, 1, 2)
    await say(town, one, "no", 0)
    claimed = await outbox.claim(town.db, town.clock, worker="dies", limit=9, lease=NO_LEASE)
    assert [row.kind for row in claimed].count(rsvps.OFFER) == 1
    assert [(kind, who) for kind, who, _ in await round_of(town)] == [("meetings.offer", 1)]
    assert await round_of(town) == []


async def test_after_an_outage_over_the_end_of_an_offer_it_passes_on_at_the_first_look(town: Town):
    one = await full(town, 1, 3)
    await say(town, one, "no", 0)
    town.clock.set(berlin(10, 18))
    await rsvps.pass_on(town.db, town.clock)
    assert [(kind, who) for kind, who, _ in await round_of(town)] == [("meetings.offer", 2)]
    assert await answers(town, one) == {0: "no", 2: "waiting"}


async def test_what_was_offered_before_a_move_is_offered_again_for_the_new_time(each_town: Town):
    town, one = each_town, await full(each_town, 1, 3)
    await say(town, one, "no", 0)
    await meetings.move(town.db, town.clock, LEADER, town.programme, one, day=dt.date(2026, 3, 12), minute=600)
    said = await round_of(town)
    assert [(kind, who) for kind, who, _ in said] == [("meetings.offer", 1)]
    assert said[0][2].meeting.starts_at == berlin(12, 10)
    assert said[0][2].offered_until == town.clock.now() + dt.timedelta(hours=12)


async def test_who_was_offered_a_place_hears_that_it_is_off_and_is_first_again_when_it_is_on(each_town: Town):
    town, one = each_town, await full(each_town, 1, 3)
    await say(town, one, "no", 0)
    await round_of(town)
    where = (town.db, town.clock, LEADER, town.programme, one)
    await meetings.skip(*where)
    assert [(kind, who) for kind, who, _ in await round_of(town)] == [("meetings.skipped", 1)]
    town.clock.set(berlin(10, 18, 30))
    await meetings.bring_back(*where)
    assert [(kind, who) for kind, who, _ in await round_of(town)] == [("meetings.offer", 1)]


async def test_once_it_has_begun_nobody_waits_and_a_free_place_is_for_whoever_comes(town: Town):
    one = await full(town, 1, 2)
    town.clock.set(berlin(10, 19, 5))
    assert await nothing_changes(town, say(town, one, "yes", 5)) == "meetings.full"
    await say(town, one, "no", 0)
    assert await round_of(town) == []
    assert (await say(town, one, "yes", 1)).answer == "yes"


async def test_whatever_people_press_in_whatever_order_places_are_kept_rightly(town: Town):
    chance, capacity = random.Random(5), 3
    one = await full(town, capacity, 5, starts_on=dt.date(2026, 3, 17))
    offers: list[tuple[int, dt.datetime]] = []
    for _ in range(150):
        who, what = chance.randrange(8), chance.choice(["yes", "yes", "no", "accept", "decline"])
        press = say(town, one, what, who) if what in ("yes", "no") else PRESSES[what](town, one, who)
        with contextlib.suppress(PeerError):
            await press
        town.later(minutes=chance.randrange(50))
        offers += [(who, facts.offered_until) for kind, who, facts in await round_of(town) if kind == rsvps.OFFER]
        now, stored = town.clock.now(), await all_rows(town, rows)
        coming = [row for row in stored if row["answer"] == "yes"]
        kept = [row for row in stored if row["offered_until"] is not None]
        assert len(coming) + len(kept) <= capacity
        assert all(row["answer"] == "waiting" and row["offered_until"] > now for row in kept)
        order = sorted((row for row in stored if row["answer"] == "waiting"), key=lambda row: row["asked_at"])
        assert [row in kept for row in order] == sorted((row in kept for row in order), reverse=True)
        assert len(coming) + len(kept) == capacity or len(kept) == len(order)
    assert len(offers) == len(set(offers)) > 5


# -- reminders --------------------------------------------------------------------------------------------------------------


async def test_everybody_is_reminded_as_long_before_as_they_wish(each_town: Town):
    town, one = each_town, (await begin(each_town)).next.meeting.id
    for number, minutes in enumerate((0, 15, 180)):
        assert await set_lead(town, minutes, number) == minutes
        await say(town, one, "yes", number)
    await say(town, one, "yes", 3)
    assert await until(town, berlin(10, 16)) == [("meetings.reminder", 2)]
    assert await until(town, berlin(10, 18)) == [("meetings.reminder", 3)]
    assert await until(town, berlin(10, 19)) == [("meetings.reminder", 1)]


async def test_a_changed_wish_holds_for_what_was_promised_already_and_nobody_is_reminded_twice(each_town: Town):
    town, one = each_town, (await begin(each_town)).next.meeting.id
    await say(town, one, "yes")
    for minutes in (180, 15, 60, 180, 15):
        await set_lead(town, minutes)
    assert await rsvps.lead(town.db, person(1), town.programme) == 15
    assert await until(town, berlin(10, 18, 44)) == []
    assert await until(town, berlin(10, 19)) == [("meetings.reminder", 1)]


async def test_who_says_no_and_yes_again_is_reminded_once_and_who_says_no_is_not(town: Town):
    one = (await begin(town)).next.meeting.id
    for answer in ("yes", "no", "yes"):
        await say(town, one, answer, 1)
    for answer in ("yes", "no"):
        await say(town, one, answer, 2)
    assert await until(town, berlin(10, 19)) == [("meetings.reminder", 1)]


@pytest.mark.parametrize("minutes", [-1, 7, 59, 10**9], ids=str)
async def test_a_wish_that_is_not_on_the_list_is_refused(town: Town, minutes: int):
    await say(town, (await begin(town)).next.meeting.id, "yes")
    assert await nothing_changes(town, set_lead(town, minutes)) == "error.button_gone"


async def test_what_is_planned_grows_with_answers_and_not_with_days(each_town: Town):
    town = each_town
    await begin(town, rule=DAILY)
    assert len(await planned(town, rsvps.REMINDER)) == 0
    for one in await comes(town, limit=3):
        await say(town, one.meeting.id, "yes", 1)
        await say(town, one.meeting.id, "no", 2)
    assert len(await planned(town, rsvps.REMINDER)) == 3
    assert len(await planned(town, meetings.TURN)) == 1


async def test_a_reminder_comes_too_late_for_nobody(town: Town):
    one = (await begin(town)).next.meeting.id
    town.clock.set(berlin(10, 18, 30))
    assert (await say(town, one, "yes")).remind_at is None
    assert await until(town, berlin(10, 21)) == []
    # And what an outage held up until it had begun is not said.
    second = (await comes(town))[0].meeting
    await say(town, second.id, "yes")
    town.clock.set(second.starts_at)
    assert await round_of(town) == []


async def test_the_rows_say_whose_they_are_and_go_with_the_guild(town: Town):
    await full(town, 1, 2)
    guild_id = town.guild.guild_id
    while await town.db.write(lambda tx: life.remove_guild_step(tx, guild_id)):
        pass
    left = await town.db.read(lambda tx: tx.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())
    assert left == 0
