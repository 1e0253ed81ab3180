"""The real bot as a process on PostgreSQL: the same promises as on SQLite."""

from pathlib import Path

from bot.texts import Texts
from tests.databases import postgres_database
from tests.loopback import Loopback
from tests.process.harbour import found_harbour

TEXTS = Texts.load()


async def test_a_check_in_is_saved_on_postgresql_and_survives_a_kill(
    discord: Loopback, postgres_url: str, tmp_path: Path
) -> None:
    discord.gateway.identify_interval = 0
    async with postgres_database(postgres_url) as url:
        harbour = await found_harbour(discord, tmp_path, url)
        mia = discord.person("Mia", harbour.guild)
        async with discord.process(harbour.config) as peerled:
            await peerled.ready()
            asked = await mia.press(harbour.start_panel, "Good")
            saved = await mia.press(asked, TEXTS.t("en", "consent.button.agree"))
            assert TEXTS.t("en", "checkins.saved", mood="Good") in saved.text
            await peerled.kill()
        async with discord.process(harbour.config) as peerled:
            await peerled.ready()
            history = await mia.press(harbour.start_panel, TEXTS.t("en", "checkins.button.history"))
            assert TEXTS.t("en", "checkins.week", n=1) in history.text
            assert await peerled.terminate() == 0
