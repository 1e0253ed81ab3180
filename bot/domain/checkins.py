"""The rules of checking in: moods, days, who may see, when help is shown."""

import datetime as dt
import enum
from zoneinfo import ZoneInfo

NOTE_LIMIT = 2_000
WEEK = 7
HISTORY_DAYS = 30


class Mood(enum.IntEnum):
    """How somebody feels today, in the five words on the buttons."""

    VERY_LOW = 1
    LOW = 2
    OKAY = 3
    GOOD = 4
    VERY_GOOD = 5

    @property
    def is_low(self) -> bool:
        """Whether help is shown with the answer."""
        return self <= Mood.LOW

    @property
    def key(self) -> str:
        """The text key of its word."""
        return f"checkins.mood.{self.name.lower()}"


class SeenBy(enum.StrEnum):
    """Who a check-in is shown to."""

    ME = "me"
    LEADERS = "leaders"
    GROUP = "group"


def local_day(now: dt.datetime, zone: str) -> dt.date:
    """Return the calendar day at the instant `now` in an IANA zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def day_meant(today: dt.date, wanted: dt.date | None) -> dt.date:
    """Return the day an answer belongs to: the wanted one while it is today or yesterday, else today."""
    yesterday = today - dt.timedelta(days=1)
    return wanted if wanted in (today, yesterday) else today


def is_held(mood: Mood, seen_by: SeenBy) -> bool:
    """Tell whether showing it to the group waits for a second yes: a low one does."""
    return seen_by is SeenBy.GROUP and mood.is_low


def week_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last of the seven days that end on `day`."""
    return day - dt.timedelta(days=WEEK - 1), day


def revision(changed_at: dt.datetime) -> str:
    """Return a short name for the state a check-in had since then, so that an old button cannot share newer words."""
    return f"{int(changed_at.timestamp() * 1_000_000):x}"
