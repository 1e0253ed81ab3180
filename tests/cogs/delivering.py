"""A kind of message that only tests know, and short words for planning it and looking what became of it."""

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import discord
import simcord
import sqlalchemy as sa
from simcord.components import walk_components

from bot.clock import Clock
from bot.delivery import Say
from bot.domain.outbox import Claimed, Plan
from bot.kit import views
from bot.steps import outbox as steps
from data.db import Database
from data.schema import outbox as table
from data.store import people
from tests.cogs.town import Town

KIND = "test.note"
MINUTE = dt.timedelta(minutes=1)
_numbers = itertools.count(1)


@dataclass
class Notes:
    """The test's own feature: what it says, to whom, and what the postman asked of it."""

    town: Town
    channel_id: int | None
    wanted: bool = True
    calls: tuple[int, ...] = ()
    buttons: str = "ours"
    """Which buttons stand below: "ours", a "link", or "none"."""
    key: str = "settings.pause.ended"
    asked: int = 0
    sent: list[int | None] = field(default_factory=list)
    breaks: Callable[[], None] = lambda: None

    def register(self, **options: Any) -> None:
        """Let the bot know the kind, as a cog does when it loads."""
        self.town.bot.delivery.kind(
            KIND, wanted=self._wanted, render=self._render, after_sent=self._after_sent, **options
        )

    async def _wanted(self, db: Database, clock: Clock, row: Claimed) -> dict[str, Any] | None:
        self.asked += 1
        return dict(row.payload) if self.wanted else None

    def _render(self, row: Claimed, facts: dict[str, Any], locale: str) -> Say:
        self.breaks()
        t = self.town.bot.tools.texts.t
        label = t(locale, "reach.button.thread")
        button = (
            views.button(label, "test:go:1") if self.buttons == "ours" else views.link(label, "https://example.org")
        )
        view = views.rows([button]) if self.buttons != "none" else None
        said = t(locale, self.key) + (f" <t:{facts['number']}>" if "number" in facts else "")
        return Say(said, view, self.channel_id, self.calls)

    def _after_sent(self, tx: sa.Connection, row: Claimed, message_id: int | None) -> None:
        self.sent.append(message_id)

    async def plan(self, who: simcord.MemberActor | None = None, **changes: Any) -> str:
        """Plan a note, to somebody or to the channel, due now; return the row's id."""
        number = next(_numbers)
        now = self.town.clock.now()
        values: dict[str, Any] = {
            "id": f"{number:032x}",
            "guild_id": self.town.guild.id,
            "kind": KIND,
            "subject": f"{number}",
            "due_at": now,
            "expires_at": now + 60 * MINUTE,
        }
        if who is not None:
            values["member_ref"] = await ref_of(self.town, who)
        plan = Plan(**{**values, **changes})
        assert await self.town.db.write(lambda tx: steps.plan(tx, plan)) == 1
        return plan.id


async def ref_of(town: Town, who: simcord.MemberActor) -> str:
    """Return somebody's ref in the guild, making them known to it."""
    number = next(_numbers)
    made = await town.db.write(
        lambda tx: people.ensure_member(
            tx, town.guild.id, who.id, new_person_id=f"{number:031x}a", new_ref=f"{number:031x}b"
        )
    )
    return made.ref


async def run_due(town: Town) -> int:
    """Let the postman go."""
    taken = await town.bot.delivery.run_due()
    await town.env.settle()
    return taken


async def row_of(town: Town, row_id: str) -> Any:
    """Return a row of the outbox."""
    return await town.db.read(lambda tx: tx.execute(sa.select(table).where(table.c.id == row_id)).one())


async def states(town: Town, kind: str = KIND) -> list[str]:
    """Return the states of all messages of a kind, oldest first."""
    ordered = sa.select(table.c.state).where(table.c.kind == kind).order_by(table.c.id)
    return list(await town.db.read(lambda tx: tx.execute(ordered).scalars().all()))


def custom_ids_in(message: Any) -> list[str]:
    """Return the custom ids of a stored message's components, in the order in which they stand there."""
    return [component["custom_id"] for component in walk_components(message.components) if "custom_id" in component]


async def pass_time(town: Town, span: dt.timedelta) -> None:
    """Let time pass for the bot and for the simulated Discord alike."""
    town.clock.advance(span)
    await town.env.advance_time(span.total_seconds())


class Faults:
    """What goes wrong with the bot's next messages: each error is raised once, before or after Discord did the work."""

    def __init__(self, town: Town, monkeypatch: Any) -> None:
        self.nonces: list[str] = []
        self._waiting: list[tuple[bool, BaseException]] = []
        self._request = town.bot.http.request
        monkeypatch.setattr(town.bot.http, "request", self._answer)

    @property
    def calls(self) -> int:
        """How many messages the bot has tried to send."""
        return len(self.nonces)

    def order(self, error: BaseException, *, after: bool = False) -> None:
        """Let the next message that is sent end so."""
        self._waiting.append((after, error))

    async def _answer(self, route: Any, **options: Any) -> Any:
        if (route.method, route.path) != ("POST", "/channels/{channel_id}/messages"):
            return await self._request(route, **options)
        self.nonces.append(options["json"]["nonce"])
        after, error = self._waiting.pop(0) if self._waiting else (False, None)
        if error is not None and not after:
            raise error
        answer = await self._request(route, **options)
        if error is not None:
            raise error
        return answer


class _Response:
    """As much of a response as discord.py's errors read."""

    def __init__(self, status: int, **headers: str) -> None:
        self.status = status
        self.reason = "ordered by a test"
        self.headers = headers


def answered(status: int, code: int = 0, **headers: str) -> discord.HTTPException:
    """Make the error with which discord.py reports an answer."""
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = discord.DiscordServerError if status >= 500 else kinds.get(status, discord.HTTPException)
    response: Any = _Response(status, **headers)
    return kind(response, {"code": code, "message": "ordered by a test"})
