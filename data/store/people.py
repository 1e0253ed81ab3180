"""People and their memberships: the only statements that touch Discord's user ids."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.quiet import Quiet
from data.schema import guilds, members, people, programmes
from data.store._prepared import Prepared, upsert


class Member(NamedTuple):
    """What a member's action needs to know of them."""

    ref: str
    person_id: str
    zone: str
    consent_version: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """A person's own settings, for all guilds."""

    id: str
    locale: str | None
    zone: str | None
    country: str | None
    consent_version: int | None
    refs: dict[int, str] = field(repr=False)
    quiet: Quiet | None = None
    paused_at: dt.datetime | None = None
    paused_until: dt.datetime | None = None


class Chosen(NamedTuple):
    """What a person chose that must be known without asking the database again."""

    user_id: int
    locale: str | None
    country: str | None

    def __repr__(self) -> str:
        """Name nobody: what is printed may end in a log."""
        return f"Chosen(locale={self.locale!r}, country={self.country!r})"


_fetch_member = Prepared(
    sa.select(
        members.c.ref, members.c.person_id, sa.func.coalesce(people.c.zone, guilds.c.zone), people.c.consent_version
    )
    .select_from(
        people.join(members, members.c.person_id == people.c.id).join(guilds, guilds.c.guild_id == members.c.guild_id)
    )
    .where(people.c.user_id == sa.bindparam("user_id"), members.c.guild_id == sa.bindparam("guild_id"))
)
_insert_person = upsert(people, key=["user_id"], update=[])
_insert_member = upsert(members, key=["guild_id", "person_id"], update=[])


def fetch_member(tx: sa.Connection, guild_id: int, user_id: int) -> Member | None:
    """Return the member, with the person's zone or else the guild's."""
    rows = _fetch_member(tx, {"user_id": user_id, "guild_id": guild_id})
    return Member(*rows[0]) if rows else None


def ensure_member(tx: sa.Connection, guild_id: int, user_id: int, *, new_person_id: str, new_ref: str) -> Member:
    """Return the member, made with the ids handed in where there was none."""
    member = fetch_member(tx, guild_id, user_id)
    if member is not None:
        return member
    _insert_person(tx, {"id": new_person_id, "user_id": user_id})
    person_id = tx.execute(sa.select(people.c.id).where(people.c.user_id == user_id)).scalar_one()
    _insert_member(tx, {"ref": new_ref, "guild_id": guild_id, "person_id": person_id})
    member = fetch_member(tx, guild_id, user_id)
    if member is None:
        raise LookupError("members: the row just written is not there; has the guild's row been removed?")
    return member


def record_consent(tx: sa.Connection, person_id: str, *, version: int, on: dt.date) -> None:
    """Write down that the person agreed, to which version and on which day."""
    tx.execute(sa.update(people).where(people.c.id == person_id).values(consent_version=version, consented_on=on))


def fetch_person(tx: sa.Connection, user_id: int) -> Person | None:
    """Return the person with their member refs by guild."""
    row = tx.execute(sa.select(people).where(people.c.user_id == user_id)).one_or_none()
    if row is None:
        return None
    refs = tx.execute(sa.select(members.c.guild_id, members.c.ref).where(members.c.person_id == row.id))
    return Person(
        id=row.id,
        locale=row.locale,
        zone=row.zone,
        country=row.country,
        consent_version=row.consent_version,
        refs={one.guild_id: one.ref for one in refs},
        quiet=None if row.quiet_from is None else Quiet(row.quiet_from, row.quiet_until),
        paused_at=row.paused_at,
        paused_until=row.paused_until,
    )


def update_person(tx: sa.Connection, person_id: str, **values: Any) -> None:
    """Set columns of a person's own settings."""
    tx.execute(sa.update(people).where(people.c.id == person_id).values(**values))


def fetch_chosen(tx: sa.Connection) -> list[Chosen]:
    """Return everybody who chose a language or a country."""
    chosen = sa.or_(people.c.locale.is_not(None), people.c.country.is_not(None))
    rows = tx.execute(sa.select(people.c.user_id, people.c.locale, people.c.country).where(chosen))
    return [Chosen(*row) for row in rows]


def fetch_user_ids(tx: sa.Connection, guild_id: int, refs: list[str]) -> dict[str, int]:
    """Return the Discord user ids of members of this guild who have not been erased, by ref."""
    rows = tx.execute(
        sa.select(members.c.ref, people.c.user_id)
        .join(people, people.c.id == members.c.person_id)
        .where(members.c.guild_id == guild_id, members.c.ref.in_(refs))
    )
    return {row.ref: row.user_id for row in rows}


def fetch_home(tx: sa.Connection, user_id: int, programme_id: str) -> int | None:
    """Return the guild of a programme in which the person is a member, None: there is none such, or the bot is not in it."""
    found: int | None = tx.execute(
        sa.select(guilds.c.guild_id)
        .join(programmes, programmes.c.guild_id == guilds.c.guild_id)
        .join(members, members.c.guild_id == guilds.c.guild_id)
        .join(people, people.c.id == members.c.person_id)
        .where(people.c.user_id == user_id, programmes.c.id == programme_id, guilds.c.removed_at.is_(None))
    ).scalar_one_or_none()
    return found


def fetch_guild_ids(tx: sa.Connection, user_id: int, limit: int) -> list[int]:
    """Return the guilds in which the person is a member and which the bot has not been taken out of."""
    rows = tx.execute(
        sa.select(guilds.c.guild_id)
        .join(members, members.c.guild_id == guilds.c.guild_id)
        .join(people, people.c.id == members.c.person_id)
        .where(people.c.user_id == user_id, guilds.c.removed_at.is_(None))
        .order_by(guilds.c.guild_id)
        .limit(limit)
    )
    return list(rows.scalars())
