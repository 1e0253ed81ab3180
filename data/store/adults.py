"""The adult who is named to young people: one for a guild."""

import datetime as dt

import sqlalchemy as sa

from data.schema import named_adults
from data.store._prepared import upsert

_name = upsert(named_adults, key=["guild_id"], update=["member_ref", "named_at"])


def name(tx: sa.Connection, row_id: str, guild_id: int, member_ref: str, *, now: dt.datetime) -> None:
    """Name a member of the guild, in the place of whoever was named before; the keys refuse another guild's member."""
    _name(tx, {"id": row_id, "guild_id": guild_id, "member_ref": member_ref, "named_at": now})


def remove(tx: sa.Connection, guild_id: int, member_ref: str) -> bool:
    """Name this member no more, and tell whether they were."""
    mine = (named_adults.c.guild_id == guild_id, named_adults.c.member_ref == member_ref)
    return bool(tx.execute(sa.delete(named_adults).where(*mine)).rowcount)
