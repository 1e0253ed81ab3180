"""The buttons and lists on the screens of pools."""

from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.services import rotations
from cogs.lead import _rotation_screens as screens
from cogs.lead._words import parts

ABOVE_OTHERS = 20


class Pools(commands.Cog):
    """Pools, for those who lead; and leaving one, for everybody who is in it."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.add("leaders", ABOVE_OTHERS, "meetings", self._way_there)
        bot.delivery.sweep(rotations.plan_ahead)

    def _way_there(self, guild: Guild, programme: Programme) -> Any:
        label = self.bot.tools.texts.t(guild.locale, "rotations.button.hosting")
        return views.button(label, f"lead:pools:{programme.id}")

    @route("lead:pools", guard=guards.member, in_place=True)
    async def pools(self, call: Call) -> Reply:
        """Show the pools: to leaders all, to others those that they are in."""
        guild, programme, _, _ = await parts(call)
        return await screens.everything(call, guild, programme)

    @route("lead:pool", guard=guards.leader, in_place=True)
    async def pool(self, call: Call) -> Reply:
        """Show one."""
        guild, programme, pool_id, _ = await parts(call)
        shown = await rotations.show(call.tools.db, call.tools.clock, call.actor, programme, pool_id)
        return screens.pool(call, guild, programme, shown)

    @route("lead:pool-balance", guard=guards.leader, in_place=True)
    async def balance(self, call: Call) -> Reply:
        """Show how turns stand."""
        guild, programme, pool_id, _ = await parts(call)
        shown = await rotations.show(call.tools.db, call.tools.clock, call.actor, programme, pool_id)
        return await screens.balance(call, guild, programme, shown)

    @route("lead:pool-add", guard=guards.leader, in_place=True)
    async def add(self, call: Call) -> Reply:
        """Put the chosen person in."""
        guild, programme, pool_id, _ = await parts(call)
        user_id, is_bot = _chosen(call)
        return await screens.put_in(call, guild, programme, pool_id, user_id, is_bot=is_bot)

    @route("lead:pool-out", guard=guards.leader, in_place=True)
    async def out(self, call: Call) -> Reply:
        """Ask whether the chosen person is to be taken out."""
        _, programme, pool_id, _ = await parts(call)
        user_id, _ = _chosen(call, also_gone=True)
        shown = await rotations.show(call.tools.db, call.tools.clock, call.actor, programme, pool_id)
        one = next((one for one in shown.people if one.user_id == user_id), None)
        if one is None:
            raise PeerError("rotations.not_in_pool")
        return screens.ask_remove(call, programme, shown, one)

    @route("lead:pool-remove", guard=guards.member, in_place=True)
    async def remove(self, call: Call) -> Reply:
        """Ask whether somebody is to be taken out, or wants to leave."""
        _, programme, row_id, _ = await parts(call)
        found = await rotations.one(call.tools.db, call.tools.clock, call.actor, programme, row_id)
        return screens.ask_remove(call, programme, *found)

    @route("lead:pool-remove-yes", guard=guards.member, in_place=True)
    async def removed(self, call: Call) -> Reply:
        """Take them out; the turns they had ahead are looked after."""
        _, programme, row_id, _ = await parts(call)
        _, opened = await rotations.remove(call.tools.db, call.tools.clock, call.actor, programme, row_id)
        self.bot.delivery.wake()
        said = call.t("rotations.remove.done") + (f" {call.t('rotations.remove.opened', n=opened)}" if opened else "")
        back = views.button(call.t("rotations.button.pools"), f"lead:pools:{programme.id}")
        return Reply(said, views.rows([back]))

    # -- dates ------------------------------------------------------------------------------------------------------

    @route("lead:pool-away", guard=guards.member, opens_form=True)
    async def away(self, call: Call) -> None:
        """Ask from when to when somebody is away; why is nobody's business."""
        _, programme, row_id, _ = await parts(call)
        fields = [_date(call, name, required=True) for name in ("first", "last")]
        form_id = f"lead:pool-away-save:{programme.id}.{row_id}"
        await call.open_form(views.form(call.t("rotations.form.away"), form_id, *fields))

    @route("lead:pool-away-save", guard=guards.member, in_place=True)
    async def away_saved(self, call: Call) -> Reply:
        """Write it down."""
        _, programme, row_id, _ = await parts(call)
        first, last = (str(call.fields.get(name) or "") for name in ("first", "last"))
        tools = call.tools
        found = await rotations.set_away(tools.db, tools.clock, call.actor, programme, row_id, first, last)
        return self._saved(call, programme, found[1])

    @route("lead:pool-term", guard=guards.leader, opens_form=True)
    async def term(self, call: Call) -> None:
        """Ask when somebody's service ends."""
        _, programme, row_id, _ = await parts(call)
        form_id = f"lead:pool-term-save:{programme.id}.{row_id}"
        await call.open_form(views.form(call.t("rotations.form.term"), form_id, _date(call, "until", required=False)))

    @route("lead:pool-term-save", guard=guards.leader, in_place=True)
    async def term_saved(self, call: Call) -> Reply:
        """Write it down."""
        _, programme, row_id, _ = await parts(call)
        tools, until = call.tools, str(call.fields.get("until") or "")
        found = await rotations.set_term(tools.db, tools.clock, call.actor, programme, row_id, until)
        return self._saved(call, programme, found[1])

    def _saved(self, call: Call, programme: Programme, opened: int) -> Reply:
        self.bot.delivery.wake()
        said = call.t("rotations.date.saved") + (f" {call.t('rotations.remove.opened', n=opened)}" if opened else "")
        back = views.button(call.t("rotations.button.pools"), f"lead:pools:{programme.id}")
        return Reply(said, views.rows([back]))

    @route("lead:pool-series", guard=guards.leader, in_place=True)
    async def series(self, call: Call) -> Reply:
        """Let the pool host the chosen meetings."""
        guild, programme, pool_id, _ = await parts(call)
        values = call.fields.get("values")
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise PeerError("error.button_gone")
        tools = call.tools
        shown = await rotations.host_series(tools.db, tools.clock, call.actor, programme, pool_id, values)
        self.bot.delivery.wake()
        return screens.pool(call, guild, programme, shown, call.t("rotations.series.done"))


def _date(call: Call, name: str, *, required: bool) -> discord.ui.Label[Any]:
    field = discord.ui.TextInput[Any](custom_id=name, required=required, max_length=10, placeholder="2026-12-24")
    return discord.ui.Label[Any](text=call.t(f"rotations.form.{name}"), component=field)


def _chosen(call: Call, *, also_gone: bool = False) -> tuple[int, bool]:
    """Return who was chosen and whether that is a bot; `also_gone`: also somebody who is not in the server any more."""
    values = call.fields.get("values")
    data: Any = call.interaction.data or {}
    resolved = data.get("resolved") or {}
    if not isinstance(values, list) or len(values) != 1 or not str(values[0]).isdecimal() or len(str(values[0])) > 20:
        raise PeerError("error.button_gone")
    (chosen,) = values
    if not also_gone and chosen not in (resolved.get("members") or {}):
        raise PeerError("leaders.add.not_here")
    return int(chosen), bool((resolved.get("users") or {}).get(chosen, {}).get("bot"))
