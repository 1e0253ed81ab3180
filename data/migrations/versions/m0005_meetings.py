"""Meetings: series, their occurrences, who comes and who is reminded when; and several panels of one kind.

Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from data.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("panels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject", sa.String(length=32), server_default="", nullable=False))
        batch_op.drop_constraint("uq_panels_guild_id_programme_id_kind", type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_panels_guild_id_programme_id_kind_subject"), ["guild_id", "programme_id", "kind", "subject"]
        )
    # The value was for the panels that stood already.
    with op.batch_alter_table("panels", schema=None) as batch_op:
        batch_op.alter_column("subject", server_default=None)
    _series()
    _meetings()
    _rsvps()
    _leads()


def _series() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("minute", sa.SmallInteger(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=True),
        sa.Column("format", sa.String(length=20), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("pool_id", sa.String(length=32), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("told_rev", sa.Integer(), nullable=False),
        sa.Column("planned_until", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        _of_programme("series"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("programme_id", "id", name=op.f("uq_series_programme_id_id")),
    )
    op.create_index("ix_series_programme_id", "series", ["guild_id", "programme_id"], unique=False)


def _meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("series_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("moved_day", sa.Date(), nullable=True),
        sa.Column("moved_minute", sa.SmallInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("told_rev", sa.Integer(), nullable=False),
        sa.Column("was_at", UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("event_rev", sa.String(length=64), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'skipped', 'cancelled', 'running', 'ended')", name=op.f("ck_meetings_state")
        ),
        _of_programme("meetings"),
        sa.ForeignKeyConstraint(
            ["programme_id", "series_id"],
            ["series.programme_id", "series.id"],
            name=op.f("fk_meetings_programme_id_series_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("programme_id", "id", name=op.f("uq_meetings_programme_id_id")),
        sa.UniqueConstraint("programme_id", "series_id", "day", name=op.f("uq_meetings_programme_id_series_id_day")),
    )
    op.create_index("ix_meetings_ends_at", "meetings", ["ends_at"], unique=False)
    op.create_index("ix_meetings_starts_at", "meetings", ["guild_id", "programme_id", "starts_at"], unique=False)


def _rsvps() -> None:
    op.create_table(
        "rsvps",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("offered_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("answer IN ('yes', 'no', 'waiting')", name=op.f("ck_rsvps_answer")),
        _of_programme("rsvps"),
        _of_member("rsvps"),
        sa.ForeignKeyConstraint(
            ["programme_id", "meeting_id"],
            ["meetings.programme_id", "meetings.id"],
            name=op.f("fk_rsvps_programme_id_meeting_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rsvps")),
        sa.UniqueConstraint(
            "guild_id", "meeting_id", "member_ref", name=op.f("uq_rsvps_guild_id_meeting_id_member_ref")
        ),
    )
    op.create_index("ix_rsvps_meeting_id", "rsvps", ["meeting_id", "programme_id", "answer"], unique=False)
    op.create_index("ix_rsvps_member_ref", "rsvps", ["member_ref", "guild_id"], unique=False)
    op.create_index("ix_rsvps_programme_id", "rsvps", ["guild_id", "programme_id"], unique=False)


def _leads() -> None:
    op.create_table(
        "meeting_leads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        _of_programme("meeting_leads"),
        _of_member("meeting_leads"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_leads")),
        sa.UniqueConstraint(
            "guild_id", "programme_id", "member_ref", name=op.f("uq_meeting_leads_guild_id_programme_id_member_ref")
        ),
    )
    op.create_index("ix_meeting_leads_member_ref", "meeting_leads", ["member_ref", "guild_id"], unique=False)


def _of_programme(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["guild_id", "programme_id"],
        ["programmes.guild_id", "programmes.id"],
        name=op.f(f"fk_{table}_guild_id_programme_id"),
    )


def _of_member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["guild_id", "member_ref"], ["members.guild_id", "members.ref"], name=op.f(f"fk_{table}_guild_id_member_ref")
    )
