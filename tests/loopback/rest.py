"""The REST half: every call of the bot is recorded, spoilt if a test ordered it, and worked by simcord's routes.

Credentials (the bot's token, interaction and webhook tokens) never reach a record. What simcord cannot do is answered
501 and kept as a problem, so that a gap of ours never looks like a failure of the bot.
"""

import asyncio
import io
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

import orjson
from aiohttp import web
from simcord.backend import Backend, serializers
from simcord.backend.errors import BackendError
from simcord.http import router
from simcord.http import routes as _routes  # noqa: F401  (importing it fills the router's table)

from tests.loopback.gateway import dumps
from tests.loopback.signals import Signal
from tests.loopback.trouble import Fault, OrderedLimit, Troubles

PREFIX = "/api/v10"
_SECRETS = re.compile(r"^/(interactions|webhooks)/(\d+)/[^/]+")
_CALLBACK = re.compile(r"^/interactions/(\d+)/[^/]+/callback$")
_CREATE_MESSAGE = re.compile(r"^/channels/(\d+)/messages$")

EVERYTHING = 1_000_000
LeanAnswer = Callable[[float, bytes], bytes]


def redacted(path: str) -> str:
    """Replace the token in an interaction's or webhook's path by `-`."""
    return _SECRETS.sub(r"/\1/\2/-", path)


@dataclass
class Call:
    """One call of the bot as it arrived; `at` is the loop's time in seconds, `status` None while unanswered."""

    method: str
    path: str
    json: Any
    query: dict[str, str]
    files: list[str]
    at: float
    status: int | None = None
    fault: Fault | None = None

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class _Part:
    """An uploaded file in the shape simcord's routes read."""

    filename: str
    fp: io.BytesIO
    description: str | None


@dataclass
class Rest:
    """Everything under /api/v10."""

    backend: Backend
    token: str
    changed: Signal
    troubles: Troubles = field(default_factory=Troubles)
    calls: list[Call] = field(default_factory=list)
    problems: list[Exception] = field(default_factory=list)
    lean: dict[str, LeanAnswer] = field(default_factory=dict)
    nonce_seconds: float = 300.0
    date_skew: timedelta = timedelta()
    recommended_shards: int = 1
    max_concurrency: int = 1
    gateway_url: str = ""
    on_callback: Callable[[int, float, dict[str, Any]], None] = lambda *_: None
    current_nonce: str | int | None = None
    _nonces: dict[tuple[int, str], tuple[float, int]] = field(default_factory=dict)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the web application."""
        return [
            web.post(PREFIX + "/interactions/{id}/{token}/callback", self.callback),
            web.route("*", PREFIX + "/{tail:.*}", self.answer),
        ]

    def release(self) -> None:
        """Let every hanging call end."""
        self._released.set()

    async def callback(self, request: web.Request) -> web.StreamResponse:
        """Answer an interaction callback; registered floods take a short way past simcord."""
        lean = self.lean.pop(request.match_info["token"], None) if self.lean else None
        if lean is None:
            return await self.answer(request)
        at = asyncio.get_running_loop().time()
        return _json(lean(at, await request.read()))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Record a call and answer it."""
        at = asyncio.get_running_loop().time()
        path = request.path.removeprefix(PREFIX)
        body, files = await _read(request)
        call = Call(request.method, redacted(path), body, dict(request.query), [f.filename for f in files], at)
        self.calls.append(call)
        try:
            response = await self._spoilt_or_worked(request, call, path, files)
        except Exception as problem:
            self.problems.append(problem)
            raise
        finally:
            self.changed.notify()
        call.status = response.status
        if self.date_skew:
            response.headers["Date"] = format_datetime(datetime.now(UTC) + self.date_skew, usegmt=True)
        return response

    async def _spoilt_or_worked(
        self, request: web.Request, call: Call, path: str, files: list[_Part]
    ) -> web.StreamResponse:
        needs_token = not path.startswith(("/interactions/", "/webhooks/"))
        if needs_token and request.headers.get("Authorization") != f"Bot {self.token}":
            return _unauthorised()
        limited = self.troubles.limit_for(call.route, call.at)
        if limited is not None:
            return _too_many(*limited)
        call.fault = fault = self.troubles.next_fault(call.route)
        if fault is not None and not fault.comes_after_the_work:
            return await self._spoil(request, fault)
        response = self._work(request, call, path, files)
        return response if fault is None else await self._spoil(request, fault)

    async def _spoil(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        self.changed.notify()
        if fault is Fault.UNAUTHORISED:
            return _unauthorised()
        if fault is Fault.HTML:
            return web.Response(status=502, text="<html><body>Bad gateway</body></html>", content_type="text/html")
        if fault in (Fault.RESET_BEFORE, Fault.RESET_AFTER):
            _reset(request)
        elif fault in (Fault.HANG_BEFORE, Fault.HANG_AFTER):
            await self._released.wait()
        return _json(dumps({"message": "500: Internal Server Error", "code": 0}), 500)

    def _work(self, request: web.Request, call: Call, path: str, files: list[_Part]) -> web.Response:
        if path in ("/gateway", "/gateway/bot"):
            return _json(dumps(self._gateway_answer()))
        try:
            known = self._message_of_nonce(path, call)
            result = known if known is not None else self._dispatch(request, call, path, files)
        except (router.RouteNotImplemented, router.UnsupportedField) as gap:
            self.problems.append(gap)
            return _json(dumps({"code": 0, "message": str(gap)}), 501)
        except BackendError as refusal:
            return _json(dumps(refusal.to_json()), refusal.status)
        if callback := _CALLBACK.match(path):
            self.on_callback(int(callback[1]), call.at, call.json)
        return web.Response(status=204) if result is None else _json(dumps(result))

    def _dispatch(self, request: web.Request, call: Call, path: str, files: list[_Part]) -> Any:
        reason = request.headers.get("X-Audit-Log-Reason")
        nonce = call.json.get("nonce") if call.method == "POST" and isinstance(call.json, dict) else None
        self.current_nonce = nonce
        page = call.method == "GET" and "after" in call.query and _CREATE_MESSAGE.match(path)
        try:
            result = router.dispatch(
                self.backend,
                call.method,
                path,
                json=call.json,
                params={**call.query, "limit": str(EVERYTHING)} if page else call.query,
                files=files,
                reason=unquote(reason) if reason else None,
            )
        finally:
            self.current_nonce = None
        if page:
            # Discord gives the first messages after a point, simcord the newest of all; both the newest first.
            result = result[-int(call.query.get("limit", 50)) :]
        created = _CREATE_MESSAGE.match(path)
        if created and nonce is not None and call.method == "POST":
            result["nonce"] = nonce
            self._nonces[int(created[1]), str(nonce)] = (call.at, int(result["id"]))
        return result

    def _message_of_nonce(self, path: str, call: Call) -> Any:
        """Give the message that the same nonce made a moment ago; 10008 if it has been deleted since."""
        created = _CREATE_MESSAGE.match(path)
        if (
            not created
            or call.method != "POST"
            or not isinstance(call.json, dict)
            or not call.json.get("enforce_nonce")
        ):
            return None
        key = (int(created[1]), str(call.json.get("nonce")))
        at, message_id = self._nonces.get(key, (-self.nonce_seconds, 0))
        if call.at - at >= self.nonce_seconds:
            return None
        message = self.backend.get_message(key[0], message_id)
        return {**serializers.message_payload(self.backend, message), "nonce": call.json["nonce"]}

    def _gateway_answer(self) -> dict[str, Any]:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": self.max_concurrency}
        return {"url": self.gateway_url, "shards": self.recommended_shards, "session_start_limit": limit}


def _json(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json", **(headers or {})})


def _unauthorised() -> web.Response:
    return _json(dumps({"message": "401: Unauthorized", "code": 0}), 401)


def _too_many(limit: OrderedLimit, wait: float) -> web.Response:
    headers = {"Retry-After": str(int(wait) + 1), "X-RateLimit-Scope": "global" if limit.is_global else "user"}
    if limit.via:
        headers["Via"] = "1.1 google"
    if limit.is_global:
        headers["X-RateLimit-Global"] = "true"
    body = {"message": "You are being rate limited.", "retry_after": wait, "global": limit.is_global}
    return _json(dumps(body), 429, headers)


def _reset(request: web.Request) -> None:
    """Make the peer see ECONNRESET: close with a zero linger."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _read(request: web.Request) -> tuple[Any, list[_Part]]:
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return (orjson.loads(raw) if raw else None), []
    form: list[dict[str, Any]] = []
    uploads: list[tuple[str, str, bytes]] = []
    async for part in await request.multipart():
        data = await part.read(decode=False)
        if part.filename is None:
            form.append({"name": part.name, "value": bytes(data).decode()})
        else:
            uploads.append((part.name or "", part.filename, bytes(data)))
    body, _ = router.parse_form(form, [])
    nested = body.get("data", body) if isinstance(body, dict) else {}
    described = {str(one.get("id")): one.get("description") for one in nested.get("attachments") or []}
    files = [
        _Part(name, io.BytesIO(data), described.get(field_name.removeprefix("files[").removesuffix("]")))
        for field_name, name, data in uploads
    ]
    return body, files
