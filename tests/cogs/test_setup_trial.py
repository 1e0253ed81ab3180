"""Trying a programme before it stands: its panels work for whoever tries them, and nobody else notices anything."""

from typing import Any

import pytest

from bot.domain.programmes import Draft
from bot.services import setup
from data.programmes import presets
from data.schema import checkins, series
from tests.cogs.setting_up import apply, begins, is_well, said, to_plan, underway, whole_guild
from tests.cogs.town import Town, read

PRESETS = sorted(presets())


async def panels(town: Town, screen: Any) -> list[Any]:
    """Press "Try it on me" and return the panels that follow."""
    return (await town.press(town.ada, screen, "setup:trial:")).followups


def posted(town: Town) -> list[str]:
    """Return where the bot posted so that others could read it, beside answers to interactions."""
    return [
        r.path
        for r in town.env.http_requests
        if r.method == "POST" and "/channels/" in r.path and "webhook" not in r.path
    ]


@pytest.mark.parametrize("preset", PRESETS)
async def test_each_panel_is_shown_to_the_admin_alone_and_nothing_is_made(empty_town: Town, preset: str) -> None:
    town = empty_town
    screen = await to_plan(town, preset=preset)
    before, since = whole_guild(town), len(posted(town))
    found = await panels(town, screen)
    assert begins(town, "setup.trial") in screen.content
    assert len(found) == 3
    assert all(one.ephemeral for one in found)
    assert whole_guild(town) == before
    assert len(posted(town)) == since


async def test_what_is_tried_looks_exactly_as_it_will_be_posted(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))
    tried = [one.content for one in await panels(town, screen)]
    await town.press(town.ada, screen, ".plan")
    await apply(town, screen)
    assert tried == [(await town.panel(purpose)).content for purpose in ("start", "help", "leaders")]


@pytest.mark.parametrize("preset", PRESETS)
async def test_every_button_of_what_is_tried_answers_and_posts_nowhere(empty_town: Town, preset: str) -> None:
    town = empty_town
    screen = await to_plan(town, preset=preset)
    since, before = len(posted(town)), whole_guild(town)
    for panel in await panels(town, screen):
        for one in town.ids(panel):
            result = await town.send(town.ada, one)
            if result.modal is None:
                assert begins(town, "error.accident") not in read(result).content, one
    assert len(posted(town)) == since
    assert whole_guild(town) == before


async def test_a_check_in_that_was_tried_is_kept_as_ones_own_and_goes_with_ones_data(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    start = (await panels(town, screen))[0]
    asked = read(await town.ada.click(start, custom_id=town.find(start, ".4")))
    await town.press(town.ada, asked, "checkins:agree:")
    assert await stored(town) == 1
    await town.send(town.ada, "privacy:erase:")
    assert await stored(town) == 0


async def test_a_meeting_that_is_tried_is_shown_and_not_made(empty_town: Town) -> None:
    town = empty_town
    start, _, leaders = await panels(town, await to_plan(town))
    listed = read(await town.ada.click(start, custom_id=town.find(start, "meetings:list:")))
    assert town.t("meetings.list.none") in listed.content
    form = await town.ada.click(leaders, custom_id=town.find(leaders, "lead:meeting-new:"))
    words = {"title": "Circle", "when": "tomorrow 19:00", "repeat": "", "minutes": "", "capacity": ""}
    result = await town.ada.submit_modal(form, words)
    screen = result.response or leaders
    refused = read(await town.press(town.ada, screen, "lead:meeting-make:"))
    assert refused.content == town.t("meetings.lead.on_trial")
    assert len(await town.db.read(lambda tx: tx.execute(series.select()).all())) == 0


async def stored(town: Town) -> int:
    return len(await town.db.read(lambda tx: tx.execute(checkins.select()).all()))


async def test_members_cannot_use_what_is_tried(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    start = (await panels(town, screen))[0]
    for who in (town.mia, town.leo, town.sam):
        answer = read(await town.send(who, town.find(start, ".4")))
        assert answer.content == town.t("error.programme_gone")
    assert await stored(town) == 0


async def test_cancelling_ends_it(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    start = (await panels(town, screen))[0]
    await town.press(town.ada, screen, ".plan")
    await town.press(town.ada, screen, "setup:cancel:")
    assert screen.content == said(town, "setup.cancelled.nothing")
    answer = read(await town.send(town.ada, town.find(start, ".4")))
    assert answer.content == town.t("error.programme_gone")


async def test_what_was_only_looked_at_and_left_again_is_not_named_for_ever_and_its_choices_are_kept(
    town: Town,
) -> None:
    room = town.guild.create_text_channel("circle")
    screen = await to_plan(town, preset="health", group=room)
    assert not await is_well(town)
    await town.press(town.ada, screen, "setup:cancel:")
    assert await is_well(town)
    assert read(await town.ada.slash(town.general, "setup apply")).content == said(town, "setup.begun.none")
    await to_plan(town, preset="health")
    assert (await underway(town, "health")).draft.channels == {"group": room.id}


async def test_where_a_set_up_broke_off_what_is_tried_still_reaches_nobody(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    tools, now = town.bot.tools, await underway(town)
    for item in now.items:
        if item.kind == "make_channel":
            await setup.bound(tools.db, town.guild.id, now.programme.id, item, town.general.id + len(item.purpose))
    since = len(posted(town))
    for panel in await panels(town, screen):
        for one in town.ids(panel):
            await town.send(town.ada, one)
    assert len(posted(town)) == since


async def test_what_stands_already_is_not_tried(town: Town) -> None:
    programme = await town.programme()
    answer = read(await town.send(town.ada, f"setup:trial:{programme.id}"))
    assert answer.content == town.t("error.button_gone")
    assert not Draft.read((await town.programme()).draft).on_trial
    screen = await to_plan(town)
    assert not town.shows(screen, "setup:trial:")
