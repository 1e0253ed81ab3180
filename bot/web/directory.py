"""A programme's directory link as Meeting Guide JSON: weekly meetings only, and of each only what its title says.

Source of the form: https://github.com/code4recovery/spec (read 2026-11). Nobody's name stands in it.
"""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from bot.domain import feeds
from bot.domain.series import Series

CONTENT_TYPE = "application/json"
ONLINE = "ONL"
MOST_NAME = 64
"""Characters of a name that the app shows; of a slug that it takes."""
_NO_SLUG = re.compile(r"[^a-z0-9]+")


def file(series: Sequence[Series]) -> bytes:
    """Return those of the series that a directory can list."""
    listed = sorted((one for one in series if feeds.is_listed(one)), key=lambda one: one.id)
    return json.dumps([_row(one) for one in listed], ensure_ascii=False, indent=1, sort_keys=True).encode()


def _row(series: Series) -> dict[str, Any]:
    days = feeds.weekdays(series)
    row: dict[str, Any] = {
        "name": series.title,
        # With digits of its id: people keep a meeting by its slug, which another of the same title must not change.
        "slug": f"{_plain(series.title)}-{series.id[:8]}".strip("-"),
        "day": days[0] if len(days) == 1 else list(days),
        "time": _clock(series.minute),
        "end_time": _clock((series.minute + series.minutes) % (24 * 60)),
        "timezone": series.zone,
        "types": [ONLINE],
    }
    if series.channel_id is not None:
        row["conference_url"] = f"https://discord.com/channels/{series.guild_id}/{series.channel_id}"
    return row


def _plain(title: str) -> str:
    """Return a title as it may stand in an address."""
    bare = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("-", bare).strip("-")[: MOST_NAME - 9].strip("-")


def _clock(minute: int) -> str:
    return f"{dt.time(minute // 60, minute % 60):%H:%M}"
