"""Where young people may be, the rules for them hold: for every programme, every answer, and in one place of the code."""

import ast
from pathlib import Path

import pytest

from bot.domain import ages
from bot.domain.ages import AgeRules
from data.programmes import presets

ROOT = Path(__file__).parents[2]
SOURCES = [p for top in ("bot", "cogs", "data") for p in sorted((ROOT / top).rglob("*.py"))]
ANSWERS = ("adults", "minors", "both", None)
WITH_YOUNG_PEOPLE = ("minors", "both", None)
IN_ONE_PLACE = "bot/domain/ages.py"
# Where the question is asked, its answers are named, and where the demo's admin gives one.
ASKED_IN = "cogs/setup/"
ANSWERED_IN = "bot/demo/"


@pytest.mark.parametrize("answer", WITH_YOUNG_PEOPLE)
def test_where_young_people_are_or_nobody_has_said_the_bot_keeps_to_what_an_adult_can_see(answer: str | None):
    rules = ages.rules(answer)
    assert rules.minors
    assert not rules.direct_messages
    assert not rules.paired_on_duty
    assert rules.adult_in_threads
    assert not rules.stories_at_first
    assert rules.child_lines


def test_among_adults_nothing_is_withheld():
    rules = ages.rules("adults")
    assert not rules.minors
    assert rules.direct_messages
    assert rules.paired_on_duty
    assert not rules.adult_in_threads
    assert rules.stories_at_first
    assert not rules.child_lines


def test_both_counts_as_young_people():
    assert ages.rules("both") == ages.rules("minors") != ages.rules("adults")


@pytest.mark.parametrize("answer", ["", "Adults", "adults ", "ADULTS", "adult", "all", "18+", "none", "null", "\x00"])
def test_an_answer_that_is_not_known_counts_as_young_people(answer: str):
    assert ages.rules(answer).minors


def test_every_rule_is_decided_by_who_the_members_are():
    decided = {name for name, found in vars(AgeRules).items() if isinstance(found, property)}
    assert decided == {"direct_messages", "paired_on_duty", "adult_in_threads", "stories_at_first", "child_lines"}
    for name in decided:
        assert getattr(ages.rules("adults"), name) is not getattr(ages.rules("minors"), name)


@pytest.mark.parametrize("name", sorted(presets()))
def test_no_programme_has_an_age_of_its_own_or_loosens_a_rule(name: str):
    """The rules are the guild's, whatever programme it runs: a preset has no field that could change them."""
    fields = set(presets()[name].__dataclass_fields__)
    assert not [field for field in fields if "age" in field.split("_") or "ages" in field or "minor" in field]
    switched_on = {"stories", "on_duty", "pairing"} & set(presets()[name].features)
    assert not switched_on, f"{switched_on} must ask bot.domain.ages before it is part of a programme"


# -- the rules stand in one place -------------------------------------------------------------------------------------


def where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def named_in(tree: ast.AST) -> list[ast.Constant]:
    """Return every place in which one of the answers stands as a word of the program."""
    wanted = {answer for answer in ANSWERS if answer}
    return [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value in wanted]


def compared_in(tree: ast.AST) -> list[ast.Constant]:
    """Return the answers that something is compared with, looked up among or matched against."""
    deciding = (ast.Compare, ast.match_case)
    return [found for node in ast.walk(tree) if isinstance(node, deciding) for found in named_in(_test_of(node))]


def _test_of(node: ast.Compare | ast.match_case) -> ast.AST:
    return node if isinstance(node, ast.Compare) else node.pattern


@pytest.mark.parametrize("path", SOURCES, ids=where)
def test_who_the_members_are_is_judged_nowhere_else(path: Path):
    if where(path) == IN_ONE_PLACE:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = [found.lineno for found in compared_in(tree)]
    assert lines == [], f"{where(path)} decides by ages by itself: ask bot.domain.ages"
    if not where(path).startswith((ASKED_IN, ANSWERED_IN)):
        assert [found.lineno for found in named_in(tree)] == []


@pytest.mark.parametrize("path", SOURCES, ids=where)
def test_what_a_guild_said_is_compared_with_nothing_but_having_said_nothing_or_another_answer(path: Path):
    """`x.ages` may be asked whether it is there or has changed; anything else would be a rule beside the rules."""
    if where(path) == IN_ONE_PLACE or where(path).startswith(ASKED_IN):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Attribute) and side.attr == "ages" for side in sides):
                assert all(_is_ages(side) or _is_none(side) for side in sides), f"{where(path)}:{node.lineno}"


def _is_ages(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "ages"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


@pytest.mark.parametrize(
    "code",
    [
        'if guild.ages == "minors": pass',
        'x = guild.ages in ("minors", "both")',
        'x = "adults" != answer',
        'match ages:\n    case "both" | "minors": pass',
        'x = {"minors"} & chosen == {"minors"}',
    ],
)
def test_the_walk_sees_a_rule_that_stands_elsewhere(code: str):
    assert compared_in(ast.parse(code))


@pytest.mark.parametrize("code", ['ask(("adults", "minors", "both"))', 'x = "young people and adults" == y'])
def test_the_walk_leaves_the_question_itself_alone(code: str):
    assert not compared_in(ast.parse(code))
