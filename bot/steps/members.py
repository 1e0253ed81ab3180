"""Becoming known to the bot: the member and the one consent, for services that keep something a person chose."""

import datetime as dt
from typing import NamedTuple

import sqlalchemy as sa

from bot.domain.checkins import local_day
from bot.domain.ids import new_id
from bot.errors import PeerError
from bot.steps.consent import CONSENT_VERSION
from data.store import people
from data.store.people import Member, Person


class NeedsConsent(PeerError):
    """The person has not yet agreed that peerled keeps what they choose; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("error.needs_consent")


class Ids(NamedTuple):
    """Ids for what may have to be made; made outside the transaction, which may run more than once."""

    person: str
    member: str
    row: str


def new_ids() -> Ids:
    """Make the ids."""
    return Ids(new_id(), new_id(), new_id())


def has_agreed(person: Person | None) -> bool:
    """Tell whether a person agreed to the words that hold today, in whichever guild."""
    return person is not None and person.consent_version == CONSENT_VERSION


def known_member(tx: sa.Connection, guild_id: int, user_id: int, *, agreed: bool, now: dt.datetime, ids: Ids) -> Member:
    """Return the member, made known where there was none; raises `NeedsConsent` before the first yes."""
    said_before = has_agreed(people.fetch_person(tx, user_id))
    if not (agreed or said_before):
        raise NeedsConsent
    member = people.ensure_member(tx, guild_id, user_id, new_person_id=ids.person, new_ref=ids.member)
    if not said_before:
        people.record_consent(tx, member.person_id, version=CONSENT_VERSION, on=local_day(now, member.zone))
    return member
