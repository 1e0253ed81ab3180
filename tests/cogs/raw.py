"""Interactions sent as the gateway sends them: at once, twice, or with anything in them."""

import asyncio
from typing import Any

import simcord
from simcord import interactions
from simcord.results import InteractionResult

from tests.cogs.town import Town


def payload(town: Town, who: simcord.MemberActor, custom_id: str) -> tuple[Any, dict[str, Any]]:
    """Return simcord's record of a press and the event that the bot would get."""
    data = {"custom_id": custom_id, "component_type": 2}
    return interactions.base_payload(
        town.env.backend,
        type=3,
        channel_id=town.general.id,
        guild_id=town.guild.id,
        user_id=who.id,
        data=data,
    )


async def press_at_once(town: Town, presses: list[tuple[simcord.MemberActor, str]]) -> list[str]:
    """Send several presses in the same moment and return what each was answered, in order."""
    made = [payload(town, who, custom_id) for who, custom_id in presses]
    for _, event in made:
        town.env.backend.emit("INTERACTION_CREATE", event)
    await town.env.settle(timeout=10)
    await asyncio.sleep(0)
    return [answered(town, record) for record, _ in made]


async def deliver_twice(town: Town, who: simcord.MemberActor, custom_id: str) -> str:
    """Send the very same press twice, as a resumed session may, and return what was answered."""
    record, event = payload(town, who, custom_id)
    town.env.backend.emit("INTERACTION_CREATE", event)
    town.env.backend.emit("INTERACTION_CREATE", event)
    await town.env.settle(timeout=10)
    return answered(town, record)


def answered(town: Town, record: Any) -> str:
    """Return all that was said in answer to an interaction."""
    ids = [i for i in (record.message_id, *record.followup_ids) if i is not None]
    return "\n".join(town.env.backend.get_message(town.general.id, i).content for i in ids)


async def dispatch_raw(actor: Any, channel: Any, type: int, data: dict[str, Any]) -> InteractionResult:
    """Send an interaction as somebody, in a guild or in a direct message, past all that Discord would not show."""
    env = actor._env
    guild = getattr(actor, "guild", None)
    record, event = interactions.base_payload(
        env.backend,
        type=type,
        channel_id=channel.id,
        guild_id=guild.id if guild is not None else None,
        user_id=actor.id,
        data=data,
    )
    env.backend.emit("INTERACTION_CREATE", event)
    # As the simulator's own actors do: quicker than settling for whatever may still come.
    await env._settle_internal(dispatch="INTERACTION_CREATE")
    return InteractionResult(env, record)
