"""The one consent for the whole bot: which version of its words holds, and who has given it."""

from data.store.people import Member

CONSENT_VERSION = 1
"""Raised when the consent sentence changes in meaning; everybody is then asked once more."""


def has_consented(member: Member) -> bool:
    """Tell whether the member agreed to the words that hold today."""
    return member.consent_version == CONSENT_VERSION
