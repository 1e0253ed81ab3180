"""What a programme says to everybody, put in its leaders' own words: ground rules, question, opening, closing."""

from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Guild, Programme
from bot.domain.presets import TEXT_NAMES
from bot.domain.programme_texts import LIMITS, ONE_LINE, revision
from bot.errors import PeerError
from bot.kit import guards, views, which
from bot.kit.bot import PeerBot
from bot.kit.call import CONTENT_LIMIT, Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import programme_texts
from bot.services.programme_texts import Changed
from cogs.lead._words import comes_with, parts

CUT = "…"


async def here(call: Call) -> Reply:
    """Show the texts of the programme that the channel means, or ask which one."""
    found = await which.programme(call, "lead:texts")
    if isinstance(found, Reply):
        return found
    guards.must_lead(call.actor, found[1])
    return _overview(call, found[1])


class ProgrammeTexts(commands.Cog):
    """The texts and their buttons."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @route("lead:texts", guard=guards.leader, in_place=True)
    async def texts(self, call: Call) -> Reply:
        """Show which texts there are."""
        _, programme, _, _ = await parts(call)
        return _overview(call, programme)

    @route("lead:text", guard=guards.leader, in_place=True)
    async def text(self, call: Call) -> Reply:
        """Show what is said now."""
        guild, programme, name = await _named(call)
        own = await programme_texts.said(call.tools.db, programme, name)
        return _screen(call, guild, programme, name, own)

    @route("lead:text-form", guard=guards.leader, opens_form=True)
    async def form(self, call: Call) -> None:
        """Open the form, filled with what is said now."""
        guild, programme, name = await _named(call)
        own = await programme_texts.said(call.tools.db, programme, name)
        said = own or comes_with(call.tools.texts, guild, programme, name)
        field = discord.ui.TextInput[Any](
            custom_id="body",
            style=discord.TextStyle.short if name in ONE_LINE else discord.TextStyle.paragraph,
            required=False,
            max_length=max(LIMITS[name], len(said)),
            default=said,
        )
        label = discord.ui.Label[Any](
            text=call.t(f"leaders.texts.{name}"), description=call.t("leaders.form.public"), component=field
        )
        token = f"{programme.id}.{name}.{revision(own)}"
        await call.open_form(views.form(call.t("leaders.form.text"), f"lead:text-save:{token}", label))

    @route("lead:text-save", guard=guards.leader, in_place=True)
    async def save(self, call: Call) -> Reply:
        """Keep what was written; whatever keeps it from being kept, the person gets their words back."""
        guild, programme, name = await _named(call)
        written = call.fields.get("body")
        if not isinstance(written, str):
            raise PeerError("error.form_changed")
        if written:
            call.care = call.t("leaders.texts.yours", text=_cut(written, LIMITS[name]))
        return await self._change(call, guild, programme, name, written)

    @route("lead:text-back", guard=guards.leader, in_place=True)
    async def back(self, call: Call) -> Reply:
        """Show the words that come with the programme, and ask."""
        guild, programme, name = await _named(call)
        was = call.token.rpartition(".")[2]
        yes = views.button(
            call.t("leaders.button.text_back_yes"), f"lead:text-back-yes:{programme.id}.{name}.{was}", Style.danger
        )
        no = views.button(call.t("leaders.button.no"), f"lead:text:{programme.id}.{name}")
        words = comes_with(call.tools.texts, guild, programme, name)
        said = call.t("leaders.texts.back.ask", name=call.t(f"leaders.texts.{name}"), text=words)
        return Reply(said, views.rows([yes, no]))

    @route("lead:text-back-yes", guard=guards.leader, in_place=True)
    async def back_yes(self, call: Call) -> Reply:
        """Go back to the words that come with the programme."""
        guild, programme, name = await _named(call)
        return await self._change(call, guild, programme, name, "")

    async def _change(self, call: Call, guild: Guild, programme: Programme, name: str, written: str) -> Reply:
        tools, was = call.tools, call.token.rpartition(".")[2]
        words = comes_with(tools.texts, guild, programme, name)
        try:
            own = await programme_texts.change(
                tools.db, tools.clock, tools.guilds, programme, name, written, was=was, comes_with=words
            )
        except Changed as changed:
            if not written:
                notice = call.t("leaders.texts.changed.look")
                return _screen(call, guild, programme, name, changed.now, notice)
            return _both(call, programme, name, changed.now or words, written)
        await self.bot.refresh_guild(guild.guild_id)
        notice = call.t("leaders.texts.saved" if own else "leaders.texts.back.done")
        return _screen(call, guild, programme, name, own, notice)


async def _named(call: Call) -> tuple[Guild, Programme, str]:
    guild, programme, name, _ = await parts(call)
    if name not in TEXT_NAMES:
        raise PeerError("error.button_gone")
    return guild, programme, name


def _overview(call: Call, programme: Programme) -> Reply:
    said = [call.t("leaders.texts.title", programme=call.t(f"programme.{programme.preset}.name"))]
    for name in TEXT_NAMES:
        key = "leaders.texts.line.own" if name in programme.texts else "leaders.texts.line.comes_with"
        said.append(call.t(key, name=call.t(f"leaders.texts.{name}")))
    buttons = [
        views.button(call.t(f"leaders.texts.{name}"), f"lead:text:{programme.id}.{name}", Style.primary)
        for name in TEXT_NAMES
    ]
    return Reply("\n".join(said), views.rows(buttons))


def _screen(call: Call, guild: Guild, programme: Programme, name: str, own: str | None, notice: str = "") -> Reply:
    """Show one text as it is said now, whole."""
    words = own or comes_with(call.tools.texts, guild, programme, name)
    key = "leaders.texts.own" if own else "leaders.texts.comes_with"
    said = [*([notice, ""] if notice else []), call.t(key, name=call.t(f"leaders.texts.{name}")), "", words]
    token = f"{programme.id}.{name}"
    buttons = [views.button(call.t("leaders.button.change"), f"lead:text-form:{token}", Style.primary)]
    if own:
        back = f"lead:text-back:{token}.{revision(own)}"
        buttons.append(views.button(call.t("leaders.button.text_back"), back, Style.danger))
    buttons.append(views.button(call.t("leaders.button.texts_all"), f"lead:texts:{programme.id}"))
    return Reply("\n".join(said), views.rows(buttons))


def _both(call: Call, programme: Programme, name: str, now: str, written: str) -> Reply:
    """Say that somebody else was quicker, with both texts: the person's own whole, as nothing else holds it."""
    yours = _cut(written, LIMITS[name])
    room = CONTENT_LIMIT - len(call.t("leaders.texts.changed", now="x", yours=yours)) + 1
    shown = call.t("leaders.texts.changed", now=_cut(now, room), yours=yours)
    token = f"{programme.id}.{name}"
    change = views.button(call.t("leaders.button.change"), f"lead:text-form:{token}", Style.primary)
    look = views.button(call.t("leaders.button.text_now"), f"lead:text:{token}")
    return Reply(shown, views.rows([change, look]))


def _cut(text: str, most: int) -> str:
    """Return a text, cut off with "…" where it is too long to be shown."""
    return text if len(text) <= most else text[: max(0, most - 1)] + CUT
