"""Letting go of what a programme is bound to takes what belongs to it, and leaves to others what is theirs."""

import sqlalchemy as sa

from bot.domain.undoing import Binding
from data.db import Database
from data.schema import bindings, panels
from data.store import guilds, undoing
from data.store import panels as panel_store
from tests.store.rows import HERE, NOON, OURS, put_guild

OTHER = "c" * 32
START, HELP, LEADER = 11, 12, 21


def fill(tx: sa.Connection) -> None:
    """Store two programmes of one guild: ours made both channels and the role, the other uses the help channel."""
    put_guild(tx, HERE, OURS)
    guilds.insert_programme(tx, OTHER, HERE, preset="health", draft={}, now=NOON)
    rows = [
        (OURS, "channel", "start", START, True),
        (OURS, "channel", "help", HELP, True),
        (OURS, "role", "leader", LEADER, True),
        (OTHER, "channel", "help", HELP, False),
        # A role that happens to bear a channel's number is something else.
        (OTHER, "role", "leader", START, False),
    ]
    for number, (programme, kind, purpose, discord_id, made) in enumerate(rows):
        guilds.bind(
            tx, f"{number:032x}", HERE, programme, kind=kind, purpose=purpose, discord_id=discord_id, made_by_us=made
        )
    for kind, channel_id in (("start", START), ("help", HELP)):
        panel_store.place(tx, f"{channel_id:032x}", HERE, OURS, kind=kind, channel_id=channel_id)


def left(tx: sa.Connection, programme_id: str) -> tuple[set[tuple[str, int, bool]], set[str]]:
    """Return what a programme is bound to and which panels it has."""
    bound = {
        (b.purpose, b.discord_id, b.made_by_us)
        for b in tx.execute(sa.select(bindings).where(bindings.c.programme_id == programme_id))
    }
    kinds = tx.execute(sa.select(panels.c.kind).where(panels.c.programme_id == programme_id)).scalars()
    return bound, set(kinds)


async def test_what_all_programmes_are_bound_to_is_known(db: Database):
    await db.write(fill)
    found = await db.read(lambda tx: undoing.fetch_bindings(tx, HERE))
    assert len(found) == 5
    assert Binding(OTHER, "channel", "help", HELP, False) in found


async def test_what_others_use_is_theirs_and_remembered_as_made_by_us(db: Database):
    await db.write(fill)
    await db.write(lambda tx: undoing.leave_to_others(tx, HERE, OURS, kind="channel", discord_id=HELP))
    ours, others = await db.read(lambda tx: (left(tx, OURS), left(tx, OTHER)))
    assert ours == ({("start", START, True), ("leader", LEADER, True)}, {"start", "help"})
    assert others[0] == {("help", HELP, True), ("leader", START, False)}


async def test_what_was_not_made_by_us_does_not_become_so(db: Database):
    await db.write(fill)
    await db.write(lambda tx: undoing.leave_to_others(tx, HERE, OTHER, kind="channel", discord_id=HELP))
    ours, others = await db.read(lambda tx: (left(tx, OURS), left(tx, OTHER)))
    assert ("help", HELP, True) in ours[0]
    assert others[0] == {("leader", START, False)}


async def test_the_channel_of_one_purpose_is_handed_over(db: Database):
    await db.write(fill)
    await db.write(lambda tx: undoing.leave_channel_to(tx, HERE, OURS, purpose="start", heir=OTHER))
    ours, others = await db.read(lambda tx: (left(tx, OURS), left(tx, OTHER)))
    assert ours[0] == {("help", HELP, True), ("leader", LEADER, True)}
    assert others[0] == {("start", START, True), ("help", HELP, False), ("leader", START, False)}


async def test_with_a_channel_goes_its_panel_and_nothing_else(db: Database):
    await db.write(fill)
    await db.write(lambda tx: undoing.forget(tx, HERE, OURS, kind="channel", discord_id=START))
    ours, others = await db.read(lambda tx: (left(tx, OURS), left(tx, OTHER)))
    assert ours == ({("help", HELP, True), ("leader", LEADER, True)}, {"help"})
    assert others[0] == {("help", HELP, False), ("leader", START, False)}


async def test_a_panel_goes_alone(db: Database):
    await db.write(fill)
    await db.write(lambda tx: undoing.forget_panel(tx, HERE, OURS, kind="help"))
    assert await db.read(lambda tx: left(tx, OURS)[1]) == {"start"}


async def test_all_that_is_left_goes_and_the_others_keep_theirs(db: Database):
    await db.write(fill)
    await db.write(lambda tx: undoing.forget_all(tx, HERE, OURS))
    ours, others = await db.read(lambda tx: (left(tx, OURS), left(tx, OTHER)))
    assert ours == (set(), set())
    assert others[0] == {("help", HELP, False), ("leader", START, False)}
