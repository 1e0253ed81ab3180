"""The bot's commands on messages and people, and the server's events, in the shell: who finds what, and what they answer."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.web.test_shell import Visitor, opened


@pytest.fixture
async def visitor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visitor]:
    monkeypatch.setattr("bot.demo.world.BEAT_SECONDS", 3600.0)
    stack = AsyncExitStack()
    yield await opened(stack, menus=True)
    await stack.aclose()


@pytest.fixture
async def plain(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visitor]:
    monkeypatch.setattr("bot.demo.world.BEAT_SECONDS", 3600.0)
    stack = AsyncExitStack()
    yield await opened(stack)
    await stack.aclose()


async def apps(visitor: Visitor, person: str, channel: str = "start-here") -> dict[str, Any]:
    place = await visitor.place(person, channel)
    query = {"person": person, "channel": place["id"]}
    async with visitor.session.get(f"{visitor.url}/api/apps", params=query) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def uses(visitor: Visitor, person: str, command: str, on: str, target: str) -> tuple[int, str]:
    place = await visitor.place(person, "start-here")
    body = {"person": person, "channel": place["id"], "command": command, "on": on, "target": target}
    async with visitor.session.post(f"{visitor.url}/api/apps", json=body) as answer:
        return answer.status, str((await answer.json())["answer"]) if answer.status == 200 else ""


async def offers(visitor: Visitor, person: str, channel: str) -> bool:
    place = await visitor.place(person, channel)
    query = {"person": person, "channel": place["id"]}
    async with visitor.session.get(f"{visitor.url}/api/world", params=query) as answer:
        return bool((await answer.json())["apps"])


async def test_each_finds_the_commands_they_may_use_and_the_latest_messages(visitor: Visitor) -> None:
    town = visitor.world.town
    start_here = town.guild.channels["start-here"]
    await town.people["leo"].actor.send(start_here, "**Hello** <@1> you")
    await visitor.does("mia", "panel")
    found = await apps(visitor, "mia")
    assert found["on_message"] == ["Keep a copy"]
    assert found["on_person"] == ["Wave"]
    assert [(one["name"], one["text"]) for one in found["messages"]] == [
        ("peerled", "Here"),
        ("Leo", "Hello you"),
        ("peerled", "Here"),
    ]
    assert {one["name"] for one in found["people"]} == {one.name for one in town.people.values()}
    assert (await apps(visitor, "ada"))["on_person"] == ["Sweep", "Wave"]


async def test_a_bot_without_such_commands_shows_nothing(plain: Visitor) -> None:
    assert not await offers(plain, "mia", "start-here")
    found = await apps(plain, "mia")
    assert found == {"on_message": [], "on_person": [], "messages": [], "people": []}


async def test_apps_are_offered_in_channels_and_not_in_direct_messages(visitor: Visitor) -> None:
    assert await offers(visitor, "mia", "start-here")
    assert not await offers(visitor, "mia", "peerled")


async def test_a_command_on_a_person_is_answered_privately(visitor: Visitor) -> None:
    leo = visitor.world.town.people["leo"].actor
    assert await uses(visitor, "mia", "Wave", "person", str(leo.id)) == (200, "message")
    start_here = visitor.world.town.guild.channels["start-here"]
    mia = visitor.world.town.people["mia"].actor
    assert start_here.history(viewer=mia)[-1].content == "You waved at Leo."
    assert all(message.content == "Here" for message in start_here.history(viewer=leo))


async def test_a_command_on_a_message_may_open_a_form(visitor: Visitor) -> None:
    (message,) = (await apps(visitor, "mia"))["messages"]
    assert await uses(visitor, "mia", "Keep a copy", "message", message["id"]) == (200, "form")


async def test_a_bot_that_forgets_to_answer_is_seen_to(visitor: Visitor) -> None:
    ada = str(visitor.world.town.people["ada"].actor.id)
    assert await uses(visitor, "ada", "Sweep", "person", ada) == (200, "nothing")


async def test_what_somebody_may_not_use_or_cannot_see_is_not_there_for_them(visitor: Visitor) -> None:
    ada = str(visitor.world.town.people["ada"].actor.id)
    (message,) = (await apps(visitor, "mia"))["messages"]
    assert (await uses(visitor, "mia", "Sweep", "person", ada))[0] == 404
    assert (await uses(visitor, "mia", "Wave", "message", message["id"]))[0] == 404
    assert (await uses(visitor, "mia", "Wave", "person", "1"))[0] == 404
    assert (await uses(visitor, "mia", "Keep a copy", "message", "1"))[0] == 404
    assert (await uses(visitor, "mia", "Wave", "elsewhere", ada))[0] == 400
    assert (await uses(visitor, "mia", "Wave", "person", "x"))[0] == 400


async def test_a_new_event_is_marked_for_everybody_until_they_look(visitor: Visitor) -> None:
    assert (await visitor.looks("mia"))["events"] == []
    await visitor.does("leo", "plan")
    shown = await visitor.looks("mia")
    (event,) = shown["events"]
    assert (event["name"], event["where"], event["interested"], event["mine"]) == ("Supper club", "The pier", 0, False)
    assert shown["new_events"] == 1
    assert await visitor.asks("/api/events/seen", person="mia") == 200
    assert (await visitor.looks("mia"))["new_events"] == 0
    assert (await visitor.looks("sam"))["new_events"] == 1


async def test_interest_in_an_event_is_counted_and_can_be_taken_back(visitor: Visitor) -> None:
    await visitor.does("leo", "plan")
    (event,) = (await visitor.looks("mia"))["events"]
    for interested, count in ((True, 1), (False, 0)):
        asked = {"person": "mia", "event": event["id"], "interested": interested}
        assert await visitor.asks("/api/events/interest", **asked) == 200
        (event,) = (await visitor.looks("mia"))["events"]
        assert (event["interested"], event["mine"]) == (count, interested)
    assert await visitor.asks("/api/events/interest", person="mia", event="1", interested=True) == 404
    assert await visitor.asks("/api/events/interest", person="mia", event=event["id"]) == 400


async def test_an_event_that_is_over_is_listed_no_more(visitor: Visitor) -> None:
    await visitor.does("leo", "plan")
    await visitor.asks("/api/leap", by="day")
    assert [event["running"] for event in (await visitor.looks("mia"))["events"]] == [True]
    await visitor.asks("/api/leap", by="day")
    assert (await visitor.looks("mia"))["events"] == []
