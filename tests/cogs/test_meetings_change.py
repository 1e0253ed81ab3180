"""Leaders move, skip and cancel: each is shown with how many will be told and confirmed, and those who said yes are told once."""

import datetime as dt
from typing import Any

import pytest
from simcord.results import ResponseMessage

from tests.cogs.convening import (
    agree_before,
    answers,
    card,
    cards,
    come,
    create,
    elsewhere,
    got,
    let_lead,
    occurrences,
    press_at_once,
    press_card,
    press_message,
    rows,
    series,
    settle,
    until,
)
from tests.cogs.town import Town, read

pytestmark = pytest.mark.usefixtures("at_once")


async def type_lead(town: Town, verb: str, meeting: Any, **options: Any) -> ResponseMessage:
    """Type `/lead meeting move`, `skip` or `cancel` for a meeting as autocomplete names it."""
    let_lead(town)
    named = meeting if isinstance(meeting, str) else f"{meeting.programme_id}.{meeting.id}"
    return read(await town.leo.slash(town.general, f"lead meeting {verb}", meeting=named, **options))


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


def shown(moment: dt.datetime) -> str:
    return f"<t:{int(moment.timestamp())}:F>"


async def test_while_typing_meetings_are_offered_by_their_dates(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    let_lead(town)
    offered = await town.leo.autocomplete(town.general, "lead meeting move", "meeting", "")
    first, *_ = await occurrences(town)
    assert offered[0]["value"] == f"{first.programme_id}.{first.id}"
    assert town.texts.date("en", dt.date(2026, 11, 24)) in offered[0]["name"]
    assert "Circle" in offered[0]["name"]
    assert await town.leo.autocomplete(town.general, "lead meeting move", "meeting", "no such thing") == []


async def test_a_move_says_beforehand_how_many_are_told_and_they_are_told_once(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await agree_before(town, town.mia, town.noah)
    await come(town, town.mia, town.noah)
    first, *_ = await occurrences(town)
    screen = await type_lead(town, "move", first, when="Wednesday 18:30")
    assert shown(at(2026, 11, 24, 19)) in screen.content
    assert shown(at(2026, 11, 25, 18, 30)) in screen.content
    assert town.t("meetings.lead.will_be_told", n=2) in screen.content
    assert (await occurrences(town))[0].starts_at == at(2026, 11, 24, 19)
    await town.press(town.leo, screen, "lead:move-yes:")
    assert (await occurrences(town))[0].starts_at == at(2026, 11, 25, 18, 30)
    await until(town, town.clock.now())
    for who in (town.mia, town.noah):
        (notice,) = got(who, "meetings:come:")
        assert shown(at(2026, 11, 24, 19)) in notice.content
        assert shown(at(2026, 11, 25, 18, 30)) in notice.content
        assert "Circle" not in notice.content
    await settle(town)
    said = (await card(town)).content
    assert shown(at(2026, 11, 25, 18, 30)) in said
    assert town.t("meetings.card.instead", at=shown(at(2026, 11, 24, 19))) in said
    await until(town, at(2026, 11, 25, 17, 31))
    assert len(got(town.mia, "meetings:remind:")) == 1


async def test_a_move_is_picked_from_lists_as_well(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    first, *_ = await occurrences(town)
    screen = await type_lead(town, "move", first)
    await town.choose(town.leo, screen, "lead:move-day:", ["2026-11-26"])
    await town.choose(town.leo, screen, "lead:move-hour:", ["17"])
    await town.choose(town.leo, screen, "lead:move-minute:", ["15"])
    await town.restart()
    await town.press(town.leo, screen, "lead:move-look:")
    await town.press(town.leo, screen, "lead:move-yes:")
    assert (await occurrences(town))[0].starts_at == at(2026, 11, 26, 17, 15)


async def test_a_move_into_the_hour_that_the_clock_leaves_out_is_shown_as_what_it_becomes(town: Town) -> None:
    await create(town, "2027-03-27 19:00", zone="Europe/Berlin")
    (only,) = await occurrences(town)
    screen = await type_lead(town, "move", only, when="2027-03-28 02:30")
    assert shown(at(2027, 3, 28, 1)) in screen.content
    await town.press(town.leo, screen, "lead:move-yes:")
    assert (await occurrences(town))[0].starts_at == at(2027, 3, 28, 1)


@pytest.mark.parametrize(
    ("when", "key"),
    [
        ("2026-11-20 19:00", "meetings.when.past"),
        ("2027-02-30 19:00", "meetings.when.no_such_date"),
        ("9999-01-01 19:00", "meetings.when.too_far"),
        ("every Tuesday 19:00", "meetings.when.only_once"),
        ("x" * 500, "meetings.lead.too_long"),
    ],
    ids=["past", "no such date", "far", "again and again", "long"],
)
async def test_a_move_that_cannot_be_is_refused_and_nothing_changes(town: Town, when: str, key: str) -> None:
    await create(town, "every Tuesday 19:00")
    before = await occurrences(town)
    screen = await type_lead(town, "move", before[0], when=when)
    beginning = (town.texts._find("en", key, None) or "").split("{")[0].strip()
    assert beginning in screen.content
    assert not town.shows(screen, "lead:move-yes:")
    assert await occurrences(town) == before


async def test_what_somebody_else_moved_meanwhile_is_not_moved_again(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    first, *_ = await occurrences(town)
    mine = await type_lead(town, "move", first, when="Wednesday 18:30")
    theirs = await type_lead(town, "move", first, when="Thursday 18:30")
    await town.press(town.leo, theirs, "lead:move-yes:")
    answer = read(await town.press(town.leo, mine, "lead:move-yes:"))
    assert answer.content == town.t("meetings.changed")
    assert (await occurrences(town))[0].starts_at == at(2026, 11, 26, 18, 30)


async def test_one_that_is_left_out_is_said_to_those_who_said_yes_and_the_card_shows_the_next(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await agree_before(town, town.mia)
    await come(town, town.mia)
    first, *_ = await occurrences(town)
    screen = await type_lead(town, "skip", first)
    assert town.t("meetings.lead.will_be_told", n=1) in screen.content
    await town.press(town.leo, screen, "lead:skip-yes:")
    await until(town, town.clock.now())
    assert town.t("meetings.skipped", at=shown(at(2026, 11, 24, 19))) in got(town.mia, "meetings:list:")[-1].content
    said = (await card(town)).content
    assert shown(at(2026, 12, 1, 19)) in said
    assert town.t("meetings.card.not_as_usual.off", at=shown(at(2026, 11, 24, 19))) in said
    late = read(await town.send(town.mia, f"meetings:come:{first.programme_id}.{first.id}"))
    assert late.content == town.t("meetings.off")


async def test_one_that_was_called_off_can_take_place_after_all(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    first, *_ = await occurrences(town)
    screen = await type_lead(town, "cancel", first)
    await town.press(town.leo, screen, "lead:cancel-yes:")
    assert (await occurrences(town))[0].state == "cancelled"
    programme = await town.programme()
    panel = await town.panel("leaders")
    listed = read(await town.leo.click(panel, custom_id=f"lead:meetings:{programme.id}"))
    await town.choose(town.leo, listed, "lead:meeting:", [first.id])
    await town.press(town.leo, listed, "lead:back-yes:")
    assert (await occurrences(town))[0].state == "planned"


async def test_a_whole_series_ends_with_its_card_and_one_notice_each(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await agree_before(town, town.mia)
    await come(town, town.mia)
    first, second, *_ = await occurrences(town)
    await town.send(town.mia, f"meetings:come:{second.programme_id}.{second.id}")
    screen = await type_lead(town, "cancel", first)
    await town.press(town.leo, screen, "lead:end-yes:")
    await until(town, town.clock.now())
    assert await series(town) == ()
    assert await cards(town) == []
    assert [one for one in got(town.mia, "meetings:list:") if town.t("meetings.cancelled.series") in one.content]
    assert (
        len([one for one in got(town.mia, "meetings:list:") if town.t("meetings.cancelled.series") in one.content]) == 1
    )


async def test_left_as_it_is_nothing_changes(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    before = await occurrences(town)
    for verb, options in (("move", {"when": "Wednesday 18:30"}), ("skip", {}), ("cancel", {})):
        screen = await type_lead(town, verb, before[0], **options)
        await town.press(town.leo, screen, "lead:meeting:")
        assert town.shows(screen, "lead:skip:")
    assert await occurrences(town) == before


@pytest.mark.parametrize("verb", ["move", "skip", "cancel"])
async def test_a_meeting_typed_by_hand_is_not_guessed_at(town: Town, verb: str) -> None:
    await create(town, "every Tuesday 19:00")
    before = await rows(town)
    programme = await town.programme()
    _, other_programme = await elsewhere(town)
    for typed, key in (
        ("Circle", "meetings.lead.choose"),
        ("x" * 500, "meetings.lead.choose"),
        (f"{other_programme}.{'0' * 32}", "meetings.lead.choose"),
        (f"{programme.id}.{'0' * 32}", "meetings.gone"),
        (f"{programme.id}.", "meetings.gone"),
    ):
        assert (await type_lead(town, verb, typed)).content == town.t(key)
    assert await rows(town) == before


async def test_another_guilds_meeting_is_not_found_by_its_leaders(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    first, *_ = await occurrences(town)
    _, other_programme = await elsewhere(town)
    for programme_id in (first.programme_id, other_programme):
        for verb in ("move", "skip", "cancel", "skip-yes", "cancel-yes", "back-yes"):
            token = (
                f"{other_programme}.{first.id}"
                if programme_id == other_programme
                else f"{first.programme_id}.{'1' * 32}"
            )
            answer = read(await town.send(town.leo, f"lead:{verb}:{token}"))
            assert answer.content in (town.t("meetings.gone"), town.t("error.programme_gone")), verb
    assert [one.state for one in await occurrences(town)] == ["planned"] * len(await occurrences(town))


async def test_somebody_who_leads_no_more_changes_nothing(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    first, *_ = await occurrences(town)
    screen = await type_lead(town, "skip", first)
    town.env.backend.remove_member_role(town.guild.id, town.leo.id, town.roles["leader"].id)
    answer = read(await town.press(town.leo, screen, "lead:skip-yes:"))
    assert answer.content == town.t("error.only_leaders")
    assert (await occurrences(town))[0].state == "planned"


# -- the whole way ------------------------------------------------------------------------------------------------------


async def test_from_the_first_word_to_the_place_that_passes_on(town: Town) -> None:
    await create(town, "every Tuesday 19:00", capacity=1)
    await agree_before(town, town.mia, town.noah)
    await come(town, town.mia)
    first, second, *_ = await occurrences(town)
    moving = await type_lead(town, "move", first, when="Wednesday 18:30")
    await town.press(town.leo, moving, "lead:move-yes:")
    await until(town, town.clock.now())
    await town.restart()
    (moved,) = got(town.mia, "meetings:come:")
    still = await press_message(town.mia, moved, "meetings:come:")
    assert shown(at(2026, 11, 25, 18, 30)) in still.content
    skipping = await type_lead(town, "skip", second)
    await town.press(town.leo, skipping, "lead:skip-yes:")
    await come(town, town.noah)
    assert await answers(town) == ["yes", "waiting"]
    await town.restart()
    await press_card(town, town.mia, "cannot")
    await until(town, town.clock.now())
    (offer,) = got(town.noah, "meetings:take:")
    await press_message(town.noah, offer, "meetings:take:")
    assert sorted(await answers(town)) == ["no", "yes"]
    await until(town, at(2026, 11, 25, 19, 45))
    assert len(got(town.noah, "meetings:remind:")) == 1
    assert shown(at(2026, 12, 8, 19)) in (await card(town)).content


async def test_two_leaders_who_skip_at_once_skip_once_and_people_hear_it_once(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await agree_before(town, town.mia)
    await come(town, town.mia)
    first, *_ = await occurrences(town)
    screen = await type_lead(town, "skip", first)
    await press_at_once(town, [(town.leo, screen, "lead:skip-yes:"), (town.ada, screen, "lead:skip-yes:")])
    await until(town, town.clock.now())
    told = [
        one
        for one in got(town.mia, "meetings:list:")
        if town.t("meetings.skipped", at=shown(first.starts_at)) in one.content
    ]
    assert len(told) == 1
    assert (await occurrences(town))[0].revision == first.revision + 1
