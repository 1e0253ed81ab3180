"""A sealed word opens for the row, guild and key it was sealed for, and for nothing else."""

import base64
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from data.vault import CannotOpen, Place, Vault

MASTER = bytes(range(32))
SALT = bytes(range(16))
PLACE = Place("checkins", "note", "0" * 32, 1_111_222_233_334_444_555)
VAULT = Vault(MASTER)
WORDS = "a hard day, but I rang somebody"
SEALED = VAULT.seal(WORDS, salt=SALT, place=PLACE)


@given(st.text(), st.binary(min_size=16, max_size=16), st.integers(1, 2**63 - 1))
def test_what_was_sealed_opens_again(text: str, salt: bytes, guild_id: int):
    place = PLACE._replace(guild_id=guild_id)
    sealed = VAULT.seal(text, salt=salt, place=place)
    assert VAULT.open(sealed, salt=salt, place=place) == text
    # Another process with the same key opens it too.
    assert Vault(MASTER).open(sealed, salt=salt, place=place) == text


@pytest.mark.parametrize(
    "place",
    [
        PLACE._replace(table="stories"),
        PLACE._replace(column="reply"),
        PLACE._replace(row_id="0" * 31 + "1"),
        PLACE._replace(guild_id=PLACE.guild_id + 1),
        # Moving a sign from one part to the next must not make the same place.
        PLACE._replace(table="checkin", column="snote"),
        PLACE._replace(table="checkins.note", column=""),
    ],
    ids=lambda place: ".".join(map(str, place)),
)
def test_it_does_not_open_in_another_place(place: Place):
    with pytest.raises(CannotOpen):
        VAULT.open(SEALED, salt=SALT, place=place)


def test_it_does_not_open_with_another_guilds_salt():
    with pytest.raises(CannotOpen):
        VAULT.open(SEALED, salt=SALT[::-1], place=PLACE)


def test_it_does_not_open_with_another_master_key():
    with pytest.raises(CannotOpen):
        Vault(MASTER[::-1]).open(SEALED, salt=SALT, place=PLACE)


@pytest.mark.parametrize("at", range(len(SEALED)))
def test_no_altered_byte_goes_unnoticed(at: int):
    altered = bytearray(SEALED)
    altered[at] ^= 1
    with pytest.raises(CannotOpen):
        VAULT.open(bytes(altered), salt=SALT, place=PLACE)


@pytest.mark.parametrize("length", [*range(len(SEALED)), len(SEALED) + 1])
def test_what_was_cut_off_or_grew_does_not_open(length: int):
    with pytest.raises(CannotOpen):
        VAULT.open((SEALED + b"\0")[:length], salt=SALT, place=PLACE)


@given(st.binary(max_size=80))
def test_nonsense_does_not_open(sealed: bytes):
    with pytest.raises(CannotOpen):
        VAULT.open(sealed, salt=SALT, place=PLACE)


def test_no_nonce_comes_twice():
    sealed = [VAULT.seal("the same words", salt=SALT, place=PLACE) for _ in range(10_000)]
    assert len({one[2:14] for one in sealed}) == len(sealed)


def test_the_same_words_never_look_the_same():
    again = VAULT.seal(WORDS, salt=SALT, place=PLACE)
    assert again[14:] != SEALED[14:]


def test_no_part_of_the_words_lies_open():
    assert not any(WORDS[at : at + 4].encode() in SEALED for at in range(len(WORDS) - 3))
    assert base64.b64encode(WORDS.encode())[:8] not in SEALED


def test_the_bytes_are_as_documented_so_that_another_program_can_open_them():
    assert SEALED[:2] == b"\x01\x01"
    assert len(SEALED) == 2 + 12 + len(WORDS.encode()) + 16
    key = HKDF(algorithm=SHA256(), length=32, salt=SALT, info=b"checkins.note|v1").derive(MASTER)
    bound = f"checkins|note|{PLACE.row_id}|{PLACE.guild_id}|1".encode()
    assert AESGCM(key).decrypt(SEALED[2:14], SEALED[14:], bound).decode() == WORDS


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_master_key_of_another_length_is_refused(length: int):
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(os.urandom(length))


def test_more_guilds_than_keys_are_kept_at_hand_still_open():
    salts = [number.to_bytes(16, "big") for number in range(600)]
    sealed = [VAULT.seal(WORDS, salt=salt, place=PLACE) for salt in salts]
    assert all(VAULT.open(one, salt=salt, place=PLACE) == WORDS for one, salt in zip(sealed, salts, strict=True))


def test_neither_the_vault_nor_its_refusal_shows_the_key_or_the_words():
    with pytest.raises(CannotOpen) as caught:
        VAULT.open(SEALED, salt=SALT, place=PLACE._replace(row_id="1" * 32))
    shown = f"{VAULT!r} {caught.value!r} {caught.value.args}"
    assert not any(secret in shown for secret in (MASTER.hex(), repr(MASTER), WORDS))
