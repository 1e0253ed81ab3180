"""Pools and turns as people meet them: `/lead rotation`, the Hosting button, and what a host is asked and may answer."""

import datetime as dt
from typing import Any

import pytest
import simcord
import sqlalchemy as sa
from simcord.results import ResponseMessage

from bot.domain.ids import new_id
from bot.steps import rotations as steps
from data.schema import hostings, meetings, pool_members, pools, series
from tests.cogs.delivering import run_due
from tests.cogs.leading import put
from tests.cogs.raw import dispatch_raw
from tests.cogs.reaching import choose_way
from tests.cogs.town import Town, read

DAY = dt.timedelta(days=1)


async def rotation(town: Town, who: Any, verb: str, /, **options: Any) -> ResponseMessage:
    """Type one of the commands below `/lead rotation`."""
    kinds = {str: 3, int: 4}
    given: list[dict[str, Any]] = [{"name": k, "type": kinds[type(v)], "value": v} for k, v in options.items()]
    inner = [{"name": "rotation", "type": 2, "options": [{"name": verb, "type": 1, "options": given}]}]
    return read(await dispatch_raw(who, town.general, 2, {"id": "1", "name": "lead", "type": 1, "options": inner}))


async def rows(town: Town, table: sa.Table) -> list[Any]:
    return await town.db.read(lambda tx: list(tx.execute(sa.select(table).order_by(table.c.id)).all()))


async def filled(town: Town, *people: simcord.MemberActor) -> str:
    """Let Leo make a pool and put certified people into it; return its id."""
    made = await rotation(town, town.leo, "create", name="Evenings", seats=1)
    for one in people:
        await put(town, one, certified_on=dt.date(2026, 11, 1))
        await town.choose(town.leo, made, "lead:pool-add:", [one])
    return (await rows(town, pools))[0].id


async def meets(town: Town, pool_id: str, at: dt.datetime) -> str:
    """Let that pool host a meeting."""
    programme, now = await town.programme(), town.clock.now()
    ids, of = (new_id(), new_id()), {"guild_id": town.guild.id, "programme_id": programme.id}

    def work(tx: Any) -> None:
        one: dict[str, Any] = {"id": ids[0], "title": "Evening", "zone": "UTC", "starts_on": now.date(), "minute": 1080}
        one |= {"minutes": 60, "rule": {"kind": "once"}, "listed": False, "revision": 0, "told_rev": 0}
        tx.execute(sa.insert(series).values(**of, **one, pool_id=pool_id, created_at=now))
        row: dict[str, Any] = {"id": ids[1], "series_id": ids[0], "day": at.date(), "starts_at": at, "moved": False}
        row |= {"ends_at": at + dt.timedelta(hours=1), "revision": 0, "told_rev": 0, "state": "planned"}
        tx.execute(sa.insert(meetings).values(**of, **row, changed_at=now))
        steps.meeting_changed(tx, town.guild.id, ids[1], now=now)

    await town.db.write(work)
    return ids[1]


async def lead_of(town: Town, meeting_id: str) -> Any:
    live = [one for one in await rows(town, hostings) if one.meeting_id == meeting_id]
    (found,) = [one for one in live if one.state in ("asked", "confirmed", "open")]
    return found


async def send(town: Town, who: Any, verb: str, row_id: str) -> ResponseMessage:
    programme = await town.programme()
    return read(await town.send(who, f"lead:host-{verb}:{programme.id}.{row_id}"))


def controls(message: Any) -> list[str]:
    """Return the ids of a message's buttons."""
    return [str(each.custom_id) for row in message.components for each in getattr(row, "children", ())]


def text(part: Any) -> str:
    """Return what a component says, and whatever is inside it."""
    inside = (*getattr(part, "children", ()), *getattr(part, "components", ()))
    return f"{getattr(part, 'content', '')} {' '.join(text(one) for one in inside)}"


# -- pools ------------------------------------------------------------------------------------------------------------------


async def test_a_leader_makes_a_pool_fills_it_and_sees_how_turns_stand_with_a_picture(town: Town) -> None:
    await filled(town, town.leo, town.mia)
    shown = await rotation(town, town.leo, "show")
    assert f"<@{town.mia.id}>" in shown.content
    stand = await rotation(town, town.leo, "balance")
    assert town.t("rotations.balance.how") in stand.content
    assert town.t("rotations.why.lot", seat="x", first="y", second="z").split(";")[-1][-20:] in stand.content
    (picture,) = stand.attachments
    assert picture.filename == "turns.png"
    assert "1: 0 of 0; " not in stand.content
    assert picture.description is not None
    for number in (1, 2):
        assert town.t("rotations.balance.alt.one", number=number, hosted=0, share="0") in picture.description


async def test_the_leaders_panel_leads_to_the_pools(town: Town) -> None:
    panel = await town.panel("leaders")
    programme = await town.programme()
    screen = read(await town.leo.click(panel, custom_id=f"lead:pools:{programme.id}"))
    assert town.t("rotations.pools") in screen.content
    refused = read(await town.send(town.mia, f"lead:pools:{programme.id}"))
    assert refused.content == town.t("error.only_leaders")


async def test_a_bot_and_somebody_who_is_not_on_the_list_are_refused_and_nothing_is_stored(town: Town) -> None:
    made = await rotation(town, town.leo, "create", name="Evenings")
    await town.choose(town.leo, made, "lead:pool-add:", [town.noah])
    assert await rows(town, pool_members) == []
    robot = town.guild.add_member(town.env.create_user("Robot", bot=True))
    screen = await rotation(town, town.leo, "show")
    result = await town.choose(town.leo, screen, "lead:pool-add:", [robot])
    assert town.t("rotations.add.bot") in read(result).content
    assert await rows(town, pool_members) == []


async def test_a_name_that_is_taken_is_refused(town: Town) -> None:
    await rotation(town, town.leo, "create", name="Evenings")
    again = await rotation(town, town.leo, "create", name="  EVENINGS ")
    assert again.content == town.t("rotations.create.taken")
    assert len(await rows(town, pools)) == 1


async def test_whoever_is_in_a_pool_leaves_it_after_being_asked_and_nobody_else_can_do_that(town: Town) -> None:
    await filled(town, town.mia)
    programme, (row,) = await town.programme(), await rows(town, pool_members)
    other = read(await town.send(town.noah, f"lead:pool-remove-yes:{programme.id}.{row.id}"))
    assert other.content == town.t("error.only_leaders")
    screen = read(await town.send(town.mia, f"lead:pools:{programme.id}"))
    await town.press(town.mia, screen, "lead:pool-remove:")
    assert len(await rows(town, pool_members)) == 1
    await town.press(town.mia, screen, "lead:pool-remove-yes:")
    assert await rows(town, pool_members) == []


# -- a turn -----------------------------------------------------------------------------------------------------------------


async def test_a_host_is_asked_by_their_own_way_confirms_and_the_button_outlives_a_restart(town: Town) -> None:
    pool_id = await filled(town, town.mia)
    await choose_way(town, town.mia, "dm")
    meeting = await meets(town, pool_id, town.clock.now() + 2 * DAY)
    await run_due(town)
    (said,) = [
        one for one in town.mia.user.dm_channel.history() if any("lead:host-yes" in each for each in controls(one))
    ]
    programme, (asked,) = await town.programme(), await rows(town, hostings)
    assert f"lead:host-no:{programme.id}.{asked.id}" in controls(said)
    await town.restart()
    one = await lead_of(town, meeting)
    answered = await send(town, town.mia, "yes", one.id)
    assert answered.content.startswith(town.t("rotations.confirmed", at="")[:10])
    assert (await lead_of(town, meeting)).state == "confirmed"


async def test_who_cant_presses_once_and_somebody_else_takes_it(town: Town) -> None:
    pool_id = await filled(town, town.mia, town.noah)
    meeting = await meets(town, pool_id, town.clock.now() + 2 * DAY)
    first = await lead_of(town, meeting)
    programme = await town.programme()
    seen = {who: await send(town, who, "yes", first.id) for who in (town.mia, town.noah)}
    host, other = sorted(seen, key=lambda who: seen[who].content == town.t("rotations.not_yours"))
    gone = await send(town, host, "no", first.id)
    assert gone.content == town.t("rotations.given_up")
    assert (await send(town, host, "no", first.id)).content == town.t("rotations.not_yours")
    opened = await lead_of(town, meeting)
    assert opened.state == "open"
    await send(town, other, "take", opened.id)
    assert (await lead_of(town, meeting)).state == "confirmed"
    mine = read(await town.send(other, f"lead:host-mine:{programme.id}.{meeting}"))
    assert town.shows(mine, f"lead:host-no:{programme.id}.{opened.id}")
    late = await send(town, host, "take", opened.id)
    assert late.content == town.t("rotations.take.taken")


@pytest.mark.parametrize("verb", ["yes", "no", "take", "here", "swap", "swap-take", "swap-no", "run", "mine"])
async def test_a_turn_that_is_not_there_or_of_another_server_is_said_to_be_gone(town: Town, verb: str) -> None:
    answer = await send(town, town.noah, verb, "f" * 32)
    assert answer.content in (town.t("rotations.turn_gone"), town.t("rotations.not_host"))


async def test_where_nobody_comes_to_host_the_channel_hears_it_and_nobody_is_named(town: Town) -> None:
    pool_id = await filled(town, town.mia, town.noah)
    at = town.clock.now() + 2 * DAY
    meeting = await meets(town, pool_id, at)
    group = await town.channel("meetings")
    for minutes in (6, 12, 16):
        town.clock.set(at + dt.timedelta(minutes=minutes))
        await run_due(town)
    # What has no buttons stands in a component of its own.
    said = [one.content + " ".join(text(part) for part in one.components) for one in group.history()]
    for key in ("rotations.late", "rotations.late.script", "rotations.late.cancel"):
        assert any(town.t(key) in one for one in said), key
    assert not any(f"<@{who.id}>" in one for one in said for who in (town.mia, town.noah))
    (row,) = [one for one in await rows(town, meetings) if one.id == meeting]
    assert row.state == "cancelled"
