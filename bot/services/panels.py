"""Where panels stand and what they last showed."""

from collections.abc import Collection

from bot.domain.panels import Panel
from data.db import Database
from data.store import panels


async def all_of(db: Database, guild_id: int) -> list[Panel]:
    """Return the guild's panels."""
    return await db.read(lambda tx: panels.fetch_all(tx, guild_id))


async def one(db: Database, guild_id: int, programme_id: str, kind: str, subject: str = "") -> Panel | None:
    """Return one panel of a programme as it stands now."""
    return await db.read(lambda tx: panels.fetch_one(tx, guild_id, programme_id, kind, subject))


async def about(db: Database, guild_id: int, kind: str, subject: str) -> list[Panel]:
    """Return the guild's panels of a kind about one subject."""
    return await db.read(lambda tx: panels.fetch_about(tx, guild_id, kind, subject))


async def remove(db: Database, panel: Panel) -> None:
    """Forget a panel that is not wanted any more."""
    await db.write(lambda tx: panels.remove(tx, panel.guild_id, panel.id))


async def shown_in(db: Database, guild_id: int, message_ids: Collection[int]) -> list[Panel]:
    """Return the panels that these messages show."""
    return await db.read(lambda tx: panels.fetch_by_messages(tx, guild_id, message_ids))


async def remember_shown(db: Database, panel: Panel, *, message_id: int, rev: str) -> None:
    """Write down which message shows which revision."""
    await db.write(lambda tx: panels.shown(tx, panel.guild_id, panel.id, message_id=message_id, rev=rev))


async def remember_gone(db: Database, panel: Panel) -> Panel | None:
    """Write down that the message `panel` stood in is gone; return the panel as it stands then, None: there is none.

    A panel that stands in another message by now is left as it is.
    """
    return await db.write(lambda tx: panels.gone(tx, panel.guild_id, panel.id, message_id=panel.message_id))


async def remember_channel_gone(db: Database, guild_id: int, channel_id: int) -> None:
    """Write down that all panels of a channel are gone with it."""
    if any(panel.channel_id == channel_id for panel in await all_of(db, guild_id)):
        await db.write(lambda tx: panels.gone_with_channel(tx, guild_id, channel_id))
