"""Several panels of one kind, each about something of its own: edited after a change, taken down when it is over."""

import asyncio
from typing import Any

import discord
import pytest

from bot.clock import Clock
from bot.domain.guilds import Guild, Programme
from bot.domain.panels import Panel
from bot.kit.panels import Shown
from bot.services import panels
from data.db import Database
from data.store import panels as store
from tests.cogs.town import Town

ONE, TWO = "a1" * 16, "b2" * 16
STATES = ("error.busy", "error.unsure", "error.button_gone", "error.busy_reading")


class Things:
    """What panels of the kind `thing` are about: a state by subject, which may change or be over."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.states: dict[str, int | None] = {}
        self.asked = 0
        self.breaks = False

    async def facts(self, db: Database, clock: Clock, panel: Panel) -> int | None:
        self.asked += 1
        if self.breaks:
            raise LookupError("a mistake")
        return self.states.get(panel.subject)

    def render(self, guild: Guild, programme: Programme, facts: int) -> Shown:
        return Shown(self.words(facts), discord.ui.View(timeout=None))

    def words(self, state: int) -> str:
        return self.town.t(STATES[state])

    async def begin(self, subject: str, state: int = 0) -> None:
        town, programme = self.town, await self.town.programme()
        self.states[subject] = state
        where = {"kind": "thing", "channel_id": programme.channels["group"], "subject": subject}
        row = subject[::-1]
        await town.db.write(lambda tx: store.place(tx, row, programme.guild_id, programme.id, **where))
        self.touch(subject)
        await self.pause()

    def touch(self, subject: str) -> None:
        self.town.bot.panels.touch(self.town.guild.id, "thing", subject)

    async def pause(self) -> None:
        await asyncio.gather(*self.town.bot.panels._touching)
        await self.town.env.settle()

    async def shown(self) -> list[str]:
        channel = await self.town.channel("group")
        return [message.content for message in self.town.env.backend.messages[channel.id].values()]

    async def calls(self, method: str) -> int:
        place = f"/channels/{(await self.town.channel('group')).id}/messages"
        return sum(r.method == method and place in r.path for r in self.town.env.http_requests)


@pytest.fixture
async def things(town: Town, at_once: None) -> Things:
    made = Things(town)
    town.bot.panels.kind("thing", made.render, made.facts)
    return made


async def test_panels_of_one_kind_stand_beside_each_other_and_change_by_themselves(things: Things) -> None:
    await things.begin(ONE, 0)
    await things.begin(TWO, 1)
    assert await things.shown() == [things.words(0), things.words(1)]
    things.states[ONE] = 2
    things.touch(ONE)
    await things.pause()
    assert await things.shown() == [things.words(2), things.words(1)]
    assert (await things.calls("POST"), await things.calls("PATCH")) == (2, 1)


async def test_several_changes_in_a_second_are_one_edit_to_the_last_of_them(things: Things) -> None:
    await things.begin(ONE, 0)
    for state in (1, 2, 3):
        things.states[ONE] = state
        things.touch(ONE)
    await things.pause()
    assert await things.shown() == [things.words(3)]
    assert await things.calls("PATCH") == 1


async def test_a_change_to_what_is_shown_already_costs_no_edit(things: Things) -> None:
    await things.begin(ONE, 0)
    things.touch(ONE)
    await things.pause()
    assert await things.calls("PATCH") == 0


async def test_what_is_over_is_taken_down_and_forgotten(things: Things) -> None:
    await things.begin(ONE, 0)
    await things.begin(TWO, 1)
    things.states[ONE] = None
    things.touch(ONE)
    await things.pause()
    assert await things.shown() == [things.words(1)]
    assert await panels.about(things.town.db, things.town.guild.id, "thing", ONE) == []
    things.touch(ONE)
    await things.pause()
    assert await things.shown() == [things.words(1)]


async def test_what_is_over_and_was_deleted_by_somebody_is_forgotten_too(things: Things) -> None:
    await things.begin(ONE, 0)
    channel = await things.town.channel("group")
    things.town.env.backend.messages[channel.id].clear()
    things.states[ONE] = None
    things.touch(ONE)
    await things.pause()
    assert await panels.about(things.town.db, things.town.guild.id, "thing", ONE) == []


async def test_one_that_cannot_be_taken_down_at_the_moment_is_taken_down_later(things: Things) -> None:
    await things.begin(ONE, 0)
    things.states[ONE] = None
    things.town.env.inject_error("DELETE", "/channels/*/messages/*", status=500, times=1)
    things.touch(ONE)
    await things.pause()
    assert await things.shown() == [things.words(0)]
    assert await things.town.bot.refresh_guild(things.town.guild.id) == []
    assert await things.shown() == []
    assert await panels.about(things.town.db, things.town.guild.id, "thing", ONE) == []


async def test_one_that_somebody_deletes_comes_back_as_it_is_now(things: Things) -> None:
    await things.begin(ONE, 0)
    things.states[ONE] = 1
    channel = await things.town.channel("group")
    (message_id,) = things.town.env.backend.messages[channel.id]
    things.town.env.backend.delete_message(channel.id, message_id)
    await things.town.env.settle()
    assert await things.shown() == [things.words(1)]


async def test_what_changed_while_nobody_looked_is_shown_after_the_next_start(things: Things) -> None:
    town = things.town
    await things.begin(ONE, 0)
    await things.begin(TWO, 1)
    things.states[ONE], things.states[TWO] = 2, None
    things.touch(ONE)
    # The process ends before the second is over.
    await town.restart()
    town.bot.panels.kind("thing", things.render, things.facts)
    await town.bot.refresh_guild(town.guild.id)
    assert await things.shown() == [things.words(2)]


async def test_a_mistake_in_the_facts_of_one_keeps_no_other_waiting(
    things: Things, caplog: pytest.LogCaptureFixture
) -> None:
    await things.begin(ONE, 0)
    things.breaks = True
    things.touch(ONE)
    await things.pause()
    assert await things.shown() == [things.words(0)]
    assert any("reference" in record.message for record in caplog.records)
    channel = await things.town.channel("group")
    assert await things.town.bot.refresh_guild(things.town.guild.id) == [("panel", channel.id)]


async def test_touching_what_nobody_knows_does_nothing(things: Things) -> None:
    since = len(things.town.env.http_requests)
    things.town.bot.panels.touch(things.town.guild.id, "thing", "f" * 32)
    things.town.bot.panels.touch(42, "thing", ONE)
    things.town.bot.panels.touch(things.town.guild.id, "no such kind", ONE)
    await things.pause()
    assert things.town.env.http_requests[since:] == []


async def test_where_the_programme_is_gone_its_panels_go_too(things: Things) -> None:
    town: Any = things.town
    programme = await town.programme()
    await things.begin(ONE, 0)
    await things.begin(TWO, 1)
    screen: Any = (await town.ada.slash(town.general, "setup undo")).response
    await town.press(town.ada, screen, "setup:undo-do:")
    assert await panels.about(town.db, town.guild.id, "thing", ONE) == []
    assert await panels.about(town.db, town.guild.id, "thing", TWO) == []
    shown = town.env.backend.messages.get(programme.channels["group"], {})
    assert not {things.words(0), things.words(1)} & {message.content for message in shown.values()}
