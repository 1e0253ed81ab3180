"""What somebody who erases themself leaves behind that others wait for: turns at hosting, places, a meeting they host.

What is read here is in nobody's name: pools, meetings and runs alone. Should nobody hand it on, the housekeeping does.
"""

import datetime as dt
import hashlib
from typing import NamedTuple

import sqlalchemy as sa

from bot.domain.outbox import Plan
from bot.steps import outbox, rotations
from bot.steps.rsvps import OFFER_OVER
from data.store import meetings, people, rsvps, runs
from data.store import rotations as pools

CHECK = "runs.check"
"""The kind by which it is looked whether somebody still hosts a running meeting."""
WITHIN = dt.timedelta(days=1)


class Left(NamedTuple):
    """What is left behind, each with its guild."""

    pools: tuple[tuple[int, str], ...] = ()
    meetings: tuple[tuple[int, str], ...] = ()
    runs: tuple[tuple[int, str], ...] = ()


def read(tx: sa.Connection, user_id: int, *, now: dt.datetime) -> Left:
    """Return what somebody would leave behind in all guilds."""
    person = people.fetch_person(tx, user_id)
    refs = sorted(person.refs.items()) if person is not None else []
    return Left(
        tuple((guild, one) for guild, ref in refs for one in pools.fetch_pools_of(tx, guild, ref)),
        tuple((guild, one) for guild, ref in refs for one in rsvps.fetch_places(tx, guild, ref, now=now)),
        tuple((guild, one) for guild, ref in refs for one in runs.fetch_open_of(tx, guild, ref)),
    )


def hand_on(tx: sa.Connection, left: Left, *, now: dt.datetime) -> None:
    """Open turns, and plan that places are passed on and hosts looked for at once."""
    for guild_id, pool_id in left.pools:
        rotations.pool_changed(tx, guild_id, pool_id, now=now)
    for guild_id, meeting_id in left.meetings:
        meeting = meetings.fetch(tx, guild_id, meeting_id)
        if meeting is not None:
            outbox.plan(tx, _look(OFFER_OVER, guild_id, meeting_id, now, series=meeting.series_id))
    for guild_id, run_id in left.runs:
        outbox.plan(tx, _look(CHECK, guild_id, run_id, now))


def _look(kind: str, guild_id: int, subject: str, now: dt.datetime, **payload: str) -> Plan:
    offset = f"left-{now.astimezone(dt.UTC):%Y%m%dT%H%M%S}"
    return Plan(
        id=hashlib.sha256(f"{kind}:{subject}:{offset}".encode()).hexdigest()[:32],
        guild_id=guild_id,
        kind=kind,
        subject=subject,
        offset=offset,
        payload=payload,
        due_at=now,
        expires_at=now + WITHIN,
    )
