"""What is pressed while a meeting runs: one transaction each, with the rights of whoever presses asked in it."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import runs as rules
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.runs import Presser, Run, Someone
from bot.services.runs import _follow, _who
from bot.steps.members import known_member, new_ids
from data.db import Database
from data.store import people

Change = Callable[[sa.Connection, Run, Presser, dt.datetime], Run]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What became of a press."""

    before: Run
    after: Run
    own: Someone | None
    """How whoever pressed stands now; None: they are on no list, or nobody is any more."""


async def raise_hand(
    db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, agreed: bool = False
) -> Pressed:
    """Ask for a turn. This and the next ones raise `NeedsConsent` before the first yes: a list keeps who is on it."""
    return await _join(db, clock, actor, programme, run_id, rules.raise_hand, agreed=agreed)


async def step_back(
    db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, agreed: bool = False
) -> Pressed:
    """Pass: out of the queue, or the turn goes on to the next."""
    return await _join(db, clock, actor, programme, run_id, rules.step_back, agreed=agreed)


async def listen(
    db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, agreed: bool = False
) -> Pressed:
    """Only listen."""
    return await _join(db, clock, actor, programme, run_id, rules.listen, agreed=agreed)


async def be_here(
    db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, agreed: bool = False
) -> Pressed:
    """Say that one is there."""
    return await _join(db, clock, actor, programme, run_id, rules.be_here, agreed=agreed)


async def finish(db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, seen: int) -> Pressed:
    """Be done with the turn that was `seen`; it goes on to the next."""
    return await _steer(
        db, clock, actor, programme, run_id, lambda run, who, now: rules.finish(run, who, now, seen=seen)
    )


async def leave(db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str) -> Pressed:
    """Have to go; what one hosted goes to the co-host."""
    return await _steer(db, clock, actor, programme, run_id, rules.leave)


async def take_over(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    run_id: str,
    *,
    in_room: Collection[int] = (),
    agreed: bool = False,
) -> Pressed:
    """Host where nobody does."""

    def change(run: Run, who: Presser, now: dt.datetime) -> Run:
        return rules.take_over(run, who, now, in_room=actor.user_id in in_room)

    return await _join(db, clock, actor, programme, run_id, change, agreed=agreed)


async def help_out(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    run_id: str,
    *,
    in_room: Collection[int] = (),
    agreed: bool = False,
) -> Pressed:
    """Help the host, and look after the room, where nobody does."""

    def change(run: Run, who: Presser, now: dt.datetime) -> Run:
        return rules.help_out(run, who, now, in_room=actor.user_id in in_room)

    return await _join(db, clock, actor, programme, run_id, change, agreed=agreed)


async def run_ourselves(
    db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, agreed: bool = False
) -> Pressed:
    """Let those who came run the meeting without a host."""
    return await _join(db, clock, actor, programme, run_id, rules.run_ourselves, agreed=agreed)


async def next_phase(
    db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, seen: int
) -> Pressed:
    """Go on to the phase after the one that was `seen`."""
    return await _steer(
        db, clock, actor, programme, run_id, lambda run, who, now: rules.next_phase(run, who, now, seen=seen)
    )


async def next_turn(
    db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, seen: int
) -> Pressed:
    """Give the turn after the one that was `seen`."""
    return await _steer(
        db, clock, actor, programme, run_id, lambda run, who, now: rules.next_turn(run, who, now, seen=seen)
    )


async def lock(db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, to: bool) -> Pressed:
    """Let nobody new in, or let them in again. The channel itself is locked by whoever calls this."""
    return await _steer(db, clock, actor, programme, run_id, lambda run, who, now: rules.lock(run, who, now, to=to))


async def let_in(db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, ref: str) -> Pressed:
    """Let somebody in who waits in the lobby."""
    return await _steer(db, clock, actor, programme, run_id, lambda run, who, now: rules.let_in(run, who, now, ref=ref))


async def may_end(db: Database, actor: Actor, programme: Programme, run_id: str) -> Run:
    """Return the meeting to somebody who may end it; raises PeerError for everybody else."""

    def work(tx: sa.Connection) -> Run:
        run = _who.find(tx, programme, run_id)
        who = _who.presser(tx, actor, programme, run.meeting_id, _who.ref_of(tx, actor, programme))
        rules.must_steer(run, who)
        return run

    return await db.read(work)


async def end(
    db: Database, clock: Clock, actor: Actor, programme: Programme, run_id: str, *, in_room: Collection[int] = ()
) -> Pressed:
    """End the meeting; `in_room` are the user ids in its channel, of which only the number is used."""

    def change(tx: sa.Connection, run: Run, who: Presser, now: dt.datetime) -> Run:
        took_part = [one.ref for one in run.people if one.is_in or one.standing == "left"]
        known = set(people.fetch_user_ids(tx, run.guild_id, took_part).values())
        return rules.end(run, who, now, others=len(set(in_room) - known))

    return await _change(db, clock, actor, programme, run_id, change)


# -- parts ------------------------------------------------------------------------------------------------------------------


async def _join(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    run_id: str,
    rule: Callable[[Run, Presser, dt.datetime], Run],
    *,
    agreed: bool,
) -> Pressed:
    """Do what may put somebody on the list, who must be known for that."""
    return await _change(db, clock, actor, programme, run_id, _alike(rule), joins=True, agreed=agreed)


async def _steer(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    run_id: str,
    rule: Callable[[Run, Presser, dt.datetime], Run],
) -> Pressed:
    """Do what puts nobody on the list."""
    return await _change(db, clock, actor, programme, run_id, _alike(rule))


def _alike(rule: Callable[[Run, Presser, dt.datetime], Run]) -> Change:
    return lambda tx, run, who, now: rule(run, who, now)


async def _change(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    run_id: str,
    change: Change,
    *,
    joins: bool = False,
    agreed: bool = False,
) -> Pressed:
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> Pressed:
        before = _who.find(tx, programme, run_id)
        # Of a meeting that is over nobody is asked for anything.
        rules.must_run(before)
        ref = _who.ref_of(tx, actor, programme)
        who = _who.presser(tx, actor, programme, before.meeting_id, ref)
        # Whoever is refused is refused before they are asked for anything.
        after = change(tx, before, who, now)
        if joins:
            known = known_member(tx, programme.guild_id, actor.user_id, agreed=agreed, now=now, ids=ids).ref
            if known != ref:
                ref, who = known, replace(who, ref=known)
                after = change(tx, before, who, now)
        _follow.write(tx, before, after, now, ids.row)
        return Pressed(before, after, after.find(ref))

    return await db.write(work)
