"""A guild, its programmes and what these are bound to: about nobody."""

import sqlalchemy as sa

from data.schema._columns import Id, Snowflake, column, metadata, of_programme
from data.types import UtcDateTime

meta = sa.Table(
    "meta",
    metadata,
    column("key", sa.String(40), primary_key=True),
    column("value", sa.Text, nullable=False),
)

guilds = sa.Table(
    "guilds",
    metadata,
    column("guild_id", Snowflake, primary_key=True, autoincrement=False),
    column("key_salt", sa.LargeBinary(16), nullable=False),
    column("locale", sa.String(10), nullable=False),
    column("zone", sa.String(64), nullable=False),
    column("countries", sa.JSON, nullable=False),
    column("ages", sa.String(8)),
    column("commands_hash", sa.String(64)),
    column("command_ids", sa.JSON, nullable=False),
    column("added_at", UtcDateTime, nullable=False),
    column("removed_at", UtcDateTime),
    column("welcomed_at", UtcDateTime),
    sa.CheckConstraint("ages IN ('adults', 'minors', 'both')", name="ages"),
)

programmes = sa.Table(
    "programmes",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, sa.ForeignKey("guilds.guild_id"), nullable=False),
    column("preset", sa.String(20), nullable=False),
    column("state", sa.String(10), nullable=False),
    # The choices of a set-up under way and what came of them: channel and role ids, never a person's.
    column("draft", sa.JSON, nullable=False),
    # When doing what the plan says began; an attempt that died is taken up again after a while.
    column("applying_at", UtcDateTime),
    column("created_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("state IN ('draft', 'applying', 'live')", name="state"),
    sa.UniqueConstraint("guild_id", "preset"),
    sa.UniqueConstraint("guild_id", "id"),
)

bindings = sa.Table(
    "bindings",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, nullable=False),
    column("programme_id", Id, nullable=False),
    column("kind", sa.String(8), nullable=False),
    column("purpose", sa.String(20), nullable=False),
    column("discord_id", Snowflake, nullable=False),
    column("made_by_us", sa.Boolean, nullable=False),
    sa.CheckConstraint("kind IN ('channel', 'role')", name="kind"),
    of_programme(),
    sa.UniqueConstraint("guild_id", "programme_id", "kind", "purpose"),
)

panels = sa.Table(
    "panels",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, nullable=False),
    column("programme_id", Id, nullable=False),
    column("kind", sa.String(20), nullable=False),
    # What it is about, where a programme has several of a kind: an id of ours.
    column("subject", sa.String(32), nullable=False),
    column("channel_id", Snowflake, nullable=False),
    column("message_id", Snowflake),
    column("shown_rev", sa.String(64)),
    of_programme(),
    sa.UniqueConstraint("guild_id", "programme_id", "kind", "subject"),
)

# What leaders put in their own words; public in the guild, and about nobody.
programme_texts = sa.Table(
    "programme_texts",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, nullable=False),
    column("programme_id", Id, nullable=False),
    column("name", sa.String(20), nullable=False),
    column("body", sa.Text, nullable=False),
    column("changed_at", UtcDateTime, nullable=False),
    of_programme(),
    sa.UniqueConstraint("guild_id", "programme_id", "name"),
)
