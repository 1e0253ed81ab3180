"""What members and hosts press while a meeting runs. Who hosts, and what becomes of that, stands in `_hosting`."""

import datetime as dt
from dataclasses import replace

from bot.domain.runs._state import Presser, Run, come_in, ended, give_turn, heard, inherit, must_run, must_steer, put
from bot.errors import PeerError

# -- what members press -----------------------------------------------------------------------------------------------------


def raise_hand(run: Run, who: Presser, now: dt.datetime) -> Run:
    """Put somebody at the end of the queue; whoever is in it, or speaks, stays where they are."""
    run, own = come_in(run, who, now)
    if own.standing in ("lobby", "waiting", "speaking"):
        return run
    return put(replace(run, places=run.places + 1), replace(own, standing="waiting", place=run.places + 1))


def step_back(run: Run, who: Presser, now: dt.datetime) -> Run:
    """Let somebody pass: out of the queue, or their turn goes on to the next."""
    run, own = come_in(run, who, now)
    if own.standing == "speaking":
        return give_turn(run, now)
    return put(run, replace(own, standing="here", place=0)) if own.standing == "waiting" else run


def finish(run: Run, who: Presser, now: dt.datetime, *, seen: int) -> Run:
    """Let whoever speaks say that they are done; `seen` is the turn that the pressed button stood below."""
    must_run(run)
    own = run.find(who.ref)
    if own is None or own.standing != "speaking" or seen != run.turn:
        raise PeerError("runs.not_your_turn")
    return give_turn(heard(run, who, now), now)


def listen(run: Run, who: Presser, now: dt.datetime) -> Run:
    """Let somebody only listen, from now on and until they raise their hand."""
    run, own = come_in(run, who, now)
    if own.standing == "lobby":
        return run
    if own.standing == "speaking":
        run = give_turn(run, now)
    return put(run, replace(own, standing="listening", place=0))


def be_here(run: Run, who: Presser, now: dt.datetime) -> Run:
    """Let somebody say that they are there; a place in the queue is kept."""
    run, own = come_in(run, who, now)
    return put(run, replace(own, standing="here")) if own.standing == "listening" else run


def leave(run: Run, who: Presser, now: dt.datetime) -> Run:
    """Let somebody go: their turn goes on to the next, and what they hosted to the co-host."""
    must_run(run)
    own = run.find(who.ref)
    if own is None or not (own.is_in or own.part):
        raise PeerError("runs.not_in")
    if own.standing == "speaking":
        run = give_turn(run, now)
    run = put(run, replace(own, standing="left", part=None, place=0, in_room=False, left_at=None))
    return inherit(run) if own.part == "host" else run


# -- what hosts press -------------------------------------------------------------------------------------------------------


def next_phase(run: Run, who: Presser, now: dt.datetime, *, seen: int) -> Run:
    """Go on to the next phase; `seen` is the one that the pressed button stood below."""
    must_steer(run, who)
    if seen != run.step:
        raise PeerError("runs.meanwhile")
    if run.is_last:
        raise PeerError("runs.last_phase")
    return replace(heard(run, who, now), step=run.step + 1, step_at=now)


def next_turn(run: Run, who: Presser, now: dt.datetime, *, seen: int) -> Run:
    """Give the turn to the next in the queue, or end it where nobody waits; `seen` is the turn that the button stood below."""
    must_steer(run, who)
    if seen != run.turn:
        raise PeerError("runs.meanwhile")
    if run.speaker is None and not run.queue:
        raise PeerError("runs.nobody_waits")
    return give_turn(heard(run, who, now), now)


def lock(run: Run, who: Presser, now: dt.datetime, *, to: bool) -> Run:
    """Let nobody new in, or let them in again."""
    must_steer(run, who)
    if run.is_locked == to:
        raise PeerError("runs.meanwhile")
    return replace(heard(run, who, now), is_locked=to)


def let_in(run: Run, who: Presser, now: dt.datetime, *, ref: str) -> Run:
    """Let somebody in who waits for that."""
    must_steer(run, who)
    other = run.find(ref)
    if other is None or other.standing != "lobby":
        raise PeerError("runs.meanwhile")
    return put(heard(run, who, now), replace(other, standing="here"))


def end(run: Run, who: Presser, now: dt.datetime, *, others: int = 0) -> Run:
    """End the meeting; `others` is how many more are in the room without having pressed anything."""
    must_steer(run, who)
    return ended(run, now, others)
