"""What is to be said once, and what became of it.

Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from data.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=True),
        sa.Column("member_ref", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("op", sa.String(length=8), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_try_at", UtcDateTime(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=40), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'sent', 'expired', 'dead', 'held', 'cancelled')",
            name=op.f("ck_outbox_state"),
        ),
        sa.CheckConstraint(
            "op IN ('post', 'dm', 'edit', 'delete', 'thread', 'event', 'role')", name=op.f("ck_outbox_op")
        ),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.guild_id"], name=op.f("fk_outbox_guild_id")),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"], ["members.guild_id", "members.ref"], name=op.f("fk_outbox_guild_id_member_ref")
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_outbox_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
    )
    _part("ix_outbox_ready_at", "ready_at", "state IN ('pending', 'claimed')")
    _part("ix_outbox_held", "kind", "state = 'held'")
    _part("ix_outbox_done_at", "done_at", "done_at IS NOT NULL")
    op.create_index("ix_outbox_programme_id", "outbox", ["guild_id", "programme_id"], unique=False)
    op.create_index("ix_outbox_subject", "outbox", ["subject", "kind"], unique=False)
    op.create_index("ix_outbox_member_ref", "outbox", ["member_ref", "guild_id"], unique=False)


def _part(name: str, column: str, where: str) -> None:
    """Index the rows that are meant alone."""
    op.create_index(
        name, "outbox", [column], unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
