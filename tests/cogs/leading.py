"""Short words for what people do who lead a programme, and for putting somebody on its list without many presses."""

import datetime as dt
from typing import Any

import discord
import simcord
from simcord.results import ResponseMessage

from bot.domain.ids import new_id
from bot.domain.leaders import Leader, to_learn
from data.programmes import presets
from data.store import guilds, leaders, people
from tests.cogs.raw import dispatch_raw
from tests.cogs.town import Town, read

TRAINING = presets()["recovery"].training
DAY = dt.date(2026, 11, 23)
"""The day on which the town's clock stands."""


async def put(town: Town, who: Any, programme_id: str = "", *, trained: bool = False, **values: Any) -> str:
    """Put somebody on the list as if it had been done before, and return the id of their record."""
    if trained:
        values = {"learned": list(to_learn(TRAINING)), "observed_on": DAY, **values}
    row_id, ids = new_id(), (new_id(), new_id())
    programme_id = programme_id or (await town.programme()).id

    def work(tx: Any) -> None:
        member = people.ensure_member(tx, town.guild.id, who.id, new_person_id=ids[0], new_ref=ids[1])
        leaders.insert(tx, row_id, town.guild.id, programme_id, member.ref, added_on=DAY)
        if values:
            leaders.update(tx, town.guild.id, row_id, **values)

    await town.db.write(work)
    town.bot.tools.guilds.forget(town.guild.id)
    await town.bot.refresh_guild(town.guild.id)
    return row_id


async def records(town: Town) -> list[Leader]:
    """Return everybody on the list, as stored."""
    programme = await town.programme()
    return await town.db.read(lambda tx: leaders.fetch_all(tx, town.guild.id, programme.id))


async def press(town: Town, who: Any, verb: str, *parts: str) -> ResponseMessage:
    """Press a button by its id alone, as on a screen that is still open, and return the answer."""
    programme = await town.programme()
    return read(await town.send(who, f"lead:{verb}:{'.'.join([programme.id, *parts])}"))


async def type_lead(town: Town, who: Any, name: str) -> ResponseMessage:
    """Type one of the commands below `/lead`, whether or not Discord would offer it to this person."""
    options = [{"name": name, "type": 1, "options": []}]
    return read(await dispatch_raw(who, town.general, 2, {"id": "1", "name": "lead", "type": 1, "options": options}))


async def people_screen(town: Town, who: Any) -> ResponseMessage:
    """Type `/lead people`."""
    return await type_lead(town, who, "people")


async def record(town: Town, who: Any, row_id: str) -> ResponseMessage:
    """Open a person's record."""
    return await press(town, who, "person", row_id)


def offers(town: Town, screen: ResponseMessage) -> set[str]:
    """Return what a screen's buttons and selects are for, without those that turn pages or open a record."""
    return {one.split(":")[1] for one in town.ids(screen)} - {"people", "person"}


def another_leader(town: Town, name: str = "Nia") -> simcord.MemberActor:
    """Let another peer leader join."""
    return town.guild.add_member(town.env.create_user(name), roles=[town.roles["leader"]])


async def second_programme(town: Town, role: simcord.RoleHandle) -> str:
    """Let a health programme run beside, led by `role`, and return its id."""
    programme_id, binding_id, later = new_id(), new_id(), town.clock.now() + dt.timedelta(hours=1)

    def work(tx: Any) -> None:
        guilds.insert_programme(tx, programme_id, town.guild.id, preset="health", draft={}, now=later)
        guilds.update_programme(tx, town.guild.id, programme_id, state="live")
        what = {"kind": "role", "purpose": "leader", "discord_id": role.id, "made_by_us": False}
        guilds.bind(tx, binding_id, town.guild.id, programme_id, **what)

    await town.db.write(work)
    town.bot.tools.guilds.forget(town.guild.id)
    return programme_id


def wearing(town: Town, name: str, role: simcord.RoleHandle) -> simcord.MemberActor:
    """Let somebody join who wears a role."""
    return town.guild.add_member(town.env.create_user(name), roles=[role])


def day(on: dt.date = DAY) -> str:
    """Return a day as screens write it, in a server on UTC."""
    return discord.utils.format_dt(dt.datetime.combine(on, dt.time(12), dt.UTC), "D")
