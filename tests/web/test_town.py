"""The demo's town with the real bot in it, as the visitor finds it."""

import datetime as dt
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.demo import real
from bot.demo.town import Person
from bot.demo.world import World

START = dt.datetime(2026, 3, 3, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    stack = AsyncExitStack()
    yield await stack.enter_async_context(real.demo(START))
    await stack.aclose()


def names_under(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*")]


async def said(world: World, person: Person, command: str) -> str:
    result = await person.actor.slash(world.town.guild.channels["general"], command)
    assert result.response is not None
    return str(result.response.content)


async def test_everything_the_guide_points_to_is_there_for_that_person(world: World) -> None:
    for person in world.town.people.values():
        names = [place.name for place in world.places(person)]
        assert person.opens in names, person.key
        for line in person.tries:
            assert line.channel is None or line.channel in names, (person.key, line.text)


async def test_the_visitor_begins_with_nothing_unread_and_no_fault(world: World) -> None:
    assert [world.unread(person) for person in world.town.people.values()] == [0, 0, 0, 0]
    assert world.faults() == []


async def test_only_those_who_should_find_the_moderators_channel(world: World) -> None:
    finds = {
        key: any(place.name == "moderators" for place in world.places(person))
        for key, person in world.town.people.items()
    }
    assert finds == {"mia": False, "leo": False, "sam": True, "ada": True}


async def test_the_set_up_leaves_nothing_to_mend(world: World) -> None:
    texts = world.town.env.bot.tools.texts  # type: ignore[attr-defined]  # the real bot carries its parts there
    assert await said(world, world.town.people["ada"], "setup check") == texts.t("en-GB", "setup.check.well")


async def test_nothing_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with real.demo(START) as world:
        await said(world, world.town.people["mia"], "help-now")
        assert "demo.db" in names_under(tmp_path)
    assert names_under(tmp_path) == []
