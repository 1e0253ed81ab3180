"""A guild that is new, an admin who sets it up past Discord, and short words for what they do."""

import dataclasses

import pytest

from bot.domain.programmes import Item
from bot.errors import PeerError
from bot.services import setup
from bot.services.guilds import Guilds
from bot.services.setup import Underway
from tests.services.conftest import Town

NEW = 1_222_333_444_555_666_777


def chosen(**values):
    """Return a change of the draft."""
    return lambda draft: dataclasses.replace(draft, **values)


@dataclasses.dataclass(slots=True)
class Admin:
    """An admin of a guild that is new, and the process they talk to."""

    town: Town
    known: Guilds

    async def begin(self, preset: str = "recovery", **more) -> Underway:
        values = {"locale": "en", "zone": "Europe/Berlin", "countries": ["DE"], **more}
        return await setup.begin(self.town.db, self.town.clock, self.known, NEW, preset=preset, **values)

    async def choose(self, programme_id: str, **values) -> Underway:
        return await setup.choose(self.town.db, self.known, NEW, programme_id, chosen(**values))

    async def start(self, programme_id: str) -> Underway:
        return await setup.start_applying(self.town.db, self.town.clock, self.known, NEW, programme_id)

    async def do(self, programme_id: str, items: list[Item]) -> None:
        for number, item in enumerate(items):
            discord_id = item.discord_id or 9_000 + number
            await setup.bound(self.town.db, NEW, programme_id, item, discord_id)

    @property
    def handed(self) -> tuple:
        """What a beginning attempt is handed."""
        return self.town.db, self.town.clock, self.known, NEW

    async def now(self, programme_id: str) -> Underway:
        return await setup.underway(self.town.db, NEW, programme_id)

    async def finish(self, started: Underway) -> None:
        await setup.finish(self.town.db, self.known, started)

    async def ready(self) -> Underway:
        """Begin and answer what must be answered."""
        begun = await self.begin()
        await self.say(ages="adults")
        return begun

    async def say(self, **values) -> None:
        """Say what holds for the whole server."""
        await setup.set_guild(self.town.db, self.known, NEW, **values)


def to_bind(now: Underway) -> list[Item]:
    return [item for item in now.items if item.kind.startswith(("make_", "use_"))]


async def live(admin: Admin) -> Underway:
    """Set up to the end."""
    ready = await admin.ready()
    started = await admin.start(ready.programme.id)
    await admin.do(ready.programme.id, to_bind(started))
    await admin.finish(started)
    return await admin.now(ready.programme.id)


async def refused(work) -> str:
    with pytest.raises(PeerError) as caught:
        await work
    return caught.value.key
