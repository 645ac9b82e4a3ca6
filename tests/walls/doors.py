"""Which right the code itself asks for at an address, before its view begins.

Read from the code, unlike `routes.py`. It decides what a run asks, never what is right: whoever comes through a door is
asked there in every run, so a role that gets one right too much meets each page of it.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

from django.http import HttpResponse
from django.urls import get_resolver

from dukcapil.accounts.access import page
from dukcapil.accounts.authentication import HasPermission
from dukcapil.accounts.permissions import ROLES, Permission
from tests.world import CAST

#: What `page` puts before a view.
_DOOR = page(Permission.EVENTS_VIEW)(lambda request, actor: HttpResponse()).__code__
#: What a page takes; of the rest the door says that it is not allowed.
_OF_PAGES = {"GET", "HEAD", "POST"}


@functools.cache
def views() -> dict[str, Any]:
    """Every name of the URLconf with what answers there."""
    found: dict[str, Any] = {}

    def walk(patterns: Any, prefix: str) -> None:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                inner = f"{pattern.namespace}:" if pattern.namespace else ""
                walk(pattern.url_patterns, prefix + inner)
            else:
                found[prefix + str(pattern.name)] = pattern.callback

    walk(get_resolver().url_patterns, "")
    return found


@functools.cache
def _asked_at(name: str) -> Any:
    """What the door of an address asks for, as the code has it; None where it has no door of ours."""
    view = views()[name]
    if (kind := getattr(view, "view_class", None) or getattr(view, "cls", None)) is not None:
        guarded = HasPermission in getattr(kind, "permission_classes", ())
        return (kind.permission or None) if guarded else None
    while view is not None:
        if view.__code__ is _DOOR:
            return inspect.getclosurevars(view).nonlocals["permission"]
        view = getattr(view, "__wrapped__", None)
    return None


@functools.cache
def has_door(name: str) -> bool:
    return _asked_at(name) is not None


@functools.cache
def has_one_door(name: str) -> bool:
    """Whether `page` stands outermost: then it says of all methods who comes through, before any is looked at."""
    return getattr(views()[name], "__code__", None) is _DOOR


@functools.cache
def answers(name: str, method: str) -> bool:
    """Whether there is anything behind the door that this method could reach."""
    view = views()[name]
    kind = getattr(view, "cls", None)
    return hasattr(kind, method.lower()) if kind else method in _OF_PAGES


@functools.cache
def comes_through(who: str, name: str, method: str) -> bool:
    """Whether a role is let in at the door, or there is none that would say."""
    asked = _asked_at(name)
    if asked is None:
        return True
    if isinstance(asked, dict):
        if method not in asked:
            return answers(name, method)
        asked = asked[method]
    wanted = asked if isinstance(asked, tuple) else (asked,)
    held = ROLES[CAST[who][0]].permissions if who in CAST else frozenset()
    return answers(name, method) and any(right in held for right in wanted)
