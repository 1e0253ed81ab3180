"""Others see of a check-in what its author chose, where they chose it, and a low one only after a second yes."""

import pytest

from bot.domain.actor import Actor
from bot.domain.checkins import Mood, SeenBy
from bot.errors import PeerError
from bot.services import checkins, privacy
from tests.services.conftest import Town
from tests.store.rows import ANNA, HERE, THERE


async def words(town: Town, *, leads: bool = False) -> list[str | None]:
    return [one.entry.note for one in await town.look_around(leads=leads)]


async def share(town: Town, held_rev: str, actor: Actor | None = None) -> None:
    today = town.clock.now().date()
    await checkins.share_held(town.db, actor or town.anna, town.programme, today, held_rev=held_rev)


async def test_everybody_sees_what_is_for_the_group_and_leaders_also_what_is_for_them(each_town: Town):
    await each_town.write(4, "for me", "me")
    await each_town.write(4, "for leaders", "leaders", each_town.ben)
    await each_town.write(4, "for all", "group", Actor(42, HERE))
    assert await words(each_town) == ["for all"]
    assert sorted(await words(each_town, leads=True)) == ["for all", "for leaders"]


async def test_who_shared_is_named_by_the_id_they_have_on_discord(town: Town):
    await town.write(4, "for all", "group")
    (one,) = await town.look_around()
    assert one.user_id == ANNA
    assert str(ANNA) not in repr(one)


async def test_another_programme_and_another_guild_see_nothing(town: Town):
    await town.write(4, "for all", "group")
    assert await town.look_around(leads=True, programme=town.second) == []
    there = town.neighbour
    found = await checkins.shared(town.db, town.clock, town.vault, there, there.programmes[0], for_leaders=True)
    assert found == []


async def test_what_was_shared_is_shown_for_seven_days(town: Town):
    await town.write(4, "a week ago", "group")
    town.later(days=6)
    await town.write(4, "today", "group")
    assert await words(town) == ["today", "a week ago"]
    town.later(days=1)
    assert await words(town) == ["today"]


async def test_one_look_shows_at_most_as_many_as_a_message_takes(town: Town):
    for number in range(checkins.SHARED_LIMIT + 3):
        await town.write(4, f"number {number}", "group", Actor(number + 1, HERE))
        town.later(seconds=1)
    found = await words(town)
    assert len(found) == checkins.SHARED_LIMIT
    assert found[0] == f"number {checkins.SHARED_LIMIT + 2}"


async def test_taking_it_back_takes_it_away_from_the_others(town: Town):
    await town.write(4, "for all", "group")
    await town.write(4, "for all", "me")
    assert await words(town, leads=True) == []
    assert [entry.note for entry in await town.look_back()] == ["for all"]


@pytest.mark.parametrize("mood", [1, 2])
async def test_a_low_one_for_the_group_is_kept_to_the_person_until_they_say_it_again(each_town: Town, mood: int):
    recorded = await each_town.write(mood, "a hard day", "group")
    assert (recorded.held, recorded.seen_by) == (True, SeenBy.ME)
    assert await words(each_town, leads=True) == []
    await share(each_town, recorded.held_rev)
    assert await words(each_town) == ["a hard day"]


async def test_an_old_button_does_not_share_words_that_came_after_it(each_town: Town):
    held = await each_town.write(1, "a hard day", "group")
    each_town.later(seconds=1)
    await each_town.write(1, "only for me", "me")
    with pytest.raises(PeerError) as caught:
        await share(each_town, held.held_rev)
    assert caught.value.key == "checkins.changed"
    assert await words(each_town, leads=True) == []


@pytest.mark.parametrize(("mood", "seen_by"), [(1, "leaders"), (2, "leaders"), (3, "group"), (5, "group"), (1, "me")])
async def test_anything_else_is_shown_as_chosen(town: Town, mood: int, seen_by: str):
    recorded = await town.write(mood, "words", seen_by)
    assert (recorded.held, recorded.seen_by.value) == (False, seen_by)


async def test_a_low_tap_after_a_good_day_shown_to_the_group_is_held_with_its_note(each_town: Town):
    await each_town.write(5, "a good day", "group")
    recorded = await each_town.tap(1)
    assert (recorded.held, recorded.seen_by, recorded.has_note) == (True, SeenBy.ME, True)
    assert await words(each_town, leads=True) == []
    assert await each_town.look_back() == [checkins.Entry(recorded.day, Mood.VERY_LOW, "a good day", SeenBy.ME)]
    # A better tap afterwards does not bring it out again by itself.
    assert not (await each_town.tap(4)).held
    assert await words(each_town, leads=True) == []


async def test_a_good_tap_leaves_a_shown_day_shown(town: Town):
    await town.write(4, "for all", "group")
    recorded = await town.tap(3)
    assert (recorded.held, recorded.seen_by) == (False, SeenBy.GROUP)
    assert await words(town) == ["for all"]


async def test_nobody_shares_the_check_in_of_another(town: Town):
    held = await town.write(1, "mine", "group")
    await town.tap(3, town.ben)
    town.later(seconds=1)
    await town.tap(3, town.ben)
    for stranger, key in (
        (town.ben, "checkins.changed"),
        (Actor(42, HERE), "checkins.gone"),
        (Actor(ANNA, THERE), "checkins.gone"),
    ):
        with pytest.raises(PeerError) as caught:
            await share(town, held.held_rev, stranger)
        assert caught.value.key == key
    assert await town.look_around() == []


async def test_a_day_without_a_check_in_cannot_be_shown(town: Town):
    held = await town.write(1, "words", "group")
    town.later(days=1)
    with pytest.raises(PeerError) as caught:
        await share(town, held.held_rev)
    assert caught.value.key == "checkins.gone"


async def test_what_an_erased_person_shared_is_gone_for_the_others(each_town: Town):
    held = await each_town.write(1, "for all", "group")
    await share(each_town, held.held_rev)
    await each_town.write(4, "for all too", "group", each_town.ben)
    await privacy.erase(each_town.db, each_town.anna)
    assert await words(each_town, leads=True) == ["for all too"]
    with pytest.raises(PeerError):
        await share(each_town, held.held_rev)
