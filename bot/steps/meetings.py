"""Occurrences of a series: made ahead, changed, and everybody told who said yes.

An occurrence's id is derived from its series and the rule's own date, so that making it twice changes nothing. Whoever
changes one tells the first people in the same transaction; the rest are told in further ones, and what `told_rev` lags
behind is taken up again by whoever keeps house.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bot.domain.guilds import Programme
from bot.domain.meetings import Occurrence
from bot.domain.outbox import Plan
from bot.domain.series import COMES, Meeting, Series
from bot.steps import events, outbox, rotations
from bot.steps.rsvps import OFFER, OFFER_OVER, REMINDER, offer_anew, plan_id, plan_reminders, said_to
from data.store import meetings, panels, rsvps

PANEL = "meeting"
MOVED, SKIPPED, CANCELLED, BACK = "meetings.moved", "meetings.skipped", "meetings.cancelled", "meetings.back"
TURN = "meetings.turn"
_OF_ONE = (REMINDER, OFFER, OFFER_OVER, MOVED, SKIPPED, CANCELLED, BACK, TURN)
CHUNK = 100
"""How many people are told of a change in one transaction."""
TOLD_WITHIN = dt.timedelta(hours=1)
ENDED_TOLD_WITHIN = dt.timedelta(days=7)
TURN_WITHIN = dt.timedelta(days=1)


def make(
    tx: sa.Connection, series: Series, found: Iterable[Occurrence], *, until: dt.date, now: dt.datetime
) -> list[Meeting]:
    """Make occurrences of a series, which has all of them up to the date `until` then; return those that are new."""
    new = meetings.ensure(tx, [_planned(series, one, now) for one in found])
    meetings.update_series(tx, series.guild_id, series.id, planned_until=until)
    if new and series.pool_id is not None:
        rotations.pool_changed(tx, series.guild_id, series.pool_id, now=now)
    plan_turn(tx, series.guild_id, series.id, now=now)
    return new


def change(tx: sa.Connection, series: Series, meeting: Meeting, *, now: dt.datetime, **values: Any) -> Meeting:
    """Change when an occurrence is or whether it is: what was planned for it before is not said any more.

    Everybody who said yes is told, the first of them in this transaction; go on with `tell` while `told_rev` lags behind, or
    leave that to what is planned for it.
    """
    # Never before what was done already, also where the clock was set back: whoever said yes by then is told.
    asked_at = rsvps.fetch_last_asked(tx, meeting.guild_id, meeting.id)
    changed_at = max(now, meeting.changed_at, asked_at or now)
    changed = replace(meeting, **values, revision=meeting.revision + 1, changed_at=changed_at)
    kept = ("starts_at", "ends_at", "moved", "moved_day", "moved_minute", "was_at", "state", "revision", "changed_at")
    meetings.update(tx, meeting.guild_id, meeting.id, **{name: getattr(changed, name) for name in kept})
    outbox.cancel_about(tx, meeting.guild_id, _OF_ONE, [meeting.id], now=now, before_revision=changed.revision)
    for_hosts(tx, series, changed, now=now)
    plan_turn(tx, series.guild_id, series.id, now=now)
    told, after_ref = tell(tx, series, changed, now=now)
    if after_ref is not None:
        # Whoever made the change goes on telling at once; should nobody do so, what is due does.
        outbox.plan(tx, _turn(changed, due_at=now, offset="tell"))
    return told


def call_off(tx: sa.Connection, series: Series, meeting: Meeting, *, now: dt.datetime) -> Meeting:
    """Call one occurrence off, as when nobody came to host it; those who said yes are told."""
    return change(tx, series, meeting, now=now, state="cancelled")


def begin(tx: sa.Connection, meeting: Meeting) -> Meeting:
    """Write down that an occurrence is under way; nobody is told."""
    meetings.update(tx, meeting.guild_id, meeting.id, state="running")
    return replace(meeting, state="running")


def finish(tx: sa.Connection, meeting: Meeting, *, now: dt.datetime) -> Meeting:
    """Write down that an occurrence has ended; its series' card then shows the next one."""
    meetings.update(tx, meeting.guild_id, meeting.id, state="ended")
    rotations.meeting_changed(tx, meeting.guild_id, meeting.id, now=now)
    plan_turn(tx, meeting.guild_id, meeting.series_id, now=now)
    return replace(meeting, state="ended")


def for_hosts(tx: sa.Connection, series: Series, meeting: Meeting, *, now: dt.datetime) -> None:
    """Let who hosts follow an occurrence that was made, moved, left out, called off or brought back.

    Called in the same transaction, after the occurrence is stored.
    """
    if series.pool_id is not None:
        rotations.meeting_changed(tx, meeting.guild_id, meeting.id, now=now)


def tell(
    tx: sa.Connection, series: Series, meeting: Meeting, *, now: dt.datetime, after_ref: str = ""
) -> tuple[Meeting, str | None]:
    """Plan to tell up to `CHUNK` people of a change, and to remind them anew; return beyond whom to go on, None: all are told.

    Not those who answered after the change.
    """
    place = (meeting.guild_id, [meeting.id])
    refs = rsvps.fetch_refs(
        tx,
        *place,
        also_offered=meeting.state not in COMES,
        said_until=meeting.changed_at,
        after_ref=after_ref,
        limit=CHUNK,
    )
    kind, expires_at = _notice(meeting), max(meeting.ends_at, meeting.changed_at + TOLD_WITHIN)
    if expires_at > now:
        outbox.plan(tx, *(said_to(meeting, kind, ref, due_at=now, expires_at=expires_at) for ref in refs))
    if meeting.state in COMES:
        plan_reminders(tx, meeting, refs, now=now)
    if len(refs) == CHUNK:
        return meeting, refs[-1]
    if meeting.state in COMES:
        offer_anew(tx, meeting, series.capacity, now=now)
    meetings.update(tx, meeting.guild_id, meeting.id, told_rev=meeting.revision)
    return replace(meeting, told_rev=meeting.revision), None


def end_series(tx: sa.Connection, series: Series, *, now: dt.datetime) -> Series:
    """End a series: what is still to come of it is cancelled, and the first people are told; go on with `tell_end`."""
    ended = replace(series, ended_at=now, revision=series.revision + 1)
    meetings.update_series(tx, series.guild_id, series.id, ended_at=now, revision=ended.revision)
    # One that is under way goes on until somebody ends it.
    left = [
        one for one in meetings.fetch_of_series(tx, series.guild_id, series.id, after=now) if one.state == "planned"
    ]
    meetings.cancel_all(tx, series.guild_id, [one.id for one in left], now=now)
    outbox.cancel_about(tx, series.guild_id, _OF_ONE, [one.id for one in left], now=now)
    events.plan(tx, series.guild_id, series.id, now=now)
    for one in left:
        for_hosts(tx, ended, one, now=now)
    return tell_end(tx, ended, now=now)[0]


def tell_end(tx: sa.Connection, series: Series, *, now: dt.datetime, after_ref: str = "") -> tuple[Series, str | None]:
    """Plan to tell up to `CHUNK` people that a series has ended; return beyond whom to go on, None: all are told."""
    assert series.ended_at is not None
    left = [one.id for one in meetings.fetch_of_series(tx, series.guild_id, series.id, after=series.ended_at)]
    refs = rsvps.fetch_refs(tx, series.guild_id, left, also_offered=True, after_ref=after_ref, limit=CHUNK)
    expires_at = series.ended_at + ENDED_TOLD_WITHIN
    if expires_at > now:
        outbox.plan(tx, *(_ended(series, ref, now, expires_at) for ref in refs))
    if len(refs) == CHUNK:
        return series, refs[-1]
    meetings.update_series(tx, series.guild_id, series.id, told_rev=series.revision)
    return replace(series, told_rev=series.revision), None


def plan_turn(tx: sa.Connection, guild_id: int, series_id: str, *, now: dt.datetime) -> None:
    """Plan to look after a series when its next occurrence is over, unless that is planned, and at its events now."""
    events.plan(tx, guild_id, series_id, now=now)
    one = meetings.fetch_next(tx, guild_id, series_id, now=now)
    if one is not None:
        outbox.plan(tx, _turn(one, due_at=one.ends_at))


def ensure_card(tx: sa.Connection, programme: Programme, series: Series, *, now: dt.datetime) -> None:
    """Give a series its card where it has none and something of it is to come.

    One that stands is left where it is, also when another channel serves for cards by now.
    """
    channel_id = programme.channels.get("meetings", programme.channels.get("group"))
    if channel_id is None or meetings.fetch_next(tx, series.guild_id, series.id, now=now) is None:
        return
    place = (series.guild_id, series.programme_id)
    stands = panels.fetch_one(tx, *place, PANEL, series.id)
    if stands is None or (stands.message_id is None and stands.channel_id != channel_id):
        card_id = plan_id(f"{PANEL}:{series.id}")
        panels.place(tx, card_id, *place, kind=PANEL, channel_id=channel_id, subject=series.id)


def _planned(series: Series, found: Occurrence, now: dt.datetime) -> Meeting:
    return Meeting(
        id=plan_id(f"{series.id}:{found.day.isoformat()}"),
        guild_id=series.guild_id,
        programme_id=series.programme_id,
        series_id=series.id,
        day=found.day,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        moved=False,
        revision=0,
        state="planned",
        was_at=None,
        event_id=None,
        event_rev=None,
        changed_at=now,
    )


def _turn(meeting: Meeting, *, due_at: dt.datetime, offset: str = "") -> Plan:
    return Plan(
        id=plan_id(f"{TURN}:{meeting.id}:{meeting.revision}:{offset}"),
        guild_id=meeting.guild_id,
        kind=TURN,
        subject=meeting.id,
        revision=meeting.revision,
        offset=offset,
        programme_id=meeting.programme_id,
        due_at=due_at,
        expires_at=due_at + TURN_WITHIN,
        payload={"series": meeting.series_id},
    )


def _notice(meeting: Meeting) -> str:
    """Return what is said of the last change of an occurrence."""
    if meeting.state in COMES:
        return MOVED if meeting.was_at is not None else BACK
    return SKIPPED if meeting.state == "skipped" else CANCELLED


def _ended(series: Series, member_ref: str, now: dt.datetime, expires_at: dt.datetime) -> Plan:
    return Plan(
        id=plan_id(f"{CANCELLED}:{series.id}:{series.revision}:{member_ref}"),
        guild_id=series.guild_id,
        kind=CANCELLED,
        subject=series.id,
        revision=series.revision,
        programme_id=series.programme_id,
        member_ref=member_ref,
        payload={"of": "series"},
        due_at=now,
        expires_at=expires_at,
    )
