"""System checks of our own. The database check refuses to serve with too much power."""

import sys
import time
from typing import Any

from django.conf import settings
from django.core.checks import Error, register
from django.db import OperationalError, connection
from redis.exceptions import RedisError

from dukcapil import embedded
from dukcapil.core.redis import client


@register("database", deploy=True)
def serving_role(app_configs: Any, **kwargs: Any) -> list[Error]:
    if settings.DATABASE_ROLE not in {"web", "worker"}:
        return []
    try:
        return list(power_errors())
    except OperationalError:
        return [Error("The database does not answer.", id="dukcapil.E001")]


def power_errors() -> list[Error]:
    """Why this connection must not serve: it could read past row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls,"
            " EXISTS (SELECT 1 FROM pg_class WHERE relkind = 'r'"
            "   AND relnamespace = 'public'::regnamespace AND relowner = r.oid)"
            " FROM pg_roles r WHERE rolname = current_user"
        )
        user, superuser, bypass, owner = cursor.fetchone()
    powers = [
        name
        for name, has_it in [("superuser", superuser), ("BYPASSRLS", bypass), ("owner", owner)]
        if has_it
    ]
    if not powers:
        return []
    return [
        Error(
            f"The role {user} is {', '.join(powers)}: row-level security would not hold.",
            hint="Serve as the role web; see docs/operations.md.",
            id="dukcapil.E002",
        )
    ]


@register(deploy=True)
def keys_kept_apart(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Keys are readable by their owner alone, and lie outside the project and the data."""
    folder = embedded.keys_dir(settings.VAR_DIR)
    loose = [path.name for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077]
    if not loose:
        return []
    names = ", ".join(sorted(loose))
    return [Error(f"Others may read the keys: {names}", hint="chmod 0600", id="dukcapil.E004")]


@register(deploy=True)
def nothing_is_sent_by_mail(app_configs: Any, **kwargs: Any) -> list[Error]:
    if settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        return []
    return [Error("Mail could carry a person out of the walls.", id="dukcapil.E005")]


@register(deploy=True)
def debug_shows_nothing(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Django's own warning becomes an error here: its debug page shows every local variable."""
    if not settings.DEBUG:
        return []
    return [Error("DUKCAPIL_DEBUG is on.", hint="Unset it.", id="dukcapil.E006")]


@register(deploy=True)
def proxies_are_counted(app_configs: Any, **kwargs: Any) -> list[Error]:
    """HTTPS ends at a proxy. If it is not counted, all logins seem to come from its one address."""
    if not settings.HTTPS or settings.ALLAUTH_TRUSTED_PROXY_COUNT > 0:
        return []
    return [Error("Set DUKCAPIL_PROXIES to the number of your proxies.", id="dukcapil.E007")]


@register(deploy=True)
def short_memory_takes_no_job(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Redis may give up what has an end (answers, counts), never a job, which has none."""
    try:
        memory = client("broker").info("memory")
        for use in ("cache", "sessions"):  # a service may have fewer databases
            client(use).ping()
    except RedisError:
        return [Error("Redis does not answer.", id="dukcapil.E008")]
    if memory["maxmemory_policy"].startswith("allkeys"):
        return [
            Error("Redis evicts jobs.", hint="maxmemory-policy volatile-lru", id="dukcapil.E009")
        ]
    return []


def refuse_power() -> None:
    """End this process before it serves anybody with a role that row-level security does not stop.

    The database may still be starting: it gets half a minute.
    """
    for attempt in range(60):
        try:
            errors = power_errors()
            break
        except OperationalError:
            if attempt == 59:
                raise
            time.sleep(0.5)
    connection.close()
    if errors:
        sys.exit(f"dukcapil: {errors[0].msg} {errors[0].hint}")
