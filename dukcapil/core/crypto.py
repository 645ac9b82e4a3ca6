"""Keys for identity numbers: a keyed hash for look-up, an authenticated cipher for showing.

Keys are 32 random bytes, versioned, outside the database and its backups: one file a version in
the key folder (``nik-v1``), or DUKCAPIL_NIK_KEY_V1 in the environment (URL-safe base64).
"""

from __future__ import annotations

import base64
import hmac
import os
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from dukcapil import embedded

CURRENT_VERSION = 1
_NONCE = 12


@cache
def _subkey(version: int, purpose: str) -> bytes:
    text = os.environ.get(f"DUKCAPIL_NIK_KEY_V{version}") or embedded.secret(
        settings.VAR_DIR, f"nik-v{version}"
    )
    root = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return HKDF(hashes.SHA256(), 32, None, f"dukcapil {purpose} v{version}".encode()).derive(root)


@cache
def _cipher(version: int) -> AESGCM:
    return AESGCM(_subkey(version, "show"))


def keyed_hash(text: str) -> bytes:
    """HMAC-SHA256, 32 bytes. The look-up key has one version: changing it means rehashing."""
    return keyed_bytes(text.encode())


def keyed_bytes(text: bytes) -> bytes:
    """`keyed_hash` of what is encoded already."""
    return hmac.digest(_subkey(1, "look-up"), text, "sha256")


def tombstone(text: str) -> bytes:
    """HMAC under a key of its own, 32 bytes: what stands in place of the look-up hash of a number whose
    person was erased. Only who has the number can tell that it was.
    """
    return hmac.digest(_subkey(1, "tombstone"), text.encode(), "sha256")


def encrypt(text: str, *, context: str) -> bytes:
    """AES-256-GCM: version byte, nonce, cipher. `context` (the row's id) is authenticated."""
    nonce = os.urandom(_NONCE)
    sealed = _cipher(CURRENT_VERSION).encrypt(nonce, text.encode(), context.encode())
    return bytes([CURRENT_VERSION]) + nonce + sealed


def decrypt(blob: bytes, *, context: str) -> str:
    version, nonce, sealed = blob[0], blob[1 : 1 + _NONCE], blob[1 + _NONCE :]
    return _cipher(version).decrypt(nonce, sealed, context.encode()).decode()


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def check_code(text: str) -> str:
    """Four characters to tell two masked numbers apart; says nothing about the digits."""
    digest = hmac.digest(_subkey(1, "check code"), text.encode(), "sha256")
    number = int.from_bytes(digest[:4], "big")
    return "".join(_ALPHABET[number >> (5 * position) & 31] for position in range(4))
