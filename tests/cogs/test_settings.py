"""`/settings`: one private screen that says what holds and changes it, on its own clock and in the person's language."""

from pathlib import Path
from typing import Any

import pytest
import simcord

from bot.demo import simcord_touches as touches
from bot.domain.actor import Actor
from bot.domain.quiet import Quiet
from bot.kit import zones
from bot.services import settings
from bot.services.settings import Held
from bot.texts import FOLDER, Texts
from data.content import load_contacts
from data.store import guilds
from tests.cogs.conftest import MORNING
from tests.cogs.raw import dispatch_raw
from tests.cogs.reaching import open_settings, options
from tests.cogs.town import Town, read

BERLIN = "Europe/Berlin"


async def held(town: Town, who: simcord.MemberActor) -> Held:
    return await settings.look(town.db, Actor(who.id, town.guild.id))


async def choose(town: Town, who: simcord.MemberActor, kind: str, value: str) -> Any:
    """Choose on a fresh screen and return it as it is then, with a yes where that is asked for first."""
    screen = await open_settings(town, who)
    await town.choose(who, screen, f".{kind}", [value])
    if screen.content == town.consent:
        await town.press(who, screen, "settings:agree:")
    return screen


# -- the screen -----------------------------------------------------------------------------------------------------


async def test_the_command_and_the_button_show_the_same_private_screen(town: Town) -> None:
    by_command = read(await town.mia.slash(town.general, "settings"))
    by_button = await open_settings(town, town.mia)
    assert by_command.content == by_button.content
    assert town.ids(by_command) == town.ids(by_button)
    assert by_button.content.startswith(town.t("settings.title"))


async def test_a_screen_nobody_has_changed_says_what_holds_and_stores_nothing(town: Town) -> None:
    said = (await open_settings(town, town.mia)).content
    for key in ("settings.quiet.none", "settings.country.none", "settings.way.unchosen", "settings.pause.none"):
        assert town.t(key) in said
    assert town.t("settings.zone.guild", city=town.texts.city("en", "UTC"), time="09:00") in said
    assert await held(town, town.mia) == Held()


async def test_every_control_shows_what_is_chosen_now(town: Town) -> None:
    await choose(town, town.mia, "country", "DE")
    await choose(town, town.mia, "zone", BERLIN)
    await choose(town, town.mia, "quiet", "2200-0800")
    screen = await choose(town, town.mia, "way", "nowhere")
    for ending, value in ((".zone", BERLIN), (".quiet", "2200-0800"), (".country", "DE"), (".way", "nowhere")):
        assert [one["value"] for one in options(screen, ending) if one["default"]] == [value]
    assert town.t("settings.quiet.own", begins="22:00", ends="08:00") in screen.content
    assert town.t("settings.country.own", country="Germany").strip("⟦⟧") in screen.content
    assert town.t("settings.way.nowhere") in screen.content


async def test_before_the_first_yes_a_choice_is_asked_for_once_and_then_kept_without_asking_again(town: Town) -> None:
    screen = await open_settings(town, town.mia)
    await town.choose(town.mia, screen, ".quiet", ["2200-0800"])
    assert screen.content == town.consent
    assert await held(town, town.mia) == Held()
    await town.press(town.mia, screen, "settings:agree:")
    assert town.t("settings.saved") in screen.content
    assert (await held(town, town.mia)).quiet == Quiet(22 * 60, 8 * 60)


async def test_the_screen_still_works_after_a_restart(town: Town) -> None:
    await choose(town, town.mia, "country", "DE")
    screen = await open_settings(town, town.mia)
    await town.restart()
    await town.choose(town.mia, screen, ".quiet", ["2100-0700"])
    assert town.t("settings.saved") in screen.content


async def test_where_several_programmes_run_the_command_asks_nothing_and_shows_the_settings(town: Town) -> None:
    def another(tx: Any) -> None:
        guilds.insert_programme(tx, "9" * 32, town.guild.id, preset="health", draft={}, now=town.clock.now())
        guilds.update_programme(tx, town.guild.id, "9" * 32, state="live")

    await town.db.write(another)
    town.bot.tools.guilds.forget(town.guild.id)
    assert read(await town.mia.slash(town.general, "settings")).content.startswith(town.t("settings.title"))


@pytest.mark.parametrize(
    "token",
    [
        "{p}.zone",
        "{p}.zone.Europe/Nowhere",
        "{p}.quiet.2500-0700",
        "{p}.quiet.0700-0700",
        "{p}.quiet",
        "{p}.language.xx",
        "{p}.country.XX",
        "{p}.way.pigeon",
        "{p}.pause.century",
        "{p}.pause",
        "{p}.nothing.x",
        "{p}",
        "{p}..",
        "",
        "x",
    ],
)
async def test_a_crafted_choice_is_refused_and_changes_nothing(town: Town, token: str) -> None:
    await town.agree(town.mia)
    before = await held(town, town.mia)
    programme = await town.programme()
    said = read(await town.send(town.mia, f"settings:set:{token.format(p=programme.id)}")).content
    settings_ = town.bot.command_sets.mention("settings", await town.bot.tools.guilds.get(town.guild.id))
    refusals = {
        town.t("error.button_gone"),
        town.t("error.programme_gone"),
        town.t("settings.zone.unknown", settings=settings_),
    }
    assert said in refusals
    assert await held(town, town.mia) == before


# -- time zone ------------------------------------------------------------------------------------------------------


async def test_a_zone_is_chosen_by_its_city_with_the_time_it_is_there_now(town: Town) -> None:
    await choose(town, town.mia, "country", "DE")
    screen = await open_settings(town, town.mia)
    labels = {one["value"]: one["label"] for one in options(screen, ".zone")}
    assert labels[BERLIN] == f"10:00 {town.texts.city('en', BERLIN)}"
    assert "Europe/London" in labels
    await town.choose(town.mia, screen, ".zone", [BERLIN])
    assert town.t("settings.zone.saved", city=town.texts.city("en", BERLIN), time="10:00") in screen.content
    assert (await held(town, town.mia)).zone == BERLIN


async def test_another_place_says_how_and_changes_nothing(town: Town) -> None:
    await town.agree(town.mia)
    screen = await choose(town, town.mia, "zone", zones.OTHER)
    mention = town.bot.command_sets.mention("settings", await town.bot.tools.guilds.get(town.guild.id))
    assert mention.startswith("</settings:")
    assert town.t("settings.zone.how", settings=mention) in screen.content
    assert (await held(town, town.mia)).zone is None


async def test_a_zone_is_set_by_the_command_in_one_step(town: Town) -> None:
    await town.agree(town.mia)
    said = read(await town.mia.slash(town.general, "settings", zone="America/New_York")).content
    assert town.t("settings.zone.saved", city=town.texts.city("en", "America/New_York"), time="04:00") in said
    assert (await held(town, town.mia)).zone == "America/New_York"


@pytest.mark.parametrize(
    "written", ["Atlantis", "'; DROP TABLE people; --", "../../etc/passwd", "Etc/GMT+5", "z" * 4_000, "localtime"]
)
async def test_an_unknown_zone_is_refused_with_an_example(town: Town, written: str) -> None:
    await town.agree(town.mia)
    said = read(await town.mia.slash(town.general, "settings", zone=written)).content
    mention = town.bot.command_sets.mention("settings", await town.bot.tools.guilds.get(town.guild.id))
    assert said == town.t("settings.zone.unknown", settings=mention)
    assert BERLIN in said
    assert (await held(town, town.mia)).zone is None


@pytest.mark.parametrize("typed", ["", "ber", "NEW Y", "são", "%", "\\", "🐙", "z" * 100])
async def test_typing_a_place_offers_at_most_25_zones_and_never_fails_also_without_a_database(
    town: Town, typed: str
) -> None:
    await town.db.close()
    found = await town.mia.autocomplete(town.general, "settings", "zone", typed)
    assert len(found) <= 25
    assert all(len(one["name"]) <= 100 for one in found)
    assert bool(found) == (typed in ("", "ber", "NEW Y", "são"))


async def test_typing_offers_the_city_with_its_time_first_that_begins_so(town: Town) -> None:
    first, *_ = await town.mia.autocomplete(town.general, "settings", "zone", "berl")
    assert (first["name"], first["value"]) == (f"10:00 {town.texts.city('en', BERLIN)}", BERLIN)


def test_what_is_offered_for_a_country_shows_each_of_its_clocks_once() -> None:
    found = zones.likely(["US"], MORNING)
    assert "America/New_York" in found
    assert "America/Phoenix" in found
    assert "Pacific/Honolulu" in found
    assert len(found) < 12
    codes = [country.code for country in load_contacts().countries]
    assert all(zones.likely([code], MORNING) for code in codes)
    assert len(zones.likely(codes, MORNING)) < 25


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("berlin", BERLIN),
        ("europe/BERLIN", BERLIN),
        (" New  York ", "America/New_York"),
        ("utc", "UTC"),
        ("", None),
        ("Berlinn", None),
    ],
)
def test_a_zone_is_read_by_name_or_city_and_never_guessed(written: str, zone: str | None) -> None:
    assert zones.read(Texts.load(), "en", written) == zone


async def test_a_feature_that_needs_the_zone_asks_for_it_once_and_then_goes_on(town: Town) -> None:
    await town.agree(town.mia)
    programme = await town.programme()
    data = {"custom_id": f"settings:zone:{programme.id}.checkins/history", "component_type": 3, "values": [BERLIN]}
    said = read(await dispatch_raw(town.mia, town.general, 3, data)).content
    assert town.t("settings.zone.saved", city=town.texts.city("en", BERLIN), time="10:00") in said
    assert town.t("checkins.history.title", days=30) in said
    assert (await held(town, town.mia)).zone == BERLIN


# -- quiet hours ----------------------------------------------------------------------------------------------------


async def test_quiet_hours_of_ones_own_are_entered_as_two_times(town: Town) -> None:
    await town.agree(town.mia)
    screen = await choose(town, town.mia, "quiet", "own")
    form = await town.press(town.mia, screen, "settings:quiet-form:")
    done = await town.mia.submit_modal(form, {"begins": "22:30", "ends": "6:15"})
    assert (await held(town, town.mia)).quiet == Quiet(22 * 60 + 30, 6 * 60 + 15)
    assert done.response is not None
    assert town.t("settings.quiet.own", begins="22:30", ends="06:15") in done.response.content
    assert "2230-0615" in [one["value"] for one in options(done.response, ".quiet") if one["default"]]


@pytest.mark.parametrize(
    ("begins", "ends", "key"),
    [
        ("22:30", "25:00", "settings.quiet.unknown"),
        ("half past ten", "07:00", "settings.quiet.unknown"),
        ("", "", "settings.quiet.unknown"),
        ("22:00", "22:00", "settings.quiet.whole_day"),
    ],
)
async def test_times_that_are_none_are_refused_with_an_example(town: Town, begins: str, ends: str, key: str) -> None:
    await town.agree(town.mia)
    programme = await town.programme()
    fields = {"begins": begins, "ends": ends}
    said = read(await town.send(town.mia, f"settings:quiet:{programme.id}", fields=fields)).content
    assert said == town.t(key)
    assert (await held(town, town.mia)).quiet is None


async def test_no_quiet_hours_can_be_chosen_again(town: Town) -> None:
    await choose(town, town.mia, "quiet", "2100-0700")
    await choose(town, town.mia, "quiet", "none")
    assert (await held(town, town.mia)).quiet is None


# -- pause ----------------------------------------------------------------------------------------------------------


async def test_a_pause_says_what_it_does_until_when_and_can_be_ended(town: Town) -> None:
    await town.agree(town.mia)
    screen = await open_settings(town, town.mia)
    await town.press(town.mia, screen, ".pause.week")
    until = (await held(town, town.mia)).paused_until
    assert until is not None
    assert town.t("settings.pause.saved") in screen.content
    assert town.t("settings.pause.until", until=f"<t:{int(until.timestamp())}:f>") in screen.content
    await town.press(town.mia, screen, ".pause.end")
    assert town.t("settings.pause.none") in screen.content
    assert (await held(town, town.mia)).paused_at is None


async def test_a_pause_without_an_end_is_said_as_such_and_one_that_ran_out_is_over(town: Town) -> None:
    await town.agree(town.mia)
    screen = await open_settings(town, town.mia)
    await town.press(town.mia, screen, ".pause.open")
    assert town.t("settings.pause.open") in screen.content
    await town.press(town.mia, screen, ".pause.end")
    await town.press(town.mia, screen, ".pause.day")
    town.clock.set((await held(town, town.mia)).paused_until or town.clock.now())
    assert town.t("settings.pause.none") in (await open_settings(town, town.mia)).content


async def test_a_pause_stops_nothing_that_the_person_presses(town: Town) -> None:
    await town.agree(town.mia)
    await town.press(town.mia, await open_settings(town, town.mia), ".pause.open")
    mood = town.t("checkins.mood.good")
    assert town.t("checkins.saved", mood=mood) in (await town.tap(town.mia, 4)).content
    assert town.t("help.now.title") in read(await town.mia.slash(town.general, "help-now")).content


# -- country --------------------------------------------------------------------------------------------------------


async def test_the_persons_country_comes_first_in_help_now_also_without_a_database_and_after_a_restart(
    town: Town,
) -> None:
    await choose(town, town.mia, "country", "DE")
    await town.restart()
    await town.db.close()
    said = read(await town.mia.slash(town.general, "help-now")).content
    assert said.index("Germany") < said.index("United Kingdom")
    assert "Germany" not in read(await town.noah.slash(town.general, "help-now")).content


async def test_no_country_of_ones_own_can_be_chosen_again(town: Town) -> None:
    await choose(town, town.mia, "country", "DE")
    await choose(town, town.mia, "country", "none")
    assert "Germany" not in read(await town.mia.slash(town.general, "help-now")).content


# -- language -------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_languages(tmp_path: Path) -> Texts:
    """English, and the same sentences as Spanish with a mark, for which there are crisis words."""
    source = (FOLDER / "en" / "peerled.po").read_text(encoding="utf-8")
    for language in ("en", "es"):
        (tmp_path / language).mkdir()
        marked = source.replace('msgstr "', f'msgstr "{language}: ').replace(
            f'msgstr "{language}: "\n"Lan', 'msgstr ""\n"Lan'
        )
        (tmp_path / language / "peerled.po").write_text(marked, encoding="utf-8")
    return Texts.load(tmp_path, pseudo=True)


async def speaking(town: Town, texts: Texts) -> None:
    town.texts = texts
    await town.restart()


async def test_with_one_language_that_is_said_and_no_choice_without_choice_is_offered(town: Town) -> None:
    screen = await open_settings(town, town.mia)
    assert town.t("settings.language.only", language=town.texts.language_name("en")) in screen.content
    assert not any(one.startswith("settings:languages") for one in town.ids(screen))


async def test_answers_follow_the_client_until_a_language_is_chosen_and_then_that_also_after_a_restart(
    town: Town, two_languages: Texts
) -> None:
    await speaking(town, two_languages)
    await town.agree(town.mia)
    touches.speak(town.env, town.mia.id, "en-GB")
    screen = await open_settings(town, town.mia)
    assert screen.content.startswith("⟦en: ")
    await town.press(town.mia, screen, "settings:languages:")
    assert [one["value"] for one in options(screen, ".language")] == ["client", "en", "es"]
    await town.choose(town.mia, screen, ".language", ["es"])
    assert screen.content.startswith("⟦es: ")
    assert (await open_settings(town, town.mia)).content.startswith("⟦es: ")
    await town.restart()
    assert (await town.tap(town.mia, 4)).content.startswith("⟦es: ")
    assert (await town.tap(town.noah, 4)).content.startswith("⟦en: ")
    screen = await open_settings(town, town.mia)
    await town.press(town.mia, screen, "settings:languages:")
    await town.choose(town.mia, screen, ".language", ["client"])
    assert screen.content.startswith("⟦en: ")


async def test_what_everybody_reads_stays_in_the_servers_language(town: Town, two_languages: Texts) -> None:
    await speaking(town, two_languages)
    await town.agree(town.mia)
    screen = await open_settings(town, town.mia)
    await town.press(town.mia, screen, "settings:languages:")
    await town.choose(town.mia, screen, ".language", ["es"])
    assert "es: " not in (await town.panel("start")).content


async def test_a_language_without_crisis_words_is_not_offered(town: Town, tmp_path: Path) -> None:
    for language in ("en", "fi"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "peerled.po").write_bytes((FOLDER / "en" / "peerled.po").read_bytes())
    await speaking(town, Texts.load(tmp_path, pseudo=True))
    screen = await open_settings(town, town.mia)
    assert town.t("settings.language.only", language=town.texts.language_name("en")) in screen.content
    programme = await town.programme()
    said = read(await town.send(town.mia, f"settings:set:{programme.id}.language.fi")).content
    assert said == town.t("error.button_gone")


async def test_in_a_language_without_crisis_words_the_screen_says_so_and_shows_help(town: Town) -> None:
    touches.speak(town.env, town.mia.id, "fi")
    said = (await open_settings(town, town.mia)).content
    assert town.t("settings.no_danger") in said
    assert "United Kingdom" in said
    touches.speak(town.env, town.mia.id, "es-ES")
    assert town.t("settings.no_danger") not in (await open_settings(town, town.mia)).content


async def test_whoever_erases_themselves_is_answered_as_their_client_speaks_again(
    town: Town, two_languages: Texts
) -> None:
    await speaking(town, two_languages)
    touches.speak(town.env, town.mia.id, "en-GB")
    await choose_language(town, "es")
    asked = read(await town.mia.slash(town.general, "privacy"))
    await town.press(town.mia, asked, "privacy:ask:")
    await town.press(town.mia, asked, "privacy:erase:")
    assert (await open_settings(town, town.mia)).content.startswith("⟦en: ")
    assert await held(town, town.mia) == Held()


async def choose_language(town: Town, language: str) -> None:
    await town.agree(town.mia)
    screen = await open_settings(town, town.mia)
    await town.press(town.mia, screen, "settings:languages:")
    await town.choose(town.mia, screen, ".language", [language])


# -- when things fail -----------------------------------------------------------------------------------------------


async def test_without_a_database_the_screen_says_so(town: Town) -> None:
    programme = await town.programme()
    await town.db.close()
    said = read(await town.send(town.mia, f"settings:open:{programme.id}")).content
    assert said == town.t("error.busy")


async def test_another_servers_button_opens_nothing_here(town: Town) -> None:
    said = read(await town.send(town.mia, f"settings:open:{'0' * 32}")).content
    assert said == town.t("error.programme_gone")
