"""Whose turn it is to host: pools, who is in them and how their turns stand, who hosts which meeting, and swaps."""

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

WHILE_IN_POOL = "until erased or taken out of the pool"
PAST_TURNS = "until erased, at most 180 days after the meeting"
# Once the member is gone from it, such a row says only that somebody was to host.
OF_TURN = about(PAST_TURNS, erase="stays", export=False)
SHOWN_OF_TURN = about(PAST_TURNS, erase="stays")


def of_pool() -> sa.ForeignKeyConstraint:
    """Tie a row to a pool of its own programme, and never to another's."""
    return sa.ForeignKeyConstraint(["programme_id", "pool_id"], ["pools.programme_id", "pools.id"])


# Who takes turns at hosting; about nobody.
pools = sa.Table(
    "pools",
    metadata,
    column("id", Id, primary_key=True),
    column("guild_id", Snowflake, nullable=False),
    column("programme_id", Id, nullable=False),
    column("name", sa.String(50), nullable=False),
    column("seats", sa.SmallInteger, nullable=False),
    # Whoever hosted one of so many last meetings is not asked; for how many days somebody is in it before they host.
    column("rest", sa.SmallInteger, nullable=False),
    column("min_days", sa.SmallInteger, nullable=False),
    column("only_trained", sa.Boolean, nullable=False),
    column("created_at", UtcDateTime, nullable=False),
    of_programme(),
    sa.UniqueConstraint("programme_id", "id"),
    sa.Index("ix_pools_programme_id", "guild_id", "programme_id"),
)

pool_members = sa.Table(
    "pool_members",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(WHILE_IN_POOL)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("pool_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("seat", sa.String(12), nullable=False, life=about(WHILE_IN_POOL)),
    column("joined_at", UtcDateTime, nullable=False, life=about(WHILE_IN_POOL)),
    # What they are behind their share of the turns, in parts of one (`bot.domain.rotations.TURN`): a sum that is exact.
    column("owed", sa.BigInteger, nullable=False, life=about(WHILE_IN_POOL)),
    column("hosted", sa.Integer, nullable=False, life=about(WHILE_IN_POOL)),
    column("last_at", UtcDateTime, nullable=False, life=about(WHILE_IN_POOL)),
    # The last date of their service, and spans of dates on which they are away.
    column("term_until", sa.Date, life=about(WHILE_IN_POOL)),
    column("away", sa.JSON, nullable=False, life=about(WHILE_IN_POOL)),
    sa.CheckConstraint("seat IN ('experienced', 'learning')", name="seat"),
    of_programme(),
    of_member(),
    of_pool(),
    sa.UniqueConstraint("pool_id", "member_ref"),
    sa.Index("ix_pool_members_pool_id", "programme_id", "pool_id"),
    sa.Index("ix_pool_members_programme_id", "guild_id", "programme_id"),
    sa.Index("ix_pool_members_member_ref", "member_ref", "guild_id"),
)

# Who hosts a meeting, a row for each seat and each who was asked. It never says why somebody does not: a "no" ahead of
# time, a swap and an empty chair all end as `released`.
hostings = sa.Table(
    "hostings",
    metadata,
    column("id", Id, primary_key=True, life=OF_TURN),
    column("guild_id", Snowflake, nullable=False, life=SHOWN_OF_TURN),
    column("programme_id", Id, nullable=False, life=OF_TURN),
    column("pool_id", Id, nullable=False, life=OF_TURN),
    column("meeting_id", Id, nullable=False, life=OF_TURN),
    # Nobody: the turn is open, or whose it was has been erased.
    column("member_ref", Id, life=about(PAST_TURNS, erase="blank", export=False)),
    # 0 leads, 1 is beside them.
    column("place", sa.SmallInteger, nullable=False, life=SHOWN_OF_TURN),
    column("state", sa.String(10), nullable=False, life=SHOWN_OF_TURN),
    column("asked_at", UtcDateTime, life=SHOWN_OF_TURN),
    column("confirmed_at", UtcDateTime, life=SHOWN_OF_TURN),
    # Since when somebody is looked for.
    column("opened_at", UtcDateTime, life=SHOWN_OF_TURN),
    column("here_at", UtcDateTime, life=SHOWN_OF_TURN),
    sa.CheckConstraint(
        "state IN ('asked', 'confirmed', 'open', 'self_run', 'released', 'hosted', 'void')", name="state"
    ),
    of_programme(),
    of_member(),
    of_pool(),
    sa.ForeignKeyConstraint(["programme_id", "meeting_id"], ["meetings.programme_id", "meetings.id"]),
    sa.UniqueConstraint("programme_id", "id"),
    sa.Index("ix_hostings_meeting_id", "programme_id", "meeting_id"),
    sa.Index("ix_hostings_pool_id", "programme_id", "pool_id", "state"),
    sa.Index("ix_hostings_programme_id", "guild_id", "programme_id"),
    sa.Index("ix_hostings_member_ref", "member_ref", "guild_id"),
)

# The wish of whoever hosts to give that to somebody else.
swaps = sa.Table(
    "swaps",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED, also="to_ref")),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("hosting_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    # Another member's ref: whom it went to (nobody: the whole pool), then who took it.
    column("to_ref", Id, life=about(UNTIL_ERASED, export=False)),
    column("state", sa.String(10), nullable=False, life=about(UNTIL_ERASED, also="to_ref")),
    column("asked_at", UtcDateTime, nullable=False, life=about(UNTIL_ERASED, also="to_ref")),
    column("answered_at", UtcDateTime, life=about(UNTIL_ERASED, also="to_ref")),
    sa.CheckConstraint("state IN ('open', 'taken', 'refused', 'withdrawn')", name="state"),
    of_programme(),
    of_member(),
    sa.ForeignKeyConstraint(["programme_id", "hosting_id"], ["hostings.programme_id", "hostings.id"]),
    sa.Index("ix_swaps_hosting_id", "programme_id", "hosting_id"),
    sa.Index("ix_swaps_programme_id", "guild_id", "programme_id"),
    sa.Index("ix_swaps_member_ref", "member_ref", "guild_id"),
)
