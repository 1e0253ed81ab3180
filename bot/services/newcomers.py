"""Newcomers: agreeing, asking for somebody to say hello, taking that on, and taking it back.

One function per intention; each opens its own transaction. Sends nothing: what leaders and newcomers read is the cog's part.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.errors import PeerError
from bot.steps.members import has_agreed, known_member, new_ids
from data import life
from data.db import Database
from data.store import greetings, people
from data.store.greetings import Greeting


@dataclass(frozen=True, slots=True)
class Wish:
    """A newcomer's wish to be greeted, as it stands."""

    id: str
    newcomer_id: int = field(repr=False)
    greeter_id: int | None = field(repr=False)
    """Who took it on; None while nobody has, or once that person is erased."""
    channel_id: int | None
    message_id: int | None
    is_orphan: bool = False
    """Whether whoever took it on has been erased since."""

    @property
    def is_posted(self) -> bool:
        """Whether leaders were told of it."""
        return self.message_id is not None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of somebody who says that they are new."""

    agreed: bool
    wish: Wish | None


async def arrive(db: Database, actor: Actor, programme: Programme) -> Arrival:
    """Return whether the person has agreed before, and whether they asked for a hello.

    One whose greeter has been erased since is as good as none: nobody will come.
    """

    def work(tx: sa.Connection) -> Arrival:
        wish = _own(tx, actor, programme)
        return Arrival(has_agreed(people.fetch_person(tx, actor.user_id)), None if wish and wish.is_orphan else wish)

    return await db.read(work)


async def agree(db: Database, clock: Clock, actor: Actor, programme: Programme) -> None:
    """Take the person's one yes for the whole bot; a second one changes nothing."""
    now, ids = clock.now(), new_ids()

    def work(tx: sa.Connection) -> None:
        known_member(tx, programme.guild_id, actor.user_id, agreed=True, now=now, ids=ids)

    await db.write(work)


async def ask(db: Database, clock: Clock, actor: Actor, programme: Programme) -> Wish:
    """Store the wish for a hello and return it; asked twice it is one. Raises PeerError before the person has agreed.

    One whose greeter has been erased since is asked anew, under another id: what was posted for it was answered.
    """
    now, ids = clock.now(), new_ids()
    guild_id = programme.guild_id

    def work(tx: sa.Connection) -> Wish:
        if not has_agreed(people.fetch_person(tx, actor.user_id)):
            raise PeerError("newcomers.not_agreed")
        member = known_member(tx, guild_id, actor.user_id, agreed=False, now=now, ids=ids)
        row = greetings.ensure(tx, ids.row, guild_id, programme.id, member.ref, now=now)
        wish = _wish(tx, guild_id, row)
        assert wish is not None
        if not wish.is_orphan:
            return wish
        greetings.delete(tx, guild_id, programme.id, row.id)
        greetings.ensure(tx, ids.row, guild_id, programme.id, member.ref, now=now)
        return Wish(ids.row, wish.newcomer_id, None, None, None)

    return await db.write(work)


async def remember_told(db: Database, programme: Programme, wish: Wish, *, channel_id: int, message_id: int) -> bool:
    """Write down where leaders were told; False: the wish was taken back or erased meanwhile."""
    guild_id = programme.guild_id

    def work(tx: sa.Connection) -> bool:
        where = {"channel_id": channel_id, "message_id": message_id}
        return greetings.update(tx, guild_id, programme.id, wish.id, **where)

    return await db.write(work)


async def take(db: Database, clock: Clock, actor: Actor, programme: Programme, greeting_id: str) -> tuple[Wish, bool]:
    """Take the greeting on and return how it stands, and whether it was just taken; of two at once one gets it.

    Raises PeerError where it was taken back or the newcomer is erased. Whether the person may is the caller's to check.
    """
    now, ids = clock.now(), new_ids()
    guild_id = programme.guild_id

    def work(tx: sa.Connection) -> tuple[Wish, bool]:
        row = greetings.fetch(tx, guild_id, programme.id, greeting_id)
        wish = _wish(tx, guild_id, row) if row else None
        if row is None or wish is None:
            raise PeerError("newcomers.taken_back")
        if wish.newcomer_id == actor.user_id:
            raise PeerError("newcomers.yourself")
        if wish.greeter_id is not None:
            return wish, False
        # A leader is not asked for a yes to this: all that is kept is that they said they would.
        greeter = people.ensure_member(tx, guild_id, actor.user_id, new_person_id=ids.person, new_ref=ids.member)
        greetings.update(tx, guild_id, programme.id, row.id, greeter_ref=greeter.ref, greeted_at=now)
        return Wish(wish.id, wish.newcomer_id, actor.user_id, wish.channel_id, wish.message_id), True

    return await db.write(work)


async def take_back(db: Database, actor: Actor, programme: Programme) -> Wish | None:
    """Delete the person's wish and return what it was; None where there was none."""

    def work(tx: sa.Connection) -> Wish | None:
        wish = _own(tx, actor, programme)
        if wish is not None:
            row = greetings.fetch(tx, programme.guild_id, programme.id, wish.id)
            greetings.delete(tx, programme.guild_id, programme.id, wish.id)
            if row is not None and row.greeter_ref is not None:
                life.let_go(tx, row.greeter_ref)
        return wish

    return await db.write(work)


def _own(tx: sa.Connection, actor: Actor, programme: Programme) -> Wish | None:
    member = people.fetch_member(tx, programme.guild_id, actor.user_id)
    row = greetings.fetch_of(tx, programme.guild_id, programme.id, member.ref) if member else None
    return _wish(tx, programme.guild_id, row) if row else None


def _wish(tx: sa.Connection, guild_id: int, row: Greeting) -> Wish | None:
    """Return the wish with whom it concerns; None where the newcomer is nobody any more."""
    refs = [row.member_ref, *([row.greeter_ref] if row.greeter_ref else [])]
    ids = people.fetch_user_ids(tx, guild_id, refs)
    if row.member_ref not in ids:
        return None
    greeter_id = ids.get(row.greeter_ref) if row.greeter_ref else None
    orphan = row.greeter_ref is not None and greeter_id is None
    return Wish(row.id, ids[row.member_ref], greeter_id, row.channel_id, row.message_id, orphan)
