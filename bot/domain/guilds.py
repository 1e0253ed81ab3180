"""A guild and its programmes as everything above the stores sees them. No person's data is in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme of a guild and what it is bound to: purpose → Discord id."""

    id: str
    guild_id: int
    preset: str
    state: str
    draft: Mapping[str, Any]
    channels: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guild:
    """A guild's settings and its programmes."""

    guild_id: int
    key_salt: bytes = field(repr=False)
    locale: str
    zone: str
    countries: tuple[str, ...]
    ages: str | None
    commands_hash: str | None
    command_ids: Mapping[str, int]
    programmes: tuple[Programme, ...]

    def programme(self, programme_id: str) -> Programme | None:
        """Return the programme of that id, if this guild has it."""
        for programme in self.programmes:
            if programme.id == programme_id:
                return programme
        return None

    @property
    def live(self) -> tuple[Programme, ...]:
        """The programmes that have been set up."""
        return tuple(p for p in self.programmes if p.state == "live")
