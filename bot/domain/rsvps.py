"""Who has a place, who waits for one, and for how long a place is kept for whom. Pure; `now` is handed in.

Whoever waits is offered what becomes free in the order in which they asked. An offer that runs out ends the waiting: it
passes on, and nobody is asked again and again. Nobody is offered more than one place, and offers count as places taken.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bot.domain.series import Meeting

Answer = Literal["yes", "no", "waiting"]
Wish = Literal["yes", "no"]

LEADS: tuple[int, ...] = (0, 15, 60, 180, 1440)
"""How many minutes before a meeting somebody may be reminded; 0: not at all."""
USUAL_LEAD = 60
MOST_OFFERED = dt.timedelta(hours=12)
LEAST_OFFERED = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits for a place."""

    ref: str = field(repr=False)
    asked_at: dt.datetime
    offered_until: dt.datetime | None = None
    """A place is kept for them until then."""

    def is_offered(self, now: dt.datetime) -> bool:
        """Tell whether a place is kept for them."""
        return self.offered_until is not None and self.offered_until > now

    def has_let_go(self, now: dt.datetime) -> bool:
        """Tell whether what they were offered has passed on."""
        return self.offered_until is not None and self.offered_until <= now


class Offered(NamedTuple):
    """A place that is kept for somebody from now on."""

    ref: str
    until: dt.datetime

    def __repr__(self) -> str:
        """Name nobody: what is printed may end in a log."""
        return f"Offered(until={self.until})"


class Passed(NamedTuple):
    """How a list moves on: whose offers ran out, and whom a place is offered now."""

    over: tuple[str, ...] = ()
    offered: tuple[Offered, ...] = ()

    def __repr__(self) -> str:
        """Name nobody: what is printed may end in a log."""
        return f"Passed(over={len(self.over)}, offered={len(self.offered)})"


def lasts_until(now: dt.datetime, starts_at: dt.datetime) -> dt.datetime | None:
    """Return until when a place that is offered now is kept; None: it is too late to offer one.

    Half of the time that is left, so that the next one has a chance too: at most 12 hours, at least a quarter of an hour,
    and never beyond the beginning.
    """
    left = starts_at - now
    if left <= dt.timedelta(0):
        return None
    return min(now + max(LEAST_OFFERED, min(MOST_OFFERED, left / 2)), starts_at)


def free(capacity: int | None, taken: int, waiting: Iterable[Waiter], now: dt.datetime) -> int | None:
    """Return how many places nobody has and nobody is offered; None: there is no limit."""
    if capacity is None:
        return None
    return max(0, capacity - taken - sum(one.is_offered(now) for one in waiting))


def in_order(waiting: Iterable[Waiter]) -> list[Waiter]:
    """Return who waits, whoever asked first first."""
    return sorted(waiting, key=lambda one: (one.asked_at, one.ref))


def pass_on(
    capacity: int | None, taken: int, waiting: Iterable[Waiter], *, now: dt.datetime, starts_at: dt.datetime
) -> Passed:
    """Return how a list moves on: offers that ran out end, and every free place is offered to who waits longest."""
    ordered = in_order(waiting)
    over = tuple(one.ref for one in ordered if one.has_let_go(now))
    left = [one for one in ordered if not one.has_let_go(now)]
    places, until = free(capacity, taken, left, now), lasts_until(now, starts_at)
    next_ones = [one for one in left if one.offered_until is None]
    if until is None:
        return Passed(over)
    return Passed(over, tuple(Offered(one.ref, until) for one in next_ones[:places]))


def place_of(ref: str, waiting: Iterable[Waiter]) -> int | None:
    """Return how many wait before and with somebody; None: they do not wait."""
    refs = [one.ref for one in in_order(waiting)]
    return refs.index(ref) + 1 if ref in refs else None


def remind_at(meeting: Meeting, lead: int, now: dt.datetime) -> dt.datetime | None:
    """Return when somebody is reminded of a meeting that they said yes to; None: not at all, or it is too late for it."""
    due_at = meeting.starts_at - dt.timedelta(minutes=lead)
    return due_at if lead and due_at > now else None
