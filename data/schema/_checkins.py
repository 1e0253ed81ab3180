"""Check-ins, and being asked for them."""

import sqlalchemy as sa

from data.schema._columns import (
    ROW_OF_PERSON,
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

checkins = sa.Table(
    "checkins",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("day", sa.Date, nullable=False, life=about("own view: until erased; others' view: 90 days")),
    column("mood", sa.SmallInteger, nullable=False, life=about("own view: until erased; others' view: 90 days")),
    column("note", sa.LargeBinary, life=about("own view: until erased; others' view: 30 days", sealed=True)),
    column("seen_by", sa.String(8), nullable=False, life=about(UNTIL_ERASED)),
    column("changed_at", UtcDateTime, nullable=False, life=about(UNTIL_ERASED, export=False)),
    sa.CheckConstraint("mood BETWEEN 1 AND 5", name="mood"),
    sa.CheckConstraint("seen_by IN ('me', 'leaders', 'group')", name="seen_by"),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref", "day"),
    sa.Index("ix_checkins_member_ref", "member_ref", "guild_id"),
    sa.Index("ix_checkins_shared", "guild_id", "programme_id", "seen_by", "day"),
)

checkin_plans = sa.Table(
    "checkin_plans",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("stopped_at", UtcDateTime, life=about(UNTIL_ERASED)),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref"),
    sa.Index("ix_checkin_plans_member_ref", "member_ref", "guild_id"),
)

# When a member wants to be asked how they are, on their own clock; one for each programme.
reminders = sa.Table(
    "reminders",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    # Minutes of the person's own day.
    column("minute", sa.SmallInteger, nullable=False, life=about(UNTIL_ERASED)),
    column("days", sa.String(8), nullable=False, life=about(UNTIL_ERASED)),
    # Raised with every change of when it comes, so that nothing planned before it is said.
    column("revision", sa.Integer, nullable=False, life=ROW_OF_PERSON),
    column("stopped_at", UtcDateTime, life=about(UNTIL_ERASED)),
    # A pause without an end lasts until the person ends it.
    column("paused_at", UtcDateTime, life=about(UNTIL_ERASED)),
    column("paused_until", UtcDateTime, life=about(UNTIL_ERASED)),
    # The last of the person's days on which they said "not today".
    column("passed_on", sa.Date, life=about(UNTIL_ERASED)),
    # When a button of a reminder was last pressed, or a time chosen; a check-in tells for itself.
    column("answered_at", UtcDateTime, life=about(UNTIL_ERASED)),
    # For when the last one came, and how many in a row had no answer by then, itself included.
    column("said_at", UtcDateTime, life=about(UNTIL_ERASED)),
    column("unanswered", sa.SmallInteger, nullable=False, life=about(UNTIL_ERASED)),
    sa.CheckConstraint("days IN ('every', 'weekdays')", name="days"),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref"),
    sa.Index("ix_reminders_member_ref", "member_ref", "guild_id"),
)
