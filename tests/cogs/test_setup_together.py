"""What programmes use together and is gone: mended by one it serves them all, and nobody reads what was meant for others."""

import pytest

from tests.cogs.setting_up import apply, checked, is_well, to_plan
from tests.cogs.town import Town
from tests.cogs.undoing import as_it_was, made, of_preset, to_undo, undo

ONE, TWO, THREE = "recovery", "health", "tutoring"


async def lose(town: Town, channel_id: int) -> None:
    """Delete a channel past the bot."""
    town.env.backend.delete_channel(channel_id)
    await town.env.settle()


@pytest.mark.parametrize(("purpose", "panels"), [("help", 1), ("moderators", 0)])
@pytest.mark.parametrize("mending", [ONE, TWO])
async def test_a_channel_used_together_that_is_gone_is_mended_once_for_all(
    empty_town: Town, mending: str, purpose: str, panels: int
) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town, ONE, countries=("GB",))
    await made(town, TWO)
    await lose(town, (await of_preset(town, ONE)).channels[purpose])
    screen = await to_plan(town, preset=mending, mine=False)
    said = town.t(
        "setup.item.pass_channel",
        channel=f"#{town.t(f'setup.channel.{purpose}')}",
        programme=town.t(f"programme.{TWO if mending == ONE else ONE}.name"),
    )
    assert said in screen.content
    await apply(town, screen)
    one, two = await of_preset(town, ONE), await of_preset(town, TWO)
    assert one.channels[purpose] == two.channels[purpose]
    assert one.channels[purpose] in town.env.backend.channels
    assert await is_well(town)
    shown = [m for m in town.env.backend.messages.get(one.channels[purpose], {}).values() if m.components]
    assert len(shown) == panels
    for preset in (mending, TWO if mending == ONE else ONE):
        await undo(town, await to_undo(town, preset))
    assert as_it_was(town) == before


@pytest.mark.parametrize("mending", [ONE, TWO])
async def test_a_role_used_together_that_is_gone_is_mended_once_for_all(empty_town: Town, mending: str) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town, ONE, countries=("GB",))
    await made(town, TWO)
    town.env.backend.delete_role(town.guild.id, (await of_preset(town, ONE)).roles["moderator"])
    await town.env.settle()
    await apply(town, await to_plan(town, preset=mending, mine=False))
    one, two = await of_preset(town, ONE), await of_preset(town, TWO)
    assert one.roles["moderator"] == two.roles["moderator"]
    if mending == TWO:
        # Into a channel that was made for another programme nobody is let by this one: that is named, and done there.
        role, room = f"<@&{one.roles['moderator']}>", f"<#{one.channels['moderators']}>"
        assert town.t("setup.check.blind", role=role, channel=room) in await checked(town)
        await apply(town, await to_plan(town, preset=ONE, mine=False))
    assert await is_well(town)
    for preset in (ONE, TWO):
        await undo(town, await to_undo(town, preset))
    assert as_it_was(town) == before


@pytest.mark.parametrize("lost", [ONE, TWO])
async def test_moderators_of_one_programme_do_not_read_what_is_meant_for_anothers(empty_town: Town, lost: str) -> None:
    town = empty_town
    await made(town, ONE)
    await made(town, TWO, moderator=town.roles["moderator"])
    kept = await of_preset(town, TWO if lost == ONE else ONE)
    await lose(town, (await of_preset(town, lost)).channels["moderators"])
    third, guild = await made(town, THREE), town.bot.get_guild(town.guild.id)
    role, room = guild.get_role(third.roles["moderator"]), guild.get_channel(third.channels["moderators"])
    assert room.permissions_for(role).view_channel
    assert (room.id == kept.channels["moderators"]) is (role.id == kept.roles["moderator"])
