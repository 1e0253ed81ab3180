"""The next meeting stands among the server's events: once, as it is, and whatever dies or is deleted meanwhile."""

import asyncio
import datetime as dt
from typing import Any

import discord
import pytest
import sqlalchemy as sa
from simcord.backend.models import Overwrite

from bot.delivery import Timing
from bot.domain.actor import Actor
from bot.domain.events import MOST_EVENTS
from bot.services import events as service
from bot.services import meetings
from data.schema import meetings as table
from data.schema import outbox
from tests.cogs.convening import create, occurrences, until
from tests.cogs.delivering import answered, run_due, states
from tests.cogs.town import Town, read

pytestmark = pytest.mark.usefixtures("at_once")
WEEK = dt.timedelta(days=7)
POST = ("POST", "/guilds/{guild_id}/scheduled-events")


def shown(town: Town) -> list[Any]:
    """Return the server's events, soonest first."""
    found = town.env.backend.get_guild(town.guild.id).scheduled_events.values()
    return sorted(found, key=lambda one: one.scheduled_start_time)


def starts(town: Town) -> list[dt.datetime]:
    return [dt.datetime.fromisoformat(one.scheduled_start_time) for one in shown(town)]


async def mirror(town: Town) -> None:
    """Let the postman see to it."""
    await run_due(town)


async def planned(town: Town, when: str = "every Tuesday 19:00", **options: Any) -> Any:
    """Plan a series, and let it be shown."""
    made = await create(town, when, **options)
    await mirror(town)
    return made


async def leads(town: Town) -> tuple[Any, Actor, Any]:
    """Return what services are handed for somebody who manages the server."""
    return town.clock, Actor(town.ada.id, town.guild.id, manages_guild=True), await town.programme()


class Broken:
    """What goes wrong with the bot's next call of one kind, before or after Discord did the work."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch, route: tuple[str, str]) -> None:
        self.calls = 0
        self._route, self._request = route, town.bot.http.request
        self._waiting: list[tuple[bool, BaseException]] = []
        monkeypatch.setattr(town.bot.http, "request", self._answer)

    def order(self, error: BaseException, *, after: bool = False) -> None:
        """Let the next such call end so."""
        self._waiting.append((after, error))

    async def _answer(self, route: Any, **options: Any) -> Any:
        if (route.method, route.path) != self._route:
            return await self._request(route, **options)
        self.calls += 1
        after, error = self._waiting.pop(0) if self._waiting else (False, None)
        if error is not None and not after:
            raise error
        answer = await self._request(route, **options)
        if error is not None:
            raise error
        return answer


async def marks(town: Town) -> list[tuple[int | None, str | None]]:
    """Return which event each occurrence has, in order."""
    ordered = sa.select(table.c.event_id, table.c.event_rev).order_by(table.c.starts_at)
    return [tuple(row) for row in await town.db.read(lambda tx: tx.execute(ordered).all())]


async def test_the_next_meeting_and_no_other_stands_among_the_events(town: Town) -> None:
    await planned(town)
    (one,) = shown(town)
    first, *_ = await occurrences(town)
    assert starts(town) == [first.starts_at]
    assert dt.datetime.fromisoformat(one.scheduled_end_time) == first.ends_at
    assert town.t("meetings.event.about") in one.description
    assert await states(town, service.KIND) == ["sent"]


async def test_when_it_is_over_it_goes_and_the_next_one_comes(town: Town) -> None:
    await planned(town)
    first, second, *_ = await occurrences(town)
    await until(town, first.ends_at + dt.timedelta(minutes=5))
    assert [one for one, event in zip(starts(town), shown(town), strict=True) if event.status in (1, 2)] == [
        second.starts_at
    ]
    assert [event_id is not None for event_id, _ in await marks(town)][:2] == [False, True]


async def test_moved_it_is_the_same_event_at_another_time(town: Town) -> None:
    await planned(town)
    (before,) = shown(town)
    first, *_ = await occurrences(town)
    clock, actor, programme = await leads(town)
    await meetings.move(town.db, clock, actor, programme, first.id, day=dt.date(2026, 11, 25), minute=20 * 60)
    await mirror(town)
    (after,) = shown(town)
    assert after.id == before.id
    assert starts(town) == [dt.datetime(2026, 11, 25, 20, tzinfo=dt.UTC)]


@pytest.mark.parametrize("how", ["skip", "cancel"])
async def test_left_out_or_called_off_it_goes_and_the_one_after_it_comes(town: Town, how: str) -> None:
    await planned(town)
    first, second, *_ = await occurrences(town)
    clock, actor, programme = await leads(town)
    await getattr(meetings, how)(town.db, clock, actor, programme, first.id)
    await mirror(town)
    assert starts(town) == [second.starts_at]
    await meetings.bring_back(town.db, clock, actor, programme, first.id)
    await mirror(town)
    # The one that people may have marked already stays.
    assert starts(town) == [first.starts_at, second.starts_at]


async def test_a_series_that_is_cancelled_leaves_no_event(town: Town) -> None:
    made = await planned(town)
    clock, actor, programme = await leads(town)
    await meetings.cancel_series(town.db, clock, actor, programme, made.id)
    await mirror(town)
    assert shown(town) == []


async def test_each_series_has_one_of_its_own(town: Town) -> None:
    await planned(town)
    await planned(town, "every Thursday 18:00", title="Walk")
    assert len(shown(town)) == 2


async def test_nothing_is_asked_of_discord_where_nothing_has_changed(town: Town) -> None:
    made = await planned(town)
    before = len(town.env.http_requests)
    await town.db.write(lambda tx: service.steps.plan(tx, town.guild.id, made.id, now=town.clock.now()))
    await mirror(town)
    assert [one.path for one in town.env.http_requests[before:]] == []


# -- what it says, and where --------------------------------------------------------------------------------------------------


async def test_where_everybody_may_read_the_room_it_is_named_and_elsewhere_not(town: Town) -> None:
    open_room = town.guild.create_text_channel("lobby")
    closed = town.guild.create_text_channel("inner")
    hidden = Overwrite(town.guild.id, 0, allow=0, deny=discord.Permissions(view_channel=True).value)
    town.env.backend.set_overwrite(closed.id, hidden)
    made = await create(town, "every Tuesday 19:00", title="Relapse prevention")
    await _meet_in(town, made.id, open_room.id)
    await mirror(town)
    (one,) = shown(town)
    assert (one.name, one.entity_metadata) == ("Relapse prevention", {"location": "#lobby"})
    await _meet_in(town, made.id, closed.id)
    await mirror(town)
    (one,) = shown(town)
    assert (one.name, one.entity_metadata) == (
        town.t("meetings.event.name"),
        {"location": town.t("meetings.event.here")},
    )


async def test_in_a_voice_channel_it_is_an_event_of_that_channel(town: Town) -> None:
    room = town.guild.create_voice_channel("Circle room")
    made = await create(town, "every Tuesday 19:00")
    await _meet_in(town, made.id, room.id)
    await mirror(town)
    (one,) = shown(town)
    assert (one.entity_type, one.channel_id, one.name) == (2, room.id, "Circle")


async def _meet_in(town: Town, series_id: str, channel_id: int) -> None:
    from data.store import meetings as store

    def work(tx: sa.Connection) -> None:
        store.update_series(tx, town.guild.id, series_id, channel_id=channel_id)
        service.steps.plan(tx, town.guild.id, series_id, now=town.clock.now())

    town.clock.advance(dt.timedelta(seconds=1))
    await town.db.write(work)


# -- people, and what they do by hand ----------------------------------------------------------------------------------------


async def test_deleted_by_hand_it_stays_away_until_the_next_one(town: Town) -> None:
    await planned(town)
    first, second, *_ = await occurrences(town)
    (one,) = shown(town)
    town.env.backend.delete_scheduled_event(town.guild.id, one.id)
    clock, actor, programme = await leads(town)
    await meetings.move(town.db, clock, actor, programme, first.id, day=dt.date(2026, 11, 25), minute=20 * 60)
    await mirror(town)
    assert shown(town) == []
    await service.plan_ahead(town.db, town.clock)
    await mirror(town)
    assert shown(town) == []
    await until(town, dt.datetime(2026, 11, 25, 23, tzinfo=dt.UTC))
    assert starts(town) == [second.starts_at]


async def test_events_of_others_are_left_alone(town: Town) -> None:
    theirs = town.env.backend.create_scheduled_event(
        town.guild.id,
        name="Theirs",
        entity_type=3,
        scheduled_start_time="2026-12-24T19:00:00+00:00",
        scheduled_end_time="2026-12-24T20:00:00+00:00",
        entity_metadata={"location": "x"},
        creator_id=town.ada.id,
        description="the same number\n-# 1",
    )
    made = await planned(town)
    clock, actor, programme = await leads(town)
    await meetings.cancel_series(town.db, clock, actor, programme, made.id)
    await mirror(town)
    assert [one.id for one in shown(town)] == [theirs.id]


def let_make_events(town: Town, may: bool) -> None:
    """Give our own role the rights about events, or take them away."""
    (role,) = (one for one in town.env.backend.get_guild(town.guild.id).roles.values() if one.managed)
    rights = discord.Permissions(role.permissions)
    rights.update(create_events=may, manage_events=may)
    town.env.backend.edit_role(town.guild.id, role.id, {"permissions": rights.value})


async def test_without_the_right_nothing_is_tried_and_nobody_is_alarmed(town: Town) -> None:
    let_make_events(town, False)
    await planned(town)
    assert shown(town) == []
    screen = read(await town.ada.slash(town.general, "setup check"))
    assert town.t("right.create_events") in screen.content
    assert await states(town, service.KIND) == ["sent"]
    # Looked at again when some hours have passed, and not before.
    assert await service.plan_ahead(town.db, town.clock) == 0
    town.clock.advance(service.LOOKED_AT + dt.timedelta(minutes=1))
    let_make_events(town, True)
    await town.env.settle()
    assert await service.plan_ahead(town.db, town.clock) == 1
    await mirror(town)
    assert len(shown(town)) == 1
    assert await service.plan_ahead(town.db, town.clock) == 0


async def test_where_discord_takes_no_more_events_nothing_breaks(town: Town) -> None:
    for number in range(MOST_EVENTS):
        town.env.backend.create_scheduled_event(
            town.guild.id,
            name=f"{number}",
            entity_type=3,
            scheduled_start_time="2026-12-24T19:00:00+00:00",
            scheduled_end_time="2026-12-24T20:00:00+00:00",
            entity_metadata={"location": "x"},
            creator_id=town.ada.id,
        )
    await planned(town)
    assert len(shown(town)) == MOST_EVENTS
    assert await states(town, service.KIND) == ["sent"]


# -- accidents ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_call_that_fails_before_or_after_its_work_makes_no_second_event(
    town: Town, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    broken = Broken(town, monkeypatch, POST)
    broken.order(answered(500), after=after)
    await planned(town)
    await run_due_later(town)
    assert len(shown(town)) == 1
    assert broken.calls == (1 if after else 2)
    assert await states(town, service.KIND) == ["sent"]


async def run_due_later(town: Town) -> None:
    """Let the pause after a failure pass."""
    town.clock.advance(dt.timedelta(minutes=6))
    await run_due(town)


async def test_killed_between_making_it_and_writing_that_down_it_is_found_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def dies(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(service, "shown", dies)
    await create(town, "every Tuesday 19:00")
    with pytest.raises(Killed):
        await _alone(town)
    assert len(shown(town)) == 1
    assert (await marks(town))[0][0] is None
    monkeypatch.undo()
    monkeypatch.setattr("bot.kit.panels.TOUCH_AFTER", 0.0)
    await town.restart()
    town.clock.advance(dt.timedelta(seconds=Timing().lease + 5))
    await run_due(town)
    (one,) = shown(town)
    assert (await marks(town))[0][0] == one.id


async def _alone(town: Town) -> None:
    """Let one message be taken and shown as the postman does, so that what ends the process ends this."""
    from bot.delivery.errand import Errand
    from bot.services import outbox as ledger

    (row,) = (
        one
        for one in await ledger.claim(town.db, town.clock, worker="dies", limit=50, lease=dt.timedelta(seconds=90))
        if one.kind == service.KIND
    )
    await Errand(town.bot.delivery, row, lease_ends=asyncio.get_running_loop().time() + 1e9).run()


async def test_two_processes_at_once_make_one_event(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.delivery.errand import Errand
    from bot.services import outbox as ledger

    made = await create(town, "every Tuesday 19:00")
    town.clock.advance(dt.timedelta(seconds=1))
    await town.db.write(lambda tx: service.steps.plan(tx, town.guild.id, made.id, now=town.clock.now()))
    listing = Broken(town, monkeypatch, ("GET", "/guilds/{guild_id}/scheduled-events"))
    assert listing.calls == 0
    rows = await ledger.claim(town.db, town.clock, worker="w1", limit=50, lease=dt.timedelta(seconds=90))
    both = [
        Errand(town.bot.delivery, row, lease_ends=asyncio.get_running_loop().time() + 1e9)
        for row in rows
        if row.kind == service.KIND
    ]
    assert len(both) == 2
    await asyncio.gather(*(one.run() for one in both))
    assert len(shown(town)) == 1
    await run_due_later(town)
    assert len(shown(town)) == 1
    assert set(await states(town, service.KIND)) == {"sent"}


async def test_a_copy_of_the_database_put_back_makes_no_second_event(town: Town) -> None:
    made = await planned(town)
    (one,) = shown(town)

    def forget(tx: sa.Connection) -> None:
        tx.execute(sa.update(table).values(event_id=None, event_rev=None))
        tx.execute(sa.delete(outbox).where(outbox.c.kind == service.KIND))
        service.steps.plan(tx, town.guild.id, made.id, now=town.clock.now())

    await town.db.write(forget)
    await mirror(town)
    assert [event.id for event in shown(town)] == [one.id]
    assert (await marks(town))[0][0] == one.id


async def test_what_was_planned_while_nothing_ran_is_shown_after_the_start(town: Town) -> None:
    await create(town, "every Tuesday 19:00")
    await town.db.write(lambda tx: tx.execute(sa.delete(outbox).where(outbox.c.kind == service.KIND)) and None)
    await town.restart()
    await town.bot.delivery.begin()
    await mirror(town)
    assert len(shown(town)) == 1


async def test_a_mistake_in_what_is_sent_is_ours_and_ends(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(town, monkeypatch, POST)
    broken.order(answered(400, 50035))
    await planned(town)
    assert await states(town, service.KIND) == ["dead"]
    assert shown(town) == []
