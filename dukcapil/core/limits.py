"""Counting attempts in Redis, in one step, so that attempts of the same moment are all counted."""

from __future__ import annotations

from collections.abc import Sequence
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


#: KEYS: what was missed, and how often among those alike. ARGV: most alike, most in all, seconds, then
#: for each thing looked for its mark, the mark of those alike, and "1" when it was found.
_MISS = """
local refused = {}
for i = 4, #ARGV, 3 do
  local known = redis.call('SISMEMBER', KEYS[1], ARGV[i]) == 1
  local full = redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2])
    or tonumber(redis.call('HGET', KEYS[2], ARGV[i + 1]) or '0') >= tonumber(ARGV[1])
  if full and not known then
    table.insert(refused, 1)
  else
    table.insert(refused, 0)
    if not known and ARGV[i + 2] ~= '1' then
      redis.call('SADD', KEYS[1], ARGV[i])
      redis.call('HINCRBY', KEYS[2], ARGV[i + 1], 1)
      redis.call('EXPIRE', KEYS[1], ARGV[3])
      redis.call('EXPIRE', KEYS[2], ARGV[3])
    end
  end
end
return refused
"""

#: KEYS as above. ARGV: for each thing that was found after all its mark, and that of those alike.
_UNMISS = """
for i = 1, #ARGV, 2 do
  if redis.call('SREM', KEYS[1], ARGV[i]) == 1 then
    redis.call('HINCRBY', KEYS[2], ARGV[i + 1], -1)
  end
end
"""


@dataclass(frozen=True)
class Sought:
    """Something that somebody looked for: marks are keyed hashes, never the thing itself."""

    mark: str
    alike: str
    was_found: bool


@dataclass(frozen=True)
class Misses:
    """At most `alike` different things that look alike, and `in_all`, may be looked for in vain.

    After that everything is refused, found or not, but what was missed before: whoever asks again
    learns nothing.
    """

    name: str
    alike: int
    in_all: int
    seconds: int

    def refused(self, of: str, sought: Sequence[Sought]) -> list[bool]:
        """One answer each, in order; counts what was missed. Raises RedisError when Redis is away."""
        key = self._key(of)
        values: list[str | int] = [self.alike, self.in_all, self.seconds]
        for one in sought:
            values += [one.mark, one.alike, "1" if one.was_found else "0"]
        return [bool(flag) for flag in client().eval(_MISS, 2, key, f"{key}:alike", *values)]

    def found_after_all(self, of: str, sought: Sequence[Sought]) -> None:
        """These were missed, and are no misses any more. Raises RedisError when Redis is away."""
        key = self._key(of)
        values = [value for one in sought for value in (one.mark, one.alike)]
        client().eval(_UNMISS, 2, key, f"{key}:alike", *values)

    def _key(self, of: str) -> str:
        return f"limit:{self.name}:{keyed_hash(of).hex()[:32]}"


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
