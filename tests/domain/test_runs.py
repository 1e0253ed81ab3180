"""A running meeting: one step a press, polite conflicts, a host who goes, and whatever anybody presses a valid state."""

import contextlib
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain import runs
from bot.domain.presets import Format, Phase
from bot.domain.runs import Presser, Run
from bot.errors import PeerError

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
PHASES = (Phase("opening", 5, False), Phase("shares", 40, False), Phase("closing", 5, True))
HOW = Format("twelve_step", PHASES, entry=15, at_least=3, turn=4)
ANNA, BEN, CLEO, DORA = (letter * 32 for letter in "abcd")
PLACE = (1, "p" * 32, "m" * 32, 7)
EVENING = (NOON, NOON + 60 * MINUTE)


def ref(who: str) -> Presser:
    return Presser(ref=who)


def lead(who: str) -> Presser:
    return Presser(ref=who, leads=True)


def yes(who: str) -> Presser:
    return Presser(ref=who, said_yes=True)


def begin(host: str | None = ANNA, roster: tuple[str, ...] = (), in_room: tuple[str, ...] = ()) -> Run:
    return runs.begin("r" * 32, PLACE, HOW, EVENING, NOON, host=host, roster=roster, in_room=in_room)


def refused(key: str, press: Callable[[], Run]) -> None:
    with pytest.raises(PeerError) as found:
        press()
    assert found.value.key == key


# -- phases and turns -----------------------------------------------------------------------------------------------------


def test_a_meeting_begins_in_its_first_phase_with_whoever_opened_it_as_host():
    run = begin()
    assert (run.phase.name, run.phase_ends_at) == ("opening", NOON + 5 * MINUTE)
    assert run.host is not None
    assert run.host.ref == ANNA
    assert (run.present, run.entry_until, run.meant_until) == (1, NOON + 15 * MINUTE, NOON + 60 * MINUTE)


def test_two_presses_of_next_below_the_same_phase_are_one_step():
    run = runs.next_phase(begin(), ref(ANNA), NOON, seen=0)
    assert run.step == 1
    refused("runs.meanwhile", lambda: runs.next_phase(run, lead(BEN), NOON, seen=0))


def test_after_the_last_phase_there_is_no_next_one():
    run = replace(begin(), step=2)
    refused("runs.last_phase", lambda: runs.next_phase(run, ref(ANNA), NOON, seen=2))


def test_turns_go_in_the_order_in_which_hands_were_raised():
    run = begin()
    for who in (BEN, CLEO, DORA, CLEO):
        run = runs.raise_hand(run, ref(who), NOON)
    spoke = []
    while run.queue:
        run = runs.next_turn(run, ref(ANNA), NOON, seen=run.turn)
        assert run.speaker is not None
        spoke.append(run.speaker.ref)
    assert spoke == [BEN, CLEO, DORA]
    run = runs.next_turn(run, ref(ANNA), NOON, seen=run.turn)
    assert run.speaker is None
    refused("runs.nobody_waits", lambda: runs.next_turn(run, ref(ANNA), NOON, seen=run.turn))


def test_two_presses_of_turn_at_once_pass_over_nobody():
    run = runs.raise_hand(runs.raise_hand(begin(), ref(BEN), NOON), ref(CLEO), NOON)
    run = runs.next_turn(run, ref(ANNA), NOON, seen=0)
    refused("runs.meanwhile", lambda: runs.next_turn(run, lead(DORA), NOON, seen=0))
    assert run.speaker is not None
    assert run.speaker.ref == BEN


def test_passing_on_one_s_turn_hands_it_to_the_next():
    run = runs.raise_hand(runs.raise_hand(begin(), ref(BEN), NOON), ref(CLEO), NOON)
    run = runs.step_back(runs.next_turn(run, ref(ANNA), NOON, seen=0), ref(BEN), NOON)
    assert run.speaker is not None
    assert (run.speaker.ref, run.turn, run.turn_ends_at) == (CLEO, 2, NOON + 4 * MINUTE)


def test_only_whoever_speaks_can_be_done_and_only_with_that_turn():
    run = runs.next_turn(runs.raise_hand(begin(), ref(BEN), NOON), ref(ANNA), NOON, seen=0)
    refused("runs.not_your_turn", lambda: runs.finish(run, ref(CLEO), NOON, seen=1))
    refused("runs.not_your_turn", lambda: runs.finish(run, ref(BEN), NOON, seen=0))
    assert runs.finish(run, ref(BEN), NOON, seen=1).speaker is None


def test_whoever_only_listens_is_never_called_and_may_change_their_mind():
    run = runs.listen(runs.raise_hand(begin(), ref(BEN), NOON), ref(BEN), NOON)
    assert run.queue == ()
    refused("runs.nobody_waits", lambda: runs.next_turn(run, ref(ANNA), NOON, seen=0))
    assert [one.ref for one in runs.raise_hand(run, ref(BEN), NOON).queue] == [BEN]


def test_saying_that_one_is_there_keeps_the_place_in_the_queue():
    run = runs.be_here(runs.raise_hand(begin(), ref(BEN), NOON), ref(BEN), NOON)
    assert [one.ref for one in run.queue] == [BEN]


def test_nobody_steps_through_a_meeting_who_does_not_host_help_or_lead():
    run = runs.be_here(begin(roster=(ANNA, BEN)), ref(CLEO), NOON)
    for press in (
        lambda who: runs.next_phase(run, who, NOON, seen=0),
        lambda who: runs.next_turn(run, who, NOON, seen=0),
        lambda who: runs.lock(run, who, NOON, to=True),
        lambda who: runs.let_in(run, who, NOON, ref=CLEO),
        lambda who: runs.end(run, who, NOON),
    ):
        refused("runs.only_hosts", lambda press=press: press(yes(CLEO)))
    assert runs.next_phase(run, ref(BEN), NOON, seen=0).step == 1
    assert runs.next_phase(run, lead(DORA), NOON, seen=0).step == 1


# -- doors ----------------------------------------------------------------------------------------------------------------


def test_within_the_entry_window_anybody_comes_in_and_afterwards_who_said_yes():
    late = NOON + 15 * MINUTE
    run = runs.be_here(runs.be_here(runs.be_here(begin(), ref(BEN), NOON), ref(CLEO), late), yes(DORA), late)
    assert [one.standing for one in map(run.find, (BEN, CLEO, DORA)) if one] == ["here", "lobby", "here"]
    assert [one.ref for one in run.lobby] == [CLEO]
    run = runs.let_in(run, ref(ANNA), late, ref=CLEO)
    assert run.lobby == ()
    refused("runs.meanwhile", lambda: runs.let_in(run, ref(ANNA), late, ref=CLEO))


def test_a_lock_keeps_out_whoever_is_new_and_nobody_who_is_in():
    run = runs.lock(runs.be_here(begin(), ref(BEN), NOON), ref(ANNA), NOON, to=True)
    refused("runs.meanwhile", lambda: runs.lock(run, ref(ANNA), NOON, to=True))
    run = runs.raise_hand(runs.raise_hand(run, ref(BEN), NOON), yes(CLEO), NOON)
    assert [one.ref for one in run.queue] == [BEN]
    assert [one.ref for one in run.lobby] == [CLEO]
    run = runs.raise_hand(runs.lock(run, ref(ANNA), NOON, to=False), yes(CLEO), NOON)
    assert [one.ref for one in run.queue] == [BEN, CLEO]


def test_at_the_end_a_number_is_left_and_nobody_s_name():
    run = runs.lock(runs.be_here(begin(roster=(ANNA, DORA)), ref(BEN), NOON), ref(ANNA), NOON, to=True)
    run = runs.leave(runs.raise_hand(run, yes(CLEO), NOON), ref(BEN), NOON)
    over = runs.end(run, ref(ANNA), NOON + 60 * MINUTE, others=2)
    # The host, the one who left, and two whom nobody knows: not the one in the lobby, nor the one who never came.
    assert (over.heads, over.people, over.ended_at, over.is_locked) == (4, (), NOON + 60 * MINUTE, False)
    for press in (runs.raise_hand, runs.listen, runs.leave, runs.take_over, runs.end, runs.run_ourselves):
        refused("runs.over", lambda press=press: press(over, lead(ANNA), NOON))


# -- hosting --------------------------------------------------------------------------------------------------------------


def test_a_host_who_has_to_go_hands_over_to_the_co_host_with_all_else_as_it_is():
    run = runs.be_here(begin(roster=(ANNA, BEN)), ref(BEN), NOON)
    run = runs.next_turn(runs.raise_hand(run, ref(CLEO), NOON), ref(ANNA), NOON, seen=0)
    after = runs.leave(run, ref(ANNA), NOON)
    assert after.host is not None
    assert (after.host.ref, after.hosting, after.cohost) == (BEN, run.hosting + 1, None)
    assert (after.speaker, after.step, after.step_at, after.turn) == (run.speaker, run.step, run.step_at, run.turn)


def test_a_co_host_who_never_came_inherits_nothing():
    after = runs.leave(begin(roster=(ANNA, BEN)), ref(ANNA), NOON)
    assert after.host is None
    assert runs.take_over(after, ref(BEN), NOON).host is not None


def test_where_nobody_hosts_whoever_leads_or_is_among_the_hosts_takes_over_and_nobody_else():
    run = runs.leave(begin(), ref(ANNA), NOON)
    refused("runs.only_eligible", lambda: runs.take_over(run, yes(BEN), NOON))
    taken = runs.take_over(run, Presser(ref=BEN, may_host=True), NOON)
    assert taken.host is not None
    refused("runs.has_host", lambda: runs.take_over(taken, lead(CLEO), NOON))
    refused("runs.has_host", lambda: runs.run_ourselves(taken, yes(CLEO), NOON))


def test_those_who_said_yes_run_it_themselves_until_somebody_takes_over():
    run = runs.leave(begin(), ref(ANNA), NOON)
    refused("runs.only_yes", lambda: runs.run_ourselves(run, ref(BEN), NOON))
    run = runs.run_ourselves(run, yes(BEN), NOON)
    assert runs.next_phase(run, yes(CLEO), NOON, seen=0).step == 1
    refused("runs.only_hosts", lambda: runs.next_phase(run, ref(DORA), NOON, seen=0))
    taken = runs.take_over(run, lead(DORA), NOON)
    refused("runs.only_hosts", lambda: runs.next_phase(taken, yes(CLEO), NOON, seen=0))


def test_one_who_waits_in_the_lobby_steps_through_nothing():
    run = runs.run_ourselves(runs.leave(begin(), ref(ANNA), NOON), yes(BEN), NOON)
    run = runs.raise_hand(runs.lock(run, yes(BEN), NOON, to=True), yes(CLEO), NOON)
    refused("runs.only_hosts", lambda: runs.next_phase(run, yes(CLEO), NOON, seen=0))


def test_somebody_helps_in_place_of_one_who_never_came():
    run = begin(roster=(ANNA, BEN))
    refused("runs.only_eligible", lambda: runs.help_out(run, yes(CLEO), NOON))
    run = runs.help_out(run, Presser(ref=CLEO, may_host=True), NOON)
    assert run.cohost is not None
    assert (run.cohost.ref, run.find(BEN)) == (CLEO, None)
    refused("runs.has_cohost", lambda: runs.help_out(run, lead(DORA), NOON))


@pytest.mark.parametrize(("pressed", "gone"), [(0, 15), (3, 15), (12, 22)])
def test_a_silent_host_counts_as_gone_ten_minutes_after_the_phase_and_their_last_press(pressed: int, gone: int):
    run = runs.be_here(begin(), ref(ANNA), NOON + pressed * MINUTE)
    assert runs.host_gone_at(run) == NOON + gone * MINUTE
    before = runs.hand_over(run, NOON + gone * MINUTE - dt.timedelta(seconds=1))
    assert before == run
    assert runs.hand_over(run, NOON + gone * MINUTE).host is None


def test_a_host_who_can_be_seen_in_the_room_is_never_gone_and_may_come_back():
    run = begin(in_room=(ANNA,))
    assert runs.host_gone_at(run) is None
    run = runs.seen_in_room(run, ANNA, NOON + 7 * MINUTE, is_there=False)
    assert runs.host_gone_at(run) == NOON + 9 * MINUTE
    back = runs.seen_in_room(run, ANNA, NOON + 8 * MINUTE, is_there=True)
    assert runs.hand_over(back, NOON + 30 * MINUTE).host == back.host
    pressed = runs.next_phase(run, ref(ANNA), NOON + 8 * MINUTE, seen=0)
    assert runs.hand_over(pressed, NOON + 9 * MINUTE).host is not None, "whoever presses is there, in the room or not"


def test_of_others_nobody_writes_down_when_they_come_and_go():
    run = runs.be_here(begin(), ref(BEN), NOON)
    assert runs.seen_in_room(run, BEN, NOON, is_there=True) == run
    assert runs.seen_in_room(run, CLEO, NOON, is_there=True) == run


def test_a_meeting_that_nobody_ends_ends_by_itself_an_hour_later():
    run = begin()
    assert runs.over_at(run) == NOON + 120 * MINUTE
    assert runs.close_forgotten(run, NOON + 119 * MINUTE) == run
    over = runs.close_forgotten(run, NOON + 120 * MINUTE)
    assert (over.ended_at, over.heads) == (NOON + 120 * MINUTE, 1)


@pytest.mark.parametrize(
    ("minutes", "may"), [(-31, False), (-30, True), (0, True), (59, True), (60, False)], ids=lambda value: str(value)
)
def test_a_meeting_begins_from_half_an_hour_before_its_time_until_its_end(minutes: int, may: bool):
    assert runs.may_begin(*EVENING, NOON + minutes * MINUTE) is may


# -- whatever is pressed --------------------------------------------------------------------------------------------------


def valid(run: Run) -> None:
    refs = [one.ref for one in run.people]
    assert len(refs) == len(set(refs))
    for part in ("host", "cohost"):
        assert sum(one.part == part for one in run.people) <= 1
    assert sum(one.standing == "speaking" for one in run.people) <= 1
    places = [one.place for one in run.people if one.standing == "waiting"]
    assert len(places) == len(set(places))
    assert all(0 < place <= run.places for place in places)
    assert all(one.place == 0 for one in run.people if one.standing != "waiting")
    assert all(one.part is None for one in run.people if one.standing in ("lobby", "left"))
    assert run.host is None or run.host.is_in
    assert not (run.is_self_run and run.host is not None)
    assert 0 <= run.step < len(run.phases)
    assert (run.turn_at is None) or run.ended_at is None
    assert (run.heads is None) == (run.ended_at is None)
    assert run.ended_at is None or run.people == ()


def grows(before: Run, after: Run) -> None:
    for name in ("step", "turn", "places", "hosting"):
        assert getattr(after, name) >= getattr(before, name)
    assert after.step <= before.step + 1
    assert before.ended_at is None or after == before
    still = {one.ref: one.place for one in after.queue}
    kept = [one.ref for one in before.queue if still.get(one.ref) == one.place]
    assert [one.ref for one in after.queue][: len(kept)] == kept, "nobody who waits is overtaken"


def a_press(run: Run, chance: random.Random, now: dt.datetime) -> Run:
    who = Presser(
        ref=chance.choice("abcdef") * 32,
        leads=chance.random() < 0.15,
        may_host=chance.random() < 0.2,
        said_yes=chance.random() < 0.5,
    )
    other = chance.choice("abcdef") * 32
    seen = chance.choice((0, run.step, run.step, run.turn, run.turn))
    presses: list[Callable[[], Run]] = [
        lambda: runs.raise_hand(run, who, now),
        lambda: runs.raise_hand(run, who, now),
        lambda: runs.step_back(run, who, now),
        lambda: runs.listen(run, who, now),
        lambda: runs.be_here(run, who, now),
        lambda: runs.leave(run, who, now),
        lambda: runs.finish(run, who, now, seen=seen),
        lambda: runs.next_phase(run, who, now, seen=seen),
        lambda: runs.next_turn(run, who, now, seen=seen),
        lambda: runs.next_turn(run, who, now, seen=seen),
        lambda: runs.lock(run, who, now, to=chance.random() < 0.5),
        lambda: runs.let_in(run, who, now, ref=other),
        lambda: runs.take_over(run, who, now, in_room=chance.random() < 0.3),
        lambda: runs.help_out(run, who, now),
        lambda: runs.run_ourselves(run, who, now),
        lambda: runs.seen_in_room(run, other, now, is_there=chance.random() < 0.5),
        lambda: runs.hand_over(run, now),
        # Somebody is erased: their row is gone, whatever they were.
        lambda: replace(run, people=tuple(one for one in run.people if one.ref != other or chance.random() < 0.9)),
    ]
    if chance.random() < 0.01:
        presses = [lambda: runs.end(run, who, now, others=chance.randrange(3)), lambda: runs.close_forgotten(run, now)]
    return chance.choice(presses)()


@pytest.mark.parametrize("seed", range(40))
def test_any_order_of_presses_by_anyone_leaves_a_valid_state(seed: int):
    chance = random.Random(seed)
    for _ in range(5):
        now = NOON
        run = begin(chance.choice((ANNA, None)), (ANNA, BEN)[: chance.randrange(3)])
        valid(run)
        for _ in range(150):
            now += dt.timedelta(seconds=chance.randrange(200))
            with contextlib.suppress(PeerError):
                before, run = run, a_press(run, chance, now)
                valid(run)
                grows(before, run)
