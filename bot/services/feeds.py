"""Links to meetings: a person's own for their calendar program, and a programme's for directories.

What stands in a link is reckoned from its row's random id under a key of its own, so that it can be shown again and only its
hash is kept. Whoever has a link needs no other right; it leads to nothing as soon as it was taken back, its person was erased
or left, or its programme or guild is gone. Nothing here makes a file or knows an address.
"""

import base64
import datetime as dt
import functools
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.clock import Clock
from bot.domain import feeds as domain
from bot.domain.actor import Actor
from bot.domain.feeds import RECOVERY, Calendar, Timetable
from bot.domain.guilds import Programme
from bot.domain.ids import new_id
from bot.domain.series import Series
from bot.errors import PeerError
from bot.steps.members import known_member, new_ids
from data.db import Database
from data.store import feeds, meetings, people
from data.vault import Vault

TOKEN_BYTES = 24
LOOKED_FOR = dt.timedelta(days=1)
"""How often it is looked whether the person of a link is still in the guild."""
AT_ONCE = 100
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class Link:
    """A person's calendar link."""

    token: str = field(repr=False)
    titled: bool
    """Whether it shows what the meetings are called."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What a directory of a programme lists, and its link."""

    token: str | None = field(repr=False)
    """None: there is no link."""
    listed: tuple[Series, ...]
    possible: tuple[Series, ...]
    """All series that could be listed: those that meet every week."""


# -- a person's calendar ----------------------------------------------------------------------------------------------------


async def look(db: Database, vault: Vault, actor: Actor, programme: Programme) -> Link | None:
    """Return the person's link, None: they have none."""

    def work(tx: sa.Connection) -> Link | None:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        row = feeds.fetch(tx, programme.guild_id, programme.id, member.ref) if member is not None else None
        return _link(vault, row) if row is not None else None

    return await db.read(work)


async def make(
    db: Database, clock: Clock, vault: Vault, actor: Actor, programme: Programme, *, agreed: bool = False
) -> Link:
    """Return the person's link, made where there was none; raises `NeedsConsent` before the first yes."""
    now, ids = clock.now(), new_ids()
    token_hash = hash_of(_token(vault, ids.row))

    def work(tx: sa.Connection) -> Link:
        member = known_member(tx, programme.guild_id, actor.user_id, agreed=agreed, now=now, ids=ids)
        place = (programme.guild_id, programme.id, member.ref)
        feeds.ensure(tx, ids.row, *place, token_hash=token_hash, titled=False, now=now)
        return _link(vault, _must(feeds.fetch(tx, *place)))

    return await db.write(work)


async def renew(db: Database, clock: Clock, vault: Vault, actor: Actor, programme: Programme) -> Link:
    """Return a new link and take the old one back; raises PeerError where there is none."""
    now, row_id = clock.now(), new_id()
    token_hash = hash_of(_token(vault, row_id))

    def work(tx: sa.Connection) -> Link:
        place, old = _own(tx, actor, programme)
        feeds.remove(tx, *place)
        feeds.ensure(tx, row_id, *place, token_hash=token_hash, titled=old.titled, now=now)
        return _link(vault, _must(feeds.fetch(tx, *place)))

    return await db.write(work)


async def set_titled(db: Database, vault: Vault, actor: Actor, programme: Programme, titled: bool) -> Link:
    """Show what the meetings are called, or only that there are some; raises PeerError where there is no link."""

    def work(tx: sa.Connection) -> Link:
        _, row = _own(tx, actor, programme)
        feeds.update(tx, programme.guild_id, row.id, titled=titled)
        return _link(vault, row._replace(titled=titled))

    return await db.write(work)


async def remove(db: Database, actor: Actor, programme: Programme) -> None:
    """Take the person's link back; where there is none there is nothing to do."""

    def work(tx: sa.Connection) -> None:
        member = people.fetch_member(tx, programme.guild_id, actor.user_id)
        if member is not None:
            feeds.remove(tx, programme.guild_id, programme.id, member.ref)

    await db.write(work)


async def unseen(db: Database, clock: Clock) -> list[feeds.Unseen]:
    """Return some links of whose person it was not looked for a day whether they are still there."""
    return await db.read(functools.partial(feeds.fetch_unseen, before=clock.now() - LOOKED_FOR, limit=AT_ONCE))


async def seen(db: Database, clock: Clock, guild_id: int, feed_id: str, *, is_there: bool) -> None:
    """Write down that a link's person was looked for, and take the link back where they are not in the guild any more."""
    now = clock.now()

    def work(tx: sa.Connection) -> None:
        if is_there:
            feeds.update(tx, guild_id, feed_id, seen_at=now)
        else:
            feeds.remove_one(tx, guild_id, feed_id)

    await db.write(work)


# -- a programme's directory ------------------------------------------------------------------------------------------------


async def look_up(db: Database, vault: Vault, programme: Programme) -> Directory:
    """Return what a directory lists; raises PeerError for a programme that has none."""
    _must_be_listable(programme)
    return await db.read(functools.partial(_directory, vault=vault, programme=programme))


async def open_directory(db: Database, clock: Clock, vault: Vault, programme: Programme, *, anew: bool) -> Directory:
    """Return the directory with a link, made where there was none; `anew`: the old one is taken back."""
    _must_be_listable(programme)
    now, row_id = clock.now(), new_id()
    token_hash = hash_of(_token(vault, row_id))

    def work(tx: sa.Connection) -> Directory:
        if anew:
            feeds.remove_directory(tx, programme.guild_id, programme.id)
        feeds.ensure_directory(tx, row_id, programme.guild_id, programme.id, token_hash=token_hash, now=now)
        return _directory(tx, vault, programme)

    return await db.write(work)


async def close_directory(db: Database, vault: Vault, programme: Programme) -> Directory:
    """Take the directory's link back; which series it lists stays as it is."""

    def work(tx: sa.Connection) -> Directory:
        feeds.remove_directory(tx, programme.guild_id, programme.id)
        return _directory(tx, vault, programme)

    return await db.write(work)


async def list_only(
    db: Database, vault: Vault, programme: Programme, series_ids: Sequence[str], *, among: Sequence[str]
) -> Directory:
    """Let the directory list just these of the series that were shown; raises PeerError for others than those."""
    _must_be_listable(programme)
    if not set(series_ids) <= set(among):
        raise PeerError("error.button_gone")

    def work(tx: sa.Connection) -> Directory:
        known = {one.id for one in _directory(tx, vault, programme).possible}
        if not set(series_ids) <= known:
            raise PeerError("error.button_gone")
        shown = [one for one in among if one in known]
        feeds.list_series(tx, programme.guild_id, programme.id, list(series_ids), among=shown)
        return _directory(tx, vault, programme)

    return await db.write(work)


# -- what a link leads to ---------------------------------------------------------------------------------------------------


def is_token(text: str) -> bool:
    """Tell whether a text has the form of what stands in a link."""
    return _TOKEN.fullmatch(text) is not None


def hash_of(token: str) -> str:
    """Return what is kept of a link. It is looked up by this, so that no comparison tells how near a guess was."""
    return hashlib.sha256(token.encode()).hexdigest()


async def calendar(db: Database, clock: Clock, token_hash: str) -> Calendar | None:
    """Return what a calendar link leads to, None: nothing."""
    since = domain.window(clock.now()).first

    def work(tx: sa.Connection) -> Calendar | None:
        found = feeds.find(tx, token_hash)
        if found is None:
            return None
        place = (found.guild_id, found.programme_id)
        rows = feeds.fetch_meetings(tx, *place, since=since)
        timetables = tuple(
            Timetable(one, tuple(row for row in rows if row.series_id == one.id))
            for one in meetings.fetch_all_series(tx, *place, also_ended=True)
        )
        return Calendar(found.locale, found.preset, found.titled, timetables)

    return await db.read(work)


async def directory(db: Database, clock: Clock, token_hash: str) -> tuple[Series, ...] | None:
    """Return what a directory link lists, None: it leads to nothing."""

    def work(tx: sa.Connection) -> tuple[Series, ...] | None:
        found = feeds.find_directory(tx, token_hash)
        if found is None or found[2] != RECOVERY:
            return None
        return tuple(one for one in meetings.fetch_all_series(tx, *found[:2]) if domain.is_listed(one))

    return await db.read(work)


# -- parts ------------------------------------------------------------------------------------------------------------------


def _token(vault: Vault, row_id: str) -> str:
    digest = hmac.digest(vault.key_for("feeds"), row_id.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()


def _link(vault: Vault, row: feeds.Row) -> Link:
    return Link(_token(vault, row.id), row.titled)


def _own(tx: sa.Connection, actor: Actor, programme: Programme) -> tuple[tuple[int, str, str], feeds.Row]:
    member = people.fetch_member(tx, programme.guild_id, actor.user_id)
    place = (programme.guild_id, programme.id, member.ref) if member is not None else None
    row = feeds.fetch(tx, *place) if place is not None else None
    if place is None or row is None:
        raise PeerError("feeds.none")
    return place, row


def _must(row: feeds.Row | None) -> feeds.Row:
    if row is None:
        raise LookupError("feeds: the row just written is not there")
    return row


def _must_be_listable(programme: Programme) -> None:
    if programme.preset != RECOVERY:
        raise PeerError("feeds.directory.not_here")


def _directory(tx: sa.Connection, vault: Vault, programme: Programme) -> Directory:
    row_id = feeds.fetch_directory(tx, programme.guild_id, programme.id)
    weekly = [one for one in meetings.fetch_all_series(tx, programme.guild_id, programme.id) if domain.is_weekly(one)]
    listed = tuple(one for one in weekly if one.listed)
    return Directory(_token(vault, row_id) if row_id is not None else None, listed, tuple(weekly))
