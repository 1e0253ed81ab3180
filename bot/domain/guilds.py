"""A guild and its programmes as everything above the stores sees them: no person's data but who the named adult is."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEADERS_NEEDED = 2


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
    category_id: int | None = None
    """The heading that its channels stand below, if we made one."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What its leaders put in their own words: name of the text → words."""
    certified: int = 0
    """How many people are certified to lead it and not resting."""

    @property
    def starting_up(self) -> bool:
        """Whether it still has too few certified leaders, and says so."""
        return self.certified < LEADERS_NEEDED

    @property
    def on_trial(self) -> bool:
        """Whether those who manage the server are trying it before it stands."""
        return self.state == "draft" and bool(self.draft.get("on_trial"))


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
    adult_id: int | None = field(default=None, repr=False)
    """The Discord user id of the adult who is named to young people, and who agreed to that."""
    welcomed_at: dt.datetime | None = None
    """When the first message was posted here."""
    removed_at: dt.datetime | None = None
    """Since when the bot is not in it any more."""

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
