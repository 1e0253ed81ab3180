"""Nobody gets a power through the set-up that they have not got, and nothing private ends up in front of everybody."""

import dataclasses

import discord
import pytest
import simcord

from bot.demo import simcord_touches as touches
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.programmes import Draft
from bot.domain.rights import with_set_up
from bot.kit import guards
from bot.services import setup
from tests.cogs.setting_up import CHANNEL, ROLE, apply, begin, begins, pick, said, to_plan, underway, wears, whole_guild
from tests.cogs.town import Town, read


def powerful(town: Town, **rights: bool) -> simcord.RoleHandle:
    """Make a role with rights, below the bot's and above everybody else's."""
    own = next(role for role in town.env.backend.get_guild(town.guild.id).roles.values() if role.managed)
    town.env.backend.edit_role(town.guild.id, own.id, {"position": 50})
    return town.guild.create_role("Boss", permissions=discord.Permissions(**rights), position=40)


def empower(town: Town, **rights: bool) -> None:
    """Let admins, and so Ada, have these rights too."""
    permissions = discord.Permissions(manage_guild=True, **rights)
    town.env.backend.edit_role(town.guild.id, town.roles["admin"].id, {"permissions": permissions.value})


def crown(town: Town, who: simcord.MemberActor) -> None:
    """Make somebody the server's owner."""
    town.env.backend.edit_guild(town.guild.id, {"owner_id": who.id})


async def half_done(town: Town) -> Programme:
    """Let a set-up end when its roles are made and nobody wears them; return the programme as it stands."""
    screen = await to_plan(town, mine=False)
    town.env.inject_error("POST", f"/guilds/{town.guild.id}/channels", status=403, code=50013)
    await apply(town, screen)
    programme = (await underway(town)).programme
    assert programme.roles.keys() == {"leader", "moderator"}
    return programme


# -- giving roles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rights", [{"administrator": True}, {"ban_members": True}, {}])
async def test_an_admin_cannot_give_themselves_a_role_that_was_there(empty_town: Town, rights: dict[str, bool]) -> None:
    town, boss = empty_town, powerful(empty_town, **rights)
    screen = await to_plan(town, leader=boss, mine=True)
    assert town.t("setup.kept.power", role=boss.mention) in screen.content
    assert screen.content.count(begins(town, "setup.item.give_role")) == 1
    await apply(town, screen)
    assert boss.id not in wears(town, town.ada)
    programme = await town.programme()
    assert programme.roles["leader"] == boss.id
    assert programme.roles["moderator"] in wears(town, town.ada)


async def test_whoever_may_give_roles_gets_one_below_their_own_highest_but_none_above(empty_town: Town) -> None:
    town = empty_town
    empower(town, manage_roles=True)
    below, above = town.guild.create_role("Hosts"), powerful(town)
    screen = await to_plan(town, leader=below, moderator=above, mine=True)
    assert town.t("setup.kept.power", role=above.mention) in screen.content
    await apply(town, screen)
    assert below.id in wears(town, town.ada)
    assert above.id not in wears(town, town.ada)


async def test_a_rule_of_one_channel_does_not_make_anybody_a_giver_of_roles(empty_town: Town) -> None:
    town = empty_town
    hosts = town.guild.create_role("Hosts")
    here = town.bot.get_guild(town.guild.id).get_channel(town.general.id)
    await here.set_permissions(await here.guild.fetch_member(town.ada.id), manage_roles=True)
    await apply(town, await to_plan(town, leader=hosts, mine=True))
    assert hosts.id not in wears(town, town.ada)


async def test_the_owner_of_the_server_may_have_any_role_below_the_bots(empty_town: Town) -> None:
    town, boss = empty_town, powerful(empty_town, administrator=True)
    crown(town, town.ada)
    await apply(town, await to_plan(town, leader=boss, mine=True))
    assert boss.id in wears(town, town.ada)


async def test_a_role_above_the_bots_own_is_said_to_stay_away_and_the_rest_is_done(empty_town: Town) -> None:
    town = empty_town
    crown(town, town.ada)
    high = town.guild.create_role("High", position=99)
    screen = await to_plan(town, leader=high, mine=True)
    assert town.t("setup.kept.order", role=high.mention) in screen.content
    assert town.t("setup.check.well") not in await apply(town, screen)
    assert (await town.programme()).roles["leader"] == high.id
    assert high.id not in wears(town, town.ada)


async def test_a_role_of_ours_that_somebody_gave_power_since_is_not_given_any_more(empty_town: Town) -> None:
    town = empty_town
    made = await half_done(town)
    town.env.backend.edit_role(town.guild.id, made.roles["leader"], {"permissions": 1 << 3})
    secret = town.bot.get_guild(town.guild.id).get_channel(town.general.id)
    await secret.set_permissions(secret.guild.get_role(made.roles["moderator"]), view_channel=True)
    screen = await to_plan(town, mine=True)
    for role_id in made.roles.values():
        assert town.t("setup.kept.power", role=f"<@&{role_id}>") in screen.content
    await town.send(town.ada, town.find(screen, "setup:apply:"))
    assert not wears(town, town.ada) & set(made.roles.values())


async def test_a_role_that_got_power_after_the_dry_run_is_not_given(empty_town: Town) -> None:
    town = empty_town
    made = await half_done(town)
    screen = await to_plan(town, mine=True)
    assert screen.content.count(begins(town, "setup.item.give_role")) == 2
    town.env.backend.edit_role(town.guild.id, made.roles["leader"], {"permissions": 1 << 3})
    answered = await apply(town, screen)
    assert town.t("setup.plan.changed") in answered
    assert not wears(town, town.ada) & set(made.roles.values())


async def test_a_role_that_gets_power_while_the_plan_is_done_is_not_given(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    made = await half_done(town)
    screen = await to_plan(town, mine=True)
    going_on = setup.go_on

    async def meanwhile(*args: object) -> object:
        town.env.backend.edit_role(town.guild.id, made.roles["leader"], {"permissions": 1 << 3})
        return await going_on(*args)

    monkeypatch.setattr(setup, "go_on", meanwhile)
    assert town.t("setup.kept.power", role=f"<@&{made.roles['leader']}>") in await apply(town, screen)
    assert not wears(town, town.ada) & set(made.roles.values())
    assert (await underway(town)).programme.state == "draft"


async def test_once_a_programme_stands_nobody_gets_by_it_into_rooms_that_they_could_not_see(empty_town: Town) -> None:
    town = empty_town
    await apply(town, await to_plan(town, mine=False))
    made = await town.programme()
    screen = await to_plan(town, mine=True)
    for role_id in made.roles.values():
        assert town.t("setup.kept.power", role=f"<@&{role_id}>") in screen.content
    await town.send(town.ada, town.find(screen, "setup:apply:"))
    assert not wears(town, town.ada) & set(made.roles.values())
    empower(town, manage_roles=True)
    await apply(town, await to_plan(town, mine=True))
    assert set(made.roles.values()) <= wears(town, town.ada)


async def test_what_one_admin_was_shown_is_not_done_for_another_who_may_do_less(empty_town: Town) -> None:
    town = empty_town
    hosts = town.guild.create_role("Hosts")
    crown(town, town.ada)
    screen = await to_plan(town, leader=hosts, mine=True)
    deputy = town.guild.create_role("Deputies", permissions=discord.Permissions(manage_guild=True))
    noah = await town.bot.get_guild(town.guild.id).fetch_member(town.noah.id)
    await noah.add_roles(discord.Object(deputy.id))
    answer = read(await town.send(town.noah, town.find(screen, "setup:apply:")))
    assert town.t("setup.plan.changed") in answer.content
    assert hosts.id not in wears(town, town.noah)
    assert (await underway(town)).programme.state == "draft"


async def test_roles_that_one_wears_already_are_not_mentioned(empty_town: Town) -> None:
    town = empty_town
    screen = await to_plan(town, leader=town.roles["admin"], mine=True)
    assert screen.content.count(begins(town, "setup.item.give_role")) == 1
    assert begins(town, "setup.kept.power") not in screen.content


# -- roles that fit nothing ------------------------------------------------------------------------------------------


async def test_the_role_of_everybody_and_those_of_apps_cannot_be_chosen(empty_town: Town) -> None:
    town = empty_town
    now = await begin(town)
    of_the_bot = next(r for r in town.env.backend.get_guild(town.guild.id).roles.values() if r.managed)
    for role_id in (town.guild.id, of_the_bot.id):
        for purpose in ("leader", "moderator"):
            answer = read(await pick(town, town.ada, f"setup:role:{now.programme.id}.{purpose}", ROLE, role_id))
            assert answer.content == said(town, "setup.role.unfit", role=f"<@&{role_id}>")
    assert (await underway(town)).draft.roles == {}


async def test_a_draft_that_holds_the_role_of_everybody_is_not_done(empty_town: Town) -> None:
    town = empty_town
    now, tools = await begin(town), town.bot.tools
    bad = Draft(roles={"leader": town.guild.id})
    await setup.choose(tools.db, tools.guilds, town.guild.id, now.programme.id, lambda _: bad)
    before = whole_guild(town)
    screen = await to_plan(town)
    answer = read(await town.send(town.ada, town.find(screen, "setup:apply:")))
    for shown in (screen.content, answer.content):
        assert begins(town, "setup.role.unfit") in shown
    assert (await underway(town)).programme.roles == {}
    assert whole_guild(town) == before


def test_whoever_wears_only_the_role_of_everybody_leads_nothing() -> None:
    programme = Programme("a" * 32, 7, "recovery", "live", {}, roles={"leader": 7})
    everybody = Actor(1, 7, frozenset({7}))
    assert not guards.leads(everybody, programme)
    assert not guards.leads(everybody, dataclasses.replace(programme, roles={}))
    assert guards.leads(Actor(1, 7, frozenset({7, 8})), dataclasses.replace(programme, roles={"leader": 8}))
    assert not guards.leads(Actor(1, 9, frozenset({8})), dataclasses.replace(programme, roles={"leader": 8}))


# -- channels --------------------------------------------------------------------------------------------------------


async def test_a_channel_that_everybody_reads_is_not_taken_for_the_moderators(empty_town: Town) -> None:
    town = empty_town
    now = await begin(town)
    token = f"setup:channel:{now.programme.id}.moderators"
    refused = read(await pick(town, town.ada, token, CHANNEL, town.general.id))
    assert refused.content == said(town, "setup.channel.open", channel=f"<#{town.general.id}>")
    assert (await underway(town)).draft.channels == {}
    hidden = discord.PermissionOverwrite(view_channel=False)
    private = town.guild.create_text_channel("staff", overwrites={town.guild.default_role: hidden})
    await pick(town, town.ada, token, CHANNEL, private.id)
    assert (await underway(town)).draft.channels == {"moderators": private.id}


async def test_a_moderators_channel_that_was_opened_since_stops_the_doing_and_is_found_by_the_check(
    empty_town: Town,
) -> None:
    town = empty_town
    hidden = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True, send_messages=True)
    rights = {town.guild.default_role: hidden, town.ada: seen, town.guild.me: seen}
    private = town.guild.create_text_channel("staff", overwrites=rights)
    opened = said(town, "setup.channel.open", channel=private.mention)
    channel = town.bot.get_guild(town.guild.id).get_channel(private.id)
    screen = await to_plan(town, moderators=private)
    await channel.set_permissions(channel.guild.default_role, view_channel=True)
    assert opened in await apply(town, screen)
    assert (await underway(town)).programme.channels == {}
    await channel.set_permissions(channel.guild.default_role, view_channel=False)
    await apply(town, await to_plan(town))
    assert (await town.programme()).channels["moderators"] == private.id
    assert opened not in read(await town.ada.slash(town.general, "setup check")).content
    await channel.set_permissions(channel.guild.default_role, view_channel=True)
    assert opened in read(await town.ada.slash(town.general, "setup check")).content


async def test_one_channel_does_not_serve_two_purposes(empty_town: Town) -> None:
    town = empty_town
    now = await begin(town)
    for purpose in ("start", "help", "group"):
        await pick(town, town.ada, f"setup:channel:{now.programme.id}.{purpose}", CHANNEL, town.general.id)
    assert (await underway(town)).draft.channels == {"start": town.general.id}
    twice = Draft(channels={"start": town.general.id, "group": town.general.id})
    tools = town.bot.tools
    await setup.choose(tools.db, tools.guilds, town.guild.id, now.programme.id, lambda _: twice)
    before = whole_guild(town)
    screen = await to_plan(town)
    answer = read(await town.send(town.ada, town.find(screen, "setup:apply:")))
    assert said(town, "setup.channel.twice", channel=f"<#{town.general.id}>") in answer.content
    assert whole_guild(town) == before


async def test_a_live_programmes_channel_is_not_given_a_second_purpose(town: Town) -> None:
    programme = await town.programme()
    start = programme.channels["start"]
    answer = read(await pick(town, town.ada, f"setup:channel:{programme.id}.group", CHANNEL, start))
    assert answer.content == said(town, "setup.channel.twice", channel=f"<#{start}>")


async def test_only_text_channels_and_known_purposes_are_taken(empty_town: Town) -> None:
    town = empty_town
    now = await begin(town)
    voice = town.guild.create_voice_channel("Lounge")
    answer = read(await pick(town, town.ada, f"setup:channel:{now.programme.id}.group", CHANNEL, voice.id))
    assert answer.content == said(town, "setup.channel.unfit", channel=f"<#{voice.id}>")
    for token, kind in (
        (f"setup:channel:{now.programme.id}.attic", CHANNEL),
        (f"setup:role:{now.programme.id}.king", ROLE),
    ):
        one = town.general.id if kind == CHANNEL else town.roles["leader"].id
        assert read(await pick(town, town.ada, token, kind, one)).content == town.t("error.button_gone")
    assert (await underway(town)).draft == Draft(begun=True)


@pytest.mark.parametrize("lacking", ["view_channel", "send_messages"])
async def test_a_right_without_which_a_channel_would_be_open_is_asked_for_before_any_is_made(
    empty_town: Town, lacking: str
) -> None:
    town, backend = empty_town, empty_town.env.backend
    gate = discord.Permissions(use_application_commands=True)
    backend.edit_role(town.guild.id, town.guild.id, {"permissions": gate.value})
    empower(town, view_channel=True, use_application_commands=True)
    touches.grant_bot(town.env, town.guild, with_set_up() & ~discord.Permissions(**{lacking: True}).value)
    screen, before = await to_plan(town), whole_guild(town)
    assert town.t("setup.plan.missing", rights=town.t(f"right.{lacking}")) in screen.content
    await town.send(town.ada, town.find(screen, "setup:apply:"))
    assert whole_guild(town) == before
    touches.grant_bot(town.env, town.guild, with_set_up())
    await town.press(town.ada, screen, ".plan")
    await apply(town, screen)
    programme, guild = await town.programme(), town.bot.get_guild(town.guild.id)
    verified = discord.Permissions(view_channel=True, send_messages=True)
    role = guild.get_role(town.guild.create_role("Verified", permissions=verified).id)
    for purpose, sees, writes in (("leaders", False, False), ("moderators", False, False), ("start", True, False)):
        rights = guild.get_channel(programme.channels[purpose]).permissions_for(role)
        assert (rights.view_channel, rights.send_messages) == (sees, writes)


async def test_a_right_that_the_bot_has_not_got_is_not_set_in_a_channel_of_ours(empty_town: Town) -> None:
    town, backend = empty_town, empty_town.env.backend
    everybody = backend.get_role(town.guild.id, town.guild.id)
    without = discord.Permissions(everybody.permissions)
    without.add_reactions = False
    backend.edit_role(town.guild.id, town.guild.id, {"permissions": without.value})
    touches.grant_bot(town.env, town.guild, without.value | (1 << 4) | (1 << 28))
    await apply(town, await to_plan(town))
    start = backend.get_channel((await town.programme()).channels["start"])
    touched = [o.allow | o.deny for o in start.overwrites]
    assert all(not bits & discord.Permissions(add_reactions=True).value for bits in touched)
