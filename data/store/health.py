"""Figures of the whole database, for whoever runs the bot: the only rows that are counted across guilds."""

import datetime as dt

import sqlalchemy as sa

from bot.domain.outbox import LATE
from data.schema import OUTBOX_HELD, OUTBOX_LIVE, guilds, outbox, programmes


def fetch(tx: sa.Connection, *, now: dt.datetime) -> tuple[int, int, int, dt.datetime | None]:
    """Return how many guilds have a live programme, how many messages wait and are held, and when the oldest late one was due.

    A message that waits for a person's quiet hours to end is none that is late: it may not be taken before.
    """
    here = (programmes.c.state == "live", guilds.c.removed_at.is_(None))
    with_programme = (
        sa.select(sa.func.count(sa.distinct(guilds.c.guild_id)))
        .join(programmes, programmes.c.guild_id == guilds.c.guild_id)
        .where(*here)
    )
    waiting = sa.select(sa.func.count()).select_from(outbox).where(OUTBOX_LIVE)
    held = sa.select(sa.func.count()).select_from(outbox).where(OUTBOX_HELD)
    oldest = sa.select(sa.func.min(outbox.c.ready_at)).where(OUTBOX_LIVE, outbox.c.ready_at <= now - LATE)
    return (
        tx.execute(with_programme).scalar_one(),
        tx.execute(waiting).scalar_one(),
        tx.execute(held).scalar_one(),
        tx.execute(oldest).scalar_one(),
    )


def ping(tx: sa.Connection) -> None:
    """Ask for nothing."""
    tx.execute(sa.select(1)).scalar_one()
