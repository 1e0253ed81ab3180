"""The first tables.

Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

from data.types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key_salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("ages", sa.String(length=8), nullable=True),
        sa.Column("commands_hash", sa.String(length=64), nullable=True),
        sa.Column("command_ids", sa.JSON(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ages IN ('adults', 'minors', 'both')", name=op.f("ck_guilds_ages")),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guilds")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("consent_version", sa.Integer(), nullable=True),
        sa.Column("consented_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("user_id", name=op.f("uq_people_user_id")),
    )
    op.create_table(
        "members",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.guild_id"], name=op.f("fk_members_guild_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_members_person_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_members")),
        sa.UniqueConstraint("guild_id", "person_id", name=op.f("uq_members_guild_id_person_id")),
        sa.UniqueConstraint("guild_id", "ref", name=op.f("uq_members_guild_id_ref")),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index("ix_members_person_id", ["person_id"], unique=False)

    op.create_table(
        "programmes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("preset", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("applying_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'applying', 'live')", name=op.f("ck_programmes_state")),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.guild_id"], name=op.f("fk_programmes_guild_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("guild_id", "id", name=op.f("uq_programmes_guild_id_id")),
        sa.UniqueConstraint("guild_id", "preset", name=op.f("uq_programmes_guild_id_preset")),
    )
    op.create_table(
        "bindings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("discord_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by_us", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('channel', 'role')", name=op.f("ck_bindings_kind")),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_bindings_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
        sa.UniqueConstraint(
            "guild_id", "programme_id", "kind", "purpose", name=op.f("uq_bindings_guild_id_programme_id_kind_purpose")
        ),
    )
    op.create_table(
        "checkin_plans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"],
            ["members.guild_id", "members.ref"],
            name=op.f("fk_checkin_plans_guild_id_member_ref"),
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_checkin_plans_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkin_plans")),
        sa.UniqueConstraint(
            "guild_id", "programme_id", "member_ref", name=op.f("uq_checkin_plans_guild_id_programme_id_member_ref")
        ),
    )
    with op.batch_alter_table("checkin_plans", schema=None) as batch_op:
        batch_op.create_index("ix_checkin_plans_member_ref", ["member_ref", "guild_id"], unique=False)

    op.create_table(
        "checkins",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("member_ref", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mood", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("seen_by", sa.String(length=8), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("seen_by IN ('me', 'leaders', 'group')", name=op.f("ck_checkins_seen_by")),
        sa.CheckConstraint("mood BETWEEN 1 AND 5", name=op.f("ck_checkins_mood")),
        sa.ForeignKeyConstraint(
            ["guild_id", "member_ref"],
            ["members.guild_id", "members.ref"],
            name=op.f("fk_checkins_guild_id_member_ref"),
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_checkins_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkins")),
        sa.UniqueConstraint(
            "guild_id",
            "programme_id",
            "member_ref",
            "day",
            name=op.f("uq_checkins_guild_id_programme_id_member_ref_day"),
        ),
    )
    with op.batch_alter_table("checkins", schema=None) as batch_op:
        batch_op.create_index("ix_checkins_member_ref", ["member_ref", "guild_id"], unique=False)
        batch_op.create_index("ix_checkins_shared", ["guild_id", "programme_id", "seen_by", "day"], unique=False)

    op.create_table(
        "panels",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("shown_rev", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["guild_id", "programme_id"],
            ["programmes.guild_id", "programmes.id"],
            name=op.f("fk_panels_guild_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panels")),
        sa.UniqueConstraint("guild_id", "programme_id", "kind", name=op.f("uq_panels_guild_id_programme_id_kind")),
    )
