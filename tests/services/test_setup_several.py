"""Several programmes in one guild: what they share stands once, one is set up at a time, and each can be tried first."""

import asyncio

import pytest

from bot.domain.programmes import Item
from bot.errors import PeerError
from bot.services import panels, setup
from bot.services.guilds import Guilds
from bot.services.setup import Underway
from tests.services.conftest import Town
from tests.services.setting_up import NEW, Admin, live, refused, to_bind


@pytest.fixture
def admin(town: Town) -> Admin:
    return Admin(town, Guilds(town.db))


@pytest.fixture
def each_admin(each_town: Town) -> Admin:
    return Admin(each_town, Guilds(each_town.db))


async def second(admin: Admin, preset: str = "health") -> Underway:
    """Begin another programme and do it to the end."""
    begun = await admin.begin(preset)
    started = await admin.start(begun.programme.id)
    for number, item in enumerate(to_bind(started)):
        await setup.bound(admin.town.db, NEW, begun.programme.id, item, item.discord_id or 70_000 + number)
    await admin.finish(started)
    return await admin.now(begun.programme.id)


async def panels_by_place(admin: Admin) -> dict[tuple[str, int], str]:
    return {(one.kind, one.channel_id): one.programme_id for one in await panels.all_of(admin.town.db, NEW)}


async def test_a_second_programme_uses_what_all_share_and_its_panel_stands_once(each_admin: Admin):
    first = await live(each_admin)
    other = await second(each_admin)
    for purpose in ("help", "moderators"):
        assert other.programme.channels[purpose] == first.programme.channels[purpose]
    assert other.programme.roles["moderator"] == first.programme.roles["moderator"]
    assert other.programme.roles["leader"] != first.programme.roles["leader"]
    assert other.programme.category_id != first.programme.category_id
    placed = await panels_by_place(each_admin)
    assert placed["help", first.programme.channels["help"]] == first.programme.id
    assert sorted(kind for kind, _ in placed) == ["help", "leaders", "leaders", "start", "start"]
    assert not other.made & first.made


async def test_what_is_shared_stays_where_the_others_have_it_when_one_moves_away(each_admin: Admin):
    first = await live(each_admin)
    other = await second(each_admin)
    old = first.programme.channels["help"]
    (before,) = [p for p in await panels.all_of(each_admin.town.db, NEW) if p.kind == "help"]
    await panels.remember_shown(each_admin.town.db, before, message_id=77, rev="abc")
    await each_admin.choose(first.programme.id, channels={"help": 5})
    started = await each_admin.start(first.programme.id)
    await each_admin.do(first.programme.id, to_bind(started))
    assert await setup.finish(each_admin.town.db, each_admin.known, started) == []
    placed = await panels_by_place(each_admin)
    assert (placed["help", old], placed["help", 5]) == (other.programme.id, first.programme.id)
    (kept,) = [p for p in await panels.all_of(each_admin.town.db, NEW) if p.channel_id == old]
    assert kept.message_id == 77


async def test_a_panel_of_its_own_ends_when_a_programme_joins_the_others(each_admin: Admin):
    first = await live(each_admin)
    begun = await each_admin.begin("health")
    await each_admin.choose(begun.programme.id, channels={"help": 5})
    started = await each_admin.start(begun.programme.id)
    for number, item in enumerate(to_bind(started)):
        await setup.bound(each_admin.town.db, NEW, begun.programme.id, item, item.discord_id or 70_000 + number)
    await each_admin.finish(started)
    (own,) = [p for p in await panels.all_of(each_admin.town.db, NEW) if p.channel_id == 5]
    await panels.remember_shown(each_admin.town.db, own, message_id=78, rev="abc")
    await each_admin.choose(begun.programme.id, channels={"help": first.programme.channels["help"]})
    started = await each_admin.start(begun.programme.id)
    await each_admin.do(begun.programme.id, to_bind(started))
    (left,) = await setup.finish(each_admin.town.db, each_admin.known, started)
    assert (left.channel_id, left.message_id) == (5, 78)
    assert [kind for kind, _ in await panels_by_place(each_admin)].count("help") == 1


async def test_two_programmes_are_not_set_up_at_the_same_moment(each_admin: Admin):
    ready, other = await each_admin.ready(), await each_admin.begin("health")
    outcomes = await asyncio.gather(
        *(each_admin.start(one.programme.id) for one in (ready, other)), return_exceptions=True
    )
    assert [outcome.key for outcome in outcomes if isinstance(outcome, PeerError)] == ["setup.another"]
    started = next(outcome for outcome in outcomes if not isinstance(outcome, PeerError))
    await setup.back_to_draft(each_admin.town.db, each_admin.known, started)
    for one in (ready, other):
        await setup.back_to_draft(each_admin.town.db, each_admin.known, await each_admin.start(one.programme.id))


async def test_what_was_begun_is_offered_until_it_stands(admin: Admin):
    assert await setup.begun(*admin.handed) == []
    done = await live(admin)
    waiting = await admin.begin("health")
    await admin.begin("tutoring")
    found = await setup.begun(*admin.handed)
    assert [one.preset.name for one in found] == ["health", "tutoring"]
    assert done.programme.id not in {one.programme.id for one in found}
    assert found[0].programme == waiting.programme


async def test_an_attempt_of_a_process_that_died_keeps_nobody_waiting(each_admin: Admin):
    ready = await each_admin.ready()
    await each_admin.start(ready.programme.id)
    (busy,) = await setup.begun(*each_admin.handed)
    assert busy.programme.state == "applying"
    next_process = Admin(each_admin.town, Guilds(each_admin.town.db))
    (free,) = await setup.begun(*next_process.handed)
    assert free.programme.state == "draft"
    assert (await next_process.start(ready.programme.id)).programme.id == ready.programme.id


async def test_an_attempt_that_could_not_be_ended_in_the_database_is_not_counted_for_ever(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
):
    started = await admin.start((await admin.ready()).programme.id)

    async def busy(*_: object) -> None:
        raise PeerError("error.busy")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(admin.town.db, "write", busy)
        assert await refused(setup.back_to_draft(admin.town.db, admin.known, started)) == "error.busy"
    assert admin.known.doing == frozenset()
    (free,) = await setup.begun(*admin.handed)
    assert free.programme.state == "draft"


async def test_what_was_used_together_and_is_made_anew_by_one_serves_the_others_with_one_panel(each_admin: Admin):
    first = await live(each_admin)
    other = await second(each_admin)
    gone, new = first.programme.channels["help"], 77_001
    for one in (first, other):
        # Whichever of them mends it, and whichever had the panel.
        started = await each_admin.start(one.programme.id)
        item = Item("make_channel", "help")
        await setup.bound(each_admin.town.db, NEW, one.programme.id, item, new)
        passing = [Item("pass_channel", "help", gone)]
        await setup.finish(each_admin.town.db, each_admin.known, started, passing)
        found = [await each_admin.now(each.programme.id) for each in (first, other)]
        assert [each.programme.channels["help"] for each in found] == [new] * 2
        assert [new in each.made for each in found] == [each.programme.id == one.programme.id for each in found]
        assert [place for place in await panels_by_place(each_admin) if place[0] == "help"] == [("help", new)]
        gone, new = new, new + 1


# -- trying it -------------------------------------------------------------------------------------------------------


async def test_trying_it_ends_with_the_set_up(admin: Admin):
    ready = await admin.ready()
    tried = await admin.choose(ready.programme.id, on_trial=True)
    assert tried.programme.on_trial
    assert (await admin.known.get(NEW)).programme(ready.programme.id).on_trial
    await live(admin)
    now = await admin.now(ready.programme.id)
    assert (now.draft.on_trial, now.programme.on_trial) == (False, False)
