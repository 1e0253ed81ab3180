"""`/settings`, *My settings* on the Start here panel, and the choices of how somebody is reached or what their clock shows."""

import asyncio
import contextlib
import datetime as dt
import functools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain import quiet
from bot.domain.guilds import Guild, Programme
from bot.domain.quiet import Quiet
from bot.errors import PeerError
from bot.kit import guards, reach, views, zones
from bot.kit.bot import PeerBot
from bot.kit.call import CONTENT_LIMIT, Call, Reply, command
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import reaching, settings
from bot.services.guilds import programme_of
from bot.services.settings import PAUSES, Held
from bot.steps.members import NeedsConsent
from cogs.settings import _screen

log = logging.getLogger(__name__)

PANEL_PLACE = 40
LIKELY_LOCALE = "en-US"
"""What very many clients send."""

Change = Callable[[Call, Guild, Programme, str, bool], Awaitable[str]]
"""Changes one setting to a value, given whether the person has just said yes, and returns what to tell them."""


class Settings(commands.Cog):
    """The person's own settings."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.add("start", PANEL_PLACE, "settings", self._panel_button)
        self._changes: dict[str, Change] = {
            "zone": self._zone,
            "quiet": self._quiet,
            "language": self._language,
            "country": self._country,
            "way": self._way,
            "pause": self._pause,
        }

    async def cog_load(self) -> None:
        """Find the names of all zones before anybody types: that takes a while, and nobody else may wait for it."""
        await asyncio.to_thread(zones.search, self.bot.tools.texts, LIKELY_LOCALE, "a", self.bot.tools.clock.now())

    def _panel_button(self, guild: Guild, programme: Programme) -> discord.ui.Button[Any]:
        label = self.bot.tools.texts.t(guild.locale, "settings.button.open")
        return views.button(label, f"settings:open:{programme.id}")

    # -- the screen -------------------------------------------------------------------------------------------------

    @app_commands.command(name="settings", description="settings.command", extras={"feature": "settings"})
    @app_commands.describe(zone="settings.command.zone")
    @app_commands.guild_only()
    async def settings(self, interaction: "discord.Interaction[PeerBot]", zone: str | None = None) -> None:
        """Show what holds now, or set the time zone at once."""
        await command(interaction, functools.partial(self._command, zone=zone), guard=guards.member)

    @settings.autocomplete("zone")
    async def zones_like(
        self, interaction: "discord.Interaction[PeerBot]", current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer zones by their city; whatever happens, typing goes on."""
        tools = self.bot.tools
        try:
            locale = tools.languages.locale(interaction.user.id, str(interaction.locale))
            found = zones.search(tools.texts, locale, current, tools.clock.now())
            return [app_commands.Choice(name=label, value=zone) for label, zone in found]
        except Exception as error:  # noqa: BLE001 - an error here would end in a log with the person's id
            log.warning("time zones could not be offered: %s", type(error).__name__)
            return []

    async def _command(self, call: Call, *, zone: str | None) -> Reply:
        guild = await call.tools.guilds.get(call.guild_id)
        if guild is None or not guild.live:
            raise PeerError("error.not_set_up")
        here = (one for one in guild.live if call.interaction.channel_id in one.channels.values())
        programme = next(here, guild.live[0])
        if zone is None:
            return await self._screen(call, guild, programme)
        # A yes may have to be asked for first, whose button carries the zone: its own name then, not all that was typed.
        return await self._put(call, guild, programme, "zone", self._read_zone(call, guild, zone))

    @route("settings:open", guard=guards.member, in_place=True)
    async def open(self, call: Call) -> Reply:
        """Show what holds now."""
        return await self._screen(call, *await _programme(call, call.token))

    async def _screen(self, call: Call, guild: Guild, programme: Programme, *notes: str) -> Reply:
        await call.tools.languages.refresh()
        held = await settings.look(call.tools.db, call.actor)
        return _screen.draw(call, guild, programme, held, [*notes, *await _closed(call, held)])

    @route("settings:languages", guard=guards.member, in_place=True)
    async def languages(self, call: Call) -> Reply:
        """Ask for the language."""
        _, programme = await _programme(call, call.token)
        return _screen.languages(call, programme, await settings.look(call.tools.db, call.actor))

    # -- changing ---------------------------------------------------------------------------------------------------

    @route("settings:set", guard=guards.member, in_place=True)
    async def set(self, call: Call) -> Reply:
        """Change one setting to what was chosen or pressed."""
        return await self._set(call, agreed=False)

    @route("settings:agree", guard=guards.member, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the one consent and change what was chosen before."""
        return await self._set(call, agreed=True)

    async def _set(self, call: Call, *, agreed: bool) -> Reply:
        programme_id, kind, value = _parts(call.token)
        guild, programme = await _programme(call, programme_id)
        return await self._put(call, guild, programme, kind, value or _chosen(call), agreed=agreed)

    async def _put(
        self, call: Call, guild: Guild, programme: Programme, kind: str, value: str, *, agreed: bool = False
    ) -> Reply:
        change = self._changes.get(kind)
        if change is None:
            raise PeerError("error.button_gone")
        if (kind, value) == ("quiet", _screen.OWN):
            return _screen.own_quiet(call, programme)
        try:
            said = await change(call, guild, programme, value, agreed)
        except NeedsConsent:
            return self._ask_consent(call, guild, f"settings:agree:{programme.id}.{kind}.{value}")
        return await self._changed(call, guild, programme, said)

    async def _changed(self, call: Call, guild: Guild, programme: Programme, said: str) -> Reply:
        """Say what was changed, with the screen as it is now; it holds also where that cannot be read."""
        try:
            return await self._screen(call, guild, programme, said)
        except PeerError:
            return Reply(said, views.rows([_screen.back(call, programme)]))

    def _ask_consent(self, call: Call, guild: Guild, custom_id: str) -> Reply:
        yes = views.button(call.t("consent.button.agree"), custom_id, Style.success)
        asked = call.t("consent.ask", privacy=self.bot.command_sets.mention("privacy", guild))
        return Reply(asked, views.rows([yes]))

    async def _zone(self, call: Call, guild: Guild, programme: Programme, value: str, agreed: bool) -> str:
        tools = call.tools
        if value == zones.OTHER:
            return call.t("settings.zone.how", settings=self.bot.command_sets.mention("settings", guild))
        zone = self._read_zone(call, guild, value)
        await settings.set_zone(tools.db, tools.clock, call.actor, zone, agreed=agreed)
        city, now = tools.texts.city(call.actor.locale, zone), tools.clock.now()
        return call.t("settings.zone.saved", city=city, time=zones.clock(zone, now))

    def _read_zone(self, call: Call, guild: Guild, written: str) -> str:
        zone = zones.read(call.tools.texts, call.actor.locale, written)
        if zone is None:
            raise PeerError("settings.zone.unknown", settings=self.bot.command_sets.mention("settings", guild))
        return zone

    async def _quiet(self, call: Call, guild: Guild, programme: Programme, value: str, agreed: bool) -> str:
        span = quiet.read(value)
        if span is None and value != _screen.NONE:
            raise PeerError("error.button_gone")
        await settings.set_quiet(call.tools.db, call.tools.clock, call.actor, span, agreed=agreed)
        return call.t("settings.saved")

    async def _language(self, call: Call, guild: Guild, programme: Programme, value: str, agreed: bool) -> str:
        if value != _screen.CLIENT and value not in _screen.spoken(call):
            raise PeerError("error.button_gone")
        tools, locale = call.tools, None if value == _screen.CLIENT else value
        person = await settings.set_language(tools.db, tools.clock, call.actor, locale, agreed=agreed)
        tools.languages.remember(call.actor.user_id, locale=person.locale, country=person.country)
        call.actor = replace(call.actor, locale=locale or str(call.interaction.locale))
        return call.t("settings.saved")

    async def _country(self, call: Call, guild: Guild, programme: Programme, value: str, agreed: bool) -> str:
        if value != _screen.NONE and value not in {country.code for country in call.tools.contacts.countries}:
            raise PeerError("error.button_gone")
        tools, country = call.tools, None if value == _screen.NONE else value
        person = await settings.set_country(tools.db, tools.clock, call.actor, country, agreed=agreed)
        tools.languages.remember(call.actor.user_id, locale=person.locale, country=person.country)
        return call.t("settings.saved")

    async def _way(self, call: Call, guild: Guild, programme: Programme, value: str, agreed: bool) -> str:
        return await reach.choose(call, guild, programme, reach.read_way(value), agreed=agreed)

    async def _pause(self, call: Call, guild: Guild, programme: Programme, value: str, agreed: bool) -> str:
        tools = call.tools
        if value == _screen.END:
            await settings.end_pause(tools.db, tools.clock, call.actor, agreed=agreed)
            return call.t("settings.pause.ended")
        if value not in PAUSES:
            raise PeerError("error.button_gone")
        await settings.pause(tools.db, tools.clock, call.actor, value, agreed=agreed)
        return call.t("settings.pause.saved")

    # -- quiet hours of one's own -----------------------------------------------------------------------------------

    @route("settings:quiet-form", guard=guards.member, opens_form=True)
    async def quiet_form(self, call: Call) -> None:
        """Open the form for two times of the day."""
        _, programme = await _programme(call, call.token)
        items: list[discord.ui.Item[Any]] = [
            discord.ui.Label(
                text=call.t(f"settings.quiet.form.{name}"),
                component=discord.ui.TextInput(custom_id=name, min_length=4, max_length=5, placeholder=example),
            )
            for name, example in (("begins", "22:30"), ("ends", "07:15"))
        ]
        await call.open_form(views.form(call.t("settings.quiet.form.title"), f"settings:quiet:{programme.id}", *items))

    @route("settings:quiet", guard=guards.member, in_place=True)
    async def quiet(self, call: Call) -> Reply:
        """Save the submitted times."""
        guild, programme = await _programme(call, call.token)
        begins, ends = (quiet.minute_of(str(call.fields.get(name) or "")) for name in ("begins", "ends"))
        if begins is None or ends is None:
            raise PeerError("settings.quiet.unknown")
        if begins == ends:
            raise PeerError("settings.quiet.whole_day")
        return await self._put(call, guild, programme, "quiet", Quiet(begins, ends).text)

    # -- asked by other features ------------------------------------------------------------------------------------

    @route("settings:way", guard=guards.member, in_place=True)
    async def way(self, call: Call) -> Reply:
        """Open the way that was chosen, then go on with what it was asked for."""
        return await self._choose_way(call, agreed=False)

    @route("settings:way-yes", guard=guards.member, in_place=True)
    async def way_agreed(self, call: Call) -> Reply:
        """Take the one consent, open the way, and go on."""
        return await self._choose_way(call, agreed=True)

    async def _choose_way(self, call: Call, *, agreed: bool) -> Reply:
        value, programme_id, then = _parts(call.token)
        way = reach.read_way(value)
        guild, programme = await _programme(call, programme_id)
        try:
            said = await reach.choose(call, guild, programme, way, agreed=agreed)
        except NeedsConsent:
            return self._ask_consent(call, guild, f"settings:way-yes:{call.token}")
        return await self._go_on(call, guild, programme, said, then)

    @route("settings:zone", guard=guards.member, in_place=True)
    async def zone(self, call: Call) -> Reply:
        """Save the time zone that was asked for, then go on with what it was asked for."""
        programme_id, then, _ = _parts(call.token)
        return await self._zone_for(call, programme_id, then, _chosen(call), agreed=False)

    @route("settings:zone-yes", guard=guards.member, in_place=True)
    async def zone_agreed(self, call: Call) -> Reply:
        """Take the one consent, save the time zone, and go on."""
        return await self._zone_for(call, *_parts(call.token), agreed=True)

    async def _zone_for(self, call: Call, programme_id: str, then: str, value: str, *, agreed: bool) -> Reply:
        guild, programme = await _programme(call, programme_id)
        try:
            said = await self._zone(call, guild, programme, value, agreed)
        except NeedsConsent:
            return self._ask_consent(call, guild, f"settings:zone-yes:{programme.id}.{then}.{value}")
        if value == zones.OTHER:
            return Reply(said)
        return await self._go_on(call, guild, programme, said, then)

    async def _go_on(self, call: Call, guild: Guild, programme: Programme, said: str, then: str) -> Reply:
        """Answer the route that asked, with its own guard, below what was just done."""
        found = self.bot.router.routes.get(then.replace("/", ":"))
        if found is None or found.opens_form:
            return await self._changed(call, guild, programme, said)
        call.token, call.fields = programme.id, {}
        try:
            await found.guard(call)
            reply = await found.handler(call)
        except PeerError as error:
            # What was chosen holds; only what comes after it is refused.
            reply = Reply(call.t(error.key, **error.args_for_text))
        if reply is None:
            return Reply(said)
        whole = f"{said}\n\n{reply.content}"
        if len(whole) > CONTENT_LIMIT:
            return Reply(said, more=[reply, *reply.more])
        return replace(reply, content=whole)


async def _programme(call: Call, programme_id: str) -> tuple[Guild, Programme]:
    return await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)


async def _closed(call: Call, held: Held) -> list[str]:
    """Say once that the way the person chose was closed, and what was done instead."""
    if held.reach is None or held.reach.closed_at is None:
        return []
    since: dt.datetime | None = held.reach.closed_at
    # Where it cannot be written down that they were told, they are told again the next time.
    with contextlib.suppress(PeerError):
        since = await reaching.told_of_closing(call.tools.db, call.guild_id, call.actor.user_id)
    if since is None:
        return []
    return [call.t("settings.closed", since=f"<t:{int(since.timestamp())}:f>")]


def _chosen(call: Call) -> str:
    """Return the one value of a select; raises PeerError where there is none."""
    values: list[Any] = call.fields.get("values") or []
    if len(values) != 1 or not isinstance(values[0], str):
        raise PeerError("error.button_gone")
    return values[0]


def _parts(token: str) -> tuple[str, str, str]:
    """Split a token of up to three parts."""
    first, _, rest = token.partition(".")
    second, _, third = rest.partition(".")
    return first, second, third
