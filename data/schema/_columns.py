"""How a column says what erasing, exporting and keeping mean for it. Knows no table."""

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)


@dataclass(frozen=True, slots=True)
class Life:
    """What happens to a column's value in a person's name.

    `erase`: "row" (the row is deleted), "blank" (set to NULL), "stays" (says nothing about anybody once the rest is gone).
    `export`: whether the person's copy shows it. `keep`: how long, in words for the privacy page.
    `sealed`: the bytes are opened with the vault for the export. `also`: the column beside it that holds the ref of a second
    member whom the value speaks of as well, and whose copy shows it too.
    """

    about: Literal["person", "nobody"]
    erase: Literal["row", "blank", "stays"]
    export: bool
    keep: str
    sealed: bool = False
    also: str | None = None


NOBODY = Life(about="nobody", erase="stays", export=False, keep="while the guild uses peerled")


def about(
    keep: str,
    *,
    erase: Literal["row", "blank", "stays"] = "row",
    export: bool = True,
    sealed: bool = False,
    also: str | None = None,
) -> Life:
    """Describe a column about a person."""
    return Life(about="person", erase=erase, export=export, keep=keep, sealed=sealed, also=also)


def column(name: str, kind: Any, *args: Any, life: Life = NOBODY, **options: Any) -> sa.Column[Any]:
    """Make a column that says what erasing, exporting and keeping mean for it."""
    return sa.Column(name, kind, *args, info={"life": life}, **options)


Id = sa.String(32)
Snowflake = sa.BigInteger

UNTIL_ERASED = "until erased"
ROW_OF_PERSON = about(UNTIL_ERASED, export=False)


def of_programme() -> sa.ForeignKeyConstraint:
    """Tie a row to a programme of its own guild, and never to another's."""
    return sa.ForeignKeyConstraint(["guild_id", "programme_id"], ["programmes.guild_id", "programmes.id"])


def of_member() -> sa.ForeignKeyConstraint:
    """Tie a row to a member of its own guild, and never to another's."""
    return sa.ForeignKeyConstraint(["guild_id", "member_ref"], ["members.guild_id", "members.ref"])
