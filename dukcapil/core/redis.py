"""One Redis client a process, and a cache that can be lost.

Redis is a help, never the truth: without it sessions come from the database and figures are
computed, more slowly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger()


@cache
def client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, health_check_interval=30
    )


def _or(answer: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What to say when Redis says nothing."""

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


class LosableCache(RedisCache):
    """Django's own, which forgets everything while Redis is away. `add` then says no: locks hold."""

    get = _or(None)(RedisCache.get)
    set = _or(None)(RedisCache.set)
    add = _or(answer=False)(RedisCache.add)
    delete = _or(answer=False)(RedisCache.delete)
    has_key = _or(answer=False)(RedisCache.has_key)
    get_many = _or({})(RedisCache.get_many)
    set_many = _or([])(RedisCache.set_many)
    delete_many = _or(None)(RedisCache.delete_many)


__all__ = ["LosableCache", "client"]
