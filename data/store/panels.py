"""Panels: messages that show a state and are kept at the latest one."""

import sqlalchemy as sa

from bot.domain.panels import Panel
from data.schema import panels
from data.store._prepared import upsert

_columns = [panels.c[name] for name in Panel.__slots__]
_place = upsert(
    panels,
    key=["guild_id", "programme_id", "kind"],
    update=["channel_id", "message_id", "shown_rev"],
    returning=[panels.c.id],
)


def place(tx: sa.Connection, panel_id: str, guild_id: int, programme_id: str, *, kind: str, channel_id: int) -> str:
    """Say that a panel belongs in a channel, not yet posted there; return its id.

    The keys refuse a programme that is not the guild's.
    """
    values = {
        "id": panel_id,
        "guild_id": guild_id,
        "programme_id": programme_id,
        "kind": kind,
        "channel_id": channel_id,
        "message_id": None,
        "shown_rev": None,
    }
    found = fetch_one(tx, guild_id, programme_id, kind)
    if found is not None and found.channel_id == channel_id:
        return found.id
    ((placed,),) = _place(tx, values)
    return str(placed)


def shown(tx: sa.Connection, guild_id: int, panel_id: str, *, message_id: int | None, rev: str | None) -> None:
    """Write down which message shows which revision; None: it is gone and must be posted anew."""
    tx.execute(
        sa.update(panels)
        .where(panels.c.id == panel_id, panels.c.guild_id == guild_id)
        .values(message_id=message_id, shown_rev=rev)
    )


def fetch_one(tx: sa.Connection, guild_id: int, programme_id: str, kind: str) -> Panel | None:
    """Return one panel of a programme."""
    row = tx.execute(
        sa.select(*_columns).where(
            panels.c.guild_id == guild_id, panels.c.programme_id == programme_id, panels.c.kind == kind
        )
    ).one_or_none()
    return Panel(*row) if row else None


def fetch_all(tx: sa.Connection, guild_id: int) -> list[Panel]:
    """Return the guild's panels."""
    return [Panel(*row) for row in tx.execute(sa.select(*_columns).where(panels.c.guild_id == guild_id))]


def fetch_by_message(tx: sa.Connection, guild_id: int, message_id: int) -> Panel | None:
    """Return the panel that a message shows."""
    row = tx.execute(
        sa.select(*_columns).where(panels.c.guild_id == guild_id, panels.c.message_id == message_id)
    ).one_or_none()
    return Panel(*row) if row else None
