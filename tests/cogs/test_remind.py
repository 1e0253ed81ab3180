"""`/checkin remind` from the first word to the last: asked once a day, where and when one likes, and never after a no."""

import datetime as dt
from typing import Any

import pytest

from bot.demo import simcord_touches as touches
from bot.domain.actor import Actor
from bot.domain.quiet import Quiet
from bot.errors import Busy
from bot.services import outbox, privacy, reminders, settings
from bot.texts import FOLDER
from data.schema import checkins as rows_of_checkins
from data.schema import reminders as rows_of_reminders
from data.store import guilds, programme_texts
from tests.cogs.delivering import run_due, states
from tests.cogs.raw import dispatch_raw
from tests.cogs.reaching import (
    choose_way,
    close_direct_messages,
    direct_messages,
    guild_of,
    inside,
    options,
    threads,
    way_of,
    with_young_people,
)
from tests.cogs.reminding import (
    BERLIN,
    EVENING,
    NINE,
    NOON,
    came_directly,
    came_in_thread,
    choose_time,
    ids_of,
    on,
    open_screen,
    planned,
    press,
    remind,
    tap,
    until,
)
from tests.cogs.setting_up import apply, to_plan
from tests.cogs.town import Town, read

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def same_time(town: Town) -> None:
    """Let the simulated Discord have the town's time."""
    touches.start_clock_at(town.env, town.clock.now())


def question(town: Town, preset: str = "recovery") -> str:
    """Return the reminder as a person reads it."""
    asked = town.t("checkins.remind.question", question=town.t(f"programme.{preset}.question"))
    return f"{town.t('reach.neutral')}\n\n{asked}"


def note(town: Town) -> str:
    return f"{town.t('reach.neutral')}\n\n{town.t('checkins.remind.note')}"


def at(moment: dt.datetime) -> str:
    return f"<t:{int(moment.timestamp())}:F>"


async def select_id(town: Town) -> str:
    return f"remind-at:{(await town.programme()).id}"


async def moods(town: Town) -> list[int]:
    query = rows_of_checkins.select().order_by(rows_of_checkins.c.day)
    return [row.mood for row in await town.db.read(lambda tx: tx.execute(query).all())]


async def kept(town: Town) -> list[Any]:
    return list(await town.db.read(lambda tx: tx.execute(rows_of_reminders.select()).all()))


# -- choosing ---------------------------------------------------------------------------------------------------------


async def test_the_first_time_it_asks_for_clock_and_way_once_each_and_then_says_when_it_comes(town: Town) -> None:
    screen = await open_screen(town, town.mia)
    assert screen.content == town.t("settings.zone.first")
    await town.choose(town.mia, screen, "settings:zone:", ["Europe/London"])
    assert screen.content == town.consent
    await town.press(town.mia, screen, "settings:zone-yes:")
    assert town.t("checkins.remind.none") in screen.content
    await town.choose(town.mia, screen, "checkins:remind-at:", [str(EVENING)])
    assert screen.content.startswith(town.t("checkins.remind.saved"))
    assert town.t("reach.ask") in screen.content
    await town.press(town.mia, screen, "settings:way:thread.")
    assert town.t("checkins.remind.next", at=at(town.clock.now() + 11 * HOUR)) in screen.content
    again = await open_screen(town, town.mia)
    city = town.texts.city("en", "Europe/London")
    assert town.t("checkins.remind.every", time="20:00", city=city) in again.content
    assert [one["value"] for one in options(again, await select_id(town)) if one["default"]] == [str(EVENING)]


async def test_whoever_leaves_half_way_is_told_what_is_missing_and_nothing_comes(town: Town) -> None:
    screen = await remind(town, town.mia, way="")
    assert town.t("reach.ask") in screen.content
    again = await open_screen(town, town.mia)
    assert town.t("checkins.remind.unreached") in again.content
    await until(town, on(23, 13))
    assert direct_messages(town.mia) == []
    await town.press(town.mia, again, "checkins:remind-way:")
    await town.press(town.mia, again, "settings:way:dm.")
    assert town.t("checkins.remind.next", at=at(on(24))) in again.content
    await until(town, on(24, 13))
    assert len(came_directly(town, town.mia)) == 1


async def test_any_other_time_is_entered_in_a_form(town: Town) -> None:
    screen = await remind(town, town.mia)
    await town.choose(town.mia, screen, "checkins:remind-at:", ["other"])
    assert screen.content == town.t("checkins.remind.ask_own")
    opened = await town.press(town.mia, screen, "checkins:remind-form:")
    await town.mia.submit_modal(opened, {"time": "10:45"})
    assert town.t("checkins.remind.every", time="10:45", city=town.texts.city("en", BERLIN)) in screen.content
    assert "10:45" in [one["label"] for one in options(screen, await select_id(town))]
    await until(town, on(23, 10, 46))
    assert len(came_directly(town, town.mia)) == 1


@pytest.mark.parametrize("written", ["25:00", "9pm", "12:60", "٠٩:٠٠", "'; --", ""])
async def test_a_time_that_is_none_is_refused_with_an_example_and_changes_nothing(town: Town, written: str) -> None:
    await remind(town, town.mia)
    before, programme = await kept(town), await town.programme()
    answer = read(await town.send(town.mia, f"checkins:remind-time:{programme.id}", fields={"time": written}))
    assert answer.content == town.t("checkins.remind.unknown")
    assert await kept(town) == before


@pytest.mark.parametrize(
    "custom_id",
    [
        "checkins:remind-at:{p}",
        "checkins:remind-yes:{p}",
        "checkins:remind-yes:{p}.1440",
        "checkins:remind-yes:{p}.-1",
        "checkins:remind-yes:{p}.²",
        "checkins:remind-yes:{p}.99999999999999999999",
        "checkins:remind-days:{p}",
        "checkins:remind-days:{p}.sundays",
        "checkins:remind-pause:{p}.year",
    ],
)
async def test_what_no_screen_offers_is_refused_and_changes_nothing(town: Town, custom_id: str) -> None:
    await remind(town, town.mia)
    before = await kept(town)
    answer = read(await town.send(town.mia, custom_id.format(p=(await town.programme()).id)))
    assert answer.content == town.t("error.button_gone")
    assert await kept(town) == before


async def test_on_weekdays_it_leaves_the_weekend_alone(town: Town) -> None:
    screen = await remind(town, town.mia)
    await town.press(town.mia, screen, ".weekdays")
    assert town.t("checkins.remind.weekdays", time="12:00", city=town.texts.city("en", BERLIN)) in screen.content
    for day in range(23, 30):
        await until(town, on(day, 12, 30))
        await town.tap(town.mia, 3)
    assert len(came_directly(town, town.mia)) == 5


async def test_in_a_time_that_is_quiet_for_them_they_are_told_what_comes_of_it(town: Town) -> None:
    who = Actor(town.mia.id, town.guild.id)
    await remind(town, town.mia)
    await settings.set_quiet(town.db, town.clock, who, Quiet(11 * 60, 14 * 60))
    span = {"begins": "11:00", "ends": "14:00"}
    screen = await open_screen(town, town.mia)
    assert town.t("checkins.remind.quiet.waits", at=at(on(23, 14)), **span) in screen.content
    await until(town, on(23, 13, 59))
    assert came_directly(town, town.mia) == []
    await until(town, on(23, 14, 1))
    assert len(came_directly(town, town.mia)) == 1
    await settings.set_quiet(town.db, town.clock, who, Quiet(11 * 60, 16 * 60))
    screen = await open_screen(town, town.mia)
    mention = town.bot.command_sets.mention("settings", await guild_of(town))
    never = town.t("checkins.remind.quiet.never", begins="11:00", ends="16:00", settings=mention)
    assert never in screen.content
    await until(town, on(25))
    assert len(came_directly(town, town.mia)) == 1


async def test_two_programmes_ask_each_at_its_own_time_and_with_its_own_words(town: Town) -> None:
    programme = await town.programme()
    await remind(town, town.mia)
    await apply(town, await to_plan(town, preset="health"))
    room = town.guild.channels[town.t("programme.health.channel.group")]
    asked = await open_screen(town, town.mia)
    assert asked.content == town.t("which.ask")
    await town.press(town.mia, asked, f"checkins:remind:{programme.id}")
    assert town.t("checkins.remind.next", at=at(on(23))) in asked.content
    await choose_time(town, town.mia, 15 * 60, room)
    await until(town, on(23, 16))
    first, second = came_directly(town, town.mia)
    assert [first.content, second.content] == [question(town), question(town, "health")]
    await tap(town.mia, second, 4)
    await until(town, on(23, 20))
    await tap(town.mia, first, 3)
    programmes = await town.db.read(lambda tx: {r.programme_id: r.mood for r in tx.execute(rows_of_checkins.select())})
    assert sorted(programmes.values()) == [3, 4]
    assert programmes[programme.id] == 3


# -- what comes -------------------------------------------------------------------------------------------------------


async def test_it_begins_neutrally_asks_in_our_words_and_can_be_answered_with_one_tap(town: Town) -> None:
    programme = await town.programme()
    own = "Were you sober today?"
    await town.db.write(
        lambda tx: programme_texts.put(tx, "9" * 32, town.guild.id, programme.id, "question", body=own, now=on(23))
    )
    town.bot.tools.guilds.forget(town.guild.id)
    await remind(town, town.mia, way="thread")
    await until(town, on(23, 12, 1))
    (message,) = await came_in_thread(town)
    assert message.content == f"<@{town.mia.id}> {question(town)}"
    assert own not in message.content
    verbs = [one.split(":")[1] for one in ids_of(message)]
    assert verbs == ["mood"] * 5 + ["remind-pass", "remind-pause", "remind-stop"]
    answer = await tap(town.mia, message, 4)
    assert town.t("checkins.saved", mood=town.t("checkins.mood.good")) in answer.content
    assert await moods(town) == [4]


async def test_the_next_one_is_planned_when_one_is_said_and_no_more_than_that(town: Town) -> None:
    await remind(town, town.mia)
    assert await planned(town) == [("2026-11-23", "pending")]
    await until(town, on(23, 12, 1))
    assert await planned(town) == [("2026-11-23", "sent"), ("2026-11-24", "pending")]


async def test_its_buttons_live_on_after_a_restart_and_it_goes_on_coming(town: Town) -> None:
    await remind(town, town.mia)
    await town.restart()
    await until(town, on(23, 12, 1))
    (message,) = came_directly(town, town.mia)
    await town.restart()
    passed = read(await press(town.mia, message, "checkins:remind-pass:"))
    assert passed.content == town.t("checkins.remind.passed")
    await until(town, on(24, 12, 1))
    assert len(came_directly(town, town.mia)) == 2


async def test_who_checked_in_already_is_left_alone_that_day(town: Town) -> None:
    await remind(town, town.mia)
    await town.tap(town.mia, 3)
    await until(town, on(23, 20))
    assert came_directly(town, town.mia) == []
    await until(town, on(24, 13))
    assert len(came_directly(town, town.mia)) == 1


async def test_not_today_holds_for_that_day(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(23, 12, 1))
    (message,) = came_directly(town, town.mia)
    await press(town.mia, message, "checkins:remind-pass:")
    await press(town.mia, message, "checkins:remind-pass:")
    screen = await choose_time(town, town.mia, EVENING)
    assert town.t("checkins.remind.next", at=at(on(24, 20))) in screen.content
    await until(town, on(24, 13))
    assert len(came_directly(town, town.mia)) == 1
    assert await moods(town) == []


async def test_a_pause_is_asked_for_how_long_and_can_be_ended(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(23, 12, 1))
    (message,) = came_directly(town, town.mia)
    screen = read(await press(town.mia, message, "checkins:remind-pause:"))
    assert screen.content == town.t("checkins.remind.pause.ask")
    await town.mia.user.click(screen, custom_id=town.find(screen, ".week"))
    assert town.t("checkins.remind.paused.until", at=at(on(30, 12, 1))) in screen.content
    await until(town, on(26))
    assert len(came_directly(town, town.mia)) == 1
    screen = await open_screen(town, town.mia)
    await town.press(town.mia, screen, "checkins:remind-on:")
    await until(town, on(27, 13))
    assert len(came_directly(town, town.mia)) == 2
    await town.press(town.mia, screen, ".open")
    assert town.t("checkins.remind.paused") in screen.content
    await until(town, on(1, month=12))
    assert len(came_directly(town, town.mia)) == 2


async def test_a_stop_holds_until_they_begin_again(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(23, 12, 1))
    (message,) = came_directly(town, town.mia)
    mention = town.bot.command_sets.mention("checkin remind", await guild_of(town))
    for _ in range(2):
        answer = read(await press(town.mia, message, "checkins:remind-stop:"))
        assert answer.content == town.t("checkins.remind.stopped", remind=mention)
    assert read(await press(town.mia, message, "checkins:remind-pass:")).content == town.t("checkins.remind.gone")
    await until(town, on(27))
    assert len(came_directly(town, town.mia)) == 1
    assert town.t("checkins.remind.none") in (await open_screen(town, town.mia)).content
    await choose_time(town, town.mia, NOON)
    await until(town, on(28))
    assert len(came_directly(town, town.mia)) == 2


async def test_after_three_without_an_answer_one_note_and_then_silence_until_they_go_on(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(30))
    found = came_directly(town, town.mia)
    assert [one.content for one in found] == [question(town)] * 3 + [note(town)]
    assert [one.split(":")[1] for one in ids_of(found[-1])] == ["remind-on", "remind-stop"]
    screen = read(await press(town.mia, found[-1], "checkins:remind-on:"))
    assert town.t("checkins.remind.next", at=at(on(1, month=12))) in screen.content
    await until(town, on(1, 13, month=12))
    assert came_directly(town, town.mia)[-1].content == question(town)


async def test_a_check_in_ends_the_silence_by_itself(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(30, 13))
    await town.tap(town.mia, 3)
    await until(town, on(1, 13, month=12))
    assert [one.content for one in came_directly(town, town.mia)][3:] == [note(town), question(town)]


async def test_nothing_that_is_said_speaks_of_what_was_left_out(town: Town) -> None:
    keys = [line.split('"')[1] for line in _po() if line.startswith('msgid "checkins.remind')]
    said = [town.texts.t("en", key, **dict.fromkeys(_NAMES, "")).casefold() for key in keys]
    assert len(said) > 30
    for word in ("miss", "forg", "again?", "haven't", "didn't", "streak", "days in a row"):
        assert not any(word in one for one in said), word


_NAMES = ("time", "city", "at", "settings", "remind", "question", "begins", "ends")


def _po() -> list[str]:
    return (FOLDER / "en" / "peerled.po").read_text(encoding="utf-8").splitlines()


# -- in a direct message ----------------------------------------------------------------------------------------------


async def test_from_a_direct_message_a_tap_is_saved_for_the_server_it_came_from(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(23, 12, 1))
    (message,) = came_directly(town, town.mia)
    answer = await tap(town.mia, message, 4)
    assert town.t("checkins.saved", mood=town.t("checkins.mood.good")) in answer.content
    (row,) = await town.db.read(lambda tx: tx.execute(rows_of_checkins.select()).all())
    assert (row.guild_id, row.mood, row.programme_id) == (town.guild.id, 4, (await town.programme()).id)
    form = await town.mia.user.click(answer, custom_id=town.find(answer, "checkins:form:"))
    saved = await town.mia.user.submit_modal(form, {"mood": "4", "note": "the sea", "seen_by": "leaders"})
    assert read(saved).content
    history = await town.mia.user.click(answer, custom_id=town.find(answer, "checkins:history:"))
    assert "the sea" in read(history).content


async def test_from_a_direct_message_a_low_one_shows_help_and_somebody_can_be_asked_to_reach_out(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(23, 12, 1))
    (message,) = came_directly(town, town.mia)
    answer = await tap(town.mia, message, 1)
    assert answer.content.startswith(town.t("help.card"))
    asked = read(await town.mia.user.click(answer, custom_id=town.find(answer, "help:reach:")))
    told = await town.mia.user.click(asked, custom_id=town.find(asked, "help:reach-no:"))
    assert town.t("help.reach.no") in read(told).content
    asked = read(await town.mia.user.click(answer, custom_id=town.find(answer, "help:reach:")))
    await town.mia.user.click(asked, custom_id=town.find(asked, "help:reach-yes:"))
    assert f"<@{town.mia.id}>" in (await town.channel("moderators")).last_message.content


async def test_who_has_left_the_server_saves_nothing_in_it_from_an_old_message_and_still_sees_help(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(23, 12, 1))
    (message,) = came_directly(town, town.mia)
    town.guild.remove_member(town.mia)
    await town.env.settle()
    assert (await tap(town.mia, message, 4)).content == town.t("error.only_in_guild")
    low = await tap(town.mia, message, 1)
    assert low.content.startswith(town.t("help.card"))
    assert low.content.endswith(town.t("error.only_in_guild"))
    assert await moods(town) == []


async def test_where_discord_does_not_say_who_is_a_member_nothing_is_saved_and_help_is_shown(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(23, 12, 1))
    (message,) = came_directly(town, town.mia)
    town.env.inject_error("GET", f"/guilds/{town.guild.id}/members/{town.mia.id}", status=403, code=50001, times=1)
    assert (await tap(town.mia, message, 4)).content == town.t("error.only_in_guild")
    town.env.inject_error("GET", f"/guilds/{town.guild.id}/members/{town.mia.id}", status=400, code=0, times=1)
    low = await tap(town.mia, message, 2)
    assert low.content == f"{_card(low.content)}\n\n{town.t('error.busy_reading')}"
    assert await moods(town) == []
    await tap(town.mia, message, 2)
    assert await moods(town) == [2]


def _card(content: str) -> str:
    return content.rpartition("\n\n")[0]


async def test_from_a_direct_message_nobody_reaches_a_server_they_have_nothing_to_do_with(town: Town) -> None:
    programme = await town.programme()
    for custom_id in (
        f"checkins:mood:{programme.id}.3",
        f"checkins:group:{programme.id}",
        f"help:reach:{programme.id}",
    ):
        data = {"custom_id": custom_id, "component_type": 2}
        answer = read(await dispatch_raw(town.noah.user, town.noah.user.dm_channel, 3, data))
        assert answer.content.endswith(town.t("error.only_in_guild")), custom_id
    assert await moods(town) == []


async def test_in_a_direct_message_roles_count_as_they_are_at_that_moment(town: Town) -> None:
    programme = await town.programme()
    for who in (town.leo, town.mia):
        await remind(town, who)
    await until(town, on(23, 12, 1))
    seen = []
    for who in (town.leo, town.mia):
        (message,) = came_directly(town, who)
        answer = await tap(who, message, 3)
        form = await who.user.click(answer, custom_id=town.find(answer, "checkins:form:"))
        await who.user.submit_modal(form, {"mood": "3", "note": f"of {who.user.name}", "seen_by": "leaders"})
        data = {"custom_id": f"checkins:group:{programme.id}", "component_type": 2}
        seen.append(read(await dispatch_raw(who.user, who.user.dm_channel, 3, data)).content)
    assert town.t("checkins.group.title.leaders") in seen[0]
    assert seen[1] == town.t("checkins.group.empty")


# -- the ways ---------------------------------------------------------------------------------------------------------


async def test_where_direct_messages_were_closed_it_comes_in_a_private_thread(town: Town) -> None:
    await remind(town, town.mia)
    close_direct_messages(town, town.mia)
    await until(town, on(23, 12, 1))
    (message,) = await came_in_thread(town)
    assert message.content == f"<@{town.mia.id}> {question(town)}"
    way = await way_of(town, town.mia)
    assert way is not None
    assert way.way == "thread"
    await tap(town.mia, message, 3)
    await until(town, on(24, 12, 1))
    assert len(await came_in_thread(town)) == 2
    assert await states(town, "admin.notice") == []


async def test_where_no_way_is_open_the_next_day_is_tried_all_the_same(town: Town) -> None:
    await remind(town, town.mia, way="thread")
    (thread,) = await threads(town)
    town.env.inject_error("POST", f"/channels/{thread.id}/messages", status=403, code=50001, times=1)
    await until(town, on(23, 12, 1))
    assert await planned(town) == [("2026-11-23", "dead"), ("2026-11-24", "pending")]
    await until(town, on(24, 12, 1))
    assert len(await came_in_thread(town)) == 1


@pytest.mark.parametrize("reason", ["nowhere", "pause"])
async def test_who_wants_nothing_sent_is_sent_nothing_is_told_so_and_gets_the_next_one_after_it(
    town: Town, reason: str
) -> None:
    who = Actor(town.mia.id, town.guild.id)
    await remind(town, town.mia)
    if reason == "nowhere":
        await choose_way(town, town.mia, "nowhere")
        expected = town.t("checkins.remind.nowhere")
    else:
        await settings.pause(town.db, town.clock, who, "open")
        mention = town.bot.command_sets.mention("settings", await guild_of(town))
        expected = town.t("checkins.remind.all_paused", settings=mention)
    assert expected in (await open_screen(town, town.mia)).content
    await until(town, on(25, 13))
    assert came_directly(town, town.mia) == []
    assert await states(town, "admin.notice") == []
    if reason == "nowhere":
        await choose_way(town, town.mia, "dm")
    else:
        await settings.end_pause(town.db, town.clock, who)
    await until(town, on(26, 13))
    assert len(came_directly(town, town.mia)) == 1


async def test_where_young_people_may_be_no_direct_message_is_offered_and_the_adult_is_in_the_thread(
    town: Town,
) -> None:
    await with_young_people(town, town.leo)
    screen = await remind(town, town.mia, way="")
    assert not town.shows(screen, "settings:way:dm.")
    await town.press(town.mia, screen, "settings:way:thread.")
    await until(town, on(23, 12, 1))
    (message,) = await came_in_thread(town)
    (thread,) = await threads(town)
    assert inside(town, thread) == {town.mia.id, town.leo.id}
    assert message.content == f"<@{town.mia.id}> {question(town)}"


# -- what comes in between --------------------------------------------------------------------------------------------


async def test_who_is_erased_before_it_comes_is_sent_nothing(town: Town) -> None:
    await remind(town, town.mia)
    before = direct_messages(town.mia)
    await privacy.erase(town.db, Actor(town.mia.id, None))
    await until(town, on(25))
    assert direct_messages(town.mia) == before
    assert await planned(town) == await kept(town) == []


async def test_a_time_changed_while_one_is_under_way_leaves_one_on_that_date(town: Town) -> None:
    await remind(town, town.mia)
    await until(town, on(23, 11, 59))
    touches.start_clock_at(town.env, on(23))
    town.clock.set(on(23))
    lease = dt.timedelta(seconds=90)
    await outbox.claim(town.db, town.clock, worker="died since", limit=50, lease=lease)
    screen = await choose_time(town, town.mia, EVENING)
    assert town.t("checkins.remind.next", at=at(on(24, 20))) in screen.content
    await until(town, on(25))
    assert len(came_directly(town, town.mia)) == 2
    assert await planned(town) == [("2026-11-23", "sent"), ("2026-11-24", "sent"), ("2026-11-25", "pending")]


async def test_a_time_zone_changed_in_the_settings_moves_it_to_the_same_time_there(town: Town) -> None:
    await remind(town, town.mia)
    read(await town.mia.slash(town.general, "settings", zone="America/New_York"))
    await until(town, on(23, 17, 59))
    assert came_directly(town, town.mia) == []
    await until(town, on(23, 18, 1))
    assert len(came_directly(town, town.mia)) == 1
    assert await planned(town) == [
        ("2026-11-23", "cancelled"),
        ("2026-11-23", "sent"),
        ("2026-11-24", "pending"),
    ]


async def test_after_two_days_of_standing_still_only_the_newest_is_said(town: Town) -> None:
    await remind(town, town.mia)
    await town.restart()
    touches.start_clock_at(town.env, on(25, 13))
    town.clock.set(on(25, 13))
    await town.bot.delivery.begin()
    await run_due(town)
    assert len(came_directly(town, town.mia)) == 1
    assert await planned(town) == [("2026-11-23", "expired"), ("2026-11-25", "sent"), ("2026-11-26", "pending")]


async def test_where_one_step_of_the_upkeep_breaks_the_others_are_done_all_the_same(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    await remind(town, town.mia)
    await town.restart()
    town.bot.delivery._sweeps.insert(0, broken)
    town.clock.set(on(25, 13))
    await town.bot.delivery.begin()
    assert [state for _, state in await planned(town)] == ["expired", "pending"]
    assert [record.levelname for record in caplog.records if record.name == "bot.delivery.postman"] == ["ERROR"]


@pytest.mark.parametrize(
    ("begins", "dates"),
    [(dt.date(2027, 3, 26), 5), (dt.date(2026, 10, 23), 5)],
    ids=["an hour is left out", "an hour comes twice"],
)
async def test_over_a_change_of_the_clock_each_date_has_one_that_says_so(
    town: Town, begins: dt.date, dates: int
) -> None:
    start = on(begins.day, 12, month=begins.month, year=begins.year)
    town.clock.set(start)
    touches.start_clock_at(town.env, start)
    screen = await remind(town, town.mia)
    await town.choose(town.mia, screen, "checkins:remind-at:", ["other"])
    opened = await town.press(town.mia, screen, "checkins:remind-form:")
    await town.mia.submit_modal(opened, {"time": "02:30"})
    days = [begins + dt.timedelta(days=number) for number in range(1, dates)]
    for day in days:
        await until(town, on(day.day, 4, month=day.month, year=day.year))
        messages = came_directly(town, town.mia)
        await tap(town.mia, messages[-1], 3)
    assert len(came_directly(town, town.mia)) == len(days)
    sent = [day for day, state in await planned(town) if state == "sent"]
    assert sent == [day.isoformat() for day in days]


async def test_a_programme_that_was_taken_back_asks_nobody(town: Town) -> None:
    programme = await town.programme()
    await remind(town, town.mia)
    await town.db.write(lambda tx: guilds.update_programme(tx, town.guild.id, programme.id, state="draft") and None)
    town.bot.tools.guilds.forget(town.guild.id)
    await until(town, on(25))
    assert came_directly(town, town.mia) == []
    answer = read(await town.send(town.mia, f"checkins:remind:{programme.id}"))
    assert answer.content == town.t("error.programme_gone")


async def test_when_the_database_does_not_answer_a_choice_is_refused_plainly(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise Busy

    screen = await remind(town, town.mia)
    monkeypatch.setattr(reminders, "choose", busy)
    refused = await town.choose(town.mia, screen, "checkins:remind-at:", [str(NINE)])
    assert read(refused).content == town.t("error.busy")
    assert screen.content.startswith(town.t("checkins.remind.saved"))
    assert (await kept(town))[0].minute == NOON


async def test_two_people_with_a_reminder_each_get_their_own(town: Town) -> None:
    await remind(town, town.mia)
    await remind(town, town.noah, NINE + 5 * 60)
    await until(town, on(23, 15))
    for who in (town.mia, town.noah):
        (message,) = came_directly(town, who)
        assert message.content == question(town)
        await tap(who, message, 3)
    assert await moods(town) == [3, 3]
