"""The tables, and what erasing, exporting and keeping mean for every column.

`people` alone knows Discord's user ids; every other row about somebody holds a `member_ref`, random per person and guild.
Each column carries `info["life"]`; `data.life` derives export and erasure from it, and a test walks it, so a column whose
meaning nobody considered cannot be added. Nothing here runs SQL or knows what a row is for beyond that.
"""

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from data.types import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)


@dataclass(frozen=True, slots=True)
class Life:
    """What happens to a column's value in a person's name.

    `erase`: "row" (the row is deleted), "blank" (set to NULL), "stays" (says nothing about anybody once the rest is gone).
    `export`: whether the person's copy shows it. `keep`: how long, in words for the privacy page.
    `sealed`: the bytes are opened with the vault for the export. `also`: the column beside it that holds the ref of a second
    member whom the value speaks of as well, and whose copy shows it too.
    """

    about: Literal["person", "nobody"]
    erase: Literal["row", "blank", "stays"]
    export: bool
    keep: str
    sealed: bool = False
    also: str | None = None


NOBODY = Life(about="nobody", erase="stays", export=False, keep="while the guild uses peerled")


def about(
    keep: str,
    *,
    erase: Literal["row", "blank", "stays"] = "row",
    export: bool = True,
    sealed: bool = False,
    also: str | None = None,
) -> Life:
    """Describe a column about a person."""
    return Life(about="person", erase=erase, export=export, keep=keep, sealed=sealed, also=also)


def column(name: str, kind: Any, *args: Any, life: Life = NOBODY, **options: Any) -> sa.Column[Any]:
    """Make a column that says what erasing, exporting and keeping mean for it."""
    return sa.Column(name, kind, *args, info={"life": life}, **options)


Id = sa.String(32)
Snowflake = sa.BigInteger

UNTIL_ERASED = "until erased"
ROW_OF_PERSON = about(UNTIL_ERASED, export=False)


def of_programme() -> sa.ForeignKeyConstraint:
    """Tie a row to a programme of its own guild, and never to another's."""
    return sa.ForeignKeyConstraint(["guild_id", "programme_id"], ["programmes.guild_id", "programmes.id"])


def of_member() -> sa.ForeignKeyConstraint:
    """Tie a row to a member of its own guild, and never to another's."""
    return sa.ForeignKeyConstraint(["guild_id", "member_ref"], ["members.guild_id", "members.ref"])


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
    column("channel_id", Snowflake, nullable=False),
    column("message_id", Snowflake),
    column("shown_rev", sa.String(64)),
    of_programme(),
    sa.UniqueConstraint("guild_id", "programme_id", "kind"),
)

checkins = sa.Table(
    "checkins",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("day", sa.Date, nullable=False, life=about("own view: until erased; others' view: 90 days")),
    column("mood", sa.SmallInteger, nullable=False, life=about("own view: until erased; others' view: 90 days")),
    column("note", sa.LargeBinary, life=about("own view: until erased; others' view: 30 days", sealed=True)),
    column("seen_by", sa.String(8), nullable=False, life=about(UNTIL_ERASED)),
    column("changed_at", UtcDateTime, nullable=False, life=about(UNTIL_ERASED, export=False)),
    sa.CheckConstraint("mood BETWEEN 1 AND 5", name="mood"),
    sa.CheckConstraint("seen_by IN ('me', 'leaders', 'group')", name="seen_by"),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref", "day"),
    sa.Index("ix_checkins_member_ref", "member_ref", "guild_id"),
    sa.Index("ix_checkins_shared", "guild_id", "programme_id", "seen_by", "day"),
)

checkin_plans = sa.Table(
    "checkin_plans",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    column("stopped_at", UtcDateTime, life=about(UNTIL_ERASED)),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref"),
    sa.Index("ix_checkin_plans_member_ref", "member_ref", "guild_id"),
)

# When a member wants to be asked how they are, on their own clock; one for each programme.
reminders = sa.Table(
    "reminders",
    metadata,
    column("id", Id, primary_key=True, life=ROW_OF_PERSON),
    column("guild_id", Snowflake, nullable=False, life=about(UNTIL_ERASED)),
    column("programme_id", Id, nullable=False, life=ROW_OF_PERSON),
    column("member_ref", Id, nullable=False, life=ROW_OF_PERSON),
    # Minutes of the person's own day.
    column("minute", sa.SmallInteger, nullable=False, life=about(UNTIL_ERASED)),
    column("days", sa.String(8), nullable=False, life=about(UNTIL_ERASED)),
    # Raised with every change of when it comes, so that nothing planned before it is said.
    column("revision", sa.Integer, nullable=False, life=ROW_OF_PERSON),
    column("stopped_at", UtcDateTime, life=about(UNTIL_ERASED)),
    # A pause without an end lasts until the person ends it.
    column("paused_at", UtcDateTime, life=about(UNTIL_ERASED)),
    column("paused_until", UtcDateTime, life=about(UNTIL_ERASED)),
    # The last of the person's days on which they said "not today".
    column("passed_on", sa.Date, life=about(UNTIL_ERASED)),
    # When a button of a reminder was last pressed, or a time chosen; a check-in tells for itself.
    column("answered_at", UtcDateTime, life=about(UNTIL_ERASED)),
    # For when the last one came, and how many in a row had no answer by then, itself included.
    column("said_at", UtcDateTime, life=about(UNTIL_ERASED)),
    column("unanswered", sa.SmallInteger, nullable=False, life=about(UNTIL_ERASED)),
    sa.CheckConstraint("days IN ('every', 'weekdays')", name="days"),
    of_programme(),
    of_member(),
    sa.UniqueConstraint("guild_id", "programme_id", "member_ref"),
    sa.Index("ix_reminders_member_ref", "member_ref", "guild_id"),
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


# What is to be said once, and what became of it.
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
