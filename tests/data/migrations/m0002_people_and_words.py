"""The second version: what was there stays and says nothing new of anybody; what is new takes rows and gives them back."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from tests.data.migrations.m0001_first_tables import GUILD, MEMBER, NOON, OF_PROGRAMME, PERSON
from tests.data.migrations.m0001_first_tables import ROWS as FIRST_ROWS

OTHER_GUILD, OTHER_USER = GUILD + 22, 987_654_321_098_765_431
OTHER_PERSON, OTHER_MEMBER = "2" * 32, "3" * 32
# As they could be before: a guild that has not said who its members are, a person with settings of their own.
BEFORE: dict[str, dict[str, Any]] = {
    "guilds": {
        "guild_id": OTHER_GUILD,
        "key_salt": bytes(range(16, 32)),
        "locale": "pt-BR",
        "zone": "America/Sao_Paulo",
        "countries": ["BR"],
        "ages": None,
        "command_ids": {},
        "added_at": NOON,
        "removed_at": NOON + dt.timedelta(days=1),
    },
    "people": {"id": OTHER_PERSON, "user_id": OTHER_USER, "locale": "pt-BR", "zone": "Asia/Tokyo", "country": "JP"},
    "members": {"ref": OTHER_MEMBER, "guild_id": OTHER_GUILD, "person_id": OTHER_PERSON},
}
OF_MEMBER = {"guild_id": GUILD, "member_ref": MEMBER}
ROWS: dict[str, dict[str, Any]] = {
    "reaches": {**OF_MEMBER, "id": "4" * 32, "way": "thread", "channel_id": GUILD + 2, "closed_at": NOON},
    "named_adults": {**OF_MEMBER, "id": "5" * 32, "named_at": NOON},
    "leaders": {
        **OF_PROGRAMME,
        "id": "6" * 32,
        "member_ref": MEMBER,
        "added_on": NOON.date(),
        "learned": ["ground_rules", "danger"],
        "observed_on": NOON.date(),
        "certified_on": NOON.date(),
        "trained_elsewhere": True,
        "resting_since": None,
    },
    "greetings": {
        **OF_PROGRAMME,
        "id": "7" * 32,
        "member_ref": MEMBER,
        "asked_at": NOON,
        "greeter_ref": OTHER_MEMBER,
        "greeted_at": NOON,
        "channel_id": GUILD + 3,
        "message_id": GUILD + 4,
    },
    "programme_texts": {
        **OF_PROGRAMME,
        "id": "8" * 32,
        "name": "rules",
        "body": "We listen. “Pass” is fine — ❤",
        "changed_at": NOON,
    },
}
NEW_COLUMNS = {"guilds": ["welcomed_at"], "people": ["quiet_from", "quiet_until", "paused_at", "paused_until"]}


def load_data(tx: sa.Connection) -> None:
    """Beside the rows of the first version, some that use what it left empty."""
    for name, row in BEFORE.items():
        tx.execute(_table(tx, name).insert(), row)


def check_upgrade(tx: sa.Connection) -> None:
    """No row of before is changed or knows anything new; every new table and column takes what belongs into it."""
    for rows in (FIRST_ROWS, BEFORE):
        for name, row in rows.items():
            assert _same(tx, name, row), name
    for name, columns in NEW_COLUMNS.items():
        for found in tx.execute(sa.select(_table(tx, name))).mappings():
            assert {found[column] for column in columns} == {None}, name
    for name, row in ROWS.items():
        tx.execute(_table(tx, name).insert(), row)
        assert _same(tx, name, row), name
    people, guilds = _table(tx, "people"), _table(tx, "guilds")
    settings = {"quiet_from": 1_320, "quiet_until": 420, "paused_at": NOON, "paused_until": NOON + dt.timedelta(days=7)}
    tx.execute(sa.update(people).where(people.c.id == PERSON).values(settings))
    assert _same(tx, "people", {**FIRST_ROWS["people"], **settings})
    tx.execute(sa.update(guilds).where(guilds.c.guild_id == GUILD).values(welcomed_at=NOON))
    assert _same(tx, "guilds", {**FIRST_ROWS["guilds"], "welcomed_at": NOON})


def _table(tx: sa.Connection, name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=tx, resolve_fks=False)


def _same(tx: sa.Connection, name: str, row: dict[str, Any]) -> bool:
    """Tell whether the row stands in the table with these values."""
    table = _table(tx, name)
    (key,) = table.primary_key.columns
    stored = tx.execute(sa.select(table).where(key == row[key.name])).mappings().one()
    return all(_aware(stored[column]) == value for column, value in row.items())


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo is None else value
