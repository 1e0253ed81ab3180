"""How fast, and whether at all: a pace well under Discord's limits, and a breaker well before its ban.

All in running seconds of this process; nothing here knows what is sent.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

CALLS_PER_SECOND = 38.0
"""Of one token, in all processes together; Discord takes 50, and people's presses need room."""
IN_CHANNEL, CHANNEL_SECONDS = 5, 5.0
"""So many messages, in so many seconds, into one channel."""
MOST_CHANNELS = 1_000

REFUSED = frozenset({401, 403, 429})
MOST_REFUSED, REFUSED_SECONDS, PAUSE_SECONDS = 200, 600.0, 600.0
"""Discord bans an address after 10,000 such answers in ten minutes; so many are a sign that something is wrong here."""


class Pace:
    """Lets calls go one after another, each when it may."""

    def __init__(self, processes: int = 1, *, per_second: float = CALLS_PER_SECOND) -> None:
        self._gap = max(1, processes) / per_second
        self._next = 0.0
        self._channels: dict[int, deque[float]] = {}

    async def call(self) -> None:
        """Wait until one more call may go."""
        now = time.monotonic()
        at = max(now, self._next)
        self._next = at + self._gap
        await asyncio.sleep(at - now)

    async def message(self, channel_id: int) -> None:
        """Wait until one more message may go into this channel."""
        now = time.monotonic()
        last = self._channels.setdefault(channel_id, deque(maxlen=IN_CHANNEL))
        at = max(now, last[0] + CHANNEL_SECONDS) if len(last) == IN_CHANNEL else now
        last.append(at)
        self._forget_idle(now)
        await asyncio.sleep(at - now)
        await self.call()

    def _forget_idle(self, now: float) -> None:
        if len(self._channels) > MOST_CHANNELS:
            self._channels = {one: last for one, last in self._channels.items() if last[-1] > now - CHANNEL_SECONDS}


class Breaker:
    """Stops all delivery for a while when Discord refuses too much."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._refused: deque[float] = deque()
        self._until = 0.0

    @property
    def pause_left(self) -> float:
        """For how many seconds nothing is sent; 0 where all is well."""
        return max(0.0, self._until - self._seconds())

    def heard(self, status: int) -> None:
        """Take note of an answer of Discord."""
        if status not in REFUSED:
            return
        now = self._seconds()
        self._refused.append(now)
        while self._refused[0] <= now - REFUSED_SECONDS:
            self._refused.popleft()
        if len(self._refused) >= MOST_REFUSED:
            self._refused.clear()
            self._until = now + PAUSE_SECONDS
            log.error("Discord refused %d calls in ten minutes: nothing is delivered for the next ten", MOST_REFUSED)
