"""`/checkin`, the Start here panel and its mood buttons. It shows and asks; what holds is decided in services and domain."""

import datetime as dt
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.checkins import Mood, local_day
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, help_card, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply, command
from bot.kit.panels import Shown
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import checkins
from bot.services.guilds import programme_of
from bot.steps.members import NeedsConsent
from cogs.checkins import _form, _history, _remind, _stop
from cogs.checkins._words import MOODS, care_first, parts, read_day, saved, with_help


async def _may_tap(call: Call) -> None:
    """Let those pass whom `guards.reached` does; from a low mood on, help stands before a refusal."""
    if call.actor.guild_id is None:
        mood = MOODS.get(parts(call.token)[1])
        care_first(call, due=mood is not None and mood.is_low)
        await guards.reached(call)


class Checkins(commands.Cog):
    """`/checkin` and the buttons of the Start here panel."""

    checkin = app_commands.Group(
        name="checkin", description="checkins.command", guild_only=True, extras={"feature": "checkins"}
    )

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.kind("start", self._start_panel)

    # -- commands ---------------------------------------------------------------------------------------------------

    @checkin.command(name="now", description="checkins.command.now")
    async def now(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Open the form: mood, note, who sees it."""
        await command(interaction, _form.here, guard=guards.member, opens_form=True)

    @checkin.command(name="history", description="checkins.command.history")
    async def history(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show the person's own check-ins."""
        await command(interaction, _history.here, guard=guards.member)

    @checkin.command(name="remind", description="checkins.command.remind")
    async def remind(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show when the person is asked how they are, and let them choose."""
        await command(interaction, _remind.here, guard=guards.member)

    @checkin.command(name="stop", description="checkins.command.stop")
    async def stop(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Stop checking in, with the choice of what becomes of the history."""
        await command(interaction, _stop.here, guard=guards.member)

    # -- panel ------------------------------------------------------------------------------------------------------

    def _start_panel(self, guild: Guild, programme: Programme) -> Shown:
        def t(key: str, **args: Any) -> str:
            return self.bot.tools.texts.t(guild.locale, key, **args)

        moods = [
            views.button(t(mood.key), f"checkins:mood:{programme.id}.{mood.value}", Style.primary) for mood in Mood
        ]
        others = [
            views.button(t("checkins.button.with_note"), f"checkins:form:{programme.id}"),
            views.button(t("checkins.button.history"), f"checkins:history:{programme.id}"),
            views.button(t("checkins.button.group"), f"checkins:group:{programme.id}"),
            views.button(t("help.button.help_now"), "help:now:panel", Style.danger),
        ]
        more = self.bot.panels.additions("start", guild, programme)
        question = programme.texts.get("question") or t(f"programme.{programme.preset}.question")
        said = [t("checkins.panel", programme=t(f"programme.{programme.preset}.name"), question=question)]
        if programme.starting_up:
            said.append(t("checkins.panel.starting_up"))
        return Shown("\n".join(said), views.rows(moods, others, more))

    # -- one tap ----------------------------------------------------------------------------------------------------

    @route("checkins:mood", guard=_may_tap)
    async def mood(self, call: Call) -> Reply:
        """Save a mood with one tap; before the very first one, ask for the one consent."""
        guild, programme, mood, _ = await self._read_mood(call)
        try:
            recorded = await checkins.record(call.tools.db, call.tools.clock, call.actor, programme, mood)
        except NeedsConsent:
            day = local_day(call.tools.clock.now(), guild.zone).isoformat()
            agree = f"checkins:agree:{programme.id}.{mood.value}.{day}"
            yes = views.button(call.t("consent.button.agree"), agree, Style.success)
            rows = [[yes], help_card.buttons(call.t, programme.id)] if mood.is_low else [[yes]]
            asked = call.t("consent.ask", privacy=self.bot.command_sets.mention("privacy", guild))
            return Reply(with_help(call, guild, mood.is_low, asked), views.rows(*rows))
        return saved(call, guild, programme.id, recorded)

    @route("checkins:agree", guard=_may_tap, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the consent and save what was tapped before, without asking again."""
        guild, programme, mood, day = await self._read_mood(call)
        recorded = await checkins.record(
            call.tools.db, call.tools.clock, call.actor, programme, mood, day=day, agreed=True
        )
        return saved(call, guild, programme.id, recorded)

    async def _read_mood(self, call: Call) -> tuple[Guild, Programme, Mood, dt.date | None]:
        """Read the token of a mood; from a low one on, help stands before whatever may fail."""
        programme_id, value, day = parts(call.token)
        mood = MOODS.get(value)
        if mood is None:
            raise PeerError("error.button_gone")
        care_first(call, due=mood.is_low)
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
        return guild, programme, mood, read_day(day) if day else None

    @route("checkins:share", guard=guards.reached, in_place=True)
    async def share(self, call: Call) -> Reply:
        """Show a held check-in to the group after all."""
        programme_id, day, held_rev = parts(call.token)
        _, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
        await checkins.share_held(call.tools.db, call.actor, programme, read_day(day), held_rev=held_rev)
        return Reply(call.t("checkins.shared"), views.rows(help_card.buttons(call.t, programme.id)))
