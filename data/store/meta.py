"""Small facts about the database itself: a key check value, hashes of what was sent."""

import sqlalchemy as sa

from data.schema import meta
from data.store._prepared import upsert

_put = upsert(meta, key=["key"], update=["value"])


def fetch(tx: sa.Connection, key: str) -> str | None:
    """Return the value under `key`."""
    return tx.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()


def put(tx: sa.Connection, key: str, value: str) -> None:
    """Set the value under `key`."""
    _put(tx, {"key": key, "value": value})
