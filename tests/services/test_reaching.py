"""How people are reached: chosen once in each guild, changed when it was closed, gone with an erasure."""

import datetime as dt

import pytest

from bot.domain.quiet import Quiet
from bot.domain.reaching import Reach, Sending
from bot.services import privacy, reaching, settings
from bot.steps.members import NeedsConsent
from data.schema import people, reaches
from tests.services.conftest import Town
from tests.store.rows import ANNA, HERE, NOON, THERE


async def choose(town: Town, way: str = "thread", channel_id: int | None = 5, guild_id: int = HERE) -> None:
    await reaching.choose(
        town.db,
        town.clock,
        guild_id,
        ANNA,
        way,  # type: ignore[arg-type]  # as a test names it
        channel_id=channel_id,
        agreed=True,
    )


async def test_somebody_who_never_chose_has_no_way_and_nothing_is_known_of_them(each_town: Town) -> None:
    assert await reaching.way_of(each_town.db, HERE, ANNA) is None
    assert await reaching.standing(each_town.db, HERE, ANNA) == reaching.Standing(agreed=False)


async def test_before_the_first_yes_nothing_is_stored(each_town: Town) -> None:
    with pytest.raises(NeedsConsent):
        await reaching.choose(each_town.db, each_town.clock, HERE, ANNA, "nowhere")
    assert await each_town.rows(people) == []
    assert await each_town.rows(reaches) == []


async def test_the_same_person_has_two_ways_in_two_guilds(each_town: Town) -> None:
    await choose(each_town, "thread", 5)
    await choose(each_town, "dm", 6, THERE)
    assert await reaching.way_of(each_town.db, HERE, ANNA) == Reach("thread", 5)
    assert await reaching.way_of(each_town.db, THERE, ANNA) == Reach("dm", 6)


async def test_a_yes_in_one_guild_holds_in_the_other_and_a_way_does_not(each_town: Town) -> None:
    await choose(each_town)
    assert await reaching.standing(each_town.db, THERE, ANNA) == reaching.Standing(agreed=True)
    await reaching.choose(each_town.db, each_town.clock, THERE, ANNA, "nowhere")


async def test_quiet_hours_zone_and_pause_come_with_the_way(each_town: Town) -> None:
    town = each_town
    await choose(town)
    await settings.set_zone(town.db, town.clock, town.anna, "Asia/Tokyo")
    await settings.set_quiet(town.db, town.clock, town.anna, Quiet(60, 30))
    await settings.pause(town.db, town.clock, town.anna, "day")
    standing = await reaching.standing(town.db, HERE, ANNA)
    assert standing.sending == Sending("Asia/Tokyo", Quiet(60, 30), NOON, NOON + dt.timedelta(days=1))


async def test_a_way_that_moved_is_told_once(each_town: Town) -> None:
    town = each_town
    await choose(town, "dm", 5)
    was, now = Reach("dm", 5), Reach("thread", 9, NOON)
    assert await reaching.moved(town.db, HERE, ANNA, was=was, now=now)
    assert await reaching.way_of(town.db, HERE, ANNA) == now
    assert await reaching.told_of_closing(town.db, HERE, ANNA) == NOON
    assert await reaching.told_of_closing(town.db, HERE, ANNA) is None
    assert await reaching.way_of(town.db, HERE, ANNA) == Reach("thread", 9)


async def test_a_choice_made_meanwhile_is_not_overwritten(each_town: Town) -> None:
    await choose(each_town, "dm", 5)
    await choose(each_town, "nowhere", None)
    assert not await reaching.moved(each_town.db, HERE, ANNA, was=Reach("dm", 5), now=Reach("thread", 9, NOON))
    assert await reaching.way_of(each_town.db, HERE, ANNA) == Reach("nowhere")


async def test_somebody_erased_meanwhile_does_not_come_back(each_town: Town) -> None:
    await choose(each_town, "dm", 5)
    await privacy.erase(each_town.db, each_town.anna)
    assert not await reaching.moved(each_town.db, HERE, ANNA, was=Reach("dm", 5), now=Reach("thread", 9, NOON))
    assert await reaching.told_of_closing(each_town.db, HERE, ANNA) is None
    assert await each_town.rows(reaches) == []
    assert await each_town.rows(people) == []


async def test_the_copy_of_ones_data_holds_every_setting_and_both_ways(each_town: Town) -> None:
    town = each_town
    await choose(town, "thread", 5)
    await choose(town, "dm", 6, THERE)
    await settings.set_quiet(town.db, town.clock, town.anna, Quiet(60, 30))
    await settings.set_language(town.db, town.clock, town.anna, "en")
    await settings.set_country(town.db, town.clock, town.anna, "GB")
    await settings.set_zone(town.db, town.clock, town.anna, "Asia/Tokyo")
    await settings.pause(town.db, town.clock, town.anna, "open")
    copy = await privacy.export(town.db, town.anna, town.vault)
    (person,) = copy["people"]
    kept = {"locale": "en", "country": "GB", "zone": "Asia/Tokyo", "quiet_from": 60, "quiet_until": 30}
    assert kept.items() <= person.items()
    assert person["paused_at"] == NOON.isoformat()
    assert sorted((row["way"], row["channel_id"]) for row in copy["reaches"]) == [("dm", 6), ("thread", 5)]


async def test_direct_messages_stay_closed_until_one_gets_through_or_they_are_chosen_anew(each_town: Town) -> None:
    await choose(each_town, "dm", 5)
    closed = Reach("dm", 5, NOON)
    assert await reaching.moved(each_town.db, HERE, ANNA, was=Reach("dm", 5), now=closed)
    for _ in range(2):
        assert await reaching.told_of_closing(each_town.db, HERE, ANNA) == NOON
    await choose(each_town, "dm", 5)
    assert await reaching.told_of_closing(each_town.db, HERE, ANNA) is None


@pytest.mark.parametrize("earlier", [None, Reach("nowhere"), Reach("dm", 6, NOON)], ids=["none", "nowhere", "dm"])
async def test_a_way_that_could_not_be_opened_gives_way_to_the_earlier_one_here_and_nowhere_else(
    each_town: Town, earlier: Reach | None
) -> None:
    await choose(each_town, "thread", 7)
    await choose(each_town, "thread", 7, THERE)
    await reaching.put_back(each_town.db, HERE, ANNA, was=Reach("thread", 7), now=earlier)
    assert await reaching.way_of(each_town.db, HERE, ANNA) == earlier
    assert await reaching.way_of(each_town.db, THERE, ANNA) == Reach("thread", 7)


async def test_a_way_chosen_meanwhile_is_not_put_back(each_town: Town) -> None:
    await choose(each_town, "nowhere", None)
    await reaching.put_back(each_town.db, HERE, ANNA, was=Reach("thread", 7), now=None)
    assert await reaching.way_of(each_town.db, HERE, ANNA) == Reach("nowhere")


async def test_nothing_is_put_back_for_somebody_erased_meanwhile(each_town: Town) -> None:
    await choose(each_town, "thread", 7)
    await privacy.erase(each_town.db, each_town.anna)
    await reaching.put_back(each_town.db, HERE, ANNA, was=Reach("thread", 7), now=Reach("nowhere"))
    assert await each_town.rows(reaches) == []
    assert await each_town.rows(people) == []
