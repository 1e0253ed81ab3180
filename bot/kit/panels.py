"""Panels: messages in a quiet channel that always show the latest state.

A cog registers how its kind of panel looks; the row says where it stands and what it last showed. A panel that is gone is
posted anew, one that shows something older is edited. Nothing here decides which panels a programme has.
"""

import asyncio
import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot.domain.guilds import Guild, Programme
from bot.domain.panels import Panel
from bot.services import panels

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)


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


class Panels:
    """Posts, edits and restores panels."""

    def __init__(self, bot: "PeerBot") -> None:
        self._bot = bot
        self._kinds: dict[str, Render] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def kind(self, name: str, render: Render) -> None:
        """Register how panels of a kind look."""
        self._kinds[name] = render

    async def refresh(self, guild: Guild) -> None:
        """Bring all of a guild's panels to their latest state."""
        for panel in await panels.all_of(self._bot.tools.db, guild.guild_id):
            await self.show(guild, panel)

    async def show(self, guild: Guild, panel: Panel) -> None:
        """Post the panel, or edit it where it shows something older. Raises what Discord answers, except "gone"."""
        programme, render = guild.programme(panel.programme_id), self._kinds.get(panel.kind)
        if programme is None or programme.state != "live" or render is None:
            return
        async with self._locks[panel.id]:
            await self._show(guild, panel, render(guild, programme))

    async def _show(self, guild: Guild, panel: Panel, wanted: Shown) -> None:
        db = self._bot.tools.db
        stands = await panels.one(db, guild.guild_id, panel.programme_id, panel.kind)
        if stands is None or stands.shown_rev == wanted.rev:
            return
        channel = self._bot.get_partial_messageable(stands.channel_id, guild_id=guild.guild_id)
        message_id = stands.message_id
        if message_id is not None:
            try:
                await channel.get_partial_message(message_id).edit(content=wanted.content, view=wanted.view)
            except discord.NotFound:
                message_id = None
        if message_id is None:
            # The nonce keeps a panel from standing twice when the process dies between posting and writing it down.
            nonce = hashlib.sha256(f"{stands.id}{wanted.rev}".encode()).hexdigest()[:24]
            message_id = (await channel.send(wanted.content, view=wanted.view, nonce=nonce)).id
        await panels.remember_shown(db, stands, message_id=message_id, rev=wanted.rev)

    async def message_gone(self, guild_id: int, message_id: int) -> None:
        """Post a panel anew when the deleted message was one."""
        db = self._bot.tools.db
        panel = await panels.shown_in(db, guild_id, message_id)
        guild = await self._bot.tools.guilds.get(guild_id) if panel else None
        if panel is None or guild is None:
            return
        await panels.remember_shown(db, panel, message_id=None, rev=None)
        try:
            await self.show(guild, panel)
        except discord.HTTPException as error:
            log.warning("a panel could not be posted anew: status %s, code %s", error.status, error.code)
