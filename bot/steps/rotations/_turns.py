"""Turns: counted when they are over, given to whoever is next, opened when somebody can't, filled when somebody takes one."""

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.steps.rotations import _people, _plans
from bot.steps.rotations._people import People, declined, hosting, live
from data.store import rotations
from data.store.rotations import Held, Hosting, Pool

AHEAD = dt.timedelta(days=14)
FURTHER = dt.timedelta(days=62)
"""How far to look for the next meeting where none comes within `AHEAD`."""


def meeting_changed(tx: sa.Connection, guild_id: int, meeting_id: str, *, now: dt.datetime) -> None:
    """See to the hosts of a meeting that was made, moved, skipped, called off, brought back or has ended.

    Called in the transaction that changes it, after its row says so. Whoever hosts one that was moved is asked anew, and who
    was there at the earlier time, or meant to run it without a host, is not so for the new one.
    Does nothing where no pool hosts it.
    """
    held = rotations.fetch_held(tx, guild_id, meeting_id)
    if held is None:
        return
    for one in live(rotations.fetch_hostings(tx, guild_id, [meeting_id])):
        if held.state in ("skipped", "cancelled"):
            _plans.cancel(tx, one, now=now)
            rotations.update_hosting(tx, guild_id, one.id, state="void")
        elif held.state == "planned":
            _plans.cancel(tx, one, now=now, before_revision=held.revision)
            _begin_anew(tx, one, now=now)
    pool_changed(tx, guild_id, held.pool_id, now=now)


def _begin_anew(tx: sa.Connection, one: Hosting, *, now: dt.datetime) -> None:
    if one.member_ref is None:
        values = {"state": "open", "opened_at": now} if one.state == "self_run" else {}
    else:
        values = {"state": "asked", "asked_at": now} if one.state == "confirmed" else {}
    rotations.update_hosting(tx, one.guild_id, one.id, **values, confirmed_at=None, here_at=None)


def pool_changed(tx: sa.Connection, guild_id: int, pool_id: str, *, now: dt.datetime) -> bool:
    """Bring everything about a pool to where it should be; return whether there is one whose programme is there."""
    pool = rotations.fetch_pool(tx, guild_id, pool_id)
    if pool is None or not pool.is_live:
        return False
    people = _people.read(tx, pool, now=now)
    for held in rotations.fetch_unsettled(tx, pool, before=now):
        rows = rotations.fetch_hostings(tx, guild_id, [held.id])
        _settle(tx, people, held, rows, hosting(rows), now=now)
    coming = _coming(tx, people, now)
    stored = rotations.fetch_hostings(tx, guild_id, [held.id for held in coming])
    for held in coming:
        rows = [one for one in stored if one.meeting_id == held.id]
        if held.state in ("planned", "running"):
            _see_to(tx, people, held, rows, now=now)
    return True


def hosted_by(tx: sa.Connection, guild_id: int, meeting_id: str, refs: Sequence[str], *, now: dt.datetime) -> None:
    """Count a meeting that has ended as hosted by these, whoever was to host it. Counted before, it stays as it is."""
    held = rotations.fetch_held(tx, guild_id, meeting_id)
    pool = rotations.fetch_pool(tx, guild_id, held.pool_id) if held is not None else None
    if held is None or pool is None:
        return
    rows = rotations.fetch_hostings(tx, guild_id, [meeting_id])
    if live(rows):
        people = _people.read(tx, pool, now=now)
        _settle(tx, people, held, rows, refs, now=now)


def open_up(tx: sa.Connection, held: Held, one: Hosting, *, now: dt.datetime) -> str:
    """Look for somebody else for a turn; return the id of the open one. Why is asked by nobody and kept nowhere."""
    _plans.cancel(tx, one, now=now)
    _end_swap(tx, one, now)
    rotations.update_hosting(tx, one.guild_id, one.id, state="released", here_at=None)
    row_id = _new_id(tx, held, one.place)
    rotations.insert_hosting(tx, row_id, held, one.place, state="open", opened_at=now)
    return row_id


def fill(tx: sa.Connection, held: Held, one: Hosting, member_ref: str, *, now: dt.datetime) -> str:
    """Give a turn to somebody who took it; return the id of theirs. Whoever had it before has not got it any more."""
    _plans.cancel(tx, one, now=now)
    theirs = {"state": "confirmed", "member_ref": member_ref, "asked_at": now, "confirmed_at": now}
    here = {"here_at": now} if now >= held.starts_at else {}
    if one.member_ref is None:
        rotations.update_hosting(tx, one.guild_id, one.id, **theirs, **here, opened_at=None)
        return one.id
    _end_swap(tx, one, now)
    rotations.update_hosting(tx, one.guild_id, one.id, state="released", here_at=None)
    row_id = _new_id(tx, held, one.place)
    rotations.insert_hosting(tx, row_id, held, one.place, **theirs, **here)
    return row_id


def take_back(
    tx: sa.Connection,
    guild_id: int,
    pool_id: str,
    member_ref: str,
    *,
    now: dt.datetime,
    dates: tuple[dt.date, dt.date] = (dt.date.min, dt.date.max),
) -> int:
    """Open all turns ahead of somebody who does not host any more, or not on these dates; return how many."""
    pool = rotations.fetch_pool(tx, guild_id, pool_id)
    count = 0
    for one in rotations.fetch_live_of(tx, pool) if pool is not None else ():
        held = rotations.fetch_held(tx, guild_id, one.meeting_id) if one.member_ref == member_ref else None
        if pool is None or held is None or held.ends_at <= now:
            continue
        if dates[0] <= held.starts_at.astimezone(ZoneInfo(pool.zone)).date() <= dates[1]:
            open_up(tx, held, one, now=now)
            count += 1
    return count


def let_go(tx: sa.Connection, pool: Pool, series_id: str, *, now: dt.datetime) -> None:
    """End all turns ahead at a series' meetings, which are hosted by others from now on."""
    for one in rotations.fetch_live_of_series(tx, pool, series_id):
        _plans.cancel(tx, one, now=now)
        _end_swap(tx, one, now)
        rotations.update_hosting(tx, one.guild_id, one.id, state="void")


def _coming(tx: sa.Connection, people: People, now: dt.datetime) -> list[Held]:
    """Return the meetings of the next days, at least the next one."""
    found = rotations.fetch_held_of(tx, people.pool, since=now, until=now + FURTHER)
    near = [one for one in found if one.starts_at < now + AHEAD]
    if any(one.state == "planned" for one in near):
        return near
    nearest = next((one for one in found if one.state == "planned"), None)
    return [*near, nearest] if nearest is not None else near


def _see_to(tx: sa.Connection, people: People, held: Held, rows: list[Hosting], *, now: dt.datetime) -> None:
    """Find hosts for a meeting, look for others where some are gone, plan what is said, and count it ahead."""
    if not live(rows) and now < held.starts_at:
        _assign(tx, people, held, rows, now=now)
    for one in live(rows):
        host = people.hosts.get(one.member_ref or "")
        if one.state in ("asked", "confirmed") and (
            host is None or (people.rules.only_trained and not host.in_service)
        ):
            # Also where whose it was has been erased: an open turn of its own, about which nobody was asked before.
            open_up(tx, held, one, now=now)
    _plans.plan(tx, people, held, now=now)
    rows = rotations.fetch_hostings(tx, held.guild_id, [held.id])
    people.count(held, hosting(rows), declined(rows))


def _assign(tx: sa.Connection, people: People, held: Held, rows: Sequence[Hosting], *, now: dt.datetime) -> None:
    if not people.hosts:
        return
    chosen = people.choose(held, declined(rows))
    for place, ref in chosen:
        row_id = _new_id(tx, held, place)
        rotations.insert_hosting(tx, row_id, held, place, state="asked", member_ref=ref, asked_at=now)
    if all(place > 0 for place, _ in chosen):
        rotations.insert_hosting(tx, _new_id(tx, held, 0), held, 0, state="open", opened_at=now)


def _settle(
    tx: sa.Connection, people: People, held: Held, rows: Sequence[Hosting], refs: Collection[str], *, now: dt.datetime
) -> None:
    """Write down who hosted, and what that changes."""
    called_off = held.state in ("skipped", "cancelled")
    hosts = [] if called_off else list(dict.fromkeys(refs))
    for one in live(rows):
        _plans.cancel(tx, one, now=now)
        _end_swap(tx, one, now)
        state = "hosted" if one.member_ref in hosts else "void" if called_off or one.member_ref is None else "released"
        rotations.update_hosting(tx, held.guild_id, one.id, state=state)
    known = {one.member_ref for one in live(rows)}
    for ref in hosts:
        if ref not in known:
            row_id = _new_id(tx, held, 0)
            rotations.insert_hosting(tx, row_id, held, 0, state="hosted", member_ref=ref, asked_at=now)
    if not hosts:
        return
    stored = rotations.fetch_hostings(tx, held.guild_id, [held.id])
    for ref, account in people.count(held, hosts, declined(stored) - set(hosts)).items():
        values = {"owed": account.owed, "hosted": account.hosted, "last_at": account.last_at}
        rotations.update_inside(tx, held.guild_id, people.row_ids[ref], **values)


def _end_swap(tx: sa.Connection, one: Hosting, now: dt.datetime) -> None:
    wish = rotations.fetch_open_swap(tx, one)
    if wish is not None:
        rotations.update_swap(tx, one.guild_id, wish.id, state="withdrawn", answered_at=now)


def _new_id(tx: sa.Connection, held: Held, place: int) -> str:
    """Return an id that follows from how many there were before, so that a transaction that runs again finds the same."""
    number = sum(one.place == place for one in rotations.fetch_hostings(tx, held.guild_id, [held.id]))
    return hashlib.sha256(f"{held.id}:{place}:{number}".encode()).hexdigest()[:32]
