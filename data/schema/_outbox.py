"""What is to be said once, and what became of it."""

import sqlalchemy as sa

from data.schema._columns import Id, Snowflake, about, column, metadata, of_member, of_programme
from data.types import UtcDateTime

OUTBOX_KEEP = "until 8 days after it was sent or given up at the latest"
OUTBOX_LIVE = sa.text("state IN ('pending', 'claimed')")
"""Spelled alike in the index and in what asks for it, or SQLite does not see that the one serves the other."""
OUTBOX_HELD = sa.text("state = 'held'")
OUTBOX_DONE = sa.text("done_at IS NOT NULL")
OF_OUTBOX = about(OUTBOX_KEEP, export=False)

outbox = sa.Table(
    "outbox",
    metadata,
    column("id", Id, primary_key=True, life=OF_OUTBOX),
    column("guild_id", Snowflake, sa.ForeignKey("guilds.guild_id"), nullable=False, life=about(OUTBOX_KEEP)),
    # Without a programme or a member it is tied to its guild alone.
    column("programme_id", Id, life=OF_OUTBOX),
    column("member_ref", Id, life=OF_OUTBOX),
    column("kind", sa.String(40), nullable=False, life=about(OUTBOX_KEEP)),
    column("subject", sa.String(64), nullable=False, life=OF_OUTBOX),
    column("revision", sa.Integer, nullable=False, life=OF_OUTBOX),
    column("dedupe_key", sa.String(200), nullable=False, unique=True, life=OF_OUTBOX),
    column("op", sa.String(8), nullable=False, life=OF_OUTBOX),
    # Where it was first tried, written together with when.
    column("channel_id", Snowflake, life=OF_OUTBOX),
    # Ids, dates and numbers; never words.
    column("payload", sa.JSON, nullable=False, life=OF_OUTBOX),
    column("due_at", UtcDateTime, nullable=False, life=about(OUTBOX_KEEP)),
    column("expires_at", UtcDateTime, nullable=False, life=OF_OUTBOX),
    # When it may next be taken: its time at first, the end of the lease while somebody has it, after a pause later.
    column("ready_at", UtcDateTime, nullable=False, life=OF_OUTBOX),
    column("state", sa.String(10), nullable=False, life=about(OUTBOX_KEEP)),
    column("worker", sa.String(40), life=OF_OUTBOX),
    column("fence", sa.Integer, nullable=False, life=OF_OUTBOX),
    column("attempts", sa.Integer, nullable=False, life=OF_OUTBOX),
    # In Discord's time.
    column("first_try_at", UtcDateTime, life=OF_OUTBOX),
    column("message_id", Snowflake, life=OF_OUTBOX),
    column("last_error", sa.String(40), life=OF_OUTBOX),
    column("done_at", UtcDateTime, life=about(OUTBOX_KEEP)),
    sa.CheckConstraint("state IN ('pending', 'claimed', 'sent', 'expired', 'dead', 'held', 'cancelled')", name="state"),
    sa.CheckConstraint("op IN ('post', 'dm', 'edit', 'delete', 'thread', 'event', 'role')", name="op"),
    of_programme(),
    of_member(),
    sa.Index("ix_outbox_ready_at", "ready_at", sqlite_where=OUTBOX_LIVE, postgresql_where=OUTBOX_LIVE),
    sa.Index("ix_outbox_held", "kind", sqlite_where=OUTBOX_HELD, postgresql_where=OUTBOX_HELD),
    sa.Index("ix_outbox_done_at", "done_at", sqlite_where=OUTBOX_DONE, postgresql_where=OUTBOX_DONE),
    # Without the state: it changes with every claim, which would touch as many places here as it takes rows.
    sa.Index("ix_outbox_programme_id", "guild_id", "programme_id"),
    sa.Index("ix_outbox_subject", "subject", "kind"),
    sa.Index("ix_outbox_member_ref", "member_ref", "guild_id"),
)
