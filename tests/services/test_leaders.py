"""What holds for those who lead or learn to: who may change what, two at once, and what counts for "starting up"."""

import asyncio
import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.leaders import revision, to_learn
from bot.errors import PeerError
from bot.services import leaders
from bot.services.guilds import Guilds
from bot.services.leaders import Seen
from data import life
from data.programmes import presets
from data.schema import leaders as rows_of_leaders
from data.schema import members, people
from tests.services.conftest import Town
from tests.store.rows import ANNA, BEN, HERE, NOON, THERE

ROLE, OTHER_ROLE = 50, 51
CARLA, DORA, ADMIN = 300, 400, 500
DAY = NOON.date()
TRAINING = presets()["recovery"].training


class Place:
    """The town with a role for leaders, and short words for what people do in it."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.guilds = Guilds(town.db)
        self.programme: Programme = dataclasses.replace(town.programme, roles={"leader": ROLE})
        self.second: Programme = dataclasses.replace(town.second, roles={"leader": OTHER_ROLE})
        self.anna = Actor(ANNA, HERE, frozenset({ROLE}))
        self.ben = Actor(BEN, HERE, frozenset({ROLE}))
        self.carla = Actor(CARLA, HERE)
        self.dora = Actor(DORA, HERE, frozenset({OTHER_ROLE}))
        self.admin = Actor(ADMIN, HERE, manages_guild=True)

    async def add(self, user_id: int, by: Actor | None = None, programme: Programme | None = None) -> Seen:
        t = self.town
        by, programme = by or self.admin, programme or self.programme
        return (await leaders.add(t.db, t.clock, by, t.guild, programme, user_id))[0]

    async def tick(self, row: Seen, by: Actor, *learned: str, was: str | None = None) -> Seen:
        was = revision(row.leader.learned) if was is None else was
        return await leaders.tick(
            self.town.db, by, self.programme, row.leader.id, training=TRAINING, learned=learned, was=was
        )

    async def observe(self, row: Seen, by: Actor) -> Seen:
        t = self.town
        return await leaders.observe(t.db, t.clock, by, t.guild, self.programme, row.leader.id)

    async def certify(self, row: Seen, by: Actor, *, elsewhere: bool = False) -> Seen:
        t = self.town
        return await leaders.certify(
            t.db,
            t.clock,
            self.guilds,
            by,
            t.guild,
            self.programme,
            row.leader.id,
            training=TRAINING,
            elsewhere=elsewhere,
        )

    async def rest(self, row: Seen, by: Actor, resting: bool = True) -> Seen:
        t = self.town
        return await leaders.rest(
            t.db, t.clock, self.guilds, by, t.guild, self.programme, row.leader.id, resting=resting
        )

    async def remove(self, row: Seen, by: Actor, programme: Programme | None = None) -> Seen:
        t = self.town
        return await leaders.remove(t.db, self.guilds, by, t.guild, programme or self.programme, row.leader.id)

    async def look(self, row: Seen, by: Actor, programme: Programme | None = None) -> Seen:
        return await leaders.person(self.town.db, by, programme or self.programme, row.leader.id)

    async def listed(self, by: Actor, programme: Programme | None = None) -> list[int]:
        found = await leaders.listed(self.town.db, by, programme or self.programme)
        return [one.user_id for one in found.everybody]

    async def trained(self, user_id: int) -> Seen:
        """Put somebody on the list who has learned everything and was observed."""
        row = await self.add(user_id)
        await self.tick(row, self.admin, *to_learn(TRAINING))
        return await self.observe(row, self.admin)

    async def starting_up(self) -> bool:
        """Tell what the process knows of it, without being told to look afresh."""
        guild = await self.guilds.get(HERE)
        return guild.programme(self.programme.id).starting_up


@pytest.fixture
async def place(town: Town) -> Place:
    return Place(town)


async def refused(doing) -> str | None:
    try:
        await doing
    except PeerError as error:
        return error.key
    return None


async def test_somebody_whom_the_bot_has_never_met_is_put_on_the_list_and_has_agreed_to_nothing(each_town: Town):
    place = Place(each_town)
    row, new = await leaders.add(each_town.db, each_town.clock, place.anna, each_town.guild, place.programme, CARLA)
    assert new
    assert (row.user_id, row.leader.added_on, row.may.own) == (CARLA, DAY, False)
    (person,) = await each_town.rows(people)
    assert (person["user_id"], person["consent_version"]) == (CARLA, None)


async def test_somebody_who_stands_there_already_is_left_as_they_are(place: Place):
    row = await place.certify(await place.add(CARLA), place.admin, elsewhere=True)
    place.town.later(days=1)
    t = place.town
    again, new = await leaders.add(t.db, t.clock, place.anna, t.guild, place.programme, CARLA)
    assert not new
    assert again.leader == row.leader


async def test_two_who_add_the_same_person_in_one_moment_make_one_record(each_town: Town):
    place = Place(each_town)
    first, second = await asyncio.gather(place.add(CARLA, place.anna), place.add(CARLA, place.ben))
    assert first.leader.id == second.leader.id
    assert len(await each_town.rows(rows_of_leaders)) == 1
    assert len(await each_town.rows(members)) == 1


async def test_one_may_put_oneself_on_the_list_but_not_without_leading(place: Place):
    assert (await place.add(ANNA, place.anna)).may.own
    for stranger in (place.carla, place.dora, Actor(ADMIN, THERE, manages_guild=True)):
        assert await refused(place.add(CARLA, stranger)) == "error.only_leaders"
    assert await place.listed(place.admin) == [ANNA]


async def test_a_record_is_seen_by_those_who_lead_by_admins_and_by_the_person(place: Place):
    row = await place.add(CARLA)
    for who in (place.anna, place.admin, place.carla):
        assert (await place.look(row, who)).leader == row.leader
    for who in (place.dora, Actor(BEN, HERE), Actor(ANNA, THERE, frozenset({ROLE}), manages_guild=True)):
        assert await refused(place.look(row, who)) == "error.only_leaders"


async def test_whoever_may_not_look_does_not_learn_whether_a_record_exists(place: Place):
    row = await place.add(CARLA)
    await place.remove(row, place.admin)
    assert await refused(place.look(row, place.dora)) == "error.only_leaders"
    assert await refused(place.look(row, place.admin)) == "leaders.gone"


async def test_somebody_on_the_list_without_the_role_sees_only_themself(place: Place):
    await place.add(CARLA)
    await place.add(ANNA)
    assert sorted(await place.listed(place.admin)) == sorted([CARLA, ANNA])
    assert await place.listed(place.carla) == [CARLA]
    assert await place.listed(place.dora) == []
    found = await leaders.listed(place.town.db, place.carla, place.programme)
    assert found.own is not None
    assert (await leaders.listed(place.town.db, place.ben, place.programme)).own is None


async def test_a_record_of_another_programme_is_not_found_here(place: Place):
    row = await place.add(CARLA, programme=place.second)
    assert await refused(place.look(row, place.admin)) == "leaders.gone"
    assert await place.listed(place.admin) == []
    assert await place.listed(place.dora, place.second) == [CARLA]


async def test_whoever_leads_may_tick_off_what_somebody_has_learned_and_take_it_back(place: Place):
    row = await place.add(CARLA)
    row = await place.tick(row, place.anna, "danger", "format")
    assert row.leader.learned == {"danger", "format"}
    row = await place.tick(row, place.admin, "danger")
    assert row.leader.learned == {"danger"}
    assert (await place.tick(row, place.anna)).leader.learned == frozenset()
    assert await refused(place.tick(row, place.carla, "danger")) == "error.only_leaders"


async def test_only_what_the_programme_teaches_can_be_ticked_off(place: Place):
    row = await place.add(CARLA)
    for wrong in ("observed", "stages", "x" * 5_000, "' OR 1=1"):
        assert await refused(place.tick(row, place.anna, "danger", wrong)) == "error.form_changed"
    assert (await place.look(row, place.anna)).leader.learned == frozenset()


async def test_of_two_who_fill_in_the_checklist_at_once_the_second_is_told(place: Place):
    row = await place.add(CARLA)
    await place.tick(row, place.anna, "danger")
    assert await refused(place.tick(row, place.ben, "format")) == "leaders.learn.changed"
    assert (await place.tick(row, place.ben, "danger")).leader.learned == {"danger"}
    assert (await place.look(row, place.anna)).leader.learned == {"danger"}


async def test_one_is_observed_by_somebody_else_and_the_latest_day_holds(place: Place):
    row = await place.add(ANNA)
    assert await refused(place.observe(row, place.anna)) == "leaders.observe.oneself"
    assert (await place.observe(row, place.ben)).leader.observed_on == DAY
    place.town.later(days=365)
    assert (await place.observe(row, place.admin)).leader.observed_on == DAY + dt.timedelta(days=365)
    assert await refused(place.observe(row, place.carla)) == "error.only_leaders"


async def test_days_end_at_the_server_s_own_midnight(place: Place):
    place.town.clock.set(dt.datetime(2026, 3, 10, 23, 30, tzinfo=dt.UTC))
    assert (await place.add(CARLA)).leader.added_on == dt.date(2026, 3, 11)


async def test_certified_is_whoever_learned_everything_and_was_observed(each_town: Town):
    place = Place(each_town)
    row = await place.trained(CARLA)
    row = await place.certify(row, place.admin)
    assert (row.leader.certified_on, row.leader.trained_elsewhere) == (DAY, False)
    other = await place.tick(await place.add(DORA), place.admin, *to_learn(TRAINING))
    assert await refused(place.certify(other, place.admin)) == "leaders.certify.not_ready"


async def test_certifying_needs_a_certified_leader_in_service_or_an_admin(place: Place):
    row = await place.trained(CARLA)
    for who in (place.anna, place.ben):
        assert await refused(place.certify(row, who)) == "leaders.only_certified"
    for who in (place.dora, Actor(7, HERE)):
        assert await refused(place.certify(row, who)) == "error.only_leaders"
    anna = await place.certify(await place.add(ANNA), place.admin, elsewhere=True)
    await place.rest(anna, place.anna)
    assert await refused(place.certify(row, place.anna)) == "leaders.only_certified"
    await place.rest(anna, place.anna, resting=False)
    without_role = Actor(ANNA, HERE)
    assert await refused(place.certify(row, without_role)) == "error.only_leaders"
    assert (await place.certify(row, place.anna)).leader.certified_on == DAY


async def test_nobody_certifies_themself_but_the_first_admin_may_say_where_they_were_trained(place: Place):
    own = await place.add(ADMIN)
    await place.tick(own, place.admin, *to_learn(TRAINING))
    await place.observe(own, place.anna)
    assert await refused(place.certify(own, place.admin)) == "leaders.certify.oneself"
    own = await place.certify(own, place.admin, elsewhere=True)
    assert (own.leader.certified_on, own.leader.trained_elsewhere) == (DAY, True)


async def test_trained_elsewhere_is_for_admins_to_say(place: Place):
    anna, row = await place.add(ANNA), await place.add(CARLA)
    await place.certify(anna, place.admin, elsewhere=True)
    assert await refused(place.certify(row, place.anna, elsewhere=True)) == "error.only_admins"
    assert await refused(place.certify(anna, place.admin, elsewhere=True)) == "leaders.certify.already"


async def test_of_two_who_certify_in_one_moment_the_second_is_told(each_town: Town):
    place = Place(each_town)
    row = await place.trained(CARLA)
    answers = await asyncio.gather(*(refused(place.certify(row, place.admin)) for _ in range(2)))
    assert sorted(answers, key=str) == sorted([None, "leaders.certify.already"], key=str)


async def test_the_programme_is_starting_up_until_two_are_certified_and_again_when_one_rests(each_town: Town):
    place = Place(each_town)
    assert await place.starting_up()
    anna = await place.certify(await place.add(ANNA), place.admin, elsewhere=True)
    assert await place.starting_up()
    carla = await place.certify(await place.trained(CARLA), place.anna)
    assert not await place.starting_up()
    await place.rest(carla, place.carla)
    assert await place.starting_up()
    await place.rest(carla, place.carla, resting=False)
    assert not await place.starting_up()
    await place.remove(anna, place.anna)
    assert await place.starting_up()


async def test_rest_begins_once_and_ends_when_the_person_comes_back(place: Place):
    row = await place.add(CARLA)
    await place.rest(row, place.carla)
    place.town.later(days=3)
    assert (await place.rest(row, place.carla)).leader.resting_since == DAY
    assert (await place.rest(row, place.carla, resting=False)).leader.resting_since is None
    assert (await place.rest(row, place.carla, resting=False)).leader.resting_since is None


async def test_others_send_nobody_to_rest_or_off_the_list_unless_their_word_counts(place: Place):
    row = await place.certify(await place.add(CARLA), place.admin, elsewhere=True)
    for doing in (place.rest, place.remove):
        assert await refused(doing(row, place.anna)) == "leaders.only_certified"
        assert await refused(doing(row, place.dora)) == "error.only_leaders"
    anna = await place.certify(await place.add(ANNA), place.admin, elsewhere=True)
    assert (await place.rest(row, place.anna)).leader.resting_since == DAY
    await place.remove(row, place.anna)
    await place.remove(anna, place.anna)
    assert await place.listed(place.admin) == []


async def test_whoever_is_taken_off_the_list_twice_or_changed_afterwards_is_simply_gone(place: Place):
    row = await place.trained(CARLA)
    await place.remove(row, place.admin)
    assert await refused(place.remove(row, place.admin)) == "leaders.gone"
    for doing in (place.certify, place.observe, place.rest):
        assert await refused(doing(row, place.admin)) == "leaders.gone"
    assert await refused(place.tick(row, place.admin, "danger")) == "leaders.gone"
    assert await place.town.rows(rows_of_leaders) == []


async def test_an_erased_person_leaves_the_list_and_is_put_there_as_somebody_new(each_town: Town):
    place = Place(each_town)
    row = await place.certify(await place.trained(CARLA), place.admin)
    while await each_town.db.write(lambda tx: life.erase_step(tx, CARLA)):
        pass
    assert await place.listed(place.admin) == []
    assert await refused(place.look(row, place.admin)) == "leaders.gone"
    assert await refused(place.rest(row, place.carla)) == "error.only_leaders"
    again = await place.add(CARLA)
    assert (again.leader.certified_on, again.leader.learned) == (None, frozenset())


async def test_an_erasure_broken_off_half_way_shows_nobody_without_a_name(place: Place):
    await place.add(CARLA)
    row = await place.add(DORA)
    cut = sa.update(members).where(members.c.ref == row.leader.member_ref).values(person_id=None)
    await place.town.db.write(lambda tx: tx.execute(cut) and None)
    assert await place.listed(place.admin) == [CARLA]
    assert await refused(place.look(row, place.admin)) == "leaders.gone"


async def test_one_s_own_record_is_found_in_one_s_own_guild_alone(place: Place):
    await place.add(CARLA)
    assert await leaders.own(place.town.db, place.carla, place.programme) is not None
    assert await leaders.own(place.town.db, place.anna, place.programme) is None
    assert await leaders.own(place.town.db, Actor(CARLA, THERE), place.programme) is None
    assert await leaders.own(place.town.db, place.carla, place.second) is None


async def test_of_somebody_who_agreed_to_nothing_nothing_is_left_once_they_are_off_the_list(each_town: Town):
    place = Place(each_town)
    row = await place.add(CARLA)
    beside = await place.add(CARLA, programme=place.second)
    await place.remove(row, place.admin)
    assert [person["user_id"] for person in await each_town.rows(people)] == [CARLA]
    await place.remove(beside, place.admin, place.second)
    assert await each_town.rows(people) == []
    assert await each_town.rows(members) == []


async def test_whoever_agreed_or_is_known_for_something_else_stays_known_off_the_list(place: Place):
    town = place.town
    await town.tap(3, Actor(CARLA, HERE))
    await place.remove(await place.add(CARLA), place.admin)
    assert len(await town.look_back(Actor(CARLA, HERE))) == 1
    there = dataclasses.replace(town.neighbour.programmes[0], roles={"leader": ROLE})
    boss = Actor(ADMIN, THERE, manages_guild=True)
    await leaders.add(town.db, town.clock, boss, town.neighbour, there, DORA)
    await place.remove(await place.add(DORA), place.admin)
    assert await leaders.own(town.db, Actor(DORA, THERE), there) is not None
