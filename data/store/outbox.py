"""What is to be said: planned under a key, claimed under a lease, marked under a fence.

A lease ends at `ready_at`: on PostgreSQL, which several machines share, by the database's clock, on SQLite by the one that
is handed in. A mark by somebody whose claim was taken over changes nothing and says so. Nothing here sends anything.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from bot.domain.outbox import LATE, LONGEST_WAIT, MOST_ERROR, Claimed, Counts, Over, Plan, State, look_from
from data.schema import OUTBOX_DONE, OUTBOX_HELD, OUTBOX_LIVE, outbox
from data.store._prepared import Prepared, upsert
from data.types import UtcDateTime

JUST_CLAIMED = dt.timedelta(minutes=1)
"""How much later a claim may have been dated than whoever looks at it, who had to wait for the database since."""

SELECTED = [outbox.c[name] for name in Claimed.__slots__ if name != "look_from"]

_insert = upsert(outbox, key=["dedupe_key"], update=[], returning=[outbox.c.id])
_held_by_fence = (
    outbox.c.id == sa.bindparam("row_id"),
    outbox.c.guild_id == sa.bindparam("of_guild"),
    outbox.c.fence == sa.bindparam("held_fence"),
    # A prepared statement is given all its values with the call: what never changes stands in its text.
    outbox.c.state == sa.literal_column("'claimed'"),
)
_move = Prepared(
    sa.update(outbox)
    .where(*_held_by_fence)
    .values(
        state=sa.bindparam("to_state", type_=sa.String),
        worker=sa.null(),
        ready_at=sa.func.coalesce(sa.bindparam("ready", type_=UtcDateTime), outbox.c.ready_at),
        done_at=sa.bindparam("done", type_=UtcDateTime),
        message_id=sa.bindparam("message", type_=sa.BigInteger),
        attempts=outbox.c.attempts + sa.bindparam("failures", type_=sa.Integer),
        last_error=sa.func.coalesce(sa.bindparam("error", type_=sa.String), outbox.c.last_error),
    )
    .returning(outbox.c.id)
)
_try = Prepared(
    sa.update(outbox)
    .where(*_held_by_fence)
    .values(
        first_try_at=sa.bindparam("tried", type_=UtcDateTime), channel_id=sa.bindparam("channel", type_=sa.BigInteger)
    )
    .returning(outbox.c.id)
)


def _claiming(
    due: sa.ColumnElement[bool], lease_ends: sa.ColumnElement[dt.datetime]
) -> sa.sql.dml.ReturningUpdate[tuple[object, ...]]:
    chosen = (
        sa.select(outbox.c.id)
        .where(OUTBOX_LIVE, due)
        .order_by(outbox.c.ready_at)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)  # left out on SQLite, where one writes at a time
        # Read once, before the update: a subquery might be run for every row it is compared with.
        .cte("chosen")
    )
    return (
        sa.update(outbox)
        .where(outbox.c.id.in_(sa.select(chosen.c.id)))
        .values(
            state="claimed",
            worker=sa.bindparam("by", type_=sa.String),
            fence=outbox.c.fence + 1,
            ready_at=lease_ends,
        )
        .returning(*SELECTED)
    )


_now = sa.bindparam("now", type_=UtcDateTime)
_server_now = sa.func.statement_timestamp(type_=UtcDateTime)
_CLAIMS = {
    "sqlite": _claiming(outbox.c.ready_at <= _now, sa.bindparam("lease_ends", type_=UtcDateTime)),
    "postgresql": _claiming(
        sa.and_(
            # The bound of both, so that the index is read no further than to what may be meant.
            outbox.c.ready_at <= sa.func.greatest(_now, _server_now),
            sa.or_(
                sa.and_(outbox.c.state == "pending", outbox.c.ready_at <= _now),
                sa.and_(outbox.c.state == "claimed", outbox.c.ready_at <= _server_now),
            ),
        ),
        _server_now + sa.bindparam("lease", type_=sa.Interval),
    ),
}


def plan(tx: sa.Connection, plan: Plan) -> bool:
    """Put a message in; False where there is or was one under its key, which stays as it is."""
    values = {
        "id": plan.id,
        "guild_id": plan.guild_id,
        "programme_id": plan.programme_id,
        "member_ref": plan.member_ref,
        "kind": plan.kind,
        "subject": plan.subject,
        "revision": plan.revision,
        "dedupe_key": plan.dedupe_key,
        "op": plan.op,
        "payload": dict(plan.payload),
        "due_at": plan.due_at,
        "expires_at": plan.expires_at,
        "ready_at": plan.due_at,
        "state": "pending",
        "fence": 0,
        "attempts": 0,
    }
    return bool(_insert(tx, values))


def cancel(
    tx: sa.Connection,
    guild_id: int,
    kind: str,
    subject: str,
    *,
    now: dt.datetime,
    before_revision: int | None = None,
    member_ref: str | None = None,
) -> int:
    """Take back what waits or is held about a subject; return how many.

    Only below a revision, and only what goes to one member, where these are given. What a worker has claimed stays: it
    asks whether it is still wanted before it sends.
    """
    where = [outbox.c.guild_id == guild_id, outbox.c.kind == kind, outbox.c.subject == subject]
    where.append(outbox.c.state.in_(("pending", "held")))
    if before_revision is not None:
        where.append(outbox.c.revision < before_revision)
    if member_ref is not None:
        where.append(outbox.c.member_ref == member_ref)
    return tx.execute(sa.update(outbox).where(*where).values(state="cancelled", done_at=now)).rowcount


def cancel_about(
    tx: sa.Connection,
    guild_id: int,
    kinds: Sequence[str],
    subjects: Sequence[str],
    *,
    now: dt.datetime,
    before_revision: int | None = None,
) -> int:
    """Take back what waits or is held of several kinds about several subjects; return how many. As `cancel` otherwise."""
    where = [outbox.c.guild_id == guild_id, outbox.c.kind.in_(kinds), outbox.c.subject.in_(subjects)]
    where.append(outbox.c.state.in_(("pending", "held")))
    if before_revision is not None:
        where.append(outbox.c.revision < before_revision)
    return tx.execute(sa.update(outbox).where(*where).values(state="cancelled", done_at=now)).rowcount


def claim(
    tx: sa.Connection,
    *,
    worker: str,
    now: dt.datetime,
    lease: dt.timedelta,
    limit: int,
    restored_at: dt.datetime | None = None,
) -> list[Claimed]:
    """Take up to `limit` messages that are due, or whose lease has run out, for the length of a lease; oldest first."""
    rows = tx.execute(
        _CLAIMS[tx.dialect.name],
        {"by": worker, "now": now, "lease": lease, "lease_ends": now + lease, "most": limit},
    )
    found = [
        Claimed(**row, look_from=look_from(row["first_try_at"], row["due_at"], restored_at)) for row in rows.mappings()
    ]
    return sorted(found, key=lambda row: (row.due_at, row.id))


def first_try(tx: sa.Connection, guild_id: int, row_id: str, fence: int, *, at: dt.datetime, channel_id: int) -> bool:
    """Write down when and where the first byte is about to go; False where the claim is no longer this one."""
    return bool(_try(tx, {**_claim_of(guild_id, row_id, fence), "tried": at, "channel": channel_id}))


def mark_sent(
    tx: sa.Connection, guild_id: int, row_id: str, fence: int, *, message_id: int | None, now: dt.datetime
) -> bool:
    """Write down that it was sent; False where the claim is no longer this one."""
    return _moved(tx, guild_id, row_id, fence, "sent", done=now, message=message_id)


def mark_over(
    tx: sa.Connection, guild_id: int, row_id: str, fence: int, *, state: Over, now: dt.datetime, error: str | None
) -> bool:
    """Write down that it will not be sent, and why; False where the claim is no longer this one."""
    return _moved(tx, guild_id, row_id, fence, state, done=now, error=error)


def mark_again(
    tx: sa.Connection, guild_id: int, row_id: str, fence: int, *, ready_at: dt.datetime, error: str | None
) -> bool:
    """Give it back until `ready_at`; with an error it counts as failed once more. False where the claim is no longer this one."""
    return _moved(tx, guild_id, row_id, fence, "pending", ready=ready_at, error=error, failures=int(error is not None))


def hold(tx: sa.Connection, guild_id: int, row_id: str, fence: int, *, now: dt.datetime, error: str) -> bool:
    """Put it aside until it is released; False where the claim is no longer this one."""
    return _moved(tx, guild_id, row_id, fence, "held", ready=now, error=error)


def release(tx: sa.Connection, kinds: Sequence[str], *, now: dt.datetime, limit: int) -> int:
    """Let up to `limit` messages of these kinds that were put aside be taken again; return how many."""
    chosen = sa.select(outbox.c.id).where(OUTBOX_HELD, outbox.c.kind.in_(kinds)).limit(limit).scalar_subquery()
    values = {"state": "pending", "ready_at": now}
    return tx.execute(sa.update(outbox).where(outbox.c.id.in_(chosen)).values(values)).rowcount


def unstick(tx: sa.Connection, *, now: dt.datetime, lease: dt.timedelta, limit: int) -> int:
    """Let up to `limit` messages be taken that wait further ahead than they can have been told to; return how many.

    That comes of a clock that was set back after a lease or the pause after a failure had begun. What waits for somebody's
    quiet hours to end has not failed and is left alone. Leases by the database's own clock are nothing to this one.
    """
    far = sa.and_(outbox.c.state == "pending", outbox.c.attempts > 0, outbox.c.ready_at > now + LONGEST_WAIT)
    if tx.dialect.name == "sqlite":
        far = sa.or_(far, sa.and_(outbox.c.state == "claimed", outbox.c.ready_at > now + lease + JUST_CLAIMED))
    ahead = (OUTBOX_LIVE, outbox.c.ready_at > now + min(lease, LONGEST_WAIT))
    chosen = sa.select(outbox.c.id).where(*ahead, far).limit(limit).scalar_subquery()
    return tx.execute(sa.update(outbox).where(outbox.c.id.in_(chosen)).values(ready_at=now)).rowcount


def expire(tx: sa.Connection, *, now: dt.datetime, limit: int) -> int:
    """Write down as expired up to `limit` messages that waited too long and were never tried; return how many.

    What was tried may have been sent: that is for a worker to find out.
    """
    chosen = (
        sa.select(outbox.c.id)
        .where(
            OUTBOX_LIVE,
            outbox.c.ready_at <= now,
            outbox.c.state == "pending",
            outbox.c.expires_at <= now,
            outbox.c.first_try_at.is_(None),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    values = {"state": "expired", "done_at": now}
    expired = sa.update(outbox).where(outbox.c.id.in_(sa.select(chosen.c.id))).values(values).returning(outbox.c.id)
    # Counted by what comes back: SQLite's driver tells no number for a statement that begins with WITH.
    return len(tx.execute(expired).all())


def forget(tx: sa.Connection, *, before: dt.datetime, limit: int) -> int:
    """Delete up to `limit` messages that are over and were due before a moment; return how many."""
    chosen = (
        sa.select(outbox.c.id)
        .where(OUTBOX_DONE, outbox.c.done_at < before, outbox.c.due_at < before)
        .order_by(outbox.c.done_at)
        .limit(limit)
        .scalar_subquery()
    )
    return tx.execute(sa.delete(outbox).where(outbox.c.id.in_(chosen))).rowcount


def last_to(tx: sa.Connection, guild_id: int, member_ref: str, since: dt.datetime) -> tuple[str, str | None] | None:
    """Return how the latest message to a member that ended since a moment ended, sent or dead, and its error; None: none did."""
    ended = (outbox.c.state.in_(("sent", "dead")), outbox.c.done_at >= since)
    row = tx.execute(
        sa.select(outbox.c.state, outbox.c.last_error)
        .where(outbox.c.guild_id == guild_id, outbox.c.member_ref == member_ref, *ended)
        .order_by(outbox.c.done_at.desc())
        .limit(1)
    ).one_or_none()
    return (row.state, row.last_error) if row is not None else None


def sent_to(
    tx: sa.Connection, guild_id: int, kind: str, channel_id: int, *, since: dt.datetime, before: dt.datetime
) -> list[Mapping[str, object]]:
    """Return the payloads of what was sent of a kind to a channel, and was due in a span of time."""
    where = (outbox.c.guild_id == guild_id, outbox.c.state == "sent", outbox.c.kind == kind)
    due = (outbox.c.due_at >= since, outbox.c.due_at < before)
    return list(
        tx.execute(sa.select(outbox.c.payload).where(*where, outbox.c.channel_id == channel_id, *due)).scalars()
    )


def next_due(tx: sa.Connection) -> dt.datetime | None:
    """Return when the next message may be taken, None: none waits."""
    found: dt.datetime | None = tx.execute(
        sa.select(outbox.c.ready_at).where(OUTBOX_LIVE).order_by(outbox.c.ready_at).limit(1)
    ).scalar_one_or_none()
    return found


def counts(tx: sa.Connection, guild_id: int, *, now: dt.datetime) -> Counts:
    """Return how many messages of the guild stand where, and the last error."""
    of_guild = outbox.c.guild_id == guild_id
    by_state = tx.execute(sa.select(outbox.c.state, sa.func.count()).where(of_guild).group_by(outbox.c.state))
    failed_or_left = sa.or_(outbox.c.attempts > 0, outbox.c.ready_at <= now - LATE)
    is_late = (of_guild, OUTBOX_LIVE, outbox.c.due_at <= now - LATE, failed_or_left)
    late, late_since = tx.execute(sa.select(sa.func.count(), sa.func.min(outbox.c.due_at)).where(*is_late)).one()
    dead = tx.execute(
        sa.select(outbox.c.last_error, sa.func.count(), sa.func.max(outbox.c.done_at))
        .where(of_guild, outbox.c.state == "dead")
        .group_by(outbox.c.last_error)
        .order_by(outbox.c.last_error)
    ).all()
    never_said = outbox.c.state.in_(("pending", "claimed", "expired")) & (outbox.c.attempts > 0)
    stuck = sa.or_(outbox.c.state.in_(("dead", "held")), never_said)
    last_error = (
        sa.select(outbox.c.last_error)
        .where(of_guild, outbox.c.last_error.is_not(None), stuck)
        .order_by(sa.func.coalesce(outbox.c.done_at, outbox.c.ready_at).desc())
        .limit(1)
    )
    return Counts(
        **{row.state: row[1] for row in by_state},
        late=late,
        late_since=late_since,
        dead_at=max((row[2] for row in dead), default=None),
        dead_by_error=tuple((row[0], row[1]) for row in dead),
        last_error=tx.execute(last_error).scalar_one_or_none(),
    )


def _claim_of(guild_id: int, row_id: str, fence: int) -> dict[str, object]:
    return {"row_id": row_id, "of_guild": guild_id, "held_fence": fence}


def _moved(
    tx: sa.Connection,
    guild_id: int,
    row_id: str,
    fence: int,
    state: State,
    *,
    ready: dt.datetime | None = None,
    done: dt.datetime | None = None,
    message: int | None = None,
    error: str | None = None,
    failures: int = 0,
) -> bool:
    values = {
        **_claim_of(guild_id, row_id, fence),
        "to_state": state,
        "ready": ready,
        "done": done,
        "message": message,
        "error": error[:MOST_ERROR] if error else None,
        "failures": failures,
    }
    return bool(_move(tx, values))
