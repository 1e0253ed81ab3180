"""Who leads: the list, what each has learned, certificates, rest. One function per intention; each opens its own transaction.

Nothing here tells anybody anything, gives a role, or compares people.
"""

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import leaders as rules
from bot.domain.actor import Actor
from bot.domain.checkins import local_day
from bot.domain.guilds import Guild, Programme
from bot.domain.ids import new_id
from bot.domain.leaders import Leader, Rights
from bot.errors import PeerError
from bot.services.guilds import Guilds
from data import life
from data.db import Database
from data.store import leaders, people


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as somebody who may look at it sees it."""

    leader: Leader
    user_id: int = field(repr=False)
    may: Rights


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of a programme, and the record of whoever looks."""

    everybody: tuple[Seen, ...]
    own: Seen | None


async def listed(db: Database, actor: Actor, programme: Programme) -> Listed:
    """Return who leads or learns to; to somebody who does not lead, their own record alone."""

    def work(tx: sa.Connection) -> Listed:
        found, own = leaders.fetch_all(tx, programme.guild_id, programme.id), _own(tx, actor, programme)
        names = people.fetch_user_ids(tx, programme.guild_id, [one.member_ref for one in found])
        everybody = [
            Seen(one, names[one.member_ref], rules.rights(actor, programme, own, one))
            for one in found
            if one.member_ref in names
        ]
        mine = next((one for one in everybody if one.may.own), None)
        return Listed(tuple(one for one in everybody if one.may.see), mine)

    return await db.read(work)


async def person(db: Database, actor: Actor, programme: Programme, row_id: str) -> Seen:
    """Return one record; raises PeerError where it is gone or not for this person to see."""
    return await db.read(functools.partial(_seen, actor=actor, programme=programme, row_id=row_id))


async def add(
    db: Database, clock: Clock, actor: Actor, guild: Guild, programme: Programme, user_id: int
) -> tuple[Seen, bool]:
    """Put somebody on the list, and tell whether they were not there before."""
    ids, today = (new_id(), new_id(), new_id()), local_day(clock.now(), guild.zone)

    def work(tx: sa.Connection) -> tuple[Seen, bool]:
        if not rules.rights(actor, programme, None).teach:
            raise PeerError("error.only_leaders")
        member = people.ensure_member(tx, guild.guild_id, user_id, new_person_id=ids[0], new_ref=ids[1])
        known = leaders.fetch_member(tx, guild.guild_id, programme.id, member.ref)
        if known is None:
            leaders.insert(tx, ids[2], guild.guild_id, programme.id, member.ref, added_on=today)
        return _seen(tx, actor, programme, known.id if known else ids[2]), known is None

    return await db.write(work)


async def tick(
    db: Database,
    actor: Actor,
    programme: Programme,
    row_id: str,
    *,
    training: Sequence[str],
    learned: Collection[str],
    was: str,
) -> Seen:
    """Write down what somebody has learned by now; `was`: the revision of what the form showed.

    Raises PeerError where somebody else has changed it since, or for what the programme does not teach.
    """
    wanted = rules.to_learn(training)
    if not set(learned) <= set(wanted):
        raise PeerError("error.form_changed")

    def change(seen: Seen) -> dict[str, Any]:
        if not seen.may.teach:
            raise PeerError("error.only_leaders")
        if rules.revision(seen.leader.learned) != was and seen.leader.learned != frozenset(learned):
            raise PeerError("leaders.learn.changed")
        return {"learned": [one for one in wanted if one in learned]}

    return await _change(db, actor, programme, row_id, change)


async def observe(db: Database, clock: Clock, actor: Actor, guild: Guild, programme: Programme, row_id: str) -> Seen:
    """Write down that somebody was observed today; a later day replaces an earlier one."""
    today = local_day(clock.now(), guild.zone)

    def change(seen: Seen) -> dict[str, Any]:
        if not seen.may.observe:
            raise PeerError("leaders.observe.oneself" if seen.may.own else "error.only_leaders")
        return {"observed_on": today}

    return await _change(db, actor, programme, row_id, change)


async def certify(
    db: Database,
    clock: Clock,
    guilds_: Guilds,
    actor: Actor,
    guild: Guild,
    programme: Programme,
    row_id: str,
    *,
    training: Sequence[str],
    elsewhere: bool = False,
) -> Seen:
    """Certify somebody from today: after training here, or (`elsewhere`) on the word of whoever manages the server."""
    today = local_day(clock.now(), guild.zone)

    def change(seen: Seen) -> dict[str, Any]:
        if elsewhere:
            rules.check_elsewhere(seen.leader, seen.may)
        else:
            rules.check_certify(seen.leader, training, seen.may)
        return {"certified_on": today, "trained_elsewhere": elsewhere}

    seen = await _change(db, actor, programme, row_id, change)
    guilds_.forget(guild.guild_id)
    return seen


async def rest(
    db: Database,
    clock: Clock,
    guilds_: Guilds,
    actor: Actor,
    guild: Guild,
    programme: Programme,
    row_id: str,
    *,
    resting: bool,
) -> Seen:
    """Let somebody rest until they come back, or come back; done twice it changes nothing more."""
    today = local_day(clock.now(), guild.zone)

    def change(seen: Seen) -> dict[str, Any]:
        if not seen.may.settle:
            raise PeerError("leaders.only_certified")
        return {"resting_since": (seen.leader.resting_since or today) if resting else None}

    seen = await _change(db, actor, programme, row_id, change)
    guilds_.forget(guild.guild_id)
    return seen


async def own(db: Database, actor: Actor, programme: Programme) -> Leader | None:
    """Return the person's own record."""
    return await db.read(functools.partial(_own, actor=actor, programme=programme))


async def remove(db: Database, guilds_: Guilds, actor: Actor, guild: Guild, programme: Programme, row_id: str) -> Seen:
    """Take somebody off the list with all that it says of them; return what stood there.

    Whoever was put there without a yes, and of whom nothing else is kept, is nobody to us again.
    """

    def work(tx: sa.Connection) -> Seen:
        seen = _seen(tx, actor, programme, row_id)
        if not seen.may.settle:
            raise PeerError("leaders.only_certified")
        leaders.delete(tx, guild.guild_id, row_id)
        life.let_go(tx, seen.leader.member_ref)
        return seen

    seen = await db.write(work)
    guilds_.forget(guild.guild_id)
    return seen


async def _change(
    db: Database, actor: Actor, programme: Programme, row_id: str, change: Callable[[Seen], dict[str, Any]]
) -> Seen:
    """Set what `change` says of a record as it stands at that moment, and return it as it stands then."""

    def work(tx: sa.Connection) -> Seen:
        values = change(_seen(tx, actor, programme, row_id))
        leaders.update(tx, programme.guild_id, row_id, **values)
        return _seen(tx, actor, programme, row_id)

    return await db.write(work)


def _own(tx: sa.Connection, actor: Actor, programme: Programme) -> Leader | None:
    if actor.guild_id != programme.guild_id:
        return None
    member = people.fetch_member(tx, programme.guild_id, actor.user_id)
    return leaders.fetch_member(tx, programme.guild_id, programme.id, member.ref) if member is not None else None


def _seen(tx: sa.Connection, actor: Actor, programme: Programme, row_id: str) -> Seen:
    """Read a record for somebody; whether it exists is told only to those who may see it."""
    own, leader = _own(tx, actor, programme), leaders.fetch_one(tx, programme.guild_id, programme.id, row_id)
    may = rules.rights(actor, programme, own, leader)
    if not may.see:
        raise PeerError("error.only_leaders")
    names = people.fetch_user_ids(tx, programme.guild_id, [leader.member_ref]) if leader is not None else {}
    if leader is None or leader.member_ref not in names:
        raise PeerError("leaders.gone")
    return Seen(leader, names[leader.member_ref], may)
