"""The language and country that people chose, at hand for every answer.

Every press asks for the language, and `/help-now` for the country; neither may wait for the database. So those who chose
are kept in the process, and nobody else: read at the start, changed with each choice made through this process, forgotten
with an erasure. What another process was told (a choice, or an erasure by the command line) is seen here when `refresh`
next finds the copy older than `KEPT_SECONDS`; until then this process answers as before. Nothing here is ever logged.
"""

import asyncio
import contextlib
from typing import NamedTuple

from bot.errors import PeerError
from data.db import Database
from data.store import people

KEPT_SECONDS = 60.0
LONG_AGO = float("-inf")
LOAD_LIMIT = 5.0
"""Seconds that reading everybody may take."""


class _Choice(NamedTuple):
    locale: str | None
    country: str | None


NOTHING = _Choice(None, None)


class Languages:
    """What this process knows of the languages and countries that people chose."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._chosen: dict[int, _Choice] = {}
        self._read_at = LONG_AGO
        self._reading = asyncio.Lock()
        self._changed: set[int] = set()
        """Whose choice changed while everybody's was being read."""

    def locale(self, user_id: int, otherwise: str) -> str:
        """Return the language the person chose, `otherwise` where they chose none."""
        found = self._chosen.get(user_id)
        return otherwise if found is None or found.locale is None else found.locale

    def country(self, user_id: int) -> str | None:
        """Return the country the person chose, for help lines."""
        return self._chosen.get(user_id, NOTHING).country

    def remember(self, user_id: int, *, locale: str | None, country: str | None) -> None:
        """Take note of what a person chose."""
        self._changed.add(user_id)
        if locale is None and country is None:
            self._chosen.pop(user_id, None)
        else:
            self._chosen[user_id] = _Choice(locale, country)

    def forget(self, user_id: int) -> None:
        """Know nothing of a person any more: they were erased."""
        self.remember(user_id, locale=None, country=None)

    async def load(self) -> None:
        """Read what everybody chose; raises PeerError where the database does not answer."""
        async with self._reading:
            await self._load()

    async def refresh(self) -> None:
        """Read everybody afresh where that was longer ago than `KEPT_SECONDS`; where it fails, all stays as it is."""
        async with self._reading:
            if asyncio.get_running_loop().time() - self._read_at < KEPT_SECONDS:
                return
            with contextlib.suppress(PeerError):
                await self._load()

    async def _load(self) -> None:
        self._changed.clear()
        found = await self._db.read(people.fetch_chosen, LOAD_LIMIT)
        chosen = {one.user_id: _Choice(one.locale, one.country) for one in found if one.user_id not in self._changed}
        # What changed meanwhile is newer than what was read.
        for user_id in self._changed & self._chosen.keys():
            chosen[user_id] = self._chosen[user_id]
        self._chosen, self._read_at = chosen, asyncio.get_running_loop().time()
