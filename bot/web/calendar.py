"""A person's calendar link as iCalendar (RFC 5545). What is told of a series is decided in `bot.domain.feeds`.

The same facts are always the same bytes, so that a calendar program that asks again is told that nothing has changed.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import icalendar

from bot.domain import feeds
from bot.domain.feeds import Calendar, Entries, Single, Timetable, Window
from bot.texts import Texts
from bot.web import zones

CONTENT_TYPE = "text/calendar"
PRODUCT = "-//peerled//meetings//EN"
LOOK_AGAIN = dt.timedelta(hours=1)
YEARS_ON = 5
"""For how much longer than meetings are told of one by one a zone is described: the rule goes on."""

Say = Callable[..., str]


def file(calendar: Calendar, texts: Texts, now: dt.datetime) -> bytes:
    """Return the calendar as a file."""

    def say(key: str) -> str:
        return texts.t(calendar.locale, key)

    window = feeds.window(now)
    told = [(one, found) for one in calendar.timetables if (found := feeds.entries(one, window)) is not None]
    made = icalendar.Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", say(f"programme.{calendar.preset}.name") if calendar.titled else say("feeds.calendar"))
    made.add("refresh-interval", icalendar.vDuration(LOOK_AGAIN), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    for zone in sorted({one.series.zone for one, found in told if found.recurring is not None} - {"UTC"}):
        made.add_component(_zone(zone, window))
    for one, found in told:
        title = one.series.title if calendar.titled else say("feeds.meeting")
        for event in _events(one, found, title, where=calendar.titled):
            made.add_component(event)
    return bytes(made.to_ical())


def _zone(zone: str, window: Window) -> icalendar.Component:
    described = zones.described(zone, window.first, window.end.replace(year=window.end.year + YEARS_ON))
    return icalendar.Timezone.from_ical(described.decode())


def _events(timetable: Timetable, found: Entries, title: str, *, where: bool) -> Iterator[icalendar.Event]:
    """Yield the rule, what is not as the rule has it, and what no rule tells of."""
    series = timetable.series

    def event(uid: str, starts_at: dt.datetime, ends_at: dt.datetime) -> icalendar.Event:
        made = icalendar.Event()
        made.add("uid", uid)
        made.add("dtstamp", found.changed_at.replace(microsecond=0))
        made.add("sequence", found.sequence)
        made.add("summary", title)
        made.add("dtstart", starts_at)
        made.add("dtend", ends_at)
        made.add("class", "PRIVATE")
        if where and series.channel_id is not None:
            made.add("url", f"https://discord.com/channels/{series.guild_id}/{series.channel_id}")
        return made

    def single(uid: str, one: Single) -> icalendar.Event:
        made = event(uid, one.starts_at, one.ends_at)
        if one.is_off:
            made.add("status", "CANCELLED")
        return made

    recurring = found.recurring
    if recurring is not None:
        uid = f"{series.id}@peerled"
        begins = _on_the_wall(timetable, recurring.first)
        rule = event(uid, begins, begins)
        # As a span, which a change of the clock in the middle of a meeting makes neither longer nor shorter.
        del rule["dtend"]
        rule.add("duration", dt.timedelta(minutes=series.minutes))
        rule.add("rrule", icalendar.vRecur.from_ical(recurring.rule))
        if recurring.left_out:
            rule.add("exdate", [_on_the_wall(timetable, day) for day in recurring.left_out])
        yield rule
        for one in recurring.others:
            other = single(uid, one)
            other.add("recurrence-id", _on_the_wall(timetable, one.day))
            yield other
    for one in found.alone:
        yield single(f"{series.id}.{one.day:%Y%m%d}@peerled", one)


def _on_the_wall(timetable: Timetable, day: dt.date) -> dt.datetime:
    """Return the time of a series on a date as its zone's clock shows it, also where the clock leaves it out."""
    minute = timetable.series.minute
    return dt.datetime.combine(day, dt.time(minute // 60, minute % 60), ZoneInfo(timetable.series.zone))
