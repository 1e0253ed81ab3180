"""What Discord shows under "Apps": the bot's commands on a message and on a person, and whom and what they can be used on.

It reads the simulated Discord and what the bot told it; where the bot has no such command, there is nothing to show.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

import simcord
from simcord.backend.access import can_access_message
from simcord.components import walk_components
from simcord.enums import AppCommandType, ChannelType, ComponentType
from simcord.env import Env
from simcord.results import ResponseMessage

from bot.demo.town import Person, Town

MESSAGES_SHOWN = 8
EXCERPT = 90
WRITTEN = (0, 19)
"""Discord's numbers for a message that somebody wrote, and for one that answers another; all others are its own notes."""
MARKS = re.compile(r"<[^>]*>|[*_`#]")
"""What Discord shows as a mention, a time or a style, and what is left out of an excerpt."""

On = Literal["message", "person"]


@dataclass(frozen=True, slots=True)
class Target:
    """A message or a person that a command can be used on; `id` as text, too large for a browser's numbers."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Apps:
    """The commands of one person in one channel, and what they can be used on, the latest message first."""

    on_message: list[str]
    on_person: list[str]
    messages: list[Target]
    people: list[Target]


def there(env: Env, person: Person, channel_id: int) -> bool:
    """Tell whether the bot has any such command for this person in this channel."""
    return any(_names(env, person, channel_id, kind) for kind in (AppCommandType.MESSAGE, AppCommandType.USER))


def offered(town: Town, person: Person, channel_id: int) -> Apps:
    """List the commands and what they can be used on."""
    on_message = _names(town.env, person, channel_id, AppCommandType.MESSAGE)
    on_person = _names(town.env, person, channel_id, AppCommandType.USER)
    return Apps(
        on_message,
        on_person,
        _messages(town.env, person, channel_id) if on_message else [],
        [Target(str(one.actor.id), one.name, one.role) for one in town.people.values()] if on_person else [],
    )


def target(
    town: Town, person: Person, channel_id: int, on: On, target_id: int
) -> ResponseMessage | simcord.MemberActor:
    """Return what a command is to be used on; KeyError when this person does not see it there."""
    if on == "person":
        return {one.actor.id: one.actor for one in town.people.values()}[target_id]
    if all(int(one.id) != target_id for one in _messages(town.env, person, channel_id)):
        raise KeyError(target_id)
    return ResponseMessage(town.env, town.env.backend.get_message(channel_id, target_id))


def _names(env: Env, person: Person, channel_id: int, kind: AppCommandType) -> list[str]:
    if env.backend.get_channel(channel_id).type == ChannelType.DM:
        return []
    commands = env.backend.visible_commands(user_id=person.actor.id, channel_id=channel_id, type=kind)
    return [str(command["name"]) for command in commands]


def _messages(env: Env, person: Person, channel_id: int) -> list[Target]:
    """List the latest messages; answers that one person alone sees have no such menu in Discord."""
    stored = env.backend.messages.get(channel_id, {}).values()
    seen = [
        message
        for message in sorted(stored, key=lambda message: message.id, reverse=True)
        if message.type in WRITTEN
        and not message.is_ephemeral
        and can_access_message(env, channel_id, message, person.actor, history=True)
    ]
    return [
        Target(str(message.id), _author(env, message.author_id), _excerpt(message)) for message in seen[:MESSAGES_SHOWN]
    ]


def _author(env: Env, user_id: int) -> str:
    user = env.backend.get_user(user_id)
    return str(user.global_name or user.name)


def _excerpt(message: Any) -> str:
    """Return the message's first words, wherever in it they stand."""
    parts = [message.content, *(str(one.get("title") or one.get("description") or "") for one in message.embeds)]
    parts += [
        str(one["content"]) for one in walk_components(message.components) if one["type"] == ComponentType.TEXT_DISPLAY
    ]
    words = " ".join(MARKS.sub("", " ".join(parts)).split())
    return words if len(words) <= EXCERPT else f"{words[:EXCERPT].rstrip()}…"
