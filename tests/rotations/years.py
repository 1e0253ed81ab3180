"""One made-up year of a pool: who is away, who says they can't, swaps, no-shows, people who come and go.

What each has hosted and should have is counted here a second time, by a sum of its own, so that the rule is no witness to
itself: once as the rule means it, and once strictly, with no turn set apart as an extra one.
"""

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from bot.domain.rotations import TURN, Account, Host, Rules, Seat, available, is_extra, level, next_hosts, settle

START = dt.datetime(2025, 1, 6, 18, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
Seats = Mapping[Seat, list[Account]]
Choose = Callable[[Seats, int, str, bool], tuple[str, ...]]
"""A rule: who hosts next, of those in each seat who can; how many, lots by which seed, whether nobody is experienced."""


def by_share(seats: Seats, wanted: int, seed: str, starting_up: bool) -> tuple[str, ...]:
    """The rule of the project."""
    return next_hosts(seats, wanted, seed=seed, starting_up=starting_up)


def longest_since_last(seats: Seats, wanted: int, seed: str, starting_up: bool) -> tuple[str, ...]:
    """The rule that everybody thinks of first: next is whose last turn is longest ago."""
    level_ones = {seat: [replace(one, owed=0) for one in accounts] for seat, accounts in seats.items()}
    return next_hosts(level_ones, wanted, seed=seed, starting_up=starting_up)


@dataclass(frozen=True)
class Weather:
    """What a year is like: how often things happen, each between 0 and 1."""

    turns: int
    experienced: int
    learning: int
    rules: Rules
    away: float
    declines: float
    swaps: float
    missing: float
    joins: float
    leaves: float
    keen: bool
    """Whether one of them takes whatever there is to take."""

    @classmethod
    def of(cls, chance: random.Random) -> "Weather":
        """Make up a year with everything in it."""
        learning = chance.choice((0, 0, 2, 3, 5))
        return cls(
            turns=chance.randint(52, 156),
            experienced=chance.randint(2, 9),
            learning=learning,
            rules=Rules(chance.choice((1, 2)), rest=chance.choice((0, 0, 0, 1, 2)), min_days=chance.choice((0, 0, 28))),
            away=chance.choice((0.0, 0.1, 0.3, 0.5)),
            declines=chance.choice((0.0, 0.05, 0.2)),
            swaps=chance.choice((0.0, 0.05, 0.15)),
            missing=chance.choice((0.0, 0.02, 0.08)),
            joins=chance.choice((0.0, 0.02, 0.05)),
            leaves=chance.choice((0.0, 0.01, 0.03)),
            keen=chance.random() < 0.25,
        )

    @classmethod
    def everybody_there(cls, chance: random.Random) -> "Weather":
        """Make up a year in which everybody can host every time, and does."""
        rules = Rules(chance.choice((1, 2)))
        people = chance.randint(2, 12), chance.choice((0, 2, 5))
        return cls(chance.randint(52, 156), *people, rules, *(0.0,) * 6, keen=False)

    @classmethod
    def only_away(cls, chance: random.Random) -> "Weather":
        """Make up a year of absences, newcomers and leavers, in which whoever is next hosts."""
        one = cls.of(chance)
        return replace(one, declines=0.0, swaps=0.0, missing=0.0, keen=False, away=chance.choice((0.1, 0.3, 0.5)))


@dataclass
class Person:
    """Somebody in the pool, and what is counted of them here."""

    host: Host
    account: Account
    away_often: float
    away_until: int = -1
    hosted: int = 0
    balance: float = 0.0
    """Turns below their share, an extra turn left out."""
    shares: Counter[tuple[int, int]] = field(default_factory=Counter)
    """How often so many hosted of so many who could."""

    @property
    def strict(self) -> float:
        """Turns above the sum of one divided by the number who could, with no turn counted as an extra one."""
        return self.hosted - sum(number * hosts / those for (hosts, those), number in self.shares.items())


@dataclass
class Outcome:
    """How a year went."""

    above: float = 0.0
    """The most that anybody ever was above their share, in turns, an extra turn left out."""
    strict: float = 0.0
    """The same with no turn counted as an extra one."""
    spread: int = 0
    """The most by which what two people in a seat have hosted ever differed."""
    turns: int = 0
    hosted: int = 0
    extra: int = 0
    apart: float = 0.0
    """The most by which what the rule says somebody owes ever differed from what is counted here."""
    drift: Fraction = Fraction(0)
    """What all together owe, which must be nothing but what leavers took along."""


class Year:
    """A year under one rule."""

    def __init__(self, seed: int, weather: Weather, choose: Choose = by_share) -> None:
        self.chance = random.Random(f"{seed} lived")
        self.weather, self.choose, self.seed = weather, choose, str(seed)
        self.people: dict[str, Person] = {}
        self.recent: list[tuple[str, ...]] = []
        self.count = 0
        self.left = Fraction(0)
        self.out = Outcome()
        for seat, number in ((Seat.EXPERIENCED, weather.experienced), (Seat.LEARNING, weather.learning)):
            for _ in range(number):
                # Whoever begins it is there long enough already.
                self.join(seat, START - 60 * WEEK)

    def join(self, seat: Seat, at: dt.datetime) -> None:
        """Let somebody new in."""
        self.count += 1
        ref = f"{self.count:04}"
        often = self.weather.away * self.chance.uniform(0, 2)
        self.people[ref] = Person(Host(ref, seat, at.date()), level(ref, at), min(often, 0.95))

    def run(self) -> Outcome:
        """Live through the year."""
        for number in range(self.weather.turns):
            self.come_and_go(number)
            self.turn(number)
        self.out.drift = sum((Fraction(one.account.owed, TURN) for one in self.people.values()), self.left)
        return self.out

    def come_and_go(self, number: int) -> None:
        """Let people join, leave and go away for a while."""
        chance, weather = self.chance, self.weather
        if chance.random() < weather.joins and len(self.people) < 20:
            learning = weather.learning and chance.random() < 0.4
            self.join(Seat.LEARNING if learning else Seat.EXPERIENCED, START + number * WEEK)
        if chance.random() < weather.leaves and len(self.people) > 3:
            gone = self.people.pop(chance.choice(list(self.people)))
            self.left += Fraction(gone.account.owed, TURN)
        for one in self.people.values():
            if weather.away and chance.random() < 0.02:
                one.away_until = number + chance.randint(3, 16)

    def turn(self, number: int) -> None:
        """Hold one meeting."""
        chance, weather, at = self.chance, self.weather, START + number * WEEK
        declined = {
            ref
            for ref, one in self.people.items()
            if one.away_until >= number or (one.away_often and chance.random() < one.away_often)
        }
        could = self.who_can(at, declined)
        hosts = self.ask(could, number)
        hosting: list[str] = []
        for ref in hosts:
            backs_out = chance.random() < weather.declines + weather.swaps + weather.missing
            if not backs_out:
                hosting.append(ref)
                continue
            # Said that they can't, gave it to somebody, or was not there: for the count it is the same.
            declined.add(ref)
            others = [other for seat in could.values() for other in seat if other not in (*declined, *hosts, *hosting)]
            if others:
                hosting.append(self.volunteer(others))
        self.out.turns += 1
        self.recent.insert(0, tuple(hosting))
        if hosting:
            self.count_turn(could, declined, hosting, at)

    def volunteer(self, others: list[str]) -> str:
        """Return who takes it: those for whom it is no extra turn are asked first, and mostly one of them says yes."""
        first = [ref for ref in others if not is_extra(self.people[ref].account, len(others) + 1)]
        if self.weather.keen:
            return min(first or others)
        return self.chance.choice(first if first and self.chance.random() < 0.8 else others)

    def who_can(self, at: dt.datetime, declined: set[str]) -> dict[Seat, list[str]]:
        """Return who can host."""
        hosts = [one.host for one in self.people.values()]
        return available(hosts, self.weather.rules, at.date(), self.recent[:10], declined=declined)

    def ask(self, could: Mapping[Seat, list[str]], number: int) -> tuple[str, ...]:
        """Return who is asked to."""
        seats = {seat: [self.people[ref].account for ref in refs] for seat, refs in could.items()}
        starting_up = all(one.host.seat is Seat.LEARNING for one in self.people.values())
        return self.choose(seats, self.weather.rules.seats, f"{self.seed}:{number}", starting_up)

    def count_turn(
        self, could: Mapping[Seat, list[str]], declined: set[str], hosting: list[str], at: dt.datetime
    ) -> None:
        """Settle it by the rule, count it here too, and look how far apart people are."""
        for seat in Seat:
            inside = {ref: one for ref, one in self.people.items() if one.host.seat is seat}
            hosts = [ref for ref in hosting if ref in inside]
            those = {ref for ref in could[seat] if ref not in declined}.union(hosts)
            changed = settle({ref: one.account for ref, one in inside.items()}, those, hosts, at)
            for ref in hosts:
                inside[ref].hosted += 1
                self.out.hosted += 1
            for ref in those if hosts else ():
                inside[ref].shares[len(hosts), len(those)] += 1
            self.count_again(inside, those, hosts)
            for ref, account in changed.items():
                inside[ref].account = account
            for ref in those:
                one = inside[ref]
                self.out.apart = max(self.out.apart, abs(one.balance - one.account.owed / TURN))
            for ref in hosts:
                self.out.above = max(self.out.above, -inside[ref].balance)
                self.out.strict = max(self.out.strict, inside[ref].strict)
            counts = [one.hosted for one in inside.values()]
            self.out.spread = max(self.out.spread, max(counts, default=0) - min(counts, default=0))

    def count_again(self, inside: Mapping[str, Person], those: set[str], hosts: list[str]) -> None:
        """Count a turn by a sum of our own: who would be more than 1.5 ahead hosts an extra one, one at a time."""
        counted, sharing = list(hosts), set(those)
        while True:
            part = len(counted) / len(sharing) if sharing else 0.0
            over = [ref for ref in counted if 1 - part - inside[ref].balance > 1.5 + 1e-9]
            if not over:
                break
            counted.remove(over[0])
            sharing.remove(over[0])
            self.out.extra += 1
        for ref in sharing if counted else ():
            inside[ref].balance += part
        for ref in counted:
            inside[ref].balance -= 1


def year(seed: int, make: Callable[[random.Random], Weather], choose: Choose = by_share) -> Outcome:
    """Live through the year that a seed makes up."""
    return Year(seed, make(random.Random(seed)), choose).run()
