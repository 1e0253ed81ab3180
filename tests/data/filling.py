"""Fills every table of the schema for several people in several guilds, from the schema alone.

A table that is added tomorrow is filled without a change here: values follow the column's type, its CHECK, what it
refers to, and whether it is sealed. Each value about a person is one that nobody else has where its type has the room.
"""

import datetime as dt
import hashlib
import itertools
import re
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from data.life import life
from data.schema import metadata
from data.types import UtcDateTime
from data.vault import Place, Vault

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PRESETS_PER_GUILD = 2


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose row it is: of a person, a guild, one of its programmes; None where the table has no such column."""

    user_id: int | None = None
    guild_id: int | None = None
    programme: int | None = None


@dataclass(slots=True)
class Filled:
    """What was put in, by table and scope, and the plaintext of what was sealed."""

    rows: dict[str, dict[Scope, dict[str, Any]]] = field(default_factory=dict)
    opened: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def of(self, table: str, user_id: int) -> list[dict[str, Any]]:
        """Return the person's rows of a table."""
        return [row for scope, row in self.rows[table].items() if scope.user_id == user_id]


def fill(tx: sa.Connection, vault: Vault, *, user_ids: list[int], guild_ids: list[int]) -> Filled:
    """Put a row into every table for each person, guild and programme that it is about."""
    filled = Filled()
    counter = itertools.count(1)
    for table in metadata.sorted_tables:
        rows = filled.rows[table.name] = {}
        for scope in _scopes(table, user_ids, guild_ids):
            row = rows[scope] = _row(table, scope, filled, counter)
            _seal(table, row, filled, vault)
            tx.execute(table.insert(), row)
    return filled


def _scopes(table: sa.Table, user_ids: list[int], guild_ids: list[int]) -> list[Scope]:
    of_person = table.name in ("people", "members") or "member_ref" in table.c
    of_programme = table.name == "programmes" or "programme_id" in table.c
    one_a_guild = "guild_id" in table.c and table.c.guild_id.unique
    # Where a guild has room for one person only, the first of them has it.
    people: list[int | None] = [*user_ids[: 1 if one_a_guild else None]] if of_person else [None]
    guilds: list[int | None] = [*guild_ids] if "guild_id" in table.c else [None]
    numbers: list[int | None] = [*range(PRESETS_PER_GUILD)] if of_programme else [None]
    return [Scope(*parts) for parts in itertools.product(people, guilds, numbers)]


def _row(table: sa.Table, scope: Scope, filled: Filled, counter: "itertools.count[int]") -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        number = next(counter)
        if column.name == "user_id":
            row[column.name] = scope.user_id
        elif column.name == "guild_id":
            row[column.name] = scope.guild_id
        elif column.foreign_keys:
            row[column.name] = _referred(next(iter(column.foreign_keys)).column, scope, filled)
        else:
            row[column.name] = _allowed(table, column) or _value(column, number)
    return row


def _referred(target: sa.Column[Any], scope: Scope, filled: Filled) -> Any:
    """Return the value in the row of the same person, guild and programme, as far as the other table knows them."""
    for other, row in filled.rows[target.table.name].items():
        pairs = zip(
            (other.user_id, other.guild_id, other.programme),
            (scope.user_id, scope.guild_id, scope.programme),
            strict=True,
        )
        if all(theirs is None or theirs == ours for theirs, ours in pairs):
            return row[target.name]
    raise LookupError(f"no row of {target.table.name} for {scope}")


def _allowed(table: sa.Table, column: sa.Column[Any]) -> Any:
    """Return the first value that a CHECK allows, None where it leaves the choice."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.CheckConstraint):
            text = str(constraint.sqltext)
            if found := re.match(rf"{column.name} IN \('([^']*)'", text):
                return found[1]
            if found := re.match(rf"{column.name} BETWEEN (\d+)", text):
                return int(found[1])
    return None


def _value(column: sa.Column[Any], number: int) -> Any:
    kind = column.type
    digest = hashlib.sha256(f"{column} {number}".encode()).digest()
    if isinstance(kind, sa.String):
        return digest.hex()[: kind.length or 64]
    if isinstance(kind, sa.LargeBinary):
        return digest[: kind.length or 32]
    if isinstance(kind, UtcDateTime):
        return START + dt.timedelta(minutes=number)
    if isinstance(kind, sa.Date):
        return START.date() + dt.timedelta(days=number)
    if isinstance(kind, sa.JSON):
        return {"number": number}
    if isinstance(kind, sa.BigInteger):
        return 1_500_000_000_000_000_000 + number * 1_000_003
    return {sa.Boolean: True, sa.Float: float(number)}.get(type(kind), number)


def _seal(table: sa.Table, row: dict[str, Any], filled: Filled, vault: Vault) -> None:
    for column in table.columns:
        if life(column).sealed:
            text = f"words of {row['member_ref']} in {column} no {row['id']}"
            salt = next(g["key_salt"] for g in filled.rows["guilds"].values() if g["guild_id"] == row["guild_id"])
            place = Place(table.name, column.name, row["id"], row["guild_id"])
            row[column.name] = vault.seal(text, salt=salt, place=place)
            filled.opened[table.name, column.name, row["id"]] = text


def snapshot(tx: sa.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in an order of their own."""
    return {
        table.name: sorted((tuple(row) for row in tx.execute(sa.select(table))), key=repr)
        for table in metadata.sorted_tables
    }
