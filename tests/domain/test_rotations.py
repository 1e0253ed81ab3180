"""Turns are shared by what each has hosted of what they could have; who may be asked for a date; who may take a turn."""

import datetime as dt
import random
from fractions import Fraction
from typing import Any

import pytest

from bot.domain.rotations import (
    BAR,
    MOST_IN_POOL,
    TURN,
    Account,
    Away,
    Decided,
    Hindrance,
    Host,
    Rules,
    Seat,
    SwapState,
    available,
    check_rules,
    check_swap,
    check_take,
    decided_by,
    hindrance,
    in_order,
    is_extra,
    level,
    next_hosts,
    seats_of,
    settle,
)
from bot.errors import PeerError

NOW = dt.datetime(2025, 3, 3, 18, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TODAY = NOW.date()


def account(ref: str, owed: int = 0, *, days_ago: int = 0, hosted: int = 0) -> Account:
    return Account(ref, NOW - days_ago * DAY, owed, hosted)


# -- who is next ------------------------------------------------------------------------------------------------------------


def test_next_is_who_owes_most_then_whose_last_turn_is_longest_ago_then_by_lot() -> None:
    assert [one.ref for one in in_order([account("a"), account("b", 1)], "x")] == ["b", "a"]
    assert [one.ref for one in in_order([account("a", days_ago=1), account("b", days_ago=2)], "x")] == ["b", "a"]
    by_lot = {in_order([account("a"), account("b")], str(seed))[0].ref for seed in range(50)}
    assert by_lot == {"a", "b"}


def test_a_lot_is_the_same_for_the_same_seed_however_people_are_listed() -> None:
    people = [account(f"{number}") for number in range(9)]
    assert in_order(people, "one") == in_order(people[::-1], "one")


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (account("a", 1), account("b", days_ago=9), Decided.OWES_MORE),
        (account("a", days_ago=9), account("b"), Decided.LONGER_AGO),
        (account("a"), account("b"), Decided.LOT),
    ],
    ids=["owes more", "longer ago", "lot"],
)
def test_why_somebody_is_next_can_be_said(first: Account, second: Account, why: Decided) -> None:
    assert decided_by([first, second]) is why
    assert decided_by([first]) is Decided.ALONE


def test_two_hosts_are_one_experienced_and_one_learning_where_there_are_two() -> None:
    seats = {Seat.EXPERIENCED: [account("e"), account("f", 1)], Seat.LEARNING: [account("m"), account("n", 1)]}
    assert next_hosts(seats, 2, seed="x") == ("f", "n")
    assert next_hosts(seats, 1, seed="x") == ("f",)


@pytest.mark.parametrize(
    ("wanted", "experienced", "learning", "starting_up", "hosts"),
    [
        (2, 3, 0, False, (2, 0)),
        (2, 1, 0, False, (1, 0)),
        (2, 0, 3, False, (0, 1)),
        (1, 0, 3, False, (0, 0)),
        (1, 0, 3, True, (0, 1)),
        (2, 0, 3, True, (0, 2)),
        (2, 0, 0, False, (0, 0)),
    ],
)
def test_nobody_who_learns_leads_alone_unless_there_is_nobody_else_in_the_pool(
    wanted: int, experienced: int, learning: int, starting_up: bool, hosts: tuple[int, int]
) -> None:
    assert tuple(seats_of(wanted, experienced, learning, starting_up=starting_up).values()) == hosts


# -- what a turn changes ----------------------------------------------------------------------------------------------------


def settled(people: list[Account], could: str, hosts: str) -> dict[str, Fraction]:
    changed = settle({one.ref: one for one in people}, could, hosts, NOW)
    return {ref: Fraction(one.owed, TURN) for ref, one in changed.items()}


def test_a_turn_adds_a_share_to_all_who_could_and_takes_one_from_who_hosted() -> None:
    people = [account(ref) for ref in "abcd"]
    assert settled(people, "abc", "a") == {"a": Fraction(-2, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)}


def test_whoever_said_that_they_cant_is_neither_punished_nor_advanced() -> None:
    assert "d" not in settled([account(ref) for ref in "abcd"], "abc", "a")


def test_credit_goes_to_who_hosted_also_to_somebody_who_was_not_counted_on() -> None:
    assert settled([account(ref) for ref in "abcd"], "ab", "d") == {
        "a": Fraction(1, 3),
        "b": Fraction(1, 3),
        "d": Fraction(-2, 3),
    }


def test_a_meeting_hosted_by_somebody_of_another_seat_or_by_nobody_changes_nothing() -> None:
    people = [account("a"), account("b")]
    assert settled(people, "ab", "z") == {}
    assert settled(people, "ab", "") == {}


def test_somebody_who_joins_starts_level_and_owes_nothing_of_the_past() -> None:
    joined = level("n", NOW)
    assert (joined.owed, joined.hosted, joined.share) == (0, 0, 0)
    assert in_order([joined, account("a", 1), account("b", -1)], "x")[1] == joined


def test_every_share_that_a_pool_can_have_is_a_whole_number_of_parts() -> None:
    assert all(TURN % number == 0 for number in range(1, MOST_IN_POOL + 1))
    assert TURN * 1700 < 2**63


def test_a_turn_beyond_the_bar_is_an_extra_one_and_counts_for_nobody() -> None:
    people = [account("a", -TURN), account("b", TURN)]
    assert is_extra(people[0], 4)
    assert not is_extra(people[0], 2)
    changed = settle({**{one.ref: one for one in people}, "c": account("c"), "d": account("d")}, "abcd", "a", NOW)
    assert changed == {"a": Account("a", NOW, -TURN, 1)}


def test_beside_an_extra_turn_the_other_host_is_counted() -> None:
    people = [account("a", -BAR), *(account(ref) for ref in "bcd")]
    assert settled(people, "abcd", "ab") == {
        "a": Fraction(-3, 2),
        "b": Fraction(-2, 3),
        "c": Fraction(1, 3),
        "d": Fraction(1, 3),
    }


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_above_the_bar_whoever_is_away_and_whoever_takes_turns(seed: int) -> None:
    """The worst that can be thought of: those who are most ahead are the ones who are there, or who take it."""
    chance = random.Random(seed)
    accounts = {str(number): account(str(number)) for number in range(chance.randint(2, MOST_IN_POOL))}
    for _ in range(400):
        ahead = sorted(accounts.values(), key=lambda one: one.owed)
        there = [one.ref for one in ahead[: chance.randint(1, len(ahead))]]
        hosts = there[:1] if chance.random() < 0.5 else list(next_hosts({Seat.EXPERIENCED: ahead}, 2, seed="x"))
        accounts.update(settle(accounts, there, hosts, NOW))
        assert all(one.owed >= -BAR for one in accounts.values())
        assert sum(one.owed for one in accounts.values()) == 0


def test_more_people_than_shares_are_exact_for_are_refused() -> None:
    people = {str(number): account(str(number)) for number in range(MOST_IN_POOL + 1)}
    with pytest.raises(ValueError, match="at most 40"):
        settle(people, people, ["0"], NOW)


# -- who may be asked -------------------------------------------------------------------------------------------------------


def host(ref: str = "a", **more: Any) -> Host:
    return Host(ref, more.pop("seat", Seat.EXPERIENCED), more.pop("joined_on", TODAY - 30 * DAY), **more)


@pytest.mark.parametrize(
    ("who", "rules", "why"),
    [
        (host(), Rules(min_days=30), None),
        (host(), Rules(min_days=31), Hindrance.TOO_NEW),
        (host(in_service=False), Rules(), Hindrance.NOT_IN_SERVICE),
        (host(in_service=False), Rules(only_trained=False), None),
        (host(term_until=TODAY), Rules(), None),
        (host(term_until=TODAY - DAY), Rules(), Hindrance.TERM_OVER),
        (host(away=(Away(TODAY - DAY, TODAY),)), Rules(), Hindrance.AWAY),
        (host(away=(Away(TODAY + DAY, TODAY + DAY),)), Rules(), None),
        (host(), Rules(rest=2), Hindrance.RESTED_TOO_LITTLE),
        (host(), Rules(rest=1), None),
    ],
)
def test_only_those_are_asked_who_are_trained_long_enough_there_in_their_term_rested_and_not_away(
    who: Host, rules: Rules, why: Hindrance | None
) -> None:
    assert hindrance(who, rules, TODAY, [["b"], ["a"]]) is why


def test_rest_gives_way_where_otherwise_nobody_could_host() -> None:
    hosts = [host("a"), host("b"), host("m", seat=Seat.LEARNING)]
    found = available(hosts, Rules(rest=2), TODAY, [["a", "m"], ["b", "m"]])
    assert found == {Seat.EXPERIENCED: ["b"], Seat.LEARNING: ["m"]}


def test_whoever_said_that_they_cant_is_not_asked_again_for_it() -> None:
    assert available([host("a"), host("b")], Rules(), TODAY, declined=["a"])[Seat.EXPERIENCED] == ["b"]


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        (Rules(seats=3), "rotations.rules.seats"),
        (Rules(rest=11), "rotations.rules.rest"),
        (Rules(rest=-1), "rotations.rules.rest"),
        (Rules(min_days=99999), "rotations.rules.min_days"),
    ],
)
def test_rules_under_which_nobody_could_host_are_refused(rules: Rules, key: str) -> None:
    check_rules(Rules())
    with pytest.raises(PeerError) as refused:
        check_rules(rules)
    assert refused.value.key == key


# -- swaps ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"is_own": True}, "rotations.swap.own"),
        ({"state": SwapState.TAKEN}, "rotations.swap.answered"),
        ({"now": NOW + DAY}, "rotations.too_late"),
        ({"is_asked": False}, "rotations.swap.not_you"),
    ],
)
def test_a_wish_to_swap_is_answered_once_in_time_by_whom_it_went_to(changed: dict[str, Any], key: str) -> None:
    given: dict[str, Any] = {"state": SwapState.OPEN, "now": NOW, "starts_at": NOW + DAY, "is_own": False}
    check_swap(**given, is_asked=True)
    with pytest.raises(PeerError) as refused:
        check_swap(**{**given, "is_asked": True, **changed})
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"is_over": True}, "rotations.too_late"),
        ({"in_pool": False}, "rotations.not_in_pool"),
        ({"hosts_already": True}, "rotations.take.yours"),
        ({"is_open": False}, "rotations.take.taken"),
        ({"hindrance": Hindrance.NOT_IN_SERVICE}, "rotations.take.not_in_service"),
        ({"hindrance": Hindrance.TOO_NEW}, "rotations.take.not_yet"),
        ({"hindrance": Hindrance.TERM_OVER}, "rotations.take.not_yet"),
        ({"hindrance": Hindrance.RESTED_TOO_LITTLE}, None),
        ({"hindrance": Hindrance.AWAY}, None),
        ({"hindrance": Hindrance.TOO_NEW, "emergency": True}, None),
        ({"hindrance": Hindrance.NOT_IN_SERVICE, "emergency": True}, "rotations.take.not_in_service"),
    ],
)
def test_an_open_turn_is_taken_by_somebody_of_the_pool_who_is_trained(changed: dict[str, Any], key: str | None) -> None:
    given: dict[str, Any] = {"in_pool": True, "hosts_already": False, "is_open": True, "is_over": False}
    given |= {"hindrance": None, "emergency": False, **changed}
    if key is None:
        check_take(**given)
        return
    with pytest.raises(PeerError) as refused:
        check_take(**given)
    assert refused.value.key == key
