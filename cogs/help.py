"""`/help-now`, `/help` and the Help now panel: what must answer when nothing else does.

Nothing on the way to the numbers reads the database; what is known of the guild is what the process has at hand.
"""

import asyncio
import functools
import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.actor import Actor
from bot.domain.contacts import CHILDREN, GENERAL, OVERDOSE, SUBSTANCES, VIOLENCE
from bot.domain.guilds import Guild, Programme
from bot.errors import Busy, PeerError
from bot.kit import guards, help_card, rooms, views
from bot.kit.bot import PeerBot
from bot.kit.call import NO_ANSWER, Call, Reply, command
from bot.kit.panels import Shown
from bot.kit.router import route
from bot.kit.views import Style
from bot.services.guilds import programme_of
from data.programmes import features_of

log = logging.getLogger(__name__)

NEEDS = {
    "unsafe": (GENERAL, CHILDREN, VIOLENCE),
    "urge": (SUBSTANCES, OVERDOSE, GENERAL, CHILDREN),
    "talk": (GENERAL, CHILDREN),
    "worried": (GENERAL, CHILDREN, OVERDOSE),
}
"""The four things people say, and the kinds of lines that fit each."""
LISTED = (
    ("everyone", "help-now"),
    ("members", "checkin now"),
    ("members", "checkin history"),
    ("members", "checkin remind"),
    ("members", "checkin stop"),
    ("members", "meetings"),
    ("members", "settings"),
    ("leaders", "lead meeting create"),
    ("leaders", "lead meeting start"),
    ("leaders", "lead rotation show"),
    ("leaders", "lead people"),
    ("leaders", "lead texts"),
    ("admins", "setup start"),
    ("admins", "setup check"),
    ("admins", "setup undo"),
    ("admins", "admin health"),
    ("everyone", "privacy"),
)
"""Who is told of which command, in this order; those that the guild does not use are left out."""
TOLD_AGAIN_AFTER = 300.0
"""Seconds in which a second press does not call the moderators a second time."""


class Help(commands.Cog):
    """`/help-now`, `/help`, the Help now panel, and asking somebody to reach out."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.kind("help", self._panel)
        self._told: dict[tuple[int, int], asyncio.Future[bool]] = {}

    # -- numbers ----------------------------------------------------------------------------------------------------

    @app_commands.command(name="help-now", description="help.command.now", extras={"everywhere": True})
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def help_now(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show the numbers at once."""
        await command(interaction, self._now, guard=guards.anyone)

    @route("help:now", guard=guards.anyone)
    async def now_button(self, call: Call) -> Reply:
        """Show the numbers at once."""
        return await self._now(call)

    async def _now(self, call: Call) -> Reply:
        guild = call.tools.guilds.peek(call.actor.guild_id)
        return self._numbers(call, guild, help_card.countries(call, guild))

    def _numbers(self, call: Call, guild: Guild | None, codes: tuple[str, ...]) -> Reply:
        numbers = help_card.lines(call, codes, guild, most=help_card.ALL_LINES)
        said = [call.t("help.now.title"), numbers, "", call.t("help.now.program")]
        return Reply("\n".join(said), self._view(call, codes))

    def _view(self, call: Call, codes: tuple[str, ...]) -> discord.ui.View:
        where = ",".join(codes)
        needs = [
            views.button(call.t(f"help.button.{need}"), f"help:need:{need}.{where}", Style.primary) for need in NEEDS
        ]
        country = discord.ui.Select[Any](
            custom_id="help:country:",
            placeholder=call.t("help.country.ask"),
            options=help_card.options(call.tools.contacts, codes if len(codes) == 1 else ()),
        )
        return views.rows(needs, [country])

    @route("help:country", guard=guards.anyone, in_place=True)
    async def country(self, call: Call) -> Reply:
        """Show the numbers of another country."""
        codes = _known(call, list(call.fields.get("values") or ()))
        return self._numbers(call, call.tools.guilds.peek(call.actor.guild_id), codes)

    @route("help:need", guard=guards.anyone, in_place=True)
    async def need(self, call: Call) -> Reply:
        """Answer what the person says they need, with the lines that fit."""
        need, _, where = call.token.partition(".")
        if need not in NEEDS:
            raise PeerError("error.button_gone")
        guild = call.tools.guilds.peek(call.actor.guild_id)
        codes = _known(call, where.split(","))
        numbers = help_card.lines(call, codes, guild, most=help_card.ALL_LINES, kinds=NEEDS[need])
        return Reply("\n".join([call.t(f"help.{need}"), numbers]), self._view(call, codes))

    def _panel(self, guild: Guild, programme: Programme) -> Shown:
        tools = self.bot.tools

        def say(key: str, **args: Any) -> str:
            return tools.texts.t(guild.locale, key, **args)

        minors = help_card.has_minors(guild)
        found = [tools.contacts.for_country(code, guild.locale, minors=minors) for code in guild.countries]
        kinds = help_card.FOR_ALL_AGES if minors else help_card.FOR_ADULTS
        days = functools.partial(tools.texts.days, guild.locale)
        most = help_card.PANEL_LINES * max(1, len(found))
        numbers = help_card.block(say, days, found, tools.contacts, kinds, most=most, now=None)
        said = "\n".join([say("help.panel"), numbers, *help_card.adult(say, guild), "", say("help.panel.end")])
        return Shown(said, views.rows(help_card.buttons(say, programme.id)))

    # -- asking somebody to reach out -------------------------------------------------------------------------------

    @route("help:reach", guard=guards.reached)
    async def reach(self, call: Call) -> Reply:
        """Say who would see the name, and ask."""
        programme = await self._programme(call)
        yes = views.button(call.t("help.button.reach_yes"), f"help:reach-yes:{programme.id}", Style.success)
        no = views.button(call.t("help.button.reach_no"), f"help:reach-no:{programme.id}")
        name = call.t(f"programme.{programme.preset}.name")
        return Reply(call.t("help.reach.ask", programme=name), views.rows([yes, no]))

    @route("help:reach-no", guard=guards.reached, in_place=True)
    async def reach_no(self, call: Call) -> Reply:
        """Leave it; the numbers stay."""
        return self._with_numbers(call, "help.reach.no")

    @route("help:reach-yes", guard=guards.reached, in_place=True)
    async def reach_yes(self, call: Call) -> Reply:
        """Tell the moderators, and say honestly whether that worked.

        The person is told "they have it" only once Discord has taken the message, so a crash in between leads to a
        second press and, at worst, to two messages: never to none.
        """
        programme = await self._programme(call)
        who = (call.guild_id, call.actor.user_id)
        if who in self._told:
            # They pressed again, or several times in one moment: the first message says it already.
            return self._with_numbers(call, "help.reach.said" if await self._told[who] else "help.reach.failed")
        page = self._told[who] = asyncio.ensure_future(self._page(call, programme))
        page.add_done_callback(functools.partial(self._settle, who))
        return self._with_numbers(call, "help.reach.said" if await page else "help.reach.failed")

    def _settle(self, who: tuple[int, int], page: "asyncio.Future[bool]") -> None:
        """Keep it for a while that moderators were told; whatever else became of it, the next press tries anew."""
        if not page.cancelled() and page.exception() is None and page.result():
            asyncio.get_running_loop().call_later(TOLD_AGAIN_AFTER, self._told.pop, who, None)
        else:
            self._told.pop(who, None)

    async def _programme(self, call: Call) -> Programme:
        """Return the programme that is meant, from what is at hand where the database does not answer.

        Whatever fails from here on, the person gets the numbers with it.
        """
        guild = call.tools.guilds.peek(call.actor.guild_id)
        call.care = self._numbers_of(call, guild)
        try:
            _, programme = await programme_of(call.tools.guilds, call.guild_id, call.token)
        except Busy:
            at_hand = guild.programme(call.token) if guild else None
            if at_hand is None:
                raise
            return at_hand
        return programme

    async def _page(self, call: Call, programme: Programme) -> bool:
        channel_id, role_id = programme.channels.get("moderators"), programme.roles.get("moderator")
        if channel_id is None or not rooms.may_name(self.bot, channel_id):
            return False
        guild = call.tools.guilds.peek(call.actor.guild_id)
        said = call.tools.texts.t(
            guild.locale if guild else None,
            "help.reach.page",
            roles=f"<@&{role_id}>" if role_id else "",
            person=f"<@{call.actor.user_id}>",
            help=self.bot.command_sets.mention("help-now", guild),
        )
        allowed = discord.AllowedMentions(roles=[discord.Object(role_id)] if role_id else False)
        channel = self.bot.get_partial_messageable(channel_id, guild_id=call.guild_id)
        try:
            await channel.send(said, allowed_mentions=allowed)
        except (discord.HTTPException, *NO_ANSWER) as error:
            log.warning("moderators could not be told: %s", type(error).__name__)
            return False
        return True

    def _numbers_of(self, call: Call, guild: Guild | None) -> str:
        return help_card.lines(call, help_card.countries(call, guild), guild, most=help_card.CARD_LINES)

    def _with_numbers(self, call: Call, key: str) -> Reply:
        guild = call.tools.guilds.peek(call.actor.guild_id)
        return Reply("\n".join([call.t(key), self._numbers_of(call, guild)]))

    # -- what one can do here ---------------------------------------------------------------------------------------

    @app_commands.command(name="help", description="help.command", extras={"everywhere": True})
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def help(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Say what this person can do here."""
        await command(interaction, self._what, guard=guards.anyone)

    async def _what(self, call: Call) -> Reply | None:
        """Say what this person can do here, by their rights and roles and by what the guild uses."""
        first = self.bot.router.routes.get("welcome:show")
        guild = await call.tools.guilds.get(call.actor.guild_id) if call.actor.guild_id else None
        is_here = call.actor.guild_id is not None and self.bot.get_guild(call.actor.guild_id) is not None
        if is_here and call.actor.manages_guild and not (guild and guild.live) and first is not None:
            return await first.handler(call)
        said = [call.t("help.who"), *self._where(call, guild, is_here)]
        said += [f"- {call.t(_key(name), command=self._mention(name, guild))}" for name in self._usable(call, guild)]
        buttons = [views.button(call.t("help.button.help_now"), "help:now:help", Style.danger)]
        if is_here and call.actor.manages_guild and first is not None:
            buttons.append(views.button(call.t("help.button.about"), "welcome:show:"))
        return Reply("\n".join(said), views.rows(buttons))

    def _where(self, call: Call, guild: Guild | None, is_here: bool) -> list[str]:
        """Say what runs here and where its buttons are, and where leaders and moderators look."""
        if call.actor.guild_id is None:
            return [call.t("help.what.direct")]
        if not is_here:
            return [call.t("help.what.not_a_member")]
        if guild is None or not guild.live:
            return [call.t("help.what.not_set_up")]
        if len(guild.live) == 1:
            said = [call.t("help.what.panel", channel=f"<#{guild.live[0].channels.get('start')}>")]
        else:
            said = [call.t("help.what.programmes")]
            said += [
                call.t(
                    "help.what.programme",
                    name=call.t(f"programme.{one.preset}.name"),
                    channel=f"<#{one.channels.get('start')}>",
                )
                for one in guild.live
            ]
        for purpose, leads in (("leaders", guards.leads), ("moderators", _moderates)):
            rooms = {one.channels[purpose] for one in guild.live if purpose in one.channels and leads(call.actor, one)}
            if rooms:
                channels = ", ".join(f"<#{room}>" for room in sorted(rooms))
                said.append(call.t(f"help.what.{purpose}", channel=channels))
        return said

    def _usable(self, call: Call, guild: Guild | None) -> list[str]:
        """Return the commands that exist here for this person, the most urgent first."""
        live = guild.live if guild else ()
        used = {feature for one in live for feature in features_of(one.preset)}
        audiences = {"everyone"}
        if live:
            audiences.add("members")
        if live and (call.actor.manages_guild or any(guards.leads(call.actor, one) for one in live)):
            audiences.add("leaders")
        if call.actor.manages_guild and live:
            audiences.add("admins")
        return [name for audience, name in LISTED if audience in audiences and self._has(name, used)]

    def _has(self, name: str, used: set[str]) -> bool:
        """Tell whether there is such a command, and the guild uses what it belongs to."""
        found: Any = self.bot.tree
        for part in name.split(" "):
            found = found.get_command(part) if found is not None else None
        if found is None:
            return False
        extras = (found.root_parent or found).extras
        return bool(extras.get("everywhere")) or extras.get("feature") in used

    def _mention(self, name: str, guild: Guild | None) -> str:
        return self.bot.command_sets.mention(name, guild)


def _key(name: str) -> str:
    return f"help.what.{name.replace(' ', '_').replace('-', '_')}"


def _moderates(actor: Actor, programme: Programme) -> bool:
    """Tell whether the person wears the role of the programme's moderators; the role that everybody wears is none."""
    role_id = programme.roles.get("moderator")
    return role_id is not None and role_id != programme.guild_id and role_id in actor.role_ids


def _known(call: Call, codes: list[str]) -> tuple[str, ...]:
    """Keep the country codes that are known."""
    known = {country.code for country in call.tools.contacts.countries}
    return tuple(code for code in codes if code in known)


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Help(bot))
