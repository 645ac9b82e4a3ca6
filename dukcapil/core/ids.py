"""UUIDv7 (RFC 9562): time-ordered identifiers that a client can make offline."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    stamp = time.time_ns() // 1_000_000
    value = stamp << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)
