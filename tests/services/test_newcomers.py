"""A newcomer is greeted when they want it, by one leader, and can take it back; nothing is kept without a yes."""

import asyncio
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.errors import PeerError
from bot.services import newcomers, privacy
from bot.services.newcomers import Arrival, Wish
from data.schema import greetings, people
from tests.services.conftest import Town
from tests.store.rows import ANNA, HERE, THERE

LEO, LIA = Actor(31, HERE), Actor(32, HERE)


async def asked(town: Town, actor: Actor | None = None) -> Wish:
    """Let somebody agree and ask for a hello."""
    actor = actor or town.anna
    await newcomers.agree(town.db, town.clock, actor, town.programme)
    return await newcomers.ask(town.db, town.clock, actor, town.programme)


async def take(town: Town, actor: Actor, wish: Wish) -> tuple[Wish, bool]:
    return await newcomers.take(town.db, town.clock, actor, town.programme, wish.id)


async def arrive(town: Town, actor: Actor | None = None) -> Arrival:
    return await newcomers.arrive(town.db, actor or town.anna, town.programme)


async def test_before_the_yes_nothing_is_kept(each_town: Town) -> None:
    town = each_town
    assert await arrive(town) == Arrival(agreed=False, wish=None)
    with pytest.raises(PeerError) as error:
        await newcomers.ask(town.db, town.clock, town.anna, town.programme)
    assert error.value.key == "newcomers.not_agreed"
    assert await newcomers.take_back(town.db, town.anna, town.programme) is None
    assert await town.rows(people) == []
    assert await town.rows(greetings) == []


async def test_the_yes_is_one_for_the_whole_bot_and_keeps_its_day(each_town: Town) -> None:
    town = each_town
    await newcomers.agree(town.db, town.clock, town.anna, town.programme)
    (first,) = await town.rows(people)
    town.later(days=3)
    await newcomers.agree(town.db, town.clock, town.anna, town.programme)
    assert await town.rows(people) == [first]
    neighbour = town.neighbour.programmes[0]
    there = Actor(ANNA, THERE)
    assert (await newcomers.arrive(town.db, there, neighbour)).agreed
    await newcomers.ask(town.db, town.clock, there, neighbour)
    assert (await town.tap(3, agreed=False)).mood.value == 3


async def test_asked_twice_it_is_one_wish(each_town: Town) -> None:
    first = await asked(each_town)
    again = await asked(each_town)
    assert first == again == Wish(first.id, ANNA, None, None, None)
    assert not first.is_posted
    assert (await arrive(each_town)).wish == first


async def test_where_leaders_were_told_is_remembered(each_town: Town) -> None:
    town = each_town
    wish = await asked(town)
    assert await newcomers.remember_told(town.db, town.programme, wish, channel_id=7, message_id=8)
    again = await asked(town)
    assert (again.channel_id, again.message_id, again.is_posted) == (7, 8, True)


async def test_a_wish_taken_back_meanwhile_is_not_remembered_as_told(each_town: Town) -> None:
    town = each_town
    wish = await asked(town)
    assert await newcomers.take_back(town.db, town.anna, town.programme) == wish
    assert not await newcomers.remember_told(town.db, town.programme, wish, channel_id=7, message_id=8)
    assert await newcomers.take_back(town.db, town.anna, town.programme) is None


async def test_of_two_leaders_at_once_one_greets_and_both_hear_who(each_town: Town) -> None:
    town = each_town
    wish = await asked(town)
    (one, one_new), (other, other_new) = await asyncio.gather(take(town, LEO, wish), take(town, LIA, wish))
    assert sorted([one_new, other_new]) == [False, True]
    assert one.greeter_id == other.greeter_id == (LEO if one_new else LIA).user_id
    assert one.newcomer_id == ANNA
    assert (await arrive(town)).wish == one


async def test_whoever_took_it_may_press_again_and_nothing_changes(town: Town) -> None:
    wish = await asked(town)
    await take(town, LEO, wish)
    before = await town.rows(greetings)
    town.later(hours=1)
    assert (await take(town, LEO, wish))[1] is False
    assert await town.rows(greetings) == before


async def test_nobody_greets_themselves(town: Town) -> None:
    wish = await asked(town)
    with pytest.raises(PeerError) as error:
        await take(town, town.anna, wish)
    assert error.value.key == "newcomers.yourself"


@pytest.mark.parametrize("how", ["taken back", "erased"])
async def test_a_wish_that_is_gone_cannot_be_taken(each_town: Town, how: str) -> None:
    town = each_town
    wish = await asked(town)
    if how == "erased":
        await privacy.erase(town.db, town.anna)
    else:
        await newcomers.take_back(town.db, town.anna, town.programme)
    with pytest.raises(PeerError) as error:
        await take(town, LEO, wish)
    assert error.value.key == "newcomers.taken_back"


async def test_once_the_greeter_is_erased_another_may_greet(each_town: Town) -> None:
    town = each_town
    wish = await asked(town)
    await newcomers.remember_told(town.db, town.programme, wish, channel_id=7, message_id=8)
    await take(town, LEO, wish)
    await privacy.erase(town.db, LEO)
    assert (await arrive(town)).wish is None
    again = await asked(town)
    assert again == Wish(again.id, ANNA, None, None, None)
    assert again.id != wish.id
    taken, is_new = await take(town, LIA, again)
    assert (taken.greeter_id, is_new) == (LIA.user_id, True)


async def test_another_guild_and_another_programme_reach_no_wish(each_town: Town) -> None:
    town = each_town
    wish = await asked(town)
    for programme in (town.second, town.neighbour.programmes[0]):
        actor = Actor(31, programme.guild_id)
        with pytest.raises(PeerError) as error:
            await newcomers.take(town.db, town.clock, actor, programme, wish.id)
        assert error.value.key == "newcomers.taken_back"
        assert await newcomers.take_back(town.db, Actor(ANNA, programme.guild_id), programme) is None
        assert not await newcomers.remember_told(town.db, programme, wish, channel_id=1, message_id=2)
    assert (await arrive(town)).wish == wish


@pytest.mark.parametrize("token", ["", "0", "x" * 200, "' OR 1=1 --"])
async def test_a_crafted_id_reaches_nothing(town: Town, token: str) -> None:
    await asked(town)
    with pytest.raises(PeerError):
        await newcomers.take(town.db, town.clock, LEO, town.programme, token)


async def test_what_is_printed_names_nobody(town: Town) -> None:
    wish = await asked(town)
    assert str(ANNA) not in repr(wish)
    assert str(ANNA) not in repr(await arrive(town))


async def copy_of(town: Town, actor: Actor) -> dict[str, list[dict[str, Any]]]:
    return await privacy.export(town.db, actor, town.vault)


async def test_whoever_greets_finds_it_in_their_copy_and_nothing_of_the_newcomer(each_town: Town) -> None:
    town = each_town
    wish = await asked(town)
    await take(town, LEO, wish)
    copy = await copy_of(town, LEO)
    assert copy["greetings (greeter)"] == [{"guild_id": HERE, "greeted_at": town.clock.now().isoformat()}]
    assert str(ANNA) not in str(copy)
    assert wish.id not in str(copy)
    assert "greetings (greeter)" not in await copy_of(town, town.anna)
    assert set(await copy_of(town, LIA)) == set()


async def test_of_a_leader_who_only_greeted_nothing_is_left_once_it_is_taken_back(each_town: Town) -> None:
    town = each_town
    await take(town, LEO, await asked(town))
    await newcomers.take_back(town.db, town.anna, town.programme)
    assert [row["user_id"] for row in await town.rows(people)] == [ANNA]
