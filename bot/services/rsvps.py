"""Who comes: answers, places and who waits for one, and each person's own reminder.

Nothing here sends anything. After every call that changes something the caller wakes the postman (`bot.delivery.wake()`) and
brings the card to the latest state (`bot.panels.touch(guild_id, "meeting", series_id)`). Whatever a press finds out of date,
such as an offer that ran out, is put right in the same transaction, first.
"""

import datetime as dt
import functools
from dataclasses import dataclass

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import rsvps as rules
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.outbox import Claimed
from bot.domain.rsvps import LEADS, USUAL_LEAD, Answer, Waiter, Wish
from bot.domain.series import COMES, Meeting, Series
from bot.errors import PeerError
from bot.steps import rotations
from bot.steps import rsvps as steps
from bot.steps.members import Ids, known_member, new_ids
from data.db import Database
from data.store import events, meetings, people, rsvps

REMINDER, OFFER, OFFER_OVER = steps.REMINDER, steps.OFFER, steps.OFFER_OVER
"""Kinds: `reminder_wanted`, `offer_wanted`, and `offer_over`, which is never said: its service passes a place on."""
KEPT = dt.timedelta(days=180)
"""How long after a meeting it is kept who said what of it."""
CHUNK = 200

__all__ = [
    "LEADS",
    "OFFER",
    "OFFER_OVER",
    "REMINDER",
    "USUAL_LEAD",
    "Answered",
    "Offer",
    "Reminder",
    "Wish",
    "accept",
    "answer",
    "decline",
    "lead",
    "offer_over",
    "offer_wanted",
    "pass_on",
    "reminder_wanted",
    "set_lead",
]


@dataclass(frozen=True, slots=True)
class Answered:
    """How things stand for somebody after what they did."""

    series: Series
    meeting: Meeting
    answer: Answer | None
    """None: they are on no list."""
    place: int | None
    """How many wait before and with them, themself included."""
    offered_until: dt.datetime | None
    """A place is kept for them until then: `accept` or `decline`."""
    changed: bool
    """False: it was so already."""
    remind_at: dt.datetime | None
    """When they are reminded; None: not at all, or it is too late for it."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a reminder is about."""

    series: Series
    meeting: Meeting
    lead: int
    """Minutes before the beginning."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A place that has become free for somebody who waits."""

    series: Series
    meeting: Meeting
    offered_until: dt.datetime


async def answer(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    meeting_id: str,
    wish: Wish,
    *,
    agreed: bool = False,
) -> Answered:
    """Say whether somebody comes. Where all places are taken they wait for one; "no" gives a place, or the waiting, up.

    Raises `NeedsConsent` before the first yes to that; PeerError, with nothing stored, "meetings.gone" (also for another
    guild's), "meetings.off" (skipped or cancelled), "meetings.over", "meetings.full" (it has begun, so waiting is no use).
    """
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> Answered:
        series, meeting = _open(tx, programme, meeting_id, now)
        ref = known_member(tx, programme.guild_id, actor.user_id, agreed=agreed, now=now, ids=ids).ref
        change = _say_yes if wish == "yes" else _say_no
        return _standing(tx, series, meeting, ref, now, changed=change(tx, series, meeting, ref, ids, now))

    return await db.write(work)


async def accept(db: Database, clock: Clock, actor: Actor, programme: Programme, meeting_id: str) -> Answered:
    """Take the place that was offered; where the offer ran out, also a place that nobody waits for.

    Raises PeerError("meetings.offer.over") where it has passed on, and what `answer` raises.
    """
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> Answered:
        series, meeting = _open(tx, programme, meeting_id, now)
        ref = known_member(tx, programme.guild_id, actor.user_id, agreed=False, now=now, ids=ids).ref
        waiting = steps.pass_on(tx, meeting, series.capacity, now=now)
        said = rsvps.fetch_one(tx, meeting.guild_id, meeting.id, ref)
        has_place = said is not None and said.answer == "yes"
        if not has_place and not _may_have_place(tx, series, meeting, ref, waiting, now):
            raise PeerError("meetings.offer.over")
        return _standing(tx, series, meeting, ref, now, changed=_say_yes(tx, series, meeting, ref, ids, now))

    return await db.write(work)


async def decline(db: Database, clock: Clock, actor: Actor, programme: Programme, meeting_id: str) -> Answered:
    """Do not take the place that was offered and wait no more; it passes on at once.

    Whoever has a place by now keeps it: an old offer is no way out of that.
    """
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> Answered:
        series, meeting = _open(tx, programme, meeting_id, now)
        ref = known_member(tx, programme.guild_id, actor.user_id, agreed=False, now=now, ids=ids).ref
        said = rsvps.fetch_one(tx, meeting.guild_id, meeting.id, ref)
        waits = said is not None and said.answer == "waiting"
        changed = waits and _say_no(tx, series, meeting, ref, ids, now)
        return _standing(tx, series, meeting, ref, now, changed=changed)

    return await db.write(work)


async def lead(db: Database, actor: Actor, programme: Programme) -> int:
    """Return how many minutes before a meeting the person is reminded; 0: not at all."""

    def work(tx: sa.Connection) -> int:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        return _lead_of(tx, programme.guild_id, programme.id, member.ref) if member is not None else USUAL_LEAD

    return await db.read(work)


async def set_lead(
    db: Database, clock: Clock, actor: Actor, programme: Programme, minutes: int, *, agreed: bool = False
) -> int:
    """Remind the person so many minutes (one of `LEADS`) before, also of what they said yes to already; return it."""
    if minutes not in LEADS:
        raise PeerError("error.button_gone")
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> int:
        place = (programme.guild_id, programme.id)
        ref = known_member(tx, programme.guild_id, actor.user_id, agreed=agreed, now=now, ids=ids).ref
        rsvps.put_lead(tx, ids.row, *place, ref, minutes=minutes)
        for meeting_id in rsvps.fetch_promised(tx, *place, ref, now=now):
            meeting = meetings.fetch(tx, programme.guild_id, meeting_id)
            if meeting is not None and meeting.state in COMES:
                steps.plan_reminder(tx, meeting, ref, minutes, now=now)
        return minutes

    return await db.write(work)


# -- when its time has come -------------------------------------------------------------------------------------------------


async def reminder_wanted(db: Database, clock: Clock, row: Claimed) -> Reminder | None:
    """Return what is said now, None: nothing: they do not come, it is off, moved, or their lead is another by now."""
    now = clock.now()

    def work(tx: sa.Connection) -> Reminder | None:
        found = _of_row(tx, row, now)
        if found is None or row.member_ref is None:
            return None
        series, meeting = found
        said = rsvps.fetch_one(tx, row.guild_id, meeting.id, row.member_ref)
        minutes = _lead_of(tx, row.guild_id, meeting.programme_id, row.member_ref)
        if said is None or said.answer != "yes" or minutes != row.payload["lead"]:
            return None
        return Reminder(series, meeting, minutes)

    return await db.read(work)


async def offer_wanted(db: Database, clock: Clock, row: Claimed) -> Offer | None:
    """Return what is offered now, None: the offer is over or answered."""
    now = clock.now()

    def work(tx: sa.Connection) -> Offer | None:
        found = _of_row(tx, row, now)
        if found is None or row.member_ref is None:
            return None
        said = rsvps.fetch_one(tx, row.guild_id, row.subject, row.member_ref)
        until = said.offered_until if said is not None and said.answer == "waiting" else None
        if until is None or until <= now or until.isoformat() != row.payload["until"]:
            return None
        return Offer(*found, until)

    return await db.read(work)


async def offer_over(db: Database, clock: Clock, row: Claimed) -> tuple[int, str]:
    """Pass on a place that was offered and not taken; return the guild and series whose card shows something else now."""
    await _pass_on(db, clock, row.guild_id, row.subject)
    return row.guild_id, str(row.payload["series"])


async def pass_on(db: Database, clock: Clock) -> list[tuple[int, str]]:
    """Offer every place that nobody has to who waits longest, and forget who came to meetings of long ago.

    A sweep, for what was freed by nobody's press, as when somebody who had a place erased themself. Returns the guild and id
    of each series whose card may show something else now.
    """
    now, last = clock.now(), ""
    changed: list[tuple[int, str]] = []
    look_for = functools.partial(rsvps.fetch_waited_for, now=now, limit=CHUNK)
    while found := await db.read(functools.partial(look_for, after_id=last)):
        for guild_id, meeting_id in found:
            series_id = await _pass_on(db, clock, guild_id, meeting_id)
            changed += [(guild_id, series_id)] if series_id else []
        last = found[-1][1]
    await db.write_chunks(functools.partial(rsvps.forget, before=now - KEPT, limit=CHUNK))
    return changed


# -- parts ------------------------------------------------------------------------------------------------------------------


async def _pass_on(db: Database, clock: Clock, guild_id: int, meeting_id: str) -> str | None:
    """Let a list move on; return its series, None: it stays as it is."""
    now = clock.now()

    def work(tx: sa.Connection) -> str | None:
        meeting = meetings.fetch(tx, guild_id, meeting_id)
        series = meetings.fetch_series(tx, guild_id, meeting.series_id) if meeting is not None else None
        if meeting is None or series is None or meeting.state not in COMES:
            return None
        if not events.is_live(tx, guild_id, meeting.programme_id):
            return None
        before = rules.in_order(rsvps.fetch_waiting(tx, guild_id, meeting_id))
        return series.id if steps.pass_on(tx, meeting, series.capacity, now=now) != before else None

    return await db.write(work)


def _open(tx: sa.Connection, programme: Programme, meeting_id: str, now: dt.datetime) -> tuple[Series, Meeting]:
    """Return an occurrence of the programme that somebody may still answer; raises PeerError where there is none such."""
    meeting = meetings.fetch(tx, programme.guild_id, meeting_id)
    series = meetings.fetch_series(tx, programme.guild_id, meeting.series_id) if meeting is not None else None
    if meeting is None or series is None or meeting.programme_id != programme.id:
        raise PeerError("meetings.gone")
    if meeting.ends_at <= now or meeting.state == "ended":
        raise PeerError("meetings.over")
    if meeting.state not in COMES:
        raise PeerError("meetings.off")
    return series, meeting


def _say_yes(tx: sa.Connection, series: Series, meeting: Meeting, ref: str, ids: Ids, now: dt.datetime) -> bool:
    """Give somebody a place, or let them wait for one; tell whether that is new."""
    waiting = steps.pass_on(tx, meeting, series.capacity, now=now)
    said = rsvps.fetch_one(tx, meeting.guild_id, meeting.id, ref)
    if said is not None and said.answer == "yes":
        return False
    if _may_have_place(tx, series, meeting, ref, waiting, now):
        _put(tx, ids, meeting, ref, "yes", now)
        steps.plan_reminder(tx, meeting, ref, _lead_of(tx, *_place(meeting), ref), now=now)
        if series.pool_id is not None:
            rotations.ask_too(tx, meeting.guild_id, meeting.id, ref, now=now)
        return True
    if said is not None and said.answer == "waiting":
        return False
    if rules.lasts_until(now, meeting.starts_at) is None:
        raise PeerError("meetings.full")
    _put(tx, ids, meeting, ref, "waiting", now)
    return True


def _say_no(tx: sa.Connection, series: Series, meeting: Meeting, ref: str, ids: Ids, now: dt.datetime) -> bool:
    """Let somebody not come and wait no more; what that frees passes on. Tell whether that is new."""
    said = rsvps.fetch_one(tx, meeting.guild_id, meeting.id, ref)
    if said is not None and said.answer == "no":
        return False
    _put(tx, ids, meeting, ref, "no", now)
    steps.pass_on(tx, meeting, series.capacity, now=now)
    return True


def _may_have_place(
    tx: sa.Connection, series: Series, meeting: Meeting, ref: str, waiting: list[Waiter], now: dt.datetime
) -> bool:
    """Tell whether a place is kept for somebody, or one is there that nobody waits for.

    `waiting` is who waits once every free place was offered: what is free then, nobody waits for. Only after the beginning
    nothing is offered, and whoever comes first has the place.
    """
    if series.capacity is None or any(one.ref == ref and one.is_offered(now) for one in waiting):
        return True
    taken = rsvps.count(tx, meeting.guild_id, [meeting.id], now=now).get(meeting.id, rsvps.Counts()).coming
    places = rules.free(series.capacity, taken, waiting, now)
    return places is None or places > 0


def _put(tx: sa.Connection, ids: Ids, meeting: Meeting, ref: str, answered: Answer, now: dt.datetime) -> None:
    rsvps.put(tx, ids.row, *_place(meeting), meeting.id, ref, answer=answered, asked_at=now)


def _standing(
    tx: sa.Connection, series: Series, meeting: Meeting, ref: str, now: dt.datetime, *, changed: bool
) -> Answered:
    said = rsvps.fetch_one(tx, meeting.guild_id, meeting.id, ref)
    if said is None:
        return Answered(series, meeting, None, None, None, changed, None)
    if said.answer == "waiting":
        place = rules.place_of(ref, rsvps.fetch_waiting(tx, meeting.guild_id, meeting.id))
        return Answered(series, meeting, said.answer, place, said.offered_until, changed, None)
    minutes = _lead_of(tx, *_place(meeting), ref) if said.answer == "yes" else 0
    remind_at = rules.remind_at(meeting, minutes, now)
    return Answered(series, meeting, said.answer, None, None, changed, remind_at)


def _of_row(tx: sa.Connection, row: Claimed, now: dt.datetime) -> tuple[Series, Meeting] | None:
    """Return what something planned is about, as long as that has not begun or changed since and its programme is there."""
    meeting = meetings.fetch(tx, row.guild_id, row.subject)
    series = meetings.fetch_series(tx, row.guild_id, meeting.series_id) if meeting is not None else None
    if meeting is None or series is None or meeting.revision != row.payload["rev"]:
        return None
    if meeting.state not in COMES or meeting.starts_at <= now:
        return None
    return (series, meeting) if events.is_live(tx, row.guild_id, meeting.programme_id) else None


def _lead_of(tx: sa.Connection, guild_id: int, programme_id: str, ref: str) -> int:
    return rsvps.fetch_leads(tx, guild_id, programme_id, [ref])[ref]


def _place(meeting: Meeting) -> tuple[int, str]:
    return meeting.guild_id, meeting.programme_id
