"""Troubles that a test orders: faults of the REST side and rate limits, per route.

A route is written `"POST /channels/*/messages"`, with `*` for anything and credentials already replaced by `-`.
Nothing here answers a request; `rest` asks what to do and does it.
"""

import fnmatch
from dataclasses import dataclass, field
from enum import Enum

FOREVER: int | None = None


class Fault(Enum):
    """What goes wrong with a call; AFTER means that Discord has done the work all the same."""

    ERROR_BEFORE = "500 before the work"
    ERROR_AFTER = "500 after the work"
    RESET_BEFORE = "connection reset before the work"
    RESET_AFTER = "connection reset after the work"
    HANG_BEFORE = "no answer, nothing done"
    HANG_AFTER = "no answer, but done"
    HTML = "an HTML page instead of JSON"
    UNAUTHORISED = "401"

    @property
    def comes_after_the_work(self) -> bool:
        return self in (Fault.ERROR_AFTER, Fault.RESET_AFTER, Fault.HANG_AFTER)


@dataclass
class OrderedFault:
    """One ordered fault; `left` counts down, None is forever; `hits` counts what it has spoilt."""

    route: str
    fault: Fault
    left: int | None = 1
    hits: int = 0

    def cancel(self) -> None:
        """Let the route work again."""
        self.left = 0


@dataclass
class OrderedLimit:
    """One ordered 429. A call that comes back before `until` is answered 429 again and counted as `impatient`."""

    route: str
    retry_after: float
    via: bool = True
    is_global: bool = False
    left: int | None = 1
    hits: int = 0
    impatient: int = 0
    until: float = 0.0


@dataclass
class Troubles:
    """Everything ordered so far, looked through in the order of ordering."""

    faults: list[OrderedFault] = field(default_factory=list)
    limits: list[OrderedLimit] = field(default_factory=list)

    def next_fault(self, route: str) -> Fault | None:
        """Take the next fault for this call, if one is ordered."""
        for ordered in self.faults:
            if ordered.left != 0 and fnmatch.fnmatchcase(route, ordered.route):
                ordered.hits += 1
                if ordered.left is not None:
                    ordered.left -= 1
                return ordered.fault
        return None

    def limit_for(self, route: str, now: float) -> tuple[OrderedLimit, float] | None:
        """Give the limit that refuses this call, and the seconds it has to wait."""
        for ordered in self.limits:
            if not (ordered.is_global or fnmatch.fnmatchcase(route, ordered.route)):
                continue
            if now < ordered.until:
                ordered.impatient += 1
                return ordered, ordered.until - now
            if ordered.left != 0 and fnmatch.fnmatchcase(route, ordered.route):
                ordered.hits += 1
                ordered.until = now + ordered.retry_after
                if ordered.left is not None:
                    ordered.left -= 1
                return ordered, ordered.retry_after
        return None
