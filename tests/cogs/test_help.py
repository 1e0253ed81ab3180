"""What holds for people who need help now."""

import pytest

from bot.demo import simcord_touches as touches
from cogs.help import NEEDS
from tests.cogs.raw import press_at_once
from tests.cogs.town import Town, read


async def test_help_now_names_the_number_first(town: Town) -> None:
    answer = read(await town.mia.slash(town.general, "help-now"))
    lines = answer.content.splitlines()
    assert "999" in lines[1]
    assert "116 123" in answer.content
    assert town.t("help.now.program") in answer.content


async def test_help_now_answers_with_the_database_gone(town: Town) -> None:
    await town.mia.slash(town.general, "help")
    await town.db.close()
    answer = read(await town.mia.slash(town.general, "help-now"))
    assert "999" in answer.content
    await town.press(town.mia, answer, "help:need:unsafe")
    assert town.t("help.unsafe") in answer.content
    assert "116 123" in answer.content


async def test_somebody_can_be_asked_to_reach_out_with_the_database_gone(town: Town) -> None:
    panel, moderators = await town.panel("help"), await town.channel("moderators")
    programme = await town.programme()
    town.bot.tools.guilds._kept.update({g: (0.0, guild) for g, (_, guild) in town.bot.tools.guilds._kept.items()})
    await town.db.close()
    asked = read(await town.mia.click(panel, custom_id=f"help:reach:{programme.id}"))
    await town.press(town.mia, asked, "help:reach-yes:")
    assert town.t("help.reach.said") in asked.content
    page = moderators.last_message
    assert page is not None
    assert town.mia.mention in page.content


async def test_help_now_answers_where_nothing_is_set_up_and_in_direct_messages(empty_town: Town) -> None:
    town = empty_town
    answer = read(await town.mia.slash(town.general, "help-now"))
    assert town.t("help.emergency.unknown") in answer.content
    assert "findahelpline.com" in answer.content
    await town.choose(town.mia, answer, "help:country:", ["DE"])
    assert "112" in answer.content


@pytest.mark.parametrize("need", NEEDS)
async def test_each_of_the_four_things_people_say_gets_words_and_numbers(town: Town, need: str) -> None:
    answer = read(await town.mia.slash(town.general, "help-now"))
    await town.press(town.mia, answer, f"help:need:{need}")
    assert answer.content.startswith(town.t(f"help.{need}"))
    assert "999" in answer.content


async def test_the_help_now_panel_holds_the_numbers_as_text(town: Town) -> None:
    panel = await town.panel("help")
    assert "999" in panel.content
    assert "116 123" in panel.content


async def test_moderators_hear_a_name_only_after_a_second_yes_and_nothing_that_was_written(town: Town) -> None:
    answer = await town.agree(town.mia, 1)
    asked = read(await town.press(town.mia, answer, "help:reach:"))
    moderators = await town.channel("moderators")
    assert moderators.last_message is None
    assert town.t("programme.recovery.name") in asked.content
    await town.press(town.mia, asked, "help:reach-yes:")
    assert town.t("help.reach.said") in asked.content
    page = moderators.last_message
    assert page is not None
    assert town.mia.mention in page.content
    assert town.t("checkins.mood.very_low") not in page.content
    (body,) = town.sent("POST", f"/channels/{moderators.id}/messages")
    assert [int(role) for role in body["allowed_mentions"]["roles"]] == [town.roles["moderator"].id]
    assert body["allowed_mentions"]["parse"] == []
    assert "interaction" not in str(body)


async def test_no_means_that_nobody_is_told(town: Town) -> None:
    answer = await town.agree(town.mia, 1)
    asked = read(await town.press(town.mia, answer, "help:reach:"))
    await town.press(town.mia, asked, "help:reach-no:")
    assert town.t("help.reach.no") in asked.content
    assert (await town.channel("moderators")).last_message is None


async def test_when_moderators_cannot_be_reached_it_says_so_and_shows_the_numbers(town: Town) -> None:
    answer = await town.agree(town.mia, 1)
    asked = read(await town.press(town.mia, answer, "help:reach:"))
    moderators = await town.channel("moderators")
    town.env.inject_error("POST", f"/channels/{moderators.id}/messages", status=403, code=50001)
    await town.press(town.mia, asked, "help:reach-yes:")
    assert town.t("help.reach.failed") in asked.content
    assert "999" in asked.content


async def test_help_knows_who_asks_and_what_the_guild_uses(empty_town: Town) -> None:
    town = empty_town
    before = read(await town.mia.slash(town.general, "help"))
    assert town.t("help.what.not_set_up") in before.content
    assert "setup start" not in before.content
    assert "checkin" not in before.content
    await town.set_up()
    member = read(await town.mia.slash(town.general, "help"))
    admin = read(await town.ada.slash(town.general, "help"))
    assert "</checkin now:" in member.content
    assert "setup start" not in member.content
    assert "</setup start:" in admin.content


async def test_help_now_works_for_somebody_whose_client_speaks_another_language(town: Town) -> None:
    touches.speak(town.env, town.noah.id, "de")
    assert "999" in read(await town.noah.slash(town.general, "help-now")).content


async def test_pressing_yes_many_times_in_one_moment_calls_the_moderators_once(town: Town) -> None:
    programme = await town.programme()
    answers = await press_at_once(town, [(town.mia, f"help:reach-yes:{programme.id}")] * 5)
    assert all(town.t("help.reach.said") in answer for answer in answers)
    moderators = await town.channel("moderators")
    assert len(town.sent("POST", f"/channels/{moderators.id}/messages")) == 1


@pytest.mark.parametrize("countries", [["US"], ["GB", "US"], ["GB", "US", "DE", "FR", "ES"]])
async def test_where_young_people_are_everybody_finds_a_line_of_their_own(
    empty_town: Town, countries: list[str]
) -> None:
    town = empty_town
    screen = read(await town.ada.slash(town.general, "setup start"))
    await town.choose(town.ada, screen, "setup:ages:", ["both"])
    await town.choose(town.ada, screen, "setup:countries:", countries)
    for step in (".channels", ".roles", ".plan", "setup:apply:"):
        await town.press(town.ada, screen, step)
    answer = await town.tap(town.mia, 1)
    contacts = town.bot.tools.contacts
    for code in countries:
        of_country = contacts.for_country(code, minors=True).contacts
        for kind in {contact.for_whom for contact in of_country} & {"general", "children"}:
            names = [contact.name for contact in of_country if contact.for_whom == kind]
            assert any(name in answer.content for name in names), (code, kind)
