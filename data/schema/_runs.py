"""Meetings while they run, and who is on the list of one."""

import sqlalchemy as sa

from data.schema._columns import Id, Snowflake, about, column, metadata, of_member, of_programme
from data.schema._meetings import of_meeting
from data.types import UtcDateTime

WHILE_IT_RUNS = "until erased, at most until the meeting has ended"
OF_TURN = about(WHILE_IT_RUNS, export=False)

# One for each meeting that was begun; about nobody: at its end only a number is left of those who came.
runs = sa.Table(
    "runs",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, nullable=False),
    column("programme_id", Id, nullable=False),
    column("meeting_id", Id, nullable=False),
    column("channel_id", Snowflake, nullable=False),
    column("format", sa.String(20), nullable=False),
    # As they were when it began, whatever a later version makes of the format.
    column("phases", sa.JSON, nullable=False),
    column("started_at", UtcDateTime, nullable=False),
    column("meant_until", UtcDateTime, nullable=False),
    column("entry_until", UtcDateTime, nullable=False),
    column("at_least", sa.SmallInteger, nullable=False),
    column("turn_minutes", sa.SmallInteger),
    # Which phase it is, how many turns were given, the last number in the queue, how often the host changed: all only grow.
    column("step", sa.SmallInteger, nullable=False),
    column("step_at", UtcDateTime, nullable=False),
    column("turn", sa.Integer, nullable=False),
    column("turn_at", UtcDateTime),
    column("places", sa.Integer, nullable=False),
    column("hosting", sa.Integer, nullable=False),
    column("locked", sa.Boolean, nullable=False),
    column("self_run", sa.Boolean, nullable=False),
    # What the channel said of everybody before we locked it, as long as that is not put back.
    column("room_was", sa.String(5)),
    # Whether we had to let ourselves in by name for that.
    column("room_own", sa.Boolean, nullable=False),
    column("ended_at", UtcDateTime),
    column("heads", sa.Integer),
    sa.CheckConstraint("room_was IN ('allow', 'deny', 'none')", name="room_was"),
    of_programme(),
    of_meeting(),
    sa.UniqueConstraint("meeting_id"),
    sa.UniqueConstraint("programme_id", "id"),
    sa.Index("ix_runs_meeting_id", "programme_id", "meeting_id"),
    sa.Index("ix_runs_programme_id", "guild_id", "programme_id"),
    sa.Index("ix_runs_ended_at", "ended_at"),
)

# Who pressed something in a meeting, or is to host it. Deleted when it ends.
turns = sa.Table(
    "turns",
    metadata,
    column("id", Id, primary_key=True, life=OF_TURN),
    column("guild_id", Snowflake, nullable=False, life=about(WHILE_IT_RUNS)),
    column("programme_id", Id, nullable=False, life=OF_TURN),
    column("run_id", Id, nullable=False, life=OF_TURN),
    column("member_ref", Id, nullable=False, life=OF_TURN),
    column("standing", sa.String(10), nullable=False, life=about(WHILE_IT_RUNS)),
    column("part", sa.String(8), life=about(WHILE_IT_RUNS)),
    # Their number in the queue, 0 outside of it.
    column("place", sa.Integer, nullable=False, life=OF_TURN),
    column("heard_at", UtcDateTime, nullable=False, life=about(WHILE_IT_RUNS)),
    # Of whoever hosts or helps alone: whether they are in the voice channel, and when they left it.
    column("in_room", sa.Boolean, nullable=False, life=OF_TURN),
    column("left_at", UtcDateTime, life=OF_TURN),
    sa.CheckConstraint(
        "standing IN ('here', 'expected', 'lobby', 'listening', 'waiting', 'speaking', 'left')", name="standing"
    ),
    sa.CheckConstraint("part IN ('host', 'cohost')", name="part"),
    of_programme(),
    of_member(),
    sa.ForeignKeyConstraint(["programme_id", "run_id"], ["runs.programme_id", "runs.id"]),
    sa.UniqueConstraint("run_id", "member_ref"),
    sa.Index("ix_turns_run_id", "programme_id", "run_id"),
    sa.Index("ix_turns_programme_id", "guild_id", "programme_id"),
    sa.Index("ix_turns_member_ref", "member_ref", "guild_id"),
)
