"""What leaders put in their own words: how long it may be, what is taken out of it, what may not stand in it."""

import hashlib
import re
import unicodedata

from bot.domain.presets import TEXT_NAMES
from bot.domain.words import clean
from bot.errors import PeerError

LIMITS = {"rules": 1_000, "question": 200, "opening": 1_500, "closing": 1_500}
"""The most characters of each, so that whatever shows it still fits into a message."""
ONE_LINE = frozenset({"question"})
INVITATION = re.compile(r"(?:discord(?:app)?\s*\.\s*(?:gg|com\s*/+\s*invite)|dsc\s*\.\s*gg)\s*/", re.IGNORECASE)
NO_WORDS = "0"


def settle(name: str, written: str) -> str:
    """Return what is kept of what was written; empty: back to the words that come with the programme.

    Raises PeerError for a text that does not exist, is too long, or invites to another server: what the bot posts for
    everybody must not be a way to lead them elsewhere.
    """
    if name not in TEXT_NAMES:
        raise PeerError("error.button_gone")
    body = clean(written)
    if name in ONE_LINE:
        body = " ".join(body.split())
    if len(body) > LIMITS[name]:
        raise PeerError("leaders.texts.too_long", limit=LIMITS[name])
    if invites(body):
        raise PeerError("leaders.texts.invitation")
    return body


def invites(body: str) -> bool:
    """Tell whether a text holds an invitation to a server, with invisible characters and look-alike forms seen through."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", body) if unicodedata.category(c) != "Cf")
    return INVITATION.search(seen) is not None


def revision(body: str | None) -> str:
    """Return a short name for what is said now, so that a form filled in meanwhile by another is seen."""
    return hashlib.sha256(body.encode()).hexdigest()[:10] if body else NO_WORDS
