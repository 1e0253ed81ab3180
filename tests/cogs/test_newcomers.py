"""Somebody new finds out what this is, and is greeted by one leader if they would like that; nothing of it is public."""

import asyncio
import time
from typing import Any

import discord
import pytest
import simcord
import sqlalchemy as sa
from simcord.results import InteractionResult, ResponseMessage

from bot.domain.actor import Actor
from bot.errors import Busy
from bot.services import newcomers, privacy
from data.schema import bindings
from data.store import guilds, programme_texts
from tests.cogs.raw import payload, press_at_once
from tests.cogs.rooms import open_to_all
from tests.cogs.town import Town, read
from tests.store.rows import everything


async def start(town: Town, who: simcord.MemberActor | None = None) -> ResponseMessage:
    """Press "I'm new here" on the Start panel."""
    programme = await town.programme()
    who = who or town.mia
    return read(await who.click(await town.panel("start"), custom_id=f"newcomers:start:{programme.id}"))


async def to_the_question(town: Town, who: simcord.MemberActor | None = None) -> ResponseMessage:
    """Go on to whether a hello would be welcome."""
    screen = await start(town, who)
    await town.press(who or town.mia, screen, "newcomers:agree:")
    return screen


async def ask(town: Town, who: simcord.MemberActor | None = None, way: str = "nowhere") -> ResponseMessage:
    """Ask for a hello and return the last screen."""
    who = who or town.mia
    screen = await to_the_question(town, who)
    await town.press(who, screen, "newcomers:yes:")
    await town.press(who, screen, f"settings:way:{way}.")
    return screen


async def posted(town: Town) -> list[Any]:
    """Return what was posted to the leaders, the Leaders panel aside."""
    channel = await town.channel("leaders")
    bodies = town.sent("POST", f"/channels/{channel.id}/messages")
    return [body for body in bodies if "newcomers:take:" in str(body)]


async def post(town: Town) -> discord.Message:
    """Return the message that asks a leader for a hello."""
    message = (await town.channel("leaders")).last_message
    assert message is not None
    return message


async def take(town: Town, who: simcord.MemberActor, message: discord.Message | None = None) -> InteractionResult:
    """Press "I'll say hello" as it stands in the leaders' channel."""
    message = message or await post(town)
    (custom_id,) = [item.custom_id for row in message.components for item in row.children]
    return await who.click(message, custom_id=custom_id)


async def press_take(town: Town, who: simcord.MemberActor) -> str:
    """Press it as a crafted or an old client could, whatever that person sees, and return the answer."""
    (row,) = await rows(town)
    return read(await town.send(who, f"newcomers:take:{row['programme_id']}.{row['id']}")).content


async def rows(town: Town) -> list[Any]:
    """Return the wishes that are kept."""
    return (await town.db.read(everything))["greetings"]


async def said_asked(town: Town) -> str:
    """Return what somebody reads whose wish stands."""
    group = (await town.channel("group")).mention
    return town.t("newcomers.asked", programme=town.t("programme.recovery.name"), group=group)


def mention(town: Town, purpose: str) -> str:
    return town.roles[purpose].mention


async def test_the_first_screen_says_what_holds_here_and_keeps_nothing(town: Town) -> None:
    before = await town.db.read(everything)
    screen = await start(town)
    for key in ("newcomers.rules", "newcomers.starting_up", "newcomers.meetings", "rule.voluntary"):
        assert town.t(key) in screen.content
    assert mention(town, "leader") in screen.content
    assert town.consent in screen.content
    await town.press(town.mia, screen, "newcomers:look:")
    assert (await town.channel("group")).mention in screen.content
    assert await town.db.read(everything) == before


async def test_leaders_own_words_stand_in_place_of_the_rules_however_long(town: Town) -> None:
    programme = await town.programme()
    for body in ("18:30 - 20:00", "12:00 " * 500):
        put = {"body": body, "now": town.clock.now()}
        await town.db.write(
            lambda tx, put=put: programme_texts.put(tx, "f" * 32, town.guild.id, programme.id, "rules", **put)
        )
        screen = read(await _start_again(town))
        assert body[:10] in screen.content
        assert town.t("rule.voluntary") not in screen.content
        assert town.consent in screen.content


async def _start_again(town: Town) -> InteractionResult:
    programme = await town.programme()
    return await town.mia.click(await town.panel("start"), custom_id=f"newcomers:start:{programme.id}")


async def test_one_tap_agrees_and_it_is_not_asked_again(town: Town) -> None:
    screen = await to_the_question(town)
    assert town.t("newcomers.hello.when") in screen.content
    again = await start(town)
    assert town.consent not in again.content
    await town.press(town.mia, again, "newcomers:next:")
    assert town.t("newcomers.hello.when") in again.content
    assert town.consent not in (await town.tap(town.mia, 3)).content


async def test_whoever_agreed_at_a_check_in_is_not_asked_here(town: Town) -> None:
    await town.agree(town.mia)
    screen = await start(town)
    assert town.consent not in screen.content
    assert not [one for one in town.ids(screen) if one.startswith("newcomers:agree:")]


async def test_no_tells_nobody(town: Town) -> None:
    screen = await to_the_question(town)
    await town.press(town.mia, screen, "newcomers:no:")
    assert (await town.channel("start")).mention in screen.content
    assert await posted(town) == []
    assert await rows(town) == []


async def test_yes_tells_the_leaders_alone_with_the_name_and_nothing_else(town: Town) -> None:
    screen = await ask(town)
    (body,) = await posted(town)
    assert town.mia.mention in body["content"]
    assert [int(role) for role in body["allowed_mentions"]["roles"]] == [town.roles["leader"].id]
    assert body["allowed_mentions"]["parse"] == []
    assert body["nonce"]
    assert str(town.mia.id) not in str(body["components"])
    assert await said_asked(town) in screen.content
    for purpose in ("start", "group", "help", "moderators"):
        channel = await town.channel(purpose)
        assert not any(town.mia.mention in str(one) for one in town.sent("POST", f"/channels/{channel.id}/messages"))


async def test_asked_twice_or_many_times_in_one_moment_it_is_one_request(town: Town) -> None:
    await to_the_question(town)
    programme = await town.programme()
    answers = await press_at_once(town, [(town.mia, f"newcomers:greet:{programme.id}")] * 4)
    said = await said_asked(town)
    assert answers == [said] * 4
    assert said in (await start(town)).content
    assert len(await posted(town)) == len(await rows(town)) == 1


async def test_who_chose_a_way_before_is_not_asked_for_it_again(town: Town) -> None:
    screen = await ask(town)
    await town.press(town.mia, screen, "newcomers:cancel:")
    again = await start(town)
    await town.press(town.mia, again, "newcomers:next:")
    await town.press(town.mia, again, "newcomers:yes:")
    assert await said_asked(town) in again.content


async def test_a_leader_takes_it_everybody_hears_who_and_the_newcomer_is_told(town: Town) -> None:
    await ask(town, way="thread")
    hint = read(await take(town, town.leo))
    assert town.mia.mention in hint.content
    assert town.t("newcomers.hint") in hint.content
    assert town.t("newcomers.hint.told") in hint.content
    said = await post(town)
    assert said.content == town.t("newcomers.post.taken", greeter=town.leo.mention, person=town.mia.mention)
    assert said.components == []
    told = [
        body
        for body in town.sent("POST", "/messages")
        if town.t("newcomers.expect", greeter=town.leo.mention) in str(body)
    ]
    assert len(told) == 1
    (standing,) = [await start(town)]
    assert town.leo.mention in standing.content


async def test_who_wants_nothing_sent_is_sent_nothing_and_the_leader_knows(town: Town) -> None:
    await ask(town)
    before = len(town.sent("POST", "/messages"))
    hint = read(await take(town, town.leo))
    assert town.t("newcomers.hint.not_told") in hint.content
    assert len(town.sent("POST", "/messages")) == before


async def test_of_two_leaders_at_once_one_greets_and_the_other_reads_who(town: Town) -> None:
    other = town.guild.add_member(town.env.create_user("Lia"), roles=[town.roles["leader"]])
    await ask(town, way="thread")
    (row,) = await rows(town)
    custom_id = f"newcomers:take:{row['programme_id']}.{row['id']}"
    answers = await press_at_once(town, [(town.leo, custom_id), (other, custom_id)])
    hints = [answer for answer in answers if town.t("newcomers.hint") in answer]
    losers = [answer for answer in answers if answer not in hints]
    assert len(hints) == 1
    assert losers[0] in {town.t("newcomers.somebody_else", greeter=who.mention) for who in (town.leo, other)}
    expected = [town.t("newcomers.expect", greeter=who.mention) for who in (town.leo, other)]
    assert sum(any(one in str(body) for one in expected) for body in town.sent("POST", "/messages")) == 1


async def test_pressed_again_by_whoever_greets_the_newcomer_hears_nothing_twice(town: Town) -> None:
    await ask(town, way="thread")
    await take(town, town.leo)
    before = len(town.sent("POST", "/messages"))
    assert town.t("newcomers.hint") in await press_take(town, town.leo)
    assert len(town.sent("POST", "/messages")) == before


async def test_only_leaders_of_the_programme_may_take_it(town: Town) -> None:
    await ask(town)
    for who in (town.mia, town.sam, town.ada, town.noah):
        assert await press_take(town, who) == town.t("newcomers.only_leaders")
    assert [row["greeter_ref"] for row in await rows(town)] == [None]


async def test_a_leader_without_the_role_any_more_is_refused(town: Town) -> None:
    await ask(town)
    town.env.backend.remove_member_role(town.guild.id, town.leo.id, town.roles["leader"].id)
    await town.env.settle()
    assert await press_take(town, town.leo) == town.t("newcomers.only_leaders")


async def test_a_leader_who_is_new_is_greeted_by_another(town: Town) -> None:
    await ask(town, town.leo)
    assert read(await take(town, town.leo)).content == town.t("newcomers.yourself")


async def test_taken_back_the_name_goes_from_the_leaders_channel(town: Town) -> None:
    screen = await ask(town)
    (row,) = await rows(town)
    await town.press(town.mia, screen, "newcomers:cancel:")
    assert (await post(town)).content == town.t("newcomers.post.gone")
    assert await rows(town) == []
    late = read(await town.send(town.leo, f"newcomers:take:{row['programme_id']}.{row['id']}"))
    assert late.content == town.t("newcomers.taken_back")
    again = read(await town.send(town.mia, f"newcomers:cancel:{row['programme_id']}"))
    assert again.content == screen.content


async def test_erased_meanwhile_the_leader_reads_that_nothing_is_to_do_and_the_name_goes(town: Town) -> None:
    await ask(town)
    message = await post(town)
    await privacy.erase(town.db, Actor(town.mia.id, town.guild.id))
    assert read(await take(town, town.leo, message)).content == town.t("newcomers.taken_back")
    assert (await post(town)).content == town.t("newcomers.post.gone")


async def test_a_restart_between_the_screens_loses_nothing(town: Town) -> None:
    screen = await to_the_question(town)
    await town.restart()
    await town.press(town.mia, screen, "newcomers:yes:")
    await town.restart()
    await town.press(town.mia, screen, "settings:way:nowhere.")
    message = await post(town)
    await town.restart()
    assert town.t("newcomers.hint") in read(await take(town, town.leo, message)).content
    assert len(await posted(town)) == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_where_leaders_cannot_be_told_it_says_so_and_a_second_press_tells_them(town: Town, status: int) -> None:
    leaders = await town.channel("leaders")
    town.env.inject_error("POST", f"/channels/{leaders.id}/messages", status=status)
    screen = await ask(town)
    assert (await town.channel("group")).mention in screen.content
    assert town.find(screen, "newcomers:cancel:")
    await town.press(town.mia, screen, "newcomers:greet:")
    assert await said_asked(town) in screen.content
    assert len(await rows(town)) == 1


async def test_killed_between_posting_and_writing_it_down_the_second_post_bears_the_same_nonce(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*args: Any, **kwargs: Any) -> bool:
        raise RuntimeError

    with monkeypatch.context() as dying:
        dying.setattr(newcomers, "remember_told", killed)
        await ask(town)
    await town.restart()
    await town.send(town.mia, f"newcomers:greet:{(await town.programme()).id}")
    first, second = await posted(town)
    assert first["nonce"] == second["nonce"]
    assert first["enforce_nonce"]


async def test_without_a_leaders_role_nobody_is_asked_and_it_says_what_to_do(town: Town) -> None:
    town.env.backend.delete_role(town.guild.id, town.roles["leader"].id)
    await town.env.settle()
    screen = await to_the_question(town)
    group = (await town.channel("group")).mention
    assert screen.content == town.t("newcomers.no_leaders", group=group)
    programme = await town.programme()
    for name in ("yes", "greet"):
        answer = read(await town.send(town.mia, f"newcomers:{name}:{programme.id}"))
        assert await rows(town) == []
        assert answer.content == screen.content


async def test_a_programme_that_is_gone_meanwhile_says_so_on_every_button(town: Town) -> None:
    screen = await ask(town)
    message = await post(town)
    programme = await town.programme()
    await town.db.write(lambda tx: guilds.update_programme(tx, town.guild.id, programme.id, state="draft"))
    town.bot.tools.guilds.forget(town.guild.id)
    gone = town.t("error.programme_gone")
    for name in ("start", "agree", "next", "look", "yes", "no", "greet", "cancel"):
        assert read(await town.send(town.mia, f"newcomers:{name}:{programme.id}")).content == gone
    assert read(await take(town, town.leo, message)).content == gone
    assert screen.content


async def test_without_a_yes_a_crafted_press_stores_and_tells_nothing(town: Town) -> None:
    programme = await town.programme()
    answer = read(await town.send(town.mia, f"newcomers:greet:{programme.id}"))
    assert answer.content == town.t("newcomers.not_agreed")
    assert await rows(town) == []
    assert await posted(town) == []


@pytest.mark.parametrize("token", ["", "0", "x.y.z", "' OR 1=1 --", "{programme}.", "{programme}.nobody"])
async def test_a_crafted_id_reaches_nothing(town: Town, token: str) -> None:
    await ask(town)
    before = await rows(town)
    programme = await town.programme()
    answer = read(await town.send(town.leo, f"newcomers:take:{token.format(programme=programme.id)}"))
    assert answer.content in {town.t("error.programme_gone"), town.t("newcomers.taken_back")}
    assert await rows(town) == before


async def test_where_young_people_are_a_hello_is_said_among_others(town: Town) -> None:
    await town.db.write(lambda tx: guilds.update(tx, town.guild.id, ages="both"))
    town.bot.tools.guilds.forget(town.guild.id)
    screen = await to_the_question(town)
    group = (await town.channel("group")).mention
    assert town.t("newcomers.hello.group", group=group) in screen.content
    await town.press(town.mia, screen, "newcomers:yes:")
    assert not [one for one in town.ids(screen) if one.startswith("settings:way:dm")]
    await town.press(town.mia, screen, "settings:way:nowhere.")
    hint = read(await take(town, town.leo))
    assert town.t("newcomers.hint.group", person=town.mia.mention, group=group) in hint.content


async def close_down(town: Town, purpose: str) -> None:
    """Let nothing serve a purpose any more."""
    programme = await town.programme()
    where = (bindings.c.programme_id == programme.id, bindings.c.purpose == purpose)
    await town.db.write(lambda tx: tx.execute(sa.delete(bindings).where(*where)))
    town.bot.tools.guilds.forget(town.guild.id)


async def test_without_a_leaders_channel_no_name_goes_to_the_moderators_instead(town: Town) -> None:
    group = (await town.channel("group")).mention
    await close_down(town, "leaders")
    screen = await to_the_question(town)
    assert screen.content == town.t("newcomers.no_leaders", group=group)
    programme = await town.programme()
    answer = read(await town.send(town.mia, f"newcomers:greet:{programme.id}"))
    assert answer.content == screen.content
    assert await rows(town) == []
    assert town.mia.mention not in str(town.sent("POST", "/messages"))


async def test_a_name_never_goes_to_a_leaders_channel_that_everybody_reads_by_now(town: Town) -> None:
    leaders, group = await town.channel("leaders"), (await town.channel("group")).mention
    await open_to_all(town, leaders)
    screen = await ask(town)
    assert town.t("newcomers.not_told", group=group) in screen.content
    assert town.mia.mention not in str(town.sent("POST", f"/channels/{leaders.id}/messages"))


async def test_taken_back_while_it_is_being_posted_it_does_not_say_that_leaders_know(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember, programme = newcomers.remember_told, await town.programme()

    async def first_taken_back(*args: Any, **where: Any) -> bool:
        await newcomers.take_back(town.db, Actor(town.mia.id, town.guild.id), programme)
        return await remember(*args, **where)

    monkeypatch.setattr(newcomers, "remember_told", first_taken_back)
    await to_the_question(town)
    answer = read(await town.send(town.mia, f"newcomers:greet:{programme.id}"))
    start_channel = (await town.channel("start")).mention
    assert answer.content == town.t("newcomers.cancelled", start=start_channel)
    assert (await post(town)).content == town.t("newcomers.post.gone")


async def test_where_writing_down_that_leaders_know_fails_nobody_hears_that_nothing_was_done(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*args: Any, **where: Any) -> bool:
        raise Busy

    with monkeypatch.context() as locked:
        locked.setattr(newcomers, "remember_told", busy)
        screen = await ask(town)
    assert await said_asked(town) in screen.content


@pytest.mark.parametrize(("status", "key"), [(403, "newcomers.cancelled.left"), (404, "newcomers.cancelled")])
async def test_taken_back_it_says_so_honestly_where_the_name_could_not_be_taken_down(
    town: Town, status: int, key: str
) -> None:
    screen = await ask(town)
    message = await post(town)
    town.env.inject_error("PATCH", f"/channels/{message.channel.id}/messages/{message.id}", status=status)
    await town.press(town.mia, screen, "newcomers:cancel:")
    assert screen.content == town.t(key, start=(await town.channel("start")).mention)
    assert await rows(town) == []


async def test_once_the_greeter_is_erased_the_newcomer_is_asked_anew_and_another_is_called(town: Town) -> None:
    await ask(town)
    await take(town, town.leo)
    await privacy.erase(town.db, Actor(town.leo.id, town.guild.id))
    screen = await start(town)
    await town.press(town.mia, screen, "newcomers:next:")
    await town.press(town.mia, screen, "newcomers:yes:")
    first, second = await posted(town)
    # Within minutes Discord would answer the same nonce with the message that stands there, taken and done with.
    assert first["nonce"] != second["nonce"]
    assert screen.content == await said_asked(town)


async def test_asking_and_taking_back_again_and_again_calls_the_leaders_once(town: Town) -> None:
    screen = await ask(town)
    for _ in range(2):
        await town.press(town.mia, screen, "newcomers:cancel:")
        await town.send(town.mia, f"newcomers:greet:{(await town.programme()).id}")
        screen = await start(town)
    assert [len(body["allowed_mentions"].get("roles", [])) for body in await posted(town)] == [1, 0, 0]


async def test_whoever_tries_a_programme_out_reads_where_people_would_say_hello(empty_town: Town) -> None:
    town = empty_town
    await town.db.write(lambda tx: put_trial(tx, town))
    town.bot.tools.guilds.forget(town.guild.id)
    screen = read(await town.send(town.ada, f"newcomers:next:{TRIAL}"))
    assert town.t("programme.recovery.channel.group") in screen.content


TRIAL = "e" * 32


def put_trial(tx: sa.Connection, town: Town) -> None:
    """Let a programme be tried out that does not stand yet."""
    now = town.clock.now()
    guilds.ensure(tx, town.guild.id, key_salt=bytes(16), locale="en", zone="UTC", countries=[], now=now)
    guilds.insert_programme(tx, TRIAL, town.guild.id, preset="recovery", draft={"on_trial": True}, now=now)


async def test_taken_back_just_after_it_was_taken_on_the_name_does_not_come_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit, programme = discord.Message.edit, await town.programme()

    async def slow(message: discord.Message, **options: Any) -> discord.Message:
        _, back = payload(town, town.mia, f"newcomers:cancel:{programme.id}")
        town.env.backend.emit("INTERACTION_CREATE", back)
        # Long enough for it to be answered, if it were answered meanwhile.
        await asyncio.to_thread(time.sleep, 0.2)
        return await edit(message, **options)

    await ask(town)
    monkeypatch.setattr(discord.Message, "edit", slow)
    await take(town, town.leo)
    await town.env.settle(timeout=10)
    assert await rows(town) == []
    assert (await post(town)).content == town.t("newcomers.post.gone")
