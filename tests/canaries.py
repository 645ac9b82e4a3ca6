"""Looks for planted people where none may be: logs, Redis, temporary files, other people's answers.

Every number that tests make begins with 9901 and has 16 digits; every name is one of these. Nothing
here knows where they were planted.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

NAMES = ("Contoh Warga", "Contoh Terlihat", "KenariPeople", "Kenari Rahasia")
_GAP = r"[\s._\-+]?"
_NUMBER = re.compile(rf"(?<!\d)9{_GAP}9{_GAP}0{_GAP}1(?:{_GAP}\d){{12}}(?!\d)")
_NAME = re.compile(
    "|".join(re.escape(name).replace(r"\ ", r"[\s+_]+") for name in NAMES), re.IGNORECASE
)
#: The last two groups of an id may be sixteen digits that begin like a number of ours.
_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
#: A file larger than this is data of an engine, not something that somebody wrote down.
LARGEST = 20_000_000


def found_in(content: bytes) -> list[str]:
    """Planted people in plain, spaced, URL-encoded or base64 form, at most one of each form."""
    return [f"{form}: {hit}" for form, text in _readings(content) if (hit := _hit(text))]


def _hit(text: str) -> str | None:
    match = _NUMBER.search(_ID.sub("id", text)) or _NAME.search(text)
    return match[0] if match else None


def _readings(content: bytes) -> Iterator[tuple[str, str]]:
    plain = content.decode("utf-8", "replace")
    yield "plain", plain
    if "%" in plain or "+" in plain:
        yield "url", unquote_plus(plain)
    # One text for all: a file of a log has thousands of words that might be base64.
    decoded = b"\n".join(_decoded(token) for token in set(_TOKEN.findall(content)))
    yield "base64", decoded.decode("utf-8", "replace")


def _decoded(token: bytes) -> bytes:
    bare = token.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b""


def found_in_files(root: Path, pattern: str = "**/*") -> list[str]:
    found = []
    for path in root.glob(pattern):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < LARGEST:
            found += [f"{path}: {hit}" for hit in found_in(path.read_bytes())]
    return found


def found_in_redis(client: Any) -> list[str]:
    """Keys and values of the database at hand, whatever their type."""
    read = {
        b"string": lambda key: [client.get(key)],
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": lambda key: list(client.smembers(key)),
        b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    found = []
    for key in client.scan_iter(count=1000):
        kind = client.type(key)
        for content in [key, *(read[kind](key) if kind in read else [])]:
            found += [f"Redis {key!r}: {hit}" for hit in found_in(content or b"")]
    return found
