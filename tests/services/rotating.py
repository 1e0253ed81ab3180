"""Short words for turns: people on the list and in a pool, a series that meets, and what is planned and said about it."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.ids import new_id
from bot.domain.rotations import Rules
from bot.services import hostings, outbox, rotations
from bot.steps import rotations as steps
from bot.steps.meetings import CANCELLED
from data.schema import guilds, leaders, meetings, rsvps, series
from data.schema import hostings as table
from data.store import people
from tests.services.conftest import Town
from tests.store.planned import LEASE
from tests.store.rows import HERE, NOON, OURS

LEAD = Actor(42_000_000_000_000_001, HERE, manages_guild=True)
FIRST = 42_000_000_000_000_100
"""The first of those who host; the others follow."""
SERIES = "5" * 32
EVENING = NOON + dt.timedelta(days=7, hours=6)
"""When the first meeting begins."""


def who(number: int) -> Actor:
    """Return one of those who host."""
    return Actor(FIRST + number, HERE)


async def on_list(town: Town, number: int, *, certified: bool = True) -> str:
    """Put somebody on the list of leaders, and return their ref."""
    ids = [new_id() for _ in range(3)]

    def work(tx: sa.Connection) -> str:
        member = people.ensure_member(tx, HERE, FIRST + number, new_person_id=ids[0], new_ref=ids[1])
        row = {"id": ids[2], "guild_id": HERE, "programme_id": OURS, "member_ref": member.ref}
        row |= {"added_on": NOON.date(), "learned": [], "trained_elsewhere": False}
        tx.execute(sa.insert(leaders).values(**row, certified_on=NOON.date() if certified else None))
        return member.ref

    return await town.db.write(work)


async def pool_of(town: Town, certified: int = 3, learning: int = 0, **rules: Any) -> tuple[str, list[str]]:
    """Make a pool with people in it; return its id and their refs."""
    shown = await rotations.create(town.db, town.clock, LEAD, town.programme, "Evenings", Rules(**rules))
    refs = []
    for number in range(certified + learning):
        refs.append(await on_list(town, number, certified=number < certified))
        await rotations.add(town.db, town.clock, LEAD, town.programme, shown.pool.id, FIRST + number)
    return shown.pool.id, refs


async def meets(town: Town, pool_id: str, *starts: dt.datetime, state: str = "planned") -> list[str]:
    """Let a series of that pool meet at these moments; return the meetings' ids."""
    of = {"guild_id": HERE, "programme_id": OURS}
    ids = [f"{number + 1:032x}" for number in range(len(starts))]
    now = town.clock.now()

    def work(tx: sa.Connection) -> None:
        row = {"id": SERIES, "title": "Tuesday evening", "zone": "Europe/Berlin", "starts_on": NOON.date()}
        row |= {
            "minute": 1080,
            "minutes": 60,
            "rule": {"kind": "weekly", "weekdays": [1]},
            "listed": False,
            "revision": 0,
            "told_rev": 0,
        }
        tx.execute(sa.insert(series).values(**of, **row, pool_id=pool_id, created_at=NOON))
        for row_id, at in zip(ids, starts, strict=True):
            one = {"id": row_id, "series_id": SERIES, "day": at.date(), "starts_at": at, "moved": False, "revision": 0}
            one |= {"ends_at": at + dt.timedelta(hours=1), "told_rev": 0, "state": state, "changed_at": NOON}
            tx.execute(sa.insert(meetings).values(**of, **one))
        for row_id in ids:
            steps.meeting_changed(tx, HERE, row_id, now=now)

    await town.db.write(work)
    return ids


async def change(town: Town, meeting_id: str, **values: Any) -> None:
    """Change a meeting as whoever runs meetings does."""
    now = town.clock.now()

    def work(tx: sa.Connection) -> None:
        mine = meetings.c.id == meeting_id
        revision = tx.execute(sa.select(meetings.c.revision).where(mine)).scalar_one()
        tx.execute(sa.update(meetings).where(mine).values(revision=revision + 1, **values))
        steps.meeting_changed(tx, HERE, meeting_id, now=now)

    await town.db.write(work)


async def come(town: Town, meeting_id: str, *refs: str) -> None:
    """Let people say that they come."""
    of = {"guild_id": HERE, "programme_id": OURS, "meeting_id": meeting_id, "answer": "yes", "asked_at": NOON}
    rows = [{"id": new_id(), "member_ref": ref, **of} for ref in refs]
    await town.db.write(lambda tx: tx.execute(sa.insert(rsvps), rows) and None)


async def hosts(town: Town, meeting_id: str | None = None) -> list[tuple[int, str, str | None]]:
    """Return place, state and whose it is of every hosting, those given up last."""
    order = sa.select(table).order_by(table.c.meeting_id, table.c.state == "released", table.c.place)
    rows = await town.db.read(lambda tx: tx.execute(order).all())
    return [(one.place, one.state, one.member_ref) for one in rows if meeting_id in (None, one.meeting_id)]


async def live(town: Town, meeting_id: str, place: int = 0) -> Any:
    """Return the live hosting of a place."""
    mine = (table.c.meeting_id == meeting_id, table.c.place == place)
    states = table.c.state.in_(("asked", "confirmed", "open", "self_run"))
    return await town.db.read(lambda tx: tx.execute(sa.select(table).where(*mine, states)).one())


async def actor_of(town: Town, ref: str) -> Actor:
    """Return the person of a ref."""
    found = await town.db.read(lambda tx: people.fetch_user_ids(tx, HERE, [ref]))
    return Actor(found[ref], HERE)


async def until(town: Town, moment: dt.datetime) -> list[tuple[str, str, str | None]]:
    """Deliver everything in its time up to a moment; return what was said: kind, step and to whom."""
    said = []
    while (due := await outbox.next_due(town.db)) is not None and due <= moment:
        town.clock.set(max(due, town.clock.now()))
        for row in await outbox.claim(town.db, town.clock, worker="w1", limit=50, lease=LEASE):
            if row.kind not in steps.KINDS:
                # What meetings say themselves, and what is only due.
                await outbox.over(town.db, town.clock, row, "cancelled")
                if row.kind == CANCELLED:
                    said.append((row.kind, "", row.member_ref))
                continue
            late = town.clock.now() >= row.expires_at
            if late or await hostings.wanted(town.db, town.clock, row) is None:
                await outbox.over(town.db, town.clock, row, "expired" if late else "cancelled")
                continue
            assert await outbox.sent(town.db, town.clock, row, message_id=1)
            said.append((row.kind.removeprefix("rotations."), str(row.payload["step"]), row.member_ref))
    town.clock.set(max(moment, town.clock.now()))
    return said


async def guild_zone(town: Town, zone: str) -> None:
    """Let the server's clock show another zone."""
    await town.db.write(lambda tx: tx.execute(sa.update(guilds).values(zone=zone)) and None)
