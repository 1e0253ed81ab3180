"""What everybody may see of the meetings of a programme."""

import datetime as dt

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.panels import Panel
from bot.domain.series import AHEAD, COMES, Meeting, Series, State
from bot.errors import PeerError
from bot.services.meetings._views import Card, Listed, listed
from data.db import Database
from data.store import meetings, people

MOST_LISTED = 25
_ALL: tuple[State, ...] = (*COMES, "skipped", "cancelled")


async def series_of(db: Database, programme: Programme) -> tuple[Series, ...]:
    """Return the programme's series that have not ended, by title."""
    return await db.read(lambda tx: tuple(meetings.fetch_all_series(tx, programme.guild_id, programme.id)))


async def one_series(db: Database, programme: Programme, series_id: str) -> Series:
    """Return one series of the programme, ended or not; raises PeerError("meetings.gone")."""
    return await db.read(lambda tx: find_series(tx, programme, series_id))


async def upcoming(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    *,
    series_id: str | None = None,
    also_off: bool = False,
    limit: int = MOST_LISTED,
) -> tuple[Listed, ...]:
    """Return what comes, soonest first, with the person's own answers; `also_off`: what is skipped or cancelled too.

    That is what is made so far: 60 days ahead, of series that meet more seldom at least the next one.
    """
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[Listed, ...]:
        found = meetings.fetch_upcoming(
            tx,
            programme.guild_id,
            programme.id,
            now=now,
            series_id=series_id,
            states=_ALL if also_off else COMES,
            limit=limit,
        )
        series = meetings.fetch_series_by_ids(tx, programme.guild_id, {one.series_id for one in found})
        pairs = [(series[one.series_id], one) for one in found if series[one.series_id].ended_at is None]
        return listed(tx, pairs, _ref(tx, actor, programme), now=now)

    return await db.read(work)


async def look(db: Database, clock: Clock, actor: Actor, programme: Programme, meeting_id: str) -> Listed:
    """Return one occurrence with the person's own answer, whatever became of it; raises PeerError("meetings.gone")."""
    now = clock.now()

    def work(tx: sa.Connection) -> Listed:
        return view(tx, actor, programme, *find(tx, programme, meeting_id), now=now)

    return await db.read(work)


async def card(db: Database, clock: Clock, panel: Panel) -> Card | None:
    """Return what a series' card shows now: the facts of panels of the kind `PANEL`. None: nothing of it is to come."""
    now = clock.now()

    def work(tx: sa.Connection) -> Card | None:
        series = meetings.fetch_series(tx, panel.guild_id, panel.subject)
        if series is None or series.ended_at is not None or series.programme_id != panel.programme_id:
            return None
        return shown(tx, series, now=now)

    return await db.read(work)


def shown(tx: sa.Connection, series: Series, *, now: dt.datetime) -> Card | None:
    """Return what the card of a series shows; None: nothing of it is to come."""
    next_one = meetings.fetch_next(tx, series.guild_id, series.id, now=now)
    if next_one is None:
        return None
    near = meetings.fetch_upcoming(
        tx, series.guild_id, series.programme_id, now=now, until=now + AHEAD, series_id=series.id, states=_ALL
    )
    unusual = tuple(one for one in near if one.moved or one.state not in COMES)
    return Card(series, listed(tx, [(series, next_one)], None, now=now)[0], unusual)


def find_series(tx: sa.Connection, programme: Programme, series_id: str) -> Series:
    """Return a series of the programme; raises PeerError where there is none such."""
    found = meetings.fetch_series(tx, programme.guild_id, series_id)
    if found is None or found.programme_id != programme.id:
        raise PeerError("meetings.gone")
    return found


def find(tx: sa.Connection, programme: Programme, meeting_id: str) -> tuple[Series, Meeting]:
    """Return an occurrence of the programme with its series; raises PeerError where there is none such."""
    found = meetings.fetch(tx, programme.guild_id, meeting_id)
    if found is None or found.programme_id != programme.id:
        raise PeerError("meetings.gone")
    return find_series(tx, programme, found.series_id), found


def view(
    tx: sa.Connection, actor: Actor, programme: Programme, series: Series, meeting: Meeting, *, now: dt.datetime
) -> Listed:
    """Return an occurrence as this person sees it."""
    return listed(tx, [(series, meeting)], _ref(tx, actor, programme), now=now)[0]


def _ref(tx: sa.Connection, actor: Actor, programme: Programme) -> str | None:
    member = people.fetch_member(tx, programme.guild_id, actor.user_id)
    return member.ref if member is not None else None
