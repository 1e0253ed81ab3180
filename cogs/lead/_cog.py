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
from cogs.lead import _meeting, _meeting_typing, _people, _texts


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

    # -- /lead meeting; beginning one is another feature's, which adds its command to this group ---------------------

    meeting = app_commands.Group(name="meeting", description="meetings.lead.command", parent=lead)

    @meeting.command(name="create", description="meetings.lead.command.create")
    @app_commands.describe(
        title="meetings.lead.command.title",
        when="meetings.lead.command.when",
        repeat="meetings.lead.command.repeat",
        zone="meetings.lead.command.zone",
        minutes="meetings.lead.command.minutes",
        capacity="meetings.lead.command.capacity",
        format="meetings.lead.command.format",
        programme="meetings.lead.command.programme",
    )
    @app_commands.autocomplete(
        when=_meeting_typing.when,
        repeat=_meeting_typing.repeat,
        zone=_meeting_typing.zone,
        format=_meeting_typing.format_,
        programme=_meeting_typing.programme,
    )
    async def create(
        self,
        interaction: "discord.Interaction[PeerBot]",
        title: str,
        when: str,
        repeat: str | None = None,
        zone: str | None = None,
        minutes: int | None = None,
        capacity: int | None = None,
        format: str | None = None,
        programme: str | None = None,
    ) -> None:
        """Show how a new meeting is understood, before it is created."""
        entered = _meeting.entered(title, when, repeat, zone, minutes, capacity, format)
        await command(interaction, _meeting.create(entered, programme), guard=guards.member)

    @meeting.command(name="move", description="meetings.lead.command.move")
    @app_commands.describe(meeting="meetings.lead.command.which", when="meetings.lead.command.to")
    @app_commands.autocomplete(meeting=_meeting_typing.meeting, when=_meeting_typing.when)
    async def move(self, interaction: "discord.Interaction[PeerBot]", meeting: str, when: str | None = None) -> None:
        """Show to when a meeting would be moved, before it is."""
        await command(interaction, _meeting.move(meeting, when or ""), guard=guards.member)

    @meeting.command(name="skip", description="meetings.lead.command.skip")
    @app_commands.describe(meeting="meetings.lead.command.which")
    @app_commands.autocomplete(meeting=_meeting_typing.meeting)
    async def skip(self, interaction: "discord.Interaction[PeerBot]", meeting: str) -> None:
        """Ask whether a meeting is to be left out."""
        await command(interaction, _meeting.skip(meeting), guard=guards.member)

    @meeting.command(name="cancel", description="meetings.lead.command.cancel")
    @app_commands.describe(meeting="meetings.lead.command.which")
    @app_commands.autocomplete(meeting=_meeting_typing.meeting_or_off)
    async def cancel(self, interaction: "discord.Interaction[PeerBot]", meeting: str) -> None:
        """Ask whether a meeting, or its whole series, is to be called off."""
        await command(interaction, _meeting.cancel(meeting), guard=guards.member)

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
