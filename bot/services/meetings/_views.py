"""What the services of meetings take and return, and the kinds of what is said."""

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.domain import rsvps as rules
from bot.domain.ids import new_id
from bot.domain.meetings import Rule
from bot.domain.series import Meeting, Series
from bot.steps import meetings as steps
from data.store import rsvps
from data.store.rsvps import Counts

PANEL = steps.PANEL
"""The kind of a series' card; its subject is the series' id."""
MOVED, SKIPPED, CANCELLED, BACK = steps.MOVED, steps.SKIPPED, steps.CANCELLED, steps.BACK
"""Kinds of notices to those who said yes; `notice_wanted` is the service of all of them."""
TURN = steps.TURN
"""Kind of what is due when an occurrence is over. It is never said: its service is `turned`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a new series is to be."""

    id: str = field(default_factory=new_id)
    """Made with the screen on which it is confirmed, so that pressing twice begins one series."""
    title: str = field(repr=False)
    zone: str
    starts_on: dt.date
    minute: int
    minutes: int
    rule: Rule
    capacity: int | None = None
    format: str | None = None
    channel_id: int | None = None
    pool_id: str | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """What somebody said themself."""

    answer: rules.Answer
    place: int | None = None
    """How many wait before and with them, themself included; None: they do not wait."""
    offered_until: dt.datetime | None = None
    """A place is kept for them until then."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One occurrence as it is shown: `own` None where the person said nothing, or nobody in particular looks."""

    series: Series
    meeting: Meeting
    coming: int
    waiting: int
    free: int | None
    """Places that nobody has and nobody was offered; None: there is no limit."""
    own: Own | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What a series' card shows: its next occurrence, and what of the next 60 days does not go as usual."""

    series: Series
    next: Listed
    exceptions: tuple[Meeting, ...] = ()
    """Skipped, cancelled and moved ones, soonest first."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What those who said yes are told of a change; of the end of a whole series `meeting` is None."""

    series: Series
    meeting: Meeting | None
    was_at: dt.datetime | None = None
    """When it would have begun before it was moved."""


def listed(
    tx: sa.Connection,
    found: list[tuple[Series, Meeting]],
    member_ref: str | None,
    *,
    now: dt.datetime,
) -> tuple[Listed, ...]:
    """Return occurrences of one guild with how many come and what the member said, if anybody in particular looks."""
    if not found:
        return ()
    guild_id, ids = found[0][1].guild_id, [meeting.id for _, meeting in found]
    counts = rsvps.count(tx, guild_id, ids, now=now)
    said = rsvps.fetch_own(tx, guild_id, ids, member_ref) if member_ref is not None else {}
    return tuple(
        _one(series, meeting, counts.get(meeting.id, Counts()), _own(tx, guild_id, said.get(meeting.id), now))
        for series, meeting in found
    )


def _one(series: Series, meeting: Meeting, counts: Counts, own: Own | None) -> Listed:
    free = None if series.capacity is None else max(0, series.capacity - counts.coming - counts.offered)
    return Listed(series, meeting, counts.coming, counts.waiting, free, own)


def _own(tx: sa.Connection, guild_id: int, said: rsvps.Rsvp | None, now: dt.datetime) -> Own | None:
    if said is None:
        return None
    if said.answer != "waiting":
        return Own(said.answer)
    waiting = rsvps.fetch_waiting(tx, guild_id, said.meeting_id)
    is_kept = said.offered_until is not None and said.offered_until > now
    return Own(said.answer, rules.place_of(said.member_ref, waiting), said.offered_until if is_kept else None)
