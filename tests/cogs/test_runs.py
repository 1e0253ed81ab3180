"""A meeting that runs, as people see it: from its start to its end, with hosts who go, doors that close, and restarts."""

import copy
import datetime as dt
from typing import Any

import discord
import pytest
from simcord.results import ResponseMessage

from bot.domain.actor import Actor
from bot.kit import panels as kit
from bot.services import runs
from data.schema import turns
from tests.cogs.delivering import pass_time, run_due
from tests.cogs.leading import another_leader
from tests.cogs.raw import dispatch_raw, press_at_once
from tests.cogs.running import (
    called,
    now,
    panel,
    prepare,
    press,
    press_at,
    said,
    says_yes,
    start,
    verbs,
)
from tests.cogs.town import Town, read
from tests.services.running import MEETING, MINUTE

MEMBERS = {"raise", "pass", "listen", "here", "leave"}
HOSTS = {"next", "turn", "lock", "end"}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show panels at once: how many touches become one edit is tested where panels are."""
    monkeypatch.setattr(kit, "TOUCH_AFTER", 0.0)


# -- from start to end ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text", "voice", "stage"])
async def test_a_meeting_runs_from_its_start_to_its_end_in_every_kind_of_channel(town: Town, kind: str) -> None:
    room = {
        "text": town.guild.create_text_channel,
        "voice": town.guild.create_voice_channel,
        "stage": town.guild.create_stage_channel,
    }[kind]("room")
    await prepare(town, room)
    began = await start(town, town.leo)
    assert began.content == town.t("runs.start.done", channel=f"<#{room.id}>")
    shown = await panel(town, room)
    assert verbs(shown) == MEMBERS | HOSTS | {"help"}
    assert town.t("phase.opening") in shown.content
    assert town.t("programme.recovery.opening") in shown.content
    assert f"<@{town.leo.id}>" in shown.content
    assert f"<@{town.mia.id}>" not in shown.content

    raised = await press(town, town.mia, room, "raise")
    assert raised.content == town.t("runs.said.you_are_next")
    heard = await press(town, town.noah, room, "listen")
    assert heard.content == town.t("runs.said.listen")
    shown = await panel(town, room)
    assert town.t("runs.panel.queue", people=f"<@{town.mia.id}>") in shown.content
    assert town.t("runs.panel.listening", people=f"<@{town.noah.id}>") in shown.content

    await press(town, town.leo, room, "turn")
    turn = (await said(town, room))[-1]
    assert turn.content.startswith(town.t("runs.turn", person=f"<@{town.mia.id}>"))
    assert called(town, room)[-1] == [town.mia.id]
    assert (await press_at(town, town.mia, turn, "done")).content == town.t("runs.said.done")

    for name in ("readings", "shares", "closing"):
        await press(town, town.leo, room, "next")
        phase = town.t(f"phase.{name}")
        assert phase in (await panel(town, room)).content
        assert phase in (await said(town, room))[-1].content
    assert town.t("programme.recovery.closing") in (await panel(town, room)).content
    assert "next" not in verbs(await panel(town, room))

    asked = await press(town, town.leo, room, "end")
    assert asked.content == town.t("runs.end.ask")
    await town.press(town.leo, asked, "runs:end-yes:")
    assert asked.content == town.t("runs.end.done", n=3)
    await run_due(town)
    shown = await panel(town, room)
    assert (verbs(shown), town.t("runs.panel.over") in shown.content) == ({"missed"}, True)
    assert not any(f"<@{who.id}>" in shown.content for who in (town.leo, town.mia, town.noah))
    assert town.t("programme.recovery.closing") in (await said(town, room))[-1].content
    assert await town.db.read(lambda tx: tx.execute(turns.select()).all()) == []


async def test_a_meeting_goes_on_after_a_restart_between_any_two_steps(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await start(town, town.leo)
    steps = [
        (town.mia, "raise"),
        (town.noah, "raise"),
        (town.leo, "turn"),
        (town.mia, "pass"),
        (town.leo, "next"),
        (town.noah, "listen"),
        (town.leo, "next"),
        (town.leo, "next"),
        (town.leo, "end"),
    ]
    before = (await panel(town, room)).id
    for who, verb in steps:
        await town.restart()
        await run_due(town)
        screen = await press(town, who, room, verb)
        assert not screen.content.startswith(town.t("error.accident", reference="")[:10]), verb
    await town.restart()
    await town.press(town.leo, screen, "runs:end-yes:")
    await town.restart()
    await run_due(town)
    messages = [one.content for one in await said(town, room)]
    assert (await panel(town, room)).id == before, "the panel was posted once"
    for name in ("readings", "shares", "closing"):
        assert sum(town.t(f"phase.{name}") in one for one in messages) == 1
    for person in (town.mia, town.noah):
        assert sum(one.startswith(town.t("runs.turn", person=f"<@{person.id}>")) for one in messages) == 1
    assert sum(town.t("programme.recovery.closing") in one for one in messages) == 1


async def test_what_was_planned_before_a_restart_is_said_once_after_it(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await start(town, town.leo)
    await pass_time(town, 6 * MINUTE)
    await town.restart()
    for _ in range(3):
        await run_due(town)
    over = town.t("runs.overtime", phase=town.t("phase.opening"), next=town.t("phase.readings"))
    assert [one.content for one in await said(town, room)].count(over) == 1


@pytest.mark.parametrize("at", range(6))
async def test_a_press_whose_process_died_before_it_said_anything_is_said_once_by_the_next(town: Town, at: int) -> None:
    room = town.general
    await prepare(town, room)
    await start(town, town.leo)
    run, programme = await now(town), await town.programme()
    leo, mia = (Actor(who.id, town.guild.id, manages_guild=who is town.leo) for who in (town.leo, town.mia))
    steps: list[Any] = [
        lambda: runs.raise_hand(town.db, town.clock, mia, programme, run.id, agreed=True),
        lambda: runs.next_turn(town.db, town.clock, leo, programme, run.id, seen=0),
        lambda: runs.next_phase(town.db, town.clock, leo, programme, run.id, seen=0),
        lambda: runs.finish(town.db, town.clock, mia, programme, run.id, seen=1),
        lambda: runs.leave(town.db, town.clock, leo, programme, run.id),
        lambda: runs.end(town.db, town.clock, leo, programme, run.id),
    ]
    for number, step in enumerate(steps):
        await step()
        if number == at:
            await town.restart()
        await run_due(town)
    await town.restart()
    for _ in range(2):
        await run_due(town)
    messages = [one.content for one in await said(town, room)]
    for once in (town.t("runs.host.nobody"), town.t("runs.ended", title="24/7")):
        assert sum(one.startswith(once) for one in messages) == 1
    for once in (town.t("phase.readings"), f"<@{town.mia.id}>"):
        assert sum(once in one for one in messages) == 1
    assert town.t("runs.panel.over") in (await panel(town, room)).content


async def type_start(town: Town) -> ResponseMessage:
    start_ = {"name": "start", "type": 1, "options": []}
    options = [{"name": "meeting", "type": 2, "options": [start_]}]
    data = {"id": "1", "name": "lead", "type": 1, "options": options}
    return read(await dispatch_raw(town.leo, town.general, 2, data))


async def test_a_leader_starts_by_command_and_sees_what_can_begin(town: Town) -> None:
    room = town.general
    nothing = await type_start(town)
    assert nothing.content == town.t("runs.start.none", minutes=30)
    await prepare(town, room)
    screen = await type_start(town)
    assert town.t("format.twelve_step") in screen.content
    await town.press(town.leo, screen, "runs:open:")
    await town.press(town.leo, screen, "runs:open-yes:")
    assert screen.content == town.t("runs.start.done", channel=f"<#{room.id}>")
    screen = await type_start(town)
    assert town.t("runs.start.running") in screen.content


# -- two at once, too late, elsewhere, without rights ---------------------------------------------------------------------


async def test_two_hosts_who_press_next_at_once_make_one_step(town: Town) -> None:
    room = town.general
    programme_id = await prepare(town, room)
    await start(town, town.leo)
    run = await now(town)
    button = f"runs:next:{programme_id}.{run.id}.0"
    answers = await press_at_once(town, [(town.leo, button), (town.ada, button), (town.leo, button)])
    assert sorted(answers) == sorted(
        [town.t("runs.said.next", phase=town.t("phase.readings"))] + [town.t("runs.meanwhile")] * 2
    )
    assert (await now(town)).step == 1
    await run_due(town)
    assert sum(town.t("phase.readings") in one.content for one in await said(town, room)) == 1


async def test_two_who_start_at_once_start_one_meeting(town: Town) -> None:
    programme_id = await prepare(town, town.general)
    for who in (town.leo, town.ada):
        await town.agree(who)
    button = f"runs:open:{programme_id}.{MEETING}"
    answers = await press_at_once(town, [(town.leo, button), (town.ada, button)])
    channel = f"<#{town.general.id}>"
    assert sorted(answers) == sorted(
        [town.t("runs.start.done", channel=channel), town.t("runs.start.already", channel=channel)]
    )
    await run_due(town)
    assert len([one for one in town.general.history() if "runs:raise:" in str(one.components)]) <= 2


async def test_whoever_may_not_is_told_kindly_and_nothing_changes(town: Town) -> None:
    room = town.general
    programme_id = await prepare(town, room)
    refused = await start(town, town.mia)
    assert refused.content == town.t("runs.only_hosts_begin")
    await start(town, town.leo)
    before = await now(town)
    for verb, more in (("next", ".0"), ("turn", ".0"), ("lock", ".1"), ("end", ""), ("end-yes", ""), ("lobby", "")):
        answer = read(await town.send(town.mia, f"runs:{verb}:{programme_id}.{before.id}{more}"))
        assert answer.content == town.t("runs.only_hosts"), verb
    assert await now(town) == before


async def test_after_the_end_every_button_says_that_it_is_over(town: Town) -> None:
    room = town.general
    programme_id = await prepare(town, room)
    await start(town, town.leo)
    asked = await press(town, town.leo, room, "end")
    await town.press(town.leo, asked, "runs:end-yes:")
    run = await now(town)
    for verb, more in (
        *((verb, "") for verb in ("raise", "pass", "listen", "here", "leave", "take", "self", "help", "end")),
        ("next", ".0"),
        ("turn", ".0"),
        ("done", ".0"),
        ("lock", ".1"),
        ("end-yes", ""),
    ):
        for who in (town.mia, town.leo):
            answer = read(await town.send(who, f"runs:{verb}:{programme_id}.{run.id}{more}"))
            assert answer.content == town.t("runs.over"), verb
    assert await now(town) == run


@pytest.mark.parametrize("more", ["", ".", ".x", ".-1", ".9999999", ".0.0", ".²"])
async def test_a_crafted_press_is_answered_and_changes_nothing(town: Town, more: str) -> None:
    programme_id = await prepare(town, town.general)
    await start(town, town.leo)
    before = await now(town)
    for verb in ("next", "turn", "lock", "done"):
        answer = read(await town.send(town.leo, f"runs:{verb}:{programme_id}.{before.id}{more}"))
        assert not town.flaws()
        assert answer.content in {
            town.t("error.button_gone"),
            town.t("runs.not_your_turn"),
            town.t("runs.nobody_waits"),
            town.t("runs.meanwhile"),
        }
    assert await now(town) == before


async def test_nobody_presses_on_a_meeting_of_another_server(town: Town) -> None:
    programme_id = await prepare(town, town.general)
    await start(town, town.leo)
    before = await now(town)
    other = town.env.create_guild("Elsewhere")
    boss = other.create_role("Boss", permissions=discord.Permissions(manage_guild=True))
    stranger = other.add_member(town.leo.user, roles=[boss])
    elsewhere = other.create_text_channel("room")
    for verb, more in (("raise", ""), ("next", ".0"), ("end-yes", ""), ("take", "")):
        data = {"custom_id": f"runs:{verb}:{programme_id}.{before.id}{more}", "component_type": 2}
        answer = read(await dispatch_raw(stranger, elsewhere, 3, data))
        assert answer.content == town.t("error.programme_gone")
    assert await now(town) == before


# -- hosts who go ---------------------------------------------------------------------------------------------------------


async def test_a_host_who_has_to_go_hands_over_to_the_co_host_who_is_called(town: Town) -> None:
    room, nia = town.general, another_leader(town)
    await prepare(town, room)
    await start(town, town.leo)
    assert (await press(town, nia, room, "help")).content == town.t("runs.said.help")
    await press(town, town.mia, room, "raise")
    gone = await press(town, town.leo, room, "leave")
    assert gone.content == town.t("runs.said.handed")
    assert (await said(town, room))[-1].content == town.t("runs.host", person=f"<@{nia.id}>")
    assert called(town, room)[-1] == [nia.id]
    shown = await panel(town, room)
    assert town.t("runs.panel.host", person=f"<@{nia.id}>") in shown.content
    assert town.t("runs.panel.queue", people=f"<@{town.mia.id}>") in shown.content
    assert f"<@{town.leo.id}>" not in shown.content


async def test_where_nobody_inherits_those_who_may_take_over_and_the_others_run_it_themselves(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await says_yes(town, town.mia)
    await start(town, town.leo)
    await press(town, town.leo, room, "leave")
    assert verbs(await panel(town, room)) >= {"take", "self"}
    assert (await press(town, town.noah, room, "take")).content == town.t("runs.only_eligible")
    assert (await press(town, town.noah, room, "self")).content == town.t("runs.only_yes")
    assert (await press(town, town.mia, room, "self")).content == town.t("runs.said.self")
    assert (await press(town, town.mia, room, "next")).content == town.t(
        "runs.said.next", phase=town.t("phase.readings")
    )
    assert (await press(town, town.ada, room, "take")).content == town.t("runs.said.take")
    assert (await press(town, town.mia, room, "next")).content == town.t("runs.only_hosts")


async def test_a_meeting_without_a_host_is_stepped_through_by_who_said_yes(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await says_yes(town, town.mia, town.noah)
    began = await start(town, town.mia, "alone")
    assert began.content == town.t("runs.start.alone", channel=f"<#{room.id}>")
    assert town.t("runs.panel.self_run") in (await panel(town, room)).content
    for who in (town.noah, town.mia, town.noah):
        await press(town, who, room, "next")
    asked = await press(town, town.mia, room, "end")
    await town.press(town.mia, asked, "runs:end-yes:")
    assert (await now(town)).ended_at is not None


async def test_a_host_who_leaves_the_voice_channel_is_waited_for_and_then_somebody_else_is_asked(town: Town) -> None:
    room = town.guild.create_voice_channel("room")
    await prepare(town, room)
    await town.leo.join_voice(room)
    await start(town, town.leo)
    await town.leo.leave_voice()
    await pass_time(town, MINUTE)
    await run_due(town)
    assert (await now(town)).host is not None
    await town.leo.join_voice(room)
    await pass_time(town, 2 * MINUTE)
    await run_due(town)
    assert (await now(town)).host is not None, "they came back"
    await town.leo.leave_voice()
    await pass_time(town, 2 * MINUTE)
    await run_due(town)
    await run_due(town)
    assert (await now(town)).host is None
    last = (await said(town, room))[-1]
    assert (last.content, verbs(last)) == (town.t("runs.host.nobody"), {"take", "self"})
    assert called(town, room)[-1] == []


async def test_a_host_who_left_while_the_bot_was_away_is_seen_to_be_gone_at_its_start(town: Town) -> None:
    room = town.guild.create_voice_channel("room")
    await prepare(town, room)
    await town.leo.join_voice(room)
    await start(town, town.leo)
    town.env.backend.guilds[town.guild.id].voice_states.pop(town.leo.id)
    await town.restart()
    await town.env.settle()
    host = (await now(town)).host
    assert host is not None
    assert (host.in_room, host.left_at) == (False, town.clock.now())


async def test_a_host_nobody_hears_of_is_replaced_by_the_co_host(town: Town) -> None:
    room, nia = town.general, another_leader(town)
    await prepare(town, room)
    await start(town, town.leo)
    await press(town, nia, room, "help")
    await pass_time(town, 15 * MINUTE)
    await run_due(town)
    await run_due(town)
    assert town.t("runs.host", person=f"<@{nia.id}>") in [one.content for one in await said(town, room)]


async def test_a_meeting_that_nobody_ends_ends_by_itself_and_its_panel_says_so(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await start(town, town.leo)
    await pass_time(town, dt.timedelta(hours=2, minutes=1))
    for _ in range(3):
        await run_due(town)
    assert (await now(town)).ended_at is not None
    assert town.t("runs.panel.over") in (await panel(town, room)).content


# -- doors ----------------------------------------------------------------------------------------------------------------


def overwrites(town: Town, channel_id: int) -> list[Any]:
    """Return what a channel says of whom, as Discord keeps it."""
    return copy.deepcopy(list(town.env.backend.get_channel(channel_id).overwrites))


def says_of_everybody(town: Town, channel_id: int, right: str) -> bool | None:
    here = town.bot.get_channel(channel_id)
    assert isinstance(here, discord.abc.GuildChannel)
    found: bool | None = getattr(here.overwrites_for(here.guild.default_role), right)
    return found


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(("kind", "right"), [("voice", "connect"), ("text", "send_messages")])
async def test_a_lock_keeps_newcomers_out_of_list_and_channel_and_is_taken_back_whole(
    town: Town, kind: str, right: str, restarted: bool
) -> None:
    make = town.guild.create_voice_channel if kind == "voice" else town.guild.create_text_channel
    room = make("room")
    let_bot(town, manage_roles=True)
    await prepare(town, room)
    before = overwrites(town, room.id)
    await start(town, town.leo)
    locked = await press(town, town.leo, room, "lock")
    assert locked.content == town.t(f"runs.lock.{'voice' if kind == 'voice' else 'chat'}")
    assert says_of_everybody(town, room.id, right) is False
    run = await now(town)
    waiting = read(await town.send(town.noah, f"runs:here:{run.programme_id}.{run.id}"))
    await town.press(town.noah, waiting, "runs:agree:")
    assert waiting.content == town.t("runs.said.lobby")
    assert f"<@{town.noah.id}>" not in (await panel(town, room)).content
    if restarted:
        await town.restart()
    lobby = await press(town, town.leo, room, "lobby")
    assert f"<@{town.noah.id}>" in lobby.content
    (someone,) = (await now(town)).lobby
    await town.choose(town.leo, lobby, "runs:let-in:", [someone.ref])
    assert lobby.content == town.t("runs.lobby.nobody")
    assert (await now(town)).present == 2
    assert (await press(town, town.leo, room, "lock")).content == town.t("runs.lock.open")
    assert overwrites(town, room.id) == before


async def test_the_end_opens_a_locked_channel_again_also_when_the_process_died_before_it_could(town: Town) -> None:
    room = town.guild.create_voice_channel("room")
    let_bot(town, manage_roles=True)
    await prepare(town, room)
    before = overwrites(town, room.id)
    await start(town, town.leo)
    await press(town, town.leo, room, "lock")
    run = await now(town)
    programme = await town.programme()
    leo = Actor(town.leo.id, town.guild.id, manages_guild=True)
    await runs.end(town.db, town.clock, leo, programme, run.id)
    assert says_of_everybody(town, room.id, "connect") is False
    await town.restart()
    await town.env.settle()
    assert overwrites(town, room.id) == before


async def test_a_meeting_that_ends_by_itself_opens_its_channel_again(town: Town) -> None:
    room = town.guild.create_voice_channel("room")
    let_bot(town, manage_roles=True)
    await prepare(town, room)
    before = overwrites(town, room.id)
    await start(town, town.leo)
    await press(town, town.leo, room, "lock")
    assert overwrites(town, room.id) != before
    await pass_time(town, dt.timedelta(hours=2, minutes=1))
    for _ in range(3):
        await run_due(town)
    assert (await now(town)).ended_at is not None
    assert overwrites(town, room.id) == before


async def test_a_channel_that_is_gone_ends_no_meeting(town: Town) -> None:
    room = town.guild.create_voice_channel("room")
    await prepare(town, room)
    await start(town, town.leo)
    await press(town, town.leo, room, "lock")
    run = await now(town)
    town.env.backend.delete_channel(room.id)
    await town.env.settle()
    answer = read(await town.send(town.leo, f"runs:next:{run.programme_id}.{run.id}.0"))
    assert answer.content == town.t("runs.said.next", phase=town.t("phase.readings"))
    asked = read(await town.send(town.leo, f"runs:end:{run.programme_id}.{run.id}"))
    await town.press(town.leo, asked, "runs:end-yes:")
    assert (await now(town)).ended_at is not None
    assert await runs.rooms(town.db, town.guild.id) == []


async def test_without_the_right_a_lock_holds_for_the_list_and_says_so(town: Town) -> None:
    room = town.guild.create_voice_channel("room")
    let_bot(town)
    await prepare(town, room)
    await start(town, town.leo)
    locked = await press(town, town.leo, room, "lock")
    assert locked.content == town.t("runs.lock.only_list")
    assert (await now(town)).is_locked
    assert (await press(town, town.leo, room, "lock")).content == town.t("runs.lock.open")


async def test_after_the_entry_window_who_did_not_say_yes_waits_to_be_let_in(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await says_yes(town, town.mia)
    await start(town, town.leo)
    await pass_time(town, 16 * MINUTE)
    assert (await press(town, town.mia, room, "here")).content == town.t("runs.said.here")
    assert (await press(town, town.noah, room, "here")).content == town.t("runs.said.lobby")
    assert town.t("runs.panel.lobby", n=1) in (await panel(town, room)).content


# -- people ---------------------------------------------------------------------------------------------------------------


async def test_whoever_erases_themself_is_off_the_panel(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await start(town, town.leo)
    await press(town, town.mia, room, "raise")
    await press(town, town.leo, room, "turn")
    assert f"<@{town.mia.id}>" in (await panel(town, room)).content
    screen = read(await town.mia.slash(town.general, "privacy"))
    await town.press(town.mia, screen, "privacy:ask:")
    await town.press(town.mia, screen, "privacy:erase:")
    assert f"<@{town.mia.id}>" not in (await panel(town, room)).content
    await press(town, town.noah, room, "raise")
    await press(town, town.leo, room, "turn")
    assert called(town, room)[-1] == [town.noah.id]


async def test_who_missed_it_sees_what_was_held_and_no_name(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await says_yes(town, town.mia)
    await start(town, town.leo)
    await press(town, town.leo, room, "next")
    asked = await press(town, town.leo, room, "end")
    assert asked.content == town.t("runs.end.ask_early")
    await town.press(town.leo, asked, "runs:end-no:")
    assert (await now(town)).ended_at is None
    asked = await press(town, town.leo, room, "end")
    await town.press(town.leo, asked, "runs:end-yes:")
    missed = await press(town, town.mia, room, "missed")
    assert town.t("phase.opening") in missed.content
    assert town.t("phase.readings") in missed.content
    assert town.t("phase.shares") not in missed.content
    assert "<@" not in missed.content
    assert (await press(town, town.noah, room, "missed")).content == town.t("runs.catch_up.only_yes")


async def test_a_panel_that_is_deleted_stands_there_again_with_everything_as_it_was(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await start(town, town.leo)
    await press(town, town.mia, room, "raise")
    before = await panel(town, room)
    await before.delete()
    await town.env.settle()
    after = await panel(town, room)
    assert (after.id != before.id, after.content) == (True, before.content)


async def test_the_longest_words_of_leaders_leave_room_for_the_names(town: Town) -> None:
    room = town.general
    await prepare(town, room)
    await start(town, town.leo)
    crowd = [town.guild.add_member(town.env.create_user(f"P{number}")) for number in range(12)]
    for who in crowd:
        await press(town, who, room, "raise")
    shown = await panel(town, room)
    assert len(shown.content) <= 2_000
    assert sum(f"<@{who.id}>" in shown.content for who in crowd) >= 3


RIGHTS = discord.Permissions(view_channel=True, send_messages=True, read_message_history=True, connect=True)


def let_bot(town: Town, **more: bool) -> None:
    """Let the bot have the rights that it needs to speak, these beside them, and no others."""
    own = next(role for role in town.env.backend.get_guild(town.guild.id).roles.values() if role.managed)
    rights = RIGHTS | discord.Permissions(**more)
    town.env.backend.edit_role(town.guild.id, own.id, {"permissions": rights.value})
