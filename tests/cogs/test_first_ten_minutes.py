"""From an empty server to the first check-in, by what the bot itself says: few taps, little to read, for every programme."""

import sys

import pytest
import simcord
from simcord.results import ResponseMessage

from data.programmes import presets
from tests.cogs.town import Town, read

MOST_TAPS, MOST_MINUTES = 12, 10
WORDS_A_MINUTE, SECONDS_A_TAP = 180, 5
"""Somebody who reads with care, and looks before each tap."""


class Walk:
    """What somebody does on the way, counted."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.taps = 0
        self.words = 0

    def reads(self, content: str) -> None:
        self.words += len(content.split())

    async def types(self, who: simcord.MemberActor, command: str) -> ResponseMessage:
        self.taps += 1
        screen = read(await who.slash(self.town.general, command))
        self.reads(screen.content)
        return screen

    async def presses(self, who: simcord.MemberActor, screen: ResponseMessage, part: str) -> None:
        self.taps += 1
        await self.town.press(who, screen, part)
        self.reads(screen.content)

    @property
    def minutes(self) -> float:
        return self.words / WORDS_A_MINUTE + self.taps * SECONDS_A_TAP / 60


@pytest.mark.parametrize("preset", sorted(presets()))
async def test_from_an_empty_server_to_the_first_check_in_takes_few_taps(empty_town: Town, preset: str):
    town, walk = empty_town, Walk(empty_town)
    screen = await walk.types(town.ada, "setup start")
    await walk.presses(town.ada, screen, f"setup:programme:{preset}")
    await walk.presses(town.ada, screen, ".adults")
    await walk.presses(town.ada, screen, "setup:apply:")
    programme = await town.programme()
    assert f"<#{programme.channels['start']}>" in screen.content, "the answer leads to the panel"
    walk.taps += 1  # into the channel
    panel = await town.panel("start")
    walk.reads(panel.content)
    walk.taps += 1
    asked = read(await town.mia.click(panel, custom_id=f"checkins:mood:{programme.id}.4"))
    walk.reads(asked.content)
    await walk.presses(town.mia, asked, "checkins:agree:")
    assert town.t("checkins.mood.good") in asked.content
    sys.stdout.write(f"{preset}: {walk.taps} taps, {walk.words} words, about {walk.minutes:.1f} minutes\n")
    assert walk.taps <= MOST_TAPS
    assert walk.minutes < MOST_MINUTES
