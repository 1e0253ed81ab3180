"""What holds for people who check in."""

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.checkins import Mood
from bot.errors import Busy
from data.schema import checkins, people
from tests.cogs.town import Town, read

ALL_OF_IT = {"mood": "4", "note": "walked by the sea", "seen_by": "me"}


async def stored(town: Town) -> list[tuple[dt.date, int, str]]:
    def work(tx: sa.Connection) -> list[tuple[dt.date, int, str]]:
        rows = tx.execute(sa.select(checkins.c.day, checkins.c.mood, checkins.c.seen_by).order_by(checkins.c.day))
        return [tuple(row) for row in rows]

    return await town.db.read(work)


async def test_nothing_is_kept_before_the_one_consent_and_what_was_tapped_is_saved_with_it(town: Town) -> None:
    asked = await town.tap(town.mia, 4)
    assert town.consent in asked.content
    assert await stored(town) == []
    assert await town.db.read(lambda tx: tx.execute(sa.select(people)).all()) == []
    await town.press(town.mia, asked, "checkins:agree:")
    assert town.t("checkins.saved", mood=town.t("checkins.mood.good")) in asked.content
    assert await stored(town) == [(dt.date(2026, 11, 23), 4, "me")]


async def test_consent_is_asked_once_and_a_second_mood_the_same_day_edits_the_first(town: Town) -> None:
    await town.agree(town.mia, 3)
    again = await town.tap(town.mia, 5)
    assert town.t("checkins.mood.very_good") in again.content
    assert await stored(town) == [(dt.date(2026, 11, 23), 5, "me")]


async def test_a_new_day_is_a_new_check_in_and_the_week_is_counted_without_a_streak(town: Town) -> None:
    await town.agree(town.mia, 3)
    town.clock.advance(dt.timedelta(days=2))
    answer = await town.tap(town.mia, 4)
    assert town.t("checkins.week", n=2) in answer.content
    assert len(await stored(town)) == 2


@pytest.mark.parametrize("mood", [Mood.VERY_LOW, Mood.LOW])
async def test_a_low_answer_meets_help_at_once_even_before_the_consent(town: Town, mood: Mood) -> None:
    asked = await town.tap(town.mia, mood)
    assert town.t("help.card") in asked.content
    assert "116 123" in asked.content
    assert asked.content.index("116 123") < asked.content.index(town.consent)
    assert town.find(asked, "help:reach:")
    await town.press(town.mia, asked, "checkins:agree:")
    assert town.t("help.card") in asked.content
    assert town.find(asked, "help:reach:")


async def test_a_good_answer_is_left_alone(town: Town) -> None:
    answer = await town.agree(town.mia, 4)
    assert town.t("help.card") not in answer.content


async def test_words_of_danger_in_a_note_show_help_to_their_author_and_nothing_to_moderators(town: Town) -> None:
    answer = await town.agree(town.mia, 4)
    before = len(town.sent("POST", "/messages"))
    form = await town.press(town.mia, answer, "checkins:form:")
    saved = read(await town.mia.submit_modal(form, {**ALL_OF_IT, "note": "some days I want to kill myself"}))
    assert town.t("help.card") in saved.content
    assert "kill" not in saved.content
    assert len(town.sent("POST", "/messages")) == before
    assert (await town.channel("moderators")).last_message is None


async def test_the_form_takes_consent_and_note_in_one_step(town: Town) -> None:
    form = await town.mia.slash(town.general, "checkin now")
    saved = read(await town.mia.submit_modal(form, {**ALL_OF_IT, "agreed": ["yes"]}))
    assert town.t("checkins.mood.good") in saved.content
    assert town.t("checkins.button.edit_note") in str(saved.components)


async def test_the_form_opens_with_what_stands_today(town: Town) -> None:
    answer = await town.agree(town.mia, 2)
    form = await town.press(town.mia, answer, "checkins:form:")
    await town.mia.submit_modal(form, {"mood": "2", "note": "first words", "seen_by": "leaders"})
    again = await town.mia.slash(town.general, "checkin now")
    assert "first words" in str(again.modal)
    assert "agreed" not in str(again.modal)


async def test_a_low_one_for_the_group_is_held_until_it_is_said_again(town: Town) -> None:
    answer = await town.agree(town.mia, 4)
    form = await town.press(town.mia, answer, "checkins:form:")
    held = read(await town.mia.submit_modal(form, {"mood": "1", "note": "", "seen_by": "group"}))
    assert town.t("checkins.held") in held.content
    assert await stored(town) == [(dt.date(2026, 11, 23), 1, "me")]
    await town.press(town.mia, held, "checkins:share:")
    assert await stored(town) == [(dt.date(2026, 11, 23), 1, "group")]


async def test_others_see_what_was_meant_for_them_and_only_that(town: Town) -> None:
    for who, note, seen_by in ((town.mia, "for all", "group"), (town.noah, "for leaders", "leaders")):
        answer = await town.agree(who, 4)
        form = await town.press(who, answer, "checkins:form:")
        await who.submit_modal(form, {"mood": "4", "note": note, "seen_by": seen_by})
    await town.agree(town.sam, 5)
    seen = {}
    for who in (town.leo, town.sam):
        page = read(await who.slash(town.general, "checkin history"))
        await town.press(who, page, "checkins:group:")
        seen[who.name] = page.content
    assert "for all" in seen["Sam"]
    assert "for leaders" not in seen["Sam"]
    assert "for all" in seen["Leo"]
    assert "for leaders" in seen["Leo"]


async def test_history_comes_as_a_picture_with_its_numbers_in_words(town: Town) -> None:
    for mood in (1, 3, 5):
        await (town.agree if mood == 1 else town.tap)(town.mia, mood)
        town.clock.advance(dt.timedelta(days=1))
    page = read(await town.mia.slash(town.general, "checkin history"))
    (picture,) = page.attachments
    assert picture.filename == "check-ins.png"
    assert picture.description is not None
    for mood in Mood:
        if mood in (1, 3, 5):
            assert f"{town.t(mood.key)} ({mood.value})" in picture.description
            assert town.t(mood.key) in page.content
        else:
            assert town.t(mood.key) not in page.content


async def test_an_empty_history_says_so_kindly(town: Town) -> None:
    page = read(await town.mia.slash(town.general, "checkin history"))
    assert page.content == town.t("checkins.history.empty")


async def test_what_somebody_wrote_cannot_mention_or_dress_up(town: Town) -> None:
    answer = await town.agree(town.mia, 4)
    form = await town.press(town.mia, answer, "checkins:form:")
    await town.mia.submit_modal(
        form, {"mood": "4", "note": "@everyone <@&1> **big** \u202egnorw\x00\x07", "seen_by": "group"}
    )
    page = read(await town.mia.slash(town.general, "checkin history"))
    assert "@everyone" not in page.content
    assert "**big**" not in page.content
    assert not {"\u202e", "\x00", "\x07"} & set(page.content)
    for body in town.sent("POST", "/callback"):
        assert body.get("data", {}).get("allowed_mentions", {"parse": []}) == {"parse": []}


async def test_stopping_keeps_the_history_or_deletes_it_after_asking_twice(town: Town) -> None:
    await town.agree(town.mia, 4)
    page = read(await town.mia.slash(town.general, "checkin stop"))
    await town.press(town.mia, page, "checkins:stop:")
    assert page.content == town.t("checkins.stop.kept")
    assert len(await stored(town)) == 1
    page = read(await town.mia.slash(town.general, "checkin stop"))
    await town.press(town.mia, page, "checkins:confirm:")
    assert len(await stored(town)) == 1
    await town.press(town.mia, page, "checkins:delete:")
    assert page.content == town.t("checkins.stop.deleted")
    assert await stored(town) == []


async def test_buttons_and_open_forms_live_on_after_a_restart(town: Town) -> None:
    answer = await town.agree(town.mia, 3)
    form = await town.press(town.mia, answer, "checkins:form:")
    await town.restart()
    saved = read(await town.mia.submit_modal(form, ALL_OF_IT))
    assert town.t("checkins.mood.good") in saved.content
    assert town.t("checkins.saved", mood=town.t("checkins.mood.okay")) in (await town.tap(town.mia, 3)).content
    assert (await stored(town))[0][1] == 3


async def test_two_people_with_the_same_form_open_both_keep_their_words(town: Town) -> None:
    forms = {}
    for who in (town.mia, town.noah):
        await town.agree(who, 3)
        forms[who] = await who.slash(town.general, "checkin now")
    for who, note in ((town.noah, "words of Noah"), (town.mia, "words of Mia")):
        await who.submit_modal(forms[who], {**ALL_OF_IT, "note": note})
    for who, note in ((town.noah, "words of Noah"), (town.mia, "words of Mia")):
        assert note in read(await who.slash(town.general, "checkin history")).content


async def test_the_panel_itself_is_never_replaced_by_an_answer(town: Town) -> None:
    before = (await town.panel("start")).content
    await town.agree(town.mia, 2)
    assert (await town.panel("start")).content == before


@pytest.mark.parametrize("trouble", ["busy", "accident"])
async def test_help_is_shown_even_when_saving_fails(town: Town, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    answer = await town.agree(town.mia, 4)
    form = await town.press(town.mia, answer, "checkins:form:")

    async def fails(*_: object, **__: object) -> None:
        raise Busy if trouble == "busy" else RuntimeError

    monkeypatch.setattr(town.db, "write", fails)
    low = await town.tap(town.mia, 1)
    submitted = await town.mia.submit_modal(form, {**ALL_OF_IT, "note": "I want to kill myself"})
    (noted,) = submitted.followups or [read(submitted)]
    fine = await town.tap(town.mia, 4)
    for said in (low.content, noted.content):
        assert town.t("help.card") in said
        assert "116 123" in said
    assert town.t("help.card") not in fine.content


async def test_a_note_added_after_midnight_belongs_to_the_day_it_was_begun_for(town: Town) -> None:
    answer = await town.agree(town.mia, 2)
    town.clock.advance(dt.timedelta(hours=16))
    form = await town.press(town.mia, answer, "checkins:form:")
    await town.mia.submit_modal(form, {"mood": "2", "note": "still the same evening", "seen_by": "me"})
    assert await stored(town) == [(dt.date(2026, 11, 23), 2, "me")]
    town.clock.advance(dt.timedelta(days=3))
    form = await town.press(town.mia, answer, "checkins:form:")
    await town.mia.submit_modal(form, {"mood": "4", "note": "a new day", "seen_by": "me"})
    assert (await stored(town))[-1] == (dt.date(2026, 11, 27), 4, "me")


async def test_long_notes_leave_whole_lines_and_the_newest_first(town: Town) -> None:
    await town.agree(town.mia, 3)
    for day in range(8):
        form = await town.mia.slash(town.general, "checkin now")
        await town.mia.submit_modal(form, {"mood": "3", "note": f"day{day} " + "*_~`|" * 390, "seen_by": "me"})
        town.clock.advance(dt.timedelta(days=1))
    page = read(await town.mia.slash(town.general, "checkin history"))
    assert len(page.content) <= 2_000
    assert "day7" in page.content
    lines = page.content.splitlines()
    assert lines.index(next(line for line in lines if "day7" in line)) == 3


async def test_a_note_that_cannot_be_opened_costs_only_its_own_line(town: Town) -> None:
    answer = await town.agree(town.mia, 4)
    form = await town.press(town.mia, answer, "checkins:form:")
    await town.mia.submit_modal(form, ALL_OF_IT)
    await town.db.write(lambda tx: tx.execute(sa.update(checkins).values(note=b"\x01\x01" + bytes(40))))
    page = read(await town.mia.slash(town.general, "checkin history"))
    assert town.t("checkins.mood.good") in page.content
    assert town.t("checkins.note.unreadable") in page.content
