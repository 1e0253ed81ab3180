"""A meeting that runs, as it is stored: what a press changes, what follows from it, and what is left at the end."""

import asyncio
import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.panels import Panel
from bot.errors import PeerError
from bot.services import privacy, runs
from bot.steps import rotations as rotation_steps
from bot.steps.members import NeedsConsent
from data.schema import hostings, meetings, panels, pool_members, pools, turns
from data.schema import outbox as planned
from data.schema import runs as table
from data.store import runs as store
from tests.services.conftest import Town
from tests.services.running import (
    MEETING,
    MINUTE,
    ROOM,
    begin,
    count,
    leading,
    now,
    prepare,
    press,
    put_yes,
    round_of,
    until,
)
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, THERE, put_member

CLEO = 555_666_777_888_999_000
POOL = "7" * 32


async def test_a_meeting_that_begins_is_written_down_with_its_panel_and_what_is_said_first(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    (row,) = await each_town.rows(table)
    assert (row["guild_id"], row["programme_id"], row["meeting_id"], row["channel_id"]) == (HERE, OURS, MEETING, ROOM)
    assert await now(each_town, run) == run
    assert [(one["kind"], one["subject"], one["channel_id"]) for one in await each_town.rows(panels)] == [
        ("run", run.id, ROOM)
    ]
    assert [one["state"] for one in await each_town.rows(meetings)] == ["running"]
    assert await round_of(each_town) == [runs.BEGAN]


async def test_whoever_begins_twice_has_one_meeting(each_town: Town) -> None:
    await prepare(each_town)
    found = await asyncio.gather(*(begin(each_town, who) for who in (leading(each_town.anna), leading(each_town.ben))))
    assert found[0].id == found[1].id
    assert await count(each_town) == 1


async def test_before_the_first_yes_nothing_is_stored(town: Town) -> None:
    await prepare(town)
    with pytest.raises(NeedsConsent):
        await runs.begin(town.db, town.clock, leading(town.anna), town.programme, MEETING)
    assert await count(town) == 0
    run = await begin(town)
    for what in (runs.raise_hand, runs.step_back, runs.listen, runs.be_here):
        with pytest.raises(NeedsConsent):
            await press(town, what, town.ben, run)
    assert len(await town.rows(turns)) == 1


@pytest.mark.parametrize(
    ("state", "minutes", "key"),
    [
        ("skipped", 0, "runs.off"),
        ("cancelled", 0, "runs.off"),
        ("ended", 0, "runs.over"),
        ("planned", 60, "runs.over"),
        ("planned", -31, "runs.too_early"),
    ],
)
async def test_what_cannot_begin_says_why_and_leaves_nothing(town: Town, state: str, minutes: int, key: str) -> None:
    await prepare(town, state=state)
    town.clock.set(NOON + minutes * MINUTE)
    with pytest.raises(PeerError) as found:
        await begin(town)
    assert found.value.key == key
    assert await count(town) == 0
    assert await town.rows(planned) == await town.rows(panels) == await town.rows(turns) == []


async def test_a_meeting_without_a_channel_begins_in_the_group_s_or_says_that_there_is_none(town: Town) -> None:
    await prepare(town, channel_id=None)
    with pytest.raises(PeerError) as found:
        await begin(town)
    assert found.value.key == "runs.no_room"


async def test_a_member_begins_nothing_and_one_who_said_yes_only_without_a_host(town: Town) -> None:
    await prepare(town)
    for alone, key in ((False, "runs.only_hosts_begin"), (True, "runs.only_yes")):
        with pytest.raises(PeerError) as found:
            await begin(town, town.ben, alone=alone)
        assert found.value.key == key
    await town.db.write(lambda tx: put_yes(tx, HERE, OURS, BEN))
    with pytest.raises(PeerError):
        await begin(town, town.ben)
    run = await begin(town, town.ben, alone=True)
    assert (run.is_self_run, run.host, run.present) == (True, None, 1)
    assert (await press(town, runs.next_phase, town.ben, run, seen=0)).after.step == 1


async def test_two_who_press_next_at_once_make_one_step_and_say_it_once(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    await round_of(each_town)
    presses = [
        press(each_town, runs.next_phase, who, run, seen=0)
        for who in (leading(each_town.anna), leading(each_town.ben), leading(each_town.anna))
    ]
    found = await asyncio.gather(*presses, return_exceptions=True)
    refused = [one.key for one in found if isinstance(one, PeerError)]
    assert refused == ["runs.meanwhile"] * 2
    assert (await now(each_town, run)).step == 1
    assert await round_of(each_town) == [runs.BEGAN]


async def test_many_who_raise_their_hands_at_once_each_get_a_place(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    people = [Actor(1_000 + number, HERE) for number in range(8)]
    await asyncio.gather(*(press(each_town, runs.raise_hand, who, run, agreed=True) for who in people))
    after = await now(each_town, run)
    assert [one.place for one in after.queue] == list(range(1, 9))


async def test_whose_turn_it_is_is_said_once_and_not_when_it_has_gone_on(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    await round_of(each_town)
    host = leading(each_town.anna)
    await press(each_town, runs.raise_hand, each_town.ben, run, agreed=True)
    await press(each_town, runs.next_turn, host, run, seen=0)
    assert await round_of(each_town) == [runs.TURN]
    await press(each_town, runs.raise_hand, each_town.anna, run, agreed=True)
    await press(each_town, runs.next_turn, host, run, seen=1)
    await press(each_town, runs.step_back, each_town.anna, run)
    assert await round_of(each_town) == []


async def test_of_two_turns_that_came_one_after_another_only_the_one_that_lasts_is_said(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    await round_of(each_town)
    for who in (each_town.ben, Actor(CLEO, HERE)):
        await press(each_town, runs.raise_hand, who, run, agreed=True)
    for seen in (0, 1):
        await press(each_town, runs.next_turn, leading(each_town.anna), run, seen=seen)
    assert await round_of(each_town) == [runs.TURN]


async def test_a_phase_s_end_is_said_in_its_time_unless_it_has_ended_before(town: Town) -> None:
    await prepare(town)
    run = await begin(town)
    assert await until(town, NOON + 4 * MINUTE) == [runs.BEGAN]
    await press(town, runs.next_phase, leading(town.anna), run, seen=0)
    assert await until(town, NOON + 13 * MINUTE) == [runs.BEGAN]
    assert await until(town, NOON + 14 * MINUTE) == [runs.OVERTIME]


async def test_a_silent_host_s_meeting_goes_to_the_co_host_and_that_is_said_once(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    ben = leading(each_town.ben)
    await press(each_town, runs.help_out, ben, run, agreed=True)
    await press(each_town, runs.raise_hand, Actor(CLEO, HERE), run, agreed=True)
    said = await until(each_town, NOON + 15 * MINUTE)
    assert said == [runs.BEGAN, runs.OVERTIME, runs.HOST]
    pressed = await press(each_town, runs.be_here, ben, run)
    assert pressed.own is not None
    assert (pressed.own.part, len(pressed.after.queue)) == ("host", 1)


async def test_a_host_who_presses_is_not_gone_and_is_looked_for_again_later(town: Town) -> None:
    await prepare(town)
    run = await begin(town)
    await until(town, NOON + 12 * MINUTE)
    await press(town, runs.be_here, town.anna, run)
    await until(town, NOON + 21 * MINUTE)
    assert (await now(town, run)).host is not None
    assert runs.HOST in await until(town, NOON + 22 * MINUTE)
    assert (await now(town, run)).host is None


async def test_a_host_who_leaves_the_room_has_two_minutes_to_come_back(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town, in_room=[ANNA])
    for back in (True, False):
        changed = await runs.saw(each_town.db, each_town.clock, HERE, ANNA, left=ROOM, joined=None)
        assert changed == [run.id]
        if back:
            await runs.saw(each_town.db, each_town.clock, HERE, ANNA, left=None, joined=ROOM)
        await until(each_town, each_town.clock.now() + 2 * MINUTE)
        assert ((await now(each_town, run)).host is not None) is back


async def test_who_is_in_the_room_of_nobody_else_is_written_down(town: Town) -> None:
    await prepare(town)
    run = await begin(town)
    await press(town, runs.be_here, town.ben, run, agreed=True)
    assert await runs.saw(town.db, town.clock, HERE, BEN, left=None, joined=ROOM) == []
    assert await runs.saw(town.db, town.clock, HERE, CLEO, left=None, joined=ROOM) == []
    assert await runs.saw(town.db, town.clock, THERE, ANNA, left=None, joined=ROOM) == []
    assert await runs.saw_all(town.db, town.clock, HERE, {ROOM: [ANNA, BEN, CLEO]}) == [run.id]
    assert sum(row["in_room"] for row in await town.rows(turns)) == 1


async def test_at_the_end_a_number_stays_and_who_was_there_is_deleted(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    await press(each_town, runs.be_here, each_town.ben, run, agreed=True)
    pressed = await press(each_town, runs.end, leading(each_town.anna), run, in_room=[ANNA, CLEO])
    assert pressed.after.heads == 3
    assert await each_town.rows(turns) == []
    (row,) = await each_town.rows(table)
    assert (row["heads"], row["ended_at"]) == (3, NOON)
    assert [one["state"] for one in await each_town.rows(meetings)] == ["ended"]
    waiting = [
        one["kind"] for one in await each_town.rows(planned) if one["state"] == "pending" and one["kind"] in runs.KINDS
    ]
    assert waiting == [runs.ENDED]
    assert await until(each_town, NOON + dt.timedelta(days=1)) == [runs.ENDED]


async def test_after_the_end_no_press_changes_anything(town: Town) -> None:
    await prepare(town)
    run = await begin(town)
    await press(town, runs.end, leading(town.anna), run)
    for what, options in (
        (runs.raise_hand, {"agreed": True}),
        (runs.leave, {}),
        (runs.next_phase, {"seen": 0}),
        (runs.lock, {"to": True}),
        (runs.end, {}),
        (runs.take_over, {"agreed": True}),
    ):
        with pytest.raises(PeerError) as found:
            await press(town, what, leading(town.ben), run, **options)
        assert found.value.key == "runs.over"
    with pytest.raises(PeerError) as found:
        await begin(town)
    assert found.value.key == "runs.over"
    assert await town.rows(turns) == []


async def test_from_another_guild_or_programme_a_run_is_not_there(town: Town) -> None:
    await prepare(town)
    run = await begin(town)
    neighbours = town.neighbour.live[0]
    stranger = Actor(ANNA, THERE, manages_guild=True)
    for actor, programme in ((stranger, neighbours), (leading(town.anna), town.second)):
        for what, options in ((runs.raise_hand, {"agreed": True}), (runs.end, {}), (runs.next_phase, {"seen": 0})):
            with pytest.raises(PeerError) as found:
                await press(town, what, actor, run, programme=programme, **options)
            assert found.value.key == "runs.gone"
        with pytest.raises(PeerError) as found:
            await runs.begin(town.db, town.clock, actor, programme, MEETING, agreed=True)
        assert found.value.key == "runs.no_meeting"
    assert await now(town, run) == run
    assert await runs.started(town.db, THERE, MEETING) is None
    panel = Panel("x", THERE, neighbours.id, runs.PANEL, ROOM, None, None, run.id)
    assert await runs.panel(town.db, town.clock, panel) is None


async def test_whoever_is_erased_is_off_the_list_and_a_host_s_chair_is_free(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    await press(each_town, runs.raise_hand, each_town.ben, run, agreed=True)
    await press(each_town, runs.next_turn, leading(each_town.anna), run, seen=0)
    for actor in (each_town.ben, each_town.anna):
        await privacy.erase(each_town.db, actor)
    after = await now(each_town, run)
    assert (after.people, after.host, after.speaker) == ((), None, None)
    assert runs.TURN not in await round_of(each_town)
    taken = await press(each_town, runs.take_over, leading(each_town.ben), run, agreed=True)
    assert taken.after.host is not None


async def test_a_host_who_erases_themself_hands_over_to_the_co_host_at_once(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    await press(each_town, runs.help_out, leading(each_town.ben), run, agreed=True)
    await round_of(each_town)
    left = await privacy.left_by(each_town.db, each_town.clock, each_town.anna)
    await privacy.erase(each_town.db, each_town.anna)
    await privacy.hand_on(each_town.db, each_town.clock, left)
    assert await until(each_town, each_town.clock.now()) == [runs.HOST]
    after = await now(each_town, run)
    assert after.host is not None
    assert (after.cohost, len(after.people)) == (None, 1)


async def test_who_waits_in_the_lobby_is_shown_to_hosts_alone(town: Town) -> None:
    await prepare(town)
    run = await begin(town)
    host = leading(town.anna)
    await press(town, runs.lock, host, run, to=True)
    await press(town, runs.raise_hand, town.ben, run, agreed=True)
    ((ref, user_id),) = await runs.lobby(town.db, host, town.programme, run.id)
    assert user_id == BEN
    with pytest.raises(PeerError) as found:
        await runs.lobby(town.db, town.ben, town.programme, run.id)
    assert found.value.key == "runs.only_hosts"
    await press(town, runs.let_in, host, run, ref=ref)
    assert await runs.lobby(town.db, host, town.programme, run.id) == ()


async def test_what_was_missed_is_shown_to_who_said_yes_and_names_nothing_but_its_parts(town: Town) -> None:
    await prepare(town)
    run = await begin(town)
    await town.db.write(lambda tx: put_yes(tx, HERE, OURS, BEN))
    await press(town, runs.next_phase, leading(town.anna), run, seen=0)
    with pytest.raises(PeerError) as found:
        await runs.catch_up(town.db, town.ben, town.programme, run.id)
    assert found.value.key == "runs.catch_up.still_on"
    await press(town, runs.end, leading(town.anna), run)
    with pytest.raises(PeerError) as found:
        await runs.catch_up(town.db, Actor(CLEO, HERE), town.programme, run.id)
    assert found.value.key == "runs.catch_up.only_yes"
    held = await runs.catch_up(town.db, town.ben, town.programme, run.id)
    assert [phase.name for phase in held.phases] == ["opening", "readings"]


async def test_what_was_to_be_put_back_in_a_channel_is_remembered_until_it_is(town: Town) -> None:
    await prepare(town)
    run = await begin(town)
    assert await runs.locks(town.db, HERE, run.id, "allow", own=True) is None
    await press(town, runs.lock, leading(town.anna), run, to=True)
    for was in ("allow", "deny"):
        room = await runs.locks(town.db, HERE, run.id, was, own=True)
        assert room is not None
        assert (room.was, room.own, room.is_locked) == ("allow", True, True)
    await runs.opened(town.db, HERE, run.id)
    assert len(await runs.rooms(town.db, HERE)) == 1, "it is locked still"
    await press(town, runs.end, leading(town.anna), run)
    ((room,), elsewhere) = (await runs.rooms(town.db, HERE), await runs.rooms(town.db, THERE))
    assert (room.was, room.is_locked, elsewhere) == ("allow", False, [])
    await runs.opened(town.db, HERE, run.id)
    assert await runs.rooms(town.db, HERE) == []


async def test_what_nobody_saw_to_while_nothing_ran_is_seen_to_at_the_next_start(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    each_town.clock.set(NOON + dt.timedelta(days=5))
    changed = await runs.tidy(each_town.db, each_town.clock)
    assert set(changed) == {(HERE, run.id)}
    assert (await now(each_town, run)).ended_at == NOON + dt.timedelta(days=5)
    assert len(await each_town.rows(panels)) == 1, "it is still to show that the meeting is over"
    each_town.later(days=2)
    assert await runs.tidy(each_town.db, each_town.clock) == []
    assert await each_town.rows(panels) == []


async def test_others_learn_who_hosts_and_who_is_there(town: Town) -> None:
    await prepare(town)
    assert await runs.started(town.db, HERE, MEETING) is None
    run = await begin(town)
    found = await runs.started(town.db, HERE, MEETING)
    assert found is not None
    assert run.host is not None
    assert (found.run_id, found.is_over, found.host_ref) == (run.id, False, run.host.ref)
    assert found.present == {run.host.ref}
    await press(town, runs.end, leading(town.anna), run)
    found = await runs.started(town.db, HERE, MEETING)
    assert found is not None
    assert found.is_over


async def test_a_run_reads_back_as_it_was_stored(each_town: Town) -> None:
    await prepare(each_town)
    run = await begin(each_town)
    for number, what in enumerate((runs.raise_hand, runs.listen, runs.be_here)):
        await press(each_town, what, Actor(2_000 + number, HERE), run, agreed=True)
    pressed = await press(each_town, runs.raise_hand, each_town.ben, run, agreed=True)
    stored = await each_town.db.read(lambda tx: store.fetch(tx, HERE, run.id))
    assert stored is not None
    assert sorted(stored.people, key=lambda one: one.ref) == sorted(pressed.after.people, key=lambda one: one.ref)


# -- who was to host, and who did -----------------------------------------------------------------------------------------


def put_pool(tx: sa.Connection, *user_ids: int) -> list[str]:
    """Put people in a pool of their own, the first of them due to host the meeting and the second beside them."""
    place = {"guild_id": HERE, "programme_id": OURS}
    tx.execute(
        pools.insert(),
        {
            **place,
            "id": POOL,
            "name": "p",
            "seats": 2,
            "rest": 0,
            "min_days": 0,
            "only_trained": False,
            "created_at": NOON,
        },
    )
    refs = [put_member(tx, HERE, user_id).ref for user_id in user_ids]
    for number, ref in enumerate(refs):
        of_pool = {**place, "pool_id": POOL, "member_ref": ref}
        inside = {"seat": "learning", "joined_at": NOON, "owed": 0, "hosted": 0, "last_at": NOON, "away": []}
        tx.execute(pool_members.insert(), {**of_pool, **inside, "id": f"{number:031x}b"})
        if number < 2:
            turn = {"meeting_id": MEETING, "place": number, "state": "confirmed", "asked_at": NOON}
            tx.execute(hostings.insert(), {**of_pool, **turn, "id": f"{number:031x}c"})
    return refs


async def test_whoever_is_to_host_starts_it_and_the_one_beside_them_is_expected_to_help(each_town: Town) -> None:
    await prepare(each_town, pool_id=POOL)
    anna, ben, _ = await each_town.db.write(lambda tx: put_pool(tx, ANNA, BEN, CLEO))
    run = await begin(each_town, each_town.anna)
    assert [(one.ref, one.part, one.standing) for one in run.people] == [
        (anna, "host", "here"),
        (ben, "cohost", "expected"),
    ]
    after = (await press(each_town, runs.be_here, each_town.ben, run, agreed=True)).after
    assert after.cohost is not None
    assert after.cohost.is_in


async def test_by_the_id_of_a_turn_at_hosting_its_meeting_is_meant(town: Town) -> None:
    await prepare(town, pool_id=POOL)
    await town.db.write(lambda tx: put_pool(tx, ANNA, BEN))
    turn_id = f"{0:031x}c"
    run, is_new = await runs.begin(town.db, town.clock, town.ben, town.programme, turn_id, agreed=True)
    assert (run.meeting_id, is_new) == (MEETING, True)
    assert await runs.channel_of_meeting(town.db, HERE, turn_id) == ROOM
    assert await runs.channel_of_meeting(town.db, THERE, turn_id) is None


async def test_credit_follows_who_hosted_and_not_who_was_to(each_town: Town) -> None:
    await prepare(each_town, pool_id=POOL)
    refs = await each_town.db.write(lambda tx: put_pool(tx, ANNA, BEN, CLEO))
    cleo = Actor(CLEO, HERE)
    run = await begin(each_town, cleo)
    each_town.later(minutes=90)
    await rotations_look(each_town)
    await press(each_town, runs.end, cleo, run)
    hosted = {row["member_ref"] for row in await each_town.rows(hostings) if row["state"] == "hosted"}
    assert hosted == {refs[2]}
    counted = {row["member_ref"]: row["hosted"] for row in await each_town.rows(pool_members)}
    assert counted == {refs[0]: 0, refs[1]: 0, refs[2]: 1}


async def rotations_look(town: Town) -> None:
    """Let the upkeep of rotations pass by while the meeting takes longer than it was meant to."""
    await town.db.write(lambda tx: rotation_steps.pool_changed(tx, HERE, POOL, now=town.clock.now()))
