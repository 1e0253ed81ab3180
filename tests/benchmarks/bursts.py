"""One-second bursts of presses against a live bot, counted where the answers arrive.

A fixed number of presses is always under way; each answer starts the next one. Two bots are measured by alternating
bursts and taking the median of the paired ratios: on a busy machine, separate long runs say nothing.
"""

import asyncio
import itertools
import statistics
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.loopback import Guild, Loopback, Person, Seen
from tests.loopback.gateway import dumps

ID, TOKEN = "@id@", "@token@"
MADE = {"type": 3, "response_message_loading": False, "response_message_ephemeral": True}


@dataclass
class Presser:
    """Presses one button as many people in turn, the short way past simcord."""

    discord: Loopback
    guild: Guild
    people: list[Person]
    message: Seen
    custom_id: str
    bodies: dict[bytes, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self._made: dict[bytes, list[bytes]] = {}
        self._frames = itertools.cycle([self._frame(person) for person in self.people])
        self._next_id = itertools.count(self.discord.backend.snowflake() + (1 << 10))
        self._loop = asyncio.get_running_loop()

    def _frame(self, person: Person) -> tuple[bytes, bytes, bytes]:
        data = {"component_type": 2, "custom_id": self.custom_id, "id": 0}
        _, payload = self.discord.interaction_payload(person, 3, self.message.channel_id, data)
        raw = dumps(
            {"id": ID, "token": TOKEN, **{k: v for k, v in payload.items() if k not in ("id", "token")}}
            | {"message": self.message.payload}
        )
        head, rest = raw.split(ID.encode(), 1)
        middle, tail = rest.split(TOKEN.encode(), 1)
        return head, middle, tail

    async def burst(self, seconds: float = 1.0, under_way: int = 64) -> float:
        """Press for `seconds`, wait for the last answers, and give answers per second."""
        started = self._loop.time()
        stop_at, done = started + seconds, asyncio.Event()
        answered, open_ones = 0, 0

        def press() -> None:
            nonlocal open_ones
            number = next(self._next_id)
            token = f"t{number}"
            head, middle, tail = next(self._frames)
            began = self._loop.time()
            open_ones += 1
            self.sent += 1

            def got(at: float, body: bytes) -> bytes:
                nonlocal answered, open_ones
                self.waits.append(at - began)
                self.bodies[body] = self.bodies.get(body, 0) + 1
                answered += 1
                open_ones -= 1
                if at < stop_at:
                    press()
                elif not open_ones:
                    done.set()
                return self._accepted(number, body)

            raw = b"%s%d%s%s%s" % (head, number, middle, token.encode(), tail)
            self.discord.flood(token, raw, self.guild.id, got)

        for _ in range(under_way):
            press()
        async with asyncio.timeout(seconds + 20):
            await done.wait()
        return answered / (self._loop.time() - started)

    def take_usual_answer(self) -> dict[str, Any]:
        """Give the answer that came most often so far, and count afresh from here on."""
        usual: dict[str, Any] = orjson.loads(max(self.bodies, key=lambda body: self.bodies[body]))
        self.bodies.clear()
        return usual

    def _accepted(self, number: int, body: bytes) -> bytes:
        """Write what Discord gives back for a callback: the interaction, and the message that was made of it."""
        parts = self._made.get(body)
        if parts is None:
            raw = dumps({"interaction": {**MADE, "id": ID, "response_message_id": ID}, "resource": self._message(body)})
            parts = self._made[body] = raw.split(ID.encode())
        return str(number).encode().join(parts)

    def _message(self, body: bytes) -> dict[str, object]:
        """Give the message of an answer in Discord's shape, with a placeholder for its id."""
        said = orjson.loads(body)["data"]
        like = {**self.message.payload, "id": ID, "content": said.get("content") or "", "flags": said.get("flags", 0)}
        return {"type": 4, "message": {**like, "components": said.get("components", []), "embeds": []}}

    @property
    def answers(self) -> list[dict[str, Any]]:
        """List the different answers that came."""
        return [orjson.loads(body) for body in self.bodies]


@dataclass(frozen=True)
class Comparison:
    """Rates of two bots, burst by burst."""

    measured: list[float]
    bare: list[float]

    @property
    def ratios(self) -> list[float]:
        return sorted(one / other for one, other in zip(self.measured, self.bare, strict=True))

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    def __str__(self) -> str:
        low, high = self.ratios[0], self.ratios[-1]
        quarter = len(self.ratios) // 4
        return (
            f"{statistics.median(self.measured):.0f} against {statistics.median(self.bare):.0f} answers/s; "
            f"ratio {self.ratio:.2f} (middle half {self.ratios[quarter]:.2f} to {self.ratios[-1 - quarter]:.2f}, "
            f"all {low:.2f} to {high:.2f}, {len(self.ratios)} pairs)"
        )


async def alternate(measured: Presser, bare: Presser, pairs: int, *, seconds: float = 1.0) -> Comparison:
    """Burst the two in turn, changing who begins."""
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(pairs):
        for which in (0, 1) if number % 2 else (1, 0):
            rates[which].append(await (measured, bare)[which].burst(seconds))
    return Comparison(*rates)
