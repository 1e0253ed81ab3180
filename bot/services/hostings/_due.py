"""Whether what was planned about a turn still holds once its time has come, and calling off what nobody came to host."""

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.outbox import Claimed
from bot.domain.rotations import Step
from bot.steps import meetings as calling
from bot.steps import outbox
from bot.steps import rotations as steps
from bot.steps.rotations._plans import make
from data.db import Database
from data.store import events, meetings, people, rotations
from data.store.rotations import Held, Hosting

CANCEL_LATER = "cancel-later"
"""Calling off what could not be called off at its time, because nobody had been asked before."""
SUDDEN = dt.timedelta(minutes=3)
ONCE_MORE = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said about a turn now."""

    hosting_id: str
    programme_id: str
    title: str = field(repr=False)
    starts_at: dt.datetime
    step: str
    leads: bool
    is_confirmed: bool = False
    channel_id: int | None = None
    series_id: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """Who is looked for at a meeting, and where."""

    channel_id: int | None
    user_ids: tuple[int, ...] = field(repr=False)


async def expected(db: Database, row: Claimed) -> Expected:
    """Return who is to host the meeting of a turn, and the channel in which it meets."""

    def work(tx: sa.Connection) -> Expected:
        found = _find(tx, row)
        if found is None:
            return Expected(None, ())
        _, held = found
        rows = rotations.fetch_hostings(tx, held.guild_id, [held.id])
        refs = [one.member_ref for one in rows if one.state in rotations.LIVE and one.member_ref is not None]
        return Expected(held.channel_id, tuple(people.fetch_user_ids(tx, held.guild_id, refs).values()))

    return await db.read(work)


async def wanted(db: Database, clock: Clock, row: Claimed) -> Said | None:
    """Return what is said now, None: it holds no more. A meeting that nobody came to host is called off here.

    Not all at once: where nothing ran at its beginning, or its host gave it up only now, those present are asked first.
    """
    now, step = clock.now(), str(row.payload["step"])

    def work(tx: sa.Connection) -> Said | None:
        found = _find(tx, row)
        if found is None:
            return None
        one, held = found
        planned_for = int(row.dedupe_key.split(":")[2])
        # Called off by this very row, whose worker died before it could say so.
        ends_it = step in (Step.CANCEL, CANCEL_LATER)
        is_called_off = ends_it and held.state == "cancelled" and held.revision == planned_for + 1
        if not is_called_off:
            if held.revision != planned_for or not _holds(tx, row, one, held, now):
                return None
            if step == Step.CANCEL and _is_sudden(row, one, now):
                return _said(tx, one, held, _ask_first(tx, one, held, now))
            if ends_it:
                _call_off(tx, held, now=now)
        return _said(tx, one, held, Step.CANCEL if ends_it else step)

    return await db.write(work)


def _find(tx: sa.Connection, row: Claimed) -> tuple[Hosting, Held] | None:
    """Return the turn that something was planned about, and its meeting; not of a programme that is not there."""
    one = rotations.fetch_hosting(tx, row.guild_id, row.programme_id or "", row.subject)
    held = rotations.fetch_held(tx, row.guild_id, one.meeting_id) if one is not None else None
    if one is None or held is None or not events.is_live(tx, held.guild_id, held.programme_id):
        return None
    return one, held


def _said(tx: sa.Connection, one: Hosting, held: Held, step: str) -> Said:
    return Said(
        one.id,
        held.programme_id,
        held.title,
        held.starts_at,
        step,
        one.place == 0,
        one.state == "confirmed",
        rotations.fetch_channel(tx, held),
        held.series_id,
    )


def _holds(tx: sa.Connection, row: Claimed, one: Hosting, held: Held, now: dt.datetime) -> bool:
    """Tell whether what was planned is still true of the turn."""
    live = [other for other in rotations.fetch_hostings(tx, held.guild_id, [held.id]) if other.state in rotations.LIVE]
    if held.state != "planned" or one.state not in rotations.LIVE or any(other.state == "self_run" for other in live):
        return False
    is_here = any(other.here_at is not None for other in live)
    if row.kind == steps.CONFIRM:
        return one.member_ref == row.member_ref and one.state in ("asked", "confirmed") and one.here_at is None
    if row.kind == steps.SWAP:
        return rotations.fetch_open_swap(tx, one) is not None
    if row.kind == steps.LATE or row.payload["step"] == Step.LATE_CO_HOST:
        return not is_here and now < held.ends_at
    if row.kind == steps.SELF_RUN and row.member_ref not in rotations.fetch_coming(tx, held):
        return False
    return one.state == "open"


def _is_sudden(row: Claimed, one: Hosting, now: dt.datetime) -> bool:
    """Tell whether it would be called off before anybody could have answered: nothing ran, or somebody just gave it up."""
    return now - row.due_at > SUDDEN or (one.opened_at is not None and row.due_at - one.opened_at < SUDDEN)


def _ask_first(tx: sa.Connection, one: Hosting, held: Held, now: dt.datetime) -> Step:
    at = now + ONCE_MORE
    if at < held.ends_at:
        outbox.plan(tx, make(held, one.id, steps.LATE, at, held.ends_at, CANCEL_LATER, None))
    return Step.LATE_SCRIPT


def _call_off(tx: sa.Connection, held: Held, *, now: dt.datetime) -> None:
    meeting = meetings.fetch(tx, held.guild_id, held.id)
    series = meetings.fetch_series(tx, held.guild_id, held.series_id)
    if meeting is not None and series is not None:
        calling.call_off(tx, series, meeting, now=now)
