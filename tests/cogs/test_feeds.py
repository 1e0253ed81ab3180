"""The calendar link as people meet it: given privately, taken back by a button, and gone with whoever had it."""

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
import simcord
import sqlalchemy as sa
from simcord.components import walk_components
from simcord.results import ResponseMessage

from bot.domain.actor import Actor
from bot.domain.meetings import Rule
from bot.services import feeds, meetings
from bot.services.meetings import Wish
from data.schema import directories
from data.schema import feeds as table
from data.store import guilds
from tests.cogs.convening import create, elsewhere
from tests.cogs.delivering import answered
from tests.cogs.town import Town, read

pytestmark = pytest.mark.usefixtures("at_once")
URL = "https://peerled.example.org"


@pytest.fixture
async def served(town: Town) -> Town:
    """Give a town whose bot serves links."""
    serve(town)
    return town


def serve(town: Town) -> None:
    town.bot.tools = replace(town.bot.tools, public_url=f"{URL}/")


async def press(town: Town, who: simcord.MemberActor, name: str, more: str = "", **options: Any) -> ResponseMessage:
    """Press a button of the feature by its route."""
    programme = await town.programme()
    return read(await town.send(who, f"feeds:{name}:{programme.id}{more}", **options))


async def agreed_link(town: Town, who: simcord.MemberActor) -> ResponseMessage:
    """Let somebody press Calendar for the first time and agree; return the screen."""
    screen = await press(town, who, "calendar")
    await town.press(who, screen, "feeds:agree:")
    return screen


def token_in(content: str, kind: str = "cal") -> str:
    """Return what stands in the one link of a screen."""
    (found,) = re.findall(rf"^{re.escape(URL)}/{kind}/([\w-]+)\.(?:ics|json)$", content, re.MULTILINE)
    return str(found)


async def leads_somewhere(town: Town, token: str) -> bool:
    return await feeds.calendar(town.db, town.clock, feeds.hash_of(token)) is not None


async def count(town: Town, which: sa.Table = table) -> int:
    return int(await town.db.read(lambda tx: tx.execute(sa.select(sa.func.count()).select_from(which)).scalar_one()))


async def test_where_nothing_is_served_it_is_said_plainly_and_nothing_is_kept(town: Town) -> None:
    for name in ("calendar", "agree", "new-yes", "remove-yes"):
        assert town.t("feeds.off") in (await press(town, town.mia, name)).content
    assert await count(town) == 0


async def test_the_list_of_meetings_leads_to_it(served: Town) -> None:
    listed = read(await served.mia.slash(served.general, "meetings"))
    await served.press(served.mia, listed, "feeds:calendar:")
    assert served.consent in listed.content


async def test_before_the_one_yes_nothing_is_kept_and_then_the_link_is_there(served: Town) -> None:
    screen = await press(served, served.mia, "calendar")
    assert served.consent in screen.content
    assert await count(served) == 0
    await served.press(served.mia, screen, "feeds:agree:")
    assert await leads_somewhere(served, token_in(screen.content))
    assert served.t("feeds.shows.neutral") in screen.content


async def test_pressed_again_it_is_the_same_link_also_after_a_restart(served: Town) -> None:
    token = token_in((await agreed_link(served, served.mia)).content)
    assert token_in((await press(served, served.mia, "calendar")).content) == token
    await served.restart()
    serve(served)
    assert token_in((await press(served, served.mia, "calendar")).content) == token
    assert await count(served) == 1


async def test_each_person_has_a_link_of_their_own(served: Town) -> None:
    mia, noah = [token_in((await agreed_link(served, who)).content) for who in (served.mia, served.noah)]
    assert mia != noah


async def test_titles_are_shown_only_by_choice_and_hidden_again(served: Town) -> None:
    screen = await agreed_link(served, served.mia)
    await served.press(served.mia, screen, ".1")
    assert served.t("feeds.shows.titled") in screen.content
    await served.press(served.mia, screen, ".0")
    assert served.t("feeds.shows.neutral") in screen.content


async def test_a_new_link_is_asked_about_first_and_ends_the_old_one(served: Town) -> None:
    screen = await agreed_link(served, served.mia)
    old = token_in(screen.content)
    await served.press(served.mia, screen, ".new")
    assert served.t("feeds.ask.new") in screen.content
    assert await leads_somewhere(served, old)
    await served.press(served.mia, screen, "feeds:new-yes:")
    new = token_in(screen.content)
    assert [await leads_somewhere(served, one) for one in (old, new)] == [False, True]


async def test_removed_it_leads_nowhere_and_back_changes_nothing(served: Town) -> None:
    screen = await agreed_link(served, served.mia)
    token = token_in(screen.content)
    await served.press(served.mia, screen, ".remove")
    await served.press(served.mia, screen, "feeds:calendar:")
    assert token_in(screen.content) == token
    await served.press(served.mia, screen, ".remove")
    await served.press(served.mia, screen, "feeds:remove-yes:")
    assert served.t("feeds.removed") in screen.content
    assert not await leads_somewhere(served, token)
    assert await count(served) == 0


async def test_a_late_press_after_removing_says_how_to_go_on(served: Town) -> None:
    await agreed_link(served, served.mia)
    await press(served, served.mia, "remove-yes")
    for name, more in (("new-yes", ""), ("titles", ".1")):
        assert served.t("feeds.none") in (await press(served, served.mia, name, more)).content
    assert served.t("feeds.removed") in (await press(served, served.mia, "remove-yes")).content


@pytest.mark.parametrize("more", ["", ".", ".2", ".x" * 30, ".1.1"])
async def test_what_no_button_of_ours_says_changes_nothing(served: Town, more: str) -> None:
    await agreed_link(served, served.mia)
    for name in ("titles", "ask"):
        assert served.t("error.button_gone") in (await press(served, served.mia, name, more)).content
    assert await served.db.read(lambda tx: list(tx.execute(sa.select(table.c.titled)).scalars())) == [False]


async def test_another_servers_programme_is_not_reached(served: Town) -> None:
    _, theirs = await elsewhere(served)
    answer = read(await served.send(served.mia, f"feeds:calendar:{theirs}"))
    assert served.t("error.programme_gone") in answer.content
    assert await count(served) == 0


async def test_with_an_erasure_the_link_is_gone(served: Town) -> None:
    token = token_in((await agreed_link(served, served.mia)).content)
    screen = read(await served.mia.slash(served.general, "privacy"))
    await served.press(served.mia, screen, "privacy:ask:")
    await served.press(served.mia, screen, "privacy:erase:")
    assert not await leads_somewhere(served, token)


async def test_the_link_of_somebody_who_left_ends_within_a_day_or_so(served: Town) -> None:
    left, stays = [token_in((await agreed_link(served, who)).content) for who in (served.mia, served.noah)]
    served.env.backend.remove_member(served.guild.id, served.mia.id)
    await served.bot.delivery.begin()
    assert await leads_somewhere(served, left)
    served.clock.advance(feeds.LOOKED_FOR + dt.timedelta(minutes=1))
    await served.bot.delivery.begin()
    assert [await leads_somewhere(served, one) for one in (left, stays)] == [False, True]


async def test_where_discord_does_not_say_who_is_there_a_link_stays(
    served: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_in((await agreed_link(served, served.mia)).content)

    async def broken(*_: Any) -> Any:
        raise answered(500)

    monkeypatch.setattr(served.bot.http, "get_member", broken)
    served.clock.advance(feeds.LOOKED_FOR + dt.timedelta(minutes=1))
    await served.bot.delivery.begin()
    assert await leads_somewhere(served, token)


# -- the directory ------------------------------------------------------------------------------------------------------------


async def test_only_who_manages_the_server_is_offered_the_directory(served: Town) -> None:
    for who, offered in ((served.leo, False), (served.ada, True)):
        assert served.shows(await agreed_link(served, who), "feeds:directory:") is offered


async def test_a_directory_lists_nothing_until_meetings_are_chosen_and_a_link_is_made(served: Town) -> None:
    made = await create(served, "every Tuesday 19:00")
    screen = await press(served, served.ada, "directory")
    assert served.t("feeds.directory.no_link") in screen.content
    await served.press(served.ada, screen, "feeds:open:")
    hashed = feeds.hash_of(token_in(screen.content, "meetings"))
    assert await feeds.directory(served.db, served.clock, hashed) == ()
    await served.choose(served.ada, screen, "feeds:list:", [made.id])
    found = await feeds.directory(served.db, served.clock, hashed)
    assert found is not None
    assert [one.id for one in found] == [made.id]
    await served.choose(served.ada, screen, "feeds:list:", [])
    assert await feeds.directory(served.db, served.clock, hashed) == ()


async def test_the_directorys_link_is_renewed_and_closed_only_after_asking(served: Town) -> None:
    screen = await press(served, served.ada, "directory")
    await served.press(served.ada, screen, "feeds:open:")
    first = token_in(screen.content, "meetings")
    await served.press(served.ada, screen, ".renew")
    assert served.t("feeds.ask.renew") in screen.content
    await served.press(served.ada, screen, "feeds:renew:")
    second = token_in(screen.content, "meetings")
    assert second != first
    await served.press(served.ada, screen, ".close")
    await served.press(served.ada, screen, "feeds:close:")
    assert served.t("feeds.directory.no_link") in screen.content
    assert await count(served, directories) == 0


async def test_meetings_that_are_not_every_week_cannot_be_chosen(served: Town) -> None:
    await create(served, "tomorrow 19:00")
    screen = await press(served, served.ada, "directory")
    assert served.t("feeds.directory.nothing") in screen.content
    assert not served.shows(screen, "feeds:list:")


async def test_a_programme_with_many_series_can_list_each_of_them(served: Town) -> None:
    programme = await served.programme()
    actor = Actor(served.ada.id, served.guild.id, manages_guild=True)
    for number in range(30):
        wish = Wish(
            title=f"{number:02}",
            zone="UTC",
            starts_on=dt.date(2026, 11, 24),
            minute=19 * 60,
            minutes=60,
            rule=Rule(kind="weekly", weekdays=(1,)),
        )
        await meetings.create(served.db, served.clock, actor, programme, wish)
    screen = await press(served, served.ada, "directory")
    offered = [
        [option["value"] for option in one["options"]] for one in walk_components(screen.components) if "options" in one
    ]
    assert [len(one) for one in offered] == [25, 5]
    await served.choose(served.ada, screen, ".1", offered[1])
    await served.choose(served.ada, screen, ".0", offered[0][:1])
    found = await feeds.look_up(served.db, served.bot.tools.vault, programme)
    assert {one.id for one in found.listed} == {offered[0][0], *offered[1]}


async def test_a_forged_choice_changes_nothing(served: Town) -> None:
    made = await create(served, "every Tuesday 19:00")
    programme = await served.programme()
    for page, values in (("0", ["f" * 32]), ("9", [made.id]), ("x", [made.id])):
        data = {"custom_id": f"feeds:list:{programme.id}.{page}", "component_type": 3, "values": values}
        result = await served.ada._dispatch_interaction(3, served.general, data)
        assert served.t("error.button_gone") in read(result).content
    assert (await feeds.look_up(served.db, served.bot.tools.vault, programme)).listed == ()


async def test_other_programmes_have_no_directory(served: Town) -> None:
    programme = await served.programme()
    await served.db.write(lambda tx: guilds.update_programme(tx, served.guild.id, programme.id, preset="health"))
    served.bot.tools.guilds.forget(served.guild.id)
    assert served.t("feeds.directory.not_here") in (await press(served, served.ada, "directory")).content
    assert not served.shows(await agreed_link(served, served.ada), "feeds:directory:")
