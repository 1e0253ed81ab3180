"""Who has a place and who is next: never more than there is room for, in the order in which people asked."""

import datetime as dt
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import rsvps
from bot.domain.rsvps import LEADS, Waiter, free, in_order, lasts_until, pass_on, place_of, remind_at
from bot.domain.series import Meeting

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
STARTS = NOW + 48 * HOUR


def meeting(starts_at: dt.datetime = STARTS) -> Meeting:
    return Meeting(
        "1" * 32,
        1,
        "2" * 32,
        "3" * 32,
        NOW.date(),
        starts_at,
        starts_at + HOUR,
        False,
        0,
        "planned",
        None,
        None,
        None,
        NOW,
    )


@pytest.mark.parametrize(
    ("left", "kept"),
    [
        (72 * HOUR, 12 * HOUR),
        (24 * HOUR, 12 * HOUR),
        (10 * HOUR, 5 * HOUR),
        (31 * MINUTE, 15.5 * MINUTE),
        (20 * MINUTE, 15 * MINUTE),
        (10 * MINUTE, 10 * MINUTE),
    ],
    ids=str,
)
def test_a_place_is_kept_for_half_of_the_time_that_is_left_within_bounds(left: dt.timedelta, kept: dt.timedelta):
    assert lasts_until(NOW, NOW + left) == NOW + kept


@pytest.mark.parametrize("left", [dt.timedelta(0), -HOUR], ids=str)
def test_nothing_is_offered_once_it_has_begun(left: dt.timedelta):
    assert lasts_until(NOW, NOW + left) is None
    waits = [Waiter("a", NOW, NOW - MINUTE), Waiter("b", NOW)]
    assert pass_on(5, 0, waits, now=NOW, starts_at=NOW + left) == (("a",), ())


@given(st.timedeltas(dt.timedelta(microseconds=1), dt.timedelta(days=90)))
def test_an_offer_ends_after_now_and_never_after_the_beginning(left: dt.timedelta):
    until = lasts_until(NOW, NOW + left)
    assert until is not None
    assert NOW < until <= NOW + left
    assert until - NOW <= dt.timedelta(hours=12)
    assert until == NOW + left or until - NOW >= dt.timedelta(minutes=15)


def test_who_asked_first_is_offered_first_and_each_place_to_one():
    waits = [Waiter("c", NOW + 3 * MINUTE), Waiter("a", NOW + MINUTE), Waiter("b", NOW + 2 * MINUTE)]
    passed = pass_on(10, 8, waits, now=NOW + HOUR, starts_at=STARTS)
    assert [one.ref for one in passed.offered] == ["a", "b"]
    assert [place_of(ref, waits) for ref in "abcd"] == [1, 2, 3, None]


def test_an_offer_counts_as_a_place_taken_until_it_runs_out():
    offered = Waiter("a", NOW, NOW + HOUR)
    waits = [offered, Waiter("b", NOW + MINUTE)]
    assert free(2, 1, waits, NOW) == 0
    assert pass_on(2, 1, waits, now=NOW, starts_at=STARTS) == ((), ())
    later = pass_on(2, 1, waits, now=NOW + HOUR, starts_at=STARTS)
    assert later.over == ("a",)
    assert [one.ref for one in later.offered] == ["b"]


def test_without_a_limit_everybody_has_a_place():
    assert free(None, 1_000, [], NOW) is None
    passed = pass_on(None, 1_000, [Waiter("a", NOW), Waiter("b", NOW)], now=NOW, starts_at=STARTS)
    assert len(passed.offered) == 2


@pytest.mark.parametrize("lead", LEADS)
def test_somebody_is_reminded_so_long_before_or_not_at_all(lead: int):
    due = remind_at(meeting(), lead, NOW)
    assert due == (STARTS - lead * MINUTE if lead else None)
    assert remind_at(meeting(NOW + lead * MINUTE), lead, NOW) is None


def test_nobody_is_named_by_what_may_be_printed():
    shown = repr(Waiter("secret", NOW)) + repr(rsvps.Offered("secret", NOW)) + repr(rsvps.Passed(("secret",)))
    assert "secret" not in shown


# -- whatever people do -----------------------------------------------------------------------------------------------------


@dataclass
class List:
    """A waiting list as the services keep it: the plainest code that does what the rules say."""

    capacity: int
    yes: set[str] = field(default_factory=set)
    waiting: dict[str, Waiter] = field(default_factory=dict)
    offers: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)

    def settle(self, now: dt.datetime) -> None:
        passed = pass_on(self.capacity, len(self.yes), self.waiting.values(), now=now, starts_at=STARTS)
        for ref in passed.over:
            del self.waiting[ref]
            self.over.append(ref)
        for ref, until in passed.offered:
            assert self.waiting[ref].offered_until is None, "nobody is offered twice at once"
            ahead = [one.ref for one in in_order(self.waiting.values()) if one.offered_until is None]
            assert ahead[0] == ref, "whoever waits longest is next"
            self.waiting[ref] = replace(self.waiting[ref], offered_until=until)
            self.offers.append(ref)

    def press(self, ref: str, what: str, now: dt.datetime) -> None:
        self.settle(now)
        waits = self.waiting.get(ref)
        if what == "no":
            self.yes.discard(ref)
            self.waiting.pop(ref, None)
        elif ref not in self.yes and waits is not None and waits.is_offered(now):
            del self.waiting[ref]
            self.yes.add(ref)
        elif ref not in self.yes and waits is None:
            places = free(self.capacity, len(self.yes), self.waiting.values(), now)
            if places:
                self.yes.add(ref)
            else:
                self.waiting[ref] = Waiter(ref, now)
        self.settle(now)


presses = st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["yes", "yes", "yes", "no"]), st.integers(0, 400))


@given(st.integers(1, 4), st.lists(presses, max_size=60))
def test_whatever_people_press_there_is_never_more_than_room_and_no_place_lies_idle(
    capacity: int, pressed: list[tuple[str, str, int]]
):
    kept, now = List(capacity), NOW
    for ref, what, minutes in pressed:
        now += minutes * MINUTE
        if now >= STARTS:
            break
        kept.press(ref, what, now)
        offered = [one for one in kept.waiting.values() if one.is_offered(now)]
        assert len(kept.yes) + len(offered) <= capacity
        assert not kept.yes & kept.waiting.keys()
        idle = capacity - len(kept.yes) - len(offered)
        assert not idle or len(offered) == len(kept.waiting), "a place lies idle while somebody waits for one"
        first = [one.is_offered(now) for one in in_order(kept.waiting.values())]
        assert first == sorted(first, reverse=True), "somebody who came later was offered a place before"


@given(st.integers(1, 3), st.integers(2, 8))
def test_offers_that_nobody_takes_pass_on_until_all_were_asked_once(capacity: int, number: int):
    kept, now = List(capacity), NOW
    for n in range(capacity + number):
        kept.press(f"{n:02}", "yes", now + n * dt.timedelta(seconds=1))
    for n in range(capacity):
        kept.press(f"{n:02}", "no", now + MINUTE)
    while kept.waiting:
        now = min(one.offered_until for one in kept.waiting.values() if one.offered_until is not None)
        kept.settle(now)
    waited = [f"{n:02}" for n in range(capacity, capacity + number)]
    assert kept.offers == waited == kept.over
