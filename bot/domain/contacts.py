"""Help lines by country, and the rules of showing them: what comes first, what is open, what has grown old.

Works from memory alone, so that help can be shown when nothing else works. The numbers themselves are data; nothing here
knows where they are stored, what time it is, or how they are worded on screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MAX_AGE_DAYS = 180

GENERAL = "general"
CHILDREN = "children"
OVERDOSE = "overdose"
SUBSTANCES = "substances"
VIOLENCE = "violence"
FOR_WHOM = (GENERAL, OVERDOSE, SUBSTANCES, VIOLENCE, CHILDREN)

ALWAYS = "24/7"
NOT_KNOWN = "not known"

LIVE_PAGE = "live page"
STORED_COPY = "stored copy of the source"
STORED_REPORT = "stored copy elsewhere"
CHECKED_IN = (LIVE_PAGE, STORED_COPY, STORED_REPORT)


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a number comes from and when somebody last compared it.

    `checked_in` says what it was compared with: the live page, a stored copy of it, or a stored copy of somebody else's
    report of it. `note` is for whoever checks next and is never shown.
    """

    source: str
    checked_on: date
    checked_in: str
    note: str = ""

    def age_days(self, today: date) -> int:
        """Return how many days ago the number was compared."""
        return (today - self.checked_on).days


@dataclass(frozen=True, slots=True)
class Window:
    """Hours on some days of the week (Monday is 0), on the wall clock of the contact's zone; `until` 00:00 is midnight."""

    days: frozenset[int]
    begins: time
    until: time


@dataclass(frozen=True, slots=True)
class Contact:
    """One line to reach: by call, by text message (sending `text_word` where one is needed) or by chat (an address)."""

    name: str
    call: str
    text: str
    text_word: str
    chat: str
    hours: str
    zone: str
    windows: tuple[Window, ...]
    languages: tuple[str, ...]
    for_whom: str
    proof: Proof

    @property
    def always_open(self) -> bool:
        """Tell whether the line is open day and night."""
        return self.hours == ALWAYS

    def is_open(self, at: datetime) -> bool | None:
        """Tell whether the line is open at an aware moment; None where nobody has compared the hours. Ignores holidays."""
        if self.hours == NOT_KNOWN:
            return None
        local = at.astimezone(ZoneInfo(self.zone))
        return self.always_open or any(
            local.weekday() in window.days
            and window.begins <= local.time()
            and (window.until == time(0) or local.time() < window.until)
            for window in self.windows
        )


@dataclass(frozen=True, slots=True)
class Emergency:
    """The number for danger to life; `also` holds others that work, with what they are for."""

    call: str
    also: tuple[str, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Directory:
    """A site that lists help lines for many countries."""

    name: str
    url: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Country:
    """One country's numbers, contacts in the order of the file."""

    code: str
    name: str
    emergency: Emergency
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Help:
    """What to show one person, best first; without a country only the directories stand."""

    country: Country | None
    emergency: Emergency | None
    contacts: tuple[Contact, ...]
    directories: tuple[Directory, ...]

    def pick(self, kinds: Sequence[str], *, most: int, at: datetime | None = None) -> tuple[Contact, ...]:
        """Return up to `most` lines of these kinds: first one of each kind in their order, then the others.

        Within a kind, those known to be open at the aware moment `at` come first.
        """
        by_kind = [[contact for contact in self.contacts if contact.for_whom == kind] for kind in kinds]
        if at is not None:
            for lines in by_kind:
                lines.sort(key=lambda contact: contact.is_open(at) is False)
        firsts = [lines[0] for lines in by_kind if lines]
        return tuple([*firsts, *(contact for lines in by_kind for contact in lines[1:])][:most])


@dataclass(frozen=True, slots=True)
class Contacts:
    """All help lines."""

    countries: tuple[Country, ...]
    directories: tuple[Directory, ...]

    def for_country(self, code: str | None, locale: str | None = None, *, minors: bool = False) -> Help:
        """Return what to show for a country code and a Discord locale, best first.

        The emergency number comes first; with `minors` the lines for children come before all others. Within a kind the
        lines that speak the person's language come first. An unknown country gives the directories alone.
        """
        country = self._country(code)
        if country is None:
            return Help(None, None, (), self.directories)
        language = (locale or "").split("-")[0].lower()
        kinds = (CHILDREN, *FOR_WHOM) if minors else FOR_WHOM
        ordered = sorted(
            country.contacts,
            key=lambda contact: (kinds.index(contact.for_whom), language not in contact.languages),
        )
        return Help(country, country.emergency, tuple(ordered), self.directories)

    def _country(self, code: str | None) -> Country | None:
        wanted = (code or "").upper()
        return next((country for country in self.countries if country.code == wanted), None)

    @property
    def newest_check(self) -> date:
        """The day of the latest change; a panel shown before it is out of date."""
        return max(proof.checked_on for _, proof in self._proofs())

    def too_old(self, today: date, days: int = MAX_AGE_DAYS) -> tuple[str, ...]:
        """Say in words which numbers nobody has compared for more than `days` days."""
        return tuple(
            f"{what}: last checked on {proof.checked_on:%Y-%m-%d}, {proof.age_days(today)} days ago; "
            f"compare it with {proof.source} and set checked_on"
            for what, proof in self._proofs()
            if proof.age_days(today) > days
        )

    def from_the_future(self, today: date) -> tuple[str, ...]:
        """Say which check dates lie ahead, which cannot be; a day is allowed for time zones."""
        return tuple(what for what, proof in self._proofs() if proof.checked_on > today + timedelta(days=1))

    def not_seen_live(self) -> tuple[str, ...]:
        """Name what was compared with a stored copy only, so that somebody looks at the live page."""
        return tuple(what for what, proof in self._proofs() if proof.checked_in != LIVE_PAGE)

    def _proofs(self) -> tuple[tuple[str, Proof], ...]:
        found = [(directory.name, directory.proof) for directory in self.directories]
        for country in self.countries:
            found.append((f"{country.code} emergency", country.emergency.proof))
            found.extend((f"{country.code} {contact.name}", contact.proof) for contact in country.contacts)
        return tuple(found)
