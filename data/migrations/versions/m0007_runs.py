"""Meetings while they run, and who is on the list of one.

Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from data.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("phases", sa.JSON(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("meant_until", UtcDateTime(), nullable=False),
        sa.Column("entry_until", UtcDateTime(), nullable=False),
        sa.Column("at_least", sa.SmallInteger(), nullable=False),
        sa.Column("turn_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("step_at", UtcDateTime(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("turn_at", UtcDateTime(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("hosting", sa.Integer(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("self_run", sa.Boolean(), nullable=False),
        sa.Column("room_was", sa.String(length=5), nullable=True),
        sa.Column("room_own", sa.Boolean(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("heads", sa.Integer(), nullable=True),
        sa.CheckConstraint("room_was IN ('allow', 'deny', 'none')", name=op.f("ck_runs_room_was")),
        _of_programme("runs"),
        sa.ForeignKeyConstraint(
            ["programme_id", "meeting_id"],
            ["meetings.programme_id", "meetings.id"],
            name=op.f("fk_runs_programme_id_meeting_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_runs_meeting_id")),
        sa.UniqueConstraint("programme_id", "id", name=op.f("uq_runs_programme_id_id")),
    )
    op.create_index("ix_runs_meeting_id", "runs", ["programme_id", "meeting_id"], unique=False)
    op.create_index("ix_runs_programme_id", "runs", ["guild_id", "programme_id"], unique=False)
    op.create_index("ix_runs_ended_at", "runs", ["ended_at"], unique=False)
    op.create_table(
        "turns",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("heard_at", UtcDateTime(), nullable=False),
        sa.Column("in_room", sa.Boolean(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "standing IN ('here', 'expected', 'lobby', 'listening', 'waiting', 'speaking', 'left')",
            name=op.f("ck_turns_standing"),
        ),
        sa.CheckConstraint("part IN ('host', 'cohost')", name=op.f("ck_turns_part")),
        _of_programme("turns"),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"],
            ["members.guild_id", "members.ref"],
            name=op.f("fk_turns_guild_id_member_ref"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id", "run_id"], ["runs.programme_id", "runs.id"], name=op.f("fk_turns_programme_id_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.UniqueConstraint("run_id", "member_ref", name=op.f("uq_turns_run_id_member_ref")),
    )
    op.create_index("ix_turns_run_id", "turns", ["programme_id", "run_id"], unique=False)
    op.create_index("ix_turns_programme_id", "turns", ["guild_id", "programme_id"], unique=False)
    op.create_index("ix_turns_member_ref", "turns", ["member_ref", "guild_id"], unique=False)


def _of_programme(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["guild_id", "programme_id"],
        ["programmes.guild_id", "programmes.id"],
        name=op.f(f"fk_{table}_guild_id_programme_id"),
    )
