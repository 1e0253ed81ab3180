"""`/settings` when what somebody types is hostile, when a choice is asked for in the middle of something, and far from home."""

import sys
from typing import Any

import pytest

from bot.demo import simcord_touches as touches
from bot.domain.actor import Actor
from bot.domain.quiet import Quiet
from bot.domain.reaching import Reach
from bot.errors import Busy
from bot.kit import zones
from bot.kit.call import CONTENT_LIMIT, Call, Reply
from bot.kit.router import Route
from bot.services import reaching, settings
from data.store import guilds
from tests.cogs.raw import dispatch_raw
from tests.cogs.reaching import choose_way, guild_of, open_settings, way_of
from tests.cogs.town import Town, read

BERLIN = "Europe/Berlin"
LONGEST = max(zones.listed(), key=len)


async def zone_of(town: Town) -> str | None:
    return (await settings.look(town.db, Actor(town.mia.id, town.guild.id))).zone


async def choose_zone(town: Town, custom_id: str, zone: str) -> Any:
    data = {"custom_id": custom_id, "component_type": 3, "values": [zone]}
    return read(await dispatch_raw(town.mia, town.general, 3, data))


@pytest.mark.parametrize(
    "written",
    ["Berlin" + " " * 500, " " * 3_000 + "europe/berlin", "New" + " " * 90 + "York"],
    ids=["after", "before", "within"],
)
async def test_a_place_with_many_blanks_is_kept_after_the_first_yes_like_any_other(town: Town, written: str) -> None:
    screen = read(await town.mia.slash(town.general, "settings", zone=written))
    assert screen.content == town.consent
    await town.press(town.mia, screen, "settings:agree:")
    assert await zone_of(town) in (BERLIN, "America/New_York")


async def test_an_unknown_place_is_refused_before_anybody_is_asked_for_their_yes(town: Town) -> None:
    said = read(await town.mia.slash(town.general, "settings", zone="Atlantis")).content
    assert said != town.consent
    assert await zone_of(town) is None


async def test_a_zone_asked_for_before_the_first_yes_is_kept_and_what_asked_goes_on(town: Town) -> None:
    programme = await town.programme()
    screen = await choose_zone(town, f"settings:zone:{programme.id}.checkins/history", LONGEST)
    assert screen.content == town.consent
    await town.press(town.mia, screen, "settings:zone-yes:")
    assert await zone_of(town) == LONGEST
    assert town.t("checkins.history.empty") in screen.content


async def test_another_place_tells_how_before_the_first_yes_as_well(town: Town) -> None:
    programme = await town.programme()
    mention = town.bot.command_sets.mention("settings", await guild_of(town))
    said = await choose_zone(town, f"settings:zone:{programme.id}.checkins/history", zones.OTHER)
    assert said.content == town.t("settings.zone.how", settings=mention)


async def test_what_follows_a_choice_is_told_whole_however_long_it_is(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.agree(town.mia)
    programme = await town.programme()
    line, last = town.t("help.card"), town.t("settings.saved")
    whole = "\n".join([line] * (CONTENT_LIMIT // (len(line) + 1)))
    whole += f"\n{last}" * ((CONTENT_LIMIT - len(whole)) // (len(last) + 1))

    async def much(call: Call) -> Reply:
        return Reply(whole, more=[Reply(last)])

    async def all_may(call: Call) -> None:
        return

    monkeypatch.setitem(town.bot.router.routes, "checkins:much", Route("checkins:much", much, all_may, True, False))
    done = await town.send(town.mia, f"settings:way:nowhere.{programme.id}.checkins/much")
    assert read(done).content == town.t("reach.chosen.nowhere")
    assert [message.content for message in done.followups] == [whole, last]


@pytest.mark.parametrize("number", [0, 1, 5], ids=str)
async def test_far_from_home_the_screen_always_says_that_danger_is_not_noticed(town: Town, number: int) -> None:
    countries = [country.code for country in town.bot.tools.contacts.countries]
    await town.db.write(lambda tx: guilds.update(tx, town.guild.id, countries=countries[:number]))
    await guild_of(town)
    touches.speak(town.env, town.mia.id, "fi")
    said = (await open_settings(town, town.mia)).content
    assert town.t("settings.no_danger") in said
    assert "**" in said.partition(town.t("settings.no_danger"))[2]
    assert len(said) <= CONTENT_LIMIT


async def test_where_no_number_fits_on_the_screen_the_way_to_all_of_them_stands_there(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    touches.speak(town.env, town.mia.id, "fi")
    monkeypatch.setattr(sys.modules["cogs.settings._screen"], "CONTENT_LIMIT", 500)
    said = (await open_settings(town, town.mia)).content
    help_now = town.bot.command_sets.mention("help-now", None)
    assert said.endswith(town.t("settings.no_danger.help", help_now=help_now))


async def test_the_numbers_far_from_home_are_those_of_ones_own_country_first(town: Town) -> None:
    countries = [country.code for country in town.bot.tools.contacts.countries if country.code != "DE"][:5]
    await town.db.write(lambda tx: guilds.update(tx, town.guild.id, countries=countries))
    await settings.set_country(town.db, town.clock, Actor(town.mia.id, town.guild.id), "DE", agreed=True)
    await town.restart()
    touches.speak(town.env, town.mia.id, "fi")
    said = (await open_settings(town, town.mia)).content
    assert "Germany" in said.partition(town.t("settings.no_danger"))[2]


async def test_every_country_that_was_chosen_is_shown_as_chosen(town: Town) -> None:
    for country in town.bot.tools.contacts.countries:
        await settings.set_country(town.db, town.clock, Actor(town.mia.id, town.guild.id), country.code, agreed=True)
        screen = await open_settings(town, town.mia)
        (select,) = [c for row in screen.components for c in row["components"] if c["custom_id"].endswith(".country")]
        assert [one["value"] for one in select["options"] if one["default"]] == [country.code]


async def test_a_full_screen_has_room_for_itself(town: Town) -> None:
    mia = Actor(town.mia.id, town.guild.id)
    await settings.set_zone(town.db, town.clock, mia, LONGEST, agreed=True)
    await settings.set_quiet(town.db, town.clock, mia, Quiet(1, 2))
    await settings.pause(town.db, town.clock, mia, "month")
    screen = await open_settings(town, town.mia)
    assert town.t("settings.title") in screen.content
    assert len(screen.content) < CONTENT_LIMIT


async def test_what_was_saved_is_said_to_be_saved_also_where_the_screen_cannot_be_read_any_more(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.agree(town.mia)
    programme = await town.programme()

    async def busy(*_: object) -> None:
        raise Busy

    look = settings.look
    monkeypatch.setattr(settings, "look", busy)
    for custom_id, saved in (
        (f"settings:set:{programme.id}.country.DE", "settings.saved"),
        (f"settings:way:nowhere.{programme.id}.", "reach.chosen.nowhere"),
    ):
        screen = read(await town.send(town.mia, custom_id))
        assert screen.content == town.t(saved)
        assert town.ids(screen) == [f"settings:open:{programme.id}"]
    assert (await look(town.db, Actor(town.mia.id, town.guild.id))).country == "DE"


async def test_the_screen_is_shown_also_where_nothing_can_be_written_down(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = town.mia
    await choose_way(town, mia, "thread")
    now, closed = town.clock.now(), await way_of(town, mia)
    assert closed is not None
    shut = Reach("thread", closed.channel_id, now)
    await reaching.moved(town.db, town.guild.id, mia.id, was=closed, now=shut)

    async def busy(*_: object) -> None:
        raise Busy

    monkeypatch.setattr(reaching, "told_of_closing", busy)
    said = (await open_settings(town, mia)).content
    assert town.t("settings.closed", since=f"<t:{int(now.timestamp())}:f>") in said
    assert town.t("settings.title") in said
