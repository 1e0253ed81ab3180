"""A person's own settings: time zone, quiet hours, language, country, pause. They hold in every server.

One function per intention; each raises `NeedsConsent` before the person's first yes, and then nothing was stored. How the
person is reached in a guild is in `bot.services.reaching`.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.domain.quiet import Quiet
from bot.domain.reaching import Reach
from bot.errors import PeerError
from bot.steps import reminders
from bot.steps.members import known_member, new_ids
from data.db import Database
from data.store import people, reaching

PAUSES: dict[str, dt.timedelta | None] = {
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(days=7),
    "month": dt.timedelta(days=30),
    "open": None,
}
"""For how long a person may pause; `open`: until they end it."""


@dataclass(frozen=True, slots=True)
class Held:
    """What holds for a person now; None where they never chose."""

    zone: str | None = None
    quiet: Quiet | None = None
    locale: str | None = None
    country: str | None = None
    paused_at: dt.datetime | None = None
    paused_until: dt.datetime | None = None
    reach: Reach | None = field(default=None)


async def look(db: Database, actor: Actor) -> Held:
    """Return the person's settings, with how they are reached in this guild."""

    def work(tx: sa.Connection) -> Held:
        person = people.fetch_person(tx, actor.user_id)
        if person is None:
            return Held()
        ref = person.refs.get(_guild(actor))
        return Held(
            zone=person.zone,
            quiet=person.quiet,
            locale=person.locale,
            country=person.country,
            paused_at=person.paused_at,
            paused_until=person.paused_until,
            reach=reaching.fetch(tx, _guild(actor), ref) if ref else None,
        )

    return await db.read(work)


async def set_zone(db: Database, clock: Clock, actor: Actor, zone: str, *, agreed: bool = False) -> None:
    """Let the person's clock show `zone`, an IANA name that exists; what comes at a time of their day comes by that."""
    await _change(db, clock, actor, agreed, zone=zone)


async def set_quiet(db: Database, clock: Clock, actor: Actor, quiet: Quiet | None, *, agreed: bool = False) -> None:
    """Let the person's quiet hours be these, None: no hours are quiet."""
    begins, ends = (quiet.begins, quiet.ends) if quiet else (None, None)
    await _change(db, clock, actor, agreed, quiet_from=begins, quiet_until=ends)


async def set_language(
    db: Database, clock: Clock, actor: Actor, locale: str | None, *, agreed: bool = False
) -> people.Person:
    """Answer the person in this language from now on, None: in their client's. Return the person as they are then."""
    return await _change(db, clock, actor, agreed, locale=locale)


async def set_country(
    db: Database, clock: Clock, actor: Actor, country: str | None, *, agreed: bool = False
) -> people.Person:
    """Show the person help lines of this country first, None: of no country. Return the person as they are then."""
    return await _change(db, clock, actor, agreed, country=country)


async def pause(db: Database, clock: Clock, actor: Actor, length: str, *, agreed: bool = False) -> dt.datetime | None:
    """Send the person nothing for a length of `PAUSES`; return until when, None: until they end it."""
    if length not in PAUSES:
        raise PeerError("error.button_gone")
    span, now = PAUSES[length], clock.now()
    until = now + span if span else None
    await _change(db, clock, actor, agreed, paused_at=now, paused_until=until)
    return until


async def end_pause(db: Database, clock: Clock, actor: Actor, *, agreed: bool = False) -> None:
    """Send the person things again."""
    await _change(db, clock, actor, agreed, paused_at=None, paused_until=None)


async def servers_of(db: Database, user_id: int, limit: int) -> list[int]:
    """Return the ids of servers in which the person has used peerled and in which it still is, at most `limit`."""
    return await db.read(lambda tx: people.fetch_guild_ids(tx, user_id, limit))


async def _change(db: Database, clock: Clock, actor: Actor, agreed: bool, **values: Any) -> people.Person:
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> people.Person:
        member = known_member(tx, _guild(actor), actor.user_id, agreed=agreed, now=now, ids=ids)
        people.update_person(tx, member.person_id, **values)
        if "zone" in values:
            reminders.zone_changed(tx, member.person_id, now=now)
        person = people.fetch_person(tx, actor.user_id)
        assert person is not None
        return person

    return await db.write(work)


def _guild(actor: Actor) -> int:
    if actor.guild_id is None:
        raise PeerError("error.only_in_guild")
    return actor.guild_id
