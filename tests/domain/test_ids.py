"""Ids say nothing: no order, no time, no author, and nobody guesses one."""

from bot.domain.ids import new_id


def test_an_id_is_thirty_two_hex_digits():
    made = new_id()
    assert len(made) == 32
    assert bytes.fromhex(made).hex() == made
    assert made == made.lower()


def test_ids_never_repeat():
    assert len({new_id() for _ in range(20_000)}) == 20_000


def test_ids_made_later_do_not_sort_later():
    made = [new_id() for _ in range(200)]
    assert made != sorted(made)
    # Every position of an id takes every digit: none of them counts or names the time.
    assert all(len({one[at] for one in made}) > 8 for at in range(32))
