"""A newcomer's path through the demo, in a real browser with the real bot. Pictures are kept in test-output/screens."""

import datetime as dt
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.demo import real, stage
from bot.demo.clock import DemoClock
from tests.web.browser import DESKTOP, PHONE, chromium, visiting
from tests.web.tiny_town import TinyBot, start_here

pytestmark = pytest.mark.browser

# A Tuesday in the middle of the day: tests read the day that the shell shows.
START = dt.datetime(2026, 3, 3, 12, 0, tzinfo=dt.UTC)
NOTE = "A long walk by the water helped."


@pytest.mark.parametrize(("name", "size"), [("desktop", DESKTOP), ("phone", PHONE)])
async def test_a_newcomer_checks_in_looks_back_and_comes_again(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    chromium()
    async with real.demo(START) as world, stage.served(world, "127.0.0.1", 0) as url:
        async with visiting(url, tmp_path, name, size) as visitor:
            await visitor.reads("how are you today?")
            await visitor.pictures("1-start")

            await visitor.press("Good")
            await visitor.reads("Is that all right?")
            await visitor.pictures("2-consent")
            await visitor.press("Yes, save it")
            await visitor.reads("Saved for today")
            await visitor.pictures("3-saved")

            await visitor.press("Add a note")
            await visitor.channel.get_by_role("dialog").get_by_role("textbox").fill(NOTE)
            await visitor.pictures("4-note")
            await visitor.press("Submit")
            await visitor.reads("Saved for today")

            await visitor.press("My check-ins")
            chart = visitor.channel.locator("img[alt^='Your moods'][src^='blob:']").last
            await chart.wait_for()
            assert await chart.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0
            assert "3 Mar: Good" in str(await chart.get_attribute("alt"))
            await visitor.reads(NOTE)
            await visitor.pictures("5-chart")

            await visitor.becomes("Leo")
            await visitor.reads("how are you today?")
            assert await visitor.channel.get_by_text(NOTE).count() == 0
            assert await visitor.channel.get_by_text("Only you can see this").count() == 0
            await visitor.pictures("6-leader")

            await visitor.moves_time("+ 1 day")
            assert "4 March 2026" in str(await visitor.page.locator("#day").text_content())
            await visitor.becomes("Mia")
            await visitor.press("Okay")
            await visitor.reads("You checked in on 2 of the last 7 days.")
            await visitor.pictures("7-next-day")

            width = await visitor.page.evaluate("document.documentElement.scrollWidth")
            assert width <= size[0], "nothing may stick out sideways"
            assert visitor.complaints == []
            assert world.faults() == []


async def test_a_person_who_asks_for_it_is_seen_by_the_moderators_and_by_nobody_else(tmp_path: Path) -> None:
    chromium()
    async with real.demo(START) as world, stage.served(world, "127.0.0.1", 0) as url:
        async with visiting(url, tmp_path, "desktop", DESKTOP) as visitor:
            await visitor.press("Very low")
            await visitor.reads("You don't have to carry this alone")
            await visitor.pictures("help-1-card")
            sam = visitor.page.locator("[data-person='sam']")
            assert await sam.locator(".badge").count() == 0
            await visitor.press("Yes, save it")
            await visitor.press("Ask someone to reach out")
            await visitor.press("Yes, tell them")
            await visitor.reads("The moderators have the message now")
            await sam.locator(".badge").wait_for()
            assert await visitor.page.locator("[data-person='leo'] .badge").count() == 0
            await visitor.becomes("Sam")
            await visitor.visits("moderators")
            await visitor.reads("would like somebody to reach out")
            await visitor.pictures("help-2-moderators")
            assert world.faults() == []


async def test_the_shell_can_be_used_by_keyboard_alone(tmp_path: Path) -> None:
    chromium()
    clock = DemoClock(START)
    async with stage.staged(TinyBot(clock), clock, start_here) as world, stage.served(world, "127.0.0.1", 0) as url:
        async with visiting(url, tmp_path, "phone", PHONE) as visitor:
            page = visitor.page
            await visitor.reads("Here")
            opener = page.locator("#open-places")
            await opener.focus()
            await page.keyboard.press("Enter")
            assert await opener.get_attribute("aria-expanded") == "true"
            assert await page.evaluate("document.activeElement.dataset.person") == "mia"
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await page.get_by_text("You are now Leo, peer leader.").wait_for()
            await opener.focus()
            await page.keyboard.press("Enter")
            await page.keyboard.press("Escape")
            assert await opener.get_attribute("aria-expanded") == "false"
            assert await page.evaluate("document.activeElement.id") == "open-places"
            assert visitor.complaints == []


async def test_when_the_demo_has_ended_the_page_says_so(tmp_path: Path) -> None:
    chromium()
    clock = DemoClock(START)
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(stage.staged(TinyBot(clock), clock, start_here))
        url = await stack.enter_async_context(stage.served(world, "127.0.0.1", 0))
        async with visiting(url, tmp_path, "desktop", DESKTOP) as visitor:
            await visitor.reads("Here")
            await stack.aclose()
            await visitor.page.get_by_text("The demo has ended.").wait_for()
