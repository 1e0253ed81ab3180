"""When members want to be asked how they are.

Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from data.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("minute", sa.SmallInteger(), nullable=False),
        sa.Column("days", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("passed_on", sa.Date(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("said_at", UtcDateTime(), nullable=True),
        sa.Column("unanswered", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("days IN ('every', 'weekdays')", name=op.f("ck_reminders_days")),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"],
            ["members.guild_id", "members.ref"],
            name=op.f("fk_reminders_guild_id_member_ref"),
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_reminders_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "guild_id", "programme_id", "member_ref", name=op.f("uq_reminders_guild_id_programme_id_member_ref")
        ),
    )
    op.create_index("ix_reminders_member_ref", "reminders", ["member_ref", "guild_id"], unique=False)
