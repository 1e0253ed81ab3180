"""What came of a run, counted from Discord's side: each message that was acknowledged, and how often it stands there."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from simcord.backend import serializers

from bot.crash import POINTS
from bot.delivery.message import ending_of, ids_of
from tests.faults.town import Town


@dataclass
class Report:
    """The figures of one run."""

    name: str
    acknowledged: int = 0
    lost: list[int] = field(default_factory=list)
    doubled: dict[int, int] = field(default_factory=dict)
    """Number of a message → how often it stands there."""
    strangers: int = 0
    """Messages that nobody planned."""
    kills: int = 0
    points: Counter[str] = field(default_factory=Counter)
    random: int = 0
    orderly: int = 0
    bad_ends: list[str] = field(default_factory=list)
    """What lives said that ended by a mistake."""
    states: dict[str, int] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    looks: int = 0
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether everything was said once and nothing else, and the outbox knows it."""
        sent_alone = set(self.states) <= {"sent"} and self.states.get("sent", 0) == self.acknowledged
        return not (self.lost or self.doubled or self.strangers or self.bad_ends) and sent_alone

    def __str__(self) -> str:
        """Write it as it is read by people."""
        lines = [
            f"{self.name}: {self.acknowledged} acknowledged, {len(self.lost)} lost, {len(self.doubled)} doubled,"
            f" {self.strangers} unknown; {self.kills} kills ({self.random} at random), {self.orderly} orderly stops,"
            f" {self.seconds:.0f} s",
            f"  kills at points: {', '.join(f'{name} {self.points[name]}' for name in POINTS)}",
            f"  {self.calls} calls for messages, {self.looks} of them looks; faults: {dict(self.faults) or 'none'}",
            f"  outbox: {self.states}",
        ]
        if self.lost or self.doubled:
            lines.append(f"  lost: {self.lost[:20]}; doubled: {dict(list(self.doubled.items())[:20])}")
        lines += [f"  a life ended badly: {line}" for line in self.bad_ends[:20]]
        return "\n".join(lines)


async def count(town: Town, report: Report, acknowledged: set[int]) -> Report:
    """Fill in what stands in the channels and in the outbox."""
    known = town.orders.markers(town.marker_key, max(acknowledged, default=-1) + 1)
    report.states = await town.states()
    by_ending = {ending_of(marker): number for marker, number in known.items()}
    by_ids = {ids_of(marker): number for marker, number in known.items()}
    found: Counter[int | None] = Counter()
    backend = town.discord.backend
    for standing in backend.messages.values():
        for message in standing.values():
            found[_number(serializers.message_payload(backend, message), by_ending, by_ids)] += 1
    report.strangers = found.pop(None, 0) + sum(n for number, n in found.items() if number not in acknowledged)
    report.acknowledged = len(acknowledged)
    report.lost = sorted(number for number in acknowledged if not found[number])
    report.doubled = {number: n for number, n in sorted(found.items(), key=str) if number is not None and n > 1}
    calls = town.discord.calls
    report.calls = town.weather.calls
    report.looks = sum(call.method == "GET" and call.path.endswith("/messages") for call in calls)
    report.faults = town.weather.seen
    return report


def _number(payload: dict[str, Any], by_ending: dict[str, int], by_ids: dict[tuple[int, int], int]) -> int | None:
    components = payload.get("components") or []
    for row in components:
        for item in row.get("components") or []:
            custom_id = str(item.get("custom_id", ""))
            if "~" in custom_id:
                return by_ending.get(custom_id[custom_id.index("~") :])
    ids = [one.get("id") for one in components[:2]]
    return by_ids.get((ids[0], ids[1])) if len(ids) == 2 else None
