"""Taking back: ended in one transaction, by one of those who press, gone on with after an interruption, never elsewhere."""

import dataclasses
import datetime as dt

import pytest

from bot.domain.programmes import Draft
from bot.errors import PeerError
from bot.services import panels, setup, undoing
from bot.services.guilds import Guilds, programme_of
from bot.services.undoing import Undoing
from bot.steps.attempts import LASTS
from data.store import guilds
from data.store import panels as panel_store
from tests.services.conftest import SECOND, Town
from tests.store.rows import HERE, OURS, THERE, everything

START, HELP, HEADING, LEADER, MODERATOR = 11, 12, 10, 21, 22
BOUND = [
    (OURS, "channel", "category", HEADING, True),
    (OURS, "channel", "start", START, True),
    (OURS, "channel", "help", HELP, True),
    (OURS, "role", "leader", LEADER, False),
    (OURS, "role", "moderator", MODERATOR, True),
]
SHARED = [(SECOND, "channel", "help", HELP, False), (SECOND, "role", "moderator", MODERATOR, False)]


@dataclasses.dataclass(slots=True)
class Admin:
    """An admin of a guild with programmes that stand."""

    town: Town
    known: Guilds

    async def fill(self, rows) -> None:
        """Bind and place what is given, and post the panels."""

        def work(tx) -> None:
            guilds.update(tx, HERE, ages="adults")
            for number, (programme, kind, purpose, discord_id, made) in enumerate(rows):
                ids = {"kind": kind, "purpose": purpose, "discord_id": discord_id, "made_by_us": made}
                guilds.bind(tx, f"{discord_id:016x}{number:016x}", HERE, programme, **ids)
            for kind, channel_id in (("start", START), ("help", HELP)):
                panel_store.place(tx, f"{channel_id:032x}", HERE, OURS, kind=kind, channel_id=channel_id)
                panel_store.shown(tx, HERE, f"{channel_id:032x}", message_id=channel_id + 100, rev="r")

        await self.town.db.write(work)

    async def look(self, programme_id: str = OURS, guild_id: int = HERE) -> Undoing:
        return await undoing.standing(self.town.db, self.town.clock, self.known, guild_id, programme_id)

    async def begin(self, before: Undoing, **more) -> Undoing:
        return await undoing.begin(self.town.db, self.town.clock, self.known, before, **more)

    async def finish(self, now: Undoing) -> None:
        await undoing.finish(self.town.db, self.known, now)

    async def row(self, programme_id: str = OURS):
        found = await self.town.db.read(lambda tx: guilds.fetch(tx, HERE))
        return found.programme(programme_id)

    def wait(self) -> None:
        self.town.clock.advance(LASTS + dt.timedelta(seconds=1))


@pytest.fixture
async def admin(town: Town) -> Admin:
    made = Admin(town, Guilds(town.db))
    await made.fill(BOUND)
    return made


@pytest.fixture
async def each_admin(each_town: Town) -> Admin:
    made = Admin(each_town, Guilds(each_town.db))
    await made.fill(BOUND + SHARED)
    return made


async def refused(work) -> str:
    with pytest.raises(PeerError) as caught:
        await work
    return caught.value.key


async def test_once_begun_the_programme_is_not_live_for_anybody(admin: Admin):
    before = await admin.look()
    await programme_of(admin.known, HERE, OURS)
    await admin.begin(before)
    assert await refused(programme_of(admin.known, HERE, OURS)) == "error.programme_gone"


async def test_what_another_programme_uses_is_theirs_in_the_moment_in_which_this_one_ends(each_admin: Admin):
    admin = each_admin
    before = await admin.look()
    assert {b.purpose: b.heir for b in before.bound if b.heir} == {"help": SECOND, "moderator": SECOND}
    assert [(panel.kind, heir) for panel, heir in before.heirs] == [("help", SECOND)]
    now = await admin.begin(before)
    assert {b.purpose for b in now.bound} == {"category", "start", "leader"}
    assert [panel.kind for panel in now.panels] == ["start"]
    (panel,) = [p for p in await panels.all_of(admin.town.db, HERE) if p.programme_id == SECOND]
    assert (panel.kind, panel.channel_id, panel.message_id) == ("help", HELP, HELP + 100)
    left = await admin.look(SECOND)
    assert {b.purpose: b.ours for b in left.bound} == {"help": True, "moderator": True}
    await admin.finish(now)
    second = await admin.row(SECOND)
    assert (second.state, second.channels["help"]) == ("live", HELP)


async def test_a_panel_that_the_other_has_itself_is_not_handed_over(each_admin: Admin):
    town = each_admin.town
    await town.db.write(lambda tx: panel_store.place(tx, "9" * 32, HERE, SECOND, kind="help", channel_id=HELP))
    before = await each_admin.look()
    assert before.heirs == ()
    assert {panel.kind for panel in before.panels} == {"start", "help"}


async def test_the_heading_goes_to_the_one_who_needs_it(each_admin: Admin):
    now = await each_admin.begin(await each_admin.look(), heading_to=SECOND)
    assert "category" not in {b.purpose for b in now.bound}
    assert (await each_admin.row(SECOND)).category_id == HEADING


async def test_in_the_end_the_programme_is_a_fresh_draft_and_what_members_checked_in_is_there(admin: Admin):
    await admin.town.tap(4)
    now = await admin.begin(await admin.look())
    await undoing.let_go(admin.town.db, now, "channel", START)
    await undoing.took_down(admin.town.db, now, "help")
    await admin.finish(now)
    row = await admin.row()
    assert (row.state, row.draft, row.channels, row.roles, row.category_id) == ("draft", Draft().kept(), {}, {}, None)
    assert await panels.all_of(admin.town.db, HERE) == []
    assert len(await admin.town.look_back()) == 1
    assert await refused(admin.look()) == "setup.undo.nothing"
    assert OURS not in [p.id for p in await undoing.candidates(admin.town.db, HERE)]


async def test_set_up_anew_it_is_the_same_programme(admin: Admin):
    await admin.finish(await admin.begin(await admin.look()))
    town = admin.town
    again = await setup.begin(
        town.db, town.clock, admin.known, HERE, preset="recovery", locale="en", zone="UTC", countries=[]
    )
    assert (again.programme.id, again.draft) == (OURS, Draft(begun=True))


async def test_of_two_who_press_one_goes_on(admin: Admin):
    one, two = await admin.look(), await admin.look()
    now = await admin.begin(one)
    assert await refused(admin.begin(two)) == "setup.undo.busy"
    assert await refused(admin.look()) == "setup.undo.busy"
    await admin.finish(now)
    assert await refused(admin.begin(two)) == "setup.undo.nothing"


async def test_what_is_bound_otherwise_by_now_is_not_begun(admin: Admin):
    before = await admin.look()
    await admin.fill([(OURS, "channel", "group", 99, False)])
    assert await refused(admin.begin(before)) == "setup.undo.changed"
    assert (await admin.row()).state == "live"


@pytest.mark.parametrize("live", [True, False], ids=["mended", "new"])
async def test_while_a_set_up_is_under_way_nothing_is_taken_back(admin: Admin, live: bool):
    town = admin.town
    if not live:
        await town.db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state="draft", draft={}))
    before = await admin.look()
    started = await setup.start_applying(town.db, town.clock, admin.known, HERE, OURS)
    assert await refused(admin.begin(before)) == "setup.undo.busy"
    await setup.back_to_draft(town.db, admin.known, started)
    await admin.begin(await admin.look())


async def test_while_one_is_taken_back_nothing_is_set_up_in_that_guild(admin: Admin):
    town, known = admin.town, admin.known
    await admin.begin(await admin.look())
    assert await refused(setup.start_applying(town.db, town.clock, known, HERE, OURS)) == "setup.already"
    assert await refused(setup.start_applying(town.db, town.clock, known, HERE, SECOND)) == "setup.another"


async def test_while_another_is_set_up_that_may_be_about_to_share_nothing_is_taken_back(admin: Admin):
    town = admin.town
    before = await admin.look()
    await setup.start_applying(town.db, town.clock, admin.known, HERE, SECOND)
    assert await refused(admin.begin(before)) == "setup.another"
    assert (await admin.row()).state == "live"


async def test_an_attempt_that_died_is_gone_on_with_and_does_nothing_any_more_itself(admin: Admin):
    dead = await admin.begin(await admin.look())
    await undoing.let_go(admin.town.db, dead, "channel", START)
    admin.wait()
    again = await admin.look()
    assert {b.purpose for b in again.bound} == {"category", "help", "leader", "moderator"}
    now = await admin.begin(again)
    for late in (undoing.go_on(admin.town.db, admin.town.clock, dead), admin.finish(dead)):
        assert await refused(late) == "setup.undo.busy"
    await undoing.stop(admin.town.db, admin.known, dead)
    assert (await admin.row()).state == "applying"
    await admin.finish(await undoing.go_on(admin.town.db, admin.town.clock, now))
    assert (await admin.row()).state == "draft"


async def test_one_that_shows_that_it_lives_is_left_alone(admin: Admin):
    now = await admin.begin(await admin.look())
    admin.town.clock.advance(LASTS - dt.timedelta(seconds=1))
    await undoing.go_on(admin.town.db, admin.town.clock, now)
    admin.town.clock.advance(dt.timedelta(seconds=10))
    assert await refused(admin.look()) == "setup.undo.busy"


async def test_stopped_half_way_it_is_not_live_and_can_be_gone_on_with(admin: Admin):
    now = await admin.begin(await admin.look())
    await undoing.stop(admin.town.db, admin.known, now)
    assert (await admin.row()).state == "draft"
    await admin.finish(await admin.begin(await admin.look()))


async def test_one_on_trial_is_on_trial_no_more(admin: Admin):
    await admin.town.db.write(
        lambda tx: guilds.update_programme(tx, HERE, OURS, state="draft", draft={"on_trial": True})
    )
    await admin.begin(await admin.look())
    assert not (await admin.row()).on_trial


async def test_commands_end_only_where_nothing_else_uses_them(admin: Admin):
    assert not (await admin.look()).ends_commands
    await admin.town.db.write(lambda tx: guilds.update_programme(tx, HERE, SECOND, state="draft"))
    assert (await admin.look()).ends_commands


async def test_another_guilds_programme_is_not_there_and_not_touched(admin: Admin):
    before = await admin.town.db.read(everything)
    assert await refused(admin.look(OURS, THERE)) == "setup.undo.nothing"
    assert await admin.town.db.read(everything) == before


async def test_what_can_be_taken_back_is_told_per_guild(admin: Admin):
    assert [p.id for p in await undoing.candidates(admin.town.db, HERE)] == [OURS, SECOND]
    assert await undoing.candidates(admin.town.db, 1) == []
