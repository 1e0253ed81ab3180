"""Doing what the dry run showed, item by item. Each thing made is written down at once, so that a second try goes on
from there."""

import contextlib
import logging

import discord

from bot.domain.panels import Panel
from bot.domain.presets import CATEGORY, ChannelSpec
from bot.domain.programmes import LOOKS_IN, Item
from bot.errors import PeerError
from bot.kit.call import Call
from bot.services import setup
from bot.services.setup import Underway
from cogs.setup import _made, _outlook, _plan
from cogs.setup._outlook import Outlook
from cogs.setup._place import NO_ANSWER, Place, ask, telling

log = logging.getLogger(__name__)

AFTERWARDS = ("panel", "take_down", "pass_role", "pass_channel", "commands")
"""What is done once the programme is live, or in that moment."""


class Attempt:
    """One attempt at doing a plan; `now` is what stands by now."""

    def __init__(self, call: Call, now: Underway) -> None:
        self.now = now
        self._call = call

    async def do(self, outlook: Outlook) -> None:
        """Do every item of the plan that is about roles and channels; raises PeerError where one cannot be done."""
        call, tools = self._call, self._call.tools
        items = [item for item in outlook.items if item.kind not in AFTERWARDS]
        for number, item in enumerate(items, 1):
            said = _plan.describe(call, outlook, item)
            self.now = await setup.go_on(tools.db, tools.clock, self.now)
            # Whoever closed the answer, or lost it, gets the programme set up all the same.
            with contextlib.suppress(*NO_ANSWER):
                await call.progress(call.t("setup.progress", number=number, total=len(items), item=said))
            with telling(said):
                await self._do(outlook.place, item)
        self.now = await setup.go_on(tools.db, tools.clock, self.now)

    async def _do(self, place: Place, item: Item) -> None:
        match item.kind:
            case "make_role":
                await self._make_role(place, item)
            case "make_category":
                await self._make_category(place, item)
            case "make_channel":
                await self._make_channel(place, item)
            case "use_role" | "take_role" | "take_category" | "use_channel" | "take_channel":
                # That it is there, and fit, was looked at when this attempt began.
                assert item.discord_id is not None
                await self._note(item, item.discord_id)
            case "give_role":
                await self._give(item)
            case "let_in":
                await self._let_in(place, item)

    async def _make_role(self, place: Place, item: Item) -> None:
        role = await place.guild.create_role(
            name=_made.role_name(self._call, self.now, item.purpose),
            permissions=discord.Permissions.none(),
            reason=_made.reason(self._call, self.now),
        )
        place.roles[role.id] = role
        await self._note(item, role.id)

    async def _make_category(self, place: Place, item: Item) -> None:
        heading = await place.guild.create_category(
            _made.channel_name(self._call, self.now, CATEGORY), reason=_made.reason(self._call, self.now)
        )
        place.channels[heading.id] = heading
        await self._note(item, heading.id)

    async def _make_channel(self, place: Place, item: Item) -> None:
        spec = self.now.preset.channel(item.purpose)
        assert spec is not None
        above = place.channels.get(self.now.programme.category_id or 0)
        channel = await place.guild.create_text_channel(
            _made.channel_name(self._call, self.now, item.purpose),
            category=above if isinstance(above, discord.CategoryChannel) else None,
            overwrites=_made.overwrites(place, spec, self._seen_by(place, spec)),
            topic=_made.topic(self._call, self.now, item.purpose),
            reason=_made.reason(self._call, self.now),
        )
        place.channels[channel.id] = channel
        await self._note(item, channel.id)

    async def _give(self, item: Item) -> None:
        """Give a role, if that is still allowed at this very moment."""
        place, role_id = await ask(self._call), self.now.programme.roles[item.purpose]
        role, person = place.roles.get(role_id), self._call.interaction.user
        if role is None:
            raise PeerError("setup.chosen_gone")
        why = _outlook.refused(self.now, place, role, made=role.id in _outlook.new(self.now))
        if why in (_outlook.POWER, _outlook.ORDER):
            raise PeerError(f"setup.kept.{why}", role=role.mention)
        assert isinstance(person, discord.Member)
        await person.add_roles(role, reason=_made.reason(self._call, self.now))

    async def _let_in(self, place: Place, item: Item) -> None:
        spec, channel = self.now.preset.channel(item.purpose), place.channels[self.now.programme.channels[item.purpose]]
        assert spec is not None
        role = self._seen_by(place, spec)
        assert role is not None
        rights = channel.overwrites_for(role)
        rights.update(**_made.FOR_ONE_ROLE)
        await channel.set_permissions(role, overwrite=rights, reason=_made.reason(self._call, self.now))

    async def _note(self, item: Item, discord_id: int) -> None:
        await setup.bound(self._call.tools.db, self._call.guild_id, self.now.programme.id, item, discord_id)

    def _seen_by(self, place: Place, spec: ChannelSpec) -> discord.Role | None:
        role = _made.looking_in(place, spec, self.now.programme.roles)
        if role is None and spec.access in LOOKS_IN:
            raise PeerError("setup.chosen_gone")
        return role


async def take_down(call: Call, panels: list[Panel]) -> list[int]:
    """Remove panels from channels that are not theirs any more; return the channels where that failed.

    Where the process ends before this, an old panel stays; its buttons still work, and anybody may delete it.
    """
    failed = []
    for panel in panels:
        if panel.message_id is None or call.interaction.client.get_channel(panel.channel_id) is None:
            continue
        channel = call.interaction.client.get_partial_messageable(panel.channel_id, guild_id=call.guild_id)
        try:
            await channel.get_partial_message(panel.message_id).delete()
        except discord.NotFound:
            continue
        except NO_ANSWER as error:
            log.warning("an old panel could not be removed: %s", type(error).__name__)
            failed.append(panel.channel_id)
    return failed
