"""With another guild's id, no store function sees or changes anything of ours: one case for every function there is."""

import datetime as dt
import importlib
import inspect
import pkgutil
import sqlite3
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

import data.store
from bot.domain.reaching import Reach
from data.db import Database
from data.store import (
    adults,
    checkins,
    greetings,
    guilds,
    leaders,
    outbox,
    panels,
    people,
    programme_texts,
    reaching,
    reminders,
    undoing,
)
from tests.store import cases_feeds, cases_meetings, cases_rotations, cases_runs
from tests.store.planned import KIND, SUBJECT, planned, take
from tests.store.rows import ANNA, HERE, NOON, OURS, THERE, everything, put_member, put_two_guilds

DAY = NOON.date()
REF = f"{HERE ^ ANNA:032x}"
ROW, PANEL, NEW = "1" * 32, "2" * 32, "9" * 32
LEADER = "7" * 32
REMINDER = "f" * 32
GREETING = "6" * 32
HEIR = "5" * 32
THREAD = Reach("thread", 88)
CLAIMED = planned(1).id
SPAN = {"first": DAY - dt.timedelta(days=6), "last": DAY}
WHERE = {"kind": "channel", "purpose": "start"}

Call = Callable[[sa.Connection, int], Any]

ASKING: dict[str, Call] = {
    "guilds.fetch": lambda tx, g: [p for p in guilds.fetch(tx, g).programmes if p.id == OURS],
    "guilds.fetch_applying": lambda tx, g: guilds.fetch_applying(tx, g),
    "people.fetch_member": lambda tx, g: people.fetch_member(tx, g, ANNA),
    "people.fetch_user_ids": lambda tx, g: people.fetch_user_ids(tx, g, [REF]),
    "checkins.count_days": lambda tx, g: checkins.count_days(tx, g, OURS, REF, **SPAN),
    "checkins.fetch_day": lambda tx, g: checkins.fetch_day(tx, g, OURS, REF, DAY),
    "checkins.fetch_history": lambda tx, g: checkins.fetch_history(tx, g, OURS, REF, **SPAN),
    "checkins.fetch_shared": lambda tx, g: checkins.fetch_shared(
        tx, g, OURS, seen_by=("me", "leaders", "group"), first=SPAN["first"], limit=9
    ),
    "checkins.has_since": lambda tx, g: checkins.has_since(tx, g, OURS, REF, NOON - dt.timedelta(seconds=1)),
    "checkins.fetch_stopped": lambda tx, g: checkins.fetch_stopped(tx, g, OURS, REF),
    "guilds.fetch_made": lambda tx, g: guilds.fetch_made(tx, g, OURS),
    "greetings.fetch": lambda tx, g: greetings.fetch(tx, g, OURS, GREETING),
    "greetings.fetch_of": lambda tx, g: greetings.fetch_of(tx, g, OURS, REF),
    "leaders.fetch_one": lambda tx, g: leaders.fetch_one(tx, g, OURS, LEADER),
    "leaders.fetch_member": lambda tx, g: leaders.fetch_member(tx, g, OURS, REF),
    "leaders.fetch_all": lambda tx, g: leaders.fetch_all(tx, g, OURS),
    "outbox.counts": lambda tx, g: outbox.counts(tx, g, now=NOON).pending,
    "outbox.last_to": lambda tx, g: outbox.last_to(tx, g, REF, NOON - dt.timedelta(days=9)),
    "outbox.sent_to": lambda tx, g: outbox.sent_to(
        tx, g, KIND, 55, since=NOON - dt.timedelta(days=9), before=NOON + dt.timedelta(days=9)
    ),
    "panels.fetch_one": lambda tx, g: panels.fetch_one(tx, g, OURS, "start"),
    "panels.fetch_all": lambda tx, g: panels.fetch_all(tx, g),
    "panels.fetch_by_messages": lambda tx, g: panels.fetch_by_messages(tx, g, [77]),
    "programme_texts.fetch": lambda tx, g: programme_texts.fetch(tx, g, OURS, "rules"),
    "reaching.fetch": lambda tx, g: reaching.fetch(tx, g, REF),
    "reminders.fetch": lambda tx, g: reminders.fetch(tx, g, REMINDER),
    "reminders.fetch_of": lambda tx, g: reminders.fetch_of(tx, g, OURS, REF),
    "reminders.fetch_planned": lambda tx, g: reminders.fetch_planned(tx, g, "checkins.remind", REMINDER),
    "undoing.fetch_bindings": lambda tx, g: undoing.fetch_bindings(tx, g),
}
CHANGING: dict[str, Call] = {
    "guilds.ensure": lambda tx, g: guilds.ensure(
        tx, g, key_salt=bytes(16), locale="fr", zone="UTC", countries=[], now=NOON
    ),
    "guilds.update": lambda tx, g: guilds.update(tx, g, zone="UTC"),
    "guilds.insert_programme": lambda tx, g: guilds.insert_programme(tx, NEW, g, preset="x", draft={}, now=NOON),
    "guilds.update_programme": lambda tx, g: guilds.update_programme(tx, g, OURS, state="draft"),
    "guilds.free_stale": lambda tx, g: guilds.free_stale(tx, g, before=NOON + dt.timedelta(days=1)),
    "guilds.bind": lambda tx, g: guilds.bind(tx, NEW, g, OURS, **WHERE, discord_id=666, made_by_us=False),
    "guilds.rebind": lambda tx, g: guilds.rebind(tx, g, **WHERE, was=10, now=666),
    "people.ensure_member": lambda tx, g: people.ensure_member(tx, g, ANNA, new_person_id=NEW, new_ref=NEW),
    "checkins.upsert_mood": lambda tx, g: checkins.upsert_mood(tx, NEW, g, OURS, REF, day=DAY, mood=1, now=NOON),
    "checkins.update": lambda tx, g: checkins.update(tx, g, ROW, seen_by="group", note=None),
    "checkins.delete_history": lambda tx, g: checkins.delete_history(tx, g, OURS, REF, limit=9),
    "checkins.put_stopped": lambda tx, g: checkins.put_stopped(
        tx, NEW, g, OURS, REF, stopped_at=NOON + dt.timedelta(days=1)
    ),
    "leaders.insert": lambda tx, g: leaders.insert(tx, NEW, g, OURS, REF, added_on=DAY),
    "leaders.update": lambda tx, g: leaders.update(tx, g, LEADER, observed_on=DAY),
    "leaders.delete": lambda tx, g: leaders.delete(tx, g, LEADER),
    "programme_texts.put": lambda tx, g: programme_texts.put(tx, NEW, g, OURS, "rules", body="Other.", now=NOON),
    "programme_texts.delete": lambda tx, g: programme_texts.delete(tx, g, OURS, "rules"),
    "greetings.ensure": lambda tx, g: greetings.ensure(tx, NEW, g, OURS, REF, now=NOON),
    "greetings.update": lambda tx, g: greetings.update(tx, g, OURS, GREETING, message_id=666),
    "greetings.delete": lambda tx, g: greetings.delete(tx, g, OURS, GREETING),
    "outbox.cancel": lambda tx, g: outbox.cancel(tx, g, KIND, SUBJECT, now=NOON),
    "outbox.first_try": lambda tx, g: outbox.first_try(tx, g, CLAIMED, 1, at=NOON, channel_id=666),
    "outbox.mark_sent": lambda tx, g: outbox.mark_sent(tx, g, CLAIMED, 1, message_id=666, now=NOON),
    "outbox.mark_over": lambda tx, g: outbox.mark_over(tx, g, CLAIMED, 1, state="dead", now=NOON, error=None),
    "outbox.mark_again": lambda tx, g: outbox.mark_again(tx, g, CLAIMED, 1, ready_at=NOON, error="503"),
    "outbox.hold": lambda tx, g: outbox.hold(tx, g, CLAIMED, 1, now=NOON, error="unknown kind"),
    "panels.place": lambda tx, g: panels.place(tx, NEW, g, OURS, kind="start", channel_id=666),
    "panels.shown": lambda tx, g: panels.shown(tx, g, PANEL, message_id=666, rev=None),
    "panels.gone": lambda tx, g: panels.gone(tx, g, PANEL, message_id=77),
    "panels.gone_with_channel": lambda tx, g: panels.gone_with_channel(tx, g, 10),
    "panels.hand_over": lambda tx, g: panels.hand_over(tx, g, PANEL, HEIR),
    "panels.remove": lambda tx, g: panels.remove(tx, g, PANEL),
    "panels.remove_from": lambda tx, g: panels.remove_from(tx, g, 10, kind="start"),
    "adults.name": lambda tx, g: adults.name(tx, NEW, g, REF, now=NOON + dt.timedelta(days=1)),
    "adults.remove": lambda tx, g: adults.remove(tx, g, REF),
    "reaching.put": lambda tx, g: reaching.put(tx, NEW, g, REF, way="nowhere", channel_id=None),
    "reaching.replace": lambda tx, g: reaching.replace(tx, g, REF, was=THREAD, now=Reach("nowhere")),
    "reaching.open_again": lambda tx, g: reaching.open_again(tx, g, REF),
    "checkins.begin_again": lambda tx, g: checkins.begin_again(tx, g, OURS, REF),
    "reminders.ensure": lambda tx, g: reminders.ensure(tx, NEW, g, OURS, REF, minute=1, days="every"),
    "reminders.update": lambda tx, g: reminders.update(tx, g, REMINDER, minute=1),
    "undoing.leave_to_others": lambda tx, g: undoing.leave_to_others(tx, g, OURS, kind="channel", discord_id=10),
    "undoing.leave_channel_to": lambda tx, g: undoing.leave_channel_to(tx, g, OURS, purpose="start", heir=HEIR),
    "undoing.forget": lambda tx, g: undoing.forget(tx, g, OURS, kind="channel", discord_id=10),
    "undoing.forget_panel": lambda tx, g: undoing.forget_panel(tx, g, OURS, kind="start"),
    "undoing.forget_all": lambda tx, g: undoing.forget_all(tx, g, OURS),
}
ASKING |= cases_feeds.ASKING
ASKING |= cases_meetings.ASKING
ASKING |= cases_rotations.ASKING
ASKING |= cases_runs.ASKING
CHANGING |= cases_feeds.CHANGING
CHANGING |= cases_meetings.CHANGING
CHANGING |= cases_rotations.CHANGING
CHANGING |= cases_runs.CHANGING

# Where a guild and a programme or member do not belong together, the keys refuse; which error that is depends on the driver.
REFUSED = {(name, THERE) for name in ("guilds.bind", "panels.place", "checkins.upsert_mood", "checkins.put_stopped")}
REFUSED |= {("leaders.insert", THERE), ("programme_texts.put", THERE)}
REFUSED |= {("greetings.ensure", THERE), ("adults.name", THERE), ("reaching.put", THERE), ("reminders.ensure", THERE)}
REFUSED |= {(name, THERE) for name in cases_feeds.REFUSED}
REFUSED |= {(name, THERE) for name in cases_meetings.REFUSED}
REFUSED |= {(name, THERE) for name in cases_rotations.REFUSED}
REFUSALS = (sqlite3.IntegrityError, sa.exc.IntegrityError)


def put_everything(tx: sa.Connection) -> None:
    """Fill the one guild; the other has nothing but its settings."""
    put_two_guilds(tx)
    guilds.insert_programme(tx, HEIR, HERE, preset="health", draft={}, now=NOON)
    guilds.update_programme(tx, HERE, OURS, state="applying", applying_at=NOON)
    guilds.bind(tx, "3" * 32, HERE, OURS, **WHERE, discord_id=10, made_by_us=True)
    panels.place(tx, PANEL, HERE, OURS, kind="start", channel_id=10)
    panels.shown(tx, HERE, PANEL, message_id=77, rev="abc")
    put_member(tx, HERE, ANNA)
    checkins.upsert_mood(tx, ROW, HERE, OURS, REF, day=DAY, mood=4, now=NOON)
    checkins.update(tx, HERE, ROW, note=b"sealed")
    checkins.put_stopped(tx, "4" * 32, HERE, OURS, REF, stopped_at=NOON)
    greetings.ensure(tx, GREETING, HERE, OURS, REF, now=NOON)
    leaders.insert(tx, LEADER, HERE, OURS, REF, added_on=DAY)
    adults.name(tx, "e" * 32, HERE, REF, now=NOON)
    reaching.put(tx, "d" * 32, HERE, REF, way="thread", channel_id=88, closed_at=NOON)
    programme_texts.put(tx, "8" * 32, HERE, OURS, "rules", body="Ours.", now=NOON)
    outbox.plan(tx, planned(4, programme_id=OURS, member_ref=REF))
    (said,) = take(tx)
    outbox.first_try(tx, HERE, said.id, said.fence, at=NOON, channel_id=55)
    outbox.mark_sent(tx, HERE, said.id, said.fence, message_id=56, now=NOON)
    outbox.plan(tx, planned(1, programme_id=OURS, member_ref=REF))
    take(tx)
    outbox.plan(tx, planned(2, programme_id=OURS, member_ref=REF))
    reminders.ensure(tx, REMINDER, HERE, OURS, REF, minute=540, days="every")
    outbox.plan(tx, planned(3, kind="checkins.remind", subject=REMINDER, payload={"day": "2026-03-10"}))
    cases_meetings.put(tx)
    cases_rotations.put(tx)
    cases_runs.put(tx)
    cases_feeds.put(tx)


def ours(tx: sa.Connection) -> dict[str, list[dict]]:
    return {name: [row for row in rows if row.get("guild_id", HERE) == HERE] for name, rows in everything(tx).items()}


def test_there_is_a_case_for_every_store_function_that_is_told_a_guild():
    told = set()
    for found in pkgutil.iter_modules(data.store.__path__):
        if not found.name.startswith("_"):
            module = importlib.import_module(f"data.store.{found.name}")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                is_ours = function.__module__ == module.__name__ and not name.startswith("_")
                if is_ours and "guild_id" in inspect.signature(function).parameters:
                    told.add(f"{found.name}.{name}")
    assert told == {*ASKING, *CHANGING}


async def test_asking_with_another_guilds_id_finds_nothing_of_ours(db: Database):
    await db.write(put_everything)

    def found(guild_id: int):
        return db.read(lambda tx: {name for name, ask in ASKING.items() if ask(tx, guild_id)})

    assert await found(HERE) == set(ASKING)
    assert await found(THERE) == set()


def changing(tx: sa.Connection, guild_id: int) -> set[str]:
    """Return the functions that change a row of ours when called for that guild; each call is undone."""
    changing, before = set(), ours(tx)
    for name, change in CHANGING.items():
        undone = tx.begin_nested()
        try:
            change(tx, guild_id)
        except REFUSALS:
            assert (name, guild_id) in REFUSED
            undone.rollback()
            continue
        assert (name, guild_id) not in REFUSED
        if ours(tx) != before:
            changing.add(name)
        undone.rollback()
    return changing


async def test_writing_with_another_guilds_id_changes_nothing_of_ours(db: Database):
    await db.write(put_everything)
    assert await db.write(lambda tx: changing(tx, HERE)) == {*CHANGING} - {
        "guilds.ensure",
        "people.ensure_member",
        "leaders.insert",
        "greetings.ensure",
        "reminders.ensure",
    }
    assert await db.write(lambda tx: changing(tx, THERE)) == set()
