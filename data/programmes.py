"""Loads the programmes that ship with peerled from `data/content/programmes`, strictly."""

import functools
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.domain.presets import Access, ChannelSpec, Format, Phase, Preset, Retention, RoleSpec
from bot.errors import OperatorError

FOLDER = Path(__file__).parent / "content" / "programmes"
NEEDED_CHANNELS = {"start": "start", "help": "help", "moderators": None}
"""Purposes without which nothing works, and the panel that must stand in them."""
NEEDED_ROLES = {"leader", "moderator"}

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=20)]
Days = Annotated[int, Field(ge=1, le=365)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Channel(_Strict):
    purpose: Slug
    access: Access
    panel: Slug | None = None
    shared: bool = False


class _Role(_Strict):
    purpose: Slug
    shared: bool = False


class _Phase(_Strict):
    name: Slug
    minutes: Annotated[int, Field(ge=1, le=120)]
    cross_talk: bool


class _Format(_Strict):
    name: Slug
    phases: Annotated[list[_Phase], Field(min_length=1, max_length=12)]
    entry: Annotated[int, Field(ge=0, le=120)] = 15
    at_least: Annotated[int, Field(ge=1, le=20)] = 3
    turn: Annotated[int, Field(ge=1, le=30)] | None = None


class _Retention(_Strict):
    shared_notes: Days
    shared_moods: Days
    unpublished_stories: Days
    closed_flags: Days
    past_meetings: Days
    past_terms: Days
    audit: Days


class _Programme(_Strict):
    features: Annotated[list[Slug], Field(min_length=1)]
    rules: Annotated[list[Slug], Field(min_length=3, max_length=10)]
    reasons: Annotated[list[Slug], Field(min_length=3, max_length=25)]
    training: Annotated[list[Slug], Field(min_length=1, max_length=10)]
    retention: _Retention
    roles: list[_Role]
    channels: list[_Channel]
    formats: Annotated[list[_Format], Field(min_length=1, max_length=25)]

    @model_validator(mode="after")
    def _whole(self) -> "_Programme":
        """Refuse what is named twice, and a programme that lacks what every programme needs."""
        channels, roles = {c.purpose: c for c in self.channels}, {r.purpose for r in self.roles}
        listed = {
            "channels": [c.purpose for c in self.channels],
            "roles": [r.purpose for r in self.roles],
            "formats": [f.name for f in self.formats],
            "features": self.features,
            "rules": self.rules,
            "reasons": self.reasons,
            "training": self.training,
        }
        for key, names in listed.items():
            if len(names) != len(set(names)):
                raise ValueError(f"{key}: something is named twice")
        if missing := NEEDED_ROLES - roles:
            raise ValueError(f"roles: {', '.join(sorted(missing))} is missing")
        for purpose, panel in NEEDED_CHANNELS.items():
            if purpose not in channels or (panel is not None and channels[purpose].panel != panel):
                raise ValueError(f"channels: {purpose} is missing" + (f", with the panel {panel}" if panel else ""))
        return self


def read(path: Path) -> Preset:
    """Read one programme; raises OperatorError naming file and key."""
    try:
        found = _Programme.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path.name}: {error}") from None
    except ValidationError as error:
        raise OperatorError(
            *(f"{path.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        ) from None
    return Preset(
        name=path.stem,
        features=tuple(found.features),
        roles=tuple(RoleSpec(**role.model_dump()) for role in found.roles),
        channels=tuple(ChannelSpec(**channel.model_dump()) for channel in found.channels),
        rules=tuple(found.rules),
        reasons=tuple(found.reasons),
        training=tuple(found.training),
        formats=tuple(_format(f) for f in found.formats),
        retention=Retention(**found.retention.model_dump()),
    )


def _format(found: _Format) -> Format:
    phases = tuple(Phase(**phase.model_dump()) for phase in found.phases)
    return Format(found.name, phases, entry=found.entry, at_least=found.at_least, turn=found.turn)


@functools.cache
def presets() -> MappingProxyType[str, Preset]:
    """Return the programmes by name."""
    return MappingProxyType({path.stem: read(path) for path in sorted(FOLDER.glob("*.toml"))})


def features_of(preset: str) -> tuple[str, ...]:
    """Return the features that a programme switches on; none for a preset that this version does not know."""
    found = presets().get(preset)
    return found.features if found else ()
