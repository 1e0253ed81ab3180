"""What comes with a programme can be read before anything is made: all of it, and plainly apart what is not there yet."""

import re
from typing import Any

import pytest

from bot.kit.call import CONTENT_LIMIT
from bot.texts import Texts
from cogs.setup import _about
from data.programmes import presets

TEXTS = Texts.load()
each = pytest.mark.parametrize("name", sorted(presets()))


class Reader:
    """Somebody who reads English, or a language that takes `longer` times as many letters."""

    def __init__(self, longer: int = 1) -> None:
        self.longer = longer

    def t(self, key: str, **args: Any) -> str:
        said = TEXTS.t("en", key, **args)
        return said * self.longer if key.startswith(("rule.", "training.", "reason.")) else said


def ids(reply: Any) -> list[str]:
    return [item.custom_id for item in reply.view.children]


def read(name: str, reader: Reader | None = None, **how: Any) -> Any:
    return _about.screen(reader or Reader(), presets()[name], back="setup:step:abc.preset", **how)


@each
async def test_the_first_page_says_every_rule_and_all_that_leaders_learn_and_nothing_that_is_not_there_yet(name: str):
    preset, reply = presets()[name], read(name, turn="setup:about:abc.later")
    for key in (*(f"rule.{one}" for one in preset.rules), *(f"training.{one}" for one in preset.training)):
        assert f"- {TEXTS.t('en', key)}" in reply.content.splitlines()
    for part in ("name", "about", "leader", "question"):
        assert TEXTS.t("en", f"programme.{name}.{part}") in reply.content
    assert TEXTS.t("en", "setup.about.planned") not in reply.content
    assert ids(reply) == ["setup:about:abc.later", "setup:step:abc.preset"]


@each
async def test_the_second_page_calls_planned_what_is_planned(name: str):
    preset, reply = presets()[name], read(name, turn="setup:about:abc", later=True)
    assert reply.content.startswith(TEXTS.t("en", "setup.about.planned"))
    for reason in preset.reasons:
        assert f"- {TEXTS.t('en', f'reason.{reason}')}" in reply.content.splitlines()
    for meeting in preset.formats:
        (line,) = [
            one for one in reply.content.splitlines() if one.startswith(f"- {TEXTS.t('en', f'format.{meeting.name}')}")
        ]
        total, *minutes = map(int, re.findall(r"(?<=[ ,])(\d+)(?= min| ↔| ·|$)", line))
        assert (total, minutes) == (meeting.minutes, [phase.minutes for phase in meeting.phases])
        assert line.count("↔") == sum(phase.cross_talk for phase in meeting.phases)
    kept = preset.retention
    for days in (kept.unpublished_stories, kept.closed_flags, kept.past_meetings, kept.past_terms, kept.audit):
        assert str(days) in reply.content.splitlines()[-1]
    assert ids(reply) == ["setup:about:abc", "setup:step:abc.preset"]


@each
async def test_each_page_fits_into_a_message_with_room_for_a_longer_language(name: str):
    for later in (False, True):
        assert len(read(name, turn="t", later=later).content) * 5 // 4 <= CONTENT_LIMIT


@each
@pytest.mark.parametrize("longer", [1, 2, 4])
async def test_one_page_alone_is_never_cut_inside_a_sentence(name: str, longer: int):
    reply = read(name, Reader(longer))
    assert len(reply.content) <= CONTENT_LIMIT
    whole = _about.BETWEEN.join(
        [*_about._now(Reader(longer), presets()[name]), *_about._planned(Reader(longer), presets()[name])]
    )
    more = TEXTS.t("en", "setup.about.more")
    shown = reply.content.removesuffix(more).rstrip("\n")
    assert whole.startswith(shown)
    assert whole == shown or (reply.content.endswith(more) and whole[len(shown) :].startswith(_about.BETWEEN))
    assert ids(reply) == ["setup:step:abc.preset"]
