"""Where several programmes run, a command means the one of its channel; elsewhere the person is asked, by buttons."""

import pytest
from simcord.builders import ChannelHandle

from bot.domain.guilds import Programme
from tests.cogs.setting_up import apply, to_plan
from tests.cogs.town import Town, read


@pytest.fixture
async def two(town: Town) -> dict[str, Programme]:
    """Give the recovery programme and, beside it, the health programme."""
    await apply(town, await to_plan(town, preset="health"))
    guild = await town.bot.tools.guilds.get(town.guild.id)
    assert guild is not None
    return {programme.preset: programme for programme in guild.live}


async def test_in_a_programmes_own_channel_nobody_is_asked(town: Town, two: dict[str, Programme]):
    for preset, programme in two.items():
        channel = town.guild.channels[town.t(f"programme.{preset}.channel.group")]
        form = await town.mia.slash(channel, "checkin now")
        assert form.modal is not None
        assert form.modal["custom_id"] == f"checkins:save:{programme.id}"


async def test_elsewhere_one_tap_says_which_and_the_form_opens(town: Town, two: dict[str, Programme]):
    asked = read(await town.mia.slash(town.general, "checkin now"))
    assert asked.content == town.t("which.ask")
    opened = await town.press(town.mia, asked, f"checkins:form:{two['health'].id}")
    assert opened.modal is not None
    assert opened.modal["custom_id"] == f"checkins:save:{two['health'].id}"


@pytest.mark.parametrize(("command", "then"), [("history", "history"), ("stop", "ask-stop")])
async def test_the_answer_takes_the_place_of_the_question(
    town: Town, two: dict[str, Programme], command: str, then: str
):
    asked = read(await town.mia.slash(town.general, f"checkin {command}"))
    await town.press(town.mia, asked, f"checkins:{then}:{two['recovery'].id}")
    assert asked.content in (town.t("checkins.history.empty"), town.t("checkins.stop.ask"))


async def test_the_channel_that_programmes_share_means_none_of_them(town: Town, two: dict[str, Programme]):
    assert two["recovery"].channels["help"] == two["health"].channels["help"]
    shared = ChannelHandle(town.env, town.guild, town.env.backend.get_channel(two["health"].channels["help"]))
    assert read(await town.mia.slash(shared, "checkin history")).content == town.t("which.ask")
