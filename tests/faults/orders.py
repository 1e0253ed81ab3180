"""What every process of a run is told: where everything is, how time is scaled, and which message is which number.

Nothing here starts or sends anything.
"""

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from bot.domain.outbox import Plan, marker

KIND = "test.note"
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Handed on as a file."""

    url: str
    api_base: str
    token: str
    key: str
    guilds: list[int]
    channels: list[list[int]]
    """Of each guild."""
    members: list[list[str]]
    """The refs of each guild's members, whom direct messages reach."""
    allowance: str
    """The file that says how many messages may have been planned by now."""
    offset: str
    """The file that says by how many seconds the clock is off."""
    design: str = "outbox"
    lease: float = 1.2
    call: float = 0.4
    nonce: float = 2.0
    batch: int = 10
    beat: float = 0.3
    pause: float = 2.0
    """The longest pause in seconds after a failure, unless Discord asks for a longer one."""
    life: float = 1.0
    """The longest life in seconds before a kill at random; 0: nobody is killed at random."""

    def write(self, path: Path) -> Path:
        """Write them down, for one's own eyes: they hold a token."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> "Orders":
        """Read what `write` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def plan(self, number: int, due_at: dt.datetime) -> Plan:
        """Return message `number`: a third of them goes to people, the others to channels."""
        guild = number % len(self.guilds)
        turn = number // len(self.guilds)
        members, channels = self.members[guild], self.channels[guild]
        return Plan(
            id=f"{number:032x}",
            guild_id=self.guilds[guild],
            kind=KIND,
            subject=str(number),
            due_at=due_at,
            expires_at=due_at + WEEK,
            member_ref=members[turn % len(members)] if turn % 3 == 0 else None,
            payload={"channel": channels[turn % len(channels)]},
        )

    def markers(self, marker_key: bytes, count: int) -> dict[int, int]:
        """Return the mark by which each of the first `count` messages is known again → its number."""
        some_day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        return {marker(marker_key, self.plan(number, some_day).dedupe_key): number for number in range(count)}
