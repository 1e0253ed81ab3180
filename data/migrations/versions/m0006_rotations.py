"""Whose turn it is to host: pools and who is in them, who hosts which meeting, swaps.

Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from data.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _pools()
    _pool_members()
    _hostings()
    _swaps()


def _pools() -> None:
    op.create_table(
        "pools",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("rest", sa.SmallInteger(), nullable=False),
        sa.Column("min_days", sa.SmallInteger(), nullable=False),
        sa.Column("only_trained", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of_programme("pools"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pools")),
        sa.UniqueConstraint("programme_id", "id", name=op.f("uq_pools_programme_id_id")),
    )
    op.create_index("ix_pools_programme_id", "pools", ["guild_id", "programme_id"], unique=False)


def _pool_members() -> None:
    op.create_table(
        "pool_members",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("seat", sa.String(length=12), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("hosted", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("term_until", sa.Date(), nullable=True),
        sa.Column("away", sa.JSON(), nullable=False),
        sa.CheckConstraint("seat IN ('experienced', 'learning')", name=op.f("ck_pool_members_seat")),
        _of_programme("pool_members"),
        _of_member("pool_members"),
        _of("pool_members", "pool_id", "pools"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_members")),
        sa.UniqueConstraint("pool_id", "member_ref", name=op.f("uq_pool_members_pool_id_member_ref")),
    )
    op.create_index("ix_pool_members_pool_id", "pool_members", ["programme_id", "pool_id"], unique=False)
    op.create_index("ix_pool_members_programme_id", "pool_members", ["guild_id", "programme_id"], unique=False)
    op.create_index("ix_pool_members_member_ref", "pool_members", ["member_ref", "guild_id"], unique=False)


def _hostings() -> None:
    op.create_table(
        "hostings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=True),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("here_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'confirmed', 'open', 'self_run', 'released', 'hosted', 'void')",
            name=op.f("ck_hostings_state"),
        ),
        _of_programme("hostings"),
        _of_member("hostings"),
        _of("hostings", "pool_id", "pools"),
        _of("hostings", "meeting_id", "meetings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hostings")),
        sa.UniqueConstraint("programme_id", "id", name=op.f("uq_hostings_programme_id_id")),
    )
    op.create_index("ix_hostings_meeting_id", "hostings", ["programme_id", "meeting_id"], unique=False)
    op.create_index("ix_hostings_pool_id", "hostings", ["programme_id", "pool_id", "state"], unique=False)
    op.create_index("ix_hostings_programme_id", "hostings", ["guild_id", "programme_id"], unique=False)
    op.create_index("ix_hostings_member_ref", "hostings", ["member_ref", "guild_id"], unique=False)


def _swaps() -> None:
    op.create_table(
        "swaps",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("hosting_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("to_ref", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'taken', 'refused', 'withdrawn')", name=op.f("ck_swaps_state")),
        _of_programme("swaps"),
        _of_member("swaps"),
        _of("swaps", "hosting_id", "hostings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swaps")),
    )
    op.create_index("ix_swaps_hosting_id", "swaps", ["programme_id", "hosting_id"], unique=False)
    op.create_index("ix_swaps_programme_id", "swaps", ["guild_id", "programme_id"], unique=False)
    op.create_index("ix_swaps_member_ref", "swaps", ["member_ref", "guild_id"], unique=False)


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


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["programme_id", column],
        [f"{target}.programme_id", f"{target}.id"],
        name=op.f(f"fk_{table}_programme_id_{column}"),
    )
