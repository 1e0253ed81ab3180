"""Nobody who sits in the meeting's voice channel is taken for missing, whenever they came in; whoever is, is named nowhere."""

import datetime as dt
import json
from typing import Any

import pytest
import sqlalchemy as sa
from simcord.builders import ChannelHandle

from data.schema import meetings, series
from tests.cogs.delivering import run_due
from tests.cogs.leading import put
from tests.cogs.test_rotation import filled, meets
from tests.cogs.town import Town

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
WAYS = ["an hour before", "while the bot was away"]


async def in_room(town: Town, room: ChannelHandle) -> str:
    """Let Leo host a meeting in a voice channel two hours from now; return its id."""
    await put(town, town.leo, certified_on=dt.date(2026, 11, 1))
    pool_id = await filled(town, town.leo)
    meeting = await meets(town, pool_id, town.clock.now() + 2 * HOUR)
    await town.db.write(lambda tx: tx.execute(sa.update(series).values(channel_id=room.id)) and None)
    return meeting


async def state(town: Town) -> Any:
    return await town.db.read(lambda tx: tx.execute(sa.select(meetings.c.state)).scalar_one())


async def go_to(town: Town, moment: dt.datetime) -> None:
    """Let time pass, with everything said in its time."""
    while town.clock.now() < moment:
        town.clock.advance(min(MINUTE, moment - town.clock.now()))
        await run_due(town)


@pytest.mark.parametrize("way", WAYS)
async def test_a_host_who_is_in_the_room_is_there_whenever_they_came(town: Town, way: str) -> None:
    room = town.guild.create_voice_channel("room")
    starts_at = town.clock.now() + 2 * HOUR
    await in_room(town, room)
    if way == WAYS[0]:
        town.clock.advance(HOUR)
        await town.leo.join_voice(room)
    else:
        town.clock.set(starts_at - 5 * MINUTE)
        await town.leo.join_voice(room)
        await town.db.write(lambda tx: tx.execute(sa.text("UPDATE hostings SET here_at = NULL")) and None)
        await town.restart()
    await go_to(town, starts_at + 20 * MINUTE)
    assert await state(town) == "planned"
    assert town.t("rotations.late") not in [one.content for one in room.history()]


async def test_where_the_host_is_not_in_the_room_it_is_called_off_and_nobody_is_named(town: Town) -> None:
    room = town.guild.create_voice_channel("room")
    starts_at = town.clock.now() + 2 * HOUR
    await in_room(town, room)
    await town.mia.join_voice(room)
    await go_to(town, starts_at + 16 * MINUTE)
    assert await state(town) == "cancelled"
    said = [json.dumps(body, ensure_ascii=False) for body in town.sent("POST", f"/channels/{room.id}/messages")]
    assert town.t("rotations.late.cancel") in said[-1]
    assert not any(str(town.leo.id) in one for one in said)
