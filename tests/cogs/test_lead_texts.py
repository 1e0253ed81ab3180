"""What holds for a programme's words: they can be changed and brought back, nobody's are lost, and nothing hides in them."""

from typing import Any

import pytest
from simcord.components import walk_components
from simcord.results import InteractionResult

from bot.domain.presets import TEXT_NAMES
from bot.domain.programme_texts import LIMITS, NO_WORDS, revision
from data.programmes import presets
from tests.cogs.leading import another_leader, press, type_lead
from tests.cogs.town import Town, read


def comes_with(town: Town, name: str) -> str:
    if name == "rules":
        return "\n".join("- " + town.t(f"rule.{rule}") for rule in presets()["recovery"].rules)
    return town.t(f"programme.recovery.{name}")


async def said(town: Town, name: str) -> str | None:
    return (await town.programme()).texts.get(name)


async def open_form(town: Town, who: Any, name: str) -> InteractionResult:
    return await town.press(who, await press(town, who, "text", name), "lead:text-form:")


async def write(town: Town, who: Any, name: str, words: str) -> str:
    """Change a text as somebody would, and return what they are told."""
    screen = await press(town, who, "text", name)
    form = await town.press(who, screen, "lead:text-form:")
    result = await who.submit_modal(form, {"body": words})
    return result.response.content if result.response is not None else screen.content


async def submit(town: Town, who: Any, name: str, words: Any, was: str = NO_WORDS) -> str:
    """Send a form that none of ours is, as a crafted client could."""
    token = f"{(await town.programme()).id}.{name}.{was}"
    return read(await town.send(who, f"lead:text-save:{token}", fields={"body": words})).content


def field(form: InteractionResult) -> dict[str, Any]:
    assert form.modal is not None
    (found,) = (one for one in walk_components(form.modal["components"]) if one.get("custom_id") == "body")
    return found


async def test_the_panel_and_the_command_show_which_texts_there_are(town: Town) -> None:
    by_command = await type_lead(town, town.leo, "texts")
    by_panel = read(
        await town.leo.click(await town.panel("leaders"), custom_id=f"lead:texts:{(await town.programme()).id}")
    )
    assert by_command.content == by_panel.content
    for name in TEXT_NAMES:
        line = town.t("leaders.texts.line.comes_with", name=town.t(f"leaders.texts.{name}"))
        assert line in by_panel.content
    await write(town, town.leo, "rules", "Be kind.")
    by_panel = await press(town, town.ada, "texts")
    assert town.t("leaders.texts.line.own", name=town.t("leaders.texts.rules")) in by_panel.content


@pytest.mark.parametrize("name", TEXT_NAMES)
async def test_each_text_is_shown_as_it_comes_changed_and_brought_back(town: Town, name: str) -> None:
    screen = await press(town, town.leo, "texts")
    await town.press(town.leo, screen, f".{name}")
    assert screen.content.endswith(comes_with(town, name))
    form = await town.press(town.leo, screen, "lead:text-form:")
    assert (field(form)["value"], field(form)["max_length"]) == (comes_with(town, name), LIMITS[name])
    await town.leo.submit_modal(form, {"body": "Words of our own."})
    assert screen.content.startswith(town.t("leaders.texts.saved"))
    assert screen.content.endswith("Words of our own.")
    assert await said(town, name) == "Words of our own."
    assert field(await town.press(town.leo, screen, "lead:text-form:"))["value"] == "Words of our own."
    await town.press(town.leo, screen, "lead:text-back:")
    assert screen.content.endswith(comes_with(town, name))
    await town.press(town.leo, screen, f"lead:text:{(await town.programme()).id}.{name}")
    assert await said(town, name) == "Words of our own."
    await town.press(town.leo, screen, "lead:text-back:")
    await town.press(town.leo, screen, "lead:text-back-yes:")
    assert screen.content.startswith(town.t("leaders.texts.back.done"))
    assert await said(town, name) is None


async def test_the_form_says_that_everybody_reads_it(town: Town) -> None:
    form = await open_form(town, town.leo, "rules")
    assert form.modal is not None
    (label,) = form.modal["components"]
    assert label["description"] == town.t("leaders.form.public")


async def test_a_new_question_stands_on_the_start_panel_at_once(town: Town) -> None:
    assert comes_with(town, "question") in (await town.panel("start")).content
    await write(town, town.leo, "question", "What carried\nyou today?")
    assert "What carried you today?" in (await town.panel("start")).content
    await write(town, town.leo, "question", "")
    assert comes_with(town, "question") in (await town.panel("start")).content


async def test_the_longest_texts_fit_everywhere_they_are_shown(town: Town) -> None:
    for name, limit in LIMITS.items():
        words = ("word " * limit)[: limit - 1] + "!"
        assert (await write(town, town.leo, name, words)).endswith(words)
        assert (await press(town, town.leo, "text", name)).content.endswith(words)
    assert "word!" in (await town.panel("start")).content or "wor!" in (await town.panel("start")).content


async def test_words_sent_back_unchanged_stay_the_programme_s_own(town: Town) -> None:
    form = await open_form(town, town.leo, "opening")
    await town.leo.submit_modal(form, {"body": field(form)["value"]})
    assert await said(town, "opening") is None


async def test_hostile_words_ping_nobody_and_hide_nothing(town: Town) -> None:
    hostile = f"@everyone @here <@{town.mia.id}> <@&{town.roles['leader'].id}> \u202eolleh\u2066 \x07 `/setup` [a](b)"
    kept = hostile.replace("\u202e", "").replace("\u2066", "").replace("\x07", "").replace("  ", " ")
    await write(town, town.leo, "question", hostile)
    assert kept in (await town.panel("start")).content
    shown = await town.panel("start")
    town.env.backend.delete_message(shown.channel.id, shown.id)
    await town.env.settle()
    assert kept in (await town.panel("start")).content
    sent = [r.json.get("data") or r.json for r in town.env.http_requests if "@everyone" in str(r.json)]
    # Edited, posted anew, and answered: nothing that Discord is told lets these words mention anybody.
    assert len([body for body in sent if "content" in body]) >= 3
    assert all(body["allowed_mentions"]["parse"] == [] for body in sent if "content" in body)


async def test_an_invitation_is_refused_and_the_words_come_back_to_whoever_wrote_them(town: Town) -> None:
    answer = await write(town, town.leo, "rules", "Come to discord.gg/elsewhere instead")
    assert town.t("leaders.texts.invitation") in answer
    assert "Come to discord.gg/elsewhere instead" in answer
    assert await said(town, "rules") is None


@pytest.mark.parametrize(
    ("name", "words", "key"),
    [
        ("rules", "x" * 1_001, "leaders.texts.too_long"),
        ("question", "x" * 4_000, "leaders.texts.too_long"),
        ("rules", ["x"], "error.form_changed"),
        ("rules", None, "error.form_changed"),
        ("motto", "words", "error.button_gone"),
    ],
    ids=["long rules", "a long question", "a list", "nothing at all", "no such text"],
)
async def test_what_no_form_of_ours_sends_is_refused_and_nothing_is_stored(
    town: Town, name: str, words: Any, key: str
) -> None:
    answer = await submit(town, town.leo, name, words)
    assert town.t(key, limit=LIMITS.get(name, 0)) in answer
    assert dict((await town.programme()).texts) == {}


async def test_of_two_editors_the_second_is_shown_both_texts_and_can_go_on(town: Town) -> None:
    nia = another_leader(town)
    first, second = await open_form(town, town.leo, "rules"), await press(town, nia, "text", "rules")
    form = await town.press(nia, second, "lead:text-form:")
    await town.leo.submit_modal(first, {"body": "Words of Leo."})
    await nia.submit_modal(form, {"body": "Words of Nia."})
    assert second.content == town.t("leaders.texts.changed", now="Words of Leo.", yours="Words of Nia.")
    assert await said(town, "rules") == "Words of Leo."
    form = await town.press(nia, second, "lead:text-form:")
    assert field(form)["value"] == "Words of Leo."
    await nia.submit_modal(form, {"body": "Words of Leo and Nia."})
    assert await said(town, "rules") == "Words of Leo and Nia."


async def test_however_long_both_texts_are_the_second_editor_keeps_theirs_whole(town: Town) -> None:
    nia = another_leader(town)
    form = await open_form(town, nia, "opening")
    theirs, mine = "a" * LIMITS["opening"], "b" * LIMITS["opening"]
    await write(town, town.leo, "opening", theirs)
    await nia.submit_modal(form, {"body": mine})
    answer = await submit(town, nia, "opening", mine)
    assert mine in answer
    assert "aaaa…" in answer
    assert len(answer) <= 2_000


async def test_going_back_is_not_done_over_words_that_somebody_just_wrote(town: Town) -> None:
    nia = another_leader(town)
    await write(town, town.leo, "rules", "First.")
    screen = await press(town, nia, "text", "rules")
    await town.press(nia, screen, "lead:text-back:")
    await write(town, town.leo, "rules", "Second.")
    await town.press(nia, screen, "lead:text-back-yes:")
    assert screen.content.startswith(town.t("leaders.texts.changed.look"))
    assert screen.content.endswith("Second.")
    assert await said(town, "rules") == "Second."


async def test_an_open_form_outlives_a_restart(town: Town) -> None:
    form = await open_form(town, town.leo, "closing")
    await town.restart()
    await town.leo.submit_modal(form, {"body": "Go well."})
    assert await said(town, "closing") == "Go well."


async def test_without_a_place_to_store_them_the_words_are_given_back(town: Town, monkeypatch: Any) -> None:
    form = await open_form(town, town.leo, "closing")

    async def full(*_: Any) -> None:
        raise RuntimeError("a disk that nobody foresaw")

    monkeypatch.setattr(type(town.db), "write", full)
    answer = read(await town.leo.submit_modal(form, {"body": "Go well."})).content
    assert answer.startswith(town.t("leaders.texts.yours", text="Go well."))


@pytest.mark.parametrize("verb", ["texts", "text", "text-form", "text-save", "text-back", "text-back-yes"])
async def test_texts_are_for_those_who_lead_this_programme_and_for_admins(town: Town, verb: str) -> None:
    await write(town, town.leo, "rules", "Be kind.")
    for who in (town.mia, town.sam):
        answer = await press(town, who, verb, "rules", revision("Be kind."))
        assert answer.content == town.t("error.only_leaders")
    assert await said(town, "rules") == "Be kind."
    assert town.ids(await press(town, town.ada, "texts"))
