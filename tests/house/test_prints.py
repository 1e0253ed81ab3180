"""What holds mood, note or a form's fields shows none of it when it is printed, as an error or a log line might."""

import datetime as dt

import pytest

from bot.domain.actor import Actor
from bot.domain.checkins import Mood, SeenBy
from bot.kit.call import Call
from bot.services.checkins import Entry, Shared
from data.store.checkins import Day

DAY = dt.date(2026, 11, 23)
NOTE = "walked by the sea"
ENTRY = Entry(DAY, Mood.VERY_LOW, NOTE, SeenBy.ME)


@pytest.mark.parametrize(
    "thing",
    [
        ENTRY,
        [ENTRY],
        Shared(ENTRY, 4242),
        Day(
            "a" * 32, DAY, Mood.VERY_LOW.value, NOTE.encode(), "me", "b" * 32, dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
        ),
        Call(None, Actor(1, 2, frozenset(), False, "en"), "token", {"note": NOTE}),  # type: ignore[arg-type]  # no Discord
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_printed_holds_no_words_and_no_mood(thing: object) -> None:
    for said in (repr(thing), str(thing), f"{thing}", "%s" % (thing,), repr([thing])):  # noqa: UP031 - as logging does
        for secret in (NOTE, "VERY_LOW", "very_low", "mood=1", "4242"):
            assert secret not in said
