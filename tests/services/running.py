"""Short words for meetings that run: put one there, press as somebody, deliver what is due without Discord."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.runs import Run
from bot.services import outbox, runs
from data.schema import meetings, rsvps, series
from data.schema import runs as table
from data.store import people
from data.store import runs as store
from tests.services.conftest import Town
from tests.store.planned import LEASE

SERIES, MEETING = "5" * 32, "6" * 32
ROOM = 1_111_222_233_334_444_999
MINUTE = dt.timedelta(minutes=1)
WANTED = {
    runs.BEGAN: runs.began_wanted,
    runs.OVERTIME: runs.overtime_wanted,
    runs.TURN: runs.turn_wanted,
    runs.HOST: runs.host_wanted,
    runs.ENDED: runs.ended_wanted,
    runs.CHECK: runs.look_after,
    runs.CLOSE: runs.close_in_time,
}


def put_meeting(
    tx: sa.Connection,
    guild_id: int,
    programme_id: str,
    starts_at: dt.datetime,
    *,
    series_id: str = SERIES,
    meeting_id: str = MEETING,
    channel_id: int | None = ROOM,
    format: str | None = "twelve_step",
    minutes: int = 60,
    title: str = "24/7",
    state: str = "planned",
    pool_id: str | None = None,
) -> str:
    """Put in a series with one occurrence, and return the occurrence's id."""
    place = {"guild_id": guild_id, "programme_id": programme_id}
    tx.execute(
        series.insert(),
        {
            **place,
            "id": series_id,
            "title": title,
            "zone": "Europe/Berlin",
            "starts_on": starts_at.date(),
            "minute": 0,
            "minutes": minutes,
            "rule": {},
            "format": format,
            "channel_id": channel_id,
            "pool_id": pool_id,
            "listed": False,
            "revision": 0,
            "told_rev": 0,
            "created_at": starts_at,
        },
    )
    tx.execute(
        meetings.insert(),
        {
            **place,
            "id": meeting_id,
            "series_id": series_id,
            "day": starts_at.date(),
            "starts_at": starts_at,
            "ends_at": starts_at + minutes * MINUTE,
            "moved": False,
            "revision": 0,
            "told_rev": 0,
            "state": state,
            "changed_at": starts_at,
        },
    )
    return meeting_id


def put_yes(tx: sa.Connection, guild_id: int, programme_id: str, user_id: int, meeting_id: str = MEETING) -> str:
    """Let somebody have said that they come, and return their ref."""
    made = f"{user_id:032x}"
    member = people.ensure_member(tx, guild_id, user_id, new_person_id=made, new_ref=f"{guild_id ^ user_id:032x}")
    said = {"id": f"{user_id + 1:032x}", "answer": "yes", "asked_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
    place = {"guild_id": guild_id, "programme_id": programme_id, "meeting_id": meeting_id}
    tx.execute(rsvps.insert(), {**place, **said, "member_ref": member.ref})
    return member.ref


async def prepare(town: Town, **options: Any) -> str:
    """Let a meeting begin about now."""
    programme = town.programme
    return await town.db.write(
        lambda tx: put_meeting(tx, programme.guild_id, programme.id, town.clock.now(), **options)
    )


def leading(actor: Actor) -> Actor:
    """Return the same person as somebody who manages the server."""
    return Actor(actor.user_id, actor.guild_id, actor.role_ids, manages_guild=True)


async def begin(town: Town, actor: Actor | None = None, **options: Any) -> Run:
    """Start the meeting that stands there, as somebody who leads."""
    actor = actor or leading(town.anna)
    run, _ = await runs.begin(town.db, town.clock, actor, town.programme, MEETING, agreed=True, **options)
    return run


async def press(
    town: Town, what: Any, actor: Actor, run: Run, *, programme: Programme | None = None, **options: Any
) -> runs.Pressed:
    """Press something."""
    pressed: runs.Pressed = await what(town.db, town.clock, actor, programme or town.programme, run.id, **options)
    return pressed


async def now(town: Town, run: Run) -> Run:
    """Return the run as it is stored."""
    found = await town.db.read(lambda tx: store.fetch(tx, run.guild_id, run.id))
    assert found is not None
    return found


async def count(town: Town) -> int:
    """Return how many runs there are."""
    return len(await town.rows(table))


async def round_of(town: Town) -> list[str]:
    """Deliver what is due now, and return the kinds of what was said."""
    said = []
    for row in await outbox.claim(town.db, town.clock, worker="w1", limit=50, lease=LEASE):
        if row.kind not in WANTED:
            continue
        if town.clock.now() >= row.expires_at:
            await outbox.over(town.db, town.clock, row, "expired")
        elif not await WANTED[row.kind](town.db, town.clock, row) or row.kind in (runs.CHECK, runs.CLOSE):
            await outbox.over(town.db, town.clock, row, "cancelled")
        else:
            assert await outbox.sent(town.db, town.clock, row, message_id=1)
            said.append(row.kind)
    return said


async def until(town: Town, moment: dt.datetime) -> list[str]:
    """Deliver everything in its time, up to a moment."""
    said = await round_of(town)
    while (due := await outbox.next_due(town.db)) is not None and due <= moment:
        town.clock.set(max(due, town.clock.now()))
        said += await round_of(town)
    town.clock.set(moment)
    return said
