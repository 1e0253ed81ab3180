"""The postman's ledger: what is due, who has it, what became of it, and how things stand.

Each step is a transaction of its own. A mark under an outdated claim changes nothing and returns False. A message is
planned elsewhere, in the transaction that causes it (`bot.steps.outbox`); whether it is still wanted is for its kind to say.
"""

import datetime as dt
import functools
from collections.abc import Callable, Collection, Iterable
from typing import Literal

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.outbox import Claimed, Counts, Over
from data.db import Database
from data.store import meta, outbox

AfterSent = Callable[[sa.Connection, Claimed, int | None], None]
"""What a kind writes in the transaction that marks its message as sent: (tx, the message, Discord's id of it).

It may run more than once, as every closure of a write. The id is None where the message was deleted at once.
"""
KEPT = dt.timedelta(days=7)
CHUNK = 200
RESTORED = "restored_at"
ALONE: Literal["READ COMMITTED"] = "READ COMMITTED"
"""For a single statement that looks and changes in one: others can be in its way but never mislead it."""


async def claim(db: Database, clock: Clock, *, worker: str, limit: int, lease: dt.timedelta) -> list[Claimed]:
    """Take up to `limit` messages that are due for the length of a lease, oldest first."""
    now = clock.now()

    def work(tx: sa.Connection) -> list[Claimed]:
        restored = meta.fetch(tx, RESTORED)
        restored_at = dt.datetime.fromisoformat(restored) if restored else None
        return outbox.claim(tx, worker=worker, now=now, lease=lease, limit=limit, restored_at=restored_at)

    return await db.write(work, isolation=ALONE)


async def first_try(db: Database, row: Claimed, *, at: dt.datetime, channel_id: int) -> bool:
    """Write down, before the first byte goes out, when that is in Discord's time and where it goes; False: do not send."""
    return await db.write(
        lambda tx: outbox.first_try(tx, row.guild_id, row.id, row.fence, at=at, channel_id=channel_id), isolation=ALONE
    )


async def sent(
    db: Database, clock: Clock, row: Claimed, *, message_id: int | None, after: AfterSent | None = None
) -> bool:
    """Write down that it was sent (`message_id` None: and deleted since), together with what its kind makes of that."""
    now = clock.now()

    def work(tx: sa.Connection) -> bool:
        marked = outbox.mark_sent(tx, row.guild_id, row.id, row.fence, message_id=message_id, now=now)
        if marked and after is not None:
            after(tx, row, message_id)
        return marked

    return await db.write(work, isolation=ALONE if after is None else "SERIALIZABLE")


async def again(db: Database, row: Claimed, *, ready_at: dt.datetime, error: str | None) -> bool:
    """Give it back until `ready_at`: after an `error`, which counts, or because it is not the time yet (None)."""
    return await db.write(
        lambda tx: outbox.mark_again(tx, row.guild_id, row.id, row.fence, ready_at=ready_at, error=error),
        isolation=ALONE,
    )


async def over(db: Database, clock: Clock, row: Claimed, state: Over, *, error: str | None = None) -> bool:
    """Write down that it expired, is dead, or was not wanted any more (cancelled)."""
    now = clock.now()
    return await db.write(
        lambda tx: outbox.mark_over(tx, row.guild_id, row.id, row.fence, state=state, now=now, error=error),
        isolation=ALONE,
    )


async def hold(db: Database, clock: Clock, row: Claimed, *, error: str) -> bool:
    """Put it aside, such as one of a kind that nobody here knows, until `release`."""
    now = clock.now()
    return await db.write(
        lambda tx: outbox.hold(tx, row.guild_id, row.id, row.fence, now=now, error=error), isolation=ALONE
    )


async def give_back(db: Database, clock: Clock, rows: Iterable[Claimed]) -> int:
    """End the leases of what was claimed and not begun, so that others need not wait for them; return how many."""
    now, given = clock.now(), list(rows)

    def work(tx: sa.Connection) -> int:
        return sum(outbox.mark_again(tx, row.guild_id, row.id, row.fence, ready_at=now, error=None) for row in given)

    return await db.write(work, isolation=ALONE)


async def release(db: Database, clock: Clock, kinds: Collection[str]) -> int:
    """Let what was put aside be taken again where its kind is known now; return how many."""
    now, known = clock.now(), sorted(kinds)
    return await db.write_chunks(functools.partial(outbox.release, kinds=known, now=now, limit=CHUNK))


async def unstick(db: Database, clock: Clock, *, lease: dt.timedelta) -> int:
    """Let what a clock that was set back keeps waiting be taken; for the start, and when such a jump is seen."""
    now = clock.now()
    return await db.write_chunks(functools.partial(outbox.unstick, now=now, lease=lease, limit=CHUNK))


async def expire(db: Database, clock: Clock) -> int:
    """Write down as expired what waited too long and was never tried; return how many."""
    now = clock.now()
    return await db.write_chunks(functools.partial(outbox.expire, now=now, limit=CHUNK))


async def tidy(db: Database, clock: Clock) -> int:
    """Delete what has been over for 7 days; return how many."""
    before = clock.now() - KEPT
    return await db.write_chunks(functools.partial(outbox.forget, before=before, limit=CHUNK))


async def next_due(db: Database) -> dt.datetime | None:
    """Return when the next message may be taken, None: none waits."""
    return await db.read(outbox.next_due)


async def health(db: Database, clock: Clock, guild_id: int) -> Counts:
    """Return how many messages of the guild stand where, and the last error."""
    return await db.read(functools.partial(outbox.counts, guild_id=guild_id, now=clock.now()))


async def restored(db: Database, clock: Clock) -> None:
    """Write down that the database was put back from a copy at this moment.

    Whatever was due before may have been sent after the copy was made: from now on none of it is handed out without
    `look_from`, and none is sent before somebody has looked.
    """
    now = clock.now().isoformat()
    await db.write(functools.partial(meta.put, key=RESTORED, value=now))
