"""Meetings while they run: one row each, and one for everybody on its list until it ends.

Whoever is read here has not been erased: an erased person's row is gone with them.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.presets import Phase
from bot.domain.runs import Run, Someone
from data.schema import hostings, meetings, panels, pool_members, rsvps, runs, series, turns

_ALIKE = (
    "id",
    "guild_id",
    "programme_id",
    "meeting_id",
    "channel_id",
    "format",
    "started_at",
    "meant_until",
    "entry_until",
    "at_least",
    "turn_minutes",
    "step",
    "step_at",
    "turn",
    "turn_at",
    "places",
    "hosting",
    "ended_at",
    "heads",
)
"""What the column and the run call by the same name."""
_OF_TURN = ("standing", "part", "place", "heard_at", "in_room", "left_at")


class About(NamedTuple):
    """What is known of a meeting without running it."""

    id: str
    guild_id: int
    programme_id: str
    series_id: str
    title: str
    format: str | None
    channel_id: int | None
    pool_id: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: str

    def __repr__(self) -> str:
        """Name the meeting alone: its title is somebody's words."""
        return f"About(id={self.id!r}, state={self.state!r})"


class Room(NamedTuple):
    """A channel that a meeting locked, or is still to open again."""

    run_id: str
    guild_id: int
    channel_id: int
    is_locked: bool
    was: str
    own: bool
    """Whether the bot was let in by name for that."""


_about = sa.select(
    meetings.c.id,
    meetings.c.guild_id,
    meetings.c.programme_id,
    meetings.c.series_id,
    series.c.title,
    series.c.format,
    series.c.channel_id,
    series.c.pool_id,
    meetings.c.starts_at,
    meetings.c.ends_at,
    meetings.c.state,
).join(series, series.c.id == meetings.c.series_id)


# -- runs -----------------------------------------------------------------------------------------------------------------


def insert(tx: sa.Connection, run: Run, new_ids: Collection[str]) -> None:
    """Put in a run that begins, with whoever hosts; `new_ids` for their rows. The keys refuse a second run of a meeting."""
    tx.execute(sa.insert(runs).values(**_values(run), room_own=False))
    for new_id, one in zip(new_ids, run.people, strict=False):
        _insert_turn(tx, new_id, run, one)


def save(tx: sa.Connection, before: Run, after: Run, new_id: str) -> None:
    """Write down what changed; `new_id` for whoever is new on the list, at most one at a time."""
    if (values := _values(after)) != _values(before):
        tx.execute(sa.update(runs).where(*_mine(runs, after)).values(**values))
    was = {one.ref: one for one in before.people}
    now = {one.ref: one for one in after.people}
    if gone := was.keys() - now.keys():
        tx.execute(sa.delete(turns).where(*_of(after), turns.c.member_ref.in_(sorted(gone))))
    for ref, one in now.items():
        if ref not in was:
            _insert_turn(tx, new_id, after, one)
        elif was[ref] != one:
            tx.execute(sa.update(turns).where(*_of(after), turns.c.member_ref == ref).values(**_turn(one)))


def fetch(tx: sa.Connection, guild_id: int, run_id: str) -> Run | None:
    """Return a run of the guild."""
    return _one(tx, runs.c.id == run_id, runs.c.guild_id == guild_id)


def fetch_of_meeting(tx: sa.Connection, guild_id: int, meeting_id: str) -> Run | None:
    """Return the run of a meeting, None: it was not begun."""
    return _one(tx, runs.c.meeting_id == meeting_id, runs.c.guild_id == guild_id)


def fetch_open_in(tx: sa.Connection, guild_id: int, channel_ids: Collection[int]) -> list[Run]:
    """Return the guild's meetings that run in one of these channels."""
    where = (runs.c.guild_id == guild_id, runs.c.channel_id.in_(channel_ids), runs.c.ended_at.is_(None))
    return [_read(tx, row) for row in tx.execute(sa.select(runs).where(*where).order_by(runs.c.id)).all()]


def fetch_open_of(tx: sa.Connection, guild_id: int, member_ref: str) -> list[str]:
    """Return the guild's meetings that run and have a member on their list."""
    mine = (turns.c.guild_id == guild_id, turns.c.member_ref == member_ref, runs.c.ended_at.is_(None))
    found = sa.select(runs.c.id).join(turns, turns.c.run_id == runs.c.id).where(*mine).order_by(runs.c.id)
    return list(tx.execute(found).scalars())


def fetch_open(tx: sa.Connection, limit: int, *, after_id: str = "") -> list[Run]:
    """Return up to `limit` meetings that run, in all guilds, in the order of their ids beyond `after_id`."""
    found = sa.select(runs).where(runs.c.ended_at.is_(None), runs.c.id > after_id).order_by(runs.c.id).limit(limit)
    return [_read(tx, row) for row in tx.execute(found).all()]


def _one(tx: sa.Connection, *where: sa.ColumnElement[bool]) -> Run | None:
    row = tx.execute(sa.select(runs).where(*where)).one_or_none()
    return _read(tx, row) if row is not None else None


def _read(tx: sa.Connection, row: sa.Row[Any]) -> Run:
    mine = (turns.c.run_id == row.id, turns.c.guild_id == row.guild_id, turns.c.programme_id == row.programme_id)
    columns = [turns.c.member_ref.label("ref"), *(turns.c[name] for name in _OF_TURN)]
    people = tx.execute(sa.select(*columns).where(*mine).order_by(turns.c.place, turns.c.member_ref))
    return Run(
        **{name: getattr(row, name) for name in _ALIKE},
        phases=tuple(Phase(name, minutes, cross_talk) for name, minutes, cross_talk in row.phases),
        is_locked=row.locked,
        is_self_run=row.self_run,
        people=tuple(Someone(**one._mapping) for one in people),
    )


def _values(run: Run) -> dict[str, Any]:
    return {
        **{name: getattr(run, name) for name in _ALIKE},
        "phases": [[phase.name, phase.minutes, phase.cross_talk] for phase in run.phases],
        "locked": run.is_locked,
        "self_run": run.is_self_run,
    }


def _turn(one: Someone) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _OF_TURN}


def _insert_turn(tx: sa.Connection, new_id: str, run: Run, one: Someone) -> None:
    place = {"guild_id": run.guild_id, "programme_id": run.programme_id, "run_id": run.id, "member_ref": one.ref}
    tx.execute(sa.insert(turns).values(id=new_id, **place, **_turn(one)))


def _mine(table: sa.Table, run: Run) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.id == run.id, table.c.guild_id == run.guild_id


def _of(run: Run) -> tuple[sa.ColumnElement[bool], ...]:
    return turns.c.run_id == run.id, turns.c.guild_id == run.guild_id, turns.c.programme_id == run.programme_id


# -- their rooms ----------------------------------------------------------------------------------------------------------


def set_room(tx: sa.Connection, guild_id: int, run_id: str, was: str | None, *, own: bool = False) -> None:
    """Write down what the channel said before we locked it; None: it says so again."""
    mine = (runs.c.id == run_id, runs.c.guild_id == guild_id)
    tx.execute(sa.update(runs).where(*mine).values(room_was=was, room_own=own))


def fetch_room(tx: sa.Connection, guild_id: int, run_id: str) -> Room | None:
    """Return a run's channel where we locked it."""
    row = tx.execute(_rooms().where(runs.c.guild_id == guild_id, runs.c.id == run_id)).one_or_none()
    return Room(*row) if row else None


def fetch_rooms(tx: sa.Connection, guild_id: int) -> list[Room]:
    """Return the guild's channels that are locked, or still to be opened again."""
    return [Room(*row) for row in tx.execute(_rooms().where(runs.c.guild_id == guild_id).order_by(runs.c.id))]


def _rooms() -> sa.Select[Any]:
    columns = (runs.c.id, runs.c.guild_id, runs.c.channel_id, runs.c.locked, runs.c.room_was, runs.c.room_own)
    return sa.select(*columns).where(runs.c.room_was.is_not(None))


# -- their meetings -------------------------------------------------------------------------------------------------------


def fetch_about(tx: sa.Connection, guild_id: int, meeting_id: str) -> About | None:
    """Return what is known of a meeting of the guild."""
    row = tx.execute(_about.where(meetings.c.id == meeting_id, meetings.c.guild_id == guild_id)).one_or_none()
    return About(*row) if row else None


def fetch_about_of_turn(tx: sa.Connection, guild_id: int, hosting_id: str) -> About | None:
    """Return what is known of the meeting that somebody's turn at hosting is about."""
    found = _about.join(hostings, hostings.c.meeting_id == meetings.c.id)
    mine = (hostings.c.id == hosting_id, hostings.c.guild_id == guild_id, meetings.c.guild_id == guild_id)
    row = tx.execute(found.where(*mine)).one_or_none()
    return About(*row) if row else None


def fetch_between(
    tx: sa.Connection, guild_id: int, programme_id: str, *, starts_before: dt.datetime, ends_after: dt.datetime
) -> list[About]:
    """Return the programme's meetings of about now that are planned or run, soonest first."""
    where = (
        meetings.c.guild_id == guild_id,
        meetings.c.programme_id == programme_id,
        sa.or_(
            meetings.c.state == "running",
            sa.and_(
                meetings.c.state == "planned", meetings.c.starts_at <= starts_before, meetings.c.ends_at > ends_after
            ),
        ),
    )
    rows = tx.execute(_about.where(*where).order_by(meetings.c.starts_at, meetings.c.id).limit(25))
    return [About(*row) for row in rows]


def said_yes(tx: sa.Connection, guild_id: int, meeting_id: str, member_ref: str) -> bool:
    """Tell whether a member said that they would come."""
    mine = (rsvps.c.meeting_id == meeting_id, rsvps.c.guild_id == guild_id, rsvps.c.member_ref == member_ref)
    return tx.execute(sa.select(rsvps.c.id).where(*mine, rsvps.c.answer == "yes")).first() is not None


def is_in_pool(tx: sa.Connection, guild_id: int, meeting_id: str, member_ref: str) -> bool:
    """Tell whether a member stands in the pool that a meeting's hosts come from."""
    found = (
        sa.select(pool_members.c.id)
        .join(series, sa.and_(series.c.pool_id == pool_members.c.pool_id, series.c.guild_id == pool_members.c.guild_id))
        .join(meetings, meetings.c.series_id == series.c.id)
        .where(meetings.c.id == meeting_id, meetings.c.guild_id == guild_id, pool_members.c.member_ref == member_ref)
    )
    return tx.execute(found).first() is not None


def fetch_roster(tx: sa.Connection, guild_id: int, meeting_id: str) -> list[str]:
    """Return who is to host a meeting, whoever leads it first."""
    mine = (hostings.c.meeting_id == meeting_id, hostings.c.guild_id == guild_id, hostings.c.member_ref.is_not(None))
    found = sa.select(hostings.c.member_ref).where(*mine, hostings.c.state.in_(("asked", "confirmed")))
    return list(tx.execute(found.order_by(hostings.c.place, hostings.c.id)).scalars())


def forget_panels(tx: sa.Connection, kind: str, *, before: dt.datetime, limit: int) -> int:
    """Forget where the panels of meetings stand that ended before a moment: their messages stay as they are."""
    over = (
        sa.select(panels.c.id)
        .join(runs, sa.and_(runs.c.id == panels.c.subject, runs.c.guild_id == panels.c.guild_id))
        .where(panels.c.kind == kind, runs.c.ended_at < before)
        .limit(limit)
    )
    return tx.execute(sa.delete(panels).where(panels.c.id.in_(over.scalar_subquery()))).rowcount
