"""Giving a turn to somebody else by agreement: who may ask whom, and who may take one. No reason is ever asked for.

Credit goes to who hosts in the end, so a swap needs no bookkeeping of its own.
"""

import datetime as dt
import enum

from bot.domain.rotations.eligibility import Hindrance
from bot.errors import PeerError


class SwapState(enum.StrEnum):
    """Where the wish to give a turn away stands."""

    OPEN = "open"
    TAKEN = "taken"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


def check_swap(state: SwapState, *, now: dt.datetime, starts_at: dt.datetime, is_own: bool, is_asked: bool) -> None:
    """Raise PeerError unless somebody may answer this wish now; `is_asked`: it went to them or to the whole pool."""
    if is_own:
        raise PeerError("rotations.swap.own")
    if state is not SwapState.OPEN:
        raise PeerError("rotations.swap.answered")
    if now >= starts_at:
        raise PeerError("rotations.too_late")
    if not is_asked:
        raise PeerError("rotations.swap.not_you")


def check_take(
    *, in_pool: bool, hosts_already: bool, is_open: bool, is_over: bool, hindrance: Hindrance | None, emergency: bool
) -> None:
    """Raise PeerError unless somebody may take a turn that needs a host.

    In an emergency nobody of the pool who is willing is sent away for want of rest, time in the pool or term: training
    is asked for still.
    """
    if is_over:
        raise PeerError("rotations.too_late")
    if not in_pool:
        raise PeerError("rotations.not_in_pool")
    if hosts_already:
        raise PeerError("rotations.take.yours")
    if not is_open:
        raise PeerError("rotations.take.taken")
    if hindrance is Hindrance.NOT_IN_SERVICE:
        raise PeerError("rotations.take.not_in_service")
    if hindrance in (Hindrance.TOO_NEW, Hindrance.TERM_OVER) and not emergency:
        raise PeerError("rotations.take.not_yet")
