"""What leaders put in their own words, by programme and name of the text."""

import datetime as dt

import sqlalchemy as sa

from data.schema import programme_texts
from data.store._prepared import upsert

_put = upsert(programme_texts, key=["guild_id", "programme_id", "name"], update=["body", "changed_at"])


def fetch(tx: sa.Connection, guild_id: int, programme_id: str, name: str) -> str | None:
    """Return a text in the leaders' own words; None where it stands as it came with the programme."""
    return tx.execute(sa.select(programme_texts.c.body).where(*_one(guild_id, programme_id, name))).scalar_one_or_none()


def put(
    tx: sa.Connection, row_id: str, guild_id: int, programme_id: str, name: str, *, body: str, now: dt.datetime
) -> None:
    """Keep a text, replacing what stood there. The keys refuse a programme that is not the guild's."""
    _put(
        tx,
        {
            "id": row_id,
            "guild_id": guild_id,
            "programme_id": programme_id,
            "name": name,
            "body": body,
            "changed_at": now,
        },
    )


def delete(tx: sa.Connection, guild_id: int, programme_id: str, name: str) -> None:
    """Drop the leaders' own words of a text."""
    tx.execute(sa.delete(programme_texts).where(*_one(guild_id, programme_id, name)))


def _one(guild_id: int, programme_id: str, name: str) -> tuple[sa.ColumnElement[bool], ...]:
    table = programme_texts.c
    return table.guild_id == guild_id, table.programme_id == programme_id, table.name == name
