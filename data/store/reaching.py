"""How members want to be reached in a guild."""

import datetime as dt

import sqlalchemy as sa

from bot.domain.reaching import Reach, Way
from data.schema import reaches
from data.store._prepared import upsert

_put = upsert(reaches, key=["guild_id", "member_ref"], update=["way", "channel_id", "closed_at"])


def fetch(tx: sa.Connection, guild_id: int, member_ref: str) -> Reach | None:
    """Return the way a member chose, None: never asked."""
    row = tx.execute(sa.select(reaches).where(*_of(guild_id, member_ref))).one_or_none()
    return Reach(row.way, row.channel_id, row.closed_at) if row else None


def put(
    tx: sa.Connection,
    row_id: str,
    guild_id: int,
    member_ref: str,
    *,
    way: Way,
    channel_id: int | None,
    closed_at: dt.datetime | None = None,
) -> None:
    """Write down the way of a member, in place of an earlier one."""
    _put(
        tx,
        {
            "id": row_id,
            "guild_id": guild_id,
            "member_ref": member_ref,
            "way": way,
            "channel_id": channel_id,
            "closed_at": closed_at,
        },
    )


def replace(tx: sa.Connection, guild_id: int, member_ref: str, *, was: Reach, now: Reach | None) -> bool:
    """Put `now` (None: nothing) in place of `was`; False where the member's way is another one by now."""
    still = (reaches.c.way == was.way, reaches.c.channel_id.is_not_distinct_from(was.channel_id))
    mine = (*_of(guild_id, member_ref), *still)
    if now is None:
        return bool(tx.execute(sa.delete(reaches).where(*mine)).rowcount)
    values = {"way": now.way, "channel_id": now.channel_id, "closed_at": now.closed_at}
    return bool(tx.execute(sa.update(reaches).where(*mine).values(values)).rowcount)


def open_again(tx: sa.Connection, guild_id: int, member_ref: str) -> None:
    """Take back that the way was closed: the person has been told."""
    tx.execute(sa.update(reaches).where(*_of(guild_id, member_ref)).values(closed_at=None))


def _of(guild_id: int, member_ref: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return reaches.c.guild_id == guild_id, reaches.c.member_ref == member_ref
