"""What is done about meetings when its time has come: notices, the turn to the next occurrence, and the housekeeping."""

import datetime as dt
import functools
import logging

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import series as rules
from bot.domain.guilds import Programme
from bot.domain.meetings import Occurrence
from bot.domain.outbox import Claimed
from bot.domain.series import COMES, Meeting, Series
from bot.services.meetings import _tzdata
from bot.services.meetings._telling import go_on_telling
from bot.services.meetings._views import BACK, CANCELLED, MOVED, SKIPPED, Notice
from bot.steps import meetings as steps
from data.db import Database
from data.store import events, guilds, meetings, meta

PAGE, UNTOLD, AT_ONCE = 50, 200, 10
TZDATA = "tzdata"
"""The fact that says with which edition of the time zones everything was reckoned."""
EDITION: str | None = _tzdata.edition()
"""Read once: zones that a process has loaded stay as they are, whatever is installed meanwhile."""
_STATES = {MOVED: COMES, BACK: COMES, SKIPPED: ("skipped",), CANCELLED: ("cancelled",)}

log = logging.getLogger(__name__)


async def notice_wanted(db: Database, clock: Clock, row: Claimed) -> Notice | None:
    """Return what somebody is told of a change, None: it has changed again, is over, or its programme is not there."""
    now = clock.now()

    def work(tx: sa.Connection) -> Notice | None:
        if row.payload.get("of") == "series":
            ended = meetings.fetch_series(tx, row.guild_id, row.subject)
            if ended is None or ended.ended_at is None or not events.is_live(tx, row.guild_id, ended.programme_id):
                return None
            return Notice(ended, None)
        meeting = meetings.fetch(tx, row.guild_id, row.subject)
        series = meetings.fetch_series(tx, row.guild_id, meeting.series_id) if meeting is not None else None
        if meeting is None or series is None or meeting.revision != row.payload["rev"]:
            return None
        if not events.is_live(tx, row.guild_id, meeting.programme_id):
            return None
        if meeting.state not in _STATES[row.kind] or (meeting.state in COMES and meeting.ends_at <= now):
            return None
        return Notice(series, meeting, meeting.was_at)

    return await db.read(work)


async def turned(db: Database, clock: Clock, row: Claimed) -> tuple[int, str]:
    """See to what is due when an occurrence is over; return its guild and series, whose card is to show the next one.

    It is due as well where many are to be told of a change, and tells the rest of them.
    """
    now, series_id = clock.now(), str(row.payload["series"])

    def work(tx: sa.Connection) -> list[Meeting]:
        steps.plan_turn(tx, row.guild_id, series_id, now=now)
        return meetings.fetch_of_series(tx, row.guild_id, series_id, after=now)

    await go_on_telling(db, clock, meetings=await db.write(work))
    return row.guild_id, series_id


async def extend(db: Database, clock: Clock) -> list[tuple[int, str]]:
    """Make the occurrences of the next 60 days wherever they are missing, and reckon anew after a change of the zones.

    A sweep, for the start and the housekeeping; several processes may run it at once. It also tells whoever a process that
    died has not told yet. Returns the guild and id of each series whose card may show something else now.
    """
    anew = EDITION is not None and await db.read(lambda tx: _is_newer(EDITION, meta.fetch(tx, TZDATA)))
    changed, last = [], ""
    while page := await db.read(functools.partial(meetings.fetch_going_on, after_id=last, limit=PAGE)):
        for series in page:
            try:
                if await _extend_one(db, clock, series, anew=anew):
                    changed.append((series.guild_id, series.id))
            except ValueError as error:  # a zone that is not known here any more must not end the upkeep of all others
                log.error("a series cannot be reckoned: %s", error)
        last = page[-1].id
    if anew and EDITION is not None:
        await db.write(functools.partial(meta.put, key=TZDATA, value=EDITION))
    await _tell_the_rest(db, clock)
    return changed


async def _extend_one(db: Database, clock: Clock, series: Series, *, anew: bool) -> bool:
    now, when = clock.now(), series.when
    changed = anew and await _reckon_anew(db, clock, series)
    until = rules.made_until(when, now)
    if series.planned_until is not None and series.planned_until >= until:
        return changed
    found = rules.to_make(when, now, series.planned_until)
    await db.write(functools.partial(_make, series=series, found=found, until=until, now=now))
    return True


def _make(tx: sa.Connection, series: Series, found: list[Occurrence], until: dt.date, now: dt.datetime) -> None:
    stands = meetings.fetch_series(tx, series.guild_id, series.id)
    programme = _programme(tx, series)
    if stands is None or stands.ended_at is not None or programme is None:
        return
    steps.make(tx, stands, found, until=until, now=now)
    steps.ensure_card(tx, programme, stands, now=now)


async def _reckon_anew(db: Database, clock: Clock, series: Series) -> bool:
    """Reckon the times of what is ahead with the zones as they are known now; tell only those whose time changed."""
    now = clock.now()
    ahead = await db.read(
        lambda tx: meetings.fetch_upcoming(
            tx, series.guild_id, series.programme_id, now=now, series_id=series.id, states=("planned", "skipped")
        )
    )
    times = {one.id: rules.starts_anew(series, one) for one in ahead if one.starts_at > now}
    other = {one.id: times[one.id] for one in ahead if one.id in times and times[one.id] != one.starts_at}
    for first in range(0, len(other), AT_ONCE):
        some = dict(list(other.items())[first : first + AT_ONCE])
        changed = await db.write(functools.partial(_set_times, series=series, times=some, now=now))
        await go_on_telling(db, clock, meetings=changed)
    return bool(other)


def _set_times(
    tx: sa.Connection, series: Series, times: dict[str, dt.datetime | None], now: dt.datetime
) -> list[Meeting]:
    changed = []
    for meeting_id, starts_at in times.items():
        one = meetings.fetch(tx, series.guild_id, meeting_id)
        if one is None or one.state not in ("planned", "skipped") or one.starts_at == starts_at:
            continue
        if starts_at is None:
            changed.append(steps.change(tx, series, one, now=now, state="skipped"))
            continue
        ends_at = starts_at + (one.ends_at - one.starts_at)
        if one.state == "skipped":
            # Nobody is told when what is left out would have been.
            meetings.update(tx, one.guild_id, one.id, starts_at=starts_at, ends_at=ends_at)
        else:
            changed.append(
                steps.change(tx, series, one, now=now, starts_at=starts_at, ends_at=ends_at, was_at=one.starts_at)
            )
    return changed


async def _tell_the_rest(db: Database, clock: Clock) -> None:
    now = clock.now()
    await go_on_telling(db, clock, series=await db.read(functools.partial(meetings.fetch_untold_series, limit=UNTOLD)))
    untold = await db.read(functools.partial(meetings.fetch_untold, now=now, limit=UNTOLD))
    await go_on_telling(db, clock, meetings=untold)


def _programme(tx: sa.Connection, series: Series) -> Programme | None:
    guild = guilds.fetch(tx, series.guild_id)
    return guild.programme(series.programme_id) if guild is not None else None


def _is_newer(edition: str | None, known: str | None) -> bool:
    """Tell whether everything is to be reckoned anew: not back again by a process that knows an older edition."""
    return edition is not None and (known is None or known < edition)
