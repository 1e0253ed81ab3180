"""The choices on the way to a programme: who the members are, channels, roles, and trying it. Each is checked afresh."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from bot.domain.programmes import Draft, meant
from bot.domain.undoing import stands
from bot.errors import PeerError
from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.services import adults, setup
from bot.services.setup import Underway
from cogs.setup import _about, _check, _outlook, _plan, _steps
from cogs.setup._place import at_hand
from cogs.setup._who import admins


class Choices(commands.Cog):
    """The buttons, selects and forms with which a set-up is chosen."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    # -- the server ---------------------------------------------------------------------------------------------------

    @route("setup:ages", guard=guards.admin, in_place=True)
    @admins
    async def ages(self, call: Call) -> Reply:
        """Take who the members are, and go on to the list where nothing stands yet."""
        programme_id, _, chosen = call.token.partition(".")
        if chosen not in _steps.AGES:
            raise PeerError("error.button_gone")
        now = await self._now(call, programme_id)
        await setup.set_guild(call.tools.db, call.tools.guilds, call.guild_id, ages=chosen)
        if now.guild.live:
            return await self._people(call, programme_id)
        return await self.plan(call, programme_id)

    @route("setup:countries", guard=guards.admin, in_place=True)
    @admins
    async def countries(self, call: Call) -> Reply:
        """Take which countries' numbers to show."""
        known = {country.code for country in call.tools.contacts.countries}
        chosen = _values(call, known, _steps.COUNTRIES_AT_ONCE)
        await self._now(call, call.token)
        await setup.set_guild(call.tools.db, call.tools.guilds, call.guild_id, countries=chosen)
        return await self._people(call, call.token)

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
        return await self._people(call, call.token)

    @route("setup:adult", guard=guards.admin, in_place=True)
    @admins
    async def adult(self, call: Call) -> Reply:
        """Name whoever presses as the adult for young people, or take their own name back."""
        programme_id, answer, back = (*call.token.split("."), "", "")[:3]
        if answer not in ("yes", "no"):
            raise PeerError("error.button_gone")
        tools = call.tools
        await self._now(call, programme_id)
        if answer == "yes":
            await adults.name_me(tools.db, tools.clock, tools.guilds, call.actor)
        else:
            await adults.name_me_no_more(tools.db, tools.guilds, call.actor)
        if back == "plan" and not (await self._now(call, programme_id)).guild.live:
            return await self.plan(call, programme_id)
        return await self._people(call, programme_id)

    async def _people(self, call: Call, programme_id: str) -> Reply:
        """Show who the members are; where something is live already, what was chosen shows at once."""
        now = await self._now(call, programme_id)
        if not now.guild.live:
            return _steps.people(call, now)
        failed = await self.bot.refresh_guild(call.guild_id)
        return _steps.people(call, now, _check.refreshing(call, at_hand(call), failed))

    # -- the programme ------------------------------------------------------------------------------------------------

    @route("setup:channel", guard=guards.admin, in_place=True)
    @admins
    async def channel(self, call: Call) -> Reply:
        """Take, or let go of, a channel that exists already."""
        programme_id, _, purpose = call.token.partition(".")
        now, place = await self._now(call, programme_id), at_hand(call)
        spec, chosen = now.preset.channel(purpose), _snowflake(call, place.channels)
        if spec is None:
            raise PeerError("error.button_gone")
        if chosen:
            flaw = _outlook.channel_flaw(place, spec, place.channels[chosen])
            flaw = flaw or _outlook.taken(now.guild, now.programme, spec, chosen)
            if flaw is not None:
                raise flaw
        gone = frozenset(now.programme.channels.values()) - place.channels.keys()

        def change(draft: Draft) -> Draft:
            others = [one.purpose for one in now.preset.channels if one != spec]
            bound = now.programme.channels
            if chosen and chosen in {meant(draft.channels.get(one), bound.get(one), gone) for one in others}:
                raise PeerError("setup.channel.twice", channel=f"<#{chosen}>")
            return replace(draft, channels=_put(draft.channels, purpose, chosen))

        page = _steps.page_of(now, purpose)
        return _steps.channels(call, await self._choose(call, programme_id, change), page)

    @route("setup:role", guard=guards.admin, in_place=True)
    @admins
    async def role(self, call: Call) -> Reply:
        """Take, or let go of, a role that exists already."""
        programme_id, _, purpose = call.token.partition(".")
        now, place = await self._now(call, programme_id), at_hand(call)
        chosen = _snowflake(call, place.roles)
        if now.preset.role(purpose) is None:
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
        """Switch "me for now" on or off, as the button said."""
        programme_id, _, wanted = call.token.partition(".")
        if wanted not in ("on", "off"):
            raise PeerError("error.button_gone")
        await self._choose(call, programme_id, lambda draft: replace(draft, mine=wanted == "on"))
        return await self.plan(call, programme_id)

    @route("setup:step", guard=guards.admin, in_place=True)
    @admins
    async def step(self, call: Call) -> Reply:
        """Go to a screen."""
        programme_id, step, page = (*call.token.split("."), "", "")[:3]
        number = int(page) if page.isdecimal() and len(page) < 3 else 0
        now = await self._now(call, programme_id)
        match step:
            case "plan":
                return await self.plan(call, programme_id, number)
            case "people":
                return _steps.people(call, now)
            case "channels":
                return _steps.channels(call, now, number)
            case "roles":
                return _steps.roles(call, now)
            case "about":
                return self._what_comes(call, now, number)
        raise PeerError("error.button_gone")

    def _what_comes(self, call: Call, now: Underway, page: int) -> Reply:
        step = f"setup:step:{now.programme.id}"
        return _about.screen(
            call, now.preset, back=f"{step}.plan", turn=f"{step}.about.{1 - page % 2}", later=page == 1
        )

    async def plan(self, call: Call, programme_id: str, page: int = 0) -> Reply:
        """Show the list; where nobody has said who the members are, ask that first."""
        now = await self._now(call, programme_id)
        if now.guild.ages is None:
            return _steps.people(call, now)
        return _plan.screen(call, await _outlook.look(call, now), page=page)

    # -- trying it ----------------------------------------------------------------------------------------------------

    @route("setup:trial", guard=guards.admin, in_place=True)
    @admins
    async def trial(self, call: Call) -> Reply:
        """Show the panels to whoever presses, working, and to nobody else."""
        now = await self._now(call, call.token)
        if now.live:
            raise PeerError("error.button_gone")
        now = await self._choose(call, call.token, lambda draft: replace(draft, on_trial=True))
        return _plan.trial(call, now)

    @route("setup:cancel", guard=guards.admin, in_place=True)
    @admins
    async def cancel(self, call: Call) -> Reply:
        """Leave the set-up as it is, and end trying it; where nothing was made, it waits for nobody any more."""
        now = await self._now(call, call.token)
        made = stands(now.programme)
        if not made or now.draft.on_trial:
            await self._choose(
                call, call.token, lambda draft: replace(draft, on_trial=False, begun=draft.begun and made)
            )
        return _steps.cancelled(call, made=made)

    async def _now(self, call: Call, programme_id: str) -> Underway:
        return await setup.underway(call.tools.db, call.guild_id, programme_id)

    async def _choose(self, call: Call, programme_id: str, change: setup.Change) -> Underway:
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
