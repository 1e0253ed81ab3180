"""What is kept about a person is theirs to see, to take along and to erase, in every guild at once."""

import json

import pytest

from bot.domain.actor import Actor
from bot.services import privacy
from bot.steps.members import NeedsConsent
from data.schema import checkins, members, people
from data.vault import Vault
from tests.services.conftest import Town
from tests.store.rows import ANNA, HERE, THERE, everything


async def copy_of(town: Town, actor: Actor) -> dict:
    return await privacy.export(town.db, actor, town.vault)


async def test_a_copy_holds_what_was_said_in_every_guild_and_opens_the_words(each_town: Town):
    await each_town.write(4, "rang somebody", "leaders")
    await each_town.tap(2, Actor(ANNA, THERE), programme=each_town.neighbour.programmes[0])
    copy = await copy_of(each_town, each_town.anna)
    assert [(row["guild_id"], row["mood"], row.get("note")) for row in copy["checkins"]] in (
        [(HERE, 4, "rang somebody"), (THERE, 2, None)],
        [(THERE, 2, None), (HERE, 4, "rang somebody")],
    )
    assert copy["people"][0]["user_id"] == ANNA
    assert copy["people"][0]["consented_on"] == "2026-03-10"
    assert {row["guild_id"] for row in copy["members"]} == {HERE, THERE}
    assert json.loads(json.dumps(copy)) == copy


async def test_a_copy_can_be_asked_for_outside_of_any_guild(town: Town):
    await town.write(4, "rang somebody")
    assert await copy_of(town, Actor(ANNA, None)) == await copy_of(town, town.anna)


async def test_a_copy_holds_nothing_of_others(town: Town):
    await town.write(4, "mine")
    await town.write(4, "for all", "group", town.ben)
    copy = json.dumps(await copy_of(town, town.anna))
    assert "mine" in copy
    assert "for all" not in copy
    assert str(town.ben.user_id) not in copy


async def test_there_is_no_copy_of_somebody_of_whom_nothing_is_kept(town: Town):
    assert await copy_of(town, town.anna) == {}


async def test_erasing_takes_everything_everywhere_and_asks_anew_afterwards(each_town: Town):
    await each_town.write(4, "rang somebody")
    await each_town.tap(2, Actor(ANNA, THERE), programme=each_town.neighbour.programmes[0])
    await each_town.tap(5, each_town.ben)
    bens = await copy_of(each_town, each_town.ben)
    await privacy.erase(each_town.db, Actor(ANNA, None))
    assert await copy_of(each_town, each_town.anna) == {}
    assert await copy_of(each_town, each_town.ben) == bens
    assert [row["user_id"] for row in await each_town.rows(people)] == [each_town.ben.user_id]
    assert len(await each_town.rows(checkins)) == 1
    assert len(await each_town.rows(members)) == 3
    with pytest.raises(NeedsConsent):
        await each_town.tap(3, agreed=False)


async def test_whoever_comes_back_is_somebody_new(each_town: Town):
    await each_town.write(4, "before")
    (before,) = await each_town.rows(members)
    await privacy.erase(each_town.db, each_town.anna)
    assert (await each_town.tap(3)).days_of_week == 1
    now = {row["ref"]: row["person_id"] for row in await each_town.rows(members)}
    assert now.pop(before["ref"]) is None
    assert list(now.values()) == [(await each_town.rows(people))[0]["id"]]
    assert [entry.note for entry in await each_town.look_back()] == [None]


async def test_erasing_twice_or_when_nothing_is_kept_is_harmless(town: Town):
    await town.tap(4)
    await privacy.erase(town.db, town.anna)
    once = await town.db.read(everything)
    await privacy.erase(town.db, town.anna)
    await privacy.erase(town.db, Actor(42, HERE))
    assert await town.db.read(everything) == once


async def test_a_year_of_check_ins_is_erased_whole(town: Town):
    for _ in range(410):
        await town.tap(3)
        town.later(days=1)
    assert len(await town.rows(checkins)) == 410
    await privacy.erase(town.db, town.anna)
    assert await town.rows(checkins) == []
    assert await town.rows(people) == []


async def test_words_that_cannot_be_opened_cost_their_own_line_and_never_the_copy(town: Town):
    await town.write(4, "rang somebody")
    copy = await privacy.export(town.db, town.anna, Vault(bytes(32)))
    (row,) = copy["checkins"]
    assert (row["mood"], row["note"]) == (4, None)
    assert row["unreadable"] == ["note"]
