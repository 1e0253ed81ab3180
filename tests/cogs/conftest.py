"""The town every test of this floor lives in, and the check that every word came from the texts."""

import datetime as dt
from collections.abc import AsyncIterator

import discord
import pytest
from simcord.env import Env

from bot.clock import ManualClock
from bot.demo import simcord_touches as touches
from bot.texts import Texts
from data.db import Database
from tests.cogs.town import Town, make_bot

MORNING = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def pseudo() -> Texts:
    """Our words between ⟦ and ⟧ and values outside, so that a word from elsewhere is seen."""
    return Texts.load(pseudo=True)


@pytest.fixture
async def empty_town(sqlite_db: Database, pseudo: Texts) -> AsyncIterator[Town]:
    """Give a guild in which nothing has been set up."""
    clock = ManualClock(MORNING)
    bot = make_bot(sqlite_db, clock, pseudo)
    simulated = (
        touches.quick_settling,
        touches.own_language,
        touches.private_threads_unannounced,
        touches.wearers_counted,
    )
    with touches.touched(*simulated):
        env = Env(bot, check_errors=False)
        await env.start()
        try:
            town = _build(env, sqlite_db, clock, pseudo)
            yield town
            assert not env.errors, "an error reached nobody"
            assert town.flaws() == []
        finally:
            await env.shutdown()


@pytest.fixture
async def town(empty_town: Town) -> Town:
    """Give a guild in which the recovery programme has been set up."""
    await empty_town.set_up()
    return empty_town


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let panels follow without the pause in which several changes become one edit."""
    monkeypatch.setattr("bot.kit.panels.TOUCH_AFTER", 0.0)


def _build(env: Env, db: Database, clock: ManualClock, texts: Texts) -> Town:
    guild = env.create_guild("Harbour")
    roles = {
        "admin": guild.create_role("Admins", permissions=discord.Permissions(manage_guild=True)),
        "leader": guild.create_role("Leaders"),
        "moderator": guild.create_role("Moderators"),
    }

    def person(name: str, *wears: str) -> object:
        return guild.add_member(env.create_user(name), roles=[roles[role] for role in wears])

    return Town(
        env=env,
        bot=env.bot,
        db=db,
        clock=clock,
        texts=texts,
        guild=guild,
        general=guild.create_text_channel("general"),
        ada=person("Ada", "admin"),
        sam=person("Sam", "moderator"),
        leo=person("Leo", "leader"),
        mia=person("Mia"),
        noah=person("Noah"),
        roles=roles,
    )
