"""Check-ins: one row per programme, member and local day."""

import datetime as dt
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.schema import checkin_plans, checkins
from data.store._prepared import Prepared, upsert

_upsert = upsert(
    checkins,
    key=["guild_id", "programme_id", "member_ref", "day"],
    update=["mood", "changed_at"],
    returning=[checkins.c.id, checkins.c.note, checkins.c.seen_by],
)
_count_days = Prepared(
    sa.select(sa.func.count()).where(
        checkins.c.guild_id == sa.bindparam("guild_id"),
        checkins.c.programme_id == sa.bindparam("programme_id"),
        checkins.c.member_ref == sa.bindparam("member_ref"),
        checkins.c.day.between(sa.bindparam("first"), sa.bindparam("last")),
    )
)


class Upserted(NamedTuple):
    """What stands in the row after the mood was written."""

    id: str
    note: bytes | None
    seen_by: str


class Day(NamedTuple):
    """One day's check-in."""

    id: str
    day: dt.date
    mood: int
    note: bytes | None
    seen_by: str
    member_ref: str
    changed_at: dt.datetime

    def __repr__(self) -> str:
        """Name the row alone: what is printed may end in a log."""
        return f"Day(id={self.id!r})"


def upsert_mood(
    tx: sa.Connection,
    new_id: str,
    guild_id: int,
    programme_id: str,
    member_ref: str,
    *,
    day: dt.date,
    mood: int,
    now: dt.datetime,
) -> Upserted:
    """Write the day's mood; a second one on the same day edits the first and leaves note and visibility."""
    ((checkin_id, note, seen_by),) = _upsert(
        tx,
        {
            "id": new_id,
            "guild_id": guild_id,
            "programme_id": programme_id,
            "member_ref": member_ref,
            "day": day,
            "mood": mood,
            "seen_by": "me",
            "changed_at": now,
        },
    )
    return Upserted(checkin_id, note, seen_by)


def update(tx: sa.Connection, guild_id: int, checkin_id: str, **values: Any) -> None:
    """Set columns of one check-in."""
    tx.execute(sa.update(checkins).where(checkins.c.id == checkin_id, checkins.c.guild_id == guild_id).values(**values))


def count_days(
    tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str, *, first: dt.date, last: dt.date
) -> int:
    """Return on how many days from `first` to `last` the member checked in."""
    ((count,),) = _count_days(
        tx,
        {"guild_id": guild_id, "programme_id": programme_id, "member_ref": member_ref, "first": first, "last": last},
    )
    assert isinstance(count, int)
    return count


_day_columns = [checkins.c[name] for name in Day._fields]


def fetch_day(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str, day: dt.date) -> Day | None:
    """Return the member's check-in of that day."""
    row = tx.execute(
        sa.select(*_day_columns).where(
            checkins.c.guild_id == guild_id,
            checkins.c.programme_id == programme_id,
            checkins.c.member_ref == member_ref,
            checkins.c.day == day,
        )
    ).one_or_none()
    return Day(*row) if row else None


def fetch_history(
    tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str, *, first: dt.date, last: dt.date
) -> list[Day]:
    """Return the member's check-ins from `first` to `last`, oldest first."""
    rows = tx.execute(
        sa.select(*_day_columns)
        .where(
            checkins.c.guild_id == guild_id,
            checkins.c.programme_id == programme_id,
            checkins.c.member_ref == member_ref,
            checkins.c.day.between(first, last),
        )
        .order_by(checkins.c.day)
    )
    return [Day(*row) for row in rows]


def has_since(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str, moment: dt.datetime) -> bool:
    """Tell whether the member checked in, or changed a check-in of then, after the aware `moment`."""
    # A check-in is for the day on which it is made or the one before, in whichever zone.
    first = moment.date() - dt.timedelta(days=2)
    found = sa.exists().where(
        checkins.c.guild_id == guild_id,
        checkins.c.programme_id == programme_id,
        checkins.c.member_ref == member_ref,
        checkins.c.day >= first,
        checkins.c.changed_at > moment,
    )
    return bool(tx.execute(sa.select(found)).scalar_one())


def fetch_shared(
    tx: sa.Connection, guild_id: int, programme_id: str, *, seen_by: tuple[str, ...], first: dt.date, limit: int
) -> list[Day]:
    """Return what members chose to show, newest first."""
    rows = tx.execute(
        sa.select(*_day_columns)
        .where(
            checkins.c.guild_id == guild_id,
            checkins.c.programme_id == programme_id,
            checkins.c.seen_by.in_(seen_by),
            checkins.c.day >= first,
        )
        .order_by(checkins.c.day.desc(), checkins.c.changed_at.desc())
        .limit(limit)
    )
    return [Day(*row) for row in rows]


def delete_history(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str, *, limit: int) -> int:
    """Delete up to `limit` of the member's check-ins in a programme; return how many went."""
    chosen = (
        sa.select(checkins.c.id)
        .where(
            checkins.c.guild_id == guild_id,
            checkins.c.programme_id == programme_id,
            checkins.c.member_ref == member_ref,
        )
        .limit(limit)
    )
    return tx.execute(sa.delete(checkins).where(checkins.c.id.in_(chosen.scalar_subquery()))).rowcount


_put_plan = upsert(checkin_plans, key=["guild_id", "programme_id", "member_ref"], update=["stopped_at"])


def put_stopped(
    tx: sa.Connection, new_id: str, guild_id: int, programme_id: str, member_ref: str, *, stopped_at: dt.datetime
) -> None:
    """Write down when the member stopped checking in; they have begun again once a check-in is newer than that."""
    _put_plan(
        tx,
        {
            "id": new_id,
            "guild_id": guild_id,
            "programme_id": programme_id,
            "member_ref": member_ref,
            "stopped_at": stopped_at,
        },
    )


def fetch_stopped(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str) -> dt.datetime | None:
    """Return when the member stopped checking in, None: they never did, or have asked to be reminded since."""
    mine = (checkin_plans.c.programme_id == programme_id, checkin_plans.c.member_ref == member_ref)
    found: dt.datetime | None = tx.execute(
        sa.select(checkin_plans.c.stopped_at).where(checkin_plans.c.guild_id == guild_id, *mine)
    ).scalar_one_or_none()
    return found


def begin_again(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str) -> None:
    """Forget that the member stopped checking in."""
    mine = (checkin_plans.c.programme_id == programme_id, checkin_plans.c.member_ref == member_ref)
    tx.execute(sa.update(checkin_plans).where(checkin_plans.c.guild_id == guild_id, *mine).values(stopped_at=None))
