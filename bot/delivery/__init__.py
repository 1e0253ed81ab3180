"""Delivery: everything promised is said once. See docs/architecture.md, "Delivery".

Cogs register their kinds at load (`bot.delivery.kind(…)`), services plan messages in the transaction that causes them
(`bot.steps.outbox.plan`), and the postman says them. Nothing here decides whether something should be said.
"""

from bot.delivery.events import Board, Event
from bot.delivery.kinds import Say
from bot.delivery.places import Later
from bot.delivery.postman import Delivery, Timing

__all__ = ["Board", "Delivery", "Event", "Later", "Say", "Timing"]
