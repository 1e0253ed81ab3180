"""What is said about a turn, planned ahead as far as it is known by now; whether it is said is asked once its time has come."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from bot.domain.outbox import Plan
from bot.domain.rotations import Due, Step, Turn, due_steps, hindrance, is_extra, steps
from bot.steps import outbox
from bot.steps.rotations._people import People, declined, live
from data.store import rotations
from data.store.rotations import Held, Hosting

CONFIRM, CO_HOST, ASK = "rotations.confirm", "rotations.co_host", "rotations.ask_pool"
SELF_RUN, LATE, SWAP = "rotations.self_run", "rotations.late", "rotations.swap"
KINDS = (CONFIRM, CO_HOST, ASK, SELF_RUN, LATE, SWAP)
GROUP = "group"

_KIND_OF = {
    Step.CONFIRM_FIRST: CONFIRM,
    Step.CONFIRM_SECOND: CONFIRM,
    Step.CO_HOST: CO_HOST,
    Step.ASK_1: ASK,
    Step.ASK_2: ASK,
    Step.ASK_3: ASK,
    Step.SELF_RUN: SELF_RUN,
    Step.LATE_CO_HOST: CO_HOST,
    Step.LATE_PRESENT: LATE,
    Step.LATE_SCRIPT: LATE,
    Step.CANCEL: LATE,
}


def turn_of(held: Held, rows: Sequence[Hosting], one: Hosting) -> Turn:
    """Return how the turn at a place stands; beside somebody who leads nobody is missing."""
    others = [row for row in live(rows) if row.id != one.id and row.member_ref is not None]
    here = held.state == "running" or any(row.here_at is not None for row in live(rows))
    return Turn(
        held.starts_at,
        assigned_at=one.asked_at if one.member_ref is not None else None,
        opened_at=one.opened_at if one.state == "open" else None,
        has_co_host=bool(others),
        is_here=here or one.place > 0,
        is_self_run=any(row.state == "self_run" for row in live(rows)),
        is_over=held.state not in ("planned", "running"),
    )


def plan(tx: sa.Connection, people: People, held: Held, *, now: dt.datetime) -> None:
    """Plan what is to be said about a meeting's hosts from now on; what was planned stays as it is."""
    rows = rotations.fetch_hostings(tx, held.guild_id, [held.id])
    coming: list[str] | None = None
    for one in live(rows):
        turn = turn_of(held, rows, one)
        for due in _ahead(turn, now):
            if one.place > 0 and due.step in (Step.CO_HOST, Step.SELF_RUN):
                continue
            if due.step is Step.SELF_RUN and coming is None:
                coming = rotations.fetch_coming(tx, held)
            for ref in _recipients(people, held, rows, one, due.step, coming or []):
                outbox.plan(tx, make(held, one.id, _KIND_OF[due.step], due.at, due.until, due.step.value, ref))


def ask_too(tx: sa.Connection, guild_id: int, meeting_id: str, ref: str, *, now: dt.datetime) -> None:
    """Let somebody who only now says that they come be asked with the others whether they run it, should it have no host."""
    held = rotations.fetch_held(tx, guild_id, meeting_id)
    rows = rotations.fetch_hostings(tx, guild_id, [meeting_id]) if held is not None else []
    for one in live(rows):
        if held is None or one.place > 0:
            continue
        for due in _ahead(turn_of(held, rows, one), now):
            if due.step is Step.SELF_RUN:
                outbox.plan(tx, make(held, one.id, SELF_RUN, due.at, due.until, due.step.value, ref))


def make(
    held: Held, subject: str, kind: str, at: dt.datetime, until: dt.datetime, offset: str, ref: str | None
) -> Plan:
    """Make a plan whose id follows from what it is about, so that making it twice is one."""
    told = f"{kind}:{subject}:{held.revision}:{offset}:{ref or GROUP}"
    return Plan(
        id=hashlib.sha256(told.encode()).hexdigest()[:32],
        guild_id=held.guild_id,
        programme_id=held.programme_id,
        kind=kind,
        subject=subject,
        revision=held.revision,
        offset=offset,
        member_ref=ref,
        audience=GROUP,
        payload={"step": offset},
        due_at=at,
        expires_at=until,
    )


def cancel(tx: sa.Connection, one: Hosting, *, now: dt.datetime, before_revision: int | None = None) -> None:
    """Take back what is planned about a hosting."""
    outbox.cancel_about(tx, one.guild_id, KINDS, [one.id], now=now, before_revision=before_revision)


def _ahead(turn: Turn, now: dt.datetime) -> Iterable[Due]:
    yield from due_steps(now, turn)
    yield from (due for due in steps(turn) if due.at > now)


def _recipients(
    people: People, held: Held, rows: Sequence[Hosting], one: Hosting, step: Step, coming: list[str]
) -> Sequence[str | None]:
    if step in (Step.CONFIRM_FIRST, Step.CONFIRM_SECOND):
        return [one.member_ref]
    if step in (Step.CO_HOST, Step.LATE_CO_HOST):
        return [row.member_ref for row in live(rows) if row.id != one.id and row.member_ref is not None][:1]
    if step is Step.SELF_RUN:
        return coming
    if _KIND_OF[step] == ASK:
        return _pool(people, held, rows, is_first=step is Step.ASK_1)
    return [None]


def _pool(people: People, held: Held, rows: Sequence[Hosting], *, is_first: bool) -> list[str]:
    """Return who can be asked; first those to whom the turn would not be an extra one, if there are any."""
    no = declined(rows) | {row.member_ref for row in live(rows) if row.member_ref is not None}
    day = people.day(held)
    asked = [
        ref
        for ref, host in people.hosts.items()
        if ref not in no and hindrance(host, people.rules, day, people.recent, rest=0) is None
    ]
    gladly = [ref for ref in asked if not is_extra(people.accounts[ref], len(asked))]
    return gladly if is_first and gladly else asked
