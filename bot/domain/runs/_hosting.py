"""How a meeting begins, who hosts it, how that is handed on, and how it ends where nobody ends it."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.domain.presets import Format
from bot.domain.runs._state import (
    Presser,
    Run,
    Someone,
    Standing,
    come_in,
    ended,
    inherit,
    may_take_over,
    must_run,
    put,
)
from bot.errors import PeerError

EARLY = dt.timedelta(minutes=30)
"""How long before its time a meeting may be started."""
SILENT = dt.timedelta(minutes=10)
"""How long after a phase's end, and their last press, a host whom nobody can see in the room counts as gone."""
AWAY = dt.timedelta(minutes=2)
"""How long after leaving the room a host counts as gone: connections break and come back."""
FORGOTTEN = dt.timedelta(hours=1)
"""How long after everything was to be over a meeting that nobody ended ends by itself."""


def may_begin(starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime) -> bool:
    """Tell whether a meeting may be started at the moment `now`."""
    return starts_at - EARLY <= now < ends_at


def begin(
    run_id: str,
    place: tuple[int, str, str, int],
    how: Format,
    when: tuple[dt.datetime, dt.datetime],
    now: dt.datetime,
    *,
    host: str | None,
    roster: Sequence[str] = (),
    in_room: Collection[str] = (),
) -> Run:
    """Return a run that begins now; `place` is guild, programme, meeting and channel, `when` its start and end.

    `host` is who opens it, None: those who come run it themselves. `roster` are those who were to host, in order: the
    first of them who is not the host is expected to help. `in_room` are those who can be seen in the room.
    """
    guild_id, programme_id, meeting_id, channel_id = place
    starts_at, ends_at = when
    people: tuple[Someone, ...] = ()
    if host is not None:
        seen = host in in_room
        people = (Someone(ref=host, standing="here", part="host", heard_at=now, in_room=seen),)
        helper = next((ref for ref in roster if ref != host), None)
        if helper is not None:
            is_there = helper in in_room
            standing: Standing = "here" if is_there else "expected"
            people += (Someone(ref=helper, standing=standing, part="cohost", heard_at=now, in_room=is_there),)
    total = dt.timedelta(minutes=how.minutes)
    return Run(
        id=run_id,
        guild_id=guild_id,
        programme_id=programme_id,
        meeting_id=meeting_id,
        channel_id=channel_id,
        format=how.name,
        phases=how.phases,
        started_at=now,
        meant_until=max(ends_at, now + total),
        entry_until=max(now, starts_at) + dt.timedelta(minutes=how.entry),
        at_least=how.at_least,
        turn_minutes=how.turn,
        step_at=now,
        hosting=1 if host is not None else 0,
        is_self_run=host is None,
        people=people,
    )


def take_over(run: Run, who: Presser, now: dt.datetime, *, in_room: bool = False) -> Run:
    """Let somebody host where nobody does."""
    must_run(run)
    if run.host is not None:
        raise PeerError("runs.has_host")
    if not may_take_over(run, who):
        raise PeerError("runs.only_eligible")
    run, own = come_in(run, who, now)
    run = replace(run, is_self_run=False, hosting=run.hosting + 1)
    standing: Standing = "here" if own.standing in ("expected", "lobby") else own.standing
    return put(run, replace(own, part="host", standing=standing, in_room=in_room, left_at=None))


def help_out(run: Run, who: Presser, now: dt.datetime, *, in_room: bool = False) -> Run:
    """Let somebody help the host where nobody does; one who was expected and never came makes room."""
    must_run(run)
    host, helper = run.host, run.cohost
    if host is None:
        raise PeerError("runs.no_host")
    if host.ref == who.ref or (helper is not None and helper.is_in):
        raise PeerError("runs.has_cohost")
    if not (who.leads or who.may_host or (helper is not None and helper.ref == who.ref)):
        raise PeerError("runs.only_eligible")
    if helper is not None and helper.ref != who.ref:
        run = replace(run, people=tuple(one for one in run.people if one.ref != helper.ref))
    run, own = come_in(run, who, now)
    standing: Standing = "here" if own.standing in ("expected", "lobby") else own.standing
    return put(run, replace(own, part="cohost", standing=standing, in_room=in_room, left_at=None))


def run_ourselves(run: Run, who: Presser, now: dt.datetime) -> Run:
    """Let those who came run the meeting without a host."""
    must_run(run)
    if run.host is not None:
        raise PeerError("runs.has_host")
    if run.is_self_run:
        raise PeerError("runs.meanwhile")
    if not (who.said_yes or may_take_over(run, who)):
        raise PeerError("runs.only_yes")
    return replace(come_in(run, who, now)[0], is_self_run=True)


def seen_in_room(run: Run, ref: str, now: dt.datetime, *, is_there: bool) -> Run:
    """Take note that whoever hosts or helps came into the room, or left it; of others nothing is kept."""
    own = run.find(ref)
    if run.ended_at is not None or own is None or own.part is None or own.in_room == is_there:
        return run
    if not is_there:
        return put(run, replace(own, in_room=False, left_at=now))
    standing: Standing = "here" if own.standing == "expected" else own.standing
    return put(run, replace(own, in_room=True, left_at=None, heard_at=now, standing=standing))


def host_gone_at(run: Run) -> dt.datetime | None:
    """Return from when on the host counts as gone, None: there is none, or they are in the room."""
    host = run.host
    if host is None or host.in_room or run.ended_at is not None:
        return None
    if host.left_at is not None and host.heard_at <= host.left_at:
        return host.left_at + AWAY
    return max(run.phase_ends_at, host.heard_at) + SILENT


def hand_over(run: Run, now: dt.datetime) -> Run:
    """Hand the meeting on where its host is gone, with all else as it is; else return it as it is.

    Also where nobody hosts and the co-host is there: a host who has erased themself has left no trace.
    """
    gone_at, host, helper = host_gone_at(run), run.host, run.cohost
    if host is None and helper is not None and helper.is_in and not run.is_self_run and run.ended_at is None:
        return inherit(run)
    if gone_at is None or host is None or now < gone_at:
        return run
    return inherit(put(run, replace(host, part=None)))


def over_at(run: Run) -> dt.datetime | None:
    """Return when the meeting ends by itself, None: it has ended."""
    return None if run.ended_at is not None else max(run.meant_until, run.phase_ends_at) + FORGOTTEN


def close_forgotten(run: Run, now: dt.datetime) -> Run:
    """End a meeting that nobody ended; else return it as it is."""
    at = over_at(run)
    return run if at is None or now < at else ended(run, now, 0)
