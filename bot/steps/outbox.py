"""Saying something once: planned in the very transaction that causes it, and taken back in the one that ends its cause.

Nothing is sent here. A plan's id is made outside the transaction, as every id.
"""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from bot import crash
from bot.domain.outbox import Plan
from data.store import outbox


def plan(tx: sa.Connection, *plans: Plan) -> int:
    """Plan messages; return how many are new. One whose key was planned before, or taken back, stays as it is."""
    count = sum(outbox.plan(tx, one) for one in plans)
    crash.strike("before_plan")
    return count


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
    """Take back what is planned about a subject and not being sent at this moment; return how many.

    What is being sent asks the kind's `wanted` once more. To plan anew what was taken back, raise the revision.
    """
    return outbox.cancel(tx, guild_id, kind, subject, now=now, before_revision=before_revision, member_ref=member_ref)


def cancel_about(
    tx: sa.Connection,
    guild_id: int,
    kinds: Sequence[str],
    subjects: Sequence[str],
    *,
    now: dt.datetime,
    before_revision: int | None = None,
) -> int:
    """Take back what is planned of several kinds about several subjects, as `cancel` does; return how many."""
    return outbox.cancel_about(tx, guild_id, kinds, subjects, now=now, before_revision=before_revision)
