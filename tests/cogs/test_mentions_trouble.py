"""Messages to the bot that come forwarded, changed afterwards, from many at once, or from somebody in danger a second time."""

import sys

import pytest
from simcord.builders import ChannelHandle

from bot.domain.actor import Actor
from bot.kit.call import CONTENT_LIMIT
from bot.services import settings
from data.schema import programmes
from data.store import guilds
from tests.cogs.raw import dispatch_raw
from tests.cogs.test_mentions import DANGER, answers, direct, mention
from tests.cogs.town import Town, read


async def test_forwarded_words_of_danger_are_answered_with_help_like_ones_own(town: Town) -> None:
    await town.mia.send_dm("hello?")
    said = await town.mia.send(town.general, DANGER)
    await town.mia.forward(said, town.mia.user.dm_channel)
    *_, answer = direct(town, town.mia)
    assert answer.content.startswith(town.t("help.card"))


async def test_words_of_danger_that_are_put_into_a_message_afterwards_are_answered_with_help(town: Town) -> None:
    said = await town.mia.send_dm("hello?")
    await town.mia.user.edit(said, "hello!")
    assert len(direct(town, town.mia)) == 1
    await town.mia.user.edit(said, DANGER)
    first, second = direct(town, town.mia)
    assert first.content == town.t("mentions.answer")
    assert second.content.startswith(town.t("help.card"))


async def test_what_is_changed_in_a_server_is_never_answered(town: Town) -> None:
    assert town.bot.user is not None
    said = await town.mia.send(town.general, "hello")
    await town.mia.edit(said, f"<@{town.bot.user.id}> {DANGER}")
    assert answers(town, town.general) == []


async def test_somebody_in_danger_is_never_met_by_silence_in_a_server_either(town: Town) -> None:
    await mention(town, town.mia, "hello")
    await mention(town, town.mia, "hello again")
    assert len(answers(town, town.general)) == 1
    await mention(town, town.mia, DANGER)
    first, second = answers(town, town.general)
    assert first.content == second.content == town.t("mentions.answer")


async def test_an_answer_of_the_bot_that_is_replied_to_is_answered_once_an_hour_as_well(town: Town) -> None:
    await mention(town, town.noah)
    (answer,) = answers(town, town.general)
    for _ in range(2):
        await town.mia.send(town.general, "are you there?", reply_to=answer)
    assert len(answers(town, town.general)) == 2


async def test_many_who_mention_it_in_one_channel_do_not_make_it_fill_the_channel(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["cogs.mentions"], "MOST_IN_A_CHANNEL", 2)
    for who in (town.mia, town.noah, town.leo):
        await mention(town, who)
    assert len(answers(town, town.general)) == 2
    other: ChannelHandle = town.guild.create_text_channel("other")
    await mention(town, town.leo, channel=other)
    assert len(answers(town, other)) == 1
    monkeypatch.setattr(sys.modules["cogs.mentions"], "CHANNEL_SECONDS", 0.0)
    await mention(town, town.sam)
    assert len(answers(town, town.general)) == 3


async def test_many_servers_with_many_programmes_are_listed_without_a_broken_link(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await town.bot.tools.guilds.get(town.guild.id)
    assert known is not None
    await settings.set_country(town.db, town.clock, Actor(town.mia.id, town.guild.id), "GB", agreed=True)

    def four_more(tx) -> None:  # type: ignore[no-untyped-def]  # a connection, as the store takes it
        for number, preset in enumerate(("tutoring", "mentorship", "health", "mediation")):
            programme_id = f"{number:032x}"
            guilds.insert_programme(tx, programme_id, town.guild.id, preset=preset, draft={}, now=town.clock.now())
            tx.execute(programmes.update().where(programmes.c.id == programme_id).values(state="live"))
            guilds.bind(
                tx,
                f"{number + 99:032x}",
                town.guild.id,
                programme_id,
                kind="channel",
                purpose="start",
                discord_id=2**62 + number,
                made_by_us=True,
            )

    await town.db.write(four_more)
    town.bot.tools.guilds.forget(town.guild.id)

    async def ten(*_: object) -> list[int]:
        return [town.guild.id] * 10

    monkeypatch.setattr(settings, "servers_of", ten)
    data = {"custom_id": "mentions:moderators:", "component_type": 2}
    done = await dispatch_raw(town.mia.user, town.mia.user.dm_channel, 3, data)
    pages = [read(done).content, *(message.content for message in done.followups)]
    assert all(len(page) <= CONTENT_LIMIT for page in pages)
    assert all(page.count("<https://") == page.count(">") for page in pages)
    assert sum(page.count("<https://") for page in pages) == 50
