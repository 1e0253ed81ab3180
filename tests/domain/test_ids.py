"""Ids say nothing: no order, no time, no author, and nobody guesses one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import is_id, new_id


def test_an_id_is_thirty_two_hex_digits_and_passes_as_one():
    made = new_id()
    assert len(made) == 32
    assert bytes.fromhex(made).hex() == made
    assert is_id(made)


def test_ids_never_repeat():
    assert len({new_id() for _ in range(20_000)}) == 20_000


def test_ids_made_later_do_not_sort_later():
    made = [new_id() for _ in range(200)]
    assert made != sorted(made)
    # Every position of an id takes every digit: none of them counts or names the time.
    assert all(len({one[at] for one in made}) > 8 for at in range(32))


@pytest.mark.parametrize(
    "text", ["", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 31 + "\n", "٣" * 32, "-" * 32, " " + "0" * 31]
)
def test_what_has_not_the_form_of_an_id_is_told_apart(text: str):
    assert not is_id(text)


@given(st.text(max_size=40))
def test_only_lower_case_hex_of_the_right_length_passes(text: str):
    assert is_id(text) == (len(text) == 32 and set(text) <= set("0123456789abcdef"))
