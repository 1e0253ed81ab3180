"""The first message in a server, what can be seen from there, and the way out.

It is said once in each stay of the bot: in the channel that Discord keeps for moderators' news where that is closed to
everybody else, or else privately below the answer to the first command of somebody who manages the server. It is never said
in a public channel and never by direct message.
"""

import hashlib
import logging
from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.domain.rights import with_set_up
from bot.errors import PeerError
from bot.kit import first_guess, guards, rooms, views
from bot.kit.bot import PeerBot
from bot.kit.call import CONTENT_LIMIT, NO_ANSWER, Call, Reply, actor_of
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import welcome
from data.programmes import presets

log = logging.getLogger(__name__)

SAYS_IT_ITSELF = "help"
"""The command whose own answer is the first message while nothing is set up."""
STANDS_ALONE = ("help-now", "setup")
"""Commands whose answers nothing is added to: numbers, and a set-up that has begun already."""
EXAMPLE = "example"
REFUSED = (discord.HTTPException, *NO_ANSWER)
"""What is raised where Discord refuses or does not answer."""


class Welcome(commands.Cog):
    """The first message and its buttons."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        self._saying: set[int] = set()

    # -- saying it once ---------------------------------------------------------------------------------------------

    @commands.Cog.listener()
    async def on_guild_join(self, place: discord.Guild) -> None:
        """Say the first message where only moderators read; where there is no such place, wait for the first command."""
        channel = _moderators_news(place)
        if channel is None or place.id in self._saying:
            return
        self._saying.add(place.id)
        try:
            guild = await self.bot.tools.guilds.get(place.id)
            if welcome.is_due(guild, place.me.joined_at):
                await self._post(place, channel, guild)
        except (PeerError, *REFUSED) as error:
            log.warning("the first message could not be said, and waits for a command: %s", type(error).__name__)
        finally:
            self._saying.discard(place.id)

    async def _post(self, place: discord.Guild, channel: discord.TextChannel, guild: Guild | None) -> None:
        locale = first_guess.locale(place)
        told = f"{place.id} {place.me.joined_at}".encode()
        await channel.send(
            self._words(locale, guild),
            view=self._buttons(locale, guild),
            # If the process dies before it is written down, Discord does not take it a second time for a few minutes.
            nonce=hashlib.sha256(told).hexdigest()[:24],
        )
        await self._remember(place)

    async def _remember(self, place: discord.Guild) -> None:
        tools = self.bot.tools
        await welcome.remember(
            tools.db,
            tools.clock,
            tools.guilds,
            place.id,
            joined_at=place.me.joined_at,
            locale=first_guess.locale(place),
            zone=first_guess.zone(place),
            countries=first_guess.countries(tools.contacts, place),
        )

    @commands.Cog.listener()
    async def on_app_command_completion(self, interaction: "discord.Interaction[PeerBot]", used: Any) -> None:
        """Say the first message below the answer to the first command of somebody who manages the server."""
        place = self.bot.get_guild(interaction.guild_id or 0)
        if place is None or not interaction.permissions.manage_guild or place.id in self._saying:
            return
        name = used.qualified_name.split(" ")[0]
        is_form = interaction.response.type is discord.InteractionResponseType.modal
        if is_form or name in STANDS_ALONE:
            return
        self._saying.add(place.id)
        try:
            guild = await self.bot.tools.guilds.get(place.id)
            if (guild is not None and guild.programmes) or not welcome.is_due(guild, place.me.joined_at):
                return
            if name != SAYS_IT_ITSELF:
                locale = actor_of(interaction).locale
                said, view = self._words(locale, guild), self._buttons(locale, guild)
                await interaction.followup.send(said, view=view, ephemeral=True)
            await self._remember(place)
        except (PeerError, *REFUSED) as error:
            log.warning("the first message could not be said, and waits for a command: %s", type(error).__name__)
        finally:
            self._saying.discard(place.id)

    def _words(self, locale: str, guild: Guild | None, *, standing: str = "welcome.again") -> str:
        """Return the first message, or where something stands already the sentence under that key."""
        key = standing if guild is not None and guild.live else "welcome.first"
        mention = self.bot.command_sets.mention
        check, start = mention("setup check", guild), mention("setup start", guild)
        return self.bot.tools.texts.t(locale, key, check=check, start=start)

    def _buttons(self, locale: str, guild: Guild | None, *, private: bool = False) -> discord.ui.View:
        def say(key: str) -> str:
            return self.bot.tools.texts.t(locale, key)

        first = [views.button(say("help.button.help_now"), "help:now:help", Style.danger)] if private else []
        return views.rows(
            first,
            [
                views.button(say("welcome.button.set_up"), "setup:begin:", Style.success),
                views.button(say("welcome.button.look"), "welcome:look:"),
                views.button(say("welcome.button.see"), "welcome:see:"),
                views.button(say("welcome.button.remove"), "welcome:remove:"),
            ],
        )

    @route("welcome:show", guard=guards.admin)
    async def show(self, call: Call) -> Reply:
        """Say the first message again, to somebody who manages the server."""
        guild = await call.tools.guilds.get(_here(call).id)
        view = self._buttons(call.actor.locale, guild, private=True)
        return Reply(self._words(call.actor.locale, guild, standing="welcome.about"), view)

    # -- looking ----------------------------------------------------------------------------------------------------

    @route("welcome:look", guard=guards.member)
    async def look(self, call: Call) -> Reply:
        """Show what a member sees and can do."""
        return await self._look(call, "")

    @route("welcome:look-at", guard=guards.member, in_place=True)
    async def look_at(self, call: Call) -> Reply:
        """Show what a member of another kind of programme sees."""
        chosen = [name for name in presets() if [name] == call.fields.get("values")]
        if not chosen:
            raise PeerError("error.form_changed")
        return await self._look(call, chosen[0])

    async def _look(self, call: Call, chosen: str) -> Reply:
        guild = await call.tools.guilds.get(call.guild_id)
        live = [one for one in guild.live if not chosen or one.preset == chosen] if guild else []
        preset = chosen or (live[0].preset if live else next(iter(presets())))
        programme = live[0] if live else Programme(EXAMPLE, call.guild_id, preset, "draft", {})
        panel = self.bot.panels.render("start", guild or _empty(call), programme)
        mention = self.bot.command_sets.mention
        names = ("help-now", "help", "privacy")
        commands_ = {name.replace("-", "_"): mention(name, guild) for name in names}
        said = [call.t("welcome.look", **commands_)]
        said.append(call.t("welcome.look.stands" if live else "welcome.look.example"))
        said.append("\n".join(f"> {line}" for line in panel.content.splitlines()) if panel else "")
        select = discord.ui.Select[Any](
            custom_id="welcome:look-at:",
            placeholder=call.t("welcome.look.other"),
            options=[
                discord.SelectOption(label=call.t(f"programme.{name}.name"), value=name, default=name == preset)
                for name in presets()
            ],
        )
        rows = _shown_only(panel.view) if panel else []
        return Reply("\n".join(said)[:CONTENT_LIMIT], views.rows(*rows, [select]))

    @route("welcome:see", guard=guards.admin)
    async def see(self, call: Call) -> Reply:
        """Say which rights the bot has here and why, and what it cannot read."""
        has = _here(call).me.guild_permissions
        wanted = [name for name, asked in discord.Permissions(with_set_up()) if asked]
        given = [name for name in wanted if getattr(has, name)]
        check = self.bot.command_sets.mention("setup check", None)
        said = [call.t("welcome.see"), call.t("welcome.see.rights")]
        said += [f"- {call.t(f'right.{name}')}: {call.t(f'welcome.right.{name}')}" for name in given]
        if len(given) < len(wanted):
            lacking = ", ".join(call.t(f"right.{name}") for name in wanted if name not in given)
            said.append(call.t("welcome.see.lacking", rights=lacking, check=check))
        if has.administrator:
            said.append(call.t("setup.check.administrator"))
        return Reply("\n".join(said)[:CONTENT_LIMIT])

    # -- the way out ------------------------------------------------------------------------------------------------

    @route("welcome:remove", guard=guards.admin)
    async def remove(self, call: Call) -> Reply:
        """Say what is kept and ask once more; what was set up is undone first."""
        guild = await call.tools.guilds.get(_here(call).id)
        if welcome.stands(guild):
            return Reply(call.t("welcome.remove.first", undo=self.bot.command_sets.mention("setup undo", guild)))
        yes = views.button(call.t("welcome.button.remove_yes"), "welcome:remove-yes:", Style.danger)
        no = views.button(call.t("welcome.button.remove_no"), "welcome:remove-no:")
        asked = call.t("welcome.remove.ask", privacy=self.bot.command_sets.mention("privacy", guild))
        return Reply(asked, views.rows([yes, no]))

    @route("welcome:remove-no", guard=guards.admin, in_place=True)
    async def remove_no(self, call: Call) -> Reply:
        """Leave everything as it is."""
        return Reply(call.t("welcome.remove.kept"))

    @route("welcome:remove-yes", guard=guards.admin, in_place=True)
    async def remove_yes(self, call: Call) -> Reply | None:
        """Delete what is kept of the server, say so, and leave.

        It is said before leaving, as nobody can be answered afterwards.
        """
        place = _here(call)
        try:
            cleared = await welcome.remove_everything(call.tools.db, call.tools.guilds, place.id)
        except PeerError as error:
            if error.key != "welcome.remove.first":
                raise
            undo = self.bot.command_sets.mention("setup undo", None)
            raise PeerError(error.key, undo=undo) from None
        try:
            await call.deliver(Reply(call.t("welcome.remove.done" if cleared else "welcome.remove.done.log_left")))
        except REFUSED as error:
            log.warning("that everything of a server is deleted could not be said: %s", type(error).__name__)
        try:
            await place.leave()
        except REFUSED as error:
            log.warning("a server could not be left: %s", type(error).__name__)
            return Reply(call.t("welcome.remove.stuck"))
        return None


def _moderators_news(place: discord.Guild) -> discord.TextChannel | None:
    """Return the channel that Discord keeps for moderators' news, if the bot may write there and not everybody reads it."""
    channel = place.public_updates_channel
    if channel is None or rooms.is_open(channel):
        return None
    own = channel.permissions_for(place.me)
    return channel if own.view_channel and own.send_messages else None


def _here(call: Call) -> discord.Guild:
    """Return the server; raises PeerError where the bot is not a member, as with a command that only a person added."""
    found = call.interaction.client.get_guild(call.guild_id)
    if found is None:
        raise PeerError("setup.check.no_bot")
    return found


def _empty(call: Call) -> Guild:
    """Return a guild as it is before anything is kept of it, to draw what would stand there."""
    return Guild(call.guild_id, b"", call.actor.locale, "UTC", (), None, None, {}, ())


def _shown_only(view: discord.ui.View) -> list[list["discord.ui.Item[Any]"]]:
    """Return a panel's buttons in their rows, for looking at; only Help now does something."""
    rows: dict[int, list[discord.ui.Item[Any]]] = {}
    for item in view.children:
        if isinstance(item, discord.ui.Button) and item.custom_id and item.label:
            works = item.custom_id.startswith("help:now:")
            copy = views.button(item.label, item.custom_id, item.style, disabled=not works)
            rows.setdefault(item.row or 0, []).append(copy)
    return [rows[number] for number in sorted(rows)]


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Welcome(bot))
