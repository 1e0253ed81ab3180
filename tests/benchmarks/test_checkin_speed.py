"""How fast a mood is saved by button, beside a bare bot that answers the same and stores nothing.

Run by name: `pytest -n 0 -m benchmark -s tests/benchmarks`. 1,000 members who have agreed, 100,000 earlier check-ins in the
file, two live processes on loopback Discords in one event loop, one-second bursts in turn, the median of paired ratios.
Both bots run on uvloop, have the same panel pressed and answer the same bytes.
"""

import datetime as dt
import functools
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from bot.domain.ids import new_id
from data.db import Database
from data.schema import checkins
from tests.benchmarks.bursts import Presser, alternate
from tests.loopback import Loopback
from tests.process.harbour import Harbour, found_harbour, let_agree

MEMBERS, DAYS, PAIRS = 1_000, 100, 12
BAR = 0.60
MOOD = "Good"


@pytest.mark.benchmark
@pytest.mark.timeout(300)
async def test_saving_a_mood_keeps_three_fifths_of_the_speed_of_a_bare_bot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Loopback() as discord, Loopback() as bare_discord:
        harbour = await found_harbour(discord, tmp_path)
        persons = [discord.person(f"Person {number}", harbour.guild) for number in range(MEMBERS)]
        await let_past_days_be(harbour, await let_agree(harbour, persons))
        async with discord.process(harbour.config) as peerled:
            await peerled.ready()
            button = harbour.start_panel.button(MOOD)
            measured = Presser(discord, harbour.guild, persons, harbour.start_panel, button["custom_id"])
            await measured.burst(1.5)  # everybody's first press of the day, and the bot's caches
            (answer,) = measured.answers
            prepared = tmp_path / "answer.json"
            prepared.write_bytes(orjson.dumps(answer["data"]))
            async with bare_discord.tiny_bot(TINY_ANSWER=str(prepared)) as bare_bot:
                await bare_bot.ready()
                guild = bare_discord.guild("Harbour")
                shown = harbour.start_panel.payload
                panel = guild.channel("start").post(shown["content"], shown["components"])
                strangers = [bare_discord.person(f"Person {number}", guild) for number in range(MEMBERS)]
                bare = Presser(bare_discord, guild, strangers, panel, button["custom_id"])
                await bare.burst(1.5)
                comparison = await alternate(measured, bare, PAIRS)
        with capsys.disabled():
            print(f"\nsaving a mood: {comparison}")  # noqa: T201  (the figure is what this is for)
        assert answer["type"] == 4  # answered at once, nothing deferred
        assert measured.answers == bare.answers == [answer]
        assert len(harbour.moods()) == MEMBERS
        assert comparison.ratio >= BAR


async def let_past_days_be(harbour: Harbour, refs: list[str]) -> None:
    """Give every member a check-in on each of the last `DAYS` days, so that all are answered alike."""
    now = dt.datetime.now(dt.UTC)
    db = await Database.open(f"sqlite:///{harbour.database}")
    try:
        for ago in range(1, DAYS + 1):
            rows = [
                {
                    "id": new_id(),
                    "guild_id": harbour.guild.id,
                    "programme_id": harbour.programme_id,
                    "member_ref": ref,
                    "day": (now - dt.timedelta(days=ago)).date(),
                    "mood": 3,
                    "seen_by": "me",
                    "changed_at": now - dt.timedelta(days=ago),
                }
                for ref in refs
            ]
            await db.write(functools.partial(_insert, rows=rows))
    finally:
        await db.close()


def _insert(tx: sa.Connection, rows: list[dict[str, object]]) -> None:
    tx.execute(sa.insert(checkins), rows)
