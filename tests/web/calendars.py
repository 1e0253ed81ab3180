"""Calendar files read back, by two readers that share no code with what writes them; and series to write.

`by_icalendar` takes the file apart with the library and reckons every moment from the rules and zones that stand in the
file itself. `Reader` asks ical.js, which is installed once a machine from `tests/tools/ical`.
"""

import datetime as dt
import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import tempfile
import zoneinfo
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import icalendar
from dateutil import rrule

from bot.domain import meetings
from bot.domain.feeds import Calendar, Timetable
from bot.domain.meetings import Rule
from bot.domain.series import Meeting, Series

TOOL = Path(__file__).parents[1] / "tools" / "ical"
NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
TWO_YEARS = dt.timedelta(days=731)
MADE = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
GUILD, PROGRAMME = 1_111_222_233_334_444_555, "a" * 32

Span = tuple[int, int]
"""When a meeting begins and ends, in seconds of Unix time."""


# -- readers ----------------------------------------------------------------------------------------------------------------


def by_icalendar(text: bytes, begins: dt.datetime, ends: dt.datetime) -> list[Span]:
    """Return the meetings in a file that begin in a span of time."""
    calendar = icalendar.Calendar.from_ical(text)
    zones = {str(zone["TZID"]): _changes(zone) for zone in calendar.walk("VTIMEZONE")}
    events = calendar.walk("VEVENT")
    others = {
        (str(one["UID"]), one["RECURRENCE-ID"].dt.replace(tzinfo=None)) for one in events if "RECURRENCE-ID" in one
    }
    found: list[Span] = []
    for event in events:
        uid, starts = str(event["UID"]), event["DTSTART"]
        if str(event.get("STATUS", "")) == "CANCELLED":
            continue
        if "RRULE" not in event:
            found.append((_unix(starts.dt), _unix(event["DTEND"].dt)))
            continue
        zone = zones.get(starts.params.get("TZID", ""), [])
        length = int(event["DURATION"].dt.total_seconds())
        dates = event.get("EXDATE", [])
        gone = {
            one.dt.replace(tzinfo=None) for part in (dates if isinstance(dates, list) else [dates]) for one in part.dts
        }
        for wall in _walls(event["RRULE"], starts.dt.replace(tzinfo=None), zone, ends):
            if wall not in gone and (uid, wall) not in others:
                begin = _moment(wall, zone)
                found.append((begin, begin + length))
    return sorted(one for one in found if begins.timestamp() <= one[0] < ends.timestamp())


def _walls(rule: Any, first: dt.datetime, zone: Any, ends: dt.datetime) -> list[dt.datetime]:
    parts = dict(part.split("=", 1) for part in rule.to_ical().decode().split(";"))
    until = parts.pop("UNTIL", None)
    last = dt.datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC).timestamp() if until else float("inf")
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    days = rrule.rrulestr(f"RRULE:{text}", dtstart=first)
    return list(itertools.takewhile(lambda day: _moment(day, zone) <= min(last, ends.timestamp()), days))


def _changes(zone: Any) -> list[tuple[dt.datetime, dt.timedelta]]:
    """Return from which time on the old clock which offset holds, in order."""
    parts = [one for one in zone.subcomponents if one.name in ("STANDARD", "DAYLIGHT")]
    assert not any("RRULE" in part or "RDATE" in part for part in parts)
    return sorted((part["DTSTART"].dt, part["TZOFFSETTO"].td) for part in parts)


def _moment(wall: dt.datetime, zone: list[tuple[dt.datetime, dt.timedelta]]) -> int:
    """Read a time on the wall as RFC 5545 wants it: by the offset before a gap, as the first of two."""
    offset = zone[0][1] if zone else dt.timedelta(0)
    for (_, before), (at, after) in itertools.pairwise(zone):
        # Times that the clock leaves out, or shows twice, belong to the old one.
        if at + max(after - before, dt.timedelta(0)) <= wall:
            offset = after
    return int((wall - offset).replace(tzinfo=dt.UTC).timestamp())


def _unix(moment: dt.datetime) -> int:
    assert moment.tzinfo is not None
    return int(moment.timestamp())


class Reader:
    """ical.js in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, texts: Sequence[bytes], begins: dt.datetime, ends: dt.datetime) -> list[list[Span]]:
        """Return for each file the meetings that begin in a span of time."""
        asked = {"from": _unix(begins), "until": _unix(ends), "files": [text.decode() for text in texts]}
        done = subprocess.run(
            ["node", "read.mjs"],
            cwd=self._folder,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return [[(span[0], span[1]) for span in spans] for spans in json.loads(done.stdout)]


def installed() -> Path:
    """Return a folder with ical.js in it, installed under the name of what was asked for; raises RuntimeError without npm."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise RuntimeError("needs node and npm")
    sources = [TOOL / name for name in ("package.json", "package-lock.json", "read.mjs")]
    name = hashlib.sha256(b"".join(one.read_bytes() for one in sources)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"peerled-ical-{os.getuid()}-{name}"
    if folder.exists():
        return folder
    draft = Path(tempfile.mkdtemp(prefix="peerled-ical-"))
    for one in sources:
        shutil.copy(one, draft)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        cwd=draft,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    if done.returncode != 0:
        shutil.rmtree(draft)
        raise RuntimeError(f"npm ci failed: {done.stderr[-500:]}")
    try:
        draft.rename(folder)
    except OSError:  # another process of the tests was quicker
        shutil.rmtree(draft)
    return folder


# -- what is written --------------------------------------------------------------------------------------------------------


def series(number: int = 1, **changes: Any) -> Series:
    """Return a series: every Tuesday at 19:00 in Berlin."""
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "guild_id": GUILD,
        "programme_id": PROGRAMME,
        "title": "Tuesday circle",
        "zone": "Europe/Berlin",
        "starts_on": dt.date(2026, 9, 1),
        "minute": 19 * 60,
        "minutes": 90,
        "rule": Rule(kind="weekly", weekdays=(1,)),
        "capacity": None,
        "format": None,
        "channel_id": None,
        "pool_id": None,
        "listed": False,
        "revision": 0,
        "planned_until": None,
        "created_at": MADE,
        "ended_at": None,
    }
    return Series(**{**values, **changes})


def meeting(one: Series, day: dt.date, **changes: Any) -> Meeting:
    """Return the occurrence of a date."""
    found = meetings.occurrence(one.when, day)
    assert found is not None
    values: dict[str, Any] = {
        "id": hashlib.sha256(f"{one.id} {day}".encode()).hexdigest()[:32],
        "guild_id": one.guild_id,
        "programme_id": one.programme_id,
        "series_id": one.id,
        "day": day,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "moved": False,
        "revision": 0,
        "state": "planned",
        "was_at": None,
        "event_id": None,
        "event_rev": None,
        "changed_at": MADE,
    }
    return Meeting(**{**values, **changes})


def calendar(*timetables: Timetable, titled: bool = False) -> Calendar:
    """Return a calendar of the recovery programme, in English."""
    return Calendar("en", "recovery", titled, timetables)


def ours(timetable: Timetable, begins: dt.datetime, ends: dt.datetime) -> list[Span]:
    """Return when the meetings of a series are by our own reckoning and rows."""
    rows = {row.day: row for row in timetable.meetings}
    stop = timetable.series.ended_at or dt.datetime.max.replace(tzinfo=dt.UTC)
    wide = dt.timedelta(days=100)
    reckoned = meetings.occurrences(timetable.series.when, begins - wide, ends + wide)
    spans = [(one.starts_at, one.ends_at) for one in reckoned if one.day not in rows]
    spans += [(row.starts_at, row.ends_at) for row in rows.values() if row.state not in ("skipped", "cancelled")]
    return sorted((_unix(a), _unix(b)) for a, b in spans if begins <= a < min(ends, stop))


def drawn(dice: random.Random, number: int) -> Timetable:
    """Draw a series of any kind, in any zone, at times at which clocks change, with rows beside it."""
    zone = dice.choice(ZONES)
    kind = dice.choice(["once", "daily", "weekly", "weekly", "weekly", "monthly"])
    rule: dict[str, Any] = {"kind": kind}
    if kind != "once":
        most = {"daily": 40, "weekly": 8, "monthly": 6}[kind]
        rule["every"] = dice.choice([1, 1, 2, dice.randint(1, most)])
    if kind == "weekly":
        rule["weekdays"] = tuple(sorted(dice.sample(range(7), dice.randint(1, 4))))
    if kind == "monthly":
        rule |= {"weekdays": (dice.randrange(7),), "nth": dice.choice(meetings.rule.NTHS)}
    start = dt.date(2026, 11, 23) + dt.timedelta(days=dice.randint(-900, 300))
    if kind != "once":
        end = dice.choice(["none", "none", "times", "until"])
        if end == "times":
            rule["times"] = dice.randint(1, 120)
        if end == "until":
            rule["until"] = start + dt.timedelta(days=dice.randint(60, 1500))
        made = Rule(**rule)
        for _ in range(dice.choice([0, 0, 1, 3])):
            first = start + dt.timedelta(days=dice.randint(0, 1200))
            made = made.with_break(first, first + dt.timedelta(days=dice.randint(0, 40)))
    else:
        made = Rule(**rule)
    minute = dice.choice([dice.randrange(24 * 60), dice.randrange(4 * 60), 150, 90, 0])
    ended = NOW + dt.timedelta(days=dice.randint(-100, 500)) if dice.random() < 0.15 else None
    values = {"zone": zone, "starts_on": start, "minute": minute, "minutes": dice.choice([5, 60, 90, 600])}
    one = series(number, rule=made, ended_at=ended, **values)
    try:
        days = meetings.days(one.when, NOW.date() - dt.timedelta(days=40), NOW.date() + dt.timedelta(days=60))
    except ValueError:
        return drawn(dice, number)  # a rule of which no meeting ever takes place
    return Timetable(one, tuple(row for day in days if (row := _drawn_row(dice, one, day)) is not None))


def _drawn_row(dice: random.Random, one: Series, day: dt.date) -> Meeting | None:
    fate = dice.choice(["none", "planned", "planned", "planned", "skipped", "cancelled", "moved"])
    if fate == "none":
        return None
    row = meeting(one, day)
    if one.ended_at is not None and row.starts_at >= one.ended_at:
        fate = "cancelled"
    if fate == "moved":
        by = dt.timedelta(minutes=dice.randint(-3 * 1440, 10 * 1440))
        return meeting(one, day, moved=True, starts_at=row.starts_at + by, ends_at=row.ends_at + by, revision=1)
    return meeting(one, day, state=fate, revision=int(fate != "planned"))


ZONES = sorted(
    {
        *("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Chatham", "UTC"),
        *("Africa/Casablanca", "America/St_Johns", "Asia/Gaza", "America/Nuuk", "Antarctica/Troll", "Asia/Kathmandu"),
        *("Europe/Dublin", "Pacific/Apia", "Asia/Beirut", "America/Santiago", "Africa/Cairo", "Europe/London"),
    }
    & zoneinfo.available_timezones()
)
