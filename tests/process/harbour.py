"""A guild with peerled set up in it, for tests that are about something else than the set-up.

The rows are made by the same services that the set-up's buttons call, before the bot starts; the bot then posts its own
panels. Reads of the database file go past the bot, as somebody looking into the file would.
"""

import contextlib
import functools
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bot.clock import SystemClock
from bot.domain.ids import new_id
from bot.services import setup
from bot.services.guilds import Guilds
from bot.steps.consent import CONSENT_VERSION
from data import migrate
from data.db import Database
from data.store import people
from tests.loopback import Channel, Guild, Loopback, Person, Seen

PRESET = "recovery"
PURPOSES = ("start", "help", "group", "leaders", "moderators")
CHUNK = 200


@dataclass(frozen=True)
class Harbour:
    """The guild, its bound channels, and the files of the bot."""

    discord: Loopback
    guild: Guild
    channels: dict[str, Channel]
    programme_id: str
    config: Path
    database: Path

    @property
    def start_panel(self) -> Seen:
        """Give the one message that stands in the start channel."""
        (panel,) = self.channels["start"].messages
        return panel

    def moods(self) -> dict[int, int]:
        """Read who has which mood stored, by Discord's user id."""
        return dict(
            self.rows(
                "SELECT people.user_id, checkins.mood FROM checkins"
                " JOIN members ON members.ref = checkins.member_ref JOIN people ON people.id = members.person_id"
            )
        )

    def rows(self, query: str) -> list[tuple[int, int]]:
        """Read rows from the file itself."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the database's write lock, as a stuck program beside the bot would."""
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None, timeout=2)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")


async def found_harbour(discord: Loopback, folder: Path, url: str = "") -> Harbour:
    """Make the guild, the settings file and a database in which the guild is set up: SQLite, or what stands at `url`."""
    guild = discord.guild("Harbour")
    roles = {purpose: guild.role(purpose) for purpose in ("leader", "moderator")}
    closed = {"moderators": (roles["moderator"],)}
    channels = {purpose: guild.channel(purpose, only_for=closed.get(purpose, ())) for purpose in PURPOSES}
    database, config = folder / "data" / "peerled.db", folder / "config.toml"
    stored = url or "sqlite:///data/peerled.db"
    config.write_text(
        f'[storage]\nurl = "{stored}"\n\n[security]\nmaster_key = "{secrets.token_hex(32)}"\n',
        encoding="utf-8",
    )
    config.chmod(0o600)
    wanted = {purpose: role.id for purpose, role in roles.items()}
    db = await Database.open(url or f"sqlite:///{database}")
    try:
        await migrate.upgrade(db)
        places = {purpose: channel.id for purpose, channel in channels.items()}
        programme_id = await _set_up(db, guild.id, channels=places, roles=wanted)
    finally:
        await db.close()
    return Harbour(discord, guild, channels, programme_id, config, database)


async def _set_up(db: Database, guild_id: int, *, channels: dict[str, int], roles: dict[str, int]) -> str:
    clock, known = SystemClock(), Guilds(db)
    now = await setup.begin(db, clock, known, guild_id, preset=PRESET, locale="en-US", zone="UTC", countries=["GB"])
    programme_id = now.programme.id
    await setup.set_guild(db, known, guild_id, ages="adults")
    await setup.choose(db, known, guild_id, programme_id, lambda draft: replace(draft, channels=channels, roles=roles))
    now = await setup.start_applying(db, clock, known, guild_id, programme_id)
    for item in now.items:
        if item.discord_id is not None:
            await setup.bound(db, guild_id, programme_id, item, item.discord_id)
    await setup.finish(db, known, now)
    return programme_id


async def let_agree(harbour: Harbour, persons: Sequence[Person]) -> list[str]:
    """Write down that these people have agreed before, and give their member refs in order."""
    db = await Database.open(f"sqlite:///{harbour.database}")
    refs: list[str] = []
    try:
        for start in range(0, len(persons), CHUNK):
            ids = [(one.id, new_id(), new_id()) for one in persons[start : start + CHUNK]]
            refs += await db.write(functools.partial(_agree, guild_id=harbour.guild.id, ids=ids))
    finally:
        await db.close()
    return refs


def _agree(tx: sa.Connection, guild_id: int, ids: list[tuple[int, str, str]]) -> list[str]:
    refs = []
    for user_id, person_id, ref in ids:
        member = people.ensure_member(tx, guild_id, user_id, new_person_id=person_id, new_ref=ref)
        people.record_consent(tx, member.person_id, version=CONSENT_VERSION, on=datetime.now(UTC).date())
        refs.append(member.ref)
    return refs
