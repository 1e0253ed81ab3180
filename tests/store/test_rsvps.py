"""What people said of a meeting: one answer each, counted rightly, forgotten in its time."""

import datetime as dt

import pytest
import sqlalchemy as sa

from data.db import Database
from data.store import meetings, rsvps
from data.store.rsvps import Counts
from tests.store.cases_meetings import HOUR, MEETING, STARTS, a_meeting, a_series
from tests.store.rows import HERE, NOON, OURS, REFUSED, THERE, put_member, put_two_guilds

MINUTE = dt.timedelta(minutes=1)


async def people(db: Database, number: int = 4) -> list[str]:
    """Store a meeting and so many members; return their refs in the order of them."""

    def work(tx: sa.Connection) -> list[str]:
        put_two_guilds(tx)
        meetings.insert_series(tx, a_series())
        meetings.ensure(tx, [a_meeting()])
        return sorted(put_member(tx, HERE, 5_000 + one).ref for one in range(number))

    return await db.write(work)


async def say(db: Database, ref: str, answer: str, at: dt.datetime = NOON) -> None:
    row = f"{int(ref, 16) % 16**30:030x}aa"
    await db.write(lambda tx: rsvps.put(tx, row, HERE, OURS, MEETING, ref, answer=answer, asked_at=at))


async def test_a_member_has_one_answer_and_the_last_one_holds(db: Database):
    (ref, *_) = await people(db)
    for answer in ("yes", "waiting", "no"):
        await say(db, ref, answer)
        found = await db.read(lambda tx: rsvps.fetch_one(tx, HERE, MEETING, ref))
        assert (found.answer, found.offered_until) == (answer, None)
    assert await db.read(lambda tx: rsvps.fetch_own(tx, HERE, [MEETING, "f" * 32], ref)) == {MEETING: found}


async def test_an_answer_is_one_of_three(db: Database):
    (ref, *_) = await people(db)
    with pytest.raises(REFUSED):
        await say(db, ref, "maybe")


async def test_a_member_of_another_guild_or_a_meeting_that_is_not_there_is_refused(db: Database):
    await people(db)
    stranger = await db.write(lambda tx: put_member(tx, THERE, 9_000).ref)
    with pytest.raises(REFUSED):
        await say(db, stranger, "yes")
    known = (await db.write(lambda tx: put_member(tx, HERE, 9_001))).ref
    with pytest.raises(REFUSED):
        await db.write(lambda tx: rsvps.put(tx, "1" * 32, HERE, OURS, "f" * 32, known, answer="yes", asked_at=NOON))


async def test_only_who_waits_is_offered_a_place_and_an_answer_ends_the_offer(db: Database):
    first, second, *_ = await people(db)
    await say(db, first, "waiting")
    await say(db, second, "yes")
    for ref in (first, second):
        await db.write(lambda tx, ref=ref: rsvps.offer(tx, HERE, MEETING, ref, until=NOON + HOUR))
    (waits,) = await db.read(lambda tx: rsvps.fetch_waiting(tx, HERE, MEETING))
    assert (waits.ref, waits.asked_at, waits.offered_until) == (first, NOON, NOON + HOUR)
    assert (await db.read(lambda tx: rsvps.fetch_one(tx, HERE, MEETING, second))).offered_until is None
    await say(db, first, "yes")
    assert await db.read(lambda tx: rsvps.fetch_waiting(tx, HERE, MEETING)) == []
    assert (await db.read(lambda tx: rsvps.fetch_one(tx, HERE, MEETING, first))).offered_until is None


async def test_who_comes_waits_and_is_offered_a_place_is_counted_apart(db: Database):
    refs = await people(db, 6)
    for ref, answer in zip(refs, ("yes", "yes", "no", "waiting", "waiting", "waiting"), strict=True):
        await say(db, ref, answer)
    await db.write(lambda tx: rsvps.offer(tx, HERE, MEETING, refs[3], until=NOON + HOUR))
    await db.write(lambda tx: rsvps.offer(tx, HERE, MEETING, refs[4], until=NOON))
    assert await db.read(lambda tx: rsvps.count(tx, HERE, [MEETING], now=NOON)) == {MEETING: Counts(2, 3, 1)}
    assert await db.read(lambda tx: rsvps.count(tx, HERE, ["f" * 32], now=NOON)) == {}
    await db.write(lambda tx: rsvps.withdraw_offers(tx, HERE, MEETING))
    assert await db.read(lambda tx: rsvps.count(tx, HERE, [MEETING], now=NOON)) == {MEETING: Counts(2, 3, 0)}
    await db.write(lambda tx: rsvps.remove(tx, HERE, MEETING, refs[3:]))
    assert await db.read(lambda tx: rsvps.count(tx, HERE, [MEETING], now=NOON)) == {MEETING: Counts(2, 0, 0)}


async def test_who_is_to_be_told_comes_page_by_page_each_once(db: Database):
    refs = await people(db, 5)
    for ref, answer in zip(refs, ("yes", "no", "waiting", "yes", "waiting"), strict=True):
        await say(db, ref, answer)
    await db.write(lambda tx: rsvps.offer(tx, HERE, MEETING, refs[4], until=NOON + HOUR))

    def told(**options: object):
        return db.read(lambda tx: rsvps.fetch_refs(tx, HERE, [MEETING], **options))

    assert await told(limit=9) == [refs[0], refs[3]]
    assert await told(limit=9, also_offered=True) == [refs[0], refs[3], refs[4]]
    assert await told(limit=1) == [refs[0]]
    assert await told(limit=9, after_ref=refs[0]) == [refs[3]]
    await say(db, refs[0], "yes", NOON + MINUTE)
    assert await told(limit=9, said_until=NOON) == [refs[3]]


async def test_a_meeting_is_looked_after_as_long_as_somebody_waits_and_it_has_not_begun(db: Database):
    (ref, *_) = await people(db)

    def waited_for(now: dt.datetime = NOON):
        return db.read(lambda tx: rsvps.fetch_waited_for(tx, now=now, limit=9))

    assert await waited_for() == []
    await say(db, ref, "waiting")
    assert await waited_for() == [(HERE, MEETING)]
    assert await waited_for(STARTS) == []
    await db.write(lambda tx: meetings.update(tx, HERE, MEETING, state="skipped"))
    assert await waited_for() == []


async def test_answers_are_forgotten_by_when_the_meeting_was_over_in_parts(db: Database):
    refs = await people(db, 3)
    for ref in refs:
        await say(db, ref, "yes")
    over = STARTS + HOUR
    assert await db.write(lambda tx: rsvps.forget(tx, before=over, limit=9)) == 0
    assert await db.write(lambda tx: rsvps.forget(tx, before=over + MINUTE, limit=2)) == 2
    assert await db.write(lambda tx: rsvps.forget(tx, before=over + MINUTE, limit=2)) == 1


async def test_without_a_wish_everybody_is_reminded_an_hour_before(db: Database):
    first, second, *_ = await people(db)
    for minutes in (15, 0):
        await db.write(lambda tx, m=minutes: rsvps.put_lead(tx, "1" * 32, HERE, OURS, first, minutes=m))
    assert await db.read(lambda tx: rsvps.fetch_leads(tx, HERE, OURS, [first, second])) == {first: 0, second: 60}


async def test_what_somebody_promised_is_what_has_not_begun(db: Database):
    (ref, *_) = await people(db)
    await say(db, ref, "yes")
    assert await db.read(lambda tx: rsvps.fetch_promised(tx, HERE, OURS, ref, now=NOON)) == [MEETING]
    assert await db.read(lambda tx: rsvps.fetch_promised(tx, HERE, OURS, ref, now=STARTS)) == []
    await say(db, ref, "no")
    assert await db.read(lambda tx: rsvps.fetch_promised(tx, HERE, OURS, ref, now=NOON)) == []


async def test_nobody_is_named_by_what_may_be_printed(db: Database):
    (ref, *_) = await people(db)
    await say(db, ref, "yes")
    assert ref not in repr(await db.read(lambda tx: rsvps.fetch_one(tx, HERE, MEETING, ref)))
