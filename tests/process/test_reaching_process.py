"""How people are reached, in a real process: a direct message, a mention, the settings while typing, a thread and its end."""

import asyncio

import pytest

from bot.texts import Texts
from tests.loopback import Channel, Loopback, Person, Process, Seen
from tests.process.harbour import Harbour, let_agree

TEXTS = Texts.load()
ANSWER = TEXTS.t("en", "mentions.answer")
DANGER = "I want to kill myself"


@pytest.fixture
async def mia(discord: Loopback, harbour: Harbour) -> Person:
    person = discord.person("Mia", harbour.guild)
    await let_agree(harbour, [person])
    return person


def said_by_bot(discord: Loopback, channel: Channel) -> list[Seen]:
    bot = str(discord.backend.bot_user.id)
    return [seen for seen in channel.messages if seen.payload["author"]["id"] == bot]


async def test_a_person_writes_mentions_types_a_place_and_chooses_how_to_be_reached(
    discord: Loopback, harbour: Harbour, mia: Person, peerled: Process
) -> None:
    group = harbour.channels["group"]
    direct = Channel(discord, discord.backend.get_dm_channel(mia.id).id)
    mia.says(direct, "hello?")
    await discord.until(lambda: said_by_bot(discord, direct), within=10, what="an answer to the message")
    assert said_by_bot(discord, direct)[0].text.startswith(ANSWER)
    mia.says(direct, DANGER)
    await discord.until(lambda: len(said_by_bot(discord, direct)) == 2, within=10, what="help in the messages")
    assert TEXTS.t("en", "help.card") in said_by_bot(discord, direct)[1].text

    noah = discord.person("Noah", harbour.guild)
    noah.says(group, f"<@{discord.backend.bot_user.id}> are you there?")
    await discord.until(lambda: said_by_bot(discord, group), within=10, what="an answer to the mention")
    assert said_by_bot(discord, group)[0].text.startswith(ANSWER)

    choices = await mia.complete(group, "settings", zone="berl")
    assert choices[0]["value"] == "Europe/Berlin"
    screen = await (await mia.slash(group, "settings", zone="Europe/Berlin")).finished()
    assert TEXTS.city("en-US", "Europe/Berlin") in screen.text
    await (await mia.choose(screen, "thread", custom_id=f"settings:set:{harbour.programme_id}.way")).finished()
    thread = harbour.guild.find(TEXTS.t("en", "reach.thread.name"))
    assert TEXTS.t("en", "reach.chosen.thread", thread=f"<#{thread.id}>") in screen.text
    (first,) = said_by_bot(discord, thread)
    assert first.text.startswith(f"<@{mia.id}> {TEXTS.t('en', 'reach.thread.first')}")
    assert not any(DANGER in line for line in [*peerled.out, *peerled.err])
    assert await peerled.terminate() == 0


async def test_a_start_with_the_database_locked_for_a_moment_gets_ready_and_answers(
    discord: Loopback, harbour: Harbour, mia: Person, peerled: Process
) -> None:
    assert await peerled.terminate() == 0
    with harbour.locked():
        await peerled.start()
        await asyncio.sleep(2)  # this is the lock, not a wait for anything
    await peerled.ready()
    with harbour.locked():
        direct = Channel(discord, discord.backend.get_dm_channel(mia.id).id)
        mia.says(direct, DANGER)
        await discord.until(lambda: said_by_bot(discord, direct), within=10, what="help in the messages")
        screen = await (await mia.slash(harbour.channels["group"], "settings")).finished()
        assert screen.text.startswith(TEXTS.t("en", "settings.title"))
