"""How people are reached: what they choose is opened at that moment, holds, and where it closes there is another way."""

import asyncio

import discord
import pytest

from bot.domain.actor import Actor
from bot.domain.quiet import Quiet
from bot.domain.reaching import Reach
from bot.kit import reach
from bot.kit import threads as kit_threads
from bot.kit.call import Call
from bot.services import privacy, settings
from tests.cogs.raw import press_at_once
from tests.cogs.reaching import (
    choose_way,
    close_direct_messages,
    direct_messages,
    guild_of,
    inside,
    open_settings,
    options,
    tell,
    threads,
    way_of,
    with_young_people,
)
from tests.cogs.town import Town, read

MINUTES_OF_A_WEEK = 10_080


async def agreed(town: Town, who: object) -> None:
    """Let somebody have said their one yes before."""
    await town.agree(who)  # type: ignore[arg-type]  # a member of the town


# -- a private thread -----------------------------------------------------------------------------------------------


async def test_a_private_thread_is_opened_at_once_and_names_neither_person_nor_topic(town: Town) -> None:
    screen = await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    assert thread.name == town.t("reach.thread.name")
    assert "Mia" not in str(thread.name)
    (made,) = town.sent("POST", "/threads")
    assert made["type"] == discord.ChannelType.private_thread.value
    assert made["invitable"] is False
    assert made["auto_archive_duration"] == MINUTES_OF_A_WEEK
    assert inside(town, thread) == {town.mia.id}
    assert await way_of(town, town.mia) == Reach("thread", thread.id)
    assert town.t("reach.chosen.thread", thread=f"<#{thread.id}>") in screen.content


async def test_the_first_message_calls_the_person_alone_and_says_who_can_read(town: Town) -> None:
    keeper = town.guild.create_role("Keepers", permissions=discord.Permissions(manage_threads=True))
    boss = town.guild.create_role("Bosses", permissions=discord.Permissions(administrator=True))
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    (first,) = thread.history()
    assert first.content.startswith(f"<@{town.mia.id}> {town.t('reach.thread.first')}")
    listed = ", ".join([f"<@{town.mia.id}>", f"<@{town.bot.user.id}>", f"<@&{keeper.id}>"])
    assert town.t("reach.readers", people=listed) in first.content
    assert f"<@&{boss.id}>" not in first.content
    assert "administrators" in town.t("reach.readers", people="")
    (sent,) = town.sent("POST", f"/channels/{thread.id}/messages")
    assert sent["allowed_mentions"]["users"] == [town.mia.id]
    assert not sent["allowed_mentions"].get("roles")
    assert sent["allowed_mentions"]["parse"] == []


async def test_who_may_manage_threads_by_the_channel_alone_is_named_as_a_reader_too(town: Town) -> None:
    start = await town.channel("start")
    channel = town.bot.get_channel(start.id)
    assert isinstance(channel, discord.TextChannel)
    helpers = town.guild.create_role("Helpers")
    role = channel.guild.get_role(helpers.id)
    assert role is not None
    may = discord.PermissionOverwrite(manage_threads=True)
    leo = discord.Object(town.leo.id, type=discord.abc.User)
    overwrites = {**channel.overwrites, role: may, leo: may}
    await channel.edit(overwrites=overwrites)  # type: ignore[arg-type]  # a person known by their id alone
    await town.env.settle()
    roles, people = kit_threads.managing(channel)
    assert role in roles
    assert people == [town.leo.id]


async def test_where_everybody_may_manage_threads_that_is_what_is_said(town: Town) -> None:
    channel = town.bot.get_channel((await town.channel("start")).id)
    assert isinstance(channel, discord.TextChannel)
    await channel.set_permissions(channel.guild.default_role, manage_threads=True)
    await town.env.settle()
    assert kit_threads.managing(channel)[0] == [channel.guild.default_role]


async def test_two_presses_in_one_moment_open_one_thread(town: Town) -> None:
    await agreed(town, town.mia)
    programme = await town.programme()
    way = f"settings:way:thread.{programme.id}."
    said = await press_at_once(town, [(town.mia, way), (town.mia, way), (town.mia, way)])
    (thread,) = await threads(town)
    assert all(town.t("reach.chosen.thread", thread=f"<#{thread.id}>") in one for one in said)
    assert len(thread.history()) == 1


async def test_a_thread_that_stands_is_used_again_also_after_a_restart(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    await town.restart()
    programme = await town.programme()
    await town.send(town.mia, f"settings:way:thread.{programme.id}.")
    assert len(await threads(town)) == 1
    assert await tell(town, town.mia) == "told"


async def test_two_people_have_two_threads_and_neither_is_in_the_others(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    await choose_way(town, town.noah, "thread")
    assert sorted(inside(town, one) == {town.mia.id} for one in await threads(town)) == [False, True]


async def test_without_the_right_nothing_is_opened_and_the_right_is_named_and_other_ways_stay(town: Town) -> None:
    channel = town.bot.get_channel((await town.channel("start")).id)
    assert isinstance(channel, discord.TextChannel)
    await channel.set_permissions(channel.guild.me, create_private_threads=False, view_channel=True)
    await town.env.settle()
    await agreed(town, town.mia)
    screen = await open_settings(town, town.mia)
    refused = read(await town.choose(town.mia, screen, ".way", ["thread"]))
    right = town.t("right.create_private_threads")
    assert town.t("reach.no_right", right=right, channel=channel.mention) in refused.content
    assert await threads(town) == []
    assert await way_of(town, town.mia) is None
    await town.choose(town.mia, screen, ".way", ["nowhere"])
    assert await way_of(town, town.mia) == Reach("nowhere")


async def test_where_the_start_channel_is_gone_the_person_is_told_who_can_mend_it(town: Town) -> None:
    await agreed(town, town.mia)
    programme = await town.programme()
    start = town.bot.get_channel(programme.channels["start"])
    assert isinstance(start, discord.TextChannel)
    await start.delete()
    await town.env.settle()
    refused = read(await town.send(town.mia, f"settings:way:thread.{programme.id}."))
    assert refused.content == town.t("reach.no_channel")
    assert await way_of(town, town.mia) is None


async def test_a_thread_that_cannot_be_made_ready_is_put_away_and_not_remembered(town: Town) -> None:
    await agreed(town, town.mia)
    programme = await town.programme()
    town.env.inject_error("PUT", "/channels/*/thread-members/*", status=400, code=0)
    refused = read(await town.send(town.mia, f"settings:way:thread.{programme.id}."))
    assert refused.content == town.t("reach.not_opened")
    (thread,) = await threads(town)
    assert town.env.backend.get_thread(thread.id).thread_metadata.archived
    assert inside(town, thread) == set()
    assert await way_of(town, town.mia) is None


# -- direct messages ------------------------------------------------------------------------------------------------


async def test_a_direct_message_is_opened_by_the_first_one_and_its_first_line_is_neutral(town: Town) -> None:
    screen = await choose_way(town, town.mia, "dm")
    (first,) = direct_messages(town.mia)
    assert first.splitlines()[0] == town.t("reach.dm.first")
    assert await way_of(town, town.mia) == Reach("dm", town.mia.user.dm_channel.id)
    assert town.t("reach.chosen.dm") in screen.content
    assert await threads(town) == []


async def test_closed_direct_messages_are_noticed_when_they_are_chosen(town: Town) -> None:
    await agreed(town, town.mia)
    close_direct_messages(town, town.mia)
    screen = await open_settings(town, town.mia)
    refused = read(await town.choose(town.mia, screen, ".way", ["dm"]))
    assert refused.content == town.t("reach.dm_closed")
    assert await way_of(town, town.mia) is None


async def test_direct_messages_closed_later_become_a_thread_and_the_person_hears_of_it_once(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    assert await tell(town, town.mia) == "told"
    (thread,) = await threads(town)
    assert await way_of(town, town.mia) == Reach("thread", thread.id, town.clock.now())
    *_, last = thread.history()
    assert town.t("settings.pause.ended") in last.content
    since = f"<t:{int(town.clock.now().timestamp())}:f>"
    assert town.t("settings.closed", since=since) in (await open_settings(town, town.mia)).content
    assert town.t("settings.closed", since=since) not in (await open_settings(town, town.mia)).content
    assert await tell(town, town.mia) == "told"
    assert len(await threads(town)) == 1


# -- nowhere, and choosing anew -------------------------------------------------------------------------------------


async def test_nowhere_is_respected(town: Town) -> None:
    await choose_way(town, town.mia, "nowhere")
    assert await tell(town, town.mia) == "nowhere"
    assert direct_messages(town.mia) == []
    assert await threads(town) == []


async def test_somebody_who_never_chose_is_sent_nothing(town: Town) -> None:
    assert await tell(town, town.mia) == "unchosen"
    assert direct_messages(town.mia) == []


async def test_whoever_chooses_anew_leaves_the_thread_behind_and_nothing_more_comes_there(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    await choose_way(town, town.mia, "dm")
    assert town.env.backend.get_thread(thread.id).thread_metadata.archived
    assert await tell(town, town.mia) == "told"
    assert len(thread.history()) == 1
    assert len(direct_messages(town.mia)) == 2


# -- telling --------------------------------------------------------------------------------------------------------


async def test_what_is_told_begins_with_a_neutral_line_and_calls_the_person_alone(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    assert await tell(town, town.mia, "settings.saved") == "told"
    (thread,) = await threads(town)
    *_, last = thread.history()
    head, blank, body = last.content.splitlines()
    assert (head, blank, body) == (f"<@{town.mia.id}> {town.t('reach.neutral')}", "", town.t("settings.saved"))
    assert town.sent("POST", f"/channels/{thread.id}/messages")[-1]["allowed_mentions"]["users"] == [town.mia.id]


async def test_whoever_pauses_is_told_nothing(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    mia = Actor(town.mia.id, town.guild.id)
    await settings.pause(town.db, town.clock, mia, "day")
    assert await tell(town, town.mia) == "nowhere"
    await settings.end_pause(town.db, town.clock, mia)
    assert await tell(town, town.mia) == "told"


async def test_in_quiet_hours_it_comes_without_a_sound(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    await settings.set_quiet(town.db, town.clock, Actor(town.mia.id, town.guild.id), Quiet(0, 1439))
    assert await tell(town, town.mia) == "told"
    (thread,) = await threads(town)
    loud, silent = (body.get("flags", 0) for body in town.sent("POST", f"/channels/{thread.id}/messages"))
    suppressed = discord.MessageFlags(suppress_notifications=True).value
    assert (loud, silent) == (0, suppressed)


async def test_a_deleted_thread_is_opened_anew(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    found = town.bot.get_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.delete()
    await town.env.settle()
    assert await tell(town, town.mia) == "told"
    (second,) = await threads(town)
    assert second.id != thread.id
    assert await way_of(town, town.mia) == Reach("thread", second.id, town.clock.now())


async def test_a_thread_that_was_archived_for_being_quiet_is_brought_back(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    found = town.bot.get_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.edit(archived=True)
    town.env.inject_error("POST", f"/channels/{thread.id}/messages", status=400, code=50083, times=1)
    assert await tell(town, town.mia) == "told"
    assert not town.env.backend.get_thread(thread.id).thread_metadata.archived
    assert len(await threads(town)) == 1


async def test_two_things_told_at_once_open_one_thread_in_place_of_the_one_that_is_gone(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    guild, programme = await guild_of(town), await town.programme()
    said = [reach.tell(town.bot, guild, programme, town.mia.id, "settings.saved") for _ in range(2)]
    assert await asyncio.gather(*said) == ["told", "told"]
    await town.env.settle()
    (thread,) = await threads(town)
    assert len(thread.history()) == 3


async def test_a_thread_that_people_locked_stays_in_the_archive(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    found = town.bot.get_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.edit(archived=True, locked=True)
    town.env.inject_error("POST", f"/channels/{thread.id}/messages", status=400, code=50083, times=1)
    assert await tell(town, town.mia) == "closed"
    assert town.env.backend.get_thread(thread.id).thread_metadata.archived


@pytest.mark.parametrize(("status", "code"), [(400, 50083), (403, 50001)], ids=["archived", "shut out"])
async def test_a_thread_that_takes_nothing_any_more_is_left_alone_and_the_person_hears_of_it(
    town: Town, status: int, code: int
) -> None:
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    town.env.inject_error("POST", f"/channels/{thread.id}/messages", status=status, code=code, times=None)
    assert await tell(town, town.mia) == "closed"
    assert await way_of(town, town.mia) == Reach("thread", thread.id, town.clock.now())
    assert len(await threads(town)) == 1
    since = f"<t:{int(town.clock.now().timestamp())}:f>"
    assert town.t("settings.closed", since=since) in (await open_settings(town, town.mia)).content


async def test_when_no_way_is_left_that_is_said_and_remembered(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    town.env.inject_error("POST", "/channels/*/threads", status=403, code=50013, times=None)
    assert await tell(town, town.mia) == "closed"
    assert await way_of(town, town.mia) == Reach("dm", town.mia.user.dm_channel.id, town.clock.now())


async def test_what_discord_refuses_for_a_moment_changes_no_way(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    path = f"/channels/{town.mia.user.dm_channel.id}/messages"
    town.env.inject_error("POST", path, status=400, code=0, times=1)
    assert await tell(town, town.mia) == "failed"
    assert await way_of(town, town.mia) == Reach("dm", town.mia.user.dm_channel.id)
    assert await tell(town, town.mia) == "told"


async def test_somebody_erased_is_told_nothing_any_more(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    await privacy.erase(town.db, Actor(town.mia.id, None))
    assert await tell(town, town.mia) == "unchosen"


# -- where young people may be --------------------------------------------------------------------------------------


async def test_where_young_people_may_be_no_direct_message_is_offered_nor_given_to_a_crafted_press(town: Town) -> None:
    await with_young_people(town, town.leo)
    await agreed(town, town.mia)
    programme = await town.programme()
    screen = await open_settings(town, town.mia)
    offered = [option["value"] for option in options(screen, ".way")]
    assert offered == ["thread", "nowhere"]
    refused = read(await town.send(town.mia, f"settings:way:dm.{programme.id}."))
    assert refused.content == town.t("reach.no_dm")
    assert direct_messages(town.mia) == []


async def test_the_named_adult_is_in_the_thread_before_the_person_and_is_named_in_it(town: Town) -> None:
    await with_young_people(town, town.leo)
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    assert inside(town, thread) == {town.mia.id, town.leo.id}
    added = [
        int(request.path.rsplit("/", 1)[1])
        for request in town.env.http_requests
        if request.method == "PUT" and "/thread-members/" in request.path
    ]
    assert added == [town.leo.id, town.mia.id]
    (first,) = thread.history()
    assert town.t("reach.readers.adult", adult=f"<@{town.leo.id}>").strip("⟦⟧") in first.content.replace("⟧⟦", "")


async def test_without_a_named_adult_no_thread_is_opened_and_the_person_hears_who_can_mend_it(town: Town) -> None:
    await with_young_people(town)
    await agreed(town, town.mia)
    screen = await open_settings(town, town.mia)
    refused = read(await town.choose(town.mia, screen, ".way", ["thread"]))
    assert refused.content == town.t("reach.no_adult")
    assert await threads(town) == []
    assert await way_of(town, town.mia) is None


async def test_an_adult_who_cannot_be_added_means_no_thread_for_anybody(town: Town) -> None:
    await with_young_people(town, town.leo)
    await agreed(town, town.mia)
    programme = await town.programme()
    path = f"/channels/*/thread-members/{town.leo.id}"
    town.env.inject_error("PUT", path, status=403, code=50001, times=None)
    refused = read(await town.send(town.mia, f"settings:way:thread.{programme.id}."))
    assert refused.content == town.t("reach.adult_not_here")
    (thread,) = await threads(town)
    assert inside(town, thread) == set()
    assert await way_of(town, town.mia) is None


async def test_where_young_people_came_later_the_adult_comes_into_the_thread_before_the_next_word(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    await with_young_people(town, town.leo)
    (thread,) = await threads(town)
    assert await tell(town, town.mia) == "told"
    assert inside(town, thread) == {town.mia.id, town.leo.id}


async def test_where_the_adult_is_gone_nothing_is_said_in_the_thread(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    await with_young_people(town)
    assert await tell(town, town.mia) == "closed"
    (thread,) = await threads(town)
    assert len(thread.history()) == 1


async def test_where_the_adult_left_the_server_nothing_is_said_and_no_second_thread_is_opened(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    await with_young_people(town, town.leo)
    town.env.inject_error("PUT", "/channels/*/thread-members/*", status=404, code=10007, times=None)
    assert await tell(town, town.mia) == "closed"
    (thread,) = await threads(town)
    assert len(thread.history()) == 1


async def test_where_young_people_came_later_direct_messages_become_a_thread_with_the_adult(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    await with_young_people(town, town.leo)
    assert await tell(town, town.mia) == "told"
    (thread,) = await threads(town)
    assert inside(town, thread) == {town.mia.id, town.leo.id}
    assert len(direct_messages(town.mia)) == 1


# -- asked by a feature ---------------------------------------------------------------------------------------------


async def ask(town: Town, then: str) -> tuple[str, list[str], list[bool]]:
    """Return what `reach.ask` shows Mia: the words, the custom ids, and whether each can be pressed."""
    programme, guild = await town.programme(), await guild_of(town)

    class Client:
        command_sets = town.bot.command_sets
        tools = town.bot.tools

    class Interaction:
        client = Client
        locale = "en-GB"

    call = Call(Interaction, Actor(town.mia.id, town.guild.id))  # type: ignore[arg-type]  # all that it looks at
    reply = await reach.ask(call, guild, programme, then=then)
    assert reply.view is not None
    buttons = [one for one in reply.view.children if isinstance(one, discord.ui.Button)]
    return reply.content, [str(one.custom_id) for one in buttons], [not one.disabled for one in buttons]


async def test_after_the_choice_the_feature_that_asked_goes_on_in_the_same_answer(town: Town) -> None:
    await agreed(town, town.mia)
    _, ids, _ = await ask(town, "checkins:history")
    screen = read(await town.send(town.mia, ids[0]))
    (thread,) = await threads(town)
    assert town.t("reach.chosen.thread", thread=f"<#{thread.id}>") in screen.content
    assert town.t("checkins.history.title", days=30) in screen.content


async def test_before_the_first_yes_it_is_asked_for_and_the_choice_is_not_asked_again(town: Town) -> None:
    _, ids, _ = await ask(town, "checkins:history")
    screen = read(await town.send(town.mia, ids[-1]))
    assert screen.content == town.consent
    assert await way_of(town, town.mia) is None
    await town.press(town.mia, screen, "settings:way-yes:")
    assert town.t("reach.chosen.nowhere") in screen.content
    assert town.t("checkins.history.empty") in screen.content
    assert await way_of(town, town.mia) == Reach("nowhere")


async def test_a_route_that_is_none_or_opens_a_form_is_not_gone_on_with(town: Town) -> None:
    await agreed(town, town.mia)
    programme = await town.programme()
    for then in ("checkins/form", "no/such", "", "settings/way"):
        said = read(await town.send(town.mia, f"settings:way:nowhere.{programme.id}.{then}")).content
        assert town.t("reach.chosen.nowhere") in said


async def test_what_comes_after_the_choice_is_guarded_by_its_own_rights(town: Town) -> None:
    await agreed(town, town.mia)
    programme = await town.programme()
    said = read(await town.send(town.mia, f"settings:way:nowhere.{programme.id}.setup/apply")).content
    assert town.t("error.only_admins") in said


async def test_the_question_says_where_a_thread_is_not_possible_and_offers_the_rest(town: Town) -> None:
    await with_young_people(town)
    said, ids, usable = await ask(town, "checkins:history")
    assert town.t("reach.ask.no_adult") in said
    assert [one.split(":")[2].split(".")[0] for one in ids] == ["thread", "nowhere"]
    assert usable == [False, True]


async def test_the_question_offers_all_three_ways_to_grown_ups(town: Town) -> None:
    said, ids, usable = await ask(town, "checkins:history")
    assert [one.split(":")[2].split(".")[0] for one in ids] == ["thread", "dm", "nowhere"]
    assert usable == [True, True, True]
    assert town.t("reach.ask.adult", adult="") not in said


@pytest.mark.parametrize("token", ["pigeon.{p}.", "thread", "thread..", "..", "", "thread.{p}"])
async def test_a_crafted_choice_is_refused_or_answered_and_never_an_accident(town: Town, token: str) -> None:
    await agreed(town, town.mia)
    programme = await town.programme()
    said = read(await town.send(town.mia, f"settings:way:{token.format(p=programme.id)}")).content
    assert town.t("error.accident", reference="").split("⟧")[0][:20] not in said
