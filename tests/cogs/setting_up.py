"""Short words for what an admin does on the way through the set-up."""

import json
import re
from typing import Any

import simcord
from simcord.backend import serializers
from simcord.results import InteractionResult, ResponseMessage

from bot.services import setup
from bot.services.setup import Underway
from tests.cogs.town import Town, read

CHANNEL, ROLE = 8, 6
"""Discord's numbers for the two kinds of selects."""


PURPOSES = ("start", "help", "meetings", "group", "leaders", "moderators")


async def to_plan(
    town: Town,
    *,
    preset: str = "recovery",
    ages: str = "adults",
    countries: tuple[str, ...] = (),
    mine: bool | None = None,
    **chosen: Any,
) -> ResponseMessage:
    """Go to the list of what will happen and return that screen; `chosen` are channels and roles by purpose."""
    ada = town.ada
    screen = read(await ada.slash(town.general, "setup start"))
    await town.press(ada, screen, f"setup:programme:{preset}")
    if town.shows(screen, f".{ages}"):
        await town.press(ada, screen, f".{ages}")
    if countries:
        await town.press(ada, screen, ".people")
        await town.choose(ada, screen, "setup:countries:", list(countries))
        await town.press(ada, screen, ".plan")
    await choose_all(town, screen, **chosen)
    if mine is not None and town.shows(screen, ".on" if mine else ".off"):
        await town.press(ada, screen, ".on" if mine else ".off")
    return screen


async def choose_all(town: Town, screen: ResponseMessage, **chosen: Any) -> None:
    """Choose channels and roles that are there, and come back to the list."""
    if chosen.keys() & set(PURPOSES):
        await town.press(town.ada, screen, ".channels")
        for purpose in PURPOSES:
            if purpose in chosen:
                if not town.shows(screen, f".{purpose}"):
                    await town.press(town.ada, screen, ".channels.1")
                await town.choose(town.ada, screen, f".{purpose}", [chosen[purpose]])
        await town.press(town.ada, screen, ".plan")
    if chosen.keys() & {"leader", "moderator"}:
        await town.press(town.ada, screen, ".roles")
        for purpose in ("leader", "moderator"):
            if purpose in chosen:
                await town.choose(town.ada, screen, f".{purpose}", [chosen[purpose]])
        await town.press(town.ada, screen, ".plan")


async def apply(town: Town, screen: ResponseMessage) -> str:
    """Press the green button and return all that was answered."""
    result = await town.press(town.ada, screen, "setup:apply:")
    answers = [screen, *([result.response] if result.response else []), *result.followups]
    return "\n".join(one.content for one in answers)


async def pick(town: Town, who: simcord.MemberActor, custom_id: str, kind: int, *ids: int) -> InteractionResult:
    """Choose in a select what its screen may not offer, as a crafted client could."""
    data = {"custom_id": custom_id, "component_type": kind, "values": [str(one) for one in ids]}
    return await who._dispatch_interaction(3, town.general, data)


async def underway(town: Town, preset: str = "recovery") -> Underway:
    """Return the set-up of a programme as it stands in the database."""
    town.bot.tools.guilds.forget(town.guild.id)
    guild = await town.bot.tools.guilds.get(town.guild.id)
    assert guild is not None
    (programme,) = (one for one in guild.programmes if one.preset == preset)
    return await setup.underway(town.db, town.guild.id, programme.id)


async def begin(town: Town, preset: str = "recovery") -> Underway:
    """Let Ada begin a programme and say that the members are adults; return it."""
    await to_plan(town, preset=preset)
    return await underway(town, preset)


async def checked(town: Town) -> str:
    """Return what `/setup check` says."""
    return read(await town.ada.slash(town.general, "setup check")).content


async def is_well(town: Town) -> bool:
    """Tell whether `/setup check` finds nothing to mend."""
    return town.t("setup.check.well") in await checked(town)


def said(town: Town, key: str, **args: Any) -> str:
    """Return a sentence of the set-up that may mention its commands."""
    mention = town.bot.command_sets.mention
    commands = {name: mention(f"setup {name}", None) for name in ("start", "check", "apply")}
    return town.t(key, **commands, **args)


def begins(town: Town, key: str) -> str:
    """Return how a sentence begins, up to its first value."""
    values = re.findall(r"{(\w+)}", town.texts._find("en", key, None) or "")
    return town.t(key, **dict.fromkeys(values, "X")).split("X")[0].rstrip("⟧")


def wears(town: Town, who: simcord.MemberActor) -> set[int]:
    """Return the roles a person wears."""
    return set(town.env.backend.get_guild(town.guild.id).members[who.id].role_ids)


def names(town: Town) -> tuple[list[str], list[str]]:
    """Return the names of the server's channels and of its roles."""
    guild = town.env.backend.get_guild(town.guild.id)
    channels = [channel.name for channel in town.env.backend.channels.values()]
    return sorted(channels), sorted(role.name for role in guild.roles.values())


def whole_guild(town: Town) -> dict[str, object]:
    """Return everything Discord knows of the guild but which message is its channels' newest, and the time of asking."""
    found = json.loads(
        json.dumps(serializers.guild_create_payload(town.env.backend, town.env.backend.get_guild(town.guild.id)))
    )
    # The simulator gives its own present time here.
    found.pop("joined_at", None)
    for channel in found["channels"]:
        channel.pop("last_message_id", None)
    return found
