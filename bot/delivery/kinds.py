"""What cogs register: for each kind of message, whether it is still wanted and what it says.

The postman knows kinds by name only. A kind that is registered nowhere is held, not lost: its cog may come back.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import discord

from bot.clock import Clock
from bot.delivery.events import Board
from bot.domain.guilds import Guild
from bot.domain.outbox import Claimed
from bot.services.outbox import AfterSent
from data.db import Database

Policy = Literal["once", "at_least_once"]
"""What is done where an earlier try may have arrived and nobody can look: leave it, or say it again."""
InQuiet = Literal["wait", "silent"]
"""What is done in a person's quiet hours: wait for their end, or send without a sound."""


@dataclass(frozen=True, slots=True)
class Say:
    """What a message says. To a person it is preceded by a line that may stand on a lock screen."""

    content: str = field(repr=False)
    view: discord.ui.View | None = None
    channel_id: int | None = None
    """Where it goes, unless it goes to a person; None: there is no such channel, so it is not sent."""
    calls: tuple[int, ...] = ()
    """The roles that it calls in that channel."""
    people: tuple[int, ...] = field(default=(), repr=False)
    """The people that it calls in that channel."""


Wanted = Callable[[Database, Clock, Claimed], Awaitable[Any]]
"""A service: returns frozen facts for the renderer, or None (or False) where the message is not wanted any more."""
Render = Callable[[Claimed, Any, str], Say]
"""A cog's function: makes of the message's row, the facts and a language what is said; reads no gateway cache."""


Sweep = Callable[[Database, Clock], Awaitable[object]]
"""A service: plans what should have been planned and was not, because nothing ran for a while; it may run at any time."""


Show = Callable[[Claimed, Any, Guild, Board], Awaitable[None]]
"""A cog's function: brings a guild's events to what the facts say, from wherever an earlier try may have left them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message."""

    wanted: Wanted
    render: Render
    after_sent: AfterSent | None
    policy: Policy
    in_quiet: InQuiet
    show: Show | None = None
    """For what is no message but keeps the guild's events; it is done instead of rendered."""


class Kinds:
    """All kinds, by name."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all kinds."""
        return tuple(self._kinds)

    def get(self, name: str) -> Kind | None:
        """Return a kind, None: nobody registered it."""
        return self._kinds.get(name)

    def add(self, name: str, kind: Kind) -> None:
        """Register a kind; raises ValueError for a name that is taken."""
        if name in self._kinds:
            raise ValueError(f"two kinds of message are called {name}")
        self._kinds[name] = kind


def nothing_to_say(row: Claimed, facts: Any, locale: str) -> Say:
    """Refuse to say anything: for kinds that are no messages."""
    raise LookupError(f"{row.kind} is no message")
