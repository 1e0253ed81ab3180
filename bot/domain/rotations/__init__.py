"""Whose turn it is to host, and what is done when nobody is there to do it. Pure.

`fairness` says who is next and what a turn that was hosted changes; `eligibility` who may be asked for a date; `ladder`
what is said when, until somebody hosts or the meeting is called off; `swaps` who may give a turn to whom. None of them
knows a clock, chance, Discord or the database, and none of them compares people otherwise than by turns.
"""

from bot.domain.rotations.eligibility import (
    Away,
    Hindrance,
    Host,
    Rules,
    add_away,
    available,
    check_rules,
    hindrance,
    read_date,
)
from bot.domain.rotations.fairness import (
    BAR,
    MOST_IN_POOL,
    TURN,
    Account,
    Decided,
    Seat,
    decided_by,
    in_order,
    is_extra,
    level,
    next_hosts,
    seats_of,
    settle,
)
from bot.domain.rotations.ladder import (
    FAMILIES,
    Due,
    Step,
    Turn,
    ask_times,
    due_steps,
    next_step,
    opened,
    steps,
    taken,
)
from bot.domain.rotations.swaps import SwapState, check_swap, check_take

__all__ = [
    "BAR",
    "FAMILIES",
    "MOST_IN_POOL",
    "TURN",
    "Account",
    "Away",
    "Decided",
    "Due",
    "Hindrance",
    "Host",
    "Rules",
    "Seat",
    "Step",
    "SwapState",
    "Turn",
    "add_away",
    "ask_times",
    "available",
    "check_rules",
    "check_swap",
    "check_take",
    "decided_by",
    "due_steps",
    "hindrance",
    "in_order",
    "is_extra",
    "level",
    "next_hosts",
    "next_step",
    "opened",
    "read_date",
    "seats_of",
    "settle",
    "steps",
    "taken",
]
