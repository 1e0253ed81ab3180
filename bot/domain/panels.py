"""A panel: a message that always shows the latest state."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """Where a panel stands and what it last showed."""

    id: str
    guild_id: int
    programme_id: str
    kind: str
    channel_id: int
    message_id: int | None
    shown_rev: str | None
    subject: str = ""
    """What it is about, where a programme has several of a kind: an id of ours."""
