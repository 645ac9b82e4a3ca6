"""The database check of rights and policies."""

from typing import Any

from django.core.checks import Error, register
from django.db import OperationalError, connection

from dukcapil import catalogue


@register("database", deploy=True)
def written_grants(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Rights and policies are those of dukcapil/grants.py: nobody changed them by hand."""
    try:
        with connection.cursor() as cursor:
            differences = catalogue.differences(cursor)
    except OperationalError:
        return []  # serving_role says so
    return [Error(text, hint="See dukcapil/grants.py.", id="dukcapil.E003") for text in differences]
