"""Short words for reminders: a postman who needs no Discord, and what became of everything that was planned."""

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.services import outbox, reminders, settings
from bot.services.reminders import Standing
from data.schema import outbox as table
from tests.services.conftest import Town
from tests.store.planned import LEASE

NINE = 9 * 60
BERLIN = "Europe/Berlin"


async def choose(
    town: Town, minute: int = NINE, actor: Actor | None = None, programme: Programme | None = None
) -> Standing:
    """Choose a time, with a yes."""
    return await reminders.choose(
        town.db, town.clock, actor or town.anna, programme or town.programme, minute, agreed=True
    )


async def travel(town: Town, zone: str, actor: Actor | None = None) -> None:
    """Let somebody's clock show another zone."""
    await settings.set_zone(town.db, town.clock, actor or town.anna, zone, agreed=True)


async def round_of(town: Town, *, lease: dt.timedelta = LEASE) -> list[tuple[str, str]]:
    """Deliver what is due now, and return for which days what was said."""
    said = []
    for row in await outbox.claim(town.db, town.clock, worker="w1", limit=50, lease=lease):
        if town.clock.now() >= row.expires_at:
            await outbox.over(town.db, town.clock, row, "expired")
            continue
        due = await reminders.wanted(town.db, town.clock, row)
        if due is None:
            await outbox.over(town.db, town.clock, row, "cancelled")
            continue
        assert await outbox.sent(town.db, town.clock, row, message_id=1, after=reminders.after_sent)
        said.append((str(row.payload["day"]), due.asking))
    return said


async def until(town: Town, moment: dt.datetime) -> list[tuple[str, str]]:
    """Deliver everything in its time, up to a moment."""
    said = []
    while (due := await outbox.next_due(town.db)) is not None and due <= moment:
        town.clock.set(max(due, town.clock.now()))
        said += await round_of(town)
    town.clock.set(moment)
    return said


def on(day: int, hour: int = 12, minute: int = 0, *, month: int = 3, zone: str = BERLIN) -> dt.datetime:
    """Return a moment of the spring in which these tests begin: on its 10th, at 13:00 in Berlin."""
    return dt.datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(zone))


def days(*numbers: int, asking: str = "question") -> list[tuple[str, str]]:
    """Return what was said for these days of March."""
    return [(f"2026-03-{number:02}", asking) for number in numbers]


async def stand(town: Town) -> list[tuple[str, str]]:
    """Return every reminder that was planned, as its local date and what became of it, in the order of when it was due."""
    ordered = sa.select(table.c.payload, table.c.state).order_by(table.c.due_at, table.c.revision)
    return [(row.payload["day"], row.state) for row in await town.db.read(lambda tx: tx.execute(ordered).all())]


async def waiting(town: Town) -> list[dt.datetime]:
    """Return when what waits is due."""
    ordered = sa.select(table.c.due_at).where(table.c.state == "pending").order_by(table.c.due_at)
    return list(await town.db.read(lambda tx: tx.execute(ordered).scalars().all()))
