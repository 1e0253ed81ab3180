"""A person's own data: see it, take it along, erase it. What that covers is derived from the schema (`data.life`)."""

import functools
from typing import Any

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.steps import leaving
from bot.steps.leaving import Left
from data import life
from data.db import Database
from data.store import people
from data.vault import Vault


async def export(db: Database, actor: Actor, vault: Vault) -> dict[str, list[dict[str, Any]]]:
    """Return everything kept about the person that is theirs to take, by table."""
    return await db.read(functools.partial(life.export, user_id=actor.user_id, vault=vault))


async def guilds_of(db: Database, actor: Actor) -> list[int]:
    """Return the guilds in which something is kept about the person."""
    person = await db.read(functools.partial(people.fetch_person, user_id=actor.user_id))
    return sorted(person.refs) if person else []


async def left_by(db: Database, clock: Clock, actor: Actor) -> Left:
    """Return what others wait for that the person would leave behind: asked before they are erased, for `hand_on`."""
    now = clock.now()
    return await db.read(lambda tx: leaving.read(tx, actor.user_id, now=now))


async def hand_on(db: Database, clock: Clock, left: Left) -> None:
    """Hand on what an erased person left behind; afterwards the caller wakes the postman."""
    now = clock.now()
    await db.write(lambda tx: leaving.hand_on(tx, left, now=now))


async def erase(db: Database, actor: Actor) -> bool:
    """Erase every trace of the person, in all guilds; tell whether the log of writes could be cleared as well.

    Goes in steps and may be repeated: a call that was broken off is taken up where it stopped.
    """

    def step(tx: sa.Connection) -> int:
        return life.erase_step(tx, actor.user_id)

    await db.write_chunks(step)
    return await db.scrub()
