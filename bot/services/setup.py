"""Setting a programme up: the admin's choices, what is bound when, and going live. Discord itself is the cog's part.

A programme that is live stays live while it is mended or changed, so that its members notice nothing of it.
"""

import datetime as dt
import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.guilds import Guild, Programme
from bot.domain.ids import new_id
from bot.domain.panels import Panel
from bot.domain.presets import ChannelSpec, Preset
from bot.domain.programmes import (
    ALL_THERE,
    LOOKS_IN,
    Bound,
    Draft,
    Item,
    Neighbours,
    Standing,
    plan,
    together,
    waits,
)
from bot.errors import PeerError
from bot.services.guilds import Guilds
from bot.steps import attempts
from data.db import Database
from data.programmes import presets
from data.store import guilds, panels

Change = Callable[[Draft], Draft]
ATTEMPT_LASTS = attempts.LASTS
"""How long an attempt that shows no life keeps others out; one that died with its process keeps nobody out."""


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
    def bound(self) -> Bound:
        """What serves the programme by now."""
        programme = self.programme
        return Bound(programme.channels, programme.roles, programme.category_id, self.live)

    @property
    def neighbours(self) -> Neighbours:
        """What the guild's other programmes have that is used together."""
        return _neighbours(self.guild, self.programme)

    @property
    def items(self) -> tuple[Item, ...]:
        """What is still to be done, as far as the database can tell."""
        return self.plan(ALL_THERE)

    def plan(self, standing: Standing) -> tuple[Item, ...]:
        """Return what is still to be done, given what Discord says."""
        return plan(self.preset, self.draft, self.bound, neighbours=self.neighbours, standing=standing)

    def together(self, gone: frozenset[int] = frozenset()) -> dict[tuple[str, str], int]:
        """Return what will serve because another programme has it: ("role" or "channel", purpose) → id."""
        return together(self.preset, self.draft, self.bound, self.neighbours, gone)


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
    doing = known.doing

    def work(tx: sa.Connection) -> Underway:
        guilds.ensure(tx, guild_id, key_salt=salt, locale=locale, zone=zone, countries=countries, now=now)
        guilds.insert_programme(tx, programme_id, guild_id, preset=preset, draft=Draft().kept(), now=now)
        attempts.free_stale(tx, guild_id, now, doing)
        found = _underway(tx, guild_id, preset=preset)
        if found.draft.begun or found.live:
            return found
        draft = replace(found.draft, begun=True)
        guilds.update_programme(tx, guild_id, found.programme.id, was=("draft",), draft=draft.kept())
        return _underway(tx, guild_id, preset=preset)

    found = await db.write(work)
    known.forget(guild_id)
    return found


async def begun(db: Database, clock: Clock, known: Guilds, guild_id: int) -> list[Underway]:
    """Return the guild's set-ups that were begun and do not stand yet, the oldest first."""
    now, doing = clock.now(), known.doing

    def work(tx: sa.Connection) -> list[Underway]:
        attempts.free_stale(tx, guild_id, now, doing)
        guild = guilds.fetch(tx, guild_id)
        waiting = [p.id for p in guild.programmes if waits(p) and p.preset in presets()] if guild else []
        return [_underway(tx, guild_id, programme_id=one) for one in waiting]

    found = await db.write(work)
    known.forget(guild_id)
    return found


async def underway(db: Database, guild_id: int, programme_id: str) -> Underway:
    """Return a set-up under way; raises PeerError where this guild has none such."""
    return await db.read(functools.partial(_underway, guild_id=guild_id, programme_id=programme_id))


async def choose(db: Database, known: Guilds, guild_id: int, programme_id: str, change: Change) -> Underway:
    """Change the draft; not while its first set-up is being done."""

    def work(tx: sa.Connection) -> Underway:
        found = _underway(tx, guild_id, programme_id=programme_id)
        changed = change(found.draft)
        if not guilds.update_programme(tx, guild_id, programme_id, was=("draft", "live"), draft=changed.kept()):
            raise PeerError("setup.already")
        return replace(found, draft=changed, programme=replace(found.programme, draft=changed.kept()))

    found = await db.write(work)
    known.forget(guild_id)
    return found


async def set_guild(
    db: Database,
    known: Guilds,
    guild_id: int,
    *,
    ages: str | None = None,
    countries: list[str] | None = None,
    zone: str | None = None,
) -> None:
    """Set who the guild's members are, its countries or its time zone; raises PeerError for a zone that does not exist.

    It counts for all programmes of the guild, and at once.
    """
    if zone is not None and zone not in _zones():
        raise PeerError("setup.zone.unknown")
    given: dict[str, Any] = {"ages": ages, "countries": countries, "zone": zone}
    values = {name: value for name, value in given.items() if value is not None}
    if not values:
        return
    await db.write(lambda tx: guilds.update(tx, guild_id, **values))
    known.forget(guild_id)


async def start_applying(
    db: Database, clock: Clock, known: Guilds, guild_id: int, programme_id: str, *, pressed: int | None = None
) -> Underway:
    """Take the draft as final; of two who press at once, and of a second press, one alone goes on.

    One programme of a guild at a time, so that what they use together is made once. `pressed` is the id of the press; it
    is kept until all is done, so that what was made meanwhile is known again.
    """
    now = clock.now()

    def work(tx: sa.Connection) -> Underway:
        attempts.free_stale(tx, guild_id, now, known.doing_beside(programme_id))
        found = _underway(tx, guild_id, programme_id=programme_id)
        if found.guild.ages is None:
            raise PeerError("setup.ages.missing")
        if guilds.fetch_applying(tx, guild_id) - {programme_id}:
            raise PeerError("setup.another")
        draft = replace(found.draft, since=found.draft.since or pressed, on_trial=False)
        values: dict[str, Any] = {"applying_at": now, "draft": draft.kept()}
        if found.live:
            taken = guilds.update_programme(tx, guild_id, programme_id, was=("live",), idle=True, **values)
        else:
            taken = guilds.update_programme(tx, guild_id, programme_id, was=("draft",), state="applying", **values)
        if not taken:
            raise PeerError("setup.already")
        return replace(found, draft=draft, attempt=now)

    with known.trying(programme_id):
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


async def finish(db: Database, known: Guilds, now: Underway, items: Sequence[Item] = ()) -> list[Panel]:
    """Go live: the panels are placed with their channels, in one transaction with the state.

    What was used together and is gone is passed on to the others, as far as `items` say so.
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
                left += _place(tx, found, spec, panel_id)
        for item in items:
            if item.kind in ("pass_role", "pass_channel"):
                _pass_on(tx, found, item)
        return left

    left = await db.write(work)
    known.attempts[programme_id] -= 1
    known.forget(guild_id)
    return left


def _place(tx: sa.Connection, found: Underway, spec: ChannelSpec, panel_id: str) -> list[Panel]:
    """Place a panel in its channel, unless the one that all programmes share stands there; return what is left over."""
    guild_id, programme_id = found.guild.guild_id, found.programme.id
    kind, channel_id = str(spec.panel), found.programme.channels[spec.purpose]
    before = panels.fetch_one(tx, guild_id, programme_id, kind)
    if before is not None and before.channel_id == channel_id:
        return []
    if before is not None:
        heir = _sharing(found.guild, found.programme, spec, before.channel_id) if spec.shared else None
        if heir is not None:
            panels.hand_over(tx, guild_id, before.id, heir.id)
            before = None
    if spec.shared and _sharing(found.guild, found.programme, spec, channel_id):
        if before is not None:
            panels.remove(tx, guild_id, before.id)
    else:
        panels.place(tx, panel_id, guild_id, programme_id, kind=kind, channel_id=channel_id)
    return [before] if before is not None and before.message_id is not None else []


def _pass_on(tx: sa.Connection, found: Underway, item: Item) -> None:
    """Let the other programmes use what serves this one, in the place of what is gone."""
    assert item.discord_id is not None
    guild_id, programme = found.guild.guild_id, found.programme
    kind, has = ("role", programme.roles) if item.kind == "pass_role" else ("channel", programme.channels)
    guilds.rebind(tx, guild_id, kind=kind, purpose=item.purpose, was=item.discord_id, now=has[item.purpose])
    spec = found.preset.channel(item.purpose)
    if kind == "channel" and spec is not None and spec.panel:
        panels.remove_from(tx, guild_id, item.discord_id, kind=spec.panel)


async def back_to_draft(db: Database, known: Guilds, now: Underway, *, unmade: int | None = None) -> None:
    """Let the admin press again after something stood in the way; what is bound stays bound, what is live stays live.

    `unmade` is the id of a press that made nothing, so that nothing is looked for on account of it.
    """
    guild_id, programme_id = now.guild.guild_id, now.programme.id

    def work(tx: sa.Connection) -> None:
        values: dict[str, Any] = {"state": "live" if now.live else "draft", "applying_at": None}
        if unmade is not None and now.draft.since == unmade:
            kept = _underway(tx, guild_id, programme_id=programme_id).draft
            values["draft"] = replace(kept, since=None).kept()
        _of_attempt(tx, now, **values)

    try:
        await db.write(work)
    finally:
        known.attempts[now.programme.id] -= 1
        known.forget(now.guild.guild_id)


def _sharing(guild: Guild, programme: Programme, spec: ChannelSpec, channel_id: int) -> Programme | None:
    """Return another programme that stands and has the same channel for what all programmes share."""
    for one in guild.live:
        if one.id != programme.id and spec.purpose in _shared(one) and one.channels.get(spec.purpose) == channel_id:
            return one
    return None


def _shared(programme: Programme) -> set[str]:
    preset = presets().get(programme.preset)
    return {spec.purpose for spec in preset.channels if spec.shared} if preset else set()


def _neighbours(guild: Guild, programme: Programme) -> Neighbours:
    """Return what other programmes of the guild have to share; those that stand come first."""
    offered: dict[tuple[str, str], tuple[int, ...]] = {}
    looks_in: dict[int, int] = {}
    shown: set[tuple[str, int]] = set()
    for one in sorted(guild.programmes, key=lambda each: each.state != "live"):
        preset = presets().get(one.preset)
        if preset is None or one.id == programme.id:
            continue
        specs = [("role", r.purpose, one.roles) for r in preset.roles if r.shared]
        specs += [("channel", c.purpose, one.channels) for c in preset.channels if c.shared]
        for what, purpose, has in specs:
            if purpose in has:
                offered[what, purpose] = (*offered.get((what, purpose), ()), has[purpose])
        for c in preset.channels:
            if c.shared and c.access in LOOKS_IN and c.purpose in one.channels:
                looks_in.setdefault(one.channels[c.purpose], one.roles.get(LOOKS_IN[c.access], 0))
        if one.state == "live":
            shown |= {(c.purpose, one.channels[c.purpose]) for c in preset.channels if c.shared and c.panel}
    return Neighbours(offered, looks_in, frozenset(shown))


def _of_attempt(tx: sa.Connection, now: Underway, **values: Any) -> bool:
    """Change the programme as the attempt under way, and tell whether it still is that."""
    assert now.attempt is not None
    return attempts.change(tx, now.guild.guild_id, now.programme.id, now.attempt, **values)


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
