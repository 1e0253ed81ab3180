"""The small server: health, figures, calendar and directory links. It answers GET and HEAD, and logs no request.

Feeds are made from what services return and kept for as long as those facts are the same. A link is looked up by its hash,
and nothing here, nor in a log, holds the link itself.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.domain.feeds import Calendar
from bot.errors import OperatorError, PeerError
from bot.services import feeds, health
from bot.texts import Texts
from bot.web import answers, calendar, directory, metrics
from bot.web.limit import Limits
from data.db import Database

STOP_WITHIN = 5.0
"""Seconds that answers under way are given at an orderly stop."""
KEPT_FILES = 200
AT_ONCE = 2
"""How many feeds are made at a time: a crowd of calendar programs must not keep people waiting."""
FIGURES_KEPT = 10.0
"""Seconds for which figures hold, however often they are asked for."""

_quiet = logging.getLogger(f"{__name__}.http")
# What aiohttp says of a request names who asked, and what for.
_quiet.addFilter(lambda record: False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the server is given."""

    db: Database
    clock: Clock
    texts: Texts
    is_ready: Callable[[], bool]
    """Whether this process answers people and delivers."""
    sent: Callable[[], int]
    """How many messages it has delivered."""


class Server:
    """Listens from `start` to `stop`."""

    def __init__(self, parts: Parts, *, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._pages = _Pages(parts)
        self._runner = web.AppRunner(self._pages.app(), access_log=None, logger=_quiet, shutdown_timeout=STOP_WITHIN)

    async def start(self) -> None:
        """Begin to listen; raises OperatorError where that is not possible."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise OperatorError(
                f"[web] host, port: cannot listen on {self._host}:{self._port} ({error.strerror}); "
                "choose another port, or stop what uses this one"
            ) from None

    @property
    def port(self) -> int:
        """Where it listens: another port than was asked for only if that was 0."""
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Take no more requests, and finish those under way."""
        await self._runner.cleanup()


class _Pages:
    """What is answered under each path."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._limits = Limits()
        self._files: OrderedDict[str, tuple[object, bytes]] = OrderedDict()
        self._making = asyncio.Semaphore(AT_ONCE)
        self._figures: tuple[float, health.Standing | None] | None = None

    def app(self) -> web.Application:
        """Return the application."""
        made = web.Application(middlewares=[answers.orderly], client_max_size=1024)
        made.on_response_prepare.append(answers.add_headers)
        made.router.add_get("/healthz", self._healthz)
        made.router.add_get("/readyz", self._readyz)
        made.router.add_get("/metrics", self._metrics)
        made.router.add_get("/cal/{token}.ics", self._calendar)
        made.router.add_get("/meetings/{token}.json", self._directory)
        return made

    async def _healthz(self, request: web.Request) -> web.Response:
        return answers.plain(200, "ok")

    async def _readyz(self, request: web.Request) -> web.Response:
        if not self._parts.is_ready():
            return answers.plain(503, "not ready")
        try:
            await health.answers(self._parts.db)
        except PeerError:
            return answers.plain(503, "the database does not answer")
        return answers.plain(200, "ready")

    async def _metrics(self, request: web.Request) -> web.Response:
        text = metrics.text(await self._standing(), ready=self._parts.is_ready(), sent=self._parts.sent())
        return web.Response(text=text, headers={"Content-Type": metrics.CONTENT_TYPE})

    async def _standing(self) -> health.Standing | None:
        now = asyncio.get_running_loop().time()
        if self._figures is None or now - self._figures[0] > FIGURES_KEPT:
            try:
                self._figures = now, await health.look(self._parts.db, self._parts.clock)
            except PeerError:
                self._figures = now, None
        return self._figures[1]

    async def _calendar(self, request: web.Request) -> web.Response:
        parts, now = self._parts, self._parts.clock.now()

        def make(facts: Calendar) -> bytes:
            return calendar.file(facts, parts.texts, now)

        return await self._feed(
            request, feeds.calendar, make, content_type=calendar.CONTENT_TYPE, name="calendar.ics", month=now.month
        )

    async def _directory(self, request: web.Request) -> web.Response:
        return await self._feed(
            request, feeds.directory, directory.file, content_type=directory.CONTENT_TYPE, name="list.json"
        )

    async def _feed(
        self,
        request: web.Request,
        look: Callable[..., Any],
        make: Callable[[Any], bytes],
        *,
        content_type: str,
        name: str,
        month: int = 0,
    ) -> web.Response:
        token = request.match_info["token"]
        if not feeds.is_token(token):
            return answers.nothing()
        token_hash = feeds.hash_of(token)
        if wait := self._limits.wait_for(token_hash):
            return answers.too_often(wait)
        facts = await look(self._parts.db, self._parts.clock, token_hash)
        if facts is None:
            self._limits.missed(token_hash)
            self._files.pop(token_hash, None)
            return answers.nothing()
        self._limits.found(token_hash)
        body = await self._file(token_hash, (facts, month), make)
        return answers.feed(request, body, content_type=content_type, name=name)

    async def _file(self, token_hash: str, facts: tuple[Any, int], make: Callable[[Any], bytes]) -> bytes:
        """Return the file of a link, made anew where what it says has changed."""
        kept = self._files.get(token_hash)
        if kept is not None and kept[0] == facts:
            self._files.move_to_end(token_hash)
            return kept[1]
        async with self._making:
            body = await asyncio.to_thread(make, facts[0])
        self._files[token_hash] = facts, body
        if len(self._files) > KEPT_FILES:
            self._files.popitem(last=False)
        return body
