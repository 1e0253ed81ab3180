"""`/admin`: how delivery stands in this server, for those who manage it. It names nobody, nor what was to be said."""

import datetime as dt
from collections import Counter

import discord
from discord import app_commands
from discord.ext import commands

from bot.delivery import notice
from bot.domain import troubles
from bot.domain.guilds import Guild
from bot.domain.outbox import Counts
from bot.errors import PeerError
from bot.kit import guards, versions, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply, command
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import outbox


class Admin(commands.Cog):
    """`/admin` and its buttons."""

    group = app_commands.Group(
        name="admin",
        description="admin.command",
        guild_only=True,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        default_permissions=discord.Permissions(manage_guild=True),
        extras={"everywhere": True},
    )

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        self._versions = {"peerled": versions.peerled(), "zones": versions.time_zones()}

    @group.command(name="health", description="admin.command.health")
    async def health(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Say what waits, what is stuck and why."""
        await command(interaction, self._health, guard=guards.admin)

    @route("admin:health", guard=guards.admin, in_place=True)
    async def look_again(self, call: Call) -> Reply:
        """Say how things stand by now."""
        return await self._health(call)

    @route("admin:steps", guard=guards.admin, in_place=True)
    async def steps(self, call: Call) -> Reply:
        """Say for each thing that stood in the way what can be done about it."""
        guild = await self._guild(call)
        counts = await outbox.health(call.tools.db, call.tools.clock, guild.guild_id)
        causes: Counter[troubles.Cause] = Counter()
        for error, count in counts.dead_by_error:
            causes[troubles.cause(error)] += count
        if not causes:
            return self._screen(call, guild, counts)
        said = [call.t("admin.steps.title")]
        for cause, count in causes.most_common():
            words, step = call.t(f"delivery.cause.{cause}"), self._step(call, cause)
            said.append(call.t("admin.steps.line", count=count, words=words, step=step))
        again = views.button(call.t("admin.button.again"), "admin:health:")
        return Reply("\n".join([*said, call.t("admin.steps.after")]), views.rows([again]))

    async def _health(self, call: Call) -> Reply:
        guild = await self._guild(call)
        counts = await outbox.health(call.tools.db, call.tools.clock, guild.guild_id)
        return self._screen(call, guild, counts)

    def _screen(self, call: Call, guild: Guild, counts: Counts) -> Reply:
        troubled = self._troubles(call, guild, counts)
        said = [call.t("admin.health.title"), *troubled] if troubled else [call.t("admin.health.well")]
        waiting = counts.pending + counts.claimed - counts.late
        if waiting > 0:
            said.append(call.t("admin.health.waiting", count=waiting))
        if counts.expired:
            said.append(call.t("admin.health.expired", count=counts.expired))
        said.append(call.t("admin.health.about", now=_stamp(call.tools.clock.now(), "T"), **self._versions))
        buttons = [views.button(call.t("admin.button.again"), "admin:health:")]
        if counts.dead:
            buttons.append(views.button(call.t("admin.button.steps"), "admin:steps:", Style.primary))
        return Reply("\n".join(said), views.rows(buttons))

    def _troubles(self, call: Call, guild: Guild, counts: Counts) -> list[str]:
        """Return a line for each thing that is not as it should be; none: all is well."""
        lines, pause = [], self.bot.delivery.breaker.pause_left
        if pause:
            until = call.tools.clock.now() + dt.timedelta(seconds=pause)
            lines.append(call.t("admin.health.paused", when=_stamp(until, "R")))
        if counts.late and counts.late_since is not None:
            lines.append(call.t("admin.health.late", count=counts.late, since=_stamp(counts.late_since, "R")))
        if counts.dead and counts.dead_at is not None:
            lines.append(call.t("admin.health.dead", count=counts.dead, when=_stamp(counts.dead_at, "R")))
        if counts.held:
            lines.append(call.t("admin.health.held", count=counts.held))
        if counts.last_error is not None:
            lines.append(self._last(call, counts.last_error))
        if guild.live and notice.channel(self.bot, guild) is None:
            lines.append(call.t("admin.health.nobody_told", check=self.bot.command_sets.mention("setup check", guild)))
        return lines

    def _last(self, call: Call, error: str) -> str:
        """Say what went wrong last and what comes next, with Discord's numbers for whoever runs the bot."""
        cause, code = troubles.cause(error), troubles.number(error)
        said = {"words": call.t(f"delivery.cause.{cause}"), "step": self._step(call, cause)}
        return call.t("admin.health.last_number", number=code, **said) if code else call.t("admin.health.last", **said)

    def _step(self, call: Call, cause: troubles.Cause) -> str:
        mention = self.bot.command_sets.mention
        return call.t(f"admin.step.{cause}", check=mention("setup check", None), start=mention("setup start", None))

    async def _guild(self, call: Call) -> Guild:
        """Return the guild; raises PeerError where nothing was ever set up."""
        guild = await call.tools.guilds.get(call.guild_id)
        if guild is None:
            raise PeerError("error.not_set_up_admin", start=self.bot.command_sets.mention("setup start", None))
        return guild


def _stamp(at: dt.datetime, how: str) -> str:
    """Return an instant as Discord shows it in each reader's own time."""
    return f"<t:{int(at.timestamp())}:{how}>"


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Admin(bot))
