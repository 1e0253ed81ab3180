"""`/lead` and the Leaders panel: the way to everything that those who lead a programme do. Each part has its own file."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.guilds import LEADERS_NEEDED, Guild, Programme
from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import command
from bot.kit.panels import Shown
from bot.kit.views import Style
from cogs.lead import _people, _texts


class Lead(commands.Cog):
    """`/lead` and the panel in the leaders' channel."""

    lead = app_commands.Group(
        name="lead",
        description="leaders.command",
        guild_only=True,
        default_permissions=discord.Permissions(manage_events=True),
        extras={"feature": "leaders"},
    )

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.kind("leaders", self._panel)

    @lead.command(name="people", description="leaders.command.people")
    async def people(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show who leads or learns to."""
        await command(interaction, _people.here, guard=guards.member)

    @lead.command(name="texts", description="leaders.command.texts")
    async def texts(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show what the programme says, and let it be put in one's own words."""
        await command(interaction, _texts.here, guard=guards.member)

    def _panel(self, guild: Guild, programme: Programme) -> Shown:
        def t(key: str, **args: Any) -> str:
            return self.bot.tools.texts.t(guild.locale, key, **args)

        certified = programme.certified
        if not programme.starting_up:
            stands = t("leaders.panel.certified", number=certified)
        elif certified:
            stands = t("leaders.panel.starting_up.some", number=certified, needed=LEADERS_NEEDED)
        else:
            stands = t("leaders.panel.starting_up.none", needed=LEADERS_NEEDED)
        name = t(f"programme.{programme.preset}.name")
        buttons = [
            views.button(t("leaders.button.people"), f"lead:people:{programme.id}", Style.primary),
            views.button(t("leaders.button.texts"), f"lead:texts:{programme.id}", Style.primary),
            views.button(t("leaders.button.need_rest"), f"lead:rest:{programme.id}"),
            views.button(t("help.button.help_now"), "help:now:panel", Style.danger),
        ]
        more = self.bot.panels.additions("leaders", guild, programme)
        return Shown(t("leaders.panel", programme=name) + "\n\n" + stands, views.rows(buttons, more))
