"""How people are reached, who leads, greets and answers for young people, and a programme's own words.

Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from data.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "greetings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("greeter_ref", sa.String(length=32), nullable=True),
        sa.Column("greeted_at", UtcDateTime(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"],
            ["members.guild_id", "members.ref"],
            name=op.f("fk_greetings_guild_id_member_ref"),
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_greetings_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_greetings")),
        sa.UniqueConstraint(
            "guild_id", "programme_id", "member_ref", name=op.f("uq_greetings_guild_id_programme_id_member_ref")
        ),
    )
    with op.batch_alter_table("greetings", schema=None) as batch_op:
        batch_op.create_index("ix_greetings_member_ref", ["member_ref", "guild_id"], unique=False)

    op.create_table(
        "leaders",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("learned", sa.JSON(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=True),
        sa.Column("certified_on", sa.Date(), nullable=True),
        sa.Column("trained_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("resting_since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"], ["members.guild_id", "members.ref"], name=op.f("fk_leaders_guild_id_member_ref")
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_leaders_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaders")),
        sa.UniqueConstraint(
            "guild_id", "programme_id", "member_ref", name=op.f("uq_leaders_guild_id_programme_id_member_ref")
        ),
    )
    with op.batch_alter_table("leaders", schema=None) as batch_op:
        batch_op.create_index("ix_leaders_member_ref", ["member_ref", "guild_id"], unique=False)

    op.create_table(
        "named_adults",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("named_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"],
            ["members.guild_id", "members.ref"],
            name=op.f("fk_named_adults_guild_id_member_ref"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_adults")),
        sa.UniqueConstraint("guild_id", name=op.f("uq_named_adults_guild_id")),
    )
    with op.batch_alter_table("named_adults", schema=None) as batch_op:
        batch_op.create_index("ix_named_adults_member_ref", ["member_ref", "guild_id"], unique=False)

    op.create_table(
        "programme_texts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_programme_texts_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_texts")),
        sa.UniqueConstraint(
            "guild_id", "programme_id", "name", name=op.f("uq_programme_texts_guild_id_programme_id_name")
        ),
    )
    op.create_table(
        "reaches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("way IN ('thread', 'dm', 'nowhere')", name=op.f("ck_reaches_way")),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"], ["members.guild_id", "members.ref"], name=op.f("fk_reaches_guild_id_member_ref")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaches")),
        sa.UniqueConstraint("guild_id", "member_ref", name=op.f("uq_reaches_guild_id_member_ref")),
    )
    with op.batch_alter_table("reaches", schema=None) as batch_op:
        batch_op.create_index("ix_reaches_member_ref", ["member_ref", "guild_id"], unique=False)

    with op.batch_alter_table("guilds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("welcomed_at", UtcDateTime(), nullable=True))

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quiet_from", sa.SmallInteger(), nullable=True))
        batch_op.add_column(sa.Column("quiet_until", sa.SmallInteger(), nullable=True))
        batch_op.add_column(sa.Column("paused_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("paused_until", UtcDateTime(), nullable=True))
