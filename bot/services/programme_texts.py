"""A programme's texts in its leaders' own words: change one, or go back to the words that come with it.

Who may is decided by the guard; what is said where nobody wrote anything is not known here.
"""

import functools

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import programme_texts as rules
from bot.domain.guilds import Programme
from bot.domain.ids import new_id
from bot.errors import PeerError
from bot.services.guilds import Guilds
from data.db import Database
from data.store import programme_texts


class Changed(PeerError):
    """Somebody else changed the text since the form was opened; nothing was stored. `now`: their words, None: ours."""

    def __init__(self, now: str | None) -> None:
        super().__init__("leaders.texts.changed")
        self.now = now


async def said(db: Database, programme: Programme, name: str) -> str | None:
    """Return a text in the leaders' own words as it stands this moment; None: the words that come with the programme."""
    return await db.read(
        functools.partial(programme_texts.fetch, guild_id=programme.guild_id, programme_id=programme.id, name=name)
    )


async def change(
    db: Database,
    clock: Clock,
    guilds_: Guilds,
    programme: Programme,
    name: str,
    written: str,
    *,
    was: str,
    comes_with: str = "",
) -> str | None:
    """Keep a text; return what is kept, None where the words that come with the programme (`comes_with`) hold again.

    `was`: the revision of what the form showed. Raises `Changed`, or PeerError for what a text may not be.
    """
    # What was sent back as it came needs no words of their own, and goes on being said in every language.
    body = "" if comes_with and written.split() == comes_with.split() else rules.settle(name, written)
    now, row_id = clock.now(), new_id()

    def work(tx: sa.Connection) -> None:
        stands = programme_texts.fetch(tx, programme.guild_id, programme.id, name)
        if (stands or "") == body:
            return
        if rules.revision(stands) != was:
            raise Changed(stands)
        if body:
            programme_texts.put(tx, row_id, programme.guild_id, programme.id, name, body=body, now=now)
        else:
            programme_texts.delete(tx, programme.guild_id, programme.id, name)

    await db.write(work)
    guilds_.forget(programme.guild_id)
    return body or None
