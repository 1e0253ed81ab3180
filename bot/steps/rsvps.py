"""Places at a meeting and reminders of it: passing a place on, and planning what is said to whoever comes or waits.

What is planned is named by what it is for and its id is derived from that, so that planning twice changes nothing. What no
longer holds is left where it is: whether something is said once its time has come is for its kind to decide.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from bot.domain import rsvps as rules
from bot.domain.outbox import Payload, Plan
from bot.domain.series import Meeting
from bot.steps import outbox
from data.store import rsvps

REMINDER, OFFER, OFFER_OVER = "meetings.reminder", "meetings.offer", "meetings.offer_over"
LATE = dt.timedelta(days=1)
"""How long after its time a place that was not taken may be passed on by what was planned for it."""


def plan_id(key: str) -> str:
    """Return the id of what is planned under a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def said_to(
    meeting: Meeting,
    kind: str,
    member_ref: str,
    *,
    due_at: dt.datetime,
    expires_at: dt.datetime,
    offset: str = "",
    payload: Payload | None = None,
) -> Plan:
    """Return a plan to say something about a meeting as it stands to one person."""
    return Plan(
        id=plan_id(f"{kind}:{meeting.id}:{meeting.revision}:{offset}:{member_ref}"),
        guild_id=meeting.guild_id,
        kind=kind,
        subject=meeting.id,
        revision=meeting.revision,
        offset=offset,
        programme_id=meeting.programme_id,
        member_ref=member_ref,
        payload={"rev": meeting.revision, **(payload or {})},
        due_at=due_at,
        expires_at=expires_at,
    )


def plan_reminder(
    tx: sa.Connection, meeting: Meeting, member_ref: str, lead: int, *, now: dt.datetime
) -> dt.datetime | None:
    """Plan to remind somebody of a meeting; return when, None: they want none, or it is too late for it."""
    due_at = rules.remind_at(meeting, lead, now)
    if due_at is not None:
        plan = said_to(
            meeting,
            REMINDER,
            member_ref,
            due_at=due_at,
            expires_at=meeting.starts_at,
            offset=f"-{lead}",
            payload={"lead": lead},
        )
        outbox.plan(tx, plan)
    return due_at


def plan_reminders(tx: sa.Connection, meeting: Meeting, member_refs: Sequence[str], *, now: dt.datetime) -> None:
    """Plan to remind several people of a meeting, each as early as they want."""
    leads = rsvps.fetch_leads(tx, meeting.guild_id, meeting.programme_id, member_refs)
    for ref in member_refs:
        plan_reminder(tx, meeting, ref, leads[ref], now=now)


def pass_on(tx: sa.Connection, meeting: Meeting, capacity: int | None, *, now: dt.datetime) -> list[rules.Waiter]:
    """End the offers that ran out and offer what is free to who waits longest; return who waits then."""
    waiting = rsvps.fetch_waiting(tx, meeting.guild_id, meeting.id)
    if not waiting:
        return []
    taken = rsvps.count(tx, meeting.guild_id, [meeting.id], now=now)[meeting.id].coming
    # Where the limit was lifted, everybody who waits has a place to be offered.
    limit = capacity if capacity is not None else taken + len(waiting)
    passed = rules.pass_on(limit, taken, waiting, now=now, starts_at=meeting.starts_at)
    rsvps.remove(tx, meeting.guild_id, meeting.id, passed.over)
    _offer(tx, meeting, passed.offered, now=now)
    if not passed.over and not passed.offered:
        return rules.in_order(waiting)
    return rules.in_order(rsvps.fetch_waiting(tx, meeting.guild_id, meeting.id))


def offer_anew(tx: sa.Connection, meeting: Meeting, capacity: int | None, *, now: dt.datetime) -> None:
    """Let what was offered before a meeting was moved or left out be offered again, to the same people first.

    They were first in line, and are again.
    """
    rsvps.withdraw_offers(tx, meeting.guild_id, meeting.id)
    pass_on(tx, meeting, capacity, now=now)


def _offer(tx: sa.Connection, meeting: Meeting, offered: Iterable[rules.Offered], *, now: dt.datetime) -> None:
    for ref, until in offered:
        rsvps.offer(tx, meeting.guild_id, meeting.id, ref, until=until)
        offset = f"{until:%Y%m%dT%H%M%S%f}"
        payload = {"until": until.isoformat()}
        outbox.plan(
            tx,
            said_to(meeting, OFFER, ref, due_at=now, expires_at=until, offset=offset, payload=payload),
            _over(meeting, until, offset),
        )


def _over(meeting: Meeting, until: dt.datetime, offset: str) -> Plan:
    return Plan(
        id=plan_id(f"{OFFER_OVER}:{meeting.id}:{meeting.revision}:{offset}"),
        guild_id=meeting.guild_id,
        kind=OFFER_OVER,
        subject=meeting.id,
        revision=meeting.revision,
        offset=offset,
        programme_id=meeting.programme_id,
        due_at=until,
        expires_at=until + LATE,
        payload={"series": meeting.series_id},
    )
