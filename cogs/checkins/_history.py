"""Looking back: one's own check-ins as words and picture, and what others chose to share."""

import datetime as dt
import io

import discord
from discord.ext import commands

from bot.domain.checkins import HISTORY_DAYS, Mood, week_of
from bot.domain.guilds import Guild, Programme
from bot.kit import charts, guards, views, which
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.services import checkins
from bot.services.checkins import Entry
from bot.services.guilds import programme_of

SHOWN_DAYS = 7
"""How many days are listed in words above the chart."""
LIST_LIMIT = 1_850
"""Characters a list may take, so that its last line always fits below it."""
BACKSLASH = "\\"
NOTE_SHOWN = 200
"""How much of a note a list shows; the whole stands in the form."""


async def here(call: Call) -> Reply:
    """Show the person's own check-ins in the programme that the channel means, or ask which one."""
    found = await which.programme(call, "checkins:history")
    return found if isinstance(found, Reply) else await _show(call, *found)


class LookingBack(commands.Cog):
    """The buttons for looking back."""

    @route("checkins:history", guard=guards.reached, in_place=True)
    async def history_button(self, call: Call) -> Reply:
        """Show the person's own check-ins."""
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, call.token, call.actor)
        return await _show(call, guild, programme)

    @route("checkins:group", guard=guards.reached, in_place=True)
    async def group(self, call: Call) -> Reply:
        """Show what others chose to show to the group, and to leaders what is for leaders."""
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, call.token, call.actor)
        tools, leads = call.tools, guards.leads(call.actor, programme)
        found = await checkins.shared(tools.db, tools.clock, tools.vault, guild, programme, for_leaders=leads)
        back = views.rows([views.button(call.t("checkins.button.history"), f"checkins:history:{programme.id}")])
        if not found:
            return Reply(call.t("checkins.group.empty"), back)
        head = [call.t("checkins.group.title.leaders" if leads else "checkins.group.title")]
        rows = [f"<@{one.user_id}> · {_line(call, one.entry)}" for one in found]
        lines = _fitting(head, rows, call.t("checkins.group.more"))
        return Reply("\n".join(lines), back)


async def _show(call: Call, guild: Guild, programme: Programme) -> Reply:
    tools = call.tools
    today, entries = await checkins.history(tools.db, tools.clock, tools.vault, call.actor, guild, programme)
    group = views.button(call.t("checkins.button.group"), f"checkins:group:{programme.id}")
    if not entries:
        return Reply(call.t("checkins.history.empty"), views.rows([group]))
    first, last = week_of(today)
    n = sum(first <= entry.day <= last for entry in entries)
    head = [call.t("checkins.history.title", days=HISTORY_DAYS), call.t("checkins.week", n=n), ""]
    newest = [_line(call, entry) for entry in reversed(entries[-SHOWN_DAYS:])]
    lines = _fitting(head, newest, call.t("checkins.history.more"))
    buttons = [views.button(call.t("checkins.button.with_note"), f"checkins:form:{programme.id}"), group]
    return Reply("\n".join(lines), views.rows(buttons), await _chart(call, today, entries))


async def _chart(call: Call, today: dt.date, entries: list[Entry]) -> list[discord.File]:
    first = today - dt.timedelta(days=HISTORY_DAYS - 1)
    days = tuple(_day(call, first + dt.timedelta(days=number)) for number in range(HISTORY_DAYS))
    points = tuple(((entry.day - first).days, entry.mood.value) for entry in entries)
    png = await charts.levels_by_day(days, points, tuple(call.t(mood.key) for mood in Mood))
    if png is None:
        return []
    said = "; ".join(
        f"{_day(call, entry.day)}: {call.t(entry.mood.key)} ({entry.mood.value})" for entry in reversed(entries)
    )
    alt = call.t("checkins.history.alt", days=HISTORY_DAYS, said=said)
    return [discord.File(io.BytesIO(png), filename="check-ins.png", description=alt[:1024])]


def _day(call: Call, day: dt.date) -> str:
    return call.tools.texts.day(call.actor.locale, day)


def _line(call: Call, entry: Entry) -> str:
    said = call.t("checkins.line", day=_day(call, entry.day), mood=call.t(entry.mood.key))
    if entry.unreadable:
        return f"{said} {call.t('checkins.note.unreadable')}"
    if entry.note is None:
        return said
    shown = discord.utils.escape_markdown(discord.utils.escape_mentions(" ".join(entry.note.split())))
    return f"{said}: {shown if len(shown) <= NOTE_SHOWN else shown[: NOTE_SHOWN - 1].rstrip(BACKSLASH) + '…'}"


def _fitting(head: list[str], rows: list[str], more: str) -> list[str]:
    """Return as many whole rows as a message takes, with a last line where some are left out."""
    out, left = list(head), LIST_LIMIT - sum(len(line) + 1 for line in head)
    for row in rows:
        left -= len(row) + 1
        if left < 0:
            return [*out, more]
        out.append(row)
    return out
