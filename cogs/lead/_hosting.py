"""A turn at hosting: what hosts and their pool are told, and the buttons on it. It asks for no reason, ever.

Some phones show more than one line on a lock screen, so nothing that goes to a person names the meeting. Nothing says who
was not there.
"""

import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from bot.clock import Clock
from bot.delivery import Later, Say
from bot.domain.outbox import Claimed
from bot.domain.rotations import Step
from bot.errors import PeerError
from bot.kit import guards, times, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import hostings
from bot.services.hostings import Said, Seen
from bot.steps import rotations as kinds
from cogs.lead._words import parts
from data.db import Database

log = logging.getLogger(__name__)

ELSEWHERE = dt.timedelta(seconds=15)
"""When another process may have taken what this one cannot tell."""
CARD = "meeting"
"""The kind of panel that shows a series' next meeting."""


class Hosting(commands.Cog):
    """What is said, and the buttons on it."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        says: dict[str, Callable[[Claimed, Said, str], Say]] = {
            kinds.CONFIRM: self._confirm,
            kinds.CO_HOST: self._co_host,
            kinds.ASK: self._ask,
            kinds.SWAP: self._swap,
            kinds.SELF_RUN: self._self_run,
            kinds.LATE: self._late,
        }
        for kind, render in says.items():
            bot.delivery.kind(kind, wanted=self._wanted, render=render, in_quiet="silent")

    async def _wanted(self, db: Database, clock: Clock, row: Claimed) -> Said | None:
        if row.kind == kinds.LATE or row.payload["step"] == Step.LATE_CO_HOST:
            await self._look_into_room(db, clock, row)
        said = await hostings.wanted(db, clock, row)
        if said is not None and said.step == Step.CANCEL:
            self.bot.panels.touch(row.guild_id, CARD, said.series_id)
            self.bot.delivery.wake()
        return said

    async def _look_into_room(self, db: Database, clock: Clock, row: Claimed) -> None:
        """See whether a host is there after all: one who came long before, or while the bot was away."""
        here = self.bot.get_guild(row.guild_id)
        if here is None:
            # Who is in its channels is known to the process that serves it.
            raise Later(clock.now() + ELSEWHERE)
        looked_for = await hostings.expected(db, row)
        channel = here.get_channel(looked_for.channel_id or 0)
        if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
            for user_id in channel.voice_states.keys() & set(looked_for.user_ids):
                await hostings.seen_in(db, clock, row.guild_id, channel.id, user_id)

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Take note of a host who comes into the channel of their meeting; of others nothing is kept."""
        known = self.bot.tools.guilds.peek(member.guild.id)
        if after.channel is None or after.channel == before.channel or known is None or not known.live:
            return
        tools = self.bot.tools
        try:
            await hostings.seen_in(tools.db, tools.clock, member.guild.id, after.channel.id, member.id)
        except PeerError as error:
            log.warning("who came could not be written down: %s", error.key)

    # -- what is said -----------------------------------------------------------------------------------------------

    def _confirm(self, row: Claimed, said: Said, locale: str) -> Say:
        token = _token(said)
        key = "rotations.confirm.again" if said.is_confirmed else "rotations.confirm"
        yes = [] if said.is_confirmed else [self._button(locale, "yes", f"lead:host-yes:{token}", Style.success)]
        buttons = [*yes, *self._own_buttons(locale, token)]
        return Say(self._t(locale, key, **_when(said)), views.rows(buttons))

    def _co_host(self, row: Claimed, said: Said, locale: str) -> Say:
        late = said.step == Step.LATE_CO_HOST
        take = self._button(locale, "begin" if late else "lead", f"lead:host-take:{_token(said)}", Style.success)
        return Say(self._t(locale, "rotations.co_host.now" if late else "rotations.co_host", **_when(said)), _row(take))

    def _ask(self, row: Claimed, said: Said, locale: str) -> Say:
        take = self._button(locale, "take", f"lead:host-take:{_token(said)}", Style.success)
        return Say(self._t(locale, "rotations.ask_pool", **_when(said)), _row(take))

    def _swap(self, row: Claimed, said: Said, locale: str) -> Say:
        take = self._button(locale, "take", f"lead:host-swap-take:{_token(said)}", Style.success)
        no = self._button(locale, "not_me", f"lead:host-swap-no:{_token(said)}")
        return Say(self._t(locale, "rotations.swap", **_when(said)), _row(take, no))

    def _self_run(self, row: Claimed, said: Said, locale: str) -> Say:
        run = self._button(locale, "run", f"lead:host-run:{_token(said)}", Style.primary)
        not_tonight = self._button(locale, "not_tonight", f"lead:host-not-tonight:{_token(said)}")
        return Say(self._t(locale, "rotations.self_run", **_when(said)), _row(run, not_tonight))

    def _late(self, row: Claimed, said: Said, locale: str) -> Say:
        if said.step == Step.CANCEL:
            return Say(self._t(locale, "rotations.late.cancel"), channel_id=said.channel_id)
        run = self._button(locale, "run", f"lead:host-run:{_token(said)}")
        take = self._button(locale, "begin", f"lead:host-take:{_token(said)}", Style.success)
        key = "rotations.late.script" if said.step == Step.LATE_SCRIPT else "rotations.late"
        return Say(self._t(locale, key), _row(take, run), said.channel_id)

    # -- buttons ----------------------------------------------------------------------------------------------------

    @route("lead:host-mine", guard=guards.reached)
    async def mine(self, call: Call) -> Reply:
        """Show the person's own turn at a meeting: the way to it from the meeting's card."""
        _, programme, meeting_id, _ = await parts(call)
        seen = await hostings.mine(call.tools.db, call.tools.clock, call.actor, programme, meeting_id)
        return self._own(call, seen, "rotations.mine")

    @route("lead:host-yes", guard=guards.reached, in_place=True)
    async def yes(self, call: Call) -> Reply:
        """Confirm."""
        seen = await self._do(call, hostings.confirm)
        return self._own(call, seen, "rotations.confirmed")

    @route("lead:host-no", guard=guards.reached, in_place=True)
    async def no(self, call: Call) -> Reply:
        """Let somebody else be found; no reason is asked for."""
        await self._do(call, hostings.give_up)
        return Reply(call.t("rotations.given_up"))

    @route("lead:host-take", guard=guards.reached)
    async def take(self, call: Call) -> Reply:
        """Take a turn."""
        seen = await self._do(call, hostings.take)
        return self._own(call, seen, "rotations.taken")

    @route("lead:host-here", guard=guards.reached)
    async def here(self, call: Call) -> Reply:
        """Say that one is here."""
        await self._do(call, hostings.here)
        begin = views.button(call.t("runs.button.begin"), f"runs:open:{call.token}", Style.success)
        return Reply(call.t("rotations.here"), _row(begin))

    @route("lead:host-run", guard=guards.reached)
    async def run(self, call: Call) -> Reply:
        """Run it ourselves."""
        await self._do(call, hostings.run_ourselves)
        begin = views.button(call.t("runs.button.begin"), f"runs:alone:{call.token}", Style.success)
        return Reply(call.t("rotations.self_run.done"), _row(begin))

    @route("lead:host-not-tonight", guard=guards.reached)
    async def not_tonight(self, call: Call) -> Reply:
        """Leave it to the others."""
        await self._do(call, hostings.about)
        return Reply(call.t("rotations.not_tonight"))

    @route("lead:host-swap", guard=guards.reached)
    async def swap(self, call: Call) -> Reply:
        """Ask the others whether somebody takes one's turn."""
        await self._do(call, hostings.call_swap)
        return Reply(call.t("rotations.swap.asked"))

    @route("lead:host-swap-take", guard=guards.reached)
    async def swap_take(self, call: Call) -> Reply:
        """Take what somebody wishes to give away."""
        seen = await self._do(call, hostings.answer_swap, takes=True)
        return self._own(call, seen, "rotations.taken")

    @route("lead:host-swap-no", guard=guards.reached)
    async def swap_no(self, call: Call) -> Reply:
        """Leave it to the others."""
        await self._do(call, hostings.answer_swap, takes=False)
        return Reply(call.t("rotations.not_me"))

    # -- parts ------------------------------------------------------------------------------------------------------

    async def _do(self, call: Call, what: Callable[..., Awaitable[Any]], **more: Any) -> Any:
        _, programme, hosting_id, _ = await parts(call)
        found = await what(call.tools.db, call.tools.clock, call.actor, programme, hosting_id, **more)
        self.bot.delivery.wake()
        return found

    def _own(self, call: Call, seen: Seen, key: str) -> Reply:
        """Answer whoever hosts from now on, with what they may do with it; shortly before its time, that is to begin."""
        token = f"{seen.programme_id}.{seen.id}"
        buttons = self._own_buttons(call.actor.locale, token)
        if seen.leads and call.tools.clock.now() >= seen.starts_at - hostings.EARLY:
            buttons.insert(0, views.button(call.t("runs.button.begin"), f"runs:open:{token}", Style.success))
        return Reply(call.t(key, at=times.at(seen.starts_at)), views.rows(buttons))

    def _own_buttons(self, locale: str, token: str) -> list[Any]:
        return [
            self._button(locale, "here", f"lead:host-here:{token}"),
            self._button(locale, "swap", f"lead:host-swap:{token}"),
            self._button(locale, "cant", f"lead:host-no:{token}"),
        ]

    def _button(self, locale: str, name: str, custom_id: str, style: Style = Style.secondary) -> Any:
        return views.button(self._t(locale, f"rotations.button.{name}"), custom_id, style)

    def _t(self, locale: str, key: str, **args: Any) -> str:
        return self.bot.tools.texts.t(locale, key, **args)


def _token(said: Said) -> str:
    return f"{said.programme_id}.{said.hosting_id}"


def _when(said: Said) -> dict[str, str]:
    return {"at": times.at(said.starts_at), "soon": times.at(said.starts_at, "R")}


def _row(*buttons: Any) -> Any:
    return views.rows(buttons)
