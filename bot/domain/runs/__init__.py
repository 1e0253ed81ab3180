"""A meeting while it runs: its phases, whose turn it is, who listens, who hosts, who may come in, its end. Pure.

Every press is a function from one valid state to another, or a `PeerError` that changes nothing. A press on something that
has moved on since is a polite conflict, never a second step. Nobody is ranked and nobody is timed out: a clock only tells
when something was meant to end. Knows neither Discord nor how states are kept.
"""

from bot.domain.runs._hosting import (
    EARLY,
    begin,
    close_forgotten,
    hand_over,
    help_out,
    host_gone_at,
    may_begin,
    over_at,
    run_ourselves,
    seen_in_room,
    take_over,
)
from bot.domain.runs._presses import (
    be_here,
    end,
    finish,
    leave,
    let_in,
    listen,
    lock,
    next_phase,
    next_turn,
    raise_hand,
    step_back,
)
from bot.domain.runs._state import (
    Part,
    Presser,
    Run,
    Someone,
    Standing,
    admits,
    may_take_over,
    must_run,
    must_steer,
    steers,
)

__all__ = [
    "EARLY",
    "Part",
    "Presser",
    "Run",
    "Someone",
    "Standing",
    "admits",
    "be_here",
    "begin",
    "close_forgotten",
    "end",
    "finish",
    "hand_over",
    "help_out",
    "host_gone_at",
    "leave",
    "let_in",
    "listen",
    "lock",
    "may_begin",
    "may_take_over",
    "must_run",
    "must_steer",
    "next_phase",
    "next_turn",
    "over_at",
    "raise_hand",
    "run_ourselves",
    "seen_in_room",
    "steers",
    "step_back",
    "take_over",
]
