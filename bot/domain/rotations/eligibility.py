"""Who may be asked to host on a date: trained, long enough there, within their term, rested, not away.

Why somebody may not is for themselves and for nobody else's eyes; nothing here says whether they would like to.
"""

import datetime as dt
import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from bot.domain.rotations.fairness import Seat
from bot.errors import PeerError

MOST_REST = 10
MOST_DAYS = 3650
MOST_AWAY = 12


class Hindrance(enum.StrEnum):
    """Why somebody cannot be asked for a date."""

    NOT_IN_SERVICE = "not_in_service"
    TOO_NEW = "too_new"
    TERM_OVER = "term_over"
    AWAY = "away"
    RESTED_TOO_LITTLE = "rested_too_little"


@dataclass(frozen=True, slots=True, order=True)
class Away:
    """Dates on which somebody is away, the last one included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Rules:
    """What a pool asks of those who host."""

    seats: int = 2
    rest: int = 0
    """Somebody who hosted one of so many last meetings is not asked."""
    min_days: int = 0
    """For how many days somebody has been in the pool before they host."""
    only_trained: bool = True


@dataclass(frozen=True, slots=True)
class Host:
    """Somebody in a pool."""

    ref: str = field(repr=False)
    seat: Seat
    joined_on: dt.date
    in_service: bool = True
    """Whether they are certified and not resting; for the learning seat: learning and not resting."""
    term_until: dt.date | None = None
    """The last date of their service."""
    away: tuple[Away, ...] = ()


def read_date(text: str, *, today: dt.date) -> dt.date:
    """Return the date that is written as 2026-12-24; raises PeerError for what is none, is past, or is years ahead."""
    try:
        found = dt.date.fromisoformat(text.strip())
    except ValueError:
        raise PeerError("rotations.date.unknown") from None
    if not today <= found <= today + dt.timedelta(days=MOST_DAYS):
        raise PeerError("rotations.date.past")
    return found


def add_away(away: Iterable[Away], first: dt.date, last: dt.date, *, today: dt.date) -> tuple[Away, ...]:
    """Return the spans that are not over, with one more; raises PeerError for one that ends first, or one too many."""
    if last < first:
        raise PeerError("rotations.date.ends_first")
    kept = sorted({*(one for one in away if one.last >= today), Away(first, last)})
    if len(kept) > MOST_AWAY:
        raise PeerError("rotations.away.most", most=MOST_AWAY)
    return tuple(kept)


def check_rules(rules: Rules) -> None:
    """Raise PeerError for rules under which nobody could host, or that are none."""
    if rules.seats not in (1, 2):
        raise PeerError("rotations.rules.seats")
    if not 0 <= rules.rest <= MOST_REST:
        raise PeerError("rotations.rules.rest", most=MOST_REST)
    if not 0 <= rules.min_days <= MOST_DAYS:
        raise PeerError("rotations.rules.min_days", most=MOST_DAYS)


def hindrance(
    host: Host, rules: Rules, day: dt.date, recent: Sequence[Collection[str]] = (), *, rest: int | None = None
) -> Hindrance | None:
    """Return why somebody cannot be asked for a date, None: they can.

    `recent`: who hosted or will host the meetings of the pool just before, the latest first. `rest`: another rest than
    the pool's own.
    """
    if rules.only_trained and not host.in_service:
        return Hindrance.NOT_IN_SERVICE
    if (day - host.joined_on).days < rules.min_days:
        return Hindrance.TOO_NEW
    if host.term_until is not None and day > host.term_until:
        return Hindrance.TERM_OVER
    if any(one.first <= day <= one.last for one in host.away):
        return Hindrance.AWAY
    if any(host.ref in refs for refs in recent[: rules.rest if rest is None else rest]):
        return Hindrance.RESTED_TOO_LITTLE
    return None


def available(
    hosts: Iterable[Host],
    rules: Rules,
    day: dt.date,
    recent: Sequence[Collection[str]] = (),
    *,
    declined: Collection[str] = (),
) -> dict[Seat, list[str]]:
    """Return who can be asked for a date, by seat; `declined`: whoever said that they can't host this one.

    Rest gives way, a meeting at a time, where for want of it nobody could host in a seat.
    """
    people = [one for one in hosts if one.ref not in declined]
    found: dict[Seat, list[str]] = {}
    for seat in Seat:
        found[seat] = []
        for rest in range(rules.rest, -1, -1):
            found[seat] = [
                one.ref for one in people if one.seat is seat and hindrance(one, rules, day, recent, rest=rest) is None
            ]
            if found[seat]:
                break
    return found
