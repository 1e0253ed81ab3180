"""The shell's tours, apps, events and progress in a real browser, with a tiny bot and a town of three."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.demo import stage
from bot.demo.clock import DemoClock
from bot.demo.opening import Opening
from bot.demo.world import World
from tests.web.browser import DESKTOP, PHONE, Visitor, chromium, visiting
from tests.web.tiny_town import START, TinyBot, start_here

pytestmark = pytest.mark.browser

SIZES = pytest.mark.parametrize(("name", "size"), [("desktop", DESKTOP), ("phone", PHONE)], ids=["desktop", "phone"])


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.demo.town.TOWN_FILE", Path(__file__).with_name("tiny_town.toml"))


@asynccontextmanager
async def open_demo(folder: Path, name: str, size: tuple[int, int]) -> AsyncIterator[tuple[Visitor, World]]:
    chromium()
    clock = DemoClock(START)
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(stage.staged(TinyBot(clock, menus=True), clock, start_here))
        url = await stack.enter_async_context(stage.served(Opening(world), "127.0.0.1", 0))
        visitor = await stack.enter_async_context(visiting(url, folder, name, size))
        yield visitor, world
        assert visitor.complaints == []


@SIZES
async def test_a_tour_leads_with_one_click_a_step_and_ticks_off_what_was_done(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    async with open_demo(tmp_path, name, size) as (visitor, world):
        await visitor.page.locator("main iframe[title='general, as Ana']:not([hidden])").wait_for()
        await visitor.steps(0)
        await visitor.ticked(0)
        await visitor.steps(1)
        await visitor.press("Press")
        await visitor.ticked(1)
        await visitor.steps(2)
        await visitor.channel.get_by_role("dialog").get_by_role("textbox").fill("to remember")
        await visitor.press("Submit")
        await visitor.reads("Kept: to remember")
        await visitor.ticked(2)
        before = world.now()
        await visitor.steps(3)
        await visitor.page.locator("main iframe[title='start-here, as Bo']:not([hidden])").wait_for()
        await visitor.ticked(3)
        assert (world.now() - before).days == 1
        await visitor.page.reload()
        for number in range(4):
            await visitor.ticked(number)
        await visitor.follows("Next: keeper")
        await visitor.page.get_by_text("Nothing much.").wait_for(state="attached")


async def test_apps_on_messages_and_people_are_answered_in_the_channel(tmp_path: Path) -> None:
    async with open_demo(tmp_path, "phone", PHONE) as (visitor, _):
        await visitor.visits("start-here")
        await visitor.reads("Here")
        await visitor.page.locator("#open-apps").click()
        sheet = visitor.page.locator("#sheet")
        await sheet.get_by_role("button", name="peerled").click()
        await sheet.get_by_role("button", name="Keep a copy").click()
        await sheet.wait_for(state="hidden")
        await visitor.channel.get_by_role("dialog").get_by_role("textbox").fill("mine")
        await visitor.press("Submit")
        await visitor.reads("Kept: mine")
        await visitor.page.locator("#open-apps").click()
        await sheet.get_by_role("button", name=re.compile("^Bo")).click()
        await sheet.get_by_role("button", name="Wave").click()
        await visitor.reads("You waved at Bo.")


async def test_events_are_listed_marked_and_looked_at(tmp_path: Path) -> None:
    async with open_demo(tmp_path, "phone", PHONE) as (visitor, world):
        town = world.town
        await visitor.opens_events()
        await visitor.page.get_by_text("Nothing is planned yet.").wait_for()
        await visitor.page.keyboard.press("Escape")
        await town.people["bo"].actor.slash(town.guild.channels["start-here"], "plan")
        await visitor.page.locator("#events-badge .badge").wait_for(state="attached")
        await visitor.opens_events()
        sheet = visitor.page.locator("#sheet")
        await sheet.get_by_text("Tuesday 3 March at 10:30").wait_for()
        await sheet.get_by_role("button", name="Interested").click()
        await sheet.get_by_text("1 interested").wait_for()
        await visitor.page.locator("#events-badge .badge").wait_for(state="detached")


async def test_all_that_can_be_pressed_on_a_phone_is_a_thumb_wide(tmp_path: Path) -> None:
    async with open_demo(tmp_path, "phone", PHONE) as (visitor, _):
        await visitor.visits("start-here")
        await visitor.reads("Here")
        assert await visitor.too_small() == []
        for opener in ("#open-places", "#open-guide", "#open-apps"):
            await visitor.page.locator(opener).click()
            assert await visitor.too_small() == [], opener
            await visitor.page.keyboard.press("Escape")
        await visitor.steps(2)
        await visitor.channel.get_by_role("dialog").wait_for()
        assert await visitor.too_small() == []
        assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


async def test_until_the_town_stands_the_page_says_how_far_it_is(tmp_path: Path) -> None:
    chromium()
    opening, clock = Opening(), DemoClock(START)
    opening.tell(0.4, "Ana sweeps the quay")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(stage.served(opening, "127.0.0.1", 0))
        visitor = await stack.enter_async_context(visiting(url, tmp_path, "desktop", DESKTOP))
        await visitor.page.get_by_text("Ana sweeps the quay…").wait_for()
        assert await visitor.page.locator("#waiting-share").evaluate("bar => bar.value") == 0.4
        opening.world = await stack.enter_async_context(stage.staged(TinyBot(clock), clock, start_here))
        await visitor.page.locator("main iframe[title='general, as Ana']:not([hidden])").wait_for()
        assert visitor.complaints == []


async def test_the_shell_can_be_used_by_keyboard_alone(tmp_path: Path) -> None:
    async with open_demo(tmp_path, "phone", PHONE) as (visitor, _):
        page = visitor.page
        await page.locator("main iframe[title='general, as Ana']:not([hidden])").wait_for()
        opener = page.locator("#open-places")
        await opener.focus()
        await page.keyboard.press("Enter")
        assert await opener.get_attribute("aria-expanded") == "true"
        assert await page.evaluate("document.activeElement.dataset.person") == "ana"
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_text("You are now Bo, keeper.").wait_for()
        await opener.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Escape")
        assert await opener.get_attribute("aria-expanded") == "false"
        assert await page.evaluate("document.activeElement.id") == "open-places"


async def test_when_the_demo_has_ended_the_page_says_so(tmp_path: Path) -> None:
    chromium()
    clock = DemoClock(START)
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(stage.staged(TinyBot(clock), clock, start_here))
        url = await stack.enter_async_context(stage.served(Opening(world), "127.0.0.1", 0))
        async with visiting(url, tmp_path, "desktop", DESKTOP) as visitor:
            await visitor.page.locator("main iframe[title='general, as Ana']:not([hidden])").wait_for()
            await stack.aclose()
            await visitor.page.get_by_text("The demo has ended.").wait_for()
