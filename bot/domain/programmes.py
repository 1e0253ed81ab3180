"""What a programme consists of, and what setting it up will do: the dry run and the doing read the same plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Access = Literal["read", "talk", "moderators"]
ItemKind = Literal[
    "make_role",
    "take_role",
    "use_role",
    "give_role",
    "make_channel",
    "take_channel",
    "use_channel",
    "let_in",
    "panel",
    "take_down",
    "commands",
]
"""`take_`: of ours already, made in an attempt that ended before it was written down. `let_in`: let the moderators' role
into a channel of ours. `take_down`: remove the panel from the channel it stood in before."""


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
    """What an admin has chosen so far; an absent channel or role stays as it is bound, or is to be made."""

    ages: str | None = None
    channels: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)
    mine: bool = False
    since: int | None = None
    """The id of the press with which doing the plan was first tried, until it is done: what is older in Discord was not
    made by us."""

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Draft":
        """Read a draft as it was kept."""
        return cls(
            ages=kept.get("ages"),
            channels=dict(kept.get("channels", {})),
            roles=dict(kept.get("roles", {})),
            mine=bool(kept.get("mine", False)),
            since=kept.get("since"),
        )

    def kept(self) -> dict[str, Any]:
        """Return the form in which a draft is kept."""
        return {
            "ages": self.ages,
            "channels": dict(self.channels),
            "roles": dict(self.roles),
            "mine": self.mine,
            "since": self.since,
        }


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that setting up will do."""

    kind: ItemKind
    purpose: str = ""
    discord_id: int | None = None
    panel: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What Discord says of the things that were chosen, bound or made."""

    gone: frozenset[int] = frozenset()
    """Ids of channels and roles that are not there any more."""
    found: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """("role" or "channel", purpose) → what was made for it in an attempt that ended before it was written down."""
    may_give: frozenset[str] = frozenset()
    """Purposes of the roles that are there, and that whoever presses may be given and does not wear yet."""
    shut_out: frozenset[str] = frozenset()
    """Purposes of the channels of ours into which the role of the moderators cannot look."""


ALL_THERE = Standing()
"""As far as the database alone can tell."""


def meant(chosen: int | None, bound: int | None, gone: frozenset[int] = frozenset()) -> int | None:
    """Return which channel or role will serve a purpose, as far as it is there; None: it has to be made."""
    return next((one for one in (chosen, bound) if one is not None and one not in gone), None)


def may_give(*, powerless: bool, manages_roles: bool, below_own_top: bool) -> bool:
    """Tell whether set-up may give a role to whoever presses, so that nobody gets a power by it that they have not got.

    `powerless`: the role was made by us and nobody has given it any power since. Else the person must be allowed to give
    this role to themselves by Discord's own rules.
    """
    return powerless or (manages_roles and below_own_top)


def plan(
    preset: Preset,
    draft: Draft,
    *,
    bound_channels: Mapping[str, int],
    bound_roles: Mapping[str, int],
    live: bool = False,
    standing: Standing = ALL_THERE,
) -> tuple[Item, ...]:
    """Return what is still to be done, in order: only what is missing, gone or to be replaced."""
    roles = [_settle("role", p, draft.roles.get(p), bound_roles.get(p), standing) for p in preset.roles]
    items = [item for item in roles if item is not None]
    if draft.mine:
        new = {item.purpose for item in items if item.kind == "make_role"}
        items += [Item("give_role", p) for p in preset.roles if p in new | standing.may_give]
    for spec in preset.channels:
        chosen, bound = draft.channels.get(spec.purpose), bound_channels.get(spec.purpose)
        item = _settle("channel", spec.purpose, chosen, bound, standing)
        if item is not None:
            items.append(item)
        elif spec.purpose in standing.shut_out:
            items.append(Item("let_in", spec.purpose))
    moved = {item.purpose for item in items if item.kind in ("make_channel", "take_channel", "use_channel")}
    for spec in preset.channels:
        if spec.panel and (spec.purpose in moved or not live):
            items.append(Item("panel", spec.purpose, panel=spec.panel))
    if not live:
        return (*items, Item("commands"))
    for spec in preset.channels:
        old = bound_channels.get(spec.purpose)
        if spec.panel and spec.purpose in moved and old is not None and old not in standing.gone:
            items.append(Item("take_down", spec.purpose, old, spec.panel))
    return tuple(items)


_MAKE: dict[str, ItemKind] = {"role": "make_role", "channel": "make_channel"}
_TAKE: dict[str, ItemKind] = {"role": "take_role", "channel": "take_channel"}
_USE: dict[str, ItemKind] = {"role": "use_role", "channel": "use_channel"}


def _settle(what: str, purpose: str, chosen: int | None, bound: int | None, standing: Standing) -> Item | None:
    """Return what to do so that a purpose is served; None: it is served already."""
    wanted = meant(chosen, bound, standing.gone)
    if wanted is not None:
        return Item(_USE[what], purpose, wanted) if wanted != bound else None
    found = standing.found.get((what, purpose))
    return Item(_TAKE[what], purpose, found) if found is not None else Item(_MAKE[what], purpose)


def rights_needed(items: tuple[Item, ...]) -> frozenset[str]:
    """Return the rights that the plan needs beyond everyday ones, by Discord's names."""
    kinds = {item.kind for item in items}
    needed = set()
    if "make_channel" in kinds:
        needed.add("manage_channels")
    if kinds & {"make_role", "give_role", "let_in"}:
        needed.add("manage_roles")
    return frozenset(needed)
