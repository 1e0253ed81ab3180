"""The five programmes are whole, can be stored and said, fit where they are shown; a broken file is named, never guessed at."""

import dataclasses
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from bot.domain.presets import TEXT_NAMES, ChannelSpec, Format, Preset, Retention, RoleSpec
from bot.errors import OperatorError
from bot.texts import Texts
from data.programmes import FOLDER, features_of, presets, read

TEXTS = Texts.load()
NAMES = ("health", "mediation", "mentorship", "recovery", "tutoring")
LISTS = {"rule": "rules", "reason": "reasons", "training": "training"}
OWN_WORDS = ("name", "about", "question", "opening", "closing", "leader", "topic.group")
OWN_CHANNELS = ("start", "meetings", "group", "leaders")
PROMISED = Retention(
    shared_notes=30,
    shared_moods=90,
    unpublished_stories=14,
    closed_flags=90,
    past_meetings=180,
    past_terms=180,
    audit=365,
)

each = pytest.mark.parametrize("name", NAMES)


def say(key: str) -> str:
    return TEXTS.t("en", key)


def formats(name: str) -> dict[str, Format]:
    return {found.name: found for found in presets()[name].formats}


def test_there_are_five_programmes():
    assert tuple(presets()) == NAMES


# -- can be stored, shown and set up ----------------------------------------------------------------------------------


@each
def test_every_shipped_programme_can_be_stored_and_set_up(name: str):
    preset = presets()[name]
    purposes = [spec.purpose for spec in preset.channels]
    roles = [role.purpose for role in preset.roles]
    panels = [spec.panel for spec in preset.channels if spec.panel]
    assert len(set(purposes)) == len(purposes) <= 25
    assert len(set(roles)) == len(roles)
    assert len(set(panels)) == len(panels)
    # PostgreSQL refuses what is longer than its column.
    assert all(len(word) <= 20 for word in [name, *purposes, *roles, *panels, *TEXT_NAMES])
    assert {"start", "help", "moderators"} <= set(purposes)
    # A channel that one role alone looks into needs that role.
    assert {"leader", "moderator"} <= set(roles)


@each
def test_what_concerns_the_whole_server_is_made_once_for_all_programmes(name: str):
    preset = presets()[name]
    assert {spec.purpose for spec in preset.channels if spec.shared} == {"help", "moderators"}
    assert {role.purpose for role in preset.roles if role.shared} == {"moderator"}


@each
def test_only_moderators_look_into_their_channel_and_only_leaders_into_theirs(name: str):
    access = {spec.purpose: spec.access for spec in presets()[name].channels}
    assert access == {
        "start": "read",
        "help": "read",
        "meetings": "read",
        "group": "talk",
        "leaders": "leaders",
        "moderators": "moderators",
    }


@each
def test_every_feature_that_is_switched_on_is_there(name: str):
    assert presets()[name].features == ("checkins", "newcomers", "settings", "leaders", "meetings")


def test_a_preset_knows_its_channels_and_roles_by_purpose():
    preset = presets()["recovery"]
    assert preset.channel("help") == ChannelSpec("help", "read", "help", shared=True)
    assert preset.channel("elsewhere") is None
    assert preset.role("leader") == RoleSpec("leader")
    assert preset.role("janitor") is None


def test_a_programme_this_version_does_not_know_switches_nothing_on():
    assert features_of("recovery") == presets()["recovery"].features
    assert features_of("astrology") == ()


# -- what each field needs --------------------------------------------------------------------------------------------


@each
def test_in_every_programme_all_is_voluntary_and_danger_can_be_told(name: str):
    preset = presets()[name]
    assert preset.rules[0] == "voluntary"
    assert preset.rules[-1] == "leaders_step_in"
    assert {"danger", "unkind", "unwanted_message", "name_given_away"} <= set(preset.reasons)
    assert preset.reasons[-1] == "other"


@each
def test_every_leader_learns_the_rules_what_to_do_in_danger_and_to_rest_and_is_observed(name: str):
    training = presets()[name].training
    assert training[0] == "ground_rules"
    assert {"danger", "own_limits"} <= set(training)
    assert training[-1] == "observed"


@each
def test_nothing_is_kept_longer_than_people_are_told(name: str):
    assert presets()[name].retention == PROMISED


def test_what_must_not_be_missing_in_a_field_is_there():
    rules = {name: set(preset.rules) for name, preset in presets().items()}
    reasons = {name: set(preset.reasons) for name, preset in presets().items()}
    assert {"own_work", "tried_first", "in_the_open"} <= rules["tutoring"]
    assert "graded_work" in reasons["tutoring"]
    assert {"pass", "no_cross_talk", "listen_only", "first_names"} <= rules["recovery"]
    assert {"unwanted_message", "method_detail", "selling"} <= reasons["recovery"]
    assert {"no_appraisal", "either_may_end", "working_hours"} <= rules["mentorship"]
    assert "appraisal" in reasons["mentorship"]
    assert {"no_medical_advice", "own_experience", "pass"} <= rules["health"]
    assert "medical_advice" in reasons["health"]
    assert {"limits_of_secrecy", "may_stop", "no_sides", "adult_present"} <= rules["mediation"]
    assert {"limits_of_secrecy", "neutral", "stages"} <= set(presets()["mediation"].training)


def test_nobody_answers_anybody_in_a_twelve_step_meeting():
    assert not any(phase.cross_talk for phase in formats("recovery")["twelve_step"].phases)


def test_a_smart_type_meeting_takes_ninety_minutes_and_people_answer_each_other_in_its_working_time_alone():
    smart = formats("recovery")["smart"]
    assert smart.minutes == 90
    assert [phase.name for phase in smart.phases] == [
        "welcome",
        "check_in",
        "agenda",
        "working_time",
        "hat",
        "check_out",
    ]
    assert [phase.name for phase in smart.phases if phase.cross_talk] == ["working_time"]


def test_a_review_session_is_mostly_work_done_together():
    review = formats("tutoring")["review_session"]
    assert review.minutes == 50
    together = next(phase for phase in review.phases if phase.name == "work_together")
    assert together.minutes > review.minutes / 2


def test_a_course_session_has_a_break_and_asks_how_the_plans_went_before_anything_new():
    session = formats("health")["course_session"]
    assert 120 <= session.minutes <= 150
    order = [phase.name for phase in session.phases]
    assert order.index("feedback_round") < order.index("topic") < order.index("break") < order.index("action_plans")


@each
def test_every_meeting_begins_and_ends_without_people_answering_each_other(name: str):
    for meeting in presets()[name].formats:
        assert 30 <= meeting.minutes <= 150
        assert not meeting.phases[0].cross_talk
        assert not meeting.phases[-1].cross_talk


@each
def test_every_programme_can_hold_a_plain_discussion(name: str):
    assert any(phase.cross_talk for phase in formats(name)["discussion"].phases)


# -- words ------------------------------------------------------------------------------------------------------------


@each
def test_everything_a_programme_names_can_be_said(name: str):
    preset = presets()[name]
    for key, field in LISTS.items():
        for slug in getattr(preset, field):
            assert TEXTS.has(f"{key}.{slug}"), f"{key}.{slug}"
    for meeting in preset.formats:
        assert TEXTS.has(f"format.{meeting.name}"), meeting.name
        for phase in meeting.phases:
            assert TEXTS.has(f"phase.{phase.name}"), phase.name
    for part in (*OWN_WORDS, *(f"channel.{purpose}" for purpose in OWN_CHANNELS)):
        assert TEXTS.has(f"programme.{name}.{part}"), part
    own = {spec.purpose for spec in preset.channels if not spec.shared}
    assert own == set(OWN_CHANNELS)


@each
def test_words_of_a_programme_fit_where_they_are_shown(name: str):
    preset = presets()[name]
    # A description beside a choice, a role, a choice, a line of a checklist.
    assert len(say(f"programme.{name}.about")) <= 100
    assert len(say(f"programme.{name}.leader")) <= 100
    for key, field in LISTS.items():
        assert all(len(say(f"{key}.{slug}")) <= 100 for slug in getattr(preset, field))
    # Ground rules are read in one go, on a phone, with other words around them.
    assert len("\n".join(f"- {say(f'rule.{rule}')}" for rule in preset.rules)) <= 800
    assert all(len(say(f"programme.{name}.{text}")) <= 400 for text in ("opening", "closing"))
    assert len(say(f"programme.{name}.question")) <= 60
    assert say(f"programme.{name}.question").endswith("?")


@each
def test_a_channels_name_is_one_discord_takes_as_it_is(name: str):
    for purpose in OWN_CHANNELS:
        said = say(f"programme.{name}.channel.{purpose}")
        assert said == said.lower()
        assert said.replace("-", "").isalpha()
        assert said.startswith(name)


def test_no_two_programmes_of_a_server_look_alike():
    for key in ("name", "about", "leader", "topic.group", *(f"channel.{purpose}" for purpose in OWN_CHANNELS)):
        for one, other in combinations(NAMES, 2):
            assert say(f"programme.{one}.{key}") != say(f"programme.{other}.{key}")


def test_no_rule_or_reason_stands_in_the_words_that_no_programme_names():
    text = (Path(__file__).parents[2] / "data/content/locales/en/peerled.po").read_text(encoding="utf-8")
    known = {
        *(f"{key}.{slug}" for p in presets().values() for key, field in LISTS.items() for slug in getattr(p, field)),
        *(f"format.{meeting.name}" for p in presets().values() for meeting in p.formats),
        *(f"phase.{phase.name}" for p in presets().values() for meeting in p.formats for phase in meeting.phases),
    }
    said = {line[7:-1] for line in text.splitlines() if line.startswith('msgid "')}
    assert {key for key in said if key.split(".")[0] in (*LISTS, "format", "phase")} == known


# -- files that are not as they should be -----------------------------------------------------------------------------


def whole() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "recovery.toml").read_text(encoding="utf-8"))


def written(path: Path, values: dict[str, Any]) -> Path:
    """Write what was read as TOML again: tables, lists of tables, lists, words, numbers and yes or no are all there is."""
    path.write_text("\n".join(f"{key} = {_value(value)}" for key, value in values.items()), encoding="utf-8")
    return path


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_what_is_read_is_what_stands_there(tmp_path: Path):
    found = read(written(tmp_path / "recovery.toml", whole()))
    assert found == presets()["recovery"]
    assert isinstance(found, Preset)
    assert dataclasses.is_dataclass(found.retention)


def change(values: dict[str, Any], where: tuple[Any, ...], to: Any) -> dict[str, Any]:
    """Set one place in what was read; without `to`, take it away."""
    place: Any = values
    for step in where[:-1]:
        place = place[step]
    if to is None:
        del place[where[-1]]
    else:
        place[where[-1]] = to
    return values


BROKEN = [
    (("features",), None, "features"),
    (("features",), [], "features"),
    (("features",), 3, "features"),
    (("features",), ["Check-ins"], "features.0"),
    (("features",), ["checkins", "checkins"], "twice"),
    (("colour",), 3, "colour"),
    (("rules",), ["pass"], "rules"),
    (("rules",), ["pass"] * 3, "twice"),
    (("rules",), [f"rule_{n}" for n in range(11)], "rules"),
    (("reasons",), [], "reasons"),
    (("training",), [], "training"),
    (("roles",), [{"purpose": "leader"}], "moderator"),
    (("roles", 0, "purpose"), "a_purpose_that_is_too_long", "roles.0.purpose"),
    (("channels", 0, "access"), "shout", "channels.0.access"),
    (("channels", 0, "panel"), None, "start"),
    (("channels", 0, "shared"), "yes", "channels.0.shared"),
    (("channels", 1, "purpose"), "start", "twice"),
    (("channels", 5), None, "moderators"),
    (("channels", 0, "colour"), "red", "colour"),
    (("formats",), [], "formats"),
    (("formats", 0, "phases"), [], "phases"),
    (("formats", 0, "phases", 0, "minutes"), 0, "minutes"),
    (("formats", 0, "phases", 0, "minutes"), 121, "minutes"),
    (("formats", 0, "phases", 0, "minutes"), "5", "minutes"),
    (("formats", 0, "phases", 0, "cross_talk"), None, "cross_talk"),
    (("formats", 1, "name"), "twelve_step", "twice"),
    (("retention",), None, "retention"),
    (("retention", "audit"), 366, "retention.audit"),
    (("retention", "shared_notes"), 0, "retention.shared_notes"),
    (("retention", "forever"), 1, "forever"),
]


@pytest.mark.parametrize(("where", "to", "named"), BROKEN, ids=[str(number) for number in range(len(BROKEN))])
def test_a_broken_programme_file_is_named_with_its_key(tmp_path: Path, where: tuple[Any, ...], to: Any, named: str):
    path = written(tmp_path / "broken.toml", change(whole(), where, to))
    with pytest.raises(OperatorError) as caught:
        read(path)
    assert all("broken.toml" in finding for finding in caught.value.findings)
    assert any(named in finding for finding in caught.value.findings)


@pytest.mark.parametrize("content", [b"features = [", b"features = [\xff]", b""], ids=["open", "not text", "empty"])
def test_a_file_that_is_no_programme_at_all_is_named(tmp_path: Path, content: bytes):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(OperatorError) as caught:
        read(path)
    assert all("broken.toml" in finding for finding in caught.value.findings)


def test_everything_that_is_wrong_with_a_file_is_said_at_once(tmp_path: Path):
    values = change(change(whole(), ("features",), None), ("retention", "audit"), 9_999)
    with pytest.raises(OperatorError) as caught:
        read(written(tmp_path / "broken.toml", values))
    said = "\n".join(caught.value.findings)
    assert "features" in said
    assert "retention.audit" in said
