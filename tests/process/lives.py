"""A bot that is taken away again and again, the people who use it meanwhile, and a count of everything that it says to them.

Time is the machine's, moved by the file that the test clock reads; it is moved only while nothing runs.
"""

import contextlib
import datetime as dt
import re
import signal
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.clock import OffsetClock, SystemClock
from bot.delivery.message import carries
from bot.domain.ids import new_id
from bot.domain.outbox import marker
from bot.services import reaching
from bot.texts import Texts
from data.db import Database
from data.schema import outbox
from data.store import leaders, people
from data.vault import Vault
from tests.loopback import Answer, Channel, Loopback, Person, Process, Role, Seen
from tests.process.harbour import Harbour

TEXTS = Texts.load()
WITHIN = 40.0
"""Seconds until something has surely happened, also on a slow machine."""
LEASE = 4
ALIVE = "the end of the block"


class Lives:
    """One process after another on one database; each is killed."""

    def __init__(self, harbour: Harbour, folder: Path) -> None:
        self.discord, self.harbour = harbour.discord, harbour
        self._offset = folder / "offset"
        self.discord.gateway.identify_interval = 0

    def move(self, moment: dt.datetime) -> None:
        """Let the next life begin at a moment."""
        self._offset.write_text(str((moment - SystemClock().now()).total_seconds()), encoding="utf-8")

    def now(self) -> dt.datetime:
        """Return what the bot takes the time to be."""
        return OffsetClock(self._offset).now()

    @contextlib.asynccontextmanager
    async def life(self, dies: str = ALIVE) -> AsyncIterator[Process]:
        """Run the bot until it is killed: at the end of the block, or by itself at a crash point that the block leads to."""
        settings = {
            "PEERLED_ALLOW_TEST_CLOCK": "1",
            "PEERLED_CLOCK__OFFSET_FILE": str(self._offset),
            "PEERLED_DELIVERY__LEASE_SECONDS": str(LEASE),
            "PEERLED_DELIVERY__TIMEOUT_SECONDS": "2",
        }
        if dies != ALIVE:
            settings["PEERLED_CRASH_POINT"] = dies

        async with self.discord.process(self.harbour.config, **settings) as process:
            if dies in ("after_plan", "before_plan", ALIVE):
                await process.ready()
            yield process
            if dies == ALIVE:
                if process.running:
                    await process.kill()
            else:
                assert await process.ended(within=WITHIN) == -signal.SIGKILL
                assert f"crash point {dies}" in process.err


class Ledger:
    """All that was said so far, beside all that was to be said; panels are counted like everything else."""

    def __init__(self, discord: Loopback, places: dict[str, Channel], keys: tuple[str, ...]) -> None:
        self._discord, self._places = discord, places
        self._keys = keys
        self._expected: dict[str, Counter[str]] = {place: Counter() for place in places}
        self._read: dict[int, str] = {}

    def said(self) -> dict[str, Counter[str]]:
        """Return what was said in each place, by text keys; what was edited since counts as what it was at first."""
        return {place: Counter(map(self._key_of, channel.messages)) for place, channel in self._places.items()}

    async def heard(self, **news: list[str]) -> None:
        """Wait until this was said besides what was said before, and check that nothing else was, to anybody."""
        for place, keys in news.items():
            self._expected[place].update(keys)

        def is_there() -> bool:
            said = self.said()
            return all(said[place] >= expected for place, expected in self._expected.items())

        with contextlib.suppress(TimeoutError):
            await self._discord.until(is_there, within=WITHIN)
        said, others = self.said(), {}
        for place, expected in self._expected.items():
            if said[place] != expected:
                others[place] = {"too much": dict(said[place] - expected), "missing": dict(expected - said[place])}
        assert others == {}, others

    def _key_of(self, message: Seen) -> str:
        if message.id not in self._read:
            text = message.text
            known = (key for key in self._keys if is_said(key, text))
            self._read[message.id] = next(known, f"? {text}")
        return self._read[message.id]


def is_said(key: str, words: str) -> bool:
    """Tell whether a sentence stands among words, with whatever values."""
    parts = [re.escape(part) for part in re.split(r"{\w+}", TEXTS._find("en", key, None) or "")]
    assert any(parts), key
    return re.search(".*?".join(parts), words, re.DOTALL) is not None


async def standing(db: Database, harbour: Harbour, places: Iterable[Channel]) -> dict[str, int]:
    """Return of everything that was sent how many messages stand there that carry its marker."""
    key = Vault(bytes.fromhex(tomllib.loads(harbour.config.read_text())["security"]["master_key"])).key_for("marker")
    stand = [message.payload for place in places for message in place.messages]
    sent = [row.dedupe_key for row in await rows(db) if (row.state, row.op) == ("sent", "post")]
    return {one: sum(carries(message, marker(key, one)) for message in stand) for one in sent}


async def rows(db: Database, table: sa.Table = outbox) -> list[Any]:
    """Return the rows of a table."""
    return list(await db.read(lambda tx: tx.execute(sa.select(table)).all()))


# -- people -----------------------------------------------------------------------------------------------------------------


def role_of(harbour: Harbour, purpose: str) -> Role:
    """Return the role that is bound to a purpose."""
    stored = harbour.discord.backend.get_guild(harbour.guild.id).roles.values()
    (found,) = (one for one in stored if one.name == purpose)
    return Role(harbour.discord, harbour.guild.id, found.id)


async def know(db: Database, harbour: Harbour, *persons: Person) -> None:
    """Let people have agreed, and have chosen to be written to directly."""
    for one in persons:
        dm = harbour.discord.dm(one).id
        await reaching.choose(db, SystemClock(), harbour.guild.id, one.id, "dm", channel_id=dm, agreed=True)


async def certify(db: Database, harbour: Harbour, *persons: Person) -> None:
    """Let people be trained to host, as somebody who leads has written down."""
    today = SystemClock().now().date()
    for one in persons:
        row_id, ids = new_id(), (new_id(), new_id())

        def work(tx: sa.Connection, one: Person = one, row_id: str = row_id, ids: tuple[str, str] = ids) -> None:
            guild_id = harbour.guild.id
            member = people.ensure_member(tx, guild_id, one.id, new_person_id=ids[0], new_ref=ids[1])
            leaders.insert(tx, row_id, guild_id, harbour.programme_id, member.ref, added_on=today)
            leaders.update(tx, guild_id, row_id, certified_on=today)

        await db.write(work)


def find(where: Answer | Seen, part: str) -> str:
    """Return the id of the one control whose id begins so."""
    message = where.message if isinstance(where, Answer) else where
    (found,) = (str(one["custom_id"]) for one in message.components if str(one.get("custom_id", "")).startswith(part))
    return found


def last(channel: Channel, part: str) -> Seen:
    """Return the newest message with a control whose id begins so."""
    found = [
        one
        for one in channel.messages
        if any(str(component.get("custom_id", "")).startswith(part) for component in one.components)
    ]
    return found[-1]


async def press(who: Person, where: Answer | Seen, part: str) -> Answer:
    """Press the one button whose id begins so, and wait for the whole answer."""
    return await (await who.press(where, custom_id=find(where, part))).finished()


async def type_(who: Person, channel: Channel, command: str, **options: Any) -> Answer:
    """Type a command and wait for the whole answer."""
    return await (await who.slash(channel, command, **options)).finished()
