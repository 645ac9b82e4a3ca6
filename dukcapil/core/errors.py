"""Domain errors: what services raise and edges translate. Stable codes, messages for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

Message = Any  # str or a lazy translation


class DomainError(Exception):
    """A rule said no.

    `code` is stable and becomes the problem type; `field` is the JSON pointer's last part.
    Nothing personal may stand in `message` or `extra`: both reach logs and error bodies.
    """

    status = 422

    def __init__(
        self, code: str, message: Message, *, field: str | None = None, **extra: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field
        self.extra = extra


class Invalid(DomainError):
    status = 422


class Conflict(DomainError):
    status = 409


class Refused(DomainError):
    status = 403


class NotFound(DomainError):
    """None, or not yours: one body for both."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not-found", _("Not found."))


#: constraint name or own SQLSTATE (DKnnn) -> the error that a person sees
_RULES: dict[str, Callable[[], DomainError]] = {}


def rule(name: str, make: Callable[[], DomainError]) -> None:
    """Give a database rule (constraint name, or DKnnn raised by a trigger) its message."""
    _RULES[name] = make


def from_database(error: DatabaseError) -> DomainError | None:
    """The domain error behind a database error, or None when no rule of ours was broken."""
    cause = error.__cause__
    code = getattr(cause, "pgcode", None)
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    for key in (name, code):
        if key in _RULES:
            return _RULES[key]()
    return None
