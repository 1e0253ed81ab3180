"""Short words for meetings: a series that begins, people who answer, and a postman who needs no Discord."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.meetings import Rule
from bot.domain.rsvps import Answer
from bot.services import meetings, outbox, rsvps
from bot.services.meetings import Card, Listed, Wish
from bot.services.rsvps import Answered
from data.schema import meetings as meeting_rows
from data.schema import members, people
from data.schema import outbox as said_rows
from data.schema import rsvps as rsvp_rows
from tests.services.conftest import Town
from tests.store.planned import LEASE
from tests.store.rows import ANNA, HERE, THERE

BERLIN = "Europe/Berlin"
SEVEN = 19 * 60
TUESDAYS = Rule(kind="weekly", weekdays=(1,))
DAILY = Rule(kind="daily")
LEADER = Actor(ANNA, HERE, manages_guild=True)
NEIGHBOUR = Actor(ANNA, THERE, manages_guild=True)
NOTICES = {meetings.MOVED, meetings.SKIPPED, meetings.CANCELLED, meetings.BACK}


def wish(**changes: Any) -> Wish:
    """Return a wish for every Tuesday at 19:00 in Berlin, beginning today."""
    usual: dict[str, Any] = {
        "title": "Tuesday evening",
        "zone": BERLIN,
        "starts_on": dt.date(2026, 3, 10),
        "minute": SEVEN,
        "minutes": 90,
        "rule": TUESDAYS,
    }
    return Wish(**{**usual, **changes})


def person(number: int) -> Actor:
    """Return one of many people."""
    return Actor(3_000_000_000_000_000_000 + number, HERE)


async def begin(town: Town, **changes: Any) -> Card:
    """Begin a series."""
    return await meetings.create(town.db, town.clock, LEADER, town.programme, wish(**changes))


async def say(town: Town, meeting_id: str, answer: str, who: Actor | int = 1) -> Answered:
    """Answer, with a yes to being known."""
    actor = person(who) if isinstance(who, int) else who
    return await rsvps.answer(
        town.db, town.clock, actor, town.programme, meeting_id, "yes" if answer == "yes" else "no", agreed=True
    )


async def comes(town: Town, **options: Any) -> tuple[Listed, ...]:
    """Return what comes."""
    return await meetings.upcoming(town.db, town.clock, LEADER, town.programme, **options)


async def all_rows(town: Town, table: sa.Table = meeting_rows) -> list[dict[str, Any]]:
    """Return the rows of a table; occurrences in their order."""
    rows = await town.rows(table)
    return sorted(rows, key=lambda row: str(row.get("starts_at", row["id"])))


async def answers(town: Town, meeting_id: str) -> dict[int, Answer]:
    """Return what each of the numbered people said."""
    query = (
        sa.select(people.c.user_id, rsvp_rows.c.answer)
        .join(members, members.c.person_id == people.c.id)
        .join(rsvp_rows, rsvp_rows.c.member_ref == members.c.ref)
        .where(rsvp_rows.c.meeting_id == meeting_id)
    )
    found = await town.db.read(lambda tx: tx.execute(query).all())
    return {row.user_id - person(0).user_id: row.answer for row in found}


async def names(town: Town) -> dict[str, int]:
    """Return the numbers of people by their refs."""
    query = sa.select(members.c.ref, people.c.user_id).join(people, people.c.id == members.c.person_id)
    found = await town.db.read(lambda tx: tx.execute(query).all())
    return {row.ref: row.user_id - person(0).user_id for row in found}


async def round_of(town: Town) -> list[tuple[str, int, Any]]:
    """Deliver what is due now; return what was said: kind, to whom, and the facts."""
    said, known = [], await names(town)
    for row in await outbox.claim(town.db, town.clock, worker="w1", limit=500, lease=LEASE):
        if town.clock.now() >= row.expires_at:
            await outbox.over(town.db, town.clock, row, "expired")
            continue
        facts = await _facts(town, row)
        if facts is None:
            await outbox.over(town.db, town.clock, row, "cancelled")
            continue
        await outbox.sent(town.db, town.clock, row, message_id=1)
        said.append((row.kind, known[row.member_ref or ""], facts))
    return sorted(said, key=lambda one: one[:2])


async def _facts(town: Town, row: Any) -> Any:
    where = (town.db, town.clock, row)
    if row.kind == meetings.TURN:
        await meetings.turned(*where)
    elif row.kind == rsvps.OFFER_OVER:
        await rsvps.offer_over(*where)
    elif row.kind in NOTICES:
        return await meetings.notice_wanted(*where)
    elif row.kind == rsvps.OFFER:
        return await rsvps.offer_wanted(*where)
    elif row.kind == rsvps.REMINDER:
        return await rsvps.reminder_wanted(*where)
    return None


async def until(town: Town, moment: dt.datetime) -> list[tuple[str, int]]:
    """Deliver everything in its time up to a moment; return what was said, to whom, in that order."""
    said = []
    while (due := await outbox.next_due(town.db)) is not None and due <= moment:
        town.clock.set(max(due, town.clock.now()))
        said += [(kind, who) for kind, who, _ in await round_of(town)]
    town.clock.set(moment)
    return said


async def planned(town: Town, kind: str, state: str = "pending") -> list[dict[str, Any]]:
    """Return what of a kind is planned, in the order of when it is due."""
    rows = [row for row in await town.rows(said_rows) if row["kind"] == kind and row["state"] == state]
    return sorted(rows, key=lambda row: row["due_at"])


def berlin(day: int, hour: int = 12, minute: int = 0, *, month: int = 3) -> dt.datetime:
    """Return a moment of the spring in which these tests begin: on its 10th, at 13:00 in Berlin."""
    return dt.datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(BERLIN))
