"""The way of an admin through the set-up: how few taps it takes, what is asked once, and how several admins get along."""

import datetime as dt
import sys

import discord
import pytest
import simcord

from bot.demo import simcord_touches as touches
from bot.domain.rights import everyday, with_set_up
from bot.kit.call import CONTENT_LIMIT
from bot.kit.views import pages
from bot.services import setup
from data.programmes import presets
from tests.cogs.raw import press_at_once
from tests.cogs.setting_up import apply, begins, checked, is_well, names, said, to_plan, underway, whole_guild
from tests.cogs.town import Town, read

PRESETS = sorted(presets())


async def second_admin(town: Town) -> simcord.MemberActor:
    """Let Noah manage the server as well."""
    deputy = town.guild.create_role("Deputies", permissions=discord.Permissions(manage_guild=True))
    noah = await town.bot.get_guild(town.guild.id).fetch_member(town.noah.id)
    await noah.add_roles(discord.Object(deputy.id))
    return town.noah


# -- the short way ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
async def test_four_taps_lead_from_nothing_to_a_programme_that_stands(empty_town: Town, preset: str) -> None:
    town = empty_town
    screen = read(await town.ada.slash(town.general, "setup start"))
    for tap in (f"setup:programme:{preset}", ".adults", "setup:apply:"):
        await town.press(town.ada, screen, tap)
    assert (await underway(town, preset)).live


async def test_who_the_members_are_is_asked_once_for_the_whole_server(town: Town) -> None:
    screen = read(await town.ada.slash(town.general, "setup start"))
    await town.press(town.ada, screen, "setup:programme:health")
    assert begins(town, "setup.people") not in screen.content
    assert town.shows(screen, "setup:apply:")


async def test_what_stands_and_what_was_begun_is_said_where_a_programme_is_chosen(town: Town) -> None:
    await to_plan(town, preset="health")
    screen = read(await town.ada.slash(town.general, "setup start"))
    for preset, state in (("recovery", "live"), ("health", "begun"), ("tutoring", "new")):
        name, about = (town.t(f"programme.{preset}.{part}") for part in ("name", "about"))
        assert town.t(f"setup.programmes.{state}", name=name, about=about) in screen.content


@pytest.mark.parametrize("preset", PRESETS)
async def test_everything_can_be_reached_from_the_list_and_leads_back_to_it(empty_town: Town, preset: str) -> None:
    screen = await to_plan(empty_town, preset=preset)
    for step in (".channels", ".roles", ".people", ".about"):
        await empty_town.press(empty_town.ada, screen, step)
        assert not empty_town.shows(screen, "setup:apply:")
        await empty_town.press(empty_town.ada, screen, ".plan")
        assert empty_town.shows(screen, "setup:apply:")


async def test_me_for_now_is_on_at_first_and_can_be_switched_off(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    assert town.t("setup.plan.mine") in screen.content
    assert screen.content.count(begins(town, "setup.item.give_role")) == 2
    await town.press(town.ada, screen, ".off")
    assert town.t("setup.plan.mine_off") in screen.content
    assert begins(town, "setup.item.give_role") not in screen.content


async def test_me_for_now_leaves_out_roles_that_were_there_unless_asked(empty_town: Town) -> None:
    town = empty_town
    town.env.backend.edit_guild(town.guild.id, {"owner_id": town.ada.id})
    hosts = town.guild.create_role("Hosts")
    screen = await to_plan(town, leader=hosts)
    assert screen.content.count(begins(town, "setup.item.give_role")) == 1
    await town.press(town.ada, screen, ".on")
    assert screen.content.count(begins(town, "setup.item.give_role")) == 2


# -- going on --------------------------------------------------------------------------------------------------------


async def test_apply_goes_straight_to_the_list_of_what_was_begun(empty_town: Town) -> None:
    town = empty_town
    nothing = read(await town.ada.slash(town.general, "setup apply"))
    assert nothing.content == said(town, "setup.begun.none")
    shown = await to_plan(town)
    again = read(await town.ada.slash(town.general, "setup apply"))
    assert again.content == shown.content
    await apply(town, again)
    assert read(await town.ada.slash(town.general, "setup apply")).content == said(town, "setup.begun.none")


async def test_where_several_are_begun_apply_asks_which(empty_town: Town) -> None:
    town = empty_town
    for preset in ("health", "tutoring"):
        await to_plan(town, preset=preset)
    screen = read(await town.ada.slash(town.general, "setup apply"))
    assert screen.content == town.t("setup.begun.ask")
    await town.press(town.ada, screen, f"setup:step:{(await underway(town, 'tutoring')).programme.id}.plan")
    await apply(town, screen)
    assert (await underway(town, "tutoring")).live
    assert not (await underway(town, "health")).live


async def test_apply_asks_who_the_members_are_where_nobody_said(empty_town: Town) -> None:
    town = empty_town
    await town.press(town.ada, read(await town.ada.slash(town.general, "setup start")), "setup:programme:health")
    screen = read(await town.ada.slash(town.general, "setup apply"))
    assert screen.content == town.t("setup.people")
    await town.press(town.ada, screen, ".adults")
    assert town.shows(screen, "setup:apply:")


# -- young people ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ages", ["minors", "both"])
async def test_with_young_people_an_adult_names_themselves_and_without_one_it_is_said(
    empty_town: Town, ages: str
) -> None:
    town = empty_town
    screen = await to_plan(town, ages=ages, countries=("GB",))
    assert town.t("setup.adult.missing") in screen.content
    answer = await apply(town, screen)
    for shown in (answer, await checked(town)):
        assert said(town, "setup.check.adult") in shown
    screen = await to_plan(town)
    await town.press(town.ada, screen, ".yes.plan")
    assert town.t("setup.adult.named", id=town.ada.id) in screen.content
    assert await is_well(town)


async def test_the_adult_who_is_named_stands_on_the_help_panel_at_once(town: Town) -> None:
    screen = await to_plan(town)
    await town.press(town.ada, screen, ".people")
    await town.press(town.ada, screen, ".minors")
    await town.press(town.ada, screen, ".yes.people")
    assert town.t("setup.adult.named", id=town.ada.id) in screen.content
    named = (await town.bot.tools.guilds.get(town.guild.id)).adult_id
    assert named == town.ada.id
    await town.press(town.ada, screen, ".no.people")
    assert town.t("setup.adult.missing") in screen.content


async def test_another_admin_takes_it_over_and_nobody_takes_back_anothers_name(empty_town: Town) -> None:
    town = empty_town
    noah = await second_admin(town)
    screen = await to_plan(town, ages="both")
    token = town.find(screen, ".yes.plan")
    await town.press(town.ada, screen, ".yes.plan")
    assert town.t("setup.adult.named", id=town.ada.id) in screen.content
    await town.send(noah, token.replace(".yes.", ".no."))
    assert (await underway(town)).guild.adult_id == town.ada.id
    await town.send(noah, token)
    assert (await underway(town)).guild.adult_id == noah.id


async def test_where_all_are_adults_nobody_is_named(empty_town: Town) -> None:
    screen = await to_plan(empty_town)
    assert not empty_town.shows(screen, "setup:adult:")
    assert begins(empty_town, "setup.adult.missing") not in screen.content


# -- several admins, and what is old ---------------------------------------------------------------------------------


async def test_two_admins_who_set_up_two_programmes_at_once_both_end_right(empty_town: Town) -> None:
    town = empty_town
    noah = await second_admin(town)
    plans = {preset: await to_plan(town, preset=preset) for preset in ("health", "tutoring")}
    tokens = [(who, town.find(plans[one], "setup:apply:")) for who, one in ((town.ada, "health"), (noah, "tutoring"))]
    answers = await press_at_once(town, tokens)
    assert sorted(town.t("setup.another") in one for one in answers) == [False, True]
    late = answers.index(town.t("setup.another"))
    who, old = tokens[late]
    changed = read(await town.send(who, old))
    assert town.t("setup.plan.changed") in changed.content
    assert begins(town, "setup.item.share.channel") in changed.content
    await town.send(who, town.find(changed, "setup:apply:"))
    for preset in plans:
        assert (await underway(town, preset)).live
    channels, roles = names(town)
    assert len(channels) == len(set(channels))
    assert len(roles) == len(set(roles))


async def test_what_another_admin_chose_meanwhile_is_shown_and_not_done_unseen(empty_town: Town) -> None:
    town = empty_town
    shown = await to_plan(town)
    noah = await second_admin(town)
    other = read(await noah.slash(town.general, "setup apply"))
    own = town.guild.create_text_channel("our-circle")
    await town.press(noah, other, ".channels")
    await town.choose(noah, other, ".group", [own])
    answer = await apply(town, shown)
    assert town.t("setup.plan.changed") in answer
    assert f"<#{own.id}>" in answer
    assert not (await underway(town)).live


async def test_the_buttons_of_a_list_that_was_done_show_how_it_is_now(empty_town: Town) -> None:
    town = empty_town
    shown = await to_plan(town)
    buttons = town.ids(shown)
    await apply(town, shown)
    made = whole_guild(town)
    for one in buttons:
        if one.startswith(("setup:step:", "setup:apply:", "setup:mine:")):
            answer = read(await town.send(town.ada, one))
            assert begins(town, "error.accident") not in answer.content
    assert whole_guild(town) == made


@pytest.mark.parametrize("verb", ["step", "apply", "mine", "ages", "adult", "trial", "cancel"])
async def test_a_crafted_button_is_answered_and_changes_nothing(town: Town, verb: str) -> None:
    programme = await town.programme()
    before, guild = whole_guild(town), await town.bot.tools.guilds.get(town.guild.id)
    for token in ("", ".", "{other}.plan", "{mine}.nonsense.99999", "{mine}" + "9" * 40, "' OR 1=1 --"):
        custom_id = f"setup:{verb}:" + token.format(mine=programme.id, other="0" * 32)
        answer = read(await town.send(town.ada, custom_id))
        assert begins(town, "error.accident") not in answer.content, token
        town.bot.tools.guilds.forget(town.guild.id)
        assert await town.bot.tools.guilds.get(town.guild.id) == guild, token
        assert whole_guild(town) == before, token


async def test_a_programme_that_is_not_there_cannot_be_begun(empty_town: Town) -> None:
    answer = read(await empty_town.send(empty_town.ada, "setup:programme:astrology"))
    assert answer.content == empty_town.t("error.button_gone")
    assert await empty_town.bot.tools.guilds.get(empty_town.guild.id) is None


async def test_a_channel_with_a_panel_of_another_programme_is_not_taken(town: Town) -> None:
    start = await town.channel("start")
    screen = await to_plan(town, preset="health")
    await town.press(town.ada, screen, ".channels")
    answer = await town.choose(town.ada, screen, ".group", [start])
    assert read(answer).content == said(town, "setup.channel.taken", channel=f"<#{start.id}>")
    assert (await underway(town, "health")).draft.channels == {}


# -- rights and lengths ----------------------------------------------------------------------------------------------


async def test_rights_for_the_set_up_are_named_as_spare_once_all_stands_and_are_no_fault(empty_town: Town) -> None:
    town = empty_town
    touches.grant_bot(town.env, town.guild, with_set_up())
    await apply(town, await to_plan(town, countries=("GB",)))
    assert await is_well(town)
    assert begins(town, "setup.check.surplus").split("⟦")[-1] in await checked(town)
    await to_plan(town, preset="health")
    assert town.t("right.manage_roles") not in await checked(town)
    touches.grant_bot(town.env, town.guild, everyday())
    assert town.t("right.manage_roles") not in await checked(town)


async def test_what_discord_made_twice_by_itself_is_named(empty_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))
    request, seen = town.bot.http.request, list[str]()

    async def again(route: discord.http.Route, **options: object) -> object:
        answer = await request(route, **options)
        if (route.method, route.path) == ("POST", "/guilds/{guild_id}/roles") and not seen:
            seen.append(answer["id"])
            return await request(route, **options)
        return answer

    monkeypatch.setattr(town.bot.http, "request", again)
    answer = await apply(town, screen)
    assert town.t("setup.spare", thing=f"<@&{seen[0]}>") in answer
    assert (await underway(town)).live


def test_lines_go_onto_as_few_messages_as_they_fit_into_and_none_is_cut() -> None:
    lines = [str(number % 10) * 90 for number in range(60)]
    made = pages(lines, CONTENT_LIMIT)
    assert "\n".join(made).splitlines() == lines
    assert all(len(one) <= CONTENT_LIMIT for one in made)
    assert len(made) == 3


async def test_a_long_list_is_read_to_its_end_before_it_can_be_done(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    monkeypatch.setattr(sys.modules["cogs.setup._plan"], "CONTENT_LIMIT", 900)
    screen = await to_plan(town)
    read_so_far = [screen.content]
    while not town.shows(screen, "setup:apply:"):
        onward = f".plan.{len(read_so_far)}"
        await town.press(town.ada, screen, onward)
        read_so_far.append(screen.content)
    assert len(read_so_far) > 1
    whole = "\n".join(read_so_far)
    assert whole.count(begins(town, "setup.item.make_channel")) == 6
    await apply(town, screen)
    assert (await underway(town)).live


async def test_a_dead_attempt_of_this_very_process_is_taken_up_after_two_minutes(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    now, tools = await underway(town), town.bot.tools
    await setup.start_applying(tools.db, tools.clock, tools.guilds, town.guild.id, now.programme.id)
    assert said(town, "setup.already") in await apply(town, screen)
    town.clock.advance(setup.ATTEMPT_LASTS + dt.timedelta(seconds=1))
    await apply(town, read(await town.ada.slash(town.general, "setup apply")))
    assert (await underway(town)).live
