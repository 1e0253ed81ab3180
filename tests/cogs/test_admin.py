"""`/admin health` tells those who manage a server how things stand and what to do; moderators hear once that something is stuck."""

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import discord
import pytest
from simcord.results import ResponseMessage

from bot.delivery.pace import MOST_REFUSED, PAUSE_SECONDS
from bot.demo import simcord_touches as touches
from bot.domain.outbox import LATE
from bot.kit import versions
from bot.services import outbox
from data.store import guilds
from tests.cogs.delivering import MINUTE, Faults, Notes, answered, pass_time, ref_of, row_of, run_due, states
from tests.cogs.leading import second_programme
from tests.cogs.rooms import open_to_all
from tests.cogs.town import Town, read

NOTICE = "admin.notice"
FORBIDDEN, GONE = (403, 50013), (404, 10003)


@pytest.fixture
async def notes(town: Town) -> Notes:
    """Give a kind of message that goes to the group's channel."""
    touches.start_clock_at(town.env, town.clock.now())
    notes = Notes(town, (await town.channel("group")).id)
    notes.register()
    return notes


@pytest.fixture
def faults(town: Town, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(town, monkeypatch)


async def health(town: Town) -> ResponseMessage:
    """Let Ada ask how things stand."""
    return read(await town.ada.slash(town.general, "admin health"))


async def refuse(town: Town, notes: Notes, faults: Faults, *errors: tuple[int, int]) -> list[str]:
    """Let a note be refused for each of these errors, then let the postman go until nothing is due."""
    rows = [await notes.plan() for _ in errors]
    for error in errors:
        faults.order(answered(*error))
    await run_due(town)
    await run_due(town)
    return rows


async def notices(town: Town) -> list[str]:
    """Return what stands in the moderators' channel."""
    said = (await town.channel("moderators")).history()
    return [part.content for one in said for part in one.components if isinstance(part, discord.TextDisplay)]


def notice_of(town: Town, cause: str) -> str:
    mention = town.bot.command_sets.mention("admin health", None)
    return town.t("delivery.undelivered", cause=town.t(f"delivery.cause.{cause}"), health=mention)


def step(town: Town, cause: str) -> str:
    mention = town.bot.command_sets.mention
    return town.t(f"admin.step.{cause}", check=mention("setup check", None), start=mention("setup start", None))


def last(town: Town, cause: str, number: str = "") -> str:
    said = {"words": town.t(f"delivery.cause.{cause}"), "step": step(town, cause)}
    return town.t("admin.health.last_number", number=number, **said) if number else town.t("admin.health.last", **said)


# -- how things stand -------------------------------------------------------------------------------------------------


async def test_where_nothing_is_stuck_all_is_well_and_versions_are_named(town: Town, notes: Notes) -> None:
    await notes.plan()
    await run_due(town)
    screen = await health(town)
    now = f"<t:{int(town.clock.now().timestamp())}:T>"
    about = town.t("admin.health.about", now=now, peerled=versions.peerled(), zones=versions.time_zones())
    assert screen.content == f"{town.t('admin.health.well')}\n{about}"
    assert town.ids(screen) == ["admin:health:"]


async def test_what_waits_for_its_time_is_no_trouble(town: Town, notes: Notes) -> None:
    await notes.plan(due_at=town.clock.now() + MINUTE)
    said = (await health(town)).content
    assert town.t("admin.health.well") in said
    assert town.t("admin.health.waiting", count=1) in said


async def test_what_is_late_is_counted_with_the_time_of_the_oldest_and_the_last_error_in_words(
    town: Town, notes: Notes, faults: Faults
) -> None:
    due = town.clock.now()
    await notes.plan()
    for _ in range(9):
        faults.order(answered(503))
    await run_due(town)
    await pass_time(town, LATE)
    await notes.plan()
    await run_due(town)
    said = (await health(town)).content
    assert town.t("admin.health.late", count=1, since=f"<t:{int(due.timestamp())}:R>") in said
    assert last(town, "busy", "503") in said
    assert town.t("admin.health.waiting", count=1) in said
    assert town.t("admin.health.well") not in said


async def test_an_error_that_was_got_over_is_not_spoken_of(town: Town, notes: Notes, faults: Faults) -> None:
    await notes.plan()
    faults.order(answered(503))
    await run_due(town)
    await pass_time(town, 2 * MINUTE)
    await run_due(town)
    assert town.t("admin.health.well") in (await health(town)).content


async def test_without_an_answer_of_discord_no_number_is_named(town: Town, notes: Notes, faults: Faults) -> None:
    await notes.plan()
    faults.order(TimeoutError())
    await run_due(town)
    assert last(town, "no_answer") in (await health(town)).content


async def test_what_nobody_knows_and_what_came_too_late_is_counted(town: Town, notes: Notes) -> None:
    await notes.plan(kind="gone.kind")
    late = await notes.plan(expires_at=town.clock.now() + MINUTE)
    await town.bot.delivery.stop()
    town.clock.advance(2 * MINUTE)
    assert await outbox.expire(town.db, town.clock) == 1
    await town.restart()
    await run_due(town)
    assert (await row_of(town, late)).state == "expired"
    said = (await health(town)).content
    assert town.t("admin.health.held", count=1) in said
    assert town.t("admin.health.expired", count=1) in said
    assert last(town, "unknown") in said


async def test_a_pause_after_many_refusals_is_said_while_it_lasts(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    breaker, seconds = town.bot.delivery.breaker, 1_000.0
    monkeypatch.setattr(breaker, "_seconds", lambda: seconds)
    for _ in range(MOST_REFUSED):
        breaker.heard(429)
    ends = int(town.clock.now().timestamp() + PAUSE_SECONDS)
    screen = await health(town)
    assert town.t("admin.health.paused", when=f"<t:{ends}:R>") in screen.content
    seconds += PAUSE_SECONDS
    await town.press(town.ada, screen, "admin:health:")
    assert town.t("admin.health.well") in screen.content


async def test_another_servers_troubles_are_its_own(town: Town, notes: Notes, faults: Faults) -> None:
    await refuse(town, notes, faults, FORBIDDEN)
    other = town.env.create_guild("Elsewhere")
    boss = other.create_role("Boss", permissions=discord.Permissions(manage_guild=True))
    ada = other.add_member(town.ada.user, roles=[boss])
    said = read(await ada.slash(other.create_text_channel("room"), "admin health")).content
    start = town.bot.command_sets.mention("setup start", None)
    assert said == town.t("error.not_set_up_admin", start=start)


# -- what could not be delivered --------------------------------------------------------------------------------------


async def test_what_is_refused_for_good_is_counted_with_what_can_be_done_and_nobody_is_named(
    town: Town, notes: Notes, faults: Faults
) -> None:
    gave_up = f"<t:{int(town.clock.now().timestamp())}:R>"
    rows = await refuse(town, notes, faults, FORBIDDEN, FORBIDDEN, GONE)
    screen = await health(town)
    assert town.t("admin.health.dead", count=3, when=gave_up) in screen.content
    assert town.t("admin.health.well") not in screen.content
    await town.press(town.ada, screen, "admin:steps:")
    lines = [
        town.t("admin.steps.line", count=count, words=town.t(f"delivery.cause.{cause}"), step=step(town, cause))
        for cause, count in (("rights", 2), ("gone", 1))
    ]
    assert screen.content.split("\n") == [town.t("admin.steps.title"), *lines, town.t("admin.steps.after")]
    for said in (screen.content, *(await notices(town))):
        assert not any(one in said for one in (*rows, str(notes.channel_id)))
    await town.press(town.ada, screen, "admin:health:")
    assert town.t("admin.health.dead", count=3, when=gave_up) in screen.content


async def test_when_a_person_cannot_be_reached_neither_notice_nor_figures_tell_who(town: Town, notes: Notes) -> None:
    ref = await ref_of(town, town.mia)
    row_id = await notes.plan(town.mia)
    (row,) = await outbox.claim(town.db, town.clock, worker="w", limit=9, lease=MINUTE)
    await outbox.over(town.db, town.clock, row, "dead", error="no way is open")
    screen = await health(town)
    said = [screen.content]
    await town.press(town.ada, screen, "admin:steps:")
    said.append(screen.content)
    assert town.t("delivery.cause.no_way") in screen.content
    for one in (ref, row_id, str(town.mia.id), "Mia", row.kind):
        assert not any(one in text for text in said)


async def test_where_nothing_is_dead_any_more_the_figures_are_shown_instead_of_steps(
    town: Town, notes: Notes, faults: Faults
) -> None:
    await refuse(town, notes, faults, FORBIDDEN)
    screen = await health(town)
    town.clock.advance(outbox.KEPT + MINUTE)
    await outbox.tidy(town.db, town.clock)
    await town.press(town.ada, screen, "admin:steps:")
    assert town.t("admin.health.well") in screen.content
    assert town.ids(screen) == ["admin:health:"]


async def test_the_buttons_work_after_a_restart_and_for_nobody_who_lost_the_right(
    town: Town, notes: Notes, faults: Faults
) -> None:
    await refuse(town, notes, faults, FORBIDDEN)
    await town.restart()
    screen = await health(town)
    town.env.backend.remove_member_role(town.guild.id, town.ada.id, town.roles["admin"].id)
    await town.env.settle()
    for pressed in ("admin:health:", "admin:steps:"):
        assert read(await town.send(town.ada, pressed)).content == town.t("error.only_admins")
    town.env.backend.add_member_role(town.guild.id, town.ada.id, town.roles["admin"].id)
    await town.env.settle()
    await town.press(town.ada, screen, "admin:steps:")
    assert town.t("admin.steps.title") in screen.content


async def test_discord_is_told_that_the_command_is_for_those_who_manage_the_server(town: Town) -> None:
    (core,) = [one for one in town.sent("PUT", "/commands") if "admin" in {command["name"] for command in one}]
    (admin,) = [command for command in core if command["name"] == "admin"]
    assert int(admin["default_member_permissions"]) == discord.Permissions(manage_guild=True).value
    assert admin["dm_permission"] is False


# -- the notice to moderators -----------------------------------------------------------------------------------------


async def test_one_refusal_is_one_notice_that_names_the_reason_and_the_command(
    town: Town, notes: Notes, faults: Faults
) -> None:
    await refuse(town, notes, faults, FORBIDDEN)
    assert await notices(town) == [notice_of(town, "rights")]


async def test_ten_refusals_for_one_reason_are_one_notice(town: Town, notes: Notes, faults: Faults) -> None:
    await refuse(town, notes, faults, *[FORBIDDEN] * 10)
    await refuse(town, notes, faults, FORBIDDEN)
    assert await states(town) == ["dead"] * 11
    assert await notices(town) == [notice_of(town, "rights")]


async def test_another_reason_is_another_notice(town: Town, notes: Notes, faults: Faults) -> None:
    await refuse(town, notes, faults, FORBIDDEN, GONE, GONE)
    assert sorted(await notices(town)) == sorted([notice_of(town, "rights"), notice_of(town, "gone")])


@pytest.mark.parametrize("own_room", [True, False], ids=["the same channel", "no channel of its own"])
async def test_two_programmes_whose_moderators_share_a_channel_get_one_notice_there(
    town: Town, notes: Notes, faults: Faults, own_room: bool
) -> None:
    first = (await town.programme()).id
    room = await town.channel("moderators")
    other = await second_programme(town, town.roles["leader"])
    if own_room:
        shared = {"kind": "channel", "purpose": "moderators", "discord_id": room.id, "made_by_us": False}
        await town.db.write(lambda tx: guilds.bind(tx, "b" * 32, town.guild.id, other, **shared))
        town.bot.tools.guilds.forget(town.guild.id)
    for one in (first, other):
        await notes.plan(programme_id=one)
        faults.order(answered(*FORBIDDEN))
    await run_due(town)
    await run_due(town)
    said = [part.content for one in room.history() for part in one.components if isinstance(part, discord.TextDisplay)]
    assert said == [notice_of(town, "rights")]
    assert sorted(await states(town, NOTICE)) == ["cancelled", "sent"]
    await notes.plan(programme_id=other)
    faults.order(answered(*GONE))
    await run_due(town)
    await run_due(town)
    assert sorted(await states(town, NOTICE)) == ["cancelled", "sent", "sent"]


async def test_a_notice_that_is_refused_itself_causes_no_other_and_is_seen_in_the_figures(
    town: Town, notes: Notes, faults: Faults
) -> None:
    gave_up = f"<t:{int(town.clock.now().timestamp())}:R>"
    await notes.plan()
    for _ in range(5):
        faults.order(answered(403, 50001))
    for _ in range(3):
        await run_due(town)
        await pass_time(town, MINUTE)
    assert (faults.calls, await states(town, NOTICE)) == (2, ["dead"])
    said = (await health(town)).content
    assert town.t("admin.health.dead", count=2, when=gave_up) in said
    assert last(town, "rights", "403/50001") in said


async def test_where_everybody_reads_the_moderators_channel_nothing_is_posted_and_admins_hear_of_it(
    town: Town, notes: Notes, faults: Faults
) -> None:
    await open_to_all(town, await town.channel("moderators"))
    await refuse(town, notes, faults, FORBIDDEN)
    assert (await notices(town), await states(town, NOTICE)) == ([], ["cancelled"])
    check = town.bot.command_sets.mention("setup check", None)
    screen = await health(town)
    assert town.t("admin.health.nobody_told", check=check) in screen.content
    assert town.shows(screen, "admin:steps:")


async def test_a_notice_waits_until_it_is_known_who_reads_the_channel(
    town: Town, notes: Notes, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(town.bot, "get_guild", lambda guild_id: None)
        await refuse(town, notes, faults, FORBIDDEN)
        assert (await notices(town), await states(town, NOTICE)) == ([], ["pending"])
    await pass_time(town, MINUTE)
    await run_due(town)
    assert await notices(town) == [notice_of(town, "rights")]


# -- versions ---------------------------------------------------------------------------------------------------------


def test_the_time_zones_that_are_named_are_those_that_are_used(tmp_path: Path) -> None:
    """In a process of its own, on a machine where Berlin's clock would show Tokyo's time."""
    package = resources.files("tzdata") / "zoneinfo"
    decoy = tmp_path / "Europe" / "Berlin"
    decoy.parent.mkdir()
    decoy.write_bytes((package / "Asia" / "Tokyo").read_bytes())
    asked = (
        "from bot.kit import versions\n"
        "import datetime as dt, zoneinfo\n"
        "noon = dt.datetime(2026, 1, 1, 12, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))\n"
        "print(noon.utcoffset(), versions.time_zones())\n"
    )
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    first, _, _ = (package / "tzdata.zi").read_text(encoding="utf-8").partition("\n")
    year, letter = first.removeprefix("# version ")[:4], first[-1]
    assert told.stdout.split() == ["1:00:00", f"{year}.{ord(letter) - ord('a') + 1}"]
