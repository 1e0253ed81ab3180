"""What a leader has chosen for a new meeting so far. It travels in the screen itself, in the ids of what can be pressed.

Nothing is stored before it is created, and a screen goes on working after a restart. What comes back is read strictly, for
a client can send anything; whether it can be is decided once more when it is created.
"""

import datetime as dt
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain import meetings
from bot.domain.ids import is_id, new_id
from bot.domain.meetings import LAST, ONCE, Rule
from bot.domain.presets import Format
from bot.errors import PeerError
from bot.kit import times
from bot.kit.call import Call
from data.programmes import presets

ID_LIMIT = 100
_OURS = re.compile(r"lead:meeting-[a-z]+:[0-9a-f]{32}\.(.*)", re.DOTALL)
# The router reads a custom id up to its last colon.
_OUT, _IN = str.maketrans(":", ";"), str.maketrans(";", ":")
USUAL_MINUTE = 19 * 60
USUAL_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Draft:
    """A meeting that may be created."""

    title: str = field(repr=False)
    when: meetings.Series
    capacity: int | None = None
    format: str | None = None
    channel_id: int | None = None
    id: str = field(default_factory=new_id)
    """What it will be known by: pressing *Create* twice makes one."""

    def on(self, day: dt.date) -> "Draft":
        """Return it with another first day, and a rule that speaks of that day's weekday."""
        return self._with(starts_on=day, rule=_turned(self.when.rule, day))

    def at(self, minute: int) -> "Draft":
        """Return it at another minute of the day."""
        return self._with(minute=minute)

    def again(self, rule: Rule) -> "Draft":
        """Return it with another rule."""
        return self._with(rule=rule)

    def lasting(self, minutes: int) -> "Draft":
        """Return it with another length."""
        return self._with(minutes=minutes)

    def _with(self, **changes: Any) -> "Draft":
        try:
            return replace(self, when=replace(self.when, **changes))
        except ValueError:
            raise PeerError("meetings.never") from None


def carry(draft: Draft, names: list[str]) -> list[str]:
    """Return the ids of a screen's controls, `lead:meeting-day:<programme>` and so on, with the draft spread over them."""
    when = draft.when
    kept = [draft.id, when.zone, when.starts_on.isoformat(), when.minute, when.minutes, when.rule.to_json()]
    return spread([*kept, draft.capacity, draft.format, draft.channel_id], names)


def spread(values: list[Any], names: list[str]) -> list[str]:
    """Return `names` followed by a dot and their share of `values`; raises ValueError where there is no room."""
    left = json.dumps(values, separators=(",", ":")).translate(_OUT)
    out = []
    for name in names:
        room = ID_LIMIT - len(name) - 1
        out.append(f"{name}.{left[:room]}")
        left = left[room:]
    if left:
        raise ValueError("no room for what was chosen")
    return out


def carried(call: Call) -> list[Any] | None:
    """Return the values that the screen carries on which somebody pressed something, None: it carries nothing of ours."""
    message = call.interaction.message
    rows: list[Any] = list(message.components) if message is not None else []
    ids = [
        str(one.custom_id) for row in rows for one in getattr(row, "children", ()) if getattr(one, "custom_id", None)
    ]
    found = [match[1] for match in map(_OURS.fullmatch, ids) if match]
    if not found:
        return None
    try:
        values = json.loads("".join(found).translate(_IN))
    except ValueError:
        raise PeerError("error.button_gone") from None
    return values if isinstance(values, list) else None


def lines(call: Call) -> list[str]:
    """Return what stands on the screen on which somebody pressed something."""
    message = call.interaction.message
    return message.content.splitlines() if message is not None else []


def heading(title: str) -> str:
    """Return the first line of a screen, from which `title_of` reads the title."""
    return f"**{times.plain(title)}**"


def title_of(call: Call) -> str:
    """Return the title that stands on the screen."""
    (first, *_) = lines(call) or [""]
    if len(first) < 4 or not (first.startswith("**") and first.endswith("**")):
        raise PeerError("error.button_gone")
    return times.unplain(first[2:-2])


def read(call: Call) -> Draft:
    """Return the draft that the screen carries; raises PeerError for a screen that is none of ours."""
    values = carried(call)
    if values is None or len(values) != 9:
        raise PeerError("error.button_gone")
    draft_id, zone, day, minute, minutes, rule, capacity, format_, channel_id = values
    numbers = (minute, minutes, *(one for one in (capacity, channel_id) if one is not None))
    if not all(type(one) is int for one in numbers) or not isinstance(format_, str | None):
        raise PeerError("error.button_gone")
    if not isinstance(zone, str) or not isinstance(draft_id, str) or not is_id(draft_id):
        raise PeerError("error.button_gone")
    try:
        when = meetings.Series(
            zone=zone,
            starts_on=dt.date.fromisoformat(str(day)),
            minute=minute,
            minutes=minutes,
            rule=Rule.from_json(rule),
        )
    except ValueError:
        raise PeerError("error.button_gone") from None
    return Draft(title_of(call), when, capacity, format_, channel_id, draft_id)


# -- rules that are offered -------------------------------------------------------------------------------------------------


def ways(day: dt.date) -> dict[str, Rule]:
    """Return the ways to repeat that are offered for a first day, by the value that stands for each."""
    weekday = (day.weekday(),)
    found = {
        "once": ONCE,
        "daily": Rule(kind="daily"),
        "weekly": Rule(kind="weekly", weekdays=weekday),
        "fortnightly": Rule(kind="weekly", every=2, weekdays=weekday),
    }
    if day.day <= 28:
        found["nth"] = Rule(kind="monthly", weekdays=weekday, nth=(day.day + 6) // 7)
    last = Rule(kind="monthly", weekdays=weekday, nth=LAST)
    return {**found, "last": last} if last.suits(day) else found


def _turned(rule: Rule, day: dt.date) -> Rule:
    """Return a rule on one weekday turned to that of another day; any other rule stays as it is."""
    if len(rule.weekdays) != 1 or rule.suits(day):
        return rule
    turned = replace(rule, weekdays=(day.weekday(),))
    if rule.kind == "monthly" and not turned.suits(day):
        turned = replace(turned, nth=(day.day + 6) // 7 if day.day <= 28 else LAST)
    return turned


# -- what comes with a programme --------------------------------------------------------------------------------------------


def formats(preset: str) -> tuple[Format, ...]:
    """Return the ways to hold a meeting in a programme."""
    found = presets().get(preset)
    return found.formats if found is not None else ()


def format_of(preset: str, name: str | None) -> Format | None:
    """Return a way to hold a meeting by its name; raises PeerError for one that the programme has not got."""
    if name is None:
        return None
    found = next((one for one in formats(preset) if one.name == name), None)
    if found is None:
        raise PeerError("meetings.no_format")
    return found
