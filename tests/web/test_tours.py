"""The five tours, walked in a real browser with the real bot (on a phone: test_tours_phone.py).

Pictures go to test-output/screens.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.demo import real, stage
from bot.demo.opening import Opening
from bot.demo.world import World
from tests.web.browser import DESKTOP, Visitor, chromium, visiting

pytestmark = pytest.mark.browser

# A Tuesday in the middle of the day.
START = dt.datetime(2026, 3, 3, 12, 0, tzinfo=dt.UTC)
NOTE = "A long walk by the water helped."

Do = Callable[["Walk"], Awaitable[None]]


class Walk:
    """One visitor on the way through the tours."""

    def __init__(self, visitor: Visitor, world: World) -> None:
        self.visitor = visitor
        self.world = world
        self._texts: Any = world.town.env.bot.tools.texts  # type: ignore[attr-defined]  # the real bot carries its parts

    def says(self, key: str, **args: Any) -> str:
        """Return a sentence as the bot says it here."""
        return str(self._texts.t("en-GB", key, **args))

    async def press(self, key: str) -> None:
        """Press the latest button in the channel that is called so."""
        await self.visitor.press(self.says(key))

    async def reads(self, key: str) -> None:
        """Wait until a sentence without values stands in the channel, as far as its first line goes."""
        await self.visitor.reads(self.says(key).partition("\n")[0])

    async def walks(self, person: str, *deeds: Do) -> None:
        """Take every step of a tour, doing what it says, and see each ticked off."""
        tour = self.world.town.people[person].tour
        assert len(deeds) == len(tour), "every step is walked"
        await self.visitor.follows_tour(person)
        for number, deed in enumerate(deeds):
            await self.visitor.steps(number)
            await deed(self)
            await self.visitor.ticked(number)
            await self.visitor.pictures(f"tour-{tour_name(self.world, person)}-{number + 1}")
        assert self.world.faults() == []


def tour_name(world: World, person: str) -> str:
    return world.town.people[person].role.replace(" ", "-")


async def newcomer(walk: Walk) -> None:
    async def begins(walk: Walk) -> None:
        await walk.press("newcomers.button.start")
        await walk.visitor.channel.get_by_role("button", name=walk.says("newcomers.button.agree")).wait_for()

    async def asks(walk: Walk) -> None:
        await walk.press("newcomers.button.agree")
        await walk.press("newcomers.button.yes")
        await walk.press("reach.button.thread")
        await walk.visitor.channel.get_by_role("button", name=walk.says("newcomers.button.cancel")).wait_for()

    async def taps(walk: Walk) -> None:
        await walk.press("checkins.mood.good")
        await walk.visitor.reads("You checked in on 1 of the last 7 days.")

    async def needs_help(walk: Walk) -> None:
        await walk.press("help.button.help_now")
        await walk.visitor.channel.get_by_role("button", name=walk.says("help.button.worried")).wait_for()

    async def greets(walk: Walk) -> None:
        await walk.press("newcomers.button.take")

    await walk.walks("mia", begins, asks, taps, needs_help, greets)


async def member(walk: Walk) -> None:
    channel = walk.visitor.channel

    async def notes(walk: Walk) -> None:
        await walk.press("checkins.mood.good")
        await walk.press("checkins.button.add_note")
        await channel.get_by_role("dialog").get_by_role("textbox").fill(NOTE)
        await walk.visitor.press("Submit")
        await channel.get_by_role("dialog").wait_for(state="hidden")

    async def elsewhere(walk: Walk) -> None:
        await walk.press("checkins.mood.okay")

    async def looks_back(walk: Walk) -> None:
        await walk.press("checkins.button.history")
        chart = channel.locator("img[alt^='Your moods'][src^='blob:']").last
        await chart.wait_for()
        assert await chart.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0
        assert "3 Mar: Good" in str(await chart.get_attribute("alt"))
        await walk.visitor.reads(NOTE)

    async def opens_settings(walk: Walk) -> None:
        await walk.press("settings.button.open")
        await channel.get_by_role("button", name=walk.says("settings.button.pause.day")).last.wait_for()

    async def reads_privacy(walk: Walk) -> None:
        await channel.get_by_role("button", name=walk.says("privacy.button.export")).last.wait_for()

    async def comes(walk: Walk) -> None:
        await walk.press("meetings.button.come")
        await walk.visitor.reads("You're coming:")

    async def comes_again(walk: Walk) -> None:
        await walk.reads("programme.health.question")

    await walk.walks("noor", notes, elsewhere, looks_back, comes, opens_settings, reads_privacy, comes_again)
    assert "4 March 2026" in str(await walk.visitor.page.locator("#day").text_content())


async def peer_leader(walk: Walk) -> None:
    async def sees_people(walk: Walk) -> None:
        await walk.press("leaders.button.people")
        await walk.visitor.channel.get_by_role("button", name="2", exact=True).wait_for()

    async def sees_somebody(walk: Walk) -> None:
        await walk.visitor.press("2")
        await walk.visitor.channel.get_by_role("button", name=walk.says("leaders.button.everybody")).wait_for()

    async def sees_texts(walk: Walk) -> None:
        await walk.press("leaders.button.texts")
        await walk.visitor.channel.get_by_role("button", name=walk.says("leaders.texts.rules")).wait_for()

    async def plans(walk: Walk) -> None:
        await walk.press("meetings.lead.button.new")
        form = walk.visitor.channel.get_by_role("dialog")
        await form.get_by_role("textbox").nth(0).fill("Questions before the test")
        await form.get_by_role("textbox").nth(1).fill("tomorrow 16:00")
        await walk.visitor.press("Submit")
        await form.wait_for(state="hidden")
        await walk.press("meetings.lead.button.create")
        await walk.visitor.reads("is planned. It begins")

    async def sees_others(walk: Walk) -> None:
        await walk.press("checkins.button.group")
        await walk.visitor.reads("Asked before giving up.")

    await walk.visitor.becomes("Leo")
    await walk.visitor.visits("health-start")
    await walk.reads("programme.health.question")
    assert await walk.visitor.channel.get_by_text("Only you can see this").count() == 0, "Noor's answers are hers"
    await walk.walks("leo", sees_people, sees_somebody, sees_texts, plans, sees_others)


async def moderator(walk: Walk) -> None:
    async def asks_for_somebody(walk: Walk) -> None:
        unread = walk.visitor.page.locator("[data-person='leo'] .badge")
        before = await unread.all_text_contents()
        await walk.press("checkins.mood.very_low")
        await walk.press("consent.button.agree")
        await walk.press("help.button.reach_out")
        await walk.press("help.button.reach_yes")
        await walk.visitor.reads("The moderators have the message now")
        assert await unread.all_text_contents() == before

    async def finds_it(walk: Walk) -> None:
        await walk.visitor.reads("would like somebody to reach out")

    async def reads_limits(walk: Walk) -> None:
        await walk.press("newcomers.button.start")
        await walk.visitor.channel.get_by_role("button", name=walk.says("newcomers.button.look")).wait_for()

    async def reads_numbers(walk: Walk) -> None:
        await walk.visitor.reads("116 123")

    await walk.walks("sam", asks_for_somebody, finds_it, reads_numbers, reads_limits)


async def admin(walk: Walk) -> None:
    async def chooses(walk: Walk) -> None:
        await walk.press("programme.mentorship.name")
        await walk.visitor.channel.get_by_role("button", name=walk.says("setup.undo.button.leave")).wait_for()

    async def takes_back(walk: Walk) -> None:
        await walk.press("setup.undo.button.do")
        gone = walk.visitor.page.locator("[data-channel='mentorship-start']")
        await gone.wait_for(state="detached")

    async def sets_up(walk: Walk) -> None:
        await walk.press("programme.mentorship.name")
        await walk.press("setup.button.apply")
        await walk.visitor.page.locator("[data-channel='mentorship-start']").wait_for(state="attached")

    async def checks(walk: Walk) -> None:
        await walk.reads("setup.check.well")

    await walk.walks("ada", checks, chooses, takes_back, sets_up)


TOURS = (newcomer, member, peer_leader, moderator, admin)


async def walk_all(name: str, size: tuple[int, int], folder: Path) -> None:
    """Walk the five tours one after the other, in a window of `size`."""
    chromium()
    async with real.demo(START) as world, stage.served(Opening(world), "127.0.0.1", 0) as url:
        async with visiting(url, folder, name, size) as visitor:
            for tour in TOURS:
                await tour(Walk(visitor, world))
            width = await visitor.page.evaluate("document.documentElement.scrollWidth")
            assert width <= size[0], "nothing may stick out sideways"
            assert visitor.complaints == []


async def test_every_tour_reaches_its_aim_and_ticks_itself_off(tmp_path: Path) -> None:
    await walk_all("desktop", DESKTOP, tmp_path)
