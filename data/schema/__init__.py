"""The tables, and what erasing, exporting and keeping mean for every column: a file for each feature.

`people` alone knows Discord's user ids; every other row about somebody holds a `member_ref`, random per person and guild.
Each column carries `info["life"]`; `data.life` derives export and erasure from it, and a test walks it, so a column whose
meaning nobody considered cannot be added. Nothing here runs SQL or knows what a row is for beyond that.
"""

from data.schema._checkins import checkin_plans, checkins, reminders
from data.schema._columns import NOBODY, Id, Life, about, column, metadata
from data.schema._feeds import directories, feeds
from data.schema._guilds import bindings, guilds, meta, panels, programme_texts, programmes
from data.schema._meetings import meeting_leads, meetings, rsvps, series
from data.schema._outbox import OUTBOX_DONE, OUTBOX_HELD, OUTBOX_KEEP, OUTBOX_LIVE, outbox
from data.schema._people import greetings, leaders, members, named_adults, people, reaches
from data.schema._rotations import hostings, pool_members, pools, swaps
from data.schema._runs import runs, turns

__all__ = [
    "NOBODY",
    "OUTBOX_DONE",
    "OUTBOX_HELD",
    "OUTBOX_KEEP",
    "OUTBOX_LIVE",
    "Id",
    "Life",
    "about",
    "bindings",
    "checkin_plans",
    "checkins",
    "column",
    "directories",
    "feeds",
    "greetings",
    "guilds",
    "hostings",
    "leaders",
    "meeting_leads",
    "meetings",
    "members",
    "meta",
    "metadata",
    "named_adults",
    "outbox",
    "panels",
    "people",
    "pool_members",
    "pools",
    "programme_texts",
    "programmes",
    "reaches",
    "reminders",
    "rsvps",
    "runs",
    "series",
    "swaps",
    "turns",
]
