"""The loopback Discord keeps its own promises, shown with a tiny bot in a process of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.loopback import CALLBACKS, FOREVER, Channel, Fault, Guild, Loopback, Person, Process, RefusedByClient

SEND = "POST /channels/*/messages"


@pytest.fixture
def guild(discord: Loopback) -> Guild:
    return discord.guild("Harbour")


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("quay")


@pytest.fixture
def mia(discord: Loopback, guild: Guild) -> Person:
    return discord.person("Mia", guild)


@pytest.fixture
async def bot(discord: Loopback, guild: Guild, channel: Channel, mia: Person) -> AsyncIterator[Process]:
    async with discord.tiny_bot(TINY_PAUSE="0.2") as process:
        await process.ready()
        yield process


async def test_a_bot_identifies_and_hears_of_its_guilds(discord: Loopback, bot: Process) -> None:
    assert bot.out[0] == "ready: 1 guilds, 6 commands"
    assert [session.shard for session in discord.gateway.connected] == [(0, 1)]


async def test_a_command_is_answered_privately_and_timed(channel: Channel, mia: Person, bot: Process) -> None:
    answer = await mia.slash(channel, "ping")
    assert (answer.kind, answer.ephemeral, answer.text) == ("reply", True, "pong")
    assert 0 < answer.seconds < 3  # Discord's own limit, enforced by the server


async def test_a_deferred_answer_is_followed_to_its_end(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    answer = await (await mia.slash(channel, "slow")).finished()
    await discord.until(lambda: answer.followups)
    assert (answer.kind, answer.text) == ("defer", "thought about it\nand one thing more")


async def test_options_autocomplete_and_menus_reach_the_bot(channel: Channel, mia: Person, bot: Process) -> None:
    assert await mia.complete(channel, "pick", word="ab") == [{"name": "abab", "value": "abab"}]
    assert (await mia.slash(channel, "pick", who=mia, word="x")).text == "Mia x"
    assert (await mia.menu(channel, "Read", mia.says(channel, "good morning"))).text == "it says good morning"
    with pytest.raises(RefusedByClient):
        mia.slashing(channel, "pick", word="nobody picked")


async def test_buttons_edit_open_forms_and_take_crafted_ids(channel: Channel, mia: Person, bot: Process) -> None:
    panel = channel.panel("Welcome", ("Press", "tiny:press"), ("Edit", "tiny:edit"), ("Open", "tiny:open"))
    assert (await mia.press(panel, "Press")).text == "press 1: tiny:press"
    assert (await mia.press(panel, "Edit")).kind == "update"
    assert panel.text.startswith("edited by Mia")
    form = await mia.press(panel, "Open")
    assert form.kind == "modal"
    with pytest.raises(RefusedByClient):
        mia.submitting(form)
    with pytest.raises(RefusedByClient):
        mia.submitting(form, note="x" * 101)
    assert (await mia.submit(form, note="a windy day")).text == "noted: a windy day"
    crafted = mia.crafting(panel, {"component_type": 2, "custom_id": "../../etc"})
    assert (await crafted.acknowledged()).text == "press 2: ../../etc"


async def test_a_form_opened_before_a_kill_can_be_submitted_after(channel: Channel, mia: Person, bot: Process) -> None:
    panel = channel.panel("Welcome", ("Open", "tiny:open"))
    form = await mia.press(panel, "Open")
    await bot.kill()
    await bot.restart()
    assert (await mia.submit(form, note="still here")).text == "noted: still here"


async def test_a_polite_stop_ends_with_zero(discord: Loopback, bot: Process) -> None:
    assert await bot.terminate() == 0
    await discord.until(lambda: not discord.gateway.sessions)


async def test_a_cut_connection_resumes_and_what_it_missed_arrives_once(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    panel = channel.panel("Welcome", ("Press", "tiny:press"))
    discord.gateway.cut()
    answers = [mia.pressing(panel, "Press") for _ in range(3)]  # nobody listens at this moment
    assert sorted([(await answer.acknowledged(10)).text for answer in answers]) == [
        f"press {count}: tiny:press" for count in (1, 2, 3)
    ]
    await bot.until_said("resumed 0")
    assert discord.gateway.connected[0].resumes == 1
    assert len(discord.gateway.identifies) == 1


async def test_op_7_makes_the_bot_resume(discord: Loopback, channel: Channel, mia: Person, bot: Process) -> None:
    discord.gateway.ask_to_reconnect()
    await bot.until_said("resumed 0")
    assert (await mia.slash(channel, "ping")).text == "pong"


async def test_an_invalid_session_makes_the_bot_identify_anew(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    discord.gateway.identify_interval = 0
    discord.gateway.invalidate()
    await discord.until(lambda: len(discord.gateway.identifies) == 2, within=15)
    assert (await mia.slash(channel, "ping")).text == "pong"


async def test_resume_of_a_session_that_is_gone_is_refused(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    discord.gateway.identify_interval = 0
    discord.gateway.sessions.clear()
    discord.gateway.cut()
    await discord.until(lambda: len(discord.gateway.identifies) == 2, within=15)
    assert (await mia.slash(channel, "ping")).text == "pong"


async def test_heartbeats_are_acknowledged() -> None:
    async with Loopback(heartbeat_interval=0.2) as discord:
        discord.guild("Harbour")
        async with discord.tiny_bot() as bot:
            await bot.ready()
            session = discord.gateway.connected[0]
            await discord.until(lambda: session.heartbeats >= 3)
            assert session.resumes == 0


async def test_members_come_in_chunks() -> None:
    async with Loopback() as discord:
        discord.gateway.privileged_intents = {"members"}
        guild = discord.guild("Harbour")
        people = [discord.person(f"Person {count}", guild) for count in range(2100)]
        channel = guild.channel("quay")
        async with discord.tiny_bot(TINY_MEMBERS="yes") as bot:
            await bot.ready()
            answer = await people[0].slash(channel, "members")
            assert answer.text == "2102 members"  # with the owner and the bot


async def test_privileged_intents_that_were_not_approved_are_refused(discord: Loopback, guild: Guild) -> None:
    async with discord.tiny_bot(TINY_MEMBERS="yes") as bot:
        assert await bot.ended() != 0
    assert discord.gateway.closes == [4014]


async def test_each_shard_hears_of_its_own_guilds_and_identifies_in_turn(discord: Loopback) -> None:
    discord.gateway.identify_interval = 0.4
    north, south = (discord.guild(name, shard=(shard, 2)) for shard, name in enumerate(("North", "South")))
    async with discord.tiny_bot(TINY_SHARDS="2", TINY_PAUSE="0.5") as bot:
        await bot.ready()
        await bot.until_said("guild South on shard 1")
        assert "guild North on shard 0" in bot.out
        assert discord.gateway.violations == []
        for guild in (north, south):
            person = discord.person("Mia", guild)
            assert (await person.slash(guild.channel("quay"), "ping")).text == "pong"


async def test_two_identifies_in_a_hurry_are_noticed(discord: Loopback, bot: Process) -> None:
    discord.gateway.identify_interval = 3600
    async with discord.tiny_bot() as second:
        await second.ready()
    assert len(discord.gateway.violations) == 1


async def test_a_limit_with_via_is_waited_out(discord: Loopback, channel: Channel, mia: Person, bot: Process) -> None:
    limit = discord.limit(SEND, 0.3)
    answer = await (await mia.slash(channel, "send", nonce="n1", text="hello")).finished()
    assert answer.text.startswith("sent ")
    assert (limit.hits, limit.impatient) == (1, 0)
    assert [call.status for call in discord.called(SEND)] == [429, 200]


async def test_a_limit_without_via_is_taken_for_a_ban(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    discord.limit(SEND, 0.3, via=False)
    answer = await (await mia.slash(channel, "send", nonce="n1", text="hello")).finished()
    assert answer.text == "HTTPException"
    assert channel.messages == []


async def test_a_global_limit_holds_back_other_routes_too(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    discord.limit(SEND, 0.3, is_global=True)
    answer = await (await mia.slash(channel, "send", nonce="n1", text="hello")).finished(10)
    assert answer.text.startswith("sent ")


async def test_the_same_nonce_makes_one_message(discord: Loopback, channel: Channel, mia: Person, bot: Process) -> None:
    texts = [(await (await mia.slash(channel, "send", nonce="n1", text=word)).finished()).text for word in ("a", "b")]
    assert texts[0] == texts[1]
    assert [seen.text for seen in channel.messages] == ["a"]
    await bot.until_said("message nonce=n1")
    discord.rest.nonce_seconds = 0
    await (await mia.slash(channel, "send", nonce="n1", text="c")).finished()
    assert [seen.text for seen in channel.messages] == ["a", "c"]


async def test_the_nonce_of_a_deleted_message_is_answered_10008(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    await (await mia.slash(channel, "send", nonce="n1", text="a")).finished()
    discord.backend.delete_message(channel.id, channel.messages[0].id)
    answer = await (await mia.slash(channel, "send", nonce="n1", text="a")).finished()
    assert answer.text == "NotFound"


@pytest.mark.parametrize(
    ("fault", "outcome", "left"),
    [
        (Fault.ERROR_BEFORE, "sent", 1),  # discord.py tries a 500 again by itself
        (Fault.ERROR_AFTER, "sent", 1),  # and the nonce keeps the second try from doubling
        (Fault.RESET_BEFORE, "ServerDisconnectedError|ClientOSError|ConnectionResetError", 0),
        (Fault.RESET_AFTER, "ServerDisconnectedError|ClientOSError|ConnectionResetError", 1),
        (Fault.HTML, "sent", 1),
        (Fault.UNAUTHORISED, "HTTPException|Forbidden|LoginFailure", 0),
    ],
)
async def test_a_fault_strikes_before_or_after_the_work(
    discord: Loopback, channel: Channel, mia: Person, bot: Process, fault: Fault, outcome: str, left: int
) -> None:
    ordered = discord.fault(SEND, fault)
    answer = await (await mia.slash(channel, "send", nonce="n1", text="a")).finished()
    assert any(answer.text.startswith(one) for one in outcome.split("|"))
    assert len(channel.messages) == left
    assert ordered.hits == 1


async def test_a_hanging_call_is_done_but_never_answered(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    hanging = discord.fault(SEND, Fault.HANG_AFTER)
    answer = await mia.slash(channel, "send", nonce="n1", text="a")
    await discord.until(lambda: hanging.hits)
    assert discord.called(SEND)[0].status is None
    assert len(channel.messages) == 1
    assert answer.record.loading


async def test_a_401_can_last_for_ever(discord: Loopback, channel: Channel, mia: Person, bot: Process) -> None:
    forever = discord.fault(SEND, Fault.UNAUTHORISED, times=FOREVER)
    for nonce in ("n2", "n3"):
        await (await mia.slash(channel, "send", nonce=nonce, text="a")).finished()
    assert forever.hits == 2


async def test_the_same_interaction_twice_is_answered_once(
    discord: Loopback, channel: Channel, mia: Person, bot: Process
) -> None:
    answer = await mia.slash(channel, "ping")
    discord.dispatch("INTERACTION_CREATE", answer.payload)
    await discord.until(lambda: [call.status for call in discord.called(CALLBACKS)] == [200, 400])


async def test_no_credential_is_recorded(discord: Loopback, channel: Channel, mia: Person, bot: Process) -> None:
    answer = await mia.slash(channel, "slow")
    await answer.finished()
    record = repr(discord.calls)
    assert discord.token not in record
    assert answer.payload["token"] not in record
