"""Short words for how people are reached: what they press, which threads there are, who is in them."""

from typing import Any

import simcord
from simcord.builders import ChannelHandle
from simcord.components import walk_components
from simcord.results import ResponseMessage

from bot.domain.guilds import Guild
from bot.domain.reaching import Reach
from bot.kit import reach
from bot.services import reaching
from data.schema import named_adults
from data.store import guilds, people
from tests.cogs.town import Town, read


async def guild_of(town: Town, guild_id: int | None = None) -> Guild:
    """Return the guild's settings, read afresh."""
    guild_id = guild_id or town.guild.id
    town.bot.tools.guilds.forget(guild_id)
    guild = await town.bot.tools.guilds.get(guild_id)
    assert guild is not None
    return guild


async def open_settings(town: Town, who: simcord.MemberActor) -> ResponseMessage:
    """Press *My settings* on the Start here panel."""
    programme = await town.programme()
    return read(await who.click(await town.panel("start"), custom_id=f"settings:open:{programme.id}"))


async def choose_way(town: Town, who: simcord.MemberActor, way: str) -> ResponseMessage:
    """Choose a way on the settings' screen, with a yes where that is asked for first."""
    screen = await open_settings(town, who)
    await town.choose(who, screen, ".way", [way])
    if screen.content == town.consent:
        await town.press(who, screen, "settings:agree:")
    return screen


async def way_of(town: Town, who: simcord.MemberActor) -> Reach | None:
    """Return how somebody is reached."""
    return await reaching.way_of(town.db, town.guild.id, who.id)


async def tell(town: Town, who: simcord.MemberActor, key: str = "settings.pause.ended", **args: Any) -> str:
    """Say a sentence to somebody, as a feature does, and return what became of it."""
    said = await reach.tell(town.bot, await guild_of(town), await town.programme(), who.id, key, **args)
    await town.env.settle()
    return said


async def threads(town: Town) -> list[ChannelHandle]:
    """Return the threads under the Start here channel."""
    return (await town.channel("start")).threads


def inside(town: Town, thread: ChannelHandle) -> set[int]:
    """Return who is in a thread, besides the bot."""
    return set(town.env.backend.get_thread(thread.id).thread_members) - {town.bot.user.id}


def direct_messages(who: simcord.MemberActor) -> list[str]:
    """Return what the bot wrote to somebody directly."""
    return [message.content for message in who.user.dm_channel.history() if message.author.bot]


def close_direct_messages(town: Town, who: simcord.MemberActor) -> None:
    """Let Discord refuse whatever the bot writes to somebody directly."""
    path = f"/channels/{who.user.dm_channel.id}/messages"
    town.env.inject_error("POST", path, status=403, code=50007, times=None)


async def with_young_people(town: Town, adult: simcord.MemberActor | None = None) -> None:
    """Let the guild be one in which young people may be, with a named adult or without."""

    def work(tx: Any) -> None:
        guilds.update(tx, town.guild.id, ages="both")
        if adult is not None:
            made = people.ensure_member(tx, town.guild.id, adult.id, new_person_id="d" * 32, new_ref="e" * 32)
            tx.execute(
                named_adults.insert().values(
                    id="f" * 32, guild_id=town.guild.id, member_ref=made.ref, named_at=town.clock.now()
                )
            )

    await town.db.write(work)
    town.bot.tools.guilds.forget(town.guild.id)


def options(screen: ResponseMessage, ending: str) -> list[Any]:
    """Return the options of the one select whose id ends so."""
    (found,) = (c for c in walk_components(screen.components) if str(c.get("custom_id", "")).endswith(ending))
    return list(found["options"])
