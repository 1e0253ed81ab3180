"""What holds for an admin who mends or changes a programme that is live, and what they are told on the way."""

import dataclasses
import json
import re
from typing import Any
from urllib.parse import unquote

import discord
import pytest
from simcord import interactions
from simcord.results import ResponseMessage

from bot.demo import simcord_touches as touches
from bot.services import setup
from bot.texts import FOLDER, Texts
from data.store import guilds
from tests.cogs.raw import answered, press_at_once
from tests.cogs.setting_up import apply, begins, checked, is_well, said, to_plan, underway, whole_guild
from tests.cogs.town import Town, read


async def to_people(town: Town) -> ResponseMessage:
    """Go to the screen that asks who the members are."""
    screen = await to_plan(town)
    await town.press(town.ada, screen, ".people")
    return screen


def the_help(town: Town) -> str:
    """Return what the channel with the numbers is for."""
    return town.t("setup.use.help", programme=town.t("programme.recovery.name"))


def planned(screen: ResponseMessage) -> int:
    """Return how many things the list says will be done."""
    return screen.content.split("\n\n")[0].count("\n- ")


async def remove(town: Town, purpose: str) -> int:
    """Delete the channel of a purpose past the bot, and return its id."""
    channel_id = (await town.programme()).channels[purpose]
    town.env.backend.delete_channel(channel_id)
    await town.env.settle()
    return channel_id


# -- mending ---------------------------------------------------------------------------------------------------------


async def test_a_channel_that_is_gone_is_made_anew_and_nothing_else_is_touched(town: Town) -> None:
    before = (await town.programme()).channels
    gone = await remove(town, "help")
    assert said(town, "setup.check.channel_gone", use=the_help(town)) in await checked(town)
    screen = await to_plan(town)
    assert planned(screen) == 2
    assert begins(town, "setup.item.make_channel") in screen.content
    await apply(town, screen)
    after = (await town.programme()).channels
    assert {purpose for purpose in before if before[purpose] != after[purpose]} == {"help"}
    assert after["help"] != gone
    assert (await town.panel("help")).content
    assert await is_well(town)


async def test_a_role_that_is_gone_is_made_anew_and_let_into_the_moderators_channel(town: Town) -> None:
    guild = town.bot.get_guild(town.guild.id)
    await guild.get_role(town.roles["moderator"].id).delete()
    await town.env.settle()
    assert said(town, "setup.check.role_gone", name=town.t("setup.role.moderator")) in await checked(town)
    screen = await to_plan(town)
    assert begins(town, "setup.item.let_in") in screen.content
    await apply(town, screen)
    programme = await town.programme()
    role = guild.get_role(programme.roles["moderator"])
    assert guild.get_channel(programme.channels["moderators"]).permissions_for(role).view_channel
    assert await is_well(town)


async def test_where_nothing_is_missing_there_is_nothing_to_press(town: Town) -> None:
    before = whole_guild(town)
    screen = await to_plan(town)
    nothing = town.t("setup.plan.nothing", programme=town.t("programme.recovery.name"))
    assert nothing in screen.content
    answer = read(await town.send(town.ada, town.find(screen, "setup:apply:")))
    assert nothing in answer.content
    assert whole_guild(town) == before
    assert (await town.programme()).state == "live"


async def test_another_channel_gets_the_panel_and_the_old_one_loses_it(town: Town) -> None:
    old, other = await town.channel("start"), town.guild.create_text_channel("welcome")
    first = await town.panel("start")
    screen = await to_plan(town, start=other)
    assert town.t("setup.item.take_down", id=old.id) in screen.content
    await apply(town, screen)
    assert (await town.panel("start")).content == first.content
    assert (await town.programme()).channels["start"] == other.id
    assert old.last_message is None


async def test_an_old_panel_that_cannot_be_removed_is_named(town: Town) -> None:
    old, other = await town.channel("start"), town.guild.create_text_channel("welcome")
    screen = await to_plan(town, start=other)
    town.env.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50013)
    assert town.t("setup.old_panel", id=old.id) in await apply(town, screen)


async def test_members_check_in_as_ever_while_a_live_programme_is_changed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, seen = town.guild.create_text_channel("circle"), []
    screen = await to_plan(town, group=other)
    bound = setup.bound

    async def meanwhile(*args: Any) -> None:
        seen.append((await town.programme()).state)
        await bound(*args)

    monkeypatch.setattr(setup, "bound", meanwhile)
    await apply(town, screen)
    assert seen == ["live"]
    assert (await town.programme()).channels["group"] == other.id


async def test_of_two_admins_who_change_at_once_one_goes_on_and_nothing_is_made_twice(town: Town) -> None:
    await remove(town, "group")
    screen = await to_plan(town)
    token = town.find(screen, "setup:apply:")
    answers = await press_at_once(town, [(town.ada, token), (town.ada, token)])
    assert sorted(said(town, "setup.already") in answer for answer in answers) == [False, True]
    names = [channel.name for channel in town.env.backend.channels.values()]
    assert len(names) == len(set(names)) == 8


async def test_an_old_green_button_does_not_do_what_was_never_shown(town: Town) -> None:
    await remove(town, "group")
    screen = await to_plan(town)
    old = town.find(screen, "setup:apply:")
    await remove(town, "help")
    answer = read(await town.send(town.ada, old))
    assert town.t("setup.plan.changed") in answer.content
    assert len(town.env.backend.channels) == 6


# -- what counts at once ---------------------------------------------------------------------------------------------


async def test_ages_countries_and_zone_of_a_live_programme_count_at_once_and_the_panels_show_it(town: Town) -> None:
    screen = await to_people(town)
    assert town.t("setup.people.live") in screen.content
    before = (await town.panel("help")).content
    await town.choose(town.ada, screen, "setup:countries:", ["DE"])
    germany = (await town.panel("help")).content
    assert germany != before
    await town.press(town.ada, screen, ".minors")
    assert (await town.panel("help")).content != germany
    form = await town.press(town.ada, screen, "setup:zone:")
    await town.ada.submit_modal(form, {"zone": "Europe/Berlin"})
    now = await underway(town)
    assert (now.guild.countries, now.guild.ages, now.guild.zone) == (("DE",), "minors", "Europe/Berlin")


async def test_a_select_of_a_screen_from_before_still_does_what_it_says(empty_town: Town) -> None:
    town = empty_town
    first = await to_people(town)
    await town.set_up()
    await town.choose(town.ada, first, "setup:countries:", ["DE"])
    country = next(c for c in town.bot.tools.contacts.countries if c.code == "DE")
    assert country.name in (await town.panel("help")).content
    assert town.t("setup.people.live") in first.content


async def test_a_panel_that_could_not_show_the_new_choice_is_named_at_once(town: Town) -> None:
    screen = await to_people(town)
    town.env.inject_error("PATCH", "/channels/*/messages/*", status=403, code=50013, times=None)
    await town.choose(town.ada, screen, "setup:countries:", ["DE"])
    channel = await town.channel("help")
    assert said(town, "setup.check.panel_missing", id=channel.id) in screen.content
    assert said(town, "setup.check.panel_missing", id=channel.id) in await checked(town)


# -- what is said ----------------------------------------------------------------------------------------------------


async def test_it_does_not_say_that_it_stands_where_discord_refused_panels_and_commands(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town, countries=("GB",))
    town.env.inject_error("POST", "/channels/*/messages", status=403, code=50001, times=None)
    town.env.inject_error("PUT", "/applications/*/guilds/*/commands", status=400, code=50035, times=None)
    answer = await apply(town, screen)
    start, help_ = await town.channel("start"), await town.channel("help")
    for shown in (answer, await checked(town)):
        assert begins(town, "setup.done") not in shown
        assert said(town, "setup.check.commands") in shown
        for channel in (start, help_):
            assert said(town, "setup.check.panel_missing", id=channel.id) in shown
    town.env.backend.faults.clear()
    assert await is_well(town)
    assert (await town.panel("start")).content


async def test_without_a_country_the_plan_warns_and_offers_to_choose(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    assert town.t("setup.plan.no_country") in screen.content
    await town.press(town.ada, screen, ".people")
    await town.choose(town.ada, screen, "setup:countries:", ["GB"])
    await town.press(town.ada, screen, ".plan")
    assert town.t("setup.plan.no_country") not in screen.content
    assert begins(town, "setup.done") in await apply(town, screen)


async def test_leaving_after_something_was_made_does_not_say_that_nothing_was(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    town.env.inject_error("POST", f"/guilds/{town.guild.id}/channels", status=403, code=50013)
    await apply(town, screen)
    again = await to_plan(town)
    await town.press(town.ada, again, "setup:cancel:")
    assert again.content == said(town, "setup.cancelled")


async def test_a_plan_for_a_channel_in_which_the_bot_cannot_post_says_so(empty_town: Town) -> None:
    town = empty_town
    quiet = town.guild.create_text_channel(
        "quiet", overwrites={town.guild.me: discord.PermissionOverwrite(send_messages=False)}
    )
    screen = await to_plan(town, start=quiet)
    assert town.t("setup.check.channel_closed", id=quiet.id) in screen.content


async def test_moderators_who_cannot_see_their_channel_are_found(town: Town) -> None:
    programme = await town.programme()
    channel = town.bot.get_guild(town.guild.id).get_channel(programme.channels["moderators"])
    role = channel.guild.get_role(programme.roles["moderator"])
    await channel.set_permissions(role, view_channel=False)
    wanted = town.t("setup.check.blind", role=role.mention, channel=channel.mention)
    assert wanted in await checked(town)
    await apply(town, await to_plan(town))
    assert await is_well(town)


async def test_the_check_answers_where_the_set_up_was_only_begun(empty_town: Town) -> None:
    town = empty_town
    await to_plan(town)
    assert said(town, "setup.check.unfinished", name=town.t("programme.recovery.name")) in await checked(town)


async def test_where_discord_does_not_answer_it_says_so_and_does_nothing(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town)
    before = whole_guild(town)
    town.env.inject_error("GET", f"/guilds/{town.guild.id}/roles", status=500)
    assert said(town, "setup.no_answer") in await apply(town, screen)
    assert whole_guild(town) == before
    assert begins(town, "setup.done.but") in await apply(town, await to_plan(town))


def test_every_sentence_of_the_set_up_names_commands_only_as_mentions() -> None:
    text = (FOLDER / "en" / "peerled.po").read_text(encoding="utf-8")
    said_plainly = dict(re.findall(r'^msgid "(setup\..+)"\nmsgstr ".*`?(/[a-z]+(?: [a-z]+)?)`', text, re.MULTILINE))
    assert said_plainly == {}


async def test_names_topics_and_reasons_are_in_the_servers_language_and_answers_in_the_admins(empty_town: Town) -> None:
    town = empty_town
    town.env.backend.edit_guild(town.guild.id, {"preferred_locale": "de"})
    touches.speak(town.env, town.ada.id, "fr")
    town.bot.tools = dataclasses.replace(town.bot.tools, texts=Tongues(town.texts))
    answer = await apply(town, await to_plan(town))
    assert "⟦fr·" in answer
    bodies = [
        *town.sent("POST", f"/guilds/{town.guild.id}/roles"),
        *town.sent("POST", f"/guilds/{town.guild.id}/channels"),
    ]
    public = [body[key] for body in bodies for key in ("name", "topic") if key in body]
    public += [r.reason for r in town.env.http_requests if r.reason]
    assert len(public) >= 10
    assert all("de·" in one and "fr·" not in one for one in map(unquote, public))


class Tongues(Texts):
    """Texts that say in which language they were asked for."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts._catalogues, pseudo=True)

    def t(self, locale: str | None, key: str, **args: Any) -> str:
        return super().t(locale, key, **args).replace("⟦", f"⟦{locale}·", 1)


# -- where the bot is not ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["start", "check"])
async def test_where_only_a_person_added_the_bot_it_says_so_and_writes_nothing(town: Town, name: str) -> None:
    elsewhere = "999888777666555444"
    record, event = interactions.base_payload(
        town.env.backend,
        type=2,
        channel_id=town.general.id,
        guild_id=town.guild.id,
        user_id=town.ada.id,
        data={
            "id": str(town.bot.command_sets.core_ids["setup"]),
            "name": "setup",
            "type": 1,
            "options": [{"name": name, "type": 1, "options": []}],
        },
    )
    event = json.loads(json.dumps(event, default=str))
    event |= {"guild_id": elsewhere, "guild": {"id": elsewhere, "locale": "en-US", "features": []}}
    event["authorizing_integration_owners"] = {"1": str(town.ada.id)}
    event["channel"]["guild_id"] = elsewhere
    town.env.backend.emit("INTERACTION_CREATE", event)
    await town.env.settle(timeout=10)
    assert answered(town, record) == said(town, "setup.check.no_bot")
    assert [guild.guild_id for guild in await town.db.read(guilds.fetch_all)] == [town.guild.id]


async def test_the_set_up_is_offered_only_where_the_bot_was_invited(town: Town) -> None:
    (offered,) = [c for c in town.sent("PUT", "/commands")[0] if c["name"] == "setup"]
    assert offered["integration_types"] == [0]
