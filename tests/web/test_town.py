"""The demo's town with the real bot in it, as the visitor finds it."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, get_args

import pytest
import pytest_asyncio
import simcord

from bot.demo import real
from bot.demo.town import Person, Step
from bot.demo.world import Leap, World
from bot.domain.actor import Actor
from bot.services import reminders, settings
from data.programmes import presets

START = dt.datetime(2026, 3, 3, 12, 0, tzinfo=dt.UTC)


# One town for the whole page: nobody changes it here, but who begins with nothing unread is asked first.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    stack = AsyncExitStack()
    yield await stack.enter_async_context(real.demo(START))
    await stack.aclose()


def names_seen_by(world: World, person: Person) -> list[str]:
    return [place.name for place in world.places(person)]


def doer_of(world: World, person: Person, step: Step) -> simcord.MemberActor:
    return world.town.people[step.who or person.key].actor


async def said(world: World, person: Person, command: str) -> str:
    result = await person.actor.slash(world.town.guild.channels["general"], command)
    assert result.response is not None
    return str(result.response.content)


async def test_the_visitor_begins_with_nothing_unread_no_private_answer_and_no_fault(world: World) -> None:
    assert [world.unread(person) for person in world.town.people.values()] == [0] * len(world.town.people)
    assert world.faults() == []
    for messages in world.town.env.backend.messages.values():
        assert not any(message.is_ephemeral for message in messages.values())


async def test_every_step_of_every_tour_leads_to_a_channel_that_its_person_sees(world: World) -> None:
    people = world.town.people
    for person in people.values():
        assert person.opens in names_seen_by(world, person), person.key
        for step in person.tour:
            doer = people[step.who or person.key]
            assert step.channel in names_seen_by(world, doer), (person.key, step.text)


async def test_every_step_can_be_ticked_off_by_something_the_bot_really_has(world: World) -> None:
    bot: Any = world.town.env.bot
    for person in world.town.people.values():
        for step in person.tour:
            commands = doer_of(world, person, step).available_commands(world.town.guild.channels[str(step.channel)])
            assert step.call is None or step.call in commands, (person.key, step.text)
            assert step.leap is None or step.leap in get_args(Leap), (person.key, step.text)
            assert set(step.done) <= {*bot.router.routes, *commands}, (person.key, step.text)


async def test_the_five_tours_show_all_five_programmes(world: World) -> None:
    shown = {step.programme for person in world.town.people.values() for step in person.tour}
    assert shown == {"Every programme", *(programme.name for programme in world.town.programmes)}
    assert {programme.preset for programme in world.town.programmes} == set(presets())


async def test_every_module_is_within_three_clicks(world: World) -> None:
    # One click chooses the tour, one the step, and one presses what stands there.
    features = {feature for preset in presets().values() for feature in preset.features}
    modules = {"leaders": "lead"}
    done = {deed for person in world.town.people.values() for step in person.tour for deed in step.done}
    for feature in features:
        name = modules.get(feature, feature)
        assert any(deed.startswith((f"{name}:", f"{name} ")) for deed in done), feature


async def test_one_programme_is_starting_up_and_the_others_have_certified_leaders(world: World) -> None:
    bot: Any = world.town.env.bot
    guild = await bot.tools.guilds.get(world.town.guild.id)
    certified = {programme.preset: programme.certified for programme in guild.live}
    assert certified == {one.preset: len(one.certified) for one in world.town.programmes}
    assert [programme.preset for programme in guild.live if programme.starting_up] == ["mentorship"]


async def test_those_who_lead_wear_the_role_and_nobody_else_does(world: World) -> None:
    guild = world.town.env.backend.get_guild(world.town.guild.id)
    for programme in world.town.programmes:
        role = world.town.guild.roles[programme.role]
        wearing = {
            key for key, person in world.town.people.items() if role.id in guild.members[person.actor.id].role_ids
        }
        assert wearing == set(programme.leaders), programme.name


async def test_what_people_shared_is_there_and_what_they_kept_is_theirs(world: World) -> None:
    bot: Any = world.town.env.bot
    guild = await bot.tools.guilds.get(world.town.guild.id)
    health = next(programme for programme in guild.live if programme.preset == "health")
    start = world.town.guild.channels["health-start"]
    panel = start.last_message
    assert panel is not None
    shown = await world.town.people["omar"].actor.click(panel, custom_id=f"checkins:group:{health.id}")
    assert shown.response is not None
    wanted = [one for one in world.town.past if one.programme == "health"]
    for one in wanted:
        assert not one.note or (one.note in shown.response.content) is (one.seen_by == "group"), one


async def test_only_those_who_should_find_the_moderators_and_the_leaders_channels(world: World) -> None:
    def find(name: str) -> set[str]:
        return {key for key, person in world.town.people.items() if name in names_seen_by(world, person)}

    assert find("moderators") == {"sam", "ada"}
    for programme in world.town.programmes:
        assert find(f"{programme.preset}-leaders") == {*programme.leaders, "ada"}, programme.name


async def test_the_set_up_leaves_nothing_to_mend(world: World) -> None:
    texts = world.town.env.bot.tools.texts  # type: ignore[attr-defined]  # the real bot carries its parts there
    assert texts.t("en-GB", "setup.check.well") in await said(world, world.town.people["ada"], "setup check")


async def test_whoever_leaps_past_a_reminder_is_asked_again_on_the_next_day(world: World) -> None:
    bot: Any = world.town.env.bot
    tools, guild_id = bot.tools, world.town.guild.id
    (programme, *_) = (await tools.guilds.get(guild_id)).live
    somebody = Actor(world.town.people["tom"].actor.id, guild_id)
    soon = world.now() + dt.timedelta(minutes=30)
    await settings.set_zone(tools.db, tools.clock, somebody, str(world.town.zone), agreed=True)
    await reminders.choose(tools.db, tools.clock, somebody, programme, soon.hour * 60 + soon.minute, agreed=True)
    # Further at once than a reminder waits, as after a pause of the whole machine.
    await world.town.env.advance_time(dt.timedelta(hours=9).total_seconds())
    await world.pass_time(dt.timedelta(minutes=1))
    standing = await reminders.look(tools.db, tools.clock, somebody, programme)
    assert standing.planned is not None
    due = await bot.delivery.next_due()
    assert due is not None
    assert due.date() == standing.planned.upcoming.due_at.date()
    assert world.faults() == []


async def test_every_programme_has_a_meeting_ahead_on_a_card_that_its_people_read(world: World) -> None:
    coming = {meets.programme: len(meets.coming) for meets in world.town.meetings}
    assert set(coming) == set(presets())
    for preset, number in coming.items():
        channel = world.town.guild.channels[f"{preset}-meetings"]
        assert f"{preset}-meetings" in names_seen_by(world, world.town.people["mia"])
        (card,) = channel.history()
        meets = next(one for one in world.town.meetings if one.programme == preset)
        assert meets.title in card.content
        assert str(number) in card.content or not number
