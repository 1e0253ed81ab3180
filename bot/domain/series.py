"""A series of meetings and its occurrences as everything above the stores sees them: no person's data.

When a rule is due is reckoned in `bot.domain.meetings`, who has a place in `bot.domain.rsvps`.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from bot.domain import meetings
from bot.domain.checkins import local_day
from bot.domain.meetings import LAST_DAY, Rule
from bot.domain.meetings.occurrences import LEAST_MINUTES, MOST_MINUTES
from bot.domain.meetings.rule import FIRST_DAY
from bot.domain.programme_texts import invites
from bot.domain.reminders import moment_of
from bot.domain.words import clean
from bot.errors import PeerError

State = Literal["planned", "skipped", "cancelled", "running", "ended"]
"""`skipped`: left out ahead of time; `cancelled`: called off. `running` and `ended` are said by who runs it."""
COMES: tuple[State, ...] = ("planned", "running")
"""What takes place, unless its time is over."""

MOST_SERIES = 50
"""The most series of a programme at a time."""
MOST_TITLE = 100
MOST_CAPACITY = 1_000
AHEAD = dt.timedelta(days=60)
"""How far ahead occurrences are made."""
MOST_AHEAD = dt.timedelta(days=366)
"""How far ahead one may be moved."""
LONG_AGO = dt.timedelta(days=366)
"""How long ago the first date of a new series may be."""


@dataclass(frozen=True, slots=True)
class Series:
    """When a group meets, and how."""

    id: str
    guild_id: int
    programme_id: str
    title: str = field(repr=False)
    zone: str
    starts_on: dt.date
    minute: int
    """The minute of the day that the clock of the zone shows."""
    minutes: int
    rule: Rule
    capacity: int | None
    format: str | None
    channel_id: int | None
    """Where it meets: a voice, stage or text channel."""
    pool_id: str | None
    listed: bool
    revision: int
    planned_until: dt.date | None
    created_at: dt.datetime
    ended_at: dt.datetime | None
    """When the whole series was cancelled."""
    told_rev: int = 0
    """Up to which revision everybody who said yes was told."""

    @property
    def when(self) -> meetings.Series:
        """What `bot.domain.meetings` reckons with; raises ValueError where its zone is not known here any more."""
        return meetings.Series(
            rule=self.rule, zone=self.zone, starts_on=self.starts_on, minute=self.minute, minutes=self.minutes
        )


@dataclass(frozen=True, slots=True)
class Meeting:
    """One occurrence."""

    id: str
    guild_id: int
    programme_id: str
    series_id: str
    day: dt.date
    """The rule's own date, by which it is known whatever it is moved to."""
    starts_at: dt.datetime
    ends_at: dt.datetime
    moved: bool
    revision: int
    """Raised with every change of when it is and of whether it is; the SEQUENCE of a calendar."""
    state: State
    was_at: dt.datetime | None
    """When it would have begun before its last move."""
    event_id: int | None
    event_rev: str | None
    changed_at: dt.datetime
    moved_day: dt.date | None = None
    moved_minute: int | None = None
    """What the clock of the series shows at the beginning of one that was moved."""
    told_rev: int = 0
    """Up to which revision everybody who said yes was told."""

    def comes(self, now: dt.datetime) -> bool:
        """Tell whether it takes place and is not over."""
        return self.state in COMES and self.ends_at > now


def settle_title(written: str) -> str:
    """Return a title as it is kept; raises PeerError for none, one too long, or an invitation to another server."""
    title = " ".join(clean(written).split())
    if not title:
        raise PeerError("meetings.title.empty")
    if len(title) > MOST_TITLE:
        raise PeerError("meetings.title.too_long", limit=MOST_TITLE)
    if invites(title):
        raise PeerError("leaders.texts.invitation")
    return title


def check_capacity(capacity: int | None) -> None:
    """Raise PeerError for a number of places that makes no sense."""
    if capacity is not None and not 1 <= capacity <= MOST_CAPACITY:
        raise PeerError("meetings.capacity", most=MOST_CAPACITY)


def check_length(minutes: int) -> None:
    """Raise PeerError for a length that no meeting has."""
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise PeerError("meetings.length", least=LEAST_MINUTES, most=MOST_MINUTES)


def settle_when(
    *, rule: Rule, zone: str, starts_on: dt.date, minute: int, minutes: int, now: dt.datetime
) -> meetings.Series:
    """Return what is reckoned with; raises PeerError for a zone, a length or a rule that cannot be, and for what is past."""
    if not meetings.is_zone(zone):
        raise PeerError("meetings.no_zone")
    check_length(minutes)
    if not FIRST_DAY <= starts_on <= LAST_DAY:
        raise PeerError("meetings.too_far")
    if starts_on < (now - LONG_AGO).date():
        # Every date from the first one on would be gone through.
        raise PeerError("meetings.past")
    try:
        when = meetings.Series(rule=rule, zone=zone, starts_on=starts_on, minute=minute, minutes=minutes)
    except ValueError:
        raise PeerError("meetings.never") from None
    if meetings.next_one(when, now) is None:
        raise PeerError("meetings.past")
    return when


def to_make(when: meetings.Series, now: dt.datetime, planned_until: dt.date | None) -> list[meetings.Occurrence]:
    """Return the occurrences that are to be made: all that begin within 60 days, or else the next one, however far.

    Those of dates up to `planned_until` were made before.
    """
    found = meetings.occurrences(when, now, now + AHEAD)
    if not found:
        next_one = meetings.next_one(when, now)
        found = [next_one] if next_one is not None else []
    return [one for one in found if planned_until is None or one.day > planned_until]


def made_until(when: meetings.Series, now: dt.datetime) -> dt.date:
    """Return up to which of its dates a series has all its occurrences once they are made."""
    return local_day(now + AHEAD, when.zone) - dt.timedelta(days=1)


def moved_to(series: Series, *, day: dt.date, minute: int, now: dt.datetime) -> dt.datetime:
    """Return when one begins that is moved to a date and minute of its series' clock; raises PeerError where it cannot be.

    A minute that the clock leaves out becomes the first one after it.
    """
    if not FIRST_DAY <= day <= min(LAST_DAY, (now + MOST_AHEAD).date()):
        raise PeerError("meetings.too_far")
    moment = moment_of(series.zone, day, minute)
    if moment is None:
        raise PeerError("meetings.no_such_day")
    if moment <= now:
        raise PeerError("meetings.past")
    return moment


def starts_anew(series: Series, meeting: Meeting) -> dt.datetime | None:
    """Return when one begins by what is known of its zone today; None: that date is not there."""
    if meeting.moved_day is not None and meeting.moved_minute is not None:
        return moment_of(series.zone, meeting.moved_day, meeting.moved_minute)
    found = meetings.occurrence(series.when, meeting.day)
    return found.starts_at if found is not None else None
