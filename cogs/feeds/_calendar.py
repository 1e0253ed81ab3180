"""A person's calendar link: made at the first press, shown again at every further one, taken back by a button. Private."""

import asyncio
import logging

import discord
from discord.ext import commands

from bot.clock import Clock
from bot.domain.feeds import RECOVERY
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import NO_ANSWER, Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import feeds
from bot.services.feeds import Link
from bot.services.guilds import programme_of
from bot.steps.members import NeedsConsent
from data.db import Database

log = logging.getLogger(__name__)

CALL_SECONDS = 15.0
ASKED = {"new": "new-yes", "remove": "remove-yes", "renew": "renew", "close": "close"}
"""What is asked about once more before it is done, and the route that does it."""


class Calendars(commands.Cog):
    """The buttons of the calendar link."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.delivery.sweep(self._look_who_left)

    @route("feeds:calendar", guard=guards.reached, in_place=True)
    async def calendar(self, call: Call) -> Reply:
        """Show the link, made where there is none."""
        return await self._make(call)

    @route("feeds:agree", guard=guards.reached, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the one consent, and make the link."""
        return await self._make(call, agreed=True)

    @route("feeds:titles", guard=guards.reached, in_place=True)
    async def titles(self, call: Call) -> Reply:
        """Show what the meetings are called, or only that there are some."""
        base, _, programme, chosen = await parts(call)
        if chosen not in ("0", "1"):
            raise PeerError("error.button_gone")
        tools = call.tools
        link = await feeds.set_titled(tools.db, tools.vault, call.actor, programme, chosen == "1")
        return _screen(call, base, programme, link)

    @route("feeds:ask", guard=guards.reached, in_place=True)
    async def ask(self, call: Call) -> Reply:
        """Say what ends with a link, and ask whether that is meant."""
        _, _, programme, what = await parts(call)
        if what not in ASKED:
            raise PeerError("error.button_gone")
        back = "calendar" if what in ("new", "remove") else "directory"
        yes = views.button(
            call.t(f"feeds.button.yes.{what}"), f"feeds:{ASKED[what]}:{programme.id}.{what}", Style.danger
        )
        no = views.button(call.t("feeds.button.back"), f"feeds:{back}:{programme.id}")
        return Reply(call.t(f"feeds.ask.{what}"), views.rows([yes, no]))

    @route("feeds:new-yes", guard=guards.reached, in_place=True)
    async def new(self, call: Call) -> Reply:
        """Make a new link; the old one leads nowhere from now on."""
        base, _, programme, _ = await parts(call)
        tools = call.tools
        link = await feeds.renew(tools.db, tools.clock, tools.vault, call.actor, programme)
        return _screen(call, base, programme, link)

    @route("feeds:remove-yes", guard=guards.reached, in_place=True)
    async def remove(self, call: Call) -> Reply:
        """Take the link back."""
        _, _, programme, _ = await parts(call)
        await feeds.remove(call.tools.db, call.actor, programme)
        return Reply(call.t("feeds.removed"))

    async def _make(self, call: Call, *, agreed: bool = False) -> Reply:
        base, guild, programme, _ = await parts(call)
        tools = call.tools
        try:
            link = await feeds.make(tools.db, tools.clock, tools.vault, call.actor, programme, agreed=agreed)
        except NeedsConsent:
            asked = call.t("consent.ask", privacy=self.bot.command_sets.mention("privacy", guild))
            yes = views.button(call.t("consent.button.agree"), f"feeds:agree:{programme.id}", Style.success)
            return Reply(asked, views.rows([yes]))
        return _screen(call, base, programme, link)

    async def _look_who_left(self, db: Database, clock: Clock) -> None:
        """Take back the links of people who have left: Discord tells of no leaving, so it is asked now and then."""
        for one in await feeds.unseen(db, clock):
            here = self.bot.get_guild(one.guild_id)
            if here is None or here.unavailable:
                continue
            await self.bot.delivery.pace.call()
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    await self.bot.http.get_member(one.guild_id, one.user_id)
            except discord.NotFound:
                await feeds.seen(db, clock, one.guild_id, one.id, is_there=False)
            except (discord.HTTPException, *NO_ANSWER) as error:
                log.warning("it could not be looked whether somebody is still in a guild: %s", type(error).__name__)
                return
            else:
                await feeds.seen(db, clock, one.guild_id, one.id, is_there=True)


async def parts(call: Call) -> tuple[str, Guild, Programme, str]:
    """Return where links lead, and what a button is about; raises PeerError where links are not switched on.

    Not for a programme that is only on trial: its meetings are nobody's yet.
    """
    programme_id, _, more = call.token.partition(".")
    guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id)
    if call.tools.public_url is None:
        raise PeerError("feeds.off")
    return call.tools.public_url.rstrip("/"), guild, programme, more


def _screen(call: Call, base: str, programme: Programme, link: Link) -> Reply:
    """Show a link, what it says, and what can be done with it."""
    said = [
        call.t("feeds.link", programme=call.t(f"programme.{programme.preset}.name")),
        f"```\n{base}/cal/{link.token}.ics\n```",
        call.t("feeds.shows.titled" if link.titled else "feeds.shows.neutral"),
        call.t("feeds.whoever"),
    ]
    pid = programme.id
    other = "0" if link.titled else "1"
    buttons = [
        views.button(call.t(f"feeds.button.titles.{other}"), f"feeds:titles:{pid}.{other}"),
        views.button(call.t("feeds.button.new"), f"feeds:ask:{pid}.new"),
        views.button(call.t("feeds.button.remove"), f"feeds:ask:{pid}.remove"),
    ]
    if programme.preset == RECOVERY and call.actor.manages_guild:
        buttons.append(views.button(call.t("feeds.button.directory"), f"feeds:directory:{pid}"))
    return Reply("\n".join(said), views.rows(buttons))
