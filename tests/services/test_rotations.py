"""Pools are made and filled by leaders; turns go to whoever is next, are counted once, and belong to who hosted."""

import datetime as dt
from fractions import Fraction

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.rotations import MOST_IN_POOL, TURN, Decided, Rules, Seat
from bot.errors import PeerError
from bot.services import rotations
from data import life
from data.schema import leaders, pool_members
from tests.services.conftest import Town
from tests.services.rotating import (
    EVENING,
    FIRST,
    LEAD,
    SERIES,
    change,
    hosts,
    live,
    meets,
    on_list,
    pool_of,
    until,
    who,
)
from tests.store.rows import HERE, NOON, THERE

WEEK = dt.timedelta(days=7)


async def refused(work: object) -> str:
    with pytest.raises(PeerError) as found:
        await work  # type: ignore[misc]  # any of the services' coroutines
    return found.value.key


async def place(town: Town, pool_id: str, user_id: int) -> str:
    shown = await rotations.show(town.db, town.clock, LEAD, town.programme, pool_id)
    return next(one.id for one in shown.people if one.user_id == user_id)


async def owed(town: Town) -> dict[str, Fraction]:
    rows = await town.db.read(lambda tx: tx.execute(sa.select(pool_members)).all())
    return {row.member_ref: Fraction(row.owed, TURN) for row in rows}


# -- pools ------------------------------------------------------------------------------------------------------------------


async def test_leaders_make_a_pool_and_fill_it_from_their_list(each_town: Town) -> None:
    town = each_town
    pool_id, _ = await pool_of(town, 1, 1)
    shown = await rotations.show(town.db, town.clock, LEAD, town.programme, pool_id)
    assert {(one.user_id, one.seat, one.hosted, one.owed) for one in shown.people} == {
        (FIRST, Seat.EXPERIENCED, 0, 0),
        (FIRST + 1, Seat.LEARNING, 0, 0),
    }
    assert [one.name for one in await rotations.pools(town.db, LEAD, town.programme)] == ["Evenings"]
    _, new = await rotations.add(town.db, town.clock, LEAD, town.programme, pool_id, FIRST)
    assert not new


@pytest.mark.parametrize("name", ["", "   ", "x" * 51, "a\x00b", "a\u202eb"])
async def test_a_pool_has_a_name_that_can_be_read(town: Town, name: str) -> None:
    assert await refused(rotations.create(town.db, town.clock, LEAD, town.programme, name)) == "rotations.create.name"


async def test_two_pools_of_a_programme_have_two_names_and_there_is_an_end_to_them(town: Town) -> None:
    await rotations.create(town.db, town.clock, LEAD, town.programme, "Evenings")
    again = rotations.create(town.db, town.clock, LEAD, town.programme, " evenings ")
    assert await refused(again) == "rotations.create.taken"
    for number in range(rotations.MOST_POOLS - 1):
        await rotations.create(town.db, town.clock, LEAD, town.programme, f"Pool {number}")
    one_more = rotations.create(town.db, town.clock, LEAD, town.programme, "More")
    assert await refused(one_more) == "rotations.create.most"


async def test_a_bot_somebody_not_on_the_list_and_one_too_many_are_refused(town: Town) -> None:
    pool_id, _ = await pool_of(town, 0)
    add = (town.db, town.clock, LEAD, town.programme, pool_id)
    assert await refused(rotations.add(*add, FIRST, is_bot=True)) == "rotations.add.bot"
    assert await refused(rotations.add(*add, FIRST + 5)) == "rotations.add.not_listed"
    for number in range(MOST_IN_POOL + 1):
        await on_list(town, number)
    for number in range(MOST_IN_POOL):
        await rotations.add(*add, FIRST + number)
    assert await refused(rotations.add(*add, FIRST + MOST_IN_POOL)) == "rotations.add.full"


async def test_only_leaders_see_or_change_a_pool_and_another_guild_s_is_none(town: Town) -> None:
    pool_id, _ = await pool_of(town, 1)
    stranger = Actor(1, HERE)
    for work in (
        rotations.show(town.db, town.clock, stranger, town.programme, pool_id),
        rotations.add(town.db, town.clock, stranger, town.programme, pool_id, FIRST),
        rotations.remove(town.db, town.clock, stranger, town.programme, await place(town, pool_id, FIRST)),
        rotations.remove(town.db, town.clock, stranger, town.programme, "f" * 32),
        rotations.create(town.db, town.clock, stranger, town.programme, "Mine"),
        rotations.pools(town.db, stranger, town.programme),
    ):
        assert await refused(work) == "error.only_leaders"
    theirs = town.neighbour.programmes[0]
    there = Actor(1, THERE, manages_guild=True)
    assert await refused(rotations.show(town.db, town.clock, there, theirs, pool_id)) == "rotations.gone"
    assert await refused(rotations.show(town.db, town.clock, LEAD, town.second, pool_id)) == "rotations.gone"


async def test_rules_under_which_nobody_could_host_are_refused(town: Town) -> None:
    made = rotations.create(town.db, town.clock, LEAD, town.programme, "P", Rules(seats=3))
    assert await refused(made) == "rotations.rules.seats"


# -- turns ------------------------------------------------------------------------------------------------------------------


async def test_what_comes_within_two_weeks_has_two_hosts_one_of_them_learning(each_town: Town) -> None:
    town = each_town
    pool_id, refs = await pool_of(town, 2, 1)
    soon, later = await meets(town, pool_id, EVENING, EVENING + 4 * WEEK)
    assert await hosts(town, later) == []
    first, second = await hosts(town, soon)
    assert first[:2] == (0, "asked")
    assert first[2] in refs[:2]
    assert second == (1, "asked", refs[2])


async def test_where_nothing_comes_within_two_weeks_the_next_one_has_its_host(town: Town) -> None:
    pool_id, _ = await pool_of(town, 2, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING + 4 * WEEK)
    assert [one[:2] for one in await hosts(town, meeting)] == [(0, "asked")]


async def test_turns_go_round_and_what_each_owes_is_counted_once(each_town: Town) -> None:
    town = each_town
    pool_id, refs = await pool_of(town, 3, seats=1)
    await meets(town, pool_id, *(EVENING + number * WEEK for number in range(6)))
    for number in range(6):
        town.clock.set(EVENING + number * WEEK + dt.timedelta(hours=2))
        await rotations.plan_ahead(town.db, town.clock)
        await rotations.plan_ahead(town.db, town.clock)
    done = [ref for _, state, ref in await hosts(town) if state == "hosted"]
    assert sorted(done[:3]) == sorted(done[3:]) == sorted(refs)
    assert set((await owed(town)).values()) == {0}
    shown = await rotations.show(town.db, town.clock, LEAD, town.programme, pool_id)
    assert [(one.hosted, one.share) for one in shown.people] == [(2, 2)] * 3


async def test_who_is_next_and_why_is_said_in_numbers(town: Town) -> None:
    pool_id, _ = await pool_of(town, 3, seats=1)
    await meets(town, pool_id, EVENING)
    shown = await rotations.show(town.db, town.clock, LEAD, town.programme, pool_id)
    assert shown.next[0].why is not Decided.OWES_MORE
    town.clock.set(EVENING + WEEK)
    await rotations.plan_ahead(town.db, town.clock)
    await on_list(town, 9)
    await rotations.add(town.db, town.clock, LEAD, town.programme, pool_id, FIRST + 9)
    shown = await rotations.show(town.db, town.clock, LEAD, town.programme, pool_id)
    assert shown.next[0].first.owed == Fraction(1, 3)
    assert [one.owed for one in shown.people if one.user_id == FIRST + 9] == [0]
    assert min(one.owed for one in shown.people) == Fraction(-2, 3)


async def test_somebody_who_was_certified_sits_in_the_other_seat_level_with_the_others(town: Town) -> None:
    pool_id, refs = await pool_of(town, 1, 2)
    await meets(town, pool_id, EVENING, EVENING + WEEK, EVENING + 2 * WEEK)
    town.clock.set(EVENING + dt.timedelta(hours=2))
    await rotations.plan_ahead(town.db, town.clock)
    assert set((await owed(town)).values()) == {0, Fraction(1, 2), Fraction(-1, 2)}
    certified = sa.update(leaders).where(leaders.c.member_ref.in_(refs[1:])).values(certified_on=NOON.date())
    await town.db.write(lambda tx: tx.execute(certified) and None)
    await rotations.plan_ahead(town.db, town.clock)
    shown = await rotations.show(town.db, town.clock, LEAD, town.programme, pool_id)
    assert {one.seat for one in shown.people} == {Seat.EXPERIENCED}
    assert set((await owed(town)).values()) == {0}


async def test_a_meeting_that_is_skipped_or_called_off_counts_for_nobody_and_its_hosts_hear_nothing(town: Town) -> None:
    pool_id, _ = await pool_of(town, 2, seats=1)
    soon, later = await meets(town, pool_id, EVENING, EVENING + dt.timedelta(days=1))
    await change(town, soon, state="skipped")
    await change(town, later, state="cancelled")
    assert {state for _, state, _ in await hosts(town)} == {"void"}
    assert await until(town, EVENING + WEEK) == []
    await rotations.plan_ahead(town.db, town.clock)
    assert set((await owed(town)).values()) == {0}


async def test_whoever_hosts_one_that_was_moved_is_asked_anew_for_the_new_time(town: Town) -> None:
    pool_id, _ = await pool_of(town, 2, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    ref = (await live(town, meeting)).member_ref
    assert await until(town, EVENING - dt.timedelta(hours=71)) == [("confirm", "confirm-72h", ref)]
    at = EVENING + dt.timedelta(days=3)
    await change(town, meeting, starts_at=at, ends_at=at + dt.timedelta(hours=1), moved=True)
    assert await until(town, at - dt.timedelta(hours=73)) == []
    said = await until(town, at - dt.timedelta(hours=1))
    assert said == [("confirm", "confirm-72h", ref), ("confirm", "confirm-24h", ref)]


async def test_a_series_that_another_pool_hosts_from_now_on_asks_nobody_of_the_first_one(each_town: Town) -> None:
    town = each_town
    pool_id, _ = await pool_of(town, 2, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    second = await rotations.create(town.db, town.clock, LEAD, town.programme, "Second", Rules(seats=1))
    ref = await on_list(town, 7)
    await rotations.add(town.db, town.clock, LEAD, town.programme, second.pool.id, FIRST + 7)
    change_to = (town.db, town.clock, LEAD, town.programme, second.pool.id)
    assert await refused(rotations.host_series(*change_to, ["f" * 32])) == "rotations.series.gone"
    shown = await rotations.host_series(*change_to, [SERIES])
    assert [(row_id, hosts_it) for row_id, _, hosts_it in shown.series] == [(SERIES, True)]
    assert (await live(town, meeting)).member_ref == ref
    assert {to for _, _, to in await until(town, EVENING - dt.timedelta(hours=1))} == {ref}
    await rotations.host_series(*change_to, [])
    assert {state for _, state, _ in await hosts(town, meeting)} == {"void"}


# -- leaving ----------------------------------------------------------------------------------------------------------------


async def test_leaving_the_pool_opens_what_was_theirs_and_leaves_the_others_as_they_are(each_town: Town) -> None:
    town = each_town
    pool_id, refs = await pool_of(town, 3, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    ref = (await live(town, meeting)).member_ref
    number = refs.index(ref)
    row_id = await place(town, pool_id, FIRST + number)
    _, opened = await rotations.remove(town.db, town.clock, who(number), town.programme, row_id)
    assert opened == 1
    assert (await live(town, meeting)).state == "open"
    asked = {to for kind, _, to in await until(town, EVENING - dt.timedelta(hours=71)) if kind == "ask_pool"}
    assert asked == set(refs) - {ref}
    gone = rotations.remove(town.db, town.clock, LEAD, town.programme, row_id)
    assert await refused(gone) == "rotations.not_in_pool"


async def test_erasing_somebody_opens_their_turn_and_changes_nobody_else_s_count(each_town: Town) -> None:
    town = each_town
    pool_id, refs = await pool_of(town, 3, seats=1)
    _, meeting = await meets(town, pool_id, EVENING, EVENING + WEEK)
    town.clock.set(EVENING + dt.timedelta(hours=2))
    await rotations.plan_ahead(town.db, town.clock)
    before, ref = await owed(town), (await live(town, meeting)).member_ref
    user_id = FIRST + refs.index(ref)
    copy = await town.db.read(lambda tx: life.export(tx, user_id, vault=town.vault))
    assert copy["pool_members"][0]["seat"] == "experienced"
    assert copy["hostings"][0]["state"] == "asked"
    await town.db.write_chunks(lambda tx: life.erase_step(tx, user_id))
    await rotations.plan_ahead(town.db, town.clock)
    assert await owed(town) == {one: value for one, value in before.items() if one != ref}
    assert (await live(town, meeting)).state == "open"
    assert ref not in {one for _, _, one in await hosts(town)}
    asked = {to for kind, _, to in await until(town, EVENING + WEEK - dt.timedelta(hours=71)) if kind == "ask_pool"}
    assert asked == set(refs) - {ref}


async def test_whoever_is_away_is_asked_for_nothing_on_those_dates_and_their_turn_is_open(each_town: Town) -> None:
    town = each_town
    pool_id, refs = await pool_of(town, 2, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    number = refs.index((await live(town, meeting)).member_ref)
    row_id, day = await place(town, pool_id, FIRST + number), EVENING.date()
    away = (town.db, town.clock, who(number), town.programme, row_id)
    _, opened = await rotations.set_away(*away, (day + dt.timedelta(days=1)).isoformat(), "2026-12-24")
    assert opened == 0
    _, opened = await rotations.set_away(*away, day.isoformat(), day.isoformat())
    assert (opened, (await live(town, meeting)).state) == (1, "open")
    other = (town.db, town.clock, who(1 - number), town.programme, row_id)
    assert await refused(rotations.set_away(*other, day.isoformat(), day.isoformat())) == "error.only_leaders"


@pytest.mark.parametrize(
    ("first", "last", "key"),
    [
        ("24.12.2026", "2026-12-24", "rotations.date.unknown"),
        ("2026-02-30", "2026-12-24", "rotations.date.unknown"),
        ("2026-03-09", "2026-12-24", "rotations.date.past"),
        ("2026-12-24", "9999-12-31", "rotations.date.past"),
        ("2026-12-24", "2026-12-23", "rotations.date.ends_first"),
    ],
)
async def test_dates_that_cannot_be_are_refused_and_nothing_is_stored(
    town: Town, first: str, last: str, key: str
) -> None:
    pool_id, _ = await pool_of(town, 1, seats=1)
    row_id = await place(town, pool_id, FIRST)
    assert await refused(rotations.set_away(town.db, town.clock, who(0), town.programme, row_id, first, last)) == key
    assert [row["away"] for row in await town.rows(pool_members)] == [[]]


async def test_after_the_end_of_their_service_somebody_hosts_nothing(town: Town) -> None:
    pool_id, refs = await pool_of(town, 2, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    number = refs.index((await live(town, meeting)).member_ref)
    row_id, day = await place(town, pool_id, FIRST + number), EVENING.date()
    term = (town.db, town.clock, LEAD, town.programme, row_id)
    assert (await rotations.set_term(*term, day.isoformat()))[1] == 0
    assert (await rotations.set_term(*term, (day - dt.timedelta(days=1)).isoformat()))[1] == 1
    assert await refused(rotations.set_term(*term, "soon")) == "rotations.date.unknown"
    own = rotations.set_term(town.db, town.clock, who(number), town.programme, row_id, "")
    assert await refused(own) == "error.only_leaders"


async def test_somebody_who_rests_is_asked_for_nothing(town: Town) -> None:
    pool_id, _ = await pool_of(town, 2, seats=1)
    (meeting,) = await meets(town, pool_id, EVENING)
    ref = (await live(town, meeting)).member_ref
    resting = sa.update(leaders).where(leaders.c.member_ref == ref).values(resting_since=NOON.date())
    await town.db.write(lambda tx: tx.execute(resting) and None)
    await rotations.plan_ahead(town.db, town.clock)
    assert (await live(town, meeting)).state == "open"
    assert ref not in {to for _, _, to in await until(town, EVENING - dt.timedelta(minutes=40))}


async def test_a_guild_that_is_removed_takes_its_pools_along(town: Town) -> None:
    pool_id, _ = await pool_of(town, 2, 1)
    await meets(town, pool_id, EVENING)
    await town.db.write_chunks(lambda tx: life.remove_guild_step(tx, HERE))
    assert await rotations.plan_ahead(town.db, town.clock) == 0
