"""One Redis client a process. Redis is a help, never the truth: callers survive without it."""

from functools import cache

import redis
from django.conf import settings


@cache
def client() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, health_check_interval=30
    )


__all__ = ["client"]
