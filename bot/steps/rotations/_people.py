"""Who is in a pool, as the rules see them, and how their turns stand."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.rotations import Account, Away, Host, Rules, Seat, available, next_hosts, settle
from data.store import rotations
from data.store.rotations import Held, Hosting, InPool, Pool


@dataclass(slots=True)
class People:
    """A pool with everybody in it; accounts change as turns are counted or looked ahead to."""

    pool: Pool
    rules: Rules
    hosts: dict[str, Host]
    accounts: dict[str, Account]
    row_ids: dict[str, str]
    joined_at: dict[str, dt.datetime]
    recent: list[list[str]] = field(default_factory=list)
    """Who hosted the last meetings, the latest first."""

    @property
    def starting_up(self) -> bool:
        """Whether nobody in it is experienced yet."""
        return all(one.seat is Seat.LEARNING for one in self.hosts.values())

    def day(self, held: Held) -> dt.date:
        """Return a meeting's date on the server's clock."""
        return held.starts_at.astimezone(ZoneInfo(self.pool.zone)).date()

    def could(self, held: Held, declined: Collection[str]) -> dict[Seat, list[str]]:
        """Return who can host a meeting."""
        there = [one for ref, one in self.hosts.items() if self.joined_at[ref] <= held.starts_at]
        return available(there, self.rules, self.day(held), self.recent, declined=declined)

    def choose(self, held: Held, declined: Collection[str]) -> list[tuple[int, str]]:
        """Return who is next for a meeting, each with their place."""
        could = self.could(held, declined)
        seats = {seat: [self.accounts[ref] for ref in refs] for seat, refs in could.items()}
        chosen = next_hosts(seats, self.rules.seats, seed=held.id, starting_up=self.starting_up)
        # Whoever learns is beside somebody: the first place stays open until somebody takes it.
        leads = bool(chosen) and (self.starting_up or self.hosts[chosen[0]].seat is Seat.EXPERIENCED)
        return list(enumerate(chosen, 0 if leads else 1))

    def count(self, held: Held, hosting: Sequence[str], declined: Collection[str]) -> dict[str, Account]:
        """Count a turn, and return the accounts that it changed."""
        could = self.could(held, declined)
        changed: dict[str, Account] = {}
        for seat in Seat:
            inside = {ref: one for ref, one in self.accounts.items() if self.hosts[ref].seat is seat}
            changed |= settle(inside, could[seat], [ref for ref in hosting if ref in inside], held.starts_at)
        self.accounts |= changed
        self.recent.insert(0, list(hosting))
        return changed


def read(tx: sa.Connection, pool: Pool, *, now: dt.datetime) -> People:
    """Read who is in a pool; whoever was certified since sits in the other seat from now on, level with the others."""
    found = People(pool, rules_of(pool), {}, {}, {}, {})
    for row in rotations.fetch_inside(tx, pool):
        seat = Seat.EXPERIENCED if row.certified_on is not None else Seat.LEARNING
        if seat != row.seat:
            rotations.update_inside(tx, pool.guild_id, row.id, seat=seat.value, owed=0, hosted=0, last_at=now)
            row = row._replace(seat=seat.value, owed=0, hosted=0, last_at=now)
        ref = row.member_ref
        found.hosts[ref] = host_of(row, pool.zone)
        found.accounts[ref] = Account(ref, row.last_at, row.owed, row.hosted)
        found.row_ids[ref], found.joined_at[ref] = row.id, row.joined_at
    found.recent = rotations.fetch_last_hosts(tx, pool, before=now, limit=max(pool.rest, 1))
    return found


def rules_of(pool: Pool) -> Rules:
    """Return what a pool asks of those who host."""
    return Rules(pool.seats, pool.rest, pool.min_days, pool.only_trained)


def host_of(row: InPool, zone: str) -> Host:
    """Return somebody in a pool as the rules see them."""
    away = tuple(Away(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) for first, last in row.away)
    return Host(
        row.member_ref,
        Seat(row.seat),
        row.joined_at.astimezone(ZoneInfo(zone)).date(),
        in_service=row.is_listed and row.resting_since is None,
        term_until=row.term_until,
        away=away,
    )


def declined(rows: Sequence[Hosting]) -> set[str]:
    """Return who gave up a turn at this meeting, for whatever reason."""
    return {one.member_ref for one in rows if one.state == "released" and one.member_ref is not None}


def live(rows: Sequence[Hosting]) -> list[Hosting]:
    """Return the hostings that were not given up."""
    return [one for one in rows if one.state in rotations.LIVE]


def hosting(rows: Sequence[Hosting]) -> list[str]:
    """Return who is to host, the one who leads first."""
    return [one.member_ref for one in live(rows) if one.member_ref is not None]
