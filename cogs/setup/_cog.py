"""`/setup`: choosing a programme, doing what its list says, going on with what was begun, and looking for what is missing."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.guilds import Guild
from bot.domain.panels import Panel
from bot.errors import PeerError
from bot.kit import first_guess, guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply, command
from bot.kit.router import route
from bot.services import setup
from bot.services.setup import Underway
from cogs.setup import _apply, _check, _made, _outlook, _place, _plan, _steps, _undo
from cogs.setup._place import ask, here
from cogs.setup._who import admins
from data.programmes import presets


class Setup(commands.Cog):
    """`/setup` and what it does."""

    group = app_commands.Group(
        name="setup",
        description="setup.command",
        guild_only=True,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        default_permissions=discord.Permissions(manage_guild=True),
        extras={"everywhere": True},
    )

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @group.command(name="start", description="setup.command.start")
    async def start(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Set a programme up, take up one that was begun, or mend and change what stands."""
        await command(interaction, self._programmes, guard=guards.admin)

    @group.command(name="apply", description="setup.command.apply")
    async def go_on(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Go straight to the list of what was begun."""
        await command(interaction, self._begun, guard=guards.admin)

    @group.command(name="check", description="setup.command.check")
    async def check(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Say what is missing."""
        await command(interaction, self._findings, guard=guards.admin)

    @group.command(name="undo", description="setup.command.undo")
    async def undo(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Take a programme back, after a dry run."""
        await command(interaction, _undo.begin, guard=guards.admin)

    # -- beginning ----------------------------------------------------------------------------------------------------

    @route("setup:begin", guard=guards.admin, in_place=True)
    async def begin(self, call: Call) -> Reply | None:
        """Show the programmes."""
        return await self._programmes(call)

    @admins
    async def _programmes(self, call: Call) -> Reply:
        return _steps.programmes(call, await call.tools.guilds.get(call.guild_id))

    @route("setup:programme", guard=guards.admin, in_place=True)
    @admins
    async def programme(self, call: Call) -> Reply:
        """Begin a programme, or go on with it; who the members are is asked once for the server."""
        tools, place = call.tools, here(call)
        if call.token not in presets():
            raise PeerError("error.button_gone")
        now = await setup.begin(
            tools.db,
            tools.clock,
            tools.guilds,
            place.id,
            preset=call.token,
            locale=first_guess.locale(place),
            zone=first_guess.zone(place),
            countries=first_guess.countries(tools.contacts, place),
        )
        return await self._list(call, now)

    @admins
    async def _begun(self, call: Call) -> Reply:
        tools = call.tools
        waiting = await setup.begun(tools.db, tools.clock, tools.guilds, call.guild_id)
        if not waiting:
            raise PeerError("setup.begun.none")
        return await self._list(call, waiting[0]) if len(waiting) == 1 else _steps.begun(call, waiting)

    async def _list(self, call: Call, now: Underway) -> Reply:
        """Show the list of what will happen, or ask first what must be known for it."""
        if now.programme.state == "applying":
            raise PeerError("setup.already")
        if now.guild.ages is None:
            return _steps.people(call, now)
        return _plan.screen(call, await _outlook.look(call, now))

    # -- doing --------------------------------------------------------------------------------------------------------

    @route("setup:apply", guard=guards.admin, in_place=True)
    @admins
    async def apply(self, call: Call) -> Reply:
        """Do what the list showed; where it would be something else by now, show that instead."""
        programme_id, _, shown = call.token.partition(".")
        tools = call.tools
        now = await setup.start_applying(
            tools.db, tools.clock, tools.guilds, call.guild_id, programme_id, pressed=call.interaction.id
        )
        attempt, left = _apply.Attempt(call, now), list[Panel]()
        try:
            outlook = await _outlook.look(call, now)
            to_do = outlook.ready and outlook.rev == shown
            if to_do:
                await attempt.do(outlook)
                left = await setup.finish(tools.db, tools.guilds, attempt.now, outlook.items)
        except BaseException:
            # Whatever stood in the way, what was made stays written down and the admin can press again.
            await setup.back_to_draft(tools.db, tools.guilds, attempt.now)
            raise
        if not to_do:
            await setup.back_to_draft(tools.db, tools.guilds, now, unmade=call.interaction.id)
            return _plan.screen(call, outlook, changed=outlook.rev != shown)
        return await self._done(call, attempt.now, left)

    async def _done(self, call: Call, done: Underway, left: list[Panel]) -> Reply:
        """Say that it stands, or what it still needs."""
        failed = await self.bot.refresh_guild(call.guild_id)
        old = await _apply.take_down(call, left)
        guild, place = await self._guild(call), await ask(call)
        programme = guild.programme(done.programme.id)
        assert programme is not None
        lines = await _check.findings(call, guild, place, failed, of=programme)
        lines += [call.t("setup.old_panel", id=channel_id) for channel_id in old]
        lines += _check.spares(call, _made.unknown(call, done, place))
        key = "setup.done.but" if lines else "setup.done"
        said = call.t(key, start=f"<#{programme.channels['start']}>", help=f"<#{programme.channels['help']}>")
        return _place.whole([said, *(f"- {line}" for line in lines)], views.rows([_steps.check_button(call)]))

    # -- checking -----------------------------------------------------------------------------------------------------

    @route("setup:check", guard=guards.admin)
    async def check_button(self, call: Call) -> Reply | None:
        """Say what is missing."""
        return await self._findings(call)

    @admins
    async def _findings(self, call: Call) -> Reply:
        guild = await self._guild(call)
        failed = await self.bot.refresh_guild(call.guild_id)
        place = await ask(call)
        lines = await _check.findings(call, guild, place, failed)
        return _check.screen(call, lines, _check.surplus(call, guild, place))

    async def _guild(self, call: Call) -> Guild:
        guild = await call.tools.guilds.get(call.guild_id)
        if guild is None or not guild.programmes:
            raise PeerError("error.not_set_up_admin", start=self.bot.command_sets.mention("setup start", guild))
        return guild
