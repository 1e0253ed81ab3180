"""How people are reached when something breaks off in the middle, somebody goes, or what a guild said of its ages changes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
import simcord
from simcord.builders import ChannelHandle

from bot.domain.actor import Actor
from bot.domain.reaching import Reach
from bot.errors import Busy, PeerError
from bot.kit import reach
from bot.kit import threads as threads_kit
from bot.kit.call import Call
from bot.services import adults, privacy, reaching
from data.store import guilds
from tests.cogs.reaching import (
    choose_way,
    close_direct_messages,
    direct_messages,
    guild_of,
    inside,
    open_settings,
    options,
    tell,
    threads,
    way_of,
    with_young_people,
)
from tests.cogs.town import Town, read

ARCHIVED, TOO_MANY_THREADS = 50083, 160006


def around(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    *,
    before: Callable[[], Awaitable[Any]] | None = None,
    after: Callable[[], Awaitable[Any]] | None = None,
) -> None:
    """Let something happen right before or after a service writes down how somebody is reached; only the next time."""
    whole = getattr(reaching, name)

    async def interrupted(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(reaching, name, whole)
        if before is not None:
            await before()
        done = await whole(*args, **kwargs)
        if after is not None:
            await after()
        return done

    monkeypatch.setattr(reaching, name, interrupted)


async def busy() -> None:
    raise Busy


async def killed() -> None:
    raise asyncio.CancelledError


def is_archived(town: Town, thread: ChannelHandle) -> bool:
    return bool(town.env.backend.get_thread(thread.id).thread_metadata.archived)


def member(town: Town, who: simcord.MemberActor) -> Actor:
    return Actor(who.id, town.guild.id)


async def name_adult(town: Town, who: simcord.MemberActor) -> None:
    await adults.name_me(town.db, town.clock, town.bot.tools.guilds, member(town, who))


async def press_way(town: Town, way: str) -> str:
    programme = await town.programme()
    return read(await town.send(town.mia, f"settings:way:{way}.{programme.id}.")).content


# -- broken off between opening and writing down --------------------------------------------------------------------


async def test_where_the_choice_cannot_be_written_down_nobody_is_let_into_a_thread(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.agree(town.mia)
    around(monkeypatch, "choose", before=busy)
    assert await press_way(town, "thread") == town.t("error.busy")
    (thread,) = await threads(town)
    assert is_archived(town, thread)
    assert inside(town, thread) == set()
    assert await way_of(town, town.mia) is None


async def test_whoever_erases_themselves_while_their_thread_is_opened_is_in_no_thread(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.agree(town.mia)
    around(monkeypatch, "choose", before=lambda: privacy.erase(town.db, member(town, town.mia)))
    await press_way(town, "thread")
    (thread,) = await threads(town)
    assert is_archived(town, thread)
    assert inside(town, thread) == set()
    assert await way_of(town, town.mia) is None


async def test_whoever_erases_themselves_while_they_are_told_something_is_in_no_thread(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    around(monkeypatch, "moved", before=lambda: privacy.erase(town.db, member(town, town.mia)))
    assert await tell(town, town.mia) == "unchosen"
    (thread,) = await threads(town)
    assert is_archived(town, thread)
    assert inside(town, thread) == set()


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_process_that_ends_around_the_writing_down_leaves_the_person_in_one_thread_when_they_press_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    await town.agree(town.mia)
    programme = await town.programme()
    around(monkeypatch, "choose", **{moment: killed})
    await town.send(town.mia, f"settings:way:thread.{programme.id}.")
    await town.restart()
    said = await press_way(town, "thread")
    (thread,) = [one for one in await threads(town) if town.mia.id in inside(town, one)]
    assert town.t("reach.chosen.thread", thread=f"<#{thread.id}>") in said
    assert await way_of(town, town.mia) == Reach("thread", thread.id)
    (first,) = thread.history()
    assert first.content.startswith(f"<@{town.mia.id}> {town.t('reach.thread.first')}")


async def test_where_a_new_thread_cannot_be_written_down_nobody_is_let_in_and_it_may_be_tried_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    around(monkeypatch, "moved", before=busy)
    assert await tell(town, town.mia) == "failed"
    (first,) = await threads(town)
    assert (is_archived(town, first), inside(town, first)) == (True, set())
    assert await tell(town, town.mia) == "told"


async def test_where_nobody_can_be_let_in_the_way_stays_as_it_was(town: Town) -> None:
    await choose_way(town, town.mia, "nowhere")
    town.env.inject_error("PUT", "/channels/*/thread-members/*", status=400, code=0)
    assert await press_way(town, "thread") == town.t("reach.not_opened")
    assert await way_of(town, town.mia) == Reach("nowhere")


async def test_too_many_open_threads_are_called_by_their_name(town: Town) -> None:
    await town.agree(town.mia)
    town.env.inject_error("POST", "/channels/*/threads", status=400, code=TOO_MANY_THREADS, times=1)
    assert await press_way(town, "thread") == town.t("reach.too_many")
    assert await way_of(town, town.mia) is None


@pytest.mark.parametrize("status", [403, 404, 400], ids=str)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/channels/*/threads"), ("PUT", "/channels/*/thread-members/*"), ("POST", "/channels/*/messages")],
    ids=["thread", "members", "first message"],
)
async def test_whatever_discord_refuses_at_any_step_the_next_press_opens_one_thread(
    town: Town, method: str, path: str, status: int
) -> None:
    await town.agree(town.mia)
    town.env.inject_error(method, path, status=status, code=0, times=1)
    refused = await press_way(town, "thread")
    assert refused == town.t("reach.not_opened")
    assert await way_of(town, town.mia) is None
    await press_way(town, "thread")
    (thread,) = [one for one in await threads(town) if not is_archived(town, one)]
    assert await way_of(town, town.mia) == Reach("thread", thread.id)


@pytest.mark.parametrize(
    ("owner", "call", "way"),
    [
        (discord.TextChannel, "create_thread", "thread"),
        (discord.Thread, "add_user", "thread"),
        (discord.Thread, "send", "thread"),
        (discord.DMChannel, "send", "dm"),
    ],
    ids=["thread", "members", "first message", "direct message"],
)
async def test_whoever_waits_for_discord_in_vain_is_told_so_and_may_press_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, owner: type, call: str, way: str
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    class Interaction:
        client = town.bot

    await town.agree(town.mia)
    pressed = Call(Interaction, member(town, town.mia))  # type: ignore[arg-type]  # all that it looks at
    guild, programme = await guild_of(town), await town.programme()
    with monkeypatch.context() as hanging:
        hanging.setattr(threads_kit, "CALL_SECONDS", 0.05)
        hanging.setattr(owner, call, never)
        with pytest.raises(PeerError, match=r"reach\.not_opened"):
            await reach.choose(pressed, guild, programme, reach.read_way(way))
    assert await way_of(town, town.mia) is None
    await press_way(town, way)
    now = await way_of(town, town.mia)
    assert now is not None
    assert now.way == way


async def test_what_hangs_while_somebody_is_told_something_is_given_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    await choose_way(town, town.mia, "thread")
    monkeypatch.setattr(threads_kit, "CALL_SECONDS", 0.05)
    monkeypatch.setattr(discord.PartialMessageable, "send", never)
    assert await tell(town, town.mia) == "failed"


async def test_whoever_left_their_thread_and_chooses_it_again_is_let_in_again(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    town.env.backend.remove_thread_member(thread.id, town.mia.id)
    await press_way(town, "thread")
    assert inside(town, thread) == {town.mia.id}
    assert len(thread.history()) == 1


async def test_a_thread_of_long_ago_that_is_chosen_again_comes_out_of_the_archive(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    found = town.bot.get_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.edit(archived=True)
    await town.env.settle()
    assert town.t("reach.chosen.thread", thread=f"<#{thread.id}>") in await press_way(town, "thread")
    assert not is_archived(town, thread)
    assert len(await threads(town)) == 1


# -- direct messages that are closed --------------------------------------------------------------------------------


async def test_a_direct_message_that_was_closed_is_tried_before_it_is_promised_again(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    town.env.inject_error("POST", "/channels/*/threads", status=403, code=50013, times=None)
    assert await tell(town, town.mia) == "closed"
    since = f"<t:{int(town.clock.now().timestamp())}:f>"
    for _ in range(2):
        # Nothing reaches them until they choose anew, so it goes on being said.
        screen = await open_settings(town, town.mia)
        assert town.t("settings.closed", since=since) in screen.content
    refused = read(await town.choose(town.mia, screen, ".way", ["dm"]))
    assert refused.content == town.t("reach.dm_closed")


async def test_a_direct_message_that_is_open_again_is_not_said_to_be_closed(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    dm = town.mia.user.dm_channel
    path = f"/channels/{dm.id}/messages"
    town.env.inject_error("POST", path, status=403, code=50007, times=1)
    town.env.inject_error("POST", "/channels/*/threads", status=403, code=50013, times=1)
    assert await tell(town, town.mia) == "closed"
    assert await tell(town, town.mia) == "told"
    assert await way_of(town, town.mia) == Reach("dm", dm.id)


# -- young people ---------------------------------------------------------------------------------------------------


async def test_where_young_people_may_be_a_thread_in_the_archive_is_brought_back_as_well(town: Town) -> None:
    await with_young_people(town, town.leo)
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    town.env.inject_error("PUT", "/channels/*/thread-members/*", status=400, code=ARCHIVED, times=1)
    town.env.inject_error("POST", f"/channels/{thread.id}/messages", status=400, code=ARCHIVED, times=1)
    assert await tell(town, town.mia) == "told"
    assert len(await threads(town)) == 1


async def test_an_adult_named_later_comes_into_a_thread_in_the_archive_before_the_next_word(town: Town) -> None:
    await choose_way(town, town.mia, "thread")
    await with_young_people(town, town.leo)
    (thread,) = await threads(town)
    found = town.bot.get_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.edit(archived=True)
    town.env.inject_error("PUT", "/channels/*/thread-members/*", status=400, code=ARCHIVED, times=1)
    assert await tell(town, town.mia) == "told"
    assert inside(town, thread) == {town.mia.id, town.leo.id}


async def test_another_adult_is_let_in_and_named_before_the_next_word_is_said(town: Town) -> None:
    await with_young_people(town, town.leo)
    await choose_way(town, town.mia, "thread")
    await name_adult(town, town.sam)
    assert await tell(town, town.mia) == "told"
    assert await tell(town, town.mia) == "told"
    (thread,) = await threads(town)
    assert town.sam.id in inside(town, thread)
    first, named, told, again = (message.content for message in thread.history())
    assert f"<@{town.sam.id}>" not in first
    assert named == town.t("reach.readers.adult_now", adult=f"<@{town.sam.id}>")
    assert told == again


async def test_an_adult_who_erased_themselves_is_missed_before_the_next_word(town: Town) -> None:
    await with_young_people(town, town.leo)
    await choose_way(town, town.mia, "thread")
    await privacy.erase(town.db, member(town, town.leo))
    assert await tell(town, town.mia) == "closed"
    (thread,) = await threads(town)
    assert len(thread.history()) == 1


async def test_a_caller_who_read_the_guild_before_its_ages_changed_sends_no_direct_message(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    before = await guild_of(town)
    await with_young_people(town, town.leo)
    said = await reach.tell(town.bot, before, await town.programme(), town.mia.id, "settings.saved")
    await town.env.settle()
    assert said == "told"
    assert len(direct_messages(town.mia)) == 1
    (thread,) = await threads(town)
    assert inside(town, thread) == {town.mia.id, town.leo.id}


async def test_the_settings_do_not_say_direct_messages_where_none_are_sent_any_more(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    await with_young_people(town, town.leo)
    screen = await open_settings(town, town.mia)
    assert town.t("settings.way.dm") not in screen.content
    assert town.t("settings.way.no_dm") in screen.content
    assert not any(option["default"] for option in options(screen, ".way"))


async def test_a_guild_that_has_not_said_who_it_is_for_gets_no_direct_messages(town: Town) -> None:
    await choose_way(town, town.mia, "dm")
    await town.db.write(lambda tx: guilds.update(tx, town.guild.id, ages=None))
    assert await tell(town, town.mia) == "closed"
    assert await press_way(town, "dm") == town.t("reach.no_dm")
    assert len(direct_messages(town.mia)) == 1
