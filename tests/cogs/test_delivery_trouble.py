"""What stands in one message's way stands in no other's, and no trouble is for ever."""

import datetime as dt
from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from bot.delivery import history
from bot.delivery.errand import PATIENCE
from bot.demo import simcord_touches as touches
from bot.domain.outbox import Claimed, marker
from tests.cogs.delivering import MINUTE, Faults, Notes, answered, pass_time, row_of, run_due
from tests.cogs.town import Town

HOUR = 60 * MINUTE


@pytest.fixture
async def notes(town: Town) -> Notes:
    """Give a kind of message that goes to the group's channel."""
    touches.start_clock_at(town.env, town.clock.now())
    return Notes(town, (await town.channel("group")).id)


@pytest.fixture
def faults(town: Town, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(town, monkeypatch)


async def heard(town: Town) -> list[str]:
    """Return what stands in the group's channel."""
    return [message.content for message in (await town.channel("group")).history()]


async def test_what_discord_never_takes_does_not_hold_up_for_ever_what_waits_behind_it(
    town: Town, notes: Notes, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    poison = await notes.plan(due_at=town.clock.now() - MINUTE)
    others = [await notes.plan() for _ in range(3)]
    nonce = str(await marker_of(town, poison))
    request = town.bot.http.request

    async def refuse(route, **options):
        if (options.get("json") or {}).get("nonce") == nonce:
            raise answered(500)
        return await request(route, **options)

    monkeypatch.setattr(town.bot.http, "request", refuse)
    for _ in range(PATIENCE + 4):
        await run_due(town)
        await pass_time(town, 6 * MINUTE)
    assert [(await row_of(town, one)).state for one in (poison, *others)] == ["pending", "sent", "sent", "sent"]


async def marker_of(town: Town, row_id: str) -> int:
    return marker(town.bot.delivery.marker_key, (await row_of(town, row_id)).dedupe_key)


@pytest.mark.parametrize("policy", ["once", "at_least_once"])
async def test_a_mistake_in_what_follows_from_a_message_neither_repeats_it_nor_calls_it_undelivered(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, policy: str
) -> None:
    def broken(tx: sa.Connection, row: Claimed, message_id: int | None) -> None:
        raise KeyError("gone")

    async def closed(*_: object, **__: object) -> None:
        raise history.CannotLook

    monkeypatch.setattr(notes, "_after_sent", broken)
    monkeypatch.setattr(history, "find", closed)
    notes.register(policy=policy)
    row_id = await notes.plan()
    for _ in range(4):
        await run_due(town)
        await pass_time(town, 6 * MINUTE)
    row = await row_of(town, row_id)
    assert (len(await heard(town)), row.state) == (1, "sent")
    assert row.message_id is not None
    assert "reference" in caplog.text


async def test_what_is_put_behind_a_message_that_just_failed_does_not_wait_for_the_end_of_its_lease(
    town: Town, notes: Notes, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    post = town.bot.delivery
    await notes.plan(due_at=town.clock.now() - MINUTE)
    await notes.plan()
    give_back, late = post.give_back, []

    async def slowly(rows: Iterable[Claimed], at: dt.datetime) -> None:
        if not late:
            late.append(await notes.plan())
            await post._claim()
        await give_back(rows, at)

    monkeypatch.setattr(post, "give_back", slowly)
    faults.order(answered(500))
    await run_due(town)
    assert [(await row_of(town, one)).state for one in late] == ["pending"]


async def test_during_an_outage_of_the_guild_nothing_is_tried_and_after_it_everything_is_said(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    row_id = await notes.plan()
    guild = town.bot.get_guild(town.guild.id)
    assert guild is not None
    guild.unavailable = True
    await run_due(town)
    assert ((await row_of(town, row_id)).state, faults.calls) == ("pending", 0)
    guild.unavailable = False
    await pass_time(town, MINUTE)
    await run_due(town)
    assert ((await row_of(town, row_id)).state, len(await heard(town))) == ("sent", 1)


async def test_what_is_too_late_is_given_up_also_where_nobody_can_tell_whether_it_arrived(
    town: Town, notes: Notes, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise answered(500)

    notes.register()
    row_id = await notes.plan()
    faults.order(answered(500))
    await run_due(town)
    monkeypatch.setattr(history, "find", fails)
    await pass_time(town, 2 * HOUR)
    await run_due(town)
    assert (await row_of(town, row_id)).state == "pending"
    await pass_time(town, 24 * HOUR)
    await run_due(town)
    assert (await row_of(town, row_id)).state == "expired"
