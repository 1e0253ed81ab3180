"""Whoever presses is answered, in time and once: whatever the handler, the database or Discord itself does."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
import pytest

from bot.errors import Busy
from bot.kit import guards, views
from bot.kit.call import Call, Reply
from bot.kit.router import Route
from tests.cogs import raw
from tests.cogs.town import Town, read

Handler = Callable[[Call], Awaitable[Reply | None]]
CALLBACK = "/interactions/*/*/callback"


def add_route(town: Town, handler: Handler, *, in_place: bool = False, opens_form: bool = False) -> None:
    town.bot.router.routes["test:it"] = Route("test:it", handler, guards.member, in_place, opens_form)


def callbacks(town: Town, since: int) -> list[Any]:
    return [r.json for r in town.env.http_requests[since:] if r.path.endswith("/callback")]


def form(call: Call) -> discord.ui.Modal:
    return views.form(call.t("checkins.form.title"), "checkins:save:x", discord.ui.TextDisplay(call.t("help.who")))


async def says_well(call: Call) -> Reply:
    return Reply(call.t("privacy.kept"))


async def press(town: Town) -> str:
    record, event = raw.payload(town, town.mia, "test:it:")
    town.env.backend.emit("INTERACTION_CREATE", event)
    await town.env.settle(timeout=10)
    return raw.answered(town, record)


def is_accident(town: Town, said: str) -> bool:
    before, after = plain(town.t("error.accident", reference="X")).split("X")
    return re.fullmatch(f"{re.escape(before)}[0-9A-F]{{4}}{re.escape(after)}", plain(said)) is not None


def plain(said: str) -> str:
    return said.replace("⟦", "").replace("⟧", "")


# -- before a form


async def test_a_form_that_is_not_ready_in_time_is_given_up_with_a_plain_sentence(town: Town) -> None:
    async def slow(call: Call) -> None:
        await asyncio.sleep(60)
        await call.open_form(form(call))

    add_route(town, slow, opens_form=True)
    since = len(town.env.http_requests)
    answer = read(await town.send(town.mia, "test:it:"))
    assert answer.content == town.t("error.busy_reading")
    await town.env.advance_time(70)
    assert len(callbacks(town, since)) == 1


async def test_a_handler_that_will_not_be_stopped_cannot_open_its_form_after_all(town: Town) -> None:
    refused = []

    async def stubborn(call: Call) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.2)
        try:
            await call.open_form(form(call))
        except Busy as error:
            refused.append(error)

    add_route(town, stubborn, opens_form=True)
    since = len(town.env.http_requests)
    assert await press(town) == town.t("error.busy_reading")
    assert len(callbacks(town, since)) == len(refused) == 1


async def test_what_fails_on_the_way_to_a_form_is_said(town: Town) -> None:
    async def breaks(call: Call) -> None:
        raise RuntimeError("what somebody wrote")

    add_route(town, breaks, opens_form=True)
    assert is_accident(town, read(await town.send(town.mia, "test:it:")).content)


# -- when Discord does not take the answer


@pytest.mark.parametrize("in_place", [False, True])
async def test_an_answer_that_discord_finds_wrong_is_followed_by_the_sentence_for_accidents(
    town: Town, in_place: bool
) -> None:
    add_route(town, says_well, in_place=in_place)
    town.env.inject_error("POST", CALLBACK, status=400, code=50035, times=1)
    assert is_accident(town, await press(town))


async def test_help_that_was_due_stands_before_the_sentence_for_accidents(town: Town) -> None:
    async def careful(call: Call) -> Reply:
        call.care = call.t("help.card")
        return Reply(call.t("privacy.kept"))

    add_route(town, careful)
    town.env.inject_error("POST", CALLBACK, status=400, code=50035, times=1)
    said = await press(town)
    assert said.startswith(town.t("help.card"))
    assert is_accident(town, said.removeprefix(town.t("help.card")).strip())


@pytest.mark.parametrize(("status", "code"), [(404, 10062), (400, 40060)])
async def test_where_nothing_more_can_be_said_nothing_more_is_tried(town: Town, status: int, code: int) -> None:
    add_route(town, says_well)
    town.env.inject_error("POST", CALLBACK, status=status, code=code, times=1)
    since = len(town.env.http_requests)
    await press(town)
    assert len(callbacks(town, since)) == 1


@pytest.mark.parametrize(
    "error", [aiohttp.ServerDisconnectedError(), ConnectionResetError(104, "reset"), TimeoutError()]
)
async def test_an_answer_that_got_lost_on_the_way_is_followed_by_the_sentence_for_accidents(
    town: Town, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    add_route(town, says_well)
    lost, send = [error], discord.InteractionResponse.send_message

    async def loses(self: Any, *args: Any, **options: Any) -> Any:
        if lost:
            raise lost.pop()
        return await send(self, *args, **options)

    monkeypatch.setattr(discord.InteractionResponse, "send_message", loses)
    assert is_accident(town, await press(town))


async def slow(call: Call) -> Reply:
    while call._deferred is None or not call._deferred.done():  # noqa: ASYNC110 - until the deferral has ended
        await asyncio.sleep(0.01)
    return await says_well(call)


async def test_a_deferral_that_discord_refused_does_not_stand_in_the_way_of_the_answer(town: Town) -> None:
    add_route(town, slow)
    town.env.inject_error("POST", CALLBACK, status=400, code=50035, times=1)
    assert await press(town) == town.t("privacy.kept")


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_deferral_whose_answer_got_lost_does_not_stand_in_the_way_of_the_answer(
    town: Town, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    add_route(town, slow)
    lost, defer = [aiohttp.ServerDisconnectedError()], discord.InteractionResponse.defer

    async def loses(self: Any, **options: Any) -> None:
        if lost and not arrived:
            raise lost.pop()
        await defer(self, **options)
        if lost:
            self._response_type = None
            raise lost.pop()

    monkeypatch.setattr(discord.InteractionResponse, "defer", loses)
    assert await press(town) == town.t("privacy.kept")
