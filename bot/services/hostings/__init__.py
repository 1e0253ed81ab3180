"""A turn at hosting: confirmed, given up, taken, swapped; and whether what was planned about it is said once its time has come.

Nobody is asked why, and what somebody gives up is kept without a reason. Nothing here sends anything: after a change the
caller wakes the postman.
"""

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.ids import new_id
from bot.domain.rotations import Hindrance, SwapState, check_swap, check_take, hindrance
from bot.domain.rotations.ladder import MISSING
from bot.errors import PeerError
from bot.services.hostings._due import Expected, Said, expected, wanted
from bot.steps import outbox
from bot.steps import rotations as steps
from bot.steps.rotations._people import host_of, rules_of
from bot.steps.rotations._plans import cancel, make
from data.db import Database
from data.store import people, rotations
from data.store.rotations import Held, Hosting, InPool

__all__ = [
    "Expected",
    "Said",
    "Seen",
    "about",
    "answer_swap",
    "call_swap",
    "confirm",
    "expected",
    "give_up",
    "here",
    "look",
    "mine",
    "run_ourselves",
    "seen_in",
    "take",
    "wanted",
]

EMERGENCY = dt.timedelta(hours=6)
"""So long before a meeting whoever is willing and trained may take it, however new or at the end of their term."""
EARLY = dt.timedelta(minutes=30)
"""How long before its time somebody may say that they are here."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A turn as its host, or somebody who is asked, sees it."""

    id: str
    programme_id: str
    title: str = field(repr=False)
    starts_at: dt.datetime
    leads: bool
    is_own: bool
    is_confirmed: bool
    is_open: bool
    opened_id: str | None = None
    """The turn that is open now that this one was given up."""


# -- what a host does -------------------------------------------------------------------------------------------------------


async def look(db: Database, actor: Actor, programme: Programme, hosting_id: str) -> Seen:
    """Return a turn; raises PeerError where it is gone, or for somebody who is not in its pool."""

    def work(tx: sa.Connection) -> Seen:
        ref, one, held = _found(tx, actor, programme, hosting_id)
        return _seen(one, held, ref)

    return await db.read(work)


async def about(db: Database, clock: Clock, actor: Actor, programme: Programme, hosting_id: str) -> Seen:
    """Return a turn as anybody of the programme may see it; raises PeerError where it is gone."""

    def work(tx: sa.Connection) -> Seen:
        ref, one, held = _any(tx, actor, programme, hosting_id)
        return _seen(one, held, ref)

    return await db.read(work)


async def mine(db: Database, clock: Clock, actor: Actor, programme: Programme, meeting_id: str) -> Seen:
    """Return the person's own turn at a meeting; raises PeerError where they have none, or it is over."""
    now = clock.now()

    def work(tx: sa.Connection) -> Seen:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        rows = rotations.fetch_hostings(tx, programme.guild_id, [meeting_id]) if member is not None else []
        own = [one for one in rows if member is not None and one.member_ref == member.ref]
        one = next((one for one in own if one.state in ("asked", "confirmed")), None)
        if one is None:
            raise PeerError("rotations.not_host")
        ref, one, held = _own(tx, actor, programme, one.id, now)
        return _seen(one, held, ref)

    return await db.read(work)


async def confirm(db: Database, clock: Clock, actor: Actor, programme: Programme, hosting_id: str) -> Seen:
    """Confirm that the person hosts; twice it stays as it is."""
    now = clock.now()

    def work(tx: sa.Connection) -> Seen:
        ref, one, held = _own(tx, actor, programme, hosting_id, now)
        if one.state == "asked":
            rotations.update_hosting(tx, one.guild_id, one.id, state="confirmed", confirmed_at=now)
        return _seen(one._replace(state="confirmed"), held, ref)

    return await db.write(work)


async def give_up(db: Database, clock: Clock, actor: Actor, programme: Programme, hosting_id: str) -> Seen:
    """Let somebody else be found for a turn of the person's own; no reason is asked for, and none is kept."""
    now = clock.now()

    def work(tx: sa.Connection) -> Seen:
        ref, one, held = _own(tx, actor, programme, hosting_id, now)
        opened_id = steps.open_up(tx, held, one, now=now)
        steps.pool_changed(tx, held.guild_id, held.pool_id, now=now)
        seen = _seen(one, held, ref)
        return Seen(seen.id, seen.programme_id, held.title, held.starts_at, seen.leads, False, False, True, opened_id)

    return await db.write(work)


async def here(db: Database, clock: Clock, actor: Actor, programme: Programme, hosting_id: str) -> Seen:
    """Write down that whoever hosts is there."""
    now = clock.now()

    def work(tx: sa.Connection) -> Seen:
        ref, one, held = _own(tx, actor, programme, hosting_id, now)
        if now < held.starts_at - EARLY:
            raise PeerError("rotations.here.early")
        rotations.update_hosting(tx, one.guild_id, one.id, here_at=now, state="confirmed")
        return _seen(one._replace(state="confirmed"), held, ref)

    return await db.write(work)


async def seen_in(db: Database, clock: Clock, guild_id: int, channel_id: int, user_id: int) -> bool:
    """Write down that somebody came into a channel, if they host what is held there about now; tell whether they do."""
    now = clock.now()

    def look(tx: sa.Connection) -> list[str]:
        member = people.fetch_member(tx, guild_id, user_id)
        if member is None:
            return []
        return rotations.fetch_due_in(tx, guild_id, channel_id, member.ref, now=now, early=EARLY)

    def work(tx: sa.Connection) -> bool:
        found = look(tx)
        for row_id in found:
            rotations.update_hosting(tx, guild_id, row_id, here_at=now, state="confirmed")
        return bool(found)

    # Hardly anybody who comes into a channel hosts something there: only then is anything written.
    return bool(await db.read(look)) and await db.write(work)


async def take(db: Database, clock: Clock, actor: Actor, programme: Programme, hosting_id: str) -> Seen:
    """Take a turn that needs a host; of two at once one gets it. After its start also one whose host is not there."""
    now = clock.now()

    def work(tx: sa.Connection) -> Seen:
        ref, one, held = _found(tx, actor, programme, hosting_id)
        rows = rotations.fetch_hostings(tx, held.guild_id, [held.id])
        live = [row for row in rows if row.state in rotations.LIVE]
        one = next((row for row in live if row.place == one.place), one)
        is_over = held.state not in ("planned", "running") or now >= held.ends_at
        if one.member_ref == ref and one.state == "confirmed" and not is_over:
            # Pressed twice, as when the first press was never answered.
            return _seen(one, held, ref)
        inside = _inside(tx, held, ref)
        is_late = now >= held.starts_at + MISSING and not any(row.here_at for row in live)
        check_take(
            in_pool=inside is not None,
            hosts_already=any(row.member_ref == ref and row.place <= one.place for row in live),
            is_open=one in live and (one.member_ref is None or is_late),
            is_over=is_over,
            hindrance=_hindrance(tx, held, inside) if inside is not None else None,
            emergency=now >= held.starts_at - EMERGENCY,
        )
        for other in live:
            # Whoever stands beside and steps forward leaves that place.
            if other.member_ref == ref:
                rotations.update_hosting(tx, other.guild_id, other.id, state="void")
        taken = steps.fill(tx, held, one, ref, now=now)
        steps.pool_changed(tx, held.guild_id, held.pool_id, now=now)
        return Seen(taken, held.programme_id, held.title, held.starts_at, one.place == 0, True, True, False)

    return await db.write(work)


async def run_ourselves(db: Database, clock: Clock, actor: Actor, programme: Programme, hosting_id: str) -> Seen:
    """Let a meeting that has no host be run by those who come; one of them says so, and it is not called off."""
    now = clock.now()

    def work(tx: sa.Connection) -> Seen:
        ref, one, held = _any(tx, actor, programme, hosting_id)
        if held.state not in ("planned", "running") or now >= held.ends_at:
            raise PeerError("rotations.too_late")
        live = [row for row in rotations.fetch_hostings(tx, held.guild_id, [held.id]) if row.state in rotations.LIVE]
        lead = next((row for row in live if row.place == 0), None)
        if lead is None or (lead.member_ref is not None and now < held.starts_at + MISSING):
            raise PeerError("rotations.self_run.hosted")
        if lead.state != "self_run":
            open_id = lead.id if lead.member_ref is None else steps.open_up(tx, held, lead, now=now)
            cancel(tx, lead._replace(id=open_id), now=now)
            rotations.update_hosting(tx, held.guild_id, open_id, state="self_run")
        return _seen(one, held, ref)

    return await db.write(work)


# -- swaps ------------------------------------------------------------------------------------------------------------------


async def call_swap(db: Database, clock: Clock, actor: Actor, programme: Programme, hosting_id: str) -> Seen:
    """Ask the others of the pool whether somebody takes a turn; until one does it stays the person's own."""
    now, swap_id = clock.now(), new_id()

    def work(tx: sa.Connection) -> Seen:
        ref, one, held = _own(tx, actor, programme, hosting_id, now)
        if now >= held.starts_at:
            raise PeerError("rotations.too_late")
        if rotations.fetch_open_swap(tx, one) is None:
            rotations.insert_swap(tx, swap_id, one, to_ref=None, asked_at=now)
            live = {row.member_ref for row in rotations.fetch_hostings(tx, held.guild_id, [held.id])}
            pool = rotations.fetch_pool(tx, held.guild_id, held.pool_id)
            for other in rotations.fetch_inside(tx, pool) if pool is not None else ():
                if other.member_ref not in live and _hindrance(tx, held, other) is None:
                    outbox.plan(tx, make(held, one.id, steps.SWAP, now, held.starts_at, swap_id[:8], other.member_ref))
        return _seen(one, held, ref)

    return await db.write(work)


async def answer_swap(
    db: Database, clock: Clock, actor: Actor, programme: Programme, hosting_id: str, *, takes: bool
) -> Seen | None:
    """Take what somebody wishes to give away; `takes` False: not me, which nobody hears of, and nothing is stored."""
    now = clock.now()

    def work(tx: sa.Connection) -> Seen | None:
        ref, one, held = _found(tx, actor, programme, hosting_id)
        wish, inside = rotations.fetch_open_swap(tx, one), _inside(tx, held, ref)
        state = SwapState.OPEN if wish is not None else SwapState.TAKEN
        is_own = one.member_ref == ref
        check_swap(state, now=now, starts_at=held.starts_at, is_own=is_own, is_asked=inside is not None)
        if not takes or wish is None or inside is None:
            return None
        live = [row for row in rotations.fetch_hostings(tx, held.guild_id, [held.id]) if row.state in rotations.LIVE]
        check_take(
            in_pool=True,
            hosts_already=any(row.member_ref == ref for row in live),
            is_open=one.state in ("asked", "confirmed"),
            is_over=held.state != "planned",
            hindrance=_hindrance(tx, held, inside),
            emergency=False,
        )
        rotations.update_swap(tx, one.guild_id, wish.id, state="taken", to_ref=ref, answered_at=now)
        taken = steps.fill(tx, held, one, ref, now=now)
        steps.pool_changed(tx, held.guild_id, held.pool_id, now=now)
        return Seen(taken, held.programme_id, held.title, held.starts_at, one.place == 0, True, True, False)

    return await db.write(work)


# -- parts ------------------------------------------------------------------------------------------------------------------


def _any(tx: sa.Connection, actor: Actor, programme: Programme, hosting_id: str) -> tuple[str, Hosting, Held]:
    """Return somebody's ref, a turn of this programme and its meeting."""
    member = people.fetch_member(tx, programme.guild_id, actor.user_id)
    one = rotations.fetch_hosting(tx, programme.guild_id, programme.id, hosting_id)
    held = rotations.fetch_held(tx, programme.guild_id, one.meeting_id) if one is not None else None
    if member is None or one is None or held is None or actor.guild_id != programme.guild_id:
        raise PeerError("rotations.turn_gone")
    return member.ref, one, held


def _found(tx: sa.Connection, actor: Actor, programme: Programme, hosting_id: str) -> tuple[str, Hosting, Held]:
    """The same for somebody of its pool, or who hosts it; to others it is not there."""
    ref, one, held = _any(tx, actor, programme, hosting_id)
    if one.member_ref != ref and _inside(tx, held, ref) is None:
        raise PeerError("rotations.not_in_pool")
    return ref, one, held


def _own(
    tx: sa.Connection, actor: Actor, programme: Programme, hosting_id: str, now: dt.datetime
) -> tuple[str, Hosting, Held]:
    """The same for whoever hosts it, as long as it is ahead or under way."""
    ref, one, held = _found(tx, actor, programme, hosting_id)
    if one.member_ref != ref or one.state not in ("asked", "confirmed"):
        raise PeerError("rotations.not_yours")
    if held.state not in ("planned", "running") or now >= held.ends_at:
        raise PeerError("rotations.too_late")
    return ref, one, held


def _inside(tx: sa.Connection, held: Held, ref: str) -> InPool | None:
    pool = rotations.fetch_pool(tx, held.guild_id, held.pool_id)
    rows = rotations.fetch_inside(tx, pool) if pool is not None else []
    return next((one for one in rows if one.member_ref == ref), None)


def _hindrance(tx: sa.Connection, held: Held, inside: InPool) -> Hindrance | None:
    pool = rotations.fetch_pool(tx, held.guild_id, held.pool_id)
    assert pool is not None
    day = held.starts_at.astimezone(ZoneInfo(pool.zone)).date()
    return hindrance(host_of(inside, pool.zone), rules_of(pool), day, rest=0)


def _seen(one: Hosting, held: Held, ref: str) -> Seen:
    is_own = one.member_ref == ref
    return Seen(
        one.id,
        held.programme_id,
        held.title,
        held.starts_at,
        one.place == 0,
        is_own,
        is_own and one.state == "confirmed",
        one.state == "open",
    )
