"""What the postman does with a message to a person: it comes the way they chose, when they may be disturbed, or not at all."""

import discord
import pytest

from bot.demo import simcord_touches as touches
from bot.domain.actor import Actor
from bot.domain.quiet import Quiet
from bot.domain.reaching import Reach
from bot.errors import PeerError
from bot.kit import threads as kit_threads
from bot.services import privacy, settings
from tests.cogs.delivering import MINUTE, Faults, Notes, answered, pass_time, row_of, run_due, states
from tests.cogs.reaching import (
    choose_way,
    close_direct_messages,
    direct_messages,
    inside,
    threads,
    way_of,
    with_young_people,
)
from tests.cogs.town import Town

HOUR = 60 * MINUTE
SILENT = discord.MessageFlags(suppress_notifications=True).value


@pytest.fixture
async def notes(town: Town) -> Notes:
    """Give a kind of message that goes to people."""
    touches.start_clock_at(town.env, town.clock.now())
    return Notes(town, None)


@pytest.fixture
def faults(town: Town, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(town, monkeypatch)


def said(town: Town) -> str:
    """Return the note as a person reads it."""
    return f"{town.t('reach.neutral')}\n\n{town.t('settings.pause.ended')}"


async def be_quiet(town: Town, quiet: Quiet) -> None:
    await settings.set_quiet(town.db, town.clock, Actor(town.mia.id, town.guild.id), quiet)


# -- by the way they chose --------------------------------------------------------------------------------------------


async def test_in_a_private_thread_it_calls_the_person_alone_and_begins_with_a_neutral_line(
    town: Town, notes: Notes
) -> None:
    notes.register()
    await choose_way(town, town.mia, "thread")
    row_id = await notes.plan(town.mia)
    await run_due(town)
    (thread,) = await threads(town)
    assert thread.last_message.content == f"<@{town.mia.id}> {said(town)}"
    body = town.sent("POST", f"/channels/{thread.id}/messages")[-1]
    assert (body["allowed_mentions"]["users"], body["allowed_mentions"]["parse"]) == ([town.mia.id], [])
    row = await row_of(town, row_id)
    assert (row.state, row.channel_id, row.message_id) == ("sent", thread.id, thread.last_message.id)


async def test_in_a_direct_message_it_begins_with_a_neutral_line(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    await notes.plan(town.mia)
    await run_due(town)
    assert direct_messages(town.mia)[-1] == said(town)
    assert await threads(town) == []


async def test_everybody_gets_their_own(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    await choose_way(town, town.noah, "dm")
    await notes.plan(town.mia)
    await notes.plan(town.noah)
    await run_due(town)
    assert direct_messages(town.mia)[-1] == direct_messages(town.noah)[-1] == said(town)


async def test_who_wants_nothing_sent_is_sent_nothing(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "nowhere")
    row_id = await notes.plan(town.mia)
    await run_due(town)
    assert direct_messages(town.mia) == []
    assert await threads(town) == []
    assert (await row_of(town, row_id)).state == "cancelled"
    assert await states(town, "admin.notice") == []


async def test_who_was_never_asked_how_is_sent_nothing(town: Town, notes: Notes) -> None:
    notes.register()
    row_id = await notes.plan(town.mia)
    await run_due(town)
    assert ((await row_of(town, row_id)).state, direct_messages(town.mia)) == ("cancelled", [])


async def test_who_was_erased_is_sent_nothing_and_no_row_tells_of_them(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    row_id = await notes.plan(town.mia)
    before = direct_messages(town.mia)
    await privacy.erase(town.db, Actor(town.mia.id, None))
    assert await run_due(town) == 0
    assert direct_messages(town.mia) == before
    with pytest.raises(LookupError):
        await row_or_none(town, row_id)


async def row_or_none(town: Town, row_id: str) -> None:
    from sqlalchemy.exc import NoResultFound

    try:
        await row_of(town, row_id)
    except NoResultFound:
        raise LookupError from None


async def test_who_is_erased_while_it_is_on_its_way_is_not_tied_to_it(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    row_id = await notes.plan(town.mia)
    request = town.bot.http.request

    async def erase_meanwhile(route, **options):
        answer = await request(route, **options)
        await privacy.erase(town.db, Actor(town.mia.id, None))
        return answer

    monkeypatch.setattr(town.bot.http, "request", erase_meanwhile)
    await run_due(town)
    assert notes.sent == []
    with pytest.raises(LookupError):
        await row_or_none(town, row_id)


# -- when they may be disturbed ---------------------------------------------------------------------------------------


async def test_in_quiet_hours_it_waits_for_their_end(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    await be_quiet(town, Quiet(8 * 60, 9 * 60 + 30))  # it is nine o'clock
    row_id = await notes.plan(town.mia)
    await run_due(town)
    row = await row_of(town, row_id)
    assert (row.state, row.ready_at - town.clock.now(), row.attempts) == ("pending", 30 * MINUTE, 0)
    assert len(direct_messages(town.mia)) == 1
    await pass_time(town, 30 * MINUTE)
    await run_due(town)
    assert direct_messages(town.mia)[-1] == said(town)


async def test_what_would_be_too_late_after_the_quiet_hours_is_not_said(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    await be_quiet(town, Quiet(8 * 60, 12 * 60))
    row_id = await notes.plan(town.mia)
    await run_due(town)
    assert (await row_of(town, row_id)).state == "expired"
    assert len(direct_messages(town.mia)) == 1


async def test_a_kind_that_may_come_in_quiet_hours_comes_without_a_sound(town: Town, notes: Notes) -> None:
    notes.register(in_quiet="silent")
    await choose_way(town, town.mia, "dm")
    await be_quiet(town, Quiet(8 * 60, 12 * 60))
    await notes.plan(town.mia)
    await run_due(town)
    assert direct_messages(town.mia)[-1] == said(town)
    assert town.sent("POST", f"/channels/{town.mia.user.dm_channel.id}/messages")[-1]["flags"] & SILENT


async def test_during_a_pause_nothing_is_sent_and_nothing_is_made_up_for_after_it(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    mia = Actor(town.mia.id, town.guild.id)
    await settings.pause(town.db, town.clock, mia, "day")
    row_id = await notes.plan(town.mia)
    await run_due(town)
    await settings.end_pause(town.db, town.clock, mia)
    await pass_time(town, MINUTE)
    await run_due(town)
    assert ((await row_of(town, row_id)).state, len(direct_messages(town.mia))) == ("cancelled", 1)


# -- where the way is closed ------------------------------------------------------------------------------------------


async def test_where_direct_messages_were_closed_it_comes_in_a_private_thread_and_so_does_the_next(
    town: Town, notes: Notes
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    row_id = await notes.plan(town.mia)
    await run_due(town)
    (thread,) = await threads(town)
    assert inside(town, thread) == {town.mia.id}
    assert thread.last_message.content == f"<@{town.mia.id}> {said(town)}"
    assert await way_of(town, town.mia) == Reach("thread", thread.id, town.clock.now())
    assert ((await row_of(town, row_id)).channel_id, notes.sent) == (thread.id, [thread.last_message.id])
    await notes.plan(town.mia)
    await run_due(town)
    assert (len(await threads(town)), len(thread.history())) == (1, 3)
    assert await states(town, "admin.notice") == []


async def test_where_the_answer_got_lost_and_then_the_way_was_closed_it_is_not_said_a_second_time(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    row_id = await notes.plan(town.mia)
    faults.order(answered(500), after=True)
    faults.order(answered(403, 50007))
    await run_due(town)
    await pass_time(town, 10 * MINUTE / 60)
    await run_due(town)
    assert await threads(town) == []
    assert (await row_of(town, row_id)).state == "sent"


async def test_a_deleted_thread_is_opened_anew(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    found = town.bot.get_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.delete()
    await town.env.settle()
    await notes.plan(town.mia)
    await run_due(town)
    (second,) = await threads(town)
    assert second.id != thread.id
    assert second.last_message.content == f"<@{town.mia.id}> {said(town)}"


async def test_a_thread_that_was_archived_for_being_quiet_is_brought_back(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    town.env.inject_error("POST", f"/channels/{thread.id}/messages", status=400, code=50083, times=1)
    await notes.plan(town.mia)
    await run_due(town)
    assert thread.last_message.content == f"<@{town.mia.id}> {said(town)}"
    assert len(await threads(town)) == 1


@pytest.mark.parametrize(("status", "code"), [(400, 50083), (403, 50001)], ids=["archived", "shut out"])
async def test_a_thread_that_takes_nothing_any_more_is_left_alone_and_both_sides_hear_of_it(
    town: Town, notes: Notes, status: int, code: int
) -> None:
    notes.register()
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    town.env.inject_error("POST", f"/channels/{thread.id}/messages", status=status, code=code, times=None)
    row_id = await notes.plan(town.mia)
    await run_due(town)
    assert (await row_of(town, row_id)).state == "dead"
    assert await way_of(town, town.mia) == Reach("thread", thread.id, town.clock.now())
    assert len(await threads(town)) == 1
    assert await states(town, "admin.notice") == ["sent"]


async def test_a_message_that_discord_does_not_understand_closes_nobody_s_way(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    way = await way_of(town, town.mia)
    faults.order(answered(400, 50035))
    row_id = await notes.plan(town.mia)
    await run_due(town)
    assert (await row_of(town, row_id)).state == "dead"
    assert await way_of(town, town.mia) == way
    assert await threads(town) == []


async def test_when_no_way_is_left_it_is_given_up_and_the_person_hears_of_it_later(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    start = town.bot.get_channel((await town.channel("start")).id)
    assert isinstance(start, discord.TextChannel)
    await start.set_permissions(start.guild.me, create_private_threads=False, view_channel=True)
    await town.env.settle()
    row_id = await notes.plan(town.mia)
    await run_due(town)
    assert (await row_of(town, row_id)).state == "dead"
    way = await way_of(town, town.mia)
    assert way is not None
    assert (way.way, way.closed_at) == ("dm", town.clock.now())


async def test_a_thread_that_was_opened_and_left_half_made_is_made_ready_and_used(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    row_id = await notes.plan(town.mia)

    async def silence(*_: object, **__: object) -> None:
        raise PeerError("reach.not_opened")

    with monkeypatch.context() as dying:
        dying.setattr(kit_threads, "furnish", silence)
        await run_due(town)
    (thread,) = await threads(town)
    assert (inside(town, thread), (await row_of(town, row_id)).state) == (set(), "pending")
    await pass_time(town, MINUTE)
    await run_due(town)
    assert [one.id for one in await threads(town)] == [thread.id]
    assert inside(town, thread) == {town.mia.id}
    assert thread.last_message.content == f"<@{town.mia.id}> {said(town)}"


async def test_a_new_thread_that_cannot_be_made_ready_is_put_away_and_the_way_is_as_before(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    row_id = await notes.plan(town.mia)

    async def refuse(*_: object, **__: object) -> None:
        raise PeerError("reach.adult_not_here")

    monkeypatch.setattr(kit_threads, "furnish", refuse)
    await run_due(town)
    assert (await row_of(town, row_id)).state == "dead"
    way = await way_of(town, town.mia)
    assert way == Reach("dm", town.mia.user.dm_channel.id, town.clock.now())


async def test_direct_messages_that_are_open_again_count_as_open(
    town: Town, notes: Notes, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    faults.order(answered(403, 50007))
    with monkeypatch.context() as nowhere:
        nowhere.setattr(kit_threads, "create", no_room)
        await notes.plan(town.mia)
        await run_due(town)
    assert await way_of(town, town.mia) == Reach("dm", town.mia.user.dm_channel.id, town.clock.now())
    await notes.plan(town.mia)
    await run_due(town)
    assert await way_of(town, town.mia) == Reach("dm", town.mia.user.dm_channel.id)
    assert direct_messages(town.mia)[-1] == said(town)


async def no_room(*_: object) -> None:
    raise PeerError("reach.no_channel")


async def test_a_process_that_does_not_serve_the_guild_leaves_the_new_thread_to_the_one_that_does(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    close_direct_messages(town, town.mia)
    row_id = await notes.plan(town.mia)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(town.bot, "get_guild", lambda _: None)
        await run_due(town)
    row = await row_of(town, row_id)
    assert (row.state, row.attempts, await threads(town)) == ("pending", 0, [])
    await pass_time(town, MINUTE)
    await run_due(town)
    assert len(await threads(town)) == 1


async def test_who_chose_another_way_after_a_lost_answer_hears_it_once(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    row_id = await notes.plan(town.mia)
    faults.order(answered(500), after=True)
    await run_due(town)
    await choose_way(town, town.mia, "thread")
    await pass_time(town, 10 * MINUTE / 60)
    await run_due(town)
    (thread,) = await threads(town)
    assert (len(thread.history()), direct_messages(town.mia)[-1]) == (1, said(town))
    assert (await row_of(town, row_id)).state == "sent"


async def test_who_wants_nothing_sent_after_a_lost_answer_is_sent_nothing_more(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    row_id = await notes.plan(town.mia)
    faults.order(answered(500))
    await run_due(town)
    await choose_way(town, town.mia, "nowhere")
    await pass_time(town, MINUTE)
    await run_due(town)
    assert (len(direct_messages(town.mia)), (await row_of(town, row_id)).state) == (1, "cancelled")


# -- where young people may be ----------------------------------------------------------------------------------------


async def test_where_young_people_may_be_the_adult_is_in_the_thread_before_the_word(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "thread")
    await with_young_people(town, town.leo)
    await notes.plan(town.mia)
    await run_due(town)
    (thread,) = await threads(town)
    assert inside(town, thread) == {town.mia.id, town.leo.id}
    assert thread.last_message.content == f"<@{town.mia.id}> {said(town)}"


async def test_where_the_adult_is_gone_nothing_is_said_in_the_thread(town: Town, notes: Notes) -> None:
    notes.register()
    await choose_way(town, town.mia, "thread")
    await with_young_people(town)
    row_id = await notes.plan(town.mia)
    await run_due(town)
    (thread,) = await threads(town)
    assert (len(thread.history()), (await row_of(town, row_id)).state) == (1, "dead")


async def test_where_young_people_came_later_a_direct_message_becomes_a_thread_with_the_adult(
    town: Town, notes: Notes
) -> None:
    notes.register()
    await choose_way(town, town.mia, "dm")
    await with_young_people(town, town.leo)
    await notes.plan(town.mia)
    await run_due(town)
    (thread,) = await threads(town)
    assert inside(town, thread) == {town.mia.id, town.leo.id}
    assert len(direct_messages(town.mia)) == 1
    assert thread.last_message.content == f"<@{town.mia.id}> {said(town)}"


# -- closed for long --------------------------------------------------------------------------------------------------


async def test_somebody_whose_every_way_is_closed_is_worth_one_notice_until_they_choose_anew(
    town: Town, notes: Notes
) -> None:
    notes.register()
    await choose_way(town, town.mia, "thread")
    (thread,) = await threads(town)
    shut = ("POST", f"/channels/{thread.id}/messages")
    town.env.inject_error(*shut, status=403, code=50001, times=None)
    closed_at = town.clock.now()
    for _ in range(3):
        await notes.plan(town.mia)
        await run_due(town)
        await run_due(town)
        await pass_time(town, 24 * HOUR)
    assert await states(town) == ["dead"] * 3
    assert await states(town, "admin.notice") == ["sent"]
    assert await way_of(town, town.mia) == Reach("thread", thread.id, closed_at)
    town.env.backend.faults.clear()
    await choose_way(town, town.mia, "thread")
    await notes.plan(town.mia)
    await run_due(town)
    town.env.inject_error(*shut, status=403, code=50001, times=None)
    await notes.plan(town.mia)
    await run_due(town)
    await run_due(town)
    assert await states(town) == ["dead"] * 3 + ["sent", "dead"]
    assert await states(town, "admin.notice") == ["sent", "sent"]


async def test_that_one_person_cannot_be_reached_silences_no_word_of_another(town: Town, notes: Notes) -> None:
    notes.register()
    for one in (town.mia, town.noah):
        await choose_way(town, one, "thread")
    for thread in await threads(town):
        town.env.inject_error("POST", f"/channels/{thread.id}/messages", status=403, code=50001, times=None)
    for one in (town.mia, town.noah):
        await notes.plan(one)
        await run_due(town)
        await run_due(town)
        await pass_time(town, 24 * HOUR)
    assert await states(town, "admin.notice") == ["sent", "sent"]
