"""A meeting from its first word to its last with the real bot, which is killed between every two steps and amid many of them.

Where it dies amid a step, the person gets no answer and presses once more. What stands in the end: nothing is lost, nothing was
said twice, and the turn counts for who hosted.
"""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from data.db import Database
from data.schema import hostings, meetings, outbox, rsvps, runs, series
from tests.loopback import Channel, Fault, Person, Seen
from tests.loopback.trouble import OrderedFault
from tests.process.harbour import Harbour
from tests.process.lives import (
    TEXTS,
    Ledger,
    Lives,
    certify,
    find,
    is_said,
    know,
    last,
    press,
    role_of,
    rows,
    standing,
    type_,
)

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
SAID = (
    "meetings.card.private",
    "meetings.moved",
    "meetings.skipped",
    "meetings.offer",
    "meetings.reminder",
    "rotations.confirm",
    "rotations.confirm.again",
    "rotations.co_host.now",
    "runs.panel.host",
    "runs.began.first",
    "runs.began",
    "runs.turn",
    "runs.ended",
)
CREDIT = (
    "SELECT people.user_id, pool_members.hosted FROM pool_members"
    " JOIN members ON members.ref = pool_members.member_ref JOIN people ON people.id = members.person_id"
)


class Walk:
    """Everybody who lives through it, and what is counted of it."""

    def __init__(self, harbour: Harbour, db: Database, folder: Path) -> None:
        discord = harbour.discord
        self.harbour, self.db = harbour, db
        self.lives = Lives(harbour, folder)
        self.group: Channel = harbour.channels["group"]
        self.leo = discord.person("Leo", harbour.guild, roles=[role_of(harbour, "leader")], manage_events=True)
        names = ("Mia", "Noah", "Tara", "Hana", "Omar")
        self.mia, self.noah, self.tara, self.hana, self.omar = (discord.person(one, harbour.guild) for one in names)
        self.hosts: dict[str, Person] = {"Hana": self.hana, "Omar": self.omar}
        members = {"Mia": self.mia, "Noah": self.noah, "Tara": self.tara, "Leo": self.leo, **self.hosts}
        self.direct = {name: discord.dm(one) for name, one in members.items()}
        self.places = {"group": self.group, **self.direct}
        self.ledger = Ledger(discord, self.places, SAID)
        day = (SystemClock().now() + dt.timedelta(days=5)).date()
        self.planned = dt.datetime.combine(day, dt.time(19), dt.UTC)
        self.moved = self.planned + dt.timedelta(hours=23, minutes=30)

    async def named(self, number: int) -> str:
        """Return a meeting as it is chosen while a leader types."""
        return str((await self.leo.complete(self.group, "lead meeting move", meeting=""))[number]["value"])

    def unheard(self, route: str) -> OrderedFault:
        """Let the next such call be done without the bot ever hearing of it."""
        return self.harbour.discord.fault(route, Fault.HANG_AFTER)

    async def happened(self, *faults: OrderedFault) -> None:
        """Wait until that has happened."""
        await self.harbour.discord.until(lambda: all(one.hits for one in faults), within=40, what="calls that hang")

    async def heard(self, **news: list[str]) -> None:
        await self.ledger.heard(**news)


@pytest.fixture
async def walk(harbour: Harbour, tmp_path: Path) -> AsyncIterator[Walk]:
    db = await Database.open(f"sqlite:///{harbour.database}")
    found = Walk(harbour, db, tmp_path)
    await know(db, harbour, found.leo, found.mia, found.noah, found.tara, *found.hosts.values())
    await certify(db, harbour, *found.hosts.values())
    yield found
    await db.close()


# Sixteen starts of a whole process take long where others work beside.
@pytest.mark.timeout(300)
async def test_a_meeting_is_held_to_its_end_by_a_bot_that_dies_between_every_two_steps(walk: Walk) -> None:
    await planned(walk)
    await changed(walk)
    await hosted(walk)
    await held(walk)
    await afterwards(walk)


async def planned(walk: Walk) -> None:
    """Leo plans it, presses until he is answered, and lets Hana and Omar host it; two come and one waits."""
    leo, group, life = walk.leo, walk.group, walk.lives.life
    when = {"when": f"{walk.planned:%Y-%m-%d} 19:00", "repeat": "weekly"}
    async with life("before_plan"):
        screen = await type_(
            leo, group, "lead meeting create", title="Circle", capacity=2, format="twelve_step", **when
        )
        leo.pressing(screen, custom_id=find(screen, "lead:meeting-make:"))
    assert await rows(walk.db, series) == []
    async with life():
        # Discord posts the card and makes the event, and the bot does not hear of it; somebody comes meanwhile.
        unheard = [walk.unheard(f"POST /channels/{group.id}/messages"), walk.unheard("POST /guilds/*/scheduled-events")]
        await press(leo, screen, "lead:meeting-make:")
        assert is_said("meetings.lead.created", screen.text)
        await walk.happened(*unheard)
        await press(walk.mia, last(group, "meetings:come:"), "meetings:come:")
    async with life():
        await walk.heard(group=["meetings.card.private"])
        shown = await type_(leo, group, "lead rotation create", name="Evenings")
        for who in walk.hosts.values():
            shown = await type_(leo, group, "lead rotation add", member=who)
        (made,) = await rows(walk.db, series)
        shown = await (await leo.choose(shown, made.id, custom_id=find(shown, "lead:pool-series:"))).finished()
        assert TEXTS.t("en", "rotations.turn.asked", person=f"<@{walk.hana.id}>") in shown.text
        second = (await walk.named(1)).partition(".")[2]
        for who, key in ((walk.noah, "yes"), (walk.tara, "waiting")):
            said = await press(who, last(group, "meetings:come:"), "meetings:come:")
            assert is_said(f"meetings.answer.{key}", said.text)
        listed = await type_(walk.mia, group, "meetings")
        await press(walk.mia, listed, f"meetings:come:{walk.harbour.programme_id}.{second}")


async def changed(walk: Walk) -> None:
    """It is moved, the next one left out; a place becomes free and is taken."""
    leo, group, life = walk.leo, walk.group, walk.lives.life
    async with life("after_plan"):
        when = f"{walk.moved:%Y-%m-%d} 18:30"
        screen = await type_(leo, group, "lead meeting move", meeting=await walk.named(0), when=when)
        leo.pressing(screen, custom_id=find(screen, "lead:move-yes:"))
    async with life():
        await walk.heard(Mia=["meetings.moved"], Noah=["meetings.moved"])
        # Pressed once more it is as it was.
        await press(leo, screen, "lead:move-yes:")
        screen = await type_(leo, group, "lead meeting skip", meeting=await walk.named(1))
        await press(leo, screen, "lead:skip-yes:")
    async with life("after_plan"):
        await walk.heard(Mia=["meetings.skipped"])
        moved = last(walk.direct["Noah"], "meetings:cannot:")
        walk.noah.pressing(moved, custom_id=find(moved, "meetings:cannot:"))
    async with life():
        await walk.heard(Tara=["meetings.offer"])
        said = await press(walk.noah, moved, "meetings:cannot:")
        assert is_said("meetings.answer.no", said.text)
        said = await press(walk.tara, last(walk.direct["Tara"], "meetings:take:"), "meetings:take:")
        assert is_said("meetings.answer.yes", said.text)
    assert sorted(one.answer for one in await rows(walk.db, rsvps)) == ["no", "yes", "yes", "yes"]


async def hosted(walk: Walk) -> None:
    """Both hosts are asked and reminded, neither opens it, and the one who is asked takes it."""
    life, move = walk.lives.life, walk.lives.move
    move(walk.moved - 72 * HOUR + MINUTE)
    async with life("after_answer"):
        pass
    move(walk.moved - 72 * HOUR + 2 * MINUTE)
    async with life() as bot:
        await bot.ready()
        await walk.heard(Hana=["rotations.confirm"], Omar=["rotations.confirm"])
        for name, who in walk.hosts.items():
            said = await press(who, last(walk.direct[name], "lead:host-yes:"), "lead:host-yes:")
            assert is_said("rotations.confirmed", said.text)
    # Down for two days, it says what is still of use.
    move(walk.moved - HOUR + MINUTE)
    async with life():
        hosts, come = (["rotations.confirm.again"], ["meetings.reminder"])
        await walk.heard(Hana=hosts, Omar=hosts, Mia=come, Tara=come)
    move(walk.moved + 5 * MINUTE)
    async with life("after_plan"):
        await walk.lives.discord.until(lambda: asked(walk), within=40, what="somebody is asked to open it")
        (name,) = asked(walk)
        await walk.heard(**{name: ["rotations.co_host.now"]})
        message = last(walk.direct[name], "lead:host-take:")
        walk.hosts[name].pressing(message, custom_id=find(message, "lead:host-take:"))


def asked(walk: Walk) -> list[str]:
    """Return who was asked to open it."""
    return [name for name in walk.hosts if walk.ledger.said()[name]["rotations.co_host.now"]]


async def held(walk: Walk) -> None:
    """It begins, two take their turn, it goes through its parts and ends."""
    group, life, leo, tara = walk.group, walk.lives.life, walk.leo, walk.tara
    (name,) = asked(walk)
    host = walk.hosts[name]
    async with life():
        taken = await press(host, last(walk.direct[name], "lead:host-take:"), "lead:host-take:")
        assert is_said("rotations.taken", taken.text)
        mine = await press(host, last(group, "lead:host-mine:"), "lead:host-mine:")
        assert is_said("rotations.mine", mine.text)
        unheard = walk.unheard(f"POST /channels/{group.id}/messages")
        began = await press(host, taken, "runs:open:")
        assert is_said("runs.start.done", began.text)
        await walk.happened(unheard)
    async with life():
        await walk.heard(group=["runs.panel.host", "runs.began.first"])
        panel = last(group, "runs:lock:")
        assert (await press(tara, panel, "runs:raise:")).text == TEXTS.t("en", "runs.said.you_are_next")
        await press(leo, panel, "runs:raise:")
        await press(host, panel, "runs:turn:")
    async with life():
        await walk.heard(group=["runs.turn"])
        await press(tara, last(group, "runs:done:"), "runs:done:")
        await walk.heard(group=["runs.turn"])
        assert f"<@{leo.id}>" in last(group, "runs:done:").text
        await press(leo, panel, "runs:pass:")
        for step in range(3):
            # The button says from which part on, and follows a moment after it.
            await walk.lives.discord.until(lambda step=step: goes_on_from(panel, step), within=40, what="the panel")
            await press(host, panel, "runs:next:")
            await walk.heard(group=["runs.began"])
        ask = await press(host, panel, "runs:end:")
    async with life("after_plan"):
        host.pressing(ask, custom_id=find(ask, "runs:end-yes:"))


def goes_on_from(panel: Seen, step: int) -> bool:
    """Tell whether a panel leads on from this part of the meeting."""
    return find(panel, "runs:next:").partition("~")[0].endswith(f".{step}")


async def afterwards(walk: Walk) -> None:
    """Who missed it reads what was held; the turn counts for who hosted; nothing is left open, nothing stands twice."""
    (name,) = asked(walk)
    async with walk.lives.life() as bot:
        await walk.heard(group=["runs.ended"])
        ended = last(walk.group, "runs:missed:")
        found = await press(walk.mia, ended, "runs:missed:")
        assert TEXTS.t("en", "runs.catch_up.end") in found.text
        card = last(walk.group, "meetings:come:")
        after_next = walk.planned + dt.timedelta(days=14)
        await walk.lives.discord.until(
            lambda: f"<t:{int(after_next.timestamp())}:F>" in card.text, within=40, what="the card shows the next"
        )
        await walk.heard()
        assert await bot.terminate() == 0
    await nothing_is_lost_or_doubled(walk)
    (run,) = await rows(walk.db, runs)
    assert run.ended_at is not None
    states = {one.day: one.state for one in await rows(walk.db, meetings)}
    assert [states[day] for day in sorted(states)][:3] == ["ended", "skipped", "planned"]
    credit = {who.id: int(other == name) for other, who in walk.hosts.items()}
    assert dict(walk.harbour.rows(CREDIT)) == credit
    (counted,) = [one for one in await rows(walk.db, hostings) if one.state == "hosted"]
    assert counted.meeting_id == run.meeting_id


async def nothing_is_lost_or_doubled(walk: Walk) -> None:
    """Check by its marker that everything that was sent stands there once, and that nothing else waits or was given up."""
    stands = await standing(walk.db, walk.harbour, walk.places.values())
    assert set(stands.values()) == {1}, {key: count for key, count in stands.items() if count != 1}
    found: list[Any] = await rows(walk.db, outbox)
    now = walk.lives.now()
    late = [(one.kind, one.state) for one in found if one.state in ("dead", "held", "claimed")]
    late += [(one.kind, one.state) for one in found if one.state == "pending" and one.due_at <= now]
    assert late == []
    events = walk.harbour.discord.backend.get_guild(walk.harbour.guild.id).scheduled_events.values()
    assert len([one for one in events if one.status in (1, 2)]) == 1
