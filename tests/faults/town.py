"""A Discord with guilds, channels and people, and a database that knows them: the ground on which a run is made."""

import contextlib
import datetime as dt
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.app import create_bot
from bot.clock import OffsetClock
from bot.domain.ids import new_id
from bot.steps import outbox as steps
from data import migrate
from data.db import Database
from data.schema import outbox
from data.store import guilds, people, reaching
from tests.faults.orders import Orders
from tests.faults.weather import Weather
from tests.loopback import Loopback
from tests.store.rows import put_guild

DISCORD_REMEMBERS = 4.0
"""Seconds for which the loopback Discord recognises a nonce; the workers trust it for half of them, as `Orders.nonce` says.

Ages are told in Discord's whole seconds, so that an age may be taken for a second less than it is.
"""
LONGER = 15.0
"""The same for the suite, which must hold on machines that stall for seconds; Discord's own "few minutes" are several times
what is trusted, too."""
UNDER_WAY = ("pending", "claimed")


class Town:
    """The ground of one run."""

    def __init__(self, discord: Loopback, db: Database, orders: Orders, folder: Path, weather: Weather) -> None:
        self.discord = discord
        self.db = db
        self.orders = orders
        self.folder = folder
        self.weather = weather
        self.clock = OffsetClock(Path(orders.offset))
        self.set_clock(dt.timedelta())
        self.allow(0)

    def set_clock(self, ahead: dt.timedelta) -> None:
        """Let the clock of all that run be so far ahead of the true time."""
        _write(Path(self.orders.offset), str(ahead.total_seconds()))

    def allow(self, planned: int) -> None:
        """Let so many messages be planned in all."""
        _write(Path(self.orders.allowance), str(planned))

    @property
    def marker_key(self) -> bytes:
        """What the postman's marks are made with."""
        return create_bot(bytes.fromhex(self.orders.key), self.db, self.clock).delivery.marker_key

    async def states(self) -> dict[str, int]:
        """Count the outbox by state."""
        query = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
        return await self.db.read(lambda tx: {row[0]: row[1] for row in tx.execute(query)}, limit=10.0)

    def forget_nonces(self) -> None:
        """Let Discord not recognise any nonce that it has seen so far."""
        self.discord.rest._nonces.clear()

    def pass_time(self, span: dt.timedelta) -> None:
        """Let it be later, here as at Discord."""
        self.set_clock(span)
        self.forget_nonces()
        self.discord.rest.date_skew = span
        self.discord.backend.clock.now = lambda: dt.datetime.now(dt.UTC) + span

    async def plan(self, first: int, end: int, *, due_in: dt.timedelta = dt.timedelta()) -> set[int]:
        """Plan the messages from `first` to before `end`, and return their numbers."""
        due_at = self.clock.now() + due_in
        plans = [self.orders.plan(number, due_at) for number in range(first, end)]
        assert await self.db.write(lambda tx: steps.plan(tx, *plans)) == len(plans)
        return set(range(first, end))

    async def under_way(self) -> int:
        """Count what is still to be delivered."""
        states = await self.states()
        return sum(states.get(state, 0) for state in UNDER_WAY)


@contextlib.asynccontextmanager
async def found_town(
    folder: Path,
    url: str = "",
    *,
    guild_count: int = 10,
    crowd: int = 8,
    share: float = 0.0,
    seed: str = "1",
    remembers: float = DISCORD_REMEMBERS,
    **orders: Any,
) -> AsyncIterator[Town]:
    """Make a Discord and fill a database, a new SQLite file in `folder` unless `url` names another; `share` of its calls fail."""
    url = url or f"sqlite:///{folder / 'peerled.db'}"
    async with Loopback() as discord:
        discord.rest.nonce_seconds = remembers
        weather = Weather(share=share)
        weather.dice.seed(f"weather {seed}")
        discord.rest.troubles = weather
        here = [discord.guild(f"Guild {number}") for number in range(guild_count)]
        channels = [[guild.channel(f"room {number}").id for number in range(4)] for guild in here]
        crowds = [[discord.person(f"Person {number}", guild).id for number in range(crowd)] for guild in here]
        boxes = {user_id: discord.backend.get_dm_channel(user_id).id for group in crowds for user_id in group}

        def fill(tx: sa.Connection) -> list[list[str]]:
            refs: list[list[str]] = []
            for guild, group in zip(here, crowds, strict=True):
                put_guild(tx, guild.id, new_id())
                guilds.update(tx, guild.id, ages="adults")
                refs.append([])
                for user_id in group:
                    member = people.ensure_member(tx, guild.id, user_id, new_person_id=new_id(), new_ref=new_id())
                    reaching.put(tx, new_id(), guild.id, member.ref, way="dm", channel_id=boxes[user_id])
                    refs[-1].append(member.ref)
            return refs

        db = await Database.open(url)
        try:
            await migrate.upgrade(db)
            town = Orders(
                url=url,
                api_base=discord.api_base,
                token=discord.token,
                key=secrets.token_hex(32),
                guilds=[guild.id for guild in here],
                channels=channels,
                members=await db.write(fill),
                allowance=str(folder / "allowance"),
                offset=str(folder / "offset"),
                **orders,
            )
            yield Town(discord, db, town, folder, weather)
        finally:
            await db.close()


def _write(path: Path, text: str) -> None:
    """Write a file that others read at any moment."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
