"""Stored credentials, sealed with AES-256-GCM and bound to the row they belong to.

The key is outside the database (LEJAR_SEAL_KEYS). The first bytes of a sealed value say which key
sealed it, so keys can be rotated: the newest seals, every listed one still opens. The row's name
goes in as associated data: a sealed value copied to another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
KEY_ID_BYTES = 4


class SealBroken(Exception):
    """The credentials of this connection cannot be opened: the key that sealed them is not among
    LEJAR_SEAL_KEYS, or they were sealed for another row. Enter them again."""


class SealKeyMissing(Exception):
    """LEJAR_SEAL_KEYS must hold at least one key of 32 bytes in base64."""


def seal(plain: str, *, row: str) -> bytes:
    """`plain` for `row` ("book 17"), readable only through `unseal` with the same row."""
    key = _keys()[0]
    nonce = os.urandom(NONCE_BYTES)
    return _key_id(key) + nonce + AESGCM(key).encrypt(nonce, plain.encode(), row.encode())


def unseal(sealed: bytes, *, row: str) -> str:
    """Raises SealBroken when the value was not sealed for `row` with a key we hold."""
    key = next((key for key in _keys() if _key_id(key) == sealed[:KEY_ID_BYTES]), None)
    if key is None:
        raise SealBroken(SealBroken.__doc__)
    nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
    try:
        plain = AESGCM(key).decrypt(nonce, sealed[KEY_ID_BYTES + NONCE_BYTES :], row.encode())
    except (InvalidTag, ValueError):
        raise SealBroken(SealBroken.__doc__) from None
    return plain.decode()


def is_newest(sealed: bytes) -> bool:
    """Whether the newest key sealed it, so that no older one is needed for it."""
    return sealed[:KEY_ID_BYTES] == _key_id(_keys()[0])


def _keys() -> list[bytes]:
    try:
        keys = [base64.b64decode(key, validate=True) for key in settings.LEJAR_SEAL_KEYS]
    except binascii.Error:
        raise SealKeyMissing(SealKeyMissing.__doc__) from None
    if not keys or any(len(key) != 32 for key in keys):
        raise SealKeyMissing(SealKeyMissing.__doc__)
    return keys


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"lejar key id" + key).digest()[:KEY_ID_BYTES]
