"""Newcomers who asked for somebody to greet them, and who does. Every statement names its guild."""

import datetime as dt
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.schema import greetings
from data.store._prepared import upsert

_insert = upsert(greetings, key=["guild_id", "programme_id", "member_ref"], update=[])


class Greeting(NamedTuple):
    """One newcomer's wish to be greeted."""

    id: str
    member_ref: str
    greeter_ref: str | None
    channel_id: int | None
    message_id: int | None


_columns = (
    greetings.c.id,
    greetings.c.member_ref,
    greetings.c.greeter_ref,
    greetings.c.channel_id,
    greetings.c.message_id,
)


def ensure(
    tx: sa.Connection, greeting_id: str, guild_id: int, programme_id: str, member_ref: str, *, now: dt.datetime
) -> Greeting:
    """Return the member's one wish in the programme, made where there was none."""
    _insert(
        tx,
        {
            "id": greeting_id,
            "guild_id": guild_id,
            "programme_id": programme_id,
            "member_ref": member_ref,
            "asked_at": now,
        },
    )
    found = fetch_of(tx, guild_id, programme_id, member_ref)
    assert found is not None
    return found


def fetch(tx: sa.Connection, guild_id: int, programme_id: str, greeting_id: str) -> Greeting | None:
    """Return a wish by its id, if it is this programme's."""
    row = tx.execute(sa.select(*_columns).where(*_here(guild_id, programme_id), greetings.c.id == greeting_id)).first()
    return Greeting(*row) if row else None


def fetch_of(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str) -> Greeting | None:
    """Return the member's wish in the programme."""
    mine = (*_here(guild_id, programme_id), greetings.c.member_ref == member_ref)
    row = tx.execute(sa.select(*_columns).where(*mine)).first()
    return Greeting(*row) if row else None


def update(tx: sa.Connection, guild_id: int, programme_id: str, greeting_id: str, **values: Any) -> bool:
    """Set columns of a wish and tell whether it is there."""
    where = (*_here(guild_id, programme_id), greetings.c.id == greeting_id)
    return bool(tx.execute(sa.update(greetings).where(*where).values(**values)).rowcount)


def delete(tx: sa.Connection, guild_id: int, programme_id: str, greeting_id: str) -> None:
    """Delete a wish."""
    tx.execute(sa.delete(greetings).where(*_here(guild_id, programme_id), greetings.c.id == greeting_id))


def _here(guild_id: int, programme_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return greetings.c.guild_id == guild_id, greetings.c.programme_id == programme_id
