"""What a running meeting is, who may do what in it, and the small steps that all presses are made of. Decides no press."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.domain.presets import Phase
from bot.errors import PeerError

Part = Literal["host", "cohost"]
Standing = Literal["expected", "lobby", "here", "listening", "waiting", "speaking", "left"]
"""`expected`: is to host and has not been seen yet. `lobby`: waits to be let in. `left`: was there and had to go."""
OUTSIDE: frozenset[Standing] = frozenset({"expected", "lobby", "left"})

MOST_PEOPLE = 500
"""How many people one meeting keeps on its list: more could not take a turn in a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """Somebody who pressed something in this meeting, or is to host it."""

    ref: str = field(repr=False)
    standing: Standing
    heard_at: dt.datetime
    part: Part | None = None
    place: int = 0
    """Their number in the queue, which only grows; 0: they are not in it."""
    in_room: bool = False
    """Whether they are known to be in the voice or stage channel."""
    left_at: dt.datetime | None = None
    """When they were seen leaving it."""

    @property
    def is_in(self) -> bool:
        """Whether they are in the meeting."""
        return self.standing not in OUTSIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Presser:
    """Whoever presses, with what holds for them at this moment."""

    ref: str = field(repr=False)
    leads: bool = False
    """They lead the programme or manage the server."""
    may_host: bool = False
    """They stand in the pool that this meeting's hosts come from."""
    said_yes: bool = False
    """They said that they would come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One meeting that runs, or ran."""

    id: str
    guild_id: int
    programme_id: str
    meeting_id: str
    channel_id: int
    format: str
    phases: tuple[Phase, ...]
    started_at: dt.datetime
    meant_until: dt.datetime
    """When the meeting was to be over."""
    entry_until: dt.datetime
    at_least: int
    """With fewer people the host is asked whether to go on."""
    turn_minutes: int | None = None
    step: int = 0
    """Which phase it is."""
    step_at: dt.datetime
    turn: int = 0
    """How many turns were given so far."""
    turn_at: dt.datetime | None = None
    places: int = 0
    """The last number that was given out in the queue."""
    hosting: int = 0
    """Raised whenever somebody else hosts, or nobody does any more."""
    is_locked: bool = False
    is_self_run: bool = False
    ended_at: dt.datetime | None = None
    heads: int | None = None
    """How many people took part; known at the end."""
    people: tuple[Someone, ...] = field(default=(), repr=False)

    @property
    def phase(self) -> Phase:
        """The phase it is in."""
        return self.phases[self.step]

    @property
    def phase_ends_at(self) -> dt.datetime:
        """When the phase is meant to end."""
        return self.step_at + dt.timedelta(minutes=self.phase.minutes)

    @property
    def is_last(self) -> bool:
        """Whether no phase follows."""
        return self.step == len(self.phases) - 1

    @property
    def turn_ends_at(self) -> dt.datetime | None:
        """When the turn is meant to end, where turns have a length."""
        if self.turn_at is None or self.turn_minutes is None or self.speaker is None:
            return None
        return self.turn_at + dt.timedelta(minutes=self.turn_minutes)

    @property
    def host(self) -> Someone | None:
        """Who hosts."""
        return self._with("host")

    @property
    def cohost(self) -> Someone | None:
        """Who helps the host and looks after the room, and inherits."""
        return self._with("cohost")

    @property
    def speaker(self) -> Someone | None:
        """Whose turn it is."""
        return next((one for one in self.people if one.standing == "speaking"), None)

    @property
    def queue(self) -> tuple[Someone, ...]:
        """Who waits for a turn, in order."""
        return tuple(sorted((one for one in self.people if one.standing == "waiting"), key=lambda one: one.place))

    @property
    def present(self) -> int:
        """How many are known to be in the meeting."""
        return sum(one.is_in for one in self.people)

    @property
    def lobby(self) -> tuple[Someone, ...]:
        """Who waits to be let in, the first first."""
        waiting = (one for one in self.people if one.standing == "lobby")
        return tuple(sorted(waiting, key=lambda one: (one.heard_at, one.ref)))

    def find(self, ref: str) -> Someone | None:
        """Return somebody by their ref."""
        return next((one for one in self.people if one.ref == ref), None)

    def _with(self, part: Part) -> Someone | None:
        return next((one for one in self.people if one.part == part), None)


# -- who may --------------------------------------------------------------------------------------------------------------


def steers(run: Run, who: Presser) -> bool:
    """Tell whether somebody may step through the meeting: host, co-host, leaders; of one that runs itself who said yes."""
    own = run.find(who.ref)
    if who.leads or (own is not None and own.part is not None):
        return True
    return run.is_self_run and who.said_yes and (own is None or own.standing != "lobby")


def may_take_over(run: Run, who: Presser) -> bool:
    """Tell whether somebody may host where nobody does."""
    own = run.find(who.ref)
    return who.leads or who.may_host or (own is not None and own.part == "cohost")


def admits(run: Run, who: Presser, now: dt.datetime) -> bool:
    """Tell whether somebody new comes in without asking: not past a lock, and after the entry window only who said yes."""
    if who.leads or who.may_host:
        return True
    return not run.is_locked and (now < run.entry_until or who.said_yes)


# -- steps that presses share ---------------------------------------------------------------------------------------------


def must_run(run: Run) -> None:
    """Raise PeerError where the meeting is over."""
    if run.ended_at is not None:
        raise PeerError("runs.over")


def must_steer(run: Run, who: Presser) -> None:
    """Raise PeerError unless the meeting runs and whoever presses may step through it."""
    must_run(run)
    if not steers(run, who):
        raise PeerError("runs.only_hosts")


def put(run: Run, someone: Someone) -> Run:
    """Return the run with somebody as they stand now."""
    if run.find(someone.ref) is None:
        return replace(run, people=(*run.people, someone))
    return replace(run, people=tuple(someone if one.ref == someone.ref else one for one in run.people))


def heard(run: Run, who: Presser, now: dt.datetime) -> Run:
    """Return the run with the note that somebody pressed just now, if they are on its list."""
    own = run.find(who.ref)
    return put(run, replace(own, heard_at=max(own.heard_at, now))) if own is not None else run


def come_in(run: Run, who: Presser, now: dt.datetime) -> tuple[Run, Someone]:
    """Return the run with whoever presses in it, or in its lobby."""
    must_run(run)
    own = run.find(who.ref)
    if own is None:
        if len(run.people) >= MOST_PEOPLE:
            raise PeerError("runs.full")
        own = Someone(ref=who.ref, standing="here" if admits(run, who, now) else "lobby", heard_at=now)
    elif own.standing in ("expected", "left") or (own.standing == "lobby" and admits(run, who, now)):
        own = replace(own, standing="here")
    if own.standing != "lobby":
        own = replace(own, heard_at=max(own.heard_at, now))
    return put(run, own), own


def give_turn(run: Run, now: dt.datetime) -> Run:
    """End the turn, and give it to the next in the queue where somebody waits."""
    speaker, queue = run.speaker, run.queue
    if speaker is not None:
        run = put(run, replace(speaker, standing="here", place=0))
    if queue:
        run = put(run, replace(queue[0], standing="speaking", place=0))
    return replace(run, turn=run.turn + 1, turn_at=now if queue else None)


def inherit(run: Run) -> Run:
    """Let the co-host host, where one is there; else nobody does."""
    helper = run.cohost
    run = replace(run, hosting=run.hosting + 1)
    if helper is not None and helper.is_in:
        return put(run, replace(helper, part="host"))
    return run


def ended(run: Run, now: dt.datetime, others: int) -> Run:
    """Return what is left of a meeting: when it ended and how many took part, and nobody's name."""
    took_part = sum(one.is_in or one.standing == "left" for one in run.people)
    heads = took_part + max(0, others)
    return replace(run, ended_at=now, heads=heads, turn_at=None, is_locked=False, people=())
