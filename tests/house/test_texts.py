"""What holds for every sentence: it stands in the texts, fits where it is shown, and is used."""

import ast
import datetime as dt
import re
from pathlib import Path

import pytest

from bot.services import meetings, notices, rsvps, runs
from bot.texts import FOLDER, Texts
from data.schema import metadata

ROOT = Path(__file__).parents[2]
SOURCES = [p for top in ("bot", "cogs", "data") for p in sorted((ROOT / top).rglob("*.py"))]
FEATURES = (
    "admin",
    "checkins",
    "consent",
    "delivery",
    "error",
    "feeds",
    "format",
    "help",
    "leaders",
    "meetings",
    "mentions",
    "newcomers",
    "phase",
    "privacy",
    "programme",
    "reach",
    "reason",
    "right",
    "rotations",
    "rule",
    "runs",
    "settings",
    "setup",
    "training",
    "welcome",
    "which",
)
NO_KEYS = {notices.KIND, runs.OVERTIME, runs.CHECK, runs.CLOSE}
NO_KEYS |= {rsvps.OFFER_OVER, meetings.TURN}
NO_KEYS |= {str(column) for table in metadata.sorted_tables for column in table.columns}
"""What looks like a key and is a kind of message, or a column."""


def keys() -> list[str]:
    text = (FOLDER / "en" / "peerled.po").read_text(encoding="utf-8")
    return re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)


def asked_for() -> set[str]:
    """Return what code asks for: whole keys, and for keys made from parts a pattern with `*` for each part."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else "*" for p in node.values]
                said = "".join(str(part) for part in parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                said = node.value
            else:
                continue
            if said.split(".")[0] in FEATURES and re.fullmatch(r"[a-z_]+(\.[a-z_0-9*]+)+", said):
                found.add(said)
    return found - (NO_KEYS - set(keys()))


def matches(asked: str, key: str) -> bool:
    return re.fullmatch(re.escape(asked).replace(r"\*", "[a-z_0-9.]+"), key) is not None


def test_no_key_stands_twice() -> None:
    assert len(keys()) == len(set(keys()))


@pytest.mark.parametrize("asked", sorted(asked_for()))
def test_every_sentence_that_code_asks_for_is_there(asked: str) -> None:
    assert any(matches(asked, key) for key in keys())


def test_no_sentence_is_kept_that_nothing_asks_for() -> None:
    wanted = asked_for()
    assert [key for key in keys() if not any(matches(asked, key) for asked in wanted)] == []


def test_buttons_and_descriptions_are_short_enough() -> None:
    texts = Texts.load()
    for key in keys():
        said = texts.t("en", key, **dict.fromkeys(re.findall(r"{(\w+)}", texts._find("en", key, None) or ""), ""))
        if ".button." in key:
            assert len(said) <= 80, key
        if key.endswith(".command") or ".command." in key:
            assert len(said) <= 100, key
        if key.startswith("checkins.form.") or key.startswith("consent.form."):
            assert len(said) <= (100 if key.endswith((".hint", ".description", ".agree")) else 45), key


def test_an_unknown_key_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(KeyError, match=r"no\.such\.thing"):
        Texts.load().t("en", "no.such.thing")


def test_an_unknown_language_is_answered_in_english() -> None:
    texts = Texts.load()
    assert texts.t("xx-YY", "checkins.mood.good") == texts.t("en", "checkins.mood.good") == "Good"


def test_what_people_wrote_is_never_read_as_a_template() -> None:
    assert "{danger}" in Texts.load().t("en", "checkins.line", day="{danger}", mood="{0.__class__}")


@pytest.mark.parametrize(
    ("locale", "day", "days"),
    [
        ("en-GB", "3 Nov", "Mon-Fri"),
        ("en-US", "Nov 3", "Mon-Fri"),
        ("zh-CN", "Nov 3", "Mon-Fri"),
        ("ja", "Nov 3", "Mon-Fri"),
        ("de", "Nov 3", "Mon-Fri"),
        ("en-XX", "Nov 3", "Mon-Fri"),
        ("no-such-thing", "Nov 3", "Mon-Fri"),
        (None, "Nov 3", "Mon-Fri"),
    ],
)
def test_dates_speak_the_language_of_the_sentence_they_stand_in(locale: str | None, day: str, days: str) -> None:
    texts = Texts.load()
    assert texts.language(locale) == "en"
    assert texts.day(locale, dt.date(2026, 11, 3)) == day
    assert texts.days(locale, frozenset(range(5))) == days


def test_dates_are_written_as_the_persons_region_does_in_every_language_we_speak(tmp_path: Path) -> None:
    for language in ("en", "de"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "peerled.po").write_bytes((FOLDER / "en" / "peerled.po").read_bytes())
    texts = Texts.load(tmp_path)
    assert texts.day("de", dt.date(2026, 11, 3)) == "3. Nov."
    assert texts.day("es-ES", dt.date(2026, 11, 3)) == "Nov 3"


@pytest.mark.parametrize("key", ["privacy.text", "privacy.ask", "privacy.erased", "privacy.erased.log_left"])
def test_whoever_erases_is_told_what_stays_in_discord(key: str) -> None:
    said = Texts.load().t("en", key)
    assert "What stands in Discord stays there: a request to moderators or leaders, and the private thread" in said
