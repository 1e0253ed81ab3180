"""What a programme consists of, as data: channels, roles, words and rhythms that come with it. Holds no guild's choices.

Words are named, not written, here: a rule `pass` is the text `rule.pass`, a format `discussion` is `format.discussion`.
"""

from dataclasses import dataclass
from typing import Literal

Access = Literal["read", "talk", "leaders", "moderators"]
"""`read`: everybody reads, the bot alone writes. `talk`: everybody writes. The others: that role alone looks in."""

CATEGORY = "category"
"""The purpose under which the heading that a programme's channels stand below is bound."""
TEXT_NAMES = ("rules", "question", "opening", "closing")
"""The texts of a programme that its leaders may put in their own words."""


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel a programme needs: who may use it and which panel stands in it.

    `shared`: the programmes of a guild use one together, with one panel; whoever is set up first makes it.
    """

    purpose: str
    access: Access
    panel: str | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role a programme needs; `shared` as with channels."""

    purpose: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a meeting; `cross_talk`: whether people may answer each other in it."""

    name: str
    minutes: int
    cross_talk: bool


@dataclass(frozen=True, slots=True)
class Format:
    """A way to hold a meeting."""

    name: str
    phases: tuple[Phase, ...]
    entry: int = 15
    """For how many minutes after its beginning anybody may come in without being let in."""
    at_least: int = 3
    """With fewer people than this the host is asked, kindly, whether to hold it."""
    turn: int | None = None
    """How many minutes a turn is meant to take; None: nobody says."""

    @property
    def minutes(self) -> int:
        """How long the meeting takes."""
        return sum(phase.minutes for phase in self.phases)


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days things are kept that others may see or that a programme works with."""

    shared_notes: int
    shared_moods: int
    unpublished_stories: int
    closed_flags: int
    past_meetings: int
    past_terms: int
    audit: int


@dataclass(frozen=True, slots=True)
class Preset:
    """A programme as data: what it needs of a guild, which features it switches on, which words come with it."""

    name: str
    features: tuple[str, ...]
    roles: tuple[RoleSpec, ...]
    channels: tuple[ChannelSpec, ...]
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    """Why something may be flagged, the most common first."""
    training: tuple[str, ...]
    """What somebody learns before they lead."""
    formats: tuple[Format, ...]
    """Ways to hold its meetings; the first is offered first."""
    retention: Retention

    def channel(self, purpose: str) -> ChannelSpec | None:
        """Return the channel of that purpose."""
        return next((c for c in self.channels if c.purpose == purpose), None)

    def role(self, purpose: str) -> RoleSpec | None:
        """Return the role of that purpose."""
        return next((r for r in self.roles if r.purpose == purpose), None)
