"""Whatever error is kept with a message, those who can do something about it get words for it."""

import pytest

from bot.domain import troubles
from bot.domain.outbox import error_text
from bot.domain.troubles import CAUSES, cause
from bot.texts import Texts


@pytest.mark.parametrize(
    ("error", "means"),
    [
        ("403/50013", "rights"),
        ("403/50001", "rights"),
        ("403", "rights"),
        ("403/50007", "no_way"),
        ("no way is open", "no_way"),
        ("404/10003", "gone"),
        ("400/50035", "mistake"),
        ("405", "mistake"),
        ("accident 7F3A", "mistake"),
        ("429", "busy"),
        ("429/40062", "busy"),
        ("503", "busy"),
        ("may have been sent", "unsure"),
        ("unknown kind", "unknown"),
        ("unknown op thread", "unknown"),
        ("error.busy", "database"),
        ("TimeoutError", "no_answer"),
        ("ClientConnectorError", "no_answer"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_an_error_means_what_one_can_act_upon(error: str | None, means: str) -> None:
    assert cause(error) == means


def test_every_status_means_something_and_its_number_can_be_told() -> None:
    for status in range(400, 600):
        for code in (0, 10003, 50035):
            error = error_text(status, code)
            assert cause(error) in CAUSES
            assert troubles.number(error) == error


@pytest.mark.parametrize("error", [None, "", "TimeoutError", "accident 7F3A", "no way is open"])
def test_words_of_ours_are_no_number_of_discord(error: str | None) -> None:
    assert troubles.number(error) is None


@pytest.mark.parametrize("named", [None, 7, "", "nothing_of_ours", ["rights"]])
def test_what_is_no_cause_is_taken_for_an_unknown_one(named: object) -> None:
    assert troubles.known(named) == "other"
    assert troubles.known("rights") == "rights"


@pytest.mark.parametrize("means", CAUSES)
def test_each_cause_has_words_and_a_next_step_and_fits_beside_a_date_in_a_key(means: str) -> None:
    texts = Texts.load()
    assert texts.has(f"delivery.cause.{means}")
    assert texts.has(f"admin.step.{means}")
    assert len(f"2026-11-23-{means}") <= 24
