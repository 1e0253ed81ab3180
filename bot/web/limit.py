"""How often strangers and subscribers may ask: so much at once, and so much a second after that. In running seconds.

A link that was found before has a measure of its own, so that nobody's guessing keeps a calendar program from its feed. What
is remembered of a link is its hash. Nothing here knows a request or a row.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_KNOWN = 5_000
STRANGERS, STRANGERS_A_SECOND = 60.0, 2.0
"""All requests together for links that this process has not found before."""
SUBSCRIBER, SUBSCRIBER_A_SECOND = 20.0, 0.1
"""Those for one link that it has found."""


class Bucket:
    """Lets pass what fits in; it fills again steadily."""

    def __init__(self, size: float, per_second: float, seconds: Callable[[], float]) -> None:
        self._size, self._per_second, self._seconds = size, per_second, seconds
        self._left, self._at = size, seconds()

    def take(self) -> bool:
        """Take one; False: there is none left."""
        now = self._seconds()
        self._left = min(self._size, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def wait(self) -> int:
        """In how many whole seconds there is one again, at least one."""
        return max(1, round((1 - self._left) / self._per_second + 0.5))


class Limits:
    """What this process lets pass."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._strangers = Bucket(STRANGERS, STRANGERS_A_SECOND, seconds)
        self._known: OrderedDict[str, Bucket] = OrderedDict()

    def wait_for(self, token_hash: str) -> int:
        """Count a request for a link; return in how many seconds it may be made again, 0: it may be answered now."""
        bucket = self._known.get(token_hash, self._strangers)
        return 0 if bucket.take() else bucket.wait

    def found(self, token_hash: str) -> None:
        """Take note that a link leads somewhere."""
        if token_hash in self._known:
            self._known.move_to_end(token_hash)
            return
        self._known[token_hash] = Bucket(SUBSCRIBER, SUBSCRIBER_A_SECOND, self._seconds)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def missed(self, token_hash: str) -> None:
        """Take note that a link leads nowhere, perhaps any more."""
        self._known.pop(token_hash, None)
