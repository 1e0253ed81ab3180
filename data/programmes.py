"""Loads the programmes that ship with peerled from `data/content/programmes`, strictly."""

import functools
import tomllib
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.domain.programmes import Access, ChannelSpec, Preset
from bot.errors import OperatorError

FOLDER = Path(__file__).parent / "content" / "programmes"


class _Channel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    purpose: str
    access: Access
    panel: str | None = None


class _Programme(BaseModel):
    model_config = ConfigDict(extra="forbid")
    features: tuple[str, ...]
    roles: tuple[str, ...]
    channels: tuple[_Channel, ...]


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
    channels = tuple(ChannelSpec(c.purpose, c.access, c.panel) for c in found.channels)
    return Preset(path.stem, found.features, found.roles, channels)


@functools.cache
def presets() -> MappingProxyType[str, Preset]:
    """Return the programmes by name."""
    return MappingProxyType({path.stem: read(path) for path in sorted(FOLDER.glob("*.toml"))})


def features_of(preset: str) -> tuple[str, ...]:
    """Return the features that a programme switches on; none for a preset that this version does not know."""
    found = presets().get(preset)
    return found.features if found else ()
