"""People who lead a programme or learn to."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from bot.domain.leaders import Leader
from data.schema import leaders
from data.store._prepared import upsert

_columns = [leaders.c[name] for name in Leader.__slots__]
_insert = upsert(leaders, key=["guild_id", "programme_id", "member_ref"], update=[])


def insert(
    tx: sa.Connection, row_id: str, guild_id: int, programme_id: str, member_ref: str, *, added_on: dt.date
) -> None:
    """Put a member on the programme's list; one who stands there is left as they are.

    The keys refuse a programme or member that is not the guild's.
    """
    _insert(
        tx,
        {
            "id": row_id,
            "guild_id": guild_id,
            "programme_id": programme_id,
            "member_ref": member_ref,
            "added_on": added_on,
            "learned": [],
            "trained_elsewhere": False,
        },
    )


def fetch_one(tx: sa.Connection, guild_id: int, programme_id: str, row_id: str) -> Leader | None:
    """Return one record of the programme's list."""
    return _one(tx, _of(guild_id, programme_id).where(leaders.c.id == row_id))


def fetch_member(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str) -> Leader | None:
    """Return a member's record on the programme's list."""
    return _one(tx, _of(guild_id, programme_id).where(leaders.c.member_ref == member_ref))


def fetch_all(tx: sa.Connection, guild_id: int, programme_id: str) -> list[Leader]:
    """Return the programme's list, who has stood there longest first."""
    rows = tx.execute(_of(guild_id, programme_id).order_by(leaders.c.added_on, leaders.c.id))
    return [_leader(row) for row in rows]


def update(tx: sa.Connection, guild_id: int, row_id: str, **values: Any) -> None:
    """Set columns of a record."""
    tx.execute(sa.update(leaders).where(leaders.c.guild_id == guild_id, leaders.c.id == row_id).values(**values))


def delete(tx: sa.Connection, guild_id: int, row_id: str) -> None:
    """Take a record off its list."""
    tx.execute(sa.delete(leaders).where(leaders.c.guild_id == guild_id, leaders.c.id == row_id))


def _of(guild_id: int, programme_id: str) -> sa.Select[Any]:
    return sa.select(*_columns).where(leaders.c.guild_id == guild_id, leaders.c.programme_id == programme_id)


def _one(tx: sa.Connection, query: sa.Select[Any]) -> Leader | None:
    row = tx.execute(query).one_or_none()
    return _leader(row) if row is not None else None


def _leader(row: sa.Row[Any]) -> Leader:
    return Leader(**{**row._mapping, "learned": frozenset(row.learned)})
