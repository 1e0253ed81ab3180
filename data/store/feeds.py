"""Links to meetings: a member's calendar link and a programme's directory link, found by the hash of what stands in them."""

import datetime as dt
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.series import Meeting
from data.schema import directories, feeds, guilds, meetings, members, people, programmes, series
from data.store._prepared import upsert

_columns = [meetings.c[name] for name in Meeting.__slots__]
_insert = upsert(feeds, key=["guild_id", "programme_id", "member_ref"], update=[])
_insert_directory = upsert(directories, key=["guild_id", "programme_id"], update=[])


class Row(NamedTuple):
    """A member's calendar link."""

    id: str
    titled: bool
    made_at: dt.datetime


class Found(NamedTuple):
    """What a link leads to."""

    guild_id: int
    programme_id: str
    preset: str
    locale: str
    titled: bool


class Unseen(NamedTuple):
    """A link of a member of whom it has not been looked for a while whether they are still there."""

    id: str
    guild_id: int
    user_id: int

    def __repr__(self) -> str:
        """Name the row alone: what is printed may end in a log."""
        return f"Unseen(id={self.id!r})"


# -- a member's -------------------------------------------------------------------------------------------------------------


def ensure(
    tx: sa.Connection,
    new_id: str,
    guild_id: int,
    programme_id: str,
    member_ref: str,
    *,
    token_hash: str,
    titled: bool,
    now: dt.datetime,
) -> None:
    """Put a link in, unless the member has one in the programme, which stays as it is."""
    place = {"guild_id": guild_id, "programme_id": programme_id, "member_ref": member_ref}
    _insert(tx, {"id": new_id, **place, "token_hash": token_hash, "titled": titled, "made_at": now, "seen_at": now})


def fetch(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str) -> Row | None:
    """Return the member's link in a programme."""
    mine = _of(guild_id, programme_id, member_ref)
    row = tx.execute(sa.select(feeds.c.id, feeds.c.titled, feeds.c.made_at).where(*mine)).one_or_none()
    return Row(*row) if row else None


def update(tx: sa.Connection, guild_id: int, feed_id: str, **values: Any) -> None:
    """Set columns of a link."""
    tx.execute(sa.update(feeds).where(feeds.c.id == feed_id, feeds.c.guild_id == guild_id).values(**values))


def remove(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str) -> None:
    """Take the member's link in a programme back."""
    tx.execute(sa.delete(feeds).where(*_of(guild_id, programme_id, member_ref)))


def remove_one(tx: sa.Connection, guild_id: int, feed_id: str) -> None:
    """Take a link back."""
    tx.execute(sa.delete(feeds).where(feeds.c.id == feed_id, feeds.c.guild_id == guild_id))


def find(tx: sa.Connection, token_hash: str) -> Found | None:
    """Return what a calendar link leads to; None: to nothing, or its person or programme is not there any more."""
    locale = sa.func.coalesce(people.c.locale, guilds.c.locale)
    row = tx.execute(
        sa.select(feeds.c.guild_id, feeds.c.programme_id, programmes.c.preset, locale, feeds.c.titled)
        .select_from(feeds)
        .join(members, sa.and_(members.c.ref == feeds.c.member_ref, members.c.guild_id == feeds.c.guild_id))
        .join(people, people.c.id == members.c.person_id)
        .join(guilds, guilds.c.guild_id == feeds.c.guild_id)
        .join(programmes, programmes.c.id == feeds.c.programme_id)
        .where(feeds.c.token_hash == token_hash, programmes.c.state == "live", guilds.c.removed_at.is_(None))
    ).one_or_none()
    return Found(*row) if row else None


def fetch_unseen(tx: sa.Connection, *, before: dt.datetime, limit: int) -> list[Unseen]:
    """Return links of all guilds whose members were last looked for before a moment, the longest ago first."""
    rows = tx.execute(
        sa.select(feeds.c.id, feeds.c.guild_id, people.c.user_id)
        .join(members, sa.and_(members.c.ref == feeds.c.member_ref, members.c.guild_id == feeds.c.guild_id))
        .join(people, people.c.id == members.c.person_id)
        .join(guilds, guilds.c.guild_id == feeds.c.guild_id)
        .where(feeds.c.seen_at < before, guilds.c.removed_at.is_(None))
        .order_by(feeds.c.seen_at, feeds.c.id)
        .limit(limit)
    )
    return [Unseen(*row) for row in rows]


# -- a programme's ----------------------------------------------------------------------------------------------------------


def ensure_directory(
    tx: sa.Connection, new_id: str, guild_id: int, programme_id: str, *, token_hash: str, now: dt.datetime
) -> None:
    """Put a directory link in, unless the programme has one, which stays as it is."""
    place = {"guild_id": guild_id, "programme_id": programme_id}
    _insert_directory(tx, {"id": new_id, **place, "token_hash": token_hash, "made_at": now})


def fetch_directory(tx: sa.Connection, guild_id: int, programme_id: str) -> str | None:
    """Return the id of the programme's directory link, None: it has none."""
    mine = (directories.c.guild_id == guild_id, directories.c.programme_id == programme_id)
    found: str | None = tx.execute(sa.select(directories.c.id).where(*mine)).scalar_one_or_none()
    return found


def remove_directory(tx: sa.Connection, guild_id: int, programme_id: str) -> None:
    """Take the programme's directory link back."""
    mine = (directories.c.guild_id == guild_id, directories.c.programme_id == programme_id)
    tx.execute(sa.delete(directories).where(*mine))


def find_directory(tx: sa.Connection, token_hash: str) -> tuple[int, str, str] | None:
    """Return the guild, programme and preset of a directory link; None: it leads to nothing, or not any more."""
    row = tx.execute(
        sa.select(directories.c.guild_id, directories.c.programme_id, programmes.c.preset)
        .join(guilds, guilds.c.guild_id == directories.c.guild_id)
        .join(programmes, programmes.c.id == directories.c.programme_id)
        .where(directories.c.token_hash == token_hash, programmes.c.state == "live", guilds.c.removed_at.is_(None))
    ).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def list_series(
    tx: sa.Connection, guild_id: int, programme_id: str, series_ids: list[str], *, among: list[str]
) -> None:
    """Let directories list just these of the series `among` which was chosen."""
    mine = (series.c.guild_id == guild_id, series.c.programme_id == programme_id, series.c.id.in_(among))
    tx.execute(sa.update(series).where(*mine).values(listed=series.c.id.in_(series_ids)))


# -- what is told -----------------------------------------------------------------------------------------------------------


def fetch_meetings(tx: sa.Connection, guild_id: int, programme_id: str, *, since: dt.date) -> list[Meeting]:
    """Return the programme's occurrences whose own date is, or which begin, from a date on."""
    midnight = dt.datetime.combine(since, dt.time(), dt.UTC)
    mine = (meetings.c.guild_id == guild_id, meetings.c.programme_id == programme_id)
    told = sa.or_(meetings.c.day >= since, meetings.c.starts_at >= midnight)
    return [Meeting(*row) for row in tx.execute(sa.select(*_columns).where(*mine, told).order_by(meetings.c.id))]


def _of(guild_id: int, programme_id: str, member_ref: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        feeds.c.guild_id == guild_id,
        feeds.c.programme_id == programme_id,
        feeds.c.member_ref == member_ref,
    )
