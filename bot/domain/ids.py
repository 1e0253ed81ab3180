"""Ids that say nothing: no time, no order, no author."""

import re
import secrets

DRAWN_AT_ONCE = 256
"""Asking the system for randomness hands control to other threads; doing it for many ids at once keeps that rare."""

_drawn: list[str] = []
_ID = re.compile(r"[0-9a-f]{32}")


def is_id(text: str) -> bool:
    """Tell whether a text could be one of our ids: what a client sends may be anything, and a database may refuse to look."""
    return _ID.fullmatch(text) is not None


def new_id() -> str:
    """Return 128 random bits as 32 hex digits."""
    try:
        return _drawn.pop()
    except IndexError:
        fresh = secrets.token_hex(16 * DRAWN_AT_ONCE)
        _drawn.extend(fresh[start : start + 32] for start in range(32, len(fresh), 32))
        return fresh[:32]
