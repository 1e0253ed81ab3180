"""What holds for those who lead or learn to: the list, one's own record, certificates, rest, and the Leaders panel."""

import json

import pytest
from simcord.components import walk_components

from bot.domain.leaders import revision, to_learn
from bot.kit import guards
from data.schema import people
from tests.cogs.leading import (
    DAY,
    TRAINING,
    another_leader,
    day,
    offers,
    people_screen,
    press,
    put,
    record,
    records,
    second_programme,
    wearing,
)
from tests.cogs.raw import press_at_once
from tests.cogs.town import Town, read

CERTIFIED = {"certified_on": DAY, "trained_elsewhere": True}


async def panel(town: Town) -> str:
    return (await town.panel("leaders")).content


async def start(town: Town) -> str:
    return (await town.panel("start")).content


def disabled(screen, verb: str) -> bool:
    (found,) = (
        one for one in walk_components(screen.components) if str(one.get("custom_id")).startswith(f"lead:{verb}:")
    )
    return bool(found.get("disabled"))


# -- the panel and "starting up" ---------------------------------------------------------------------------------------


async def test_the_panel_says_what_leaders_can_do_how_it_stands_and_what_comes_next(town: Town) -> None:
    name = town.t("programme.recovery.name")
    none = town.t("leaders.panel.starting_up.none", needed=2)
    assert await panel(town) == f"{town.t('leaders.panel', programme=name)}\n\n{none}"
    programme = await town.programme()
    buttons = [one.custom_id for row in (await town.panel("leaders")).components for one in row.children]
    own, more = ("people", "texts", "rest"), ("meeting-new", "meetings", "pools")
    own_ids, more_ids = ([f"lead:{verb}:{programme.id}" for verb in verbs] for verbs in (own, more))
    assert buttons == [*own_ids, "help:now:panel", *more_ids]


async def test_starting_up_goes_with_the_second_certificate_and_comes_back_when_one_rests(town: Town) -> None:
    leo = await put(town, town.leo)
    mia = await put(town, town.mia, trained=True)
    assert town.t("checkins.panel.starting_up") in await start(town)
    await press(town, town.ada, "elsewhere-yes", leo)
    assert town.t("leaders.panel.starting_up.some", number=1, needed=2) in await panel(town)
    assert town.t("checkins.panel.starting_up") in await start(town)
    await press(town, town.leo, "certify", mia)
    assert town.t("leaders.panel.certified", number=2) in await panel(town)
    assert town.t("checkins.panel.starting_up") not in await start(town)
    await press(town, town.leo, "rest")
    assert town.t("leaders.panel.starting_up.some", number=1, needed=2) in await panel(town)
    assert town.t("checkins.panel.starting_up") in await start(town)
    await press(town, town.leo, "rest-off", leo)
    assert town.t("leaders.panel.certified", number=2) in await panel(town)
    assert f"<@{town.leo.id}>" not in await panel(town)
    await press(town, town.ada, "remove-yes", mia)
    assert town.t("checkins.panel.starting_up") in await start(town)


# -- the list ----------------------------------------------------------------------------------------------------------


async def test_an_empty_list_says_how_to_begin(town: Town) -> None:
    for who in (town.leo, town.ada):
        screen = await people_screen(town, who)
        assert town.t("leaders.people.nobody") in screen.content
        assert offers(town, screen) == {"add"}


async def test_the_panel_s_button_and_the_command_show_the_same_list(town: Town) -> None:
    await put(town, town.mia)
    by_panel = read(
        await town.leo.click(await town.panel("leaders"), custom_id=f"lead:people:{(await town.programme()).id}")
    )
    assert by_panel.content == (await people_screen(town, town.leo)).content


async def test_the_list_says_in_words_where_each_stands_and_one_s_own_record_comes_first(town: Town) -> None:
    await put(town, town.mia, learned=["danger", "format"])
    await put(town, town.noah, trained=True)
    await put(town, town.leo, **CERTIFIED)
    await put(town, town.sam, certified_on=DAY, resting_since=DAY)
    screen = await people_screen(town, town.leo)
    certified = town.t("leaders.state.certified", day=day())
    assert screen.content.startswith(town.t("leaders.people.own", state=certified))
    total = len(to_learn(TRAINING)) + 1
    for who, state in (
        (town.mia, town.t("leaders.state.learning", done=2, total=total)),
        (town.noah, town.t("leaders.state.observed")),
        (town.leo, certified),
        (town.sam, town.t("leaders.state.resting")),
    ):
        (line,) = (one for one in screen.content.splitlines() if f"<@{who.id}>" in one)
        assert state in line
    await town.press(town.leo, screen, ".own")
    assert screen.content.startswith(town.t("leaders.person", person=f"<@{town.leo.id}>", state=certified))


async def test_a_long_list_has_pages_and_each_person_stands_on_one(town: Town) -> None:
    crowd = [town.guild.add_member(town.env.create_user(f"P{number}")) for number in range(13)]
    for who in crowd:
        await put(town, who)
    first = await people_screen(town, town.ada)
    seen = [who for who in crowd if f"<@{who.id}>" in first.content]
    assert len(seen) == 10
    await town.press(town.ada, first, ".1")
    later = [who for who in crowd if f"<@{who.id}>" in first.content]
    assert len(later) == 3
    assert not set(seen) & set(later)
    await town.press(town.ada, first, ".0")
    assert [who for who in crowd if f"<@{who.id}>" in first.content] == seen
    assert (await press(town, town.ada, "people", "9999")).content == (
        await press(town, town.ada, "people", "1")
    ).content
    for nonsense in ("-1", "x", "99999", "²"):
        assert (
            read(await town.send(town.ada, f"lead:people:{(await town.programme()).id}.{nonsense}")).content
            == first.content
        )


@pytest.mark.parametrize("name", ["mia", "sam"])
async def test_a_member_and_a_moderator_are_told_whom_it_is_for(town: Town, name: str) -> None:
    row = await put(town, town.leo, **CERTIFIED)
    who = getattr(town, name)
    for verb, parts in (("people", ()), ("person", (row,)), ("certify", (row,)), ("observe", (row,)), ("texts", ())):
        assert (await press(town, who, verb, *parts)).content == town.t("error.only_leaders")
    assert (await people_screen(town, who)).content == town.t("error.only_leaders")


async def test_a_leader_of_another_programme_reaches_nothing_here(town: Town) -> None:
    role = town.guild.create_role("Coaches")
    coach = wearing(town, "Cleo", role)
    ours = (await town.programme()).id
    row = await put(town, town.mia)
    other = await second_programme(town, role)
    for verb in ("people", "texts", "add"):
        said = read(await town.send(coach, f"lead:{verb}:{ours}")).content
        assert said == town.t("error.only_leaders")
    assert read(await town.send(coach, f"lead:person:{ours}.{row}")).content == town.t("error.only_leaders")
    assert town.t("leaders.people.nobody") in read(await town.send(coach, f"lead:people:{other}")).content
    # A record is found under its own programme alone.
    assert read(await town.send(coach, f"lead:person:{other}.{row}")).content == town.t("leaders.gone")
    assert read(await town.send(town.leo, f"lead:texts:{other}")).content == town.t("error.only_leaders")


async def test_where_two_programmes_run_one_is_asked_for(town: Town) -> None:
    ours = (await town.programme()).id
    other = await second_programme(town, town.guild.create_role("Coaches"))
    screen = await people_screen(town, town.ada)
    assert town.ids(screen) == [f"lead:people:{ours}", f"lead:people:{other}"]
    await town.press(town.ada, screen, f"lead:people:{other}")
    assert town.t("leaders.people.title", programme=town.t("programme.health.name")) in screen.content


# -- adding ------------------------------------------------------------------------------------------------------------


async def test_adding_somebody_shows_their_record_and_tells_them_nothing(town: Town) -> None:
    screen = await people_screen(town, town.leo)
    before = len(town.env.http_requests)
    await town.choose(town.leo, screen, "lead:add:", [town.mia])
    assert screen.content.startswith(town.t("leaders.add.done", person=f"<@{town.mia.id}>"))
    privacy = town.bot.command_sets.mention("privacy", None)
    assert town.t("leaders.person.kept", day=day(), privacy=privacy) in screen.content
    assert not [r.path for r in town.env.http_requests[before:] if "/channels/" in r.path]
    (row,) = await records(town)
    assert row.learned == frozenset()
    again = await people_screen(town, town.leo)
    await town.choose(town.leo, again, "lead:add:", [town.mia])
    assert again.content.startswith(town.t("leaders.add.already", person=f"<@{town.mia.id}>"))
    assert await records(town) == [row]


async def test_one_may_add_oneself_but_no_bot_and_nobody_who_is_not_here(town: Town) -> None:
    robot = town.guild.add_member(town.env.create_user("Robot", bot=True))
    stranger = town.env.create_user("Stranger")
    screen = await people_screen(town, town.leo)
    for who, key in ((robot, "leaders.add.bot"), (stranger, "leaders.add.not_here")):
        answer = read(await town.choose(town.leo, screen, "lead:add:", [who]))
        assert answer.content == town.t(key)
    assert await records(town) == []
    assert await town.db.read(lambda tx: tx.execute(people.select()).all()) == []
    await town.choose(town.leo, screen, "lead:add:", [town.leo])
    assert "observe" not in offers(town, screen)
    assert len(await records(town)) == 1


# -- training and certificates -----------------------------------------------------------------------------------------


async def test_from_the_first_tick_to_the_certificate(town: Town) -> None:
    await put(town, town.leo, **CERTIFIED)
    row = await put(town, town.mia)
    screen = await record(town, town.leo, row)
    assert disabled(screen, "certify")
    for what in to_learn(TRAINING):
        assert town.t("leaders.learn.no", what=town.t(f"training.{what}")) in screen.content
    form = await town.press(town.leo, screen, "lead:learn:")
    await town.leo.submit_modal(form, {"learned": list(to_learn(TRAINING))})
    for what in to_learn(TRAINING):
        assert town.t("leaders.learn.yes", what=town.t(f"training.{what}")) in screen.content
    assert town.t("leaders.observe.no") in screen.content
    assert disabled(screen, "certify")
    await town.press(town.leo, screen, "lead:observe:")
    assert town.t("leaders.observe.yes", day=day()) in screen.content
    assert not disabled(screen, "certify")
    await town.press(town.leo, screen, "lead:certify:")
    assert screen.content.startswith(town.t("leaders.certify.done", person=f"<@{town.mia.id}>"))
    assert town.t("leaders.state.certified", day=day()).strip("⟦⟧").split("<")[0] in screen.content
    assert not {"certify", "elsewhere"} & offers(town, screen)


async def test_the_form_comes_filled_with_what_is_ticked_and_can_be_emptied(town: Town) -> None:
    row = await put(town, town.mia, learned=["danger"])
    screen = await record(town, town.leo, row)
    form = await town.press(town.leo, screen, "lead:learn:")
    assert form.modal is not None
    ticked = [
        o["value"] for c in walk_components(form.modal["components"]) for o in c.get("options", ()) if o.get("default")
    ]
    assert ticked == ["danger"]
    await town.leo.submit_modal(form, {"learned": []})
    assert (await records(town))[0].learned == frozenset()


async def test_of_two_who_have_the_checklist_open_the_second_is_told(town: Town) -> None:
    nia = another_leader(town)
    row = await put(town, town.mia)
    screens = {who: await record(town, who, row) for who in (town.leo, nia)}
    forms = {who: await town.press(who, screen, "lead:learn:") for who, screen in screens.items()}
    await town.leo.submit_modal(forms[town.leo], {"learned": ["danger"]})
    late = read(await nia.submit_modal(forms[nia], {"learned": ["format"]}))
    assert late.content == town.t("leaders.learn.changed")
    assert (await records(town))[0].learned == {"danger"}


@pytest.mark.parametrize(
    "fields",
    [{"learned": ["stages"]}, {"learned": "danger"}, {"learned": [["danger"]]}, {"learned": {"a": 1}}],
    ids=str,
)
async def test_a_checklist_that_no_form_of_ours_sends_changes_nothing(town: Town, fields: dict) -> None:
    row = await put(town, town.mia, learned=["format"])
    token = f"{(await town.programme()).id}.{row}.{revision(['format'])}"
    answer = read(await town.send(town.leo, f"lead:learned:{token}", fields=fields))
    assert answer.content == town.t("error.form_changed")
    assert (await records(town))[0].learned == {"format"}


async def test_certifying_names_the_role_to_give_only_where_it_does_not_seem_to_be_worn(town: Town) -> None:
    nia = another_leader(town)
    role = f"<@&{town.roles['leader'].id}>"
    for who, lacks in ((town.mia, True), (nia, False)):
        row = await put(town, who, trained=True)
        said = (await press(town, town.ada, "certify", row)).content
        assert (town.t("leaders.certify.role", person=f"<@{who.id}>", role=role) in said) == lacks


async def test_where_discord_does_not_say_who_wears_what_the_role_is_named(town: Town) -> None:
    row = await put(town, another_leader(town), trained=True)
    town.env.inject_error("GET", "/guilds/*/members/*", status=500, times=9)
    said = (await press(town, town.ada, "certify", row)).content
    assert f"<@&{town.roles['leader'].id}>" in said
    assert (await records(town))[0].certified_on == DAY


async def test_trained_elsewhere_asks_first_and_is_for_admins(town: Town) -> None:
    row = await put(town, town.leo)
    assert offers(town, await record(town, town.leo, row)) == {"learn", "rest-on", "remove"}
    screen = await record(town, town.ada, row)
    assert offers(town, screen) == {"learn", "observe", "certify", "elsewhere", "rest-on", "remove"}
    await town.press(town.ada, screen, "lead:elsewhere:")
    assert screen.content == town.t("leaders.elsewhere.ask", person=f"<@{town.leo.id}>")
    await town.press(town.ada, screen, "lead:person:")
    assert (await records(town))[0].certified_on is None
    await town.press(town.ada, screen, "lead:elsewhere:")
    await town.press(town.ada, screen, "lead:elsewhere-yes:")
    assert town.t("leaders.person.elsewhere") in screen.content
    assert (await records(town))[0].trained_elsewhere


async def test_nobody_certifies_or_observes_themself(town: Town) -> None:
    ada, leo = await put(town, town.ada, trained=True), await put(town, town.leo, trained=True)
    assert (await press(town, town.ada, "certify", ada)).content == town.t("leaders.certify.oneself")
    assert (await press(town, town.leo, "certify", leo)).content == town.t("leaders.certify.oneself")
    assert (await press(town, town.leo, "observe", leo)).content == town.t("leaders.observe.oneself")
    screen = await record(town, town.ada, ada)
    assert {"certify", "observe"} & offers(town, screen) == set()
    await town.press(town.ada, screen, "lead:elsewhere:")
    await town.press(town.ada, screen, "lead:elsewhere-yes:")
    assert [one.id for one in await records(town) if one.certified_on] == [ada]


async def test_a_leader_who_rests_or_only_learns_certifies_nobody(town: Town) -> None:
    row = await put(town, town.mia, trained=True)
    assert (await press(town, town.leo, "certify", row)).content == town.t("leaders.only_certified")
    await put(town, town.leo, certified_on=DAY, resting_since=DAY)
    assert (await press(town, town.leo, "certify", row)).content == town.t("leaders.only_certified")
    assert "certify" not in offers(town, await record(town, town.leo, row))
    assert [one.certified_on for one in await records(town) if one.id == row] == [None]


async def test_two_who_certify_in_one_moment_certify_once(town: Town) -> None:
    row = await put(town, town.mia, trained=True)
    custom_id = f"lead:certify:{(await town.programme()).id}.{row}"
    answers = await press_at_once(town, [(town.ada, custom_id), (town.ada, custom_id)])
    assert sum(town.t("leaders.certify.already") in one for one in answers) == 1
    assert sum(town.t("leaders.certify.done", person=f"<@{town.mia.id}>") in one for one in answers) == 1


# -- rest --------------------------------------------------------------------------------------------------------------


async def test_a_rest_takes_one_tap_on_the_panel_and_ends_the_same_way(town: Town) -> None:
    await put(town, town.leo, **CERTIFIED)
    button = f"lead:rest:{(await town.programme()).id}"
    answer = read(await town.leo.click(await town.panel("leaders"), custom_id=button))
    assert answer.content == town.t("leaders.rest.begun")
    assert (await records(town))[0].resting_since == DAY
    # A finger that slips and taps twice ends no rest.
    again = read(await town.leo.click(await town.panel("leaders"), custom_id=button))
    assert again.content == town.t("leaders.rest.still", day=day())
    await town.press(town.leo, again, "lead:rest-off:")
    assert again.content.startswith(town.t("leaders.rest.ended"))
    assert (await records(town))[0].resting_since is None


async def test_whoever_is_not_on_the_list_may_rest_as_well_and_nothing_is_stored(town: Town) -> None:
    for who in (town.leo, town.mia):
        assert (await press(town, who, "rest")).content == town.t("leaders.rest.not_listed")
    assert await records(town) == []
    assert await town.db.read(lambda tx: tx.execute(people.select()).all()) == []


async def test_a_certified_leader_lets_another_rest_without_welcoming_themself_back(town: Town) -> None:
    await put(town, town.leo, **CERTIFIED)
    row = await put(town, town.mia)
    screen = await record(town, town.leo, row)
    await town.press(town.leo, screen, "lead:rest-on:")
    assert town.t("leaders.rest.begun") not in screen.content
    assert town.t("leaders.state.resting").strip("⟦⟧") in screen.content
    await town.press(town.leo, screen, "lead:rest-off:")
    assert town.t("leaders.rest.ended") not in screen.content


# -- one's own record, and leaving -------------------------------------------------------------------------------------


async def test_somebody_on_the_list_without_the_role_sees_their_own_record_and_may_rest_and_leave(town: Town) -> None:
    await put(town, town.noah)
    own = await put(town, town.mia)
    screen = await people_screen(town, town.mia)
    assert f"<@{town.mia.id}>" in screen.content
    assert f"<@{town.noah.id}>" not in screen.content
    assert offers(town, screen) == {"rest-on", "remove"}
    await town.press(town.mia, screen, "lead:rest-on:")
    assert screen.content.startswith(town.t("leaders.rest.begun"))
    await town.press(town.mia, screen, "lead:remove:")
    assert screen.content == town.t("leaders.remove.ask", person=f"<@{town.mia.id}>")
    await town.press(town.mia, screen, "lead:person:")
    assert len(await records(town)) == 2
    await town.press(town.mia, screen, "lead:remove:")
    await town.press(town.mia, screen, "lead:remove-yes:")
    assert screen.content == town.t("leaders.remove.done", person=f"<@{town.mia.id}>")
    assert own not in [one.id for one in await records(town)]
    assert (await people_screen(town, town.mia)).content == town.t("error.only_leaders")


async def test_whoever_only_learns_takes_nobody_else_off_the_list(town: Town) -> None:
    row = await put(town, town.mia)
    for verb in ("remove-yes", "rest-on"):
        assert (await press(town, town.leo, verb, row)).content == town.t("leaders.only_certified")
    assert not {"remove", "rest-on"} & offers(town, await record(town, town.leo, row))
    assert (await records(town))[0].resting_since is None


async def test_after_an_erasure_the_list_forgets_the_person_and_old_buttons_say_so(town: Town) -> None:
    row = await put(town, town.mia, trained=True)
    old = await record(town, town.ada, row)
    page = read(await town.mia.slash(town.general, "privacy"))
    copy = read(await town.press(town.mia, page, "privacy:export:"))
    (file,) = copy.attachments
    (kept,) = json.loads((await file.read()).decode())["leaders"]
    assert (kept["observed_on"], sorted(kept["learned"])) == (DAY.isoformat(), sorted(to_learn(TRAINING)))
    await town.press(town.mia, page, "privacy:ask:")
    await town.press(town.mia, page, "privacy:erase:")
    for part in ("lead:certify:", "lead:observe:", "lead:rest-on:", "lead:remove:", "lead:elsewhere:", "lead:learn:"):
        assert read(await town.press(town.ada, old, part)).content == town.t("leaders.gone")
    assert town.t("leaders.people.nobody") in (await people_screen(town, town.ada)).content
    assert await records(town) == []


async def test_buttons_and_an_open_form_outlive_a_restart(town: Town) -> None:
    row = await put(town, town.mia)
    screen = await record(town, town.leo, row)
    form = await town.press(town.leo, screen, "lead:learn:")
    await town.restart()
    await town.leo.submit_modal(form, {"learned": ["danger"]})
    assert (await records(town))[0].learned == {"danger"}
    await town.press(town.leo, screen, "lead:observe:")
    assert (await records(town))[0].observed_on == DAY
    assert town.t("leaders.panel.starting_up.none", needed=2) in await panel(town)


async def test_a_role_that_is_taken_away_ends_what_an_open_screen_could_do(town: Town) -> None:
    row = await put(town, town.mia, trained=True)
    await put(town, town.leo, **CERTIFIED)
    screen = await record(town, town.leo, row)
    town.env.backend.get_guild(town.guild.id).members[town.leo.id].role_ids.remove(town.roles["leader"].id)
    for part in ("lead:certify:", "lead:observe:", "lead:remove:", "lead:learn:"):
        assert read(await town.press(town.leo, screen, part)).content == town.t("error.only_leaders")
    own = await people_screen(town, town.leo)
    assert f"<@{town.leo.id}>" in own.content
    assert f"<@{town.mia.id}>" not in own.content
    assert [one.certified_on for one in await records(town) if one.id == row] == [None]


@pytest.mark.parametrize("token", ["", "x", "b" * 32, "' OR 1=1", "{}", "a" * 75], ids=str)
async def test_a_button_that_names_no_programme_of_this_server_does_nothing(town: Town, token: str) -> None:
    for name, route in town.bot.router.routes.items():
        if name.startswith("lead:"):
            fields = {"learned": [], "body": ""} if name in ("lead:learned", "lead:text-save") else None
            for who in (town.leo, town.ada):
                if route.guard is guards.admin and who is town.leo:
                    continue
                answer = read(await town.send(who, f"{name}:{token}", fields=fields))
                assert answer.content == town.t("error.programme_gone"), name
    assert await records(town) == []
