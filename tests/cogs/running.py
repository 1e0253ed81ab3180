"""Short words for a meeting that runs: start it, press on its panel, read what was said in its channel."""

from typing import Any

import discord
import simcord
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult, ResponseMessage

from bot.domain.runs import Run
from bot.services import panels, runs
from data.store import runs as store
from tests.cogs.delivering import run_due
from tests.cogs.town import Town, read
from tests.services.running import MEETING, put_meeting, put_yes


async def prepare(town: Town, channel: ChannelHandle, **options: Any) -> str:
    """Let a meeting begin about now in a channel, and return the programme's id."""
    programme, starts_at = await town.programme(), town.clock.now()
    options = {"channel_id": channel.id, **options}
    await town.db.write(lambda tx: put_meeting(tx, town.guild.id, programme.id, starts_at, **options))
    return programme.id


async def says_yes(town: Town, *people: simcord.MemberActor) -> None:
    """Let people have said that they come."""
    programme = await town.programme()

    def work(tx: Any) -> None:
        for who in people:
            put_yes(tx, town.guild.id, programme.id, who.id)

    await town.db.write(work)


async def start(town: Town, who: simcord.MemberActor, verb: str = "open") -> ResponseMessage:
    """Start the meeting, with the one consent where it is asked for, and let what is due be said."""
    programme = await town.programme()
    return await agreed(town, who, await town.send(who, f"runs:{verb}:{programme.id}.{MEETING}"))


async def agreed(town: Town, who: simcord.MemberActor, result: InteractionResult) -> ResponseMessage:
    """Return the answer, after the one consent where it was asked for; let what is due be said."""
    screen = read(result)
    if any("-yes:" in one or ":agree:" in one for one in town.ids(screen)) and screen.content == town.consent:
        (yes,) = town.ids(screen)
        await who.click(screen, custom_id=yes)
    await run_due(town)
    return screen


async def now(town: Town) -> Run:
    """Return the meeting's run as it is stored."""
    run = await town.db.read(lambda tx: store.fetch_of_meeting(tx, town.guild.id, MEETING))
    assert run is not None
    return run


async def panel(town: Town, channel: ChannelHandle) -> discord.Message:
    """Return the message in which the panel stands."""
    await town.env.settle()
    run = await now(town)
    (found,) = await panels.about(town.db, town.guild.id, runs.PANEL, run.id)
    (message,) = (one for one in channel.history() if one.id == found.message_id)
    return message


async def press(town: Town, who: simcord.MemberActor, channel: ChannelHandle, verb: str) -> ResponseMessage:
    """Press a button that stands on the panel now."""
    shown = await panel(town, channel)
    (custom_id,) = (one for one in ids_on(shown) if one.startswith(f"runs:{verb}:"))
    return await agreed(town, who, await who.click(shown, custom_id=custom_id))


async def press_at(town: Town, who: simcord.MemberActor, message: discord.Message, verb: str) -> ResponseMessage:
    """Press a button below one of the messages."""
    (custom_id,) = (one for one in ids_on(message) if one.startswith(f"runs:{verb}:"))
    return await agreed(town, who, await who.click(message, custom_id=custom_id))


def ids_on(message: discord.Message) -> list[str]:
    """Return the custom ids on a message that everybody reads."""
    return [str(one.custom_id) for row in message.components for one in row.children]  # type: ignore[union-attr]


def verbs(message: discord.Message) -> set[str]:
    """Return what can be pressed on a message of a meeting."""
    return {one.split(":")[1] for one in ids_on(message) if one.startswith("runs:")}


async def said(town: Town, channel: ChannelHandle) -> list[discord.Message]:
    """Return what was said in a channel beside the panel, oldest first."""
    shown = await panel(town, channel)
    ours = town.bot.user
    return [one for one in channel.history() if one.id != shown.id and ours is not None and one.author.id == ours.id]


def called(town: Town, channel: ChannelHandle) -> list[list[int]]:
    """Return whom each message in a channel called, oldest first: their ids."""
    return [
        body.get("allowed_mentions", {}).get("users", [])
        for body in town.sent("POST", f"/channels/{channel.id}/messages")
        if "nonce" in body
    ]
