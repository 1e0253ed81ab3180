"""What was made by us and means nothing to anybody goes; all else stays, and each item says why."""

from dataclasses import replace

import pytest

from bot.domain.guilds import Programme
from bot.domain.presets import CATEGORY
from bot.domain.undoing import (
    Binding,
    Bound,
    Item,
    Standing,
    Stays,
    bounds,
    heading_heir,
    plan,
    rights_needed,
    stands,
    staying,
)

HEADING, START, GROUP, HELP = 1, 11, 12, 13
LEADER, MODERATOR = 21, 22
OURS = Programme("a", 1, "recovery", "live", {}, category_id=HEADING)
OTHER = Programme("b", 1, "health", "live", {}, category_id=2)
DRAFT = Programme("c", 1, "tutoring", "draft", {})


def channel(discord_id: int, purpose: str = "start", **more) -> Bound:
    return Bound("channel", purpose, discord_id, **{"ours": True, **more})


def role(discord_id: int, purpose: str = "leader", **more) -> Bound:
    return Bound("role", purpose, discord_id, **{"ours": True, **more})


def heading(**more) -> Bound:
    return channel(HEADING, CATEGORY, **more)


def planned(*bound: Bound, stays=(), panels=(), commands=False, **standing) -> list[tuple]:
    items = plan(bound, stays, panels, Standing(**standing), commands=commands)
    return [(item.kind, item.discord_id, item.why) for item in items]


def test_what_is_ours_and_means_nothing_to_anybody_goes_the_heading_and_roles_last():
    everything = (heading(), channel(START), channel(GROUP, "group"), role(LEADER))
    below = {HEADING: frozenset({START, GROUP})}
    opens = {LEADER: frozenset({GROUP, HEADING})}
    assert planned(*everything, below=below, opens=opens, panels=[("start", START)], commands=True) == [
        ("commands", 0, ""),
        ("delete_channel", START, ""),
        ("delete_channel", GROUP, ""),
        ("delete_category", HEADING, ""),
        ("delete_role", LEADER, ""),
    ]


def test_what_is_not_ours_stays_without_our_panel():
    theirs = (channel(START, ours=False), role(LEADER, ours=False))
    assert planned(*theirs, panels=[("start", START)]) == [
        ("take_down", START, ""),
        ("keep_channel", START, "theirs"),
        ("keep_role", LEADER, "theirs"),
    ]


def test_a_heading_that_is_not_ours_is_not_spoken_of():
    assert planned(heading(ours=False), below={HEADING: frozenset()}) == []


def test_where_somebody_wrote_the_channel_is_archived_without_our_panel_and_its_heading_and_its_readers_role_stay():
    found = planned(
        heading(),
        channel(GROUP, "group"),
        role(LEADER),
        panels=[("group", GROUP)],
        written={GROUP: "people"},
        below={HEADING: frozenset({GROUP})},
        opens={LEADER: frozenset({GROUP})},
    )
    assert found == [
        ("take_down", GROUP, ""),
        ("archive_channel", GROUP, "people"),
        ("keep_category", HEADING, "others"),
        ("keep_role", LEADER, "archive"),
    ]


@pytest.mark.parametrize("why", ["power", "order"])
def test_a_role_that_must_not_be_taken_away_stays(why: str):
    assert planned(role(LEADER), held={LEADER: why}) == [("keep_role", LEADER, why)]


def test_a_role_that_opens_a_channel_that_stays_stays():
    archived = {GROUP: "people"}
    found = planned(channel(GROUP, "group"), role(LEADER), written=archived, opens={LEADER: frozenset({GROUP, 99})})
    assert found[-1] == ("keep_role", LEADER, "opens")


def test_what_is_gone_is_not_spoken_of():
    gone = frozenset({START, LEADER, HEADING})
    assert planned(heading(), channel(START), role(LEADER), gone=gone, panels=[("start", START)]) == []


def test_a_channel_that_must_not_be_taken_away_stays_without_our_panel():
    found = planned(channel(START), held={START: "community"}, panels=[("start", START)])
    assert found == [("take_down", START, ""), ("keep_channel", START, "community")]


def test_a_role_known_by_its_looks_alone_goes_only_where_surely_nobody_wears_it():
    lost = role(LEADER, noted=False)
    assert planned(lost) == []
    assert planned(lost, worn={LEADER: 1}) == []
    assert planned(lost, worn={LEADER: 0}) == [("delete_role", LEADER, "lost")]


def test_what_is_known_by_its_looks_alone_is_said_to_be_so():
    lost = (channel(HEADING, CATEGORY, noted=False), channel(START, noted=False))
    assert planned(*lost) == [("delete_channel", START, "lost"), ("delete_category", HEADING, "lost")]


def test_a_role_says_how_many_wear_it_where_that_is_known_and_the_number_alone_changes_no_plan():
    (known,) = plan([role(LEADER)], (), (), Standing(worn={LEADER: 3}), commands=False)
    (unknown,) = plan([role(LEADER)], (), (), Standing(), commands=False)
    assert (known.worn, unknown.worn) == (3, None)
    assert known == unknown


def test_one_role_for_two_purposes_is_spoken_of_once():
    assert planned(role(LEADER), role(LEADER, "moderator")) == [("delete_role", LEADER, "")]


# -- what programmes share ---------------------------------------------------------------------------------------------


def test_what_another_programme_uses_stays_and_moves_below_its_heading():
    shared = (heading(), channel(HELP, "help", heir="b"), role(MODERATOR, "moderator", heir="b"))
    below = {HEADING: frozenset({HELP})}
    assert planned(*shared, stays=[Stays(HELP, "b", 2)], below=below) == [
        ("move_channel", HELP, ""),
        ("delete_category", HEADING, ""),
        ("stay_role", MODERATOR, ""),
    ]


def test_what_was_left_to_the_other_programme_before_an_interruption_still_moves():
    found = planned(heading(), stays=[Stays(HELP, "b", 2)], below={HEADING: frozenset({HELP})})
    assert found == [("move_channel", HELP, ""), ("delete_category", HEADING, "")]


def test_nothing_moves_below_a_heading_that_is_gone():
    below = {HEADING: frozenset({HELP})}
    found = planned(heading(), stays=[Stays(HELP, "b", 2)], below=below, gone=frozenset({2}))
    assert found == [("keep_category", HEADING, "others")]


@pytest.mark.parametrize(("other", "heir"), [(None, "b"), (2, None)])
def test_a_heading_goes_to_the_one_who_stands_below_it_and_has_none(other: int | None, heir: str | None):
    standing = Standing(below={HEADING: frozenset({HELP})})
    assert heading_heir([heading()], [Stays(HELP, "b", other)], standing) == heir
    assert heading_heir([heading()], [Stays(HELP, "b", other)], Standing()) is None


def test_an_heir_is_sought_among_those_that_use_the_same_and_live_ones_first():
    bindings = [
        Binding("a", "channel", "help", HELP, True),
        Binding("c", "channel", "help", HELP, False),
        Binding("b", "channel", "help", HELP, False),
        Binding("a", "role", "leader", LEADER, True),
        Binding("b", "channel", "start", LEADER, False),
    ]
    found = bounds("a", bindings, [DRAFT, OURS, OTHER])
    assert found == (channel(HELP, "help", heir="b"), role(LEADER))
    assert bounds("a", bindings, [DRAFT, OURS])[0].heir == "c"
    assert staying("a", bindings, [DRAFT, OURS, OTHER]) == (Stays(HELP, "b", 2),)


def test_what_the_others_chose_themselves_is_never_moved():
    theirs = Binding("b", "channel", "help", HELP, False)
    assert staying("a", [theirs], [OURS, OTHER]) == ()


# -- rights and standing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("delete_channel", {"manage_channels"}),
        ("delete_category", {"manage_channels"}),
        ("move_channel", {"manage_channels"}),
        ("archive_channel", {"manage_channels", "manage_roles", "send_messages"}),
        ("delete_role", {"manage_roles"}),
        ("keep_channel", set()),
        ("take_down", set()),
    ],
)
def test_only_the_rights_that_the_plan_needs_are_asked_for(kind: str, needed: set[str]):
    assert rights_needed([Item(kind)]) == needed


@pytest.mark.parametrize(
    ("programme", "anything"),
    [
        (OURS, True),
        (DRAFT, False),
        (replace(DRAFT, draft={"ages": "adults"}), False),
        (replace(DRAFT, draft={"since": 5}), True),
        (replace(DRAFT, roles={"leader": LEADER}), True),
        (replace(DRAFT, category_id=HEADING), True),
        (replace(DRAFT, state="applying"), True),
    ],
    ids=["live", "begun", "chosen", "interrupted", "a role", "a heading", "under way"],
)
def test_there_is_something_to_take_back_once_something_may_have_been_made(programme: Programme, anything: bool):
    assert stands(programme) is anything
