"""Which meetings can be started, and starting one."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import runs as rules
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.ids import new_id
from bot.domain.presets import Format
from bot.domain.runs import Run
from bot.errors import PeerError
from bot.services.runs import _follow, _who
from bot.steps import meetings as calling
from bot.steps.members import known_member, new_ids
from data.db import Database
from data.programmes import presets
from data.store import meetings, panels, people
from data.store import runs as store
from data.store.runs import About


@dataclass(frozen=True, slots=True)
class Startable:
    """A meeting of about now."""

    meeting_id: str
    title: str = field(repr=False)
    starts_at: dt.datetime
    channel_id: int | None
    format: Format
    run_id: str | None
    """It runs already."""


async def startable(db: Database, clock: Clock, actor: Actor, programme: Programme) -> tuple[Startable, ...]:
    """Return the meetings that may be started now or run already, soonest first; raises PeerError for who may start none."""
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[Startable, ...]:
        found = store.fetch_between(
            tx, programme.guild_id, programme.id, starts_before=now + rules.EARLY, ends_after=now
        )
        mine = [about for about in found if _may(tx, actor, programme, about, alone=False)]
        if not mine and not _who.leads(actor, programme):
            raise PeerError("runs.only_hosts_begin")
        return tuple(_startable(tx, programme, about) for about in mine)

    return await db.read(work)


async def begin(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    meeting_id: str,
    *,
    in_room: Collection[int] = (),
    alone: bool = False,
    agreed: bool = False,
) -> tuple[Run, bool]:
    """Start a meeting, and return its run and whether it is new; one that runs already stays as it is.

    `meeting_id`: or the id of a turn at hosting it.
    `in_room`: the user ids of those in its voice or stage channel. `alone`: without a host, which whoever said yes may.
    Raises PeerError: "runs.no_meeting", "runs.only_hosts_begin", "runs.only_yes", "runs.off", "runs.over", "runs.too_early",
    "runs.no_room"; and `NeedsConsent`.
    """
    now, ids, run_id, panel_id, others = clock.now(), new_ids(), new_id(), new_id(), (new_id(), new_id())

    def work(tx: sa.Connection) -> tuple[Run, bool]:
        about = _who.about(tx, programme, meeting_id)
        if not _may(tx, actor, programme, about, alone=alone):
            raise PeerError("runs.only_yes" if alone else "runs.only_hosts_begin")
        standing = store.fetch_of_meeting(tx, programme.guild_id, about.id)
        if standing is not None and standing.ended_at is None:
            return standing, False
        channel_id = _check(about, programme, standing, now)
        member = known_member(tx, programme.guild_id, actor.user_id, agreed=agreed, now=now, ids=ids)
        roster = store.fetch_roster(tx, programme.guild_id, about.id)
        users = people.fetch_user_ids(tx, programme.guild_id, [member.ref, *roster])
        run = rules.begin(
            run_id,
            (programme.guild_id, programme.id, about.id, channel_id),
            format_of(programme, about.format),
            (about.starts_at, about.ends_at),
            now,
            host=None if alone else member.ref,
            roster=[ref for ref in roster if ref in users],
            in_room=[ref for ref, user_id in users.items() if user_id in in_room],
        )
        if alone:
            who = _who.presser(tx, actor, programme, about.id, member.ref)
            run = rules.be_here(run, who, now)
        store.insert(tx, run, others)
        meeting = meetings.fetch(tx, run.guild_id, about.id)
        if meeting is not None:
            calling.begin(tx, meeting)
        panels.place(
            tx,
            panel_id,
            run.guild_id,
            run.programme_id,
            kind=_follow.PANEL,
            channel_id=channel_id,
            subject=run.id,
        )
        _follow.plan_phase(tx, run, now)
        return run, True

    return await db.write(work)


def format_of(programme: Programme, name: str | None) -> Format:
    """Return a way to hold a meeting of the programme, the first where none was chosen or it is there no more."""
    preset = presets().get(programme.preset)
    if preset is None:
        raise PeerError("error.programme_gone")
    return next((one for one in preset.formats if one.name == name), preset.formats[0])


def _check(about: About, programme: Programme, standing: Run | None, now: dt.datetime) -> int:
    """Return where the meeting is held; raises PeerError where it cannot begin."""
    if about.state in ("skipped", "cancelled"):
        raise PeerError("runs.off")
    if standing is not None or about.state == "ended" or now >= about.ends_at:
        raise PeerError("runs.over")
    if not rules.may_begin(about.starts_at, about.ends_at, now):
        raise PeerError("runs.too_early", at=f"<t:{int((about.starts_at - rules.EARLY).timestamp())}:t>")
    channel_id = about.channel_id or programme.channels.get("group")
    if channel_id is None:
        raise PeerError("runs.no_room")
    return channel_id


def _may(tx: sa.Connection, actor: Actor, programme: Programme, about: About, *, alone: bool) -> bool:
    ref = _who.ref_of(tx, actor, programme)
    who = _who.presser(tx, actor, programme, about.id, ref)
    on_roster = ref in store.fetch_roster(tx, programme.guild_id, about.id)
    return who.leads or who.may_host or on_roster or (alone and who.said_yes)


def _startable(tx: sa.Connection, programme: Programme, about: About) -> Startable:
    run = store.fetch_of_meeting(tx, programme.guild_id, about.id)
    channel_id = about.channel_id or programme.channels.get("group")
    how = format_of(programme, about.format)
    return Startable(about.id, about.title, about.starts_at, channel_id, how, run.id if run is not None else None)
