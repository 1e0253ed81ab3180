"""The demo's shell: what each person sees and is told, how time moves, and who may ask it at all."""

import datetime as dt
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.demo import stage
from bot.demo.clock import DemoClock
from bot.demo.opening import Opening
from bot.demo.shell import FILES, PAGES
from bot.demo.world import World
from tests.web.tiny_town import START, TinyBot, start_here


class Visitor:
    """Somebody at the shell, as far as HTTP goes."""

    def __init__(self, session: aiohttp.ClientSession, url: str, world: World) -> None:
        self.session = session
        self.url = url.rstrip("/")
        self.world = world

    async def looks(self, person: str) -> dict[str, Any]:
        async with self.session.get(f"{self.url}/api/world", params={"person": person}) as answer:
            assert answer.status == 200
            return dict(await answer.json())

    async def place(self, person: str, name: str) -> dict[str, Any]:
        return next(place for place in (await self.looks(person))["places"] if place["name"] == name)

    async def asks(self, path: str, **body: Any) -> int:
        async with self.session.post(f"{self.url}{path}", json=body) as answer:
            return answer.status

    async def does(self, person: str, command: str) -> None:
        town = self.world.town
        await town.people[person].actor.slash(town.guild.channels["start-here"], command)


async def opened(stack: AsyncExitStack, start: dt.datetime = START, *, menus: bool = False) -> Visitor:
    clock = DemoClock(start)
    world = await stack.enter_async_context(stage.staged(TinyBot(clock, menus=menus), clock, start_here))
    url = await stack.enter_async_context(stage.served(Opening(world), "127.0.0.1", 0))
    return Visitor(await stack.enter_async_context(aiohttp.ClientSession()), url, world)


@pytest.fixture
async def visitor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visitor]:
    # Only the tests move time here: nothing may depend on how fast the machine is.
    monkeypatch.setattr("bot.demo.world.BEAT_SECONDS", 3600.0)
    stack = AsyncExitStack()
    yield await opened(stack)
    await stack.aclose()


async def test_the_town_has_somebody_of_every_kind_with_a_tour(visitor: Visitor) -> None:
    people = (await visitor.looks("mia"))["people"]
    guides = [one["role"] for one in people if one["guides"]]
    assert guides == ["newcomer", "member", "peer leader", "moderator", "admin"]
    assert all(one["hint"] for one in people)


async def test_before_the_town_stands_only_its_progress_is_told() -> None:
    opening = Opening()
    opening.tell(0.5, "Ada sets the programme up")
    async with stage.served(opening, "127.0.0.1", 0) as url, aiohttp.ClientSession() as session:
        async with session.get(f"{url}api/world") as answer:
            assert await answer.json() == {"opening": {"share": 0.5, "what": "Ada sets the programme up"}}
        async with session.post(f"{url}api/leap", json={"by": "day"}) as answer:
            assert answer.status == 503


async def test_a_private_answer_is_new_for_nobody_else(visitor: Visitor) -> None:
    await visitor.does("mia", "write")
    assert (await visitor.place("mia", "start-here"))["unread"] == 1
    assert (await visitor.place("leo", "start-here"))["unread"] == 0


async def test_a_direct_message_is_marked_until_it_is_seen_and_only_for_its_reader(visitor: Visitor) -> None:
    await visitor.does("mia", "write")
    direct = await visitor.place("mia", "peerled")
    assert (direct["kind"], direct["unread"]) == ("direct", 1)
    assert (await visitor.place("leo", "peerled"))["unread"] == 0
    assert await visitor.asks("/api/seen", person="mia", channel=direct["id"]) == 200
    assert (await visitor.place("mia", "peerled"))["unread"] == 0


async def test_the_list_of_people_shows_for_whom_something_is_new(visitor: Visitor) -> None:
    await visitor.does("leo", "panel")
    unread = {one["key"]: one["unread"] for one in (await visitor.looks("mia"))["people"]}
    assert unread == {key: 2 if key == "leo" else 1 for key in visitor.world.town.people}


async def test_a_private_thread_is_listed_for_those_who_can_read_it_and_for_nobody_else(visitor: Visitor) -> None:
    await visitor.does("mia", "thread")
    thread = await visitor.place("mia", "just us")
    assert thread["kind"] == "private"
    listed = {
        person: any(place["name"] == "just us" for place in (await visitor.looks(person))["places"])
        for person in visitor.world.town.people
    }
    assert {person for person, sees in listed.items() if sees} == {"mia", "ada"}
    assert await visitor.asks("/api/open", person="leo", channel=thread["id"]) == 404
    assert await visitor.asks("/api/open", person="mia", channel=thread["id"]) == 200


async def test_nobody_reads_anothers_direct_messages(visitor: Visitor) -> None:
    direct = await visitor.place("mia", "peerled")
    assert await visitor.asks("/api/open", person="ada", channel=direct["id"]) == 404


async def test_an_hour_and_a_day_move_the_bots_clock_too(visitor: Visitor) -> None:
    clock = visitor.world.town.env.bot.clock  # type: ignore[attr-defined]  # the tiny bot keeps the clock it was given
    assert await visitor.asks("/api/leap", by="hour") == 200
    assert await visitor.asks("/api/leap", by="day") == 200
    assert clock.now() == START + dt.timedelta(hours=25)
    assert dt.datetime.fromisoformat((await visitor.looks("mia"))["now"]) == clock.now()


@pytest.mark.parametrize(
    ("start", "span"),
    [
        (dt.datetime(2026, 3, 2, 10, 30, tzinfo=dt.UTC), dt.timedelta(hours=22, minutes=30)),
        (dt.datetime(2026, 3, 2, 0, 10, tzinfo=dt.UTC), dt.timedelta(hours=32, minutes=50)),
        (dt.datetime(2026, 3, 28, 12, 0, tzinfo=dt.UTC), dt.timedelta(hours=20)),
        (dt.datetime(2026, 10, 24, 12, 0, tzinfo=dt.UTC), dt.timedelta(hours=21)),
    ],
    ids=["a day", "early", "into summer time", "out of summer time"],
)
async def test_tomorrow_morning_is_nine_on_the_towns_clocks(
    start: dt.datetime, span: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.demo.world.BEAT_SECONDS", 3600.0)
    async with AsyncExitStack() as stack:
        visitor = await opened(stack, start)
        assert await visitor.asks("/api/leap", by="morning") == 200
        now = dt.datetime.fromisoformat((await visitor.looks("mia"))["now"])
        assert now.time() == dt.time(9)
        assert now - start == span


async def test_the_bot_gets_its_turn_after_every_stride_of_time() -> None:
    turns: list[dt.datetime] = []
    clock = DemoClock(START)

    async def note() -> None:
        turns.append(clock.now())

    async with stage.staged(TinyBot(clock), clock, start_here, note) as world:
        turns.clear()
        await world.pass_time(dt.timedelta(hours=2, minutes=30))
        after = [round((turn - turns[-1]).total_seconds()) for turn in turns]
    assert after == [-5400, -1800, 0]


async def test_a_fault_of_the_bot_is_listed_by_its_place_without_anybodys_words(visitor: Visitor) -> None:
    await visitor.does("mia", "fail")
    faults = (await visitor.looks("mia"))["faults"]
    assert len(faults) == 1
    assert re.fullmatch(r"ValueError in tests/web/tiny_town\.py, line \d+", faults[0])


async def test_a_fault_while_time_passes_is_listed_and_time_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.demo.world.BEAT_SECONDS", 3600.0)
    clock = DemoClock(START)

    async def fail() -> None:
        raise LookupError("words that somebody wrote")

    async with stage.staged(TinyBot(clock), clock, start_here, fail) as world:
        await world.leap("hour")
        assert len(world.faults()) == 1
        assert world.faults()[0].startswith("LookupError in tests/web/test_shell.py")
        await world.leap("hour")
        assert world.now() == START + dt.timedelta(hours=2)


@pytest.mark.parametrize("headers", [{"Host": "elsewhere.example"}, {"Origin": "http://elsewhere.example"}])
async def test_other_sites_are_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    async with visitor.session.get(f"{visitor.url}/api/world", headers=headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/leap", {"by": "century"}, 400),
        ("/api/leap", {}, 400),
        ("/api/open", {"person": "nobody", "channel": "1"}, 404),
        ("/api/open", {"person": "mia", "channel": "x"}, 400),
        ("/api/open", {"person": "mia", "channel": 1}, 400),
        ("/api/open", {"person": "mia", "channel": "1"}, 404),
        ("/api/step", {"person": "mia", "channel": "1", "step": 0}, 400),
        ("/api/step", {"person": "mia", "channel": "1", "step": 99}, 400),
        ("/api/step", {"person": "mia", "channel": "1", "step": "0"}, 400),
        ("/api/step", {"person": "ada", "channel": "1", "step": 0}, 404),
        ("/api/apps", {"person": "mia", "channel": "1"}, 400),
        ("/api/events/seen", {"person": "nobody"}, 404),
        ("/api/events/interest", {"person": "mia"}, 400),
    ],
)
async def test_what_makes_no_sense_is_refused(visitor: Visitor, path: str, body: dict[str, Any], status: int) -> None:
    assert await visitor.asks(path, **body) == status


@pytest.mark.parametrize("data", ["{", "[]"])
async def test_a_body_that_is_no_object_is_refused(visitor: Visitor, data: str) -> None:
    headers = {"Content-Type": "application/json"}
    async with visitor.session.post(f"{visitor.url}/api/leap", data=data, headers=headers) as answer:
        assert answer.status == 400


async def test_a_form_of_another_page_cannot_move_time(visitor: Visitor) -> None:
    async with visitor.session.post(f"{visitor.url}/api/leap", data={"by": "day"}) as answer:
        assert answer.status == 415


async def test_the_pages_may_load_nothing_from_elsewhere(visitor: Visitor) -> None:
    for path in FILES:
        async with visitor.session.get(f"{visitor.url}{path}") as answer:
            assert answer.status == 200
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
    for page in PAGES.iterdir():
        addresses = set(re.findall(r"https?://[^\s\"'<)]+", page.read_text(encoding="utf-8")))
        assert addresses <= {"http://www.w3.org/2000/svg"}, page.name


async def test_a_taken_port_is_replaced_by_a_free_one(visitor: Visitor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with stage.served(Opening(visitor.world), "127.0.0.1", port) as url:
            assert urlsplit(url).port != port
            async with visitor.session.get(url) as answer:
                assert answer.status == 200
