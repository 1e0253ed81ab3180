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
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord

from bot.domain.guilds import Guild, Programme
from bot.domain.panels import Panel
from bot.services import panels
from data.programmes import features_of

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

ANEW_AT_MOST, ANEW_WITHIN = 5, 600.0
"""How often, in how many seconds, a panel is posted anew as soon as it is deleted: another bot may clear the channel."""
SENT_AND_DELETED = 10008
"""Discord's answer to a nonce whose message was deleted since."""


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
Addition = Callable[[Guild, Programme], "discord.ui.Button[Any]"]
"""A button that one feature puts on a panel of another's."""


class Panels:
    """Posts, edits and restores panels."""

    def __init__(self, bot: "PeerBot") -> None:
        self._bot = bot
        self._kinds: dict[str, Render] = {}
        self._additions: defaultdict[str, list[tuple[int, str, Addition]]] = defaultdict(list)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._posting = 0
        self._vanished: set[int] = set()
        self._lost: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=ANEW_AT_MOST))

    def kind(self, name: str, render: Render) -> None:
        """Register how panels of a kind look."""
        self._kinds[name] = render

    def add(self, kind: str, place: int, feature: str, make: Addition) -> None:
        """Register a button for panels of a kind, in programmes that use `feature`; lower places come first."""
        self._additions[kind].append((place, feature, make))
        self._additions[kind].sort(key=lambda one: one[0])

    def additions(self, kind: str, guild: Guild, programme: Programme) -> list["discord.ui.Item[Any]"]:
        """Return the buttons that other features put on a panel of this programme."""
        used = features_of(programme.preset)
        return [make(guild, programme) for _, feature, make in self._additions[kind] if feature in used]

    def render(self, kind: str, guild: Guild, programme: Programme) -> Shown | None:
        """Return how a panel looks now, wherever it is shown; None for a kind that nobody knows."""
        found = self._kinds.get(kind)
        return found(guild, programme) if found is not None else None

    async def show(self, guild: Guild, panel: Panel, *, look: bool = False) -> None:
        """Post the panel, or edit it where it shows something older.

        `look`: ask Discord whether the message of one that should be there is there. Raises what Discord or the database
        answers, except that the message is gone.
        """
        programme, render = guild.programme(panel.programme_id), self._kinds.get(panel.kind)
        if programme is None or programme.state != "live" or render is None:
            return
        async with self._locks[panel.id]:
            await self._show(panel, render(guild, programme), look)

    async def _show(self, panel: Panel, wanted: Shown, look: bool) -> None:
        db = self._bot.tools.db
        now = await panels.one(db, panel.guild_id, panel.programme_id, panel.kind)
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
        if now.shown_rev == wanted.rev:
            try:
                await message.fetch()
            except discord.Forbidden:
                # Whoever may not read the channel's history may still edit what is their own.
                await message.edit(content=wanted.content, view=wanted.view)
        else:
            await message.edit(content=wanted.content, view=wanted.view)
    except discord.NotFound:
        return False
    return True


async def _send(channel: discord.PartialMessageable, now: Panel, wanted: Shown) -> int:
    """Post the panel and return the message's id.

    The nonce keeps it from standing twice when the process dies between posting and writing it down.
    """
    try:
        message = await channel.send(wanted.content, view=wanted.view, nonce=_nonce(now, wanted))
    except discord.NotFound as error:
        if error.code != SENT_AND_DELETED:
            raise
        message = await channel.send(wanted.content, view=wanted.view, nonce=_nonce(now, wanted, "again"))
    return message.id


def _nonce(now: Panel, wanted: Shown, *more: str) -> str:
    """Return what tells this posting from the one before; after a deletion the row's revision names what was deleted."""
    told = json.dumps([now.id, now.channel_id, now.shown_rev, wanted.rev, *more])
    return hashlib.sha256(told.encode()).hexdigest()[:24]
