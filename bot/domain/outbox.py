"""What is to be said once: its key, its mark, how long to wait, and what an error of Discord means. Pure.

It knows neither Discord nor the database nor any kind of message; `now` and chance are handed in.
"""

import datetime as dt
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

Op = Literal["post", "dm", "edit", "delete", "thread", "event", "role"]
OPS_IN_USE: tuple[Op, ...] = ("post", "event")
"""What can be done today; the others are refused until something does them."""
State = Literal["pending", "claimed", "sent", "expired", "dead", "held", "cancelled"]
Over = Literal["expired", "dead", "cancelled"]
"""How a message ends that was not sent."""
Plain = int | bool | str | None
Payload = Mapping[str, Plain | list[int] | list[str]]

MOST_KEY = 200
MOST_ERROR = 40
LATE = dt.timedelta(minutes=1)
"""How long after its time a message that nothing holds back counts as late."""
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=2), dt.timedelta(minutes=5)
MARK_BITS = 62

_KIND = re.compile(r"[a-z_]+\.[a-z_]+")
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OFFSET = re.compile(r"[A-Za-z0-9+_-]{0,24}")
_AUDIENCE = re.compile(r"[a-z_]{1,20}")
_REF = re.compile(r"[0-9a-f]{32}")
# Room for an id, a date, a zone: never for a sentence, which has spaces.
_PLAIN = re.compile(r"[A-Za-z0-9_.:+/-]{0,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Something to be said at a time, once. `id` is made outside the transaction, which may run more than once.

    It goes to the member, or else to an `audience` of the guild ("guild", "moderators", …), which the kind knows how to
    find. `subject` is an id of ours for what it is about, `offset` tells apart what is said about one subject ("-1h", a local
    date). What changed is planned under a higher `revision`. `payload` holds ids, dates and numbers, never words.
    Raises ValueError where one of these is no such thing.
    """

    id: str
    guild_id: int
    kind: str
    subject: str
    due_at: dt.datetime
    expires_at: dt.datetime
    revision: int = 0
    offset: str = ""
    programme_id: str | None = None
    member_ref: str | None = None
    audience: str = "guild"
    op: Op = "post"
    payload: Payload = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not be told apart, kept for good or be somebody's words."""
        parts = ((_KIND, self.kind), (_SUBJECT, self.subject), (_OFFSET, self.offset), (_AUDIENCE, self.audience))
        if not all(form.fullmatch(text) for form, text in parts) or len(self.kind) > 40:
            raise ValueError(f"{self.kind[:40]!r}: kind, subject, offset or audience is not in its form")
        if self.member_ref is not None and not _REF.fullmatch(self.member_ref):
            raise ValueError(f"{self.kind}: not a member's ref")
        if not 0 <= self.revision < 2**31:
            raise ValueError(f"{self.kind}: a revision is a number from 0 on")
        if self.op not in OPS_IN_USE:
            raise ValueError(f"{self.kind}: {self.op} cannot be done yet")
        if self.due_at.tzinfo is None or self.expires_at.tzinfo is None or self.expires_at <= self.due_at:
            raise ValueError(f"{self.kind}: must expire after it is due, both with a zone")
        if not all(_is_plain(value) for pair in self.payload.items() for value in pair):
            raise ValueError(f"{self.kind}: only ids, dates and numbers may be kept with a message")

    @property
    def dedupe_key(self) -> str:
        """The key under which this is said once, for ever."""
        to = self.member_ref or f"{self.guild_id}.{self.audience}"
        return f"{self.kind}:{self.subject}:{self.revision}:{self.offset}:{to}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that one worker has for the length of its lease; whoever claims it next has a higher `fence`."""

    id: str
    guild_id: int
    programme_id: str | None
    member_ref: str | None
    kind: str
    subject: str
    dedupe_key: str
    op: Op
    channel_id: int | None
    """Where it was first tried, fixed together with `first_try_at`."""
    payload: Payload
    due_at: dt.datetime
    expires_at: dt.datetime
    fence: int
    attempts: int
    """How often sending failed so far."""
    first_try_at: dt.datetime | None
    """When its present nonce was first sent, in Discord's time."""
    look_from: dt.datetime | None
    """From when on an earlier try may stand in the channel; None: it was never tried, as far as can be known."""

    def __repr__(self) -> str:
        """Name the row alone: what is printed may end in a log."""
        return f"Claimed(id={self.id!r}, kind={self.kind!r}, fence={self.fence})"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages of a guild stand where; what is over is counted for as long as it is kept."""

    pending: int = 0
    late: int = 0
    claimed: int = 0
    sent: int = 0
    expired: int = 0
    dead: int = 0
    held: int = 0
    cancelled: int = 0
    late_since: dt.datetime | None = None
    """When the oldest of the late ones was due."""
    dead_at: dt.datetime | None = None
    """When the last of the dead ones was given up."""
    dead_by_error: tuple[tuple[str | None, int], ...] = ()
    """How many were given up for which error."""
    last_error: str | None = None
    """Of what is stuck or was never said; an error that was got over is none."""


class Outcome(Enum):
    """What is to become of a message after a call to Discord failed."""

    DONE = auto()
    """It was sent, and deleted since."""
    AGAIN = auto()
    """Whether it was sent is not known: the same again later."""
    DEAD = auto()
    """It will never go there."""
    STOP = auto()
    """Nothing of ours is accepted any more: stop everything."""


UNKNOWN_MESSAGE = 10008
# Discord says with these that it is for a while only, whatever the status.
PASSING_STATUSES = frozenset({408, 409, 425, 429})
PASSING_CODES = frozenset({20016, 20022, 20028, 20029, 40004, 40006, 40062, 110001, 130000})


def meaning(status: int | None, code: int = 0) -> Outcome:
    """Return what a failed creation of a message means; `status` is None where no answer came, `code` is Discord's own."""
    if status == 401:
        return Outcome.STOP
    if status is None or status in PASSING_STATUSES or code in PASSING_CODES or not 400 <= status < 500:
        return Outcome.AGAIN
    return Outcome.DONE if code == UNKNOWN_MESSAGE else Outcome.DEAD


def error_text(status: int | None, code: int = 0, *, name: str = "no answer") -> str:
    """Return an error as it is kept and shown to admins: numbers, or the `name` of what happened; never content."""
    text = name if status is None else f"{status}/{code}" if code else str(status)
    return text[:MOST_ERROR]


def backoff(attempts: int, jitter: float, *, at_least: dt.timedelta = dt.timedelta(0)) -> dt.timedelta:
    """Return how long to wait after the failure number `attempts`; `jitter` from 0 up to 1, `at_least` as Discord asked."""
    doubled = FIRST_WAIT * (1 << min(max(attempts, 1) - 1, 16))
    return max(min(doubled, LONGEST_WAIT) * (0.5 + jitter / 2), at_least)


def marker(key: bytes, dedupe_key: str) -> int:
    """Return the 62 bits by which the message to a key is recognised; as a number they fit into a nonce."""
    return int.from_bytes(hmac.digest(key, dedupe_key.encode(), "sha256")[:8], "big") >> (64 - MARK_BITS)


def look_from(
    first_try_at: dt.datetime | None, due_at: dt.datetime, restored_at: dt.datetime | None
) -> dt.datetime | None:
    """Return from when on an earlier try may stand in the channel.

    What was due before the database was put back from a copy may have been sent after that copy was made.
    """
    if first_try_at is None and restored_at is not None and due_at <= restored_at:
        return due_at
    return first_try_at


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, int | str) and _is_plain(one) for one in value)
    return value is None or isinstance(value, int) or (isinstance(value, str) and bool(_PLAIN.fullmatch(value)))
