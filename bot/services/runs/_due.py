"""What is due of a running meeting: is it still true, so that it is said; is the host still there; has anybody ended it."""

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import runs as rules
from bot.domain.ids import new_id
from bot.domain.outbox import Claimed
from bot.domain.runs import Run
from bot.services.runs import _follow, _look
from data.db import Database
from data.store import guilds
from data.store import runs as store

CHUNK = 25
KEPT = dt.timedelta(days=1)
"""For how long the panel of a meeting that is over is kept as it is: posted anew where somebody deletes it."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a message of a meeting is about; `user_id` is whom it is for, None: nobody in particular."""

    run: Run
    title: str = field(repr=False)
    preset: str
    texts: dict[str, str] = field(repr=False)
    """What the programme's leaders put in their own words."""
    user_id: int | None = field(default=None, repr=False)


async def began_wanted(db: Database, clock: Clock, row: Claimed) -> Saying | None:
    """Return what is said of a phase that has begun, None: the next one has too, or the meeting is over."""
    return await _wanted(db, row, lambda run: run.step == row.payload["number"])


async def overtime_wanted(db: Database, clock: Clock, row: Claimed) -> Saying | None:
    """Return what is said when a phase was meant to end, None: it did, or the meeting is over."""
    return await _wanted(db, row, lambda run: run.step == row.payload["number"])


async def turn_wanted(db: Database, clock: Clock, row: Claimed) -> Saying | None:
    """Return whose turn it is, None: it went on meanwhile, or whoever had it has been erased."""
    found = await _wanted(db, row, lambda run: run.turn == row.payload["number"] and run.speaker is not None)
    return found if found is not None and found.user_id is not None else None


async def host_wanted(db: Database, clock: Clock, row: Claimed) -> Saying | None:
    """Return who hosts from now on, None: that has changed again."""
    return await _wanted(db, row, lambda run: run.hosting == row.payload["number"])


async def ended_wanted(db: Database, clock: Clock, row: Claimed) -> Saying | None:
    """Return what is said at the end."""
    return await _wanted(db, row, lambda run: True, also_over=True)


async def look_after(db: Database, clock: Clock, row: Claimed) -> bool:
    """Hand the meeting on where its host is gone, else look again when that could be; return whether it changed."""
    return await _see_to(db, clock, row.guild_id, row.subject, rules.hand_over)


async def close_in_time(db: Database, clock: Clock, row: Claimed) -> bool:
    """End the meeting where nobody did, else look again when that could be; return whether it changed."""
    return await _see_to(db, clock, row.guild_id, row.subject, rules.close_forgotten)


async def tidy(db: Database, clock: Clock) -> list[tuple[int, str]]:
    """See to what nobody saw to while nothing ran: hosts who are gone, meetings nobody ended, panels of past ones.

    For the start and the housekeeping. Returns guild and id of every run that changed.
    """
    now, last, changed = clock.now(), "", []
    while found := await db.read(functools.partial(store.fetch_open, limit=CHUNK, after_id=last)):
        last = found[-1].id
        for run in found:
            for rule in (rules.hand_over, rules.close_forgotten):
                if await _see_to(db, clock, run.guild_id, run.id, rule):
                    changed.append((run.guild_id, run.id))
    forget = functools.partial(store.forget_panels, kind=_follow.PANEL, before=now - KEPT, limit=200)
    await db.write_chunks(forget)
    return changed


async def _see_to(
    db: Database, clock: Clock, guild_id: int, run_id: str, rule: Callable[[Run, dt.datetime], Run]
) -> bool:
    now, row_id = clock.now(), new_id()

    def work(tx: sa.Connection) -> bool:
        run = store.fetch(tx, guild_id, run_id)
        if run is None or run.ended_at is not None:
            return False
        after = rule(run, now)
        _follow.write(tx, run, after, now, row_id)
        if after.ended_at is None:
            _follow.plan_check(tx, after)
            _follow.plan_close(tx, after)
        return after != run

    return await db.write(work)


async def _wanted(
    db: Database, row: Claimed, is_true: Callable[[Run], bool], *, also_over: bool = False
) -> Saying | None:
    def work(tx: sa.Connection) -> Saying | None:
        run = store.fetch(tx, row.guild_id, row.subject)
        if run is None or not is_true(run) or (run.ended_at is not None and not also_over):
            return None
        about = store.fetch_about(tx, row.guild_id, run.meeting_id)
        guild = guilds.fetch(tx, row.guild_id)
        programme = guild.programme(run.programme_id) if guild is not None else None
        if about is None or programme is None or programme.state != "live":
            return None
        who = run.speaker if row.kind == _follow.TURN else run.host
        user_id = _look.named(tx, run).get(who.ref) if who is not None else None
        return Saying(run, about.title, programme.preset, dict(programme.texts), user_id)

    return await db.read(work)
