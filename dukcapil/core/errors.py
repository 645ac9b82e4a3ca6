"""Domain errors: services raise them, pages and API show them. Stable codes, messages for people."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models
from django.utils.translation import gettext_lazy as _

Message = Any  # str or a lazy translation


class DomainError(Exception):
    """A rule refuses what was asked for.

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


class Asks(Conflict):
    """Done only when whoever asked says so: the same call with these words confirmed is carried out.

    `words` stand in the answer as `confirm`; pages ask with a button or field of that name.
    """

    def __init__(
        self, *words: str, message: Message, field: str | None = None, **extra: Any
    ) -> None:
        super().__init__(words[0], message, field=field, confirm=list(words), **extra)
        self.words = words


def all_asked(questions: list[Asks]) -> Asks:
    """Several questions as one, so that one answer confirms all; the first one's code and field."""
    words = [word for one in questions for word in one.words]
    message = " ".join(str(one.message) for one in questions)
    extra = {key: value for one in questions for key, value in one.extra.items()}
    del extra["confirm"]
    return Asks(*words, message=message, field=questions[0].field, **extra)


class Refused(DomainError):
    status = 403


class TooMany(DomainError):
    """For now, or for today: nothing more is looked at."""

    status = 429
    #: Seconds after which it may be tried again; what is over for today is refused then, too.
    wait = 3_600


class NotFound(DomainError):
    """It does not exist, or is not yours: the answer is the same for both."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not-found", _("Not found."))


#: Own SQLSTATE (DKnnn), or the name of a key that no constraint declares -> what a person sees.
_RULES: dict[str, Callable[[], DomainError]] = {}


def rule(name: str, make: Callable[[], DomainError]) -> None:
    """Give a message to a trigger's SQLSTATE, or to a key that no constraint declares.

    Called in `models`, beside the table. A constraint carries its own message: `core.rules.says`. Of two
    messages for one name the order of imports would choose.
    """
    if name in _RULES:
        raise ValueError(name)
    _RULES[name] = make


@cache
def _constraints_with_message() -> dict[str, models.BaseConstraint]:
    """By name."""
    return {
        constraint.name: constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if constraint.violation_error_code
    }


def of_rule(name: str) -> DomainError:
    """The words of a rule that was broken without an exception: a function of the database said its name."""
    return _RULES[name]()


def from_database(error: DatabaseError) -> DomainError | None:
    """The domain error behind a database error, or None when no rule of ours was broken."""
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if (constraint := _constraints_with_message().get(name or "")) is not None:
        kind = Invalid if isinstance(constraint, models.CheckConstraint) else Conflict
        code = constraint.violation_error_code
        return kind(
            str(code), constraint.get_violation_error_message(), field=getattr(code, "field", None)
        )
    for key in (name, getattr(cause, "pgcode", None)):
        if key in _RULES:
            return _RULES[key]()
    return None
