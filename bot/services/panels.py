"""Where panels stand and what they last showed."""

from bot.domain.panels import Panel
from data.db import Database
from data.store import panels


async def all_of(db: Database, guild_id: int) -> list[Panel]:
    """Return the guild's panels."""
    return await db.read(lambda tx: panels.fetch_all(tx, guild_id))


async def one(db: Database, guild_id: int, programme_id: str, kind: str) -> Panel | None:
    """Return one panel of a programme as it stands now."""
    return await db.read(lambda tx: panels.fetch_one(tx, guild_id, programme_id, kind))


async def shown_in(db: Database, guild_id: int, message_id: int) -> Panel | None:
    """Return the panel that a message shows."""
    return await db.read(lambda tx: panels.fetch_by_message(tx, guild_id, message_id))


async def remember_shown(db: Database, panel: Panel, *, message_id: int | None, rev: str | None) -> None:
    """Write down which message shows which revision; None: it is gone and must be posted anew."""
    await db.write(lambda tx: panels.shown(tx, panel.guild_id, panel.id, message_id=message_id, rev=rev))
