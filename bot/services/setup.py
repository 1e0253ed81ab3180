"""Setting a programme up: the admin's choices, what is bound when, and going live. Discord itself is the cog's part."""

import datetime as dt
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.guilds import Guild, Programme
from bot.domain.ids import new_id
from bot.domain.programmes import Draft, Item, Preset, plan
from bot.errors import PeerError
from bot.services.guilds import Guilds
from data.db import Database
from data.programmes import presets
from data.store import guilds, panels

ATTEMPT_LASTS = dt.timedelta(minutes=2)
"""How long one attempt at doing the plan keeps others out; one that died half-way is taken up again after this."""


@dataclass(frozen=True, slots=True)
class Underway:
    """A set-up under way, as it stands in the database."""

    guild: Guild
    programme: Programme
    preset: Preset
    draft: Draft
    attempt: dt.datetime | None = None
    """When this attempt at doing the plan began; only it may end itself."""

    @property
    def items(self) -> tuple[Item, ...]:
        """What is still to be done."""
        return plan(self.preset, self.draft, bound_channels=self.programme.channels, bound_roles=self.programme.roles)


async def begin(
    db: Database,
    clock: Clock,
    known: Guilds,
    guild_id: int,
    *,
    preset: str,
    locale: str,
    zone: str,
    countries: list[str],
) -> Underway:
    """Begin a set-up, or take up the one that was begun."""
    salt, programme_id, now = os.urandom(16), new_id(), clock.now()

    def work(tx: sa.Connection) -> Underway:
        guilds.ensure(tx, guild_id, key_salt=salt, locale=locale, zone=zone, countries=countries, now=now)
        guilds.insert_programme(tx, programme_id, guild_id, preset=preset, draft=Draft().kept(), now=now)
        guilds.free_stale(tx, guild_id, before=now - ATTEMPT_LASTS)
        return _underway(tx, guild_id, preset=preset)

    found = await db.write(work)
    known.forget(guild_id)
    return found


async def underway(db: Database, guild_id: int, programme_id: str) -> Underway:
    """Return a set-up under way; raises PeerError where this guild has none such."""
    return await db.read(functools.partial(_underway, guild_id=guild_id, programme_id=programme_id))


async def choose(
    db: Database, known: Guilds, guild_id: int, programme_id: str, change: Callable[[Draft], Draft]
) -> Underway:
    """Change the draft; only before it is applied."""

    def work(tx: sa.Connection) -> Underway:
        found = _underway(tx, guild_id, programme_id=programme_id)
        changed = change(found.draft)
        if not guilds.update_programme(tx, guild_id, programme_id, was=("draft",), draft=changed.kept()):
            raise PeerError("setup.already")
        return replace(found, draft=changed)

    found = await db.write(work)
    known.forget(guild_id)
    return found


async def set_guild(
    db: Database, known: Guilds, guild_id: int, *, countries: list[str] | None = None, zone: str | None = None
) -> None:
    """Set the guild's countries or its time zone; raises PeerError for a zone that does not exist."""
    values: dict[str, Any] = {}
    if countries is not None:
        values["countries"] = countries
    if zone is not None:
        if zone not in available_timezones():
            raise PeerError("setup.zone.unknown")
        values["zone"] = zone
    if not values:
        return
    await db.write(lambda tx: guilds.update(tx, guild_id, **values))
    known.forget(guild_id)


async def start_applying(db: Database, clock: Clock, known: Guilds, guild_id: int, programme_id: str) -> Underway:
    """Take the draft as final; of two who press at once, and of a second press, one alone goes on."""
    now = clock.now()

    def work(tx: sa.Connection) -> Underway:
        found = _underway(tx, guild_id, programme_id=programme_id)
        if found.draft.ages is None:
            raise PeerError("setup.ages.missing")
        if not guilds.update_programme(tx, guild_id, programme_id, was=("draft",), state="applying", applying_at=now):
            raise PeerError("setup.already")
        guilds.update(tx, guild_id, ages=found.draft.ages)
        return replace(found, attempt=now)

    found = await db.write(work)
    known.forget(guild_id)
    return found


async def bound(db: Database, guild_id: int, programme_id: str, item: Item, discord_id: int) -> None:
    """Write down that a channel or role now serves a purpose."""
    made = item.kind.startswith("make_")
    kind = "role" if item.kind.endswith("role") else "channel"
    await db.write(
        functools.partial(
            guilds.bind,
            binding_id=new_id(),
            guild_id=guild_id,
            programme_id=programme_id,
            kind=kind,
            purpose=item.purpose,
            discord_id=discord_id,
            made_by_us=made,
        )
    )


async def finish(db: Database, known: Guilds, now: Underway) -> None:
    """Go live: the panels are placed with their channels, in one transaction with the state.

    Raises PeerError where the attempt was given up meanwhile, as it took too long.
    """
    ids = [new_id() for _ in range(25)]
    guild_id, programme_id = now.guild.guild_id, now.programme.id

    def work(tx: sa.Connection) -> None:
        if not guilds.update_programme(
            tx, guild_id, programme_id, was=("applying",), attempt=now.attempt, state="live"
        ):
            raise PeerError("setup.already")
        found = _underway(tx, guild_id, programme_id=programme_id)
        for spec, panel_id in zip(found.preset.channels, ids, strict=False):
            if spec.panel:
                channel_id = found.programme.channels[spec.purpose]
                panels.place(tx, panel_id, guild_id, programme_id, kind=spec.panel, channel_id=channel_id)

    await db.write(work)
    known.forget(guild_id)


async def back_to_draft(db: Database, known: Guilds, now: Underway) -> None:
    """Let the admin press again after something stood in the way; what is bound stays bound."""
    await db.write(
        functools.partial(
            guilds.update_programme,
            guild_id=now.guild.guild_id,
            programme_id=now.programme.id,
            was=("applying",),
            attempt=now.attempt,
            state="draft",
        )
    )
    known.forget(now.guild.guild_id)


def _underway(
    tx: sa.Connection, guild_id: int, *, programme_id: str | None = None, preset: str | None = None
) -> Underway:
    guild = guilds.fetch(tx, guild_id)
    programmes = guild.programmes if guild else ()
    programme = next((p for p in programmes if p.id == programme_id or p.preset == preset), None)
    if guild is None or programme is None or programme.preset not in presets():
        raise PeerError("setup.gone")
    return Underway(guild, programme, presets()[programme.preset], Draft.read(programme.draft))
