"""Who is next, and what a hosted turn changes: by what each has hosted against their share of the turns.

Of every turn that somebody could have hosted they owe a share, one divided by the number who could; whoever hosts has done
one. What somebody still owes is the sum of the shares less what they hosted, and next is who owes most.

Owed turns are whole numbers of parts, `TURN` to the turn. `TURN` can be divided by every number up to `MOST_IN_POOL`, so each
share is exact: nothing is ever rounded, nothing drifts, and what all in a pool owe together stays what it was. It fits 1,726
times into the 64 bits of a database's whole number, while nobody can come to owe more than a few turns.

The rule alone keeps people close to level, but no rule can promise a number whoever is away when, and nobody willing is sent
away in an emergency. What keeps the bar is `settle`: a turn that would take somebody further above their share than `BAR`
is an extra one, which for the count they alone could host: it adds a share of one and one hosted.
"""

import datetime as dt
import enum
import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MOST_IN_POOL = 40
TURN = math.lcm(*range(1, MOST_IN_POOL + 1))
"""The parts of one turn."""
BAR = TURN * 3 // 2
"""How far above their share nobody ever is."""


class Seat(enum.StrEnum):
    """Which seat somebody takes: turns are counted within it."""

    EXPERIENCED = "experienced"
    LEARNING = "learning"


@dataclass(frozen=True, slots=True)
class Account:
    """How somebody stands in their seat."""

    ref: str = field(repr=False)
    last_at: dt.datetime
    """When they last hosted, before that: when they joined."""
    owed: int = 0
    """What they are behind their share, in parts of a turn; below zero they are ahead of it."""
    hosted: int = 0

    @property
    def share(self) -> int:
        """The sum of their shares of the turns since they joined, in parts of a turn."""
        return self.owed + self.hosted * TURN


class Decided(enum.StrEnum):
    """By what it was decided that somebody comes before the next one."""

    OWES_MORE = "owes_more"
    LONGER_AGO = "longer_ago"
    LOT = "lot"
    ALONE = "alone"


def level(ref: str, joined_at: dt.datetime) -> Account:
    """Return the account of somebody who joins: they owe nothing and are owed nothing."""
    return Account(ref, joined_at)


def in_order(accounts: Iterable[Account], seed: str) -> list[Account]:
    """Return people in the order in which they are next; lots are drawn with `seed`, the same for the same one."""
    return sorted(accounts, key=lambda one: (-one.owed, one.last_at, _lot(seed, one.ref)))


def decided_by(ordered: Sequence[Account]) -> Decided:
    """Return why the first of these, in order, comes before the second."""
    if len(ordered) < 2:
        return Decided.ALONE
    first, second = ordered[:2]
    if first.owed != second.owed:
        return Decided.OWES_MORE
    return Decided.LONGER_AGO if first.last_at != second.last_at else Decided.LOT


def seats_of(wanted: int, experienced: int, learning: int, *, starting_up: bool = False) -> dict[Seat, int]:
    """Return how many host in each seat when so many are there for each.

    Of two, one is experienced and one learns; without anybody who learns both are experienced. Those who learn host alone
    only while the pool has nobody experienced (`starting_up`); otherwise the first seat stays open until somebody takes it.
    """
    if starting_up:
        return {Seat.EXPERIENCED: 0, Seat.LEARNING: min(wanted, learning)}
    if wanted == 2 and learning:
        return {Seat.EXPERIENCED: min(1, experienced), Seat.LEARNING: 1}
    return {Seat.EXPERIENCED: min(wanted, experienced), Seat.LEARNING: 0}


def next_hosts(
    seats: Mapping[Seat, Iterable[Account]], wanted: int, *, seed: str, starting_up: bool = False
) -> tuple[str, ...]:
    """Return who hosts next, the one who leads first, of those in each seat who are available and eligible.

    Fewer than `wanted` where there are not enough.
    """
    ordered = {seat: in_order(seats.get(seat, ()), seed) for seat in Seat}
    counts = [len(ordered[seat]) for seat in Seat]
    number = seats_of(wanted, *counts, starting_up=starting_up)
    return tuple(one.ref for seat in Seat for one in ordered[seat][: number[seat]])


def settle(
    accounts: Mapping[str, Account], could: Collection[str], hosts: Collection[str], at: dt.datetime
) -> dict[str, Account]:
    """Return the accounts of one seat that a turn changes, by ref.

    `could`: who was available and eligible for it, that is neither away nor with a word that they can't, nor missing on
    the day; whoever hosted is counted among them. Somebody without an account here changes nothing by hosting, nor does
    a turn that nobody hosted.
    """
    counted = [ref for ref in hosts if ref in accounts]
    those = {ref for ref in could if ref in accounts}.union(counted)
    if len(those) > MOST_IN_POOL:
        raise ValueError(f"a pool has at most {MOST_IN_POOL} people")
    extra: list[str] = []
    while True:
        shared = len(counted) * TURN // len(those) if those else 0
        # Settled one at a time: with one less the share of the others is another.
        over = next((ref for ref in counted if _is_over(accounts[ref], shared)), None)
        if over is None:
            break
        counted.remove(over)
        those.remove(over)
        extra.append(over)
    changed: dict[str, Account] = {}
    if counted:
        for ref in those:
            one = accounts[ref]
            changed[ref] = Account(ref, one.last_at, one.owed + shared, one.hosted)
    for ref in counted:
        one = changed[ref]
        changed[ref] = Account(ref, at, one.owed - TURN, one.hosted + 1)
    for ref in extra:
        one = accounts[ref]
        changed[ref] = Account(ref, at, one.owed, one.hosted + 1)
    return changed


def is_extra(account: Account, number: int) -> bool:
    """Tell whether a turn that `number` people could host would be an extra one for this one of them.

    Whoever else is willing is asked first: an extra turn brings its host nothing for the next time.
    """
    return _is_over(account, TURN // max(number, 1))


def _is_over(account: Account, shared: int) -> bool:
    return account.owed + shared - TURN < -BAR


def _lot(seed: str, ref: str) -> bytes:
    return hashlib.sha256(f"{seed}:{ref}".encode()).digest()
