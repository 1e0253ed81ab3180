"""What an admin is shown before the set-up is what the set-up does, and nothing is done twice."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.programmes import ChannelSpec, Draft, Item, Preset, plan, rights_needed
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


@given(drafts, some_channels, some_roles)
def test_what_is_bound_is_not_planned_again_and_all_else_is_planned_once(draft, channels, roles):
    items = plan(PRESET, draft, bound_channels=channels, bound_roles=roles)
    for_channels = [item.purpose for item in items if item.kind in ("make_channel", "use_channel")]
    for_roles = [item.purpose for item in items if item.kind in ("make_role", "use_role")]
    assert sorted([*for_channels, *channels]) == sorted(PURPOSES)
    assert sorted([*for_roles, *roles]) == sorted(PRESET.roles)
    assert len(set(items)) == len(items)


@given(drafts)
def test_what_the_admin_chose_is_used_and_only_the_rest_is_made(draft: Draft):
    for item in plan(PRESET, draft, bound_channels={}, bound_roles={}):
        chosen = {"use_role": draft.roles, "make_role": draft.roles}.get(item.kind, draft.channels).get(item.purpose)
        if item.kind.startswith("use_"):
            assert item.discord_id == chosen
        elif item.kind.startswith("make_"):
            assert item.discord_id is None
            assert chosen is None


@given(drafts)
def test_the_admin_gets_roles_only_when_they_said_so(draft: Draft):
    items = plan(PRESET, draft, bound_channels={}, bound_roles={})
    assert ("give_roles" in {item.kind for item in items}) is draft.mine


@given(drafts, some_channels, some_roles)
def test_a_right_is_asked_for_only_when_something_planned_needs_it(draft, channels, roles):
    items = plan(PRESET, draft, bound_channels=channels, bound_roles=roles)
    makes_channel = set(PURPOSES) - set(draft.channels) - set(channels)
    makes_role = set(PRESET.roles) - set(draft.roles) - set(roles)
    needed = rights_needed(items)
    assert ("manage_channels" in needed) is bool(makes_channel)
    assert ("manage_roles" in needed) is bool(makes_role or draft.mine)
    assert needed <= {"manage_channels", "manage_roles"}


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
