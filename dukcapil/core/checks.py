"""System checks of our own. The database check refuses to serve with too much power."""

import sys
import time
from typing import Any

from django.conf import settings
from django.core.checks import Error, register
from django.db import OperationalError, connection


@register("database", deploy=True)
def serving_role(app_configs: Any, **kwargs: Any) -> list[Error]:
    if settings.DATABASE_ROLE not in {"web", "worker"}:
        return []
    try:
        return list(power_errors())
    except OperationalError:
        return [Error("The database does not answer.", id="dukcapil.E001")]


def power_errors() -> list[Error]:
    """Why this connection must not serve: it walks through row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls,"
            " EXISTS (SELECT 1 FROM pg_class WHERE relkind = 'r'"
            "   AND relnamespace = 'public'::regnamespace AND relowner = r.oid)"
            " FROM pg_roles r WHERE rolname = current_user"
        )
        user, superuser, bypass, owner = cursor.fetchone()
    found = [
        name
        for name, bad in [("superuser", superuser), ("BYPASSRLS", bypass), ("owner", owner)]
        if bad
    ]
    if not found:
        return []
    return [
        Error(
            f"The role {user} is {', '.join(found)}: row-level security would not hold.",
            hint="Serve as the role web; see docs/operations.md.",
            id="dukcapil.E002",
        )
    ]


def refuse_power() -> None:
    """End this process before it serves anybody through a role that no wall would hold.

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
