"""Whom a message is for, and how they want to be reached: asked by the postman, who knows members only by their ref.

Nothing here sends anything, and nothing is decided: the words of a person's settings are handed on as they are.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.domain.reaching import Reach, Sending
from data.db import Database
from data.store import people, reaching


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member who has not been erased."""

    user_id: int = field(repr=False)
    reach: Reach | None
    """None: they have not been asked yet."""
    sending: Sending = field(repr=False)


async def find(db: Database, guild_id: int, member_ref: str) -> Recipient | None:
    """Return the member with this ref; None: they were erased, or never were one of this guild."""

    def work(tx: sa.Connection) -> Recipient | None:
        user_id = people.fetch_user_ids(tx, guild_id, [member_ref]).get(member_ref)
        person = people.fetch_person(tx, user_id) if user_id is not None else None
        member = people.fetch_member(tx, guild_id, user_id) if user_id is not None else None
        if user_id is None or person is None or member is None:
            return None
        sending = Sending(member.zone, person.quiet, person.paused_at, person.paused_until)
        return Recipient(user_id, reaching.fetch(tx, guild_id, member_ref), sending)

    return await db.read(work)
