"""How people are reached: which way they chose in a guild, and what became of it.

Nothing here sends or opens anything; `bot.kit.reach` does, and says here what came of it. The same person has a way of
their own in each guild.
"""

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.reaching import Reach, Sending, Way
from bot.steps.members import has_agreed, known_member, new_ids
from data.db import Database
from data.store import people, reaching


@dataclass(frozen=True, slots=True)
class Standing:
    """All that has to be known before something is sent to a person in a guild."""

    agreed: bool
    """Whether they said yes to being remembered."""
    reach: Reach | None = None
    sending: Sending | None = field(default=None, repr=False)


async def way_of(db: Database, guild_id: int, user_id: int) -> Reach | None:
    """Return how the person wants to be reached in the guild, None: they never chose."""
    return (await standing(db, guild_id, user_id)).reach


async def standing(db: Database, guild_id: int, user_id: int) -> Standing:
    """Return how the person is to be reached in the guild and what their settings say about it."""

    def work(tx: sa.Connection) -> Standing:
        person = people.fetch_person(tx, user_id)
        if person is None:
            return Standing(agreed=False)
        member = people.fetch_member(tx, guild_id, user_id)
        if member is None:
            return Standing(has_agreed(person))
        sending = Sending(member.zone, person.quiet, person.paused_at, person.paused_until)
        return Standing(has_agreed(person), reaching.fetch(tx, guild_id, member.ref), sending)

    return await db.read(work)


async def choose(
    db: Database,
    clock: Clock,
    guild_id: int,
    user_id: int,
    way: Way,
    *,
    channel_id: int | None = None,
    agreed: bool = False,
) -> None:
    """Write down the way a person chose in a guild, and the thread or direct message opened for it.

    Raises `NeedsConsent` before the first yes.
    """
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> None:
        member = known_member(tx, guild_id, user_id, agreed=agreed, now=now, ids=ids)
        reaching.put(tx, ids.row, guild_id, member.ref, way=way, channel_id=channel_id)

    await db.write(work)


async def home_of(db: Database, user_id: int, programme_id: str) -> int | None:
    """Return the guild of a programme in which the person has used peerled, None: there is none such."""
    return await db.read(lambda tx: people.fetch_home(tx, user_id, programme_id))


async def moved(db: Database, guild_id: int, user_id: int, *, was: Reach, now: Reach) -> bool:
    """Write down that the way `was` is `now` another; False where the person chose anew or was erased meanwhile."""

    def work(tx: sa.Connection) -> bool:
        member = people.fetch_member(tx, guild_id, user_id)
        return member is not None and reaching.replace(tx, guild_id, member.ref, was=was, now=now)

    return await db.write(work)


async def put_back(db: Database, guild_id: int, user_id: int, *, was: Reach, now: Reach | None) -> None:
    """Write down that the way `was`, which could not be opened, is the earlier one again (None: none was chosen)."""

    def work(tx: sa.Connection) -> None:
        member = people.fetch_member(tx, guild_id, user_id)
        if member is not None:
            reaching.replace(tx, guild_id, member.ref, was=was, now=now)

    await db.write(work)


async def told_of_closing(db: Database, guild_id: int, user_id: int) -> dt.datetime | None:
    """Return since when the person's way was closed, if they were not told yet; from now on they count as told.

    Direct messages that were closed stay so until they are chosen anew or one gets through: nothing else proves that they
    are open.
    """

    def work(tx: sa.Connection) -> dt.datetime | None:
        member = people.fetch_member(tx, guild_id, user_id)
        reach = reaching.fetch(tx, guild_id, member.ref) if member else None
        if member is None or reach is None or reach.closed_at is None:
            return None
        if reach.way != "dm":
            reaching.open_again(tx, guild_id, member.ref)
        return reach.closed_at

    return await db.write(work)
