"""Attempts at something that takes several calls to Discord: one at a time, and one that died is taken up again."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from data.store import guilds

LASTS = dt.timedelta(minutes=2)
"""How long one attempt keeps others out after it last showed that it lives."""


def free_stale(tx: sa.Connection, guild_id: int, now: dt.datetime, doing: frozenset[str]) -> None:
    """Let what was left half-way be taken up again; a programme that was live stays so.

    `doing` is what this process is at by itself. A guild is served by one process at a time, so that whatever else is
    half-way died with its process.
    """
    guilds.free_stale(tx, guild_id, before=now - LASTS, doing=doing)


def change(tx: sa.Connection, guild_id: int, programme_id: str, attempt: dt.datetime, **values: Any) -> bool:
    """Change a programme as the attempt under way, and tell whether it still is that."""
    return guilds.update_programme(tx, guild_id, programme_id, was=("applying", "live"), attempt=attempt, **values)
