"""What somebody reads who has just invited the bot, what they can look at, and how they get rid of it again."""

from typing import Any

import discord
import pytest
from simcord.backend import serializers
from simcord.builders import ChannelHandle
from simcord.results import ResponseMessage

from bot.kit.call import Call
from data.programmes import presets
from data.schema import metadata
from tests.cogs.raw import press_at_once
from tests.cogs.town import Town, read
from tests.cogs.undoing import to_undo, undo
from tests.store.rows import everything

REMOVE = "welcome:remove-yes:"


def closed_to_everybody(town: Town) -> ChannelHandle:
    """Make a channel that only the bot and moderators see."""
    hidden = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True, send_messages=True)
    rights = {town.guild.default_role: hidden, town.guild.me: seen}
    return town.guild.create_text_channel("mod-news", overwrites=rights)


def said_in(town: Town, channel: ChannelHandle) -> list[Any]:
    """Return what the bot posted into a channel."""
    return town.sent("POST", f"/channels/{channel.id}/messages")


def everywhere(town: Town) -> list[Any]:
    """Return every message the bot posted anywhere but as an answer."""
    return town.sent("POST", "/messages")


async def join(town: Town, news: ChannelHandle | None, *, anew: bool = False) -> None:
    """Let the bot be invited into the town, whose moderators' news are in that channel."""
    backend = town.env.backend
    backend.get_guild(town.guild.id).public_updates_channel_id = news.id if news else None
    if anew:
        backend.emit("GUILD_DELETE", {"id": str(town.guild.id)})
        await town.env.settle()
    else:
        town.bot._connection._remove_guild(town.bot.get_guild(town.guild.id))
    joined = dict(serializers.guild_create_payload(backend, backend.get_guild(town.guild.id)))
    # With it Discord tells of a server that is there again after an outage.
    joined.pop("unavailable")
    backend.emit("GUILD_CREATE", joined)
    await town.env.settle()


def first(town: Town) -> str:
    """Return the first message as it is said here."""
    return town.t("welcome.first", start=town.bot.command_sets.mention("setup start", None))


async def below(town: Town, command: str) -> list[str]:
    """Return what stands privately below the answer to a command of the admin."""
    result = await town.ada.slash(town.general, command)
    assert result.response is not None
    assert all(one.ephemeral for one in result.followups)
    return [one.content for one in result.followups]


async def test_it_is_said_once_where_only_moderators_read(empty_town: Town) -> None:
    town = empty_town
    news = closed_to_everybody(town)
    await join(town, news)
    (body,) = said_in(town, news)
    assert body["content"] == first(town)
    assert body["nonce"]
    assert body["enforce_nonce"]
    assert body["allowed_mentions"]["parse"] == []
    labels = [button["label"] for row in body["components"] for button in row["components"]]
    assert labels == [town.t(f"welcome.button.{name}") for name in ("set_up", "look", "see", "remove")]
    await join(town, news)
    await town.restart()
    await join(town, news)
    assert len(everywhere(town)) == 1
    assert await below(town, "privacy") == []


async def test_taken_out_and_invited_again_it_is_said_again(empty_town: Town) -> None:
    town = empty_town
    news = closed_to_everybody(town)
    await join(town, news)
    await join(town, news, anew=True)
    assert [body["content"] for body in said_in(town, news)] == [first(town)] * 2


async def test_never_where_everybody_reads(empty_town: Town) -> None:
    town = empty_town
    await join(town, town.general)
    assert everywhere(town) == []
    assert await below(town, "privacy") == [first(town)]


async def test_without_a_place_for_it_it_stands_once_below_the_first_answer_to_an_admin(empty_town: Town) -> None:
    town = empty_town
    await join(town, None)
    for who in (town.mia, town.sam, town.leo):
        assert (await who.slash(town.general, "privacy")).followups == []
    assert await below(town, "help-now") == []
    assert await below(town, "privacy") == [first(town)]
    assert await below(town, "privacy") == []
    await town.restart()
    assert await below(town, "privacy") == []
    assert everywhere(town) == []


async def test_where_the_channel_refuses_it_waits_for_the_first_command(empty_town: Town) -> None:
    town = empty_town
    news = closed_to_everybody(town)
    town.env.inject_error("POST", f"/channels/{news.id}/messages", status=403, code=50013)
    await join(town, news)
    assert await below(town, "privacy") == [first(town)]


async def test_help_says_it_as_often_as_an_admin_asks_before_the_set_up(empty_town: Town) -> None:
    town = empty_town
    for _ in range(2):
        result = await town.ada.slash(town.general, "help")
        answer = read(result)
        assert answer.content == first(town)
        assert result.followups == []
        assert town.ids(answer)[0] == "help:now:help"
    assert await below(town, "privacy") == []
    assert first(town) not in read(await town.mia.slash(town.general, "help")).content


async def test_whoever_begins_with_the_set_up_is_not_interrupted(empty_town: Town) -> None:
    assert await below(empty_town, "setup start") == []


async def test_its_first_button_begins_the_set_up(empty_town: Town) -> None:
    town = empty_town
    answer = read(await town.ada.slash(town.general, "help"))
    begun = read(await town.press(town.ada, answer, "setup:begin:"))
    typed = read(await town.ada.slash(town.general, "setup start"))
    assert begun.content == typed.content


async def looked(town: Town, preset: str = "") -> ResponseMessage:
    """Look around as Mia."""
    screen = read(await town.send(town.mia, "welcome:look:"))
    if preset:
        await town.choose(town.mia, screen, "welcome:look-at:", [preset])
    return screen


@pytest.mark.parametrize("preset", presets())
async def test_everybody_can_look_at_what_members_of_each_programme_will_see(empty_town: Town, preset: str) -> None:
    town = empty_town
    before = await town.db.read(everything)
    screen = await looked(town, preset)
    assert town.t("welcome.look.example") in screen.content
    assert town.t(f"programme.{preset}.name") in screen.content
    buttons = [item for row in screen.components for item in row["components"] if item["type"] == 2]
    assert [b["custom_id"] for b in buttons if not b.get("disabled")] == ["help:now:panel"]
    assert len(buttons) > 5
    assert await town.db.read(everything) == before


@pytest.mark.parametrize("values", [[], ["nonsense"], ["recovery", "health"]], ids=["none", "nonsense", "two"])
async def test_a_programme_that_is_not_on_the_list_is_refused(empty_town: Town, values: list[str]) -> None:
    town = empty_town
    data = {"custom_id": "welcome:look-at:", "component_type": 3, "values": values}
    answer = read(await town.mia._dispatch_interaction(3, town.general, data))
    assert town.t("error.form_changed") in answer.content


async def test_what_it_can_see_names_the_rights_it_really_has(empty_town: Town) -> None:
    town = empty_town
    guild = town.env.backend.get_guild(town.guild.id)
    role = next(role for role in guild.roles.values() if role.managed)
    town.env.backend.edit_role(guild.id, role.id, {"permissions": discord.Permissions(view_channel=True).value})
    await town.env.settle()
    answer = read(await town.send(town.ada, "welcome:see:"))
    assert town.t("welcome.see") in answer.content
    assert town.t("welcome.right.read_messages") in answer.content
    assert town.t("welcome.right.manage_roles") not in answer.content
    assert town.t("right.manage_roles") in answer.content.splitlines()[-1]


async def test_only_admins_get_more_than_a_look(empty_town: Town) -> None:
    town = empty_town
    for name in ("welcome:see:", "welcome:remove:", REMOVE, "welcome:show:"):
        for who in (town.mia, town.leo, town.sam):
            assert read(await town.send(who, name)).content == town.t("error.only_admins")
    assert town.guild.id in town.env.backend.guilds


async def test_all_is_deleted_only_after_a_second_yes_and_then_it_leaves(empty_town: Town) -> None:
    town = empty_town
    await town.ada.slash(town.general, "help")
    asked = read(await town.send(town.ada, "welcome:remove:"))
    assert town.t("welcome.remove.ask", privacy=town.bot.command_sets.mention("privacy", None)) in asked.content
    await town.press(town.ada, asked, "welcome:remove-no:")
    assert asked.content == town.t("welcome.remove.kept")
    assert (await town.db.read(everything))["guilds"]
    await town.send(town.ada, REMOVE)
    rows = await town.db.read(everything)
    assert {name for name in rows if rows[name]} <= {"meta"}
    assert metadata.tables.keys() == rows.keys()
    assert town.guild.id not in town.env.backend.guilds


async def test_if_discord_does_not_let_it_leave_it_says_what_to_do(empty_town: Town) -> None:
    town = empty_town
    town.env.inject_error("DELETE", f"/users/@me/guilds/{town.guild.id}", status=500)
    asked = read(await town.send(town.ada, "welcome:remove:"))
    await town.press(town.ada, asked, REMOVE)
    assert asked.content == town.t("welcome.remove.stuck")


async def test_it_leaves_even_where_the_last_word_was_not_taken(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_taken(*args: object, **options: object) -> None:
        raise ConnectionResetError

    town = empty_town
    monkeypatch.setattr(Call, "deliver", not_taken)
    await town.send(town.ada, REMOVE)
    assert town.guild.id not in town.env.backend.guilds


async def test_two_admins_at_once_are_both_answered(empty_town: Town) -> None:
    town = empty_town
    town.env.inject_error("DELETE", f"/users/@me/guilds/{town.guild.id}", status=403, code=50001, times=None)
    answers = await press_at_once(town, [(town.ada, REMOVE)] * 2)
    assert town.t("welcome.remove.stuck") in answers
    assert all("⟦" in answer for answer in answers)
    assert (await town.db.read(everything))["guilds"] == []


async def test_what_was_set_up_is_undone_first(town: Town) -> None:
    before = await town.db.read(everything)
    undo = town.bot.command_sets.mention("setup undo", await town.bot.tools.guilds.get(town.guild.id))
    for name in ("welcome:remove:", REMOVE):
        answer = read(await town.send(town.ada, name))
        assert answer.content.startswith(town.t("welcome.remove.first", undo=undo)[:40])
    assert await town.db.read(everything) == before
    assert town.guild.id in town.env.backend.guilds


async def test_once_it_is_undone_everything_can_be_removed(town: Town) -> None:
    await town.agree(town.mia)
    await undo(town, await to_undo(town))
    asked = read(await town.send(town.ada, "welcome:remove:"))
    assert town.find(asked, REMOVE)
    await town.send(town.ada, REMOVE)
    rows = await town.db.read(everything)
    assert {name for name in rows if rows[name]} <= {"meta"}
    assert town.guild.id not in town.env.backend.guilds


async def test_once_it_is_set_up_nothing_is_added_to_answers_and_invited_again_it_says_what_stands(town: Town) -> None:
    assert await below(town, "privacy") == []
    about = read(await town.press(town.ada, read(await town.ada.slash(town.general, "help")), "welcome:show:"))
    assert about.content.startswith(town.t("welcome.about", check="X", start="").split("X")[0].rstrip("⟧"))
    news = closed_to_everybody(town)
    await join(town, news, anew=True)
    (body,) = said_in(town, news)
    assert body["content"].startswith(town.t("welcome.again", check="X").split("X")[0].rstrip("⟧"))
    screen = await looked(town)
    assert town.t("welcome.look.stands") in screen.content
