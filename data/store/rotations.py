"""Pools, who is in them and how their turns stand, who hosts which meeting, and wishes to swap."""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.schema import (
    bindings,
    guilds,
    hostings,
    leaders,
    meetings,
    members,
    pool_members,
    pools,
    programmes,
    series,
    swaps,
)
from data.schema import rsvps as answers

LIVE = ("asked", "confirmed", "open", "self_run")
"""What a hosting is in as long as its meeting is ahead and it was not given up."""


class Pool(NamedTuple):
    """Who takes turns, and by which rules."""

    id: str
    guild_id: int
    programme_id: str
    name: str
    seats: int
    rest: int
    min_days: int
    only_trained: bool
    zone: str
    is_live: bool
    """Whether the programme is there."""


class InPool(NamedTuple):
    """Somebody in a pool who has not been erased, and what the list of leaders says of them."""

    id: str
    pool_id: str
    member_ref: str
    seat: str
    joined_at: dt.datetime
    owed: int
    hosted: int
    last_at: dt.datetime
    term_until: dt.date | None
    away: list[list[str]]
    is_listed: bool
    certified_on: dt.date | None
    resting_since: dt.date | None

    def __repr__(self) -> str:
        """Name the row alone: what is printed may end in a log."""
        return f"InPool(id={self.id!r})"


class Hosting(NamedTuple):
    """A seat at a meeting and whose it is, with what must be known of the meeting."""

    id: str
    guild_id: int
    programme_id: str
    pool_id: str
    meeting_id: str
    member_ref: str | None
    place: int
    state: str
    asked_at: dt.datetime | None
    confirmed_at: dt.datetime | None
    opened_at: dt.datetime | None
    here_at: dt.datetime | None

    def __repr__(self) -> str:
        """Name the row alone: what is printed may end in a log."""
        return f"Hosting(id={self.id!r}, state={self.state!r})"


class Held(NamedTuple):
    """A meeting that a pool hosts."""

    id: str
    guild_id: int
    programme_id: str
    series_id: str
    pool_id: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    revision: int
    state: str
    channel_id: int | None

    def __repr__(self) -> str:
        """Leave out what leaders called it."""
        return f"Held(id={self.id!r}, state={self.state!r})"


class Swap(NamedTuple):
    """A wish to give a turn away."""

    id: str
    hosting_id: str
    member_ref: str
    to_ref: str | None
    state: str

    def __repr__(self) -> str:
        """Name the row alone."""
        return f"Swap(id={self.id!r}, state={self.state!r})"


_beside: dict[str, sa.ColumnElement[Any]] = {"zone": guilds.c.zone, "is_live": programmes.c.state == "live"}
_pools = (
    sa.select(*(_beside[name].label(name) if name in _beside else pools.c[name] for name in Pool._fields))
    .join(guilds, guilds.c.guild_id == pools.c.guild_id)
    .join(programmes, programmes.c.id == pools.c.programme_id)
)
_of_list = {
    "is_listed": leaders.c.id.is_not(None),
    "certified_on": leaders.c.certified_on,
    "resting_since": leaders.c.resting_since,
}
_inside = (
    sa.select(*(_of_list[name].label(name) if name in _of_list else pool_members.c[name] for name in InPool._fields))
    .join(members, members.c.ref == pool_members.c.member_ref)
    .outerjoin(
        leaders,
        sa.and_(
            leaders.c.member_ref == pool_members.c.member_ref,
            leaders.c.programme_id == pool_members.c.programme_id,
            leaders.c.guild_id == pool_members.c.guild_id,
        ),
    )
    .where(members.c.person_id.is_not(None))
)
_hostings = sa.select(*(hostings.c[name] for name in Hosting._fields))
_of_series = {"pool_id": series.c.pool_id, "title": series.c.title, "channel_id": series.c.channel_id}
_held = sa.select(
    *(_of_series[name].label(name) if name in _of_series else meetings.c[name] for name in Held._fields)
).join(series, sa.and_(series.c.id == meetings.c.series_id, series.c.guild_id == meetings.c.guild_id))
_swaps = sa.select(*(swaps.c[name] for name in Swap._fields))


# -- pools ------------------------------------------------------------------------------------------------------------------


def insert_pool(tx: sa.Connection, row_id: str, guild_id: int, programme_id: str, **values: Any) -> None:
    """Put a pool in."""
    tx.execute(sa.insert(pools).values(id=row_id, guild_id=guild_id, programme_id=programme_id, **values))


def fetch_pools(tx: sa.Connection, guild_id: int, programme_id: str) -> list[Pool]:
    """Return a programme's pools, by name."""
    mine = (pools.c.guild_id == guild_id, pools.c.programme_id == programme_id)
    return [Pool(*row) for row in tx.execute(_pools.where(*mine).order_by(pools.c.name, pools.c.id))]


def fetch_pool(tx: sa.Connection, guild_id: int, pool_id: str) -> Pool | None:
    """Return a pool of the guild by its id."""
    row = tx.execute(_pools.where(pools.c.id == pool_id, pools.c.guild_id == guild_id)).one_or_none()
    return Pool(*row) if row else None


def fetch_pool_places(tx: sa.Connection, *, after_id: str, limit: int) -> list[tuple[int, str]]:
    """Return guild and id of up to `limit` pools of programmes that are there, by their ids, beyond `after_id`."""
    rows = tx.execute(
        sa.select(pools.c.guild_id, pools.c.id)
        .join(programmes, programmes.c.id == pools.c.programme_id)
        .join(guilds, guilds.c.guild_id == pools.c.guild_id)
        .where(pools.c.id > after_id, programmes.c.state == "live", guilds.c.removed_at.is_(None))
        .order_by(pools.c.id)
        .limit(limit)
    )
    return [(row.guild_id, row.id) for row in rows]


# -- who is in them ---------------------------------------------------------------------------------------------------------


def insert_inside(tx: sa.Connection, row_id: str, pool: Pool, member_ref: str, **values: Any) -> None:
    """Put somebody into a pool."""
    place = {"guild_id": pool.guild_id, "programme_id": pool.programme_id, "pool_id": pool.id}
    start = {"owed": 0, "hosted": 0, "away": [], "term_until": None}
    tx.execute(sa.insert(pool_members).values(id=row_id, member_ref=member_ref, **place, **start, **values))


def fetch_inside(tx: sa.Connection, pool: Pool) -> list[InPool]:
    """Return who is in a pool, who has been there longest first."""
    mine = (pool_members.c.pool_id == pool.id, pool_members.c.guild_id == pool.guild_id)
    ordered = _inside.where(*mine).order_by(pool_members.c.joined_at, pool_members.c.id)
    return [InPool(*row) for row in tx.execute(ordered)]


def fetch_one_inside(tx: sa.Connection, guild_id: int, programme_id: str, row_id: str) -> InPool | None:
    """Return one place in a pool."""
    mine = (pool_members.c.guild_id == guild_id, pool_members.c.programme_id == programme_id)
    row = tx.execute(_inside.where(*mine, pool_members.c.id == row_id)).one_or_none()
    return InPool(*row) if row else None


def fetch_own(tx: sa.Connection, guild_id: int, programme_id: str, member_ref: str) -> list[tuple[str, str]]:
    """Return a member's places in pools of a programme, each with the pool's name."""
    mine = (pool_members.c.guild_id == guild_id, pool_members.c.programme_id == programme_id)
    found = (
        sa.select(pool_members.c.id, pools.c.name)
        .join(pools, sa.and_(pools.c.id == pool_members.c.pool_id, pools.c.guild_id == pool_members.c.guild_id))
        .where(*mine, pool_members.c.member_ref == member_ref)
        .order_by(pools.c.name, pools.c.id)
    )
    return [(row.id, row.name) for row in tx.execute(found)]


def update_inside(tx: sa.Connection, guild_id: int, row_id: str, **values: Any) -> None:
    """Set columns of somebody's place in a pool."""
    mine = (pool_members.c.id == row_id, pool_members.c.guild_id == guild_id)
    tx.execute(sa.update(pool_members).where(*mine).values(**values))


def delete_inside(tx: sa.Connection, guild_id: int, row_id: str) -> None:
    """Take somebody out of a pool."""
    tx.execute(sa.delete(pool_members).where(pool_members.c.id == row_id, pool_members.c.guild_id == guild_id))


def is_certified(tx: sa.Connection, pool: Pool, member_ref: str) -> bool | None:
    """Tell whether somebody on the programme's list of leaders is certified; None: they do not stand there."""
    mine = (leaders.c.guild_id == pool.guild_id, leaders.c.programme_id == pool.programme_id)
    found = sa.select(leaders.c.certified_on).where(*mine, leaders.c.member_ref == member_ref)
    row = tx.execute(found).one_or_none()
    return row.certified_on is not None if row is not None else None


# -- meetings and who hosts them --------------------------------------------------------------------------------------------


def fetch_held(tx: sa.Connection, guild_id: int, meeting_id: str) -> Held | None:
    """Return a meeting that a pool hosts."""
    mine = (meetings.c.id == meeting_id, meetings.c.guild_id == guild_id, series.c.pool_id.is_not(None))
    row = tx.execute(_held.where(*mine)).one_or_none()
    return Held(*row) if row else None


def fetch_held_of(tx: sa.Connection, pool: Pool, *, since: dt.datetime, until: dt.datetime) -> list[Held]:
    """Return the meetings of a pool that end after `since` and begin before `until`, soonest first."""
    mine = (meetings.c.guild_id == pool.guild_id, meetings.c.programme_id == pool.programme_id)
    when = (meetings.c.ends_at > since, meetings.c.starts_at < until)
    found = _held.where(series.c.pool_id == pool.id, *mine, *when).order_by(meetings.c.starts_at, meetings.c.id)
    return [Held(*row) for row in tx.execute(found)]


def fetch_series(tx: sa.Connection, pool: Pool) -> list[tuple[str, str, str | None]]:
    """Return the programme's series that go on, by title: id, title, and which pool hosts it."""
    mine = (series.c.guild_id == pool.guild_id, series.c.programme_id == pool.programme_id, series.c.ended_at.is_(None))
    found = sa.select(series.c.id, series.c.title, series.c.pool_id).where(*mine).order_by(series.c.title, series.c.id)
    return [(row.id, row.title, row.pool_id) for row in tx.execute(found)]


def set_pool(tx: sa.Connection, pool: Pool, series_id: str, pool_id: str | None) -> None:
    """Let a pool host a series, or nobody in particular."""
    mine = (series.c.id == series_id, series.c.guild_id == pool.guild_id, series.c.programme_id == pool.programme_id)
    tx.execute(sa.update(series).where(*mine).values(pool_id=pool_id))


def fetch_live_of_series(tx: sa.Connection, pool: Pool, series_id: str) -> list[Hosting]:
    """Return the live hostings of a series' meetings."""
    of_series = sa.select(meetings.c.id).where(meetings.c.guild_id == pool.guild_id, meetings.c.series_id == series_id)
    mine = (hostings.c.guild_id == pool.guild_id, hostings.c.programme_id == pool.programme_id)
    found = _hostings.where(*mine, hostings.c.meeting_id.in_(of_series), hostings.c.state.in_(LIVE))
    return [Hosting(*row) for row in tx.execute(found.order_by(hostings.c.id))]


def fetch_unsettled(tx: sa.Connection, pool: Pool, *, before: dt.datetime) -> list[Held]:
    """Return the pool's meetings that ended before a moment and whose hostings are live still, oldest first."""
    live = (
        sa.select(hostings.c.meeting_id)
        .where(hostings.c.guild_id == pool.guild_id, hostings.c.programme_id == pool.programme_id)
        .where(hostings.c.pool_id == pool.id, hostings.c.state.in_(LIVE))
    )
    # One that takes longer than it was meant to is counted when it has ended.
    late = sa.and_(meetings.c.ends_at <= before, meetings.c.state != "running")
    over = sa.or_(late, meetings.c.state == "ended")
    found = _held.where(meetings.c.guild_id == pool.guild_id, meetings.c.id.in_(live), over)
    return [Held(*row) for row in tx.execute(found.order_by(meetings.c.starts_at, meetings.c.id))]


def fetch_hostings(tx: sa.Connection, guild_id: int, meeting_ids: Collection[str]) -> list[Hosting]:
    """Return all hostings of some meetings, live and given up, by meeting and place."""
    mine = (hostings.c.guild_id == guild_id, hostings.c.meeting_id.in_(list(meeting_ids)))
    ordered = _hostings.where(*mine).order_by(hostings.c.meeting_id, hostings.c.place, hostings.c.id)
    return [Hosting(*row) for row in tx.execute(ordered)]


def fetch_pools_of(tx: sa.Connection, guild_id: int, member_ref: str) -> list[str]:
    """Return the pools in which a member has turns ahead, or under way."""
    mine = (hostings.c.guild_id == guild_id, hostings.c.member_ref == member_ref, hostings.c.state.in_(LIVE))
    return list(
        tx.execute(sa.select(hostings.c.pool_id).where(*mine).distinct().order_by(hostings.c.pool_id)).scalars()
    )


def fetch_live_of(tx: sa.Connection, pool: Pool) -> list[Hosting]:
    """Return the live hostings of a pool."""
    mine = (hostings.c.guild_id == pool.guild_id, hostings.c.programme_id == pool.programme_id)
    found = _hostings.where(*mine, hostings.c.pool_id == pool.id, hostings.c.state.in_(LIVE))
    return [Hosting(*row) for row in tx.execute(found.order_by(hostings.c.id))]


def fetch_last_hosts(tx: sa.Connection, pool: Pool, *, before: dt.datetime, limit: int) -> list[list[str]]:
    """Return who hosted each of the pool's last `limit` meetings that began before a moment, the latest first."""
    at = sa.func.max(meetings.c.starts_at).label("at")
    last = (
        sa.select(hostings.c.meeting_id, at)
        .join(meetings, meetings.c.id == hostings.c.meeting_id)
        .where(hostings.c.guild_id == pool.guild_id, hostings.c.programme_id == pool.programme_id)
        .where(hostings.c.pool_id == pool.id, hostings.c.state == "hosted", meetings.c.starts_at < before)
        .group_by(hostings.c.meeting_id)
        .order_by(at.desc())
        .limit(limit)
    )
    ids = [row.meeting_id for row in tx.execute(last)]
    found: dict[str, list[str]] = {one: [] for one in ids}
    for one in fetch_hostings(tx, pool.guild_id, ids):
        if one.state == "hosted" and one.member_ref is not None:
            found[one.meeting_id].append(one.member_ref)
    return list(found.values())


def fetch_hosting(tx: sa.Connection, guild_id: int, programme_id: str, row_id: str) -> Hosting | None:
    """Return one hosting."""
    mine = (hostings.c.guild_id == guild_id, hostings.c.programme_id == programme_id, hostings.c.id == row_id)
    row = tx.execute(_hostings.where(*mine)).one_or_none()
    return Hosting(*row) if row else None


def insert_hosting(tx: sa.Connection, row_id: str, held: Held, place: int, **values: Any) -> None:
    """Put a hosting in."""
    of_meeting = {"guild_id": held.guild_id, "programme_id": held.programme_id, "meeting_id": held.id}
    empty = {"member_ref": None, "asked_at": None, "confirmed_at": None, "opened_at": None, "here_at": None}
    row = {**empty, **of_meeting, "pool_id": held.pool_id, **values}
    tx.execute(sa.insert(hostings).values(id=row_id, place=place, **row))


def update_hosting(tx: sa.Connection, guild_id: int, row_id: str, **values: Any) -> None:
    """Set columns of a hosting."""
    tx.execute(sa.update(hostings).where(hostings.c.id == row_id, hostings.c.guild_id == guild_id).values(**values))


def fetch_due_in(
    tx: sa.Connection, guild_id: int, channel_id: int, member_ref: str, *, now: dt.datetime, early: dt.timedelta
) -> list[str]:
    """Return the hostings of somebody at meetings that are held in a channel now, or soon."""
    found = (
        sa.select(hostings.c.id)
        .join(meetings, sa.and_(meetings.c.id == hostings.c.meeting_id, meetings.c.guild_id == hostings.c.guild_id))
        .join(series, series.c.id == meetings.c.series_id)
        .where(hostings.c.guild_id == guild_id, series.c.channel_id == channel_id)
        .where(hostings.c.member_ref == member_ref)
        .where(hostings.c.state.in_(("asked", "confirmed")), hostings.c.here_at.is_(None))
        .where(meetings.c.state == "planned", meetings.c.starts_at <= now + early, meetings.c.ends_at > now)
    )
    return list(tx.execute(found).scalars())


def fetch_coming(tx: sa.Connection, held: Held) -> list[str]:
    """Return who said that they come to a meeting."""
    mine = (answers.c.guild_id == held.guild_id, answers.c.programme_id == held.programme_id)
    found = sa.select(answers.c.member_ref).where(*mine, answers.c.meeting_id == held.id, answers.c.answer == "yes")
    return list(tx.execute(found.order_by(answers.c.member_ref)).scalars())


def forget(tx: sa.Connection, *, before: dt.datetime, limit: int) -> int:
    """Delete up to `limit` hostings of meetings that were over before a moment, with wishes to swap; return how many."""
    over = sa.select(hostings.c.id).join(meetings, meetings.c.id == hostings.c.meeting_id)
    ids = tx.execute(over.where(meetings.c.ends_at < before).limit(limit)).scalars().all()
    tx.execute(sa.delete(swaps).where(swaps.c.hosting_id.in_(ids)))
    return tx.execute(sa.delete(hostings).where(hostings.c.id.in_(ids))).rowcount


def fetch_channel(tx: sa.Connection, held: Held) -> int | None:
    """Return where a meeting's people are told things: where it meets, else the channel for meetings or the group's."""
    if held.channel_id is not None:
        return held.channel_id
    mine = (bindings.c.guild_id == held.guild_id, bindings.c.programme_id == held.programme_id)
    rows = tx.execute(sa.select(bindings.c.purpose, bindings.c.discord_id).where(*mine, bindings.c.kind == "channel"))
    found = {row.purpose: row.discord_id for row in rows}
    return found.get("meetings") or found.get("group")


# -- swaps ------------------------------------------------------------------------------------------------------------------


def insert_swap(tx: sa.Connection, row_id: str, hosting: Hosting, **values: Any) -> None:
    """Put a wish to swap in."""
    place = {"guild_id": hosting.guild_id, "programme_id": hosting.programme_id, "hosting_id": hosting.id}
    tx.execute(sa.insert(swaps).values(id=row_id, member_ref=hosting.member_ref, state="open", **place, **values))


def fetch_open_swap(tx: sa.Connection, hosting: Hosting) -> Swap | None:
    """Return the open wish to swap of a hosting."""
    mine = (swaps.c.guild_id == hosting.guild_id, swaps.c.programme_id == hosting.programme_id)
    row = tx.execute(_swaps.where(*mine, swaps.c.hosting_id == hosting.id, swaps.c.state == "open")).first()
    return Swap(*row) if row else None


def update_swap(tx: sa.Connection, guild_id: int, row_id: str, **values: Any) -> None:
    """Set columns of a wish to swap."""
    tx.execute(sa.update(swaps).where(swaps.c.id == row_id, swaps.c.guild_id == guild_id).values(**values))
