"""What is said when, from the first "will you host?" to calling a meeting off because nobody came to host it.

A pure function of the time, of when the meeting begins and of how its hosting stands. Each step is said once; where nothing
ran for a while, of several that belong together the latest alone is said. Who was not there is no step's business.
"""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
FIRST_CONFIRM, SECOND_CONFIRM = 72 * HOUR, 24 * HOUR
TOGETHER = 6 * HOUR
"""Two questions to the same person nearer to each other than this are one."""
EARLY_ASKS = (72 * HOUR, 24 * HOUR, 6 * HOUR)
LATE_ASKS = (0 * MINUTE, 30 * MINUTE, 60 * MINUTE)
SELF_RUN = 30 * MINUTE
MISSING = 5 * MINUTE
STEP_BY_STEP = (5 * MINUTE, 8 * MINUTE, 11 * MINUTE, 15 * MINUTE)


class Step(enum.StrEnum):
    """One thing to be said or done."""

    CONFIRM_FIRST = "confirm-72h"
    """Ask who hosts whether they will."""
    CONFIRM_SECOND = "confirm-24h"
    CO_HOST = "co-host"
    """Tell the other host that they lead it."""
    ASK_1 = "ask-1"
    """Ask the pool who can host."""
    ASK_2 = "ask-2"
    ASK_3 = "ask-3"
    SELF_RUN = "self-run"
    """Ask those who said yes: run it yourselves, or not tonight?"""
    LATE_CO_HOST = "late-co-host"
    """Nobody is there: ask the other host to begin."""
    LATE_PRESENT = "late-present"
    """Ask those present who may host."""
    LATE_SCRIPT = "late-script"
    """Show how people run it themselves."""
    CANCEL = "cancel"
    """Call it off, and tell those who said yes."""


FAMILIES = (
    (Step.CONFIRM_FIRST, Step.CONFIRM_SECOND),
    (Step.CO_HOST,),
    (Step.ASK_1, Step.ASK_2, Step.ASK_3),
    (Step.SELF_RUN,),
    (Step.LATE_CO_HOST, Step.LATE_PRESENT, Step.LATE_SCRIPT, Step.CANCEL),
)
"""Of these the latest that is due stands for those before it."""
_ASKS = FAMILIES[2]


@dataclass(frozen=True, slots=True)
class Turn:
    """How the hosting of one meeting stands."""

    starts_at: dt.datetime
    assigned_at: dt.datetime | None = None
    """When whoever hosts was asked for it; None: nobody is."""
    opened_at: dt.datetime | None = None
    """Since when nobody leads it, or a seat is to be filled; None: it is filled."""
    has_co_host: bool = False
    is_here: bool = False
    """Whether somebody who hosts is in the room or has said that they are here."""
    is_self_run: bool = False
    """Whether people have said that they run it themselves."""
    is_over: bool = False
    """Whether it was skipped, called off or has ended."""
    done: frozenset[Step] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A step, from when it is due, and from when on it is too late for it."""

    at: dt.datetime
    step: Step
    until: dt.datetime


def ask_times(opened_at: dt.datetime, starts_at: dt.datetime) -> tuple[dt.datetime, ...]:
    """Return when the pool is asked for a meeting that needs a host from `opened_at` on.

    Early: 72, 24 and 6 hours before it. With less time at once, and at those of them that are left. Within the last six
    hours at once, after 30 and after 60 minutes, as far as that is before it begins.
    """
    fixed = tuple(starts_at - before for before in EARLY_ASKS if starts_at - before >= opened_at)
    if len(fixed) == len(EARLY_ASKS):
        return fixed
    if fixed:
        at_once = () if fixed[0] - opened_at < 30 * MINUTE else (opened_at,)
        return (*at_once, *fixed)
    return tuple(opened_at + after for after in LATE_ASKS if opened_at + after < starts_at)


def steps(turn: Turn) -> tuple[Due, ...]:
    """Return all steps as the turn stands now, done or not, in their order."""
    if turn.is_over:
        return ()
    found = [*_confirms(turn), *_opens(turn)]
    if not (turn.is_here or turn.is_self_run):
        found += _missing(turn)
    return tuple(sorted(found))


def due_steps(now: dt.datetime, turn: Turn) -> tuple[Due, ...]:
    """Return what is to be said or done now; what was due and is too late, or was overtaken, is not."""
    found: list[Due] = []
    ahead = steps(turn)
    for family in FAMILIES:
        reached = [one for one in ahead if one.step in family and one.at <= now]
        if reached and reached[-1].step not in turn.done and now < reached[-1].until:
            found.append(reached[-1])
    return tuple(sorted(found))


def next_step(now: dt.datetime, turn: Turn) -> Due | None:
    """Return what is next: what is due already, else the first step to come; None: nothing more."""
    due = due_steps(now, turn)
    if due:
        return due[0]
    return next((one for one in steps(turn) if one.at > now and one.step not in turn.done), None)


def _confirms(turn: Turn) -> Iterable[Due]:
    if turn.assigned_at is None:
        return
    first = max(turn.assigned_at, turn.starts_at - FIRST_CONFIRM)
    second = max(turn.assigned_at, turn.starts_at - SECOND_CONFIRM)
    if second >= turn.starts_at:
        return
    if second - first >= TOGETHER:
        yield Due(first, Step.CONFIRM_FIRST, second)
    elif first < second:
        second = first
    yield Due(second, Step.CONFIRM_SECOND, turn.starts_at)


def _opens(turn: Turn) -> Iterable[Due]:
    if turn.opened_at is None or turn.opened_at >= turn.starts_at or turn.is_self_run:
        return
    if turn.has_co_host:
        yield Due(turn.opened_at, Step.CO_HOST, turn.starts_at)
    times = ask_times(turn.opened_at, turn.starts_at)
    for number, at in enumerate(times):
        yield Due(at, _ASKS[number], times[number + 1] if number + 1 < len(times) else turn.starts_at)
    if not turn.has_co_host:
        yield Due(max(turn.opened_at, turn.starts_at - SELF_RUN), Step.SELF_RUN, turn.starts_at + MISSING)


def _missing(turn: Turn) -> Iterable[Due]:
    family = FAMILIES[4] if turn.has_co_host else FAMILIES[4][1:]
    times = [turn.starts_at + after for after in STEP_BY_STEP]
    if not turn.has_co_host:
        # Nobody to ask first: the others are asked then.
        times = [times[0], times[2], times[3]]
    for number, (step, at) in enumerate(zip(family, times, strict=True)):
        until = times[number + 1] if number + 1 < len(times) else turn.starts_at + 3 * HOUR
        yield Due(at, step, until)


def opened(turn: Turn, now: dt.datetime) -> Turn:
    """Return the turn after whoever led it said that they can't, or is not there any more."""
    return replace(turn, assigned_at=None, opened_at=now, done=turn.done - set(FAMILIES[0]) - set(_ASKS))


def taken(turn: Turn, now: dt.datetime) -> Turn:
    """Return the turn after somebody took it."""
    return replace(turn, assigned_at=now, opened_at=None, done=turn.done - set(FAMILIES[0]))
