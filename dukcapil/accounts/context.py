"""Template context: who is at the desk."""

from typing import Any

from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, Any]:
    return {"actor": getattr(request, "actor", None)}
