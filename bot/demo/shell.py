"""The demo's own web pages: people and channels around the simulated Discord, and the buttons that move time.

It only translates between HTTP and the world. It answers this machine alone: another site's page, or a name that
somebody pointed at this address, is refused.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.demo.town import Person
from bot.demo.world import Leap, World

PAGES = Path(__file__).with_name("page")
FILES = {"/": "index.html", "/shell.css": "shell.css", "/shell.js": "shell.js", "/icon.svg": "icon.svg"}
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


class Shell:
    """The routes of the shell page over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def application(self, hosts: frozenset[str]) -> web.Application:
        """Return the application, which answers only requests to one of `hosts` ("name:port")."""
        application = web.Application(middlewares=[_only_from(hosts)])
        for path in FILES:
            application.router.add_get(path, self._file)
        application.router.add_get("/api/world", self._show)
        application.router.add_post("/api/open", self._open)
        application.router.add_post("/api/seen", self._seen)
        application.router.add_post("/api/leap", self._leap)
        return application

    async def _file(self, request: web.Request) -> web.Response:
        path = PAGES / FILES[request.path]
        return web.Response(text=path.read_text(encoding="utf-8"), content_type=TYPES[path.suffix])

    async def _show(self, request: web.Request) -> web.Response:
        person = self._person(request.query.get("person"))
        world = self._world
        return web.json_response(
            {
                "server": world.town.guild.name,
                "now": world.now().isoformat(),
                "zone": str(world.town.zone),
                "people": [
                    {"key": one.key, "name": one.name, "role": one.role, "hint": one.hint, "unread": world.unread(one)}
                    for one in world.town.people.values()
                ],
                "person": person.key,
                "opens": person.opens,
                "places": [
                    # Discord's ids are too large for a browser's numbers.
                    {**asdict(place), "id": str(place.id)}
                    for place in world.places(person)
                ],
                "tries": [asdict(line) for line in person.tries],
                "faults": world.faults(),
            }
        )

    async def _open(self, request: web.Request) -> web.Response:
        person, channel_id = await self._asked(request)
        try:
            url = await self._world.open(person, channel_id)
        except KeyError:
            raise web.HTTPNotFound from None
        return web.json_response({"url": url})

    async def _seen(self, request: web.Request) -> web.Response:
        person, channel_id = await self._asked(request)
        self._world.see(person, channel_id)
        return web.json_response({})

    async def _leap(self, request: web.Request) -> web.Response:
        leap = (await _body(request)).get("by")
        if leap not in get_args(Leap):
            raise web.HTTPBadRequest
        await self._world.leap(leap)  # type: ignore[arg-type]  # just checked against the type's own values
        return web.json_response({"now": self._world.now().isoformat()})

    async def _asked(self, request: web.Request) -> tuple[Person, int]:
        body = await _body(request)
        channel = body.get("channel")
        if not isinstance(channel, str) or not channel.isdecimal():
            raise web.HTTPBadRequest
        return self._person(body.get("person")), int(channel)

    def _person(self, key: object) -> Person:
        people = self._world.town.people
        if key is None:
            return next(iter(people.values()))
        if not isinstance(key, str) or key not in people:
            raise web.HTTPNotFound
        return people[key]


def _only_from(hosts: frozenset[str]) -> Middleware:
    origins = {f"http://{host}" for host in hosts}

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in hosts or request.headers.get("Origin", f"http://{request.host}") not in origins:
            raise web.HTTPForbidden
        response = await handler(request)
        response.headers.update(HEADERS)
        return response

    return guard


async def _body(request: web.Request) -> dict[str, object]:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = await request.json()
    except json.JSONDecodeError:
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body
