"""What the town's people have done before the visitor comes, through the bot's own commands and buttons.

Nothing is written into the bot's database from here: if the set-up cannot be done by pressing, the demo does not start.
"""

import datetime as dt
from typing import Any

import simcord
from simcord.components import walk_components

from bot.demo.town import Town

DAYS = 6
"""How many days the town has lived before the visitor comes."""


async def settle_in(town: Town) -> None:
    """Set the programme up and let the days before the visitor pass."""
    await set_up(town)
    await live_some_days(town)


async def set_up(town: Town) -> None:
    """Let Ada set up the programme, with the roles that the server has already and new channels."""
    ada = town.people["ada"].actor
    roles = town.guild.roles
    shown = await ada.slash(town.guild.channels["general"], "setup start")
    screen = shown.response
    assert screen is not None
    await _choose(town, ada, screen, "setup:ages:", ["adults"])
    await _press(town, ada, screen, ".channels")
    await _press(town, ada, screen, ".roles")
    await _choose(town, ada, screen, ".leader", [roles["Peer leaders"]])
    await _choose(town, ada, screen, ".moderator", [roles["Moderators"]])
    await _press(town, ada, screen, ".plan")
    await _press(town, ada, screen, "setup:apply:")


async def live_some_days(town: Town) -> None:
    """Let the days before the visitor pass, with what people shared on them; ends `DAYS` later than it began."""
    for days_ago in range(DAYS, 0, -1):
        for one in town.past:
            if one.days_ago == days_ago:
                actor = town.people[one.who].actor
                form = await actor.slash(town.guild.channels["general"], "checkin now")
                answers: dict[str, Any] = {"mood": one.mood, "note": one.note, "seen_by": "group"}
                if "agreed" in str(form.modal):
                    answers["agreed"] = ["yes"]
                await actor.submit_modal(form, answers)
        await town.env.advance_time(dt.timedelta(days=1).total_seconds())


async def _press(town: Town, actor: simcord.MemberActor, screen: Any, part: str) -> None:
    await actor.click(screen, custom_id=_find(town, screen, part))


async def _choose(town: Town, actor: simcord.MemberActor, screen: Any, part: str, values: list[Any]) -> None:
    await actor.select(screen, values, custom_id=_find(town, screen, part))


def _find(town: Town, screen: Any, part: str) -> str:
    """Return the id of the screen's one control whose id begins or ends with `part`."""
    channel = town.guild.channels["general"]
    message = town.env.backend.get_message(channel.id, screen.id)
    ids = [str(control["custom_id"]) for control in walk_components(message.components) if "custom_id" in control]
    (found,) = (one for one in ids if one.startswith(part) or one.endswith(part))
    return found
