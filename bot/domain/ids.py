"""Ids that say nothing: no time, no order, no author."""

import secrets


def new_id() -> str:
    """Return 128 random bits as 32 hex digits."""
    return secrets.token_hex(16)


def new_ids(count: int) -> list[str]:
    """Return several ids from one draw."""
    drawn = secrets.token_hex(16 * count)
    return [drawn[start : start + 32] for start in range(0, len(drawn), 32)]


def is_id(text: str) -> bool:
    """Tell whether `text` has the form of an id of ours; says nothing about whether it exists."""
    return len(text) == 32 and all(c in "0123456789abcdef" for c in text)
