"""Short words for reminders: choose one, let time pass, find what came, press what stands on it."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import simcord
import sqlalchemy as sa
from simcord.results import InteractionResult, ResponseMessage

from bot.domain.actor import Actor
from bot.services import settings
from data.schema import outbox as table
from tests.cogs.delivering import custom_ids_in, pass_time, run_due
from tests.cogs.reaching import choose_way, threads
from tests.cogs.town import Town, read

BERLIN = "Europe/Berlin"
NINE, NOON, EVENING = 9 * 60, 12 * 60, 20 * 60


def on(day: int, hour: int = 12, minute: int = 0, *, month: int = 11, year: int = 2026) -> dt.datetime:
    """Return a moment on a clock in Berlin, where it is 10:00 on the 23rd of November at first."""
    return dt.datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(BERLIN))


async def open_screen(town: Town, who: simcord.MemberActor, channel: Any = None) -> ResponseMessage:
    """Type `/checkin remind`."""
    return read(await who.slash(channel or town.general, "checkin remind"))


async def choose_time(town: Town, who: simcord.MemberActor, minute: int, channel: Any = None) -> ResponseMessage:
    """Choose a time that the screen offers, and return the screen as it is then."""
    screen = await open_screen(town, who, channel)
    await town.choose(who, screen, "checkins:remind-at:", [str(minute)])
    return screen


async def remind(
    town: Town, who: simcord.MemberActor, minute: int = NOON, *, way: str = "dm", zone: str = BERLIN
) -> ResponseMessage:
    """Let somebody whose clock shows a zone be reminded by a way; return the screen as it is then."""
    await settings.set_zone(town.db, town.clock, Actor(who.id, town.guild.id), zone, agreed=True)
    if way:
        await choose_way(town, who, way)
    return await choose_time(town, who, minute)


async def until(town: Town, moment: dt.datetime) -> None:
    """Let time pass up to a moment, with a postman who comes whenever something is due."""
    while (due := await town.bot.delivery.next_due()) is not None and due <= moment:
        await pass_time(town, max(due - town.clock.now(), dt.timedelta(0)))
        await run_due(town)
    await pass_time(town, moment - town.clock.now())


def came_directly(town: Town, who: simcord.MemberActor) -> list[Any]:
    """Return the reminders (and notes) that somebody got by direct message, oldest first."""
    return [message for message in who.user.dm_channel.history() if _is_reminder(message)]


async def came_in_thread(town: Town) -> list[Any]:
    """Return the reminders that stand in private threads, oldest first."""
    return [message for thread in await threads(town) for message in thread.history() if _is_reminder(message)]


def _is_reminder(message: Any) -> bool:
    return any(one.startswith("checkins:remind-stop:") for one in ids_of(message))


def ids_of(message: Any) -> list[str]:
    """Return the custom ids of a message from discord.py or from the simulator."""
    if hasattr(message, "components") and message.components and not isinstance(message.components[0], dict):
        return [str(item.custom_id) for row in message.components for item in row.children]
    return custom_ids_in(message)


async def press(who: simcord.MemberActor, message: Any, part: str) -> InteractionResult:
    """Press the one button of a reminder whose id begins so; in a direct message as one does there."""
    (custom_id,) = (one for one in ids_of(message) if one.startswith(part))
    presser = who.user if message.guild is None else who
    return await presser.click(message, custom_id=custom_id)


async def tap(who: simcord.MemberActor, message: Any, mood: int) -> ResponseMessage:
    """Tap a mood on a reminder and return the private answer."""
    found = [one for one in ids_of(message) if one.startswith("checkins:mood:")]
    presser = who.user if message.guild is None else who
    return read(await presser.click(message, custom_id=found[mood - 1]))


async def planned(town: Town) -> list[tuple[str, str]]:
    """Return every reminder that was planned, as its local date and what became of it."""
    ordered = sa.select(table.c.payload, table.c.state).where(table.c.kind == "checkins.remind")
    ordered = ordered.order_by(table.c.due_at, table.c.revision)
    return [(row.payload["day"], row.state) for row in await town.db.read(lambda tx: tx.execute(ordered).all())]
