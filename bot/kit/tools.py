"""What every cog is handed: the parts that the bot was assembled from. Holds no state of its own."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.domain.safety import Scanner
from bot.services.guilds import Guilds
from bot.services.languages import Languages
from bot.texts import Texts
from data.content import Contacts
from data.db import Database
from data.vault import Vault


@dataclass(frozen=True, slots=True)
class Tools:
    """The parts of one running peerled."""

    db: Database
    clock: Clock
    texts: Texts
    guilds: Guilds
    languages: Languages
    vault: Vault
    contacts: Contacts
    scanner: Scanner
    public_url: str | None = None
    """The address under which people reach what this bot serves; None: it serves nothing."""
