"""The demo's own web pages: people and channels around the simulated Discord, and the buttons that move time.

It only translates between HTTP and the world. It answers this machine alone: another site's page, or a name that
somebody pointed at this address, is refused.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.demo.apps import On
from bot.demo.opening import Opening
from bot.demo.town import Person
from bot.demo.world import Leap, World

PAGES = Path(__file__).with_name("page")
FILES = {
    "/": "index.html",
    **{f"/{name}": name for name in ("shell.css", "shell.js", "page.js", "sheets.js", "tour.js", "icon.svg")},
}
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
    """The routes of the shell page over one world, from before it stands."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._start = secrets.token_hex(8)

    def application(self, hosts: frozenset[str]) -> web.Application:
        """Return the application, which answers only requests to one of `hosts` ("name:port")."""
        application = web.Application(middlewares=[_only_from(hosts)])
        for path in FILES:
            application.router.add_get(path, self._file)
        application.router.add_get("/api/world", self._show)
        application.router.add_get("/api/apps", self._apps)
        for path, act in {
            "/api/open": self._open,
            "/api/seen": self._seen,
            "/api/leap": self._leap,
            "/api/apps": self._use,
            "/api/step": self._step,
            "/api/events/seen": self._see_events,
            "/api/events/interest": self._interest,
        }.items():
            application.router.add_post(path, act)
        return application

    @property
    def _world(self) -> World:
        if self._opening.world is None:
            raise web.HTTPServiceUnavailable
        return self._opening.world

    async def _file(self, request: web.Request) -> web.Response:
        path = PAGES / FILES[request.path]
        return web.Response(text=path.read_text(encoding="utf-8"), content_type=TYPES[path.suffix])

    async def _show(self, request: web.Request) -> web.Response:
        if self._opening.world is None:
            return web.json_response({"opening": {"share": self._opening.share, "what": self._opening.what}})
        person, channel = self._person(request.query.get("person")), request.query.get("channel")
        guide = self._person(request.query.get("tour", person.key))
        return web.json_response(
            {**self._shown(person), **self._guided(guide), "apps": self._has_apps(person, channel)}
        )

    def _guided(self, guide: Person) -> dict[str, Any]:
        return {
            "guide": guide.key,
            "aim": guide.aim,
            "tour": [
                {**asdict(step), "done": done, "looks": not step.done}
                for step, done in zip(guide.tour, self._world.done(guide), strict=True)
            ],
        }

    def _shown(self, person: Person) -> dict[str, Any]:
        world = self._world
        return {
            "start": self._start,
            "server": world.town.guild.name,
            "now": world.now().isoformat(),
            "zone": str(world.town.zone),
            "people": [
                {
                    "key": one.key,
                    "name": one.name,
                    "role": one.role,
                    "hint": one.hint,
                    "guides": bool(one.tour),
                    "unread": world.unread(one),
                }
                for one in world.town.people.values()
            ],
            "person": person.key,
            "opens": person.opens,
            # Discord's ids are too large for a browser's numbers.
            "places": [{**asdict(place), "id": str(place.id)} for place in world.places(person)],
            "events": [asdict(event) for event in world.planned(person)],
            "new_events": world.new_events(person),
            "faults": world.faults(),
        }

    def _has_apps(self, person: Person, channel: str | None) -> bool:
        return channel is not None and channel.isdecimal() and self._world.has_apps(person, int(channel))

    async def _open(self, request: web.Request) -> web.Response:
        person, channel_id, _ = await self._asked(request)
        with _missing():
            return web.json_response({"url": await self._world.open(person, channel_id)})

    async def _seen(self, request: web.Request) -> web.Response:
        person, channel_id, _ = await self._asked(request)
        self._world.see(person, channel_id)
        return web.json_response({})

    async def _leap(self, request: web.Request) -> web.Response:
        leap = (await _body(request)).get("by")
        if leap not in get_args(Leap):
            raise web.HTTPBadRequest
        await self._world.leap(leap)  # type: ignore[arg-type]  # just checked against the type's own values
        return web.json_response({"now": self._world.now().isoformat()})

    async def _apps(self, request: web.Request) -> web.Response:
        channel = request.query.get("channel", "")
        if not channel.isdecimal():
            raise web.HTTPBadRequest
        with _missing():
            return web.json_response(
                asdict(self._world.apps_for(self._person(request.query.get("person")), int(channel)))
            )

    async def _use(self, request: web.Request) -> web.Response:
        person, channel_id, body = await self._asked(request)
        command, on, target = body.get("command"), body.get("on"), body.get("target")
        if on not in get_args(On) or not isinstance(command, str):
            raise web.HTTPBadRequest
        if not isinstance(target, str) or not target.isdecimal():
            raise web.HTTPBadRequest
        with _missing():
            answer = await self._world.use(
                person,
                channel_id,
                command,
                on,  # type: ignore[arg-type]  # just checked against the type's own values
                int(target),
            )
            return web.json_response({"answer": answer})

    async def _step(self, request: web.Request) -> web.Response:
        """Call the command of a step of `person`'s tour, as who the step says, in the channel they are in."""
        person, channel_id, body = await self._asked(request)
        number = body.get("step")
        if not isinstance(number, int) or not 0 <= number < len(person.tour) or person.tour[number].call is None:
            raise web.HTTPBadRequest
        step = person.tour[number]
        doer = self._person(step.who or person.key)
        with _missing():
            return web.json_response({"answer": await self._world.call(doer, channel_id, str(step.call))})

    async def _see_events(self, request: web.Request) -> web.Response:
        self._world.see_events(self._person((await _body(request)).get("person")))
        return web.json_response({})

    async def _interest(self, request: web.Request) -> web.Response:
        body = await _body(request)
        event, interested = body.get("event"), body.get("interested")
        if not isinstance(event, str) or not isinstance(interested, bool):
            raise web.HTTPBadRequest
        with _missing():
            await self._world.take_interest(self._person(body.get("person")), event, interested)
        return web.json_response({})

    async def _asked(self, request: web.Request) -> tuple[Person, int, dict[str, object]]:
        body = await _body(request)
        channel = body.get("channel")
        if not isinstance(channel, str) or not channel.isdecimal():
            raise web.HTTPBadRequest
        return self._person(body.get("person")), int(channel), body

    def _person(self, key: object) -> Person:
        people = self._world.town.people
        if key is None:
            return next(iter(people.values()))
        if not isinstance(key, str) or key not in people:
            raise web.HTTPNotFound
        return people[key]


@contextmanager
def _missing() -> Iterator[None]:
    """Answer that what was asked for is not there, or not for this person."""
    try:
        yield
    except KeyError:
        raise web.HTTPNotFound from None


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
