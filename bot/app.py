"""Assembles the bot from its parts. It starts nothing and opens nothing: what it needs is handed in."""

import functools
from typing import Any

import cogs
from bot.clock import Clock
from bot.delivery import Delivery, Timing
from bot.domain.safety import Scanner
from bot.kit.bot import PeerBot
from bot.kit.tools import Tools
from bot.services.guilds import Guilds
from bot.services.languages import Languages
from bot.texts import Texts
from data import content
from data.db import Database
from data.vault import Vault


def create_bot(
    master_key: bytes,
    db: Database,
    clock: Clock,
    *,
    texts: Texts | None = None,
    timing: Timing | None = None,
    processes: int = 1,
    public_url: str | None = None,
    **options: Any,
) -> PeerBot:
    """Return a bot that is ready to be started; `options` go to discord.py. Raises OperatorError for bad content.

    `timing` is its postman's; `processes` is how many share the token, and with it the pace of deliveries;
    `public_url` is where its links lead, None: nothing is served.
    """
    tools = Tools(
        db=db,
        clock=clock,
        texts=texts or Texts.load(),
        guilds=Guilds(db),
        languages=Languages(db),
        vault=Vault(master_key),
        contacts=content.load_contacts(),
        scanner=_scanner(),
        public_url=public_url,
    )
    bot = PeerBot(tools, cogs.ALL, **options)
    bot.delivery = Delivery(bot, timing=timing, processes=processes)
    return bot


@functools.cache
def _scanner() -> Scanner:
    """Build the scanner once a process: what ships with peerled does not change while it runs."""
    return Scanner(content.load_lexicons())
