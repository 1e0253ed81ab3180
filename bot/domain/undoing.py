"""Taking a programme back: what becomes of each channel and role, and why. The dry run and the doing read the same plan.

Only what was made by us is ever deleted, and of that only what nobody wrote in and nobody gave a meaning of its own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.guilds import Programme
from bot.domain.presets import CATEGORY

Kind = Literal["channel", "role"]
ItemKind = Literal[
    "commands",
    "take_down",
    "stay_channel",
    "stay_role",
    "keep_channel",
    "keep_role",
    "keep_category",
    "move_channel",
    "archive_channel",
    "delete_channel",
    "delete_category",
    "delete_role",
]
"""`stay_`: another programme uses it. `keep_`: not ours, or not ours alone any more. `move_channel`: below the heading of
the programme that goes on using it. `take_down`: remove our panel."""

THEIRS, OPENS, ARCHIVE, OTHERS = "theirs", "opens", "archive", "others"
"""Why something is kept: it was never ours; the role opens channels that stay, or one that is archived; other channels
stand below the heading."""
LOST = "lost"
"""Why something is known to be ours: by its looks alone, as a set-up ended before it was written down."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a programme of a guild is bound to."""

    programme_id: str
    kind: Kind
    purpose: str
    discord_id: int
    made_by_us: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """A channel, heading or role of the programme that goes."""

    kind: Kind
    purpose: str
    discord_id: int
    ours: bool
    heir: str | None = None
    """The id of another programme that uses it as well."""
    noted: bool = True
    """False: made in a set-up that ended before it was written down, and known by its looks alone."""


@dataclass(frozen=True, slots=True)
class Stays:
    """A channel that another programme uses and that was made by us."""

    discord_id: int
    user: str
    """The id of that programme."""
    category_id: int | None
    """The heading below which that programme's channels stand."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What Discord says of what is bound."""

    gone: frozenset[int] = frozenset()
    written: Mapping[int, str] = field(default_factory=dict)
    """Channels in which somebody else wrote, or in which that cannot be ruled out → why they are not deleted."""
    held: Mapping[int, str] = field(default_factory=dict)
    """Channels and roles that we cannot or must not take away → why."""
    below: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Headings → the channels that stand below them."""
    opens: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Roles → the channels and headings that have rules for them."""
    worn: Mapping[int, int] = field(default_factory=dict)
    """Roles → how many people wear them, as far as that is known."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that taking back will do, or leave."""

    kind: ItemKind
    purpose: str = ""
    discord_id: int = 0
    why: str = ""
    to: int | None = None
    """Where a channel is moved."""
    worn: int | None = field(default=None, compare=False)


def stands(programme: Programme) -> bool:
    """Tell whether there is anything of a programme to take back."""
    bound = programme.channels or programme.roles or programme.category_id
    return programme.state != "draft" or bool(bound) or programme.draft.get("since") is not None


def bounds(programme_id: str, bindings: Iterable[Binding], programmes: Sequence[Programme]) -> tuple[Bound, ...]:
    """Return what a programme is bound to, and which other programme goes on using it: a live one before others."""
    bindings = list(bindings)
    found = []
    for mine in (b for b in bindings if b.programme_id == programme_id):
        heir = _user(programme_id, mine, bindings, programmes)
        found.append(Bound(mine.kind, mine.purpose, mine.discord_id, mine.made_by_us, heir.id if heir else None))
    return tuple(sorted(found, key=lambda b: (b.kind, b.purpose == CATEGORY, b.discord_id)))


def staying(programme_id: str, bindings: Iterable[Binding], programmes: Sequence[Programme]) -> tuple[Stays, ...]:
    """Return the channels made by us that other programmes use, whether or not this one uses them too."""
    bindings = list(bindings)
    found = {}
    for made in (b for b in bindings if b.kind == "channel" and b.purpose != CATEGORY and b.made_by_us):
        user = _user(programme_id, made, bindings, programmes)
        if user is not None:
            found[made.discord_id] = Stays(made.discord_id, user.id, user.category_id)
    return tuple(found[one] for one in sorted(found))


def _user(
    programme_id: str, binding: Binding, bindings: Iterable[Binding], programmes: Sequence[Programme]
) -> Programme | None:
    """Return which other programme uses the same channel or role: a live one before others."""
    users = {b.programme_id for b in bindings if (b.kind, b.discord_id) == (binding.kind, binding.discord_id)}
    others = [p for p in programmes if p.id in users and p.id != programme_id]
    return min(others, key=lambda p: p.state != "live", default=None)


def plan(
    bound: Sequence[Bound],
    stays: Sequence[Stays],
    panels: Iterable[tuple[str, int]],
    standing: Standing,
    *,
    commands: bool,
) -> tuple[Item, ...]:
    """Return what becomes of everything, in order.

    `panels`: the kind and channel of each panel that nobody takes over. `commands`: whether some are used by nothing else.
    """
    there = [b for b in bound if b.discord_id not in standing.gone]
    # Two purposes may be served by one role; it is spoken of once.
    once = {(b.kind, b.discord_id): b for b in reversed(there)}
    there = [b for b in there if once[b.kind, b.discord_id] is b]
    headings = [b for b in there if b.purpose == CATEGORY and b.ours]
    moves = [item for b in headings for item in _moves(b, stays, standing)]
    moved = {item.discord_id for item in moves}
    channels = [_channel(b, standing) for b in there if b.kind == "channel" and b.purpose != CATEGORY]
    channels = [item for item in channels if item.discord_id not in moved]
    deleted = {item.discord_id for item in channels if item.kind == "delete_channel"}
    archived = {item.discord_id for item in channels if item.kind == "archive_channel"}
    items = [Item("commands")] if commands else []
    for kind, channel_id in panels:
        if channel_id not in standing.gone | deleted:
            items.append(Item("take_down", kind, channel_id))
    items += [*channels, *moves]
    items += [_heading(b, standing, deleted | moved) for b in headings]
    deleted |= {item.discord_id for item in items if item.kind == "delete_category"}
    for b in there:
        if b.kind == "role" and _surely_ours(b, standing):
            items.append(_role(b, standing, deleted, archived))
    return tuple(items)


def _moves(heading: Bound, stays: Sequence[Stays], standing: Standing) -> list[Item]:
    """Return the channels below our heading that belong below another programme's."""
    below = standing.below.get(heading.discord_id, frozenset())
    return [
        Item("move_channel", discord_id=one.discord_id, to=one.category_id)
        for one in stays
        if one.discord_id in below and one.category_id not in (None, heading.discord_id, *standing.gone)
    ]


def _channel(b: Bound, standing: Standing) -> Item:
    if b.heir is not None:
        return Item("stay_channel", b.purpose, b.discord_id)
    if not b.ours:
        return Item("keep_channel", b.purpose, b.discord_id, THEIRS)
    if b.discord_id in standing.held:
        return Item("keep_channel", b.purpose, b.discord_id, standing.held[b.discord_id])
    if b.discord_id in standing.written:
        return Item("archive_channel", b.purpose, b.discord_id, standing.written[b.discord_id])
    return Item("delete_channel", b.purpose, b.discord_id, _lost(b))


def _heading(b: Bound, standing: Standing, leaving: Collection[int]) -> Item:
    if b.discord_id in standing.held:
        return Item("keep_category", b.purpose, b.discord_id, standing.held[b.discord_id])
    if b.heir is not None or standing.below.get(b.discord_id, frozenset()) - set(leaving):
        return Item("keep_category", b.purpose, b.discord_id, OTHERS)
    return Item("delete_category", b.purpose, b.discord_id, _lost(b))


def _surely_ours(b: Bound, standing: Standing) -> bool:
    """Tell whether a role may be spoken of at all: one known by its looks alone is nobody's only where nobody wears it."""
    return b.noted or standing.worn.get(b.discord_id) == 0


def _role(b: Bound, standing: Standing, deleted: Collection[int], archived: Collection[int]) -> Item:
    if b.heir is not None:
        return Item("stay_role", b.purpose, b.discord_id)
    if not b.ours:
        return Item("keep_role", b.purpose, b.discord_id, THEIRS)
    if b.discord_id in standing.held:
        return Item("keep_role", b.purpose, b.discord_id, standing.held[b.discord_id])
    opens = standing.opens.get(b.discord_id, frozenset()) - set(deleted)
    if opens:
        return Item("keep_role", b.purpose, b.discord_id, ARCHIVE if opens <= set(archived) else OPENS)
    return Item("delete_role", b.purpose, b.discord_id, _lost(b), worn=standing.worn.get(b.discord_id))


def _lost(b: Bound) -> str:
    return "" if b.noted else LOST


def heading_heir(bound: Sequence[Bound], stays: Sequence[Stays], standing: Standing) -> str | None:
    """Return who takes over our heading, as channels of theirs go on standing below it and they have none of their own."""
    for heading in (b.discord_id for b in bound if b.purpose == CATEGORY and b.ours and b.heir is None):
        for one in stays:
            if one.category_id is None and one.discord_id in standing.below.get(heading, ()):
                return one.user
    return None


_CHANNELS = {"move_channel", "archive_channel", "delete_channel", "delete_category"}


def rights_needed(items: Iterable[Item]) -> frozenset[str]:
    """Return the rights that the plan needs beyond everyday ones, by Discord's names."""
    kinds = {item.kind for item in items}
    needed = set()
    if kinds & _CHANNELS:
        needed.add("manage_channels")
    if kinds & {"archive_channel", "delete_role"}:
        needed.add("manage_roles")
    if "archive_channel" in kinds:
        # Discord lets nobody take a right from others that they have not got themselves.
        needed.add("send_messages")
    return frozenset(needed)
