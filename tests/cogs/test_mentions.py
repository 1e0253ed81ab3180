"""What somebody is answered who writes to the bot or mentions it: once an hour, and with help whenever it may be needed."""

import logging
import sys
from typing import Any

import discord
import pytest
import simcord
from simcord.builders import ChannelHandle
from simcord.components import walk_components

from bot.domain.actor import Actor
from bot.services import settings
from data.schema import metadata
from data.store import guilds
from tests.cogs.raw import dispatch_raw
from tests.cogs.reaching import with_young_people
from tests.cogs.town import Town, read

DANGER = "I want to die"
SECRET = "Marmalade-4711"


def answers(town: Town, channel: ChannelHandle) -> list[discord.Message]:
    """Return what the bot wrote in a channel."""
    assert town.bot.user is not None
    return [message for message in channel.history() if message.author.id == town.bot.user.id]


def direct(town: Town, who: simcord.MemberActor) -> list[discord.Message]:
    return answers(town, who.user.dm_channel)


async def mention(town: Town, who: simcord.MemberActor, said: str = "", channel: ChannelHandle | None = None) -> None:
    assert town.bot.user is not None
    await who.send(channel or town.general, f"<@{town.bot.user.id}> {said}")


def ids(message: discord.Message) -> list[str]:
    found: list[Any] = [child for row in message.components for child in getattr(row, "children", ())]
    return [one.custom_id for one in found]


# -- direct messages ------------------------------------------------------------------------------------------------


async def test_a_direct_message_is_told_that_nobody_reads_it_and_where_people_are(town: Town) -> None:
    await town.mia.send_dm("hello?")
    (answer,) = direct(town, town.mia)
    assert answer.content == town.t("mentions.answer")
    assert ids(answer) == ["help:now:mention", "mentions:moderators:"]


async def test_the_same_person_is_answered_once_an_hour(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.mia.send_dm("hello?")
    await town.mia.send_dm("hello??")
    await mention(town, town.mia)
    assert len(direct(town, town.mia)) == 1
    assert answers(town, town.general) == []
    await town.noah.send_dm("hello")
    assert len(direct(town, town.noah)) == 1
    monkeypatch.setattr(sys.modules["cogs.mentions"], "AGAIN_AFTER", 0.0)
    await town.mia.send_dm("and now?")
    assert len(direct(town, town.mia)) == 2


async def test_words_of_danger_are_answered_with_help_first_every_time(town: Town) -> None:
    for _ in range(3):
        await town.mia.send_dm(DANGER)
    found = direct(town, town.mia)
    assert len(found) == 3
    for answer in found:
        assert answer.content.startswith(town.t("help.card"))
        assert town.t("help.emergency.unknown") in answer.content
        assert DANGER not in answer.content


async def test_the_numbers_are_those_of_the_country_the_person_chose(town: Town) -> None:
    mia = Actor(town.mia.id, town.guild.id)
    await settings.set_country(town.db, town.clock, mia, "DE", agreed=True)
    await town.restart()
    await town.db.close()
    await town.mia.send_dm(DANGER)
    (answer,) = direct(town, town.mia)
    assert "112" in answer.content
    assert "Germany" in answer.content


async def test_nothing_of_what_was_written_is_kept_or_logged(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    caplog.set_level(logging.DEBUG, logger="cogs")
    await town.mia.send_dm(f"{DANGER} {SECRET}")
    await mention(town, town.noah, SECRET)
    assert SECRET not in caplog.text
    assert str(town.mia.id) not in caplog.text
    for table in metadata.sorted_tables:
        rows = await town.db.read(lambda tx, table=table: [str(row) for row in tx.execute(table.select())])
        assert not any(SECRET in row or str(town.mia.id) in row for row in rows), table.name


async def test_what_discord_refuses_is_logged_without_names_or_words(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/channels/{town.mia.user.dm_channel.id}/messages"
    town.env.inject_error("POST", path, status=403, code=50007)
    await town.mia.send_dm(f"{DANGER} {SECRET}")
    assert direct(town, town.mia) == []
    logged = [record.getMessage() for record in caplog.records if record.name == "cogs.mentions"]
    assert logged == ["a message could not be answered: Forbidden"]


async def test_an_accident_is_logged_without_what_was_written(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: object, **kwargs: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr("bot.kit.help_card.block", breaks)
    await town.mia.send_dm(f"{DANGER} {SECRET}")
    assert SECRET not in caplog.text


# -- mentions in a server -------------------------------------------------------------------------------------------


async def test_a_mention_is_answered_in_public_without_a_word_about_the_person(town: Town) -> None:
    await mention(town, town.mia, DANGER)
    (answer,) = answers(town, town.general)
    assert answer.content == town.t("mentions.answer")
    assert answer.reference is not None
    assert answer.mentions == []
    (sent,) = town.sent("POST", f"/channels/{town.general.id}/messages")
    assert sent["allowed_mentions"] == {"parse": [], "replied_user": False}


async def test_what_does_not_mean_the_bot_is_left_alone(town: Town) -> None:
    assert town.bot.user is not None
    role = next(role for role in town.guild.roles.values() if role.id != town.guild.id)
    await town.mia.send(town.general, "just talking")
    await town.mia.send(town.general, f"<@&{role.id}> <@{town.noah.id}>")
    await town.ada.send(town.general, "@everyone @here hello")
    await town.mia.send(town.general, f"`{town.bot.user.id}`")
    assert answers(town, town.general) == []


async def test_other_bots_are_never_answered(town: Town) -> None:
    robot = town.guild.add_member(town.env.create_user("Robot", bot=True))
    await mention(town, robot)
    assert answers(town, town.general) == []


async def test_a_webhook_is_never_answered(town: Town) -> None:
    assert town.bot.user is not None
    hook = town.guild.create_webhook(town.general)
    await hook.send(f"<@{town.bot.user.id}> hello")
    assert answers(town, town.general) == []


async def test_where_the_bot_may_not_write_nothing_is_tried(town: Town) -> None:
    quiet = town.guild.create_text_channel("quiet")
    channel = town.bot.get_channel(quiet.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.set_permissions(channel.guild.me, send_messages=False)
    await town.env.settle()
    before = len(town.env.http_requests)
    await mention(town, town.mia, channel=quiet)
    assert len(town.env.http_requests) == before
    await mention(town, town.mia)
    assert len(answers(town, town.general)) == 1


async def test_a_message_gone_before_it_is_answered_is_no_accident(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.env.inject_error("POST", f"/channels/{town.general.id}/messages", status=404, code=10003)
    await mention(town, town.mia)
    logged = [record.getMessage() for record in caplog.records if record.name == "cogs.mentions"]
    assert logged == ["a message could not be answered: NotFound"]


async def test_few_are_remembered_and_those_of_long_ago_are_forgotten_first(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["cogs.mentions"], "REMEMBERED", 1)
    await town.mia.send_dm("hello")
    await town.noah.send_dm("hello")
    await town.noah.send_dm("hello")
    await town.mia.send_dm("hello")
    assert (len(direct(town, town.mia)), len(direct(town, town.noah))) == (2, 1)


# -- help and moderators --------------------------------------------------------------------------------------------


async def test_the_help_button_shows_the_numbers_in_a_direct_message(town: Town) -> None:
    await town.mia.send_dm("hello?")
    (answer,) = direct(town, town.mia)
    result = await town.mia.user.click(answer, custom_id="help:now:mention")
    assert town.t("help.now.title") in read(result).content


async def moderators(town: Town, who: simcord.MemberActor, *, directly: bool) -> Any:
    channel = who.user.dm_channel if directly else town.general
    data = {"custom_id": "mentions:moderators:", "component_type": 2}
    return read(await dispatch_raw(who.user if directly else who, channel, 3, data))


async def test_in_a_server_the_button_leads_to_its_start_channel_and_to_asking_somebody(town: Town) -> None:
    programme = await town.programme()
    screen = await moderators(town, town.mia, directly=False)
    start = f"<https://discord.com/channels/{town.guild.id}/{programme.channels['start']}>"
    assert town.t("mentions.moderators.here", channels=start).strip("⟦⟧") in screen.content.replace("⟧⟦", "")
    assert f"<@&{town.roles['moderator'].id}>" in screen.content
    shown = [c["custom_id"] for c in walk_components(screen.components) if "custom_id" in c]
    assert shown == [f"help:reach:{programme.id}"]


async def test_in_a_direct_message_it_lists_the_servers_in_which_the_person_used_it(town: Town) -> None:
    programme = await town.programme()
    assert (await moderators(town, town.mia, directly=True)).content == town.t("mentions.moderators.unknown")
    await town.agree(town.mia)
    said = (await moderators(town, town.mia, directly=True)).content
    assert town.t("mentions.moderators.elsewhere") in said
    assert f"<https://discord.com/channels/{town.guild.id}/{programme.channels['start']}>" in said
    assert (await moderators(town, town.noah, directly=True)).content == town.t("mentions.moderators.unknown")


async def test_a_server_that_took_the_bot_out_is_not_listed(town: Town) -> None:
    await town.agree(town.mia)
    await town.db.write(lambda tx: guilds.update(tx, town.guild.id, removed_at=town.clock.now()))
    assert (await moderators(town, town.mia, directly=True)).content == town.t("mentions.moderators.unknown")


async def test_without_a_database_it_still_says_where_to_look(town: Town) -> None:
    await town.programme()
    await town.agree(town.mia)
    await town.db.close()
    assert (await moderators(town, town.mia, directly=True)).content == town.t("mentions.moderators.unknown")
    town.bot.tools.guilds.forget(town.guild.id)
    assert "discord.com/channels" in (await moderators(town, town.mia, directly=False)).content


async def test_where_nothing_is_set_up_it_says_where_to_look(empty_town: Town) -> None:
    said = (await moderators(empty_town, empty_town.mia, directly=False)).content
    assert said == empty_town.t("mentions.moderators.unknown")


async def test_where_young_people_may_be_the_answer_is_the_same(town: Town) -> None:
    await with_young_people(town, town.leo)
    await mention(town, town.mia)
    (answer,) = answers(town, town.general)
    assert answer.content == town.t("mentions.answer")
