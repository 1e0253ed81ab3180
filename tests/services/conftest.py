"""A guild with a live programme, a neighbouring guild, a clock that stands still, and people who act."""

import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from bot.clock import ManualClock
from bot.domain.actor import Actor
from bot.domain.checkins import Mood, SeenBy
from bot.domain.guilds import Guild, Programme
from bot.services import checkins
from bot.services.checkins import Recorded
from data.db import Database
from data.store import guilds
from data.vault import Vault
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, THEIRS, THERE, put_two_guilds

SECOND = "c" * 32


@dataclasses.dataclass(slots=True)
class Town:
    """What the services are handed, with the shortest way to call those for check-ins."""

    db: Database
    clock: ManualClock
    vault: Vault
    guild: Guild
    programme: Programme
    second: Programme
    neighbour: Guild

    anna: Actor = dataclasses.field(default_factory=lambda: Actor(ANNA, HERE))
    ben: Actor = dataclasses.field(default_factory=lambda: Actor(BEN, HERE))

    async def tap(
        self, mood: int, actor: Actor | None = None, *, agreed: bool = True, programme: Programme | None = None
    ) -> Recorded:
        """Tap a mood."""
        programme = programme or self.programme
        return await checkins.record(self.db, self.clock, actor or self.anna, programme, Mood(mood), agreed=agreed)

    async def write(
        self, mood: int, note: str, seen_by: str = "me", actor: Actor | None = None, *, agreed: bool = True
    ) -> Recorded:
        """Send the form."""
        return await checkins.record_with_note(
            self.db,
            self.clock,
            self.vault,
            actor or self.anna,
            self.guild,
            self.programme,
            mood=Mood(mood),
            note=note,
            seen_by=SeenBy(seen_by),
            agreed=agreed,
        )

    async def look_back(self, actor: Actor | None = None, programme: Programme | None = None) -> list[checkins.Entry]:
        """Read one's own history."""
        programme = programme or self.programme
        found = await checkins.history(self.db, self.clock, self.vault, actor or self.anna, self.guild, programme)
        return found[1]

    async def look_around(self, *, leads: bool = False, programme: Programme | None = None) -> list[checkins.Shared]:
        """Read what others share."""
        programme = programme or self.programme
        return await checkins.shared(self.db, self.clock, self.vault, self.guild, programme, for_leaders=leads)

    async def rows(self, table: sa.Table) -> list[dict]:
        """Return what a table holds."""
        return await self.db.read(lambda tx: [dict(row._mapping) for row in tx.execute(sa.select(table))])

    def later(self, **span: float) -> None:
        """Move the clock on."""
        self.clock.advance(dt.timedelta(**span))


async def settle(db: Database) -> Town:
    """Put the guilds into a database and return them with what else a service needs."""

    def work(tx: sa.Connection) -> tuple[Guild | None, Guild | None]:
        put_two_guilds(tx)
        guilds.insert_programme(tx, SECOND, HERE, preset="health", draft={}, now=NOON + dt.timedelta(seconds=1))
        guilds.update_programme(tx, HERE, SECOND, state="live")
        return guilds.fetch(tx, HERE), guilds.fetch(tx, THERE)

    here, there = await db.write(work)
    assert here is not None
    assert there is not None
    programme, second = here.programme(OURS), here.programme(SECOND)
    assert programme is not None
    assert second is not None
    assert there.programme(THEIRS) is not None
    return Town(db, ManualClock(NOON), Vault(bytes(range(32))), here, programme, second, there)


@pytest.fixture
async def town(sqlite_db: Database) -> Town:
    """The town on SQLite, for what does not hang on the database."""
    return await settle(sqlite_db)


@pytest.fixture
async def each_town(db: Database) -> Town:
    """The town on SQLite and on PostgreSQL."""
    return await settle(db)
