"""Where Discord wants to be left alone for longer than anybody waits, that means later: never an accident, never half a deed."""

import discord
import pytest

from bot.domain.reaching import Reach
from bot.services import reaching
from tests.cogs.delivering import Notes, pass_time, row_of, run_due, states
from tests.cogs.reaching import choose_way, close_direct_messages, guild_of, inside, tell, threads, way_of
from tests.cogs.town import Town, read

LONG = 600.0


class Limited:
    """Lets Discord put off calls of a method whose path ends so, for as long as `on`."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch, method: str, ending: str) -> None:
        self.on = True
        self.calls = 0
        self._wanted = method, ending
        self._request = town.bot.http.request
        monkeypatch.setattr(town.bot.http, "request", self._answer)

    async def _answer(self, route: discord.http.Route, **options: object) -> object:
        method, ending = self._wanted
        if self.on and route.method == method and route.path.endswith(ending):
            self.calls += 1
            raise discord.RateLimited(LONG)
        return await self._request(route, **options)


STEPS = [("POST", "/threads"), ("PUT", "/thread-members/{user_id}"), ("POST", "/messages")]


@pytest.mark.parametrize(("method", "ending"), STEPS, ids=["thread", "member", "first-message"])
async def test_a_way_that_discord_puts_off_is_not_taken_and_may_be_chosen_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, method: str, ending: str
) -> None:
    await choose_way(town, town.mia, "nowhere")
    limited = Limited(town, monkeypatch, method, ending)
    programme = await town.programme()
    said = read(await town.send(town.mia, f"settings:way:thread.{programme.id}.")).content
    assert (said, await way_of(town, town.mia)) == (town.t("reach.not_opened"), Reach("nowhere"))
    assert limited.calls == 1
    limited.on = False
    await choose_way(town, town.mia, "thread")
    (open_one,) = [one for one in await threads(town) if not archived(town, one.id)]
    assert inside(town, open_one) == {town.mia.id}


def archived(town: Town, thread_id: int) -> bool:
    return bool(town.env.backend.get_thread(thread_id).thread_metadata.archived)


async def test_direct_messages_that_discord_puts_off_are_not_called_closed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choose_way(town, town.mia, "nowhere")
    Limited(town, monkeypatch, "POST", "/messages")
    programme = await town.programme()
    said = read(await town.send(town.mia, f"settings:way:dm.{programme.id}.")).content
    assert (said, await way_of(town, town.mia)) == (town.t("reach.not_opened"), Reach("nowhere"))


@pytest.mark.parametrize("way", ["thread", "dm"])
async def test_what_cannot_be_said_for_now_closes_no_way(town: Town, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    await choose_way(town, town.mia, way)
    before = await way_of(town, town.mia)
    limited = Limited(town, monkeypatch, "POST", "/messages")
    assert await tell(town, town.mia) == "failed"
    assert await way_of(town, town.mia) == before
    limited.on = False
    assert await tell(town, town.mia) == "told"


@pytest.mark.parametrize("step", [0, 1], ids=["thread", "member"])
async def test_a_message_whose_new_thread_is_put_off_waits_as_long_as_discord_asks_and_is_then_said_once(
    town: Town, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    notes = Notes(town, None)
    notes.register()
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    limited = Limited(town, monkeypatch, *STEPS[step])
    row_id = await notes.plan(town.mia)
    await run_due(town)
    row = await row_of(town, row_id)
    assert (row.state, row.last_error, limited.calls) == ("pending", "429", 1)
    assert (row.ready_at - town.clock.now()).total_seconds() >= LONG
    limited.on = False
    await pass_time(town, row.ready_at - town.clock.now())
    await run_due(town)
    assert (await states(town), len(notes.sent)) == (["sent"], 1)


async def test_whatever_else_meets_a_limit_says_when_to_come_back(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await town.agree(town.mia)

    async def limited(*_: object, **__: object) -> None:
        raise discord.RateLimited(LONG)

    monkeypatch.setattr(reaching, "standing", limited)
    programme = await town.programme()
    said = read(await town.send(town.mia, f"settings:way:dm.{programme.id}.")).content
    assert said == town.t("error.later")
    assert "reference" not in caplog.text


async def test_a_panel_that_is_put_off_is_tried_again_later(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    guild = await guild_of(town)
    for panel in (await town.channel("start")).history():
        town.env.backend.delete_message((await town.channel("start")).id, panel.id)
    limited = Limited(town, monkeypatch, "POST", "/messages")
    assert ("panel", (await town.channel("start")).id) in await town.bot.refresh_guild(guild.guild_id)
    assert town.bot.upkeep._again == {guild.guild_id}
    limited.on = False
    assert await town.bot.refresh_guild(guild.guild_id) == []
    assert len((await town.channel("start")).history()) == 1
