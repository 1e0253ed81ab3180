"""A panel that is gone comes back, however it went, and one that cannot be shown keeps nothing else waiting."""

import asyncio
from typing import Any

import discord
import pytest

from bot.services import panels
from tests.cogs.test_setup import to_plan
from tests.cogs.town import Town, read


async def lose(town: Town, purpose: str) -> discord.Message:
    """Let a panel's message vanish without the bot hearing of it, and return it."""
    message = await town.panel(purpose)
    town.env.backend.messages[message.channel.id].pop(message.id)
    return message


async def panel_texts(town: Town, purpose: str) -> list[str]:
    channel = await town.channel(purpose)
    return [message.content for message in town.env.backend.messages[channel.id].values()]


def calls(town: Town, since: int) -> list[tuple[str, str]]:
    return [(r.method, r.path) for r in town.env.http_requests[since:] if "messages" in r.path or "commands" in r.path]


async def test_a_panel_deleted_while_the_bot_was_away_is_there_again_after_its_start(town: Town) -> None:
    was = await lose(town, "help")
    await town.restart()
    await town.env.settle()
    assert await panel_texts(town, "help") == [was.content]


async def test_a_panel_among_many_messages_deleted_at_once_is_posted_anew(town: Town) -> None:
    was = await town.panel("start")
    other = await town.mia.send(await town.channel("group"), "hello")
    town.env.backend.bulk_delete_messages(was.channel.id, [was.id, other.id])
    await town.env.settle()
    assert await panel_texts(town, "start") == [was.content]


async def test_check_looks_for_each_panel_and_posts_what_is_gone(town: Town) -> None:
    was = await lose(town, "start")
    answer = read(await town.ada.slash(town.general, "setup check"))
    assert town.t("setup.check.well") in answer.content
    assert await panel_texts(town, "start") == [was.content]


async def test_looking_whether_all_panels_are_there_costs_one_call_each_and_changes_nothing(town: Town) -> None:
    since = len(town.env.http_requests)
    await town.restart()
    await town.env.settle()
    ids = [(await town.panel(purpose)) for purpose in ("start", "help", "leaders")]
    assert sorted(calls(town, since)) == sorted(("GET", f"/channels/{m.channel.id}/messages/{m.id}") for m in ids)


async def test_where_the_bot_may_not_read_back_a_panel_that_stands_is_left_standing(town: Town) -> None:
    was = [(await town.panel(purpose)).id for purpose in ("start", "help")]
    town.env.inject_error("GET", "/channels/*/messages/*", status=403, code=50001, times=None)
    assert await town.bot.refresh_guild(town.guild.id) == []
    assert [(await town.panel(purpose)).id for purpose in ("start", "help")] == was


async def test_the_same_panel_can_be_deleted_again_and_again(town: Town) -> None:
    seen = set()
    for _ in range(3):
        was = await town.panel("help")
        seen.add(was.id)
        town.env.backend.delete_message(was.channel.id, was.id)
        await town.env.settle()
        assert await panel_texts(town, "help") == [was.content]
    nonces = [body["nonce"] for body in town.sent("POST", f"/channels/{was.channel.id}/messages")]
    assert len(nonces) == len(set(nonces)) == 4
    assert (await town.panel("help")).id not in seen


async def test_whoever_clears_the_channel_again_and_again_is_not_fought_for_ever(town: Town) -> None:
    channel = await town.channel("help")
    for _ in range(20):
        stand = list(town.env.backend.messages[channel.id])
        town.env.backend.bulk_delete_messages(channel.id, stand)
        await town.env.settle()
    assert await panel_texts(town, "help") == []
    assert len(town.sent("POST", f"/channels/{channel.id}/messages")) < 10
    assert town.t("setup.check.well") in read(await town.ada.slash(town.general, "setup check")).content
    assert len(await panel_texts(town, "help")) == 1


async def test_a_panel_deleted_before_its_posting_was_written_down_comes_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    was = await town.panel("help")
    remember, hasty = panels.remember_shown, [True]

    async def deleted_meanwhile(db: Any, panel: Any, *, message_id: int, rev: str) -> None:
        if hasty:
            hasty.clear()
            town.env.backend.delete_message(was.channel.id, message_id)
            await asyncio.sleep(0.3)
        await remember(db, panel, message_id=message_id, rev=rev)

    monkeypatch.setattr(panels, "remember_shown", deleted_meanwhile)
    town.env.backend.delete_message(was.channel.id, was.id)
    await town.env.settle()
    assert hasty == []
    assert await panel_texts(town, "help") == [was.content]


async def test_with_its_channel_a_panel_is_known_to_be_gone(town: Town) -> None:
    was = await town.panel("help")
    since = len(town.env.http_requests)
    town.env.backend.delete_channel(was.channel.id)
    await town.env.settle()
    placed = {panel.kind: panel.message_id for panel in await panels.all_of(town.db, town.guild.id)}
    assert placed["help"] is None
    assert placed["start"] is not None
    assert calls(town, since) == []


async def test_a_refused_panel_keeps_neither_the_next_nor_the_commands_waiting(empty_town: Town) -> None:
    town = empty_town
    screen: Any = await to_plan(town)
    town.env.inject_error("POST", "/channels/*/messages", status=403, code=50001, times=1)
    town.env.inject_error("PUT", "/applications/*/guilds/*/commands", status=400, code=50035, times=1)
    await town.press(town.ada, screen, "setup:apply:")
    posted = [purpose for purpose in ("start", "help") if await panel_texts(town, purpose)]
    assert len(posted) == 1
    assert await town.bot.refresh_guild(town.guild.id) == []
    for purpose in ("start", "help"):
        assert len(await panel_texts(town, purpose)) == 1
    assert town.sent("PUT", f"/guilds/{town.guild.id}/commands")


async def test_what_failed_is_told_by_commands_and_by_channel(town: Town) -> None:
    was = await lose(town, "help")
    town.env.inject_error("POST", "/channels/*/messages", status=403, code=50001, times=1)
    assert await town.bot.refresh_guild(town.guild.id) == [("panel", was.channel.id)]
    await town.bot.upkeep.left(town.guild.id)
    town.env.inject_error("PUT", "/applications/*/guilds/*/commands", status=400, code=50035, times=1)
    assert await town.bot.refresh_guild(town.guild.id) == [("commands", 0)]
    assert await panel_texts(town, "help") == [was.content]


@pytest.mark.parametrize("status", [500, 429])
async def test_what_discord_did_not_answer_is_tried_again_and_then_no_more(town: Town, status: int) -> None:
    was = await town.panel("start")
    town.env.inject_error("POST", "/channels/*/messages", status=status, times=1)
    town.env.backend.delete_message(was.channel.id, was.id)
    await town.env.settle()
    assert await panel_texts(town, "start") == []
    await town.env.advance_time(11)
    assert await panel_texts(town, "start") == [was.content]
    since = len(town.env.http_requests)
    await town.env.advance_time(10_000)
    assert calls(town, since) == []


async def test_what_discord_refuses_is_not_asked_again_and_again(town: Town) -> None:
    was = await town.panel("start")
    town.env.inject_error("POST", "/channels/*/messages", status=403, code=50001, times=None)
    town.env.backend.delete_message(was.channel.id, was.id)
    await town.env.settle()
    since = len(town.env.http_requests)
    await town.env.advance_time(10_000)
    assert calls(town, since) == []
