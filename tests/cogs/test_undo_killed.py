"""Taking back that ends in the middle, wherever that is, goes on from there: nothing twice, nothing forgotten."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import pytest

from bot.services import setup, undoing
from bot.steps.attempts import LASTS
from tests.cogs.setting_up import apply, to_plan
from tests.cogs.town import Town, read
from tests.cogs.undoing import as_it_was, guild_of, made, of_preset, to_undo, told, undo

CHANGES = 10
"""Calls that change something: the commands, six channels, the heading, two roles."""
WITH_WORDS = 9
"""The same where the start channel was there and people wrote in the group: a panel goes, a channel is archived, the heading
stays."""
BEFORE, AFTER = "before Discord hears of it", "after Discord did it"


def breaking(
    town: Town, monkeypatch: pytest.MonkeyPatch, at: int, when: str, error: Callable[[], BaseException]
) -> list[str]:
    """Let the bot's call number `at` that changes something end in an error; return the list of calls so far."""
    calls: list[str] = []
    request = town.bot.http.request

    async def broken(route: Any, **options: Any) -> Any:
        if route.method == "GET":
            return await request(route, **options)
        calls.append(f"{route.method} {route.path}")
        if len(calls) == at and when == BEFORE:
            raise error()
        answer = await request(route, **options)
        if len(calls) == at and when == AFTER:
            raise error()
        return answer

    monkeypatch.setattr(town.bot.http, "request", broken)
    return calls


async def never(*_: Any) -> None:
    """The dead tidy nothing up."""


async def die(town: Town, monkeypatch: pytest.MonkeyPatch, at: int, when: str, *, preset: str = "recovery") -> None:
    """Press the red button in a process that ends at this call, and start another."""
    screen = await to_undo(town, preset)
    with monkeypatch.context() as dying:
        dying.setattr(undoing, "stop", never)
        calls = breaking(town, dying, at, when, asyncio.CancelledError)
        await town.press(town.ada, screen, "setup:undo-do:")
        assert len(calls) >= at
    await town.restart()
    await town.env.settle()


async def ends(town: Town) -> None:
    """Go on where there is something left, and fail unless nothing is."""
    screen = read(await town.ada.slash(town.general, "setup undo"))
    if screen.content != told(town, "setup.undo.none"):
        assert told(town, "setup.undo.done", programme=town.t("programme.recovery.name")) in await undo(town, screen)
    row = await of_preset(town)
    assert (row.state, row.channels, row.roles, row.category_id) == ("draft", {}, {}, None)
    assert town.sent("PUT", f"/guilds/{town.guild.id}/commands")[-1] == []


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("at", range(1, CHANGES + 1))
async def test_killed_at_any_call_it_goes_on_after_a_restart_and_the_guild_is_as_before(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch, at: int, when: str
) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town)
    await die(town, monkeypatch, at, when)
    assert not (await guild_of(town)).live
    await ends(town)
    assert as_it_was(town) == before


async def test_what_was_left_half_way_is_found_by_the_check_which_says_how_to_go_on(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    await made(town)
    await die(town, monkeypatch, 4, AFTER)
    half = told(town, "setup.check.half_undone", name=town.t("programme.recovery.name"))
    assert half in read(await town.ada.slash(town.general, "setup check")).content
    await ends(town)
    assert half not in read(await town.ada.slash(town.general, "setup check")).content


async def test_taking_back_makes_as_many_calls_as_are_broken_here(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    await made(town)
    screen = await to_undo(town)
    calls = breaking(town, monkeypatch, 0, BEFORE, asyncio.CancelledError)
    await undo(town, screen)
    assert len(calls) == CHANGES


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("at", range(1, WITH_WORDS + 1))
async def test_killed_where_things_stay_it_archives_once_and_takes_its_panel_down(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch, at: int, when: str
) -> None:
    town = empty_town
    welcome = town.guild.create_text_channel("welcome")
    group = (await made(town, start=welcome)).channels["group"]
    name = town.env.backend.get_channel(group).name
    town.env.backend.create_message(group, town.mia.id, "Hello")
    await die(town, monkeypatch, at, when)
    await ends(town)
    assert town.env.backend.get_channel(group).name == town.t("setup.undo.archive.name", name=name)
    assert welcome.history() == []


async def test_while_the_one_that_began_may_still_live_nobody_else_goes_on(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    await made(town)
    screen = await to_undo(town)
    with monkeypatch.context() as dying:
        dying.setattr(undoing, "stop", never)
        breaking(town, dying, 3, BEFORE, asyncio.CancelledError)
        await town.press(town.ada, screen, "setup:undo-do:")
    busy = read(await town.ada.slash(town.general, "setup undo"))
    assert busy.content == told(town, "setup.undo.busy")
    town.clock.advance(LASTS + dt.timedelta(seconds=1))
    await ends(town)


@pytest.mark.parametrize("error", [aiohttp.ClientOSError, TimeoutError])
@pytest.mark.parametrize("at", [2, 7, 9])
async def test_when_the_connection_breaks_it_says_that_it_cannot_know_and_then_goes_on(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch, at: int, error: type[Exception]
) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town)
    screen = await to_undo(town)
    with monkeypatch.context() as breaks:
        breaking(town, breaks, at, AFTER, error)
        said = await undo(town, screen)
    assert told(town, "setup.undo.unsure", item="X").split("X")[0].rstrip("⟧") in said
    await ends(town)
    assert as_it_was(town) == before


@pytest.mark.parametrize(
    ("status", "key"), [(403, "setup.undo.forbidden"), (400, "setup.undo.refused")], ids=["forbidden", "refused"]
)
async def test_what_discord_refuses_half_way_leaves_what_is_done_and_says_the_next_step(
    empty_town: Town, status: int, key: str
) -> None:
    town = empty_town
    before = as_it_was(town)
    programme = await made(town)
    screen = await to_undo(town)
    refused, gone = sorted(programme.channels.values())[1], sorted(programme.channels.values())[0]
    town.env.inject_error("DELETE", f"/channels/{refused}", status=status, code=50013)
    said = await undo(town, screen)
    item = town.t("setup.undo.item.delete_channel", id=refused)
    assert told(town, key, item=item, code=50013) in said
    assert gone not in town.env.backend.channels
    assert refused in town.env.backend.channels
    await ends(town)
    assert as_it_was(town) == before


async def test_where_discord_wants_a_pause_it_says_how_long(empty_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town = empty_town
    await made(town)
    screen = await to_undo(town)
    with monkeypatch.context() as breaks:
        breaking(town, breaks, 2, BEFORE, lambda: discord.RateLimited(500.0))
        said = await undo(town, screen)
    assert told(town, "setup.undo.later", item="X").split("X")[0].rstrip("⟧") in said
    await ends(town)


async def test_an_answer_that_was_closed_meanwhile_stops_nothing(empty_town: Town) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town)
    screen = await to_undo(town)
    town.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=404, code=10008, times=3)
    await town.press(town.ada, screen, "setup:undo-do:")
    assert as_it_was(town) == before


# -- a set-up that was killed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("at", range(1, 9))
async def test_a_set_up_that_was_killed_is_taken_back_with_what_it_could_not_write_down(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch, at: int, when: str
) -> None:
    town = empty_town
    before = as_it_was(town)
    screen = await to_plan(town, mine=False)
    with monkeypatch.context() as dying:
        dying.setattr(setup, "back_to_draft", never)
        breaking(town, dying, at, when, asyncio.CancelledError)
        await apply(town, screen)
    await town.restart()
    await town.env.settle()
    assert told(town, "setup.undo.done", programme=town.t("programme.recovery.name")) in await undo(
        town, await to_undo(town)
    )
    assert as_it_was(town) == before


async def test_what_only_looks_like_ours_and_is_in_use_is_left_alone(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    screen = await to_plan(town, mine=False)
    with monkeypatch.context() as dying:
        dying.setattr(setup, "back_to_draft", never)
        breaking(town, dying, 2, AFTER, asyncio.CancelledError)
        await apply(town, screen)
    await town.restart()
    await town.env.settle()
    (lost,) = [
        role
        for role in town.env.backend.get_guild(town.guild.id).roles.values()
        if role.name == town.t("setup.role.moderator")
    ]
    town.env.backend.add_member_role(town.guild.id, town.sam.id, lost.id)
    screen = await to_undo(town)
    assert str(lost.id) not in screen.content
    await undo(town, screen)
    assert lost.id in town.env.backend.get_guild(town.guild.id).roles
