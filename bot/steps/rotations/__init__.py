"""Turns at hosting, on an open transaction: counting what is over, finding hosts for what comes, planning what is said.

`meeting_changed` is for whoever makes, moves, skips, cancels or ends meetings; `pool_changed` for everything else. Both may
run at any time and as often as one likes: what is right already stays as it is. Nothing here sends anything.
"""

from bot.steps.rotations._plans import ASK, CO_HOST, CONFIRM, KINDS, LATE, SELF_RUN, SWAP, ask_too
from bot.steps.rotations._turns import fill, hosted_by, let_go, meeting_changed, open_up, pool_changed, take_back

__all__ = [
    "ASK",
    "CONFIRM",
    "CO_HOST",
    "KINDS",
    "LATE",
    "SELF_RUN",
    "SWAP",
    "ask_too",
    "fill",
    "hosted_by",
    "let_go",
    "meeting_changed",
    "open_up",
    "pool_changed",
    "take_back",
]
