"""Taking back what the dry run showed, item by item. Each is looked at once more right before, and written down right after.

What became different meanwhile is kept rather than taken away, and told.
"""

import contextlib
import logging

import discord

from bot.domain.undoing import ARCHIVE, OPENS, OTHERS, Item
from bot.kit.call import Call
from bot.services import undoing
from bot.services.undoing import Undoing
from cogs.setup import _undo_look, _undo_words
from cogs.setup._place import NO_ANSWER, TAKING_BACK, Place, ask, telling
from cogs.setup._undo_look import Outlook

log = logging.getLogger(__name__)

CLOSING = (
    "send_messages",
    "send_messages_in_threads",
    "create_public_threads",
    "create_private_threads",
    "add_reactions",
)
"""What nobody may do any more in a channel that is archived."""


class Attempt:
    """One attempt at taking a programme back; `different` is what was not done as shown, and why."""

    def __init__(self, call: Call, now: Undoing) -> None:
        self.now = now
        self.different: list[Item] = []
        self.left_standing: list[int] = []
        """The channels in which a panel could not be removed."""
        self._call = call
        self._down: set[str] = set()

    async def do(self, outlook: Outlook) -> None:
        """Do every item of the plan; raises PeerError where one cannot be done."""
        call, tools = self._call, self._call.tools
        items = [item for item in outlook.items if item.kind != "commands"]
        for number, item in enumerate(items, 1):
            said = _undo_words.describe(call, item)
            self.now = await undoing.go_on(tools.db, tools.clock, self.now)
            # Whoever closed the answer, or lost it, gets the programme taken back all the same.
            with contextlib.suppress(*NO_ANSWER):
                await call.progress(call.t("setup.undo.progress", number=number, total=len(items), item=said))
            with telling(said, TAKING_BACK):
                await self._do(item)
        self.now = await undoing.go_on(tools.db, tools.clock, self.now)

    async def _do(self, item: Item) -> None:
        match item.kind:
            case "take_down":
                await self._take_down(item.purpose)
            case "move_channel":
                await self._move(item)
            case "archive_channel" | "delete_channel":
                await self._channel(item)
            case "delete_category":
                await self._heading(item)
            case "delete_role":
                await self._role(item)

    async def _take_down(self, kind: str) -> None:
        """Take down all panels of a kind, wherever they stand."""
        shown = [(one.channel_id, one.message_id) for one in self.now.panels if one.kind == kind and one.message_id]
        if not shown or kind in self._down:
            # It went, or was handed over, in the moment between the last look and the first step.
            return
        for channel_id, message_id in shown:
            await self._delete(channel_id, message_id)
        await undoing.took_down(self._call.tools.db, self.now, kind)
        self._down.add(kind)

    async def _delete(self, channel_id: int, message_id: int) -> None:
        channel = self._call.interaction.client.get_partial_messageable(channel_id, guild_id=self._call.guild_id)
        try:
            await channel.get_partial_message(message_id).delete()
        except discord.NotFound:
            pass
        except discord.Forbidden as error:
            # It is in a channel that was closed to us; whoever closed it may delete it.
            log.warning("a panel could not be taken down: %s", error)
            self.left_standing.append(channel_id)

    async def _move(self, item: Item) -> None:
        """Put a channel that others go on using below their heading."""
        place = await ask(self._call)
        channel, heading = place.channels.get(item.discord_id), place.channels.get(item.to or 0)
        if isinstance(channel, discord.TextChannel) and isinstance(heading, discord.CategoryChannel):
            with contextlib.suppress(discord.NotFound):
                await channel.edit(category=heading, reason=self._reason)

    async def _channel(self, item: Item) -> None:
        """Delete or archive a channel of ours, by what is found in it at this very moment."""
        place = await ask(self._call)
        channel = place.channels.get(item.discord_id)
        held = _undo_look.channel_held(place, channel) if channel else None
        if held:
            self.different.append(Item("keep_channel", item.purpose, item.discord_id, held))
        elif isinstance(channel, discord.TextChannel):
            # The last look, and nothing between it and the deletion.
            why = await _undo_look.written(place, channel)
            if why is None and item.kind == "delete_channel":
                with contextlib.suppress(discord.NotFound):
                    await channel.delete(reason=self._reason)
            else:
                await self._archive(place, channel)
            if why is not None and item.kind == "delete_channel":
                self.different.append(Item("archive_channel", item.purpose, item.discord_id, why))
        await undoing.let_go(self._call.tools.db, self.now, "channel", item.discord_id)

    async def _archive(self, place: Place, channel: discord.TextChannel) -> None:
        """Close a channel for writing, in one call; who may read it stays as it was. Our panels are taken out of it."""
        for panel in self.now.panels:
            if panel.channel_id == channel.id and panel.message_id is not None and panel.kind not in self._down:
                await self._take_down(panel.kind)
        topic = self._public("setup.undo.archive.topic")
        name = channel.name
        if channel.topic != topic:
            name = self._public("setup.undo.archive.name", name=name)[:100]
        own = place.own_rights
        closed = {right: False for right in CLOSING if getattr(own, right)}
        rights = {place.everyone: discord.PermissionOverwrite(), **channel.overwrites}
        for target, overwrite in rights.items():
            if target.id != place.guild.me.id:
                overwrite.update(**closed)
        with contextlib.suppress(discord.NotFound):
            await channel.edit(name=name, topic=topic, overwrites=rights, reason=self._reason)

    async def _heading(self, item: Item) -> None:
        place = await ask(self._call)
        heading = place.channels.get(item.discord_id)
        held = _undo_look.channel_held(place, heading) if heading else None
        if held:
            self.different.append(Item("keep_category", item.purpose, item.discord_id, held))
        elif heading is not None and _undo_look.below(place, heading.id):
            self.different.append(Item("keep_category", item.purpose, item.discord_id, OTHERS))
        elif isinstance(heading, discord.CategoryChannel):
            with contextlib.suppress(discord.NotFound):
                await heading.delete(reason=self._reason)
        await undoing.let_go(self._call.tools.db, self.now, "channel", item.discord_id)

    async def _role(self, item: Item) -> None:
        place = await ask(self._call)
        role = place.roles.get(item.discord_id)
        if role is not None:
            why = _undo_look.role_held(place, role)
            opens = _undo_look.opened_by(place, role)
            if why or opens:
                archived = {one.discord_id for one in self.different if one.kind == "archive_channel"}
                why = why or (ARCHIVE if opens <= archived else OPENS)
                self.different.append(Item("keep_role", item.purpose, item.discord_id, why))
            else:
                with contextlib.suppress(discord.NotFound):
                    await role.delete(reason=self._reason)
        await undoing.let_go(self._call.tools.db, self.now, "role", item.discord_id)

    @property
    def _reason(self) -> str:
        return self._public("setup.undo.reason")

    def _public(self, key: str, **args: str) -> str:
        return self._call.tools.texts.t(self.now.guild.locale, key, **args)
