"""What the town's people have done before the visitor comes, through the bot's own commands and buttons.

Nothing is written into the bot's database from here: if something cannot be done by pressing, the demo does not start. Only
what happens in Discord itself (who wears which role, what people write to each other) is arranged directly.
"""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import simcord
from simcord.builders import ChannelHandle
from simcord.components import walk_components
from simcord.results import InteractionResult, ResponseMessage

from bot.demo import simcord_touches
from bot.demo.town import Founded, Meets, Shared, Town

DAYS = 6
"""How many days the town has lived before the visitor comes."""
MODERATORS = "Moderator"
"""The role that the bot makes for those who look after safety in every programme."""

TRIES = 3
"""How often a form is asked for: on a machine that is very busy the bot gives up in time, and asks to be asked again."""

A_MOMENT, PATIENCE = 0.1, 20.0
"""Seconds between two looks for something that is on its way, and after how many it is missing."""
CARD_FOLLOWS = 1.1

Tell = Callable[[float, str], None]


def quietly(share: float, what: str) -> None:
    """Tell nobody how far the town is."""


async def settle_in(town: Town, tell: Tell = quietly) -> None:
    """Set all programmes up, certify their leaders, and let the days before the visitor pass."""
    steps = len(town.programmes) + DAYS
    for number, programme in enumerate(town.programmes):
        tell(number / steps, f"Ada sets {programme.name} up")
        await found(town, programme)
    for days_ago in range(DAYS, 0, -1):
        tell((steps - days_ago) / steps, "Some days pass")
        await live_a_day(town, days_ago)
    for meets in town.meetings:
        await plan_meetings(town, meets)
    for meets in town.meetings:
        await come(town, meets)
    # The cards follow what people said after a moment.
    await asyncio.sleep(CARD_FOLLOWS)
    simcord_touches.forget_private_answers(town.env)


async def found(town: Town, programme: Founded) -> None:
    """Let Ada set up a programme with channels and roles of its own, hand the roles out, and certify its leaders."""
    await set_up(town, programme.preset)
    if programme is town.programmes[0]:
        town.allow(MODERATORS, "moderator")
        town.give("sam", MODERATORS)
    for key in programme.leaders:
        town.give(key, programme.role)
    for key in programme.certified:
        await certify(town, programme.preset, key)


async def set_up(town: Town, preset: str) -> None:
    """Let Ada choose a programme, read the list to its end, and have it done."""
    ada = Screen(town, "ada")
    await ada.call("setup start", "general")
    await ada.press(f"setup:programme:{preset}")
    if ada.has(".adults"):
        await ada.press(".adults")
    while not ada.has("setup:apply:"):
        await ada.press("setup:step:")
    # She leads none of them herself: "Me for now" goes from new roles over all roles to none.
    if not ada.has(".off"):
        await ada.press(".on")
    await ada.press(".off")
    await ada.press("setup:apply:")


async def certify(town: Town, preset: str, key: str) -> None:
    """Let Ada certify somebody who was trained elsewhere."""
    ada = Screen(town, "ada")
    await ada.call("lead people", f"{preset}-leaders")
    await ada.choose("lead:add:", town.people[key].actor)
    await ada.press("lead:elsewhere:")
    await ada.press("lead:elsewhere-yes:")


async def live_a_day(town: Town, days_ago: int) -> None:
    """Let a day pass, with what people checked in and wrote on it; a day later when it ends."""
    for said in town.talk:
        if said.days_ago == days_ago:
            await town.people[said.who].actor.send(town.guild.channels[said.channel], said.text)
    for shared in town.past:
        if shared.days_ago == days_ago:
            await check_in(town, shared)
    await town.env.advance_time(dt.timedelta(days=1).total_seconds())


async def check_in(town: Town, shared: Shared) -> None:
    """Let somebody fill in the form of a check-in."""
    actor = town.people[shared.who].actor
    for _ in range(TRIES):
        form = await actor.slash(town.guild.channels[f"{shared.programme}-group"], "checkin now")
        if form.modal is not None:
            break
    answers: dict[str, Any] = {"mood": shared.mood, "note": shared.note, "seen_by": shared.seen_by}
    if "agreed" in str(form.modal):
        answers["agreed"] = ["yes"]
    await actor.submit_modal(form, answers)


async def plan_meetings(town: Town, meets: Meets) -> None:
    """Let a leader plan meetings by the form on the Leaders panel."""
    leader, actor = Screen(town, meets.who), town.people[meets.who].actor
    panel = await standing(town, f"{meets.programme}-leaders")
    for _ in range(TRIES):
        form = await actor.click(panel, custom_id=find(town, panel, "lead:meeting-new:"))
        if form.modal is not None:
            break
    words = {"title": meets.title, "when": meets.when, "repeat": "", "minutes": "", "capacity": meets.places}
    leader.shows(await actor.submit_modal(form, words))
    await leader.press("lead:meeting-make:")


async def come(town: Town, meets: Meets) -> None:
    """Let people say on the card that they come."""
    card = await standing(town, f"{meets.programme}-meetings")
    for key in meets.coming:
        await town.people[key].actor.click(card, custom_id=find(town, card, "meetings:come:"))


async def standing(town: Town, channel: str) -> Any:
    """Wait until something stands in a channel, and return it."""
    for _ in range(round(PATIENCE / A_MOMENT)):
        message = town.guild.channels[channel].last_message
        if message is not None:
            return message
        await asyncio.sleep(A_MOMENT)
    raise LookupError(f"nothing came into {channel}")


class Screen:
    """The private message through which one person works, and what they press on it."""

    def __init__(self, town: Town, key: str) -> None:
        self._town = town
        self._actor: simcord.MemberActor = town.people[key].actor
        self._message: ResponseMessage | None = None

    async def call(self, command: str, channel: str) -> None:
        """Call a command, whose answer is the screen from now on."""
        self._answer(await self._actor.slash(self._channel(channel), command))

    async def press(self, part: str) -> None:
        """Press the one control whose id begins or ends with `part`."""
        self._answer(await self._actor.click(self._shown, custom_id=self._find(part)))

    def shows(self, result: InteractionResult) -> None:
        """Take what was answered for the screen from now on."""
        self._answer(result)

    async def choose(self, part: str, value: Any) -> None:
        """Choose `value` in the one select whose id begins or ends with `part`."""
        self._answer(await self._actor.select(self._shown, [value], custom_id=self._find(part)))

    def has(self, part: str) -> bool:
        """Tell whether there is a control whose id begins or ends with `part`."""
        return bool(self._found(part))

    @property
    def _shown(self) -> ResponseMessage:
        if self._message is None:
            raise LookupError("the bot has not answered")
        return self._message

    def _answer(self, result: InteractionResult) -> None:
        # What is answered in place has no message of its own: the screen is still the one that was pressed.
        self._message = result.response or self._message

    def _channel(self, name: str) -> ChannelHandle:
        return self._town.guild.channels[name]

    def _find(self, part: str) -> str:
        (found,) = self._found(part)
        return found

    def _found(self, part: str) -> list[str]:
        return found_in(self._town, self._shown.channel_id, self._shown.id, part)


def find(town: Town, message: Any, part: str) -> str:
    """Return the id of the one control of a message whose id begins or ends with `part`."""
    (found,) = found_in(town, message.channel.id, message.id, part)
    return found


def found_in(town: Town, channel_id: int, message_id: int, part: str) -> list[str]:
    """Return the ids of a message's controls that begin or end with `part`."""
    stored = town.env.backend.get_message(channel_id, message_id)
    ids = [str(one["custom_id"]) for one in walk_components(stored.components) if "custom_id" in one]
    return [one for one in ids if one.startswith(part) or one.endswith(part)]
