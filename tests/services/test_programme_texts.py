"""Words for everybody: what is kept holds at once, two editors lose nothing, and back is always possible."""

import asyncio

import pytest

from bot.domain.programme_texts import NO_WORDS, revision
from bot.errors import PeerError
from bot.services import programme_texts
from bot.services.guilds import Guilds
from bot.services.programme_texts import Changed
from tests.services.conftest import Town
from tests.store.rows import HERE, HOSTILE


async def change(
    town: Town, written: str, *, was: str = NO_WORDS, name: str = "rules", comes_with: str = "- As it comes.\n- Always."
):
    known = Guilds(town.db)
    await known.get(HERE)
    kept = await programme_texts.change(
        town.db, town.clock, known, town.programme, name, written, was=was, comes_with=comes_with
    )
    shown = (await known.get(HERE)).programme(town.programme.id).texts.get(name)
    assert shown == kept
    return kept


async def said(town: Town, name: str = "rules") -> str | None:
    return await programme_texts.said(town.db, town.programme, name)


async def test_own_words_hold_from_the_next_look_on_and_only_in_this_programme(each_town: Town):
    assert await said(each_town) is None
    assert await change(each_town, " Be kind. \r\n") == "Be kind."
    assert await said(each_town) == "Be kind."
    assert await programme_texts.said(each_town.db, each_town.second, "rules") is None


async def test_an_empty_text_brings_back_the_words_that_come_with_it(each_town: Town):
    await change(each_town, "Be kind.")
    assert await change(each_town, " \u200b\u202e ", was=revision("Be kind.")) is None
    assert await said(each_town) is None


async def test_words_sent_back_as_they_came_stay_the_programme_s_own(town: Town):
    assert await change(town, "- As it comes.\r\n- Always.  ") is None
    await change(town, "Be kind.")
    assert await change(town, "- As it comes.\n- Always.", was=revision("Be kind.")) is None


async def test_of_two_editors_the_second_is_told_and_loses_nobody_s_words(each_town: Town):
    await change(each_town, "Theirs.")
    with pytest.raises(Changed) as caught:
        await change(each_town, "Mine.")
    assert (caught.value.key, caught.value.now) == ("leaders.texts.changed", "Theirs.")
    assert await said(each_town) == "Theirs."
    assert await change(each_town, "Mine.", was=revision("Theirs.")) == "Mine."
    with pytest.raises(Changed) as caught:
        await change(each_town, "", was=revision("Theirs."))
    assert caught.value.now == "Mine."
    await change(each_town, "", was=revision("Mine."))
    with pytest.raises(Changed) as caught:
        await change(each_town, "Late.", was=revision("Mine."))
    assert caught.value.now is None


async def test_two_editors_in_one_moment_leave_one_text(each_town: Town):
    done = await asyncio.gather(change(each_town, "One."), change(each_town, "Two."), return_exceptions=True)
    assert sum(isinstance(one, Changed) for one in done) == 1
    assert await said(each_town) in {"One.", "Two."}


async def test_the_same_text_sent_twice_is_no_quarrel(town: Town):
    await change(town, "Be kind.")
    assert await change(town, "Be kind.") == "Be kind."
    await change(town, "", was=revision("Be kind."))
    assert await change(town, "", was=revision("Be kind.")) is None


async def test_hostile_words_are_kept_as_words(town: Town):
    was = NO_WORDS
    for words in HOSTILE:
        kept = await change(town, words[:900] + "!", was=was)
        assert kept is not None
        was = revision(kept)
    assert await said(town) == kept


@pytest.mark.parametrize(
    ("name", "written", "key"),
    [
        ("rules", "x" * 1_001, "leaders.texts.too_long"),
        ("question", "x" * 201, "leaders.texts.too_long"),
        ("opening", "discord.gg/abc", "leaders.texts.invitation"),
        ("motto", "words", "error.button_gone"),
    ],
    ids=["long rules", "a long question", "an invitation", "no such text"],
)
async def test_what_may_not_be_said_is_refused_and_nothing_is_stored(town: Town, name: str, written: str, key: str):
    with pytest.raises(PeerError) as caught:
        await change(town, written, name=name)
    assert caught.value.key == key
    assert await said(town, name) is None
