"""What is served over HTTP: links lead where they should and nowhere else, and nothing is told that should not be."""

import asyncio
import datetime as dt
import json
import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import icalendar
import pytest
import sqlalchemy as sa

from bot.clock import ManualClock
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.meetings import Rule
from bot.domain.series import Series
from bot.errors import Busy, OperatorError, PeerError
from bot.services import feeds
from bot.services.guilds import Guilds
from bot.texts import Texts
from bot.web import Parts, Server, metrics
from bot.web.limit import STRANGERS, SUBSCRIBER, Limits
from data.db import Database
from data.life import erase_step
from data.schema import members, outbox
from data.store import guilds, meetings, people
from data.vault import Vault
from tests.store.planned import planned
from tests.store.rows import ANNA, BEN, HERE, OURS, THEIRS, THERE, put_two_guilds
from tests.web import calendars

VAULT = Vault(bytes(range(32)))
TEXTS = Texts.load()
ANNA_HERE = Actor(ANNA, HERE)


@dataclass
class Site:
    """A running server, its database and somebody who asks."""

    db: Database
    clock: ManualClock
    server: Server
    address: str
    session: aiohttp.ClientSession
    programme: Programme
    ready: bool = True
    sent: int = 0

    async def get(self, path: str, *, method: str = "GET", **options: Any) -> aiohttp.ClientResponse:
        """Ask, and read the whole answer."""
        response = await self.session.request(method, f"{self.address}{path}", **options)
        await response.read()
        return response

    async def link(self, actor: Actor = ANNA_HERE) -> str:
        """Return the path of somebody's calendar link."""
        made = await feeds.make(self.db, self.clock, VAULT, actor, self.programme, agreed=True)
        return f"/cal/{made.token}.ics"

    async def directory(self) -> str:
        """Return the path of the programme's directory link."""
        made = await feeds.open_directory(self.db, self.clock, VAULT, self.programme, anew=False)
        return f"/meetings/{made.token}.json"

    async def put(self, *series: Series) -> None:
        """Store series."""
        await self.db.write(lambda tx: [meetings.insert_series(tx, one) for one in series] and None)


def ours(number: int = 1, **changes: Any) -> Series:
    return calendars.series(number, **{"guild_id": HERE, "programme_id": OURS, **changes})


@pytest.fixture
async def site(db: Database) -> AsyncIterator[Site]:
    await db.write(put_two_guilds)
    guild = await Guilds(db).get(HERE)
    assert guild is not None
    programme = guild.programme(OURS)
    assert programme is not None
    clock = ManualClock(calendars.NOW)
    async with aiohttp.ClientSession() as session:
        made: list[Site] = []
        parts = Parts(db=db, clock=clock, texts=TEXTS, is_ready=lambda: made[0].ready, sent=lambda: made[0].sent)
        server = Server(parts, host="127.0.0.1", port=0)
        await server.start()
        made.append(Site(db, clock, server, f"http://127.0.0.1:{server.port}", session, programme))
        yield made[0]
        await server.stop()


# -- links ------------------------------------------------------------------------------------------------------------------


async def test_a_calendar_link_leads_to_the_meetings_of_its_programme(site: Site) -> None:
    await site.put(ours())
    answer = await site.get(await site.link())
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = icalendar.Calendar.from_ical(await answer.text()).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Meeting"


async def test_what_has_not_changed_is_not_sent_again_and_what_has_is(site: Site) -> None:
    await site.put(ours())
    link = await site.link()
    tag = (await site.get(link)).headers["ETag"]
    again = await site.get(link, headers={"If-None-Match": tag})
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
    assert (await site.get(link, headers={"If-None-Match": f'W/{tag}, "x"'})).status == 304
    assert (await site.get(link, headers={"If-None-Match": '"other"'})).status == 200
    site.clock.advance(dt.timedelta(days=2))
    assert (await site.get(link, headers={"If-None-Match": tag})).status == 304
    await site.put(ours(2, title="Another"))
    changed = await site.get(link, headers={"If-None-Match": tag})
    assert changed.status == 200
    assert changed.headers["ETag"] != tag


async def test_full_titles_are_shown_from_the_moment_the_person_wants_them(site: Site) -> None:
    await site.put(ours())
    link = await site.link()
    assert "Tuesday circle" not in await (await site.get(link)).text()
    await feeds.set_titled(site.db, VAULT, ANNA_HERE, site.programme, True)
    assert "Tuesday circle" in await (await site.get(link)).text()


async def test_a_link_speaks_the_language_of_its_person_and_knows_nothing_of_another_guild(site: Site) -> None:
    await site.put(ours(), ours(2, guild_id=THERE, programme_id=THEIRS, title="Next door"))
    link = await site.link()
    await feeds.set_titled(site.db, VAULT, ANNA_HERE, site.programme, True)
    text = await (await site.get(link)).text()
    assert "Next door" not in text


async def test_a_new_link_ends_the_old_one_and_removing_ends_it_too(site: Site) -> None:
    first = await site.link()
    renewed = await feeds.renew(site.db, site.clock, VAULT, ANNA_HERE, site.programme)
    second = f"/cal/{renewed.token}.ics"
    assert [(await site.get(link)).status for link in (first, second)] == [404, 200]
    await feeds.remove(site.db, ANNA_HERE, site.programme)
    assert (await site.get(second)).status == 404


async def _erase(site: Site) -> None:
    while await site.db.write(lambda tx: erase_step(tx, ANNA)):
        pass


async def _former(site: Site) -> None:
    await site.db.write(lambda tx: tx.execute(sa.update(members).values(person_id=None)) and None)


async def _guild_gone(site: Site) -> None:
    await site.db.write(lambda tx: guilds.update(tx, HERE, removed_at=site.clock.now()))


async def _programme_gone(site: Site) -> None:
    await site.db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, state="draft"))


@pytest.mark.parametrize("end", [_erase, _former, _guild_gone, _programme_gone], ids=lambda end: end.__name__[1:])
async def test_a_link_ends_with_its_person_its_programme_and_its_guild(site: Site, end: Callable[[Site], Any]) -> None:
    link = await site.link()
    assert (await site.get(link)).status == 200
    await end(site)
    assert (await site.get(link)).status == 404


async def test_what_is_not_there_is_answered_alike_whatever_it_is(site: Site) -> None:
    gone = await site.link()
    await feeds.remove(site.db, ANNA_HERE, site.programme)
    directory = (await site.directory()).replace("/meetings/", "/cal/").replace(".json", ".ics")
    paths = [gone, f"/cal/{secrets.token_urlsafe(24)}.ics", "/cal/x.ics", "/cal/%00.ics", "/cal/..%2f.ics", directory]
    paths += [
        f"/meetings/{secrets.token_urlsafe(24)}.json",
        "/meetings/.json",
        "/",
        "/admin",
        "/cal/",
        f"/cal/{'a' * 4000}.ics",
    ]
    seen = set()
    for path in paths:
        answer = await site.get(path)
        headers = {name: value for name, value in answer.headers.items() if name != "Date"}
        seen.add((answer.status, await answer.read(), json.dumps(headers, sort_keys=True)))
    assert len(seen) == 1
    assert seen.pop()[:2] == (404, b"not found\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_nothing_but_reading_is_possible(site: Site, method: str) -> None:
    for path in (await site.link(), "/healthz", "/nowhere"):
        answer = await site.get(path, method=method)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


async def test_only_the_head_can_be_asked_for(site: Site) -> None:
    link = await site.link()
    whole, head = await site.get(link), await site.get(link, method="HEAD")
    assert (head.status, await head.read(), head.headers["ETag"]) == (200, b"", whole.headers["ETag"])


async def test_every_answer_keeps_search_engines_and_others_out(site: Site) -> None:
    for path in (await site.link(), await site.directory(), "/healthz", "/metrics", "/nowhere"):
        headers = (await site.get(path)).headers
        assert headers["X-Robots-Tag"].startswith("noindex")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Server"] == "peerled"
        assert headers["Cache-Control"] == (
            "private, max-age=600" if "/cal/" in path or ".json" in path else "no-store"
        )


async def test_of_a_link_only_its_hash_is_kept_and_it_cannot_be_guessed(site: Site) -> None:
    link = await feeds.make(site.db, site.clock, VAULT, ANNA_HERE, site.programme, agreed=True)
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", link.token)
    ben = await feeds.make(site.db, site.clock, VAULT, Actor(BEN, HERE), site.programme, agreed=True)
    assert ben.token != link.token
    assert link.token not in repr(link)
    dump = await site.db.read(
        lambda tx: [str(tuple(row)) for row in tx.execute(sa.text("SELECT * FROM feeds"))]  # every column as it stands
    )
    assert len(dump) == 2
    assert not any(one.token in row for one in (link, ben) for row in dump)
    assert feeds.hash_of(link.token) in "".join(dump)


async def test_no_log_at_any_level_holds_a_link_or_who_asked(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = await site.link()
    for path in (link, f"/cal/{secrets.token_urlsafe(24)}.ics"):
        await site.get(path)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.address.rpartition(":")[2]))
    writer.write(b"GET " + link.encode() + b" NONSENSE\r\n\r\n")
    await writer.drain()
    await reader.read()
    writer.close()
    await writer.wait_closed()
    ours = [one for one in caplog.records if not one.name.startswith(("asyncio", "aiosqlite"))]
    assert not any(link in one.getMessage() or "127.0.0.1" in one.getMessage() for one in ours)


async def test_a_mistake_of_ours_ends_in_a_reference_and_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await site.put(ours())
    link = await site.link()

    def broken(*_: Any) -> bytes:
        raise RuntimeError(f"with words about {link}")

    monkeypatch.setattr("bot.web.server.calendar.file", broken)
    answer = await site.get(link)
    said = await answer.text()
    assert answer.status == 500
    assert (reference := re.fullmatch(r"something went wrong, reference ([0-9A-F]{4})\n", said))
    assert any(reference[1] in one.getMessage() and "words" not in one.getMessage() for one in caplog.records)


async def test_where_the_database_does_not_answer_a_calendar_program_is_told_to_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await site.link()

    async def busy(*_: Any, **__: Any) -> Any:
        raise Busy

    monkeypatch.setattr(site.db, "read", busy)
    answer = await site.get(link)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    assert (await site.get("/readyz")).status == 503
    assert (await site.get("/healthz")).status == 200
    assert "peerled_database_up 0" in await (await site.get("/metrics")).text()


# -- the directory ----------------------------------------------------------------------------------------------------------


async def test_a_directory_lists_weekly_meetings_that_were_chosen_and_no_others(site: Site) -> None:
    await site.put(
        ours(1, listed=True, title="Tuesday Circle – Élan", channel_id=1_222_333_444_555_666_777),
        ours(2, title="Not listed"),
        ours(3, listed=True, title="Fortnightly", rule=Rule(kind="weekly", weekdays=(1,), every=2)),
        ours(4, listed=True, title="Monthly", rule=Rule(kind="monthly", weekdays=(1,), nth=1)),
        ours(5, listed=True, title="Weekend", rule=Rule(kind="weekly", weekdays=(5, 6)), minute=23 * 60 + 30),
        ours(6, listed=True, title="Over", ended_at=calendars.NOW),
    )
    answer = await site.get(await site.directory())
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(await answer.text()) == [
        {
            "name": "Tuesday Circle – Élan",
            "slug": "tuesday-circle-elan-00000000",
            "day": 2,
            "time": "19:00",
            "end_time": "20:30",
            "timezone": "Europe/Berlin",
            "types": ["ONL"],
            "conference_url": f"https://discord.com/channels/{HERE}/1222333444555666777",
        },
        {
            "name": "Weekend",
            "slug": "weekend-00000000",
            "day": [0, 6],
            "time": "23:30",
            "end_time": "01:00",
            "timezone": "Europe/Berlin",
            "types": ["ONL"],
        },
    ]


async def test_what_is_listed_is_changed_only_for_what_was_shown(site: Site) -> None:
    await site.put(ours(1, listed=True), ours(2), ours(3, listed=True))
    shown = [ours(number).id for number in (1, 2)]
    after = await feeds.list_only(site.db, VAULT, site.programme, [shown[1]], among=shown)
    assert [one.id for one in after.listed] == [ours(2).id, ours(3).id]
    with pytest.raises(PeerError, match=r"button_gone"):
        await feeds.list_only(site.db, VAULT, site.programme, ["f" * 32], among=["f" * 32])


async def test_a_new_directory_link_ends_the_old_one(site: Site) -> None:
    first = await site.directory()
    assert first == await site.directory()
    renewed = await feeds.open_directory(site.db, site.clock, VAULT, site.programme, anew=True)
    second = f"/meetings/{renewed.token}.json"
    assert [(await site.get(link)).status for link in (first, second)] == [404, 200]
    await feeds.close_directory(site.db, VAULT, site.programme)
    assert (await site.get(second)).status == 404


async def test_other_programmes_than_recovery_have_no_directory(site: Site) -> None:
    link = await site.directory()
    await site.db.write(lambda tx: guilds.update_programme(tx, HERE, OURS, preset="health"))
    assert (await site.get(link)).status == 404
    guild = await Guilds(site.db).get(HERE)
    assert guild is not None
    programme = guild.programme(OURS)
    assert programme is not None
    for refused in (
        feeds.open_directory(site.db, site.clock, VAULT, programme, anew=False),
        feeds.look_up(site.db, VAULT, programme),
    ):
        with pytest.raises(PeerError, match=r"feeds\.directory\.not_here"):
            await refused


# -- how it stands ----------------------------------------------------------------------------------------------------------


async def test_it_is_healthy_while_it_runs_and_ready_only_when_it_answers_people(site: Site) -> None:
    assert [(await site.get(path)).status for path in ("/healthz", "/readyz")] == [200, 200]
    site.ready = False
    assert [(await site.get(path)).status for path in ("/healthz", "/readyz")] == [200, 503]


async def test_figures_come_in_steps_and_name_nobody(site: Site) -> None:
    now = site.clock.now()

    def put(tx: sa.Connection) -> None:
        from data.store import outbox as store

        for number in range(1, 8):
            due = now - dt.timedelta(minutes=61 if number == 1 else 0)
            store.plan(tx, planned(number, due_at=due, expires_at=now + dt.timedelta(days=1)))
        tx.execute(sa.update(outbox).where(outbox.c.id == f"{2:032x}").values(state="held"))
        people.ensure_member(tx, HERE, ANNA, new_person_id="1" * 32, new_ref="2" * 32)

    await site.db.write(put)
    site.sent = 13
    answer = await site.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    figures = dict(line.rsplit(" ", 1) for line in (await answer.text()).splitlines() if not line.startswith("#"))
    assert figures == {
        "peerled_ready": "1",
        "peerled_database_up": "1",
        "peerled_sent_total": "10",
        'peerled_outbox{state="waiting"}': "5",
        "peerled_late_seconds": "3660",
    }
    assert not re.search(r"\d{10}", await answer.text())


@pytest.mark.parametrize(
    ("number", "told"), [(0, None), (1, None), (4, None), (5, 5), (9, 5), (10, 10), (1_004, 1_000)]
)
def test_no_figure_is_small(number: int, told: int | None) -> None:
    assert metrics.rounded(number) == told


# -- limits -----------------------------------------------------------------------------------------------------------------


def test_guessing_is_slowed_and_keeps_no_subscriber_from_their_calendar() -> None:
    seconds = [0.0]
    limits = Limits(lambda: seconds[0])
    limits.found("mine")
    guesses = [limits.wait_for(f"guess {number}") for number in range(int(STRANGERS) + 20)]
    assert guesses.count(0) == STRANGERS
    assert all(guesses[int(STRANGERS) :])
    assert limits.wait_for("mine") == 0
    asked = [limits.wait_for("mine") for _ in range(int(SUBSCRIBER) + 5)]
    assert 0 < asked[-1] <= 11
    seconds[0] += asked[-1]
    assert limits.wait_for("mine") == 0
    assert limits.wait_for("a guess") == 0
    limits.missed("mine")
    seconds[0] += 3_600
    assert [limits.wait_for("mine") for _ in range(int(STRANGERS) + 1)][-1] > 0


async def test_whoever_asks_too_often_is_told_when_to_come_again(site: Site) -> None:
    link = await site.link()
    answers = [await site.get(link) for _ in range(int(SUBSCRIBER) + 3)]
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert (await site.get("/healthz")).status == 200


# -- beginning and end ------------------------------------------------------------------------------------------------------


async def test_a_port_that_is_taken_ends_the_start_with_the_remedy(site: Site) -> None:
    host, port = site.address.removeprefix("http://").split(":")
    parts = Parts(db=site.db, clock=site.clock, texts=TEXTS, is_ready=lambda: True, sent=lambda: 0)
    with pytest.raises(OperatorError, match=r"\[web\] host, port: cannot listen"):
        await Server(parts, host=host, port=int(port)).start()


async def test_an_orderly_stop_finishes_what_is_under_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    link = await site.link()
    begun, go_on = asyncio.Event(), asyncio.Event()
    read = site.db.read

    async def slow(*args: Any, **options: Any) -> Any:
        begun.set()
        await go_on.wait()
        return await read(*args, **options)

    monkeypatch.setattr(site.db, "read", slow)
    asking = asyncio.create_task(site.get(link))
    await begun.wait()
    stopping = asyncio.create_task(site.server.stop())
    await asyncio.sleep(0)
    go_on.set()
    assert (await asking).status == 200
    await stopping
    with pytest.raises(aiohttp.ClientConnectionError):
        await site.get("/healthz")
