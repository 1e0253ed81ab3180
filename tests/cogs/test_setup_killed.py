"""A set-up that ends in the middle, wherever that is, ends right when it is started again: nothing twice, nothing missing."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import pytest

from bot.services import setup
from data.programmes import presets
from tests.cogs.setting_up import apply, begins, is_well, names, said, to_plan, underway, wears
from tests.cogs.town import Town, read

CHANGES = 15
"""Calls that change something: two roles made, two given, the heading, six channels, the commands, three panels."""
PRESETS = sorted(presets())
BEFORE, AFTER = "before Discord hears of it", "after Discord did it"


def breaking(
    town: Town, monkeypatch: pytest.MonkeyPatch, at: int, when: str, error: Callable[[], BaseException]
) -> list[str]:
    """Let the bot's call number `at` that changes something end in an error; return the list of calls so far."""
    made: list[str] = []
    request = town.bot.http.request

    async def broken(route: Any, **options: Any) -> Any:
        if route.method == "GET":
            return await request(route, **options)
        made.append(f"{route.method} {route.path}")
        if len(made) == at and when == BEFORE:
            raise error()
        answer = await request(route, **options)
        if len(made) == at and when == AFTER:
            raise error()
        return answer

    monkeypatch.setattr(town.bot.http, "request", broken)
    return made


async def stands_once(town: Town, preset: str = "recovery") -> None:
    """Fail unless everything is there, once, and bound."""
    channels, roles = names(town)
    assert len(channels) == len(set(channels)) == 8
    assert len(roles) == len(set(roles)) == 7
    programme = await town.programme()
    assert len(set(programme.channels.values())) == 6
    assert len(set(programme.roles.values())) == 2
    below = [c for c in town.env.backend.channels.values() if c.parent_id == programme.category_id]
    assert {c.id for c in below} == set(programme.channels.values())
    assert set(programme.roles.values()) <= wears(town, town.ada)
    assert await is_well(town)
    now = await underway(town, preset)
    assert now.made == {*programme.channels.values(), *programme.roles.values(), programme.category_id}
    assert (now.draft.mine, now.draft.since) == (False, None)


async def never(*_: Any) -> None:
    """The dead tidy nothing up."""


async def killed_and_resumed(town: Town, monkeypatch: pytest.MonkeyPatch, preset: str, at: int, when: str) -> None:
    """Kill the process at a call that changes something, start it again, and go on at once."""
    screen = await to_plan(town, preset=preset, countries=("GB",))
    with monkeypatch.context() as dying:
        dying.setattr(setup, "back_to_draft", never)
        made = breaking(town, dying, at, when, asyncio.CancelledError)
        await town.press(town.ada, screen, "setup:apply:")
        assert len(made) == at
    await town.restart()
    await town.env.settle()
    again = read(await town.ada.slash(town.general, "setup apply"))
    if again.content != said(town, "setup.begun.none"):
        await apply(town, again)
    await stands_once(town, preset)


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("at", range(1, CHANGES + 1))
@pytest.mark.parametrize("preset", PRESETS)
async def test_killed_at_any_call_it_goes_on_after_a_restart_and_makes_nothing_twice(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch, preset: str, at: int, when: str
) -> None:
    await killed_and_resumed(empty_town, monkeypatch, preset, at, when)


@pytest.mark.parametrize("at", [1, 3, 6])
async def test_a_second_programme_that_is_killed_leaves_the_first_alone_and_shares_with_it_once(
    town: Town, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    first = await town.programme()
    screen = await to_plan(town, preset="health")
    with monkeypatch.context() as dying:
        dying.setattr(setup, "back_to_draft", never)
        breaking(town, dying, at, AFTER, asyncio.CancelledError)
        await town.press(town.ada, screen, "setup:apply:")
    await town.restart()
    await town.env.settle()
    await apply(town, read(await town.ada.slash(town.general, "setup apply")))
    guild = await town.bot.tools.guilds.get(town.guild.id)
    assert guild is not None
    second, before = guild.live
    assert before == first
    assert second.channels["help"] == first.channels["help"]
    channels, roles = names(town)
    assert len(channels) == len(set(channels))
    assert len(roles) == len(set(roles))
    assert await is_well(town)


async def test_a_set_up_makes_as_many_calls_as_are_broken_here(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = await to_plan(empty_town, countries=("GB",))
    made = breaking(empty_town, monkeypatch, 0, BEFORE, asyncio.CancelledError)
    await apply(empty_town, screen)
    assert len(made) == CHANGES
    await stands_once(empty_town)


@pytest.mark.parametrize("at", [1, 2, 5, 6, 7, 10])
@pytest.mark.parametrize("error", [aiohttp.ClientOSError, TimeoutError])
async def test_when_the_connection_breaks_it_says_that_it_cannot_know_and_then_uses_what_it_made(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch, at: int, error: type[Exception]
) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))
    with monkeypatch.context() as breaks:
        breaking(town, breaks, at, AFTER, error)
        assert begins(town, "setup.unsure") in await apply(town, screen)
    again = await to_plan(town)
    ends = [
        town.t(f"setup.item.take_{what}", id=1, name="X", use="X").rsplit("X", 1)[1]
        for what in ("role", "category", "channel")
    ]
    assert [end for end in ends if end in again.content]
    await apply(town, again)
    await stands_once(town)


async def test_an_answer_that_was_closed_meanwhile_stops_nothing(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))
    town.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=404, code=10008, times=3)
    await town.press(town.ada, screen, "setup:apply:")
    await stands_once(town)


async def test_where_discord_wants_a_pause_it_says_how_long(empty_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))
    with monkeypatch.context() as breaks:
        breaking(town, breaks, 3, BEFORE, lambda: discord.RateLimited(500.0))
        assert begins(town, "setup.later") in await apply(town, screen)
    await apply(town, await to_plan(town))
    await stands_once(town)


@pytest.mark.parametrize("error", [aiohttp.ServerDisconnectedError, lambda: discord.RateLimited(500.0)])
async def test_where_discord_cannot_be_asked_it_says_so_and_makes_nothing(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]
) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))

    async def silent(_: discord.Guild) -> None:
        raise error()

    with monkeypatch.context() as breaks:
        breaks.setattr(discord.Guild, "fetch_roles", silent)
        assert said(town, "setup.no_answer") in await apply(town, screen)
    await apply(town, await to_plan(town))
    await stands_once(town)


async def test_something_of_the_same_name_that_others_made_is_not_taken(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    older = town.guild.create_role(town.t("programme.recovery.leader"))
    screen = await to_plan(town)
    with monkeypatch.context() as breaks:
        breaking(town, breaks, 1, BEFORE, TimeoutError)
        await apply(town, screen)
    rights = discord.Permissions(kick_members=True)
    strong = town.guild.create_role(town.t("programme.recovery.leader"), permissions=rights)
    everybodys = town.guild.create_text_channel(
        town.t("setup.channel.moderators"), topic=town.t("setup.topic.moderators")
    )
    await apply(town, await to_plan(town))
    programme = await town.programme()
    assert programme.roles["leader"] not in {older.id, strong.id}
    assert programme.channels["moderators"] != everybodys.id


async def test_a_role_that_discord_tells_of_late_does_not_stop_the_set_up(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))
    known = {role.id for role in town.bot.get_guild(town.guild.id).roles}
    get_role, get_channel = discord.Guild.get_role, discord.Guild.get_channel
    channels = {channel.id for channel in town.bot.get_guild(town.guild.id).channels}
    with monkeypatch.context() as late:
        late.setattr(discord.Guild, "get_role", lambda self, one: get_role(self, one) if one in known else None)
        late.setattr(
            discord.Guild, "get_channel", lambda self, one: get_channel(self, one) if one in channels else None
        )
        assert begins(town, "setup.done") in await apply(town, screen)
    await stands_once(town)


async def test_an_attempt_that_was_waiting_too_long_makes_nothing_beside_the_one_that_followed(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))
    bound, follow = setup.bound, []

    async def slow(*args: Any) -> None:
        await bound(*args)
        if not follow:
            follow.append(True)
            town.clock.advance(setup.ATTEMPT_LASTS + dt.timedelta(seconds=1))
            now = await underway(town)
            tools = town.bot.tools
            await setup.begin(
                tools.db, tools.clock, tools.guilds, town.guild.id, preset="recovery", locale="", zone="", countries=[]
            )
            await setup.start_applying(tools.db, tools.clock, tools.guilds, town.guild.id, now.programme.id)

    with monkeypatch.context() as waits:
        waits.setattr(setup, "bound", slow)
        assert said(town, "setup.already") in await apply(town, screen)
    assert len(names(town)[1]) == 6
    assert len((await underway(town)).programme.roles) == 1
