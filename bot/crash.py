"""Points at which a test may take this process away, as a power cut would; without such a test they do nothing.

`PEERLED_CRASH_POINT="after_claim:0.02,in_call:0.05"` kills the process with these chances at these points, `all` stands for
every point, and a name alone for certainty. It is heeded only beside `PEERLED_ALLOW_TEST_CLOCK=1`. The last thing the
process says on stderr is the point's name.
"""

import contextlib
import os
import secrets
import signal
import threading
from collections.abc import Iterator, Mapping

POINTS = (
    "before_plan",
    "after_plan",
    "in_claim",
    "after_claim",
    "after_first_try",
    "in_call",
    "after_answer",
    "in_mark",
    "after_mark",
    "after_look",
)
"""In the order in which a message passes them. `before_plan` lies before the commit of the transaction that plans it,
`after_plan` before whoever caused it is answered; `in_…` kills at some moment while the named thing is under way."""
WITHIN = {"in_claim": 0.004, "in_mark": 0.004, "in_call": 0.01}
"""Seconds in which the moment lies."""
_GRAIN = 1_000_000


def read_chances(environment: Mapping[str, str]) -> dict[str, float]:
    """Return the chance of each point at which this process may end; raises ValueError for a point that is none."""
    wanted = environment.get("PEERLED_CRASH_POINT", "")
    if not wanted or environment.get("PEERLED_ALLOW_TEST_CLOCK") != "1":
        return {}
    chances: dict[str, float] = {}
    for one in wanted.split(","):
        name, _, chance = one.strip().partition(":")
        if name != "all" and name not in POINTS:
            raise ValueError(f"PEERLED_CRASH_POINT: {name} is none of {', '.join(POINTS)}")
        chances |= dict.fromkeys(POINTS if name == "all" else (name,), float(chance or 1))
    return chances


_chances = read_chances(os.environ)


def strike(name: str) -> None:
    """End the process here, if a test wants that."""
    if _chances and _drawn(name):
        _die(name)


async def point(name: str) -> None:
    """End the process here, if a test wants that."""
    strike(name)


@contextlib.contextmanager
def during(name: str) -> Iterator[None]:
    """End the process at some moment while the block is under way, if a test wants that."""
    if not _chances or not _drawn(name):
        yield
        return
    after = WITHIN[name] * secrets.randbelow(_GRAIN) / _GRAIN
    timer = threading.Timer(after, _die, [name])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _drawn(name: str) -> bool:
    chance = _chances.get(name, 0.0)
    return chance > 0 and secrets.randbelow(_GRAIN) < chance * _GRAIN


def _die(name: str) -> None:
    os.write(2, f"crash point {name}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)
