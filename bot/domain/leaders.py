"""Who leads a programme or learns to: what is still to be learned, when somebody may be certified, and who may say so.

Nobody is ranked: a record speaks of one person alone. Knows nothing of how records are kept.
"""

import datetime as dt
import enum
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.errors import PeerError

OBSERVED = "observed"
"""The entry of a training list that is no matter of learning: somebody watched them lead, on a day."""


class State(enum.StrEnum):
    """Where somebody stands on the way to leading."""

    LEARNING = "learning"
    OBSERVED = "observed"
    CERTIFIED = "certified"
    RESTING = "resting"


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody who leads a programme or learns to."""

    id: str
    member_ref: str = field(repr=False)
    added_on: dt.date
    learned: frozenset[str] = frozenset()
    observed_on: dt.date | None = None
    certified_on: dt.date | None = None
    trained_elsewhere: bool = False
    resting_since: dt.date | None = None

    @property
    def in_service(self) -> bool:
        """Whether they are certified and not resting."""
        return self.certified_on is not None and self.resting_since is None


def to_learn(training: Sequence[str]) -> tuple[str, ...]:
    """Return what of a training list is learned and ticked off, in its order."""
    return tuple(one for one in training if one != OBSERVED)


def progress(leader: Leader, training: Sequence[str]) -> tuple[int, int]:
    """Return how much is done and how much there is, being observed included."""
    wanted = to_learn(training)
    return len(leader.learned.intersection(wanted)) + (leader.observed_on is not None), len(wanted) + 1


def is_ready(leader: Leader, training: Sequence[str]) -> bool:
    """Tell whether everything is learned and somebody has observed them."""
    done, total = progress(leader, training)
    return done == total


def state(leader: Leader, training: Sequence[str]) -> State:
    """Return where somebody stands."""
    if leader.resting_since is not None:
        return State.RESTING
    if leader.certified_on is not None:
        return State.CERTIFIED
    return State.OBSERVED if is_ready(leader, training) else State.LEARNING


def revision(learned: Collection[str]) -> str:
    """Return a short name for what is ticked off, so that a form filled in meanwhile by another is seen."""
    return hashlib.sha256("\n".join(sorted(learned)).encode()).hexdigest()[:10]


def leads(actor: Actor, programme: Programme) -> bool:
    """Tell whether the person wears the role of the programme's leaders.

    The role that everybody wears bears the guild's own id; it makes nobody a leader, whatever is bound.
    """
    role_id = programme.roles.get("leader")
    if role_id is None or role_id == programme.guild_id:
        return False
    return actor.guild_id == programme.guild_id and role_id in actor.role_ids


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do with one record: from their role, what they manage, and their own record."""

    own: bool
    leads: bool
    manages: bool
    in_service: bool

    @property
    def see(self) -> bool:
        """Whether they may look at it."""
        return self.own or self.teach

    @property
    def teach(self) -> bool:
        """Whether they may add people and tick off what these have learned."""
        return self.leads or self.manages

    @property
    def observe(self) -> bool:
        """Whether they may say that they saw this person lead."""
        return self.teach and not self.own

    @property
    def vouch(self) -> bool:
        """Whether their word decides who leads: they manage the server, or are certified and in service themself."""
        return self.manages or (self.leads and self.in_service)

    @property
    def certify(self) -> bool:
        """Whether they may certify this person; nobody certifies themself."""
        return self.vouch and not self.own

    @property
    def certify_elsewhere(self) -> bool:
        """Whether they may certify somebody trained elsewhere, themself included: who else could be the first."""
        return self.manages

    @property
    def settle(self) -> bool:
        """Whether they may let this person rest, come back, or be taken off the list."""
        return self.own or self.vouch


def rights(actor: Actor, programme: Programme, own: Leader | None, about: Leader | None = None) -> Rights:
    """Return what `actor`, whose own record is `own`, may do with the record `about`, or with the list."""
    return Rights(
        own=own is not None and about is not None and own.id == about.id,
        leads=leads(actor, programme),
        manages=actor.manages_guild and actor.guild_id == programme.guild_id,
        in_service=own is not None and own.in_service,
    )


def check_certify(leader: Leader, training: Sequence[str], may: Rights) -> None:
    """Raise PeerError unless this person may be certified now, by whoever has these rights."""
    if leader.certified_on is not None:
        raise PeerError("leaders.certify.already")
    if may.own:
        raise PeerError("leaders.certify.oneself")
    if not may.certify:
        raise PeerError("leaders.only_certified")
    if not is_ready(leader, training):
        raise PeerError("leaders.certify.not_ready")


def check_elsewhere(leader: Leader, may: Rights) -> None:
    """Raise PeerError unless this person may be certified as trained elsewhere, by whoever has these rights."""
    if not may.certify_elsewhere:
        raise PeerError("error.only_admins")
    if leader.certified_on is not None:
        raise PeerError("leaders.certify.already")
