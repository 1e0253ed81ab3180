"""A thousand made-up years of a rota. `python -m tests.rotations` prints their figures and draws them."""

import pytest

from tests.rotations.years import Weather, by_share, longest_since_last, year

BAR = 1.5


def test_in_a_thousand_years_nobody_is_above_the_bar_few_turns_are_extra_ones_and_none_is_lost_in_the_count() -> None:
    years = [year(seed, Weather.of) for seed in range(1000)]
    assert all(one.above <= BAR + 1e-9 for one in years)
    # What the rule stores is what is counted beside it, and together nobody owes anything but what leavers took along.
    assert all(one.apart < 1e-9 for one in years)
    assert all(one.drift == 0 for one in years)
    # Extra turns keep the bar; a rule that needed many would not be fair by itself.
    assert sum(one.extra for one in years) < 0.001 * sum(one.hosted for one in years)
    # With none set apart it is people who take what others give up that are above it, in fewer than one year of ten.
    assert sum(one.strict > BAR for one in years) < 100
    assert max(one.strict for one in years) < 3


def test_absences_alone_never_need_an_extra_turn() -> None:
    years = [year(seed, Weather.only_away) for seed in range(150)]
    assert all(one.strict <= BAR and one.extra == 0 for one in years)


def test_with_everybody_there_what_two_people_in_a_seat_have_hosted_differs_by_one_at_most() -> None:
    assert all(year(seed, Weather.everybody_there).spread <= 1 for seed in range(150))


@pytest.mark.parametrize(
    ("choose", "is_fair"), [(by_share, True), (longest_since_last, False)], ids=["ours", "longest"]
)
def test_the_years_tell_a_fair_rule_from_one_that_is_known_to_be_unfair(choose: object, is_fair: bool) -> None:
    rule = by_share if choose is by_share else longest_since_last
    above = sum(year(seed, Weather.only_away, rule).strict > BAR for seed in range(60))
    assert above == 0 if is_fair else above > 30
