"""Short words for what an admin does to take a programme back."""

from typing import Any

import simcord
from simcord.results import ResponseMessage

from bot.domain.guilds import Guild, Programme
from tests.cogs.setting_up import apply, to_plan, whole_guild
from tests.cogs.town import Town, read


async def guild_of(town: Town) -> Guild:
    """Return the guild as the database has it."""
    town.bot.tools.guilds.forget(town.guild.id)
    guild = await town.bot.tools.guilds.get(town.guild.id)
    assert guild is not None
    return guild


async def of_preset(town: Town, preset: str = "recovery") -> Programme:
    """Return the guild's programme of a preset."""
    return next(one for one in (await guild_of(town)).programmes if one.preset == preset)


async def to_undo(
    town: Town, preset: str = "recovery", *, who: simcord.MemberActor | None = None, channel: Any = None
) -> ResponseMessage:
    """Ask for the plan and return the screen."""
    actor, programme = who or town.ada, await of_preset(town, preset)
    screen = read(await actor.slash(channel or town.general, "setup undo"))
    if town.shows(screen, f"setup:undo-plan:{programme.id}") and not town.shows(screen, "setup:undo-do:"):
        await town.press(actor, screen, f"setup:undo-plan:{programme.id}")
    return screen


async def undo(town: Town, screen: ResponseMessage, *, who: simcord.MemberActor | None = None) -> str:
    """Press the red button and return all that was answered."""
    result = await town.press(who or town.ada, screen, "setup:undo-do:")
    answers = [screen, *([result.response] if result.response else []), *result.followups]
    return "\n".join(one.content for one in answers)


def told(town: Town, key: str, **args: Any) -> str:
    """Return a sentence that may mention the commands of the set-up."""
    mention = town.bot.command_sets.mention
    commands = {name: mention(f"setup {name}", None) for name in ("start", "check", "undo")}
    return town.t(key, **commands, **args)


def sure(screen: ResponseMessage) -> bool:
    """Tell whether the red button can be pressed."""
    (row, *_) = screen.components
    (button,) = (one for one in row["components"] if str(one.get("custom_id", "")).startswith("setup:undo-do:"))
    return not button.get("disabled", False)


async def made(town: Town, preset: str = "recovery", *, mine: bool = False, **chosen: Any) -> Programme:
    """Let Ada set a programme up; `chosen` are channels and roles by purpose."""
    await apply(town, await to_plan(town, preset=preset, mine=mine, **chosen))
    programme = await of_preset(town, preset)
    assert programme.state == "live"
    return programme


def as_it_was(town: Town) -> dict[str, Any]:
    """Return everything Discord knows of the guild; roles in their order, as numbers with gaps in them mean nothing."""
    found = whole_guild(town)
    roles: Any = found["roles"]
    roles.sort(key=lambda role: (role["position"], role["id"]))
    for number, role in enumerate(roles):
        role["position"] = number
    return found
