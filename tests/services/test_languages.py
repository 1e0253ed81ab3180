"""Chosen languages and countries at hand: those who chose and nobody else, without a look into the database."""

import asyncio
from typing import Any

import pytest

from bot.services import languages, privacy, settings
from bot.services.languages import Languages
from tests.services.conftest import Town
from tests.store.rows import ANNA, BEN


async def chosen(town: Town) -> None:
    await settings.set_language(town.db, town.clock, town.anna, "de", agreed=True)
    await settings.set_country(town.db, town.clock, town.ben, "GB", agreed=True)


async def test_those_who_chose_are_known_after_a_start_and_the_others_follow_their_client(each_town: Town) -> None:
    await chosen(each_town)
    known = Languages(each_town.db)
    await known.load()
    assert (known.locale(ANNA, "fr"), known.country(ANNA)) == ("de", None)
    assert (known.locale(BEN, "fr"), known.country(BEN)) == ("fr", "GB")
    assert (known.locale(7, "fr"), known.country(7)) == ("fr", None)


async def test_what_is_changed_here_counts_at_once_and_what_is_forgotten_is_gone(town: Town) -> None:
    known = Languages(town.db)
    known.remember(ANNA, locale="de", country="DE")
    assert (known.locale(ANNA, "fr"), known.country(ANNA)) == ("de", "DE")
    known.remember(ANNA, locale=None, country="DE")
    assert (known.locale(ANNA, "fr"), known.country(ANNA)) == ("fr", "DE")
    known.forget(ANNA)
    assert (known.locale(ANNA, "fr"), known.country(ANNA)) == ("fr", None)


async def test_what_another_process_was_told_is_seen_when_the_copy_has_grown_old(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Languages(town.db)
    await known.load()
    await chosen(town)
    await known.refresh()
    assert known.locale(ANNA, "fr") == "fr"
    monkeypatch.setattr(languages, "KEPT_SECONDS", 0.0)
    await known.refresh()
    assert known.locale(ANNA, "fr") == "de"
    await privacy.erase(town.db, town.anna)
    await known.refresh()
    assert known.locale(ANNA, "fr") == "fr"


async def test_what_changes_while_everybody_is_read_is_not_overwritten_by_what_was_read(town: Town) -> None:
    await chosen(town)
    known = Languages(town.db)
    reading = asyncio.create_task(known.load())
    await asyncio.sleep(0)
    known.forget(ANNA)
    known.remember(BEN, locale="en", country=None)
    await reading
    assert (known.locale(ANNA, "fr"), known.locale(BEN, "fr"), known.country(BEN)) == ("fr", "en", None)


async def test_where_the_database_does_not_answer_all_stays_as_it_is(town: Town) -> None:
    known = Languages(town.db)
    known.remember(ANNA, locale="de", country=None)
    await town.db.close()
    await known.refresh()
    assert known.locale(ANNA, "fr") == "de"


async def test_many_who_ask_at_once_cause_one_reading(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    known, read, times = Languages(town.db), town.db.read, 0

    async def counted(*args: Any) -> Any:
        nonlocal times
        times += 1
        return await read(*args)

    monkeypatch.setattr(town.db, "read", counted)
    await asyncio.gather(*(known.refresh() for _ in range(5)))
    assert times == 1
