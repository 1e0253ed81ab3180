"""One question that several stores ask before they write: is this programme the guild's?"""

import sqlalchemy as sa

from data.schema import programmes

_found = sa.select(programmes.c.id).where(
    programmes.c.id == sa.bindparam("programme_id"), programmes.c.guild_id == sa.bindparam("guild_id")
)


def insist(tx: sa.Connection, guild_id: int, programme_id: str) -> None:
    """Raise `LookupError` where the guild has no programme of that id, so that no guild writes into another's rows."""
    if tx.execute(_found, {"programme_id": programme_id, "guild_id": guild_id}).first() is None:
        raise LookupError("programmes: this guild has none of that id")
