"""Which occurrences of a series stand among a guild's events, and which no longer do. Pure; knows neither Discord nor rows."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.series import Meeting, Series

MOST_EVENTS = 100
"""How many events Discord lets a guild have at a time."""
GONE = "gone"
"""Shown once and deleted by hand since: it is not put back, only the next occurrence is."""
MAKING = "making:"
"""Begins what stands with an occurrence while one message of the outbox is about to make its event."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """What is to be seen of a series."""

    series: Series
    shown: tuple[Meeting, ...]
    """Those that have an event or are to get one."""
    over: tuple[Meeting, ...]
    """Those whose event goes: over, left out, called off."""

    @property
    def is_settled(self) -> bool:
        """Whether no event is to be made or to go; what one shows may have changed all the same."""
        return not self.over and all(one.event_id is not None for one in self.shown)


def mirror(series: Series, meetings: Iterable[Meeting], now: dt.datetime, *, is_live: bool) -> Mirror:
    """Return what is to be seen: the next occurrence, and others that are ahead and have an event already.

    One that has begun keeps the event it has and gets none any more. `is_live`: whether its programme is there.
    """
    rows = sorted(meetings, key=lambda one: (one.starts_at, one.id))
    ahead = [one for one in rows if is_live and series.ended_at is None and one.comes(now)]
    made = [one for one in ahead if one.event_id is not None]
    first = ahead[0] if ahead else None
    if first is not None and first.event_id is None and first.event_rev != GONE and first.starts_at > now:
        made.insert(0, first)
    kept = {one.id for one in ahead}
    over = [one for one in rows if one.event_id is not None and one.id not in kept]
    return Mirror(series, tuple(made), tuple(over))
