"""One Redis client a process and use, and a cache that can be lost.

Redis is a help, never the truth: without it sessions come from the database and figures are
computed, more slowly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import orjson
import redis
import structlog
from django.conf import settings
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = structlog.get_logger()


@cache
def client(use: str = "cache") -> redis.Redis:
    """Of one of `engine_settings.REDIS_USES`."""
    return redis.Redis.from_url(
        settings.REDIS_URLS[use],
        socket_timeout=1,
        socket_connect_timeout=1,
        health_check_interval=30,
    )


def _or_answer(answer: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap a method of the cache: it returns `answer` while Redis is away."""

    def decorate(verb: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(verb)
        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                return verb(*args, **kwargs)
            except RedisError as error:
                log.warning("cache_without_redis", error=type(error).__name__)
                return answer

        return run

    return decorate


class JsonSerializer:
    """What is kept in Redis is data: reading it back runs nothing."""

    def dumps(self, value: Any) -> bytes:
        return orjson.dumps(value, default=str)

    def loads(self, data: bytes) -> Any:
        return orjson.loads(data)


class _KeptClient(RedisCacheClient):
    """Django makes a client of redis-py at every look-up, with all that one may be asked: longer than the
    look-up itself takes. The cache is one thread's, and so is the client; there are no replicas.
    """

    _kept: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if self._kept is None:
            self._kept = super().get_client(key, write=write)
        return self._kept


class LosableCache(RedisCache):
    """Django's own, which is empty while Redis is away. `add` then returns False: nobody gets a lock."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _KeptClient

    get = _or_answer(None)(RedisCache.get)
    set = _or_answer(None)(RedisCache.set)
    add = _or_answer(answer=False)(RedisCache.add)
    delete = _or_answer(answer=False)(RedisCache.delete)
    has_key = _or_answer(answer=False)(RedisCache.has_key)
    get_many = _or_answer({})(RedisCache.get_many)
    set_many = _or_answer([])(RedisCache.set_many)
    delete_many = _or_answer(None)(RedisCache.delete_many)


__all__ = ["JsonSerializer", "LosableCache", "client"]
