"""Who comes: one press on the card, in the list or in a reminder; places, waiting, reminders; and only a number is public."""

import datetime as dt
from typing import Any

import pytest

from data.store import guilds
from tests.cogs.convening import (
    agree_before,
    answers,
    card,
    cards,
    come,
    create,
    elsewhere,
    got,
    ids,
    occurrences,
    press_at_once,
    press_card,
    press_message,
    rows,
    settle,
    until,
)
from tests.cogs.reaching import way_of
from tests.cogs.town import Town, read

pytestmark = pytest.mark.usefixtures("at_once")
HOUR = dt.timedelta(hours=1)


def begins(town: Town, key: str) -> str:
    """Return how a sentence begins, up to its first value."""
    beginning = (town.texts._find("en", key, None) or "").split("{")[0].strip()
    assert beginning, key
    return beginning


async def on_card(town: Town) -> str:
    await settle(town)
    return str((await card(town)).content)


async def the_list(town: Town, who: Any) -> Any:
    return read(await who.slash(town.general, "meetings"))


# -- one press ----------------------------------------------------------------------------------------------------------


async def test_one_press_says_that_somebody_comes_and_the_card_shows_the_number_alone(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await agree_before(town, town.mia)
    answer = await press_card(town, town.mia, "come")
    assert begins(town, "meetings.answer.yes") in answer.content
    assert begins(town, "meetings.answer.remind") in answer.content
    assert await answers(town) == ["yes"]
    said = await on_card(town)
    assert town.t("meetings.card.coming", n=1) in said
    assert "Mia" not in said
    assert str(town.mia.id) not in said


async def test_the_first_yes_comes_before_anything_is_kept_and_is_asked_once(town: Town) -> None:
    await create(town)
    answer = await press_card(town, town.mia, "come")
    assert answer.content == town.consent
    assert await answers(town) == []
    await town.press(town.mia, answer, "meetings:agree:")
    assert await answers(town) == ["yes"]
    again = await press_card(town, town.mia, "cannot")
    assert begins(town, "meetings.answer.no") in again.content
    assert await answers(town) == ["no"]


async def test_who_was_never_reached_chooses_how_and_then_sees_the_list(town: Town) -> None:
    await create(town)
    answer = await press_card(town, town.mia, "come")
    await town.press(town.mia, answer, "meetings:agree:")
    assert town.t("reach.ask") in answer.content
    await town.press(town.mia, answer, "settings:way:dm.")
    assert (await way_of(town, town.mia)) is not None
    assert begins(town, "meetings.own.yes") in answer.content
    assert town.shows(answer, "meetings:lead:")


async def test_pressed_twice_it_stands_once_and_whoever_cant_may_come_after_all(town: Town) -> None:
    await create(town)
    await agree_before(town, town.mia)
    for verb, stands in (("come", "yes"), ("come", "yes"), ("cannot", "no"), ("cannot", "no"), ("come", "yes")):
        await press_card(town, town.mia, verb)
        assert await answers(town) == [stands]


async def test_the_card_of_a_past_date_is_refused_kindly_and_changes_nothing(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await agree_before(town, town.mia)
    old = (await card(town)).id
    custom_id = next(one for one in ids(await card(town)) if one.startswith("meetings:come:"))
    await until(town, dt.datetime(2026, 11, 24, 21, tzinfo=dt.UTC))
    assert (await card(town)).id == old
    assert custom_id not in ids(await card(town))
    answer = read(await town.send(town.mia, custom_id))
    assert answer.content == town.t("meetings.over")
    assert await answers(town) == []


async def test_after_a_restart_the_card_still_takes_answers_and_stands_once(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await agree_before(town, town.mia)
    await town.restart()
    await settle(town)
    await press_card(town, town.mia, "come")
    assert await answers(town) == ["yes"]
    assert town.t("meetings.card.coming", n=1) in await on_card(town)


async def test_a_card_that_was_deleted_comes_back(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    first = await card(town)
    channel = await town.bot.fetch_channel((await town.channel("meetings")).id)
    await channel.get_partial_message(first.id).delete()  # type: ignore[union-attr]  # a text channel
    await settle(town)
    assert (await card(town)).id != first.id


async def test_without_a_channel_for_meetings_the_card_stands_where_the_group_talks(town: Town) -> None:
    programme = await town.programme()
    group = programme.channels["group"]
    was = programme.channels["meetings"]
    await town.db.write(
        lambda tx: guilds.rebind(tx, town.guild.id, kind="channel", purpose="meetings", was=was, now=group)
    )
    town.bot.tools.guilds.forget(town.guild.id)
    await create(town)
    assert len(await cards(town, "group")) == 1


@pytest.mark.parametrize("verb", ["come", "cannot", "one", "take", "pass"])
@pytest.mark.parametrize("named", ["", "0", "x" * 60, "\u0000", "0" * 32])
async def test_a_meeting_that_is_not_there_is_not_found(town: Town, verb: str, named: str) -> None:
    await agree_before(town, town.mia)
    before = await rows(town)
    programme = await town.programme()
    answer = read(await town.send(town.mia, f"meetings:{verb}:{programme.id}.{named}"))
    assert answer.content == town.t("meetings.gone")
    assert await rows(town) == before


async def test_another_guilds_meeting_is_not_found_and_its_programme_neither(town: Town) -> None:
    await create(town)
    await agree_before(town, town.mia)
    (meeting,) = await occurrences(town)
    other, other_programme = await elsewhere(town)
    there, room = other.add_member(town.mia.user), other.create_text_channel("room")
    for programme_id, key in ((other_programme, "meetings.gone"), (meeting.programme_id, "error.programme_gone")):
        data = {"custom_id": f"meetings:come:{programme_id}.{meeting.id}", "component_type": 2}
        answer = read(await there._dispatch_interaction(3, room, data))
        assert answer.content == town.t(key)
    assert await answers(town) == []


# -- places -------------------------------------------------------------------------------------------------------------


async def test_two_who_take_the_last_place_at_once_are_one_who_comes_and_one_who_waits(town: Town) -> None:
    await create(town, capacity=1)
    await agree_before(town, town.mia, town.noah)
    shown = await card(town)
    said = await press_at_once(town, [(who, shown, "meetings:come:") for who in (town.mia, town.noah)])
    assert sorted(await answers(town)) == ["waiting", "yes"]
    assert sorted(begins(town, "meetings.answer.yes") in one for one in said) == [False, True]
    shown = await card(town)
    assert town.t("meetings.card.places", coming=1, places=1) in shown.content
    assert town.t("meetings.card.waiting", n=1) in shown.content
    assert any(item.label == town.t("meetings.button.wait") for row in shown.components for item in row.children)


async def test_a_place_that_becomes_free_is_offered_and_taken_in_a_direct_message(town: Town) -> None:
    await create(town, "every Tuesday 19:00", capacity=1)
    await agree_before(town, town.mia, town.noah)
    await come(town, town.mia, town.noah)
    assert await answers(town) == ["yes", "waiting"]
    await press_card(town, town.mia, "cannot")
    await until(town, town.clock.now())
    (offer,) = got(town.noah, "meetings:take:")
    assert town.t("reach.neutral") in offer.content
    answer = await press_message(town.noah, offer, "meetings:take:")
    assert begins(town, "meetings.answer.yes") in answer.content
    assert sorted(await answers(town)) == ["no", "yes"]


async def test_an_offer_that_nobody_takes_passes_on_and_is_over_for_the_first(town: Town) -> None:
    kim = town.guild.add_member(town.env.create_user("Kim"))
    await create(town, "2026-12-01 19:00", capacity=1)
    await agree_before(town, town.mia, town.noah, kim)
    await come(town, town.mia, town.noah, kim)
    await press_card(town, town.mia, "cannot")
    await until(town, town.clock.now())
    (offer,) = got(town.noah, "meetings:take:")
    await until(town, town.clock.now() + 3 * 24 * HOUR)
    assert len(got(kim, "meetings:take:")) == 1
    await press_message(kim, got(kim, "meetings:take:")[0], "meetings:take:")
    late = await press_message(town.noah, offer, "meetings:take:")
    assert late.content == town.t("meetings.offer.over")


async def test_passing_an_offer_on_ends_the_waiting(town: Town) -> None:
    await create(town, "2026-12-01 19:00", capacity=1)
    await agree_before(town, town.mia, town.noah)
    await come(town, town.mia, town.noah)
    await press_card(town, town.mia, "cannot")
    await until(town, town.clock.now())
    (offer,) = got(town.noah, "meetings:pass:")
    answer = await press_message(town.noah, offer, "meetings:pass:")
    assert begins(town, "meetings.answer.no") in answer.content
    assert sorted(await answers(town)) == ["no", "no"]


# -- the list -----------------------------------------------------------------------------------------------------------


async def test_the_list_shows_what_comes_with_ones_own_answers_and_takes_them(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await agree_before(town, town.mia)
    shown = await the_list(town, town.mia)
    first, second, *_ = await occurrences(town)
    await town.press(town.mia, shown, f"meetings:come:{first.programme_id}.{first.id}")
    assert begins(town, "meetings.own.yes") in shown.content
    await town.press(town.mia, shown, f"meetings:cannot:{second.programme_id}.{second.id}")
    assert sorted(await answers(town)) == ["no", "yes"]
    assert town.t("meetings.own.no") in shown.content


async def test_the_list_is_turned_page_by_page(town: Town) -> None:
    await create(town, "every day 19:00")
    shown = await the_list(town, town.mia)
    assert "**1.**" in shown.content.replace("⟧", "").replace("⟦", "")
    await town.press(town.mia, shown, "meetings:list:")
    assert "**4.**" in shown.content.replace("⟧", "").replace("⟦", "")
    assert len([one for one in town.ids(shown) if one.startswith("meetings:list:")]) == 2


async def test_the_start_panel_leads_to_the_list(town: Town) -> None:
    programme = await town.programme()
    shown = read(await town.mia.click(await town.panel("start"), custom_id=f"meetings:list:{programme.id}"))
    assert town.t("meetings.list.none") in shown.content


# -- reminders ----------------------------------------------------------------------------------------------------------


async def test_who_said_yes_is_reminded_an_hour_before_and_nobody_else(town: Town) -> None:
    await create(town, "2026-11-24 19:00")
    await agree_before(town, town.mia, town.noah)
    await press_card(town, town.mia, "come")
    await press_card(town, town.noah, "cannot")
    await until(town, dt.datetime(2026, 11, 24, 17, 59, tzinfo=dt.UTC))
    assert got(town.mia, "meetings:one:") == []
    await until(town, dt.datetime(2026, 11, 24, 18, 0, 30, tzinfo=dt.UTC))
    (reminder,) = got(town.mia, "meetings:one:")
    assert reminder.content.startswith(town.t("reach.neutral"))
    assert "Circle" not in reminder.content
    assert got(town.noah, "meetings:one:") == []
    shown = await press_message(town.mia, reminder, "meetings:one:")
    assert "Circle" in shown.content
    gone = await press_message(town.mia, reminder, "meetings:cannot:")
    assert begins(town, "meetings.answer.no") in gone.content
    assert sorted(await answers(town)) == ["no", "no"]


async def test_each_chooses_how_long_before_and_not_at_all(town: Town) -> None:
    await create(town, "2026-11-24 19:00")
    await agree_before(town, town.mia, town.noah)
    await come(town, town.mia, town.noah)
    for who, minutes in ((town.mia, "15"), (town.noah, "0")):
        shown = await press_card(town, who, "remind")
        assert town.t("meetings.remind.60") in shown.content
        await town.choose(who, shown, "meetings:lead:", [minutes])
        assert town.t(f"meetings.remind.{minutes}") in shown.content
    await until(town, dt.datetime(2026, 11, 24, 18, 44, tzinfo=dt.UTC))
    assert got(town.mia, "meetings:one:") == []
    await until(town, dt.datetime(2026, 11, 24, 18, 46, tzinfo=dt.UTC))
    assert len(got(town.mia, "meetings:one:")) == 1
    assert got(town.noah, "meetings:one:") == []


@pytest.mark.parametrize("value", ["", "7", "-1", "x", "99999999", "٣"])
async def test_a_reminder_that_is_not_offered_is_refused(town: Town, value: str) -> None:
    await agree_before(town, town.mia)
    programme = await town.programme()
    data = {"custom_id": f"meetings:lead:{programme.id}", "component_type": 3, "values": [value]}
    answer = read(await town.mia._dispatch_interaction(3, town.general, data))
    assert answer.content == town.t("error.button_gone")
    assert await rows(town, "meeting_leads") == {"meeting_leads": 0}
