"""What setting a programme up will do, from what it needs and what is there: the dry run and the doing read the same plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.domain.guilds import Programme
from bot.domain.presets import CATEGORY, ChannelSpec, Preset

ItemKind = Literal[
    "make_role",
    "take_role",
    "use_role",
    "give_role",
    "make_category",
    "take_category",
    "make_channel",
    "take_channel",
    "use_channel",
    "let_in",
    "panel",
    "take_down",
    "pass_role",
    "pass_channel",
    "commands",
]
"""`take_`: of ours already, made in an attempt that ended before it was written down. `let_in`: let the role that a
channel is for into a channel of ours. `take_down`: remove the panel from the channel it stood in before. `pass_`: let those
who used what is gone together with this programme, or before it, use what serves it from now on."""

LOOKS_IN = {"leaders": "leader", "moderators": "moderator"}
"""Access that one role alone has, and the purpose of that role."""
NEW_CHANNEL = ("make_channel", "take_channel", "use_channel")


@dataclass(frozen=True, slots=True)
class Draft:
    """What an admin has chosen so far; an absent channel or role stays as it is bound, or is to be made."""

    channels: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)
    mine: bool | None = None
    """Whether the roles go to whoever sets up, for now: where nobody said, those that are made on the way do."""
    since: int | None = None
    """The id of the press with which doing the plan was first tried, until it is done: what is older in Discord was not
    made by us."""
    on_trial: bool = False
    """Whether those who manage the server are trying it before it stands."""
    begun: bool = False
    """Whether somebody began it, and did not take it back since."""

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Draft":
        """Read a draft as it was kept."""
        return cls(
            channels=dict(kept.get("channels", {})),
            roles=dict(kept.get("roles", {})),
            mine=kept.get("mine"),
            since=kept.get("since"),
            on_trial=bool(kept.get("on_trial", False)),
            begun=bool(kept.get("begun", False)),
        )

    def kept(self) -> dict[str, Any]:
        """Return the form in which a draft is kept."""
        return {
            "channels": dict(self.channels),
            "roles": dict(self.roles),
            "mine": self.mine,
            "since": self.since,
            "on_trial": self.on_trial,
            "begun": self.begun,
        }


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that setting up will do."""

    kind: ItemKind
    purpose: str = ""
    discord_id: int | None = None
    panel: str | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """What serves a programme by now."""

    channels: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)
    category: int | None = None
    live: bool = False


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the other programmes of the guild have that programmes of one guild use together."""

    offered: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    """("role" or "channel", purpose) → what serves it elsewhere, the best first."""
    looks_in: Mapping[int, int] = field(default_factory=dict)
    """Channels of these that one role alone sees → that role."""
    shown: frozenset[tuple[str, int]] = frozenset()
    """(purpose, channel) where another programme that stands shows the panel that all share."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What Discord says of the things that were chosen, bound or made."""

    gone: frozenset[int] = frozenset()
    """Ids of channels and roles that are not there any more."""
    found: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """("role" or "channel", purpose) → what was made for it in an attempt that ended before it was written down."""
    may_give: frozenset[str] = frozenset()
    """Purposes of the roles that are there, and that whoever presses may be given and does not wear yet."""
    ours: frozenset[str] = frozenset()
    """Purposes of the roles that are there and were made for this programme."""
    shut_out: frozenset[str] = frozenset()
    """Purposes of the channels of ours into which the role they are for cannot look."""
    has_commands: bool = False
    """Whether the server has all commands of the programme already."""


ALL_THERE, ALONE = Standing(), Neighbours()
"""As far as the database alone can tell; a guild without another programme."""


def waits(programme: Programme) -> bool:
    """Tell whether a programme was begun and does not stand yet."""
    return programme.state != "live" and Draft.read(programme.draft).begun


def meant(chosen: int | None, bound: int | None, gone: frozenset[int] = frozenset()) -> int | None:
    """Return which channel or role will serve a purpose, as far as it is there; None: it has to be made."""
    return next((one for one in (chosen, bound) if one is not None and one not in gone), None)


def may_give(*, powerless: bool, manages_roles: bool, below_own_top: bool) -> bool:
    """Tell whether set-up may give a role to whoever presses, so that nobody gets a power by it that they have not got.

    `powerless`: the role was made by us and nobody has given it any power since. Else the person must be allowed to give
    this role to themselves by Discord's own rules.
    """
    return powerless or (manages_roles and below_own_top)


def together(
    preset: Preset, draft: Draft, bound: Bound, neighbours: Neighbours = ALONE, gone: frozenset[int] = frozenset()
) -> dict[tuple[str, str], int]:
    """Return what will serve this programme because another one of the guild has it: ("role" or "channel", purpose) → id.

    A channel that only one role sees is used together only where that role is: nobody reads what was meant for others.
    """
    found: dict[tuple[str, str], int] = {}
    for role in preset.roles:
        if role.shared and meant(draft.roles.get(role.purpose), bound.roles.get(role.purpose), gone) is None:
            _offer(found, ("role", role.purpose), neighbours, gone)
    for spec in preset.channels:
        if not spec.shared or meant(draft.channels.get(spec.purpose), bound.channels.get(spec.purpose), gone):
            continue
        if spec.access not in LOOKS_IN:
            _offer(found, ("channel", spec.purpose), neighbours, gone)
            continue
        seen_by, what = _looking_in(spec, draft, bound, found, gone), ("channel", spec.purpose)
        closed = {one for one in neighbours.offered.get(what, ()) if neighbours.looks_in.get(one) != seen_by}
        if seen_by is not None:
            _offer(found, what, neighbours, gone | closed)
    return found


def _offer(
    found: dict[tuple[str, str], int], what: tuple[str, str], neighbours: Neighbours, gone: frozenset[int]
) -> None:
    offered = next((one for one in neighbours.offered.get(what, ()) if one not in gone), None)
    if offered is not None:
        found[what] = offered


def _looking_in(
    spec: ChannelSpec, draft: Draft, bound: Bound, shared: Mapping[tuple[str, str], int], gone: frozenset[int]
) -> int | None:
    """Return the role that alone will look into a channel, as far as it is there."""
    purpose = LOOKS_IN[spec.access]
    found = meant(draft.roles.get(purpose), bound.roles.get(purpose), gone)
    return shared.get(("role", purpose)) if found is None else found


def plan(
    preset: Preset, draft: Draft, bound: Bound, *, neighbours: Neighbours = ALONE, standing: Standing = ALL_THERE
) -> tuple[Item, ...]:
    """Return what is still to be done, in order: only what is missing, gone or to be replaced."""
    shared = together(preset, draft, bound, neighbours, standing.gone)
    purposes = [role.purpose for role in preset.roles]
    roles = _present(
        _settle("role", p, draft.roles.get(p), bound.roles.get(p), shared.get(("role", p)), standing) for p in purposes
    )
    channels = _present(_channel(spec, draft, bound, shared, standing) for spec in preset.channels)
    items = [*roles, *_given(purposes, draft, roles, standing)]
    if not bound.live and any(item.kind == "make_channel" for item in channels):
        items += _category(bound.category, standing)
    items += channels
    moved = {item.purpose: item.discord_id for item in channels if item.kind in NEW_CHANNEL}
    for spec in preset.channels:
        there = moved.get(spec.purpose, bound.channels.get(spec.purpose))
        stands = spec.shared and (spec.purpose, there) in neighbours.shown
        if spec.panel and (spec.purpose in moved or not bound.live) and not stands:
            items.append(Item("panel", spec.purpose, panel=spec.panel))
    items += _passed_on(preset, draft, bound, shared, neighbours, standing)
    if not bound.live:
        return tuple(items) if standing.has_commands else (*items, Item("commands"))
    return (*items, *_taken_down(preset, moved.keys(), bound, neighbours, standing))


def _present(items: Iterable[Item | None]) -> list[Item]:
    return [item for item in items if item is not None]


def _given(purposes: list[str], draft: Draft, roles: list[Item], standing: Standing) -> list[Item]:
    """Return which roles whoever presses gets: what is made now, and what they may have beside."""
    if draft.mine is False:
        return []
    new = {item.purpose for item in roles if item.kind == "make_role"}
    there = standing.may_give if draft.mine else standing.may_give & standing.ours
    return [Item("give_role", p) for p in purposes if p in new | there]


def _category(bound: int | None, standing: Standing) -> list[Item]:
    """Return what to do so that there is a heading for the channels that are made."""
    if bound is not None and bound not in standing.gone:
        return []
    found = standing.found.get((CATEGORY, CATEGORY))
    return [Item("make_category", CATEGORY) if found is None else Item("take_category", CATEGORY, found)]


def _channel(
    spec: ChannelSpec, draft: Draft, bound: Bound, shared: Mapping[tuple[str, str], int], standing: Standing
) -> Item | None:
    """Return what to do so that a channel is there and seen by those it is for."""
    chosen, has = draft.channels.get(spec.purpose), bound.channels.get(spec.purpose)
    item = _settle("channel", spec.purpose, chosen, has, shared.get(("channel", spec.purpose)), standing)
    if item is None and spec.purpose in standing.shut_out:
        return Item("let_in", spec.purpose)
    return item


def _taken_down(
    preset: Preset, moved: Iterable[str], bound: Bound, neighbours: Neighbours, standing: Standing
) -> list[Item]:
    """Return the panels that stand where they do not belong any more, and that no other programme shows there."""
    return [
        Item("take_down", spec.purpose, old, spec.panel)
        for spec in preset.channels
        if spec.panel and spec.purpose in moved
        if (old := bound.channels.get(spec.purpose)) is not None and old not in standing.gone
        if not (spec.shared and (spec.purpose, old) in neighbours.shown)
    ]


def _passed_on(
    preset: Preset,
    draft: Draft,
    bound: Bound,
    shared: Mapping[tuple[str, str], int],
    neighbours: Neighbours,
    standing: Standing,
) -> list[Item]:
    """Return what others used together and is gone, so that what serves this programme serves them as well.

    A channel that only one role sees is passed on only to those who have that role, or to whom it is passed on.
    """
    out, gone = list[Item](), standing.gone
    for role in preset.roles:
        lost = [one for one in neighbours.offered.get(("role", role.purpose), ()) if one in gone]
        out += [Item("pass_role", role.purpose, one) for one in dict.fromkeys(lost) if role.shared]
    for spec in preset.channels:
        lost = [one for one in neighbours.offered.get(("channel", spec.purpose), ()) if one in gone]
        if spec.access in LOOKS_IN:
            mine = {_looking_in(spec, draft, bound, shared, gone), *gone}
            lost = [one for one in lost if neighbours.looks_in.get(one) in mine - {None}]
        out += [Item("pass_channel", spec.purpose, one) for one in dict.fromkeys(lost) if spec.shared]
    return out


_MAKE: dict[str, ItemKind] = {"role": "make_role", "channel": "make_channel"}
_TAKE: dict[str, ItemKind] = {"role": "take_role", "channel": "take_channel"}
_USE: dict[str, ItemKind] = {"role": "use_role", "channel": "use_channel"}


def _settle(
    what: str, purpose: str, chosen: int | None, bound: int | None, shared: int | None, standing: Standing
) -> Item | None:
    """Return what to do so that a purpose is served; None: it is served already."""
    wanted = meant(chosen, bound, standing.gone)
    if wanted is None:
        wanted = shared
    if wanted is not None:
        return Item(_USE[what], purpose, wanted) if wanted != bound else None
    found = standing.found.get((what, purpose))
    return Item(_TAKE[what], purpose, found) if found is not None else Item(_MAKE[what], purpose)


def rights_needed(items: tuple[Item, ...]) -> frozenset[str]:
    """Return the rights that the plan needs beyond everyday ones, by Discord's names."""
    kinds = {item.kind for item in items}
    needed = set()
    if kinds & {"make_category", "make_channel"}:
        needed.add("manage_channels")
    if "make_channel" in kinds:
        # Discord lets nobody take a right from others that they have not got themselves: a channel would be open.
        needed |= {"view_channel", "send_messages"}
    if kinds & {"make_role", "give_role", "let_in"}:
        needed.add("manage_roles")
    return frozenset(needed)
