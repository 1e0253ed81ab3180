"""Who somebody is, how they are reached and what they are in a programme; `people` alone knows user ids."""

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

people = sa.Table(
    "people",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("user_id", Snowflake, nullable=False, unique=True, life=about(UNTIL_ERASED)),
    column("locale", sa.String(10), life=about(UNTIL_ERASED)),
    column("zone", sa.String(64), life=about(UNTIL_ERASED)),
    column("country", sa.String(2), life=about(UNTIL_ERASED)),
    column("consent_version", sa.Integer, life=about(UNTIL_ERASED)),
    column("consented_on", sa.Date, life=about(UNTIL_ERASED)),
    # Quiet hours as minutes of the person's own day; both or neither.
    column("quiet_from", sa.SmallInteger, life=about(UNTIL_ERASED)),
    column("quiet_until", sa.SmallInteger, life=about(UNTIL_ERASED)),
    # A pause without an end lasts until the person ends it.
    column("paused_at", UtcDateTime, life=about(UNTIL_ERASED)),
    column("paused_until", UtcDateTime, life=about(UNTIL_ERASED)),
)

members = sa.Table(
    "members",
    metadata,
    column("ref", Id, primary_key=True, life=about(UNTIL_ERASED, erase="stays", export=False)),
    column(
        "guild_id", Snowflake, sa.ForeignKey("guilds.guild_id"), nullable=False, life=about(UNTIL_ERASED, erase="stays")
    ),
    # A member whose person was erased stays as "former member", tied to nobody.
    column(
        "person_id",
        Id,
        sa.ForeignKey("people.id", ondelete="SET NULL"),
        life=about(UNTIL_ERASED, erase="blank", export=False),
    ),
    sa.UniqueConstraint("guild_id", "person_id"),
    sa.UniqueConstraint("guild_id", "ref"),
    sa.Index("ix_members_person_id", "person_id"),
)

# How a member wants to be reached in a guild, chosen at the first thing that would be sent to them.
reaches = sa.Table(
    "reaches",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("way", sa.String(8), nullable=False, life=about(UNTIL_ERASED)),
    # The private thread or direct message that was opened when it was chosen.
    column("channel_id", Snowflake, life=about(UNTIL_ERASED)),
    # When Discord last refused to take something for it, until the person was told.
    column("closed_at", UtcDateTime, life=about(UNTIL_ERASED)),
    sa.CheckConstraint("way IN ('thread', 'dm', 'nowhere')", name="way"),
    of_member(),
    sa.UniqueConstraint("guild_id", "member_ref"),
    sa.Index("ix_reaches_member_ref", "member_ref", "guild_id"),
)

# The adult who is named to young people and visible in every private thread; one for a guild.
named_adults = sa.Table(
    "named_adults",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, unique=True, life=about(UNTIL_ERASED)),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("named_at", UtcDateTime, nullable=False, life=about(UNTIL_ERASED)),
    of_member(),
    sa.Index("ix_named_adults_member_ref", "member_ref", "guild_id"),
)

# People who lead a programme or learn to.
leaders = sa.Table(
    "leaders",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("added_on", sa.Date, nullable=False, life=about(UNTIL_ERASED)),
    # The names of what they have learned so far, from the programme's list.
    column("learned", sa.JSON, nullable=False, life=about(UNTIL_ERASED)),
    column("observed_on", sa.Date, life=about(UNTIL_ERASED)),
    column("certified_on", sa.Date, life=about(UNTIL_ERASED)),
    column("trained_elsewhere", sa.Boolean, nullable=False, life=about(UNTIL_ERASED)),
    column("resting_since", sa.Date, life=about(UNTIL_ERASED)),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref"),
    sa.Index("ix_leaders_member_ref", "member_ref", "guild_id"),
)

# Newcomers who asked for somebody to greet them, and who does.
greetings = sa.Table(
    "greetings",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED, also="greeter_ref")),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("asked_at", UtcDateTime, nullable=False, life=about(UNTIL_ERASED)),
    # Another member's ref, which leads to nobody once that person has erased themselves.
    column("greeter_ref", Id, life=about(UNTIL_ERASED, export=False)),
    column("greeted_at", UtcDateTime, life=about(UNTIL_ERASED, also="greeter_ref")),
    # Where leaders were told, once they were.
    column("channel_id", Snowflake, life=about(UNTIL_ERASED, export=False)),
    column("message_id", Snowflake, life=about(UNTIL_ERASED, export=False)),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref"),
    sa.Index("ix_greetings_member_ref", "member_ref", "guild_id"),
)
