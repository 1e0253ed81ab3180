"""What holds for people who need help now."""

import re

import discord
import pytest
import simcord
import sqlalchemy as sa
from simcord import interactions

from bot.demo import simcord_touches as touches
from cogs.help import NEEDS
from data.store import guilds
from tests.cogs.raw import answered, press_at_once
from tests.cogs.rooms import open_to_all
from tests.cogs.town import Town, read


async def test_help_now_names_the_number_first(town: Town) -> None:
    answer = read(await town.mia.slash(town.general, "help-now"))
    lines = answer.content.splitlines()
    assert "999" in lines[1]
    assert "116 123" in answer.content
    assert town.t("help.now.program") in answer.content


async def test_help_now_answers_with_the_database_gone(town: Town) -> None:
    await town.mia.slash(town.general, "help")
    await town.db.close()
    answer = read(await town.mia.slash(town.general, "help-now"))
    assert "999" in answer.content
    await town.press(town.mia, answer, "help:need:unsafe")
    assert town.t("help.unsafe") in answer.content
    assert "116 123" in answer.content


async def test_somebody_can_be_asked_to_reach_out_with_the_database_gone(town: Town) -> None:
    panel, moderators = await town.panel("help"), await town.channel("moderators")
    programme = await town.programme()
    town.bot.tools.guilds._kept.update({g: (0.0, guild) for g, (_, guild) in town.bot.tools.guilds._kept.items()})
    await town.db.close()
    asked = read(await town.mia.click(panel, custom_id=f"help:reach:{programme.id}"))
    await town.press(town.mia, asked, "help:reach-yes:")
    assert town.t("help.reach.said") in asked.content
    page = moderators.last_message
    assert page is not None
    assert town.mia.mention in page.content


async def test_help_now_answers_where_nothing_is_set_up_and_in_direct_messages(empty_town: Town) -> None:
    town = empty_town
    answer = read(await town.mia.slash(town.general, "help-now"))
    assert town.t("help.emergency.unknown") in answer.content
    assert "findahelpline.com" in answer.content
    await town.choose(town.mia, answer, "help:country:", ["DE"])
    assert "112" in answer.content


@pytest.mark.parametrize("need", NEEDS)
async def test_each_of_the_four_things_people_say_gets_words_and_numbers(town: Town, need: str) -> None:
    answer = read(await town.mia.slash(town.general, "help-now"))
    await town.press(town.mia, answer, f"help:need:{need}")
    assert answer.content.startswith(town.t(f"help.{need}"))
    assert "999" in answer.content


async def test_the_help_now_panel_holds_the_numbers_as_text(town: Town) -> None:
    panel = await town.panel("help")
    assert "999" in panel.content
    assert "116 123" in panel.content


async def test_moderators_hear_a_name_only_after_a_second_yes_and_nothing_that_was_written(town: Town) -> None:
    answer = await town.agree(town.mia, 1)
    asked = read(await town.press(town.mia, answer, "help:reach:"))
    moderators = await town.channel("moderators")
    assert moderators.last_message is None
    assert town.t("programme.recovery.name") in asked.content
    await town.press(town.mia, asked, "help:reach-yes:")
    assert town.t("help.reach.said") in asked.content
    page = moderators.last_message
    assert page is not None
    assert town.mia.mention in page.content
    assert town.t("checkins.mood.very_low") not in page.content
    (body,) = town.sent("POST", f"/channels/{moderators.id}/messages")
    assert [int(role) for role in body["allowed_mentions"]["roles"]] == [town.roles["moderator"].id]
    assert body["allowed_mentions"]["parse"] == []
    assert "interaction" not in str(body)


async def test_no_means_that_nobody_is_told(town: Town) -> None:
    answer = await town.agree(town.mia, 1)
    asked = read(await town.press(town.mia, answer, "help:reach:"))
    await town.press(town.mia, asked, "help:reach-no:")
    assert town.t("help.reach.no") in asked.content
    assert (await town.channel("moderators")).last_message is None


async def test_when_moderators_cannot_be_reached_it_says_so_and_shows_the_numbers(town: Town) -> None:
    answer = await town.agree(town.mia, 1)
    asked = read(await town.press(town.mia, answer, "help:reach:"))
    moderators = await town.channel("moderators")
    town.env.inject_error("POST", f"/channels/{moderators.id}/messages", status=403, code=50001)
    await town.press(town.mia, asked, "help:reach-yes:")
    assert town.t("help.reach.failed") in asked.content
    assert "999" in asked.content


async def asked(town: Town, who: simcord.MemberActor) -> str:
    """Return what somebody is told that they can do here."""
    answer = read(await who.slash(town.general, "help"))
    assert town.ids(answer)[0] == "help:now:help"
    return answer.content


async def test_help_before_the_set_up_tells_members_that_nothing_is_here_yet(empty_town: Town) -> None:
    said = await asked(empty_town, empty_town.mia)
    assert empty_town.t("help.what.not_set_up") in said
    assert "setup start" not in said
    assert "checkin" not in said


async def test_help_knows_who_asks_and_what_the_guild_uses(town: Town) -> None:
    checkins = {"checkin now", "checkin history", "checkin remind", "checkin stop"}
    everybody = {"help-now", "privacy", "meetings", "settings"} | checkins
    meetings = {"lead meeting create", "lead meeting start", "lead rotation show"}
    leaders = everybody | meetings | {"lead people", "lead texts"}
    theirs = {
        "mia": everybody,
        "sam": everybody,
        "leo": leaders,
        "ada": leaders | {"setup start", "setup check", "setup undo", "admin health"},
    }
    rooms = {"leo": "leaders", "sam": "moderators"}
    start = (await town.channel("start")).mention
    for name, commands in theirs.items():
        said = await asked(town, getattr(town, name))
        assert set(re.findall(r"</([\w -]+):\d+>", said)) == commands, name
        assert not re.search(r"`/", said), name
        assert start in said
        for purpose in ("leaders", "moderators"):
            assert ((await town.channel(purpose)).mention in said) == (rooms.get(name) == purpose), name


async def test_help_follows_roles_and_rights_as_they_are_now(town: Town) -> None:
    assert "lead people" in await asked(town, town.leo)
    town.env.backend.remove_member_role(town.guild.id, town.leo.id, town.roles["leader"].id)
    await town.env.settle()
    assert "lead people" not in await asked(town, town.leo)


async def test_where_several_programmes_run_help_names_each_with_its_channel(town: Town) -> None:
    second = "e" * 32

    def add(tx: sa.Connection) -> None:
        guilds.insert_programme(tx, second, town.guild.id, preset="tutoring", draft={}, now=town.clock.now())
        guilds.update_programme(tx, town.guild.id, second, state="live")
        where = {"kind": "channel", "purpose": "start", "discord_id": town.general.id, "made_by_us": False}
        guilds.bind(tx, "d" * 32, town.guild.id, second, **where)

    first = await town.programme()
    await town.db.write(add)
    town.bot.tools.guilds.forget(town.guild.id)
    said = await asked(town, town.mia)
    for preset, channel_id in (("recovery", first.channels["start"]), ("tutoring", town.general.id)):
        name = town.t(f"programme.{preset}.name")
        assert town.t("help.what.programme", name=name, channel=f"<#{channel_id}>") in said


async def test_help_in_a_direct_message_says_what_works_there(town: Town) -> None:
    answer = (await town.mia.user.slash("help")).response
    assert answer is not None
    assert town.t("help.what.direct") in answer.content
    assert "</help-now:" in answer.content
    assert "checkin" not in answer.content


async def test_help_where_only_a_person_added_it_says_that_nothing_runs_there(empty_town: Town) -> None:
    town = empty_town
    town.bot._connection._remove_guild(town.bot.get_guild(town.guild.id))
    data = {"id": "1", "name": "help", "type": 1, "options": []}
    record, event = interactions.base_payload(
        town.env.backend, type=2, channel_id=town.general.id, guild_id=town.guild.id, user_id=town.ada.id, data=data
    )
    town.env.backend.emit("INTERACTION_CREATE", event)
    await town.env.settle()
    assert town.t("help.what.not_a_member") in answered(town, record)


async def test_nothing_that_a_member_finds_on_the_first_day_is_empty_without_a_next_step(town: Town) -> None:
    programme = await town.programme()
    for name in ("history", "group"):
        empty = read(await town.send(town.mia, f"checkins:{name}:{programme.id}"))
        assert town.t(f"checkins.{name}.empty") == empty.content
        assert town.ids(empty), name
    for command in ("checkin history", "checkin stop", "settings", "privacy", "help", "help-now"):
        answer = read(await town.mia.slash(town.general, command))
        assert answer.content, command
        assert town.ids(answer), command
    copy = read(await town.send(town.mia, "privacy:export:"))
    assert copy.content == town.t("privacy.nothing")


async def test_help_now_works_for_somebody_whose_client_speaks_another_language(town: Town) -> None:
    touches.speak(town.env, town.noah.id, "de")
    assert "999" in read(await town.noah.slash(town.general, "help-now")).content


async def test_pressing_yes_many_times_in_one_moment_calls_the_moderators_once(town: Town) -> None:
    programme = await town.programme()
    answers = await press_at_once(town, [(town.mia, f"help:reach-yes:{programme.id}")] * 5)
    assert all(town.t("help.reach.said") in answer for answer in answers)
    moderators = await town.channel("moderators")
    assert len(town.sent("POST", f"/channels/{moderators.id}/messages")) == 1


@pytest.mark.parametrize("error", [ConnectionResetError, TimeoutError, RuntimeError])
async def test_whatever_kept_moderators_from_hearing_it_the_next_press_tells_them(
    town: Town, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    async def broken(*args: object, **options: object) -> None:
        raise error

    programme = await town.programme()
    yes = f"help:reach-yes:{programme.id}"
    with monkeypatch.context() as broken_off:
        broken_off.setattr(discord.PartialMessageable, "send", broken)
        assert "999" in read(await town.send(town.mia, yes)).content
    assert town.t("help.reach.said") in read(await town.send(town.mia, yes)).content


async def test_a_name_never_goes_to_a_channel_that_everybody_reads_by_now(town: Town) -> None:
    programme, moderators = await town.programme(), await town.channel("moderators")
    await open_to_all(town, moderators)
    answer = read(await town.send(town.mia, f"help:reach-yes:{programme.id}")).content
    assert town.t("help.reach.failed") in answer
    assert "999" in answer
    assert town.sent("POST", f"/channels/{moderators.id}/messages") == []
