"""Taking a programme back: what it is bound to, who takes over what is shared, and letting go of the rest step by step.

Discord itself is the cog's part. What members checked in, wrote or learned stays theirs and is not touched here.
"""

import datetime as dt
import functools
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import undoing as rules
from bot.domain.guilds import Guild, Programme
from bot.domain.panels import Panel
from bot.domain.presets import CATEGORY
from bot.domain.programmes import Draft
from bot.domain.undoing import Bound, Stays
from bot.errors import PeerError
from bot.services.guilds import Guilds
from bot.steps import attempts
from data.db import Database
from data.programmes import features_of, presets
from data.store import guilds, panels, undoing


@dataclass(frozen=True, slots=True)
class Undoing:
    """A programme that is to be taken back, as it stands in the database."""

    guild: Guild
    programme: Programme
    bound: tuple[Bound, ...]
    panels: tuple[Panel, ...]
    """The panels that no other programme takes over."""
    stays: tuple[Stays, ...] = ()
    """The channels made by us that other programmes use."""
    heirs: tuple[tuple[Panel, str], ...] = ()
    """The panels that another programme takes over, and its id."""
    attempt: dt.datetime | None = None
    """When this attempt last showed that it lives; only it may end itself."""

    @property
    def ends_commands(self) -> bool:
        """Whether it has commands that no other programme uses."""
        others = {f for p in self.guild.live if p.id != self.programme.id for f in features_of(p.preset)}
        return self.programme.state == "live" and bool(set(features_of(self.programme.preset)) - others)


async def candidates(db: Database, guild_id: int) -> list[Programme]:
    """Return the programmes of which there is something to take back, the oldest first."""
    guild = await db.read(functools.partial(guilds.fetch, guild_id=guild_id))
    return [p for p in guild.programmes if rules.stands(p)] if guild else []


async def standing(db: Database, clock: Clock, known: Guilds, guild_id: int, programme_id: str) -> Undoing:
    """Return what a programme is bound to.

    Raises PeerError where nothing of it is left in this guild, or while a set-up or an undo of it is under way.
    """
    now, doing = clock.now(), known.doing

    def work(tx: sa.Connection) -> Undoing:
        attempts.free_stale(tx, guild_id, now, doing)
        return _standing(tx, guild_id, programme_id)

    found = await db.write(work)
    known.forget(guild_id)
    if found.programme.state == "applying":
        raise PeerError("setup.undo.busy")
    return found


async def begin(
    db: Database, clock: Clock, known: Guilds, before: Undoing, *, heading_to: str | None = None
) -> Undoing:
    """End a programme: it is not live from here on, and what others use is theirs; of two who press, one goes on.

    `before` is what was shown; raises PeerError where it is something else by now, or under way already. `heading_to` takes
    over the heading, as channels of theirs stand below it.
    """
    now, guild_id, programme_id = clock.now(), before.guild.guild_id, before.programme.id

    def work(tx: sa.Connection) -> Undoing:
        attempts.free_stale(tx, guild_id, now, known.doing_beside(programme_id))
        found = _standing(tx, guild_id, programme_id)
        if found.bound != tuple(b for b in before.bound if b.noted):
            raise PeerError("setup.undo.changed")
        if guilds.fetch_applying(tx, guild_id) - {programme_id}:
            # What it is about to share with this one is not written down yet.
            raise PeerError("setup.another")
        values: dict[str, Any] = {"state": "applying", "applying_at": now}
        values["draft"] = {**found.programme.draft, "on_trial": False, "begun": False}
        if not guilds.update_programme(tx, guild_id, programme_id, was=("draft", "live"), idle=True, **values):
            raise PeerError("setup.undo.busy")
        for panel, taker in found.heirs:
            panels.hand_over(tx, guild_id, panel.id, taker)
        for b in found.bound:
            if b.heir is not None:
                undoing.leave_to_others(tx, guild_id, programme_id, kind=b.kind, discord_id=b.discord_id)
        heir = found.guild.programme(heading_to) if heading_to else None
        if heir is not None and heir.category_id is None:
            undoing.leave_channel_to(tx, guild_id, programme_id, purpose=CATEGORY, heir=heir.id)
        return replace(_standing(tx, guild_id, programme_id), attempt=now)

    with known.trying(programme_id):
        found = await db.write(work)
    known.forget(guild_id)
    return found


async def go_on(db: Database, clock: Clock, now: Undoing) -> Undoing:
    """Show that the attempt lives, before its next step; raises PeerError where it took too long and was given up."""
    at = clock.now()

    def work(tx: sa.Connection) -> Undoing:
        if not _change(tx, now, applying_at=at):
            raise PeerError("setup.undo.busy")
        return replace(now, attempt=at)

    return await db.write(work)


async def let_go(db: Database, now: Undoing, kind: str, discord_id: int) -> None:
    """Write down that a channel or role is taken away or left to itself."""
    guild_id, programme_id = now.guild.guild_id, now.programme.id
    await db.write(lambda tx: undoing.forget(tx, guild_id, programme_id, kind=kind, discord_id=discord_id))


async def took_down(db: Database, now: Undoing, kind: str) -> None:
    """Write down that a panel is taken down."""
    guild_id, programme_id = now.guild.guild_id, now.programme.id
    await db.write(lambda tx: undoing.forget_panel(tx, guild_id, programme_id, kind=kind))


async def finish(db: Database, known: Guilds, now: Undoing) -> None:
    """Let go of all that is left: the programme is as if it had never been set up, its members' own things aside.

    Raises PeerError where the attempt was given up meanwhile.
    """
    guild_id, programme_id = now.guild.guild_id, now.programme.id

    def work(tx: sa.Connection) -> None:
        if not _change(tx, now, state="draft", applying_at=None, draft=Draft().kept()):
            raise PeerError("setup.undo.busy")
        undoing.forget_all(tx, guild_id, programme_id)

    await db.write(work)
    known.attempts[programme_id] -= 1
    known.forget(guild_id)


async def stop(db: Database, known: Guilds, now: Undoing) -> None:
    """Let the admin press again after something stood in the way; what is done stays done, and nothing goes live again."""
    try:
        await db.write(lambda tx: _change(tx, now, state="draft", applying_at=None))
    finally:
        known.attempts[now.programme.id] -= 1
        known.forget(now.guild.guild_id)


def _change(tx: sa.Connection, now: Undoing, **values: Any) -> bool:
    assert now.attempt is not None
    return attempts.change(tx, now.guild.guild_id, now.programme.id, now.attempt, **values)


def _standing(tx: sa.Connection, guild_id: int, programme_id: str) -> Undoing:
    guild = guilds.fetch(tx, guild_id)
    programme = guild.programme(programme_id) if guild else None
    if guild is None or programme is None or not rules.stands(programme):
        raise PeerError("setup.undo.nothing")
    bindings = undoing.fetch_bindings(tx, guild_id)
    bound = rules.bounds(programme_id, bindings, guild.programmes)
    stays = rules.staying(programme_id, bindings, guild.programmes)
    all_panels = panels.fetch_all(tx, guild_id)
    mine = [panel for panel in all_panels if panel.programme_id == programme_id]
    heirs = [(panel, heir) for panel in mine if (heir := _heir(panel, all_panels, guild)) is not None]
    left = tuple(panel for panel in mine if panel not in [taken for taken, _ in heirs])
    return Undoing(guild, programme, bound, left, stays, tuple(heirs))


def _heir(panel: Panel, all_panels: list[Panel], guild: Guild) -> str | None:
    """Return which programme takes a panel over: one that has such a panel in this channel, and no message for it."""
    shown = {other.programme_id for other in all_panels if other.kind == panel.kind}
    for programme in sorted(guild.programmes, key=lambda p: p.state != "live"):
        preset = presets().get(programme.preset)
        if programme.id in shown or preset is None:
            continue
        for spec in preset.channels:
            if spec.panel == panel.kind and programme.channels.get(spec.purpose) == panel.channel_id:
                return programme.id
    return None
