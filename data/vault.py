"""Sealing of what nobody but peerled may read in the database.

AES-256-GCM under a key per guild and purpose (HKDF-SHA256 from the master key and the guild's salt); the table, column,
row and guild are bound in as associated data, so a sealed value moved to another row does not open. Format:
version (1) | key id (1) | nonce (12) | ciphertext and tag. Nothing here knows SQL or where keys come from.
"""

import os
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
KEY_ID = 1


class Place(NamedTuple):
    """Where a sealed value stands."""

    table: str
    column: str
    row_id: str
    guild_id: int


class CannotOpen(Exception):
    """The value was sealed under another key, or for another place, or was altered."""


class Vault:
    """Seals and opens values with keys derived from one master key of 32 bytes."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != 32:
            raise ValueError("the master key must be 32 bytes")
        self._master_key = master_key
        self._cipher = lru_cache(maxsize=512)(self._derive)

    def _derive(self, salt: bytes, purpose: str) -> AESGCM:
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=f"{purpose}|v{VERSION}".encode())
        return AESGCM(hkdf.derive(self._master_key))

    def key_for(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose that no sealed column has, the same for as long as the master key is."""
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"key|{purpose}|v{VERSION}".encode())
        return hkdf.derive(self._master_key)

    def seal(self, text: str, *, salt: bytes, place: Place) -> bytes:
        """Return `text` sealed for `place` under the guild's salt."""
        nonce = os.urandom(12)
        sealed = self._cipher(salt, _purpose(place)).encrypt(nonce, text.encode(), _bound(place))
        return bytes((VERSION, KEY_ID)) + nonce + sealed

    def open(self, sealed: bytes, *, salt: bytes, place: Place) -> str:
        """Return the text sealed for `place`; raises `CannotOpen`."""
        if len(sealed) < 30 or sealed[0] != VERSION or sealed[1] != KEY_ID:
            raise CannotOpen
        try:
            opened = self._cipher(salt, _purpose(place)).decrypt(sealed[2:14], sealed[14:], _bound(place))
        except InvalidTag:
            raise CannotOpen from None
        return opened.decode()


def _purpose(place: Place) -> str:
    return f"{place.table}.{place.column}"


def _bound(place: Place) -> bytes:
    return f"{place.table}|{place.column}|{place.row_id}|{place.guild_id}|{VERSION}".encode()
