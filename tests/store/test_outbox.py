"""One key is one message, one lease one worker, and nobody marks what has become another's."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from bot.domain.outbox import LATE, Claimed, Counts
from data.db import Database
from data.store import outbox
from tests.store.planned import KIND, LEASE, MINUTE, NO_LEASE, SUBJECT, planned, states, stored, take
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, REFUSED, THEIRS, THERE, put_member, put_two_guilds


@pytest.fixture(autouse=True)
async def _guilds(db: Database) -> None:
    await db.write(put_two_guilds)


async def test_planned_twice_under_one_key_there_is_one_message_and_the_first_stays(db: Database):
    def work(tx: sa.Connection) -> None:
        assert outbox.plan(tx, planned(1, payload={"times": 1}))
        assert not outbox.plan(tx, planned(1, id="9" * 32, due_at=NOON + MINUTE, payload={"times": 2}))
        (row,) = stored(tx)
        assert (row["id"], row["due_at"], row["payload"]) == (planned(1).id, NOON, {"times": 1})

    await db.write(work)


async def test_what_was_said_is_not_planned_again_under_its_key(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        (row,) = take(tx)
        assert outbox.mark_sent(tx, HERE, row.id, row.fence, message_id=5, now=NOON)
        assert not outbox.plan(tx, planned(1, id="9" * 32))
        assert take(tx, now=NOON + MINUTE) == []

    await db.write(work)


async def test_what_was_taken_back_is_said_again_only_under_a_higher_revision(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        assert outbox.cancel(tx, HERE, KIND, SUBJECT, now=NOON) == 1
        assert not outbox.plan(tx, planned(1, id="8" * 32))
        assert take(tx) == []
        assert outbox.plan(tx, planned(1, id="9" * 32, revision=1))
        assert [row.id for row in take(tx)] == ["9" * 32]
        first, _ = stored(tx)
        assert (first["state"], first["done_at"]) == ("cancelled", NOON)

    await db.write(work)


async def test_two_guilds_never_take_each_others_key(db: Database):
    def work(tx: sa.Connection) -> None:
        assert outbox.plan(tx, planned(1, offset=""))
        assert outbox.plan(tx, planned(2, offset="", guild_id=THERE))

    await db.write(work)


@pytest.mark.parametrize("changes", [{"programme_id": THEIRS}, {"member_ref": "e" * 32}, {"guild_id": 42}])
async def test_nothing_is_planned_for_what_is_not_the_guilds(db: Database, changes: dict):
    with pytest.raises(REFUSED):
        await db.write(lambda tx: outbox.plan(tx, planned(**changes)))
    assert await db.read(stored) == []


async def test_what_is_claimed_says_all_that_sending_needs(db: Database):
    def work(tx: sa.Connection) -> None:
        ref = put_member(tx, HERE, ANNA).ref
        payload = {"day": "2026-03-10", "ids": [ANNA, "a"], "none": None, "yes": True}
        plan = planned(member_ref=ref, programme_id=OURS, offset="", payload=payload)
        outbox.plan(tx, plan)
        assert take(tx) == [
            Claimed(
                id=plan.id,
                guild_id=HERE,
                programme_id=OURS,
                member_ref=ref,
                kind=KIND,
                subject=SUBJECT,
                dedupe_key=f"{KIND}:{SUBJECT}:0::{ref}",
                op="post",
                channel_id=None,
                payload=payload,
                due_at=NOON,
                expires_at=NOON + dt.timedelta(hours=1),
                fence=1,
                attempts=0,
                first_try_at=None,
                look_from=None,
            )
        ]

    await db.write(work)


async def test_what_is_due_first_is_taken_first_and_what_is_not_due_waits(db: Database):
    def work(tx: sa.Connection) -> None:
        for number, minutes in enumerate((1, -3, -1, 0, -2)):
            outbox.plan(tx, planned(number, due_at=NOON + minutes * MINUTE))
        assert outbox.next_due(tx) == NOON - 3 * MINUTE
        assert [row.due_at for row in take(tx, 2)] == [NOON - 3 * MINUTE, NOON - 2 * MINUTE]
        assert [row.due_at for row in take(tx)] == [NOON - MINUTE, NOON]
        assert take(tx) == []
        assert [row.due_at for row in take(tx, now=NOON + MINUTE, lease=LEASE)][-1:] == [NOON + MINUTE]

    await db.write(work)


async def test_without_anything_waiting_nothing_is_next(db: Database):
    def work(tx: sa.Connection) -> None:
        assert outbox.next_due(tx) is None
        outbox.plan(tx, planned())
        (row,) = take(tx)
        assert outbox.next_due(tx) > NOON
        outbox.mark_sent(tx, HERE, row.id, row.fence, message_id=5, now=NOON)
        assert outbox.next_due(tx) is None

    await db.write(work)


async def test_a_lapsed_lease_goes_to_another_and_the_first_can_mark_nothing_any_more(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        (first,) = take(tx, lease=NO_LEASE)
        (second,) = take(tx)
        assert (first.fence, second.fence) == (1, 2)
        before = stored(tx)
        assert not outbox.first_try(tx, HERE, first.id, first.fence, at=NOON, channel_id=7)
        assert not outbox.mark_sent(tx, HERE, first.id, first.fence, message_id=5, now=NOON)
        assert not outbox.mark_over(tx, HERE, first.id, first.fence, state="dead", now=NOON, error="404")
        assert not outbox.mark_again(tx, HERE, first.id, first.fence, ready_at=NOON, error="503")
        assert not outbox.hold(tx, HERE, first.id, first.fence, now=NOON, error="unknown kind")
        assert stored(tx) == before
        assert outbox.mark_sent(tx, HERE, second.id, second.fence, message_id=6, now=NOON)
        assert [(row["state"], row["message_id"]) for row in stored(tx)] == [("sent", 6)]

    await db.write(work)


async def test_a_lease_that_has_not_lapsed_is_nobody_elses(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        assert len(take(tx)) == 1
        assert take(tx) == []

    await db.write(work)


async def test_where_several_machines_share_a_database_its_own_clock_ends_leases(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        take(tx)
        tomorrow = take(tx, now=NOON + dt.timedelta(days=1))
        # One file is on one machine, whose clock all have; elsewhere one with a clock that runs ahead takes nothing.
        assert len(tomorrow) == (1 if db.dialect == "sqlite" else 0)

    await db.write(work)


async def test_a_clock_of_ours_that_runs_behind_does_not_make_messages_come_early(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        assert take(tx, now=NOON - MINUTE) == []
        assert len(take(tx)) == 1

    await db.write(work)


async def test_the_first_try_is_there_for_whoever_comes_after(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        (row,) = take(tx, lease=NO_LEASE)
        tried = NOON + dt.timedelta(seconds=3)
        assert outbox.first_try(tx, HERE, row.id, row.fence, at=tried, channel_id=7)
        (row,) = take(tx, lease=NO_LEASE)
        assert (row.first_try_at, row.look_from, row.channel_id) == (tried, tried, 7)
        # Looked for and not found: it goes out anew, under a new time and maybe elsewhere.
        assert outbox.first_try(tx, HERE, row.id, row.fence, at=tried + MINUTE, channel_id=8)
        (row,) = take(tx)
        assert (row.first_try_at, row.channel_id) == (tried + MINUTE, 8)

    await db.write(work)


async def test_what_was_due_before_a_restore_is_not_handed_out_without_saying_where_to_look(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned(1, due_at=NOON - MINUTE))
        outbox.plan(tx, planned(2, due_at=NOON + MINUTE))
        rows = take(tx, now=NOON + 2 * MINUTE, lease=NO_LEASE, restored_at=NOON)
        assert [row.look_from for row in rows] == [NOON - MINUTE, None]
        outbox.first_try(tx, HERE, rows[0].id, rows[0].fence, at=NOON + 2 * MINUTE, channel_id=7)
        rows = take(tx, now=NOON + 2 * MINUTE, restored_at=NOON)
        assert [row.look_from for row in rows] == [NOON + 2 * MINUTE, None]

    await db.write(work)


async def test_after_a_failure_it_comes_back_when_it_may_and_knows_how_often(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        (row,) = take(tx)
        outbox.first_try(tx, HERE, row.id, row.fence, at=NOON, channel_id=7)
        assert outbox.mark_again(tx, HERE, row.id, row.fence, ready_at=NOON + MINUTE, error="503")
        assert take(tx) == []
        (row,) = take(tx, now=NOON + MINUTE)
        assert (row.attempts, row.first_try_at, row.due_at) == (1, NOON, NOON)
        assert outbox.mark_again(tx, HERE, row.id, row.fence, ready_at=NOON + 2 * MINUTE, error=None)
        (left,) = stored(tx)
        assert (left["attempts"], left["last_error"], left["worker"], left["done_at"]) == (1, "503", None, None)

    await db.write(work)


@pytest.mark.parametrize("state", ["expired", "dead", "cancelled"])
async def test_what_is_over_stays_over_and_says_why(db: Database, state: str):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        (row,) = take(tx, lease=NO_LEASE)
        assert outbox.mark_over(tx, HERE, row.id, row.fence, state=state, now=NOON, error="403/50007")
        (left,) = stored(tx)
        assert (left["state"], left["done_at"], left["last_error"]) == (state, NOON, "403/50007")
        assert take(tx, now=NOON + MINUTE) == []
        assert outbox.cancel(tx, HERE, KIND, SUBJECT, now=NOON) == 0

    await db.write(work)


async def test_a_long_error_is_cut_and_never_refused(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        (row,) = take(tx)
        assert outbox.mark_over(tx, HERE, row.id, row.fence, state="dead", now=NOON, error="x" * 500)

    await db.write(work)


async def test_taking_back_leaves_what_is_being_sent_and_what_is_about_others(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned(1))
        take(tx)
        outbox.plan(tx, planned(2))
        outbox.plan(tx, planned(3, subject="6" * 32))
        outbox.plan(tx, planned(4, kind="checkin.note"))
        outbox.plan(tx, planned(5, guild_id=THERE))
        assert outbox.cancel(tx, HERE, KIND, SUBJECT, now=NOON) == 1
        assert states(tx) == ["claimed", "cancelled", "pending", "pending", "pending"]

    await db.write(work)


async def test_a_move_takes_back_what_is_older_and_nothing_of_its_own(db: Database):
    def work(tx: sa.Connection) -> None:
        for number in range(4):
            outbox.plan(tx, planned(number, revision=number))
        assert outbox.cancel(tx, HERE, KIND, SUBJECT, now=NOON, before_revision=2) == 2
        assert states(tx) == ["cancelled", "cancelled", "pending", "pending"]

    await db.write(work)


async def test_one_member_can_be_left_out_without_the_others(db: Database):
    def work(tx: sa.Connection) -> None:
        annas, bens = put_member(tx, HERE, ANNA).ref, put_member(tx, HERE, BEN).ref
        outbox.plan(tx, planned(1, member_ref=annas))
        outbox.plan(tx, planned(2, member_ref=bens))
        outbox.plan(tx, planned(3))
        assert outbox.cancel(tx, HERE, KIND, SUBJECT, now=NOON, member_ref=annas) == 1
        assert states(tx) == ["cancelled", "pending", "pending"]

    await db.write(work)


async def test_what_waited_too_long_expires_unless_it_may_have_been_sent(db: Database):
    def work(tx: sa.Connection) -> None:
        for number in range(4):
            outbox.plan(tx, planned(number))
        outbox.plan(tx, planned(4, expires_at=NOON + dt.timedelta(days=1)))
        tried, held_by_somebody = take(tx, 2)
        outbox.first_try(tx, HERE, tried.id, tried.fence, at=NOON, channel_id=7)
        outbox.mark_again(tx, HERE, tried.id, tried.fence, ready_at=NOON, error="503")
        later = NOON + dt.timedelta(hours=1)
        assert outbox.expire(tx, now=later - MINUTE, limit=50) == 0
        assert [outbox.expire(tx, now=later, limit=1) for _ in range(3)] == [1, 1, 0]
        left = {row["id"]: row["state"] for row in stored(tx)}
        assert (left[tried.id], left[held_by_somebody.id]) == ("pending", "claimed")
        assert sorted(left.values()) == ["claimed", "expired", "expired", "pending", "pending"]

    await db.write(work)


async def test_after_the_clock_was_set_back_nothing_waits_for_the_time_that_was(db: Database):
    hour = dt.timedelta(hours=1)

    def work(tx: sa.Connection) -> None:
        for number in range(5):
            outbox.plan(tx, planned(number, due_at=NOON - hour))
        failed, postponed, _, _, _ = take(tx)
        outbox.mark_again(tx, HERE, failed.id, failed.fence, ready_at=NOON + MINUTE, error="503")
        outbox.mark_again(tx, HERE, postponed.id, postponed.fence, ready_at=NOON + hour, error=None)
        outbox.plan(tx, planned(9, due_at=NOON + hour, expires_at=NOON + 2 * hour))
        assert outbox.unstick(tx, now=NOON, lease=LEASE, limit=2) == 0
        before = NOON - hour
        freed = [outbox.unstick(tx, now=before, lease=LEASE, limit=2) for _ in range(3)]
        # By the database's own clock, which nobody has set, leases end when they should.
        assert freed == ([2, 2, 0] if db.dialect == "sqlite" else [1, 0, 0])
        rows = take(tx, now=before)
        assert len(rows) == sum(freed)
        assert failed.id in [row.id for row in rows]

    await db.write(work)


async def test_a_claim_made_while_somebody_waited_for_the_database_is_not_taken_for_one_of_a_clock_set_back(
    db: Database,
):
    before = NOON - dt.timedelta(seconds=5)

    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        take(tx)
        assert outbox.unstick(tx, now=before, lease=LEASE, limit=2) == 0

    await db.write(work)


async def test_what_was_put_aside_waits_for_somebody_who_knows_its_kind(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned(1))
        outbox.plan(tx, planned(2, kind="story.post"))
        for row in take(tx):
            assert outbox.hold(tx, HERE, row.id, row.fence, now=NOON, error="unknown kind")
        assert take(tx, now=NOON + dt.timedelta(days=1)) == []
        assert outbox.release(tx, ["meeting.reminder"], now=NOON, limit=50) == 0
        assert outbox.release(tx, [], now=NOON, limit=50) == 0
        assert outbox.release(tx, [KIND], now=NOON + MINUTE, limit=50) == 1
        assert take(tx) == []
        assert [(row.kind, row.fence) for row in take(tx, now=NOON + MINUTE)] == [(KIND, 2)]
        assert outbox.cancel(tx, HERE, "story.post", SUBJECT, now=NOON) == 1

    await db.write(work)


async def test_what_is_over_is_forgotten_after_a_while_and_nothing_else(db: Database):
    def work(tx: sa.Connection) -> None:
        for number in range(3):
            outbox.plan(tx, planned(number))
        for number, row in enumerate(take(tx)):
            outbox.mark_sent(tx, HERE, row.id, row.fence, message_id=5, now=NOON + number * MINUTE)
        outbox.plan(tx, planned(3))
        # Taken back long before its time: forgotten any sooner, it could be planned once more.
        outbox.plan(tx, planned(4, kind="checkin.note", due_at=NOON + 30 * MINUTE))
        outbox.cancel(tx, HERE, "checkin.note", SUBJECT, now=NOON)
        before = NOON + 2 * MINUTE
        assert [outbox.forget(tx, before=before, limit=1) for _ in range(3)] == [1, 1, 0]
        assert states(tx) == ["sent", "pending", "cancelled"]
        assert outbox.forget(tx, before=NOON + 31 * MINUTE, limit=50) == 2
        assert states(tx) == ["pending"]

    await db.write(work)


async def test_counts_tell_how_things_stand(db: Database):
    def work(tx: sa.Connection) -> None:
        assert outbox.counts(tx, HERE, now=NOON) == Counts()
        for number in range(8):
            outbox.plan(tx, planned(number))
        outbox.plan(tx, planned(9, guild_id=THERE))
        rows = [row for row in take(tx) if row.guild_id == HERE]
        fences = [(HERE, row.id, row.fence) for row in rows]
        outbox.mark_sent(tx, *fences[0], message_id=5, now=NOON)
        outbox.mark_over(tx, *fences[1], state="expired", now=NOON, error=None)
        outbox.mark_over(tx, *fences[2], state="dead", now=NOON, error="404/10003")
        outbox.mark_over(tx, *fences[3], state="cancelled", now=NOON, error=None)
        outbox.hold(tx, *fences[4], now=NOON, error="unknown kind")
        outbox.mark_again(tx, *fences[5], ready_at=NOON + 10 * MINUTE, error="503")
        outbox.mark_again(tx, *fences[6], ready_at=NOON + 600 * MINUTE, error=None)
        outbox.plan(tx, planned(8, due_at=NOON + 10 * MINUTE, expires_at=NOON + 90 * MINUTE))
        states = Counts(
            **dict.fromkeys(("claimed", "sent", "expired", "dead", "held", "cancelled"), 1),
            pending=3,
            dead_at=NOON,
            dead_by_error=(("404/10003", 1),),
            last_error="503",
        )
        assert outbox.counts(tx, HERE, now=NOON) == states
        # What failed is late; what somebody's quiet hours hold back and what is not yet due is not.
        late = outbox.counts(tx, HERE, now=NOON + LATE)
        assert (late.late, late.late_since) == (1, NOON)

    await db.write(work)


async def test_what_nobody_takes_is_late(db: Database):
    def work(tx: sa.Connection) -> None:
        outbox.plan(tx, planned())
        just_before = NOON + LATE - dt.timedelta(seconds=1)
        assert [outbox.counts(tx, HERE, now=now).late for now in (just_before, NOON + LATE)] == [0, 1]

    await db.write(work)


def explained(tx: sa.Connection, work: Callable[[], object]) -> str:
    """Return how the database goes about the statements of `work`, were there many rows."""
    asked: list[tuple[str, Any]] = []

    def listen(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(tx, "before_cursor_execute", listen)
    work()
    event.remove(tx, "before_cursor_execute", listen)
    explain = "EXPLAIN QUERY PLAN" if tx.dialect.name == "sqlite" else "EXPLAIN"
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
    return "\n".join(
        str(tuple(row)) for statement, given in asked for row in tx.exec_driver_sql(f"{explain} {statement}", given)
    )


async def test_what_is_next_is_found_without_looking_at_all_that_waits(db: Database):
    def work(tx: sa.Connection) -> None:
        for ask in (lambda: take(tx), lambda: outbox.next_due(tx)):
            how = explained(tx, ask)
            assert "ix_outbox_ready_at" in how
            assert "Sort" not in how
            assert "TEMP B-TREE" not in how
        done = explained(tx, lambda: outbox.forget(tx, before=NOON, limit=9))
        assert "ix_outbox_done_at" in done
        assert "ix_outbox_held" in explained(tx, lambda: outbox.release(tx, [KIND], now=NOON, limit=9))
        assert "ix_outbox_subject" in explained(tx, lambda: outbox.cancel(tx, HERE, KIND, SUBJECT, now=NOON))

    await db.write(work)


@contextlib.asynccontextmanager
async def second_process(url: str) -> AsyncIterator[Database]:
    """Open the same database once more, as another process would."""
    other = await Database.open(url)
    try:
        yield other
    finally:
        await other.close()


async def claim_in_turns(db: Database, worker: str) -> list[str]:
    """Claim three at a time until nothing is left, as a worker does."""
    mine: list[str] = []

    def work(tx: sa.Connection) -> list[str]:
        return [row.id for row in outbox.claim(tx, worker=worker, now=NOON, lease=LEASE, limit=3)]

    while taken := await db.write(work, isolation="READ COMMITTED"):
        mine += taken
    return mine


async def test_two_who_claim_at_once_never_share_a_message_and_leave_none(db: Database, db_url: str):
    numbers = range(120)
    await db.write(lambda tx: [outbox.plan(tx, planned(number)) for number in numbers])
    async with second_process(db_url) as other:
        taken = await asyncio.gather(*(claim_in_turns(where, f"w{n}") for n in range(3) for where in (db, other)))
    everything = [one for mine in taken for one in mine]
    assert sorted(everything) == [planned(number).id for number in numbers]
    assert {row["fence"] for row in await db.read(stored)} == {1}


async def test_of_two_who_take_over_a_lapsed_lease_at_once_one_has_it(db: Database, db_url: str):
    await db.write(lambda tx: outbox.plan(tx, planned()))
    await db.write(lambda tx: take(tx, lease=NO_LEASE))
    async with second_process(db_url) as other:
        taken = await asyncio.gather(*(claim_in_turns(where, "w") for _ in range(4) for where in (db, other)))
    assert [one for mine in taken for one in mine] == [planned().id]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_what_another_is_changing_at_this_moment_is_passed_over_and_not_waited_for(db: Database, db_url: str):
    import asyncpg

    await db.write(lambda tx: [outbox.plan(tx, planned(number)) for number in range(3)])
    url = sa.make_url(db_url)
    host = url.query.get("host") or url.host
    conn = await asyncpg.connect(
        user=url.username, password=url.password, database=url.database, host=host, port=url.port or 5432
    )
    try:
        async with conn.transaction():
            await conn.execute("SELECT id FROM outbox WHERE id = $1 FOR UPDATE", planned(1).id)
            assert await claim_in_turns(db, "w1") == [planned(0).id, planned(2).id]
            assert await db.write(lambda tx: outbox.expire(tx, now=NOON, limit=9), isolation="READ COMMITTED") == 0
    finally:
        await conn.close()
    assert await claim_in_turns(db, "w1") == [planned(1).id]
