"""Series of meetings and their occurrences, which are made ahead and known by the rule's own date."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.domain.meetings import Rule
from bot.domain.series import COMES, Meeting, Series, State
from data.schema import guilds, meetings, programmes, series
from data.store._prepared import upsert

_series = [series.c[name] for name in Series.__slots__]
_columns = [meetings.c[name] for name in Meeting.__slots__]
_insert_series = upsert(series, key=["id"], update=[], returning=[series.c.id])
_insert = upsert(meetings, key=["programme_id", "series_id", "day"], update=[], returning=[meetings.c.id])


# -- series -----------------------------------------------------------------------------------------------------------------


def insert_series(tx: sa.Connection, one: Series) -> bool:
    """Put a series in; False where there is one of its id, which stays as it is.

    The keys refuse a programme that is not the guild's.
    """
    values = {name: getattr(one, name) for name in Series.__slots__}
    return bool(_insert_series(tx, {**values, "rule": one.rule.to_json()}))


def update_series(tx: sa.Connection, guild_id: int, series_id: str, **values: Any) -> None:
    """Set columns of a series."""
    tx.execute(sa.update(series).where(series.c.guild_id == guild_id, series.c.id == series_id).values(**values))


def fetch_series(tx: sa.Connection, guild_id: int, series_id: str) -> Series | None:
    """Return a series by its id, ended or not."""
    found = _all_series(tx, series.c.guild_id == guild_id, series.c.id == series_id)
    return found[0] if found else None


def fetch_all_series(tx: sa.Connection, guild_id: int, programme_id: str, *, also_ended: bool = False) -> list[Series]:
    """Return the programme's series by their titles, those that ended only if asked for."""
    where = [series.c.guild_id == guild_id, series.c.programme_id == programme_id]
    if not also_ended:
        where.append(series.c.ended_at.is_(None))
    return sorted(_all_series(tx, *where), key=lambda one: (one.title.casefold(), one.id))


def fetch_series_by_ids(tx: sa.Connection, guild_id: int, ids: Collection[str]) -> dict[str, Series]:
    """Return several series by their ids, ended or not."""
    return {one.id: one for one in _all_series(tx, series.c.guild_id == guild_id, series.c.id.in_(ids))}


def count_series(tx: sa.Connection, guild_id: int, programme_id: str) -> int:
    """Return how many series of a programme have not ended."""
    mine = (series.c.guild_id == guild_id, series.c.programme_id == programme_id, series.c.ended_at.is_(None))
    return int(tx.execute(sa.select(sa.func.count()).select_from(series).where(*mine)).scalar_one())


def fetch_going_on(tx: sa.Connection, *, after_id: str, limit: int) -> list[Series]:
    """Return series of all guilds that have not ended, in the order of their ids, beyond `after_id`.

    Not those whose programme is not there any more, nor of guilds that the bot was taken out of.
    """
    rows = tx.execute(
        sa.select(*_series)
        .join(programmes, programmes.c.id == series.c.programme_id)
        .join(guilds, guilds.c.guild_id == series.c.guild_id)
        .where(series.c.id > after_id, series.c.ended_at.is_(None))
        .where(programmes.c.state == "live", guilds.c.removed_at.is_(None))
        .order_by(series.c.id)
        .limit(limit)
    )
    return [_one_series(row) for row in rows]


def fetch_untold_series(tx: sa.Connection, *, limit: int) -> list[Series]:
    """Return series of all guilds of whose end not everybody has been told yet."""
    rows = tx.execute(
        sa.select(*_series).where(series.c.told_rev < series.c.revision).order_by(series.c.id).limit(limit)
    )
    return [_one_series(row) for row in rows]


# -- occurrences ------------------------------------------------------------------------------------------------------------


def ensure(tx: sa.Connection, found: Iterable[Meeting]) -> list[Meeting]:
    """Put occurrences in, unless there is one of that date, which stays as it is; return those that are new."""
    return [one for one in found if _insert(tx, {name: getattr(one, name) for name in Meeting.__slots__})]


def update(tx: sa.Connection, guild_id: int, meeting_id: str, **values: Any) -> None:
    """Set columns of an occurrence."""
    tx.execute(sa.update(meetings).where(meetings.c.guild_id == guild_id, meetings.c.id == meeting_id).values(**values))


def cancel_all(tx: sa.Connection, guild_id: int, ids: Collection[str], *, now: dt.datetime) -> None:
    """Cancel occurrences of which nobody is to be told one by one."""
    revision = meetings.c.revision + 1
    values = {"state": "cancelled", "revision": revision, "told_rev": revision, "changed_at": now}
    tx.execute(sa.update(meetings).where(meetings.c.guild_id == guild_id, meetings.c.id.in_(ids)).values(values))


def fetch(tx: sa.Connection, guild_id: int, meeting_id: str) -> Meeting | None:
    """Return an occurrence by its id."""
    row = tx.execute(
        sa.select(*_columns).where(meetings.c.guild_id == guild_id, meetings.c.id == meeting_id)
    ).one_or_none()
    return Meeting(*row) if row else None


def fetch_of_series(
    tx: sa.Connection, guild_id: int, series_id: str, *, after: dt.datetime | None = None
) -> list[Meeting]:
    """Return the occurrences of a series that are not over at the moment `after` (None: all that are kept), in order."""
    where = [meetings.c.guild_id == guild_id, meetings.c.series_id == series_id]
    if after is not None:
        where.append(meetings.c.ends_at > after)
    return _all(tx, *where)


def fetch_next(tx: sa.Connection, guild_id: int, series_id: str, *, now: dt.datetime) -> Meeting | None:
    """Return the occurrence of a series that takes place next or at this moment."""
    mine = (meetings.c.guild_id == guild_id, meetings.c.series_id == series_id)
    found = _all(tx, *mine, meetings.c.ends_at > now, meetings.c.state.in_(COMES), limit=1)
    return found[0] if found else None


def fetch_upcoming(
    tx: sa.Connection,
    guild_id: int,
    programme_id: str,
    *,
    now: dt.datetime,
    until: dt.datetime | None = None,
    series_id: str | None = None,
    states: Sequence[State] = COMES,
    limit: int | None = None,
) -> list[Meeting]:
    """Return the programme's occurrences in these states that are not over and begin before `until`, in order."""
    where = [
        meetings.c.guild_id == guild_id,
        meetings.c.programme_id == programme_id,
        meetings.c.ends_at > now,
        meetings.c.state.in_(states),
    ]
    if until is not None:
        where.append(meetings.c.starts_at < until)
    if series_id is not None:
        where.append(meetings.c.series_id == series_id)
    return _all(tx, *where, limit=limit)


def fetch_between(
    tx: sa.Connection, guild_id: int, programme_id: str, *, after: dt.datetime, before: dt.datetime
) -> list[Meeting]:
    """Return the programme's occurrences, in any state, that begin from `after` on and before `before`, in order."""
    mine = (meetings.c.guild_id == guild_id, meetings.c.programme_id == programme_id)
    return _all(tx, *mine, meetings.c.starts_at >= after, meetings.c.starts_at < before)


def fetch_at(tx: sa.Connection, guild_id: int, series_id: str, starts_at: dt.datetime) -> Meeting | None:
    """Return the occurrence of a series that takes place and begins at just that moment."""
    mine = (meetings.c.guild_id == guild_id, meetings.c.series_id == series_id)
    found = _all(tx, *mine, meetings.c.starts_at == starts_at, meetings.c.state.in_(COMES), limit=1)
    return found[0] if found else None


def fetch_untold(tx: sa.Connection, *, now: dt.datetime, limit: int) -> list[Meeting]:
    """Return occurrences of all guilds that are not over and of whose change not everybody has been told yet."""
    return _all(tx, meetings.c.ends_at > now, meetings.c.told_rev < meetings.c.revision, limit=limit)


def _all(tx: sa.Connection, *where: sa.ColumnElement[bool], limit: int | None = None) -> list[Meeting]:
    ordered = sa.select(*_columns).where(*where).order_by(meetings.c.starts_at, meetings.c.id)
    return [Meeting(*row) for row in tx.execute(ordered if limit is None else ordered.limit(limit))]


def _all_series(tx: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Series]:
    return [_one_series(row) for row in tx.execute(sa.select(*_series).where(*where))]


def _one_series(row: sa.Row[Any]) -> Series:
    return Series(**{**row._mapping, "rule": Rule.from_json(row.rule)})
