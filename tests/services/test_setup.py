"""Setting up: begun once, chosen in peace, done by one, taken up again where it stopped, and never in another guild."""

import asyncio
import dataclasses
import datetime as dt
import sqlite3

import pytest
import sqlalchemy as sa

from bot.domain.programmes import Draft, Item
from bot.errors import PeerError
from bot.services import panels, setup
from bot.services.guilds import Guilds
from bot.services.setup import ATTEMPT_LASTS
from tests.services.conftest import Town
from tests.services.setting_up import NEW, Admin, chosen, live, refused, to_bind
from tests.store.rows import HERE, THEIRS, everything


@pytest.fixture
def admin(town: Town) -> Admin:
    return Admin(town, Guilds(town.db))


@pytest.fixture
def each_admin(each_town: Town) -> Admin:
    return Admin(each_town, Guilds(each_town.db))


# -- beginning -------------------------------------------------------------------------------------------------------


async def test_beginning_twice_takes_up_the_same_draft(each_admin: Admin):
    first = await each_admin.begin()
    await each_admin.choose(first.programme.id, channels={"group": 5})
    again = await each_admin.begin(zone="UTC", locale="fr", countries=[])
    assert again.programme.id == first.programme.id
    assert again.draft == Draft(channels={"group": 5}, begun=True)
    assert (again.guild.zone, again.guild.key_salt) == ("Europe/Berlin", first.guild.key_salt)


async def test_two_admins_who_begin_at_once_work_on_one_draft(each_admin: Admin):
    one, other = await asyncio.gather(each_admin.begin(), each_admin.begin())
    assert one.programme.id == other.programme.id
    assert one.guild.key_salt == other.guild.key_salt


async def test_two_guilds_have_two_salts(admin: Admin):
    begun = await admin.begin()
    assert len(begun.guild.key_salt) == 16
    assert begun.guild.key_salt != admin.town.guild.key_salt


async def test_a_programme_that_this_version_does_not_know_is_refused_and_leaves_nothing(admin: Admin):
    before = await admin.town.db.read(everything)
    assert await refused(admin.begin(preset="astrology")) == "setup.gone"
    assert await admin.town.db.read(everything) == before


async def test_what_was_begun_is_seen_at_once_by_the_process_that_began_it(admin: Admin):
    assert await admin.known.get(NEW) is None
    begun = await admin.begin()
    assert await admin.known.get(NEW) == begun.guild


# -- choosing --------------------------------------------------------------------------------------------------------


async def test_choices_are_kept_and_show_in_the_plan(admin: Admin):
    begun = await admin.begin()
    changed = await admin.choose(begun.programme.id, channels={"group": 2**62}, mine=True)
    kept = await admin.now(begun.programme.id)
    assert (kept.draft, kept.items) == (changed.draft, changed.items)
    assert Item("use_channel", "group", 2**62) in changed.items
    assert [item.purpose for item in changed.items if item.kind == "give_role"] == ["leader", "moderator"]


async def test_two_choices_made_at_once_are_both_kept(each_admin: Admin):
    begun = await each_admin.begin()

    def also(purpose: str, channel_id: int):
        def change(draft: Draft) -> Draft:
            return dataclasses.replace(draft, channels={**draft.channels, purpose: channel_id})

        return setup.choose(each_admin.town.db, each_admin.known, NEW, begun.programme.id, change)

    await asyncio.gather(also("group", 1), also("start", 2))
    assert (await each_admin.now(begun.programme.id)).draft.channels == {"group": 1, "start": 2}


async def test_countries_and_zone_of_the_guild_are_kept(admin: Admin):
    await admin.begin()
    await admin.known.get(NEW)
    await setup.set_guild(admin.town.db, admin.known, NEW, countries=["FR", "BE"])
    await setup.set_guild(admin.town.db, admin.known, NEW, zone="Europe/Paris")
    guild = await admin.known.get(NEW)
    assert (guild.countries, guild.zone) == (("FR", "BE"), "Europe/Paris")


@pytest.mark.parametrize("zone", ["", "Berlin", "europe/berlin", "Europe/Berlin ", "UTC+1", "../../etc/passwd", "\x00"])
async def test_a_zone_that_does_not_exist_is_refused(admin: Admin, zone: str):
    begun = await admin.begin()
    assert await refused(setup.set_guild(admin.town.db, admin.known, NEW, zone=zone)) == "setup.zone.unknown"
    assert (await admin.now(begun.programme.id)).guild.zone == "Europe/Berlin"


async def test_setting_nothing_changes_nothing(admin: Admin):
    before = await admin.town.db.read(everything)
    await setup.set_guild(admin.town.db, admin.known, HERE)
    assert await admin.town.db.read(everything) == before


# -- doing -----------------------------------------------------------------------------------------------------------


async def test_without_knowing_who_the_members_are_nothing_is_begun(admin: Admin):
    begun = await admin.begin()
    assert await refused(admin.start(begun.programme.id)) == "setup.ages.missing"
    assert (await admin.now(begun.programme.id)).programme.state == "draft"


async def test_of_two_who_press_at_once_one_goes_on(each_admin: Admin):
    ready = await each_admin.ready()
    outcomes = await asyncio.gather(*(each_admin.start(ready.programme.id) for _ in range(4)), return_exceptions=True)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, PeerError)]
    assert [outcome.key for outcome in refusals] == ["setup.already"] * 3
    now = await each_admin.now(ready.programme.id)
    assert (now.programme.state, now.guild.ages) == ("applying", "adults")


async def test_while_it_is_first_done_the_choices_stand(admin: Admin):
    ready = await admin.ready()
    await admin.start(ready.programme.id)
    assert await refused(admin.choose(ready.programme.id, mine=False)) == "setup.already"
    assert (await admin.now(ready.programme.id)).draft.mine is None


async def test_a_whole_set_up_goes_live_with_its_panels(each_admin: Admin):
    ready = await each_admin.ready()
    await each_admin.choose(ready.programme.id, channels={"group": 7_777}, roles={"leader": 8_888})
    started = await each_admin.start(ready.programme.id)
    await each_admin.do(ready.programme.id, to_bind(started))
    await each_admin.finish(started)
    programme = (await each_admin.known.get(NEW)).programme(ready.programme.id)
    assert programme.state == "live"
    assert set(programme.channels) == {spec.purpose for spec in ready.preset.channels}
    assert programme.category_id is not None
    assert (programme.channels["group"], programme.roles["leader"]) == (7_777, 8_888)
    placed = {panel.kind: panel.channel_id for panel in await panels.all_of(each_admin.town.db, NEW)}
    assert placed == {spec.panel: programme.channels[spec.purpose] for spec in ready.preset.channels if spec.panel}
    bound = (await each_admin.town.db.read(everything))["bindings"]
    made = {(row["kind"], row["purpose"]): row["made_by_us"] for row in bound}
    assert made["channel", "group"] is False
    assert made["role", "leader"] is False
    assert all(by_us for what, by_us in made.items() if what not in {("channel", "group"), ("role", "leader")})


async def test_what_is_made_is_not_planned_again_after_something_stood_in_the_way(admin: Admin):
    ready = await admin.ready()
    started = await admin.start(ready.programme.id)
    items = to_bind(started)
    await admin.do(ready.programme.id, items[:3])
    await setup.back_to_draft(admin.town.db, admin.known, started)
    again = await admin.start(ready.programme.id)
    assert to_bind(again) == items[3:]
    await admin.do(ready.programme.id, items[3:])
    assert to_bind(await admin.now(ready.programme.id)) == []


async def test_an_attempt_that_died_keeps_others_out_for_two_minutes_and_no_longer(admin: Admin):
    ready = await admin.ready()
    await admin.start(ready.programme.id)
    admin.town.clock.advance(ATTEMPT_LASTS)
    await admin.begin()
    assert await refused(admin.start(ready.programme.id)) == "setup.already"
    admin.town.clock.advance(dt.timedelta(seconds=1))
    assert (await admin.begin()).programme.state == "draft"
    assert (await admin.start(ready.programme.id)).programme.id == ready.programme.id


async def test_an_attempt_that_was_given_up_does_not_go_live_behind_the_admins_back(admin: Admin):
    ready = await admin.ready()
    started = await admin.start(ready.programme.id)
    await admin.do(ready.programme.id, to_bind(started))
    admin.town.clock.advance(ATTEMPT_LASTS * 2)
    await admin.begin()
    assert await refused(admin.finish(started)) == "setup.already"
    assert (await admin.now(ready.programme.id)).programme.state == "draft"
    assert await panels.all_of(admin.town.db, NEW) == []


async def test_an_attempt_that_was_given_up_does_not_end_the_one_that_followed(admin: Admin):
    ready = await admin.ready()
    first = await admin.start(ready.programme.id)
    admin.town.clock.advance(ATTEMPT_LASTS * 2)
    await admin.begin()
    await admin.start(ready.programme.id)
    await setup.back_to_draft(admin.town.db, admin.known, first)
    assert await refused(admin.finish(first)) == "setup.already"
    assert (await admin.now(ready.programme.id)).programme.state == "applying"


async def test_an_attempt_that_shows_that_it_lives_is_not_given_up(admin: Admin):
    now = await admin.start((await admin.ready()).programme.id)
    for item in to_bind(now):
        admin.town.clock.advance(ATTEMPT_LASTS)
        now = await setup.go_on(admin.town.db, admin.town.clock, now)
        assert (await admin.begin()).programme.state == "applying"
        await admin.do(now.programme.id, [item])
    await admin.finish(now)
    assert (await admin.now(now.programme.id)).live


async def test_an_attempt_that_was_given_up_takes_no_further_step(admin: Admin):
    first = await admin.start((await admin.ready()).programme.id)
    admin.town.clock.advance(ATTEMPT_LASTS * 2)
    await admin.start(first.programme.id)
    assert await refused(setup.go_on(admin.town.db, admin.town.clock, first)) == "setup.already"


async def test_the_first_press_is_kept_until_all_is_done(admin: Admin):
    ready = await admin.ready()
    for pressed in (111, 222):
        now = await setup.start_applying(*admin.handed, ready.programme.id, pressed=pressed)
        assert now.draft.since == 111
        await setup.back_to_draft(admin.town.db, admin.known, now)
    now = await admin.start(ready.programme.id)
    await admin.do(ready.programme.id, to_bind(now))
    await admin.finish(now)
    assert (await admin.now(ready.programme.id)).draft.since is None


async def test_the_role_of_everybody_is_never_bound_but_an_old_servers_first_channel_is(admin: Admin):
    ready = await admin.ready()
    item = Item("use_role", "leader", NEW)
    assert await refused(setup.bound(admin.town.db, NEW, ready.programme.id, item, NEW)) == "setup.role.unfit"
    await setup.bound(admin.town.db, NEW, ready.programme.id, Item("use_channel", "group", NEW), NEW)
    now = await admin.now(ready.programme.id)
    assert (dict(now.programme.roles), dict(now.programme.channels)) == ({}, {"group": NEW})


async def test_time_zones_are_looked_up_on_the_disk_once(admin: Admin, monkeypatch: pytest.MonkeyPatch):
    looked: list[int] = []
    monkeypatch.setattr(setup, "available_timezones", lambda: looked.append(1) or {"Europe/Paris"})
    setup._zones.cache_clear()
    try:
        await admin.begin()
        for _ in range(3):
            await setup.set_guild(admin.town.db, admin.known, NEW, zone="Europe/Paris")
        assert len(looked) == 1
    finally:
        setup._zones.cache_clear()


# -- changing what is live -------------------------------------------------------------------------------------------


async def test_a_programme_is_live_before_during_and_after_a_change_and_only_the_change_is_done(each_admin: Admin):
    admin, done = each_admin, await live(each_admin)
    assert done.items == ()
    await admin.choose(done.programme.id, channels={"start": 5})
    started = await admin.start(done.programme.id)
    assert [(item.kind, item.purpose) for item in started.items] == [
        ("use_channel", "start"),
        ("panel", "start"),
        ("take_down", "start"),
    ]
    assert (await admin.now(done.programme.id)).live
    await admin.do(done.programme.id, to_bind(started))
    db = admin.town.db
    (before,) = [p for p in await panels.all_of(db, NEW) if p.kind == "start"]
    await panels.remember_shown(db, before, message_id=77, rev="abc")
    (left,) = await setup.finish(db, admin.known, started)
    assert (left.channel_id, left.message_id) == (done.programme.channels["start"], 77)
    (placed,) = [p for p in await panels.all_of(db, NEW) if p.kind == "start"]
    assert (placed.id, placed.channel_id, placed.message_id) == (before.id, 5, None)
    assert (await admin.now(done.programme.id)).items == ()


async def test_of_several_who_change_at_once_one_goes_on_and_a_dead_one_blocks_for_two_minutes(each_admin: Admin):
    done = await live(each_admin)
    outcomes = await asyncio.gather(*(each_admin.start(done.programme.id) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, PeerError) for outcome in outcomes) == 3
    each_admin.town.clock.advance(ATTEMPT_LASTS + dt.timedelta(seconds=1))
    await each_admin.start(done.programme.id)
    assert (await each_admin.now(done.programme.id)).live


async def test_what_is_pressed_late_does_not_undo_what_is_live(admin: Admin):
    ready = await admin.ready()
    started = await admin.start(ready.programme.id)
    await admin.do(ready.programme.id, to_bind(started))
    await admin.finish(started)
    assert await refused(admin.finish(started)) == "setup.already"
    await setup.back_to_draft(admin.town.db, admin.known, started)
    admin.town.clock.advance(ATTEMPT_LASTS * 9)
    assert (await admin.begin()).programme.state == "live"


async def test_a_change_that_is_given_up_leaves_it_live_and_can_be_begun_again(admin: Admin):
    done = await live(admin)
    for _ in range(2):
        started = await admin.start(done.programme.id)
        await setup.back_to_draft(admin.town.db, admin.known, started)
        assert (await admin.now(done.programme.id)).live


async def test_who_the_members_are_counts_for_the_whole_server_and_at_once(admin: Admin):
    await live(admin)
    await admin.say(ages="minors")
    assert (await admin.known.get(NEW)).ages == "minors"


# -- other guilds ----------------------------------------------------------------------------------------------------


async def test_another_guilds_programme_is_as_if_it_were_not_there(admin: Admin):
    town, known = admin.town, admin.known
    before = await town.db.read(everything)
    for programme_id in (THEIRS, "0" * 32, "' OR 1=1 --"):
        assert await refused(setup.underway(town.db, HERE, programme_id)) == "setup.gone"
        assert await refused(setup.choose(town.db, known, HERE, programme_id, chosen(mine=False))) == "setup.gone"
        assert await refused(setup.start_applying(town.db, town.clock, known, HERE, programme_id)) == "setup.gone"
        with pytest.raises((sqlite3.IntegrityError, sa.exc.IntegrityError)):
            await setup.bound(town.db, HERE, programme_id, Item("make_channel", "start"), 666)
    assert await town.db.read(everything) == before
