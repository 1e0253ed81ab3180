"""Short words for meetings: plan one as leaders do, press what stands on its card, let its notices come."""

import datetime as dt
from typing import Any

import discord
import simcord
import sqlalchemy as sa
from simcord.backend import serializers
from simcord.results import ResponseMessage

from bot.domain.actor import Actor
from bot.domain.ids import new_id
from bot.domain.series import Meeting, Series
from bot.services import meetings
from data.schema import metadata
from data.store import guilds
from tests.cogs.delivering import custom_ids_in, pass_time, run_due
from tests.cogs.raw import answered, payload
from tests.cogs.reaching import choose_way
from tests.cogs.town import Town, read

BERLIN = "Europe/Berlin"
TABLES = ("series", "meetings", "rsvps", "outbox", "panels")


def let_lead(town: Town) -> None:
    """Let Discord show `/lead` to those who lead, as whoever manages the server arranges."""
    rights = {"permissions": discord.Permissions(manage_events=True).value}
    town.env.backend.edit_role(town.guild.id, town.roles["leader"].id, rights)


async def type_create(town: Town, who: Any = None, *, title: str = "Circle", **options: Any) -> ResponseMessage:
    """Type `/lead meeting create`, and return the screen."""
    let_lead(town)
    return read(await (who or town.leo).slash(town.general, "lead meeting create", title=title, **options))


async def create(town: Town, when: str = "tomorrow 19:00", who: Any = None, **options: Any) -> Series:
    """Create a meeting, and return its series."""
    actor = who or town.leo
    before = {one.id for one in await series(town)}
    screen = await type_create(town, actor, when=when, **options)
    await town.press(actor, screen, "lead:meeting-make:")
    (made,) = (one for one in await series(town) if one.id not in before)
    await settle(town)
    return made


async def settle(town: Town) -> None:
    """Let cards be drawn."""
    await town.env.settle()


async def series(town: Town) -> tuple[Series, ...]:
    """Return the series that are planned."""
    return await meetings.series_of(town.db, await town.programme())


async def occurrences(town: Town) -> list[Meeting]:
    """Return what comes next, also what does not take place."""
    anybody = Actor(1, town.guild.id)
    found = await meetings.upcoming(town.db, town.clock, anybody, await town.programme(), also_off=True)
    return [one.meeting for one in found]


async def rows(town: Town, *tables: str) -> dict[str, int]:
    """Return how many rows stand in tables about meetings."""

    def count(tx: sa.Connection) -> dict[str, int]:
        return {
            name: int(tx.execute(sa.select(sa.func.count()).select_from(metadata.tables[name])).scalar_one())
            for name in tables or TABLES
        }

    return await town.db.read(count)


async def answers(town: Town) -> list[str]:
    """Return what was answered to invitations, in the order in which people asked."""
    table = metadata.tables["rsvps"]
    ordered = sa.select(table.c.answer).order_by(table.c.asked_at, table.c.id)
    return list(await town.db.read(lambda tx: tx.execute(ordered).scalars().all()))


async def card(town: Town) -> Any:
    """Return the one card that stands in the meetings' channel."""
    (found,) = await cards(town)
    return found


async def cards(town: Town, purpose: str = "meetings") -> list[Any]:
    """Return the cards in a channel, oldest first."""
    history = (await town.channel(purpose)).history()
    return [one for one in history if any(i.startswith("meetings:come:") for i in ids(one))]


def ids(message: Any) -> list[str]:
    """Return the custom ids of a message from discord.py or from the simulator."""
    if getattr(message, "components", None) and not isinstance(message.components[0], dict):
        return [str(item.custom_id) for row in message.components for item in row.children]
    return custom_ids_in(message)


async def press_card(town: Town, who: simcord.MemberActor, verb: str, message: Any = None) -> ResponseMessage:
    """Press a button of the card and return the private answer."""
    message = message or await card(town)
    (custom_id,) = (one for one in ids(message) if one.startswith(f"meetings:{verb}:"))
    return read(await who.click(message, custom_id=custom_id))


async def agree_before(town: Town, *people: simcord.MemberActor, way: str = "dm") -> None:
    """Let people have agreed and chosen how they are reached."""
    for who in people:
        await choose_way(town, who, way)


async def come(town: Town, *people: simcord.MemberActor) -> None:
    """Let people who agreed before say on the card that they come, one after another."""
    for who in people:
        await press_card(town, who, "come")
        town.clock.advance(dt.timedelta(seconds=1))
        await settle(town)


def got(who: simcord.MemberActor, part: str) -> list[Any]:
    """Return the direct messages of the bot that have a button whose id begins so, oldest first."""
    history = who.user.dm_channel.history() if who.user.dm_channel is not None else []
    return [one for one in history if any(i.startswith(part) for i in ids(one))]


async def press_message(who: simcord.MemberActor, message: Any, part: str) -> ResponseMessage:
    """Press the one button of a direct message whose id begins so."""
    (custom_id,) = (one for one in ids(message) if one.startswith(part))
    return read(await who.user.click(message, custom_id=custom_id))


async def until(town: Town, moment: dt.datetime) -> None:
    """Let time pass up to a moment, with a postman who comes whenever something is due."""
    while (due := await town.bot.delivery.next_due()) is not None and due <= moment:
        await pass_time(town, max(due - town.clock.now(), dt.timedelta(0)))
        await run_due(town)
        await settle(town)
    await pass_time(town, max(moment - town.clock.now(), dt.timedelta(0)))


async def elsewhere(town: Town) -> tuple[simcord.GuildHandle, str]:
    """Return another guild and the id of a live programme there."""
    other = town.env.create_guild("Elsewhere")
    programme_id, salt = new_id(), bytes(16)

    def work(tx: sa.Connection) -> None:
        guilds.ensure(tx, other.id, key_salt=salt, locale="en-US", zone="UTC", countries=[], now=town.clock.now())
        guilds.insert_programme(tx, programme_id, other.id, preset="recovery", draft={}, now=town.clock.now())
        guilds.update_programme(tx, other.id, programme_id, state="live")

    await town.env.settle()
    await town.db.write(work)
    town.bot.tools.guilds.forget(other.id)
    return other, programme_id


async def press_at_once(town: Town, presses: list[tuple[simcord.MemberActor, Any, str]]) -> list[str]:
    """Let people press buttons of messages (presser, message, begin of the id) in one moment; return what each was answered."""
    records = []
    for who, message, part in presses:
        stored = town.env.backend.get_message(_channel_of(message), message.id)
        (custom_id,) = (one for one in custom_ids_in(stored) if one.startswith(part))
        record, event = payload(town, who, custom_id)
        event["message"] = dict(serializers.message_payload(town.env.backend, stored))
        record.source_message_id = stored.id
        records.append((record, event))
    for _, event in records:
        town.env.backend.emit("INTERACTION_CREATE", event)
    await town.env.settle(timeout=10)
    return [answered(town, record) for record, _ in records]


def _channel_of(message: Any) -> int:
    return int(message.channel.id if hasattr(message, "channel") else message.channel_id)
