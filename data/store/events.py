"""The mirror of occurrences among Discord's events: which event an occurrence has, and what that showed last."""

import datetime as dt

import sqlalchemy as sa

from bot.domain.events import GONE
from bot.domain.series import COMES, Meeting
from data.schema import guilds, meetings, outbox, programmes, series

_columns = [meetings.c[name] for name in Meeting.__slots__]
_WAITING = ("pending", "claimed", "held")


def fetch(tx: sa.Connection, guild_id: int, series_id: str, *, now: dt.datetime) -> list[Meeting]:
    """Return the occurrences of a series that are not over, and those that have an event."""
    mine = (meetings.c.guild_id == guild_id, meetings.c.series_id == series_id)
    told = sa.or_(meetings.c.ends_at > now, meetings.c.event_id.is_not(None))
    return [Meeting(*row) for row in tx.execute(sa.select(*_columns).where(*mine, told))]


def is_live(tx: sa.Connection, guild_id: int, programme_id: str) -> bool:
    """Tell whether a programme is there."""
    mine = (programmes.c.guild_id == guild_id, programmes.c.id == programme_id, programmes.c.state == "live")
    return tx.execute(sa.select(programmes.c.id).where(*mine)).first() is not None


def update(tx: sa.Connection, guild_id: int, meeting_id: str, *, event_id: int | None, event_rev: str | None) -> None:
    """Set which event an occurrence has."""
    mine = (meetings.c.guild_id == guild_id, meetings.c.id == meeting_id)
    tx.execute(sa.update(meetings).where(*mine).values(event_id=event_id, event_rev=event_rev))


def fetch_mark(tx: sa.Connection, guild_id: int, meeting_id: str) -> tuple[int | None, str | None] | None:
    """Return which event an occurrence has and what stands beside it; None: there is no such occurrence."""
    mine = (meetings.c.guild_id == guild_id, meetings.c.id == meeting_id)
    row = tx.execute(sa.select(meetings.c.event_id, meetings.c.event_rev).where(*mine)).one_or_none()
    return (row[0], row[1]) if row else None


def is_claimed(tx: sa.Connection, guild_id: int, row_id: str) -> bool:
    """Tell whether somebody has a message of the outbox at this moment."""
    mine = (outbox.c.guild_id == guild_id, outbox.c.id == row_id, outbox.c.state == "claimed")
    return tx.execute(sa.select(outbox.c.id).where(*mine)).first() is not None


def is_pending(tx: sa.Connection, guild_id: int, row_id: str) -> bool:
    """Tell whether a message of the outbox waits and nobody has it."""
    mine = (outbox.c.guild_id == guild_id, outbox.c.id == row_id, outbox.c.state == "pending")
    return tx.execute(sa.select(outbox.c.id).where(*mine)).first() is not None


def fetch_unseen(
    tx: sa.Connection, kind: str, *, now: dt.datetime, since: dt.datetime, limit: int
) -> list[tuple[int, str]]:
    """Return series of all guilds whose next occurrence has no event, or of which one has an event that should go.

    Only those of which nothing was looked at since a moment.
    """
    of_series = meetings.c.series_id == series.c.id
    ahead = (of_series, meetings.c.state.in_(COMES), meetings.c.ends_at > now)
    seen = sa.exists().where(*ahead, sa.or_(meetings.c.event_id.is_not(None), meetings.c.event_rev == GONE))
    to_show = sa.and_(series.c.ended_at.is_(None), sa.exists().where(*ahead, meetings.c.starts_at > now), ~seen)
    # Also what a programme left behind that was taken back; one that is being set up anew keeps what it has.
    is_over = sa.or_(meetings.c.ends_at <= now, meetings.c.state.not_in(COMES), programmes.c.state == "draft")
    to_end = sa.exists().where(of_series, meetings.c.event_id.is_not(None), is_over)
    looked_at = sa.exists().where(
        outbox.c.subject == series.c.id,
        outbox.c.kind == kind,
        sa.or_(outbox.c.due_at > since, outbox.c.state.in_(_WAITING)),
    )
    rows = tx.execute(
        sa.select(series.c.guild_id, series.c.id)
        .join(programmes, programmes.c.id == series.c.programme_id)
        .join(guilds, guilds.c.guild_id == series.c.guild_id)
        .where(guilds.c.removed_at.is_(None))
        .where(sa.or_(sa.and_(programmes.c.state == "live", to_show), to_end), ~looked_at)
        .order_by(series.c.id)
        .limit(limit)
    )
    return [(row.guild_id, row.id) for row in rows]
