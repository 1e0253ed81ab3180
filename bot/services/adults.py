"""The adult who is named to young people and visible in their private threads: named by themselves, and by nobody else."""

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.domain.ids import new_id
from bot.services.guilds import Guilds
from data.db import Database
from data.store import adults, people


async def name_me(db: Database, clock: Clock, known: Guilds, actor: Actor) -> None:
    """Name the person in their guild, in the place of whoever was named before."""
    assert actor.guild_id is not None
    guild_id, now, ids = actor.guild_id, clock.now(), [new_id() for _ in range(3)]

    def work(tx: sa.Connection) -> None:
        member = people.ensure_member(tx, guild_id, actor.user_id, new_person_id=ids[0], new_ref=ids[1])
        adults.name(tx, ids[2], guild_id, member.ref, now=now)

    await db.write(work)
    known.forget(guild_id)


async def name_me_no_more(db: Database, known: Guilds, actor: Actor) -> bool:
    """Take the person's name back and tell whether it was there; somebody else's stays."""
    assert actor.guild_id is not None
    guild_id = actor.guild_id

    def work(tx: sa.Connection) -> bool:
        member = people.fetch_member(tx, guild_id, actor.user_id)
        return member is not None and adults.remove(tx, guild_id, member.ref)

    removed = await db.write(work)
    known.forget(guild_id)
    return removed
