"""The real bot as a process: it starts, stops, is killed, loses its connection, and people do not notice."""

import random
from itertools import count

import pytest

from bot.texts import Texts
from tests.loopback import CALLBACKS, Answer, Loopback, Person, Process
from tests.process.harbour import Harbour, let_agree

TEXTS = Texts.load()


@pytest.fixture
async def mia(discord: Loopback, harbour: Harbour) -> Person:
    person = discord.person("Mia", harbour.guild)
    await let_agree(harbour, [person])
    return person


def says_saved(answer: Answer, mood: str) -> bool:
    return TEXTS.t("en", "checkins.saved", mood=TEXTS.t("en", f"checkins.mood.{mood}")) in answer.text


def callbacks(discord: Loopback, answer: Answer) -> list[int | None]:
    """List how Discord took each answer to this interaction."""
    return [call.status for call in discord.called(CALLBACKS) if f"/{answer.record.id}/" in call.path]


async def test_it_says_that_it_is_ready_and_posts_each_panel_once(
    discord: Loopback, harbour: Harbour, peerled: Process
) -> None:
    guilds, commands = await peerled.ready()
    assert guilds == 1
    assert commands > 0
    assert [button.label for button in harbour.start_panel.buttons][:5] == [
        "Very low",
        "Low",
        "Okay",
        "Good",
        "Very good",
    ]
    assert len(harbour.channels["help"].messages) == 1
    assert discord.gateway.violations == []


async def test_it_asks_for_no_privileged_intent(discord: Loopback, peerled: Process) -> None:
    (session,) = discord.gateway.connected
    asked = {name for name in ("members", "presences", "message_content") if getattr(session.intents, name)}
    assert asked == set()


async def test_a_first_press_asks_for_consent_and_then_saves_what_was_tapped(
    discord: Loopback, harbour: Harbour, peerled: Process
) -> None:
    newcomer = discord.person("Noor", harbour.guild)
    asked = await newcomer.press(harbour.start_panel, "Good")
    assert asked.ephemeral
    assert harbour.moods() == {}
    saved = await newcomer.press(asked, TEXTS.t("en", "consent.button.agree"))
    assert says_saved(saved, "good")
    assert harbour.moods() == {newcomer.id: 4}


async def test_a_polite_stop_answers_what_is_under_way_and_ends_with_zero(
    harbour: Harbour, mia: Person, peerled: Process
) -> None:
    with harbour.locked():
        answer = await mia.press(harbour.start_panel, "Good")  # it can only say "one moment" yet
        assert answer.kind == "defer"
        peerled.signal(15)
    await answer.finished()
    assert await peerled.ended(20) == 0
    assert says_saved(answer, "good")
    assert harbour.moods() == {mia.id: 4}


async def test_buttons_of_before_a_kill_live_on(harbour: Harbour, mia: Person, peerled: Process) -> None:
    panel = harbour.start_panel
    old = await mia.press(panel, "Good")
    await peerled.kill()
    lost = mia.pressing(panel, "Low")  # nobody is there: Discord tells Mia that the application did not respond
    await peerled.restart()
    assert lost.acknowledged_at is None
    assert harbour.start_panel.id == panel.id
    assert says_saved(await mia.press(panel, "Very good"), "very_good")
    assert (await mia.press(old, TEXTS.t("en", "checkins.button.add_note"))).kind == "modal"
    assert harbour.moods() == {mia.id: 5}


async def test_a_form_opened_before_a_restart_is_saved_after_it(
    harbour: Harbour, mia: Person, peerled: Process
) -> None:
    form = await mia.slash(harbour.channels["start"], "checkin now")
    assert form.kind == "modal"
    await peerled.kill()
    await peerled.restart()
    answer = await mia.submit(form, mood="2", note="a windy day", seen_by="me")
    assert says_saved(answer, "low")
    assert harbour.moods() == {mia.id: 2}
    assert harbour.rows("SELECT count(*), count(note) FROM checkins") == [(1, 1)]


async def test_a_check_in_that_was_said_to_be_saved_survives_every_kill(
    discord: Loopback, harbour: Harbour, peerled: Process
) -> None:
    dice, numbers = random.Random(20), count(1)
    promised: dict[int, int] = {}
    for _ in range(5):
        crowd = [discord.person(f"Person {next(numbers)}", harbour.guild) for _ in range(40)]
        await let_agree(harbour, crowd)
        enough = dice.randint(1, len(crowd))
        panel = harbour.start_panel
        answers = [person.pressing(panel, "Good") for person in crowd]
        await discord.until(lambda answers=answers, enough=enough: len(acknowledged(answers)) >= enough)
        await peerled.kill()
        promised |= {one.person.id: 4 for one in acknowledged(answers) if one.person and says_saved(one, "good")}
        stored = harbour.moods()
        assert promised.items() <= stored.items()
        await peerled.restart()
    assert len(promised) >= 5
    assert harbour.rows("SELECT count(*), count(DISTINCT member_ref) FROM checkins")[0][0] == len(harbour.moods())


def acknowledged(answers: list[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.acknowledged_at is not None]


async def test_presses_during_a_lost_connection_take_effect_once(
    discord: Loopback, harbour: Harbour, mia: Person, peerled: Process
) -> None:
    before = await mia.press(harbour.start_panel, "Low")
    discord.gateway.replay_again = 5  # what was seen already comes once more
    discord.gateway.cut()
    during = mia.pressing(harbour.start_panel, "Good")
    assert says_saved(await during.acknowledged(15), "good")
    assert discord.gateway.connected[0].resumes == 1
    after = await mia.press(harbour.start_panel, "Very good")
    assert [callbacks(discord, answer) for answer in (before, during, after)] == [[200], [200], [200]]
    assert harbour.moods() == {mia.id: 5}
    assert len(harbour.channels["start"].messages) == 1


async def test_the_same_interaction_twice_is_answered_once(
    discord: Loopback, harbour: Harbour, mia: Person, peerled: Process
) -> None:
    first = await mia.press(harbour.start_panel, "Low")
    await mia.press(harbour.start_panel, "Good")
    discord.dispatch("INTERACTION_CREATE", first.payload)
    assert says_saved(await mia.press(harbour.start_panel, "Very good"), "very_good")
    assert callbacks(discord, first) == [200]
    assert harbour.moods() == {mia.id: 5}
