"""What everybody may press in a running meeting: raise a hand, pass, only listen, be there, go; and what was missed."""

from collections.abc import Awaitable, Callable

from discord.ext import commands

from bot.domain.guilds import Guild
from bot.domain.runs import Run
from bot.errors import PeerError
from bot.kit import guards, times
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.services import runs
from bot.services.runs import Pressed
from bot.steps.members import NeedsConsent
from cogs.runs import _room, _words


class RunMembers(commands.Cog):
    """The buttons of all who are there, and of those who missed it."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @route("runs:raise", guard=guards.member)
    async def raise_hand(self, call: Call) -> Reply:
        """Ask for a turn."""
        return await self._press(call, "raise")

    @route("runs:pass", guard=guards.member)
    async def step_back(self, call: Call) -> Reply:
        """Pass."""
        return await self._press(call, "pass")

    @route("runs:listen", guard=guards.member)
    async def listen(self, call: Call) -> Reply:
        """Only listen."""
        return await self._press(call, "listen")

    @route("runs:here", guard=guards.member)
    async def be_here(self, call: Call) -> Reply:
        """Say that one is there."""
        return await self._press(call, "here")

    @route("runs:take", guard=guards.member)
    async def take_over(self, call: Call) -> Reply:
        """Host where nobody does."""
        return await self._press(call, "take")

    @route("runs:help", guard=guards.member)
    async def help_out(self, call: Call) -> Reply:
        """Help the host where nobody does."""
        return await self._press(call, "help")

    @route("runs:self", guard=guards.member)
    async def run_ourselves(self, call: Call) -> Reply:
        """Let those who came run the meeting."""
        return await self._press(call, "self")

    @route("runs:agree", guard=guards.member, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the one consent and what was pressed before."""
        _, _, _, verb = await _words.parts(call)
        return await self._press(call, verb, agreed=True)

    @route("runs:done", guard=guards.member)
    async def done(self, call: Call) -> Reply:
        """Be done with one's turn."""
        _, programme, run_id, seen = await _words.parts(call)
        tools = call.tools
        await runs.finish(tools.db, tools.clock, call.actor, programme, run_id, seen=_words.number(seen))
        _words.changed(self.bot, call.guild_id, run_id)
        return Reply(call.t("runs.said.done"))

    @route("runs:leave", guard=guards.member)
    async def leave(self, call: Call) -> Reply:
        """Have to go."""
        _, programme, run_id, _ = await _words.parts(call)
        pressed = await runs.leave(call.tools.db, call.tools.clock, call.actor, programme, run_id)
        _words.changed(self.bot, call.guild_id, run_id)
        handed = pressed.after.hosting != pressed.before.hosting
        if not handed:
            return Reply(call.t("runs.said.left"))
        return Reply(call.t("runs.said.handed" if pressed.after.host is not None else "runs.said.nobody_hosts"))

    @route("runs:missed", guard=guards.member)
    async def missed(self, call: Call) -> Reply:
        """Show what was held to somebody who could not come: its parts and the closing words, nothing that was said."""
        guild, programme, run_id, _ = await _words.parts(call)
        found, texts = await runs.catch_up(call.tools.db, call.actor, programme, run_id), call.tools.texts
        when = {"title": times.plain(found.title), "at": times.at(found.started_at)}
        said = [call.t("runs.catch_up", **when), ""]
        said += [f"- {_words.phase(texts, call.actor.locale, phase)}" for phase in found.phases]
        said += ["", _words.own_words(texts, guild.locale, programme.preset, programme.texts, "closing")]
        return Reply("\n".join([*said, "", call.t("runs.catch_up.end")]))

    async def _press(self, call: Call, verb: str, *, agreed: bool = False) -> Reply:
        guild, programme, run_id, _ = await _words.parts(call)
        change = VERBS.get(verb)
        if change is None:
            raise PeerError("error.button_gone")
        tools = call.tools
        more = {"in_room": await _room.there(self.bot, tools.db, guild, run_id)} if verb in IN_ROOM else {}
        try:
            pressed = await change(tools.db, tools.clock, call.actor, programme, run_id, agreed=agreed, **more)
        except NeedsConsent:
            return _words.consent(call, guild, f"runs:agree:{programme.id}.{run_id}.{verb}")
        _words.changed(self.bot, guild.guild_id, run_id)
        return Reply(_said(call, guild, verb, pressed))


VERBS: dict[str, Callable[..., Awaitable[Pressed]]] = {
    "raise": runs.raise_hand,
    "pass": runs.step_back,
    "listen": runs.listen,
    "here": runs.be_here,
    "take": runs.take_over,
    "help": runs.help_out,
    "self": runs.run_ourselves,
}
IN_ROOM = {"take", "help"}


def _said(call: Call, guild: Guild, verb: str, pressed: Pressed) -> str:
    """Say to whoever pressed how they stand now."""
    run, own = pressed.after, pressed.own
    if own is not None and own.standing == "lobby":
        return call.t("runs.said.lobby")
    if verb == "raise":
        return _raised(call, run, pressed)
    if verb == "pass":
        return call.t("runs.said.passed")
    if verb == "here" and own is not None and own.standing == "waiting":
        return _raised(call, run, pressed)
    return call.t(f"runs.said.{verb}")


def _raised(call: Call, run: Run, pressed: Pressed) -> str:
    own = pressed.own
    if own is None or own.standing == "speaking":
        return call.t("runs.said.your_turn")
    before = sum(one.place < own.place for one in run.queue) + (run.speaker is not None)
    return call.t("runs.said.raise", n=before) if before else call.t("runs.said.you_are_next")
