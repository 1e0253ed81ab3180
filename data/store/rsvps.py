"""Who said whether they come, who waits for a place, and how long before a meeting somebody wants to be reminded."""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.rsvps import USUAL_LEAD, Answer, Waiter
from data.schema import meeting_leads, meetings, rsvps
from data.store._prepared import upsert


class Rsvp(NamedTuple):
    """What a member said of a meeting."""

    meeting_id: str
    member_ref: str
    answer: Answer
    asked_at: dt.datetime
    offered_until: dt.datetime | None

    def __repr__(self) -> str:
        """Name nobody: what is printed may end in a log."""
        return f"Rsvp(meeting_id={self.meeting_id!r}, answer={self.answer!r})"


class Counts(NamedTuple):
    """How many come to a meeting, how many wait for a place, and for how many of those one is kept."""

    coming: int = 0
    waiting: int = 0
    offered: int = 0


_columns = [rsvps.c[name] for name in Rsvp._fields]
_put = upsert(rsvps, key=["guild_id", "meeting_id", "member_ref"], update=["answer", "asked_at", "offered_until"])
_put_lead = upsert(meeting_leads, key=["guild_id", "programme_id", "member_ref"], update=["minutes"])


def put(
    tx: sa.Connection,
    row_id: str,
    guild_id: int,
    programme_id: str,
    meeting_id: str,
    member_ref: str,
    *,
    answer: Answer,
    asked_at: dt.datetime,
) -> None:
    """Keep what a member says, instead of what they said before; nothing is offered to them by it.

    The keys refuse a member who is not the guild's and a meeting that is not the programme's.
    """
    _put(
        tx,
        {
            "id": row_id,
            "guild_id": guild_id,
            "programme_id": programme_id,
            "meeting_id": meeting_id,
            "member_ref": member_ref,
            "answer": answer,
            "asked_at": asked_at,
            "offered_until": None,
        },
    )


def offer(tx: sa.Connection, guild_id: int, meeting_id: str, member_ref: str, *, until: dt.datetime) -> None:
    """Keep a place for somebody who waits."""
    waits = (rsvps.c.member_ref == member_ref, rsvps.c.answer == "waiting")
    tx.execute(sa.update(rsvps).where(*_of(guild_id, meeting_id), *waits).values(offered_until=until))


def withdraw_offers(tx: sa.Connection, guild_id: int, meeting_id: str) -> None:
    """Let everybody who was offered a place wait as before."""
    offered = rsvps.c.offered_until.is_not(None)
    tx.execute(sa.update(rsvps).where(*_of(guild_id, meeting_id), offered).values(offered_until=None))


def remove(tx: sa.Connection, guild_id: int, meeting_id: str, member_refs: Collection[str]) -> None:
    """Take members off the list of a meeting."""
    if member_refs:
        tx.execute(sa.delete(rsvps).where(*_of(guild_id, meeting_id), rsvps.c.member_ref.in_(member_refs)))


def fetch_one(tx: sa.Connection, guild_id: int, meeting_id: str, member_ref: str) -> Rsvp | None:
    """Return what a member said of a meeting."""
    row = tx.execute(
        sa.select(*_columns).where(*_of(guild_id, meeting_id), rsvps.c.member_ref == member_ref)
    ).one_or_none()
    return Rsvp(*row) if row else None


def fetch_own(tx: sa.Connection, guild_id: int, meeting_ids: Collection[str], member_ref: str) -> dict[str, Rsvp]:
    """Return what a member said of several meetings, by meeting."""
    mine = (rsvps.c.guild_id == guild_id, rsvps.c.meeting_id.in_(meeting_ids), rsvps.c.member_ref == member_ref)
    return {row.meeting_id: Rsvp(*row) for row in tx.execute(sa.select(*_columns).where(*mine))}


def fetch_waiting(tx: sa.Connection, guild_id: int, meeting_id: str) -> list[Waiter]:
    """Return who waits for a place."""
    columns = (rsvps.c.member_ref, rsvps.c.asked_at, rsvps.c.offered_until)
    waits = sa.select(*columns).where(*_of(guild_id, meeting_id), rsvps.c.answer == "waiting")
    return [Waiter(*row) for row in tx.execute(waits)]


def fetch_refs(
    tx: sa.Connection,
    guild_id: int,
    meeting_ids: Collection[str],
    *,
    also_offered: bool = False,
    said_until: dt.datetime | None = None,
    after_ref: str = "",
    limit: int,
) -> list[str]:
    """Return who said yes to any of these meetings, and if asked for whom a place is kept; each once, beyond `after_ref`.

    `said_until`: only who answered up to then.
    """
    said = rsvps.c.answer == "yes"
    wanted = sa.or_(said, rsvps.c.offered_until.is_not(None)) if also_offered else said
    if said_until is not None:
        wanted = sa.and_(wanted, rsvps.c.asked_at <= said_until)
    rows = tx.execute(
        sa.select(rsvps.c.member_ref)
        .where(rsvps.c.guild_id == guild_id, rsvps.c.meeting_id.in_(meeting_ids), wanted)
        .where(rsvps.c.member_ref > after_ref)
        .distinct()
        .order_by(rsvps.c.member_ref)
        .limit(limit)
    )
    return list(rows.scalars())


def fetch_last_asked(tx: sa.Connection, guild_id: int, meeting_id: str) -> dt.datetime | None:
    """Return when somebody last said something of a meeting."""
    mine = (rsvps.c.guild_id == guild_id, rsvps.c.meeting_id == meeting_id)
    found: dt.datetime | None = tx.execute(sa.select(sa.func.max(rsvps.c.asked_at)).where(*mine)).scalar_one()
    return found


def count(tx: sa.Connection, guild_id: int, meeting_ids: Collection[str], *, now: dt.datetime) -> dict[str, Counts]:
    """Return how many come, how many wait, and for how many of those a place is kept, by meeting."""
    offered = sa.func.count().filter(rsvps.c.answer == "waiting", rsvps.c.offered_until > now)
    rows = tx.execute(
        sa.select(
            rsvps.c.meeting_id,
            sa.func.count().filter(rsvps.c.answer == "yes"),
            sa.func.count().filter(rsvps.c.answer == "waiting"),
            offered,
        )
        .where(rsvps.c.guild_id == guild_id, rsvps.c.meeting_id.in_(meeting_ids))
        .group_by(rsvps.c.meeting_id)
    )
    return {row[0]: Counts(*row[1:]) for row in rows}


def fetch_waited_for(tx: sa.Connection, *, now: dt.datetime, limit: int, after_id: str = "") -> list[tuple[int, str]]:
    """Return the guild and id of meetings of all guilds that have not begun and for which somebody waits, by their ids."""
    rows = tx.execute(
        sa.select(meetings.c.guild_id, meetings.c.id)
        .where(meetings.c.starts_at > now, meetings.c.state == "planned", meetings.c.id > after_id)
        .where(sa.exists().where(rsvps.c.meeting_id == meetings.c.id, rsvps.c.answer == "waiting"))
        .order_by(meetings.c.id)
        .limit(limit)
    )
    return [(row.guild_id, row.id) for row in rows]


def forget(tx: sa.Connection, *, before: dt.datetime, limit: int) -> int:
    """Delete up to `limit` answers to meetings that were over before a moment; return how many."""
    chosen = (
        sa.select(rsvps.c.id)
        .join(meetings, meetings.c.id == rsvps.c.meeting_id)
        .where(meetings.c.ends_at < before)
        .limit(limit)
        .scalar_subquery()
    )
    return tx.execute(sa.delete(rsvps).where(rsvps.c.id.in_(chosen))).rowcount


# -- when somebody is reminded ----------------------------------------------------------------------------------------------


def put_lead(
    tx: sa.Connection, row_id: str, guild_id: int, programme_id: str, member_ref: str, *, minutes: int
) -> None:
    """Keep how long before a meeting of a programme a member wants to be reminded."""
    values: dict[str, Any] = {"id": row_id, "guild_id": guild_id, "programme_id": programme_id}
    _put_lead(tx, {**values, "member_ref": member_ref, "minutes": minutes})


def fetch_leads(tx: sa.Connection, guild_id: int, programme_id: str, member_refs: Collection[str]) -> dict[str, int]:
    """Return for each of these members how many minutes before a meeting they are reminded."""
    mine = (meeting_leads.c.guild_id == guild_id, meeting_leads.c.programme_id == programme_id)
    rows = tx.execute(
        sa.select(meeting_leads.c.member_ref, meeting_leads.c.minutes).where(
            *mine, meeting_leads.c.member_ref.in_(member_refs)
        )
    )
    return {**dict.fromkeys(member_refs, USUAL_LEAD), **{row.member_ref: row.minutes for row in rows}}


def fetch_promised(
    tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str, *, now: dt.datetime
) -> list[str]:
    """Return the meetings of a programme that have not begun and that a member said yes to."""
    mine = (rsvps.c.guild_id == guild_id, rsvps.c.programme_id == programme_id, rsvps.c.member_ref == member_ref)
    return list(
        tx.execute(
            sa.select(rsvps.c.meeting_id)
            .join(meetings, meetings.c.id == rsvps.c.meeting_id)
            .where(*mine, rsvps.c.answer == "yes", meetings.c.starts_at > now)
            .order_by(meetings.c.starts_at)
        ).scalars()
    )


def fetch_places(tx: sa.Connection, guild_id: int, member_ref: str, *, now: dt.datetime) -> list[str]:
    """Return the meetings that have not begun and at which a member has a place, or is kept one."""
    has_place = sa.or_(rsvps.c.answer == "yes", rsvps.c.offered_until.is_not(None))
    return list(
        tx.execute(
            sa.select(rsvps.c.meeting_id)
            .join(meetings, meetings.c.id == rsvps.c.meeting_id)
            .where(rsvps.c.guild_id == guild_id, rsvps.c.member_ref == member_ref, has_place)
            .where(meetings.c.starts_at > now)
            .order_by(rsvps.c.meeting_id)
        ).scalars()
    )


def _of(guild_id: int, meeting_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return rsvps.c.guild_id == guild_id, rsvps.c.meeting_id == meeting_id
