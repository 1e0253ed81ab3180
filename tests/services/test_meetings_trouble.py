"""Meetings when something gets in between: the clock is set back, a programme is taken back, somebody erases themself."""

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.errors import PeerError
from bot.services import events, meetings, outbox, privacy, rsvps
from data.schema import meetings as meeting_rows
from data.schema import programmes
from tests.services.conftest import Town
from tests.services.meeting import LEADER, begin, berlin, person, planned, round_of, say, until
from tests.store.planned import LEASE

MOVED = {"day": dt.date(2026, 3, 12), "minute": 18 * 60}


async def move(town: Town, meeting_id: str) -> None:
    await meetings.move(town.db, town.clock, LEADER, town.programme, meeting_id, **MOVED)


async def take_back(town: Town) -> None:
    """Leave the programme as `/setup undo` does."""
    gone = sa.update(programmes).where(programmes.c.id == town.programme.id).values(state="draft")
    await town.db.write(lambda tx: tx.execute(gone) and None)


async def erase(town: Town, actor: Actor) -> None:
    """Erase somebody as the button does."""
    left = await privacy.left_by(town.db, town.clock, actor)
    await privacy.erase(town.db, actor)
    await privacy.hand_on(town.db, town.clock, left)


# -- the clock --------------------------------------------------------------------------------------------------------------


async def test_whoever_said_yes_before_the_clock_was_set_back_hears_of_the_move_and_is_reminded(each_town: Town):
    town = each_town
    one = (await begin(town)).next.meeting.id
    await say(town, one, "yes", 1)
    town.clock.set(berlin(10, 11))
    await move(town, one)
    assert [(kind, who) for kind, who, _ in await round_of(town)] == [(meetings.MOVED, 1)]
    assert await until(town, berlin(12, 18)) == [(rsvps.REMINDER, 1)]


# -- a programme that was taken back ----------------------------------------------------------------------------------------


async def test_of_a_programme_that_was_taken_back_nobody_is_reminded_or_told_anything(each_town: Town):
    town = each_town
    card = await begin(town, capacity=1)
    one = card.next.meeting.id
    await say(town, one, "yes", 1)
    await say(town, one, "yes", 2)
    await say(town, one, "no", 1)
    await say(town, card.next.meeting.id, "no", 1)
    await move(town, one)
    await take_back(town)
    assert await until(town, berlin(12, 18)) == []


async def test_a_place_at_a_meeting_of_a_programme_that_was_taken_back_is_offered_to_nobody(town: Town):
    one = (await begin(town, capacity=1)).next.meeting.id
    await say(town, one, "yes", 1)
    await say(town, one, "yes", 2)
    await say(town, one, "no", 1)
    (offer,) = await planned(town, rsvps.OFFER)
    await take_back(town)
    assert await until(town, offer["expires_at"]) == []
    assert await rsvps.pass_on(town.db, town.clock) == []


async def test_the_events_of_a_programme_that_was_taken_back_are_ended(each_town: Town):
    town = each_town
    one = (await begin(town)).next.meeting.id
    shown = sa.update(meeting_rows).where(meeting_rows.c.id == one).values(event_id=99, event_rev="shown")
    await town.db.write(lambda tx: tx.execute(shown) and None)
    await until(town, berlin(10, 13, 1))
    town.later(hours=6, minutes=1)
    await take_back(town)
    assert await events.plan_ahead(town.db, town.clock) == 1
    row = next(
        row for row in await outbox.claim(town.db, town.clock, worker="w1", limit=9, lease=LEASE) if row.op == "event"
    )
    found = await events.wanted(town.db, town.clock, row)
    assert found is not None
    assert (found.shown, [meeting.id for meeting in found.over]) == ((), [one])


# -- while it runs ----------------------------------------------------------------------------------------------------------


async def running(town: Town, meeting_id: str) -> None:
    """Let an occurrence be under way."""
    begun = sa.update(meeting_rows).where(meeting_rows.c.id == meeting_id).values(state="running")
    await town.db.write(lambda tx: tx.execute(begun) and None)


async def test_what_is_under_way_is_ended_where_it_runs_and_not_called_off_behind_its_back(each_town: Town):
    town = each_town
    one = (await begin(town)).next.meeting.id
    await say(town, one, "yes", 1)
    town.clock.set(berlin(10, 19, 5))
    await running(town, one)
    with pytest.raises(PeerError, match=r"meetings\.cancel\.running"):
        await meetings.cancel(town.db, town.clock, LEADER, town.programme, one)
    assert await planned(town, meetings.CANCELLED) == []


async def test_the_end_of_a_series_leaves_the_meeting_that_is_under_way_alone(each_town: Town):
    town = each_town
    card = await begin(town)
    town.clock.set(berlin(10, 19, 5))
    await running(town, card.next.meeting.id)
    await meetings.cancel_series(town.db, town.clock, LEADER, town.programme, card.series.id)
    states = {row["id"]: row["state"] for row in await town.rows(meeting_rows)}
    assert states.pop(card.next.meeting.id) == "running"
    assert set(states.values()) == {"cancelled"}


# -- erasing ----------------------------------------------------------------------------------------------------------------


async def test_the_place_of_whoever_erases_themself_is_offered_to_who_waits_longest_at_once(each_town: Town):
    town = each_town
    one = (await begin(town, capacity=1)).next.meeting.id
    await say(town, one, "yes", 1)
    await say(town, one, "yes", 2)
    await erase(town, person(1))
    assert await until(town, town.clock.now()) == [(rsvps.OFFER, 2)]


async def test_whoever_erases_themself_and_comes_back_is_somebody_new(town: Town):
    one = (await begin(town)).next.meeting.id
    await say(town, one, "yes", 1)
    await erase(town, person(1))
    assert (await meetings.look(town.db, town.clock, person(1), town.programme, one)).own is None
    assert (await say(town, one, "yes", 1)).changed
    assert await until(town, berlin(10, 18)) == [(rsvps.REMINDER, 1)]
