"""Answers from a direct message: what somebody presses there counts as done in the server that the message came from.

Which server that is tells the programme that the button names; it carries no authority. Whether the person is still a member
there, and with which roles, is asked of Discord at every press, as nothing in a direct message says it.
"""

import asyncio
from dataclasses import replace

import discord

from bot.errors import Busy, PeerError
from bot.kit.call import NO_ANSWER, Call
from bot.services import reaching

ASK_SECONDS = 1.0
"""How long Discord may take to answer: a form must open within three seconds of the press."""


async def come_home(call: Call) -> None:
    """Let the call count as done in the server of its programme; raises PeerError where the person is no member there.

    What a right to manage the server would allow is not found here: whoever manages it does so in the server.
    """
    actor, programme_id = call.actor, call.token.partition(".")[0]
    guild_id = await reaching.home_of(call.tools.db, actor.user_id, programme_id)
    if guild_id is None:
        raise PeerError("error.only_in_guild")
    try:
        async with asyncio.timeout(ASK_SECONDS):
            member = await call.interaction.client.http.get_member(guild_id, actor.user_id)
    except (discord.NotFound, discord.Forbidden):
        raise PeerError("error.only_in_guild") from None
    except (discord.HTTPException, *NO_ANSWER):
        raise Busy("error.busy_reading") from None
    role_ids = frozenset(int(role_id) for role_id in member["roles"])
    call.actor = replace(actor, guild_id=guild_id, role_ids=role_ids)
