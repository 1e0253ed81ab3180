"""A person's own settings: each kept for all servers, none before the first yes, none of anybody else's."""

import dataclasses
import datetime as dt

import pytest

from bot.domain.actor import Actor
from bot.domain.quiet import Quiet
from bot.errors import PeerError
from bot.services import checkins, settings
from bot.services.settings import Held
from bot.steps.members import NeedsConsent
from data.schema import people
from data.store import guilds
from tests.services.conftest import Town
from tests.store.rows import ANNA, HERE, NOON, THERE


async def test_who_never_chose_sees_that_nothing_is_chosen(each_town: Town) -> None:
    assert await settings.look(each_town.db, each_town.anna) == Held()


async def test_each_setting_is_kept_and_leaves_the_others_alone(each_town: Town) -> None:
    town, db, clock, anna = each_town, each_town.db, each_town.clock, each_town.anna
    await settings.set_zone(db, clock, anna, "Asia/Tokyo", agreed=True)
    await settings.set_quiet(db, clock, anna, Quiet(0, 1))
    assert (await settings.set_language(db, clock, anna, "en")).country is None
    assert (await settings.set_country(db, clock, anna, "GB")).locale == "en"
    assert await settings.pause(db, clock, anna, "week") == NOON + dt.timedelta(days=7)
    held = Held("Asia/Tokyo", Quiet(0, 1), "en", "GB", NOON, NOON + dt.timedelta(days=7))
    assert await settings.look(db, anna) == held
    assert await settings.look(db, Actor(ANNA, THERE)) == held
    await settings.set_quiet(db, clock, anna, None)
    await settings.end_pause(db, clock, anna)
    assert await settings.look(db, anna) == dataclasses.replace(held, quiet=None, paused_at=None, paused_until=None)
    assert await settings.look(db, town.ben) == Held()


async def test_before_the_first_yes_no_setting_is_stored(each_town: Town) -> None:
    db, clock, anna = each_town.db, each_town.clock, each_town.anna
    for attempt in (
        settings.set_zone(db, clock, anna, "Asia/Tokyo"),
        settings.set_quiet(db, clock, anna, Quiet(0, 1)),
        settings.set_language(db, clock, anna, "en"),
        settings.set_country(db, clock, anna, "GB"),
        settings.pause(db, clock, anna, "day"),
        settings.end_pause(db, clock, anna),
    ):
        with pytest.raises(NeedsConsent):
            await attempt
    assert await each_town.rows(people) == []


async def test_the_yes_is_written_down_once_with_its_version_and_day(each_town: Town) -> None:
    db, clock, anna = each_town.db, each_town.clock, each_town.anna
    await settings.set_country(db, clock, anna, "GB", agreed=True)
    each_town.later(days=9)
    await settings.set_country(db, clock, anna, "DE", agreed=True)
    (row,) = await each_town.rows(people)
    assert (row["consent_version"], row["consented_on"], row["country"]) == (1, NOON.date(), "DE")


async def test_a_yes_given_with_a_check_in_is_a_yes_here_too(each_town: Town) -> None:
    await each_town.tap(3)
    await settings.set_country(each_town.db, each_town.clock, each_town.anna, "GB")


async def test_a_pause_of_a_length_nobody_offers_is_refused(town: Town) -> None:
    with pytest.raises(PeerError, match=r"error\.button_gone"):
        await settings.pause(town.db, town.clock, town.anna, "century", agreed=True)
    assert await town.rows(people) == []


async def test_settings_are_changed_inside_a_server_only(town: Town) -> None:
    with pytest.raises(PeerError, match=r"error\.only_in_guild"):
        await settings.set_country(town.db, town.clock, Actor(ANNA, None), "GB", agreed=True)


async def test_a_check_in_goes_by_the_zone_the_person_chose(town: Town) -> None:
    await settings.set_zone(town.db, town.clock, town.anna, "Pacific/Kiritimati", agreed=True)
    assert (await town.tap(3)).day == NOON.date() + dt.timedelta(days=1)
    today, _ = await checkins.history(town.db, town.clock, town.vault, town.anna, town.guild, town.programme)
    assert today == NOON.date() + dt.timedelta(days=1)


async def test_the_servers_of_a_person_are_those_they_used_it_in_and_in_which_it_still_is(each_town: Town) -> None:
    town = each_town
    assert await settings.servers_of(town.db, ANNA, 10) == []
    await settings.set_country(town.db, town.clock, town.anna, "GB", agreed=True)
    await settings.set_country(town.db, town.clock, Actor(ANNA, THERE), "GB")
    assert await settings.servers_of(town.db, ANNA, 10) == [HERE, THERE]
    assert await settings.servers_of(town.db, ANNA, 1) == [HERE]
    await town.db.write(lambda tx: guilds.update(tx, HERE, removed_at=NOON))
    assert await settings.servers_of(town.db, ANNA, 10) == [THERE]
