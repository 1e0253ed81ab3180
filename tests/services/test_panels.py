"""A panel's row says which message shows it; one that is gone is known to be gone, and from where."""

from bot.services import panels
from data.store import panels as store
from tests.services.conftest import Town
from tests.store.rows import HERE, OURS


async def stands(town: Town, message_id: int = 77):
    await town.db.write(lambda tx: store.place(tx, "1" * 32, HERE, OURS, kind="start", channel_id=10))
    panel = await panels.one(town.db, HERE, OURS, "start")
    await panels.remember_shown(town.db, panel, message_id=message_id, rev="abc")
    return await panels.one(town.db, HERE, OURS, "start")


async def test_a_message_that_is_gone_is_remembered_so_that_the_next_posting_differs_from_it(each_town: Town):
    seen = set()
    for message_id in (77, 78):
        panel = await stands(each_town, message_id)
        left = await panels.remember_gone(each_town.db, panel)
        assert left == await panels.one(each_town.db, HERE, OURS, "start")
        assert left.message_id is None
        seen.add(left.shown_rev)
    assert len(seen - {None, "abc"}) == 2


async def test_a_panel_posted_anew_meanwhile_is_left_standing(each_town: Town):
    was = await stands(each_town)
    now = await stands(each_town, 78)
    assert await panels.remember_gone(each_town.db, was) == now


async def test_panels_are_found_among_many_messages(each_town: Town):
    panel = await stands(each_town)
    assert await panels.shown_in(each_town.db, HERE, {1, 77, 3}) == [panel]
    assert await panels.shown_in(each_town.db, HERE, {1, 3}) == []


async def test_a_channel_takes_its_panels_along(each_town: Town):
    await stands(each_town)
    await panels.remember_channel_gone(each_town.db, HERE, 11)
    assert (await panels.one(each_town.db, HERE, OURS, "start")).message_id == 77
    await panels.remember_channel_gone(each_town.db, HERE, 10)
    assert (await panels.one(each_town.db, HERE, OURS, "start")).message_id is None
