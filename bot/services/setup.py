"""Setting a programme up: the admin's choices, what is bound when, and going live. Discord itself is the cog's part.

A programme that is live stays live while it is mended or changed, so that its members notice nothing of it.
"""

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
from bot.domain.panels import Panel
from bot.domain.programmes import ALL_THERE, Draft, Item, Preset, Standing, plan
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
    made: frozenset[int] = frozenset()
    """The ids of the channels and roles that were made by us."""
    attempt: dt.datetime | None = None
    """When this attempt at doing the plan last showed that it lives; only it may end itself."""

    @property
    def live(self) -> bool:
        """Whether it stands already, and is only mended or changed."""
        return self.programme.state == "live"

    @property
    def items(self) -> tuple[Item, ...]:
        """What is still to be done, as far as the database can tell."""
        return self.plan(ALL_THERE)

    def plan(self, standing: Standing) -> tuple[Item, ...]:
        """Return what is still to be done, given what Discord says."""
        return plan(
            self.preset,
            self.draft,
            bound_channels=self.programme.channels,
            bound_roles=self.programme.roles,
            live=self.live,
            standing=standing,
        )


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
    """Change the draft; not while its first set-up is being done. Who the members are counts at once where it is live."""

    def work(tx: sa.Connection) -> Underway:
        found = _underway(tx, guild_id, programme_id=programme_id)
        changed = change(found.draft)
        if not guilds.update_programme(tx, guild_id, programme_id, was=("draft", "live"), draft=changed.kept()):
            raise PeerError("setup.already")
        if found.live and changed.ages != found.draft.ages:
            guilds.update(tx, guild_id, ages=changed.ages)
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
        if zone not in _zones():
            raise PeerError("setup.zone.unknown")
        values["zone"] = zone
    if not values:
        return
    await db.write(lambda tx: guilds.update(tx, guild_id, **values))
    known.forget(guild_id)


async def start_applying(
    db: Database, clock: Clock, known: Guilds, guild_id: int, programme_id: str, *, pressed: int | None = None
) -> Underway:
    """Take the draft as final; of two who press at once, and of a second press, one alone goes on.

    `pressed` is the id of the press; it is kept until all is done, so that what was made meanwhile is known again.
    """
    now = clock.now()

    def work(tx: sa.Connection) -> Underway:
        guilds.free_stale(tx, guild_id, before=now - ATTEMPT_LASTS)
        found = _underway(tx, guild_id, programme_id=programme_id)
        if found.draft.ages is None:
            raise PeerError("setup.ages.missing")
        draft = replace(found.draft, since=found.draft.since or pressed)
        values: dict[str, Any] = {"applying_at": now, "draft": draft.kept()}
        if found.live:
            taken = guilds.update_programme(tx, guild_id, programme_id, was=("live",), idle=True, **values)
        else:
            taken = guilds.update_programme(tx, guild_id, programme_id, was=("draft",), state="applying", **values)
        if not taken:
            raise PeerError("setup.already")
        guilds.update(tx, guild_id, ages=draft.ages)
        return replace(found, draft=draft, attempt=now)

    found = await db.write(work)
    known.forget(guild_id)
    return found


async def go_on(db: Database, clock: Clock, now: Underway) -> Underway:
    """Show that the attempt lives, before its next step, and return what stands by now.

    Raises PeerError where it was given up meanwhile, as it took too long, so that no two attempts make the same thing.
    """
    at, guild_id, programme_id = clock.now(), now.guild.guild_id, now.programme.id

    def work(tx: sa.Connection) -> Underway:
        if not _of_attempt(tx, now, applying_at=at):
            raise PeerError("setup.already")
        return replace(_underway(tx, guild_id, programme_id=programme_id), attempt=at)

    return await db.write(work)


async def bound(db: Database, guild_id: int, programme_id: str, item: Item, discord_id: int) -> None:
    """Write down that a channel or role now serves a purpose; raises PeerError for the role that everybody wears."""
    kind = "role" if item.kind.endswith("role") else "channel"
    if kind == "role" and discord_id == guild_id:
        raise PeerError("setup.role.unfit", role=f"<@&{discord_id}>")
    await db.write(
        functools.partial(
            guilds.bind,
            binding_id=new_id(),
            guild_id=guild_id,
            programme_id=programme_id,
            kind=kind,
            purpose=item.purpose,
            discord_id=discord_id,
            made_by_us=item.kind.startswith(("make_", "take_")),
        )
    )


async def finish(db: Database, known: Guilds, now: Underway) -> list[Panel]:
    """Go live: the panels are placed with their channels, in one transaction with the state.

    Return the panels whose message stands in a channel that is not theirs any more. Raises PeerError where the attempt was
    given up meanwhile, as it took too long.
    """
    ids = [new_id() for _ in range(25)]
    guild_id, programme_id = now.guild.guild_id, now.programme.id

    def work(tx: sa.Connection) -> list[Panel]:
        found = _underway(tx, guild_id, programme_id=programme_id)
        done = replace(found.draft, mine=False, since=None).kept()
        if not _of_attempt(tx, now, state="live", applying_at=None, draft=done):
            raise PeerError("setup.already")
        left = []
        for spec, panel_id in zip(found.preset.channels, ids, strict=False):
            if spec.panel:
                channel_id = found.programme.channels[spec.purpose]
                before = panels.fetch_one(tx, guild_id, programme_id, spec.panel)
                if before is not None and before.channel_id != channel_id and before.message_id is not None:
                    left.append(before)
                panels.place(tx, panel_id, guild_id, programme_id, kind=spec.panel, channel_id=channel_id)
        return left

    left = await db.write(work)
    known.forget(guild_id)
    return left


async def back_to_draft(db: Database, known: Guilds, now: Underway) -> None:
    """Let the admin press again after something stood in the way; what is bound stays bound, what is live stays live."""
    await db.write(lambda tx: _of_attempt(tx, now, state="live" if now.live else "draft", applying_at=None))
    known.forget(now.guild.guild_id)


def _of_attempt(tx: sa.Connection, now: Underway, **values: Any) -> bool:
    """Change the programme as the attempt under way, and tell whether it still is that."""
    assert now.attempt is not None
    return guilds.update_programme(
        tx, now.guild.guild_id, now.programme.id, was=("applying", "live"), attempt=now.attempt, **values
    )


@functools.cache
def _zones() -> frozenset[str]:
    """Return the time zones there are; finding them out reads the disk."""
    return frozenset(available_timezones())


def _underway(
    tx: sa.Connection, guild_id: int, *, programme_id: str | None = None, preset: str | None = None
) -> Underway:
    guild = guilds.fetch(tx, guild_id)
    programmes = guild.programmes if guild else ()
    programme = next((p for p in programmes if p.id == programme_id or p.preset == preset), None)
    if guild is None or programme is None or programme.preset not in presets():
        raise PeerError("setup.gone")
    made = guilds.fetch_made(tx, guild_id, programme.id)
    return Underway(guild, programme, presets()[programme.preset], Draft.read(programme.draft), made)
