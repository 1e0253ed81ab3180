"""The real bot as a process when something fails at its start, panels vanish, or answers get lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator

import pytest

from bot import runner
from bot.texts import Texts
from tests.loopback import CALLBACKS, FOREVER, Channel, Fault, Loopback, Process
from tests.process.harbour import Harbour, let_agree

TEXTS = Texts.load()
CORE = "PUT /applications/*/commands"
POSTS = "POST /channels/*/messages"


@pytest.fixture
async def starting(discord: Loopback, harbour: Harbour) -> AsyncIterator[Process]:
    """The real bot, just begun."""
    discord.gateway.identify_interval = 0
    async with discord.process(harbour.config) as process:
        yield process


def delete_all(discord: Loopback, channel: Channel) -> set[int]:
    gone = {message.id for message in channel.messages}
    for message_id in gone:
        discord.backend.delete_message(channel.id, message_id)
    return gone


async def test_a_panel_deleted_the_moment_it_was_posted_comes_back(
    discord: Loopback, harbour: Harbour, peerled: Process
) -> None:
    help_ = harbour.channels["help"]
    for _ in range(2):
        await discord.until(lambda: help_.messages, what="the panel")
        was = delete_all(discord, help_)
        await discord.until(lambda was=was: {m.id for m in help_.messages} - was, what="the panel again")
    assert len(help_.messages) == 1


async def test_a_panel_deleted_while_the_bot_was_down_comes_back_with_it(
    discord: Loopback, harbour: Harbour, peerled: Process
) -> None:
    await peerled.terminate()
    delete_all(discord, harbour.channels["help"])
    await peerled.restart()
    await discord.until(lambda: harbour.channels["help"].messages, what="the panel")
    assert len(harbour.channels["start"].messages) == 1


async def test_a_panel_posted_just_before_a_kill_and_deleted_after_it_comes_back(
    discord: Loopback, harbour: Harbour, starting: Process
) -> None:
    hanging = discord.fault(POSTS, Fault.HANG_AFTER)
    await discord.until(lambda: hanging.hits, within=30)
    await starting.kill()
    (posted,) = [channel for channel in harbour.channels.values() if channel.messages]
    delete_all(discord, posted)
    await starting.restart()
    await discord.until(lambda: posted.messages, what="the panel")
    assert [len(harbour.channels[purpose].messages) for purpose in ("start", "help")] == [1, 1]


async def test_core_commands_that_get_no_answer_keep_neither_ready_nor_panels_waiting(
    discord: Loopback, harbour: Harbour, starting: Process
) -> None:
    lost = discord.fault(CORE, Fault.RESET_BEFORE, times=FOREVER)
    await starting.ready()
    assert lost.hits
    assert [len(harbour.channels[purpose].messages) for purpose in ("start", "help")] == [1, 1]
    assert "Traceback" not in starting.said
    assert await starting.terminate() == 0


async def test_a_token_taken_back_at_the_start_ends_the_process_with_a_line_that_says_so(
    discord: Loopback, harbour: Harbour, starting: Process
) -> None:
    discord.fault(CORE, Fault.UNAUTHORISED, times=FOREVER)
    assert await starting.ended(30) == 2
    assert starting.err[-1].startswith("[discord] token: Discord does not accept it")


async def test_a_token_that_the_gateway_refuses_ends_the_process_with_the_same_line(
    discord: Loopback, harbour: Harbour, peerled: Process
) -> None:
    discord.gateway._token = "another"
    discord.gateway.invalidate()
    assert await peerled.ended(30) == 2
    assert peerled.err[-1].startswith("[discord] token: Discord does not accept it")


async def test_no_session_id_is_written_down(discord: Loopback, harbour: Harbour, peerled: Process) -> None:
    (session,) = discord.gateway.sessions.values()
    discord.gateway.cut()
    await discord.until(lambda: session.resumes, within=15)
    await peerled.terminate()
    said = "\n".join([*peerled.out, *peerled.err])
    assert "RESUMED" in said
    assert session.id not in said
    assert discord.gateway.url not in said


async def test_an_answer_lost_on_the_way_is_followed_by_a_sentence(
    discord: Loopback, harbour: Harbour, peerled: Process
) -> None:
    mia = discord.person("Mia", harbour.guild)
    await let_agree(harbour, [mia])
    discord.fault(CALLBACKS, Fault.RESET_BEFORE)
    answer = await mia.press(harbour.start_panel, "Good")
    assert answer.text.startswith(TEXTS.t("en", "error.accident", reference="X").split("X")[0])
    assert harbour.moods() == {mia.id: 4}


# -- being asked to end, where the loop takes no signal handlers


@pytest.fixture
def handlers_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers_as_before")
async def test_a_loop_that_takes_no_signal_handlers_is_stopped_by_signals_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def as_on_windows(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", as_on_windows)
    stop = asyncio.Event()
    runner._at_signal(stop.set)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await stop.wait()
