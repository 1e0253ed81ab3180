"""The events of one guild, for a kind of message that is none but keeps them as they should be. It knows no feature.

An event of ours is known by who made it and by the number in small print at the end of its description: so one is found again
that was made by a process that died before it could write that down. Every call goes at the postman's pace and in its lease.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord

from bot.domain.outbox import MARK_BITS, marker

if TYPE_CHECKING:
    from bot.delivery.postman import Delivery

NUMBER_BITS = 40
SCHEDULED, ACTIVE, COMPLETED = 1, 2, 3
STAGE, VOICE, EXTERNAL = 1, 2, 3
GUILD_ONLY = 2
MOST_ABOUT = 900
"""Characters of what is said of an event; Discord takes 1,000."""

MakeCall = Callable[[], Coroutine[Any, Any, Any]]
Calls = Callable[[MakeCall], Awaitable[Any]]
"""Makes one call of Discord, when and as long as it may go."""


@dataclass(frozen=True, slots=True)
class Event:
    """How an event is to look. In a voice or stage channel (`kind`), or elsewhere, which `location` then names."""

    name: str = field(repr=False)
    about: str = field(repr=False)
    starts_at: dt.datetime
    ends_at: dt.datetime
    kind: int
    channel_id: int | None = None
    location: str = field(default="", repr=False)

    def body(self, number: int = 0) -> dict[str, Any]:
        """Return it as Discord is told it, with the number by which it is found again."""
        elsewhere = self.kind == EXTERNAL
        return {
            "name": self.name[:100],
            "description": f"{self.about[:MOST_ABOUT]}{_ending(number)}",
            "scheduled_start_time": self.starts_at.isoformat(),
            "scheduled_end_time": self.ends_at.isoformat(),
            "privacy_level": GUILD_ONLY,
            "entity_type": self.kind,
            "channel_id": None if elsewhere else str(self.channel_id),
            "entity_metadata": {"location": self.location[:100]} if elsewhere else None,
        }

    @property
    def rev(self) -> str:
        """A fingerprint of all that is to be seen."""
        return hashlib.sha256(json.dumps(self.body(), sort_keys=True).encode()).hexdigest()[:32]


class Board:
    """A guild's events, as they are now."""

    def __init__(self, post: "Delivery", guild_id: int, calls: Calls) -> None:
        self._http = post.bot.http
        self._me = post.bot.user.id if post.bot.user is not None else 0
        self._key = post.marker_key
        self._guild_id = guild_id
        self._calls = calls
        self._listed: dict[int, dict[str, Any]] | None = None

    def _number(self, subject: str) -> int:
        return marker(self._key, f"event:{subject}") >> (MARK_BITS - NUMBER_BITS)

    async def count(self) -> int:
        """Return how many events the guild has."""
        return len(await self._all())

    async def status(self, event_id: int) -> int | None:
        """Return how an event stands, None: there is no such event."""
        found = (await self._all()).get(event_id)
        return int(found["status"]) if found is not None else None

    async def find(self, subject: str) -> int | None:
        """Return the event that we made for a subject, None: there is none."""
        ending = _ending(self._number(subject))
        for event_id, event in (await self._all()).items():
            is_ours = int(event.get("creator_id") or 0) == self._me
            if is_ours and str(event.get("description") or "").endswith(ending):
                return event_id
        return None

    async def create(self, subject: str, event: Event) -> int:
        """Make the event of a subject; return its id."""
        body = event.body(self._number(subject))
        made = await self._calls(lambda: self._http.create_guild_scheduled_event(self._guild_id, **body))
        return int(made["id"])

    async def edit(self, subject: str, event_id: int, event: Event) -> bool:
        """Let a subject's event show something else; False: it is not there any more."""
        return await self._is_there(event_id, **event.body(self._number(subject)))

    async def end(self, event_id: int) -> None:
        """End an event that has begun, and delete one that has not; one that is gone is left so."""
        status = await self.status(event_id)
        if status == ACTIVE:
            await self._is_there(event_id, status=COMPLETED)
        elif status == SCHEDULED:
            try:
                await self._calls(lambda: self._http.delete_scheduled_event(self._guild_id, event_id))
            except discord.NotFound:
                return

    async def _is_there(self, event_id: int, **values: Any) -> bool:
        try:
            await self._calls(lambda: self._http.edit_scheduled_event(self._guild_id, event_id, **values))
        except discord.NotFound:
            return False
        return True

    async def _all(self) -> dict[int, dict[str, Any]]:
        if self._listed is None:
            found: list[Any] = await self._calls(
                lambda: self._http.get_scheduled_events(self._guild_id, with_user_count=False)
            )
            self._listed = {int(one["id"]): dict(one) for one in found}
        return self._listed


def _ending(number: int) -> str:
    return f"\n-# {number}"
