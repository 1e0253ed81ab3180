"""One command, press or submitted form, and the answer to it.

`answer` is the single way from a handler to a person: it acknowledges in time, turns errors into words in one place, and
never lets a traceback or silence through. It knows no feature.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import discord

from bot import logs
from bot.domain.actor import Actor
from bot.errors import Busy, PeerError
from bot.kit.tools import Tools

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

DEFER_AFTER = 1.2
"""Seconds until an unfinished answer is acknowledged; Discord waits three."""
FORM_WITHIN = 1.2
"""Seconds for all that comes before a form, which nothing can be said before and which cannot follow a deferral."""
CONTENT_LIMIT = 2_000
UNKNOWN_INTERACTION, ALREADY_ANSWERED, NOT_FOUND, TOO_MANY = 10062, 40060, 404, 429
NO_ANSWER = (discord.RateLimited, aiohttp.ClientError, OSError)
"""What is raised where Discord gave no answer at all, or wants to be left alone for long; TimeoutError is an OSError."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person is told, privately."""

    content: str
    view: discord.ui.View | None = None
    files: Sequence[discord.File] = ()
    more: Sequence["Reply"] = ()
    """Further private messages that follow, in this order."""


@dataclass(slots=True)
class Call:
    """One interaction on its way to an answer."""

    interaction: "discord.Interaction[PeerBot]"
    actor: Actor
    token: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    in_place: bool = False
    care: str = field(default="", repr=False)
    """Help that stands before whatever is answered when the handler fails: set as soon as danger is known."""
    _deferred: asyncio.Task[None] | None = None
    _acknowledged: bool = False
    _form: str = ""
    """What became of the form: "" (not yet), "opening" or "late"."""

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
        """Open a form; must be the first and only answer. Raises Busy when it is too late for it."""
        if self._form == "late":
            raise Busy("error.busy_reading")
        self._form = "opening"
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
        """Acknowledge, once more where no answer came; where that fails, the answer itself may still be taken."""
        for is_second in (False, True):
            try:
                if self.in_place:
                    await self.interaction.response.defer()
                else:
                    await self.interaction.response.defer(ephemeral=True, thinking=True)
                return
            except discord.HTTPException as error:
                self._acknowledged = is_second and error.code == ALREADY_ANSWERED
                log.warning("an interaction could not be acknowledged: %s", error)
                return
            except NO_ANSWER as error:
                log.warning("an interaction could not be acknowledged: %s", error)

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
        acknowledged = self._acknowledged or response.is_done()
        if acknowledged and (not self.in_place or not beside):
            await self.interaction.edit_original_response(content=content, view=reply.view, attachments=files)
        elif acknowledged:
            await self.interaction.followup.send(content, view=view, files=files, ephemeral=True)
        elif self.in_place and not beside:
            await response.edit_message(content=content, view=reply.view, attachments=files)
        else:
            await response.send_message(content, view=view, files=files, ephemeral=True)
        for one in reply.more:
            view = one.view or discord.utils.MISSING
            said, files = one.content[:CONTENT_LIMIT], list(one.files)
            await self.interaction.followup.send(said, view=view, files=files, ephemeral=True)


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
        locale=interaction.client.tools.languages.locale(user.id, str(interaction.locale)),
    )


async def command(
    interaction: "discord.Interaction[PeerBot]", handler: Handler, *, guard: Guard, opens_form: bool = False
) -> None:
    """Answer a command with `handler`: all that a command's own function does."""
    await answer(Call(interaction, actor_of(interaction)), handler, guard=guard, opens_form=opens_form)


async def answer(call: Call, handler: Handler, *, guard: Guard, opens_form: bool = False) -> None:
    """Run `guard`, then `handler`, and answer the person whatever happens.

    Work longer than `DEFER_AFTER` is acknowledged meanwhile, except before a form, which cannot follow a deferral: that is
    given up after `FORM_WITHIN`, with a plain sentence.
    """
    bot = call.interaction.client
    if not bot.admit(call.interaction.id):
        return
    timer = None if opens_form else call.defer_soon()
    bot.under_way += 1
    try:
        reply, refused = await _run(call, _in_time(handler) if opens_form else handler, guard)
        if timer is not None:
            timer.cancel()
        if reply is not None:
            await _tell(call, reply, refused)
    finally:
        bot.under_way -= 1
        if timer is not None:
            timer.cancel()


async def _tell(call: Call, reply: Reply, refused: bool) -> None:
    """Deliver the answer; one that Discord does not take is followed by the sentence for accidents, once."""
    try:
        await call.deliver(reply, beside=refused)
    except Exception as error:  # noqa: BLE001 - whatever became of the answer, silence is no answer
        if _is_over(error):
            return
        try:
            await call.deliver(_with_care(call, accident(call, error)), beside=True)
        except (discord.HTTPException, *NO_ANSWER) as again:
            _is_over(again)


def _is_over(error: Exception) -> bool:
    """Log that an answer was not taken, and tell whether nothing more can be said to the person."""
    log.warning("an answer was not taken by Discord: %s", error)
    if not isinstance(error, discord.HTTPException):
        return False
    return error.status == NOT_FOUND or error.code in (UNKNOWN_INTERACTION, ALREADY_ANSWERED)


def _in_time(handler: Handler) -> Handler:
    """Give up `handler` when it is not at its form, nor at another answer, within `FORM_WITHIN`."""

    async def quick(call: Call) -> Reply | None:
        work = asyncio.ensure_future(handler(call))
        if not await _done(work, FORM_WITHIN) and call._form != "opening":
            call._form = "late"
            _give_up(work)
            raise Busy("error.busy_reading")
        return await work

    return quick


async def _done(task: "asyncio.Future[Any]", seconds: float) -> bool:
    try:
        return bool((await asyncio.wait([task], timeout=seconds))[0])
    except asyncio.CancelledError:
        _give_up(task)
        raise


def _give_up(task: "asyncio.Future[Any]") -> None:
    """Cancel without waiting: a reading ends only when its statement does. What it still raises is of no use to anybody."""
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    task.cancel()


async def _run(call: Call, handler: Handler, guard: Guard) -> tuple[Reply | None, bool]:
    try:
        if call.interaction.client.stopping:
            raise PeerError("error.restarting")
        await guard(call)
        return await handler(call), False
    except PeerError as error:
        return _with_care(call, Reply(call.t(error.key, **error.args_for_text))), True
    except Exception as error:  # noqa: BLE001 - the one place where an accident becomes words instead of silence
        return _with_care(call, accident(call, error)), True


def _with_care(call: Call, refusal: Reply) -> Reply:
    return Reply(f"{call.care}\n\n{refusal.content}", refusal.view) if call.care else refusal


def is_limit(error: BaseException) -> bool:
    """Tell whether an error only says that Discord wants to be left alone for a while."""
    return isinstance(error, discord.RateLimited) or (
        isinstance(error, discord.HTTPException) and error.status == TOO_MANY
    )


def accident(call: Call, error: BaseException) -> Reply:
    """Log an unexpected error without what anybody wrote, and make the sentence that names its reference.

    A limit of Discord's is none: whoever waits for a while may go on.
    """
    if is_limit(error):
        log.warning("an answer was put off by a limit of Discord: %s", type(error).__name__)
        return Reply(call.t("error.later"))
    reference = logs.reference()
    log.error("reference %s", reference, exc_info=error)
    return Reply(call.t("error.accident", reference=reference))
