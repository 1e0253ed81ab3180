"""What an admin is shown before the set-up is what the set-up does, and nothing is done twice."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.programmes import ChannelSpec, Draft, Item, Preset, Standing, may_give, meant, plan, rights_needed
from bot.errors import OperatorError
from data.programmes import features_of, presets, read

PRESET = Preset(
    "recovery",
    ("checkins",),
    ("leader", "moderator"),
    (
        ChannelSpec("start", "read", "start"),
        ChannelSpec("help", "read", "help"),
        ChannelSpec("group", "talk"),
        ChannelSpec("moderators", "moderators"),
    ),
)
PURPOSES = [spec.purpose for spec in PRESET.channels]

ids = st.integers(1, 2**63 - 1)
some_channels = st.dictionaries(st.sampled_from(PURPOSES), ids)
some_roles = st.dictionaries(st.sampled_from(PRESET.roles), ids)
drafts = st.builds(
    Draft,
    ages=st.sampled_from([None, "adults", "minors", "both"]),
    channels=some_channels,
    roles=some_roles,
    mine=st.booleans(),
    since=st.none() | ids,
)


def kinds(items: tuple[Item, ...]) -> list[tuple[str, str]]:
    return [(item.kind, item.purpose) for item in items]


def test_a_fresh_guild_gets_roles_before_the_channels_that_need_them_then_panels_then_commands():
    assert kinds(plan(PRESET, Draft(), bound_channels={}, bound_roles={})) == [
        ("make_role", "leader"),
        ("make_role", "moderator"),
        ("make_channel", "start"),
        ("make_channel", "help"),
        ("make_channel", "group"),
        ("make_channel", "moderators"),
        ("panel", "start"),
        ("panel", "help"),
        ("commands", ""),
    ]


@given(drafts, some_channels, some_roles, st.booleans())
def test_every_purpose_is_served_once_and_what_serves_it_already_is_not_planned_again(draft, channels, roles, live):
    items = plan(PRESET, draft, bound_channels=channels, bound_roles=roles, live=live)
    for purposes, chosen, bound, what in (
        (PURPOSES, draft.channels, channels, "channel"),
        (PRESET.roles, draft.roles, roles, "role"),
    ):
        planned = {item.purpose: item for item in items if item.kind in (f"make_{what}", f"use_{what}")}
        for purpose in purposes:
            wanted = chosen.get(purpose) or bound.get(purpose)
            if wanted is None:
                assert planned[purpose] == Item(f"make_{what}", purpose)
            elif wanted == bound.get(purpose):
                assert purpose not in planned
            else:
                assert planned[purpose] == Item(f"use_{what}", purpose, wanted)
    assert len(set(items)) == len(items)


@given(drafts, some_channels, some_roles)
def test_a_live_programme_gets_no_panel_and_no_command_a_second_time(draft, channels, roles):
    items = plan(PRESET, draft, bound_channels=channels, bound_roles=roles, live=True)
    moved = {item.purpose for item in items if item.kind in ("make_channel", "use_channel")}
    assert {item.purpose for item in items if item.kind == "panel"} == moved & {"start", "help"}
    assert {item.discord_id for item in items if item.kind == "take_down"} == {
        channels[purpose] for purpose in moved & {"start", "help"} & channels.keys()
    }
    assert "commands" not in {item.kind for item in items}


@given(drafts, some_channels, some_roles, st.booleans())
def test_what_is_gone_counts_as_never_chosen_and_never_bound(draft, channels, roles, live):
    gone = frozenset([*channels.values(), *roles.values(), *draft.channels.values(), *draft.roles.values()])
    bound = {"bound_channels": channels, "bound_roles": roles, "live": live}
    empty = Draft(mine=draft.mine)
    assert plan(PRESET, draft, **bound, standing=Standing(gone=gone)) == plan(
        PRESET, empty, bound_channels={}, bound_roles={}, live=live
    )


def test_what_was_made_and_not_written_down_is_taken_instead_of_made_again():
    found = {("role", "leader"): 5, ("channel", "help"): 6}
    items = plan(PRESET, Draft(), bound_channels={}, bound_roles={}, standing=Standing(found=found))
    assert Item("take_role", "leader", 5) in items
    assert Item("take_channel", "help", 6) in items
    assert not {Item("make_role", "leader"), Item("make_channel", "help")} & set(items)


def test_moderators_are_let_into_a_channel_that_stays_and_not_into_one_that_is_replaced():
    channels = dict.fromkeys(PURPOSES, 1) | {"moderators": 4}
    bound = {"bound_channels": channels, "bound_roles": {"leader": 2, "moderator": 3}, "live": True}
    shut = Standing(shut_out=frozenset({"moderators"}))
    assert plan(PRESET, Draft(), **bound, standing=shut) == (Item("let_in", "moderators"),)
    other = plan(PRESET, Draft(channels={"moderators": 9}), **bound, standing=shut)
    assert kinds(other) == [("use_channel", "moderators")]


@given(drafts, some_roles, st.frozensets(st.sampled_from(PRESET.roles)))
def test_the_admin_gets_roles_only_when_they_said_so_and_only_new_or_allowed_ones(draft, roles, allowed):
    items = plan(PRESET, draft, bound_channels={}, bound_roles=roles, standing=Standing(may_give=allowed))
    given_ = {item.purpose for item in items if item.kind == "give_role"}
    new = {item.purpose for item in items if item.kind == "make_role"}
    assert given_ == (new | allowed if draft.mine else set())


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
    items = plan(PRESET, draft, bound_channels=channels, bound_roles=roles)
    makes_channel = set(PURPOSES) - set(draft.channels) - set(channels)
    makes_role = set(PRESET.roles) - set(draft.roles) - set(roles)
    needed = rights_needed(items)
    assert ("manage_channels" in needed) is bool(makes_channel)
    assert ("manage_roles" in needed) is bool(makes_role)
    assert needed <= {"manage_channels", "manage_roles"}
    assert (
        rights_needed((Item("give_role", "leader"),))
        == rights_needed((Item("let_in", "moderators"),))
        == {"manage_roles"}
    )


@given(drafts)
def test_a_draft_is_read_back_as_it_was_kept(draft: Draft):
    assert Draft.read(json.loads(json.dumps(draft.kept()))) == draft


def test_a_draft_of_an_earlier_version_reads_as_far_as_it_goes():
    assert Draft.read({}) == Draft()
    assert Draft.read({"ages": "adults", "unheard": 1}) == Draft(ages="adults")


def test_a_preset_knows_its_channels_by_purpose():
    assert PRESET.channel("help") == PRESET.channels[1]
    assert PRESET.channel("elsewhere") is None


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_shipped_programme_can_be_stored_and_shown(name: str):
    preset = presets()[name]
    purposes = [spec.purpose for spec in preset.channels]
    assert preset.features
    assert len(set(purposes)) == len(purposes) <= 25
    assert len(set(preset.roles)) == len(preset.roles)
    panels = [spec.panel for spec in preset.channels if spec.panel]
    assert len(set(panels)) == len(panels)
    # PostgreSQL refuses what is longer than its column.
    assert all(len(word) <= 20 for word in [name, *purposes, *preset.roles, *panels])
    # A channel for moderators needs the role that may see it.
    assert "moderator" in preset.roles or all(spec.access != "moderators" for spec in preset.channels)
    assert {"start", "help"} <= set(purposes)


def test_a_programme_this_version_does_not_know_switches_nothing_on():
    assert features_of("recovery") == presets()["recovery"].features
    assert features_of("astrology") == ()


GOOD = 'features = ["checkins"]\nroles = []\nchannels = []\n'


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"features = [", "broken.toml"),
        (b"roles = []\nchannels = []", "features"),
        (GOOD.encode() + b"colour = 3", "colour"),
        (b'features = []\nroles = []\n[[channels]]\npurpose = "a"\naccess = "shout"', "channels.0.access"),
        (b"features = 3\nroles = []\nchannels = []", "features"),
        (b"features = [\xff]", "broken.toml"),
    ],
)
def test_a_broken_programme_file_is_named_with_its_key(tmp_path, content: bytes, named: str):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(OperatorError) as caught:
        read(path)
    assert all("broken.toml" in finding for finding in caught.value.findings)
    assert any(named in finding for finding in caught.value.findings)
