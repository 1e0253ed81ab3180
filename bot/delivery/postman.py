"""The postman: takes what is due from the outbox and says it, once. It decides nothing about what should be said.

What is due goes along lanes, one for each person and one for whatever else a guild is told, so that it arrives in order and
nobody waits for anybody else's slow answer. It starts nothing by itself: `bot.ticker` or a test calls `run_due`.
"""

import asyncio
import datetime as dt
import itertools
import logging
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import crash, logs
from bot.delivery import history, notice
from bot.delivery.errand import Errand, TokenRefused
from bot.delivery.hearing import DiscordTime, listen
from bot.delivery.kinds import InQuiet, Kind, Kinds, Policy, Render, Show, Sweep, Wanted, nothing_to_say
from bot.delivery.pace import Breaker, Pace
from bot.domain.outbox import Claimed
from bot.errors import PeerError
from bot.services import outbox
from bot.services.outbox import AfterSent

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

log = logging.getLogger(__name__)

BATCH = 50
"""The most messages that a process has claimed at a time."""
CLAIM_AGAIN = 1.0
"""Seconds after which it is looked for more while some are still on their way."""
MARGIN = 5.0
GIVE_BACK_WITHIN = 1.5
"""Seconds that a stop takes for ending leases: where the database does not answer, they run out by themselves."""
CALL_AT_LEAST = 1.0
"""Seconds in which discord.py repeats nothing by itself, so that a call may last so long whatever Discord recognises."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may last, in seconds."""

    lease: float = 90.0
    """How long a message that was taken on is left to the one who took it."""
    call: float = 15.0
    """One call of Discord; never longer than what is trusted to recognise its repetition."""
    nonce: float = 60.0
    """How long Discord is trusted to recognise a repetition."""

    @property
    def margin(self) -> float:
        """What must be left of a lease beside the call itself."""
        return min(MARGIN, (self.lease - self.call) / 2)

    @classmethod
    def of(cls, *, lease: float, timeout: float, nonce: float) -> "Timing":
        """Return the timing that these settings mean."""
        return cls(lease, min(timeout, max(nonce, CALL_AT_LEAST)), nonce)


class Delivery:
    """One process's postman."""

    def __init__(self, bot: "PeerBot", *, timing: Timing | None = None, processes: int = 1) -> None:
        self.bot = bot
        self.timing = timing or Timing()
        self.kinds = Kinds()
        self.pace = Pace(processes)
        self.breaker = Breaker()
        self.looks = history.Looks()
        self.discord_time = DiscordTime(bot.tools.clock)
        self.marker_key = bot.tools.vault.key_for("marker")
        self.worker = f"{socket.gethostname()[:16]}.{os.getpid()}.{secrets.token_hex(4)}"
        self.sent = 0
        """How many messages this process has delivered."""
        self._sweeps: list[Sweep] = []
        self._stopping = False
        self._turn = asyncio.Lock()
        self._lanes: dict[str, _Lane] = {}
        self._woken: Callable[[], None] | None = None
        listen(bot, self.discord_time, self.breaker)
        notice.register(self)

    def kind(
        self,
        name: str,
        *,
        wanted: Wanted,
        render: Render,
        after_sent: AfterSent | None = None,
        policy: Policy = "once",
        in_quiet: InQuiet = "wait",
    ) -> None:
        """Register a kind of message; raises ValueError for a name that is taken. Called by cogs when they load."""
        self.kinds.add(name, Kind(wanted, render, after_sent, policy, in_quiet))

    def events(self, name: str, *, wanted: Wanted, show: Show) -> None:
        """Register what keeps a guild's events as they should be; raises ValueError for a name that is taken."""
        self.kinds.add(name, Kind(wanted, nothing_to_say, None, "once", "wait", show))

    def sweep(self, step: Sweep) -> None:
        """Let `step` run at the start and with the housekeeping. Called by cogs when they load."""
        self._sweeps.append(step)

    def wake(self) -> None:
        """Look at once for what is due: called after a service planned something."""
        crash.strike("after_plan")
        if self._woken is not None:
            self._woken()

    def on_wake(self, listener: Callable[[], None] | None) -> None:
        """Let `listener` be called whenever there may be something new."""
        self._woken = listener

    def note_sent(self) -> None:
        """Count a message as delivered."""
        self.sent += 1

    @property
    def is_stopping(self) -> bool:
        """Whether nothing is taken on any more."""
        return self._stopping

    async def begin(self) -> None:
        """Let what was held be taken again where its kind is known now, end what came too late, plan what nobody planned."""
        await outbox.release(self.bot.tools.db, self.bot.tools.clock, self.kinds.names)
        await outbox.expire(self.bot.tools.db, self.bot.tools.clock)
        await self.clock_set_back()
        for step in self._sweeps:
            await self._run(step)

    async def _run(self, step: Sweep) -> None:
        try:
            await step(self.bot.tools.db, self.bot.tools.clock)
        except PeerError:
            raise
        except Exception as error:  # a mistake in one feature must not end the upkeep of all others
            log.error("a step of the upkeep broke, reference %s", logs.reference(), exc_info=error)

    async def clock_set_back(self) -> None:
        """Let be taken what waits for a time that a clock now set back had promised."""
        await outbox.unstick(self.bot.tools.db, self.bot.tools.clock, lease=dt.timedelta(seconds=self.timing.lease))

    async def tidy(self) -> None:
        """Keep the house: end what is too late, and delete what has been over for long."""
        await self.begin()
        await outbox.tidy(self.bot.tools.db, self.bot.tools.clock)

    async def next_due(self) -> dt.datetime | None:
        """Return when the next message may be taken; raises PeerError where the database does not answer."""
        return await outbox.next_due(self.bot.tools.db)

    async def run_due(self) -> int:
        """Deliver all that is due, and return how many messages were taken on. One call at a time does so."""
        taken = 0
        async with self._turn:
            try:
                while not self._stopping:
                    if self._room < BATCH // 2:
                        await self._wait(asyncio.FIRST_COMPLETED)
                        continue
                    rows = await self._claim()
                    taken += len(rows)
                    if not rows and not self._lanes:
                        break
                    if not rows:
                        await self._wait(asyncio.ALL_COMPLETED)
            finally:
                await self._finish_lanes()
        return taken

    async def stop(self, within: float = 20.0) -> bool:
        """Take on nothing any more, finish what is under way, give back the rest; tell whether all of it ended in time."""
        self._stopping = True
        try:
            async with asyncio.timeout(within):
                async with self._turn:
                    return True
        except TimeoutError:
            pass
        left = list(itertools.chain.from_iterable(lane.waiting_and_under_way for lane in self._lanes.values()))
        for lane in self._lanes.values():
            lane.task.cancel()
        if left:
            try:
                async with asyncio.timeout(GIVE_BACK_WITHIN):
                    await self._give_back(left, self.bot.tools.clock.now())
            except TimeoutError:
                log.warning("messages wait for the end of their lease: the database does not answer")
        return False

    # -- taking on --------------------------------------------------------------------------------------------------------

    async def _claim(self) -> list[Claimed]:
        """Take on as many as there is room for, and put them on their lanes."""
        if self.breaker.pause_left:
            return []
        tools, timing = self.bot.tools, self.timing
        lease_ends = time.monotonic() + timing.lease
        try:
            with crash.during("in_claim"):
                rows = await outbox.claim(
                    tools.db,
                    tools.clock,
                    worker=self.worker,
                    limit=self._room,
                    lease=dt.timedelta(seconds=timing.lease),
                )
        except PeerError as error:
            log.warning("nothing could be taken from the outbox: %s", error.key)
            return []
        if rows:
            await crash.point("after_claim")
        for row in rows:
            self._put(row, lease_ends)
        return rows

    def _put(self, row: Claimed, lease_ends: float) -> None:
        key = row.member_ref or f"guild {row.guild_id}"
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(self, key)
        lane.queue.append((row, lease_ends))

    @property
    def _room(self) -> int:
        return BATCH - sum(lane.length for lane in self._lanes.values())

    async def _wait(self, until: str) -> None:
        """Wait for what is on the lanes, but not for long: more may have become due meanwhile."""
        await asyncio.wait([lane.task for lane in self._lanes.values()], timeout=CLAIM_AGAIN, return_when=until)

    async def _finish_lanes(self) -> None:
        while self._lanes:
            await asyncio.wait([lane.task for lane in self._lanes.values()])

    # -- lanes ------------------------------------------------------------------------------------------------------------

    def left(self, lane: "_Lane") -> None:
        """Take a lane away that has come to its end."""
        if self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]

    def may_go_on(self) -> bool:
        """Tell whether one more message may be begun."""
        return not self._stopping and not self.breaker.pause_left

    def refused(self) -> None:
        """Stop everything: Discord does not accept the token."""
        log.error("Discord does not accept the token: nothing is delivered any more")
        self._stopping = True
        self.bot.token_refused.set()

    async def give_back(self, rows: Iterable[Claimed], at: dt.datetime) -> None:
        """Let others, or a later round, have what was claimed and not begun."""
        await self._give_back(list(rows), at)

    async def _give_back(self, rows: list[Claimed], at: dt.datetime) -> None:
        db, clock = self.bot.tools.db, self.bot.tools.clock
        try:
            if at <= clock.now():
                await outbox.give_back(db, clock, rows)
            else:
                for row in rows:
                    await outbox.again(db, row, ready_at=at, error=None)
        except PeerError as error:
            log.warning("messages wait for the end of their lease: %s", error.key)


class _Lane:
    """What goes to one person, or to one guild, one after another."""

    def __init__(self, post: Delivery, key: str) -> None:
        self.key = key
        self.queue: deque[tuple[Claimed, float]] = deque()
        self._post = post
        self._under_way: Claimed | None = None
        self.task = asyncio.create_task(self._go(), name="delivery")

    @property
    def length(self) -> int:
        """How many messages are on the lane."""
        return len(self.queue) + (self._under_way is not None)

    @property
    def waiting_and_under_way(self) -> list[Claimed]:
        """The messages on the lane."""
        return [*([self._under_way] if self._under_way else []), *(row for row, _ in self.queue)]

    async def _go(self) -> None:
        post, clock = self._post, self._post.bot.tools.clock
        try:
            while self.queue:
                if not post.may_go_on():
                    await self._hand_back(clock.now())
                    return
                self._under_way, lease_ends = self.queue.popleft()
                errand = Errand(post, self._under_way, lease_ends=lease_ends)
                if await errand.run() == "is blocked":
                    self._under_way = None
                    await self._hand_back(errand.ready_at)
                    return
                self._under_way = None
        except TokenRefused:
            self._under_way = None
            post.refused()
            await self._hand_back(clock.now())
        except Exception as error:  # what was on it comes again with its lease
            log.error("a lane of the delivery broke, reference %s", logs.reference(), exc_info=error)
        finally:
            post.left(self)

    async def _hand_back(self, at: dt.datetime) -> None:
        # More may be put on the lane while these are given back.
        while self.queue:
            rows = [row for row, _ in self.queue]
            self.queue.clear()
            await self._post.give_back(rows, at)
