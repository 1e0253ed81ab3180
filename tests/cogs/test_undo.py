"""A programme taken back: where nobody wrote the guild is as it was before, and what people wrote or made stays."""

import discord
import pytest
from simcord.builders import ChannelHandle
from simcord.enums import ChannelType

from bot.demo import simcord_touches as touches
from bot.domain.programmes import Draft
from bot.domain.rights import everyday
from tests.cogs.setting_up import names
from tests.cogs.town import Town, read
from tests.cogs.undoing import as_it_was, made, of_preset, sure, to_undo, told, undo

PRESETS = ("tutoring", "recovery", "mentorship", "health", "mediation")
DONE = "setup.undo.done"


def room(town: Town, channel_id: int) -> ChannelHandle:
    """Return a channel."""
    return ChannelHandle(town.env, town.guild, town.env.backend.get_channel(channel_id))


def item(town: Town, kind: str, discord_id: int, **args: object) -> str:
    """Return how an item of the plan reads."""
    return town.t(f"setup.undo.item.{kind}", id=discord_id, **args)


def rights_in(town: Town, channel_id: int, target: int) -> discord.PermissionOverwrite:
    """Return the rules of a channel for somebody."""
    channel = town.bot.get_guild(town.guild.id).get_channel(channel_id)
    return next(rights for one, rights in channel.overwrites.items() if one.id == target)


@pytest.mark.parametrize("preset", PRESETS)
async def test_where_nobody_wrote_the_guild_is_as_before(empty_town: Town, preset: str) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town, preset, mine=True)
    assert as_it_was(town) != before
    said = await undo(town, await to_undo(town, preset))
    assert told(town, DONE, programme=town.t(f"programme.{preset}.name")) in said
    assert as_it_was(town) == before
    assert town.sent("PUT", f"/guilds/{town.guild.id}/commands")[-1] == []


async def test_the_dry_run_changes_nothing_and_names_every_thing_that_goes(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town, mine=True)
    before = as_it_was(town)
    screen = await to_undo(town)
    assert as_it_was(town) == before
    for channel_id in programme.channels.values():
        assert item(town, "delete_channel", channel_id) in screen.content
    for role_id in programme.roles.values():
        assert item(town, "delete_role.worn", role_id, n=1) in screen.content
    assert item(town, "delete_category", programme.category_id or 0) in screen.content
    assert town.t("setup.undo.kept") in screen.content
    await town.press(town.ada, screen, "setup:undo-leave:")
    assert screen.content == town.t("setup.undo.left")
    assert as_it_was(town) == before
    assert (await of_preset(town)).state == "live"


async def test_a_bot_with_no_more_than_the_rights_it_asks_for_takes_everything_back(empty_town: Town) -> None:
    town = empty_town
    town.env.backend.edit_role(
        town.guild.id,
        town.guild.id,
        {"permissions": town.env.backend.get_guild(town.guild.id).everyone_role.permissions | 1 << 36},
    )
    before = as_it_was(town)
    touches.grant_bot(town.env, town.guild, everyday() | 1 << 4 | 1 << 28)
    await made(town, mine=True)
    await undo(town, await to_undo(town))
    touches.grant_bot(town.env, town.guild, int(before["roles"][-1]["permissions"]))
    assert names(town)[0] == ["general"]
    assert len(names(town)[1]) == len(before["roles"])


# -- what people wrote -------------------------------------------------------------------------------------------------


async def test_where_somebody_wrote_the_channel_is_archived_and_the_message_is_there(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town)
    group = room(town, programme.channels["group"])
    name = group.name
    message = await town.mia.send(group, "Hello")
    screen = await to_undo(town)
    assert item(town, "archive_channel.people", group.id) in screen.content
    assert item(town, "keep_category.others", programme.category_id or 0) in screen.content
    await undo(town, screen)
    left = town.env.backend.get_channel(group.id)
    assert message.id in [one.id for one in room(town, group.id).history()]
    assert (left.name, left.topic) == (
        town.t("setup.undo.archive.name", name=name),
        town.t("setup.undo.archive.topic"),
    )
    rights = rights_in(town, group.id, town.guild.id)
    assert (rights.send_messages, rights.send_messages_in_threads, rights.create_public_threads) == (
        False,
        False,
        False,
    )
    assert rights.view_channel is None
    assert left.parent_id == programme.category_id
    assert programme.channels["start"] not in town.env.backend.channels


async def test_an_archive_for_some_stays_one_for_the_same_and_their_role_stays(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town, moderator=town.roles["moderator"])
    leaders, role_id = room(town, programme.channels["leaders"]), programme.roles["leader"]
    town.env.backend.add_member_role(town.guild.id, town.leo.id, role_id)
    await town.leo.send(leaders, "Who hosts on Monday?")
    screen = await to_undo(town)
    assert item(town, "keep_role.archive", role_id) in screen.content
    await undo(town, screen)
    theirs, everybody = rights_in(town, leaders.id, role_id), rights_in(town, leaders.id, town.guild.id)
    assert (theirs.view_channel, theirs.send_messages) == (True, False)
    assert (everybody.view_channel, everybody.send_messages) == (False, False)
    assert role_id in town.env.backend.get_guild(town.guild.id).roles


async def test_an_archived_channel_keeps_none_of_our_panels(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town)
    start = room(town, programme.channels["start"])
    town.env.backend.create_message(start.id, town.ada.id, "Welcome, all")
    await undo(town, await to_undo(town))
    assert [one for one in start.history() if one.components] == []
    assert "Welcome, all" in [one.content for one in start.history()]


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("kind", [ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD])
async def test_a_thread_of_somebody_elses_keeps_its_channel(
    empty_town: Town, kind: ChannelType, archived: bool
) -> None:
    town = empty_town
    programme = await made(town)
    group = programme.channels["group"]
    thread = town.env.backend.create_thread(group, "Coffee", town.mia.id, type=kind, broadcast=False)
    town.env.backend.edit_channel(thread.id, {}, thread_metadata={"archived": archived})
    screen = await to_undo(town)
    assert item(town, "archive_channel.threads", group) in screen.content
    await undo(town, screen)
    assert thread.id in town.env.backend.channels


async def test_what_somebody_wrote_in_a_thread_of_ours_keeps_its_channel(empty_town: Town) -> None:
    town = empty_town
    start = (await made(town)).channels["start"]
    thread = town.env.backend.create_thread(
        start, "For you", town.bot.user.id, type=ChannelType.PRIVATE_THREAD, broadcast=False
    )
    town.env.backend.create_message(thread.id, town.mia.id, "Thank you")
    screen = await to_undo(town)
    assert item(town, "archive_channel.people", start) in screen.content


async def test_where_there_may_be_threads_that_the_bot_cannot_see_the_channel_is_archived(empty_town: Town) -> None:
    town = empty_town
    group = (await made(town)).channels["group"]
    channel = town.bot.get_guild(town.guild.id).get_channel(group)
    await channel.set_permissions(channel.guild.default_role, create_private_threads=True)
    town.env.backend.create_thread(group, "Us", town.mia.id, type=ChannelType.PRIVATE_THREAD, broadcast=False)
    touches.grant_bot(town.env, town.guild, everyday() | 1 << 4 | 1 << 28)
    screen = await to_undo(town)
    assert item(town, "archive_channel.hidden", group) in screen.content


@pytest.mark.parametrize("answer", [403, 500])
async def test_what_cannot_be_looked_at_counts_as_written_in(empty_town: Town, answer: int) -> None:
    town = empty_town
    group = (await made(town)).channels["group"]
    town.env.inject_error("GET", f"/channels/{group}/messages", status=answer, times=None)
    screen = await to_undo(town)
    assert item(town, "archive_channel.unknown", group) in screen.content
    await undo(town, screen)
    assert group in town.env.backend.channels


async def test_a_channel_whose_history_is_closed_to_the_bot_counts_as_written_in(empty_town: Town) -> None:
    town = empty_town
    group = (await made(town)).channels["group"]
    channel = town.bot.get_guild(town.guild.id).get_channel(group)
    await town.mia.send(room(town, group), "Hello")
    await channel.set_permissions(channel.guild.me, view_channel=True, send_messages=True, read_message_history=False)
    screen = await to_undo(town)
    assert item(town, "archive_channel.unknown", group) in screen.content


async def test_what_is_written_after_the_last_word_of_the_dry_run_is_seen(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    group = (await made(town)).channels["group"]
    screen = await to_undo(town)
    request, wrote = town.bot.http.request, []

    async def late(route: discord.http.Route, **options: object) -> object:
        if route.method == "DELETE" and not wrote:
            # The first channel goes; somebody writes in the group meanwhile.
            wrote.append(town.env.backend.create_message(group, town.mia.id, "Wait"))
        return await request(route, **options)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(town.bot.http, "request", late)
        said = await undo(town, screen)
    assert told(town, "setup.undo.done.but", programme=town.t("programme.recovery.name")) in said
    assert item(town, "archive_channel.people", group) in said
    assert "Wait" in [one.content for one in room(town, group).history()]


# -- what is theirs ----------------------------------------------------------------------------------------------------


async def test_what_was_there_before_stays_as_it_is_without_our_panel(empty_town: Town) -> None:
    town = empty_town
    welcome = town.guild.create_text_channel("welcome", topic="Come in")
    await town.mia.send(welcome, "Hello")
    before, said = as_it_was(town), len(welcome.history())
    chosen = {"start": welcome, "leader": town.roles["leader"], "moderator": town.roles["moderator"]}
    await made(town, **chosen)
    assert len(welcome.history()) == said + 1
    screen = await to_undo(town)
    for sentence in ("take_down", "keep_channel.theirs"):
        assert item(town, sentence, welcome.id) in screen.content
    assert item(town, "keep_role.theirs", town.roles["leader"].id) in screen.content
    await undo(town, screen)
    assert as_it_was(town) == before
    assert [one.content for one in welcome.history()] == ["Hello"]


async def test_a_panel_that_cannot_be_removed_is_named_and_the_rest_is_done(empty_town: Town) -> None:
    town = empty_town
    welcome = town.guild.create_text_channel("welcome")
    await made(town, start=welcome)
    screen = await to_undo(town)
    town.env.inject_error("DELETE", f"/channels/{welcome.id}/messages/*", status=403, code=50001)
    assert town.t("setup.old_panel", id=welcome.id) in await undo(town, screen)
    assert names(town)[0] == ["general", "welcome"]


async def test_what_was_deleted_by_hand_is_not_missed(empty_town: Town) -> None:
    town = empty_town
    before = as_it_was(town)
    programme = await made(town)
    town.env.backend.delete_channel(programme.channels["help"])
    town.env.backend.delete_role(town.guild.id, programme.roles["leader"])
    screen = await to_undo(town)
    assert str(programme.channels["help"]) not in screen.content
    assert told(town, DONE, programme=town.t("programme.recovery.name")) in await undo(town, screen)
    assert as_it_was(town) == before


async def test_where_everything_was_deleted_by_hand_it_says_so_and_lets_go(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town)
    for channel_id in (*programme.channels.values(), programme.category_id or 0):
        town.env.backend.delete_channel(channel_id)
    for role_id in programme.roles.values():
        town.env.backend.delete_role(town.guild.id, role_id)
    await undo(town, await to_undo(town))
    assert (await of_preset(town)).state == "draft"
    assert read(await town.ada.slash(town.general, "setup undo")).content == told(town, "setup.undo.none")


async def test_what_goes_between_the_dry_run_and_the_doing_is_shown_anew(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town)
    screen = await to_undo(town)
    town.env.backend.delete_channel(programme.channels["help"])
    before = as_it_was(town)
    assert town.t("setup.plan.changed") in await undo(town, screen)
    assert as_it_was(town) == before
    assert (await of_preset(town)).state == "live"
    assert told(town, DONE, programme=town.t("programme.recovery.name")) in await undo(town, screen)


async def test_a_role_that_was_given_power_or_opens_a_channel_of_theirs_stays(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town)
    leader, moderator = programme.roles["leader"], programme.roles["moderator"]
    town.env.backend.edit_role(town.guild.id, leader, {"permissions": 1 << 1})
    guild = town.bot.get_guild(town.guild.id)
    general = guild.get_channel(town.general.id)
    await general.set_permissions(guild.get_role(moderator), send_messages=True)
    screen = await to_undo(town)
    assert item(town, "keep_role.power", leader) in screen.content
    assert item(town, "keep_role.opens", moderator) in screen.content
    await undo(town, screen)
    assert {leader, moderator} <= town.env.backend.get_guild(town.guild.id).roles.keys()


async def test_a_role_that_stands_above_the_bots_stays(empty_town: Town) -> None:
    town = empty_town
    leader = (await made(town)).roles["leader"]
    town.env.backend.reorder_roles(town.guild.id, [{"id": str(leader), "position": 90}])
    screen = await to_undo(town)
    assert item(town, "keep_role.order", leader) in screen.content


async def test_a_role_that_gets_power_while_it_is_taken_back_stays_and_is_told(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    leader = (await made(town)).roles["leader"]
    screen = await to_undo(town)
    request = town.bot.http.request

    async def late(route: discord.http.Route, **options: object) -> object:
        if route.method == "DELETE" and "/channels/" in route.path:
            town.env.backend.edit_role(town.guild.id, leader, {"permissions": 1 << 1})
        return await request(route, **options)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(town.bot.http, "request", late)
        said = await undo(town, screen)
    assert item(town, "keep_role.power", leader) in said
    assert leader in town.env.backend.get_guild(town.guild.id).roles


async def test_a_channel_that_people_put_below_our_heading_keeps_the_heading(empty_town: Town) -> None:
    town = empty_town
    heading = (await made(town)).category_id or 0
    town.env.backend.edit_channel(town.general.id, {"parent_id": heading})
    screen = await to_undo(town)
    assert item(town, "keep_category.others", heading) in screen.content
    await undo(town, screen)
    assert town.env.backend.get_channel(town.general.id).parent_id == heading


async def test_a_channel_that_the_server_itself_needs_stays(empty_town: Town) -> None:
    town = empty_town
    group = (await made(town)).channels["group"]
    town.env.backend.edit_guild(town.guild.id, {"rules_channel_id": group})
    screen = await to_undo(town)
    assert item(town, "keep_channel.community", group) in screen.content


async def test_a_channel_that_the_bot_is_not_let_into_any_more_stays(empty_town: Town) -> None:
    town = empty_town
    group = (await made(town)).channels["group"]
    channel = town.bot.get_guild(town.guild.id).get_channel(group)
    await channel.set_permissions(channel.guild.me, view_channel=False)
    screen = await to_undo(town)
    assert item(town, "keep_channel.closed", group) in screen.content
    await undo(town, screen)
    assert group in town.env.backend.channels


# -- where it is asked, and what stays of it ---------------------------------------------------------------------------


async def test_in_a_channel_that_would_go_it_is_asked_for_elsewhere(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town)
    group = room(town, programme.channels["group"])
    screen = await to_undo(town, channel=group)
    assert told(town, "setup.undo.elsewhere") in screen.content
    assert not sure(screen)
    assert sure(await to_undo(town))


async def test_set_up_anew_everything_stands_again(empty_town: Town) -> None:
    town = empty_town
    first = await made(town)
    await undo(town, await to_undo(town))
    row = await of_preset(town)
    assert (row.id, row.draft, row.channels) == (first.id, Draft().kept(), {})
    again = await made(town)
    assert again.id == first.id
    assert set(again.channels) == set(first.channels)
    await undo(town, await to_undo(town))
    assert names(town)[0] == ["general"]


async def test_what_members_checked_in_is_there_when_it_is_set_up_anew(town: Town) -> None:
    await town.agree(town.mia, 4)
    await undo(town, await to_undo(town))
    await made(town, leader=town.roles["leader"], moderator=town.roles["moderator"])
    history = read(await town.mia.slash(town.general, "checkin history"))
    assert history.content != town.t("checkins.history.empty")


async def test_where_nothing_was_set_up_it_says_so(empty_town: Town) -> None:
    town = empty_town
    assert read(await town.ada.slash(town.general, "setup undo")).content == told(town, "setup.undo.none")
