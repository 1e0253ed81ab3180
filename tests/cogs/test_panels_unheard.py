"""Panels that Discord posted, or not, without the bot hearing of it: each stands once and shows the latest state."""

import asyncio
from typing import Any

import discord
import pytest

from bot.kit import panels as kit
from tests.cogs.convening import agree_before, card, cards, create, press_card, settle
from tests.cogs.delivering import answered
from tests.cogs.town import Town

pytestmark = pytest.mark.usefixtures("at_once")
POST = ("POST", "/channels/{channel_id}/messages")


class Deaf:
    """A bot that does not hear the answer to what it posts; Discord knows a nonce again, as it does for some minutes."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hears = False
        self.hangs = False
        self.posts = 0
        self._known: dict[str, Any] = {}
        self._request = town.bot.http.request
        monkeypatch.setattr(town.bot.http, "request", self._answer)

    async def _answer(self, route: Any, **options: Any) -> Any:
        if (route.method, route.path) != POST:
            return await self._request(route, **options)
        self.posts += 1
        if self.hangs:
            await asyncio.Event().wait()
        nonce = options["json"]["nonce"]
        if nonce not in self._known:
            self._known[nonce] = await self._request(route, **options)
        if not self.hears:
            raise answered(500)
        return self._known[nonce]


async def test_a_card_that_changed_between_its_posting_and_the_repetition_stands_once_as_it_is_now(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agree_before(town, town.mia)
    deaf = Deaf(town, monkeypatch)
    await create(town, "tomorrow 19:00")
    assert deaf.posts == 1
    await press_card(town, town.mia, "come")
    deaf.hears = True
    await town.env.advance_time(11)
    await settle(town)
    assert deaf.posts > 1
    assert len(await cards(town)) == 1
    assert town.t("meetings.card.coming", n=1) in (await card(town)).content


async def test_a_panel_that_stands_is_looked_for_and_edited_no_longer_than_that_either(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "CALL_WITHIN", 0.05)
    fetched: list[int] = []

    async def never(self: discord.PartialMessage) -> None:
        fetched.append(self.id)
        await asyncio.Event().wait()

    with monkeypatch.context() as hanging:
        hanging.setattr(discord.PartialMessage, "fetch", never)
        failed = await town.bot.refresh_guild(town.guild.id)
    assert len(failed) == len(fetched) > 1
    assert await town.bot.refresh_guild(town.guild.id) == []
