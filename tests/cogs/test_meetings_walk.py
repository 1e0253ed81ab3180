"""One meeting from the first word to the last, as those live through it who plan it, come to it, host it and miss it.

After each step stands what everybody heard of it, and that nobody heard anything else: not from an earlier step again, and not
after a restart either.
"""

import datetime as dt
from collections.abc import Awaitable, Callable

import pytest

from tests.cogs.convening import answers, card, create, got, occurrences, press_card, press_message
from tests.cogs.listening import is_said
from tests.cogs.town import Town
from tests.cogs.walking import HOUR, LEFT_OUT, MINUTE, MOVED, NEXT, PLANNED, Walk, at, gather

pytestmark = pytest.mark.usefixtures("at_once")

# -- planned ----------------------------------------------------------------------------------------------------------------


async def leo_plans_it(walk: Walk) -> None:
    walk.series = await create(walk.town, "every Friday 19:00", capacity=2, format="twelve_step")
    assert at(PLANNED) in (await card(walk.town)).content
    await walk.heard(meetings=["meetings.card.private"])
    assert await walk.shown() == [PLANNED]


async def leo_lets_two_people_host_it(walk: Walk) -> None:
    walk.screen = await walk.type(walk.town.leo, "lead rotation create", name="Evenings")
    for who in walk.hosts.values():
        walk.screen = await walk.type(walk.town.leo, "lead rotation add", member=who)
        assert walk.town.t("rotations.add.done", person=f"<@{who.id}>") in walk.screen.content
        # People stand in the order in which they joined.
        walk.town.clock.advance(dt.timedelta(seconds=1))
    await walk.heard()


async def leo_gives_them_the_series(walk: Walk) -> None:
    await walk.town.choose(walk.town.leo, walk.screen, "lead:pool-series:", [walk.series.id])
    for who in walk.hosts.values():
        assert walk.town.t("rotations.turn.asked", person=f"<@{who.id}>") in walk.screen.content
    await walk.heard()


# -- who comes --------------------------------------------------------------------------------------------------------------


async def two_come_and_the_third_waits(walk: Walk) -> None:
    town = walk.town
    for who, key in ((town.mia, "yes"), (town.noah, "yes"), (walk.tara, "waiting")):
        screen = await press_card(town, who, "come")
        assert is_said(town, f"meetings.answer.{key}", screen.content)
        town.clock.advance(dt.timedelta(seconds=1))
    assert await answers(town) == ["yes", "yes", "waiting"]
    await walk.heard()
    said = (await card(town)).content
    assert town.t("meetings.card.places", coming=2, places=2) in said
    assert town.t("meetings.card.waiting", n=1) in said


async def mia_comes_the_week_after_as_well(walk: Walk) -> None:
    _, second, *_ = await occurrences(walk.town)
    screen = await walk.type(walk.town.mia, "meetings")
    await walk.town.press(walk.town.mia, screen, f"meetings:come:{second.programme_id}.{second.id}")
    assert at(LEFT_OUT) in screen.content
    await walk.heard()


async def leo_moves_it_and_those_who_come_hear_it(walk: Walk) -> None:
    first = await walk.first()
    named = f"{first.programme_id}.{first.id}"
    screen = await walk.type(walk.town.leo, "lead meeting move", meeting=named, when="Saturday 18:30")
    await walk.town.press(walk.town.leo, screen, "lead:move-yes:")
    await walk.heard(Mia=["meetings.moved"], Noah=["meetings.moved"])
    assert at(MOVED) in (await card(walk.town)).content
    assert await walk.shown() == [MOVED]


async def leo_leaves_the_week_after_out(walk: Walk) -> None:
    _, second, *_ = await occurrences(walk.town)
    named = f"{second.programme_id}.{second.id}"
    screen = await walk.type(walk.town.leo, "lead meeting skip", meeting=named)
    await walk.town.press(walk.town.leo, screen, "lead:skip-yes:")
    await walk.heard(Mia=["meetings.skipped"])
    off = walk.town.t("meetings.card.not_as_usual.off", at=at(LEFT_OUT))
    assert off in (await card(walk.town)).content


async def noah_cannot_come_and_tara_is_offered_the_place(walk: Walk) -> None:
    (moved,) = got(walk.town.noah, "meetings:come:")
    screen = await press_message(walk.town.noah, moved, "meetings:cannot:")
    assert is_said(walk.town, "meetings.answer.no", screen.content)
    await walk.heard(Tara=["meetings.offer"])


async def tara_takes_it(walk: Walk) -> None:
    (offer,) = got(walk.tara, "meetings:take:")
    screen = await press_message(walk.tara, offer, "meetings:take:")
    assert is_said(walk.town, "meetings.answer.yes", screen.content)
    assert sorted(await answers(walk.town)) == ["no", "yes", "yes", "yes"]
    await walk.heard()


# -- who hosts --------------------------------------------------------------------------------------------------------------


async def three_days_before_both_hosts_are_asked(walk: Walk) -> None:
    await walk.at(MOVED - 72 * HOUR + MINUTE)
    await walk.heard(Hana=["rotations.confirm"], Omar=["rotations.confirm"])


async def both_say_yes(walk: Walk) -> None:
    for who in walk.hosts.values():
        (asked,) = got(who, "lead:host-yes:")
        screen = await press_message(who, asked, "lead:host-yes:")
        assert walk.town.t("rotations.confirmed", at=at(MOVED)) in screen.content
    await walk.heard()


async def a_day_before_both_are_reminded(walk: Walk) -> None:
    await walk.at(MOVED - 24 * HOUR + MINUTE)
    await walk.heard(Hana=["rotations.confirm.again"], Omar=["rotations.confirm.again"])


async def an_hour_before_those_who_come_are_reminded(walk: Walk) -> None:
    await walk.at(MOVED - HOUR + MINUTE)
    await walk.heard(Mia=["meetings.reminder"], Tara=["meetings.reminder"])


async def nobody_opens_it_and_the_co_host_is_asked(walk: Walk) -> None:
    await walk.at(MOVED + 6 * MINUTE)
    (name,) = (name for name, who in walk.hosts.items() if got(who, "lead:host-take:"))
    walk.host = walk.hosts[name]
    (walk.missing,) = (who for who in walk.hosts.values() if who is not walk.host)
    await walk.heard(**{name: ["rotations.co_host.now"]})


async def the_co_host_takes_it(walk: Walk) -> None:
    (asked,) = got(walk.host, "lead:host-take:")
    walk.screen = await press_message(walk.host, asked, "lead:host-take:")
    assert walk.town.t("rotations.taken", at=at(MOVED)) in walk.screen.content
    assert walk.town.shows(walk.screen, "runs:open:"), "it is time to begin"
    await walk.heard()


async def the_co_host_says_that_they_are_there(walk: Walk) -> None:
    await walk.directly(walk.host, "lead:host-here:")
    assert walk.town.t("rotations.here") in walk.screen.content
    # What would be said next where nobody is there is not said.
    await walk.at(MOVED + 9 * MINUTE)
    await walk.heard()


# -- while it runs ----------------------------------------------------------------------------------------------------------


async def the_co_host_begins(walk: Walk) -> None:
    await walk.directly(walk.host, "runs:open:")
    assert is_said(walk.town, "runs.start.done", walk.screen.content)
    await walk.heard(group=["runs.panel.host", "runs.began.first"])
    panel = (await walk.panel()).content
    assert walk.town.t("runs.panel.host", person=f"<@{walk.host.id}>") in panel
    assert walk.town.t("programme.recovery.opening") in panel
    assert is_said(walk.town, "meetings.card.running", (await card(walk.town)).content)


async def the_opening_takes_longer_than_meant(walk: Walk) -> None:
    await walk.at(MOVED + 15 * MINUTE)
    await walk.heard(group=["runs.overtime"])


async def they_go_on_to_the_shares(walk: Walk) -> None:
    for phase in ("readings", "shares"):
        said = await walk.press(walk.host, "next")
        assert said.content == walk.town.t("runs.said.next", phase=walk.town.t(f"phase.{phase}"))
        await walk.heard(group=["runs.began"])
        assert walk.town.t(f"phase.{phase}") in (await walk.last_said()).content


async def two_raise_their_hands(walk: Walk) -> None:
    town = walk.town
    assert (await walk.press(walk.tara, "raise")).content == town.t("runs.said.you_are_next")
    await walk.press(town.leo, "raise")
    await walk.heard()
    queue = town.t("runs.panel.queue", people=f"<@{walk.tara.id}>, <@{town.leo.id}>")
    assert queue in (await walk.panel()).content


async def tara_is_called(walk: Walk) -> None:
    await walk.press(walk.host, "turn")
    await walk.heard(group=["runs.turn"])
    assert f"<@{walk.tara.id}>" in (await walk.last_said()).content


async def tara_is_done_and_leo_is_called(walk: Walk) -> None:
    said = await walk.press(walk.tara, "done", await walk.last_said())
    assert said.content == walk.town.t("runs.said.done")
    await walk.heard(group=["runs.turn"])
    assert f"<@{walk.town.leo.id}>" in (await walk.last_said()).content


async def leo_passes(walk: Walk) -> None:
    said = await walk.press(walk.town.leo, "pass", await walk.last_said())
    assert said.content == walk.town.t("runs.said.passed")
    await walk.heard()


async def they_close(walk: Walk) -> None:
    await walk.press(walk.host, "next")
    await walk.heard(group=["runs.began"])
    assert walk.town.t("programme.recovery.closing") in (await walk.panel()).content


async def the_co_host_ends_it(walk: Walk) -> None:
    walk.screen = await walk.press(walk.host, "end")
    await walk.town.press(walk.host, walk.screen, "runs:end-yes:")
    assert walk.town.t("runs.end.done", n=3) in walk.screen.content
    await walk.heard(group=["runs.ended"])


# -- afterwards -------------------------------------------------------------------------------------------------------------


async def mia_who_missed_it_reads_what_was_held(walk: Walk) -> None:
    ended = await walk.last_said()
    found = await walk.press(walk.town.mia, "missed", ended)
    for phase in ("opening", "readings", "shares", "closing"):
        assert walk.town.t(f"phase.{phase}") in found.content
    assert walk.town.t("runs.catch_up.end") in found.content
    assert (await walk.press(walk.town.noah, "missed", ended)).content == walk.town.t("runs.catch_up.only_yes")
    await walk.heard()


async def the_turn_counts_for_who_hosted_and_the_other_is_not_blamed(walk: Walk) -> None:
    screen = await walk.type(walk.town.leo, "lead rotation balance")
    numbers = {walk.host.id: 1, walk.missing.id: 0}
    for number, who in enumerate(walk.hosts.values(), 1):
        one = {"number": number, "person": f"<@{who.id}>", "hosted": numbers[who.id], "share": str(numbers[who.id])}
        assert walk.town.t("rotations.balance.line.level", **one) in screen.content
    group = await walk.town.channel("group")
    assert not any(f"<@{walk.missing.id}>" in one.content for one in group.history())


async def the_card_shows_the_next_and_its_hosts_are_asked(walk: Walk) -> None:
    await walk.at(MOVED + 2 * HOUR)
    await walk.heard()
    assert at(NEXT) in (await card(walk.town)).content
    assert await walk.shown() == [NEXT]
    await walk.at(NEXT - 72 * HOUR + MINUTE)
    await walk.heard(Hana=["rotations.confirm"], Omar=["rotations.confirm"])


STEPS: tuple[Callable[[Walk], Awaitable[None]], ...] = (
    leo_plans_it,
    leo_lets_two_people_host_it,
    leo_gives_them_the_series,
    two_come_and_the_third_waits,
    mia_comes_the_week_after_as_well,
    leo_moves_it_and_those_who_come_hear_it,
    leo_leaves_the_week_after_out,
    noah_cannot_come_and_tara_is_offered_the_place,
    tara_takes_it,
    three_days_before_both_hosts_are_asked,
    both_say_yes,
    a_day_before_both_are_reminded,
    an_hour_before_those_who_come_are_reminded,
    nobody_opens_it_and_the_co_host_is_asked,
    the_co_host_takes_it,
    the_co_host_says_that_they_are_there,
    the_co_host_begins,
    the_opening_takes_longer_than_meant,
    they_go_on_to_the_shares,
    two_raise_their_hands,
    tara_is_called,
    tara_is_done_and_leo_is_called,
    leo_passes,
    they_close,
    the_co_host_ends_it,
    mia_who_missed_it_reads_what_was_held,
    the_turn_counts_for_who_hosted_and_the_other_is_not_blamed,
    the_card_shows_the_next_and_its_hosts_are_asked,
)


@pytest.fixture
async def walk(town: Town) -> Walk:
    return await gather(town)


@pytest.mark.parametrize("restarts", [False, True], ids=["in one go", "with a restart between every two steps"])
async def test_a_meeting_is_planned_moved_hosted_by_who_is_there_and_held_to_its_end(
    walk: Walk, restarts: bool
) -> None:
    for step in STEPS:
        if restarts:
            await walk.restart()
            await walk.ears.heard()
        await step(walk)
