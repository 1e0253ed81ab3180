"""What is said when, until somebody hosts or the meeting is called off: once each, and never too late."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.domain.rotations import FAMILIES, Step, Turn, ask_times, due_steps, next_step, opened, steps, taken

START = dt.datetime(2025, 3, 10, 18, tzinfo=dt.UTC)
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def before(turn: Turn) -> dict[str, float]:
    """Return the steps with their hours before the start."""
    return {one.step.value: (START - one.at) / HOUR for one in steps(turn)}


def asked(hours: float) -> list[float]:
    return [(START - at) / HOUR for at in ask_times(START - hours * HOUR, START)]


def test_who_hosts_is_asked_72_and_24_hours_before() -> None:
    turn = Turn(START, assigned_at=START - 200 * HOUR, is_here=True)
    assert before(turn) == {"confirm-72h": 72, "confirm-24h": 24}


@pytest.mark.parametrize(
    ("assigned", "said"),
    [(50, {"confirm-72h": 50, "confirm-24h": 24}), (26, {"confirm-24h": 26}), (3, {"confirm-24h": 3}), (-1, {})],
)
def test_who_is_found_later_is_asked_at_once_and_not_twice_in_a_row(assigned: float, said: dict[str, float]) -> None:
    assert before(Turn(START, assigned_at=START - assigned * HOUR, is_here=True)) == said


@pytest.mark.parametrize(
    ("hours", "times"),
    [
        (200, [72, 24, 6]),
        (72, [72, 24, 6]),
        (71, [71, 24, 6]),
        (24.2, [24, 6]),
        (10, [10, 6]),
        (5, [5, 4.5, 4]),
        (1, [1, 0.5]),
        (0.25, [0.25]),
    ],
)
def test_the_pool_is_asked_early_at_72_24_6_hours_before_and_late_at_once_and_twice_more(
    hours: float, times: list[float]
) -> None:
    assert asked(hours) == times


def test_the_other_host_is_told_at_once_when_somebody_cant() -> None:
    turn = Turn(START, opened_at=START - 5 * HOUR, has_co_host=True, is_here=True)
    assert before(turn) == {"co-host": 5, "ask-1": 5, "ask-2": 4.5, "ask-3": 4}


@pytest.mark.parametrize(("opened_before", "asked_before"), [(5, 0.5), (0.25, 0.25)])
def test_half_an_hour_before_those_who_come_are_asked_whether_they_run_it_themselves(
    opened_before: float, asked_before: float
) -> None:
    turn = Turn(START, opened_at=START - opened_before * HOUR, is_here=True)
    assert before(turn)["self-run"] == asked_before


def test_where_another_host_is_left_nobody_is_asked_to_run_it_themselves() -> None:
    assert "self-run" not in before(Turn(START, opened_at=START - 5 * HOUR, has_co_host=True, is_here=True))


def test_where_nobody_is_there_after_five_minutes_one_after_another_is_asked_and_at_fifteen_it_is_called_off() -> None:
    late = {name: -60 * hours for name, hours in before(Turn(START, has_co_host=True)).items()}
    assert late == {"late-co-host": 5, "late-present": 8, "late-script": 11, "cancel": 15}
    alone = {name: -60 * hours for name, hours in before(Turn(START)).items()}
    assert alone == {"late-present": 5, "late-script": 11, "cancel": 15}


@pytest.mark.parametrize(
    "turn", [Turn(START, is_here=True), Turn(START, is_self_run=True), Turn(START, has_co_host=True, is_over=True)]
)
def test_nothing_is_called_off_where_somebody_is_there_or_people_run_it_themselves(turn: Turn) -> None:
    assert steps(turn) == ()


def test_after_an_outage_only_the_latest_of_each_is_said() -> None:
    turn = Turn(START, assigned_at=START - 200 * HOUR)
    assert [one.step for one in due_steps(START - 3 * HOUR, turn)] == [Step.CONFIRM_SECOND]
    assert [one.step for one in due_steps(START + 30 * MINUTE, turn)] == [Step.CANCEL]
    assert due_steps(START + 24 * HOUR, turn) == ()


@pytest.mark.parametrize("has_co_host", [True, False])
def test_walking_the_ladder_says_each_step_once_in_order(has_co_host: bool) -> None:
    turn, now, said = opened(Turn(START, has_co_host=has_co_host), START - 4 * HOUR), START - 4 * HOUR, []
    while (step := next_step(now, turn)) is not None:
        now = max(now, step.at)
        said.append(step.step)
        turn = replace(turn, done=turn.done | {step.step})
    assert len(said) == len(set(said))
    assert said[-1] is Step.CANCEL
    assert all(family_order(said, family) for family in FAMILIES)
    assert now == START + 15 * MINUTE


def family_order(said: list[Step], family: tuple[Step, ...]) -> bool:
    mine = [step for step in said if step in family]
    return mine == sorted(mine, key=family.index)


def test_a_turn_that_is_taken_is_confirmed_anew_and_one_that_opens_again_is_asked_for_anew() -> None:
    turn = Turn(START, assigned_at=START - 200 * HOUR, done=frozenset({Step.CONFIRM_FIRST}))
    opens = opened(turn, START - 30 * HOUR)
    assert next_step(START - 30 * HOUR, opens) is not None
    assert [one.step for one in due_steps(START - 30 * HOUR, opens)] == [Step.ASK_1]
    again = taken(replace(opens, done=frozenset({Step.ASK_1})), START - 29 * HOUR)
    assert [one.step for one in due_steps(START - 29 * HOUR, again)] == [Step.CONFIRM_SECOND]
    assert Step.ASK_1 not in opened(again, START - 20 * HOUR).done


def test_every_step_ends_after_it_begins() -> None:
    for hours in (300, 71, 24.4, 6, 5, 1, 0.4, 0.01):
        for has_co_host in (True, False):
            turn = Turn(START, START - hours * HOUR, START - hours * HOUR, has_co_host)
            assert all(one.at < one.until for one in steps(turn)), hours
