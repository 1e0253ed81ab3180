"""Pools of people who take turns at hosting: made, filled, shown, balanced. For those who lead the programme.

Nothing here sends anything. After a change the caller wakes the postman. What a host does with a turn of their own:
`bot.services.hostings`.
"""

import datetime as dt
import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from fractions import Fraction

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.domain.checkins import local_day
from bot.domain.guilds import Programme
from bot.domain.ids import new_id
from bot.domain.leaders import rights
from bot.domain.rotations import (
    MOST_IN_POOL,
    TURN,
    Account,
    Decided,
    Rules,
    Seat,
    add_away,
    check_rules,
    decided_by,
    hindrance,
    in_order,
    read_date,
)
from bot.errors import PeerError
from bot.steps import rotations as steps
from bot.steps.rotations._people import host_of, rules_of
from data import life
from data.db import Database
from data.store import people, rotations
from data.store.rotations import InPool, Pool

MOST_POOLS = 20
MOST_NAME = 50
MOST_SERIES_SHOWN = 25
"""How many of a programme's series are shown to choose from, in their order: what is not shown stays as it is."""
KEPT = dt.timedelta(days=180)
"""How long after a meeting it is kept who hosted it."""
CHUNK = 20
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands in their seat."""

    id: str
    user_id: int = field(repr=False)
    seat: Seat
    hosted: int
    share: Fraction
    """The sum of their shares of the turns since they joined."""
    can: bool
    """Whether they could be asked for a meeting today, their rest apart."""

    @property
    def owed(self) -> Fraction:
        """What they are behind their share; below zero they are ahead of it."""
        return self.share - self.hosted


@dataclass(frozen=True, slots=True)
class Next:
    """Who is next in a seat, and by what that was decided against the one after them."""

    first: Standing
    second: Standing | None
    why: Decided


@dataclass(frozen=True, slots=True)
class Turn:
    """A meeting ahead and who is to host it."""

    meeting_id: str
    title: str = field(repr=False)
    starts_at: dt.datetime
    hosts: tuple[tuple[int, bool], ...] = field(repr=False)
    """Who, and whether they have confirmed; the one who leads first."""
    is_open: bool
    """Whether somebody is looked for."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A pool as leaders see it."""

    pool: Pool
    people: tuple[Standing, ...]
    turns: tuple[Turn, ...] = ()
    next: tuple[Next, ...] = ()
    series: tuple[tuple[str, str, bool], ...] = field(default=(), repr=False)
    """The programme's series: id, title, and whether this pool hosts it."""


async def pools(db: Database, actor: Actor, programme: Programme) -> tuple[Pool, ...]:
    """Return the programme's pools, by name."""
    _must_lead(actor, programme)
    return tuple(await db.read(lambda tx: rotations.fetch_pools(tx, programme.guild_id, programme.id)))


async def create(
    db: Database, clock: Clock, actor: Actor, programme: Programme, name: str, rules: Rules | None = None
) -> Shown:
    """Make a pool; raises PeerError for a name that is none or taken, and for rules under which nobody could host."""
    _must_lead(actor, programme)
    rules, now, row_id, named = rules or Rules(), clock.now(), new_id(), " ".join(name.split())
    check_rules(rules)
    if not named or len(named) > MOST_NAME or not named.isprintable():
        raise PeerError("rotations.create.name", most=MOST_NAME)

    def work(tx: sa.Connection) -> Shown:
        known = rotations.fetch_pools(tx, programme.guild_id, programme.id)
        if any(one.name.casefold() == named.casefold() for one in known):
            raise PeerError("rotations.create.taken")
        if len(known) >= MOST_POOLS:
            raise PeerError("rotations.create.most", most=MOST_POOLS)
        values = {"seats": rules.seats, "rest": rules.rest, "min_days": rules.min_days}
        values |= {"only_trained": rules.only_trained}
        rotations.insert_pool(tx, row_id, programme.guild_id, programme.id, name=named, created_at=now, **values)
        return _shown(tx, _pool(tx, programme, row_id), now)

    return await db.write(work)


async def add(
    db: Database, clock: Clock, actor: Actor, programme: Programme, pool_id: str, user_id: int, *, is_bot: bool = False
) -> tuple[Shown, bool]:
    """Put somebody into a pool, level with the others, and tell whether they were not in it before.

    Raises PeerError for a bot, for somebody who is not on the list of leaders, and where the pool is full.
    """
    _must_lead(actor, programme)
    if is_bot:
        raise PeerError("rotations.add.bot")
    now, row_id = clock.now(), new_id()

    def work(tx: sa.Connection) -> tuple[Shown, bool]:
        pool = _pool(tx, programme, pool_id)
        member = people.fetch_member(tx, programme.guild_id, user_id)
        certified = rotations.is_certified(tx, pool, member.ref) if member is not None else None
        if member is None or certified is None:
            raise PeerError("rotations.add.not_listed")
        inside = rotations.fetch_inside(tx, pool)
        if any(one.member_ref == member.ref for one in inside):
            return _shown(tx, pool, now), False
        if len(inside) >= MOST_IN_POOL:
            raise PeerError("rotations.add.full", most=MOST_IN_POOL)
        seat = Seat.EXPERIENCED if certified else Seat.LEARNING
        rotations.insert_inside(tx, row_id, pool, member.ref, seat=seat.value, joined_at=now, last_at=now)
        steps.pool_changed(tx, pool.guild_id, pool.id, now=now)
        return _shown(tx, pool, now), True

    return await db.write(work)


async def remove(db: Database, clock: Clock, actor: Actor, programme: Programme, row_id: str) -> tuple[Shown, int]:
    """Take somebody out of a pool, and tell how many turns ahead need another host now. Everybody may leave themselves."""
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[Shown, int]:
        row, pool = _inside(tx, actor, programme, row_id)
        # What is over by now is still theirs.
        steps.pool_changed(tx, pool.guild_id, pool.id, now=now)
        rotations.delete_inside(tx, pool.guild_id, row.id)
        opened = steps.take_back(tx, pool.guild_id, pool.id, row.member_ref, now=now)
        steps.pool_changed(tx, pool.guild_id, pool.id, now=now)
        life.let_go(tx, row.member_ref)
        return _shown(tx, pool, now), opened

    return await db.write(work)


async def host_series(
    db: Database, clock: Clock, actor: Actor, programme: Programme, pool_id: str, series_ids: Collection[str]
) -> Shown:
    """Let a pool host these series from now on, and no others of those that are shown to choose from.

    Raises PeerError for one that is not there any more.
    """
    _must_lead(actor, programme)
    now = clock.now()

    def work(tx: sa.Connection) -> Shown:
        pool = _pool(tx, programme, pool_id)
        known = {row_id: hosted_by for row_id, _, hosted_by in rotations.fetch_series(tx, pool)}
        if not set(series_ids) <= known.keys():
            raise PeerError("rotations.series.gone")
        # What is over by now is still theirs.
        others = {hosted_by for row_id, hosted_by in known.items() if row_id in series_ids and hosted_by is not None}
        for one in sorted(others | {pool_id}):
            steps.pool_changed(tx, pool.guild_id, one, now=now)
        shown = {*list(known)[:MOST_SERIES_SHOWN], *series_ids}
        for row_id, hosted_by in known.items():
            if row_id not in shown:
                continue
            wanted = pool_id if row_id in series_ids else None if hosted_by == pool_id else hosted_by
            if wanted != hosted_by:
                steps.let_go(tx, pool, row_id, now=now)
                rotations.set_pool(tx, pool, row_id, wanted)
        steps.pool_changed(tx, pool.guild_id, pool_id, now=now)
        return _shown(tx, pool, now)

    return await db.write(work)


async def one(db: Database, clock: Clock, actor: Actor, programme: Programme, row_id: str) -> tuple[Shown, Standing]:
    """Return somebody in a pool: to leaders anybody, to others themselves."""
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[Shown, Standing]:
        _, pool = _inside(tx, actor, programme, row_id)
        shown = _shown(tx, pool, now)
        return shown, next(one for one in shown.people if one.id == row_id)

    return await db.read(work)


async def set_away(
    db: Database, clock: Clock, actor: Actor, programme: Programme, row_id: str, first: str, last: str
) -> tuple[Shown, int]:
    """Let somebody be asked for nothing from one date to another, and tell how many turns in it need another host now.

    Raises PeerError for what is no such date.
    """
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[Shown, int]:
        row, pool = _inside(tx, actor, programme, row_id)
        today = local_day(now, pool.zone)
        span = read_date(first, today=today), read_date(last, today=today)
        away = add_away(host_of(row, pool.zone).away, *span, today=today)
        stored = [[one.first.isoformat(), one.last.isoformat()] for one in away]
        rotations.update_inside(tx, pool.guild_id, row.id, away=stored)
        opened = steps.take_back(tx, pool.guild_id, pool.id, row.member_ref, now=now, dates=span)
        steps.pool_changed(tx, pool.guild_id, pool.id, now=now)
        return _shown(tx, pool, now), opened

    return await db.write(work)


async def set_term(
    db: Database, clock: Clock, actor: Actor, programme: Programme, row_id: str, until: str
) -> tuple[Shown, int]:
    """Let somebody's service end with a date ("": with none), and tell how many turns beyond need another host now."""
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[Shown, int]:
        _must_lead(actor, programme)
        row, pool = _inside(tx, actor, programme, row_id)
        last = read_date(until, today=local_day(now, pool.zone)) if until.strip() else None
        rotations.update_inside(tx, pool.guild_id, row.id, term_until=last)
        opened = 0
        if last is not None:
            beyond = (last + dt.timedelta(days=1), dt.date.max)
            opened = steps.take_back(tx, pool.guild_id, pool.id, row.member_ref, now=now, dates=beyond)
        steps.pool_changed(tx, pool.guild_id, pool.id, now=now)
        return _shown(tx, pool, now), opened

    return await db.write(work)


async def own(db: Database, actor: Actor, programme: Programme) -> tuple[tuple[str, str], ...]:
    """Return where somebody takes turns themselves: the id of their place, and the pool's name."""

    def work(tx: sa.Connection) -> tuple[tuple[str, str], ...]:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        if member is None or actor.guild_id != programme.guild_id:
            return ()
        return tuple(rotations.fetch_own(tx, programme.guild_id, programme.id, member.ref))

    return await db.read(work)


async def show(db: Database, clock: Clock, actor: Actor, programme: Programme, pool_id: str) -> Shown:
    """Return a pool: who is in it, how their turns stand, who hosts what is ahead, and who is next and why."""
    _must_lead(actor, programme)
    now = clock.now()
    return await db.read(lambda tx: _shown(tx, _pool(tx, programme, pool_id), now))


async def plan_ahead(db: Database, clock: Clock) -> int:
    """Bring every pool to where it should be: for the start and the housekeeping. Return how many there are.

    What is kept of turns of long ago is forgotten.
    """
    now, last, count = clock.now(), "", 0
    await db.write_chunks(functools.partial(rotations.forget, before=now - KEPT, limit=AT_ONCE))
    while True:
        found = await db.read(functools.partial(rotations.fetch_pool_places, after_id=last, limit=CHUNK))
        for guild_id, pool_id in found:
            await db.write(_changing(guild_id, pool_id, now))
        count += len(found)
        if len(found) < CHUNK:
            return count
        last = found[-1][1]


# -- parts ------------------------------------------------------------------------------------------------------------------


def _changing(guild_id: int, pool_id: str, now: dt.datetime) -> Callable[[sa.Connection], bool]:
    return lambda tx: steps.pool_changed(tx, guild_id, pool_id, now=now)


def _must_lead(actor: Actor, programme: Programme) -> None:
    if not rights(actor, programme, None).teach:
        raise PeerError("error.only_leaders")


def _pool(tx: sa.Connection, programme: Programme, pool_id: str) -> Pool:
    """Return a pool of this programme; of another one, or another guild's, there is none."""
    pool = rotations.fetch_pool(tx, programme.guild_id, pool_id)
    if pool is None or pool.programme_id != programme.id:
        raise PeerError("rotations.gone")
    return pool


def _inside(tx: sa.Connection, actor: Actor, programme: Programme, row_id: str) -> tuple[InPool, Pool]:
    """Return a place in a pool to somebody who may see to it."""
    found = rotations.fetch_one_inside(tx, programme.guild_id, programme.id, row_id)
    member = people.fetch_member(tx, programme.guild_id, actor.user_id)
    if found is None or member is None or actor.guild_id != programme.guild_id or found.member_ref != member.ref:
        _must_lead(actor, programme)
    if found is None:
        raise PeerError("rotations.not_in_pool")
    return found, _pool(tx, programme, found.pool_id)


def _shown(tx: sa.Connection, pool: Pool, now: dt.datetime) -> Shown:
    rows = rotations.fetch_inside(tx, pool)
    held = rotations.fetch_held_of(tx, pool, since=now, until=now + dt.timedelta(days=62))
    hostings = rotations.fetch_hostings(tx, pool.guild_id, [one.id for one in held])
    refs = {one.member_ref for one in rows} | {one.member_ref for one in hostings if one.member_ref is not None}
    names = people.fetch_user_ids(tx, pool.guild_id, sorted(refs))
    standing = {row.member_ref: _standing(row, pool, names[row.member_ref], now) for row in rows}
    turns = []
    for meeting in held:
        live = [one for one in hostings if one.meeting_id == meeting.id and one.state in rotations.LIVE]
        if live:
            known = [one for one in live if one.member_ref in names]
            hosts = tuple((names[one.member_ref or ""], one.state == "confirmed") for one in known)
            is_open = any(one.state == "open" for one in live)
            turns.append(Turn(meeting.id, meeting.title, meeting.starts_at, hosts, is_open))
    series = tuple((row_id, title, by == pool.id) for row_id, title, by in rotations.fetch_series(tx, pool))
    return Shown(pool, tuple(standing.values()), tuple(turns), _next(rows, standing, pool), series)


def _standing(row: InPool, pool: Pool, user_id: int, now: dt.datetime) -> Standing:
    share = Fraction(row.owed, TURN) + row.hosted
    can = hindrance(host_of(row, pool.zone), rules_of(pool), now.date(), rest=0) is None
    return Standing(row.id, user_id, Seat(row.seat), row.hosted, share, can)


def _next(rows: list[InPool], standing: dict[str, Standing], pool: Pool) -> tuple[Next, ...]:
    found = []
    for seat in Seat:
        able = [one for one in rows if one.seat == seat and standing[one.member_ref].can]
        ordered = in_order([Account(one.member_ref, one.last_at, one.owed, one.hosted) for one in able], pool.id)
        if ordered:
            second = standing[ordered[1].ref] if len(ordered) > 1 else None
            found.append(Next(standing[ordered[0].ref], second, decided_by(ordered)))
    return tuple(found)
