"""What follows from a change of a run: it is written down, and what it causes to be said is planned, in one transaction.

What is planned is told apart by what only grows in a run (phase, turn, change of host), so that planning twice says nothing
twice. Whether it is still true when it is said, its kind asks again.
"""

import datetime as dt
import hashlib

import sqlalchemy as sa

from bot.domain import runs as rules
from bot.domain.outbox import Plan
from bot.domain.runs import Run
from bot.steps import meetings as calling
from bot.steps import outbox, rotations
from bot.steps.leaving import CHECK
from data.store import meetings
from data.store import runs as store

PANEL = "run"
"""The kind of a running meeting's panel; its subject is the run's id."""
BEGAN, OVERTIME, TURN = "runs.began", "runs.phase", "runs.turn"
HOST, ENDED = "runs.host", "runs.ended"
CLOSE = "runs.close"
KINDS = (BEGAN, OVERTIME, TURN, HOST, ENDED, CHECK, CLOSE)
WHILE_IT_RUNS = (BEGAN, OVERTIME, TURN, HOST, CHECK, CLOSE)

SOON = dt.timedelta(minutes=30)
"""For how long something that belongs to a moment of the meeting is still worth saying."""
LATER = dt.timedelta(days=2)
"""For how long something is still looked after that had to wait because nothing ran."""


def write(tx: sa.Connection, before: Run, after: Run, now: dt.datetime, new_id: str) -> None:
    """Write a run down as it is now, with all that follows from it."""
    store.save(tx, before, after, new_id)
    if after.ended_at is not None:
        if before.ended_at is None:
            _end(tx, before, after, now)
        return
    if after.step != before.step:
        plan_phase(tx, after, now)
    if after.turn != before.turn and after.speaker is not None:
        _plan(tx, after, TURN, now, SOON, revision=after.turn)
    if after.hosting != before.hosting:
        _plan(tx, after, HOST, now, SOON, revision=after.hosting)
    if _watched(after) != _watched(before):
        plan_check(tx, after)


def plan_phase(tx: sa.Connection, run: Run, now: dt.datetime) -> None:
    """Plan to say that a phase has begun, and when it was meant to end; and to look after the meeting from then on."""
    _plan(tx, run, BEGAN, now, SOON, revision=run.step)
    _plan(tx, run, OVERTIME, run.phase_ends_at, SOON, revision=run.step)
    plan_check(tx, run)
    plan_close(tx, run)


def plan_check(tx: sa.Connection, run: Run) -> None:
    """Plan to look whether the host is still there."""
    at = rules.host_gone_at(run)
    if at is not None:
        _plan(tx, run, CHECK, at, LATER, offset=_moment(at))


def plan_close(tx: sa.Connection, run: Run) -> None:
    """Plan to look whether somebody has ended the meeting."""
    at = rules.over_at(run)
    if at is not None:
        _plan(tx, run, CLOSE, at, LATER, offset=_moment(at))


def _end(tx: sa.Connection, before: Run, after: Run, now: dt.datetime) -> None:
    # Credit follows who hosted, whoever was to.
    hosts = [one.ref for one in (before.host, before.cohost) if one is not None and one.is_in]
    rotations.hosted_by(tx, after.guild_id, after.meeting_id, hosts, now=now)
    meeting = meetings.fetch(tx, after.guild_id, after.meeting_id)
    if meeting is not None and meeting.state == "running":
        calling.finish(tx, meeting, now=now)
    for kind in WHILE_IT_RUNS:
        outbox.cancel(tx, after.guild_id, kind, after.id, now=now)
    _plan(tx, after, ENDED, now, LATER)


def _watched(run: Run) -> tuple[object, ...]:
    """Return what decides from when on the host would count as gone, their own presses aside: those only put it off."""
    host = run.host
    return (run.step, host.ref, host.in_room, host.left_at) if host is not None else ()


def _moment(at: dt.datetime) -> str:
    return str(int(at.timestamp()))


def _plan(
    tx: sa.Connection,
    run: Run,
    kind: str,
    due_at: dt.datetime,
    lasts: dt.timedelta,
    *,
    revision: int = 0,
    offset: str = "",
) -> None:
    key = f"{kind}:{run.id}:{revision}:{offset}"
    outbox.plan(
        tx,
        Plan(
            id=hashlib.sha256(key.encode()).hexdigest()[:32],
            guild_id=run.guild_id,
            programme_id=run.programme_id,
            kind=kind,
            subject=run.id,
            revision=revision,
            offset=offset,
            payload={"number": revision},
            due_at=due_at,
            expires_at=due_at + lasts,
        ),
    )
