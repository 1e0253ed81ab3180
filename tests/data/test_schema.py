"""Nobody can add a column about a person without saying what becomes of it: these walk the whole schema."""

import pytest
import sqlalchemy as sa

from data.life import life, tables_of_members
from data.schema import NOBODY, metadata
from data.types import UtcDateTime

TABLES = list(metadata.sorted_tables)
COLUMNS = [column for table in TABLES for column in table.columns]
OF_MEMBERS = tables_of_members()

WITHOUT_GUILD = {"meta", "people"}
WITHOUT_PROGRAMME = {"meta", "people", "guilds", "members", "programmes"}
# What a member is to a whole guild, whichever programmes it has.
OF_THE_WHOLE_GUILD = {"reaches", "named_adults"}
# What may also be said to a whole guild, or to nobody in person.
OF_WHOEVER = {"outbox"}
# Made by us out of ids alone, several to a key.
MADE_OF_IDS = {"outbox.dedupe_key"}
ABOUT_PEOPLE = {"people", "members"}
# Discord's ids of places and messages; a person's own id has one column only.
PLACES = {"guild_id", "channel_id", "message_id", "discord_id", "event_id"}

# Exact sums of parts, which need as much room as an id.
SUMS = {"pool_members.owed"}

each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
each_table_of_members = pytest.mark.parametrize("table", OF_MEMBERS, ids=lambda table: table.name)
each_column = pytest.mark.parametrize("column", COLUMNS, ids=str)


def names(table: sa.Table) -> set[str]:
    return set(table.columns.keys())


def test_the_walk_sees_the_tables():
    assert {"people", "members", "checkins"} <= {table.name for table in TABLES}
    assert {"checkins", "checkin_plans"} <= {table.name for table in OF_MEMBERS}


@each_column
def test_every_column_says_what_erasing_exporting_and_keeping_mean(column: sa.Column):
    meaning = life(column)
    assert meaning.keep.strip()
    if meaning.about == "nobody":
        assert (meaning.erase, meaning.export, meaning.sealed) == ("stays", False, False)


@each_table
def test_what_is_about_a_person_stands_where_erasing_finds_it(table: sa.Table):
    about_a_person = any(life(column).about == "person" for column in table.columns)
    assert about_a_person == (table.name in ABOUT_PEOPLE or "member_ref" in table.c)


@each_table_of_members
def test_in_a_table_about_people_no_column_was_left_to_the_default(table: sa.Table):
    assert not [str(column) for column in table.columns if life(column) is NOBODY]


@each_table_of_members
def test_a_row_about_a_person_goes_whole_or_is_blanked_and_stays(table: sa.Table):
    # Erasing deletes the row as soon as one column says so: a column that "stays" beside it would be a promise broken.
    assert len({life(column).erase for column in table.columns} & {"row", "stays"}) <= 1
    blanked = [column for column in table.columns if life(column).erase == "blank"]
    assert all(column.nullable for column in blanked)


@each_table_of_members
def test_a_row_about_a_person_has_one_id_by_which_erasing_takes_it(table: sa.Table):
    assert [column.name for column in table.primary_key.columns] == ["id"]
    targets = {key.target_fullname for key in table.c.member_ref.foreign_keys}
    assert targets == {"members.ref"}


@each_column
def test_a_member_is_referred_to_under_the_one_name_that_erasing_looks_for(column: sa.Column):
    targets = {key.target_fullname for key in column.foreign_keys}
    assert "members.ref" not in targets or column.name == "member_ref"
    assert "people.id" not in targets or str(column) == "members.person_id"


@each_table
def test_every_row_of_a_feature_says_which_guild_and_programme_it_belongs_to(table: sa.Table):
    wanted = {"guild_id"} if table.name not in WITHOUT_GUILD else set()
    wanted |= {"programme_id"} if table.name not in WITHOUT_PROGRAMME | OF_THE_WHOLE_GUILD else set()
    assert wanted <= names(table)
    assert not any(
        table.c[name].nullable for name in wanted - ({"programme_id"} if table.name in OF_WHOEVER else set())
    )
    if "guild_id" in table.c and table.name != "guilds":
        tied = {key.target_fullname for key in table.c.guild_id.foreign_keys}
        wanted = {"programmes.guild_id"} if "programme_id" in table.c else set()
        wanted |= {"members.guild_id"} if "member_ref" in table.c else set()
        wanted |= {"guilds.guild_id"} if not wanted or table.name in OF_WHOEVER else set()
        assert tied == wanted, (
            "a row is tied to its guild through its programme and its member, so that they cannot differ"
        )


@each_column
def test_only_people_knows_a_user_id(column: sa.Column):
    big = isinstance(column.type, sa.BigInteger)
    whose = str(column) == "people.user_id"
    assert not big or whose or column.name in PLACES or str(column) in SUMS, (
        "a number of this size may be somebody's id: is it a place?"
    )
    assert whose or not any(word in column.name for word in ("user", "author", "owner"))


@each_column
def test_ids_are_ours_random_and_never_counted_up(column: sa.Column):
    assert column.identity is None
    assert column.default is None
    ours = column.name in ("id", "ref") or column.name.endswith("_ref")
    ours = ours or (column.name.endswith("_id") and column.name not in PLACES | {"user_id"})
    if ours:
        assert isinstance(column.type, sa.String)
        assert column.type.length == 32
    if column.primary_key:
        assert column.autoincrement is False or isinstance(column.type, sa.String)


@each_table
def test_what_refers_to_another_row_is_found_without_reading_every_row(table: sa.Table):
    found_by = [[column.name for column in index.columns] for index in table.indexes]
    found_by += [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, (sa.PrimaryKeyConstraint, sa.UniqueConstraint))
    ]
    unindexed = set()
    for constraint in table.foreign_key_constraints:
        columns = [column.name for column in constraint.columns]
        if not any(sorted(found[: len(columns)]) == sorted(columns) for found in found_by):
            unindexed |= {f"{table.name}.{name}" for name in columns}
    assert unindexed == set()


@each_table
def test_a_sealed_value_can_be_opened_for_its_owner(table: sa.Table):
    for column in table.columns:
        if life(column).sealed:
            assert isinstance(column.type, sa.LargeBinary)
            assert {"id", "guild_id", "member_ref"} <= names(table)


@each_column
def test_an_exported_value_reads_as_plain_text_or_numbers(column: sa.Column):
    meaning = life(column)
    if meaning.export and not meaning.sealed:
        plain = (sa.String, sa.Integer, sa.Boolean, sa.Date, UtcDateTime, sa.JSON, sa.Float)
        assert isinstance(column.type, plain)
        assert not column.name.endswith("ref"), "a ref ties a copy to rows of others"


@each_column
def test_what_people_write_is_sealed(column: sa.Column):
    # Words of people need more room than a code; whatever has it and is about a person is sealed bytes.
    if life(column).about == "person" and isinstance(column.type, sa.String) and str(column) not in MADE_OF_IDS:
        assert column.type.length is not None
        assert column.type.length <= 64


@each_column
def test_instants_are_stored_with_their_zone(column: sa.Column):
    assert not isinstance(column.type, sa.DateTime)
    if column.name.endswith("_at"):
        assert isinstance(column.type, UtcDateTime)


@each_column
def test_whoever_is_spoken_of_in_another_s_row_finds_it_in_their_own_copy(column: sa.Column):
    table = column.table
    if column.name.endswith("_ref") and column.name != "member_ref":
        shown = [one for one in table.columns if life(one).also == column.name]
        assert shown, "the row says something of this member that their copy would not show"
        assert all(life(one).export for one in shown)
    also = life(column).also
    assert also is None or (also in names(table) and also != "member_ref")
