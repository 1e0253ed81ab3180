"""How a member is reached in a guild, and when something may be sent to them. Pure: knows neither Discord nor words."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, get_args

from bot.domain.ages import AgeRules
from bot.domain.quiet import Quiet, is_quiet

Way = Literal["thread", "dm", "nowhere"]
WAYS: tuple[Way, ...] = get_args(Way)
"""The ways in the order in which they are offered; the first one is offered first."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The way a member chose in a guild, and the thread or direct message that was opened for it."""

    way: Way
    channel_id: int | None = field(default=None, repr=False)
    closed_at: dt.datetime | None = None
    """Since when Discord refuses to take something for it, until the person is told; of direct messages, until one gets
    through again."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What a person's settings say about being sent something."""

    zone: str
    quiet: Quiet | None = None
    paused_at: dt.datetime | None = None
    paused_until: dt.datetime | None = None
    """None: a pause lasts until the person ends it."""


def offered(rules: AgeRules) -> tuple[Way, ...]:
    """Return the ways that may be chosen in a guild with these rules."""
    return tuple(way for way in WAYS if way != "dm" or rules.direct_messages)


def is_paused(now: dt.datetime, sending: Sending) -> bool:
    """Tell whether the person wants nothing to be sent at the aware moment `now`."""
    if sending.paused_at is None or now < sending.paused_at:
        return False
    return sending.paused_until is None or now < sending.paused_until


def may_send(now: dt.datetime, sending: Sending) -> bool:
    """Tell whether something may be sent at the aware moment `now`: no pause, and not in the quiet hours."""
    return not is_paused(now, sending) and not (sending.quiet and is_quiet(now, sending.quiet, sending.zone))
