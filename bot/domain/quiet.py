"""Quiet hours on a person's own clock: over midnight and over both changes of the clock. Pure."""

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

MINUTES_OF_DAY = 24 * 60
MINUTE = dt.timedelta(minutes=1)
MOST_CHANGED = 3 * 60
"""Minutes by which a change of the clock moves the time of day at most; a date that is left out does not move it."""
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet from the minute `begins` of the person's own day until before the minute `ends`, over midnight if that is earlier."""

    begins: int
    ends: int

    def __post_init__(self) -> None:
        """Refuse what is no span of a day; the whole day is a pause, not quiet hours."""
        if not (0 <= self.begins < MINUTES_OF_DAY and 0 <= self.ends < MINUTES_OF_DAY) or self.begins == self.ends:
            raise ValueError("quiet hours are two different minutes of a day")

    def covers(self, minute: int) -> bool:
        """Tell whether a minute of the day lies in the quiet hours."""
        if self.begins < self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends

    @property
    def text(self) -> str:
        """Both times as one word without spaces, such as "2200-0700"; `read` reads it."""
        return f"{self.begins // 60:02}{self.begins % 60:02}-{self.ends // 60:02}{self.ends % 60:02}"


def read(text: str) -> Quiet | None:
    """Return the quiet hours that `Quiet.text` wrote, None for anything else."""
    found = re.fullmatch(r"([0-9]{2})([0-9]{2})-([0-9]{2})([0-9]{2})", text)
    if found is None:
        return None
    hours = [int(part) for part in found.groups()]
    if max(hours[0], hours[2]) > 23 or max(hours[1], hours[3]) > 59:
        return None
    begins, ends = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    return Quiet(begins, ends) if begins != ends else None


def minute_of(text: str) -> int | None:
    """Return the minute of the day that a person wrote as HH:MM, None for anything else."""
    found = _CLOCK.fullmatch(text.strip()) if text.isascii() else None
    return int(found[1]) * 60 + int(found[2]) if found else None


def shown(minute: int) -> str:
    """Return a minute of the day as HH:MM."""
    return f"{minute // 60:02}:{minute % 60:02}"


def is_quiet(now: dt.datetime, quiet: Quiet, zone: str) -> bool:
    """Tell whether the aware moment `now` lies in the quiet hours of somebody whose clock shows `zone`.

    The clock on the wall decides. An hour that a change of the clock leaves out is not there to be quiet in; one that it
    shows twice is quiet both times.
    """
    local = now.astimezone(ZoneInfo(zone))
    return quiet.covers(local.hour * 60 + local.minute)


def next_loud(now: dt.datetime, quiet: Quiet, zone: str) -> dt.datetime:
    """Return the first whole minute (in UTC) from the aware moment `now` on that is not quiet; `now` itself if it is not."""
    moment = now.astimezone(dt.UTC)
    if not is_quiet(moment, quiet, zone):
        return moment
    moment = moment.replace(second=0, microsecond=0)
    local = moment.astimezone(ZoneInfo(zone))
    left = (quiet.ends - local.hour * 60 - local.minute) % MINUTES_OF_DAY
    # The clock may change until then: from where no change could reach, each minute is looked at.
    moment += dt.timedelta(minutes=max(0, left - MOST_CHANGED))
    while is_quiet(moment, quiet, zone):
        moment += MINUTE
    return moment
