"""One command, press or submitted form, and the answer to it.

`answer` is the single way from a handler to a person: it acknowledges in time, turns errors into words in one place, and
never lets a traceback or silence through. It knows no feature.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord

from bot import logs
from bot.domain.actor import Actor
from bot.errors import PeerError
from bot.kit.tools import Tools

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

DEFER_AFTER = 1.2
"""Seconds until an unfinished answer is acknowledged; Discord waits three."""
CONTENT_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person is told, privately."""

    content: str
    view: discord.ui.View | None = None
    files: Sequence[discord.File] = ()


@dataclass(slots=True)
class Call:
    """One interaction on its way to an answer."""

    interaction: "discord.Interaction[PeerBot]"
    actor: Actor
    token: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    in_place: bool = False
    _deferred: asyncio.Task[None] | None = None

    @property
    def tools(self) -> Tools:
        """The parts of this peerled."""
        return self.interaction.client.tools

    def t(self, key: str, **args: Any) -> str:
        """Say a sentence in the person's language."""
        return self.tools.texts.t(self.actor.locale, key, **args)

    @property
    def guild_id(self) -> int:
        """The guild it happens in; raises PeerError outside of guilds."""
        if self.actor.guild_id is None:
            raise PeerError("error.only_in_guild")
        return self.actor.guild_id

    async def open_form(self, form: discord.ui.Modal) -> None:
        """Open a form; must be the first and only answer."""
        await self.interaction.response.send_modal(form)

    async def progress(self, content: str) -> None:
        """Show how far long work has come, in the answer that will be replaced at the end."""
        await self._acknowledge()
        await self.interaction.edit_original_response(content=content[:CONTENT_LIMIT], view=None)

    def defer_soon(self) -> asyncio.TimerHandle:
        """Acknowledge by ourselves if the answer takes longer than `DEFER_AFTER`."""
        return asyncio.get_running_loop().call_later(DEFER_AFTER, self._start_deferring)

    def _start_deferring(self) -> None:
        if self._deferred is None and not self.interaction.response.is_done():
            self._deferred = asyncio.create_task(self._defer())

    async def _defer(self) -> None:
        if self.in_place:
            await self.interaction.response.defer()
        else:
            await self.interaction.response.defer(ephemeral=True, thinking=True)

    async def _acknowledge(self) -> None:
        self._start_deferring()
        if self._deferred is not None:
            await self._deferred

    async def deliver(self, reply: Reply, *, beside: bool = False) -> None:
        """Send the answer; `beside`: leave what an in-place answer would have replaced as it is."""
        if self._deferred is not None:
            await self._deferred
        view = reply.view or discord.utils.MISSING
        content, files = reply.content[:CONTENT_LIMIT], list(reply.files)
        response = self.interaction.response
        if response.is_done() and (not self.in_place or not beside):
            await self.interaction.edit_original_response(content=content, view=reply.view, attachments=files)
        elif response.is_done():
            await self.interaction.followup.send(content, view=view, files=files, ephemeral=True)
        elif self.in_place and not beside:
            await response.edit_message(content=content, view=reply.view, attachments=files)
        else:
            await response.send_message(content, view=view, files=files, ephemeral=True)


Handler = Callable[[Call], Awaitable[Reply | None]]
Guard = Callable[[Call], Awaitable[None]]


def actor_of(interaction: "discord.Interaction[PeerBot]") -> Actor:
    """Read from the interaction itself who acts and with which rights."""
    user = interaction.user
    in_guild = isinstance(user, discord.Member)
    return Actor(
        user_id=user.id,
        guild_id=interaction.guild_id if in_guild else None,
        role_ids=frozenset([role.id for role in user.roles]) if isinstance(user, discord.Member) else frozenset(),
        manages_guild=in_guild and interaction.permissions.manage_guild,
        locale=str(interaction.locale),
    )


async def answer(call: Call, handler: Handler, *, guard: Guard, opens_form: bool = False) -> None:
    """Run `guard`, then `handler`, and answer the person whatever happens.

    Work longer than `DEFER_AFTER` is acknowledged meanwhile, except before a form, which cannot follow a deferral.
    """
    bot = call.interaction.client
    if not bot.admit(call.interaction.id):
        return
    timer = None if opens_form else call.defer_soon()
    bot.under_way += 1
    try:
        reply, refused = await _run(call, handler, guard)
        if timer is not None:
            timer.cancel()
        if reply is not None:
            await call.deliver(reply, beside=refused)
    except discord.HTTPException as error:
        # Nothing more can be said to the person: Discord did not take the answer.
        log.warning("an answer was not taken by Discord: status %s, code %s", error.status, error.code)
    finally:
        bot.under_way -= 1
        if timer is not None:
            timer.cancel()


async def _run(call: Call, handler: Handler, guard: Guard) -> tuple[Reply | None, bool]:
    try:
        if call.interaction.client.stopping:
            raise PeerError("error.restarting")
        await guard(call)
        return await handler(call), False
    except PeerError as error:
        return Reply(call.t(error.key, **error.args_for_text)), True
    except Exception as error:  # noqa: BLE001 - the one place where an accident becomes words instead of silence
        return accident(call, error), True


def accident(call: Call, error: BaseException) -> Reply:
    """Log an unexpected error without what anybody wrote, and make the sentence that names its reference."""
    reference = logs.reference()
    log.error("reference %s", reference, exc_info=error)
    return Reply(call.t("error.accident", reference=reference))
