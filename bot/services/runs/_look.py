"""What is shown of a running meeting, and of one that is over."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import runs as rules
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.panels import Panel
from bot.domain.presets import Phase
from bot.domain.runs import Run
from bot.errors import PeerError
from bot.services.runs import _who
from data.db import Database
from data.store import people
from data.store import runs as store


@dataclass(frozen=True, slots=True)
class View:
    """A meeting as its panel shows it: `people` are the user ids, by ref, of those who pressed something themselves."""

    run: Run
    title: str = field(repr=False)
    people: Mapping[str, int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Started:
    """What others need to know of a meeting that was started."""

    run_id: str
    is_over: bool
    is_self_run: bool
    host_ref: str | None = field(repr=False)
    present: frozenset[str] = field(repr=False)
    """The refs of those who are known to be there."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What somebody who missed a meeting may read of it: what was held, and nothing of what was said."""

    title: str = field(repr=False)
    started_at: dt.datetime
    phases: tuple[Phase, ...]


async def panel(db: Database, clock: Clock, panel: Panel) -> View | None:
    """Return what a meeting's panel shows now, None: there is no such meeting."""

    def work(tx: sa.Connection) -> View | None:
        run = store.fetch(tx, panel.guild_id, panel.subject)
        about = store.fetch_about(tx, panel.guild_id, run.meeting_id) if run is not None else None
        return View(run, about.title, named(tx, run)) if run is not None and about is not None else None

    return await db.read(work)


async def started(db: Database, guild_id: int, meeting_id: str) -> Started | None:
    """Return how a meeting stands that was started, None: it was not."""

    def work(tx: sa.Connection) -> Started | None:
        run = store.fetch_of_meeting(tx, guild_id, meeting_id)
        if run is None:
            return None
        present = frozenset(one.ref for one in run.people if one.is_in)
        host = run.host.ref if run.host is not None else None
        return Started(run.id, run.ended_at is not None, run.is_self_run, host, present)

    return await db.read(work)


async def lobby(db: Database, actor: Actor, programme: Programme, run_id: str) -> tuple[tuple[str, int], ...]:
    """Return ref and user id of those who wait to be let in, to somebody who may do that; raises PeerError for others."""

    def work(tx: sa.Connection) -> tuple[tuple[str, int], ...]:
        run = _who.find(tx, programme, run_id)
        ref = _who.ref_of(tx, actor, programme)
        rules.must_steer(run, _who.presser(tx, actor, programme, run.meeting_id, ref))
        refs = [one.ref for one in run.lobby]
        users = people.fetch_user_ids(tx, run.guild_id, refs)
        return tuple((one, users[one]) for one in refs if one in users)

    return await db.read(work)


async def channel_of(db: Database, guild_id: int, run_id: str) -> int | None:
    """Return the channel of a run."""
    found = await db.read(lambda tx: store.fetch(tx, guild_id, run_id))
    return found.channel_id if found is not None else None


async def channel_of_meeting(db: Database, guild_id: int, meeting_id: str) -> int | None:
    """Return the channel that a meeting (or that of a turn at hosting it) is to be held in, None: none was chosen."""

    def work(tx: sa.Connection) -> int | None:
        found = store.fetch_about(tx, guild_id, meeting_id) or store.fetch_about_of_turn(tx, guild_id, meeting_id)
        return found.channel_id if found is not None else None

    return await db.read(work)


async def series_of(db: Database, guild_id: int, run_id: str) -> str | None:
    """Return the series that a run's meeting belongs to, whose card shows whether it runs."""

    def work(tx: sa.Connection) -> str | None:
        run = store.fetch(tx, guild_id, run_id)
        about = store.fetch_about(tx, guild_id, run.meeting_id) if run is not None else None
        return about.series_id if about is not None else None

    return await db.read(work)


async def catch_up(db: Database, actor: Actor, programme: Programme, run_id: str) -> CatchUp:
    """Return what was held, for who said that they would come; raises PeerError for others, and while it runs."""

    def work(tx: sa.Connection) -> CatchUp:
        run = _who.find(tx, programme, run_id)
        about = _who.about(tx, programme, run.meeting_id)
        ref = _who.ref_of(tx, actor, programme)
        who = _who.presser(tx, actor, programme, run.meeting_id, ref)
        if not (who.said_yes or who.leads):
            raise PeerError("runs.catch_up.only_yes")
        if run.ended_at is None:
            raise PeerError("runs.catch_up.still_on")
        return CatchUp(about.title, run.started_at, run.phases[: run.step + 1])

    return await db.read(work)


def named(tx: sa.Connection, run: Run) -> dict[str, int]:
    """Return the user ids, by ref, of those who are in the meeting: of nobody else a name is shown."""
    return people.fetch_user_ids(tx, run.guild_id, [one.ref for one in run.people if one.is_in])
