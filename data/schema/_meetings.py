"""Meetings: series, their occurrences, and who comes."""

import sqlalchemy as sa

from data.schema._columns import (
    UNTIL_ERASED,
    Id,
    Snowflake,
    about,
    column,
    metadata,
    of_member,
    of_programme,
)
from data.types import UtcDateTime

PAST_MEETINGS = "until erased, at most 180 days after the meeting"
OF_RSVP = about(PAST_MEETINGS, export=False)


def of_meeting() -> sa.ForeignKeyConstraint:
    """Tie a row to an occurrence of its own programme, and never to another's."""
    return sa.ForeignKeyConstraint(["programme_id", "meeting_id"], ["meetings.programme_id", "meetings.id"])


# When a group meets, in its leaders' words and on one clock on the wall; about nobody.
series = sa.Table(
    "series",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, nullable=False),
    column("programme_id", Id, nullable=False),
    column("title", sa.String(100), nullable=False),
    column("zone", sa.String(64), nullable=False),
    column("starts_on", sa.Date, nullable=False),
    # Minutes of the day that the clock on the wall shows, and how long it lasts.
    column("minute", sa.SmallInteger, nullable=False),
    column("minutes", sa.SmallInteger, nullable=False),
    column("rule", sa.JSON, nullable=False),
    column("capacity", sa.SmallInteger),
    # The name of a way to hold a meeting, from the programme's list.
    column("format", sa.String(20)),
    column("channel_id", Snowflake),
    # Who hosts comes from there; a pool is kept elsewhere.
    column("pool_id", Id),
    column("listed", sa.Boolean, nullable=False),
    # Raised when the whole series is cancelled.
    column("revision", sa.Integer, nullable=False),
    # Up to which revision everybody who said yes was told.
    column("told_rev", sa.Integer, nullable=False),
    # Up to which of its own days there are occurrences.
    column("planned_until", sa.Date),
    column("created_at", UtcDateTime, nullable=False),
    column("ended_at", UtcDateTime),
    of_programme(),
    sa.UniqueConstraint("programme_id", "id"),
    sa.Index("ix_series_programme_id", "guild_id", "programme_id"),
)

meetings = sa.Table(
    "meetings",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, nullable=False),
    column("programme_id", Id, nullable=False),
    column("series_id", Id, nullable=False),
    # The rule's own date, which stays whatever it is moved to.
    column("day", sa.Date, nullable=False),
    column("starts_at", UtcDateTime, nullable=False),
    column("ends_at", UtcDateTime, nullable=False),
    column("moved", sa.Boolean, nullable=False),
    # What the series' clock shows at the beginning of one that was moved.
    column("moved_day", sa.Date),
    column("moved_minute", sa.SmallInteger),
    # Raised with every change of when, and of whether.
    column("revision", sa.Integer, nullable=False),
    # Up to which revision everybody who said yes was told, and when it began before that change.
    column("told_rev", sa.Integer, nullable=False),
    column("was_at", UtcDateTime),
    column("state", sa.String(10), nullable=False),
    # Its mirror among Discord's events, and what that showed last.
    column("event_id", Snowflake),
    column("event_rev", sa.String(64)),
    column("changed_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("state IN ('planned', 'skipped', 'cancelled', 'running', 'ended')", name="state"),
    of_programme(),
    sa.ForeignKeyConstraint(["programme_id", "series_id"], ["series.programme_id", "series.id"]),
    sa.UniqueConstraint("programme_id", "series_id", "day"),
    sa.UniqueConstraint("programme_id", "id"),
    sa.Index("ix_meetings_starts_at", "guild_id", "programme_id", "starts_at"),
    sa.Index("ix_meetings_ends_at", "ends_at"),
)

# Who said whether they come. Whoever waits for a place does so in the order of `asked_at`.
rsvps = sa.Table(
    "rsvps",
    metadata,
    column("id", Id, primary_key=True, life=OF_RSVP),
    column("guild_id", Snowflake, nullable=False, life=about(PAST_MEETINGS)),
    column("programme_id", Id, nullable=False, life=OF_RSVP),
    column("meeting_id", Id, nullable=False, life=OF_RSVP),
    column("member_ref", Id, nullable=False, life=OF_RSVP),
    column("answer", sa.String(8), nullable=False, life=about(PAST_MEETINGS)),
    column("asked_at", UtcDateTime, nullable=False, life=about(PAST_MEETINGS)),
    # A place is kept for them until then.
    column("offered_until", UtcDateTime, life=about(PAST_MEETINGS)),
    sa.CheckConstraint("answer IN ('yes', 'no', 'waiting')", name="answer"),
    of_programme(),
    of_member(),
    of_meeting(),
    sa.UniqueConstraint("guild_id", "meeting_id", "member_ref"),
    sa.Index("ix_rsvps_meeting_id", "meeting_id", "programme_id", "answer"),
    sa.Index("ix_rsvps_programme_id", "guild_id", "programme_id"),
    sa.Index("ix_rsvps_member_ref", "member_ref", "guild_id"),
)

# How long before a meeting a member wants to be reminded; without a row it is an hour.
meeting_leads = sa.Table(
    "meeting_leads",
    metadata,
    column("id", Id, primary_key=True, life=about(UNTIL_ERASED, export=False)),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=about(UNTIL_ERASED, export=False)),
    column("member_ref", Id, nullable=False, life=about(UNTIL_ERASED, export=False)),
    # Minutes; 0 is "not at all".
    column("minutes", sa.SmallInteger, nullable=False, life=about(UNTIL_ERASED)),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref"),
    sa.Index("ix_meeting_leads_member_ref", "member_ref", "guild_id"),
)
