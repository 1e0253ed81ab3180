"""Export, erasure and the removal of a guild, derived from the schema and nothing else.

A feature adds columns with their meaning in `data.schema` and is covered here from that moment on. Nothing in this module
names a feature. Erasure goes in steps of at most `CHUNK` rows, so that nobody else waits behind it.
"""

import datetime as dt
import logging
from typing import Any

import sqlalchemy as sa

from data.schema import Life, guilds, members, metadata, people
from data.vault import CannotOpen, Place, Vault

log = logging.getLogger(__name__)

CHUNK = 200


def life(column: sa.Column[Any]) -> Life:
    """Return what erasing, exporting and keeping mean for a column."""
    found = column.info["life"]
    assert isinstance(found, Life)
    return found


def tables_of_members() -> list[sa.Table]:
    """Return the tables whose rows belong to a member, children before parents."""
    return [table for table in reversed(metadata.sorted_tables) if "member_ref" in table.c]


def refs_of_others(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns of a member's table that speak of a second member."""
    return [column for column in table.columns if column.name.endswith("_ref") and column.name != "member_ref"]


def export(tx: sa.Connection, user_id: int, *, vault: Vault) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is kept about a person and is theirs to take, by table; dates as ISO text.

    What a row of somebody else says of them stands under the table's name with their part in it: "greetings (greeter)".
    """
    person = tx.execute(sa.select(people).where(people.c.user_id == user_id)).one_or_none()
    if person is None:
        return {}
    refs = sa.select(members.c.ref).where(members.c.person_id == person.id)
    selections = {
        people: people.c.id == person.id,
        members: members.c.person_id == person.id,
        **{table: table.c.member_ref.in_(refs) for table in tables_of_members()},
    }
    salts = {row.guild_id: row.key_salt for row in tx.execute(sa.select(guilds.c.guild_id, guilds.c.key_salt))}
    out: dict[str, list[dict[str, Any]]] = {}
    for table, where in selections.items():
        rows = [_readable(table, dict(row._mapping), salts, vault) for row in tx.execute(sa.select(table).where(where))]
        if rows:
            out[table.name] = rows
    for table in tables_of_members():
        for ref in refs_of_others(table):
            shown = [column for column in table.columns if life(column).also == ref.name]
            found = [dict(row._mapping) for row in tx.execute(sa.select(*shown).where(ref.in_(refs)))]
            if found:
                rows = [{name: _plain(value) for name, value in row.items() if value is not None} for row in found]
                out[f"{table.name} ({ref.name.removesuffix('_ref')})"] = rows
    return out


def _readable(table: sa.Table, row: dict[str, Any], salts: dict[int, bytes], vault: Vault) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for column in table.columns:
        meaning, value = life(column), row[column.name]
        if not meaning.export or value is None:
            continue
        if meaning.sealed:
            place = Place(table.name, column.name, row["id"], row["guild_id"])
            try:
                value = vault.open(value, salt=salts[row["guild_id"]], place=place)
            except CannotOpen:
                log.error("%s: a sealed value cannot be opened; was the master key changed?", column)
                value, shown["unreadable"] = None, [*shown.get("unreadable", ()), column.name]
        shown[column.name] = _plain(value)
    return shown


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def erase_step(tx: sa.Connection, user_id: int, *, guild_id: int | None = None) -> int:
    """Erase up to `CHUNK` rows of a person (in one guild, or everywhere); return how many, 0 when nothing is left.

    The memberships and the person go last, so that an erasure broken off half-way is taken up again by the same call.
    """
    person_id = tx.execute(sa.select(people.c.id).where(people.c.user_id == user_id)).scalar_one_or_none()
    if person_id is None:
        return 0
    own = [members.c.person_id == person_id]
    if guild_id is not None:
        own.append(members.c.guild_id == guild_id)
    refs = sa.select(members.c.ref).where(*own)
    for table in tables_of_members():
        changed = _erase_rows(tx, table, table.c.member_ref.in_(refs))
        if changed:
            return changed
    changed = tx.execute(sa.update(members).where(*own).values(person_id=None)).rowcount
    others = tx.execute(sa.select(members.c.ref).where(members.c.person_id == person_id).limit(1)).first()
    if others is None:
        changed += tx.execute(sa.delete(people).where(people.c.id == person_id)).rowcount
    return changed


def let_go(tx: sa.Connection, member_ref: str) -> None:
    """Forget a member, and with the last membership the person, who agreed to nothing and of whom nothing else is kept."""
    found = sa.select(people.c.id, people.c.consent_version).join(members, members.c.person_id == people.c.id)
    person = tx.execute(found.where(members.c.ref == member_ref)).one_or_none()
    if person is None or person.consent_version is not None:
        return
    for table in tables_of_members():
        for ref in (table.c.member_ref, *refs_of_others(table)):
            if tx.execute(sa.select(table.c.id).where(ref == member_ref).limit(1)).first() is not None:
                return
    tx.execute(sa.delete(members).where(members.c.ref == member_ref))
    elsewhere = sa.exists().where(members.c.person_id == people.c.id)
    tx.execute(sa.delete(people).where(people.c.id == person.id, ~elsewhere))


def remove_guild_step(tx: sa.Connection, guild_id: int) -> int:
    """Delete up to `CHUNK` rows of a guild, children before parents; return how many, 0 when nothing is left.

    With their membership go people who are members nowhere else.
    """
    for table in reversed(metadata.sorted_tables):
        if "guild_id" not in table.c:
            continue
        (key,) = table.primary_key
        chosen = tx.execute(sa.select(key).where(table.c.guild_id == guild_id).limit(CHUNK)).scalars().all()
        if not chosen:
            continue
        of_rows = sa.and_(table.c.guild_id == guild_id, key.in_(chosen))
        gone = tx.execute(sa.select(members.c.person_id).where(of_rows)).scalars().all() if table is members else ()
        tx.execute(sa.delete(table).where(of_rows))
        if gone:
            elsewhere = sa.exists().where(members.c.person_id == people.c.id)
            tx.execute(sa.delete(people).where(people.c.id.in_(gone), ~elsewhere))
        return len(chosen)
    return 0


def _erase_rows(tx: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    """Delete rows, or blank them where the table says that its rows outlive the person."""
    blanks = [c for c in table.columns if life(c).erase == "blank"]
    if any(life(c).erase == "row" for c in table.columns):
        chosen = sa.select(table.c.id).where(where).limit(CHUNK).scalar_subquery()
        return tx.execute(sa.delete(table).where(table.c.id.in_(chosen))).rowcount
    if not blanks:
        return 0
    todo = sa.or_(*(c.is_not(None) for c in blanks))
    chosen = sa.select(table.c.id).where(where, todo).limit(CHUNK).scalar_subquery()
    return tx.execute(sa.update(table).where(table.c.id.in_(chosen)).values(dict.fromkeys(blanks, sa.null()))).rowcount
