"""What leaders write for everybody is kept as they mean it, and whatever hides in it is not."""

import pytest

from bot.domain import programme_texts as rules
from bot.domain.presets import TEXT_NAMES
from bot.errors import PeerError
from bot.texts import Texts
from data.programmes import presets
from tests.store.rows import HOSTILE


@pytest.mark.parametrize("name", TEXT_NAMES)
def test_a_text_may_be_as_long_as_its_limit_and_not_longer(name: str) -> None:
    limit = rules.LIMITS[name]
    assert rules.settle(name, "é" * limit + "   \n") == "é" * limit
    with pytest.raises(PeerError) as caught:
        rules.settle(name, "é" * (limit + 1))
    assert (caught.value.key, caught.value.args_for_text) == ("leaders.texts.too_long", {"limit": limit})


@pytest.mark.parametrize("nothing", ["", "  \n\t ", "\u200b\u200e\u2066", "\x00\x07", "\u3000"])
def test_nothing_to_be_seen_means_the_words_that_come_with_it(nothing: str) -> None:
    for name in TEXT_NAMES:
        assert rules.settle(name, nothing) == ""


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_what_hides_is_taken_out_and_what_is_meant_stays(number: int) -> None:
    kept = rules.settle("opening", f"a{HOSTILE[number][:1_400]}b\x1b[31m\u202e\u2066c")
    assert kept.startswith("a")
    assert kept.endswith("b[31mc")
    assert not set(kept) & set("\x00\x1b\u202e\u2066\r")
    assert rules.settle("opening", kept) == kept


def test_a_question_is_one_line() -> None:
    assert rules.settle("question", " How\r\nare \t you?\u2028 ") == "How are you?"
    assert rules.settle("rules", "one\r\ntwo") == "one\ntwo"


@pytest.mark.parametrize(
    "invitation",
    [
        "discord.gg/abc",
        "come to https://discord.gg/abc now",
        "DISCORD.GG/abc",
        "https://discord.com/invite/abc",
        "https://discordapp.com/invite/abc",
        "ｄｉｓｃｏｒｄ．ｇｇ／abc",
        "discord.\u200bgg/abc",
        "dis\u2060cord . gg / abc",
        "dsc.gg/abc",
    ],
)
def test_an_invitation_to_a_server_is_refused(invitation: str) -> None:
    for name in TEXT_NAMES:
        with pytest.raises(PeerError, match=r"leaders\.texts\.invitation"):
            rules.settle(name, invitation)


@pytest.mark.parametrize(
    "fine", ["We met on discord. Go on!", "https://example.org/gg/", "discord.com", "<#123> @here"]
)
def test_other_links_and_words_are_not_taken_for_one(fine: str) -> None:
    assert rules.settle("opening", fine) == fine


def test_a_text_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PeerError, match=r"error\.button_gone"):
        rules.settle("motto", "words")


def test_each_state_of_a_text_has_a_revision_of_its_own() -> None:
    assert rules.revision(None) == rules.revision("") == rules.NO_WORDS
    assert len({rules.revision(one) for one in (None, "a", "b", "0")}) == 4


@pytest.mark.parametrize("preset", sorted(presets()))
def test_the_words_that_come_with_a_programme_keep_the_limits_themselves(preset: str) -> None:
    texts = Texts.load()
    rule_lines = [f"- {texts.t('en', f'rule.{rule}')}" for rule in presets()[preset].rules]
    assert rules.settle("rules", "\n".join(rule_lines)) == "\n".join(rule_lines)
    for name in ("question", "opening", "closing"):
        said = texts.t("en", f"programme.{preset}.{name}")
        assert rules.settle(name, said) == said
