"""What a programme consists of, and what setting it up will do: the dry run and the doing read the same plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Access = Literal["read", "talk", "moderators"]
ItemKind = Literal["make_role", "use_role", "make_channel", "use_channel", "give_roles", "panel", "commands"]


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel a programme needs: who may use it and which panel stands in it."""

    purpose: str
    access: Access
    panel: str | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A programme as data: what it needs of a guild and which features it switches on."""

    name: str
    features: tuple[str, ...]
    roles: tuple[str, ...]
    channels: tuple[ChannelSpec, ...]

    def channel(self, purpose: str) -> ChannelSpec | None:
        """Return the channel of that purpose."""
        return next((c for c in self.channels if c.purpose == purpose), None)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an admin has chosen so far; an absent channel or role is to be made."""

    ages: str | None = None
    channels: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)
    mine: bool = False

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Draft":
        """Read a draft as it was kept."""
        return cls(
            ages=kept.get("ages"),
            channels=dict(kept.get("channels", {})),
            roles=dict(kept.get("roles", {})),
            mine=bool(kept.get("mine", False)),
        )

    def kept(self) -> dict[str, Any]:
        """Return the form in which a draft is kept."""
        return {"ages": self.ages, "channels": dict(self.channels), "roles": dict(self.roles), "mine": self.mine}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that setting up will do."""

    kind: ItemKind
    purpose: str = ""
    discord_id: int | None = None
    panel: str | None = None


def plan(
    preset: Preset, draft: Draft, *, bound_channels: Mapping[str, int], bound_roles: Mapping[str, int]
) -> tuple[Item, ...]:
    """Return what is still to be done, in order; what is bound already is not done again."""
    items: list[Item] = []
    for purpose in preset.roles:
        if purpose not in bound_roles:
            chosen = draft.roles.get(purpose)
            items.append(Item("use_role" if chosen else "make_role", purpose, chosen))
    if draft.mine:
        items.append(Item("give_roles"))
    for spec in preset.channels:
        if spec.purpose not in bound_channels:
            chosen = draft.channels.get(spec.purpose)
            items.append(Item("use_channel" if chosen else "make_channel", spec.purpose, chosen))
    items += [Item("panel", spec.purpose, panel=spec.panel) for spec in preset.channels if spec.panel]
    items.append(Item("commands"))
    return tuple(items)


def rights_needed(items: tuple[Item, ...]) -> frozenset[str]:
    """Return the rights that the plan needs beyond everyday ones, by Discord's names."""
    kinds = {item.kind for item in items}
    needed = set()
    if "make_channel" in kinds:
        needed.add("manage_channels")
    if kinds & {"make_role", "give_roles"}:
        needed.add("manage_roles")
    return frozenset(needed)
