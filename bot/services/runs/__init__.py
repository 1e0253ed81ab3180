"""Meetings while they run: what hosts and members do, what is said of it and when, who hosts, and what is left at the end.

Each press is one transaction that writes the new state and plans what it causes to be said. Nothing here sends anything:
after a call that changes something the caller wakes the postman (`bot.delivery.wake()`) and brings the meeting's panel to
the latest state (`bot.panels.touch(guild_id, PANEL, run_id)`). Kinds and what they say: `KINDS`; `look_after` and
`close_in_time` say nothing ever: they see to hosts who are gone and to meetings that nobody ended.
"""

from bot.services.runs._begin import Startable, begin, startable
from bot.services.runs._due import (
    Saying,
    began_wanted,
    close_in_time,
    ended_wanted,
    host_wanted,
    look_after,
    overtime_wanted,
    tidy,
    turn_wanted,
)
from bot.services.runs._follow import BEGAN, CLOSE, ENDED, HOST, KINDS, OVERTIME, PANEL, TURN
from bot.services.runs._look import (
    CatchUp,
    Started,
    View,
    catch_up,
    channel_of,
    channel_of_meeting,
    lobby,
    panel,
    series_of,
    started,
)
from bot.services.runs._press import (
    Pressed,
    be_here,
    end,
    finish,
    help_out,
    leave,
    let_in,
    listen,
    lock,
    may_end,
    next_phase,
    next_turn,
    raise_hand,
    run_ourselves,
    step_back,
    take_over,
)
from bot.services.runs._room import locks, opened, room, rooms, saw, saw_all
from bot.steps.leaving import CHECK

__all__ = [
    "BEGAN",
    "CHECK",
    "CLOSE",
    "ENDED",
    "HOST",
    "KINDS",
    "OVERTIME",
    "PANEL",
    "TURN",
    "CatchUp",
    "Pressed",
    "Saying",
    "Startable",
    "Started",
    "View",
    "be_here",
    "began_wanted",
    "begin",
    "catch_up",
    "channel_of",
    "channel_of_meeting",
    "close_in_time",
    "end",
    "ended_wanted",
    "finish",
    "help_out",
    "host_wanted",
    "leave",
    "let_in",
    "listen",
    "lobby",
    "lock",
    "locks",
    "look_after",
    "may_end",
    "next_phase",
    "next_turn",
    "opened",
    "overtime_wanted",
    "panel",
    "raise_hand",
    "room",
    "rooms",
    "run_ourselves",
    "saw",
    "saw_all",
    "series_of",
    "startable",
    "started",
    "step_back",
    "take_over",
    "tidy",
    "turn_wanted",
]
