"""Which ways of being reached are offered to whom."""

import pytest

from bot.domain import ages
from bot.domain.reaching import Reach, offered


def test_grown_ups_choose_between_all_ways_and_the_thread_stands_first() -> None:
    assert offered(ages.rules("adults")) == ("thread", "dm", "nowhere")


@pytest.mark.parametrize("said", ["minors", "both", None])
def test_where_young_people_may_be_no_direct_message_is_offered(said: str | None) -> None:
    assert offered(ages.rules(said)) == ("thread", "nowhere")


def test_a_way_that_is_printed_names_no_channel() -> None:
    assert "4711" not in repr(Reach("thread", 4711))
