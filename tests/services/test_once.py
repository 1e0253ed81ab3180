"""A write that had to run twice, and people who act at the same moment, leave what one orderly run leaves."""

import asyncio
import copy
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from bot.domain.actor import Actor
from bot.domain.checkins import Mood
from bot.domain.programmes import Draft, Item
from bot.errors import PeerError
from bot.services import adults, checkins, outbox, panels, privacy, reminders, settings, setup, undoing
from bot.services import guilds as guild_services
from bot.services.guilds import Guilds
from bot.steps.members import NeedsConsent
from data.db import Database
from data.schema import checkins as rows_of_checkins
from data.schema import members, people
from data.store import guilds as guild_store
from data.store import panels as panel_store
from tests.services.conftest import SECOND, Town, settle
from tests.store.planned import LEASE
from tests.store.rows import ANNA, HERE, OURS, everything

NEW = 1_222_333_444_555_666_777


class Twice:
    """Our database, in which every write runs, is undone, and runs again, as after a batch that failed."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.dialect, self.path = db.dialect, db.path
        self.read, self.scrub = db.read, db.scrub
        self.runs = 0

    async def write(self, work, *args, **options):
        def twice(tx: sa.Connection):
            before = everything(tx)
            nested = tx.begin_nested()
            first, rows = self._run(tx, work)
            nested.rollback()
            assert everything(tx) == before
            second, again = self._run(tx, work)
            self.runs += 1
            assert again == rows
            if isinstance(second, PeerError):
                assert (type(first), str(first)) == (type(second), str(second))
                raise second
            assert second == first
            return second

        return await self._db.write(twice, *args, **options)

    async def write_chunks(self, work, *args, **options):
        while await self.write(work, *args, **options):
            pass

    def _run(self, tx: sa.Connection, work):
        try:
            result = copy.deepcopy(work(tx))
        except PeerError as error:
            result = error
        return result, [self._without_seals(row) for rows in everything(tx).values() for row in rows]

    @staticmethod
    def _without_seals(row: dict) -> dict:
        # A value sealed anew has a new nonce on purpose; whether it opens is asked elsewhere.
        return {name: bool(value) if name == "note" else value for name, value in row.items()}


async def _set_up(town: Town) -> None:
    known = Guilds(town.db)
    begun = await setup.begin(town.db, town.clock, known, NEW, preset="recovery", locale="en", zone="UTC", countries=[])
    ours = (NEW, begun.programme.id)
    await setup.choose(town.db, known, *ours, lambda draft: Draft(mine=False, roles=draft.roles))
    await setup.set_guild(town.db, known, NEW, ages="both", zone="Asia/Tokyo", countries=["JP"])
    await setup.begun(town.db, town.clock, known, NEW)
    started = await setup.start_applying(town.db, town.clock, known, *ours)
    for number, item in enumerate(started.items):
        if item.kind.startswith("make_"):
            await setup.bound(town.db, *ours, item, number + 1)
    await setup.back_to_draft(town.db, known, started)
    started = await setup.start_applying(town.db, town.clock, known, *ours)
    await setup.finish(town.db, known, started)


async def _named_adult(town: Town) -> None:
    known = Guilds(town.db)
    for actor in (town.anna, town.ben):
        await adults.name_me(town.db, town.clock, known, actor)
    assert await adults.name_me_no_more(town.db, known, town.ben)


async def _panels(town: Town) -> None:
    await town.db.write(lambda tx: panel_store.place(tx, "1" * 32, HERE, OURS, kind="start", channel_id=10))
    panel = await panels.one(town.db, HERE, OURS, "start")
    assert panel is not None
    await panels.remember_shown(town.db, panel, message_id=77, rev="abc")


async def _first_note_refused(town: Town) -> None:
    with pytest.raises(NeedsConsent):
        await town.write(1, "words", actor=Actor(42, HERE), agreed=False)


async def _commands(town: Town) -> None:
    await guild_services.remember_commands(
        town.db, Guilds(town.db), HERE, commands_hash="f" * 64, command_ids={"help": 1}
    )
    await guild_services.remember_fact(town.db, "core", "hash")


async def _share(town: Town) -> None:
    held = await town.write(1, "words", "group", town.ben)
    await checkins.share_held(town.db, town.ben, town.programme, held.day, held_rev=held.held_rev)


async def _take_back(town: Town) -> None:
    await _panels(town)
    handed, known = (town.db, town.clock), Guilds(town.db)
    await town.db.write(lambda tx: panel_store.place(tx, "3" * 32, HERE, OURS, kind="help", channel_id=11))
    for ending in (undoing.stop, undoing.finish):
        now = await undoing.begin(*handed, known, await undoing.standing(*handed, known, HERE, OURS))
        now = await undoing.go_on(*handed, now)
        await undoing.let_go(town.db, now, "channel", 10)
        await undoing.took_down(town.db, now, "help")
        await ending(town.db, known, now)
        if ending is undoing.stop:
            await town.db.write(lambda tx: guild_store.update_programme(tx, HERE, OURS, state="live"))


async def _remind(town: Town) -> None:
    mine = (town.db, town.clock, town.ben, town.programme)
    for minute in (9 * 60, 20 * 60):
        await reminders.choose(*mine, minute, agreed=True)
    await settings.set_zone(town.db, town.clock, town.ben, "Asia/Tokyo")
    for change in (reminders.pass_today(*mine), reminders.pause(*mine, "week"), reminders.go_on(*mine)):
        await change
    town.later(days=3)
    await outbox.expire(town.db, town.clock)
    assert await reminders.plan_ahead(town.db, town.clock) == 1
    town.later(days=1)
    # A lease is by the database's own clock, which does not stand still between two runs.
    for row in await outbox.claim(getattr(town.db, "_db", town.db), town.clock, worker="w1", limit=50, lease=LEASE):
        await reminders.wanted(town.db, town.clock, row)
        await outbox.sent(town.db, town.clock, row, message_id=1, after=reminders.after_sent)
    await reminders.stop(*mine)


WRITES: dict[str, Callable[[Town], Awaitable[object]]] = {
    "first tap": lambda town: town.tap(4),
    "second tap": lambda town: town.tap(1, town.ben),
    "first note": lambda town: town.write(4, "words", "group"),
    "held note": lambda town: town.write(1, "words", "group", town.ben),
    "no yes": _first_note_refused,
    "share": _share,
    "stop": lambda town: checkins.stop(town.db, town.clock, town.ben, town.programme),
    "delete": lambda town: checkins.delete_history(town.db, town.ben, town.programme),
    "remind": _remind,
    "erase": lambda town: privacy.erase(town.db, town.ben),
    "set up": _set_up,
    "take back": _take_back,
    "named adult": _named_adult,
    "panels": _panels,
    "commands": _commands,
}


async def test_a_write_that_runs_twice_leaves_what_one_run_leaves(each_town: Town):
    await each_town.write(5, "earlier", "group", each_town.ben)
    twice = each_town.db = Twice(each_town.db)
    for name, write in WRITES.items():
        runs = twice.runs
        await write(each_town)
        assert twice.runs > runs, name


async def test_two_taps_at_once_are_one_check_in_of_one_person(each_town: Town):
    recorded = await asyncio.gather(*(each_town.tap(mood) for mood in (2, 4, 3, 5)))
    assert {one.days_of_week for one in recorded} == {1}
    (row,) = await each_town.rows(rows_of_checkins)
    assert row["mood"] in {2, 3, 4, 5}
    assert len(await each_town.rows(members)) == 1
    assert len(await each_town.rows(people)) == 1


async def test_a_tap_and_a_form_at_once_lose_no_word(each_town: Town):
    await asyncio.gather(each_town.tap(4), each_town.write(4, "words", "leaders"), each_town.tap(4))
    assert [(entry.mood, entry.note) for entry in await each_town.look_back()] == [(Mood.GOOD, "words")]


async def test_the_first_tap_in_two_programmes_at_once_makes_one_member(each_town: Town):
    await asyncio.gather(each_town.tap(4), each_town.tap(2, programme=each_town.second))
    assert len(await each_town.rows(members)) == 1
    found = {row["programme_id"]: row["mood"] for row in await each_town.rows(rows_of_checkins)}
    assert found == {OURS: 4, SECOND: 2}


async def test_fifty_people_who_check_in_at_once_are_all_stored(each_town: Town):
    people_of_town = [Actor(1_000 + number, HERE) for number in range(50)]
    recorded = await asyncio.gather(*(each_town.tap(1 + n % 5, actor) for n, actor in enumerate(people_of_town)))
    assert [one.mood.value for one in recorded] == [1 + n % 5 for n in range(50)]
    moods = {row["user_id"]: row for row in await each_town.rows(people)}
    assert set(moods) == {actor.user_id for actor in people_of_town}
    for number in (0, 17, 49):
        (entry,) = await each_town.look_back(people_of_town[number])
        assert entry.mood.value == 1 + number % 5


async def test_whoever_checks_in_while_being_erased_is_gone_or_new_and_never_half(each_town: Town):
    await each_town.write(4, "before")
    outcomes = await asyncio.gather(
        privacy.erase(each_town.db, each_town.anna),
        *(each_town.tap(3) for _ in range(3)),
        return_exceptions=True,
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    refs = {row["ref"] for row in await each_town.rows(members) if row["person_id"] is not None}
    stored = await each_town.rows(rows_of_checkins)
    assert {row["member_ref"] for row in stored} <= refs
    assert len(await each_town.rows(people)) == len(refs) <= 1
    await privacy.erase(each_town.db, each_town.anna)
    assert ANNA not in {row["user_id"] for row in await each_town.rows(people)}
    assert await each_town.rows(rows_of_checkins) == []


async def test_two_processes_of_one_database_count_the_same_day_once(db_url: str):
    one, other = await Database.open(db_url), await Database.open(db_url)
    try:
        town = await settle(one)
        await asyncio.gather(
            town.tap(4),
            checkins.record(other, town.clock, town.anna, town.programme, Mood.LOW, agreed=True),
        )
        assert len(await town.rows(rows_of_checkins)) == 1
        assert len(await town.rows(people)) == 1
    finally:
        await one.close()
        await other.close()


async def test_binding_the_same_thing_twice_keeps_one(each_town: Town):
    item = Item("make_channel", "group")
    await asyncio.gather(*(setup.bound(each_town.db, HERE, OURS, item, number) for number in (5, 6)))
    rows = [row for row in (await each_town.db.read(everything))["bindings"] if row["purpose"] == "group"]
    assert len(rows) == 1
