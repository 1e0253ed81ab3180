"""Two guilds with a programme each, for tests of what stands on them; and strings that break careless programs."""

import datetime as dt
import sqlite3

import sqlalchemy as sa

from data.schema import metadata
from data.store import guilds, people

HERE, THERE = 1_111_222_233_334_444_555, 1_111_222_233_334_444_777
OURS, THEIRS = "a" * 32, "b" * 32
ANNA, BEN = 1_234_567_890_123_456_789, 987_654_321_098_765_431
# What a database says to a value that its rules forbid; the busiest statements go to SQLite's driver directly.
REFUSED = (sa.exc.IntegrityError, sqlite3.IntegrityError)
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def put_guild(tx: sa.Connection, guild_id: int, programme_id: str, *, zone: str = "Europe/Berlin") -> None:
    """Store a guild with one live programme."""
    salt = guild_id.to_bytes(16, "big")
    guilds.ensure(tx, guild_id, key_salt=salt, locale="en", zone=zone, countries=["DE"], now=NOON)
    guilds.insert_programme(tx, programme_id, guild_id, preset="recovery", draft={"ages": "adults"}, now=NOON)
    guilds.update_programme(tx, guild_id, programme_id, state="live")


def put_two_guilds(tx: sa.Connection) -> None:
    """Store two guilds that have nothing to do with each other."""
    put_guild(tx, HERE, OURS)
    put_guild(tx, THERE, THEIRS)


def put_member(tx: sa.Connection, guild_id: int, user_id: int) -> people.Member:
    """Store a member under ids that can be told by looking."""
    return people.ensure_member(
        tx, guild_id, user_id, new_person_id=f"{user_id:032x}", new_ref=f"{guild_id ^ user_id:032x}"
    )


def everything(tx: sa.Connection) -> dict[str, list[dict]]:
    """Return every row of every table."""
    return {
        table.name: sorted((dict(row._mapping) for row in tx.execute(sa.select(table))), key=repr)
        for table in metadata.sorted_tables
    }


HOSTILE = [
    "'",
    '"',
    "''",
    "'; DROP TABLE people; --",
    '"; DELETE FROM checkins; --',
    "') OR 1=1 --",
    "\\",
    "\\'",
    "\\x41\\u0041",
    "%s %d %(name)s %%",
    "{} {0} {name} {{}}",
    ":name :1 ?1 $1 @p",
    "?",
    "--",
    "/* */",
    "`id`",
    "$(id) ${HOME}",
    "null",
    "NULL",
    "None",
    "true",
    "0",
    "-1",
    "1e309",
    "NaN",
    "[]",
    "{}",
    '{"$ne": null}',
    "<script>alert(1)</script>",
    "&lt;&amp;",
    "@everyone @here",
    "<@1234567890123456789> <#1> <@&1>",
    "||spoiler|| **bold** ~~no~~ ```code```",
    "[text](https://example.org)",
    "line\nline\n\nline",
    "tab\there",
    "a" * 2000,
    "é",
    "e\u0301",
    "ß ẞ ſ",
    "İstanbul ı",
    "Ω Ω",
    "🙂",
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "مرحبا بالعالم",
    "שלום",
    "日本語テキスト",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "\U0010fffd \ufffe \ufffd",
    "a\u200bb\ufeffc",
    "key=value; other",
    "../../etc/passwd",
]
