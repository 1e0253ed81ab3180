"""What holds for people who want to see, take along or erase what is kept about them."""

import json

from tests.cogs.town import Town, read


async def test_a_copy_holds_ones_own_words_and_nobody_else_s(town: Town) -> None:
    for who, note in ((town.mia, "words of Mia"), (town.noah, "words of Noah")):
        answer = await town.agree(who, 4)
        form = await town.press(who, answer, "checkins:form:")
        await who.submit_modal(form, {"mood": "4", "note": note, "seen_by": "me"})
    page = read(await town.mia.slash(town.general, "privacy"))
    copy = read(await town.press(town.mia, page, "privacy:export:"))
    (file,) = copy.attachments
    body = (await file.read()).decode()
    assert "words of Mia" in body
    assert "words of Noah" not in body
    assert json.loads(body)["people"][0]["user_id"] == town.mia.id


async def test_erasing_asks_once_more_and_then_it_is_as_if_we_had_never_met(town: Town) -> None:
    await town.agree(town.mia, 4)
    page = read(await town.mia.slash(town.general, "privacy"))
    await town.press(town.mia, page, "privacy:ask:")
    await town.press(town.mia, page, "privacy:keep:")
    assert page.content == town.t("privacy.kept")
    assert town.t("checkins.mood.good") in read(await town.mia.slash(town.general, "checkin history")).content
    page = read(await town.mia.slash(town.general, "privacy"))
    await town.press(town.mia, page, "privacy:ask:")
    await town.press(town.mia, page, "privacy:erase:")
    assert page.content == town.t("privacy.erased")
    assert town.consent in (await town.tap(town.mia, 3)).content
    page = read(await town.mia.slash(town.general, "privacy"))
    copy = read(await town.press(town.mia, page, "privacy:export:"))
    assert copy.content == town.t("privacy.nothing")
