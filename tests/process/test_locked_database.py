"""Another program holds the database: people are acknowledged in time, and told plainly when nothing was kept.

The figures are taken where the bot's answers arrive; the limits are promises to people, not measurements of speed.
"""

import asyncio

import pytest

from bot.texts import Texts
from tests.loopback import Loopback, Person, Process
from tests.process.harbour import Harbour, let_agree

TEXTS = Texts.load()
ACKNOWLEDGED_WITHIN = 2.0


@pytest.fixture
async def crowd(discord: Loopback, harbour: Harbour) -> list[Person]:
    people = [discord.person(f"Person {number}", harbour.guild) for number in range(20)]
    await let_agree(harbour, people)
    return people


async def test_locked_for_a_moment_everybody_is_acknowledged_within_two_seconds_and_saved(
    harbour: Harbour, crowd: list[Person], peerled: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    with harbour.locked():
        answers = [person.pressing(harbour.start_panel, "Good") for person in crowd]
        form = crowd[0].slashing(harbour.channels["start"], "checkin now")
        help_now = crowd[0].slashing(harbour.channels["start"], "help-now")
        await asyncio.sleep(1.5)  # this is the lock, not a wait for anything
    for answer in [*answers, form, help_now]:
        await answer.finished()
    worst = max(answer.seconds for answer in [*answers, form, help_now])
    with capsys.disabled():
        figure = f"{len(answers) + 2} answers, the slowest acknowledged after {worst:.2f} s"
        print(f"\nlocked 1.5 s: {figure}")  # noqa: T201  (a figure to be read beside the result)
    assert worst <= ACKNOWLEDGED_WITHIN
    assert harbour.moods() == {person.id: 4 for person in crowd}


async def test_locked_for_long_it_says_so_and_nothing_is_stored_afterwards(
    discord: Loopback, harbour: Harbour, crowd: list[Person], peerled: Process
) -> None:
    *unlucky, late = crowd
    with harbour.locked():
        answers = [person.pressing(harbour.start_panel, "Good") for person in unlucky]
        await asyncio.sleep(10)  # this is the lock, not a wait for anything
        assert all(answer.seconds <= ACKNOWLEDGED_WITHIN for answer in answers)
        assert {answer.text for answer in answers} == {TEXTS.t("en", "error.busy")}
        assert all(answer.ephemeral for answer in answers)
    await late.press(harbour.start_panel, "Low")  # queued behind whatever might still have been waiting
    assert harbour.moods() == {late.id: 2}
    assert await peerled.terminate() == 0
    assert harbour.moods() == {late.id: 2}
