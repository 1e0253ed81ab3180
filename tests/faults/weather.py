"""A Discord that fails now and then: one call in so many, in every way in which calls fail. It decides by its own dice."""

import random
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.loopback.trouble import Fault, OrderedLimit, Troubles

ROUTES = ("POST /channels/*/messages", "GET /channels/*/messages")
FAULTS = (
    Fault.ERROR_BEFORE,
    Fault.ERROR_AFTER,
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.HANG_BEFORE,
    Fault.HANG_AFTER,
)
LIMITS = {"429 of Discord": True, "429 of the edge": False}
LIMIT_SECONDS = 0.15


@dataclass
class Weather(Troubles):
    """Spoils a share of the calls for messages; `seen` counts how."""

    share: float = 0.0
    dice: random.Random = field(default_factory=random.Random)
    seen: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    _drawn: Fault | None = None

    def limit_for(self, route: str, now: float) -> tuple[OrderedLimit, float] | None:
        """Draw what becomes of a call; the limits of it are given here."""
        self._drawn = None
        ordered = super().limit_for(route, now)
        if ordered is not None or not any(fnmatchcase(route, one) for one in ROUTES):
            return ordered
        self.calls += 1
        if self.dice.random() >= self.share:
            return None
        one = self.dice.choice([*FAULTS, *LIMITS])
        if isinstance(one, Fault):
            self.seen[one.value] += 1
            self._drawn = one
            return None
        self.seen[one] += 1
        return OrderedLimit(route, LIMIT_SECONDS, via=LIMITS[one]), LIMIT_SECONDS

    def next_fault(self, route: str) -> Fault | None:
        """Take the fault that was drawn for this very call."""
        return super().next_fault(route) or self._drawn
