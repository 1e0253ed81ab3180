"""Links under which calendar programs and directories find meetings.

Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from data.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("titled", sa.Boolean(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"],
            ["members.guild_id", "members.ref"],
            name=op.f("fk_feeds_guild_id_member_ref"),
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_feeds_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint(
            "guild_id", "programme_id", "member_ref", name=op.f("uq_feeds_guild_id_programme_id_member_ref")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feeds_token_hash")),
    )
    op.create_index("ix_feeds_member_ref", "feeds", ["member_ref", "guild_id"], unique=False)
    op.create_index("ix_feeds_seen_at", "feeds", ["seen_at"], unique=False)
    op.create_table(
        "directories",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_directories_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directories")),
        sa.UniqueConstraint("guild_id", "programme_id", name=op.f("uq_directories_guild_id_programme_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_directories_token_hash")),
    )
