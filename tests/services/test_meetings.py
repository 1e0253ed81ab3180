"""Series and their occurrences: what leaders press is done once or not at all, and who said yes is told once."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.meetings import Rule
from bot.domain.series import MOST_SERIES, starts_anew
from bot.errors import PeerError
from bot.services import meetings, panels
from bot.steps import meetings as steps
from data.schema import series as series_rows
from tests.services.conftest import Town
from tests.services.meeting import (
    DAILY,
    LEADER,
    NEIGHBOUR,
    TUESDAYS,
    all_rows,
    begin,
    berlin,
    comes,
    planned,
    round_of,
    say,
    until,
    wish,
)
from tests.store.rows import HOSTILE, everything

CARDS_STAND_IN = 4_000_000_000_000_000_001


async def refused(work: Any) -> str:
    with pytest.raises(PeerError) as caught:
        await work
    return caught.value.key


async def nothing_changes(town: Town, work: Any) -> str:
    """Return the key of the refusal, after which every table is as before."""
    before = await town.db.read(everything)
    key = await refused(work)
    assert await town.db.read(everything) == before
    return key


def move(town: Town, meeting_id: str, moment: dt.datetime, **options: Any) -> Any:
    local = moment.astimezone(berlin(1).tzinfo)
    where = {"day": local.date(), "minute": local.hour * 60 + local.minute}
    return meetings.move(town.db, town.clock, LEADER, town.programme, meeting_id, **where, **options)


# -- beginning --------------------------------------------------------------------------------------------------------------


async def test_a_series_has_every_occurrence_of_the_next_sixty_days(each_town: Town):
    card = await begin(each_town)
    rows = await all_rows(each_town)
    first = dt.date(2026, 3, 10)
    assert [row["day"] for row in rows] == [first + dt.timedelta(weeks=n) for n in range(9)]
    # 19:00 on the clock in Berlin, before and after it changes on the 29th of March.
    assert {row["starts_at"].astimezone(berlin(1).tzinfo).time() for row in rows} == {dt.time(19)}
    assert {row["starts_at"].hour for row in rows} == {18, 17}
    assert {row["ends_at"] - row["starts_at"] for row in rows} == {dt.timedelta(minutes=90)}
    assert card.next.meeting.starts_at == berlin(10, 19)
    assert (card.next.coming, card.next.waiting, card.next.free) == (0, 0, None)


async def test_a_series_that_meets_seldom_has_its_next_occurrence_however_far(each_town: Town):
    card = await begin(
        each_town, rule=Rule(kind="monthly", every=6, weekdays=(3,), nth=-1), starts_on=dt.date(2026, 3, 11)
    )
    once = await begin(each_town, rule=Rule(kind="once"), starts_on=dt.date(2026, 12, 24))
    assert card.next.meeting.day == dt.date(2026, 3, 26)
    assert once.next.meeting.day == dt.date(2026, 12, 24)


async def test_pressing_twice_begins_one_series(each_town: Town):
    wanted = wish()
    pressed = [meetings.create(each_town.db, each_town.clock, LEADER, each_town.programme, wanted) for _ in range(2)]
    first, second = await asyncio.gather(*pressed)
    assert first == second
    assert len(await each_town.rows(series_rows)) == 1
    assert len(await all_rows(each_town)) == 9


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"title": " \u200b\n"}, "meetings.title.empty"),
        ({"title": "a" * 101}, "meetings.title.too_long"),
        ({"title": "come to discord.gg/abc"}, "leaders.texts.invitation"),
        ({"zone": "Mars/Olympus"}, "meetings.no_zone"),
        ({"zone": "../../etc/passwd"}, "meetings.no_zone"),
        ({"minutes": 0}, "meetings.length"),
        ({"minutes": 10_000}, "meetings.length"),
        ({"minute": 1_440}, "meetings.never"),
        ({"capacity": 0}, "meetings.capacity"),
        ({"capacity": 10_000}, "meetings.capacity"),
        ({"format": "karaoke"}, "meetings.no_format"),
        ({"pool_id": "f" * 32}, "meetings.no_pool"),
        ({"rule": Rule(kind="once"), "starts_on": dt.date(2026, 3, 9)}, "meetings.past"),
        ({"rule": Rule(kind="once"), "minute": 12 * 60}, "meetings.past"),
        ({"starts_on": dt.date(1999, 1, 1)}, "meetings.past"),
        ({"starts_on": dt.date(9999, 12, 31)}, "meetings.too_far"),
        ({"rule": dataclasses.replace(TUESDAYS, until=dt.date(2026, 1, 1))}, "meetings.never"),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(f"{k}={v!r:.20}" for k, v in value.items()),
)
async def test_what_cannot_be_is_refused_in_words_and_nothing_is_stored(town: Town, changes: dict[str, Any], key: str):
    assert await nothing_changes(town, begin(town, **changes)) == key


@pytest.mark.parametrize("number", range(len(HOSTILE)))
async def test_whatever_a_title_holds_it_is_kept_on_one_line_or_refused(town: Town, number: int):
    card = None
    with contextlib.suppress(PeerError):
        card = await begin(town, title=HOSTILE[number])
    stored = await town.rows(series_rows)
    if card is None:
        assert stored == []
        return
    (row,) = stored
    assert row["title"] == card.series.title == " ".join(card.series.title.split())
    assert 0 < len(row["title"]) <= 100


async def test_a_programme_has_fifty_series_at_a_time(town: Town):
    cards = [await begin(town, rule=Rule(kind="once")) for _ in range(MOST_SERIES)]
    assert await nothing_changes(town, begin(town)) == "meetings.too_many"
    await meetings.cancel_series(town.db, town.clock, LEADER, town.programme, cards[0].series.id)
    await begin(town)


async def test_only_who_leads_or_manages_the_server_may_change_anything(town: Town):
    card = await begin(town)
    where, one = (town.db, town.clock), card.next.meeting.id
    for actor in (town.anna, NEIGHBOUR, Actor(7, None, manages_guild=True)):
        attempts = [
            meetings.create(*where, actor, town.programme, wish()),
            meetings.move(*where, actor, town.programme, one, day=dt.date(2026, 3, 11), minute=60),
            meetings.skip(*where, actor, town.programme, one),
            meetings.cancel(*where, actor, town.programme, one),
            meetings.bring_back(*where, actor, town.programme, one),
            meetings.cancel_series(*where, actor, town.programme, card.series.id),
        ]
        for attempt in attempts:
            assert await nothing_changes(town, attempt) == "error.only_leaders"


async def test_a_meeting_of_another_programme_or_guild_is_not_there(town: Town):
    card = await begin(town)
    where, one = (town.db, town.clock), card.next.meeting.id
    theirs = town.neighbour.programmes[0]
    for programme, actor in ((town.second, LEADER), (theirs, NEIGHBOUR)):
        attempts = [
            meetings.look(*where, actor, programme, one),
            meetings.move(*where, actor, programme, one, day=dt.date(2026, 3, 11), minute=60),
            meetings.skip(*where, actor, programme, one),
            meetings.cancel(*where, actor, programme, one),
            meetings.cancel_series(*where, actor, programme, card.series.id),
            meetings.one_series(town.db, programme, card.series.id),
        ]
        for attempt in attempts:
            assert await nothing_changes(town, attempt) == "meetings.gone"
        assert await meetings.upcoming(*where, actor, programme) == ()
        assert await meetings.series_of(town.db, programme) == ()


# -- changing one -----------------------------------------------------------------------------------------------------------


async def test_who_said_yes_is_told_of_a_move_once_and_reminded_at_the_new_time(each_town: Town):
    town, card = each_town, await begin(each_town)
    one = card.next.meeting.id
    for number, answer in ((1, "yes"), (2, "no"), (3, "yes")):
        await say(town, one, answer, number)
    seen = await move(town, one, berlin(11, 20))
    assert (seen.meeting.starts_at, seen.meeting.was_at) == (berlin(11, 20), berlin(10, 19))
    assert (seen.meeting.day, seen.meeting.revision, seen.meeting.moved) == (dt.date(2026, 3, 10), 1, True)
    said = await round_of(town)
    assert [(kind, who) for kind, who, _ in said] == [("meetings.moved", 1), ("meetings.moved", 3)]
    assert said[0][2].was_at == berlin(10, 19)
    assert await until(town, berlin(11, 21)) == [("meetings.reminder", 1), ("meetings.reminder", 3)]


async def test_moving_to_where_it_is_changes_nothing_and_of_two_moves_the_last_is_told(town: Town):
    card = await begin(town)
    one = card.next.meeting.id
    await say(town, one, "yes")
    assert not (await move(town, one, berlin(10, 19))).meeting.moved
    await move(town, one, berlin(10, 20))
    await move(town, one, berlin(10, 20))
    await move(town, one, berlin(10, 21))
    assert [(kind, facts.meeting.starts_at) for kind, _, facts in await round_of(town)] == [
        ("meetings.moved", berlin(10, 21))
    ]
    assert (await all_rows(town))[0]["revision"] == 2


async def test_a_move_that_was_made_on_an_older_state_is_refused(town: Town):
    card = await begin(town)
    one = card.next.meeting
    await move(town, one.id, berlin(10, 20), revision=one.revision)
    assert await nothing_changes(town, move(town, one.id, berlin(10, 21), revision=one.revision)) == "meetings.changed"


@pytest.mark.parametrize(
    ("day", "minute", "key"),
    [
        (dt.date(2026, 3, 10), 12 * 60, "meetings.past"),
        (dt.date(2026, 3, 9), 1_439, "meetings.past"),
        (dt.date(2028, 3, 10), 0, "meetings.too_far"),
        (dt.date(9999, 12, 31), 0, "meetings.too_far"),
        (dt.date(1, 1, 1), 0, "meetings.too_far"),
        (dt.date(2026, 3, 17), 19 * 60, "meetings.move.taken"),
    ],
    ids=str,
)
async def test_a_time_that_cannot_be_is_refused_and_nothing_is_moved(town: Town, day: dt.date, minute: int, key: str):
    one = (await begin(town)).next.meeting.id
    moving = meetings.move(town.db, town.clock, LEADER, town.programme, one, day=day, minute=minute)
    assert await nothing_changes(town, moving) == key


async def test_a_move_into_the_gap_of_the_clock_becomes_the_first_minute_after_it(each_town: Town):
    one = (await begin(each_town)).next.meeting.id
    moved = await meetings.move(
        each_town.db, each_town.clock, LEADER, each_town.programme, one, day=dt.date(2026, 3, 29), minute=150
    )
    assert moved.meeting.starts_at == dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)
    assert moved.meeting.starts_at == berlin(29, 3)
    # And to the hour that comes twice in autumn: the first of them.
    moved = await meetings.move(
        each_town.db, each_town.clock, LEADER, each_town.programme, one, day=dt.date(2026, 10, 25), minute=150
    )
    assert moved.meeting.starts_at == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


async def test_a_date_that_the_zone_leaves_out_is_no_place_to_move_to(town: Town):
    card = await begin(town, zone="Pacific/Apia", rule=DAILY)
    town.clock.set(dt.datetime(2011, 12, 20, tzinfo=dt.UTC))
    moving = meetings.move(
        town.db, town.clock, LEADER, town.programme, card.next.meeting.id, day=dt.date(2011, 12, 30), minute=600
    )
    assert await nothing_changes(town, moving) == "meetings.no_such_day"


async def test_a_skip_around_the_change_of_the_clock_leaves_the_others_at_their_time(each_town: Town):
    await begin(each_town, rule=DAILY, minute=150)
    before = {row["day"]: row["starts_at"] for row in await all_rows(each_town)}
    (gap,) = [one for one in await comes(each_town, limit=100) if one.meeting.day == dt.date(2026, 3, 29)]
    assert gap.meeting.starts_at == berlin(29, 3)
    await meetings.skip(each_town.db, each_town.clock, LEADER, each_town.programme, gap.meeting.id)
    rows = await all_rows(each_town)
    assert {row["day"]: row["starts_at"] for row in rows} == before
    assert {row["day"] for row in rows if row["state"] == "skipped"} == {dt.date(2026, 3, 29)}
    assert dt.date(2026, 3, 29) not in {one.meeting.day for one in await comes(each_town, limit=100)}


@pytest.mark.parametrize("what", ["skip", "cancel"])
async def test_who_said_yes_hears_once_that_it_is_off_and_again_that_it_is_on(each_town: Town, what: str):
    town, card = each_town, await begin(each_town)
    one, where = card.next.meeting.id, (each_town.db, each_town.clock, LEADER, each_town.programme)
    await say(town, one, "yes", 1)
    await say(town, one, "no", 2)
    for _ in range(2):
        seen = await getattr(meetings, what)(*where, one)
        assert seen.meeting.state == {"skip": "skipped", "cancel": "cancelled"}[what]
    kind = {"skip": "meetings.skipped", "cancel": "meetings.cancelled"}[what]
    assert [(kind_, who) for kind_, who, _ in await round_of(town)] == [(kind, 1)]
    assert [row["state"] for row in await all_rows(town) if row["id"] == one] == [seen.meeting.state]
    for _ in range(2):
        assert (await meetings.bring_back(*where, one)).meeting.state == "planned"
    assert [(kind_, who) for kind_, who, _ in await round_of(town)] == [("meetings.back", 1)]
    assert await until(town, berlin(10, 19)) == [("meetings.reminder", 1)]


async def test_one_that_is_off_reminds_nobody(town: Town):
    one = (await begin(town)).next.meeting.id
    await say(town, one, "yes")
    await meetings.skip(town.db, town.clock, LEADER, town.programme, one)
    assert await until(town, berlin(10, 22)) == [("meetings.skipped", 1)]


async def test_what_is_over_under_way_or_off_is_not_changed(town: Town):
    where = (town.db, town.clock, LEADER, town.programme)
    one = (await begin(town)).next.meeting.id
    await meetings.skip(*where, one)
    assert await nothing_changes(town, move(town, one, berlin(11))) == "meetings.off"
    await meetings.bring_back(*where, one)
    town.clock.set(berlin(10, 19, 30))
    assert await nothing_changes(town, move(town, one, berlin(11))) == "meetings.running"
    assert await nothing_changes(town, meetings.skip(*where, one)) == "meetings.running"
    town.clock.set(berlin(10, 23))
    for attempt in (meetings.skip(*where, one), meetings.cancel(*where, one), move(town, one, berlin(11))):
        assert await nothing_changes(town, attempt) == "meetings.over"


async def test_one_that_nobody_came_to_host_can_be_called_off_after_its_beginning(town: Town):
    one = (await begin(town)).next.meeting.id
    await say(town, one, "yes")
    await until(town, berlin(10, 19, 15))
    await meetings.cancel(town.db, town.clock, LEADER, town.programme, one)
    assert [(kind, who) for kind, who, _ in await round_of(town)] == [("meetings.cancelled", 1)]


async def test_with_a_series_everything_to_come_is_off_and_everybody_is_told_once(each_town: Town):
    town, card = each_town, await begin(each_town)
    first, second = (await comes(town))[:2]
    for number in (1, 2):
        await say(town, first.meeting.id, "yes", number)
        await say(town, second.meeting.id, "yes", number)
    await say(town, first.meeting.id, "no", 3)
    for _ in range(2):
        ended = await meetings.cancel_series(town.db, town.clock, LEADER, town.programme, card.series.id)
        assert ended.ended_at == town.clock.now()
    said = await round_of(town)
    assert [(kind, who) for kind, who, _ in said] == [("meetings.cancelled", 1), ("meetings.cancelled", 2)]
    assert {facts.meeting for _, _, facts in said} == {None}
    assert {row["state"] for row in await all_rows(town)} == {"cancelled"}
    assert await comes(town, also_off=True) == ()
    assert await until(town, berlin(30)) == []
    assert (
        await nothing_changes(town, meetings.bring_back(town.db, town.clock, LEADER, town.programme, first.meeting.id))
        == "meetings.gone"
    )


async def test_many_are_told_in_parts_and_what_a_death_left_untold_is_told_later(
    each_town: Town, monkeypatch: pytest.MonkeyPatch
):
    town, one = each_town, (await begin(each_town)).next.meeting.id
    for number in range(5):
        await say(town, one, "yes", number)
    monkeypatch.setattr(steps, "CHUNK", 2)

    async def dies(*args: object, **options: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as dying:
        dying.setattr(meetings._leading, "go_on_telling", dies)
        with pytest.raises(ConnectionError):
            await move(town, one, berlin(10, 20))
    assert len(await planned(town, meetings.MOVED)) == 2
    await meetings.extend(town.db, town.clock)
    await meetings.extend(town.db, town.clock)
    assert [who for kind, who, _ in await round_of(town)] == [0, 1, 2, 3, 4]
    assert len(await planned(town, "meetings.reminder")) == 5


async def test_many_are_told_that_it_is_off_whoever_called_it_off(each_town: Town, monkeypatch: pytest.MonkeyPatch):
    town, card = each_town, await begin(each_town)
    one = card.next.meeting.id
    for number in range(5):
        await say(town, one, "yes", number)
    monkeypatch.setattr(steps, "CHUNK", 2)
    now, meeting = town.clock.now(), card.next.meeting
    await town.db.write(lambda tx: steps.call_off(tx, card.series, meeting, now=now))
    said = [who for _ in range(2) for _, who, _ in await round_of(town)]
    assert sorted(said) == [0, 1, 2, 3, 4]


async def test_who_says_yes_after_a_move_is_not_told_of_it(town: Town, monkeypatch: pytest.MonkeyPatch):
    one = (await begin(town)).next.meeting.id
    await say(town, one, "yes", 1)
    monkeypatch.setattr(meetings._leading, "go_on_telling", lambda *_, **__: asyncio.sleep(0))
    monkeypatch.setattr(steps, "CHUNK", 1)
    await move(town, one, berlin(10, 20))
    town.later(minutes=5)
    await say(town, one, "yes", 2)
    monkeypatch.undo()
    await meetings.extend(town.db, town.clock)
    assert [who for _, who, _ in await round_of(town)] == [1]
    assert await until(town, berlin(10, 20)) == [("meetings.reminder", 1), ("meetings.reminder", 2)]


# -- going on ---------------------------------------------------------------------------------------------------------------


async def test_occurrences_are_made_further_as_time_goes_by_and_never_twice(each_town: Town):
    town = each_town
    await begin(town)
    await meetings.extend(town.db, town.clock)
    before = await all_rows(town)
    assert len(before) == 9
    town.later(days=30)
    await asyncio.gather(*(meetings.extend(town.db, town.clock) for _ in range(3)))
    after = await all_rows(town)
    assert after[:9] == before
    assert [row["day"] for row in after] == [dt.date(2026, 3, 10) + dt.timedelta(weeks=n) for n in range(13)]


async def test_one_that_was_moved_or_skipped_stays_so_when_occurrences_are_made_further(town: Town):
    await begin(town)
    first, second = (await comes(town))[:2]
    await move(town, first.meeting.id, berlin(11, 20))
    await meetings.skip(town.db, town.clock, LEADER, town.programme, second.meeting.id)
    before = (await all_rows(town))[:2]
    town.later(hours=24)
    await meetings.extend(town.db, town.clock)
    assert [{**row} for row in (await all_rows(town))[:2]] == before


async def test_after_a_course_is_over_nothing_is_made(town: Town):
    card = await begin(town, rule=dataclasses.replace(TUESDAYS, times=6))
    assert len(await all_rows(town)) == 6
    town.later(days=60)
    await meetings.extend(town.db, town.clock)
    assert len(await all_rows(town)) == 6
    assert await comes(town) == ()
    assert (await meetings.one_series(town.db, town.programme, card.series.id)).ended_at is None


async def test_a_new_edition_of_the_zones_moves_only_what_it_changes_and_tells_only_those(
    each_town: Town, monkeypatch: pytest.MonkeyPatch
):
    town = each_town
    berlin_card = await begin(town, title="Berlin")
    lima_card = await begin(town, title="Lima", zone="America/Lima", minute=13 * 60)
    await say(town, berlin_card.next.meeting.id, "yes", 1)
    lima = [one.meeting for one in await comes(town, series_id=lima_card.series.id)]
    for one in lima[:2]:
        await say(town, one.id, "yes", 2)
    moved = await move(town, lima[2].id, berlin(24, 22))
    await meetings.extend(town.db, town.clock)
    await round_of(town)

    def an_hour_later(series: Any, meeting: Any) -> dt.datetime:
        return meeting.starts_at + dt.timedelta(hours=series.zone == "America/Lima")

    monkeypatch.setattr("bot.services.meetings._due.rules.starts_anew", an_hour_later)
    await meetings.extend(town.db, town.clock)
    assert await round_of(town) == []
    monkeypatch.setattr("bot.services.meetings._due.EDITION", "2099z")
    await meetings.extend(town.db, town.clock)
    said = await round_of(town)
    assert [(kind, who) for kind, who, _ in said] == [("meetings.moved", 2), ("meetings.moved", 2)]
    now = {one.meeting.id: one.meeting.starts_at for one in await comes(town)}
    assert all(now[one.id] == one.starts_at + dt.timedelta(hours=1) for one in lima if one.id != moved.meeting.id)
    assert now[berlin_card.next.meeting.id] == berlin(10, 19)
    # A process that knows the older zones does not move everything back.
    monkeypatch.setattr("bot.services.meetings._due.EDITION", "2000a")
    await meetings.extend(town.db, town.clock)
    assert await round_of(town) == []


async def test_what_was_moved_by_hand_keeps_its_own_clock_when_zones_change(town: Town):
    one = (await begin(town)).next.meeting.id
    moved = await move(town, one, berlin(11, 20))
    assert starts_anew(moved.series, moved.meeting) == berlin(11, 20)


# -- the card ---------------------------------------------------------------------------------------------------------------


def with_channels(town: Town, **channels: int) -> None:
    town.programme = dataclasses.replace(town.programme, channels=channels)


async def card_of(town: Town, series_id: str) -> Any:
    (panel,) = await panels.about(town.db, town.guild.guild_id, meetings.PANEL, series_id)
    return panel, await meetings.card(town.db, town.clock, panel)


async def test_each_series_has_one_card_in_the_channel_for_it_or_else_with_the_group(each_town: Town):
    town = each_town
    with_channels(town, group=CARDS_STAND_IN)
    first = await begin(town, title="One")
    with_channels(town, group=CARDS_STAND_IN, meetings=CARDS_STAND_IN + 1)
    second = await begin(town, title="Two")
    assert (await card_of(town, first.series.id))[0].channel_id == CARDS_STAND_IN
    panel, facts = await card_of(town, second.series.id)
    assert panel.channel_id == CARDS_STAND_IN + 1
    assert facts.series.title == "Two"
    assert facts == second


async def test_a_card_goes_on_to_the_next_occurrence_when_one_is_over(town: Town):
    with_channels(town, group=CARDS_STAND_IN)
    first = await begin(town)
    due = await planned(town, meetings.TURN)
    assert [row["due_at"] for row in due] == [berlin(10, 20, 30)]
    await until(town, berlin(10, 21))
    _, facts = await card_of(town, first.series.id)
    assert facts.next.meeting.day == dt.date(2026, 3, 17)
    assert [row["due_at"] for row in await planned(town, meetings.TURN)] == [berlin(17, 20, 30)]


async def test_a_card_says_how_many_come_and_what_is_not_as_usual(town: Town):
    with_channels(town, group=CARDS_STAND_IN)
    card = await begin(town, capacity=2)
    first, second, third = (await comes(town))[:3]
    for number in range(3):
        await say(town, first.meeting.id, "yes", number)
    await meetings.skip(town.db, town.clock, LEADER, town.programme, second.meeting.id)
    await move(town, third.meeting.id, berlin(25, 18))
    _, facts = await card_of(town, card.series.id)
    assert (facts.next.coming, facts.next.waiting, facts.next.free) == (2, 1, 0)
    assert [(one.id, one.state) for one in facts.exceptions] == [
        (second.meeting.id, "skipped"),
        (third.meeting.id, "planned"),
    ]


async def test_a_card_is_not_wanted_once_nothing_is_to_come(town: Town):
    with_channels(town, group=CARDS_STAND_IN)
    card = await begin(town, rule=Rule(kind="once"))
    panel, facts = await card_of(town, card.series.id)
    assert facts is not None
    await meetings.cancel_series(town.db, town.clock, LEADER, town.programme, card.series.id)
    assert await meetings.card(town.db, town.clock, panel) is None
    other = await begin(town, rule=Rule(kind="once"))
    panel, _ = await card_of(town, other.series.id)
    assert await meetings.card(town.db, town.clock, dataclasses.replace(panel, programme_id="f" * 32)) is None
    town.clock.set(berlin(10, 23))
    assert await meetings.card(town.db, town.clock, panel) is None
