"""What the postman does with a message to a channel: it is said once, or it is known why not."""

import asyncio
import datetime as dt

import aiohttp
import discord
import pytest

from bot.delivery import calls
from bot.delivery.message import ending_of, ids_of
from bot.delivery.pace import MOST_REFUSED
from bot.demo import simcord_touches as touches
from bot.domain.outbox import marker
from bot.errors import Busy
from bot.kit import guards
from bot.kit.call import Call, Reply
from bot.kit.router import Route
from bot.services import guilds, outbox
from tests.cogs.delivering import (
    KIND,
    MINUTE,
    Faults,
    Notes,
    answered,
    custom_ids_in,
    pass_time,
    row_of,
    run_due,
    states,
)
from tests.cogs.town import Town

SECOND = dt.timedelta(seconds=1)
LONG_AFTER = 2 * MINUTE
"""Longer than any pause after a first failure, and than Discord is trusted to recognise a repetition."""


@pytest.fixture
async def notes(town: Town) -> Notes:
    """Give a kind of message that goes to the group's channel."""
    touches.start_clock_at(town.env, town.clock.now())
    return Notes(town, (await town.channel("group")).id)


async def heard(town: Town) -> list[str]:
    """Return what stands in the group's channel."""
    return [message.content for message in (await town.channel("group")).history()]


@pytest.fixture
def faults(town: Town, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(town, monkeypatch)


# -- said once --------------------------------------------------------------------------------------------------------


async def test_what_is_due_is_said_once_and_its_kind_hears_of_it(town: Town, notes: Notes) -> None:
    notes.register()
    row_id = await notes.plan()
    assert await run_due(town) == 1
    assert await run_due(town) == 0
    assert await heard(town) == [town.t("settings.pause.ended")]
    row = await row_of(town, row_id)
    assert (row.state, row.message_id) == ("sent", (await town.channel("group")).last_message.id)
    assert notes.sent == [row.message_id]


async def test_nothing_is_said_before_its_time(town: Town, notes: Notes) -> None:
    notes.register()
    await notes.plan(due_at=town.clock.now() + MINUTE)
    assert await run_due(town) == 0
    await pass_time(town, MINUTE)
    assert await run_due(town) == 1


async def test_the_message_carries_its_marker_as_nonce_and_behind_a_custom_id(town: Town, notes: Notes) -> None:
    notes.register()
    row_id = await notes.plan()
    await run_due(town)
    wanted = marker(town.bot.delivery.marker_key, (await row_of(town, row_id)).dedupe_key)
    (body,) = town.sent("POST", f"/channels/{notes.channel_id}/messages")
    assert (body["nonce"], body["enforce_nonce"]) == (str(wanted), True)
    (message,) = town.env.backend.messages[notes.channel_id].values()
    assert custom_ids_in(message) == [f"test:go:1{ending_of(wanted)}"]


@pytest.mark.parametrize("buttons", ["none", "link"])
async def test_a_message_without_buttons_of_ours_carries_its_marker_as_ids_and_shows_its_words(
    town: Town, notes: Notes, buttons: str
) -> None:
    notes.buttons = buttons
    notes.register()
    row_id = await notes.plan()
    await run_due(town)
    wanted = marker(town.bot.delivery.marker_key, (await row_of(town, row_id)).dedupe_key)
    (message,) = town.env.backend.messages[notes.channel_id].values()
    text, gap, *rows = message.components
    assert (text["content"], text["id"]) == (town.t("settings.pause.ended"), ids_of(wanted)[0])
    assert (gap["divider"], gap["id"]) == (False, ids_of(wanted)[1])
    assert len(rows) == (buttons == "link")


@pytest.mark.parametrize("buttons", ["ours", "none", "link"])
async def test_whatever_it_looks_like_it_is_found_again(town: Town, notes: Notes, faults: Faults, buttons: str) -> None:
    notes.buttons = buttons
    notes.register()
    row_id = await notes.plan()
    faults.order(answered(500), after=True)
    await run_due(town)
    await pass_time(town, LONG_AFTER)
    await run_due(town)
    assert faults.calls == 1
    assert (await row_of(town, row_id)).state == "sent"


@pytest.mark.parametrize("value", [0, 1, (1 << 62) - 1, 1 << 31, 2, (2 << 31) + 2, (3 << 31) + 3])
def test_the_two_ids_of_a_marker_are_ones_that_discord_keeps(value: int) -> None:
    first, second = ids_of(value)
    assert first != second
    assert {0 < one < 2**31 for one in (first, second)} == {True}


async def test_a_press_on_what_was_delivered_comes_to_its_handler_without_the_marker(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard_tokens: list[str] = []

    async def go(call: Call) -> Reply:
        heard_tokens.append(call.token)
        return Reply(call.t("settings.pause.ended"))

    routes = {**town.bot.router.routes, "test:go": Route("test:go", go, guards.anyone, False, False)}
    monkeypatch.setattr(town.bot.router, "routes", routes)
    notes.register()
    await notes.plan()
    await run_due(town)
    (message,) = (await town.channel("group")).history()
    (button,) = custom_ids_in(next(iter(town.env.backend.messages[notes.channel_id].values())))
    await town.mia.click(message, custom_id=button)
    assert heard_tokens == ["1"]


async def test_a_channel_s_message_calls_only_the_roles_it_names(town: Town, notes: Notes) -> None:
    notes.calls = (town.roles["moderator"].id,)
    notes.register()
    await notes.plan()
    await run_due(town)
    (body,) = town.sent("POST", f"/channels/{notes.channel_id}/messages")
    assert body["allowed_mentions"]["roles"] == [town.roles["moderator"].id]
    assert body["allowed_mentions"]["parse"] == []


async def test_messages_to_one_place_come_in_the_order_in_which_they_were_due(town: Town, notes: Notes) -> None:
    notes.register()
    now = town.clock.now()
    for number in (3, 1, 2):
        await notes.plan(due_at=now - 10 * MINUTE + number * MINUTE, payload={"number": number})
    await run_due(town)
    assert await heard(town) == [f"{town.t('settings.pause.ended')} <t:{number}>" for number in (1, 2, 3)]


async def test_many_at_once_all_arrive(town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town.bot.delivery, "pace", Unhurried())
    notes.register()
    for number in range(120):
        await notes.plan(payload={"number": number})
    assert await run_due(town) == 120
    assert sorted(await heard(town)) == sorted(f"{town.t('settings.pause.ended')} <t:{n}>" for n in range(120))


class Unhurried:
    """A pace that lets everything go at once."""

    async def call(self) -> None:
        """Go."""

    async def message(self, channel_id: int) -> None:
        """Go."""


# -- not said, and known why ------------------------------------------------------------------------------------------


async def test_what_is_not_wanted_any_more_is_not_said(town: Town, notes: Notes) -> None:
    notes.wanted = False
    notes.register()
    row_id = await notes.plan()
    await run_due(town)
    assert await heard(town) == []
    assert (await row_of(town, row_id)).state == "cancelled"


async def test_what_is_too_late_is_not_said_and_nobody_asks_whether_it_is_wanted(town: Town, notes: Notes) -> None:
    notes.register()
    row_id = await notes.plan(expires_at=town.clock.now() + MINUTE)
    await pass_time(town, MINUTE)
    await run_due(town)
    assert (await heard(town), notes.asked) == ([], 0)
    assert (await row_of(town, row_id)).state == "expired"


async def test_a_kind_that_nobody_knows_is_held_until_somebody_does(town: Town, notes: Notes) -> None:
    row_id = await notes.plan()
    await run_due(town)
    assert (await row_of(town, row_id)).state == "held"
    notes.register()
    await town.bot.delivery.begin()
    await run_due(town)
    assert len(await heard(town)) == 1


async def test_without_a_channel_for_it_nothing_is_said(town: Town, notes: Notes) -> None:
    notes.channel_id = None
    notes.register()
    row_id = await notes.plan()
    await run_due(town)
    assert (await row_of(town, row_id)).state == "cancelled"


async def test_a_guild_that_took_the_bot_out_hears_nothing_and_all_of_it_when_the_bot_is_back(
    town: Town, notes: Notes
) -> None:
    notes.register()
    await notes.plan(expires_at=town.clock.now() + 600 * MINUTE)
    tools = town.bot.tools
    await guilds.left(town.db, tools.guilds, town.guild.id, town.clock.now())
    await run_due(town)
    assert (await heard(town), notes.asked) == ([], 0)
    await guilds.joined(town.db, tools.guilds, town.guild.id)
    await pass_time(town, 61 * MINUTE)
    await run_due(town)
    assert len(await heard(town)) == 1


async def test_two_kinds_of_one_name_are_refused(town: Town, notes: Notes) -> None:
    notes.register()
    with pytest.raises(ValueError, match=KIND):
        notes.register()


# -- refused for good -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (404, 10003), (400, 50035)])
async def test_what_discord_refuses_is_given_up_with_one_notice_to_moderators(
    town: Town, notes: Notes, faults: Faults, status: int, code: int
) -> None:
    notes.register()
    rows = [await notes.plan() for _ in range(3)]
    for _ in rows:
        faults.order(answered(status, code))
    await run_due(town)
    assert [(await row_of(town, one)).state for one in rows] == ["dead"] * 3
    assert (await row_of(town, rows[0])).last_error == f"{status}/{code}"
    said = (await town.channel("moderators")).history()
    cause = {403: "rights", 404: "gone", 400: "mistake"}[status]
    assert len([one for one in said if is_notice(town, one, cause)]) == 1
    await run_due(town)
    assert await states(town, "admin.notice") == ["sent"]


def is_notice(town: Town, message: discord.Message, cause: str) -> bool:
    """Tell whether a message is the notice that something could not be delivered for this reason."""
    texts = [one.content for one in message.components if isinstance(one, discord.TextDisplay)]
    health = town.bot.command_sets.mention("admin health", None)
    return texts == [town.t("delivery.undelivered", cause=town.t(f"delivery.cause.{cause}"), health=health)]


async def test_a_notice_that_is_refused_itself_causes_no_other(town: Town, notes: Notes, faults: Faults) -> None:
    notes.register()
    await notes.plan()
    for _ in range(5):
        faults.order(answered(403, 50001))
    for _ in range(3):
        await run_due(town)
        await pass_time(town, MINUTE)
    assert faults.calls == 2
    assert await states(town, "admin.notice") == ["dead"]


async def test_what_was_sent_and_deleted_at_once_is_not_sent_again(town: Town, notes: Notes, faults: Faults) -> None:
    notes.register()
    row_id = await notes.plan()
    faults.order(answered(404, 10008))
    await run_due(town)
    row = await row_of(town, row_id)
    assert (row.state, row.message_id, notes.sent) == ("sent", None, [None])


async def test_a_token_that_is_not_accepted_stops_everything(town: Town, notes: Notes, faults: Faults) -> None:
    notes.register()
    for _ in range(4):
        await notes.plan()
    faults.order(answered(401))
    await run_due(town)
    await run_due(town)
    assert faults.calls == 1
    assert town.bot.token_refused.is_set()
    assert await states(town) == ["pending"] * 4


# -- refused for now, or nobody knows ---------------------------------------------------------------------------------

PASSING = [
    pytest.param(lambda: answered(500), id="500"),
    pytest.param(lambda: answered(503), id="503"),
    pytest.param(lambda: answered(429), id="429"),
    pytest.param(lambda: discord.RateLimited(2.0), id="limited"),
    pytest.param(lambda: aiohttp.ServerDisconnectedError(), id="disconnected"),
    pytest.param(lambda: ConnectionResetError(104, "reset"), id="reset"),
    pytest.param(lambda: TimeoutError(), id="timeout"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", PASSING)
async def test_whatever_goes_wrong_on_the_way_it_is_said_once(
    town: Town, notes: Notes, faults: Faults, error, after: bool
) -> None:
    notes.register()
    row_id = await notes.plan()
    faults.order(error(), after=after)
    await run_due(town)
    assert (await row_of(town, row_id)).state == "pending"
    await pass_time(town, LONG_AFTER)
    await run_due(town)
    assert len(await heard(town)) == 1
    row = await row_of(town, row_id)
    assert (row.state, row.attempts, notes.sent) == ("sent", 1, [row.message_id])
    assert row.message_id == (await town.channel("group")).last_message.id


async def test_within_a_minute_the_same_nonce_goes_out_again(town: Town, notes: Notes, faults: Faults) -> None:
    notes.register()
    row_id = await notes.plan()
    faults.order(answered(502))
    await run_due(town)
    tried_at = (await row_of(town, row_id)).first_try_at
    await pass_time(town, 10 * SECOND)
    await run_due(town)
    assert faults.nonces == faults.nonces[:1] * 2
    assert (await row_of(town, row_id)).first_try_at == tried_at
    assert not town.sent("GET", "/messages")


async def test_after_a_minute_it_is_looked_first_and_then_tried_afresh(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    row_id = await notes.plan()
    faults.order(answered(502))
    await run_due(town)
    tried_at = (await row_of(town, row_id)).first_try_at
    await pass_time(town, LONG_AFTER)
    await run_due(town)
    assert (await row_of(town, row_id)).first_try_at == tried_at + LONG_AFTER
    assert len(town.sent("GET", "/messages")) == 1


async def test_a_call_that_never_ends_is_given_up_and_the_message_said_once(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    row_id = await notes.plan()
    request = town.bot.http.request

    async def hang(route, **options):
        await request(route, **options)
        await asyncio.sleep(3_600)

    with monkeypatch.context() as hanging:
        hanging.setattr(town.bot.http, "request", hang)
        hanging.setattr(town.bot.delivery, "timing", quick(town))
        await run_due(town)
    assert (await row_of(town, row_id)).last_error == "TimeoutError"
    await pass_time(town, LONG_AFTER)
    await run_due(town)
    assert len(await heard(town)) == 1
    assert (await row_of(town, row_id)).state == "sent"


def quick(town: Town):
    """Give calls a moment only."""
    return type(town.bot.delivery.timing).of(lease=90, timeout=0.05, nonce=60)


async def test_how_long_discord_asks_to_wait_is_waited(town: Town, notes: Notes, faults: Faults) -> None:
    notes.register()
    row_id = await notes.plan()
    faults.order(discord.RateLimited(300.0))
    await run_due(town)
    assert (await row_of(town, row_id)).ready_at >= town.clock.now() + 300 * SECOND


async def test_what_waits_behind_a_message_that_failed_for_now_does_not_overtake_it(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    now = town.clock.now()
    for number in (1, 2, 3):
        await notes.plan(due_at=now - MINUTE + number * SECOND, payload={"number": number})
    faults.order(answered(500))
    await run_due(town)
    assert (await heard(town), faults.calls) == ([], 1)
    await pass_time(town, MINUTE)
    await run_due(town)
    assert await heard(town) == [f"{town.t('settings.pause.ended')} <t:{number}>" for number in (1, 2, 3)]


async def test_a_mistake_in_one_kind_holds_up_no_other_message(
    town: Town, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        notes.breaks = lambda: None
        raise RuntimeError

    notes.breaks = broken
    notes.register()
    rows = [await notes.plan(), await notes.plan()]
    await run_due(town)
    assert [(await row_of(town, one)).state for one in rows] == ["pending", "sent"]
    assert (await row_of(town, rows[0])).last_error.startswith("accident ")
    await pass_time(town, MINUTE)
    await run_due(town)
    assert len(await heard(town)) == 2
    assert "reference" in caplog.text


async def test_a_mark_that_the_database_does_not_take_is_made_good_by_the_next_look(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    row_id = await notes.plan()

    async def full(*_: object, **__: object) -> bool:
        raise Busy

    with monkeypatch.context() as broken:
        broken.setattr("bot.delivery.errand.MARK_AGAIN", ())
        broken.setattr(outbox, "sent", full)
        await run_due(town)
    assert (await row_of(town, row_id)).state == "pending"
    await pass_time(town, LONG_AFTER)
    await run_due(town)
    assert (len(await heard(town)), (await row_of(town, row_id)).state) == (1, "sent")


async def test_what_was_sent_and_is_too_late_to_repeat_is_found_and_not_called_expired(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    row_id = await notes.plan(expires_at=town.clock.now() + MINUTE)
    faults.order(answered(500), after=True)
    await run_due(town)
    await pass_time(town, LONG_AFTER)
    await run_due(town)
    assert (len(await heard(town)), (await row_of(town, row_id)).state) == (1, "sent")


async def test_a_message_of_somebody_else_with_the_same_ids_is_not_taken_for_ours(
    town: Town, notes: Notes, faults: Faults
) -> None:
    notes.register()
    row_id = await notes.plan()
    faults.order(answered(500))
    await run_due(town)
    wanted = marker(town.bot.delivery.marker_key, (await row_of(town, row_id)).dedupe_key)
    button = {"type": 2, "style": 1, "label": "", "custom_id": f"test:go:1{ending_of(wanted)}"}
    town.env.backend.create_message(notes.channel_id, town.mia.id, "", components=[{"type": 1, "components": [button]}])
    await pass_time(town, LONG_AFTER)
    await run_due(town)
    assert town.t("settings.pause.ended") in await heard(town)


@pytest.mark.parametrize(("policy", "state", "said"), [("once", "dead", 1), ("at_least_once", "sent", 2)])
async def test_where_nobody_can_look_the_kind_decides_whether_it_is_left_or_said_again(
    town: Town, notes: Notes, faults: Faults, policy: str, state: str, said: int
) -> None:
    notes.register(policy=policy)
    row_id = await notes.plan()
    faults.order(answered(500), after=True)
    await run_due(town)
    channel = town.bot.get_channel(notes.channel_id)
    assert isinstance(channel, discord.TextChannel)
    await channel.set_permissions(channel.guild.me, read_message_history=False, view_channel=True)
    await town.env.settle()
    await pass_time(town, LONG_AFTER)
    await run_due(town)
    assert ((await row_of(town, row_id)).state, len(await heard(town))) == (state, said)


# -- a database that was put back -------------------------------------------------------------------------------------


async def test_after_a_restore_what_was_due_before_is_looked_for_and_not_said_twice(town: Town, notes: Notes) -> None:
    notes.register()
    row_id = await notes.plan(subject="7")
    await run_due(town)
    await pass_time(town, 60 * MINUTE)
    await forget_it_was_sent(town, row_id)
    await outbox.restored(town.db, town.clock)
    await pass_time(town, MINUTE)
    await run_due(town)
    row = await row_of(town, row_id)
    assert (len(await heard(town)), row.state) == (1, "sent")
    assert row.message_id == (await town.channel("group")).last_message.id


async def test_after_a_restore_what_was_never_said_is_said(town: Town, notes: Notes) -> None:
    notes.register()
    await notes.plan()
    await outbox.restored(town.db, town.clock)
    await run_due(town)
    assert len(await heard(town)) == 1


async def forget_it_was_sent(town: Town, row_id: str) -> None:
    """Put a row back as an older copy of the database had it."""
    from data.schema import outbox as table

    before = {"state": "pending", "first_try_at": None, "channel_id": None, "message_id": None, "done_at": None}
    later = town.clock.now() + 600 * MINUTE
    await town.db.write(
        lambda tx: tx.execute(
            table.update().where(table.c.id == row_id).values(**before, ready_at=table.c.due_at, expires_at=later)
        )
    )


# -- pausing and stopping ---------------------------------------------------------------------------------------------


async def test_after_many_refusals_nothing_is_taken_on_for_a_while(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 1_000.0
    breaker = town.bot.delivery.breaker
    monkeypatch.setattr(breaker, "_seconds", lambda: seconds)
    notes.register()
    await notes.plan()
    for _ in range(MOST_REFUSED):
        breaker.heard(403)
    assert await run_due(town) == 0
    assert 0 < breaker.pause_left <= 600
    seconds += 600
    assert await run_due(town) == 1


async def test_answers_that_are_no_refusals_and_refusals_of_long_ago_do_not_count(town: Town) -> None:
    seconds = 1_000.0
    breaker = type(town.bot.delivery.breaker)(lambda: seconds)
    for _ in range(MOST_REFUSED - 1):
        breaker.heard(429)
    for status in (200, 204, 404, 500):
        breaker.heard(status)
    seconds += 600
    breaker.heard(401)
    assert breaker.pause_left == 0


async def test_a_stop_finishes_what_is_under_way_and_gives_back_the_rest(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    now = town.clock.now()
    rows = [await notes.plan(due_at=now - MINUTE + number * SECOND) for number in range(3)]
    request, begun, go_on = town.bot.http.request, asyncio.Event(), asyncio.Event()

    async def slow(route, **options):
        begun.set()
        await go_on.wait()
        return await request(route, **options)

    monkeypatch.setattr(town.bot.http, "request", slow)
    round_ = asyncio.create_task(town.bot.delivery.run_due())
    await begun.wait()
    stopped = asyncio.create_task(town.bot.delivery.stop())
    await asyncio.sleep(0)
    go_on.set()
    assert await stopped
    await round_
    assert [(await row_of(town, one)).state for one in rows] == ["sent", "pending", "pending"]
    assert (await row_of(town, rows[1])).ready_at <= town.clock.now()


async def test_a_stop_does_not_wait_for_ever_and_what_it_breaks_off_is_said_once_by_the_next(
    town: Town, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.register()
    row_id = await notes.plan()
    request, begun = town.bot.http.request, asyncio.Event()

    async def hang(route, **options):
        await request(route, **options)
        begun.set()
        await asyncio.sleep(3_600)

    with monkeypatch.context() as hanging:
        hanging.setattr(town.bot.http, "request", hang)
        round_ = asyncio.create_task(town.bot.delivery.run_due())
        await begun.wait()
        assert not await town.bot.delivery.stop(0.05)
        await round_
    assert (await row_of(town, row_id)).state == "pending"
    await pass_time(town, LONG_AFTER)
    await town.restart()
    Notes(town, notes.channel_id).register()
    await run_due(town)
    assert (len(await heard(town)), (await row_of(town, row_id)).state) == (1, "sent")


async def test_a_call_that_does_not_even_end_when_it_is_cancelled_holds_nobody_up() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            await asyncio.sleep(calls.GRACE * 3)

    with pytest.raises(TimeoutError):
        await calls.bounded(stubborn(), 0.01)
    await asyncio.sleep(calls.GRACE * 3)
