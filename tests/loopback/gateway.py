"""The gateway half: sessions, shards, heartbeats, and what a dropped connection missed.

It follows Discord's lifecycle (HELLO, IDENTIFY or RESUME, dispatches with sequence numbers, ACKs, close codes) and
keeps each session's events so that RESUME can replay them. It knows nothing of REST or of what events mean.
"""

import asyncio
import copy
import secrets
import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import discord
import orjson
from aiohttp import WSCloseCode, WSMsgType, web
from simcord import intents as simcord_intents
from simcord.backend import Backend, serializers

from tests.loopback.signals import Signal

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11
NOT_AUTHENTICATED, AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED = 4003, 4004, 4005
INVALID_SHARD, DISALLOWED_INTENTS = 4010, 4014
MEMBERS_PER_CHUNK = 1000


def dumps(value: Any) -> bytes:
    """Write JSON as Discord would; simcord's own types become strings."""
    return orjson.dumps(value, default=str)


@dataclass(eq=False)
class Session:
    """One identified shard, connected or waiting to be resumed."""

    id: str
    shard: tuple[int, int]
    intents: discord.Intents
    seq: int = 0
    missed: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=5000))
    connection: "Connection | None" = None
    resumes: int = 0
    heartbeats: int = 0

    def push(self, event: str, raw: bytes) -> None:
        """Number an event, keep it for RESUME, and send it if somebody is listening."""
        self.seq += 1
        frame = b'{"op":0,"t":"%s","s":%d,"d":%s}' % (event.encode(), self.seq, raw)
        self.missed.append((self.seq, frame))
        if self.connection is not None:
            self.connection.send(frame)

    def sees(self, guild_id: int | None) -> bool:
        """Tell whether this shard is the one that hears of a guild (of DMs: shard 0)."""
        number, count = self.shard
        return number == ((guild_id >> 22) % count if guild_id is not None else 0)


class Connection:
    """One open socket; frames leave in order through a single writer."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket, self._request = socket, request
        self._deflate = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.session: Session | None = None

    def send(self, frame: bytes) -> None:
        """Queue one frame; it is lost if the socket drops first, as on a real network."""
        self._frames.put_nowait(frame)

    def send_op(self, op: int, data: Any) -> None:
        """Queue a control frame."""
        self.send(dumps({"op": op, "d": data, "s": None, "t": None}))

    async def write(self) -> None:
        """Send what is queued, for ever."""
        while True:
            frame = await self._frames.get()
            if self._deflate is None:
                await self._socket.send_str(frame.decode())
            else:
                await self._socket.send_bytes(self._deflate.compress(frame) + self._deflate.flush(zlib.Z_SYNC_FLUSH))

    async def close(self, code: int, reason: str = "") -> None:
        """Close with one of Discord's codes."""
        await self._socket.close(code=code, message=reason.encode())

    def cut(self) -> None:
        """Cut the wire: no close frame, nothing queued arrives."""
        if self.session is not None:
            self.session.connection = None
        if self._request.transport is not None:
            self._request.transport.abort()


class Gateway:
    """Every session of the bot, and the switches a test may turn."""

    def __init__(self, backend: Backend, token: str, changed: Signal, *, heartbeat_interval: float = 41.25) -> None:
        self._backend, self._token, self._changed = backend, token, changed
        self.heartbeat_interval = heartbeat_interval
        self.acknowledges_heartbeats = True
        self.max_concurrency = 1
        self.identify_interval = 5.0
        self.privileged_intents: set[str] = set()
        self.replay_again = 0  # events already seen that RESUME sends once more, as Discord sometimes does
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.identifies: list[tuple[float, int]] = []
        self.violations: list[str] = []
        self.closes: list[int] = []
        self._connections: set[Connection] = set()

    @property
    def connected(self) -> list[Session]:
        """List the sessions that somebody listens to right now."""
        return [session for session in self.sessions.values() if session.connection is not None]

    def emit(self, event: str, payload: Mapping[str, Any]) -> None:
        """Send an event to the sessions that may hear it, shaped by their intents."""
        guild_id = payload.get("guild_id")
        if guild_id is None and event in ("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"):
            guild_id = payload["id"]
        needed = simcord_intents.required_intent(event, payload)
        for session in self.sessions.values():
            if session.sees(int(guild_id) if guild_id is not None else None) and (
                needed is None or getattr(session.intents, needed)
            ):
                session.push(event, dumps(self._shaped(event, payload, session.intents)))

    def emit_raw(self, event: str, raw: bytes, guild_id: int | None) -> None:
        """Send an event whose JSON is already written, for floods."""
        for session in self.sessions.values():
            if session.sees(guild_id):
                session.push(event, raw)

    def _shaped(self, event: str, payload: Mapping[str, Any], intents: discord.Intents) -> Mapping[str, Any]:
        bot_id = self._backend.bot_user.id
        if event == "GUILD_CREATE":
            pruned = dict(payload)
            simcord_intents.prune_guild_create(pruned, intents, bot_id)
            return pruned
        if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and not intents.message_content:
            censored = copy.deepcopy(dict(payload))
            simcord_intents.censor_message(censored, bot_id, backend=self._backend)
            return censored
        return payload

    # -- troubles a test orders

    def cut(self) -> None:
        """Cut every connection without a close frame; the sessions can be resumed."""
        for connection in list(self._connections):
            connection.cut()

    def ask_to_reconnect(self) -> None:
        """Send op 7 to everybody."""
        for connection in self._connections:
            connection.send_op(RECONNECT, None)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send op 9 to everybody; unless resumable, the sessions are gone."""
        for connection in self._connections:
            connection.send_op(INVALID_SESSION, resumable)
        if not resumable:
            for session in list(self.sessions.values()):
                session.connection = None
            self.sessions.clear()

    async def close(self) -> None:
        """End every connection."""
        for connection in list(self._connections):
            await connection.close(WSCloseCode.GOING_AWAY)

    # -- one connection

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Hold one socket from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.send_op(HELLO, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._received(connection, orjson.loads(message.data))
                    self._changed.notify()
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._ended(connection, socket.close_code)
        return socket

    def _ended(self, connection: Connection, code: int | None) -> None:
        self._connections.discard(connection)
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            if code in (1000, 1001):  # a client that says goodbye ends its session
                self.sessions.pop(session.id, None)
        self._changed.notify()

    async def _received(self, connection: Connection, message: dict[str, Any]) -> None:
        op, data = message["op"], message.get("d")
        if op == HEARTBEAT:
            if connection.session is not None:
                connection.session.heartbeats += 1
            if self.acknowledges_heartbeats:
                connection.send_op(HEARTBEAT_ACK, None)
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            await self._resume(connection, data)
        elif connection.session is None:
            await self._refuse(connection, NOT_AUTHENTICATED, "Not authenticated.")
        elif op == REQUEST_MEMBERS:
            self._send_members(connection.session, data)
        elif op not in (PRESENCE, VOICE):
            self.violations.append(f"unknown op {op}")

    async def _refuse(self, connection: Connection, code: int, reason: str) -> None:
        self.closes.append(code)
        await connection.close(code, reason)

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        if data.get("token") != self._token:
            return await self._refuse(connection, AUTHENTICATION_FAILED, "Authentication failed.")
        if connection.session is not None:
            return await self._refuse(connection, ALREADY_AUTHENTICATED, "Already authenticated.")
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            return await self._refuse(connection, INVALID_SHARD, "Invalid shard.")
        intents = discord.Intents._from_value(data["intents"])
        if any(getattr(intents, name) for name in {*simcord_intents.PRIVILEGED_INTENTS} - self.privileged_intents):
            return await self._refuse(connection, DISALLOWED_INTENTS, "Disallowed intent(s).")
        self._note_identify(number)
        for old in [s for s in self.sessions.values() if s.connection is None and s.shard == (number, count)]:
            del self.sessions[old.id]
        session = Session(secrets.token_hex(16), (number, count), intents, connection=connection)
        self.sessions[session.id] = connection.session = session
        self._greet(session)
        return None

    def _note_identify(self, number: int) -> None:
        now = asyncio.get_running_loop().time()
        bucket = number % self.max_concurrency
        last = max((at for at, other in self.identifies if other % self.max_concurrency == bucket), default=None)
        # A timer may fire a hair early by the other process's clock; a tenth of a second is not a collision.
        if last is not None and now - last < self.identify_interval - 0.1:
            self.violations.append(f"shard {number} identified {now - last:.2f} s after another of its bucket")
        self.identifies.append((now, number))

    def _greet(self, session: Session) -> None:
        backend = self._backend
        guilds = [guild for guild in backend.guilds.values() if session.sees(guild.id)]
        ready = {
            "v": 10,
            "user": serializers.user_payload(backend.bot_user),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": session.shard,
            "application": {"id": str(backend.application_id), "flags": 0},
        }
        session.push("READY", dumps(ready))
        if session.intents.guilds:
            for guild in guilds:
                payload = serializers.guild_create_payload(backend, guild)
                session.push("GUILD_CREATE", dumps(self._shaped("GUILD_CREATE", payload, session.intents)))

    async def _resume(self, connection: Connection, data: dict[str, Any]) -> None:
        if data.get("token") != self._token:
            return await self._refuse(connection, AUTHENTICATION_FAILED, "Authentication failed.")
        session = self.sessions.get(data.get("session_id") or "")
        seen = data.get("seq") or 0
        first_kept = session.missed[0][0] if session is not None and session.missed else 1
        if session is None or seen > session.seq or seen + 1 < first_kept:
            connection.send_op(INVALID_SESSION, False)
            return None
        if session.connection is not None:
            session.connection.session = None
        session.connection, connection.session = connection, session
        session.resumes += 1
        for seq, frame in list(session.missed):
            if seq > seen - self.replay_again:
                connection.send(frame)
        session.push("RESUMED", b"{}")
        return None

    def _send_members(self, session: Session, data: dict[str, Any]) -> None:
        guild = self._backend.get_guild(int(data["guild_id"]))
        members = list(guild.members.values())
        wanted = data.get("user_ids")
        not_found: list[str] = []
        if wanted:
            ids = {int(one) for one in (wanted if isinstance(wanted, list) else [wanted])}
            members = [member for member in members if member.user_id in ids]
            not_found = [str(one) for one in sorted(ids - {member.user_id for member in members})]
        elif query := (data.get("query") or "").lower():
            members = [m for m in members if self._backend.users[m.user_id].name.lower().startswith(query)]
        if data.get("limit"):
            members = members[: data["limit"]]
        starts = range(0, len(members), MEMBERS_PER_CHUNK) or [0]
        for index, start in enumerate(starts):
            chunk = members[start : start + MEMBERS_PER_CHUNK]
            payload = {
                "guild_id": str(guild.id),
                "members": [serializers.member_payload(self._backend, guild, member) for member in chunk],
                "chunk_index": index,
                "chunk_count": len(starts),
                "not_found": not_found if index == 0 else [],
                "nonce": data.get("nonce"),
            }
            session.push("GUILD_MEMBERS_CHUNK", dumps(payload))
