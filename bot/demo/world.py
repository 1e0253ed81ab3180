"""The running world behind the demo's pages: who sees which channel, what is unread, and the passing of time.

It knows the simulated Discord and nothing of HTTP or of the bot's rooms; the shell asks it and shows what it answers.
"""

import asyncio
import datetime as dt
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import simcord
from simcord.backend.access import can_access_channel
from simcord.backend.models import Channel
from simcord.enums import ChannelType

from bot.demo import simcord_touches
from bot.demo.town import Person, Town

STRIDE = dt.timedelta(hours=1)
BEAT_SECONDS = 1.0
MORNING = dt.time(9)
FAULTS_SHOWN = 10
REPOSITORY = Path(__file__).resolve().parents[2]

Kind = Literal["channel", "thread", "private", "direct"]
Leap = Literal["hour", "day", "morning"]
KINDS: dict[int, Kind] = {
    ChannelType.TEXT: "channel",
    ChannelType.NEWS: "channel",
    ChannelType.PUBLIC_THREAD: "thread",
    ChannelType.PRIVATE_THREAD: "private",
    ChannelType.DM: "direct",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, thread or direct message as one person sees it in the list."""

    id: int
    name: str
    kind: Kind
    group: str
    unread: int


class World:
    """Answers what each person of the town sees, and moves the time.

    `after_time` is awaited after every stretch of time that has passed, so that the bot can do what has become due.
    """

    def __init__(self, town: Town, hub: simcord_touches.PreviewHub, after_time: Callable[[], Awaitable[None]]) -> None:
        self.town = town
        self._env = town.env
        self._hub = hub
        self._after_time = after_time
        self._seen: dict[tuple[int, int], int] = {}
        self._shown_traffic = -1
        self._own_faults: list[str] = []
        for person in town.people.values():
            self._env.backend.get_dm_channel(person.actor.id)
        self._all_read()

    def now(self) -> dt.datetime:
        """Return the demo's present instant, aware, in the town's zone."""
        return self._env.now().astimezone(self.town.zone)

    def places(self, person: Person) -> list[Place]:
        """List what this person can open, in the order of the server's list, direct messages last."""
        backend = self._env.backend
        channels = [
            channel
            for channel in backend.channels.values()
            if channel.guild_id == self.town.guild.id
            and channel.type in KINDS
            and can_access_channel(self._env, channel.id, person.actor, history=True)
        ]
        channels.sort(key=self._order)
        channels.append(backend.get_dm_channel(person.actor.id))
        return [self._place(person, channel) for channel in channels]

    def unread(self, person: Person) -> int:
        """Count what is new for this person, everywhere."""
        return sum(place.unread for place in self.places(person))

    def see(self, person: Person, channel_id: int) -> None:
        """Take everything that stands in this channel as read by this person."""
        newest = max(self._env.backend.messages.get(channel_id, {}), default=0)
        self._seen[person.actor.id, channel_id] = newest

    async def open(self, person: Person, channel_id: int) -> str:
        """Return the address of the channel as this person sees it; KeyError when they cannot see it."""
        place = next((place for place in self.places(person) if place.id == channel_id), None)
        if place is None:
            raise KeyError(channel_id)
        channel = self._env.backend.get_channel(channel_id)
        direct = place.kind == "direct"
        handle = simcord.ChannelHandle(self._env, None if direct else self.town.guild, channel)
        viewer: Any = person.actor.user if direct else person.actor
        return await self._hub.url(handle, viewer, locale=self.town.locale, timezone=str(self.town.zone))

    async def leap(self, leap: Leap) -> None:
        """Move the time on by an hour, by a day, or to nine o'clock on the town's next morning."""
        await self.pass_time(self._span(leap))

    async def pass_time(self, span: dt.timedelta) -> None:
        """Let `span` pass in strides, so that what falls due on the way happens at its time."""
        async with self._hub.turn:
            end = self._env.now() + span
            try:
                while (rest := end - self._env.now()) > dt.timedelta(0):
                    await self._env.advance_time(min(rest, STRIDE).total_seconds())
                    await self._after_time()
            except Exception as error:  # noqa: BLE001 - a fault of the bot is listed for developers, and time goes on
                self._own_faults.append(_in_words(error))
            await self._show()

    async def beat(self) -> None:
        """Let the demo's time pass with the real one, for as long as this is awaited."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = loop.time()
            await self.pass_time(dt.timedelta(seconds=now - last))
            last = now

    def faults(self) -> list[str]:
        """List the bot's latest faults for developers, oldest first: what it was and where, nothing people wrote."""
        found = [_in_words(error) for error in self._env.errors_since(0)]
        return [*found, *self._own_faults][-FAULTS_SHOWN:]

    async def _show(self) -> None:
        traffic = simcord_touches.traffic(self._env)
        if traffic != self._shown_traffic:
            self._shown_traffic = traffic
            await self._hub.refresh()

    def _span(self, leap: Leap) -> dt.timedelta:
        if leap == "hour":
            return dt.timedelta(hours=1)
        if leap == "day":
            return dt.timedelta(days=1)
        here = self.now()
        morning = dt.datetime.combine(here.date() + dt.timedelta(days=1), MORNING, tzinfo=self.town.zone)
        return morning.astimezone(dt.UTC) - here.astimezone(dt.UTC)

    def _all_read(self) -> None:
        for person in self.town.people.values():
            for place in self.places(person):
                self.see(person, place.id)

    def _place(self, person: Person, channel: Channel) -> Place:
        kind = KINDS[channel.type]
        name = self._env.backend.bot_user.name if kind == "direct" else channel.name or "unnamed"
        return Place(channel.id, name, kind, self._group(channel, kind), self._unread_in(person, channel.id))

    def _group(self, channel: Channel, kind: Kind) -> str:
        if kind == "direct":
            return "Direct messages"
        home = self._env.backend.get_channel(channel.permission_channel_id())
        category = self._env.backend.channels.get(home.parent_id) if home.parent_id else None
        return (category.name if category else None) or self.town.guild.name

    def _unread_in(self, person: Person, channel_id: int) -> int:
        seen = self._seen.get((person.actor.id, channel_id), 0)
        return sum(
            1
            for message in self._env.backend.messages.get(channel_id, {}).values()
            if message.id > seen and message.author_id != person.actor.id and message.visible_to(person.actor.id)
        )

    def _order(self, channel: Channel) -> tuple[int, int, int, bool, int]:
        home = self._env.backend.get_channel(channel.permission_channel_id())
        category = self._env.backend.channels.get(home.parent_id) if home.parent_id else None
        group = category.id if category else 0
        return group, home.position, home.id, channel.is_thread, channel.id


def _in_words(error: BaseException) -> str:
    cause = error.__cause__ or getattr(error, "original", None) or error
    ours = [
        (Path(frame.filename).relative_to(REPOSITORY), frame.lineno)
        for frame in traceback.extract_tb(cause.__traceback__)
        if Path(frame.filename).is_relative_to(REPOSITORY) and "site-packages" not in frame.filename
    ]
    where = f" in {ours[-1][0].as_posix()}, line {ours[-1][1]}" if ours else ""
    return f"{type(cause).__name__}{where}"
