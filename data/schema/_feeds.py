"""Links under which calendar programs and directories find meetings. Of a link only its hash is kept."""

import sqlalchemy as sa

from data.schema._columns import (
    ROW_OF_PERSON,
    UNTIL_ERASED,
    Id,
    Snowflake,
    about,
    column,
    metadata,
    of_member,
    of_programme,
)
from data.types import UtcDateTime

# A member's own calendar link; one for each programme. Taken back, the row is gone.
feeds = sa.Table(
    "feeds",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("token_hash", sa.String(64), nullable=False, unique=True, life=ROW_OF_PERSON),
    # Whether it shows what the meetings are called.
    column("titled", sa.Boolean, nullable=False, life=about(UNTIL_ERASED)),
    column("made_at", UtcDateTime, nullable=False, life=about(UNTIL_ERASED)),
    # When it was last looked whether the member is still in the guild.
    column("seen_at", UtcDateTime, nullable=False, life=ROW_OF_PERSON),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref"),
    sa.Index("ix_feeds_member_ref", "member_ref", "guild_id"),
    sa.Index("ix_feeds_seen_at", "seen_at"),
)

# A programme's public link for directories of meetings; about nobody.
directories = sa.Table(
    "directories",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, nullable=False),
    column("programme_id", Id, nullable=False),
    column("token_hash", sa.String(64), nullable=False, unique=True),
    column("made_at", UtcDateTime, nullable=False),
    of_programme(),
    sa.UniqueConstraint("guild_id", "programme_id"),
)
