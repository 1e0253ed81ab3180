"""Presses from before an undo, two at once, and rights that are missing: each is answered politely and leaves nothing half."""

import sys

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.demo import simcord_touches as touches
from bot.domain.rights import everyday, with_set_up
from bot.errors import PeerError
from bot.services import undoing
from bot.services.undoing import Undoing
from tests.cogs.raw import press_at_once
from tests.cogs.setting_up import apply, said, to_plan
from tests.cogs.town import Town, read
from tests.cogs.undoing import as_it_was, made, of_preset, sure, to_undo, told, undo


async def taken_back(town: Town) -> None:
    """Take the town's programme back."""
    assert told(town, "setup.undo.done", programme=town.t("programme.recovery.name")) in await undo(
        town, await to_undo(town)
    )


# -- what is older than the undo ---------------------------------------------------------------------------------------


async def test_a_mood_button_of_before_says_that_the_programme_is_gone(town: Town) -> None:
    await town.agree(town.mia)
    programme = await town.programme()
    await taken_back(town)
    for name in ("checkins:mood:{}.3", "checkins:history:{}", "help:reach:{}"):
        late = read(await town.send(town.mia, name.format(programme.id)))
        # Whoever asks for help is shown it all the same.
        assert late.content.endswith(town.t("error.programme_gone")), name


async def test_a_form_opened_before_and_sent_after_stores_nothing_and_says_so(town: Town) -> None:
    await town.agree(town.mia)
    programme = await town.programme()
    form = await town.send(town.mia, f"checkins:form:{programme.id}")
    assert form.modal is not None
    await taken_back(town)
    fields = {"mood": "2", "note": "A long day", "seen_by": "me"}
    late = read(await town.send(town.mia, f"checkins:save:{programme.id}", fields=fields))
    assert town.t("error.programme_gone") in late.content
    await made(town, leader=town.roles["leader"], moderator=town.roles["moderator"])
    history = read(await town.mia.slash(town.general, "checkin history"))
    assert "A long day" not in history.content


async def test_the_green_button_of_an_old_set_up_makes_nothing_and_shows_the_list_anew(empty_town: Town) -> None:
    town = empty_town
    before = as_it_was(town)
    old = town.find(await to_plan(town, mine=False), "setup:apply:")
    await made(town)
    standing = as_it_was(town)
    assert town.t("setup.plan.changed") in read(await town.send(town.ada, old)).content
    assert as_it_was(town) == standing
    await taken_back(town)
    assert town.t("setup.plan.changed") in read(await town.send(town.ada, old)).content
    assert as_it_was(town) == before


async def test_the_red_button_pressed_again_says_that_nothing_is_left(town: Town) -> None:
    screen = await to_undo(town)
    pressed = town.find(screen, "setup:undo-do:")
    await undo(town, screen)
    before = as_it_was(town)
    for again in (pressed, pressed.replace("undo-do", "undo-plan").split(".")[0]):
        assert read(await town.send(town.ada, again)).content == told(town, "setup.undo.nothing")
    assert as_it_was(town) == before


async def test_the_red_button_of_before_another_set_up_shows_the_list_anew(town: Town) -> None:
    old = town.find(await to_undo(town), "setup:undo-do:")
    await taken_back(town)
    await made(town, leader=town.roles["leader"], moderator=town.roles["moderator"])
    before = as_it_was(town)
    assert town.t("setup.plan.changed") in read(await town.send(town.ada, old)).content
    assert as_it_was(town) == before


async def test_a_crafted_press_takes_nothing_back(town: Town) -> None:
    programme, before = await town.programme(), as_it_was(town)
    for token in ("", ".", "x", "{}", "{}.", "{}.zz", "{}.000000000000.1", "' OR 1=1 --"):
        for verb in ("undo-do", "undo-plan"):
            answer = read(await town.send(town.ada, f"setup:{verb}:{token.format(programme.id)}"))
            assert town.t("error.accident", reference="X").split("X")[0].rstrip("⟧") not in answer.content, token
            assert as_it_was(town) == before, token
            assert (await of_preset(town)).state == "live", token


async def test_after_a_restart_the_red_button_still_does_what_it_shows(empty_town: Town) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town)
    screen = await to_undo(town)
    pressed = town.find(screen, "setup:undo-do:")
    await town.restart()
    await town.env.settle()
    await town.send(town.ada, pressed)
    assert as_it_was(town) == before


# -- several at once ---------------------------------------------------------------------------------------------------


async def test_of_two_admins_who_press_at_once_one_takes_back_and_the_other_is_told(empty_town: Town) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town)
    bea = town.guild.add_member(town.env.create_user("Bea"), roles=[town.roles["admin"]])
    pressed = town.find(await to_undo(town), "setup:undo-do:")
    answers = await press_at_once(town, [(town.ada, pressed), (bea, pressed), (town.ada, pressed)])
    done = told(town, "setup.undo.done", programme=town.t("programme.recovery.name"))
    refused = {told(town, key) for key in ("setup.undo.busy", "setup.undo.nothing", "setup.undo.changed")}
    assert len([one for one in answers if done in one]) == 1
    assert all(done in one or one in refused for one in answers)
    town.guild.remove_member(bea)
    assert as_it_was(town)["roles"] == before["roles"]
    assert as_it_was(town)["channels"] == before["channels"]


async def test_while_a_set_up_is_under_way_nothing_is_taken_back(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    screen, heard = await to_plan(town, mine=False), []
    request = town.bot.http.request

    async def watched(route: discord.http.Route, **options: object) -> object:
        if route.method == "POST" and route.path.endswith("/channels") and not heard:
            heard.append(None)
            heard.append(await refused_at(town))
        return await request(route, **options)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(town.bot.http, "request", watched)
        await apply(town, screen)
    assert heard[1] == "setup.undo.busy"
    assert (await of_preset(town)).state == "live"


async def refused_at(town: Town) -> str:
    """Try to look at the plan at this very moment and return how that is refused."""
    programme, tools = await of_preset(town), town.bot.tools
    try:
        await undoing.standing(tools.db, tools.clock, tools.guilds, town.guild.id, programme.id)
    except PeerError as error:
        return error.key
    return "shown"


async def test_from_the_first_step_on_it_is_live_for_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    programme, states = await town.programme(), []
    let_go = undoing.let_go

    async def watched(db: object, now: Undoing, kind: str, discord_id: int) -> None:
        await let_go(db, now, kind, discord_id)
        states.append((await town.bot.tools.guilds.get(town.guild.id)).programme(programme.id).state)

    monkeypatch.setattr(undoing, "let_go", watched)
    await taken_back(town)
    assert set(states) == {"applying"}


# -- rights ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lacking", "named"), [(1 << 4, ["manage_channels"]), (1 << 28, ["manage_roles"]), ((1 << 4) | (1 << 28), None)]
)
async def test_without_the_rights_it_needs_it_names_them_offers_the_invite_and_does_nothing(
    empty_town: Town, lacking: int, named: list[str] | None
) -> None:
    town = empty_town
    before = as_it_was(town)
    await made(town)
    stands = as_it_was(town)
    touches.grant_bot(town.env, town.guild, with_set_up() & ~lacking)
    screen = await to_undo(town)
    rights = ", ".join(town.t(f"right.{one}") for one in named or ("manage_channels", "manage_roles"))
    assert town.t("setup.undo.missing", rights=rights) in screen.content
    assert not sure(screen)
    (link,) = [one for row in screen.components for one in row["components"] if "url" in one]
    assert f"permissions={with_set_up()}" in link["url"]
    await town.send(town.ada, town.find(screen, "setup:undo-do:"))
    assert as_it_was(town)["channels"] == stands["channels"]
    assert (await of_preset(town)).state == "live"
    touches.grant_bot(town.env, town.guild, with_set_up())
    await town.press(town.ada, screen, "setup:undo-plan:")
    assert sure(screen)
    await undo(town, screen)
    assert as_it_was(town)["channels"] == before["channels"]


async def test_where_nothing_of_ours_goes_no_right_is_needed(town: Town) -> None:
    await taken_back(town)
    rooms = {one: town.guild.create_text_channel(one) for one in ("start", "help", "meetings", "group")}
    rules = [
        Overwrite(town.guild.id, OverwriteType.ROLE, deny=1 << 10),
        Overwrite(town.roles["admin"].id, OverwriteType.ROLE, allow=1 << 10),
        Overwrite(town.bot.user.id, OverwriteType.MEMBER, allow=1 << 10),
    ]
    for one in ("leaders", "moderators"):
        rooms[one] = town.guild.create_text_channel(one)
        town.env.backend.edit_channel(rooms[one].id, {}, overwrites=rules)
    await made(town, leader=town.roles["leader"], moderator=town.roles["moderator"], **rooms)
    touches.grant_bot(town.env, town.guild, everyday())
    screen = await to_undo(town)
    assert sure(screen)
    await undo(town, screen)
    assert (await of_preset(town)).state == "draft"


async def test_somebody_who_may_not_manage_the_server_any_more_is_refused_at_the_red_button(town: Town) -> None:
    pressed = town.find(await to_undo(town), "setup:undo-do:")
    town.env.backend.remove_member_role(town.guild.id, town.ada.id, town.roles["admin"].id)
    before = as_it_was(town)
    assert read(await town.send(town.ada, pressed)).content == town.t("error.only_admins")
    assert as_it_was(town) == before


async def test_where_discord_does_not_answer_it_says_so_and_does_nothing(town: Town) -> None:
    screen, before = await to_undo(town), as_it_was(town)
    town.env.inject_error("GET", f"/guilds/{town.guild.id}/roles", status=500)
    assert said(town, "setup.no_answer") in await undo(town, screen)
    assert as_it_was(town) == before
    assert (await of_preset(town)).state == "live"


async def test_a_long_list_is_read_to_its_end_before_it_can_be_done(
    empty_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = empty_town
    programme, before = await made(town), as_it_was(town)
    monkeypatch.setattr(sys.modules["cogs.setup._undo_words"], "CONTENT_LIMIT", 600)
    screen = read(await town.ada.slash(town.general, "setup undo"))
    read_so_far = [screen.content]
    while not town.shows(screen, "setup:undo-do:"):
        await town.press(town.ada, screen, f"setup:undo-plan:{programme.id}.{len(read_so_far)}")
        read_so_far.append(screen.content)
    assert len(read_so_far) > 1
    whole = "\n".join(read_so_far)
    for channel_id in programme.channels.values():
        assert whole.count(town.t("setup.undo.item.delete_channel", id=channel_id)) == 1
    assert as_it_was(town) == before
    await undo(town, screen)
    assert (await of_preset(town)).state == "draft"


async def test_what_is_said_fits_where_every_channel_is_archived(empty_town: Town) -> None:
    town = empty_town
    programme = await made(town)
    for channel_id in programme.channels.values():
        town.env.backend.create_message(channel_id, town.ada.id, "Hello")
    screen = await to_undo(town)
    assert screen.content.count(town.t("setup.undo.item.archive_channel.people", id=1).split("<#")[0]) == 6
    assert town.t("setup.undo.item.keep_category.others", id=programme.category_id) in screen.content
    assert screen.content.endswith("⟧")
