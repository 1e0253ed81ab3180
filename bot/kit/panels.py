"""Panels: messages in a quiet channel that always show the latest state.

A cog registers how its kind of panel looks; the row says where it stands and what it last showed. A panel that is gone is
posted anew, one that shows something older is edited. Nothing here decides which panels a programme has, and nothing is
tried again from here: what fails is raised, and `bot.kit.upkeep` sees to it.
"""

import asyncio
import hashlib
import json
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import discord

from bot.clock import Clock
from bot.domain.guilds import Guild, Programme
from bot.domain.panels import Panel
from bot.services import panels
from data.db import Database
from data.programmes import features_of

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

ANEW_AT_MOST, ANEW_WITHIN = 5, 600.0
"""How often, in how many seconds, a panel is posted anew as soon as it is deleted: another bot may clear the channel."""
SENT_AND_DELETED = 10008
"""Discord's answer to a nonce whose message was deleted since."""
TOUCH_AFTER = 1.0
"""Seconds in which several changes of what a panel is about become one edit."""
CALL_WITHIN = 15.0
"""Seconds after which a call that Discord does not answer counts as failed: a start waits for its panels."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a panel looks like now."""

    content: str
    view: discord.ui.View

    @property
    def rev(self) -> str:
        """A fingerprint of all that is visible."""
        seen = json.dumps([self.content, self.view.to_components()], sort_keys=True)
        return hashlib.sha256(seen.encode()).hexdigest()


Render = Callable[[Guild, Programme], Shown]
Facts = Callable[[Database, Clock, Panel], Awaitable[Any]]
"""A service: returns frozen facts for the renderer, or None where the panel is not wanted any more."""
RenderFacts = Callable[[Guild, Programme, Any], Shown]
Addition = Callable[[Guild, Programme], "discord.ui.Button[Any]"]
"""A button that one feature puts on a panel of another's."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How panels of a kind look: from the guild's settings alone, or from `facts` about their subject as well."""

    render: RenderFacts
    facts: Facts | None


class Panels:
    """Posts, edits and restores panels."""

    def __init__(self, bot: "PeerBot") -> None:
        self._bot = bot
        self._kinds: dict[str, _Kind] = {}
        self._additions: defaultdict[str, list[tuple[int, str, Addition]]] = defaultdict(list)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._touched: set[tuple[int, str, str]] = set()
        self._touching: set[asyncio.Task[None]] = set()
        self._posting = 0
        self._vanished: set[int] = set()
        self._lost: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=ANEW_AT_MOST))

    @overload
    def kind(self, name: str, render: Render) -> None: ...

    @overload
    def kind(self, name: str, render: RenderFacts, facts: Facts) -> None: ...

    def kind(self, name: str, render: Callable[..., Shown], facts: Facts | None = None) -> None:
        """Register how panels of a kind look; with `facts`, what these return is handed to `render` as well.

        A panel whose facts are None is not wanted any more: it is taken down and forgotten.
        """
        self._kinds[name] = _Kind(render if facts else lambda guild, programme, _: render(guild, programme), facts)

    def knows(self, kind: str) -> bool:
        """Tell whether somebody registered how panels of a kind look."""
        return kind in self._kinds

    def add(self, kind: str, place: int, feature: str, make: Addition) -> None:
        """Register a button for panels of a kind, in programmes that use `feature`; lower places come first."""
        self._additions[kind].append((place, feature, make))
        self._additions[kind].sort(key=lambda one: one[0])

    def additions(self, kind: str, guild: Guild, programme: Programme) -> list["discord.ui.Item[Any]"]:
        """Return the buttons that other features put on a panel of this programme."""
        used = features_of(programme.preset)
        return [make(guild, programme) for _, feature, make in self._additions[kind] if feature in used]

    def render(self, kind: str, guild: Guild, programme: Programme) -> Shown | None:
        """Return how a panel looks now, wherever it is shown; None for a kind that nobody knows or that needs facts."""
        found = self._kinds.get(kind)
        return found.render(guild, programme, None) if found is not None and found.facts is None else None

    def touch(self, guild_id: int, kind: str, subject: str = "") -> None:
        """Bring the panels about a subject to their latest state soon; several touches in a row become one edit.

        What of it is lost with the process is made up for at the next start, where every panel is looked at.
        """
        about = (guild_id, kind, subject)
        if about in self._touched:
            return
        self._touched.add(about)
        task = asyncio.create_task(self._bring_up_to_date(about), name="panel")
        self._touching.add(task)
        task.add_done_callback(self._touching.discard)

    def close(self) -> None:
        """Bring nothing up to date any more."""
        for task in self._touching:
            task.cancel()

    async def _bring_up_to_date(self, about: tuple[int, str, str]) -> None:
        await asyncio.sleep(TOUCH_AFTER)
        # From here on a touch may tell of something that is not read any more below.
        self._touched.discard(about)
        await self._bot.upkeep.touched(*about)

    async def show(self, guild: Guild, panel: Panel, *, look: bool = False) -> None:
        """Post the panel, or edit it where it shows something older.

        `look`: ask Discord whether the message of one that should be there is there. Raises what Discord or the database
        answers, except that the message is gone.
        """
        programme, kind = guild.programme(panel.programme_id), self._kinds.get(panel.kind)
        if programme is None or programme.state != "live" or kind is None:
            return
        async with self._locks[panel.id]:
            # Read under the lock: whoever reads last shows last.
            tools = self._bot.tools
            facts = await kind.facts(tools.db, tools.clock, panel) if kind.facts is not None else None
            if kind.facts is not None and facts is None:
                await self._take_down(panel)
            else:
                await self._show(panel, kind.render(guild, programme, facts), look)

    async def _take_down(self, panel: Panel) -> None:
        db = self._bot.tools.db
        now = await self._now(panel)
        if now is None:
            return
        if now.message_id is not None:
            channel = self._bot.get_partial_messageable(now.channel_id, guild_id=now.guild_id)
            try:
                async with asyncio.timeout(CALL_WITHIN):
                    await channel.get_partial_message(now.message_id).delete()
            except discord.NotFound:
                log.debug("the message of a panel that is not wanted any more was gone already")
        await panels.remove(db, now)
        self._lost.pop(panel.id, None)

    async def _now(self, panel: Panel) -> Panel | None:
        return await panels.one(self._bot.tools.db, panel.guild_id, panel.programme_id, panel.kind, panel.subject)

    async def _show(self, panel: Panel, wanted: Shown, look: bool) -> None:
        db = self._bot.tools.db
        now = await self._now(panel)
        if now is None or (now.shown_rev == wanted.rev and not look):
            return
        channel = self._bot.get_partial_messageable(now.channel_id, guild_id=now.guild_id)
        if now.message_id is not None:
            if await _stands(channel.get_partial_message(now.message_id), now, wanted):
                if now.shown_rev != wanted.rev:
                    await panels.remember_shown(db, now, message_id=now.message_id, rev=wanted.rev)
                return
            now = await panels.remember_gone(db, now)
        if now is not None and now.message_id is None:
            self._posting += 1
            try:
                await self._post(channel, now, wanted)
            finally:
                self._posting -= 1
                if not self._posting:
                    self._vanished.clear()

    async def _post(self, channel: discord.PartialMessageable, now: Panel, wanted: Shown) -> None:
        db = self._bot.tools.db
        while True:
            message_id = await _send(channel, now, wanted)
            await panels.remember_shown(db, now, message_id=message_id, rev=wanted.rev)
            if message_id not in self._vanished:
                return
            # It was deleted before the row knew it.
            left = await panels.remember_gone(db, replace(now, message_id=message_id))
            if left is None or not self._may_come_back(left):
                return
            now = left

    async def gone(self, guild_id: int, message_ids: Collection[int]) -> bool:
        """Write down which panels are gone with these messages, and tell whether any is to be posted anew at once."""
        if self._posting:
            self._vanished.update(message_ids)
        db, any_back = self._bot.tools.db, False
        for panel in await panels.shown_in(db, guild_id, message_ids):
            async with self._locks[panel.id]:
                left = await panels.remember_gone(db, panel)
            any_back |= left is not None and left.message_id is None and self._may_come_back(left)
        return any_back

    def _may_come_back(self, panel: Panel) -> bool:
        """Tell whether the panel is to be posted anew at once; one that is deleted again and again waits for a person."""
        now, lost = asyncio.get_running_loop().time(), self._lost[panel.id]
        if len(lost) == ANEW_AT_MOST and now - lost[0] < ANEW_WITHIN:
            log.warning("a panel is deleted again and again and is left so: look who clears its channel")
            return False
        lost.append(now)
        return True


async def _stands(message: discord.PartialMessage, now: Panel, wanted: Shown) -> bool:
    """Tell whether the panel's message is there, and by now shows what is wanted."""
    try:
        async with asyncio.timeout(CALL_WITHIN):
            if now.shown_rev != wanted.rev:
                await _edit(message, wanted)
                return True
            try:
                await message.fetch()
            except discord.Forbidden:
                # Whoever may not read the channel's history may still edit what is their own.
                await _edit(message, wanted)
    except discord.NotFound:
        return False
    return True


async def _edit(message: discord.PartialMessage | discord.Message, wanted: Shown) -> None:
    await message.edit(content=wanted.content, view=wanted.view)


async def _send(channel: discord.PartialMessageable, now: Panel, wanted: Shown) -> int:
    """Post the panel and return the message's id.

    The nonce keeps it from standing twice when the process dies between posting and writing it down. Discord then gives the
    message back as it was posted: where that is not what is wanted by now, it is edited.
    """
    async with asyncio.timeout(CALL_WITHIN):
        try:
            message = await channel.send(wanted.content, view=wanted.view, nonce=_nonce(now))
            if _seen(message.content, message.components) != _seen(wanted.content, wanted.view.to_components()):
                await _edit(message, wanted)
        except discord.NotFound as error:
            if error.code != SENT_AND_DELETED:
                raise
            message = await channel.send(wanted.content, view=wanted.view, nonce=_nonce(now, "again"))
    return message.id


def _seen(content: str, components: Iterable[Any]) -> tuple[str, list[Any]]:
    """Return the words and controls of a message in the same form, whether it is to be sent or was received."""
    rows = [row if isinstance(row, dict) else row.to_dict() for row in components]
    inside = [one for row in rows for one in row.get("components", ())]
    return content.strip(), [(one.get("custom_id"), one.get("label"), bool(one.get("disabled"))) for one in inside]


def _nonce(now: Panel, *more: str) -> str:
    """Return what tells this posting from the one before; after a deletion the row's revision names what was deleted.

    It does not tell what is shown: that may change between a posting that nobody heard of and its repetition.
    """
    told = json.dumps([now.id, now.channel_id, now.shown_rev, *more])
    return hashlib.sha256(told.encode()).hexdigest()[:24]
