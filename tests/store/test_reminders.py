"""When members want to be asked: one row for each programme and member, found by whoever may, and what was planned for it."""

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.reminders import Planned
from data.db import Database
from data.store import guilds, outbox, people, reminders
from data.store.reminders import Row, Unplanned
from tests.store.planned import planned, take
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, REFUSED, THEIRS, THERE, put_member, put_two_guilds

KIND = "checkins.remind"
TOO_LATE = NOON + dt.timedelta(hours=1)
ONE, OTHER, THIRD = "1" * 32, "2" * 32, "3" * 32


def put(tx: sa.Connection, reminder_id: str = ONE, user_id: int = ANNA, *, guild_id: int = HERE) -> str:
    """Store a reminder at nine, and return its member's ref."""
    ref = put_member(tx, guild_id, user_id).ref
    programme_id = OURS if guild_id == HERE else THEIRS
    reminders.ensure(tx, reminder_id, guild_id, programme_id, ref, minute=540, days="every")
    return ref


def plan(tx: sa.Connection, number: int, reminder_id: str = ONE, day: str = "2026-03-10", revision: int = 0) -> None:
    outbox.plan(tx, planned(number, kind=KIND, subject=reminder_id, revision=revision, payload={"day": day}))


async def test_a_reminder_is_found_by_its_id_and_by_whose_it_is(db: Database) -> None:
    def work(tx: sa.Connection) -> list[Row | None]:
        put_two_guilds(tx)
        ref = put(tx)
        by_whose = reminders.fetch_of(tx, HERE, OURS, ref)
        assert reminders.fetch(tx, HERE, ONE) == by_whose
        assert reminders.fetch_of_person(tx, f"{ANNA:032x}") == [by_whose]
        return [by_whose, reminders.fetch_of(tx, HERE, OURS, "f" * 32), reminders.fetch(tx, HERE, OTHER)]

    found, *others = await db.write(work)
    assert others == [None, None]
    assert found is not None
    assert (found.minute, found.days, found.revision, found.unanswered) == (540, "every", 0, 0)
    assert (found.zone, found.preset, found.is_live, found.stopped_at) == ("Europe/Berlin", "recovery", True, None)
    assert "9" not in repr(found)


async def test_a_second_one_in_the_same_programme_leaves_the_first_as_it_is(db: Database) -> None:
    def work(tx: sa.Connection) -> list[Row | None]:
        put_two_guilds(tx)
        ref = put(tx)
        reminders.ensure(tx, OTHER, HERE, OURS, ref, minute=600, days="weekdays")
        return [reminders.fetch(tx, HERE, ONE), reminders.fetch(tx, HERE, OTHER)]

    found, second = await db.write(work)
    assert found is not None
    assert (found.minute, found.days, second) == (540, "every", None)


async def test_what_is_changed_is_found_again(db: Database) -> None:
    changes = {
        "minute": 1_439,
        "days": "weekdays",
        "revision": 3,
        "stopped_at": NOON,
        "paused_at": NOON,
        "paused_until": NOON + dt.timedelta(days=7),
        "passed_on": NOON.date(),
        "answered_at": NOON,
        "said_at": NOON - dt.timedelta(hours=1),
        "unanswered": 2,
    }

    def work(tx: sa.Connection) -> Row | None:
        put_two_guilds(tx)
        put(tx)
        reminders.update(tx, HERE, ONE, **changes)
        return reminders.fetch(tx, HERE, ONE)

    found = await db.write(work)
    assert found is not None
    assert {name: getattr(found, name) for name in changes} == changes


async def test_days_that_are_none_are_refused(db: Database) -> None:
    def work(tx: sa.Connection) -> None:
        put_two_guilds(tx)
        ref = put_member(tx, HERE, ANNA).ref
        reminders.ensure(tx, ONE, HERE, OURS, ref, minute=540, days="never")  # type: ignore[arg-type]  # wrong on purpose

    with pytest.raises(REFUSED):
        await db.write(work)


async def test_the_zone_is_the_persons_own_or_else_the_guilds(db: Database) -> None:
    def work(tx: sa.Connection) -> tuple[str, str]:
        put_two_guilds(tx)
        put(tx)
        before = reminders.fetch(tx, HERE, ONE)
        people.update_person(tx, f"{ANNA:032x}", zone="Asia/Tokyo")
        after = reminders.fetch(tx, HERE, ONE)
        assert before is not None
        assert after is not None
        return before.zone, after.zone

    assert await db.write(work) == ("Europe/Berlin", "Asia/Tokyo")


async def test_all_of_a_persons_are_found_in_every_guild_and_nobody_elses(db: Database) -> None:
    def work(tx: sa.Connection) -> list[str]:
        put_two_guilds(tx)
        put(tx)
        put(tx, OTHER, guild_id=THERE)
        put(tx, THIRD, BEN)
        return [row.id for row in reminders.fetch_of_person(tx, f"{ANNA:032x}")]

    assert await db.write(work) == [ONE, OTHER]


async def test_what_was_planned_tells_its_day_and_whether_it_may_have_arrived(db: Database) -> None:
    def work(tx: sa.Connection) -> list[Planned]:
        put_two_guilds(tx)
        put(tx)
        plan(tx, 1)
        (row,) = take(tx)
        outbox.first_try(tx, HERE, row.id, row.fence, at=NOON, channel_id=5)
        plan(tx, 2, day="2026-03-11", revision=1)
        plan(tx, 3, OTHER)
        outbox.plan(tx, planned(4, subject=ONE, payload={"day": "2026-03-12"}))
        return sorted(reminders.fetch_planned(tx, HERE, KIND, ONE))

    assert await db.write(work) == [
        Planned(dt.date(2026, 3, 10), 0, "claimed", TOO_LATE, True),
        Planned(dt.date(2026, 3, 11), 1, "pending", TOO_LATE, False),
    ]


async def test_those_for_whom_nothing_is_planned_are_found_in_steps(db: Database) -> None:
    def work(tx: sa.Connection) -> list[tuple[str | None, list[Unplanned]]]:
        put_two_guilds(tx)
        put(tx)
        put(tx, OTHER, BEN)
        put(tx, THIRD, guild_id=THERE)
        plan(tx, 1, OTHER)
        steps, last = [], ""
        while last is not None:
            steps.append(reminders.fetch_unplanned(tx, KIND, now=NOON, after_id=last, look_at=2))
            last = steps[-1][0]
        return steps

    assert await db.write(work) == [(OTHER, [Unplanned(HERE, ONE)]), (THIRD, [Unplanned(THERE, THIRD)]), (None, [])]


@pytest.mark.parametrize("state", ["pending", "claimed", "held", "sent", "expired", "dead", "cancelled"])
async def test_what_is_over_is_planned_no_more(db: Database, state: str) -> None:
    def work(tx: sa.Connection) -> list[Unplanned]:
        put_two_guilds(tx)
        put(tx)
        plan(tx, 1)
        if state != "pending":
            (row,) = take(tx)
            if state == "held":
                outbox.hold(tx, HERE, row.id, row.fence, now=NOON, error="unknown kind")
            elif state == "sent":
                outbox.mark_sent(tx, HERE, row.id, row.fence, message_id=1, now=NOON)
            elif state != "claimed":
                outbox.mark_over(tx, HERE, row.id, row.fence, state=state, now=NOON, error=None)  # type: ignore[arg-type]  # one of these
        return reminders.fetch_unplanned(tx, KIND, now=NOON, after_id="", look_at=9)[1]

    is_planned = state in ("pending", "claimed", "held")
    assert await db.write(work) == ([] if is_planned else [Unplanned(HERE, ONE)])


@pytest.mark.parametrize("state", ["pending", "claimed", "held"])
async def test_what_waits_although_it_is_too_late_counts_no_more(db: Database, state: str) -> None:
    def work(tx: sa.Connection) -> list[Unplanned]:
        put_two_guilds(tx)
        put(tx)
        plan(tx, 1)
        if state != "pending":
            (row,) = take(tx)
            if state == "held":
                outbox.hold(tx, HERE, row.id, row.fence, now=NOON, error="unknown kind")
        return reminders.fetch_unplanned(tx, KIND, now=TOO_LATE, after_id="", look_at=9)[1]

    assert await db.write(work) == [Unplanned(HERE, ONE)]


async def test_nothing_is_missed_where_it_was_stopped_or_there_is_no_programme_any_more(db: Database) -> None:
    def work(tx: sa.Connection) -> list[list[Unplanned]]:
        put_two_guilds(tx)
        put(tx)
        found = []
        for undone in (
            lambda: reminders.update(tx, HERE, ONE, stopped_at=NOON),
            lambda: guilds.update_programme(tx, HERE, OURS, state="draft"),
            lambda: guilds.update(tx, HERE, removed_at=NOON),
        ):
            nested = tx.begin_nested()
            undone()
            found.append(reminders.fetch_unplanned(tx, KIND, now=NOON, after_id="", look_at=9)[1])
            nested.rollback()
        return found

    assert await db.write(work) == [[], [], []]
