"""Programmes that use channels and roles together: what one leaves behind is the other's, whichever goes first."""

import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from tests.cogs.setting_up import names
from tests.cogs.test_undo_killed import AFTER, BEFORE, die
from tests.cogs.town import Town, read
from tests.cogs.undoing import as_it_was, guild_of, made, of_preset, to_undo, told, undo

ONE, TWO = "recovery", "health"
SHARED = ("help", "moderators")


async def both(town: Town) -> None:
    """Let two programmes stand; the first one made what they share."""
    await made(town, ONE)
    await made(town, TWO)


async def stands(town: Town, preset: str) -> None:
    """Fail unless a programme is whole: its channels and roles are there, and so are its panels and theirs."""
    programme, guild = await of_preset(town, preset), town.env.backend.get_guild(town.guild.id)
    assert programme.state == "live"
    assert programme.channels.keys() >= {"start", "group", *SHARED}
    assert {*programme.channels.values()} <= town.env.backend.channels.keys()
    assert {*programme.roles.values()} <= guild.roles.keys()
    for purpose in ("start", "help"):
        shown = [one for one in town.env.backend.messages[programme.channels[purpose]].values() if one.components]
        assert len(shown) == 1, purpose
    check = read(await town.ada.slash(town.general, "setup check"))
    assert "⟦I made" not in check.content


@pytest.mark.parametrize(("first", "second"), [(ONE, TWO), (TWO, ONE)])
async def test_whichever_goes_first_the_other_stands_and_after_both_the_guild_is_as_before(
    empty_town: Town, first: str, second: str
) -> None:
    town = empty_town
    before = as_it_was(town)
    await both(town)
    shared = {purpose: (await of_preset(town, second)).channels[purpose] for purpose in SHARED}
    screen = await to_undo(town, first)
    for channel_id in shared.values():
        assert town.t("setup.undo.item.delete_channel", id=channel_id) not in screen.content
    assert town.t("setup.undo.item.commands") not in screen.content
    assert told(town, "setup.undo.done", programme=town.t(f"programme.{first}.name")) in await undo(town, screen)
    left = await of_preset(town, second)
    assert {purpose: left.channels[purpose] for purpose in SHARED} == shared
    await stands(town, second)
    assert told(town, "setup.undo.done", programme=town.t(f"programme.{second}.name")) in await undo(
        town, await to_undo(town, second)
    )
    assert as_it_was(town) == before


async def test_the_other_is_as_if_it_had_been_set_up_alone(empty_town: Town) -> None:
    town = empty_town
    await made(town, TWO)
    alone = names(town)
    await undo(town, await to_undo(town, TWO))
    await both(town)
    await undo(town, await to_undo(town, ONE))
    assert names(town) == alone
    programme = await of_preset(town, TWO)
    for purpose in SHARED:
        assert town.env.backend.get_channel(programme.channels[purpose]).parent_id == programme.category_id


@pytest.mark.parametrize("first", [ONE, TWO])
async def test_the_plan_says_what_stays_for_the_other(empty_town: Town, first: str) -> None:
    town = empty_town
    await both(town)
    programme, other = await of_preset(town, first), await of_preset(town, TWO if first == ONE else ONE)
    screen = await to_undo(town, first)
    role = town.t("setup.undo.item.stay_role", id=programme.roles["moderator"])
    assert role in screen.content
    for purpose in SHARED:
        moved = town.t("setup.undo.item.move_channel", id=programme.channels[purpose], to=other.category_id)
        stays = town.t("setup.undo.item.stay_channel", id=programme.channels[purpose])
        assert (moved if first == ONE else stays) in screen.content


async def test_the_help_panel_is_never_gone_while_its_programme_ends(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    await both(town)
    help_id = (await of_preset(town, ONE)).channels["help"]
    (panel,) = [one.id for one in town.env.backend.messages[help_id].values() if one.components]
    await die(town, monkeypatch, 1, BEFORE, preset=ONE)
    assert [one.id for one in town.env.backend.messages[help_id].values() if one.components] == [panel]
    await stands(town, TWO)


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("at", range(1, 8))
async def test_killed_at_any_call_what_they_share_still_ends_with_the_other(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch, at: int, when: str
) -> None:
    town = empty_town
    before = as_it_was(town)
    await both(town)
    await die(town, monkeypatch, at, when, preset=ONE)
    await stands(town, TWO)
    if (await of_preset(town, ONE)).category_id is not None or (await of_preset(town, ONE)).channels:
        await undo(town, await to_undo(town, ONE))
    await stands(town, TWO)
    await undo(town, await to_undo(town, TWO))
    assert as_it_was(town) == before


async def test_where_somebody_wrote_in_what_they_share_nothing_is_archived_before_the_last_one_goes(
    empty_town: Town,
) -> None:
    town = empty_town
    await both(town)
    moderators = (await of_preset(town, ONE)).channels["moderators"]
    town.env.backend.create_message(moderators, town.sam.id, "All quiet")
    name = town.env.backend.get_channel(moderators).name
    await undo(town, await to_undo(town, ONE))
    assert town.env.backend.get_channel(moderators).name == name
    await undo(town, await to_undo(town, TWO))
    assert town.env.backend.get_channel(moderators).name == town.t("setup.undo.archive.name", name=name)


async def test_a_heading_that_the_other_stands_below_and_has_none_of_its_own_becomes_its_own(empty_town: Town) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town, ONE)
    rooms = {purpose: town.guild.create_text_channel(purpose) for purpose in ("start", "meetings", "group", "leaders")}
    town.env.backend.edit_channel(
        rooms["leaders"].id,
        {},
        overwrites=[
            Overwrite(town.guild.id, OverwriteType.ROLE, deny=1 << 10),
            Overwrite(town.roles["admin"].id, OverwriteType.ROLE, allow=1 << 10),
        ],
    )
    await made(town, TWO, leader=town.roles["leader"], **rooms)
    heading = (await of_preset(town, ONE)).category_id
    assert (await of_preset(town, TWO)).category_id is None
    await undo(town, await to_undo(town, ONE))
    assert (await of_preset(town, TWO)).category_id == heading
    await stands(town, TWO)
    await undo(town, await to_undo(town, TWO))
    for handle in rooms.values():
        town.env.backend.delete_channel(handle.id)
    assert as_it_was(town) == before


async def test_where_several_stand_it_asks_which(empty_town: Town) -> None:
    town = empty_town
    await both(town)
    screen = read(await town.ada.slash(town.general, "setup undo"))
    assert screen.content == town.t("setup.undo.which")
    offered = [one for one in town.ids(screen) if one.startswith("setup:undo-plan:")]
    assert offered == [f"setup:undo-plan:{one.id}" for one in (await guild_of(town)).programmes]


async def test_five_programmes_go_one_after_the_other_in_any_order(empty_town: Town) -> None:
    town = empty_town
    before = as_it_was(town)
    order = ("mediation", ONE, "tutoring", TWO, "mentorship")
    for preset in order:
        await made(town, preset)
    for preset in (ONE, "mediation", "mentorship", "tutoring", TWO):
        await undo(town, await to_undo(town, preset))
    assert as_it_was(town) == before
