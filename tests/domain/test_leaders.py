"""When somebody may be certified, and whose word counts: for everybody there could be."""

import datetime as dt
import itertools

import pytest

from bot.domain import leaders
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.leaders import Leader, State
from bot.errors import PeerError
from data.programmes import presets

TRAINING = ("ground_rules", "listening", "danger", "observed")
LEARNED = frozenset({"ground_rules", "listening", "danger"})
DAY = dt.date(2026, 3, 10)
GUILD, ROLE, OTHER_ROLE = 7, 70, 71
PROGRAMME = Programme("p" * 32, GUILD, "recovery", "live", {}, roles={"leader": ROLE})


def somebody(row: str = "1", **values) -> Leader:
    return Leader(id=row * 32, member_ref=row * 32, added_on=DAY, **values)


def actor(*roles: int, manages: bool = False, guild_id: int | None = GUILD) -> Actor:
    return Actor(1, guild_id, frozenset(roles), manages)


CERTIFIED = somebody("9", certified_on=DAY)
READY = somebody(learned=LEARNED, observed_on=DAY)


@pytest.mark.parametrize(
    ("leader", "expected", "done"),
    [
        (somebody(), State.LEARNING, 0),
        (somebody(learned=frozenset({"danger"})), State.LEARNING, 1),
        (somebody(observed_on=DAY), State.LEARNING, 1),
        (somebody(learned=LEARNED), State.LEARNING, 3),
        (READY, State.OBSERVED, 4),
        (somebody(certified_on=DAY), State.CERTIFIED, 0),
        (somebody(certified_on=DAY, resting_since=DAY), State.RESTING, 0),
        (somebody(resting_since=DAY), State.RESTING, 0),
        (somebody(learned=frozenset({"no_longer_taught", "danger"})), State.LEARNING, 1),
    ],
)
def test_where_somebody_stands_follows_from_what_is_written_down(leader: Leader, expected: State, done: int) -> None:
    assert leaders.state(leader, TRAINING) is expected
    assert leaders.progress(leader, TRAINING) == (done, 4)


def test_being_observed_counts_once_whether_or_not_the_list_names_it() -> None:
    assert leaders.to_learn(TRAINING) == leaders.to_learn(TRAINING[:-1]) == ("ground_rules", "listening", "danger")
    assert leaders.progress(READY, TRAINING[:-1]) == (4, 4)


@pytest.mark.parametrize("preset", sorted(presets()))
def test_every_programme_s_checklist_fits_into_one_form(preset: str) -> None:
    assert 1 <= len(leaders.to_learn(presets()[preset].training)) <= 10


def test_one_is_ready_only_when_everything_is_learned_and_somebody_saw_it() -> None:
    for size in range(4):
        for learned in itertools.combinations(LEARNED, size):
            for observed_on in (None, DAY):
                ready = leaders.is_ready(somebody(learned=frozenset(learned), observed_on=observed_on), TRAINING)
                assert ready == (size == 3 and observed_on is not None)


PEOPLE = {
    "a member": (actor(), None),
    "a leader of another programme": (actor(OTHER_ROLE), None),
    "the role of another server": (actor(ROLE, guild_id=8), None),
    "somebody outside of servers": (actor(guild_id=None), None),
    "a member who is certified but wears no role": (actor(), CERTIFIED),
    "a leader who is not on the list": (actor(ROLE), None),
    "a leader who learns": (actor(ROLE), somebody("8")),
    "a leader at rest": (actor(ROLE), somebody("9", certified_on=DAY, resting_since=DAY)),
    "a certified leader": (actor(ROLE), CERTIFIED),
    "an admin": (actor(manages=True), None),
    "an admin of another server": (actor(manages=True, guild_id=8), None),
}
TEACH = {
    "a leader who is not on the list",
    "a leader who learns",
    "a leader at rest",
    "a certified leader",
    "an admin",
}
VOUCH = {"a certified leader", "an admin"}


@pytest.mark.parametrize("who", PEOPLE)
def test_what_each_may_do_with_another_s_record(who: str) -> None:
    may = leaders.rights(PEOPLE[who][0], PROGRAMME, PEOPLE[who][1], somebody())
    assert not may.own
    assert (may.see, may.teach, may.observe) == (who in TEACH,) * 3
    assert (may.vouch, may.certify, may.settle) == (who in VOUCH,) * 3
    assert may.certify_elsewhere == (who == "an admin")


@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_observes_or_certifies_themself_and_everybody_may_rest_and_leave(who: str) -> None:
    own = PEOPLE[who][1] or somebody("9")
    may = leaders.rights(PEOPLE[who][0], PROGRAMME, own, own)
    assert may.own
    assert may.see
    assert may.settle
    assert not may.observe
    assert not may.certify
    assert may.certify_elsewhere == (who == "an admin")


def refused(leader: Leader, who: str, own: Leader | None = None, *, elsewhere: bool = False) -> str | None:
    asking, record = PEOPLE[who]
    may = leaders.rights(asking, PROGRAMME, own or record, leader)
    try:
        if elsewhere:
            leaders.check_elsewhere(leader, may)
        else:
            leaders.check_certify(leader, TRAINING, may)
    except PeerError as error:
        return error.key
    return None


@pytest.mark.parametrize("who", PEOPLE)
def test_a_certificate_needs_the_word_of_somebody_in_service_or_of_an_admin(who: str) -> None:
    assert refused(READY, who) == (None if who in VOUCH else "leaders.only_certified")
    elsewhere = None if who == "an admin" else "error.only_admins"
    assert refused(somebody(), who, elsewhere=True) == elsewhere


def test_a_certificate_is_given_once_and_not_too_early() -> None:
    assert refused(somebody(learned=LEARNED), "an admin") == "leaders.certify.not_ready"
    assert refused(somebody(observed_on=DAY), "a certified leader") == "leaders.certify.not_ready"
    assert refused(somebody(certified_on=DAY), "an admin") == "leaders.certify.already"
    assert refused(somebody(certified_on=DAY), "an admin", elsewhere=True) == "leaders.certify.already"


def test_not_even_an_admin_certifies_themself_but_they_may_say_where_they_were_trained() -> None:
    assert refused(READY, "an admin", READY) == "leaders.certify.oneself"
    assert refused(somebody(), "an admin", somebody(), elsewhere=True) is None


def test_the_revision_of_a_checklist_tells_what_is_ticked_and_not_in_which_order() -> None:
    assert leaders.revision(["a", "b"]) == leaders.revision({"b", "a"})
    assert len({leaders.revision(x) for x in ([], ["a"], ["b"], ["a", "b"])}) == 4


def test_what_is_printed_of_a_record_names_nobody() -> None:
    assert "5" * 32 not in repr(Leader(id="1" * 32, member_ref="5" * 32, added_on=DAY))
