"""Panels: messages that show a state and are kept at the latest one."""

from collections.abc import Collection

import sqlalchemy as sa

from bot.domain.panels import Panel
from data.schema import panels
from data.store._prepared import upsert

_columns = [panels.c[name] for name in Panel.__slots__]
_place = upsert(
    panels,
    key=["guild_id", "programme_id", "kind", "subject"],
    update=["channel_id", "message_id", "shown_rev"],
    returning=[panels.c.id],
)


def place(
    tx: sa.Connection, panel_id: str, guild_id: int, programme_id: str, *, kind: str, channel_id: int, subject: str = ""
) -> str:
    """Say that a panel belongs in a channel, not yet posted there; return its id.

    `subject`: what it is about, where a programme has several of a kind. The keys refuse a programme that is not the guild's.
    """
    values = {
        "id": panel_id,
        "guild_id": guild_id,
        "programme_id": programme_id,
        "kind": kind,
        "subject": subject,
        "channel_id": channel_id,
        "message_id": None,
        "shown_rev": None,
    }
    found = fetch_one(tx, guild_id, programme_id, kind, subject)
    if found is not None and found.channel_id == channel_id:
        return found.id
    ((placed,),) = _place(tx, values)
    return str(placed)


def hand_over(tx: sa.Connection, guild_id: int, panel_id: str, programme_id: str) -> None:
    """Let a panel that stands belong to another programme of the guild; the keys refuse one of another guild."""
    mine = (panels.c.id == panel_id, panels.c.guild_id == guild_id)
    tx.execute(sa.update(panels).where(*mine).values(programme_id=programme_id))


def remove(tx: sa.Connection, guild_id: int, panel_id: str) -> None:
    """Forget a panel."""
    tx.execute(sa.delete(panels).where(panels.c.id == panel_id, panels.c.guild_id == guild_id))


def remove_from(tx: sa.Connection, guild_id: int, channel_id: int, *, kind: str) -> None:
    """Forget the panels of a kind in a channel that is gone."""
    gone = (panels.c.guild_id == guild_id, panels.c.channel_id == channel_id, panels.c.kind == kind)
    tx.execute(sa.delete(panels).where(*gone))


def shown(tx: sa.Connection, guild_id: int, panel_id: str, *, message_id: int | None, rev: str | None) -> None:
    """Write down which message shows which revision."""
    tx.execute(
        sa.update(panels)
        .where(panels.c.id == panel_id, panels.c.guild_id == guild_id)
        .values(message_id=message_id, shown_rev=rev)
    )


def gone(tx: sa.Connection, guild_id: int, panel_id: str, *, message_id: int | None) -> Panel | None:
    """Write down that the message in which a panel stood is gone, and return the panel as it stands now.

    Its revision then names that message: Discord gives the former message back for what was posted a moment ago, unless
    the next posting can be told from it. A panel that stands in another message by now is left as it is.
    """
    mine = (panels.c.id == panel_id, panels.c.guild_id == guild_id)
    tx.execute(
        sa.update(panels)
        .where(*mine, panels.c.message_id == message_id)
        .values(message_id=None, shown_rev=f"gone:{message_id}")
    )
    row = tx.execute(sa.select(*_columns).where(*mine)).one_or_none()
    return Panel(*row) if row else None


def gone_with_channel(tx: sa.Connection, guild_id: int, channel_id: int) -> None:
    """Write down that no panel stands in a channel any more."""
    tx.execute(
        sa.update(panels)
        .where(panels.c.guild_id == guild_id, panels.c.channel_id == channel_id)
        .values(message_id=None, shown_rev=None)
    )


def fetch_one(tx: sa.Connection, guild_id: int, programme_id: str, kind: str, subject: str = "") -> Panel | None:
    """Return one panel of a programme."""
    row = tx.execute(
        sa.select(*_columns).where(
            panels.c.guild_id == guild_id,
            panels.c.programme_id == programme_id,
            panels.c.kind == kind,
            panels.c.subject == subject,
        )
    ).one_or_none()
    return Panel(*row) if row else None


def fetch_about(tx: sa.Connection, guild_id: int, kind: str, subject: str) -> list[Panel]:
    """Return the guild's panels of a kind about one subject."""
    mine = (panels.c.guild_id == guild_id, panels.c.kind == kind, panels.c.subject == subject)
    return [Panel(*row) for row in tx.execute(sa.select(*_columns).where(*mine))]


def fetch_all(tx: sa.Connection, guild_id: int) -> list[Panel]:
    """Return the guild's panels."""
    return [Panel(*row) for row in tx.execute(sa.select(*_columns).where(panels.c.guild_id == guild_id))]


def fetch_by_messages(tx: sa.Connection, guild_id: int, message_ids: Collection[int]) -> list[Panel]:
    """Return the panels that these messages show."""
    rows = tx.execute(sa.select(*_columns).where(panels.c.guild_id == guild_id, panels.c.message_id.in_(message_ids)))
    return [Panel(*row) for row in rows]
