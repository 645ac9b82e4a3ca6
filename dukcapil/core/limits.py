"""Counting attempts in Redis, in one step, so that attempts of the same moment are all counted."""

from __future__ import annotations

from dataclasses import dataclass

from dukcapil.core.crypto import keyed_hash
from dukcapil.core.redis import client

#: Counts one attempt of at most ARGV[1] in ARGV[2] seconds from the first; returns 0 when none is left.
_TAKE = """
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return 0 end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
_GIVE_BACK = """
if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then redis.call('DECR', KEYS[1]) end
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts in `seconds`, for each account, address or other `of`."""

    name: str
    most: int
    seconds: int

    def _key(self, of: str) -> str:
        # Keyed: neither a username nor an address stands in Redis.
        return f"limit:{self.name}:{keyed_hash(of).hex()[:32]}"

    def take(self, of: str) -> bool:
        """Whether an attempt was left. Raises RedisError when Redis does not answer."""
        return bool(client().eval(_TAKE, 1, self._key(of), self.most, self.seconds))

    def give_back(self, of: str) -> None:
        client().eval(_GIVE_BACK, 1, self._key(of))
