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
from simcord.results import InteractionResult

from bot.demo import apps, events, simcord_touches
from bot.demo.town import Person, Step, Town

STRIDE = dt.timedelta(hours=1)
BEAT_SECONDS = 1.0
MORNING = dt.time(9)
FAULTS_SHOWN = 10
REPOSITORY = Path(__file__).resolve().parents[2]

Kind = Literal["channel", "thread", "private", "direct"]
Leap = Literal["hour", "day", "morning"]
Answer = Literal["form", "message", "nothing"]
"""What the bot answered to a command: a form to fill in, a message, or not a word."""
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

    def __init__(
        self, town: Town, hub: simcord_touches.PreviewHub, after_time: Callable[[], Awaitable[object]]
    ) -> None:
        self.town = town
        self._env = town.env
        self._hub = hub
        self._after_time = after_time
        self._seen: dict[tuple[int, int], int] = {}
        self._shown_traffic = -1
        self._own_faults: list[str] = []
        self._seen_events: dict[int, set[str]] = {}
        for person in town.people.values():
            self._env.backend.get_dm_channel(person.actor.id)
        self._done_before = {one.key: len(self._deeds(one)) for one in town.people.values()}
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
        return sum(place.unread for place in self.places(person)) + self.new_events(person)

    def see(self, person: Person, channel_id: int) -> None:
        """Take everything that stands in this channel as read by this person."""
        newest = max(self._env.backend.messages.get(channel_id, {}), default=0)
        self._seen[person.actor.id, channel_id] = newest

    async def open(self, person: Person, channel_id: int) -> str:
        """Return the address of the channel as this person sees it; KeyError when they cannot see it."""
        if not self._sees(person, channel_id):
            raise KeyError(channel_id)
        direct = self._env.backend.get_channel(channel_id).type == ChannelType.DM
        viewer: Any = person.actor.user if direct else person.actor
        return await self._hub.url(
            self._handle(channel_id), viewer, locale=self.town.locale, timezone=str(self.town.zone)
        )

    def planned(self, person: Person) -> list[events.Event]:
        """List the server's events that this person may know of, the next first."""
        return events.listed(self.town, person)

    def new_events(self, person: Person) -> int:
        """Count the events that this person has not looked at."""
        seen = self._seen_events.get(person.actor.id, set())
        return sum(one.id not in seen for one in self.planned(person))

    def see_events(self, person: Person) -> None:
        """Take the list of events as looked at by this person."""
        self._seen_events[person.actor.id] = {one.id for one in self.planned(person)}

    async def take_interest(self, person: Person, event_id: str, interested: bool) -> None:
        """Let this person mark an event, or take the mark away; KeyError when they cannot see it."""
        found = next((one for one in self.planned(person) if one.id == event_id), None)
        if found is None:
            raise KeyError(event_id)
        async with self._hub.turn:
            if interested:
                await person.actor.subscribe_event(int(event_id))
            else:
                await person.actor.unsubscribe_event(int(event_id))

    def has_apps(self, person: Person, channel_id: int) -> bool:
        """Tell whether this person finds commands of the bot on messages or people of this channel."""
        return self._sees(person, channel_id) and apps.there(self._env, person, channel_id)

    def apps_for(self, person: Person, channel_id: int) -> apps.Apps:
        """List the bot's commands on messages and people here; KeyError when they cannot see the channel."""
        if not self._sees(person, channel_id):
            raise KeyError(channel_id)
        return apps.offered(self.town, person, channel_id)

    async def use(self, person: Person, channel_id: int, command: str, on: apps.On, target_id: int) -> Answer:
        """Use a command on a message or a person; KeyError when one of them is not (or no longer) there."""
        offered = self.apps_for(person, channel_id)
        if command not in (offered.on_message if on == "message" else offered.on_person):
            raise KeyError(command)
        target = apps.target(self.town, person, channel_id, on, target_id)
        async with self._hub.turn:
            result = await person.actor.context_menu(self._handle(channel_id), command, target)
            return await self._answered(person, channel_id, result)

    async def call(self, person: Person, channel_id: int, command: str) -> Answer:
        """Call a command without options in a channel; KeyError when this person does not find it there."""
        if not self._sees(person, channel_id) or command not in person.actor.available_commands(
            self._handle(channel_id)
        ):
            raise KeyError(command)
        async with self._hub.turn:
            result = await person.actor.slash(self._handle(channel_id), command)
            return await self._answered(person, channel_id, result)

    def done(self, person: Person) -> list[bool]:
        """Tell of each step of this person's tour whether it has been done since the visitor came.

        A step that asks for no deed is never done here: the page itself ticks it off.
        """
        return [self._is_done(person, step) for step in person.tour]

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

    def _sees(self, person: Person, channel_id: int) -> bool:
        return any(place.id == channel_id for place in self.places(person))

    def _handle(self, channel_id: int) -> simcord.ChannelHandle:
        channel = self._env.backend.get_channel(channel_id)
        return simcord.ChannelHandle(self._env, None if channel.type == ChannelType.DM else self.town.guild, channel)

    async def _answered(self, person: Person, channel_id: int, result: InteractionResult) -> Answer:
        self._hub.hand_over(channel_id, person.actor.id, result)
        await self._show()
        if result.modal is not None:
            return "form"
        return "message" if result.response is not None or result.followups else "nothing"

    def _deeds(self, person: Person) -> list[tuple[str, int]]:
        return simcord_touches.deeds(self._env, person.actor.id)

    def _is_done(self, person: Person, step: Step) -> bool:
        doer = self.town.people[step.who or person.key]
        return any(
            deed in step.done and step.channel in (None, self._name(channel_id))
            for deed, channel_id in self._deeds(doer)[self._done_before[doer.key] :]
        )

    def _name(self, channel_id: int) -> str | None:
        channel = self._env.backend.channels.get(channel_id)
        return channel.name if channel is not None else None

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
            self.see_events(person)

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
