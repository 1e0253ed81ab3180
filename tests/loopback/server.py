"""A Discord of our own on the loopback interface: the world, its two sockets, and the ways to act in it.

    async with Loopback() as discord:
        guild = discord.guild("Harbour")
        channel = guild.channel("check-ins")
        mia = discord.person("Mia", guild)
        async with discord.process(config) as bot:
            await bot.ready()
            answer = await mia.slash(channel, "checkin now")

State and routes are simcord's; sockets, sessions, faults, limits and nonces are ours. It holds no expectation of what
a bot should answer: tests do. On the way out it raises whatever the server itself could not do.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from simcord import interactions as simcord_interactions
from simcord.backend import Backend
from simcord.backend.models import Interaction

from tests.loopback.gateway import Gateway
from tests.loopback.people import Answer, Person
from tests.loopback.places import Channel, Guild, Role
from tests.loopback.processes import Process
from tests.loopback.rest import PREFIX, Call, LeanAnswer, Rest
from tests.loopback.signals import Signal
from tests.loopback.trouble import Fault, OrderedFault, OrderedLimit

CALLBACKS = "POST /interactions/*"
TINY_BOT = Path(__file__).with_name("tiny_bot.py")


class _WallClock:
    """Real time for simcord: the bot in the other process judges the age of an interaction by its id."""

    elapsed = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)


class _Forgetful(list[Any]):
    """A log that keeps nothing: ours is `Loopback.calls`, without credentials."""

    def append(self, item: Any) -> None:
        del item


class Loopback:
    """The server. Use it as an async context manager."""

    def __init__(self, *, heartbeat_interval: float = 41.25) -> None:
        self.backend = Backend(clock=_WallClock())
        self.backend.http_requests = _Forgetful()
        self.backend.transcript = _Forgetful()
        self.changed = Signal()
        self.token = ".".join(secrets.token_urlsafe(size) for size in (18, 4, 28))
        self.gateway = Gateway(self.backend, self.token, self.changed, heartbeat_interval=heartbeat_interval)
        self.rest = Rest(self.backend, self.token, self.changed, on_callback=self._on_callback)
        self.answers: dict[int, list[Answer]] = {}
        self.backend.subscribers.append(self._emit)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=50 << 20)
        application.router.add_routes(self.rest.routes())
        application.router.add_get("/gateway", self.gateway.serve)
        application.router.add_get("/gateway/", self.gateway.serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.gateway.url = self.rest.gateway_url = f"ws://127.0.0.1:{self.port}/gateway"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.rest.release()
        await self.gateway.close()
        assert self._runner is not None
        await self._runner.cleanup()
        if self.rest.problems and error is None:
            raise ExceptionGroup("the loopback Discord could not do everything", self.rest.problems)

    # -- where it is

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    def process(self, config: Path, **environment: str) -> Process:
        """Prepare a run of the real bot with this config file against this server."""
        return Process(["-m", "bot", "run", "--config", str(config)], self.environment() | environment)

    def tiny_bot(self, **environment: str) -> Process:
        """Prepare a run of the tiny discord.py bot against this server."""
        return Process([str(TINY_BOT)], self.environment() | environment)

    def environment(self) -> dict[str, str]:
        """Give the settings that lead a bot here."""
        return {
            "DISCORD_TOKEN": self.token,
            "PEERLED_DISCORD__API_BASE": self.api_base,
            "PEERLED_DISCORD__GATEWAY_URL": self.gateway_url,
        }

    # -- the world

    def guild(self, name: str, *, shard: tuple[int, int] | None = None) -> Guild:
        """Make a guild; with `shard=(id, count)`, one that this shard hears of."""
        number, count = shard or (0, 1)
        made = self.backend.create_guild(name, shard_id=number if shard else None, shard_count=count)
        return Guild(self, made.id)

    def person(self, name: str, guild: Guild, *, roles: Sequence[Role] = (), **permissions: bool) -> Person:
        """Make somebody who is a member of a guild; `permissions` come as a role of their own."""
        user = self.backend.make_user(name)
        if permissions:
            roles = [*roles, guild.role(f"{name}'s own", **permissions)]
        self.backend.add_member(guild.id, user.id, roles=[role.id for role in roles])
        return Person(self, user.id, guild)

    def owner(self, guild: Guild) -> Person:
        """Give the person who owns a guild."""
        return Person(self, self.backend.get_guild(guild.id).owner_id, guild)

    def elsewhere(self, person: Person, guild: Guild) -> Person:
        """Let a person join a second guild, and see them from there."""
        if person.id not in self.backend.get_guild(guild.id).members:
            self.backend.add_member(guild.id, person.id)
        return Person(self, person.id, guild)

    def dm(self, person: Person) -> Channel:
        """Give the direct channel of a person with the bot."""
        return Channel(self, self.backend.get_dm_channel(person.id).id)

    # -- the bot's calls

    @property
    def calls(self) -> list[Call]:
        return self.rest.calls

    def called(self, route: str) -> list[Call]:
        """List the bot's calls of a route such as `"POST /channels/*/messages"`, oldest first."""
        return [call for call in self.rest.calls if fnmatchcase(call.route, route)]

    def fault(self, route: str, fault: Fault, *, times: int | None = 1) -> OrderedFault:
        """Spoil the next calls of a route; None = for ever."""
        ordered = OrderedFault(route, fault, times)
        self.rest.troubles.faults.append(ordered)
        return ordered

    def limit(
        self, route: str, retry_after: float, *, times: int | None = 1, via: bool = True, is_global: bool = False
    ) -> OrderedLimit:
        """Answer the next call of a route with 429; `via=False` looks like a ban by the network's edge."""
        ordered = OrderedLimit(route, retry_after, via=via, is_global=is_global, left=times)
        self.rest.troubles.limits.append(ordered)
        return ordered

    async def until(self, holds: Callable[[], object], *, within: float = 10.0, what: str = "") -> None:
        """Wait until a call or a frame of the bot has made `holds()` true."""
        await self.changed.until(holds, within=within, what=what)

    # -- events and interactions

    def dispatch(self, event: str, payload: Mapping[str, Any]) -> None:
        """Send any event to the bot as it stands; an interaction's token works from now on."""
        if event == "INTERACTION_CREATE":
            self._admit(payload)
        self.gateway.emit(event, payload)
        self.changed.notify()

    def interact(self, payload: dict[str, Any], person: Person | None = None) -> Answer:
        """Send an interaction, crafted or not, and follow its answer."""
        answer = Answer(self, person, self._admit(payload), payload)
        self.answers.setdefault(answer.record.id, []).append(answer)
        self.dispatch("INTERACTION_CREATE", payload)
        return answer

    def interaction_payload(
        self, person: Person, kind: int, channel_id: int, data: dict[str, Any]
    ) -> tuple[Interaction, dict[str, Any]]:
        """Build an interaction without sending it."""
        guild_id = self.backend.get_channel(channel_id).guild_id
        record, payload = simcord_interactions.base_payload(
            self.backend, type=kind, channel_id=channel_id, guild_id=guild_id, user_id=person.id, data=data
        )
        payload["locale"] = person.locale
        if guild_id is not None:
            payload["guild_locale"] = self.backend.get_guild(guild_id).preferred_locale
            payload["guild"] = {"id": str(guild_id), "locale": payload["guild_locale"], "features": []}
            payload["authorizing_integration_owners"] = {"0": str(guild_id)}
        return record, payload

    def flood(self, token: str, raw: bytes, guild_id: int, answered: LeanAnswer) -> None:
        """Send an already written interaction the short way; `answered(at, body)` gives the JSON for the bot."""
        self.rest.lean[token] = answered
        self.gateway.emit_raw("INTERACTION_CREATE", raw, guild_id)

    def _admit(self, payload: Mapping[str, Any]) -> Interaction:
        known = self.backend.interactions.get(int(payload["id"]))
        if known is not None:
            return known
        author = payload.get("user") or payload["member"]["user"]
        record = Interaction(
            id=int(payload["id"]),
            token=payload["token"],
            type=payload["type"],
            channel_id=int(payload["channel_id"]),
            guild_id=int(payload["guild_id"]) if payload.get("guild_id") else None,
            user_id=int(author["id"]),
            expires_at=self.backend.iso_after(15 * 60),
            initial_response_deadline=self.backend.iso_after(3),
        )
        self.backend.interactions[record.id] = record
        self.backend.interaction_tokens[record.token] = record.id
        return record

    def _on_callback(self, interaction_id: int, at: float, callback: dict[str, Any]) -> None:
        for answer in self.answers.get(interaction_id, []):
            if answer.acknowledged_at is None:
                answer.note(at, callback)

    def _emit(self, event: str, payload: Mapping[str, Any]) -> None:
        if event == "MESSAGE_CREATE" and self.rest.current_nonce is not None:
            payload = {**payload, "nonce": self.rest.current_nonce}
        self.gateway.emit(event, payload)
