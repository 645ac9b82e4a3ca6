"""How PostgreSQL and Redis are set when they are ours, and where in Redis what lies. Needs no Django."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    # A row that a constraint refused must not stand in the log: it may hold a person.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

#: What may be lost (answers, copies of sessions, counts) has an end and goes first when memory is short;
#: a job has none, so it never goes.
REDIS_SETTINGS = "databases 64\nmaxmemory 256mb\nmaxmemory-policy volatile-lru\n"

#: What of ours lies in Redis, each in a database of its own, and where it is by default: so many after
#: the one that REDIS_URL names. Emptying the cache then loses no job and ends no session.
REDIS_USES = {"broker": 0, "cache": 1, "sessions": 2}


def redis_urls(first: str) -> dict[str, str]:
    """The address of each use, from the first one's or from REDIS_CACHE_URL and REDIS_SESSIONS_URL."""
    parts = urlsplit(first)
    set_apart = {
        "cache": os.environ.get("REDIS_CACHE_URL"),
        "sessions": os.environ.get("REDIS_SESSIONS_URL"),
    }
    number = int(parts.path.strip("/") or 0)
    return {
        use: set_apart.get(use) or urlunsplit(parts._replace(path=f"/{number + offset}"))
        for use, offset in REDIS_USES.items()
    }
