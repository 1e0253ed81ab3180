"""What an admin is shown before the set-up is what the set-up does, and nothing is done twice."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.guilds import Programme
from bot.domain.presets import CATEGORY, ChannelSpec, Preset, Retention, RoleSpec
from bot.domain.programmes import (
    Bound,
    Draft,
    Item,
    Neighbours,
    Standing,
    may_give,
    meant,
    plan,
    rights_needed,
    together,
    waits,
)

PRESET = Preset(
    name="recovery",
    features=("checkins",),
    roles=(RoleSpec("leader"), RoleSpec("moderator", shared=True)),
    channels=(
        ChannelSpec("start", "read", "start"),
        ChannelSpec("help", "read", "help", shared=True),
        ChannelSpec("group", "talk"),
        ChannelSpec("leaders", "leaders", "leaders"),
        ChannelSpec("moderators", "moderators", shared=True),
    ),
    rules=(),
    reasons=(),
    training=(),
    formats=(),
    retention=Retention(1, 1, 1, 1, 1, 1, 1),
)
PURPOSES = [spec.purpose for spec in PRESET.channels]
ROLES = [role.purpose for role in PRESET.roles]
PANELS = {spec.purpose for spec in PRESET.channels if spec.panel}
ALL_CHANNELS = dict(zip(PURPOSES, range(11, 20), strict=False))
ALL_ROLES = {"leader": 2, "moderator": 3}

ids = st.integers(1, 2**63 - 1)
some_channels = st.dictionaries(st.sampled_from(PURPOSES), ids)
some_roles = st.dictionaries(st.sampled_from(ROLES), ids)
drafts = st.builds(
    Draft,
    channels=some_channels,
    roles=some_roles,
    mine=st.none() | st.booleans(),
    since=st.none() | ids,
    on_trial=st.booleans(),
    begun=st.booleans(),
)
bounds = st.builds(Bound, channels=some_channels, roles=some_roles, category=st.none() | ids, live=st.booleans())
some_neighbours = st.builds(
    Neighbours,
    offered=st.dictionaries(
        st.sampled_from([("role", "moderator"), ("channel", "help"), ("channel", "moderators")]),
        st.lists(ids, min_size=1, max_size=3).map(tuple),
    ),
)


def kinds(items: tuple[Item, ...]) -> list[tuple[str, str]]:
    return [(item.kind, item.purpose) for item in items]


def served(items: tuple[Item, ...], what: str) -> dict[str, Item]:
    return {item.purpose: item for item in items if item.kind in (f"make_{what}", f"use_{what}", f"take_{what}")}


def test_a_fresh_guild_gets_roles_then_the_heading_then_channels_then_panels_then_commands():
    assert kinds(plan(PRESET, Draft(), Bound())) == [
        ("make_role", "leader"),
        ("make_role", "moderator"),
        ("give_role", "leader"),
        ("give_role", "moderator"),
        ("make_category", CATEGORY),
        ("make_channel", "start"),
        ("make_channel", "help"),
        ("make_channel", "group"),
        ("make_channel", "leaders"),
        ("make_channel", "moderators"),
        ("panel", "start"),
        ("panel", "help"),
        ("panel", "leaders"),
        ("commands", ""),
    ]


@given(drafts, bounds)
def test_every_purpose_is_served_once_and_what_serves_it_already_is_not_planned_again(draft, bound):
    items = plan(PRESET, draft, bound)
    for purposes, chosen, has, what in (
        (PURPOSES, draft.channels, bound.channels, "channel"),
        (ROLES, draft.roles, bound.roles, "role"),
    ):
        planned = served(items, what)
        for purpose in purposes:
            wanted = chosen.get(purpose) or has.get(purpose)
            if wanted is None:
                assert planned[purpose] == Item(f"make_{what}", purpose)
            elif wanted == has.get(purpose):
                assert purpose not in planned
            else:
                assert planned[purpose] == Item(f"use_{what}", purpose, wanted)
    assert len(set(items)) == len(items)


@given(drafts, bounds)
def test_a_heading_is_made_only_for_channels_that_are_made_and_only_in_a_first_set_up(draft, bound):
    items = plan(PRESET, draft, bound)
    makes = any(item.kind == "make_channel" for item in items)
    made = [item for item in items if item.kind == "make_category"]
    assert len(made) == (makes and not bound.live and bound.category is None)


def test_a_heading_that_is_gone_is_made_anew_and_one_that_was_not_written_down_is_taken():
    gone = plan(PRESET, Draft(), Bound(category=7), standing=Standing(gone=frozenset({7})))
    assert Item("make_category", CATEGORY) in gone
    assert Item("take_category", CATEGORY, 8) in plan(
        PRESET, Draft(), Bound(), standing=Standing(found={(CATEGORY, CATEGORY): 8})
    )


@given(drafts, some_channels, some_roles)
def test_a_live_programme_gets_no_panel_and_no_command_a_second_time(draft, channels, roles):
    items = plan(PRESET, draft, Bound(channels, roles, live=True))
    moved = set(served(items, "channel"))
    assert {item.purpose for item in items if item.kind == "panel"} == moved & PANELS
    assert {item.discord_id for item in items if item.kind == "take_down"} == {
        channels[purpose] for purpose in moved & PANELS & channels.keys()
    }
    assert "commands" not in {item.kind for item in items}


@given(drafts, bounds, some_neighbours)
def test_what_is_gone_counts_as_never_chosen_never_bound_and_never_offered(draft, bound, neighbours):
    offered = [one for several in neighbours.offered.values() for one in several]
    several = (bound.channels, bound.roles, draft.channels, draft.roles)
    gone = frozenset([*(one for ids_ in several for one in ids_.values()), *offered, bound.category])
    empty = Draft(mine=draft.mine)
    items = plan(PRESET, draft, bound, neighbours=neighbours, standing=Standing(gone=gone))
    mine = tuple(item for item in items if not item.kind.startswith("pass_"))
    assert mine == plan(PRESET, empty, Bound(live=bound.live))
    assert {item.discord_id for item in items if item not in mine} <= {*offered}


def test_what_was_made_and_not_written_down_is_taken_instead_of_made_again():
    found = {("role", "leader"): 5, ("channel", "help"): 6}
    items = plan(PRESET, Draft(), Bound(), standing=Standing(found=found))
    assert Item("take_role", "leader", 5) in items
    assert Item("take_channel", "help", 6) in items
    assert not {Item("make_role", "leader"), Item("make_channel", "help")} & set(items)


def test_moderators_are_let_into_a_channel_that_stays_and_not_into_one_that_is_replaced():
    bound = Bound(ALL_CHANNELS, ALL_ROLES, live=True)
    shut = Standing(shut_out=frozenset({"moderators"}))
    assert plan(PRESET, Draft(), bound, standing=shut) == (Item("let_in", "moderators"),)
    other = plan(PRESET, Draft(channels={"moderators": 9}), bound, standing=shut)
    assert kinds(other) == [("use_channel", "moderators")]


# -- what programmes of one guild use together -----------------------------------------------------------------------

OTHERS = Neighbours(
    offered={("role", "moderator"): (33,), ("channel", "help"): (22,), ("channel", "moderators"): (24,)},
    looks_in={24: 33},
    shown=frozenset({("help", 22)}),
)


def test_a_second_programme_uses_what_all_share_and_posts_no_second_panel_there():
    items = plan(PRESET, Draft(), Bound(), neighbours=OTHERS)
    assert {Item("use_role", "moderator", 33), Item("use_channel", "help", 22)} <= set(items)
    assert Item("use_channel", "moderators", 24) in items
    assert {item.purpose for item in items if item.kind == "panel"} == {"start", "leaders"}
    assert {item.purpose for item in items if item.kind == "give_role"} == {"leader"}


def test_a_channel_of_its_own_gets_a_panel_of_its_own():
    items = plan(PRESET, Draft(channels={"help": 5}), Bound(), neighbours=OTHERS)
    assert Item("panel", "help", panel="help") in items


def test_moderators_of_their_own_get_a_channel_that_the_others_moderators_do_not_read():
    for role in (Draft(roles={"moderator": 44}), Draft(roles={"moderator": 44, "leader": 1})):
        items = plan(PRESET, role, Bound(), neighbours=OTHERS)
        assert Item("make_channel", "moderators") in items
        assert Item("use_channel", "help", 22) in items
    same = plan(PRESET, Draft(roles={"moderator": 33}), Bound(), neighbours=OTHERS)
    assert Item("use_channel", "moderators", 24) in same


def test_a_channel_of_other_moderators_is_not_used_where_that_of_the_shared_ones_is_gone():
    several = Neighbours(
        offered={("role", "moderator"): (33, 44), ("channel", "moderators"): (24, 25)}, looks_in={24: 33, 25: 44}
    )
    items = plan(PRESET, Draft(), Bound(), neighbours=several, standing=Standing(gone=frozenset({24})))
    assert {Item("use_role", "moderator", 33), Item("make_channel", "moderators")} <= set(items)
    items = plan(PRESET, Draft(), Bound(), neighbours=several, standing=Standing(gone=frozenset({33})))
    assert {Item("use_role", "moderator", 44), Item("use_channel", "moderators", 25)} <= set(items)


def test_what_was_used_together_and_is_gone_is_passed_on_but_no_channel_to_other_moderators():
    gone = Standing(gone=frozenset({22, 24}))
    items = plan(PRESET, Draft(), Bound(), neighbours=OTHERS, standing=gone)
    assert [item for item in items if item.kind.startswith("pass_")] == [
        Item("pass_channel", "help", 22),
        Item("pass_channel", "moderators", 24),
    ]
    items = plan(PRESET, Draft(roles={"moderator": 44}), Bound(), neighbours=OTHERS, standing=gone)
    assert [item for item in items if item.kind.startswith("pass_")] == [Item("pass_channel", "help", 22)]
    both = plan(PRESET, Draft(), Bound(), neighbours=OTHERS, standing=Standing(gone=frozenset({24, 33})))
    assert {Item("pass_role", "moderator", 33), Item("pass_channel", "moderators", 24)} <= set(both)


def test_a_panel_that_another_programme_shows_in_the_same_place_is_not_taken_down():
    bound = Bound(ALL_CHANNELS | {"help": 22}, ALL_ROLES, live=True)
    items = plan(PRESET, Draft(channels={"help": 5}), bound, neighbours=OTHERS)
    assert kinds(items) == [("use_channel", "help"), ("panel", "help")]


@given(drafts, bounds, some_neighbours)
def test_only_what_is_shared_and_not_chosen_comes_from_another_programme(draft, bound, neighbours):
    found = together(PRESET, draft, bound, neighbours)
    assert found.keys() <= neighbours.offered.keys()
    for (what, purpose), one in found.items():
        chosen, has = (draft.channels, bound.channels) if what == "channel" else (draft.roles, bound.roles)
        assert purpose not in chosen.keys() | has.keys()
        assert one == neighbours.offered[what, purpose][0]


def test_commands_that_the_server_has_already_are_not_named_again():
    assert "commands" not in {
        item.kind for item in plan(PRESET, Draft(), Bound(), standing=Standing(has_commands=True))
    }


# -- roles for whoever sets up ---------------------------------------------------------------------------------------


@given(drafts, some_roles, st.frozensets(st.sampled_from(ROLES)), st.frozensets(st.sampled_from(ROLES)))
def test_the_admin_gets_no_role_that_is_not_new_or_allowed_and_none_when_they_said_no(draft, roles, allowed, ours):
    items = plan(PRESET, draft, Bound(roles=roles), standing=Standing(may_give=allowed, ours=ours))
    given_ = {item.purpose for item in items if item.kind == "give_role"}
    new = {item.purpose for item in items if item.kind == "make_role"}
    # Where nobody said anything, only roles of ours are given: nobody gets a role that was there by accident.
    assert given_ == {True: new | allowed, None: new | allowed & ours, False: set()}[draft.mine]


@pytest.mark.parametrize(
    ("powerless", "manages_roles", "below_own_top", "allowed"),
    [
        (True, False, False, True),
        (False, True, True, True),
        (False, False, True, False),
        (False, True, False, False),
        (False, False, False, False),
    ],
)
def test_a_role_with_power_goes_only_to_those_who_could_give_it(powerless, manages_roles, below_own_top, allowed):
    assert may_give(powerless=powerless, manages_roles=manages_roles, below_own_top=below_own_top) is allowed


def test_what_was_chosen_serves_before_what_is_bound_and_neither_when_it_is_gone():
    assert meant(1, 2) == 1
    assert meant(None, 2) == 2
    assert meant(1, 2, frozenset({1})) == 2
    assert meant(1, 2, frozenset({1, 2})) is None


@given(drafts, some_channels, some_roles)
def test_a_right_is_asked_for_only_when_something_planned_needs_it(draft, channels, roles):
    items = plan(PRESET, draft, Bound(channels, roles))
    makes_channel = set(PURPOSES) - set(draft.channels) - set(channels)
    makes_role = set(ROLES) - set(draft.roles) - set(roles)
    needed = rights_needed(items)
    assert ("manage_channels" in needed) is bool(makes_channel)
    assert ("manage_roles" in needed) is bool(makes_role)
    # Without these a channel of ours would be open to those whom it is to be closed to.
    assert ({"view_channel", "send_messages"} <= needed) is bool(makes_channel)
    assert needed <= {"manage_channels", "manage_roles", "view_channel", "send_messages"}
    for kind in ("give_role", "let_in"):
        assert rights_needed((Item(kind, "leader"),)) == {"manage_roles"}
    assert rights_needed((Item("make_category", CATEGORY),)) == {"manage_channels"}


# -- drafts ----------------------------------------------------------------------------------------------------------


@given(drafts)
def test_a_draft_is_read_back_as_it_was_kept(draft: Draft):
    assert Draft.read(json.loads(json.dumps(draft.kept()))) == draft


def test_a_draft_of_another_version_reads_as_far_as_it_goes():
    assert Draft.read({}) == Draft()
    assert Draft.read({"mine": True, "unheard": 1}) == Draft(mine=True)


@pytest.mark.parametrize(
    ("state", "begun", "waiting"),
    [("draft", True, True), ("applying", True, True), ("live", True, False), ("draft", False, False)],
)
def test_what_was_begun_waits_until_it_stands_or_is_taken_back(state: str, begun: bool, waiting: bool):
    assert waits(Programme("a" * 32, 7, "recovery", state, Draft(begun=begun).kept())) is waiting
