"""What every answer over HTTP has in common: its headers, when it is not sent again, and how an error ends.

Whoever asks for something that is not there learns nothing: a link that never was, one that was taken back and a path that
nobody serves are answered alike. No address, link or person is logged.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot import logs
from bot.errors import PeerError

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

WITHIN = 10.0
"""Seconds after which an answer is given up."""
ALLOWED = ("GET", "HEAD")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
KEPT = "private, max-age=600"
"""What a calendar program may keep of a feed; a proxy may keep nothing."""


def plain(status: int, said: str, **headers: str) -> web.Response:
    """Answer with a line of text."""
    return web.Response(status=status, text=f"{said}\n", headers=headers)


def nothing() -> web.Response:
    """Say that there is nothing, and no more than that."""
    return plain(404, "not found")


def too_often(seconds: int) -> web.Response:
    """Say when to ask again."""
    return plain(429, "too many requests", **{"Retry-After": str(seconds)})


def feed(request: web.Request, body: bytes, *, content_type: str, name: str) -> web.Response:
    """Answer with a feed, or that it is what the one who asks has already."""
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {"Cache-Control": KEPT, "ETag": f'"{tag}"'}
    if any(one.value in (tag, "*") for one in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers in that every answer has, and that a handler may have set otherwise."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # Set already, to what it runs on.
    response.headers["Server"] = "peerled"


@web.middleware
async def orderly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only what may be asked, in time, and whatever happens in a line that says nothing of what is inside."""
    if request.method not in ALLOWED:
        return plain(405, "method not allowed", Allow=", ".join(ALLOWED))
    try:
        async with asyncio.timeout(WITHIN):
            return await handler(request)
    except web.HTTPException as error:
        return nothing() if error.status == 404 else plain(error.status, "not possible")
    except (PeerError, TimeoutError):
        # The database does not answer; what asks by itself comes again.
        return plain(503, "busy", **{"Retry-After": "30"})
    except Exception as error:  # what is asked from outside must not end in a traceback
        reference = logs.reference()
        log.error("a request could not be answered, reference %s", reference, exc_info=error)
        return plain(500, f"something went wrong, reference {reference}")
