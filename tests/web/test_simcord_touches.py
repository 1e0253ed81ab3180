"""Each touch on simcord does what its reason says, and is gone afterwards."""

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from simcord.env import Env
from simcord.preview import Preview

from bot.demo import simcord_touches as touches
from tests.web.tiny_town import START, TinyBot


class Page:
    """A browser's page of one channel, as far as simcord's protocol goes."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.origin, capability = url.split("/#")
        self._headers = {"X-Simcord-Capability": capability}
        self._numbers = itertools.count(1)
        self.seen: dict[str, Any] = {}

    async def open(self) -> "Page":
        async with self._session.post(f"{self.origin}/api/pages", json={}, headers=self._headers) as answer:
            self.seen = await answer.json()
        self._headers["X-Simcord-Context"] = self.seen["context"]["id"]
        return self

    async def look(self) -> dict[str, Any]:
        async with self._session.get(f"{self.origin}/api/state", headers=self._headers) as answer:
            self.seen = await answer.json()
        return self.seen

    async def press(self, label: str) -> dict[str, Any]:
        message, button = next(
            (key, node)
            for key, value in self.seen["messages"].items()
            for row in value["components"]
            for node in row["components"]
            if node["label"] == label
        )
        number = next(self._numbers)
        body = {
            "protocol_version": 3,
            "sequence": number,
            "request_id": f"press-{number}",
            "generation": self.seen["context"]["generation"],
            "bot_generation": self.seen["botGeneration"],
            "published_revision": self.seen["publishedRevision"],
            "kind": "click",
            "target_id": message,
            "control_key": button["control_key"],
        }
        async with self._session.post(f"{self.origin}/api/action", json=body, headers=self._headers) as answer:
            return dict(await answer.json())


class Harbour:
    """A running tiny bot, a channel with its panel, and two people."""

    def __init__(self, env: Env, bot: TinyBot) -> None:
        self.env = env
        self.bot = bot
        self.guild = env.create_guild("Harbour")
        self.mia = self.guild.add_member(env.create_user("mia"))
        self.leo = self.guild.add_member(env.create_user("leo"))
        self.channel = self.guild.create_text_channel("start-here")


@pytest.fixture
async def harbour() -> AsyncIterator[Harbour]:
    bot = TinyBot()
    env = Env(bot, check_errors=False)
    await env.start()
    yield Harbour(env, bot)
    await env.shutdown()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


def test_touches_are_taken_back_in_reverse_order() -> None:
    done: list[str] = []

    def touch(name: str) -> touches.Touch:
        def apply() -> Any:
            done.append(f"on {name}")
            return lambda: done.append(f"off {name}")

        return apply

    with touches.touched(touch("a"), touch("b")):
        pass
    assert done == ["on a", "on b", "off b", "off a"]


def test_settling_looks_every_millisecond_and_is_put_back() -> None:
    before = dict(Env._settle_internal.__kwdefaults__ or {})
    with touches.touched(touches.quick_settling):
        assert Env._settle_internal.__kwdefaults__ == {**before, "idle": touches.SETTLE_INTERVAL}
    assert Env._settle_internal.__kwdefaults__ == before


async def test_each_person_speaks_their_own_language(harbour: Harbour) -> None:
    harbour.env.backend.get_guild(harbour.guild.id).preferred_locale = "fr"
    with touches.touched(touches.own_language):
        touches.speak(harbour.env, harbour.mia.id, "de")
        await harbour.mia.slash(harbour.channel, "panel")
        await harbour.leo.slash(harbour.channel, "panel")
    await harbour.mia.slash(harbour.channel, "panel")
    assert harbour.bot.heard == [("de", "fr"), ("en-US", "fr"), ("en-US", "en-US")]


async def test_what_people_did_is_remembered_by_name_and_by_nothing_they_wrote(harbour: Harbour) -> None:
    with touches.touched(touches.deeds_remembered):
        await harbour.mia.slash(harbour.channel, "panel")
        panel = harbour.channel.last_message
        assert panel is not None
        await harbour.mia.click(panel, custom_id="tiny:press:1")
        form = await harbour.mia.slash(harbour.channel, "form")
        await harbour.mia.submit_modal(form, {"why": "words of mine"})
        await harbour.leo.slash(harbour.channel, "panel")
    await harbour.mia.slash(harbour.channel, "panel")
    here = harbour.channel.id
    done = [(name, here) for name in ("panel", "tiny:press", "form", "tiny:keep")]
    assert touches.deeds(harbour.env, harbour.mia.id) == done
    assert touches.deeds(harbour.env, harbour.leo.id) == done[:1]


async def test_a_form_asked_for_elsewhere_is_shown_on_its_persons_page_alone(
    harbour: Harbour, session: aiohttp.ClientSession
) -> None:
    hub = touches.PreviewHub(harbour.env)
    mia = await Page(session, await hub.url(harbour.channel, harbour.mia)).open()
    leo = await Page(session, await hub.url(harbour.channel, harbour.leo)).open()
    async with hub.turn:
        hub.hand_over(harbour.channel.id, harbour.mia.id, await harbour.mia.slash(harbour.channel, "form"))
        await hub.refresh()
    assert [(await page.look())["modal"] is not None for page in (mia, leo)] == [True, False]
    await hub.close()


async def test_a_form_reaches_a_page_that_is_only_just_being_opened(
    harbour: Harbour, session: aiohttp.ClientSession
) -> None:
    hub = touches.PreviewHub(harbour.env)
    url = await hub.url(harbour.channel, harbour.mia)
    async with hub.turn:
        hub.hand_over(harbour.channel.id, harbour.mia.id, await harbour.mia.slash(harbour.channel, "form"))
        await hub.refresh()
    first = await Page(session, url).open()
    assert first.seen["modal"] is not None
    async with hub.turn:
        await hub.refresh()
    assert (await Page(session, url).open()).seen["modal"] is None
    await hub.close()


async def test_a_private_thread_is_not_announced_in_its_channel(harbour: Harbour) -> None:
    with touches.touched(touches.private_threads_unannounced):
        await harbour.mia.slash(harbour.channel, "thread")
    names = [thread.name for thread in harbour.channel.threads]
    assert names == ["just us"]
    assert [m.content for m in harbour.channel.history(viewer=harbour.leo)] == []
    assert [m.content for m in harbour.channel.threads[0].history(viewer=harbour.mia)] == ["Hello"]


async def test_a_private_thread_is_announced_without_the_touch(harbour: Harbour) -> None:
    await harbour.mia.slash(harbour.channel, "thread")
    assert len(harbour.channel.history(viewer=harbour.leo)) == 1


async def test_who_wears_a_role_is_counted(harbour: Harbour) -> None:
    worn, spare = harbour.guild.create_role("worn"), harbour.guild.create_role("spare")
    harbour.guild.add_member(harbour.env.create_user("ada"), roles=[worn])
    guild = harbour.bot.get_guild(harbour.guild.id)
    assert guild is not None
    with touches.touched(touches.wearers_counted):
        counted = {role.id: count for role, count in (await guild.role_member_counts()).items()}
    assert (counted[worn.id], counted[spare.id]) == (1, 0)
    assert harbour.guild.id not in counted


async def test_only_the_named_origins_may_frame_a_channel(harbour: Harbour, session: aiohttp.ClientSession) -> None:
    with touches.touched(touches.framed_by("http://127.0.0.1:8765", "http://localhost:8765")):
        async with harbour.env.preview(harbour.channel, viewers=[harbour.mia], layout="channel") as preview:
            async with session.get(preview.url.split("#")[0]) as answer:
                assert "X-Frame-Options" not in answer.headers
                policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors http://127.0.0.1:8765 http://localhost:8765")
    async with harbour.env.preview(harbour.channel, viewers=[harbour.mia], layout="channel") as preview:
        async with session.get(preview.url.split("#")[0]) as answer:
            assert answer.headers["X-Frame-Options"] == "DENY"


async def test_our_dress_is_added_and_hides_what_is_there(
    harbour: Harbour, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    dress = tmp_path / "dress.css"
    dress.write_text("[data-workbench] { display: none !important; }", encoding="utf-8")
    script = tmp_path / "dress.js"
    script.write_text("/* our script */", encoding="utf-8")
    with touches.touched(touches.dressed_with(style=dress, script=script)):
        async with harbour.env.preview(harbour.channel, viewers=[harbour.mia], layout="channel") as preview:
            origin = preview.url.split("/#")[0]
            async with session.get(f"{origin}/preview.css") as answer:
                assert (await answer.text()).endswith("\n[data-workbench] { display: none !important; }")
            async with session.get(f"{origin}/app.js") as answer:
                assert (await answer.text()).endswith("\n/* our script */")
            async with session.get(f"{origin}/") as answer:
                page = await answer.text()
    assert "data-workbench" in page
    assert 'id="new-messages"' in page


async def test_a_page_behind_another_tab_for_hours_is_still_there(
    harbour: Harbour, session: aiohttp.ClientSession
) -> None:
    with touches.touched(touches.lasting_pages):
        async with harbour.env.preview(harbour.channel, viewers=[harbour.mia], layout="channel") as preview:
            page = await Page(session, preview.url).open()
            preview._pages[page.seen["context"]["id"]].last_activity -= 11 * 3600
            await preview.refresh()
            assert page.seen["context"]["id"] in preview._pages


async def test_two_people_press_while_time_moves_and_all_is_heard(
    harbour: Harbour, session: aiohttp.ClientSession
) -> None:
    await harbour.leo.slash(harbour.channel, "panel")
    with touches.touched(touches.presses_wait_their_turn):
        hub = touches.PreviewHub(harbour.env)
        mia = await Page(session, await hub.url(harbour.channel, harbour.mia)).open()
        leo = await Page(session, await hub.url(harbour.channel, harbour.leo)).open()

        async def move() -> None:
            async with hub.turn:
                await harbour.env.advance_time(60)

        answers = await asyncio.gather(mia.press("Press"), move(), leo.press("Press"))
        await hub.close()
    assert [answer["settlement"] for answer in answers if answer] == ["settled", "settled"]
    assert sorted(harbour.bot.pressed) == sorted([harbour.mia.id, harbour.leo.id])


async def test_a_press_in_the_moment_of_renewal_counts(harbour: Harbour, session: aiohttp.ClientSession) -> None:
    await harbour.leo.slash(harbour.channel, "panel")
    with touches.touched(touches.presses_wait_their_turn):
        hub = touches.PreviewHub(harbour.env)
        mia = await Page(session, await hub.url(harbour.channel, harbour.mia)).open()
        async with hub.turn:
            await hub.refresh()
        assert (await mia.press("Press"))["settlement"] == "settled"
        await hub.close()


async def test_a_press_on_a_button_that_is_gone_is_refused(harbour: Harbour, session: aiohttp.ClientSession) -> None:
    await harbour.leo.slash(harbour.channel, "panel")
    panel = harbour.channel.last_message
    assert panel is not None
    with touches.touched(touches.presses_wait_their_turn):
        hub = touches.PreviewHub(harbour.env)
        mia = await Page(session, await hub.url(harbour.channel, harbour.mia)).open()
        harbour.env.backend.delete_message(harbour.channel.id, panel.id)
        async with hub.turn:
            await hub.refresh()
        assert (await mia.press("Press"))["rejected"]
        await hub.close()
    assert harbour.bot.pressed == []


async def test_the_world_starts_at_the_given_instant_and_goes_on_from_there() -> None:
    env = Env(TinyBot())
    touches.start_clock_at(env, START)
    touches.name_bot(env, "peerled")
    await env.start()
    try:
        harbour = Harbour(env, TinyBot())
        await env.advance_time(3600)
        sent = await harbour.mia.send(harbour.channel, "Hello")
        assert env.now() == START + dt.timedelta(hours=1)
        assert sent.created_at == START + dt.timedelta(hours=1)
        assert env.bot.user is not None
        assert env.bot.user.name == "peerled"
    finally:
        await env.shutdown()


async def test_private_answers_are_gone_when_the_window_was_closed_and_nothing_else_is(harbour: Harbour) -> None:
    await harbour.mia.slash(harbour.channel, "panel")
    touches.forget_private_answers(harbour.env)
    assert [message.content for message in harbour.channel.history(viewer=harbour.mia)] == ["Here"]


async def test_traffic_grows_when_something_happens_and_only_then(harbour: Harbour) -> None:
    before = touches.traffic(harbour.env)
    await harbour.env.advance_time(5)
    assert touches.traffic(harbour.env) == before
    await harbour.mia.slash(harbour.channel, "panel")
    assert touches.traffic(harbour.env) > before


async def test_everyone_has_their_own_view_of_a_channel_at_the_same_time(
    harbour: Harbour, session: aiohttp.ClientSession
) -> None:
    await harbour.mia.slash(harbour.channel, "panel")
    hub = touches.PreviewHub(harbour.env)
    urls = [await hub.url(harbour.channel, who) for who in (harbour.mia, harbour.leo, harbour.mia)]
    assert urls[0] == urls[2] != urls[1]
    mia, leo = [await Page(session, url).open() for url in urls[:2]]
    assert [len(page.seen["messages"]) for page in (mia, leo)] == [2, 1]
    await hub.close()
    with pytest.raises(aiohttp.ClientConnectionError):
        await session.get(mia.origin)


def test_what_simcord_hides_from_us_is_still_called_so() -> None:
    assert Preview._PAGE_LEASE_SECONDS < touches.PAGE_LEASE_SECONDS
    assert Preview._MAX_PAGES < touches.PAGES_PER_CHANNEL
