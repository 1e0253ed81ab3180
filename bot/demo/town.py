"""The demo's small town: one server, its channels and its people, read from town.toml.

It only arranges the simulated Discord; what the bot does there, it does because somebody of the town pressed a button.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import discord
import simcord
from simcord.env import Env

from bot.demo import simcord_touches
from bot.domain import rights

TOWN_FILE = Path(__file__).with_name("town.toml")

RIGHTS = {
    "member": discord.Permissions.none(),
    "peer leader": discord.Permissions(manage_events=True),
    "moderator": discord.Permissions(moderate_members=True, manage_messages=True, manage_threads=True),
    "admin": discord.Permissions(administrator=True),
}
"""What each role of the town may do in Discord; members have what everyone has."""


@dataclass(frozen=True, slots=True)
class Try:
    """A line of a person's guide; `channel` is the name of the channel it leads to, if it leads to one."""

    text: str
    channel: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the visitor can be."""

    key: str
    name: str
    role: str
    hint: str
    opens: str
    tries: tuple[Try, ...]
    actor: simcord.MemberActor


@dataclass(frozen=True, slots=True)
class Shared:
    """A check-in of the days before the visitor comes, which its author shows to the group."""

    who: str
    days_ago: int
    mood: str
    note: str


@dataclass(frozen=True, slots=True)
class Town:
    """The server and its people, by their keys, in the order in which they are shown."""

    env: Env
    guild: simcord.GuildHandle
    people: dict[str, Person]
    zone: ZoneInfo
    locale: str
    past: tuple[Shared, ...]


def build(env: Env) -> Town:
    """Make the server with its channels and people in the simulated Discord."""
    plan = tomllib.loads(TOWN_FILE.read_text(encoding="utf-8"))
    guild = env.create_guild(plan["server"], preferred_locale=plan["locale"])
    simcord_touches.grant_bot(env, guild, rights.with_set_up())
    guild.create_text_channel("general", topic="Say hello, be kind")
    people = {entry["key"]: _move_in(env, guild, entry, plan["locale"]) for entry in plan["people"]}
    return Town(
        env, guild, people, ZoneInfo(plan["zone"]), plan["locale"], tuple(Shared(**one) for one in plan["past"])
    )


def _move_in(env: Env, guild: simcord.GuildHandle, entry: dict[str, Any], locale: str) -> Person:
    role = entry["role"]
    roles = [] if role == "member" else [guild.create_role(f"{role.capitalize()}s", permissions=RIGHTS[role])]
    actor = guild.add_member(env.create_user(entry["key"], global_name=entry["name"]), roles=roles)
    simcord_touches.speak(env, actor.id, locale)
    tries = tuple(Try(line["text"], line.get("channel")) for line in entry["tries"])
    return Person(entry["key"], entry["name"], role, entry["hint"], entry["opens"], tries, actor)
