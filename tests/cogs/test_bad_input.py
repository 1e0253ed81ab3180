"""What holds when a press or a form is late, doubled, crafted, from elsewhere, or meets an accident."""

import logging

import pytest
import sqlalchemy as sa

from bot.domain.ids import new_id
from bot.kit import guards
from bot.kit.call import Call, Reply
from bot.kit.router import Route
from bot.logs import Redacting
from data.schema import checkins
from tests.cogs.raw import deliver_twice, press_at_once
from tests.cogs.town import Town, read


async def count(town: Town) -> int:
    return await town.db.read(lambda tx: tx.execute(sa.select(sa.func.count()).select_from(checkins)).scalar_one())


async def test_a_button_nobody_knows_is_answered_kindly(town: Town) -> None:
    for custom_id in ("stories:open:abc", "x", "checkins:unknown:1", ":::", "checkins:mood"):
        answer = read(await town.send(town.mia, custom_id))
        assert answer.content == town.t("error.button_gone"), custom_id


async def test_crafted_tokens_change_nothing(town: Town) -> None:
    await town.agree(town.mia, 3)
    programme = await town.programme()
    crafted = [
        f"checkins:mood:{programme.id}.9",
        f"checkins:mood:{programme.id}.",
        f"checkins:mood:{programme.id}.-1",
        f"checkins:mood:{programme.id}.3.4",
        f"checkins:mood:{programme.id}",
        f"checkins:mood:{new_id()}.3",
        "checkins:mood:' OR 1=1 --.3",
        f"checkins:share:{programme.id}.not-a-day",
        f"checkins:share:{programme.id}.2026-11-01",
        f"checkins:share:{programme.id}.2026-11-23.0",
        "checkins:history:nonsense",
        "checkins:delete:nonsense",
        "help:need:everything.GB",
        "help:reach-yes:nonsense",
    ]
    for custom_id in crafted:
        answer = read(await town.send(town.mia, custom_id))
        keys = ("error.button_gone", "error.programme_gone", "checkins.gone", "checkins.changed")
        assert answer.content.endswith(tuple(town.t(key) for key in keys)), custom_id
    assert await count(town) == 1


async def test_crafted_forms_store_nothing(town: Town) -> None:
    await town.agree(town.mia, 3)
    programme = await town.programme()
    for fields, said in (
        ({"mood": "7", "note": "", "seen_by": "me"}, town.t("error.form_changed")),
        ({"mood": "3", "note": "", "seen_by": "everybody"}, town.t("error.form_changed")),
        ({}, town.t("error.form_changed")),
        ({"mood": "5", "note": "x" * 4001, "seen_by": "me"}, town.t("checkins.note.too_long", limit=2000)),
    ):
        answer = read(await town.send(town.mia, f"checkins:save:{programme.id}", fields=fields))
        assert answer.content == said
    page = read(await town.mia.slash(town.general, "checkin history"))
    assert town.t("checkins.mood.very_good") not in page.content


async def test_a_form_without_consent_stores_nothing_and_says_why(town: Town) -> None:
    programme = await town.programme()
    fields = {"mood": "5", "note": "hello", "seen_by": "me"}
    answer = read(await town.send(town.mia, f"checkins:save:{programme.id}", fields=fields))
    assert answer.content == town.t("error.needs_consent")
    assert await count(town) == 0


async def test_another_guild_s_programme_is_out_of_reach(town: Town) -> None:
    programme = await town.programme()
    other = town.env.create_guild("Elsewhere")
    room = other.create_text_channel("room")
    stranger = other.add_member(town.env.create_user("Stranger"))
    for name in town.bot.router.routes:
        if not name.startswith("checkins:"):
            continue
        result = await stranger._dispatch_interaction(
            3, room, {"custom_id": f"{name}:{programme.id}.3", "component_type": 2}
        )
        said = read(result).content
        assert said in {town.t("error.programme_gone"), town.t("error.button_gone"), town.t("error.form_changed")}, name
    assert await count(town) == 0


async def test_the_same_press_delivered_twice_is_answered_once(town: Town) -> None:
    await town.agree(town.mia, 3)
    programme = await town.programme()
    said = await deliver_twice(town, town.mia, f"checkins:mood:{programme.id}.5")
    assert said.count(town.t("checkins.saved", mood=town.t("checkins.mood.very_good"))) == 1
    assert await count(town) == 1


async def test_two_presses_in_one_moment_are_both_answered_and_leave_one_check_in(town: Town) -> None:
    await town.agree(town.mia, 3)
    programme = await town.programme()
    presses = [(town.mia, f"checkins:mood:{programme.id}.{mood}") for mood in (2, 4)]
    answers = await press_at_once(town, presses)
    assert all("⟦" in answer for answer in answers)
    assert await count(town) == 1


async def test_two_first_presses_in_one_moment_make_one_person(town: Town) -> None:
    programme = await town.programme()
    presses = [(town.mia, f"checkins:agree:{programme.id}.{mood}") for mood in (3, 4)]
    answers = await press_at_once(town, presses)
    assert all(town.t("checkins.seen_by.me.said") in answer for answer in answers)
    assert await count(town) == 1


async def test_an_accident_is_answered_with_a_reference_and_logged_without_content(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(call: Call) -> Reply:
        raise RuntimeError("what somebody wrote")

    town.bot.router.routes["test:breaks"] = Route(
        "test:breaks", breaks, guards.member, in_place=False, opens_form=False
    )
    with caplog.at_level(logging.DEBUG):
        answer = read(await town.send(town.mia, "test:breaks:1"))
    reference = answer.content.rsplit(" ", 1)[1].strip("⟦.⟧")
    assert answer.content == town.t("error.accident", reference=reference)
    written = "\n".join(Redacting("text").format(record) for record in caplog.records)
    assert f"reference {reference}" in written
    assert "RuntimeError" in written
    assert "what somebody wrote" not in written
    assert str(town.mia.id) not in written
