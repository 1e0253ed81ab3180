"""What hosts press in a running meeting: the next phase, the next turn, the lock, who waits to come in, the end."""

from typing import Any

import discord
from discord.ext import commands

from bot.errors import PeerError
from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import runs
from cogs.runs import _room, _words
from cogs.runs._room import RunRooms

MOST_OPTIONS = 25


class RunHosts(commands.Cog, name="RunHosting"):
    """The buttons of hosts, of leaders, and of those who run a meeting themselves."""

    def __init__(self, bot: PeerBot, rooms: RunRooms) -> None:
        self.bot = bot
        self._rooms = rooms

    @route("runs:next", guard=guards.member)
    async def next_phase(self, call: Call) -> Reply:
        """Go on to the next phase."""
        _, programme, run_id, seen = await _words.parts(call)
        tools = call.tools
        pressed = await runs.next_phase(tools.db, tools.clock, call.actor, programme, run_id, seen=_words.number(seen))
        _words.changed(self.bot, call.guild_id, run_id)
        name = _words.phase(tools.texts, call.actor.locale, pressed.after.phase)
        return Reply(call.t("runs.said.next", phase=name))

    @route("runs:turn", guard=guards.member)
    async def next_turn(self, call: Call) -> Reply:
        """Give the turn to whoever waits longest."""
        _, programme, run_id, seen = await _words.parts(call)
        tools = call.tools
        pressed = await runs.next_turn(tools.db, tools.clock, call.actor, programme, run_id, seen=_words.number(seen))
        _words.changed(self.bot, call.guild_id, run_id)
        return Reply(call.t("runs.said.turn" if pressed.after.speaker is not None else "runs.said.turn_over"))

    @route("runs:lock", guard=guards.member)
    async def lock(self, call: Call) -> Reply:
        """Let nobody new in, or let them in again: on the list, and in the channel where that is possible."""
        guild, programme, run_id, to = await _words.parts(call)
        if to not in ("0", "1"):
            raise PeerError("error.button_gone")
        tools = call.tools
        await runs.lock(tools.db, tools.clock, call.actor, programme, run_id, to=to == "1")
        _words.changed(self.bot, call.guild_id, run_id)
        if to == "1":
            return Reply(call.t(await self._rooms.lock(guild, run_id)))
        return Reply(call.t(await self._rooms.unlock(guild, run_id)))

    @route("runs:lobby", guard=guards.member, in_place=True)
    async def lobby(self, call: Call) -> Reply:
        """Show who waits to be let in, to who may let them in."""
        _, programme, run_id, _ = await _words.parts(call)
        return await self._lobby(call, programme.id, run_id)

    @route("runs:let-in", guard=guards.member, in_place=True)
    async def let_in(self, call: Call) -> Reply:
        """Let somebody in."""
        _, programme, run_id, _ = await _words.parts(call)
        (ref, *more) = call.fields.get("values") or [""]
        if more or len(str(ref)) != _words.REF:
            raise PeerError("error.button_gone")
        await runs.let_in(call.tools.db, call.tools.clock, call.actor, programme, run_id, ref=str(ref))
        _words.changed(self.bot, call.guild_id, run_id)
        return await self._lobby(call, programme.id, run_id)

    @route("runs:end", guard=guards.member, in_place=True)
    async def end(self, call: Call) -> Reply:
        """Ask once more before the meeting is ended."""
        _, programme, run_id, _ = await _words.parts(call)
        run = await runs.may_end(call.tools.db, call.actor, programme, run_id)
        yes = views.button(call.t("runs.button.end_yes"), f"runs:end-yes:{_words.token(run)}", Style.danger)
        no = views.button(call.t("runs.button.end_no"), f"runs:end-no:{_words.token(run)}")
        asked = "runs.end.ask" if run.is_last else "runs.end.ask_early"
        return Reply(call.t(asked), views.rows([yes, no]))

    @route("runs:end-no", guard=guards.member, in_place=True)
    async def go_on(self, call: Call) -> Reply:
        """Go on."""
        await _words.parts(call)
        return Reply(call.t("runs.end.no"))

    @route("runs:end-yes", guard=guards.member, in_place=True)
    async def really_end(self, call: Call) -> Reply:
        """End the meeting, and open the channel again."""
        guild, programme, run_id, _ = await _words.parts(call)
        tools = call.tools
        there = await _room.there(self.bot, tools.db, guild, run_id)
        pressed = await runs.end(tools.db, tools.clock, call.actor, programme, run_id, in_room=there)
        await _words.began_or_ended(self.bot, guild.guild_id, run_id)
        said = [call.t("runs.end.done", n=pressed.after.heads or 0)]
        if await self._rooms.unlock(guild, run_id) == "runs.lock.stays":
            said.append(call.t("runs.lock.stays"))
        return Reply("\n".join(said))

    async def _lobby(self, call: Call, programme_id: str, run_id: str) -> Reply:
        _, programme, _, _ = await _words.parts(call)
        waiting = await runs.lobby(call.tools.db, call.actor, programme, run_id)
        if not waiting:
            return Reply(call.t("runs.lobby.nobody"))
        said = [call.t("runs.lobby")]
        said += [f"{number}. <@{user_id}>" for number, (_, user_id) in enumerate(waiting[:MOST_OPTIONS], start=1)]
        options = [
            discord.SelectOption(label=call.t("runs.lobby.option", number=number), value=ref)
            for number, (ref, _) in enumerate(waiting[:MOST_OPTIONS], start=1)
        ]
        select = discord.ui.Select[Any](
            custom_id=f"runs:let-in:{programme_id}.{run_id}", placeholder=call.t("runs.lobby.choose"), options=options
        )
        return Reply("\n".join(said), views.rows([select]))
