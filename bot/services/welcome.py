"""The first message in a guild, and taking everything of a guild away again. Discord itself is the cog's part."""

import datetime as dt
import os

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.guilds import Guild
from bot.errors import PeerError
from bot.services.guilds import Guilds
from data import life
from data.db import Database
from data.store import guilds


def is_due(guild: Guild | None, joined_at: dt.datetime | None) -> bool:
    """Tell whether the first message is still to be said, in this stay of the bot in the guild."""
    if guild is None or guild.welcomed_at is None:
        return True
    return joined_at is not None and joined_at > guild.welcomed_at


async def remember(
    db: Database,
    clock: Clock,
    known: Guilds,
    guild_id: int,
    *,
    joined_at: dt.datetime | None,
    locale: str,
    zone: str,
    countries: list[str],
) -> None:
    """Write down that the first message was said; makes the guild's row, with first guesses, where there is none."""
    salt, now = os.urandom(16), clock.now()
    # Discord's clock and ours may differ a little: what was said in this stay is never older than the stay.
    said_at = max(now, joined_at) if joined_at else now

    def work(tx: sa.Connection) -> None:
        guilds.ensure(tx, guild_id, key_salt=salt, locale=locale, zone=zone, countries=countries, now=now)
        guilds.update(tx, guild_id, welcomed_at=said_at)

    await db.write(work)
    known.forget(guild_id)


def stands(guild: Guild | None) -> bool:
    """Tell whether anything of a set-up stands in the guild that has to be undone before all is taken away."""
    return guild is not None and any(
        one.state != "draft" or one.on_trial or one.channels or one.roles or one.category_id for one in guild.programmes
    )


async def remove_everything(db: Database, known: Guilds, guild_id: int) -> bool:
    """Delete all that is kept of the guild, in steps; tell whether the log of writes could be cleared as well.

    People who are members of no other guild go with it. Refuses while anything of a set-up stands. May be repeated: a
    call that was broken off is taken up where it stopped.
    """

    def step(tx: sa.Connection) -> int:
        # Looked at in each step: another admin may begin a set-up meanwhile.
        if stands(guilds.fetch(tx, guild_id)):
            raise PeerError("welcome.remove.first")
        return life.remove_guild_step(tx, guild_id)

    await db.write_chunks(step)
    known.drop(guild_id)
    return await db.scrub()
