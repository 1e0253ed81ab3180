"""Checking in: record, look back, share, stop. One function per intention; each opens its own transaction.

Nothing here tells anybody else about a check-in: what a person shares is read by those who may, when they look.
"""

import datetime as dt
import functools
import logging
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.domain.checkins import HISTORY_DAYS, NOTE_LIMIT, Mood, SeenBy, day_meant, is_held, local_day, revision, week_of
from bot.domain.guilds import Guild, Programme
from bot.domain.ids import new_id
from bot.domain.words import clean
from bot.errors import PeerError
from bot.steps.consent import has_consented
from bot.steps.members import Ids, has_agreed, known_member, new_ids
from data.db import Database
from data.store import checkins, people
from data.vault import CannotOpen, Place, Vault

log = logging.getLogger(__name__)

SHARED_LIMIT = 25
"""How many shared check-ins one look shows."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was stored, and what the answer needs to say."""

    day: dt.date
    mood: Mood
    seen_by: SeenBy
    days_of_week: int
    has_note: bool
    held_rev: str = ""
    """The revision that waits for a second yes before the group sees it; empty where none does."""

    @property
    def held(self) -> bool:
        """Whether it waits for a second yes."""
        return bool(self.held_rev)


class Entry(NamedTuple):
    """One check-in as somebody who may read it sees it."""

    day: dt.date
    mood: Mood
    note: str | None
    seen_by: SeenBy
    unreadable: bool = False
    """Whether there is a note that cannot be opened."""

    def __repr__(self) -> str:
        """Name the day alone: what is printed may end in a log."""
        return f"Entry(day={self.day})"


@dataclass(frozen=True, slots=True)
class Shared:
    """A check-in that its author chose to show."""

    entry: Entry
    user_id: int = field(repr=False)


async def record(
    db: Database,
    clock: Clock,
    actor: Actor,
    programme: Programme,
    mood: Mood,
    *,
    day: dt.date | None = None,
    agreed: bool = False,
) -> Recorded:
    """Store a mood for today, or for `day` while that is yesterday; a second one the same day edits the first.

    Raises `NeedsConsent` before the first yes.
    """
    work = functools.partial(
        _record, actor=actor, programme=programme, mood=mood, agreed=agreed, now=clock.now(), ids=new_ids(), wanted=day
    )
    return await db.write(work)


async def record_with_note(
    db: Database,
    clock: Clock,
    vault: Vault,
    actor: Actor,
    guild: Guild,
    programme: Programme,
    *,
    mood: Mood,
    note: str,
    seen_by: SeenBy,
    day: dt.date | None = None,
    agreed: bool = False,
) -> Recorded:
    """Store mood, note and who may see it, for today or for `day` while that is yesterday. An empty note removes the earlier one.

    A low mood meant for the group is kept to the person (`held`) until they say again that it shall be shown.
    """
    note = clean(note)
    if len(note) > NOTE_LIMIT:
        raise PeerError("checkins.note.too_long", limit=NOTE_LIMIT)
    now, ids, held = clock.now(), new_ids(), is_held(mood, seen_by)

    def work(tx: sa.Connection) -> Recorded:
        stored = _record(tx, actor=actor, programme=programme, mood=mood, agreed=agreed, now=now, ids=ids, wanted=day)
        member = _member(tx, actor)
        row = checkins.fetch_day(tx, programme.guild_id, programme.id, member.ref, stored.day)
        assert row is not None
        place = Place("checkins", "note", row.id, guild.guild_id)
        sealed = vault.seal(note, salt=guild.key_salt, place=place) if note else None
        shown = SeenBy.ME if held else seen_by
        checkins.update(tx, programme.guild_id, row.id, note=sealed, seen_by=shown.value)
        return Recorded(stored.day, mood, shown, stored.days_of_week, bool(note), revision(now) if held else "")

    return await db.write(work)


async def share_held(db: Database, actor: Actor, programme: Programme, day: dt.date, *, held_rev: str) -> None:
    """Show a held check-in to the group after all; raises PeerError where it is gone or was changed since."""

    def work(tx: sa.Connection) -> None:
        row = checkins.fetch_day(tx, programme.guild_id, programme.id, _member(tx, actor).ref, day)
        if row is None:
            raise PeerError("checkins.gone")
        if revision(row.changed_at) != held_rev:
            raise PeerError("checkins.changed")
        checkins.update(tx, programme.guild_id, row.id, seen_by=SeenBy.GROUP.value)

    await db.write(work)


async def before_form(
    db: Database,
    clock: Clock,
    vault: Vault,
    actor: Actor,
    guild: Guild,
    programme: Programme,
    *,
    day: dt.date | None = None,
) -> tuple[bool, Entry | None]:
    """Return whether the person has agreed already, and what stands for today, or for `day` while that is yesterday."""
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[bool, Entry | None]:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        agreed_before = has_consented(member) if member else has_agreed(people.fetch_person(tx, actor.user_id))
        if member is None:
            return agreed_before, None
        row = checkins.fetch_day(tx, programme.guild_id, programme.id, member.ref, local_day(now, member.zone))
        return agreed_before, _entry(row, vault, guild) if row else None

    return await db.read(work)


async def history(
    db: Database, clock: Clock, vault: Vault, actor: Actor, guild: Guild, programme: Programme
) -> tuple[dt.date, list[Entry]]:
    """Return the person's today and their own check-ins of the last `HISTORY_DAYS` days, oldest first."""
    now = clock.now()

    def work(tx: sa.Connection) -> tuple[dt.date, list[Entry]]:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        last = local_day(now, member.zone if member else guild.zone)
        if member is None:
            return last, []
        first = last - dt.timedelta(days=HISTORY_DAYS - 1)
        rows = checkins.fetch_history(tx, programme.guild_id, programme.id, member.ref, first=first, last=last)
        return last, [_entry(row, vault, guild) for row in rows]

    return await db.read(work)


async def shared(
    db: Database, clock: Clock, vault: Vault, guild: Guild, programme: Programme, *, for_leaders: bool
) -> list[Shared]:
    """Return what members chose to show over the last seven days, newest first; leaders also see what is for leaders."""
    first, _ = week_of(local_day(clock.now(), guild.zone))
    seen_by = (SeenBy.GROUP.value, SeenBy.LEADERS.value) if for_leaders else (SeenBy.GROUP.value,)

    def work(tx: sa.Connection) -> list[Shared]:
        rows = checkins.fetch_shared(
            tx, programme.guild_id, programme.id, seen_by=seen_by, first=first, limit=SHARED_LIMIT
        )
        names = people.fetch_user_ids(tx, programme.guild_id, [row.member_ref for row in rows])
        return [Shared(_entry(row, vault, guild), names[row.member_ref]) for row in rows if row.member_ref in names]

    return await db.read(work)


async def stop(db: Database, clock: Clock, actor: Actor, programme: Programme) -> None:
    """Stop checking in: what was stored stays the person's, and they are not asked again until they tap a mood.

    Somebody of whom nothing is stored is asked nothing anyway, so nothing is stored then either.
    """
    now, row_id = clock.now(), new_id()

    def work(tx: sa.Connection) -> None:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        if member is not None:
            checkins.put_stopped(tx, row_id, programme.guild_id, programme.id, member.ref, stopped_at=now)

    await db.write(work)


async def delete_history(db: Database, actor: Actor, programme: Programme) -> None:
    """Delete all of the person's check-ins in the programme, in steps, and scrub what the log of writes still holds."""
    step_rows = 200

    def work(tx: sa.Connection) -> int:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        if member is None:
            return 0
        return checkins.delete_history(tx, programme.guild_id, programme.id, member.ref, limit=step_rows)

    await db.write_chunks(work)
    await db.scrub()


def _record(
    tx: sa.Connection,
    *,
    actor: Actor,
    programme: Programme,
    mood: Mood,
    agreed: bool,
    now: dt.datetime,
    ids: Ids,
    wanted: dt.date | None,
) -> Recorded:
    guild_id = programme.guild_id
    member = people.fetch_member(tx, guild_id, actor.user_id)
    if member is None or not has_consented(member):
        member = known_member(tx, guild_id, actor.user_id, agreed=agreed, now=now, ids=ids)
    day = day_meant(local_day(now, member.zone), wanted)
    row = checkins.upsert_mood(tx, ids.row, guild_id, programme.id, member.ref, day=day, mood=mood.value, now=now)
    seen_by = SeenBy(row.seen_by)
    if is_held(mood, seen_by):
        checkins.update(tx, guild_id, row.id, seen_by=SeenBy.ME.value)
    first, last = week_of(day)
    count = checkins.count_days(tx, guild_id, programme.id, member.ref, first=first, last=last)
    held = is_held(mood, seen_by)
    return Recorded(
        day, mood, SeenBy.ME if held else seen_by, count, row.note is not None, revision(now) if held else ""
    )


def _member(tx: sa.Connection, actor: Actor) -> people.Member:
    assert actor.guild_id is not None
    member = people.fetch_member(tx, actor.guild_id, actor.user_id)
    if member is None:
        raise PeerError("checkins.gone")
    return member


def _entry(row: checkins.Day, vault: Vault, guild: Guild) -> Entry:
    """Open a row; a note that cannot be opened costs its own line, never the whole page."""
    note, unreadable = None, False
    if row.note is not None:
        try:
            note = vault.open(row.note, salt=guild.key_salt, place=Place("checkins", "note", row.id, guild.guild_id))
        except CannotOpen:
            log.error("checkins.note: a sealed note cannot be opened; was the master key changed?")
            unreadable = True
    return Entry(row.day, Mood(row.mood), note, SeenBy(row.seen_by), unreadable)
