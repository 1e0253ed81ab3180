"""`/setup start` and `/setup check`: the steps of the set-up as buttons and selects, each checked afresh."""

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.programmes import Draft
from bot.errors import PeerError
from bot.kit import guards, help_card, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply, actor_of, answer
from bot.kit.router import route
from bot.services import setup
from bot.services.setup import Underway
from cogs.setup import _apply, _check, _steps

PRESET = "recovery"
ZONES = {
    "de": "Europe/Berlin",
    "en-GB": "Europe/London",
    "es-ES": "Europe/Madrid",
    "fr": "Europe/Paris",
    "it": "Europe/Rome",
    "ja": "Asia/Tokyo",
    "nl": "Europe/Amsterdam",
    "pl": "Europe/Warsaw",
    "pt-BR": "America/Sao_Paulo",
    "sv-SE": "Europe/Stockholm",
}
"""A first guess by the server's language, shown and changeable; UTC where a language is spoken in many zones."""


class Setup(commands.Cog):
    """`/setup` and its buttons."""

    group = app_commands.Group(
        name="setup",
        description="setup.command",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
        extras={"everywhere": True},
    )

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @group.command(name="start", description="setup.command.start")
    async def start(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Begin a set-up, or take up the one that was begun."""
        await answer(Call(interaction, actor_of(interaction)), self._begin, guard=guards.admin)

    @group.command(name="check", description="setup.command.check")
    async def check(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Say what is missing."""
        await answer(Call(interaction, actor_of(interaction)), self._findings, guard=guards.admin)

    async def _begin(self, call: Call) -> Reply:
        tools, place = call.tools, call.interaction.guild
        if place is None:
            raise PeerError("setup.check.no_bot")
        locale = str(place.preferred_locale)
        now = await setup.begin(
            tools.db,
            tools.clock,
            tools.guilds,
            place.id,
            preset=PRESET,
            locale=locale,
            zone=ZONES.get(locale, "UTC"),
            countries=list(help_card.country_of_locale(tools.contacts, locale)),
        )
        if now.programme.state == "live":
            return Reply(call.t("setup.already_live"), views.rows([self._check_button(call)]))
        if now.programme.state == "applying":
            raise PeerError("setup.already")
        return _steps.people(call, now)

    # -- choosing ---------------------------------------------------------------------------------------------------

    @route("setup:ages", guard=guards.admin, in_place=True)
    async def ages(self, call: Call) -> Reply:
        """Take who the members are."""
        (chosen,) = _values(call, {"adults", "minors", "both"}, 1)
        return _steps.people(call, await self._choose(call, call.token, lambda draft: replace(draft, ages=chosen)))

    @route("setup:countries", guard=guards.admin, in_place=True)
    async def countries(self, call: Call) -> Reply:
        """Take which countries' numbers to show."""
        known = {country.code for country in call.tools.contacts.countries}
        chosen = _values(call, known, _steps.COUNTRIES_AT_ONCE)
        await setup.underway(call.tools.db, call.guild_id, call.token)
        await setup.set_guild(call.tools.db, call.tools.guilds, call.guild_id, countries=chosen)
        return _steps.people(call, await setup.underway(call.tools.db, call.guild_id, call.token))

    @route("setup:zone", guard=guards.admin, opens_form=True)
    async def zone(self, call: Call) -> None:
        """Open the form for the time zone."""
        box = discord.ui.Label[Any](
            text=call.t("setup.zone.label"),
            description=call.t("setup.zone.hint"),
            component=discord.ui.TextInput(custom_id="zone", max_length=64),
        )
        await call.open_form(views.form(call.t("setup.zone.title"), f"setup:zone-set:{call.token}", box))

    @route("setup:zone-set", guard=guards.admin, in_place=True)
    async def zone_set(self, call: Call) -> Reply:
        """Take the time zone."""
        await setup.underway(call.tools.db, call.guild_id, call.token)
        zone = str(call.fields.get("zone") or "").strip()
        await setup.set_guild(call.tools.db, call.tools.guilds, call.guild_id, zone=zone)
        return _steps.people(call, await setup.underway(call.tools.db, call.guild_id, call.token))

    @route("setup:channel", guard=guards.admin, in_place=True)
    async def channel(self, call: Call) -> Reply:
        """Take, or let go of, a channel that exists already."""
        programme_id, _, purpose = call.token.partition(".")
        chosen = _snowflake(call, call.interaction.guild and call.interaction.guild.get_channel)

        def change(draft: Draft) -> Draft:
            return replace(draft, channels=_put(draft.channels, purpose, chosen))

        return _steps.channels(call, await self._choose(call, programme_id, change))

    @route("setup:role", guard=guards.admin, in_place=True)
    async def role(self, call: Call) -> Reply:
        """Take, or let go of, a role that exists already."""
        programme_id, _, purpose = call.token.partition(".")
        chosen = _snowflake(call, call.interaction.guild and call.interaction.guild.get_role)

        def change(draft: Draft) -> Draft:
            return replace(draft, roles=_put(draft.roles, purpose, chosen))

        return _steps.roles(call, await self._choose(call, programme_id, change))

    @route("setup:mine", guard=guards.admin, in_place=True)
    async def mine(self, call: Call) -> Reply:
        """Switch "both roles to me for now" on or off."""
        now = await self._choose(call, call.token, lambda draft: replace(draft, mine=not draft.mine))
        return _steps.roles(call, now)

    @route("setup:step", guard=guards.admin, in_place=True)
    async def step(self, call: Call) -> Reply:
        """Go to a step."""
        programme_id, _, step = call.token.partition(".")
        if step not in _steps.STEPS:
            raise PeerError("error.button_gone")
        now = await setup.underway(call.tools.db, call.guild_id, programme_id)
        screen: Reply = getattr(_steps, step)(call, now)
        return screen

    @route("setup:cancel", guard=guards.admin, in_place=True)
    async def cancel(self, call: Call) -> Reply:
        """Leave the set-up as it is; nothing was made."""
        return Reply(call.t("setup.cancelled"))

    # -- doing ------------------------------------------------------------------------------------------------------

    @route("setup:apply", guard=guards.admin, in_place=True)
    async def apply(self, call: Call) -> Reply:
        """Do what the plan showed."""
        tools = call.tools
        before = await setup.underway(tools.db, call.guild_id, call.token)
        if _steps.missing_rights(call, before):
            return _steps.plan(call, before)
        now = await setup.start_applying(tools.db, tools.clock, tools.guilds, call.guild_id, call.token)
        try:
            await _apply.apply(call, now)
            await setup.finish(tools.db, tools.guilds, now)
        except BaseException:
            # Whatever stood in the way, what was made stays written down and the admin can press again.
            await setup.back_to_draft(tools.db, tools.guilds, now)
            raise
        await self.bot.refresh_guild(call.guild_id)
        return await self._done(call, now)

    async def _done(self, call: Call, now: Underway) -> Reply:
        guild = await call.tools.guilds.get(call.guild_id)
        programme = guild.programme(now.programme.id) if guild else None
        assert programme is not None
        said = call.t("setup.done", start=f"<#{programme.channels['start']}>", help=f"<#{programme.channels['help']}>")
        return Reply(said, views.rows([self._check_button(call)]))

    # -- checking ---------------------------------------------------------------------------------------------------

    @route("setup:check", guard=guards.admin)
    async def check_button(self, call: Call) -> Reply:
        """Say what is missing."""
        return await self._findings(call)

    async def _findings(self, call: Call) -> Reply:
        guild = await call.tools.guilds.get(call.guild_id)
        if guild is None or not guild.programmes:
            raise PeerError("error.not_set_up_admin")
        await self.bot.refresh_guild(call.guild_id)
        lines = await _check.findings(call, guild)
        if not lines:
            return Reply(call.t("setup.check.well"))
        return Reply("\n".join([call.t("setup.check.title"), *(f"- {line}" for line in lines)]))

    def _check_button(self, call: Call) -> discord.ui.Button[Any]:
        return views.button(call.t("setup.button.check"), "setup:check:")

    async def _choose(self, call: Call, programme_id: str, change: Any) -> Underway:
        return await setup.choose(call.tools.db, call.tools.guilds, call.guild_id, programme_id, change)


def _values(call: Call, allowed: set[str], most: int) -> list[str]:
    """Return what was chosen in the select; raises PeerError for what it does not offer."""
    chosen = list(call.fields.get("values") or ())
    if not 1 <= len(chosen) <= most or not set(chosen) <= allowed:
        raise PeerError("error.form_changed")
    return chosen


def _snowflake(call: Call, known: Any) -> int | None:
    """Return the id of the chosen channel or role of this guild, or None where the choice was taken back."""
    chosen = list(call.fields.get("values") or ())
    if not chosen:
        return None
    if not str(chosen[0]).isdecimal() or known is None or known(int(chosen[0])) is None:
        raise PeerError("setup.chosen_gone")
    return int(chosen[0])


def _put(kept: Any, purpose: str, discord_id: int | None) -> dict[str, int]:
    changed = {key: value for key, value in kept.items() if key != purpose}
    return {**changed, purpose: discord_id} if discord_id is not None else changed
