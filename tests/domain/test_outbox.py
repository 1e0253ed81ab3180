"""A key is one message, a wait is neither too short nor endless, and no error of Discord goes without a meaning."""

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import outbox
from bot.domain.outbox import LONGEST_WAIT, MOST_ERROR, MOST_KEY, Outcome, Plan, meaning

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
HERE, THERE = 1_111_222_233_334_444_555, 1_111_222_233_334_444_777
REF, OTHER_REF = "a" * 32, "b" * 32


def made(**changes) -> Plan:
    given_ = {
        "id": "1" * 32,
        "guild_id": HERE,
        "kind": "checkin.reminder",
        "subject": "2" * 32,
        "due_at": NOON,
        "expires_at": NOON + dt.timedelta(hours=1),
    }
    return Plan(**{**given_, **changes})


lowercase = string.ascii_lowercase + "_"
words = st.text(lowercase, min_size=1, max_size=8)
identities = st.fixed_dictionaries(
    {
        "guild_id": st.sampled_from([HERE, THERE]),
        "kind": st.tuples(words, words).map(".".join),
        "subject": st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=64),
        "revision": st.integers(0, 2**31 - 1),
        "offset": st.text(string.ascii_letters + string.digits + "_+-", max_size=24),
        "member_ref": st.sampled_from([None, REF, OTHER_REF]),
        "audience": words,
    }
)


def identity(parts: dict) -> tuple:
    """Return what makes a message another one: a member's ref is of one guild already."""
    to = parts["member_ref"] or (parts["guild_id"], parts["audience"])
    return (parts["kind"], parts["subject"], parts["revision"], parts["offset"], to)


@given(identities, identities)
def test_two_messages_have_one_key_exactly_when_they_are_the_same(one: dict, other: dict):
    assert (made(**one).dedupe_key == made(**other).dedupe_key) == (identity(one) == identity(other))


@given(identities)
def test_a_key_fits_and_says_its_parts_in_the_agreed_order(parts: dict):
    key = made(**parts).dedupe_key
    assert len(key) <= MOST_KEY
    assert key.split(":")[:4] == [parts["kind"], parts["subject"], str(parts["revision"]), parts["offset"]]


def test_the_longest_key_that_may_be_fits():
    longest = {"kind": f"{'k' * 20}.{'e' * 19}", "subject": "s" * 64, "revision": 2**31 - 1, "offset": "o" * 24}
    assert len(made(**longest, guild_id=2**63 - 1, audience="a" * 20).dedupe_key) <= MOST_KEY
    assert len(made(**longest, member_ref=REF).dedupe_key) <= MOST_KEY


def test_when_and_what_is_said_does_not_change_the_key():
    later = {"due_at": NOON + dt.timedelta(minutes=1), "id": "9" * 32, "payload": {"day": "2026-03-10"}}
    assert made(**later).dedupe_key == made().dedupe_key


REFUSED = {
    "kind without a feature": {"kind": "reminder"},
    "kind with a colon": {"kind": "checkin.re:minder"},
    "kind too long": {"kind": f"checkin.{'r' * 40}"},
    "empty subject": {"subject": ""},
    "subject with a colon": {"subject": "a:b"},
    "subject too long": {"subject": "s" * 65},
    "negative revision": {"revision": -1},
    "revision beyond its column": {"revision": 2**31},
    "offset with a colon": {"offset": "-1:00"},
    "line end behind the offset": {"offset": "-1h\n"},
    "user id in place of a ref": {"member_ref": str(HERE)},
    "audience with a dot": {"audience": "mods.all"},
    "expired before it is due": {"expires_at": NOON},
    "due without a zone": {"due_at": NOON.replace(tzinfo=None)},
    "expiring without a zone": {"expires_at": NOON.replace(tzinfo=None, day=11)},
    "direct message": {"op": "dm"},
    "edit": {"op": "edit"},
    "words": {"payload": {"note": "I slept badly"}},
    "words in a list": {"payload": {"notes": ["fine", "so so"]}},
    "words as a name": {"payload": {"how are you": 1}},
    "long text": {"payload": {"note": "x" * 65}},
    "bytes": {"payload": {"note": b"sealed"}},
    "fraction": {"payload": {"mood": 1.5}},
    "nested": {"payload": {"one": {"two": 3}}},
    "nested list": {"payload": {"one": [[1]]}},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_what_could_be_words_or_never_end_cannot_be_planned(changes: dict):
    with pytest.raises(ValueError, match=r"."):
        made(**changes)


@given(st.text(min_size=1, max_size=80).filter(lambda text: any(one.isspace() for one in text)))
def test_no_sentence_gets_in(text: str):
    with pytest.raises(ValueError, match="only ids"):
        made(payload={"note": text})


def test_ids_dates_numbers_and_zones_get_in():
    payload = {"day": "2026-03-10", "at": NOON.isoformat(), "zone": "America/Port-au-Prince", "ids": ["a" * 32, HERE]}
    assert made(payload={**payload, "count": 3, "late": True, "until": None}).payload["zone"]


def test_what_is_printed_of_a_plan_or_a_claim_holds_no_payload():
    assert "secret" not in repr(made(payload={"name": "secret"}))
    claimed = outbox.Claimed(
        **dict.fromkeys(outbox.Claimed.__slots__) | {"id": "1", "payload": {"name": "secret"}, "member_ref": REF}
    )
    assert "secret" not in repr(claimed)
    assert REF not in repr(claimed)


@given(st.binary(min_size=32, max_size=32), identities)
def test_a_mark_is_62_bits_and_fits_into_a_nonce(key: bytes, parts: dict):
    mark = outbox.marker(key, made(**parts).dedupe_key)
    assert 0 <= mark < 1 << 62
    assert len(str(mark)) <= 25
    assert mark == outbox.marker(key, made(**parts).dedupe_key)


def test_a_mark_hangs_on_the_key_and_the_message_and_uses_all_its_bits():
    marks = {outbox.marker(bytes([number]) * 32, made().dedupe_key) for number in range(256)}
    marks |= {outbox.marker(bytes(32), made(revision=number).dedupe_key) for number in range(1, 256)}
    assert len(marks) == 511
    used = 0
    for mark in marks:
        used |= mark
    assert used == (1 << 62) - 1


failures, chances = st.integers(1, 10_000), st.floats(0, 1, exclude_max=True)


@given(failures, chances)
def test_a_wait_is_neither_nothing_nor_endless(attempts: int, jitter: float):
    assert dt.timedelta(seconds=1) <= outbox.backoff(attempts, jitter) <= LONGEST_WAIT


@given(failures, chances)
def test_each_failure_makes_the_wait_no_shorter(attempts: int, jitter: float):
    assert outbox.backoff(attempts, jitter) <= outbox.backoff(attempts + 1, jitter)


@given(failures, st.tuples(chances, chances).filter(lambda pair: abs(pair[0] - pair[1]) > 0.01))
def test_two_that_failed_together_do_not_come_back_together(attempts: int, pair: tuple[float, float]):
    assert outbox.backoff(attempts, pair[0]) != outbox.backoff(attempts, pair[1])


@given(failures, chances, st.integers(0, 7200))
def test_nobody_comes_back_before_discord_lets_them(attempts: int, jitter: float, seconds: int):
    asked = dt.timedelta(seconds=seconds)
    assert outbox.backoff(attempts, jitter, at_least=asked) == max(outbox.backoff(attempts, jitter), asked)


MEANINGS = {
    "no answer": (None, 0, Outcome.AGAIN),
    "token refused": (401, 0, Outcome.STOP),
    "no access": (403, 50001, Outcome.DEAD),
    "direct messages closed": (403, 50007, Outcome.DEAD),
    "channel gone": (404, 10003, Outcome.DEAD),
    "sent and deleted": (404, 10008, Outcome.DONE),
    "refused content": (400, 50035, Outcome.DEAD),
    "too large": (413, 40005, Outcome.DEAD),
    "rate limited": (429, 0, Outcome.AGAIN),
    "slow mode": (403, 20016, Outcome.AGAIN),
    "overloaded": (400, 130000, Outcome.AGAIN),
    "request timeout": (408, 0, Outcome.AGAIN),
    "server error": (500, 0, Outcome.AGAIN),
    "gateway timeout": (504, 0, Outcome.AGAIN),
    "cloudflare": (520, 0, Outcome.AGAIN),
    "an answer that makes no sense": (302, 0, Outcome.AGAIN),
}


@pytest.mark.parametrize(("status", "code", "outcome"), MEANINGS.values(), ids=MEANINGS)
def test_an_error_of_discord_means(status: int | None, code: int, outcome: Outcome):
    assert meaning(status, code) is outcome


@given(st.none() | st.integers(300, 600), st.integers(0, 600_000))
def test_only_a_clear_no_ends_a_message(status: int | None, code: int):
    outcome = meaning(status, code)
    if outcome is Outcome.DEAD:
        assert status is not None
        assert 400 <= status < 500
    assert (outcome is Outcome.STOP) == (status == 401)


@given(st.none() | st.integers(300, 600), st.integers(0, 600_000), st.text(max_size=100))
def test_an_error_is_kept_in_few_words(status: int | None, code: int, name: str):
    assert len(outbox.error_text(status, code, name=name)) <= MOST_ERROR


def test_an_error_is_kept_as_numbers_or_a_name():
    assert outbox.error_text(403, 50007) == "403/50007"
    assert outbox.error_text(502) == "502"
    assert outbox.error_text(None, name="TimeoutError") == "TimeoutError"


moments = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(dt.UTC))


@given(st.none() | moments, moments, st.none() | moments)
def test_what_may_have_been_sent_is_looked_for_and_nothing_else(
    first_try_at: dt.datetime | None, due_at: dt.datetime, restored_at: dt.datetime | None
):
    found = outbox.look_from(first_try_at, due_at, restored_at)
    if first_try_at is not None:
        assert found == first_try_at
    elif restored_at is not None and due_at <= restored_at:
        assert found == due_at
    else:
        assert found is None
