"""`/setup undo`: take a programme back, after a dry run; what people wrote and what is not ours stays."""

from discord.ext import commands

from bot.errors import PeerError
from bot.kit import guards
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.services import undoing
from cogs.setup import _check, _undo_apply, _undo_look, _undo_words
from cogs.setup._place import at_hand
from cogs.setup._undo_look import Outlook
from cogs.setup._who import admins


@admins
async def begin(call: Call) -> Reply:
    """Show what taking back would do, or ask which programme where there are several."""
    found = await undoing.candidates(call.tools.db, call.guild_id)
    if not found:
        raise PeerError("setup.undo.none")
    return _undo_words.which(call, found) if len(found) > 1 else await _plan(call, found[0].id)


async def _plan(call: Call, programme_id: str, page: int = 0) -> Reply:
    return _undo_words.plan(call, await _outlook(call, programme_id), page=page)


async def _outlook(call: Call, programme_id: str) -> Outlook:
    tools = call.tools
    now = await undoing.standing(tools.db, tools.clock, tools.guilds, call.guild_id, programme_id)
    return await _undo_look.look(call, now)


class Undo(commands.Cog):
    """The buttons of `/setup undo`."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @route("setup:undo-plan", guard=guards.admin, in_place=True)
    @admins
    async def plan(self, call: Call) -> Reply:
        """Show what taking this programme back would do now."""
        programme_id, _, page = call.token.partition(".")
        return await _plan(call, programme_id, int(page) if page.isdecimal() and len(page) < 3 else 0)

    @route("setup:undo-leave", guard=guards.admin, in_place=True)
    @admins
    async def leave(self, call: Call) -> Reply:
        """Leave everything as it is."""
        return Reply(call.t("setup.undo.left"))

    @route("setup:undo-do", guard=guards.admin, in_place=True)
    @admins
    async def do(self, call: Call) -> Reply:
        """Do what the plan showed; where it would be something else by now, show that instead."""
        programme_id, _, shown = call.token.partition(".")
        tools = call.tools
        outlook = await _outlook(call, programme_id)
        if outlook.rev != shown or not outlook.ready:
            return _undo_words.plan(call, outlook, changed=outlook.rev != shown)
        now = await undoing.begin(tools.db, tools.clock, tools.guilds, outlook.now, heading_to=outlook.heading_to)
        attempt = _undo_apply.Attempt(call, now)
        try:
            # Its commands end first; that this did not work keeps nothing else waiting.
            refreshed = await self.bot.refresh_guild(call.guild_id)
            await attempt.do(outlook)
            await undoing.finish(tools.db, tools.guilds, attempt.now)
        except BaseException:
            # Whatever stood in the way, what is done stays done and the admin can press again.
            await undoing.stop(tools.db, tools.guilds, attempt.now)
            raise
        lines = [_undo_words.describe(call, item) for item in attempt.different]
        lines += [call.t("setup.old_panel", id=channel_id) for channel_id in attempt.left_standing]
        lines += _check.refreshing(call, at_hand(call), refreshed)
        return _undo_words.done(call, outlook.now.programme, lines)
