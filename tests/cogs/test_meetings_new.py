"""A leader plans a meeting: sees how it was understood, in words or from lists, and only then is it made."""

import datetime as dt
from typing import Any

import discord
import pytest
from simcord.components import walk_components
from simcord.results import InteractionResult, ResponseMessage

from tests.cogs.convening import (
    cards,
    create,
    ids,
    let_lead,
    occurrences,
    press_at_once,
    rows,
    series,
    settle,
    type_create,
)
from tests.cogs.leading import second_programme
from tests.cogs.town import Town, read

pytestmark = pytest.mark.usefixtures("at_once")
NOTHING = {"series": 0, "meetings": 0, "rsvps": 0, "outbox": 0}
BERLIN = "Europe/Berlin"


async def nothing_stored(town: Town) -> bool:
    return await rows(town, *NOTHING) == NOTHING


def moment(year: int, month: int, day: int, hour: int, minute: int = 0) -> str:
    return f"<t:{int(dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC).timestamp())}:F>"


def options(screen: ResponseMessage, part: str) -> list[dict[str, Any]]:
    """Return what a select on a screen offers."""
    (found,) = (c for c in walk_components(screen.components) if str(c.get("custom_id", "")).startswith(part))
    return list(found["options"])


def filled(form: InteractionResult) -> dict[str, str]:
    """Return what a form is filled with."""
    assert form.modal is not None
    return {one["custom_id"]: one["value"] for one in walk_components(form.modal["components"]) if "value" in one}


async def new_form(town: Town, **fields: str) -> ResponseMessage:
    """Press *New meeting* on the Leaders panel, fill in the form, and return the screen."""
    programme = await town.programme()
    form = await town.leo.click(await town.panel("leaders"), custom_id=f"lead:meeting-new:{programme.id}")
    empty = {"title": "Circle", "when": "", "repeat": "", "minutes": "", "capacity": ""}
    return read(await town.leo.submit_modal(form, {**empty, **fields}))


# -- in words -----------------------------------------------------------------------------------------------------------


async def test_what_was_typed_is_shown_as_it_is_understood_and_nothing_is_made(town: Town) -> None:
    screen = await type_create(town, when="every Tuesday 19:00")
    assert moment(2026, 11, 24, 19) in screen.content
    assert moment(2026, 12, 1, 19) in screen.content
    assert moment(2026, 12, 8, 19) in screen.content
    channel = await town.channel("meetings")
    assert town.t("meetings.lead.card", channel=f"<#{channel.id}>") in screen.content
    assert town.t("meetings.lead.told") in screen.content
    assert await nothing_stored(town)


async def test_created_it_stands_on_one_card_with_its_next_date(town: Town) -> None:
    made = await create(town, "every Tuesday 19:00", capacity=8)
    assert (made.title, made.minute, made.capacity, made.zone) == ("Circle", 19 * 60, 8, "UTC")
    (card,) = await cards(town)
    (first, *_) = await occurrences(town)
    assert moment(2026, 11, 24, 19) in card.content
    assert "Circle" in card.content
    assert any(one.endswith(f".{first.id}") for one in ids(card))


async def test_every_option_of_the_command_is_kept(town: Town) -> None:
    made = await create(
        town, "2026-12-03 18:30", repeat="every 2 weeks", zone=BERLIN, minutes=50, capacity=12, format="discussion"
    )
    assert (made.zone, made.minute, made.minutes) == (BERLIN, 18 * 60 + 30, 50)
    assert (made.rule.kind, made.rule.every, made.rule.weekdays) == ("weekly", 2, (3,))
    assert (made.capacity, made.format) == (12, "discussion")


async def test_without_a_format_it_is_held_as_the_programme_usually_does_and_as_long_as_that_takes(town: Town) -> None:
    made = await create(town)
    assert (made.format, made.minutes) == ("twelve_step", 60)


async def test_the_clock_of_the_server_holds_unless_the_words_name_another(town: Town) -> None:
    assert (await create(town, "tomorrow 19:00")).zone == "UTC"
    assert (await create(town, "tomorrow 19:00 Europe/Berlin", title="There")).zone == BERLIN


async def test_a_title_is_shown_as_it_was_written_whatever_signs_are_in_it(town: Town) -> None:
    title = r"**Ca_lm\** & <@1> `now` ~ [x](y) #1 - a|b"
    made = await create(town, title=title)
    assert made.title == title
    (card,) = await cards(town)
    assert "<@1>" not in card.content


async def test_while_typing_each_way_to_read_it_is_offered_in_words(town: Town) -> None:
    let_lead(town)
    offered = await town.leo.autocomplete(town.general, "lead meeting create", "when", "every tue 19:00")
    texts = [one["name"] for one in offered]
    assert texts
    assert any(town.texts.days("en", frozenset({1}), whole=True) in one for one in texts)
    for one in offered:
        screen = await type_create(town, when=one["value"])
        assert town.shows(screen, "lead:meeting-make:")
    repeats = await town.leo.autocomplete(town.general, "lead meeting create", "repeat", "", when="2026-12-03 18:30")
    assert repeats
    zones = await town.leo.autocomplete(town.general, "lead meeting create", "zone", "berl")
    assert zones[0]["value"] == BERLIN
    formats = await town.leo.autocomplete(town.general, "lead meeting create", "format", "")
    assert {one["value"] for one in formats} == {"twelve_step", "smart", "discussion"}


async def test_who_does_not_lead_is_offered_nothing_while_typing(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    helper = town.guild.create_role("Helpers", permissions=discord.Permissions(manage_events=True))
    town.env.backend.add_member_role(town.guild.id, town.mia.id, helper.id)
    for option, text in (("when", "tomorrow 19:00"), ("format", ""), ("programme", "")):
        assert await town.mia.autocomplete(town.general, "lead meeting create", option, text) == []
    assert await town.mia.autocomplete(town.general, "lead meeting move", "meeting", "") == []


# -- what is not understood ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ({"when": "2026-11-20 19:00"}, "meetings.when.past"),
        ({"when": "2027-02-30 19:00"}, "meetings.when.no_such_date"),
        ({"when": "9999-01-01 19:00"}, "meetings.when.too_far"),
        ({"when": "every minute"}, "meetings.when.too_often"),
        ({"when": "soon"}, "meetings.when.no_time"),
        ({"when": "tomorrow"}, "meetings.when.no_time"),
        ({"when": "tomorrow 19:00", "zone": "Mars/Olympus"}, "meetings.no_zone"),
        ({"when": "tomorrow 19:00 Mars/Olympus"}, "meetings.when.zone"),
        ({"when": "tomorrow 19:00", "repeat": "every minute"}, "meetings.when.too_often"),
        ({"when": "tomorrow 19:00", "minutes": 3}, "meetings.length"),
        ({"when": "tomorrow 19:00", "minutes": -60}, "meetings.lead.no_length"),
        ({"when": "tomorrow 19:00", "capacity": 0}, "meetings.capacity"),
        ({"when": "tomorrow 19:00", "capacity": 1_000_000}, "meetings.capacity"),
        ({"when": "tomorrow 19:00", "format": "opera"}, "meetings.no_format"),
        ({"when": "tomorrow 19:00", "title": " \u200b "}, "meetings.title.empty"),
        ({"when": "tomorrow 19:00", "title": "x" * 101}, "meetings.title.too_long"),
        ({"when": "x" * 3_000}, "meetings.lead.too_long"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
async def test_what_cannot_be_is_refused_with_an_example_and_nothing_is_stored(
    town: Town, typed: dict[str, Any], key: str
) -> None:
    before = await rows(town)
    screen = await type_create(town, **typed)
    beginning = town.texts._find("en", key, None) or ""
    assert beginning.split("{")[0].strip() in screen.content
    assert not town.shows(screen, "lead:meeting-make:")
    assert await rows(town) == before
    assert await nothing_stored(town)


async def test_what_was_entered_beside_is_still_in_the_form(town: Town) -> None:
    screen = await type_create(town, when="2026-11-20 19:00", repeat="every week", zone=BERLIN, minutes=45, capacity=9)
    form = await town.press(town.leo, screen, "lead:meeting-write:")
    held = filled(form)
    assert held == {
        "title": "Circle",
        "when": "2026-11-20 19:00",
        "repeat": "every week",
        "minutes": "45",
        "capacity": "9",
    }
    mended = {**held, "when": "tomorrow 19:00"}
    await town.leo.submit_modal(form, mended)
    await town.press(town.leo, screen, "lead:meeting-make:")
    (made,) = await series(town)
    assert (made.zone, made.minutes, made.capacity, made.rule.kind) == (BERLIN, 45, 9, "weekly")


async def test_from_what_was_not_understood_lists_lead_on(town: Town) -> None:
    screen = await type_create(town, when="soonish", capacity=9)
    await town.press(town.leo, screen, "lead:meeting-lists:")
    await town.press(town.leo, screen, "lead:meeting-look:")
    await town.press(town.leo, screen, "lead:meeting-make:")
    (made,) = await series(town)
    assert (made.title, made.capacity, made.starts_on) == ("Circle", 9, dt.date(2026, 11, 24))


async def test_a_time_that_the_clock_leaves_out_is_shown_as_what_it_becomes(town: Town) -> None:
    screen = await type_create(town, when="2027-03-28 02:30", zone=BERLIN)
    assert moment(2027, 3, 28, 1, 0) in screen.content
    day = town.texts.date("en", dt.date(2027, 3, 28))
    city = town.texts.city("en", BERLIN)
    assert town.t("meetings.lead.gap", day=day, city=city, left_out="02:30", time="03:00") in screen.content


# -- from lists ---------------------------------------------------------------------------------------------------------


async def test_without_a_word_a_meeting_is_made_from_the_leaders_panel(town: Town) -> None:
    screen = await new_form(town)
    await town.choose(town.leo, screen, "lead:meeting-day:", ["2026-12-04"])
    await town.choose(town.leo, screen, "lead:meeting-hour:", ["18"])
    await town.choose(town.leo, screen, "lead:meeting-minute:", ["45"])
    await town.choose(town.leo, screen, "lead:meeting-repeat:", ["weekly"])
    assert await nothing_stored(town)
    await town.press(town.leo, screen, "lead:meeting-look:")
    await town.press(town.leo, screen, "lead:meeting-make:")
    (made,) = await series(town)
    assert (made.starts_on, made.minute) == (dt.date(2026, 12, 4), 18 * 60 + 45)
    assert (made.rule.kind, made.rule.weekdays) == ("weekly", (4,))


async def test_another_day_turns_the_rule_to_its_weekday(town: Town) -> None:
    screen = await type_create(town, when="last Friday of the month 19:00")
    await town.press(town.leo, screen, "lead:meeting-time:")
    await town.choose(town.leo, screen, "lead:meeting-day:", ["2026-12-10"])
    await town.press(town.leo, screen, "lead:meeting-look:")
    await town.press(town.leo, screen, "lead:meeting-make:")
    (made,) = await series(town)
    assert (made.starts_on, made.rule.weekdays, made.rule.nth) == (dt.date(2026, 12, 10), (3,), 2)


async def test_lists_show_every_choice_that_was_made_and_refuse_what_is_past(town: Town) -> None:
    screen = await new_form(town)
    await town.choose(town.leo, screen, "lead:meeting-day:", ["2026-11-23"])
    await town.choose(town.leo, screen, "lead:meeting-hour:", ["8"])
    assert town.t("meetings.past") in screen.content
    for part, value in (
        ("lead:meeting-day:", "2026-11-23"),
        ("lead:meeting-hour:", "8"),
        ("lead:meeting-minute:", "0"),
    ):
        assert [one["value"] for one in options(screen, part) if one.get("default")] == [value]
    await town.press(town.leo, screen, "lead:meeting-look:")
    (make,) = (
        c for c in walk_components(screen.components) if str(c.get("custom_id")).startswith("lead:meeting-make:")
    )
    assert make["disabled"]


async def test_the_form_can_be_left_and_opened_again_with_what_was_picked(town: Town) -> None:
    screen = await type_create(town, when="every Tuesday 19:00", zone=BERLIN, capacity=7)
    form = await town.press(town.leo, screen, "lead:meeting-write:")
    held = filled(form)
    await town.leo.submit_modal(form, {**held, "repeat": ""})
    await town.press(town.leo, screen, "lead:meeting-make:")
    (made,) = await series(town)
    assert (made.zone, made.minute, made.capacity, made.rule.weekdays) == (BERLIN, 19 * 60, 7, (1,))


async def test_how_and_where_it_is_held_is_chosen_before_it_is_made(town: Town) -> None:
    room = town.guild.create_voice_channel("Room")
    screen = await type_create(town, when="tomorrow 19:00")
    await town.choose(town.leo, screen, "lead:meeting-format:", ["smart"])
    await town.choose(town.leo, screen, "lead:meeting-where:", [room])
    await town.press(town.leo, screen, "lead:meeting-make:")
    (made,) = await series(town)
    assert (made.format, made.minutes, made.channel_id) == ("smart", 90, room.id)
    await settle(town)
    (card,) = await cards(town)
    assert f"<#{room.id}>" in card.content


# -- twice, late, elsewhere ---------------------------------------------------------------------------------------------


async def test_after_a_restart_the_screen_goes_on_where_it_was(town: Town) -> None:
    screen = await type_create(town, when="every Tuesday 19:00", capacity=8)
    await town.restart()
    await town.press(town.leo, screen, "lead:meeting-time:")
    await town.restart()
    await town.choose(town.leo, screen, "lead:meeting-hour:", ["20"])
    await town.press(town.leo, screen, "lead:meeting-look:")
    await town.restart()
    await town.press(town.leo, screen, "lead:meeting-make:")
    (made,) = await series(town)
    assert (made.minute, made.capacity) == (20 * 60, 8)
    await settle(town)
    assert len(await cards(town)) == 1


async def test_a_screen_that_waited_until_its_time_has_passed_makes_nothing(town: Town) -> None:
    screen = await type_create(town, when="tomorrow 19:00")
    town.clock.advance(dt.timedelta(days=3))
    answer = read(await town.press(town.leo, screen, "lead:meeting-make:"))
    assert town.t("meetings.past") in answer.content
    assert await nothing_stored(town)


async def test_cancelled_before_it_is_made_nothing_is_stored(town: Town) -> None:
    screen = await type_create(town, when="tomorrow 19:00")
    await town.press(town.leo, screen, "lead:meeting-drop:")
    assert screen.content == town.t("meetings.lead.dropped")
    assert await nothing_stored(town)


async def test_somebody_who_leads_no_more_makes_nothing(town: Town) -> None:
    screen = await type_create(town, when="tomorrow 19:00")
    town.env.backend.remove_member_role(town.guild.id, town.leo.id, town.roles["leader"].id)
    answer = read(await town.press(town.leo, screen, "lead:meeting-make:"))
    assert answer.content == town.t("error.only_leaders")
    assert await nothing_stored(town)


async def test_where_several_programmes_could_be_meant_it_asks_which(town: Town) -> None:
    first = await town.programme()
    beside = town.guild.create_role("Course leaders")
    other_id = await second_programme(town, beside)
    town.env.backend.add_member_role(town.guild.id, town.leo.id, beside.id)
    await town.bot.refresh_guild(town.guild.id)
    screen = await type_create(town, when="tomorrow 19:00")
    assert screen.content == town.t("meetings.lead.which")
    screen = await type_create(town, when="tomorrow 19:00", programme=first.id)
    assert town.shows(screen, f"lead:meeting-make:{first.id}")
    offered = await town.leo.autocomplete(town.general, "lead meeting create", "programme", "")
    assert {one["value"] for one in offered} == {first.id, other_id}


async def test_whoever_leads_one_of_several_programmes_means_that_one(town: Town) -> None:
    first = await town.programme()
    await second_programme(town, town.guild.create_role("Course leaders"))
    screen = await type_create(town, when="tomorrow 19:00")
    assert town.shows(screen, f"lead:meeting-make:{first.id}")


async def test_pressed_twice_at_once_one_is_made(town: Town) -> None:
    screen = await type_create(town, when="tomorrow 19:00")
    await press_at_once(town, [(town.leo, screen, "lead:meeting-make:")] * 2)
    assert len(await series(town)) == 1
    await settle(town)
    assert len(await cards(town)) == 1
