"""A programme's public directory of meetings: which series it lists, and its link. For those who manage the server."""

from collections.abc import Sequence
from typing import Any

import discord
from discord.ext import commands

from bot.domain.guilds import Programme
from bot.domain.series import Series
from bot.errors import PeerError
from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import feeds
from bot.services.feeds import Directory
from cogs.feeds._calendar import parts

PAGE, MOST_PAGES = 25, 2
"""What a select takes, and how many of them stand on the screen: a programme has no more series than that."""


class Directories(commands.Cog):
    """The buttons of the directory."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @route("feeds:directory", guard=guards.admin, in_place=True)
    async def directory(self, call: Call) -> Reply:
        """Show what is listed, and where."""
        base, _, programme, _ = await parts(call)
        return _screen(call, base, programme, await feeds.look_up(call.tools.db, call.tools.vault, programme))

    @route("feeds:list", guard=guards.admin, in_place=True)
    async def list(self, call: Call) -> Reply:
        """List just what was chosen of a page."""
        base, _, programme, page = await parts(call)
        values = call.fields.get("values")
        if not isinstance(values, list) or page not in [str(number) for number in range(MOST_PAGES)]:
            raise PeerError("error.button_gone")
        db, vault = call.tools.db, call.tools.vault
        shown = _page((await feeds.look_up(db, vault, programme)).possible, int(page))
        chosen = [str(value) for value in values]
        found = await feeds.list_only(db, vault, programme, chosen, among=[one.id for one in shown])
        return _screen(call, base, programme, found)

    @route("feeds:open", guard=guards.admin, in_place=True)
    async def open(self, call: Call) -> Reply:
        """Make the link."""
        return await self._open(call, anew=False)

    @route("feeds:renew", guard=guards.admin, in_place=True)
    async def renew(self, call: Call) -> Reply:
        """Make a new link; the old one leads nowhere from now on."""
        return await self._open(call, anew=True)

    @route("feeds:close", guard=guards.admin, in_place=True)
    async def close(self, call: Call) -> Reply:
        """Take the link back."""
        base, _, programme, _ = await parts(call)
        return _screen(call, base, programme, await feeds.close_directory(call.tools.db, call.tools.vault, programme))

    async def _open(self, call: Call, *, anew: bool) -> Reply:
        base, _, programme, _ = await parts(call)
        tools = call.tools
        found = await feeds.open_directory(tools.db, tools.clock, tools.vault, programme, anew=anew)
        return _screen(call, base, programme, found)


def _page(possible: Sequence[Series], page: int) -> Sequence[Series]:
    return possible[page * PAGE : (page + 1) * PAGE]


def _screen(call: Call, base: str, programme: Programme, found: Directory) -> Reply:
    said = [call.t("feeds.directory")]
    if found.token is None:
        said.append(call.t("feeds.directory.no_link"))
    else:
        said += [call.t("feeds.directory.link"), f"```\n{base}/meetings/{found.token}.json\n```"]
    said.append(call.t("feeds.directory.choose" if found.possible else "feeds.directory.nothing"))
    pages = [page for page in range(MOST_PAGES) if _page(found.possible, page)]
    rows: list[list[discord.ui.Item[Any]]] = [[_select(call, programme, found, page)] for page in pages]
    return Reply("\n".join(said), views.rows(*rows, _buttons(call, programme, found)))


def _select(call: Call, programme: Programme, found: Directory, page: int) -> discord.ui.Select[Any]:
    listed = {one.id for one in found.listed}
    options = [
        discord.SelectOption(label=one.title, value=one.id, default=one.id in listed)
        for one in _page(found.possible, page)
    ]
    return discord.ui.Select[Any](
        custom_id=f"feeds:list:{programme.id}.{page}",
        placeholder=call.t("feeds.directory.none_chosen"),
        options=options,
        min_values=0,
        max_values=len(options),
    )


def _buttons(call: Call, programme: Programme, found: Directory) -> list[discord.ui.Item[Any]]:
    pid = programme.id
    back = views.button(call.t("feeds.button.back"), f"feeds:calendar:{pid}")
    if found.token is None:
        return [views.button(call.t("feeds.button.open"), f"feeds:open:{pid}", Style.primary), back]
    return [
        views.button(call.t("feeds.button.new"), f"feeds:ask:{pid}.renew"),
        views.button(call.t("feeds.button.remove"), f"feeds:ask:{pid}.close"),
        back,
    ]
