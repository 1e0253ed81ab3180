"""A headless Chromium over the demo's shell, and the handful of things a visitor does with it."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import FrameLocator, Page, async_playwright

SCREENS = Path(__file__).resolve().parents[2] / "test-output" / "screens"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
THUMB = 44
SMALL = """least => [...document.querySelectorAll("button, summary, a[href], input, select, [role=option], [role=combobox]")]
  .filter(one => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !one.closest("[inert]"))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.width > 1 && box.bottom > 0 && box.height < least - 0.5)
  .map(([one, box]) => `${one.className || one.id || one.tagName}: ${one.textContent.trim().slice(0, 30)} (${box.height})`)"""
DESKTOP = (1280, 800)
PHONE = (390, 844)


def chromium() -> str:
    """Return where the machine's Chromium is; skip the test without one, and fail it where nothing may be skipped."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        reason = "no Chromium on this machine: install it (on Debian: apt-get install chromium) to run this test"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Visitor:
    """Somebody at the browser. `complaints` holds what the browser itself found wrong with our pages."""

    def __init__(self, page: Page, name: str, narrow: bool) -> None:
        self.page = page
        self.name = name
        self.narrow = narrow
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    @property
    def channel(self) -> FrameLocator:
        """The open channel."""
        return self.page.frame_locator("main iframe:not([hidden])")

    async def press(self, label: str) -> None:
        """Press the latest button of that name in the channel."""
        await self.channel.get_by_role("button", name=label, exact=True).last.click()

    async def reads(self, words: str) -> None:
        """Wait until these words stand in the channel."""
        await self.channel.get_by_text(words).last.wait_for()

    async def becomes(self, person: str) -> None:
        """Be somebody else."""
        await self._drawer("#open-places")
        await self.page.locator("#people").get_by_role("button", name=f"{person},").click()
        await self.page.locator(f"main iframe[title$=', as {person}']:not([hidden])").wait_for()

    async def visits(self, channel: str) -> None:
        """Open a channel from the list."""
        await self._drawer("#open-places")
        await self.page.locator(f"[data-channel='{channel}']").click()

    async def opens_events(self) -> None:
        """Open the list of the server's events."""
        await self._drawer("#open-places")
        await self.page.locator("#open-events").click()
        await self.page.locator("#sheet").wait_for()

    async def follows_tour(self, person: str) -> None:
        """Choose somebody's tour, and so be them."""
        await self._drawer("#open-guide")
        await self.page.locator(f"[data-tour='{person}']").click()
        await self.page.locator(f"[data-tour='{person}'][aria-pressed='true']").wait_for(state="attached")

    async def steps(self, number: int) -> None:
        """Take one step of the tour that is shown."""
        await self._drawer("#open-guide")
        await self.page.locator(f"[data-step='{number}']").click()

    async def ticked(self, number: int) -> None:
        """Wait until a step of the tour is ticked off."""
        await self.page.locator(f".ticked [data-step='{number}']").wait_for(state="attached")

    async def follows(self, label: str) -> None:
        """Go on to the next tour at the end of one."""
        await self._drawer("#open-guide")
        await self.page.get_by_role("button", name=label).click()

    async def too_small(self) -> list[str]:
        """List what can be pressed, in the shell and in the channel, and is lower than a thumb."""
        shell: list[str] = await self.page.evaluate(SMALL, THUMB)
        channel: list[str] = await self.channel.locator("html").evaluate(f"(_, least) => ({SMALL})(least)", THUMB)
        return shell + channel

    async def moves_time(self, label: str) -> None:
        """Press one of the time buttons and wait until the time has passed."""
        await self._drawer("#open-guide")
        button = self.page.get_by_role("button", name=label, exact=True)
        await button.click()
        await self.page.locator("[data-leap]:disabled").first.wait_for(state="detached")
        if self.narrow:
            await self.page.keyboard.press("Escape")

    async def pictures(self, what: str) -> None:
        """Keep a picture of the screen, without what is only there for a moment."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        await self.page.mouse.move(0, 0)
        await self.page.evaluate("document.getElementById('said').classList.remove('shown')")
        await self.page.screenshot(path=SCREENS / f"{self.name}-{what}.png", animations="disabled")

    async def _drawer(self, which: str) -> None:
        opener = self.page.locator(which)
        if await opener.is_visible() and await opener.get_attribute("aria-expanded") == "false":
            await opener.click()


@contextlib.asynccontextmanager
async def visiting(url: str, folder: Path, name: str, size: tuple[int, int]) -> AsyncIterator[Visitor]:
    """Open the shell in a fresh browser profile under `folder`, in a window of `size`, for the length of the block."""
    executable = chromium()
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=executable,
            headless=True,
            args=list(FLAGS),
            viewport={"width": size[0], "height": size[1]},
        )
        try:
            context.set_default_timeout(30_000)
            visitor = Visitor(context.pages[0], name, size[0] <= 700)
            await visitor.page.goto(url)
            yield visitor
        finally:
            await context.close()
