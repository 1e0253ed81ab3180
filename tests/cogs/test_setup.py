"""What holds for an admin who sets a programme up."""

import datetime as dt

from bot.demo import simcord_touches as touches
from bot.domain.rights import everyday
from bot.services import setup
from tests.cogs.raw import press_at_once
from tests.cogs.setting_up import is_well, said, to_plan, whole_guild
from tests.cogs.town import Town, read


async def test_nothing_is_made_before_the_green_button(empty_town: Town) -> None:
    before = whole_guild(empty_town)
    await to_plan(empty_town)
    assert whole_guild(empty_town) == before


async def test_the_dry_run_names_everything_that_is_then_made_and_nothing_else(empty_town: Town) -> None:
    town = empty_town
    channels = {c.name for c in town.env.backend.channels.values()}
    roles = {r.name for r in town.env.backend.get_guild(town.guild.id).roles.values()}
    screen = await to_plan(town)
    said = screen.content
    await town.press(town.ada, screen, "setup:apply:")
    made_channels = {c.name for c in town.env.backend.channels.values()} - channels
    made_roles = {r.name for r in town.env.backend.get_guild(town.guild.id).roles.values()} - roles
    assert (
        said.count(town.t("setup.item.make_channel", name="X", access="Y").split("X")[0]) == len(made_channels) - 1 == 6
    )
    assert said.count(town.t("setup.item.make_role", name="X").split("X")[0]) == len(made_roles) == 2
    for name in (*made_channels, *made_roles):
        assert name in said
    commands = [c["name"] for c in town.sent("PUT", f"/guilds/{town.guild.id}/commands")[0]]
    assert town.t("setup.item.commands", commands=", ".join(f"`/{name}`" for name in commands)) in said


async def test_members_read_but_do_not_write_in_panel_channels_and_do_not_see_the_moderators(town: Town) -> None:
    guild = town.bot.get_guild(town.guild.id)
    assert guild is not None
    mia = await guild.fetch_member(town.mia.id)
    programme = await town.programme()
    start = guild.get_channel(programme.channels["start"])
    moderators = guild.get_channel(programme.channels["moderators"])
    assert start is not None
    assert moderators is not None
    assert start.permissions_for(mia).view_channel
    assert not start.permissions_for(mia).send_messages
    assert not moderators.permissions_for(mia).view_channel
    assert moderators.permissions_for(await guild.fetch_member(town.sam.id)).view_channel


async def test_channels_that_exist_are_used_as_they_are(empty_town: Town) -> None:
    town = empty_town
    own = town.guild.create_text_channel("our-circle", topic="ours")
    screen = await to_plan(town, ages="both", group=own)
    assert f"<#{own.id}>" in screen.content
    await town.press(town.ada, screen, "setup:apply:")
    assert (await town.programme()).channels["group"] == own.id
    assert town.env.backend.get_channel(own.id).topic == "ours"


async def test_somebody_who_does_not_manage_the_server_is_refused_at_every_button(town: Town) -> None:
    assert await is_well(town)
    programme = await town.programme()
    refused = town.t("error.only_admins")
    for name in [route for route in town.bot.router.routes if route.startswith("setup:")]:
        answer = read(await town.send(town.mia, f"{name}:{programme.id}"))
        assert answer.content == refused, name


async def test_of_two_admins_who_press_at_once_one_sets_up_and_the_other_is_told(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    token = town.find(screen, "setup:apply:")
    answers = await press_at_once(town, [(town.ada, token), (town.ada, token)])
    assert sorted(said(town, "setup.already") in a for a in answers) == [False, True]
    made = [c.name for c in town.env.backend.channels.values()]
    assert len(made) == len(set(made)) == 8


async def test_missing_rights_are_named_with_the_way_to_give_them(empty_town: Town) -> None:
    town = empty_town
    touches.grant_bot(town.env, town.guild, everyday())
    screen = await to_plan(town)
    assert town.t("right.manage_channels") in screen.content
    assert town.t("right.manage_roles") in screen.content
    assert f"guild_id={town.guild.id}" in str(screen.components)
    before = whole_guild(town)
    answer = read(await town.send(town.ada, town.find(screen, "setup:apply:")))
    assert town.t("right.manage_channels") in answer.content
    assert whole_guild(town) == before


async def test_when_discord_refuses_half_way_what_is_done_stays_and_a_second_try_goes_on(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    town.env.inject_error("POST", f"/guilds/{town.guild.id}/channels", status=403, code=50013)
    answer = await town.press(town.ada, screen, "setup:apply:")
    assert any(town.t("programme.recovery.name") in f.content for f in answer.followups)
    again = await to_plan(town)
    assert town.t("setup.item.make_role", name="X").split("X")[0] not in again.content
    await town.press(town.ada, again, "setup:apply:")
    assert len((await town.programme()).channels) == 6
    roles = [r.name for r in town.env.backend.get_guild(town.guild.id).roles.values()]
    assert len(roles) == len(set(roles))


async def test_a_set_up_that_died_half_way_is_taken_up_again_after_a_while(empty_town: Town) -> None:
    town = empty_town
    await to_plan(town)
    guild = await town.bot.tools.guilds.get(town.guild.id)
    assert guild is not None
    (programme,) = guild.programmes
    tools = town.bot.tools
    await setup.start_applying(tools.db, tools.clock, tools.guilds, town.guild.id, programme.id)
    for busy in (
        await town.ada.slash(town.general, "setup apply"),
        await town.send(town.ada, "setup:programme:recovery"),
    ):
        assert read(busy).content == said(town, "setup.already")
    town.clock.advance(dt.timedelta(minutes=3))
    again = read(await town.ada.slash(town.general, "setup apply"))
    await town.press(town.ada, again, "setup:apply:")
    assert len((await town.programme()).channels) == 6


async def test_a_time_zone_that_does_not_exist_is_refused_and_a_real_one_is_kept(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    await town.press(town.ada, screen, ".people")
    for zone, kept in (("Mars/Olympus", "UTC"), ("Europe/Berlin", "Europe/Berlin")):
        form = await town.press(town.ada, screen, "setup:zone:")
        await town.ada.submit_modal(form, {"zone": zone})
        town.bot.tools.guilds.forget(town.guild.id)
        guild = await town.bot.tools.guilds.get(town.guild.id)
        assert guild is not None
        assert guild.zone == kept


async def test_check_names_what_was_taken_away(town: Town) -> None:
    programme = await town.programme()
    guild = town.bot.get_guild(town.guild.id)
    assert guild is not None
    await guild.get_channel(programme.channels["help"]).delete()  # type: ignore[union-attr]
    await town.env.settle()
    answer = read(await town.ada.slash(town.general, "setup check"))
    assert said(town, "setup.check.channel_gone", use=town.t("setup.use.help")) in answer.content


async def test_a_deleted_panel_is_posted_anew_and_a_restart_posts_nothing_twice(town: Town) -> None:
    channel = await town.channel("start")
    first = await town.panel("start")
    await (await town.bot.fetch_channel(channel.id)).get_partial_message(first.id).delete()  # type: ignore[union-attr]
    await town.env.settle()
    second = await town.panel("start")
    assert second.id != first.id
    assert second.content == first.content
    requests = len(town.env.http_requests)
    await town.restart()
    await town.env.settle()
    repeated = [r for r in town.env.http_requests[requests:] if r.method in ("PUT", "POST", "PATCH")]
    assert [r.path for r in repeated if "commands" in r.path or "messages" in r.path] == []
