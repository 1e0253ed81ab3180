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
    "moderator": discord.Permissions(moderate_members=True, manage_messages=True),
    "admin": discord.Permissions(administrator=True),
}
"""What a role of each kind may do in Discord."""


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a tour.

    `channel` is the name of the channel it leads to, `who` the key of the person one is there (the tour's own when left
    out), `call` a command that is called there, `leap` how far time moves. `done` are the deeds of which one, there, ticks the step
    off ("feature:verb" of a press, or a command's name); a step without is ticked off by going there.
    """

    text: str
    programme: str
    channel: str | None = None
    who: str | None = None
    call: str | None = None
    leap: str | None = None
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the visitor can be; `aim` is what their tour shows, and without a tour they are neighbours."""

    key: str
    name: str
    role: str
    hint: str
    opens: str
    aim: str
    tour: tuple[Step, ...]
    actor: simcord.MemberActor


@dataclass(frozen=True, slots=True)
class Founded:
    """A programme of the town: its preset, the role the bot makes for its leaders, who wears it and who is certified."""

    preset: str
    name: str
    role: str
    leaders: tuple[str, ...]
    certified: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """A check-in of the days before the visitor comes; `seen_by` as the bot's form has it."""

    who: str
    programme: str
    days_ago: int
    mood: str
    note: str
    seen_by: str = "group"


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the days before the visitor comes."""

    who: str
    channel: str
    days_ago: int
    text: str


@dataclass(frozen=True, slots=True)
class Meets:
    """A series of meetings that is planned before the visitor comes, by whom and in which words; `coming` said that they come."""

    who: str
    programme: str
    title: str
    when: str
    places: str = ""
    coming: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Town:
    """The server and its people, by their keys, in the order in which they are shown, and what they are to do at first."""

    env: Env
    guild: simcord.GuildHandle
    people: dict[str, Person]
    zone: ZoneInfo
    locale: str
    programmes: tuple[Founded, ...]
    past: tuple[Shared, ...]
    talk: tuple[Said, ...]
    meetings: tuple[Meets, ...]

    def give(self, key: str, role: str) -> None:
        """Let a person wear a role, as somebody who manages roles does in Discord itself."""
        self.env.backend.add_member_role(self.guild.id, self.people[key].actor.id, self.guild.roles[role].id)

    def allow(self, role: str, kind: str) -> None:
        """Give a role the rights of its kind, as somebody who manages roles does in Discord itself."""
        wanted = {"permissions": RIGHTS[kind].value}
        self.env.backend.edit_role(self.guild.id, self.guild.roles[role].id, wanted)


def build(env: Env) -> Town:
    """Make the server with its channels and people in the simulated Discord."""
    plan = tomllib.loads(TOWN_FILE.read_text(encoding="utf-8"))
    guild = env.create_guild(plan["server"], preferred_locale=plan["locale"])
    # Discord lets whoever has Create Events change their own ones; simcord asks for Manage Events.
    own_events = discord.Permissions(manage_events=True).value
    simcord_touches.grant_bot(env, guild, rights.with_set_up() | own_events)
    guild.create_text_channel("general", topic="Say hello, be kind")
    for name, kind in plan["roles"].items():
        guild.create_role(name, permissions=RIGHTS[kind])
    people = {entry["key"]: _move_in(env, guild, entry, plan["locale"]) for entry in plan["people"]}
    return Town(
        env,
        guild,
        people,
        ZoneInfo(plan["zone"]),
        plan["locale"],
        tuple(
            Founded(**{**one, "leaders": tuple(one["leaders"]), "certified": tuple(one["certified"])})
            for one in plan.get("programmes", ())
        ),
        tuple(Shared(**one) for one in plan.get("past", ())),
        tuple(Said(**one) for one in plan.get("talk", ())),
        tuple(Meets(**{**one, "coming": tuple(one.get("coming", ()))}) for one in plan.get("meetings", ())),
    )


def _move_in(env: Env, guild: simcord.GuildHandle, entry: dict[str, Any], locale: str) -> Person:
    wears = [guild.roles[name] for name in entry.get("wears", ())]
    actor = guild.add_member(env.create_user(entry["key"], global_name=entry["name"]), roles=wears)
    simcord_touches.speak(env, actor.id, locale)
    tour = tuple(Step(**{**line, "done": tuple(line.get("done", ()))}) for line in entry.get("tour", ()))
    return Person(
        entry["key"], entry["name"], entry["role"], entry["hint"], entry["opens"], entry.get("aim", ""), tour, actor
    )
