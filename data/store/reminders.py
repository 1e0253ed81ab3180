"""When members want to be asked how they are, one row per programme and member, and what was planned for it."""

import datetime as dt
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.reminders import Days, Planned
from data.schema import guilds, members, outbox, people, programmes, reminders
from data.store._prepared import upsert


class Row(NamedTuple):
    """A reminder of a member who has not been erased, with what their clock shows and what it is for."""

    id: str
    guild_id: int
    programme_id: str
    member_ref: str
    minute: int
    days: Days
    revision: int
    stopped_at: dt.datetime | None
    paused_at: dt.datetime | None
    paused_until: dt.datetime | None
    passed_on: dt.date | None
    answered_at: dt.datetime | None
    said_at: dt.datetime | None
    unanswered: int
    zone: str
    preset: str
    is_live: bool
    """Whether the programme is there."""

    def __repr__(self) -> str:
        """Name the row alone: what is printed may end in a log."""
        return f"Row(id={self.id!r}, revision={self.revision})"


class Unplanned(NamedTuple):
    """A reminder for which nothing is planned."""

    guild_id: int
    id: str


_insert = upsert(reminders, key=["guild_id", "programme_id", "member_ref"], update=[])
_beside: dict[str, sa.ColumnElement[Any]] = {
    "zone": sa.func.coalesce(people.c.zone, guilds.c.zone),
    "preset": programmes.c.preset,
    "is_live": programmes.c.state == "live",
}
_AHEAD = outbox.c.state.in_(("pending", "claimed", "held"))
_rows = (
    sa.select(*(_beside[name].label(name) if name in _beside else reminders.c[name] for name in Row._fields))
    .select_from(reminders)
    .join(members, members.c.ref == reminders.c.member_ref)
    .join(people, people.c.id == members.c.person_id)
    .join(guilds, guilds.c.guild_id == reminders.c.guild_id)
    .join(programmes, programmes.c.id == reminders.c.programme_id)
)


def ensure(
    tx: sa.Connection, new_id: str, guild_id: int, programme_id: str, member_ref: str, *, minute: int, days: Days
) -> None:
    """Put a reminder in, unless the member has one in the programme, which stays as it is."""
    _insert(
        tx,
        {
            "id": new_id,
            "guild_id": guild_id,
            "programme_id": programme_id,
            "member_ref": member_ref,
            "minute": minute,
            "days": days,
            "revision": 0,
            "unanswered": 0,
        },
    )


def update(tx: sa.Connection, guild_id: int, reminder_id: str, **values: Any) -> None:
    """Set columns of one reminder."""
    mine = (reminders.c.id == reminder_id, reminders.c.guild_id == guild_id)
    tx.execute(sa.update(reminders).where(*mine).values(**values))


def fetch(tx: sa.Connection, guild_id: int, reminder_id: str) -> Row | None:
    """Return a reminder by its id."""
    return _one(tx, reminders.c.id == reminder_id, reminders.c.guild_id == guild_id)


def fetch_of(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str) -> Row | None:
    """Return the member's reminder in a programme."""
    mine = (reminders.c.programme_id == programme_id, reminders.c.member_ref == member_ref)
    return _one(tx, reminders.c.guild_id == guild_id, *mine)


def fetch_of_person(tx: sa.Connection, person_id: str) -> list[Row]:
    """Return the person's reminders, in all guilds."""
    return [Row(*row) for row in tx.execute(_rows.where(people.c.id == person_id).order_by(reminders.c.id))]


def fetch_planned(tx: sa.Connection, guild_id: int, kind: str, reminder_id: str) -> list[Planned]:
    """Return what was planned for a reminder, as far back as it is kept."""
    columns = (outbox.c.payload, outbox.c.revision, outbox.c.state, outbox.c.expires_at, outbox.c.first_try_at)
    mine = (outbox.c.guild_id == guild_id, outbox.c.kind == kind, outbox.c.subject == reminder_id)
    found = tx.execute(sa.select(*columns).where(*mine))
    return [
        Planned(dt.date.fromisoformat(payload["day"]), revision, state, expires_at, first_try_at is not None)
        for payload, revision, state, expires_at, first_try_at in found
    ]


def fetch_unplanned(
    tx: sa.Connection, kind: str, *, now: dt.datetime, after_id: str, look_at: int
) -> tuple[str | None, list[Unplanned]]:
    """Look at up to `look_at` reminders in the order of their ids, beyond `after_id`.

    Return the last id that was looked at (None: there are none beyond) and those that should come one day and for which
    nothing is planned: not those that were stopped, or whose programme is not there any more.
    """
    looked_at = (
        sa.select(reminders.c.id, reminders.c.guild_id, reminders.c.programme_id, reminders.c.stopped_at)
        .where(reminders.c.id > after_id)
        .order_by(reminders.c.id)
        .limit(look_at)
        .subquery()
    )
    is_planned = sa.exists().where(
        outbox.c.subject == looked_at.c.id, outbox.c.kind == kind, _AHEAD, outbox.c.expires_at > now
    )
    is_meant = sa.and_(
        looked_at.c.stopped_at.is_(None), programmes.c.state == "live", guilds.c.removed_at.is_(None), ~is_planned
    )
    rows = tx.execute(
        sa.select(looked_at.c.id, looked_at.c.guild_id, is_meant.label("is_meant"))
        .join(programmes, programmes.c.id == looked_at.c.programme_id)
        .join(guilds, guilds.c.guild_id == looked_at.c.guild_id)
        .order_by(looked_at.c.id)
    ).all()
    return (rows[-1].id if rows else None), [Unplanned(row.guild_id, row.id) for row in rows if row.is_meant]


def _one(tx: sa.Connection, *where: sa.ColumnElement[bool]) -> Row | None:
    row = tx.execute(_rows.where(*where)).one_or_none()
    return Row(*row) if row else None
