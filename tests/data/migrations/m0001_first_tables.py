"""The first tables: from nothing. Every revision after it finds these rows and must carry them on."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

GUILD, USER = 1_111_222_233_334_444_555, 1_234_567_890_123_456_789
PERSON, MEMBER, PROGRAMME = "a" * 32, "b" * 32, "c" * 32
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
OF_PROGRAMME = {"guild_id": GUILD, "programme_id": PROGRAMME}
ROWS: dict[str, dict[str, Any]] = {
    "meta": {"key": "key_check", "value": "of the first version"},
    "guilds": {
        "guild_id": GUILD,
        "key_salt": bytes(range(16)),
        "locale": "en",
        "zone": "Europe/Berlin",
        "countries": ["DE", "AT"],
        "ages": "adults",
        "command_ids": {"checkin": GUILD + 7},
        "added_at": NOON,
    },
    "people": {"id": PERSON, "user_id": USER, "consent_version": 1, "consented_on": NOON.date()},
    "members": {"ref": MEMBER, "guild_id": GUILD, "person_id": PERSON},
    "programmes": {
        "id": PROGRAMME,
        "guild_id": GUILD,
        "preset": "recovery",
        "state": "live",
        "draft": {"ages": "adults"},
        "created_at": NOON,
    },
    "bindings": {
        **OF_PROGRAMME,
        "id": "d" * 32,
        "kind": "channel",
        "purpose": "start",
        "discord_id": GUILD + 1,
        "made_by_us": True,
    },
    "panels": {**OF_PROGRAMME, "id": "e" * 32, "kind": "start", "channel_id": GUILD + 1},
    "checkins": {
        **OF_PROGRAMME,
        "id": "f" * 32,
        "member_ref": MEMBER,
        "day": NOON.date(),
        "mood": 4,
        "note": b"\x01\x01sealed",
        "seen_by": "group",
        "changed_at": NOON,
    },
    "checkin_plans": {**OF_PROGRAMME, "id": "1" * 32, "member_ref": MEMBER, "stopped_at": NOON},
}


def load_data(tx: sa.Connection) -> None:
    """Before the first revision there is no table to put anything into."""
    assert set(sa.inspect(tx).get_table_names()) <= {"alembic_version"}


def check_upgrade(tx: sa.Connection) -> None:
    """Every table takes a row of the first version and gives it back."""
    for name, row in ROWS.items():
        table = sa.Table(name, sa.MetaData(), autoload_with=tx, resolve_fks=False)
        tx.execute(table.insert(), row)
        stored = tx.execute(sa.select(*(table.c[column] for column in row))).mappings().one()
        for column, value in row.items():
            found = stored[column]
            if isinstance(found, dt.datetime) and found.tzinfo is None:
                found = found.replace(tzinfo=dt.UTC)
            assert found == value, f"{name}.{column}"
