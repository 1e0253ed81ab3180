"""Where young people may be, help names a line of their own and the adult of the server; everywhere else it does not."""

from dataclasses import replace
from itertools import product

import pytest
import sqlalchemy as sa

from bot.demo import simcord_touches as touches
from bot.domain.contacts import CHILDREN, GENERAL
from bot.domain.guilds import Guild, Programme
from bot.kit import help_card
from bot.kit.call import CONTENT_LIMIT
from cogs.setup._steps import COUNTRIES_AT_ONCE
from data.programmes import presets
from data.schema import guilds, members, named_adults, people
from tests.cogs.town import Town, read

WITH_YOUNG_PEOPLE = ("minors", "both", None)
ANSWERS = ("adults", *WITH_YOUNG_PEOPLE)
NOBODY, ADULT = None, 1_234_567_890_123_456_789


async def as_set_up(town: Town) -> tuple[Guild, Programme]:
    programme = await town.programme()
    guild = await town.bot.tools.guilds.get(town.guild.id)
    assert guild is not None
    return guild, programme


def childrens_lines(town: Town, countries: tuple[str, ...]) -> set[str]:
    contacts = town.bot.tools.contacts
    of_all = [one for code in countries for one in contacts.for_country(code, minors=True).contacts]
    return {one.name for one in of_all if one.for_whom == CHILDREN}


async def test_the_help_panel_of_every_programme_keeps_to_who_the_members_are(town: Town) -> None:
    as_it_is, programme = await as_set_up(town)
    names = childrens_lines(town, as_it_is.countries)
    assert names
    for preset, answer, adult_id in product(sorted(presets()), ANSWERS, (NOBODY, ADULT)):
        guild, of_it = replace(as_it_is, ages=answer, adult_id=adult_id), replace(programme, preset=preset)
        shown = town.bot.panels.render("help", guild, of_it)
        assert shown is not None
        young = answer in WITH_YOUNG_PEOPLE
        assert any(name in shown.content for name in names) is young, (preset, answer)
        named = town.t("help.adult", id=ADULT) in shown.content
        assert named is (young and adult_id == ADULT), (preset, answer, adult_id)
        assert ("<@" in shown.content) is named


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_adult_is_named_only_where_young_people_may_be_and_one_was_named(answer: str | None) -> None:
    guild = Guild(1, b"", "en", "UTC", (), answer, None, {}, ())

    def say(key: str, **args: object) -> str:
        return f"{key} {args}"

    assert help_card.adult(say, guild) == []
    named = help_card.adult(say, replace(guild, adult_id=ADULT))
    assert named == ([say("help.adult", id=ADULT)] if answer in WITH_YOUNG_PEOPLE else [])
    assert help_card.adult(say, None) == []


async def test_the_panel_with_the_adult_still_fits_into_a_message_whatever_countries_are_chosen(town: Town) -> None:
    as_it_is, programme = await as_set_up(town)

    def size(*countries: str) -> int:
        guild = replace(as_it_is, ages="both", adult_id=2**63 - 1, countries=countries)
        shown = town.bot.panels.render("help", guild, programme)
        assert shown is not None
        return len(shown.content.translate({ord(mark): None for mark in "⟦⟧"}))

    known = sorted((country.code for country in town.bot.tools.contacts.countries), key=size)
    assert size(*known[-COUNTRIES_AT_ONCE:]) <= CONTENT_LIMIT


async def say_who_is_here(
    town: Town, answer: str | None, *, adult_id: int | None, countries: tuple[str, ...] = ("GB",)
) -> None:
    """Store what the set-up would: who the members are and where they live, and who is named to them."""

    def work(tx: sa.Connection) -> None:
        values = {"ages": answer, "countries": list(countries)}
        tx.execute(sa.update(guilds).where(guilds.c.guild_id == town.guild.id).values(values))
        if adult_id is not None:
            tx.execute(people.insert(), {"id": "a" * 32, "user_id": adult_id})
            tx.execute(members.insert(), {"ref": "b" * 32, "guild_id": town.guild.id, "person_id": "a" * 32})
            row = {"guild_id": town.guild.id, "member_ref": "b" * 32, "named_at": town.clock.now()}
            tx.execute(named_adults.insert(), {"id": "c" * 32, **row})

    await town.db.write(work)
    town.bot.tools.guilds.forget(town.guild.id)


@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_low_answer_is_met_with_what_fits_the_members(town: Town, answer: str | None) -> None:
    await say_who_is_here(town, answer, adult_id=town.ada.id)
    answered = await town.agree(town.mia, 1)
    now = read(await town.mia.slash(town.general, "help-now"))
    names = childrens_lines(town, ("GB",))
    for shown in (answered.content, now.content):
        assert "999" in shown
        assert (town.t("help.adult", id=town.ada.id) in shown) is (answer in WITH_YOUNG_PEOPLE)
        assert any(name in shown for name in names) is (answer in WITH_YOUNG_PEOPLE)


@pytest.mark.parametrize("countries", [("US",), ("GB", "US"), ("GB", "US", "DE", "FR", "ES")], ids=len)
async def test_where_young_people_are_everybody_finds_a_line_of_their_own(
    town: Town, countries: tuple[str, ...]
) -> None:
    await say_who_is_here(town, "both", adult_id=None, countries=countries)
    answer = await town.tap(town.mia, 1)
    for code in countries:
        of_country = town.bot.tools.contacts.for_country(code, minors=True).contacts
        for kind in {contact.for_whom for contact in of_country} & {GENERAL, CHILDREN}:
            names = [contact.name for contact in of_country if contact.for_whom == kind]
            assert any(name in answer.content for name in names), (code, kind)


async def test_where_nobody_is_named_nothing_is_said_of_an_adult(town: Town) -> None:
    await say_who_is_here(town, "minors", adult_id=None)
    answered = await town.agree(town.mia, 1)
    assert "999" in answered.content
    assert "<@" not in answered.content.replace(town.mia.mention, "")


async def test_naming_the_adult_calls_nobody(town: Town) -> None:
    await say_who_is_here(town, "minors", adult_id=town.ada.id)
    assert await town.bot.refresh_guild(town.guild.id) is not None
    assert town.t("help.adult", id=town.ada.id) in (await town.panel("help")).content
    edits = [r.json for r in town.env.http_requests if r.method == "PATCH" and "/messages/" in r.path]
    assert edits
    for body in edits:
        assert (body.get("allowed_mentions") or {"parse": []}).get("parse") == []


async def test_an_adult_who_erases_themselves_is_named_no_more_on_the_panel_and_nowhere_else(town: Town) -> None:
    await say_who_is_here(town, "minors", adult_id=town.ada.id)
    await town.bot.refresh_guild(town.guild.id)
    asked = read(await town.ada.slash(town.general, "privacy"))
    await town.press(town.ada, asked, "privacy:ask:")
    await town.press(town.ada, asked, "privacy:erase:")
    assert "<@" not in (await town.panel("help")).content
    assert str(town.ada.id) not in read(await town.mia.slash(town.general, "help-now")).content


async def test_where_nothing_is_set_up_nobody_knows_who_asks_so_a_line_for_young_people_is_there(
    empty_town: Town,
) -> None:
    town = empty_town
    touches.speak(town.env, town.mia.id, "en-GB")
    answer = read(await town.mia.slash(town.general, "help-now"))
    assert any(name in answer.content for name in childrens_lines(town, ("GB",)))
    assert "999" in answer.content.splitlines()[1], "the number for danger to life still comes first"
