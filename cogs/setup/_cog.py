"""`/setup start` and `/setup check`: the steps of the set-up as buttons and selects, each checked afresh."""

import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.guilds import Guild
from bot.domain.panels import Panel
from bot.domain.programmes import Draft, meant
from bot.errors import PeerError
from bot.kit import guards, help_card, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply, command
from bot.kit.router import route
from bot.services import setup
from bot.services.setup import Underway
from cogs.setup import _apply, _check, _outlook, _steps
from cogs.setup._place import at_hand, here, words

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


Handler = Callable[["Setup", Call], Awaitable[Reply | None]]


def admins(handler: Handler) -> Handler:
    """Refuse where the bot is not a member, and let errors speak of commands as mentions."""

    @functools.wraps(handler)
    async def run(self: "Setup", call: Call) -> Reply | None:
        here(call)
        try:
            return await handler(self, call)
        except PeerError as error:
            if not error.key.startswith("setup."):
                raise
            raise PeerError(error.key, **{**words(call), **error.args_for_text}) from None

    return run


class Setup(commands.Cog):
    """`/setup` and its buttons."""

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
        """Begin a set-up, take up the one that was begun, or mend and change what stands."""
        await command(interaction, self._begin, guard=guards.admin)

    @group.command(name="check", description="setup.command.check")
    async def check(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Say what is missing."""
        await command(interaction, self._findings, guard=guards.admin)

    @admins
    async def _begin(self, call: Call) -> Reply:
        tools, place = call.tools, here(call)
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
        if now.programme.state == "applying":
            raise PeerError("setup.already")
        return _steps.people(call, now)

    # -- choosing ---------------------------------------------------------------------------------------------------

    @route("setup:ages", guard=guards.admin, in_place=True)
    @admins
    async def ages(self, call: Call) -> Reply:
        """Take who the members are."""
        (chosen,) = _values(call, {"adults", "minors", "both"}, 1)
        await self._choose(call, call.token, lambda draft: replace(draft, ages=chosen))
        return await self._people(call)

    @route("setup:countries", guard=guards.admin, in_place=True)
    @admins
    async def countries(self, call: Call) -> Reply:
        """Take which countries' numbers to show."""
        known = {country.code for country in call.tools.contacts.countries}
        chosen = _values(call, known, _steps.COUNTRIES_AT_ONCE)
        await self._now(call, call.token)
        await setup.set_guild(call.tools.db, call.tools.guilds, call.guild_id, countries=chosen)
        return await self._people(call)

    @route("setup:zone", guard=guards.admin, opens_form=True)
    @admins
    async def zone(self, call: Call) -> None:
        """Open the form for the time zone."""
        box = discord.ui.Label[Any](
            text=call.t("setup.zone.label"),
            description=call.t("setup.zone.hint"),
            component=discord.ui.TextInput(custom_id="zone", max_length=64),
        )
        await call.open_form(views.form(call.t("setup.zone.title"), f"setup:zone-set:{call.token}", box))

    @route("setup:zone-set", guard=guards.admin, in_place=True)
    @admins
    async def zone_set(self, call: Call) -> Reply:
        """Take the time zone."""
        await self._now(call, call.token)
        zone = str(call.fields.get("zone") or "").strip()
        await setup.set_guild(call.tools.db, call.tools.guilds, call.guild_id, zone=zone)
        return await self._people(call)

    async def _people(self, call: Call) -> Reply:
        """Show the first step again; where something is live already, what was chosen shows at once."""
        now = await self._now(call, call.token)
        if not now.guild.live:
            return _steps.people(call, now)
        failed = await self.bot.refresh_guild(call.guild_id)
        return _steps.people(call, now, _check.refreshing(call, at_hand(call), failed))

    @route("setup:channel", guard=guards.admin, in_place=True)
    @admins
    async def channel(self, call: Call) -> Reply:
        """Take, or let go of, a channel that exists already."""
        programme_id, _, purpose = call.token.partition(".")
        now, place = await self._now(call, programme_id), at_hand(call)
        spec, chosen = now.preset.channel(purpose), _snowflake(call, place.channels)
        if spec is None:
            raise PeerError("error.button_gone")
        flaw = _outlook.channel_flaw(place, spec, place.channels[chosen]) if chosen else None
        if flaw is not None:
            raise flaw
        gone = frozenset(now.programme.channels.values()) - place.channels.keys()

        def change(draft: Draft) -> Draft:
            others = [one.purpose for one in now.preset.channels if one != spec]
            bound = now.programme.channels
            if chosen and chosen in {meant(draft.channels.get(one), bound.get(one), gone) for one in others}:
                raise PeerError("setup.channel.twice", channel=f"<#{chosen}>")
            return replace(draft, channels=_put(draft.channels, purpose, chosen))

        return _steps.channels(call, await self._choose(call, programme_id, change))

    @route("setup:role", guard=guards.admin, in_place=True)
    @admins
    async def role(self, call: Call) -> Reply:
        """Take, or let go of, a role that exists already."""
        programme_id, _, purpose = call.token.partition(".")
        now, place = await self._now(call, programme_id), at_hand(call)
        chosen = _snowflake(call, place.roles)
        if purpose not in now.preset.roles:
            raise PeerError("error.button_gone")
        flaw = _outlook.role_flaw(place.roles[chosen]) if chosen else None
        if flaw is not None:
            raise flaw

        def change(draft: Draft) -> Draft:
            return replace(draft, roles=_put(draft.roles, purpose, chosen))

        return _steps.roles(call, await self._choose(call, programme_id, change))

    @route("setup:mine", guard=guards.admin, in_place=True)
    @admins
    async def mine(self, call: Call) -> Reply:
        """Switch "both roles to me for now" on or off."""
        now = await self._choose(call, call.token, lambda draft: replace(draft, mine=not draft.mine))
        return _steps.roles(call, now)

    @route("setup:step", guard=guards.admin, in_place=True)
    @admins
    async def step(self, call: Call) -> Reply:
        """Go to a step."""
        programme_id, _, step = call.token.partition(".")
        if step not in _steps.STEPS:
            raise PeerError("error.button_gone")
        now = await self._now(call, programme_id)
        if step == "plan":
            return _steps.plan(call, await _outlook.look(call, now))
        screen: Reply = getattr(_steps, step)(call, now)
        return screen

    @route("setup:cancel", guard=guards.admin, in_place=True)
    @admins
    async def cancel(self, call: Call) -> Reply:
        """Leave the set-up as it is."""
        return _steps.cancelled(call)

    # -- doing ------------------------------------------------------------------------------------------------------

    @route("setup:apply", guard=guards.admin, in_place=True)
    @admins
    async def apply(self, call: Call) -> Reply:
        """Do what the plan showed; where it would be something else by now, show that instead."""
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
                left = await setup.finish(tools.db, tools.guilds, attempt.now)
        except BaseException:
            # Whatever stood in the way, what was made stays written down and the admin can press again.
            await setup.back_to_draft(tools.db, tools.guilds, attempt.now)
            raise
        if not to_do:
            await setup.back_to_draft(tools.db, tools.guilds, now)
            return _steps.plan(call, outlook, changed=outlook.rev != shown)
        return await self._done(call, programme_id, left)

    async def _done(self, call: Call, programme_id: str, left: list[Panel]) -> Reply:
        """Say that it stands, or what it still needs."""
        failed = await self.bot.refresh_guild(call.guild_id)
        old = await _apply.take_down(call, left)
        guild = await self._guild(call)
        programme = guild.programme(programme_id)
        assert programme is not None
        lines = await _check.findings(call, guild, failed)
        lines += [call.t("setup.old_panel", id=channel_id) for channel_id in old]
        key = "setup.done.but" if lines else "setup.done"
        said = call.t(key, start=f"<#{programme.channels['start']}>", help=f"<#{programme.channels['help']}>")
        return Reply("\n".join([said, *(f"- {line}" for line in lines)]), views.rows([_steps.check_button(call)]))

    # -- checking ---------------------------------------------------------------------------------------------------

    @route("setup:check", guard=guards.admin)
    async def check_button(self, call: Call) -> Reply | None:
        """Say what is missing."""
        return await self._findings(call)

    @admins
    async def _findings(self, call: Call) -> Reply:
        guild = await self._guild(call)
        failed = await self.bot.refresh_guild(call.guild_id)
        lines = await _check.findings(call, guild, failed)
        if not lines:
            return Reply(call.t("setup.check.well"))
        return Reply("\n".join([call.t("setup.check.title"), *(f"- {line}" for line in lines)]))

    async def _guild(self, call: Call) -> Guild:
        guild = await call.tools.guilds.get(call.guild_id)
        if guild is None or not guild.programmes:
            raise PeerError("error.not_set_up_admin", start=self.bot.command_sets.mention("setup start", guild))
        return guild

    async def _now(self, call: Call, programme_id: str) -> Underway:
        return await setup.underway(call.tools.db, call.guild_id, programme_id)

    async def _choose(self, call: Call, programme_id: str, change: Callable[[Draft], Draft]) -> Underway:
        return await setup.choose(call.tools.db, call.tools.guilds, call.guild_id, programme_id, change)


def _values(call: Call, allowed: set[str], most: int) -> list[str]:
    """Return what was chosen in the select; raises PeerError for what it does not offer."""
    chosen = list(call.fields.get("values") or ())
    if not 1 <= len(chosen) <= most or not set(chosen) <= allowed:
        raise PeerError("error.form_changed")
    return chosen


def _snowflake(call: Call, known: Mapping[int, Any]) -> int | None:
    """Return the id of the chosen channel or role of this guild, or None where the choice was taken back."""
    chosen = list(call.fields.get("values") or ())
    if not chosen:
        return None
    if not str(chosen[0]).isdecimal() or int(chosen[0]) not in known:
        raise PeerError("setup.chosen_gone")
    return int(chosen[0])


def _put(kept: Mapping[str, int], purpose: str, discord_id: int | None) -> dict[str, int]:
    changed = {key: value for key, value in kept.items() if key != purpose}
    return {**changed, purpose: discord_id} if discord_id is not None else changed
